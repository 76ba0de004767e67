use crate::{Clock, printable};
use bro_analysis::{bytes_in_words, count_in_words, duration_in_words, share_in_words};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A part of the report: text, tables and places for plots. It is the same in every format.
#[derive(Debug)]
pub(super) struct Part {
    /// Its key in the JSON object.
    pub(super) key: &'static str,
    pub(super) title: String,
    /// Paragraphs before the tables.
    pub(super) text: Vec<String>,
    /// Paragraphs that warn.
    pub(super) warnings: Vec<String>,
    /// Single values that only programs read.
    pub(super) values: Map<String, Value>,
    pub(super) plots: Vec<Plot>,
    pub(super) sheets: Vec<Sheet>,
}

/// A place for a plot.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) id: &'static str,
    pub(super) class: &'static str,
    pub(super) label: &'static str,
}

/// A table.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) key: &'static str,
    pub(super) title: String,
    pub(super) note: String,
    pub(super) heads: Vec<Head>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// For the page: what stands behind each row, in the order of the rows; empty if nothing does.
    pub(super) drill: Vec<Self>,
    /// Most rows a terminal shows.
    pub(super) terminal_rows: usize,
    /// The columns a terminal shows; all if empty.
    pub(super) terminal_heads: &'static [&'static str],
    /// False for a table that only programs and the page read.
    pub(super) is_shown: bool,
}

/// The head of a column: its key in JSON and CSV, and its words for people.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) key: Cow<'static, str>,
    pub(super) label: Cow<'static, str>,
    pub(super) is_number: bool,
}

/// One value, which programs get as it is and people in their units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    None,
    Text(String),
    Long(String),
    /// A command, for programs and the page.
    Code(String),
    Count(u64),
    /// A number that is a name, such as a port.
    Plain(u64),
    Number(f64),
    Share(f64),
    Bytes(f64),
    Seconds(f64),
    BitsPerSecond(f64),
    Time(i64),
    List(Vec<(String, u64)>),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn or_none<T>(value: Option<T>, cell: impl Fn(T) -> Self) -> Self {
        value.map_or(Self::None, cell)
    }

    /// For people.
    pub(super) fn show(&self, clock: &Clock) -> String {
        let finite = |number: f64, words: &dyn Fn(f64) -> String| {
            if number.is_finite() { words(number) } else { "–".to_owned() }
        };
        match self {
            Self::None => "–".to_owned(),
            Self::Text(text) | Self::Long(text) | Self::Code(text) => text.clone(),
            Self::Count(count) => count_in_words(*count),
            Self::Plain(number) => number.to_string(),
            Self::Number(number) => finite(*number, &number_in_words),
            Self::Share(share) => finite(*share, &share_in_words),
            Self::Bytes(bytes) => finite(*bytes, &bytes_in_words),
            Self::Seconds(seconds) => finite(*seconds, &duration_in_words),
            Self::BitsPerSecond(rate) => finite(*rate, &rate_in_words),
            Self::Time(micros) => clock.show(*micros),
            Self::List(list) => {
                let shown = list.iter().map(|(value, n)| format!("{value} ({})", count_in_words(*n)));
                shown.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// For programs: times in seconds since 1970, shares from 0 to 1, everything else in its base unit.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) | Self::Long(text) | Self::Code(text) => json!(text),
            Self::Count(count) | Self::Plain(count) => json!(count),
            Self::Time(micros) => json!(*micros as f64 / 1e6),
            Self::Number(number)
            | Self::Share(number)
            | Self::Bytes(number)
            | Self::Seconds(number)
            | Self::BitsPerSecond(number) => number_value(*number),
            Self::List(list) => list.iter().map(|(value, n)| json!({"value": value, "n": n})).collect(),
        }
    }
}

/// A number as JSON: whole ones without a point, none where it is not finite.
pub(super) fn number_value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// Four digits that say something.
pub(super) fn number_in_words(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        n if !(1e-3..1e6).contains(&n) => format!("{number:.2e}"),
        n if n >= 1_000.0 => {
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}{}", count_in_words(n.round() as u64))
        }
        n if number.fract() == 0.0 && n < 1_000.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

/// `bits` a second with a decimal prefix, as network people count: `1.5 Mbit/s`.
pub(super) fn rate_in_words(bits: f64) -> String {
    const PREFIXES: [&str; 5] = ["", "k", "M", "G", "T"];
    let mut value = bits;
    let mut prefix = 0;
    while value >= 999.5 && prefix + 1 < PREFIXES.len() {
        value /= 1_000.0;
        prefix += 1;
    }
    let digits = if prefix == 0 || value >= 99.95 { 0 } else { 1 };
    format!("{value:.digits$} {}bit/s", PREFIXES[prefix])
}

impl Head {
    pub(super) fn text(key: &'static str, label: &'static str) -> Self {
        Self { key: key.into(), label: label.into(), is_number: false }
    }

    pub(super) fn number(key: &'static str, label: &'static str) -> Self {
        Self { key: key.into(), label: label.into(), is_number: true }
    }
}

impl Sheet {
    pub(super) fn new(key: &'static str, title: impl Into<String>, heads: Vec<Head>) -> Self {
        let title = title.into();
        Self {
            key,
            title,
            note: String::new(),
            heads,
            rows: Vec::new(),
            drill: Vec::new(),
            terminal_rows: 15,
            terminal_heads: &[],
            is_shown: true,
        }
    }

    /// Each row as an object.
    pub(super) fn json(&self) -> Value {
        let object = |row: &Vec<Cell>| {
            let cells = self.heads.iter().zip(row).map(|(head, cell)| (head.key.to_string(), cell.value()));
            Value::Object(cells.collect())
        };
        self.rows.iter().map(object).collect()
    }

    /// The table for a terminal, cells of one column below each other.
    pub(super) fn write(&self, out: &mut String, clock: &Clock) {
        const WIDEST: usize = 44;
        let is_shown =
            |head: &&Head| self.terminal_heads.is_empty() || self.terminal_heads.contains(&&*head.key);
        let columns: Vec<usize> = (0..self.heads.len()).filter(|i| is_shown(&&self.heads[*i])).collect();
        let heads: Vec<_> = columns.iter().map(|i| self.heads[*i].label.to_string()).collect();
        let shown = |cell: &Cell| {
            let text = printable(&cell.show(clock)).into_owned();
            if matches!(cell, Cell::Long(_)) { text } else { shortened(&text, WIDEST) }
        };
        let rows = self.rows.iter().take(self.terminal_rows);
        let rows: Vec<Vec<String>> =
            rows.map(|row| columns.iter().map(|i| shown(&row[*i])).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..heads.len()).map(width).collect();
        for row in [&heads].into_iter().chain(&rows) {
            let mut line = String::from(" ");
            for ((cell, column), width) in row.iter().zip(&columns).zip(&widths) {
                let gap = " ".repeat(width - cell.chars().count());
                let is_number = self.heads[*column].is_number;
                line += if is_number { " " } else { "  " };
                line += &if is_number { format!(" {gap}{cell}") } else { format!("{cell}{gap}") };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if self.rows.len() > self.terminal_rows {
            let rest = count_in_words((self.rows.len() - self.terminal_rows) as u64);
            out.push_str(&format!("   … {rest} more rows: --html, or --format json\n"));
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

impl Part {
    pub(super) fn new(key: &'static str, title: impl Into<String>) -> Self {
        Self {
            key,
            title: title.into(),
            text: Vec::new(),
            warnings: Vec::new(),
            values: Map::new(),
            plots: Vec::new(),
            sheets: Vec::new(),
        }
    }

    /// A single table as an array, more of them as an object.
    pub(super) fn json(&self) -> Value {
        if let ([sheet], true) = (self.sheets.as_slice(), self.values.is_empty()) {
            return sheet.json();
        }
        let sheets = self.sheets.iter().map(|sheet| (sheet.key.to_owned(), sheet.json()));
        Value::Object(self.values.clone().into_iter().chain(sheets).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_count_in_thousands_and_numbers_keep_four_digits() {
        assert_eq!(
            [0.0, 999.0, 1_500.0, 2.5e9].map(rate_in_words),
            ["0 bit/s", "999 bit/s", "1.5 kbit/s", "2.5 Gbit/s"]
        );
        assert_eq!(
            [0.0, 12.34, 0.12345, 4_321.0, 1.5e9].map(number_in_words),
            ["0", "12.3", "0.123", "4,321", "1.50e9"]
        );
    }
}
