//! The matrices of the comparison: NumPy's `.npy` with `<f8` in C order.

use std::error::Error;

use ndarray::Array2;

/// Reads a matrix.
pub(super) fn matrix(path: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let (head, header, body) = split(&bytes).ok_or_else(|| format!("{path}: not in NumPy's format"))?;
    if head != b"\x93NUMPY\x01\x00" || !header.contains("'<f8'") || !header.contains("'fortran_order': False")
    {
        return Err(format!("{path}: expected <f8 in C order, version 1, found {header}").into());
    }
    let shape = header.split(['(', ')']).nth(1).unwrap_or_default();
    let shape = shape.split(',').filter_map(|text| text.trim().parse().ok()).collect::<Vec<usize>>();
    let [n, d] = shape[..] else {
        return Err(format!("{path}: expected two dimensions, found {shape:?}").into());
    };
    let values = body.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Ok(Array2::from_shape_vec((n, d), values)?)
}

/// Magic bytes and version, header, and values.
fn split(bytes: &[u8]) -> Option<(&[u8], &str, &[u8])> {
    let (head, rest) = bytes.split_at_checked(8)?;
    let (len, rest) = rest.split_at_checked(2)?;
    let (header, body) = rest.split_at_checked(usize::from(u16::from_le_bytes([len[0], len[1]])))?;
    Some((head, std::str::from_utf8(header).ok()?, body))
}
