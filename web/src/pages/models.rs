//! A trained model.

use super::{Frame, html};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use bro_analysis::{SessionScores, SessionSummary, count_in_words};
use bro_report::{Clock, printable};

#[derive(Template)]
#[template(path = "model.html")]
struct ShowPage {
    frame: Frame,
    id: i64,
    kind: String,
    created_at: i64,
    summary: SessionSummary,
    /// Loss by epoch, for the script.
    curve: String,
    /// How sessions were held out, and the scores on them.
    scores: Vec<(String, SessionScores)>,
    /// The dataset it was trained on, as far as the address says.
    dataset: String,
    clock: Clock,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let stored = app.ask(move |store| store.model(id)).await?;
    // Models of other kinds have no such summary; their page says what is known.
    let summary: SessionSummary = serde_json::from_str(&stored.model.summary).unwrap_or_default();
    let curve: Vec<_> =
        summary.loss_curve.iter().zip(1_u64..).map(|(loss, epoch)| (epoch, *loss, None::<f64>)).collect();
    let held_out = summary.validation.map(|scores| (summary.split.clone(), scores));
    let hosts = summary.host_split.map(|scores| ("whole originators".to_owned(), scores));
    html(&ShowPage {
        frame,
        id,
        kind: stored.model.kind,
        created_at: stored.created_at.micros(),
        curve: serde_json::to_string(&curve).unwrap_or_default(),
        scores: held_out.into_iter().chain(hosts).collect(),
        summary,
        dataset: fields.text("dataset").unwrap_or_default().to_owned(),
        clock: Clock::default(),
    })
}

impl ShowPage {
    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn figure(&self, figure: &f64) -> String {
        format!("{figure:.3}")
    }
}

pub(crate) async fn delete(State(app): State<App>, Path(id): Path<i64>) -> Result<Redirect, Failure> {
    app.ask(move |store| store.delete_model(id)).await?;
    Ok(Redirect::to("/beacons"))
}
