use crate::client::Client;
use crate::logs::{ODD, conn, hostile_http};
use axum::http::Method;
use bro_web::{Config, Limits};
use std::fs;

#[test]
fn a_log_is_uploaded_shown_and_deleted() {
    let client = Client::new();
    client.get("/datasets").is(200, &["No dataset yet"]);
    let status = client.import("january", "conn.log", conn(50));
    assert_eq!(
        (status["phase"].as_str(), status["message"].as_str()),
        (Some("done"), Some("51 rows added; 1 rows set aside"))
    );
    client.get("/datasets").is(200, &["january", "conn (51)"]);
    client
        .get("/datasets/january")
        .is(200, &["conn.log", "Rows set aside", "id.orig_p", "ninety", "complete"]);
    let again = client.import("january", "other.log", conn(50));
    assert_eq!(again["message"], "0 rows added; 1 logs were there already");
    let facts = client.get("/api/v1/datasets/january").json();
    assert_eq!((facts["n_records"].as_i64(), facts["rejects"][0]["line"].as_i64()), (Some(51), Some(59)));
    let deletion = client.post("/datasets/january/delete", "");
    deletion.is(303, &[]);
    assert_eq!(client.end_of(3)["message"], "january is deleted with 51 rows");
    client.get("/datasets/january").is(404, &["january"]);
}

#[test]
fn rows_are_found_by_uid_host_and_port() {
    let client = Client::new();
    client.import("d", "conn.log", conn(250));
    let rows = |query: &str| client.get(&format!("/datasets/d/sessions?{query}"));
    rows(&format!("uid={ODD}")).is(200, &["8000000000"]);
    rows("host=203.0.113.0/24").is(200, &[ODD]);
    rows("host=203.0.113.66&port=4444").is(200, &[ODD]);
    rows("uid=nobody").is(200, &["No row is like that"]);
    rows("host=nowhere").is(422, &["expected an address or a subnet"]);
    rows("port=ninety").is(422, &["port is"]);
    let first = rows("").text;
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    client.get(&next).is(200, &["C00150"]);
}

#[test]
fn what_is_too_large_is_refused_and_not_kept() {
    let limits = Limits { upload_bytes: 1000, import_rows: 5, ..Limits::default() };
    let client = Client::with(|config| Config { limits, ..config });
    let answer = client.script(Method::POST, "/api/v1/datasets/d/logs?name=conn.log", conn(50));
    answer.is(413, &["larger than 1000 B", "--root"]);
    assert_eq!(fs::read_dir(client.folder.path().join("web/uploads")).unwrap().count(), 0);
    let status = client.import("d", "conn.log", conn(3));
    assert_eq!(status["phase"], "done");
}

#[test]
fn an_upload_that_is_no_log_fails_with_a_reason() {
    let client = Client::new();
    let status = client.import("d", "cat.png", "\u{89}PNG\r\n\u{1a}\n");
    assert_ne!(status["message"], "");
    assert!(["failed", "done"].contains(&status["phase"].as_str().unwrap()), "{status}");
    client.script(Method::POST, "/api/v1/datasets/%01/logs?name=a", "x").is(202, &[]);
    assert_eq!(client.end_of(2)["phase"], "failed");
}

#[test]
fn only_allowed_folders_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("logs");
    fs::create_dir_all(root.join("2026-01-02")).unwrap();
    fs::write(root.join("2026-01-02/conn.log"), conn(20)).unwrap();
    fs::write(folder.path().join("secret.log"), conn(1)).unwrap();
    let client = Client::with(|config| Config { roots: vec![root], ..config });
    client.get("/datasets?root=0").is(200, &["2026-01-02/"]);
    client.get("/datasets?root=0&path=2026-01-02").is(200, &["conn.log", ".. (up)"]);
    for path in ["..", "../secret.log", "/etc/passwd", "2026-01-02/../../secret.log", "none"] {
        client.get(&format!("/datasets?root=0&path={path}")).is(404, &["below the allowed folder"]);
        client.post("/datasets/import", &format!("dataset=d&root=0&path={path}")).is(404, &[]);
    }
    client.get("/datasets?root=1").is(404, &["--root DIR"]);
    let job =
        client.script(Method::POST, "/api/v1/datasets/d/import", r#"{"root": 0, "path": "2026-01-02"}"#);
    job.is(202, &[]);
    assert_eq!(client.end_of(1)["message"], "21 rows added; 1 rows set aside");
    client.post("/datasets/import", "dataset=d&root=0&path=2026-01-02/conn.log").is(303, &[]);
    assert_eq!(client.end_of(2)["message"], "0 rows added; 1 logs were there already");
}

#[test]
fn hostile_values_stay_text() {
    let client = Client::new();
    let name = "%3Cimg%20src%3Dx%20onerror%3Dalert(3)%3E";
    client.import(name, "%3Cb%3Ehttp.log", hostile_http());
    for page in [
        "/datasets".to_owned(),
        format!("/datasets/{name}"),
        format!("/datasets/{name}/sessions?path=http"),
        "/jobs".to_owned(),
        "/jobs/1".to_owned(),
        "/outliers".to_owned(),
    ] {
        let answer = client.get(&page);
        answer.is(200, &[]);
        for bad in ["<script>alert", "<img", "<b>http", "\u{1b}", "\u{202e}"] {
            assert!(!answer.text.contains(bad), "{page} has {bad:?}");
        }
    }
    client.get(&format!("/datasets/{name}/sessions?path=http")).is(200, &["alert(1)"]);
}
