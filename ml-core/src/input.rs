//! Checks that every estimator makes on its input.

use ndarray::{ArrayRef1, ArrayRef2, CowArray, Ix2};

use crate::Error;
use crate::parallel::chunks;
use rayon::prelude::*;

/// Rows checked as one piece; 64 KiB at eight features.
const CHUNK_VALUES: usize = 8192;

/// Refuses NaN and infinities, naming the first one in row order.
pub(crate) fn check_finite(x: &ArrayRef2<f64>) -> Result<(), Error> {
    let is_finite = match x.as_slice() {
        Some(values) => chunks(values.len(), CHUNK_VALUES).all(|range| all_finite(&values[range])),
        None => x.iter().all(|value| value.is_finite()),
    };
    if is_finite { Ok(()) } else { Err(first_non_finite(x)) }
}

/// Refuses NaN and infinities in a vector; `column` is reported as 0.
pub(crate) fn check_finite_1d(values: &ArrayRef1<f64>) -> Result<(), Error> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((row, &value)) => Err(Error::NonFinite { row, column: 0, value }),
        None => Ok(()),
    }
}

/// The error for the first value in row order that is not finite.
///
/// # Panics
/// If all values are finite: callers have seen one that is not.
#[cold]
pub(crate) fn first_non_finite(x: &ArrayRef2<f64>) -> Error {
    let ((row, column), &value) = x
        .indexed_iter()
        .find(|(_, value)| !value.is_finite())
        .expect("the caller has seen a value that is not finite");
    Error::NonFinite { row, column, value }
}

/// Refuses another number of columns than the model has.
pub(crate) fn check_width(x: &ArrayRef2<f64>, expected: usize) -> Result<(), Error> {
    let found = x.ncols();
    if found == expected { Ok(()) } else { Err(Error::NFeatures { found, expected }) }
}

/// Refuses fewer than `expected` rows, and a matrix without columns.
pub(crate) fn check_shape(x: &ArrayRef2<f64>, expected: usize) -> Result<(), Error> {
    if x.nrows() < expected {
        return Err(Error::NSamples { found: x.nrows(), expected });
    }
    if x.ncols() == 0 {
        return Err(Error::NFeatures { found: 0, expected: 1 });
    }
    Ok(())
}

/// The matrix in row-major order without gaps: `x` itself, or a copy if it is laid out in another way.
pub(crate) fn row_major(x: &ArrayRef2<f64>) -> CowArray<'_, f64, Ix2> {
    if x.is_standard_layout() {
        CowArray::from(x.view())
    } else {
        CowArray::from(x.as_standard_layout().into_owned())
    }
}

/// Zero times a finite number is zero; times anything else NaN. Eight sums let the compiler use vectors.
fn all_finite(values: &[f64]) -> bool {
    let mut sums = [0.0; 8];
    let mut eights = values.chunks_exact(8);
    for eight in &mut eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += value * 0.0;
        }
    }
    sums.iter().sum::<f64>() == 0.0 && eights.remainder().iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn the_first_non_finite_value_is_named_by_row_and_column() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (row, column) in [(0, 0), (1, 2), (699, 2)] {
                let mut x = Array2::from_elem((700, 3), f64::MAX);
                x[[699, 2]] = f64::INFINITY;
                x[[row, column]] = value;
                for x in [x.clone(), x.t().as_standard_layout().into_owned().reversed_axes()] {
                    let message = check_finite(&x).unwrap_err().to_string();
                    assert!(
                        message.starts_with(&format!("value at row {row}, column {column} is ")),
                        "{message}"
                    );
                }
            }
        }
        assert_eq!(check_finite(&Array2::from_elem((700, 3), f64::MIN)), Ok(()));
        assert_eq!(check_finite(&array![[f64::MAX, 5e-324]]), Ok(()));
    }

    #[test]
    fn other_layouts_are_copied_into_row_major_order() {
        let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        assert!(row_major(&x).is_view());
        let transposed = x.t();
        assert_eq!(row_major(&transposed).as_slice(), Some([1.0, 4.0, 2.0, 5.0, 3.0, 6.0].as_slice()));
    }
}
