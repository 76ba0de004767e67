//! `bro-ml demo`.

use tempfile::TempDir;

use crate::program::{bro_ml, run};

#[test]
fn the_demo_plants_finds_compares_saves_and_writes_its_page() {
    let dir = TempDir::new().unwrap();
    let answer = run(bro_ml(dir.path()).args(["demo", "--seed", "2"]));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    for word in ["exfiltration", "tunnel", "outliers were planted", "run 1 saved", "outliers.html"] {
        assert!(answer.stdout.contains(word), "no {word:?} in {}", answer.stdout);
    }
    // What outliers cannot show, the other questions do.
    for (planted, said) in [
        ("horizontal_scan", "horizontal_scan (high)"),
        ("vertical_scan", "vertical_scan (high)"),
        ("brute_force", "brute_force (high)"),
        ("syn_flood", "syn_flood (high)"),
        ("beacon", "rank "),
    ] {
        let mut rows = answer.stdout.lines().filter(|row| row.split_whitespace().nth(1) == Some(planted));
        assert!(rows.next().is_some_and(|row| row.contains(said)), "no {said:?} in {}", answer.stdout);
    }
    for file in ["conn.log", "truth.log", "bro-ml.db", "outliers.html", "profile.html", "beacons.html"] {
        assert!(dir.path().join("bro-ml/demo").join(file).exists(), "{file}");
    }
}
