use crate::{Error, Style};
use bro_features::{Feature, LogKind, Unit, WindowFeature, unavailable};
use serde::Serialize;

/// A feature as it is listed.
#[derive(Serialize)]
struct Entry {
    log_kind: &'static str,
    group: String,
    name: String,
    unit: &'static str,
    is_default: bool,
    is_causal: bool,
    definition: String,
}

/// A feature of the usual data sets that a log cannot give.
#[derive(Serialize)]
struct Unavailable {
    name: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
struct Catalogue {
    features: Vec<Entry>,
    unavailable: Vec<Unavailable>,
}

/// The features of these kinds of logs for a person at a terminal, by group, and those that no log can give.
#[must_use]
pub fn catalogue_table(kinds: &[LogKind], style: Style) -> String {
    let mut out = String::new();
    let mut title = String::new();
    for entry in entries(kinds) {
        let next = format!("{}.log, {}", entry.log_kind, entry.group);
        if next != title {
            out += &format!("{}{}\n", if title.is_empty() { "" } else { "\n" }, style.bold(&next));
            title = next;
        }
        out += &format!("  {:<30} {} [{}]\n", entry.name, entry.definition, entry.unit);
    }
    out += &format!("\n{}\n", style.bold("known elsewhere, and not to be had from a conn.log"));
    unavailable().iter().for_each(|(name, reason)| out += &format!("  {name}: {reason}\n"));
    out
}

/// The features of these kinds of logs as JSON.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn catalogue_json(kinds: &[LogKind]) -> Result<String, Error> {
    let unavailable = unavailable().iter().map(|&(name, reason)| Unavailable { name, reason }).collect();
    Ok(serde_json::to_string_pretty(&Catalogue { features: entries(kinds), unavailable })?)
}

/// The features of these kinds of logs as CSV with a header.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn catalogue_csv(kinds: &[LogKind]) -> Result<String, Error> {
    let header = ["log_kind", "group", "name", "unit", "is_default", "is_causal", "definition"];
    let rows = entries(kinds).into_iter().map(|entry| {
        let flags = [entry.is_default.to_string(), entry.is_causal.to_string()];
        [entry.log_kind.to_owned(), entry.group, entry.name, entry.unit.to_owned()]
            .into_iter()
            .chain(flags)
            .chain([entry.definition])
            .collect::<Vec<_>>()
    });
    crate::csv::write(&header, rows)
}

fn entries(kinds: &[LogKind]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for &kind in kinds {
        let of = |group: String, feature: &Feature, is_default| Entry {
            log_kind: kind.name(),
            group,
            name: feature.name().to_owned(),
            unit: unit(feature.unit()),
            is_default,
            is_causal: feature.unit() != Unit::Surprise,
            definition: feature.definition().to_owned(),
        };
        entries.extend(Feature::numeric(kind).iter().map(|f| of(f.group().to_owned(), f, true)));
        entries.extend(Feature::families(kind).map(|family| Entry {
            log_kind: kind.name(),
            group: "categories".to_owned(),
            name: family.to_owned(),
            unit: unit(Unit::Indicator),
            is_default: true,
            is_causal: true,
            definition: format!("a column {family}=VALUE for each value: 1 if the row has it, else 0"),
        }));
        entries.extend(
            Feature::detailed(kind).iter().map(|f| of(format!("{}, to be named", f.group()), f, false)),
        );
        entries
            .extend(Feature::raw(kind).iter().map(|f| of("as it stands, to be named".to_owned(), f, false)));
        if kind == LogKind::Conn {
            entries.extend(WindowFeature::all().into_iter().map(|feature| Entry {
                log_kind: kind.name(),
                group: format!("{}, of bro-ml features only", feature.family),
                name: feature.name,
                unit: unit(feature.unit),
                is_default: false,
                is_causal: true,
                definition: feature.definition,
            }));
        }
    }
    entries
}

/// A unit in words.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "s",
        Unit::Bytes => "bytes",
        Unit::Packets => "packets",
        Unit::LnSeconds => "ln s",
        Unit::LnBytes => "ln bytes",
        Unit::LnPackets => "ln packets",
        Unit::LnRatio => "ln ratio",
        Unit::Count => "count",
        Unit::LnCount => "ln count",
        Unit::Bits => "bits",
        Unit::BitsPerByte => "bits/byte",
        Unit::Surprise => "-ln share",
        Unit::Share => "-1 to 1",
        Unit::Indicator => "0 or 1",
    }
}
