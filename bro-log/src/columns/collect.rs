use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use pulp::Arch;

use super::decode::Decoded;
use super::layout::Rules;
use super::parse::Stretch;
use super::scan::scan_owned;
use super::{Column, Progress, Projection, ScanOptions, ScanSummary};
use crate::{Error, Source};

/// Whole logs as columns.
///
/// ```
/// use bro_log::{Projection, ScanOptions, Source, read_columns};
///
/// let log = b"#separator \\x09\n#fields\tproto\tresp_bytes\n#types\tenum\tcount\ntcp\t7\nudp\t-\ntcp\t1\n";
/// let sources = [Source::from_bytes("conn.log", log.to_vec())];
/// let projection = Projection::new().dictionary("proto").field("resp_bytes").field("absent");
/// let table = read_columns(&sources, &projection, &ScanOptions::default())?;
/// assert_eq!(table.columns[0].as_ref().and_then(|proto| proto.as_dictionary()).unwrap().codes(), [0, 1, 0]);
/// assert_eq!(table.columns[1].as_ref().and_then(|bytes| bytes.as_count()).unwrap(), [7, 0, 1]);
/// assert!(table.columns[2].is_none());
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug)]
pub struct Table {
    /// One for each field of the projection, in its order; `None` if no log has the field.
    pub columns: Vec<Option<Column>>,
    /// What was found beside the rows.
    pub summary: ScanSummary,
}

/// Reads the asked-for fields of all sources into columns of the whole input, in file order.
///
/// Rows of a log without a field are unset in its column. Time O(bytes), memory O(columns).
///
/// # Errors
/// As [`scan`](super::scan); [`Error::ColumnType`] if a field is of one type here and of another there.
pub fn read_columns(
    sources: &[Source],
    projection: &Projection,
    options: &ScanOptions,
) -> Result<Table, Error> {
    let mut columns: Vec<Option<Column>> = vec![None; projection.len()];
    let (mut n_rows, mut clash) = (0, None);
    // Columns of blocks that were copied, for blocks to come.
    let spares: Mutex<Vec<(Arc<Rules>, Decoded)>> = Mutex::default();
    let spares = || spares.lock().unwrap_or_else(PoisonError::into_inner);
    let summary = scan_owned(
        Arch::new(),
        sources,
        projection,
        options,
        |Stretch { rules, decoded, .. }| {
            let spare = spares().pop().filter(|(known, _)| Arc::ptr_eq(known, &rules));
            ((rules, decoded), spare.map(|(_, spare)| spare))
        },
        |(rules, mut decoded), progress| {
            let (capacity, n_new) = (expected_rows(progress), decoded.row_offsets.len());
            for (column_idx, (column, part)) in columns.iter_mut().zip(&decoded.columns).enumerate() {
                if append(column, part, n_rows, n_new, capacity).is_none() {
                    clash = Some(column_idx);
                    return ControlFlow::Break(());
                }
            }
            n_rows += n_new;
            decoded.row_offsets.clear();
            for (part, whole) in decoded.columns.iter_mut().zip(&columns) {
                if let (Some(part), Some(whole)) = (part, whole) {
                    part.restart(whole);
                }
            }
            spares().push((rules, decoded));
            ControlFlow::Continue(())
        },
    )?;
    if let Some(column_idx) = clash {
        return Err(Error::ColumnType { field: projection.asked[column_idx].name.clone() });
    }
    Ok(Table { columns, summary })
}

/// The number of rows of the whole input, if the rest is like what was read, and a little more.
///
/// Memory that is reserved but not written costs nothing.
fn expected_rows(progress: &Progress) -> usize {
    let per_byte = progress.n_rows as f64 / progress.bytes_done.max(1) as f64;
    (progress.bytes_total as f64 * per_byte * 1.05) as usize + 64
}

/// Appends the rows of a batch to a column of the whole; `None` if their types differ.
fn append(
    column: &mut Option<Column>,
    part: &Option<Column>,
    n_rows: usize,
    n_new: usize,
    capacity: usize,
) -> Option<()> {
    if let (None, Some(part)) = (&column, part) {
        let mut first = part.unset_like(n_rows);
        first.reserve(capacity.saturating_sub(n_rows));
        *column = Some(first);
    }
    let Some(column) = column else { return Some(()) };
    match part {
        Some(part) => column.append(part),
        None => column.append(&column.unset_like(n_new)),
    }
}
