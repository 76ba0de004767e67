//! Memory for the kernels: buffers that start at a cache line, and matrices whose rows do.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// A fixed number of values, the first at the start of a cache line: an unaligned vector costs two lines.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` values, all zero.
    pub(crate) fn zeros(len: usize) -> Self {
        let values = vec![T::default(); len + lanes::<T>()];
        let start = values.as_ptr().align_offset(LINE).min(lanes::<T>());
        Self { values, start, len }
    }
}

/// Copies into a buffer with its own alignment; what stands before and after the values does not matter.
impl<T: Clone> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut values: Vec<T> = Vec::with_capacity(self.values.len());
        let start = values.as_ptr().align_offset(LINE).min(lanes::<T>());
        values.extend_from_slice(&self.values[..start]);
        values.extend_from_slice(self);
        values.extend_from_slice(&self.values[start..lanes::<T>()]);
        Self { values, start, len: self.len }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[self.start..self.start + self.len]
    }
}

/// A row-major matrix whose rows are padded with zeros to whole cache lines.
///
/// The padding stays zero: kernels read it as part of the last vector, and what they add for it is nothing.
#[derive(Debug)]
pub(crate) struct Matrix<T> {
    values: Aligned<T>,
    n_cols: usize,
    stride: usize,
}

impl<T: Copy + Default> Matrix<T> {
    /// A matrix of zeros.
    pub(crate) fn zeros(n_rows: usize, n_cols: usize) -> Self {
        let stride = padded::<T>(n_cols);
        Self { values: Aligned::zeros(n_rows * stride), n_cols, stride }
    }

    /// Columns without the padding.
    pub(crate) fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Values from one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// The first `n_rows` rows with their padding.
    pub(crate) fn rows(&self, n_rows: usize) -> &[T] {
        &self.values[..n_rows * self.stride]
    }

    /// The first `n_rows` rows with their padding, to be written.
    pub(crate) fn rows_mut(&mut self, n_rows: usize) -> &mut [T] {
        &mut self.values[..n_rows * self.stride]
    }
}

/// Values of `T` in a cache line.
pub(crate) const fn lanes<T>() -> usize {
    LINE / size_of::<T>()
}

/// The length of a row of `n_cols` values with its padding.
pub(crate) const fn padded<T>(n_cols: usize) -> usize {
    n_cols.next_multiple_of(lanes::<T>())
}
