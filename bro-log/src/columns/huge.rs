//! Memory in pages of 2 MiB, where the system has them.
//!
//! New memory comes from the system one page at a time, each zeroed when it is first written. For columns of a whole log
//! in pages of 4 KiB, that is a quarter of all processor time; no safe code can ask for larger ones.

/// Smaller reservations would not hold one such page.
const MIN_BYTES: usize = 4 << 20;

/// Makes room for exactly `n_more` values; what is reserved comes in large pages if the system likes.
pub(super) fn reserve<T>(values: &mut Vec<T>, n_more: usize) {
    values.reserve_exact(n_more);
    let spare = values.spare_capacity_mut();
    if size_of_val(spare) >= MIN_BYTES {
        advise(spare);
    }
}

/// Asks the system to back the memory by large pages; no answer is needed.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "measured: safe code spends a third more processor time on the columns")]
fn advise<T>(spare: &mut [T]) {
    const PAGE: usize = 1 << 12;
    let bytes = spare.as_mut_ptr_range();
    let skipped = bytes.start.addr().next_multiple_of(PAGE) - bytes.start.addr();
    let n_bytes = (size_of_val(spare) - skipped) / PAGE * PAGE;
    let start = bytes.start.cast::<u8>().wrapping_add(skipped).cast();
    // SAFETY: the range lies within `spare`, which is ours alone, and begins at a page's first byte; where pages are
    // larger than assumed, the call refuses. MADV_HUGEPAGE changes how the system backs the pages, never what they hold.
    unsafe { libc::madvise(start, n_bytes, libc::MADV_HUGEPAGE) };
}

/// Elsewhere pages stay as they are.
#[cfg(not(target_os = "linux"))]
fn advise<T>(_spare: &mut [T]) {}

#[cfg(test)]
mod tests {
    use super::{MIN_BYTES, reserve};

    /// The safe twin is `reserve_exact`: contents and capacity are the same.
    #[test]
    fn a_reservation_changes_neither_contents_nor_what_fits() {
        for n_bytes in [0, 1, MIN_BYTES - 8, MIN_BYTES, MIN_BYTES + 4096 + 8] {
            let (mut advised, mut twin) = (vec![7_u64; 3], vec![7_u64; 3]);
            reserve(&mut advised, n_bytes / 8);
            twin.reserve_exact(n_bytes / 8);
            assert_eq!(advised.capacity(), twin.capacity());
            for values in [&mut advised, &mut twin] {
                values.extend((0..n_bytes as u64 / 8).map(|value| value * value));
            }
            assert_eq!(advised, twin);
        }
    }
}
