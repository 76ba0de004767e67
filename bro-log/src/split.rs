//! Finds the cells of a line.

use crate::header::split_cells;

/// Where the cells of a whole line end, for a separator of any length.
pub(crate) fn split_whole(line: &[u8], separator: &[u8], ends: &mut Vec<u32>) {
    ends.clear();
    let mut end = 0;
    for cell in split_cells(line, separator) {
        end += cell.len();
        ends.push(end as u32);
        end += separator.len();
    }
}
