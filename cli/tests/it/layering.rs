//! Which crate may know which: the edges drawn in `ARCHITECTURE.md`, and no others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Outside crates that would bring a room knowledge it must not have.
const MUST_NOT_KNOW: [(&str, &[&str]); 8] = [
    ("bro-log", &["ndarray", "diesel", "clap", "axum"]),
    ("bro-features", &["diesel", "clap", "axum"]),
    ("bro-ml-core", &["diesel", "clap", "axum", "flate2", "nom"]),
    ("bro-store", &["ndarray", "clap", "axum"]),
    ("bro-analysis", &["diesel", "clap", "axum", "indicatif"]),
    ("bro-report", &["diesel", "clap", "axum"]),
    ("bro-web", &["ndarray", "diesel", "clap", "rayon"]),
    ("bro-synth", &["ndarray", "diesel", "clap", "axum"]),
];

/// Benches may use anything; nothing may use them.
const BENCHES: &str = "bro-benches";

type Edges = BTreeSet<(String, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every (package, dependency) of the workspace, without what only tests use.
fn actual_edges() -> Edges {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let text = |value: &Value| value.as_str().expect("names are strings").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let mut edges = Edges::new();
    for package in list(&metadata["packages"]) {
        for dependency in
            list(&package["dependencies"]).iter().filter(|dependency| dependency["kind"] != "dev")
        {
            edges.insert((text(&package["name"]), text(&dependency["name"])));
        }
    }
    edges
}

/// The edges drawn: lines `from -> to, to` in the block of `ARCHITECTURE.md` fenced as `edges`.
fn drawn_edges(architecture: &str) -> Edges {
    let block = architecture.split("```edges\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut edges = Edges::new();
    for line in block.expect("ARCHITECTURE.md has a block of edges").lines() {
        let (from, to) = line.split_once("->").unwrap_or_else(|| panic!("not an edge: {line:?}"));
        edges.extend(to.split(',').map(|to| (from.trim().to_owned(), to.trim().to_owned())));
    }
    edges
}

fn is_ours(package: &str) -> bool {
    package.starts_with("bro-")
}

#[test]
fn every_edge_is_drawn_in_the_architecture() {
    let path = root().join("ARCHITECTURE.md");
    let architecture =
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let drawn = drawn_edges(&architecture);
    let is_to_check = |(from, to): &&(String, String)| from != BENCHES && is_ours(to);
    let extra: Vec<_> =
        actual_edges().iter().filter(is_to_check).filter(|edge| !drawn.contains(edge)).cloned().collect();
    assert!(extra.is_empty(), "not drawn in ARCHITECTURE.md: {extra:?}");
}

#[test]
fn rooms_do_not_know_what_they_must_not() {
    let edges = actual_edges();
    for (from, forbidden) in MUST_NOT_KNOW {
        let broken: Vec<_> =
            forbidden.iter().filter(|to| edges.contains(&(from.to_owned(), (**to).to_owned()))).collect();
        assert!(broken.is_empty(), "{from} must not know {broken:?}");
    }
}

#[test]
fn nothing_depends_on_the_benches() {
    assert!(actual_edges().iter().all(|(_, to)| to != BENCHES));
}

#[test]
fn inner_dependencies_have_a_path_and_a_version() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let inner: Vec<&str> = manifest.lines().filter(|line| is_ours(line) && line.contains('=')).collect();
    assert!(!inner.is_empty());
    for line in inner {
        assert!(line.contains("path = ") && line.contains("version = "), "{line}");
    }
}

#[test]
fn drawn_edges_are_read_from_their_block() {
    let edges = drawn_edges("# Rooms\n```edges\na -> b, c\nd -> a\n```\nx -> y\n");
    let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(edges, Edges::from([edge("a", "b"), edge("a", "c"), edge("d", "a")]));
}
