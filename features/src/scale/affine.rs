use crate::{Error, Table};

/// A column that becomes `(value − center) / scale`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Affine {
    pub(crate) name: String,
    pub(crate) center: f64,
    pub(crate) scale: f64,
}

impl Affine {
    /// As scikit-learn: what does not vary is not divided.
    pub(crate) fn new(name: &str, center: f64, scale: f64) -> Self {
        let scale = if scale == 0.0 { 1.0 } else { scale };
        Self { name: name.to_owned(), center, scale }
    }

    pub(crate) fn transform(columns: &[Self], table: &Table) -> Result<Table, Error> {
        table.check(columns.iter().map(|column| column.name.as_str()))?;
        Ok(table.mapped(|column, value| (value - columns[column].center) / columns[column].scale))
    }

    pub(crate) fn inverse_transform(columns: &[Self], table: &Table) -> Result<Table, Error> {
        table.check(columns.iter().map(|column| column.name.as_str()))?;
        Ok(table.mapped(|column, value| value * columns[column].scale + columns[column].center))
    }

    pub(crate) fn centers(columns: &[Self]) -> Vec<f64> {
        columns.iter().map(|column| column.center).collect()
    }

    pub(crate) fn scales(columns: &[Self]) -> Vec<f64> {
        columns.iter().map(|column| column.scale).collect()
    }
}
