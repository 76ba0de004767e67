//! A headless browser that is told what to do, over WebDriver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::chromium;

/// The body of an HTTP answer; the driver keeps the connection open after it.
fn answer(stream: TcpStream) -> String {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("chromedriver answers");
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(found) = line.strip_prefix("content-length:") {
            length = found.trim().parse().expect("a length is a number");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("chromedriver answers in full");
    String::from_utf8(body).expect("chromedriver answers in UTF-8")
}

/// Longest that a page may take.
const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// A browser with its own profile; `None` where there is none, unless `BRO_ML_REQUIRE_BROWSER` is set.
    pub(crate) fn start(profile: &Path) -> Option<Self> {
        let chromium = chromium()?;
        let started =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = started else {
            assert!(std::env::var_os("BRO_ML_REQUIRE_BROWSER").is_none(), "chromedriver is not installed");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let ready = lines.find(|line| line.contains("started successfully")).expect("chromedriver starts");
        let port = ready.trim_end_matches('.').rsplit(' ').next().and_then(|port| port.parse().ok());
        let mut browser =
            Self { driver, port: port.expect("chromedriver says its port"), session: String::new() };
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1400,1800",
            &format!("--user-data-dir={}", profile.display()),
        ];
        let options = json!({ "binary": chromium, "args": args });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let session =
            browser.command("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session = session.expect("a browser starts")["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    /// What the driver answers, or its complaint.
    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("chromedriver takes commands");
        let json = answer(stream);
        let value: Value = serde_json::from_str(&json).map_err(|error| format!("{error}: {json}"))?;
        let value = value["value"].clone();
        if value.get("error").is_some() { Err(value.to_string()) } else { Ok(value) }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.command(method, &format!("/session/{}{path}", self.session), body)
    }

    pub(crate) fn open(&self, address: &str) {
        self.ask("POST", "/url", &json!({ "url": address })).expect("the page opens");
    }

    /// What an expression is on the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        let script = json!({ "script": format!("return {expression};"), "args": [] });
        self.ask("POST", "/execute/sync", &script).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Opens a tab beside this one, and stays in it until [`to_tab`](Self::to_tab).
    pub(crate) fn new_tab(&self) {
        let made = self.ask("POST", "/window/new", &json!({ "type": "tab" })).expect("there is a new tab");
        self.ask("POST", "/window", &json!({ "handle": made["handle"] })).expect("the new tab is there");
    }

    /// Goes to a tab, counted from 0.
    pub(crate) fn to_tab(&self, idx: usize) {
        let tabs = self.ask("GET", "/window/handles", &Value::Null).expect("there are tabs");
        self.ask("POST", "/window", &json!({ "handle": tabs[idx] })).expect("the tab is there");
    }

    /// Presses a key on the page.
    pub(crate) fn press(&self, key: &str) {
        let event = json!({ "key": key, "bubbles": true, "cancelable": true });
        self.act(&format!(
            "(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', {event}))"
        ));
    }

    /// Runs a statement on the page.
    pub(crate) fn act(&self, statement: &str) {
        let script = json!({ "script": statement, "args": [] });
        self.ask("POST", "/execute/sync", &script).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Waits until an expression is true on whatever page is there then; leaves a picture if it never is.
    pub(crate) fn wait(&self, expression: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const check = () => {{ if ({expression}) done(true); else setTimeout(check, 20); }}; check();"
        );
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < PATIENCE {
            // A page that goes away takes the script with it; the next page gets it anew.
            match self.ask("POST", "/execute/async", &json!({ "script": script, "args": [] })) {
                Ok(_) => return,
                Err(error) => last = error,
            }
        }
        panic!("never true: {expression}\n{last}\n{}\na picture: {}", self.text(), self.picture());
    }

    /// Lets axe-core look at the page, where `BRO_ML_AXE` names its script; panics at what it calls serious or critical.
    pub(crate) fn audit(&self) {
        let Some(path) = std::env::var_os("BRO_ML_AXE") else { return };
        let axe = std::fs::read_to_string(path).expect("BRO_ML_AXE names the script of axe-core");
        let script = format!(
            "const done = arguments[arguments.length - 1];
             {axe};
             axe.run().then(({{ violations }}) => done(violations
                 .filter(({{ impact }}) => ['serious', 'critical'].includes(impact))
                 .map(({{ id, nodes }}) => `${{id}}: ${{nodes.slice(0, 3).map((node) => node.html).join(' ')}}`)));"
        );
        let found =
            self.ask("POST", "/execute/async", &json!({ "script": script, "args": [] })).expect("axe runs");
        assert_eq!(found, json!([]), "on {}", self.value("location.pathname"));
    }

    /// The text of the page.
    pub(crate) fn text(&self) -> String {
        self.value("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Types into the element that a selector finds; a file field takes a path.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found =
            self.ask("POST", "/element", &wanted).unwrap_or_else(|error| panic!("{selector}: {error}"));
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str).unwrap();
        self.ask("POST", &format!("/element/{id}/value"), &json!({ "text": text })).expect("it takes text");
    }

    /// What the console complained of, refused scripts among it.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", &json!({ "type": "browser" })).expect("there is a log");
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// A picture of the page in the temporary folder, as base64.
    fn picture(&self) -> String {
        let path = std::env::temp_dir().join(format!("bro-ml-page-{}.png.base64", std::process::id()));
        let picture = self.ask("GET", "/screenshot", &Value::Null).unwrap_or_default();
        let kept = std::fs::write(&path, picture.as_str().unwrap_or_default());
        kept.map_or_else(|error| error.to_string(), |()| path.display().to_string())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _closed = self.ask("DELETE", "", &Value::Null);
        let _ended = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}
