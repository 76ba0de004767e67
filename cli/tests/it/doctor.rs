//! `bro-ml doctor` and `bro-ml config`.

use tempfile::TempDir;

use crate::program::{bro_ml, run};

#[test]
fn a_fresh_machine_is_well_and_a_folder_in_the_way_is_named() {
    let home = TempDir::new().unwrap();
    let answer = run(bro_ml(home.path()).arg("doctor"));
    assert_eq!(answer.code, Some(0), "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.lines().all(|line| line.starts_with("ok ")), "{}", answer.stdout);
    assert!(answer.stdout.contains("no tables yet") && answer.stdout.contains("SQLite"), "{}", answer.stdout);

    let in_the_way = home.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let answer = run(bro_ml(home.path()).env("XDG_DATA_HOME", &in_the_way).arg("doctor"));
    answer.fails(1, &["checks failed"]);
    assert!(answer.stdout.contains("FAILED  data folder"), "{}", answer.stdout);
}

#[test]
fn the_configuration_is_shown_without_its_password() {
    let home = TempDir::new().unwrap();
    let path = run(bro_ml(home.path()).args(["config", "path"])).stdout;
    let path = std::path::Path::new(path.trim_end());
    assert_eq!(path, home.path().join("bro-ml/config.toml"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "[database]\nurl = \"mysql://ann:s3cret@db.example/traffic\"\n").unwrap();
    let shown = run(bro_ml(home.path()).args(["config", "show"])).stdout;
    assert!(shown.contains("db.example/traffic") && !shown.contains("s3cret"), "{shown}");
}
