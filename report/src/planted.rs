use crate::Style;
use bro_analysis::{count_in_words, share_in_words};

/// What was planted into synthetic traffic, and what each question made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planted<'a> {
    /// What it is.
    pub label: &'a str,
    /// Of which kind.
    pub family: &'a str,
    /// Sessions planted.
    pub n_planted: u64,
    /// Sessions among the outliers.
    pub n_outliers: u64,
    /// What the profile concludes about its hosts, in words.
    pub conclusions: Vec<String>,
    /// Its place among the pairs that may be beacons, in words.
    pub beacon: Option<String>,
}

/// What was found against what was planted, for a person at a terminal; `n_outliers` is how many outliers there are.
///
/// ```
/// use bro_report::{Planted, Style, planted_table};
/// let scan = Planted { label: "scan", family: "horizontal_scan", n_planted: 250, n_outliers: 200, ..Planted::default() };
/// assert!(planted_table(&[scan], 230, Style::Plain).contains("200 of the 230 outliers were planted"));
/// ```
#[must_use]
pub fn planted_table(planted: &[Planted<'_>], n_outliers: u64, style: Style) -> String {
    let row = |cells: [&str; 6]| {
        let [label, family, sessions, outliers, conclusions, beacon] = cells;
        let row = format!("{label:<14}{family:<17}{sessions:>9}{outliers:>10}  {conclusions:<31}{beacon}");
        row.trim_end().to_owned() + "\n"
    };
    let header = row(["planted", "kind", "sessions", "outliers", "profile concludes", "beacons says"]);
    let mut out = format!("\n{}\n", style.bold(header.trim_end()));
    for actor in planted {
        let sessions = count_in_words(actor.n_planted);
        let share = share_in_words(actor.n_outliers as f64 / actor.n_planted.max(1) as f64);
        let said = |words: &str| if words.is_empty() { "-".to_owned() } else { words.to_owned() };
        let conclusions = said(&actor.conclusions.join(", "));
        let beacon = said(actor.beacon.as_deref().unwrap_or_default());
        out += &row([actor.label, actor.family, &sessions, &share, &conclusions, &beacon]);
    }
    let found = count_in_words(planted.iter().map(|actor| actor.n_outliers).sum());
    out + &format!("{found} of the {} outliers were planted\n", count_in_words(n_outliers))
}
