use crate::{Clock, printable};
use bro_analysis::{
    Cluster, ClusterQuality, Clusters, HttpFacts, Intake, Outlier, Outliers, Sample, Session, bytes_in_words,
    count_in_words, duration_in_words, share_in_words,
};
use std::cmp::Reverse;
use std::fmt::{self, Write};

/// Whether a terminal text may use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// No escape sequences at all.
    #[default]
    Plain,
    /// ANSI colours.
    Colour,
}

impl Style {
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrapped("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.wrapped("2", text)
    }

    fn wrapped(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// The findings for a person at a terminal; at most `limit` outliers (0: all that are described), and it says so.
#[must_use]
pub fn outliers_table(found: &Outliers, clock: &Clock, style: Style, limit: usize) -> String {
    let mut out = String::new();
    write_table(&mut out, found, clock, style, limit).expect("writing to a string does not fail");
    out
}

fn write_table(out: &mut String, found: &Outliers, clock: &Clock, style: Style, limit: usize) -> fmt::Result {
    write_summary(out, found, style)?;
    write_clusters(out, found, style)?;
    let n_shown = if limit == 0 { found.outliers.len() } else { limit.min(found.outliers.len()) };
    if n_shown == 0 {
        return Ok(());
    }
    writeln!(out, "\n{}", style.bold(&outliers_title(found)))?;
    for (i, outlier) in found.outliers[..n_shown].iter().enumerate() {
        write_outlier(out, i + 1, outlier, clock, style)?;
    }
    if (n_shown as u64) < found.n_outliers {
        let (shown, all) = (count_in_words(n_shown as u64), count_in_words(found.n_outliers));
        writeln!(
            out,
            "\n{shown} of {all} outliers shown; --limit N shows more, --format json or csv lists them"
        )?;
    }
    Ok(())
}

fn write_intake(
    out: &mut String,
    intake: &Intake,
    sample: Option<Sample>,
    n_records: u64,
    style: Style,
) -> fmt::Result {
    let names: Vec<_> = intake.logs.iter().map(|log| printable(&log.name).into_owned()).collect();
    let logs = match names.as_slice() {
        [one] => one.clone(),
        [first, ..] => format!("{first} and {} more", names.len() - 1),
        [] => String::new(),
    };
    let sessions = match sample {
        Some(sample) => format!("sample of {} of {}", count_in_words(sample.n), count_in_words(sample.of)),
        None => count_in_words(n_records),
    };
    writeln!(out, "{}", style.bold(&format!("{logs}: {sessions} sessions")))?;
    if intake.n_rejected > 0 {
        let reasons: Vec<_> = intake.rejected.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        writeln!(out, "{} rows set aside ({})", count_in_words(intake.n_rejected), reasons.join(", "))?;
    }
    Ok(())
}

fn write_summary(out: &mut String, found: &Outliers, style: Style) -> fmt::Result {
    write_intake(out, &found.intake, found.sample, found.n_records, style)?;
    let shares: Vec<_> = found.explained_variance_ratio.iter().map(|share| share_in_words(*share)).collect();
    if !shares.is_empty() {
        writeln!(
            out,
            "{} features; the components carry {} of the variance",
            found.features.len(),
            shares.join(" + ")
        )?;
    }
    for (i, share) in found.explained_variance_ratio.iter().enumerate() {
        let strongest = strongest_features(found, i).join(", ");
        writeln!(
            out,
            "{}",
            style.dim(&format!("  component {} ({}): {strongest}", i + 1, share_in_words(*share)))
        )?;
    }
    Ok(())
}

/// The four features that weigh most in a component, with their signs.
fn strongest_features(found: &Outliers, component: usize) -> Vec<String> {
    let mut weights: Vec<_> = found.loadings.iter().map(|l| (l.weights[component], &l.feature)).collect();
    weights.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    weights.iter().take(4).map(|(weight, feature)| format!("{weight:+.2} {}", printable(feature))).collect()
}

fn write_clusters(out: &mut String, found: &Outliers, style: Style) -> fmt::Result {
    writeln!(out, "\n{}", style.bold("cluster      sessions    share"))?;
    for Cluster { cluster, size, .. } in &found.clusters {
        let share = share_in_words(*size as f64 / found.n_records.max(1) as f64);
        let mark = if found.smallest.contains(cluster) { "  ← outliers" } else { "" };
        writeln!(out, "{cluster:>7}  {:>12}  {share:>7}{mark}", count_in_words(*size))?;
    }
    if let Some(quality) = &found.quality {
        writeln!(out, "{}", style.dim(&quality_in_words(quality)))?;
    }
    Ok(())
}

/// How real the clusters are, in a line.
pub(crate) fn quality_in_words(quality: &ClusterQuality) -> String {
    let silhouette = quality.silhouette.map_or_else(
        || "in one cluster only".to_owned(),
        |silhouette| format!("silhouette {silhouette:.2} (1: apart, 0: touching)"),
    );
    format!(
        "{silhouette}; clusterings from other seeds agree by {:.2}, at least {:.2} (1: the same), on {} sessions",
        quality.stability,
        quality.stability_min,
        count_in_words(quality.n)
    )
}

fn outliers_title(found: &Outliers) -> String {
    let n_clusters = found.smallest.len();
    let clusters = if n_clusters == 1 { "cluster".to_owned() } else { format!("{n_clusters} clusters") };
    format!("{} sessions in the least-populated {clusters}", count_in_words(found.n_outliers))
}

fn write_outlier(
    out: &mut String,
    rank: usize,
    outlier: &Outlier,
    clock: &Clock,
    style: Style,
) -> fmt::Result {
    let place = format!(
        "; cluster {}, distance {:.3}, percentile {:.2}",
        outlier.cluster, outlier.distance, outlier.percentile
    );
    write_session(out, rank, &outlier.session, &place, &outlier.reason, clock, style)
}

fn write_session(
    out: &mut String,
    rank: usize,
    session: &Session,
    place: &str,
    reason: &str,
    clock: &Clock,
    style: Style,
) -> fmt::Result {
    let time = session.ts.map_or_else(|| "-".to_owned(), |ts| clock.show(ts));
    let (kind, facts) = session.http.as_ref().map_or_else(|| connection(session), request);
    let head = format!("{time}  {}  {}  {kind}", text(&session.uid), printable(&session.endpoints()));
    writeln!(out, "{rank:>4}  {head}")?;
    writeln!(out, "      {}", style.dim(&format!("{facts}{place}")))?;
    writeln!(out, "      {}", printable(reason))
}

fn text(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "-".to_owned(), |text| printable(text).into_owned())
}

fn bytes(count: Option<u64>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| bytes_in_words(count as f64))
}

/// What a connection is, and its facts.
fn connection(session: &Session) -> (String, String) {
    let kind = format!("{} {} {}", text(&session.proto), text(&session.service), text(&session.conn_state));
    let duration = session.duration.map_or_else(|| "-".to_owned(), |us| duration_in_words(us as f64 / 1e6));
    let (sent, received) = (bytes(session.orig_bytes), bytes(session.resp_bytes));
    (kind, format!("duration {duration}, sent {sent}, received {received}"))
}

/// Most characters of a request or a user agent in a table.
const MOST_CHARACTERS: usize = 100;

/// What a request is, and its facts.
fn request(http: &HttpFacts) -> (String, String) {
    let status = http.status_code.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let (sent, received) = (bytes(http.request_body_len), bytes(http.response_body_len));
    let agent = http.user_agent.as_deref().map_or_else(|| "-".to_owned(), shortened);
    let facts = format!("status {status}, sent {sent}, received {received}, user agent {agent}");
    (shortened(&http.request()), facts)
}

/// The start of a text, escaped for a terminal.
fn shortened(text: &str) -> String {
    let mut start: String = text.chars().take(MOST_CHARACTERS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    printable(&start).into_owned()
}

/// What DBSCAN found for a person at a terminal; at most `limit` noise sessions (0: all that are described), and it
/// says so.
#[must_use]
pub fn clusters_table(found: &Clusters, clock: &Clock, style: Style, limit: usize) -> String {
    let mut out = String::new();
    write_clusters_table(&mut out, found, clock, style, limit).expect("writing to a string does not fail");
    out
}

/// Clusters with a line of their own; the smaller ones are counted together.
const MOST_CLUSTERS: usize = 20;

fn write_clusters_table(
    out: &mut String,
    found: &Clusters,
    clock: &Clock,
    style: Style,
    limit: usize,
) -> fmt::Result {
    write_intake(out, &found.intake, found.sample, found.n_records, style)?;
    let features: Vec<_> = found.features.iter().map(|name| printable(name)).collect();
    let origin = if found.params.eps.is_none() { ", the knee of the k-distance curve" } else { "" };
    writeln!(out, "features {}", features.join(", "))?;
    writeln!(out, "eps {:.4}{origin}; min_samples {}", found.eps, found.params.min_samples)?;
    let mut clusters: Vec<_> = found.clusters.iter().collect();
    clusters.sort_by_key(|cluster| (Reverse(cluster.size), cluster.cluster));
    writeln!(out, "\n{}", style.bold(&format!("{} clusters", count_in_words(clusters.len() as u64))))?;
    for cluster in clusters.iter().take(MOST_CLUSTERS) {
        writeln!(out, "{:>7}  {}", cluster.cluster, printable(&cluster.summary))?;
    }
    if let Some(rest) = clusters.get(MOST_CLUSTERS..).filter(|rest| !rest.is_empty()) {
        let (n, size) = (rest.len() as u64, rest.iter().map(|cluster| cluster.size).sum());
        writeln!(out, "     …  {} smaller ones with {} sessions", count_in_words(n), count_in_words(size))?;
    }
    let n_shown = if limit == 0 { found.noise.len() } else { limit.min(found.noise.len()) };
    writeln!(out, "\n{}", style.bold(&format!("{} sessions in no cluster", count_in_words(found.n_noise))))?;
    for (i, noise) in found.noise[..n_shown].iter().enumerate() {
        write_session(out, i + 1, &noise.session, "", &noise.reason, clock, style)?;
    }
    if (n_shown as u64) < found.n_noise {
        let (shown, all) = (count_in_words(n_shown as u64), count_in_words(found.n_noise));
        writeln!(out, "\n{shown} of {all} shown; --limit N shows more, --format json or csv lists them")?;
    }
    Ok(())
}
