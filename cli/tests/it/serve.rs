//! The page in the browser, as an analyst uses it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::logs::{ODD, log, rows};
use crate::program::{bro_ml, run};
use crate::webdriver::Browser;

#[path = "../../../web/tests/it/logs.rs"]
#[expect(dead_code, reason = "the tests of the web crate use the rest")]
mod web_logs;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(home: &Path, args: &[&str]) -> Self {
        let mut command = bro_ml(home);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// The address of a page, without the token.
    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address.split_once("/?").unwrap().0)
    }

    /// Asks the server to end; what it said.
    #[cfg(unix)]
    fn end(mut self) -> String {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

const HOSTILE: &str = "#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\tuser_agent\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\n\
    1700000000.5\tCHTTP1\t10.0.0.1\t50000\t192.0.2.1\t80\tGET\t<script>document.title='hacked'</script>\t\
    /\"><img src=x onerror=\"document.title='hacked'\">\tMozilla\u{1b}[2J\u{202e}moc.live\n";

/// Waits for what a job leads to. A job that is over before its page is there leaves a link to be followed.
fn follow(browser: &Browser, there: &str) {
    browser.wait(&format!(
        "(() => {{
            if ({there}) return true;
            const link = document.getElementById('result');
            const isOver = document.getElementById('phase')?.textContent === 'done';
            if (link && isOver && !window.isFollowed) {{ window.isFollowed = true; link.click(); }}
            return false;
        }})()"
    ));
}

#[test]
fn an_analyst_imports_asks_and_looks() {
    let dir = TempDir::new().unwrap();
    let Some(browser) = Browser::start(&dir.path().join("profile")) else { return };
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    // The odd session's service would be a script on a careless page.
    let conn = log(&rows(600))
        .replace("\ttcp\t-\t32400.5", "\ttcp\t<script>document.title='hacked'</script>\t32400.5");
    fs::write(logs.join("conn.log"), conn).unwrap();
    fs::write(dir.path().join("http.log"), HOSTILE).unwrap();
    let server = Server::start(dir.path(), &["--root", logs.to_str().unwrap()]);

    browser.open(&server.page("/datasets"));
    browser.wait("document.title === 'Token wanted – bro-ml'");
    browser.open(&server.page("/?token=wrong"));
    browser.wait("document.title === 'Wrong token – bro-ml'");
    assert!(browser.text().contains("bro-ml serve"));
    browser.complaints();

    browser.open(&server.address);
    browser.wait("document.title === 'Datasets – bro-ml' && location.search === ''");
    assert!(browser.text().contains("No dataset yet"));

    browser.open(&server.page("/datasets?root=0"));
    browser.type_into("#folders input[name=dataset]", "january");
    browser.act("document.querySelector('#folders button.main').click()");
    follow(&browser, "location.pathname === '/datasets/january'");
    assert!(browser.text().contains("601"));

    browser.open(&server.page("/datasets?dataset=january"));
    browser.type_into("#upload input[type=file]", dir.path().join("http.log").to_str().unwrap());
    browser.act("document.querySelector('#upload button').click()");
    follow(&browser, "location.pathname === '/datasets/january'");
    browser.open(&server.page("/datasets/january/sessions?path=http"));
    browser.wait("document.body.innerText.includes('CHTTP1') && document.images.length === 0");

    browser.open(&server.page("/outliers?dataset=january"));
    browser.act("document.querySelector('form.question button.main').click()");
    follow(&browser, "document.querySelector('#plots')?.dataset.drawn === 'yes'");
    assert!(browser.value("document.querySelectorAll('.main-svg').length").as_u64() >= Some(3));
    assert!(browser.text().contains(ODD) && browser.text().contains("<script>document.title"));

    browser.act(&format!(
        "[...document.querySelectorAll('td.uid a')].find((a) => a.textContent === '{ODD}').click()"
    ));
    browser.wait("location.pathname.endsWith('/sessions') && document.body.innerText.includes('8000000000')");

    browser.open(&server.page("/clusters?dataset=january&x=duration&y=resp_bytes&eps=0.8"));
    browser.act("document.querySelector('form.question button.main').click()");
    follow(&browser, "document.querySelector('#plots')?.dataset.drawn === 'yes'");
    browser.act("document.querySelector('#scales button[data-axis=xaxis]').click()");
    browser.wait("location.search.includes('xaxis=log') && document.getElementById('scatter').layout.xaxis.type === 'log'");
    browser.act("document.querySelector('.theme button[value=dark]').click()");
    browser
        .wait("document.documentElement.dataset.theme === 'dark' && location.search.includes('xaxis=log')");
    browser.wait("document.getElementById('scatter').layout?.xaxis.type === 'log'");
    assert_eq!(browser.complaints(), [""; 0], "the console is quiet");

    #[cfg(unix)]
    assert!(server.end().contains("stopped"));
}

/// The button of the form that asks `question`.
fn submit(browser: &Browser, question: &str) {
    browser.act(&format!("document.querySelector('form[action=\"{question}\"] button.main').click()"));
}

/// Imports a conn.log and an http.log, then profiles, hunts, labels, trains, judges and suppresses.
fn hunt(dir: &Path, database: &[&str]) {
    let Some(browser) = Browser::start(&dir.join("profile")) else { return };
    let logs = dir.join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("conn.log"), log(&rows(300))).unwrap();
    fs::write(dir.join("http.log"), web_logs::http(240)).unwrap();
    let args: Vec<_> = ["--root", logs.to_str().unwrap()].iter().chain(database).copied().collect();
    let server = Server::start(dir, &args);
    browser.open(&server.address);
    browser.open(&server.page("/datasets?root=0"));
    browser.type_into("#folders input[name=dataset]", "d");
    browser.act("document.querySelector('#folders button.main').click()");
    follow(&browser, "location.pathname === '/datasets/d'");

    browser.open(&server.page("/profile?dataset=d"));
    browser.audit();
    submit(&browser, "/profile");
    follow(&browser, "document.querySelector('#plots')?.dataset.drawn === 'yes'");
    assert!(browser.value("document.querySelectorAll('.main-svg').length").as_u64() >= Some(4));
    browser.audit();
    browser.act("document.querySelector('#groups td a').click()");
    browser
        .wait("location.pathname.endsWith('/sessions') && document.querySelectorAll('tbody tr').length > 5");
    browser.audit();

    browser.open(&server.page("/datasets?dataset=web"));
    browser.type_into("#upload input[type=file]", dir.join("http.log").to_str().unwrap());
    browser.act("document.querySelector('#upload button').click()");
    follow(&browser, "location.pathname === '/datasets/web'");

    browser.open(&server.page("/beacons?dataset=web"));
    browser.audit();
    submit(&browser, "/beacons");
    follow(&browser, "document.querySelector('#plots')?.dataset.drawn === 'yes'");
    assert!(browser.text().contains("q7.example.net"));
    browser.wait("document.querySelectorAll('#gaps .main-svg, #phases .main-svg').length >= 2");
    let told =
        |words: &str| format!("document.getElementById('label-status').textContent.includes('{words}')");
    let label = |host: &str, key: &str, label: &str| {
        browser.act(&format!(
            "const row = [...document.querySelectorAll('#ranked tbody tr')].find((row) => row.innerText.includes('{host}'));
             row.focus(); row.click();"
        ));
        browser.press(key);
        browser.wait(&told(&format!("is labelled {label}")));
    };
    label("q7.example.net", "b", "beacon");
    browser.press("z");
    browser.wait(&told("is taken back"));
    label("q7.example.net", "b", "beacon");
    for host in ["10.0.0.1 → www0", "10.0.0.1 → www1", "10.0.0.2 → www1", "10.0.0.3 → www2"] {
        browser.act("document.getElementById('label-status').textContent = ''");
        label(host, "n", "benign");
    }
    browser.wait("[...document.querySelectorAll('#ranked td.label')].filter((cell) => cell.textContent === 'benign').length === 4");
    browser.audit();

    // A training that would not end shows its loss, survives a reload, is seen in another tab, and is cancelled there.
    let endless = "max_iter=100000&tol=0&n_iter_no_change=100000&split=none&hidden_layer_sizes=64,32";
    browser.open(&server.page(&format!("/beacons?dataset=web&{endless}")));
    submit(&browser, "/beacons/train");
    browser.wait("document.querySelector('#curve polyline')?.points.length > 1");
    let job = browser.value("location.pathname").as_str().unwrap().to_owned();
    browser.open(&server.page(&job));
    browser.wait("document.getElementById('phase').textContent === 'running'");
    browser.new_tab();
    browser.open(&server.page(&job));
    browser.wait("document.querySelector('#curve polyline')?.points.length > 1");
    browser.act("document.querySelector('#cancel button').click()");
    browser.wait("document.getElementById('phase')?.textContent === 'cancelled'");
    browser.to_tab(0);
    browser.wait("document.getElementById('phase')?.textContent === 'cancelled'");

    browser.open(&server.page("/beacons?dataset=web&max_iter=20&split=none&hidden_layer_sizes=8"));
    submit(&browser, "/beacons/train");
    follow(&browser, "location.pathname === '/models/1' && document.querySelector('#curve polyline')");
    browser.audit();
    browser.act("document.querySelector('.actions a.main').click()");
    browser.wait("location.pathname === '/beacons' && document.readyState === 'complete'");
    submit(&browser, "/beacons/predict");
    follow(&browser, "document.querySelectorAll('#ranked tbody tr').length === 100");

    browser.act("document.querySelector('#ranked tbody a').click()");
    browser.wait("location.pathname.startsWith('/findings/')");
    browser.audit();
    browser.type_into("input[name=reason]", "our <b>updater</b>");
    submit_suppression(&browser);
    browser
        .wait("location.pathname === '/findings' && document.body.innerText.includes('our <b>updater</b>')");
    browser.audit();
    browser.open(&server.page("/settings"));
    browser.wait("document.title === 'Settings – bro-ml'");
    browser.audit();
    for page in ["/datasets", "/outliers", "/clusters", "/runs", "/jobs"] {
        browser.open(&server.page(page));
        browser.audit();
    }
    assert_eq!(browser.complaints(), [""; 0], "the console is quiet");
}

fn submit_suppression(browser: &Browser) {
    browser.act("document.querySelector('form[action$=\"/suppress\"] button').click()");
}

#[test]
fn an_analyst_hunts_beacons_and_judges_what_was_found() {
    hunt(TempDir::new().unwrap().path(), &[]);
}

/// The same on MariaDB, where the tests have one.
#[test]
#[cfg(feature = "mysql")]
fn an_analyst_hunts_beacons_on_mariadb() {
    let Ok(server) = std::env::var("BRO_ML_TEST_MYSQL_URL") else { return };
    let name = format!("bro_ml_web_{}", std::process::id());
    let socket = server.split_once("unix_socket=").unwrap().1;
    let execute = |statement: &str| {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--user=root", &format!("--socket={socket}"), "--execute", statement]);
        assert!(client.status().unwrap().success(), "{statement}");
    };
    execute(&format!("CREATE DATABASE {name}"));
    let url = server.replace("/mysql?", &format!("/{name}?"));
    hunt(TempDir::new().unwrap().path(), &["--database", &url]);
    execute(&format!("DROP DATABASE {name}"));
}

#[test]
fn other_machines_are_let_in_only_with_a_token() {
    let dir = TempDir::new().unwrap();
    let answer = run(bro_ml(dir.path()).args(["serve", "--listen", "0.0.0.0:0"]));
    answer.fails(2, &["--token", "TLS"]);
    run(bro_ml(dir.path()).args(["serve", "--root", "/nowhere/at/all"])).fails(1, &["/nowhere/at/all"]);
}
