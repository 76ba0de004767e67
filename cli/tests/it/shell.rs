//! `bro-ml completions` and `bro-ml man`.

use tempfile::TempDir;

use crate::program::{bro_ml, run};

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let home = TempDir::new().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let answer = run(bro_ml(home.path()).args(["completions", shell]));
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        assert!(answer.stdout.contains("outliers") && answer.stdout.contains("n-clusters"), "{shell}");
    }
    run(bro_ml(home.path()).args(["completions", "dos"])).fails(2, &["dos", "bash"]);
}

#[test]
fn every_command_has_a_manual_page_with_its_examples() {
    let home = TempDir::new().unwrap();
    let answer = run(bro_ml(home.path()).args(["man", "--out"]).arg(home.path()));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    for (name, words) in [
        ("bro-ml", ["outliers", "clusters"]),
        ("bro-ml-outliers", ["zcat conn.log.gz", "\\-\\-n\\-clusters"]),
        ("bro-ml-runs-show", ["ID", "\\-\\-limit"]),
    ] {
        let page = std::fs::read_to_string(home.path().join(format!("{name}.1"))).unwrap();
        words.iter().for_each(|word| assert!(page.contains(word), "no {word} in {name}.1: {page}"));
    }
    assert!(run(bro_ml(home.path()).arg("man")).stdout.contains(".TH bro"));
}
