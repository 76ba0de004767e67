//! Two runs side by side.

use super::findings::ends;
use super::{Frame, html};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::params;
use crate::record::saved;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bro_analysis::{count_in_words, duration_in_words};
use bro_report::{Clock, SavedFinding, SavedRun, printable};
use bro_store::{FindingOrder, RunId, Store};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most findings of each run that are compared.
const MOST_COMPARED: u64 = 20_000;

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    frame: Frame,
    one: SavedRun,
    other: SavedRun,
    /// Name, value in the one, value in the other.
    facts: Vec<(String, String, String)>,
    n_both: usize,
    only_one: Vec<SavedFinding>,
    only_other: Vec<SavedFinding>,
}

/// What two runs have in common, and what not: `one` and `other`.
pub(crate) async fn show(State(app): State<App>, frame: Frame, fields: Fields) -> Result<Response, Failure> {
    let number =
        |name: &str| fields.number(name)?.ok_or_else(|| Failure::usage(format!("{name} is not given")));
    let ids: [i64; 2] = [number("one")?, number("other")?];
    let load = move |store: &mut Store, id| {
        Ok(saved(store.run_page(RunId(id), FindingOrder::Rank, 0, MOST_COMPARED)?.run))
    };
    let (one, other) = app.ask(move |store| Ok((load(store, ids[0])?, load(store, ids[1])?))).await?;
    let keys: [HashSet<_>; 2] = [&one, &other].map(|run| run.findings.iter().map(identity).collect());
    let (only_one, both): (Vec<_>, Vec<_>) =
        one.findings.iter().cloned().partition(|finding| !keys[1].contains(&identity(finding)));
    let only_other = other.findings.iter().filter(|finding| !keys[0].contains(&identity(finding))).cloned();
    let (only_other, n_both) = (only_other.collect(), both.len());
    html(&ComparePage { frame, facts: differences(&one, &other), n_both, only_one, only_other, one, other })
}

/// What makes two findings the same one: what they are and whom they are about.
fn identity(finding: &SavedFinding) -> (String, Option<String>, Option<String>, Option<String>) {
    (finding.kind.clone(), finding.uid.clone(), finding.orig.clone(), finding.resp.clone())
}

fn differences(one: &SavedRun, other: &SavedRun) -> Vec<(String, String, String)> {
    let clock = Clock::default();
    let facts = |run: &SavedRun| {
        let mut facts = BTreeMap::from([
            ("\u{0}kind".to_owned(), run.kind.clone()),
            ("\u{0}started".to_owned(), clock.show(run.started_at)),
            ("\u{0}took".to_owned(), duration_in_words(run.duration.as_secs_f64())),
            ("\u{0}rows".to_owned(), count_in_words(run.n_records)),
            ("\u{0}findings".to_owned(), count_in_words(run.findings.len() as u64)),
        ]);
        let again = params::again(&run.params, run.seed);
        facts.extend(again.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())));
        facts
    };
    let (one, other) = (facts(one), facts(other));
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let value = |of: &BTreeMap<String, String>, name: &String| {
        of.get(name).cloned().unwrap_or_else(|| "–".to_owned())
    };
    names.into_iter().map(|name| (name.replace('\0', ""), value(&one, name), value(&other, name))).collect()
}

impl ComparePage {
    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    fn ends(&self, finding: &SavedFinding) -> String {
        ends(finding)
    }

    fn lists(&self) -> [(i64, &[SavedFinding]); 2] {
        [(self.one.id, &self.only_one), (self.other.id, &self.only_other)]
    }

    fn first<'a>(&self, list: &'a [SavedFinding]) -> &'a [SavedFinding] {
        &list[..list.len().min(200)]
    }
}
