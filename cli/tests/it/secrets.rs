//! Passwords are taken from where they may stand, and stand nowhere else.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::logs::{log, rows};
use crate::program::{Answer, bro_ml, run};

const SECRET: &str = "s3cr3t-w0rd";

/// Everything that was printed and written below a folder.
fn holds_secret(dir: &Path, answer: &Answer) -> bool {
    let mut texts = vec![answer.stdout.clone().into_bytes(), answer.stderr.clone().into_bytes()];
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => texts.push(fs::read(path).unwrap()),
            }
        }
    }
    texts.iter().any(|text| text.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()))
}

#[test]
fn an_address_with_a_password_is_shown_without_it_wherever_it_comes_from() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(50))).unwrap();
    for url in [
        format!("mysql://ann:{SECRET}@127.0.0.1:1/db"),
        format!("postgres://ann:{SECRET}@127.0.0.1:1/db"),
        format!("postgres://127.0.0.1:1/db?user=ann&password={SECRET}"),
        format!("oracle://ann:{SECRET}@host/db"),
    ] {
        let ask = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).args(args));
        let option = format!("--database={url}");
        for args in [
            &["outliers", "conn.log", "--database", &url][..],
            &["outliers", "conn.log", &option],
            &["db", "copy", &url, "sqlite://x.db"],
            &["db", "copy", "sqlite://bro-ml/bro-ml.db", &url],
            &["datasets", "list", "--database", &url, "--no-such-option"],
        ] {
            let answer = ask(args);
            assert_ne!(answer.code, Some(0), "{args:?}");
            assert!(!holds_secret(dir.path(), &answer), "{args:?}: {}", answer.stderr);
        }
        let answer = run(bro_ml(dir.path()).env("BRO_ML_DATABASE_URL", &url).args(["runs", "list"]));
        answer.fails(1, &["***"]);
        assert!(!holds_secret(dir.path(), &answer));
        let config = TempDir::new().unwrap();
        fs::create_dir(config.path().join("bro-ml")).unwrap();
        fs::write(config.path().join("bro-ml/config.toml"), format!("[database]\nurl = \"{url}\"\n"))
            .unwrap();
        let answer = run(bro_ml(dir.path()).env("XDG_CONFIG_HOME", config.path()).args(["runs", "list"]));
        answer.fails(1, &["***"]);
        assert!(!holds_secret(dir.path(), &answer));
    }
}

#[test]
fn a_page_and_a_saved_run_name_no_database() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(200))).unwrap();
    let url = format!("sqlite://{}", dir.path().join(format!("{SECRET}.db")).display());
    let args = ["outliers", "conn.log", "--html", "page.html", "--database", &url];
    let answer = run(bro_ml(dir.path()).current_dir(dir.path()).args(args));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(!holds_secret(dir.path(), &answer));
}

#[test]
fn the_config_file_names_the_database_and_options_come_before_it() {
    let dir = TempDir::new().unwrap();
    let config = dir.path().join("config");
    fs::create_dir_all(config.join("bro-ml")).unwrap();
    let status = |text: &str, args: &[&str]| {
        fs::write(config.join("bro-ml/config.toml"), text).unwrap();
        run(bro_ml(dir.path())
            .current_dir(dir.path())
            .env("XDG_CONFIG_HOME", &config)
            .args(["db", "status"])
            .args(args))
    };
    let configured = "[database]\nurl = \"sqlite://configured.db\"\n";
    assert!(status(configured, &[]).stdout.contains("configured.db"));
    assert!(status(configured, &["--database", "sqlite://given.db"]).stdout.contains("given.db"));
    assert!(status("", &[]).stdout.contains("bro-ml.db"));
    status("[database]\nurl = 5\n", &[]).fails(1, &["config.toml", "[database]"]);
    status("[database]\nurl = \"here.db\"\n", &[]).fails(1, &["config.toml", "sqlite://PATH"]);
}

#[test]
fn a_password_file_is_needed_whole_and_only_where_it_makes_sense() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("empty"), "").unwrap();
    let ask = |url: &str, file: &str| {
        let args = ["runs", "list", "--database", url, "--password-file", file];
        run(bro_ml(dir.path()).current_dir(dir.path()).args(args))
    };
    ask("sqlite://x.db", "empty").fails(2, &["takes no password"]);
    ask("mysql://ann@127.0.0.1:1/db", "absent").fails(1, &["absent", "could not be read"]);
    ask("mysql://ann@127.0.0.1:1/db", "empty").fails(1, &["empty", "first line"]);
}

/// On a server: the title of the running program, and that passwords from files are used.
#[cfg(all(feature = "mysql", target_os = "linux"))]
#[test]
fn the_title_of_the_process_shows_no_password() {
    use std::process::Stdio;
    let dir = TempDir::new().unwrap();
    let url = format!("mysql://ann:{SECRET}@127.0.0.1:1/db");
    let mut command = bro_ml(dir.path());
    // Reading standard input, it waits until it is told to end.
    let command = command.args(["import", "-", "--name", "x", "--database", &url]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let title = || fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    while !String::from_utf8_lossy(&title()).contains("***") {
        std::thread::yield_now();
    }
    assert!(!String::from_utf8_lossy(&title()).contains(SECRET));
    child.kill().unwrap();
    child.wait().unwrap();
}
