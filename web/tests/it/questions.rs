use crate::client::Client;
use crate::logs::{ODD, conn, hostile_http, http};
use axum::http::Method;

fn with_logs() -> Client {
    let client = Client::new();
    client.import("d", "conn.log", conn(200));
    client
}

#[test]
fn outliers_are_found_saved_shown_repeated_and_deleted() {
    let client = with_logs();
    client.get("/outliers?dataset=d&n_clusters=5").is(200, &["value=\"5\"", "<option value=\"d\" selected>"]);
    let answer = client.post("/outliers", "dataset=d&n_clusters=4&smallest=1&seed=3");
    assert_eq!(answer.location(), "/jobs/2");
    let status = client.end_of(2);
    assert_eq!(
        (status["phase"].as_str(), status["page"].as_str(), status["run"].as_i64()),
        (Some("done"), Some("/runs/1"), Some(1))
    );
    client.get("/jobs/2").is(200, &["done", "/runs/1"]);
    client.get("/runs").is(200, &["outliers", "201"]);
    let page = client.get("/runs/1");
    page.is(200, &[ODD, "7.5 GiB", "203.0.113.66:4444", "/datasets/d/sessions?uid=CODDONE", "seed 3"]);
    client.get("/runs/1?order=score").is(200, &[ODD, "Smallest cluster first</a>"]);
    let plot = client.get("/api/v1/runs/1/plot").json();
    assert_eq!(plot["points"]["x"].as_array().unwrap().len(), 201);
    assert_eq!(client.get("/api/v1/runs/1").json()["outliers"][0]["uid"], ODD);
    client.get("/api/v1/runs/1/findings.csv").is(200, &[ODD]);
    let body = r#"{"dataset": "d", "n_clusters": 4, "smallest": 1, "seed": 3, "features": null}"#;
    client.script(Method::POST, "/api/v1/outliers", body).is(202, &["3"]);
    client.end_of(3);
    assert_eq!(client.get("/api/v1/runs/2/plot").json(), plot, "the same seed gives the same plot");
    client.post("/runs/1/delete", "").is(303, &[]);
    client.get("/runs/1").is(404, &["no run 1"]);
    client.get("/api/v1/runs/1/plot").is(404, &[]);
    client.script(Method::DELETE, "/api/v1/runs/2", "").is(204, &[]);
    client.get("/runs").is(200, &["No run is saved"]);
}

#[test]
fn clusters_are_grouped_by_chosen_features() {
    let client = with_logs();
    let form =
        "dataset=d&eps=0.7&features=ln_duration&features=ln_orig_bytes&x=duration&y=resp_bytes&x_scale=log";
    client.post("/clusters", form).is(303, &[]);
    assert_eq!(client.end_of(2)["phase"], "done");
    client.get("/runs/1").is(200, &["Clusters in", "eps 0.7000", "ln_duration, ln_orig_bytes", ODD]);
    let plot = client.get("/api/v1/runs/1/plot").json();
    assert_eq!(
        (plot["x"].as_str(), plot["log_x"].as_bool(), plot["log_y"].as_bool()),
        (Some("duration"), Some(true), Some(false))
    );
    client.get("/clusters?dataset=d&eps=0.7&x=duration&x_scale=log").is(200, &["value=\"0.7\""]);
}

#[test]
fn requests_of_an_http_log_are_asked_about_as_well() {
    let client = Client::new();
    client.import("web", "http.log", http(100));
    client.get("/outliers?log_kind=http").is(200, &["<option value=\"web\">", "ln_uri_len"]);
    client.get("/outliers").is(200, &["No dataset has rows of conn.log"]);
    client.post("/outliers", "dataset=web&log_kind=http&n_clusters=4&smallest=1").is(303, &[]);
    assert_eq!(client.end_of(2)["phase"], "done");
    client.get("/runs/1").is(200, &["user_agent", "log_kind=http", "www0.example"]);
    client
        .post("/clusters", "dataset=web&log_kind=http&features=ln_uri_len,ln_response_body_len")
        .is(303, &[]);
    assert_eq!(client.end_of(3)["phase"], "done");
    client
        .post("/clusters", "dataset=web&log_kind=dns")
        .is(422, &["log_kind is &#34;dns&#34;, expected conn, http"]);
}

#[test]
fn what_is_asked_wrongly_comes_back_with_the_form() {
    let client = with_logs();
    let answer = client.post("/outliers", "dataset=d&n_clusters=3&smallest=3&seed=9");
    answer.is(422, &["smallest is 3, expected less than n_clusters", "role=\"alert\"", "value=\"9\""]);
    client.post("/outliers", "dataset=d&n_clusters=many").is(422, &["n_clusters is &#34;many&#34;"]);
    client.post("/clusters", "dataset=d&eps=0").is(422, &["eps is 0, expected a number above 0"]);
    client.post("/clusters", "eps=1").is(422, &["dataset is not given"]);
    let json = client.script(Method::POST, "/api/v1/clusters", "[1]");
    json.is(422, &["no object"]);
}

#[test]
fn what_cannot_be_answered_fails_with_a_reason() {
    let client = with_logs();
    client.import("web", "http.log", hostile_http());
    for (dataset, word) in [("nobody", "no dataset"), ("web", "no rows of a conn.log")] {
        let answer = client.post("/outliers", &format!("dataset={dataset}"));
        let job = answer.location().rsplit('/').next().unwrap().parse().unwrap();
        let status = client.end_of(job);
        assert_eq!(status["phase"], "failed");
        assert!(status["message"].as_str().unwrap().contains(word), "{status}");
        client.get(answer.location()).is(200, &["class=\"warning\"", word]);
    }
    client.get("/jobs/99").is(404, &["no job 99", "among the runs"]);
    client.post("/jobs/99/cancel", "").is(404, &[]);
}

#[test]
fn a_server_that_closes_ends_its_streams_and_takes_no_more_jobs() {
    let client = with_logs();
    client.app.close();
    client.post("/outliers", "dataset=d").is(429, &["too many jobs"]);
    client.get("/api/v1/jobs/1").is(200, &["done"]);
}
