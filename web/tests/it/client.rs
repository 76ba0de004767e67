use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bro_store::DatabaseUrl;
use bro_web::{App, Config, router};
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

/// A server of its own and somebody who asks it.
pub(crate) struct Client {
    pub(crate) app: App,
    pub(crate) folder: TempDir,
    router: Router,
    runtime: Runtime,
    cookie: String,
    csrf: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).unwrap().to_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, words: &[&str]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in {}", self.text);
        }
    }
}

impl Client {
    /// Somebody who has opened the printed address.
    pub(crate) fn new() -> Self {
        Self::with(|config| config)
    }

    pub(crate) fn with(settings: impl FnOnce(Config) -> Config) -> Self {
        let mut client = Self::stranger(settings);
        let address = client.app.address();
        let entered = client.get(address.split_once("8417").unwrap().1);
        let cookie = entered.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        client.cookie = cookie.split(';').next().unwrap().to_owned();
        let page = client.get("/settings").text;
        client.csrf =
            page.split("name=\"csrf\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        client
    }

    /// Somebody who has no token.
    pub(crate) fn stranger(settings: impl FnOnce(Config) -> Config) -> Self {
        let folder = TempDir::new().unwrap();
        let database = DatabaseUrl::sqlite(folder.path().join("bro-ml.db"));
        let app = App::new(settings(Config::new(database, folder.path().join("web")))).unwrap();
        Self {
            router: router(&app),
            app,
            folder,
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            cookie: String::new(),
            csrf: String::new(),
        }
    }

    pub(crate) fn token(&self) -> String {
        self.app.address().split_once("token=").unwrap().1.to_owned()
    }

    /// Asks with these headers beside the cookie.
    pub(crate) fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(HOST, "127.0.0.1:8417");
        }
        if !self.cookie.is_empty() {
            request = request.header(COOKIE, &self.cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Answer { status: parts.status, headers: parts.headers, text }
        })
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], Body::empty())
    }

    /// Sends a form of our page.
    pub(crate) fn post(&self, path: &str, form: &str) -> Answer {
        let form = format!("csrf={}&{form}", self.csrf);
        self.ask(Method::POST, path, &[(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")], form)
    }

    /// Asks as a script of our page.
    pub(crate) fn script(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(method, path, &[("x-csrf-token", &self.csrf), ("content-type", "application/json")], body)
    }

    /// Waits for a job's end by its events; its last status.
    pub(crate) fn end_of(&self, job: i64) -> Value {
        let events = self.get(&format!("/api/v1/jobs/{job}/events"));
        assert_eq!(events.headers[CONTENT_TYPE], "text/event-stream");
        let last = events.text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().unwrap();
        serde_json::from_str(last).unwrap()
    }

    /// Imports a log and waits for it.
    pub(crate) fn import(&self, dataset: &str, name: &str, log: impl Into<Body>) -> Value {
        let answer = self.script(Method::POST, &format!("/api/v1/datasets/{dataset}/logs?name={name}"), log);
        answer.is(202, &[]);
        self.end_of(answer.json()["job"].as_i64().unwrap())
    }
}
