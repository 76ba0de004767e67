//! Cuts columns out of tab-separated logs as Zeek's own zeek-cut does, without decoding anything.

mod cutter;
mod plan;
mod time;

use std::io::{self, Read, Write};

use cutter::Cutter;
use time::Times;

use crate::{Error, Position, ReaderBuilder, Rejects};

/// Writes a time, given in whole seconds since 1970, to a line; `false` if it cannot.
pub type CutTime<'a> = dyn FnMut(i64, &mut Vec<u8>) -> bool + 'a;

/// Which columns of a log to keep, and how to write them; the answer is, to the byte, zeek-cut's.
///
/// Cells are copied as they stand, escapes and markers included. Each header block counts anew, so logs joined end to
/// end need not agree on their columns. A row too short to hold the columns asked for is left out and told in the
/// summary. Where a log is not well-formed the answer is better than zeek-cut's:
///
/// * the last line keeps its last byte if it has no line end;
/// * rows under no header are an error, not empty lines; in tsv mode the first line holds the names;
/// * separators may have several bytes, and meta lines may start with another prefix than `#`;
/// * a carriage return before a line end belongs to no cell, a blank line is no row, a NUL ends nothing;
/// * a header without `#types` is good enough, its times stay as they are.
///
/// Memory: a quarter of a megabyte, or the longest line if that is longer.
///
/// ```
/// use bro_log::CutParams;
///
/// let log: &[u8] = b"#separator \\x09\n#fields\tts\tuid\tnote\n#types\ttime\tstring\tstring\n1.5\tC1\t-\n";
/// let mut out = Vec::new();
/// let cut = CutParams { fields: vec!["note".into(), "ts".into()], ..CutParams::default() };
/// cut.run(log, &mut out, None)?;
/// assert_eq!(out, b"-\t1.5\n");
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutParams {
    /// The columns to write, in this order; all of the log if none is named. A column that the log lacks is empty.
    pub fields: Vec<String>,
    /// Whether `fields` are instead the columns to leave out; `false` by default.
    pub is_negated: bool,
    /// Which header blocks to write; none by default.
    pub header: CutHeader,
    /// What to write between cells; the log's own separator by default.
    pub separator: Option<Vec<u8>>,
}

/// Which header blocks go into the output of [`CutParams::run`].
///
/// ```
/// assert_eq!(bro_log::CutHeader::default(), bro_log::CutHeader::None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutHeader {
    /// No meta line at all.
    #[default]
    None,
    /// The first block, cut to the columns.
    First,
    /// Every meta line, cut to the columns.
    All,
    /// The names of the first block's columns as one plain row.
    FirstNames,
    /// The names of every block's columns as one plain row each.
    AllNames,
}

/// What [`CutParams::run`] could not write as asked.
///
/// ```
/// let log: &[u8] = b"#separator \\x09\n#fields\ta\tb\n#types\tcount\tcount\n1\n";
/// let summary = bro_log::CutParams::default().run(log, std::io::sink(), None)?;
/// assert_eq!(summary.skipped.total(), 1);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CutSummary {
    /// Rows left out because they lack cells.
    pub skipped: Rejects,
    /// Times that could not be converted and were written as they stand.
    pub unconverted: Rejects,
}

/// How much is read at once.
const BLOCK_BYTES: usize = 1 << 18;

impl CutParams {
    /// Copies the columns from `input` to `output`, one write for each block of lines; time linear in the log.
    ///
    /// `times`, if given, writes the values of columns of type `time`, which then count as strings.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Truncated`] from `input`, [`Error::Write`] from `output`; a bad header is
    /// [`Error::Separator`] or [`Error::HeaderLengths`], its absence [`Error::SchemaNeeded`] or [`Error::NotZeek`]; a
    /// line beyond [`ReaderBuilder::MAX_LINE`] is [`Error::LineTooLong`].
    pub fn run(
        &self,
        mut input: impl Read,
        mut output: impl Write,
        times: Option<&mut CutTime<'_>>,
    ) -> Result<CutSummary, Error> {
        let mut cutter = Cutter::new(self, times.map(|write| Times::new(write)));
        let mut buffer = vec![0; BLOCK_BYTES];
        let mut n_held = 0;
        loop {
            let n_read = read(&mut input, &mut buffer[n_held..]).map_err(|error| cutter.read_error(error))?;
            let n_bytes = n_held + n_read;
            let n_whole = match n_read {
                0 => n_bytes,
                _ => memchr::memrchr(b'\n', &buffer[n_held..n_bytes]).map_or(0, |at| n_held + at + 1),
            };
            if n_read == 0 && n_bytes > 0 {
                buffer.insert(n_bytes, b'\n');
                cutter.cut_block(&buffer[..=n_bytes])?;
            } else {
                cutter.cut_block(&buffer[..n_whole])?;
            }
            if n_read == 0 {
                cutter.finish()?;
            }
            output.write_all(&cutter.output).map_err(|source| Error::Write { source })?;
            cutter.output.clear();
            if n_read == 0 {
                return output.flush().map(|()| cutter.summary).map_err(|source| Error::Write { source });
            }
            buffer.copy_within(n_whole..n_bytes, 0);
            n_held = n_bytes - n_whole;
            make_room(&mut buffer, n_held, cutter.at)?;
        }
    }
}

/// Reads what there is, so that rows of a live log are written as they come.
fn read(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Doubles a buffer that a single line has half filled.
fn make_room(buffer: &mut Vec<u8>, n_held: usize, at: Position) -> Result<(), Error> {
    if n_held > ReaderBuilder::MAX_LINE {
        return Err(Error::LineTooLong { at, limit: ReaderBuilder::MAX_LINE });
    }
    if n_held > buffer.len() / 2 {
        buffer.resize(2 * buffer.len(), 0);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
