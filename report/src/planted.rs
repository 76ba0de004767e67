use crate::Style;
use bro_analysis::{count_in_words, share_in_words};

/// How much of what was planted into synthetic traffic was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted<'a> {
    /// What it is.
    pub label: &'a str,
    /// Of which kind.
    pub family: &'a str,
    /// Sessions planted.
    pub n_planted: u64,
    /// Sessions found.
    pub n_found: u64,
}

/// What was found against what was planted, for a person at a terminal; `n_found` is all that was found.
///
/// ```
/// use bro_report::{Planted, Style, planted_table};
/// let scan = Planted { label: "scan", family: "horizontal_scan", n_planted: 250, n_found: 200 };
/// assert!(planted_table(&[scan], 230, Style::Plain).contains("200 of the 230 sessions found were planted"));
/// ```
#[must_use]
pub fn planted_table(planted: &[Planted<'_>], n_found: u64, style: Style) -> String {
    let header = format!("{:<14}{:<20}{:>9}{:>9}{:>8}", "planted", "kind", "sessions", "found", "share");
    let mut out = format!("\n{}\n", style.bold(&header));
    for actor in planted {
        let share = share_in_words(actor.n_found as f64 / actor.n_planted.max(1) as f64);
        let (sessions, found) = (count_in_words(actor.n_planted), count_in_words(actor.n_found));
        out += &format!("{:<14}{:<20}{sessions:>9}{found:>9}{share:>8}\n", actor.label, actor.family);
    }
    let n_planted = count_in_words(planted.iter().map(|actor| actor.n_found).sum());
    out + &format!("{n_planted} of the {} sessions found were planted\n", count_in_words(n_found))
}
