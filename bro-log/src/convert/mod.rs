//! Logs in other forms: JSON, tab-separated with Zeek's defaults, CSV, Parquet.

mod csv;
mod fit;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod survey;
mod text;
mod tsv;

use std::{io::Write, sync::Arc};

use crate::{
    error::Error,
    header::Header,
    reader::{Item, ReaderBuilder},
    record::Record,
    reject::Rejects,
    source::Source,
};

/// The form a log is brought into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConvertTo {
    /// One JSON object a line, as Zeek writes it: numbers and bools as such, times and intervals as seconds, sets and
    /// vectors as arrays, unset fields left out.
    Json,
    /// Tab-separated with Zeek's default separators and markers.
    Tsv,
    /// A line of names, then rows of cells between commas; unset is nothing, an empty string is `""`.
    Csv,
    /// Parquet, with columns of the logs' types; needs the feature `parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// How logs are converted.
///
/// # Logs with different columns
/// JSON takes any rows one after another. The tab-separated form starts a new header where the columns change. CSV,
/// Parquet, and whatever is made of JSON logs have one set of columns: all that occur, in order of appearance, found
/// by reading the logs once more beforehand. A column whose type differs becomes what holds both (`count` and `int` an
/// `int`, numbers and doubles a `double`, else text). Rows of several paths do not fit into one such table:
/// [`Error::MixedPaths`], unless [`path`](Self::path) names one.
///
/// # What cannot be kept
/// JSON, CSV and Parquet text is UTF-8: other bytes are written as the four characters `\xhh`, as Zeek's own JSON does,
/// and [`ConvertSummary::n_escaped`] counts the cells. JSON has no NaN and no infinities: they become `null`. A port's
/// protocol, which only hand-made logs have, stays in the tab-separated form alone. Types that no standard log has are
/// not in a JSON log; sets become vectors when such a log is read again. Columns of one name but the first are left out.
///
/// Rows that cannot be read are set aside and counted. Time linear in the logs; memory: the longest line, and a row
/// group of Parquet (128 Ki rows, or 64 MiB of text).
///
/// ```
/// use bro_log::{ConvertParams, ConvertTo, Source};
/// let log = b"#separator \\x09\n#path\tdns\n#fields\tts\tquery\tTTLs\tn\n#types\ttime\tstring\tvector[interval]\tcount\n\
///     1.500000\ta\\xff\t60.000000,-\t-\n";
/// let sources = [Source::from_bytes("dns.log", log.to_vec())];
/// let mut out = Vec::new();
/// let summary = ConvertParams::new(ConvertTo::Json).run(&sources, &mut out, &mut |_| ())?;
/// assert_eq!(out, b"{\"ts\":1.5,\"query\":\"a\\\\xff\",\"TTLs\":[60.0,null]}\n");
/// assert_eq!((summary.n_rows, summary.n_escaped), (1, 1));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvertParams {
    /// The form wanted.
    pub to: ConvertTo,
    /// How the logs are read. Default: as always.
    pub reader: ReaderBuilder,
    /// Take the rows of this path alone. Default: all.
    pub path: Option<String>,
    /// Whether a JSON object starts with `_path`, which tells what it is a row of. Default: no, as Zeek does.
    pub has_path: bool,
    /// Whether text in CSV that a spreadsheet would take for a formula gets an apostrophe in front. Default: no.
    pub is_spreadsheet_safe: bool,
}

/// What a conversion did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ConvertSummary {
    /// Rows written.
    pub n_rows: u64,
    /// Rows of paths that were not asked for.
    pub n_other_rows: u64,
    /// Cells whose bytes are not UTF-8, written as `\xhh`.
    pub n_escaped: u64,
    /// Rows set aside, of each log.
    pub rejects: Vec<Rejects>,
    /// Rows that the form has no place for: a number beyond its column's type, a set that cannot be spelled.
    pub unfit: Rejects,
    /// Logs that are cut off, by their index; all whole rows before the cut are written.
    pub truncated: Vec<(usize, Error)>,
}

/// Takes headers and rows, and writes them in some form.
trait Sink {
    /// The rows to come have this header.
    fn header(&mut self, header: &Arc<Header>) -> Result<(), Error>;

    /// Writes a row, every cell of which is a value.
    fn row(&mut self, record: &Record<'_>) -> Result<(), Error>;

    /// Writes what is left; the cells that had to be escaped.
    fn finish(self: Box<Self>) -> Result<u64, Error>;
}

/// Rows between two reports of progress.
const STEP_ROWS: u64 = 8192;

impl ConvertParams {
    /// The defaults.
    #[must_use]
    pub fn new(to: ConvertTo) -> Self {
        Self { to, reader: ReaderBuilder::new(), path: None, has_path: false, is_spreadsheet_safe: false }
    }

    /// Converts the logs in their order and writes them to `out`, which should be buffered; `on_bytes` is told now and
    /// then how many stored bytes of the logs are done, about.
    ///
    /// # Errors
    /// What [`Reader::next_record`](crate::Reader::next_record) says of a bad file, [`Error::MixedPaths`],
    /// [`Error::NoColumns`], [`Error::Write`]; a strict reader's first bad row.
    pub fn run<W: Write + Send>(
        &self,
        sources: &[Source],
        out: W,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<ConvertSummary, Error> {
        let mut summary = ConvertSummary::default();
        let mut sink = self.sink(sources, out)?;
        let mut n_bytes_before = 0;
        for (idx, source) in sources.iter().enumerate() {
            // A compressed log has more bytes than are stored.
            let mut tell = |place: u64| on_bytes(n_bytes_before + place.min(source.n_bytes()));
            let end = self.convert(source, &mut *sink, &mut summary, &mut tell);
            n_bytes_before += source.n_bytes();
            match end {
                Err(error @ Error::Truncated { .. }) => summary.truncated.push((idx, error)),
                end => end?,
            }
        }
        summary.n_escaped = sink.finish()?;
        Ok(summary)
    }

    fn sink<'w, W: Write + Send + 'w>(
        &self,
        sources: &[Source],
        out: W,
    ) -> Result<Box<dyn Sink + 'w>, Error> {
        let wants = |header: &Header| self.wants(header);
        let columns = || survey::columns_of(sources, &self.reader, &wants);
        Ok(match self.to {
            ConvertTo::Json => Box::new(json::JsonSink::new(out, self.has_path)),
            ConvertTo::Tsv if survey::has_json(sources)? => {
                Box::new(tsv::TsvSink::with_columns(out, columns()?)?)
            }
            ConvertTo::Tsv => Box::new(tsv::TsvSink::new(out)),
            ConvertTo::Csv => Box::new(csv::CsvSink::new(out, columns()?, self.is_spreadsheet_safe)?),
            #[cfg(feature = "parquet")]
            ConvertTo::Parquet => Box::new(parquet::ParquetSink::new(out, columns()?)?),
        })
    }

    fn wants(&self, header: &Header) -> bool {
        self.path.as_ref().is_none_or(|path| header.path() == Some(path))
    }

    fn convert(
        &self,
        source: &Source,
        sink: &mut dyn Sink,
        summary: &mut ConvertSummary,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<(), Error> {
        let mut reader = self.reader.clone().from_source(source)?;
        let (mut is_wanted, mut n_items) = (false, 0_u64);
        let end = loop {
            n_items += 1;
            if n_items.is_multiple_of(STEP_ROWS) {
                on_bytes(reader.position().byte);
            }
            match reader.next_checked() {
                Ok(None) => break Ok(()),
                Ok(Some(Item::Header(header))) => {
                    is_wanted = self.wants(header);
                    if is_wanted {
                        sink.header(header)?;
                    }
                }
                Ok(Some(Item::Record(record))) if is_wanted => match sink.row(&record) {
                    Ok(()) => summary.n_rows += 1,
                    Err(error @ (Error::Value { .. } | Error::Unwritable { .. })) => {
                        summary.unfit.push(error, record.line());
                    }
                    Err(error) => return Err(error),
                },
                Ok(Some(Item::Record(_))) => summary.n_other_rows += 1,
                Err(error) => break Err(error),
            }
        };
        summary.rejects.push(reader.into_rejects());
        end
    }
}

#[cfg(test)]
mod tests;
