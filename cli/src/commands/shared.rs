//! What several commands do alike.

use super::Usage;
use crate::args::{Format, Keep, Reading};
use crate::{database, output};
use anyhow::bail;
use bro_analysis::{Logs, Warning};
use bro_log::{ScanOptions, Schema, Source, Strictness, Time};
use bro_store::{NewRun, Store};
use std::path::Path;
use std::time::Instant;

/// Most sessions in a table unless the user says otherwise.
pub(super) const TABLE_ROWS: usize = 20;

#[cfg(not(feature = "parquet"))]
pub(super) const NO_PARQUET: &str = "this bro-ml was built without Parquet; build it with --features parquet";

/// What the clock says.
pub(super) fn now() -> Time {
    Time(jiff::Timestamp::now().as_microsecond())
}

/// The logs, read as the user wants.
pub(super) fn logs<'a>(sources: &'a [Source], reading: &Reading) -> anyhow::Result<Logs<'a>> {
    let strictness = if reading.strict { Strictness::Strict } else { Strictness::Lenient };
    let schema = reading.schema.as_deref().map(schema).transpose()?;
    Ok(Logs { options: ScanOptions { strictness, schema, ..ScanOptions::default() }, ..Logs::of(sources) })
}

/// The schema of a standard log, or the one spelled out.
pub(super) fn schema(text: &str) -> anyhow::Result<Schema> {
    let known = || Schema::standard_paths().join(", ");
    match Schema::standard(text) {
        Some(schema) => Ok(schema.clone()),
        None if text.contains(':') => Ok(text.parse()?),
        None => bail!(Usage(format!("--schema {text} is none of {}, nor `name:type` pairs", known()))),
    }
}

/// A question that is being asked.
pub(super) struct Asked<'a> {
    keep: &'a Keep,
    store: Option<Store>,
    started_at: Time,
    start: Instant,
}

impl<'a> Asked<'a> {
    /// Begins now. A database that cannot be opened is known before the work, not after it.
    pub(super) fn now(keep: &'a Keep) -> anyhow::Result<Self> {
        let store = if keep.no_save { None } else { Some(database::open(&keep.database)?) };
        Ok(Self { keep, store, started_at: now(), start: Instant::now() })
    }

    /// Saves the run and writes the page, where that is wanted, and says so.
    pub(super) fn answered(
        self,
        run: impl FnOnce() -> Result<NewRun, bro_report::Error>,
        page: impl FnOnce() -> Result<String, bro_report::Error>,
    ) -> anyhow::Result<()> {
        let duration = self.start.elapsed();
        if let Some(mut store) = self.store {
            let id = store.save_run(&NewRun { started_at: self.started_at, duration, ..run()? })?;
            output::note(&format!("saved as run {id}; bro-ml runs show {id} brings it back"));
        }
        write_page(self.keep.html.as_deref(), page)
    }
}

/// Writes a page, if one is wanted, and says so.
pub(super) fn write_page(
    path: Option<&Path>,
    page: impl FnOnce() -> Result<String, bro_report::Error>,
) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    output::write_file(path, &page()?)?;
    output::note(&format!("page written to {}", path.display()));
    Ok(())
}

/// How much is listed on the page and in the saved run; a shorter table leaves both whole.
pub(super) fn kept_limit(format: Format, limit: Option<usize>, default: usize) -> usize {
    limit.filter(|_| format != Format::Table).unwrap_or(default)
}

/// Tells the warnings, but for those a table tells itself.
pub(super) fn warn(warnings: &[Warning], format: Format) {
    let is_told = |warning: &&Warning| format == Format::Table && matches!(warning, Warning::Cut { .. });
    output::warn(warnings.iter().filter(|warning| !is_told(warning)));
}

/// Options whose values are nobody else's business.
const PRIVATE: [&str; 2] = ["--database", "--password-file"];

/// The command line as it can be typed again, without the database, whose address may hold a password.
pub(super) fn command() -> String {
    let mut words = vec!["bro-ml".to_owned()];
    let mut args = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    while let Some(arg) = args.next() {
        if PRIVATE.contains(&arg.as_str()) {
            args.next();
        } else if !PRIVATE
            .iter()
            .any(|option| arg.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')))
        {
            words.push(quoted(&arg));
        }
    }
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain =
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=,:+@%".contains(&b));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_wants_them() {
        assert_eq!(quoted("conn.log"), "conn.log");
        assert_eq!(quoted("it's a log"), r"'it'\''s a log'");
        assert_eq!(quoted(""), "''");
    }
}
