//! The matrices of the comparison: NumPy's `.npy` with `<f8` in C order.

use std::error::Error;
use std::fs::File;
use std::io::Read;

use ndarray::Array2;

/// Reads a matrix; nothing but a small buffer is held beside it, so that the peak of memory is that of the kernels.
pub(super) fn matrix(path: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let mut file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let mut head = [0; 10];
    file.read_exact(&mut head)?;
    let mut header = vec![0; usize::from(u16::from_le_bytes([head[8], head[9]]))];
    file.read_exact(&mut header)?;
    let header = String::from_utf8(header)?;
    if head[..8] != *b"\x93NUMPY\x01\x00"
        || !header.contains("'<f8'")
        || !header.contains("'fortran_order': False")
    {
        return Err(format!("{path}: expected <f8 in C order, version 1, found {header}").into());
    }
    let shape = header.split(['(', ')']).nth(1).unwrap_or_default();
    let shape = shape.split(',').filter_map(|text| text.trim().parse().ok()).collect::<Vec<usize>>();
    let [n, d] = shape[..] else {
        return Err(format!("{path}: expected two dimensions, found {shape:?}").into());
    };
    let mut values = vec![0.0; n * d];
    let mut bytes = vec![0; 1 << 16];
    for values in values.chunks_mut(bytes.len() / 8) {
        let bytes = &mut bytes[..values.len() * 8];
        file.read_exact(bytes)?;
        values
            .iter_mut()
            .zip(bytes.as_chunks::<8>().0)
            .for_each(|(value, bytes)| *value = f64::from_le_bytes(*bytes));
    }
    Ok(Array2::from_shape_vec((n, d), values)?)
}
