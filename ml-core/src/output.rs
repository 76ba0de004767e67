//! Large results in memory of large pages.
//!
//! New memory comes from the system one page at a time, each zeroed when it is first written. A scaled matrix of 160 MB
//! in pages of 4 KiB spends more time on that than on its values; no safe code can ask for larger pages.

use ndarray::Array2;

/// Smaller results would not hold a page of 2 MiB.
const MIN_BYTES: usize = 4 << 20;

/// A matrix of zeros, which comes in large pages if the system likes.
pub(crate) fn zeros(shape: (usize, usize)) -> Array2<f64> {
    let mut matrix = Array2::zeros(shape);
    let values = matrix.as_slice_mut().expect("row-major without gaps");
    if size_of_val(values) >= MIN_BYTES {
        advise(values);
    }
    matrix
}

/// Asks the system to back the memory by large pages; no answer is needed.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "measured: in safe code a fresh output takes twice the processor time")]
fn advise(values: &mut [f64]) {
    const PAGE: usize = 1 << 12;
    let n_bytes = size_of_val(values);
    let start = values.as_mut_ptr().cast::<u8>();
    let skipped = start.addr().next_multiple_of(PAGE) - start.addr();
    let start = start.wrapping_add(skipped).cast();
    // SAFETY: the range lies within `values`, which nobody else can see, and begins at a page's first byte; where pages
    // are larger than assumed, the call refuses. MADV_HUGEPAGE changes how the system backs the pages, never what they
    // hold.
    unsafe { libc::madvise(start, (n_bytes - skipped) / PAGE * PAGE, libc::MADV_HUGEPAGE) };
}

/// Elsewhere pages stay as they are.
#[cfg(not(target_os = "linux"))]
fn advise(_values: &mut [f64]) {}

#[cfg(test)]
mod tests {
    use super::{MIN_BYTES, zeros};
    use ndarray::Array2;

    #[test]
    fn large_and_small_results_are_zeros_that_can_be_written() {
        for n_rows in [0, 1, MIN_BYTES / 24, MIN_BYTES / 24 + 1, MIN_BYTES / 8 + 77] {
            let (mut matrix, mut twin) = (zeros((n_rows, 3)), Array2::zeros((n_rows, 3)));
            assert!(matrix == twin);
            for matrix in [&mut matrix, &mut twin] {
                matrix.iter_mut().zip(1_u32..).for_each(|(value, n)| *value = f64::from(n).sqrt());
            }
            assert!(matrix == twin);
        }
    }
}
