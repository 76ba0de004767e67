use super::TextTable;
use crate::format_version::FormatVersion;
use crate::{Error, Table};
use ndarray::Array2;

/// Spreads the categories of all columns over a fixed number of columns by their hash: nothing is learnt, and no
/// category is unknown. As scikit-learn's `FeatureHasher` of the strings `column=value` (MurmurHash3, 32 bits, seed 0;
/// the sign of the hash is the sign of the cell), so collisions cancel out on average. An unset cell adds nothing.
/// There is no way back.
///
/// ```
/// use bro_features::{HashingEncoder, TextTable};
///
/// let encoder = HashingEncoder::new(8)?;
/// let hashed = encoder.transform(&TextTable::of(&["host"], [[Some("example.org")], [None]])?)?;
/// assert_eq!(hashed.names()[7], "hash_7");
/// assert_eq!(hashed.x().row(0).iter().map(|v| v.abs()).sum::<f64>(), 1.0);
/// assert_eq!(hashed.x().row(1).iter().map(|v| v.abs()).sum::<f64>(), 0.0);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HashingEncoder {
    format_version: FormatVersion,
    n_features: usize,
}

impl HashingEncoder {
    /// An encoder into `n_features` columns, called `hash_0`, `hash_1` and so on.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `n_features` is 0 or more than 2³¹ − 1.
    pub fn new(n_features: usize) -> Result<Self, Error> {
        let limit = i32::MAX as usize;
        if n_features == 0 || n_features > limit {
            return Err(Error::parameter("n_features", &n_features, "1 to 2147483647"));
        }
        Ok(Self { format_version: FormatVersion, n_features })
    }

    /// The hashed columns, shape `(n_rows, n_features)`; time O(rows × columns + distinct bytes).
    ///
    /// # Errors
    /// None today.
    pub fn transform(&self, table: &TextTable) -> Result<Table, Error> {
        let mut x = Array2::zeros((table.n_rows(), self.n_features));
        for column in 0..table.names().len() {
            let places =
                table.numbered(column, |name, value| Ok(value.map(|value| self.place(name, value))))?;
            for (row, place) in places.into_iter().enumerate() {
                if let Some((index, sign)) = place {
                    x[[row, index]] += sign;
                }
            }
        }
        Table::new((0..self.n_features).map(|index| format!("hash_{index}")).collect(), x)
    }

    fn place(&self, name: &str, value: &str) -> (usize, f64) {
        let hash = murmur3(format!("{name}={value}").as_bytes()).cast_signed();
        (hash.unsigned_abs() as usize % self.n_features, if hash >= 0 { 1.0 } else { -1.0 })
    }
}

/// MurmurHash3 for 32-bit machines, seed 0.
///
/// # References
/// Appleby, "MurmurHash3", 2011 (public domain).
fn murmur3(bytes: &[u8]) -> u32 {
    let scrambled = |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash: u32 = 0;
    let mut words = bytes.chunks_exact(4);
    for word in words.by_ref() {
        let word = u32::from_le_bytes(word.try_into().expect("chunks of four bytes"));
        hash = (hash ^ scrambled(word)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = words.remainder();
    let last = rest.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    hash ^= scrambled(last) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_gives_the_published_hashes() {
        for (text, hash) in
            [("", 0), ("a", 0x3c25_69b2), ("abcd", 0x43ed_676a), ("Hello, world!", 0xc036_3e43)]
        {
            assert_eq!(murmur3(text.as_bytes()), hash, "{text}");
        }
    }
}
