//! The book's terminal sessions, run as they stand.
//!
//! Each page of `docs/src` runs in a folder of its own, its ```` ```console ```` blocks one after the other. A line that
//! starts with `$ ` is typed, the lines below it are what must come, on standard output or error; a line `...` stands
//! for any lines. `BRO_ML_BLESS=1` writes what came into the pages instead, except where a block has a `...`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

const ANY_LINES: &str = "...";

fn pages() -> Vec<PathBuf> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
    let entries = std::fs::read_dir(book).unwrap();
    let mut pages: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

#[test]
fn the_books_terminal_sessions_run_as_they_stand() {
    let is_blessed = std::env::var_os("BRO_ML_BLESS").is_some();
    let mut n_commands = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let played = play(&page, &path, &mut n_commands);
        if is_blessed {
            std::fs::write(&path, played).unwrap();
        } else {
            assert_eq!(played, page, "{}: BRO_ML_BLESS=1 writes what came into the page", path.display());
        }
    }
    assert!(n_commands > 0, "the book has no terminal session");
}

/// The page with what came in place of what was expected, where the two differ.
fn play(page: &str, path: &Path, n_commands: &mut usize) -> String {
    let folder = TempDir::new().unwrap();
    let mut played = String::new();
    let mut lines = page.lines().peekable();
    let mut is_console = false;
    while let Some(line) = lines.next() {
        played.push_str(line);
        played.push('\n');
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) else { continue };
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```")) {
            expected.push(line);
        }
        let came = typed(command, folder.path(), path);
        let came: Vec<_> = came.lines().map(str::trim_end).collect();
        *n_commands += 1;
        let shown = if matches(&expected, &came) { expected } else { came };
        shown.iter().for_each(|line| writeln!(played, "{line}").unwrap());
    }
    played
}

/// What a shell prints for a command that must succeed.
fn typed(command: &str, folder: &Path, page: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_bro-ml")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let search = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(search).unwrap())
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder.join(".data"))
        .env("XDG_CONFIG_HOME", folder.join(".config"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env_remove("BRO_ML_DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}: {command}\n{text}", page.display());
    text
}

/// Whether the lines are as expected, where `...` stands for any lines.
fn matches(expected: &[&str], came: &[&str]) -> bool {
    match expected {
        [] => came.is_empty(),
        [first, rest @ ..] if *first == ANY_LINES => (0..=came.len()).any(|n| matches(rest, &came[n..])),
        [first, rest @ ..] => came.first() == Some(first) && matches(rest, &came[1..]),
    }
}

#[test]
fn three_dots_stand_for_any_lines() {
    assert!(matches(&["a", "...", "d"], &["a", "b", "c", "d"]));
    assert!(matches(&["..."], &[]));
    assert!(!matches(&["a", "..."], &["b"]) && !matches(&["a"], &["a", "b"]));
}
