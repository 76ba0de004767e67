use crate::format_version::FormatVersion;
use crate::{Error, Learn, Parts, Table};
use ndarray::ArrayView1;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Which columns an [`Eliminator`] leaves out.
///
/// ```
/// use bro_features::EliminatorParams;
/// let params = EliminatorParams { near_unique: Some(0.95), ..EliminatorParams::default() };
/// assert!(params.constant && params.duplicate);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EliminatorParams {
    /// Leave out columns that hold one value only, or none. Default true.
    pub constant: bool,
    /// Leave out columns of which more than this share of the values are distinct: identities, such as row numbers.
    /// A measurement on a fine scale is near-unique too and no identity, so choose the columns. Default `None`: keep
    /// them.
    pub near_unique: Option<f64>,
    /// Leave out columns that equal an earlier one in every row. Default true.
    pub duplicate: bool,
}

impl Default for EliminatorParams {
    fn default() -> Self {
        Self { constant: true, near_unique: None, duplicate: true }
    }
}

/// Why a column was left out.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Elimination {
    /// Every value is missing.
    Empty,
    /// Every value is this one.
    Constant(f64),
    /// So many of so many values are distinct.
    NearUnique {
        /// Distinct values.
        n_distinct: u64,
        /// Values.
        n: u64,
    },
    /// Equal to this earlier column in every row.
    Duplicate(String),
}

impl fmt::Display for Elimination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "every value is missing"),
            Self::Constant(value) => write!(f, "constant: every value is {value}"),
            Self::NearUnique { n_distinct, n } => {
                write!(f, "near-unique: {n_distinct} of {n} values are distinct")
            }
            Self::Duplicate(of) => write!(f, "equal to {of} in every row"),
        }
    }
}

/// What is learnt of a column to decide whether it tells anything. 56 bytes, and about 16 for each distinct value.
///
/// Whether two columns are equal is decided by fingerprints of 122 bits over their values in order, so no two columns
/// have to be held; columns of which one is missing where the other is not differ.
///
/// ```
/// use bro_features::{Fingerprint, Learn};
/// use ndarray::array;
/// let (mut whole, mut first, mut rest) = (Fingerprint::default(), Fingerprint::default(), Fingerprint::default());
/// whole.update(array![1.0, 2.0, 3.0].view());
/// first.update(array![1.0].view());
/// rest.update(array![2.0, 3.0].view());
/// first.merge(rest);
/// assert_eq!(first, whole);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    n_rows: u64,
    n: u64,
    distinct: HashSet<u64>,
    hashes: [u64; 2],
    /// The bases to the power of the number of rows.
    powers: [u64; 2],
}

const PRIME: u64 = (1 << 61) - 1;
const BASES: [u64; 2] = [0x1a2b_3c4d_5e6f_7081 % PRIME, 0x0f1e_2d3c_4b5a_6978 % PRIME];

impl Default for Fingerprint {
    fn default() -> Self {
        Self { n_rows: 0, n: 0, distinct: HashSet::new(), hashes: [0; 2], powers: [1; 2] }
    }
}

impl Learn for Fingerprint {
    fn update(&mut self, values: ArrayView1<'_, f64>) {
        for value in values {
            // All gaps are alike, and so are 0 and −0.
            let bits = if value.is_nan() { u64::MAX } else { (value + 0.0).to_bits() };
            self.n_rows += 1;
            if !value.is_nan() {
                self.n += 1;
                self.distinct.insert(bits);
            }
            for (i, hash) in self.hashes.iter_mut().enumerate() {
                let digit = (mixed(bits ^ i as u64)) % PRIME;
                *hash = (product(*hash, BASES[i]) + digit) % PRIME;
                self.powers[i] = product(self.powers[i], BASES[i]);
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.n_rows += later.n_rows;
        self.n += later.n;
        self.distinct.extend(later.distinct);
        for i in 0..2 {
            self.hashes[i] = (product(self.hashes[i], later.powers[i]) + later.hashes[i]) % PRIME;
            self.powers[i] = product(self.powers[i], later.powers[i]);
        }
    }
}

fn product(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

/// Spreads the bits of a number: two neighbouring numbers become unlike.
fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xd1b5_4a32_d192_ed03);
    bits ^ bits >> 32
}

/// Leaves out columns that tell nothing, and says why.
///
/// ```
/// use bro_features::{EliminatorParams, Table};
/// use ndarray::array;
///
/// let names = ["a", "zero", "copy"].map(String::from).to_vec();
/// let table = Table::new(names, array![[1.0, 0.0, 1.0], [2.0, 0.0, 2.0]])?;
/// let eliminator = EliminatorParams::default().fit(&table)?;
/// assert_eq!(eliminator.transform(&table)?.names(), ["a"]);
/// let reasons: Vec<String> = eliminator.eliminated().map(|(name, why)| format!("{name}: {why}")).collect();
/// assert_eq!(reasons, ["zero: constant: every value is 0", "copy: equal to a in every row"]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Eliminator {
    format_version: FormatVersion,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    elimination: Option<Elimination>,
}

impl EliminatorParams {
    /// Learns the columns of `table`; time O(rows × features), memory about 16 bytes for each distinct value of each
    /// column.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a share that is none; [`Error::Infinite`].
    pub fn fit(&self, table: &Table) -> Result<Eliminator, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The eliminator of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a share that is none.
    pub fn finish(&self, parts: &Parts<Fingerprint>) -> Result<Eliminator, Error> {
        if let Some(share) = self.near_unique.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(Error::parameter("near_unique", &share, "a share between 0 and 1"));
        }
        let mut known: BTreeMap<[u64; 2], &str> = BTreeMap::new();
        let mut columns = Vec::with_capacity(parts.names().len());
        for (name, column) in parts.names().iter().zip(parts.columns()) {
            let equal = known.get(&column.hashes).filter(|_| self.duplicate);
            let elimination =
                self.of_one(column).or_else(|| equal.map(|of| Elimination::Duplicate((*of).to_owned())));
            if elimination.is_none() {
                known.insert(column.hashes, name);
            }
            columns.push(Column { name: name.clone(), elimination });
        }
        Ok(Eliminator { format_version: FormatVersion, columns })
    }

    fn of_one(&self, column: &Fingerprint) -> Option<Elimination> {
        let (n, n_distinct) = (column.n, column.distinct.len() as u64);
        // A column that is there in some rows only tells by that.
        let has_gaps = column.n < column.n_rows;
        match column.distinct.iter().next() {
            None if self.constant => return Some(Elimination::Empty),
            Some(bits) if self.constant && n_distinct == 1 && !has_gaps => {
                return Some(Elimination::Constant(f64::from_bits(*bits)));
            }
            _ => {}
        }
        let share = n_distinct as f64 / n.max(1) as f64;
        let is_unique = self.near_unique.is_some_and(|limit| share > limit);
        is_unique.then_some(Elimination::NearUnique { n_distinct, n })
    }
}

impl Eliminator {
    /// The columns that stay.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of
    /// the fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let kept: Vec<&str> = self.kept().collect();
        table.select(&kept)
    }

    /// The names of the columns that stay.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| column.elimination.is_none()).map(|column| column.name.as_str())
    }

    /// The names of the columns left out, each with the reason.
    pub fn eliminated(&self) -> impl Iterator<Item = (&str, &Elimination)> {
        self.columns.iter().filter_map(|column| Some((column.name.as_str(), column.elimination.as_ref()?)))
    }
}
