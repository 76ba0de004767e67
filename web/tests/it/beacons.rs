//! Pairs are scored, sessions labelled, models trained and asked.

use crate::client::Client;
use crate::logs::{conn, http};
use axum::http::Method;

fn with_requests() -> Client {
    let client = Client::new();
    client.import("web", "http.log", http(240));
    client
}

fn job(client: &Client, page: &str, form: &str) -> serde_json::Value {
    let answer = client.post(page, form);
    answer.is(303, &[]);
    client.end_of(answer.location().rsplit('/').next().unwrap().parse().unwrap())
}

#[test]
fn pairs_are_ranked_drawn_and_shown_with_their_evidence() {
    let client = with_requests();
    client
        .get("/beacons?dataset=web")
        .is(200, &["<option value=\"web\" selected>", "No model of sessions yet"]);
    let status = job(&client, "/beacons", "dataset=web&min_events=4");
    assert_eq!(status["phase"], "done", "{status}");
    let run = client.get("/api/v1/runs/1").json();
    let pairs = run["findings"].as_array().unwrap();
    assert_eq!((pairs.len(), run["n_scored"].as_u64()), (13, Some(13)));
    let rank = 1 + pairs.iter().position(|pair| pair["peer"] == "q7.example.net").unwrap();
    let row = format!("data-rank=\"{rank}\" data-uids=\"B00000 B00001");
    client.get("/runs/1").is(200, &[&row, "10.0.0.9 → q7.example.net:80", "every 9 min 59 s"]);
    let drawn = &client.get("/api/v1/runs/1/plot").json()["pairs"][rank - 1];
    assert_eq!(drawn["ts"].as_array().unwrap().len(), 120);
    assert!((drawn["period"].as_f64().unwrap() - 600.0).abs() < 5.0, "{}", drawn["period"]);
    let page = client.get(&format!("/findings/1/{rank}"));
    page.is(200, &["q7.example.net", "evidence.period", "evidence.rows", "B00000"]);
    client.post("/beacons", "dataset=web&min_events=1").is(422, &["min_events is 1, expected at least 4"]);
}

#[test]
fn labels_train_a_model_that_judges_sessions() {
    let client = with_requests();
    let label = |uids: &[String], label: &str| {
        let body = serde_json::json!({ "uid": uids, "label": label, "author": "ann" }).to_string();
        let answer = client.script(Method::POST, "/api/v1/datasets/web/labels", body);
        answer.is(201, &[]);
        answer.json()["ids"].as_array().unwrap().len()
    };
    let uids = |letter: &str, n: u64| (0..n).map(|i| format!("{letter}{i:05}")).collect::<Vec<_>>();
    let failed = job(&client, "/beacons/train", "dataset=web");
    assert!(failed["message"].as_str().unwrap().contains("no session of these logs has a label"), "{failed}");
    assert_eq!((label(&uids("B", 100), "beacon"), label(&uids("P", 200), "benign")), (100, 200));
    assert_eq!(label(&["P00000".to_owned()], "unsure"), 1);
    let labels = client.get("/api/v1/datasets/web/labels").json();
    assert_eq!((labels.as_array().unwrap().len(), labels[0]["author"].as_str()), (301, Some("ann")));
    client.script(Method::DELETE, "/api/v1/labels/301", "").is(204, &[]);
    client.script(Method::DELETE, "/api/v1/labels/301", "").is(404, &["no label 301"]);

    let form = "dataset=web&hidden_layer_sizes=16&max_iter=40&seed=4&split=none&learning_rate_init=0.01";
    let trained = job(&client, "/beacons/train", form);
    assert_eq!(trained["phase"], "done", "{trained}");
    assert_eq!(trained["page"], "/models/1?dataset=web");
    let epochs = trained["curve"].as_array().unwrap();
    assert!(
        epochs.len() > 5 && epochs[0][1].as_f64() > epochs[5][1].as_f64(),
        "the loss of each epoch is told"
    );
    client.get("/models/1?dataset=web").is(200, &["300</b> sessions trained on", "data-curve"]);
    let model = client.get("/api/v1/models/1").json();
    assert_eq!(model["summary"]["n_positive"], 100);
    assert!(client.get("/api/v1/models/1/file").json()["network"].is_object());

    let judged = job(&client, "/beacons/predict", "dataset=web&model=1&threshold=0.5");
    assert_eq!((judged["phase"].as_str(), judged["run"].as_i64()), (Some("done"), Some(1)), "{judged}");
    let run = client.get("/api/v1/runs/1").json();
    assert_eq!(run["n_sessions"], 360);
    assert!(run["confusion"]["true_positive"].as_u64().unwrap() > 90, "{}", run["confusion"]);
    client.get("/runs/1").is(200, &["beacon <kbd>b</kbd>", "Those worth a label first", "q7.example.net:80"]);
    let doubt = |rank: usize| {
        let page = client.get("/runs/1?order=doubt").text;
        let ranks: Vec<usize> = page
            .split("data-rank=\"")
            .skip(1)
            .map(|part| part.split('"').next().unwrap().parse().unwrap())
            .collect();
        (run["findings"][ranks[rank] - 1]["probability"].as_f64().unwrap() - 0.5).abs()
    };
    assert!(doubt(0) <= doubt(1) && doubt(1) <= doubt(20));

    client.post("/beacons/predict", "dataset=web").is(422, &["model is not given"]);
    client.post("/beacons/train", "dataset=web&activation=step").is(422, &["expected relu, tanh, logistic"]);
    client.post("/models/1/delete", "").is(303, &[]);
    client.get("/models/1").is(404, &["no model 1"]);
}

#[test]
fn sessions_want_an_http_log() {
    let client = Client::new();
    client.import("d", "conn.log", conn(60));
    client.get("/beacons").is(200, &["<option value=\"d\">d (61 rows)"]);
    let failed = job(&client, "/beacons/train", "dataset=d");
    assert!(failed["message"].as_str().unwrap().contains("no rows of an http.log"), "{failed}");
}
