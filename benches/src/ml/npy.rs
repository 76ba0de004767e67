//! The matrices of the comparison: NumPy's `.npy` in C order.

use std::error::Error;
use std::fs::File;
use std::io::Read;

use ndarray::{Array1, Array2};

/// Reads a matrix of `<f8`; nothing but a small buffer is held beside it, so that the peak of memory is that of the
/// kernels.
pub(super) fn matrix(path: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let (mut file, shape) = open(path, "'<f8'")?;
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

/// Reads a vector of labels, `<i8`.
pub(super) fn labels(path: &str) -> Result<Array1<usize>, Box<dyn Error>> {
    let (mut file, _) = open(path, "'<i8'")?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let labels = bytes.as_chunks::<8>().0.iter().map(|bytes| usize::try_from(i64::from_le_bytes(*bytes)));
    Ok(labels.collect::<Result<Array1<usize>, _>>()?)
}

/// The file at its first value, and its shape; refuses another type or order.
fn open(path: &str, ty: &str) -> Result<(File, Vec<usize>), Box<dyn Error>> {
    let mut file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let mut head = [0; 10];
    file.read_exact(&mut head)?;
    let mut header = vec![0; usize::from(u16::from_le_bytes([head[8], head[9]]))];
    file.read_exact(&mut header)?;
    let header = String::from_utf8(header)?;
    if head[..8] != *b"\x93NUMPY\x01\x00"
        || !header.contains(ty)
        || !header.contains("'fortran_order': False")
    {
        return Err(format!("{path}: expected {ty} in C order, version 1, found {header}").into());
    }
    let shape = header.split(['(', ')']).nth(1).unwrap_or_default();
    Ok((file, shape.split(',').filter_map(|text| text.trim().parse().ok()).collect()))
}
