//! Who gets in.

use crate::client::Client;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::SET_COOKIE;
use bro_web::Config;

const PAGES: [&str; 11] = [
    "/datasets",
    "/profile",
    "/beacons",
    "/findings",
    "/outliers",
    "/clusters",
    "/jobs",
    "/runs",
    "/settings",
    "/nothing",
    "/runs/77",
];

#[test]
fn without_the_token_there_is_a_page_that_says_the_cure() {
    let stranger = Client::stranger(|config| config);
    for page in PAGES {
        let answer = stranger.get(page);
        answer.is(403, &["This page wants a token", "bro-ml serve"]);
        assert!(!answer.text.contains("csrf"));
    }
    stranger.get("/api/v1/runs").is(403, &["\"error\"", "Authorization: Bearer"]);
    stranger.get("/?token=wrong").is(403, &["The token is wrong"]);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    stranger.ask(Method::POST, "/login", &form, "token=wrong").is(403, &["The token is wrong"]);
    let answer = stranger.ask(Method::POST, "/login", &form, format!("token={}", stranger.token()));
    answer.is(303, &[]);
    assert!(answer.headers.contains_key(SET_COOKIE));
}

#[test]
fn the_token_becomes_a_cookie_and_leaves_the_address() {
    let stranger = Client::stranger(|config| config);
    let answer = stranger.get(&format!("/runs?page=2&token={}", stranger.token()));
    answer.is(303, &[]);
    assert_eq!(answer.location(), "/runs?page=2");
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict")
            && cookie.starts_with("bro_ml_8417=")
    );
    assert!(!cookie.contains(&stranger.token()));
    let away = stranger.get(&format!("//evil.example/?token={}", stranger.token()));
    assert_eq!(away.location(), "/evil.example/");
}

#[test]
fn a_script_may_show_the_token_in_a_header() {
    let stranger = Client::stranger(|config| config);
    let bearer = format!("Bearer {}", stranger.token());
    let ask = |method, path, token: &str| stranger.ask(method, path, &[("authorization", token)], "{}");
    ask(Method::GET, "/api/v1/runs", &bearer).is(200, &["[]"]);
    ask(Method::DELETE, "/api/v1/runs/7", &bearer).is(404, &["no run 7"]);
    ask(Method::GET, "/api/v1/runs", "Bearer wrong").is(403, &[]);
}

#[test]
fn names_that_are_not_this_server_s_are_refused() {
    let client = Client::with(|config| Config { hosts: vec!["bro.example".into()], ..config });
    let ask = |host: &str| client.ask(Method::GET, "/runs", &[("host", host)], Body::empty()).status.as_u16();
    for host in ["evil.example", "evil.example:8417", "localhost.evil.example", ""] {
        assert_eq!(ask(host), 421, "{host}");
    }
    for host in ["localhost:8417", "127.0.0.1", "[::1]:8417", "bro.example:443"] {
        assert_eq!(ask(host), 200, "{host}");
    }
}

#[test]
fn changes_come_from_our_pages_only() {
    let client = Client::new();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let ask = |headers: &[(&str, &str)], body: &'static str| {
        client.ask(Method::POST, "/settings/theme", headers, body).status.as_u16()
    };
    assert_eq!(ask(&[form], "theme=dark"), 403);
    assert_eq!(ask(&[form], "theme=dark&csrf=wrong"), 403);
    assert_eq!(ask(&[("content-type", "text/plain")], "theme=dark"), 403);
    assert_eq!(ask(&[form, ("x-csrf-token", "wrong")], "theme=dark"), 403);
    let answer = client.post("/settings/theme", "theme=dark&here=//evil.example/");
    answer.is(303, &[]);
    assert_eq!(answer.location(), "/evil.example/");
    let csrf = |origin: &str, site: &str| {
        let headers = [("origin", origin), ("sec-fetch-site", site)];
        client.ask(Method::POST, "/settings/theme", &headers, "theme=dark").status.as_u16()
    };
    assert_eq!(csrf("http://evil.example", "cross-site"), 403);
    for path in ["/api/v1/outliers", "/api/v1/datasets/x/logs", "/api/v1/jobs/1/cancel", "/runs/1/delete"] {
        client.ask(Method::POST, path, &[], "{}").is(403, &["did not come from a page"]);
    }
}

#[test]
fn every_answer_forbids_what_could_act() {
    let client = Client::new();
    let assets = ["/assets/app.js", "/assets/plotly.js", "/api/v1/runs", "/assets/none"];
    for path in PAGES.iter().chain(&assets) {
        let answer = client.get(path);
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert!(header("cache-control").contains(if path.starts_with("/assets/") && answer.status == 200 {
            "immutable"
        } else {
            "no-store"
        }));
    }
}

#[test]
fn no_page_has_a_script_of_its_own() {
    let client = Client::new();
    client.import("d", "conn.log", crate::logs::conn(60)).as_object().unwrap();
    let ask = client.post("/outliers", "dataset=d&n_clusters=4");
    client.end_of(ask.location().rsplit('/').next().unwrap().parse().unwrap());
    let pages = PAGES.iter().chain(&[
        "/datasets/d",
        "/datasets/d/sessions",
        "/jobs/1",
        "/runs/1",
        "/clusters?dataset=d",
    ]);
    for page in pages {
        let text = client.get(page).text;
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/"), "{page}: {script:.80}");
        }
        assert!(!text.contains(" style=") && !text.contains("<style"), "{page}");
        assert!(!text.contains(" onclick=") && !text.contains("javascript:"), "{page}");
        assert_eq!(text.matches("<title>").count(), 1, "{page}");
        assert_eq!(text.matches("<h1").count(), 1, "{page}");
    }
}

#[test]
fn a_request_that_is_too_large_is_refused() {
    let client = Client::new();
    let body = format!("theme=dark&here={}", "x".repeat(300 << 10));
    client.post("/settings/theme", &body).is(413, &["larger than this server takes"]);
}

#[test]
fn the_theme_is_remembered() {
    let client = Client::new();
    assert!(!client.get("/runs").text.contains("data-theme"));
    let answer = client.post("/settings/theme", "theme=dark&here=%2Fruns%3Fpage%3D1");
    assert_eq!(answer.location(), "/runs?page=1");
    assert!(answer.headers[SET_COOKIE].to_str().unwrap().starts_with("bro_ml_theme=dark;"));
    let dark = client.ask(Method::GET, "/runs", &[("cookie", "bro_ml_theme=dark")], Body::empty());
    dark.is(200, &["data-theme=\"dark\""]);
}

#[test]
fn another_database_is_tried_before_it_is_used_and_its_password_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conf/config.toml");
    let client = Client::with(|config| Config { config_file: Some(file.clone()), ..config });
    client.import("d", "conn.log", crate::logs::conn(20));
    client.post("/settings/database", "url=nonsense").is(422, &[]);
    let answer = client.post("/settings/database", "url=mysql://ann:s3cret@127.0.0.1:1/x");
    answer.is(422, &[]);
    assert!(!answer.text.contains("s3cret") && !file.exists());
    client.get("/datasets").is(200, &["conn (21)"]);
    let other = format!("sqlite://{}", folder.path().join("other.db").display());
    client.post("/settings/database", &format!("url={other}")).is(303, &[]);
    client.get("/datasets").is(200, &["No dataset yet"]);
    client.get("/settings").is(200, &["other.db", "/api/v1/openapi.json"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("[database]\nurl = \"{other}\"\n"));
}

#[test]
fn the_api_is_as_it_is_described() {
    let client = Client::new();
    let description = client.get("/api/v1/openapi.json").json();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 20 && description["components"]["schemas"]["Status"].is_object());
    for (path, item) in paths {
        let part = |part: &str| match part {
            "{name}" => "none".to_owned(),
            part if part.starts_with('{') => "77".to_owned(),
            part => part.to_owned(),
        };
        let address = format!("/api/v1{}", path.split('/').map(part).collect::<Vec<_>>().join("/"));
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = client.script(method.clone(), &address, "{}");
            assert!(![405, 500].contains(&answer.status.as_u16()), "{method} {address}: {}", answer.text);
            assert!(!answer.text.contains("there is no page"), "{method} {address}");
            assert!(
                operation["description"].is_string() || operation["summary"].is_string(),
                "{method} {path}"
            );
        }
    }
}
