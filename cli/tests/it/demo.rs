//! `bro-ml demo`.

use tempfile::TempDir;

use crate::program::{bro_ml, run};

#[test]
fn the_demo_plants_finds_compares_saves_and_writes_its_page() {
    let dir = TempDir::new().unwrap();
    let answer = run(bro_ml(dir.path()).args(["demo", "--seed", "2"]));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    for word in ["exfiltration", "tunnel", "sessions found were planted", "run 1 saved", "outliers.html"] {
        assert!(answer.stdout.contains(word), "no {word:?} in {}", answer.stdout);
    }
    for file in ["conn.log", "truth.log", "bro-ml.db", "outliers.html"] {
        assert!(dir.path().join("bro-ml/demo").join(file).exists(), "{file}");
    }
}
