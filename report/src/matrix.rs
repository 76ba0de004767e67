use crate::Error;
use crate::csv::harmless;
#[cfg(feature = "parquet")]
use crate::parquet::ParquetWriter;
use bro_analysis::{FeatureMatrix, FeatureRows};
use std::io::Write;

/// Writes a [`FeatureMatrix`] as it is read, as CSV, as numpy's npy with a sidecar, or as Parquet.
///
/// CSV: a header of `uid` and the features' names, then a row for each row; numbers with as few digits as bring the
/// same `f64` back, an unset `uid` empty. npy: version 1.0, `<f8`, C order, shape `(n_rows, n_features)`; the sidecar is
/// one JSON object with `log_kind`, `columns` (each with `name`, `unit`, `definition`, and `mean` and `scale` where the
/// matrix is scaled) and `uids`, in the order of the rows. Nothing is held. Parquet (feature `parquet`): a column `uid` of text
/// and one of doubles for each feature, row groups of about 4 million values, which are held until they are written; the
/// `columns` of the sidecar stand in the file's metadata.
///
/// ```
/// use bro_analysis::FeatureMatrix;
/// use bro_report::MatrixWriter;
/// use std::ops::ControlFlow;
///
/// fn csv(matrix: &mut FeatureMatrix<'_>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
///     let mut csv = Vec::new();
///     let mut writer = MatrixWriter::csv(&mut csv, matrix)?;
///     matrix.read(&mut |_| ControlFlow::Continue(()), &mut |rows| match writer.write(rows) {
///         Ok(()) => ControlFlow::Continue(()),
///         Err(_) => ControlFlow::Break(()),
///     })?;
///     writer.finish()?;
///     Ok(csv)
/// }
/// ```
#[derive(Debug)]
pub struct MatrixWriter<W: Write + Send> {
    to: To<W>,
}

#[derive(Debug)]
enum To<W: Write + Send> {
    Csv(Box<::csv::Writer<W>>),
    Npy {
        out: W,
        sidecar: W,
        is_first: bool,
    },
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> MatrixWriter<W> {
    /// A writer of CSV, whose header it writes.
    ///
    /// # Errors
    /// [`Error::Matrix`] if it cannot be written.
    pub fn csv(out: W, matrix: &FeatureMatrix<'_>) -> Result<Self, Error> {
        let mut writer = ::csv::Writer::from_writer(out);
        let names = matrix.columns().iter().map(|column| column.name.as_str());
        writer.write_record(std::iter::once("uid").chain(names)).map_err(of_csv)?;
        Ok(Self { to: To::Csv(Box::new(writer)) })
    }

    /// A writer of npy with names and uids in `sidecar`; the heads of both are written.
    ///
    /// # Errors
    /// [`Error::Matrix`] or [`Error::Json`] if they cannot be written.
    pub fn npy(mut out: W, mut sidecar: W, matrix: &FeatureMatrix<'_>) -> Result<Self, Error> {
        out.write_all(&npy_head(matrix.n_rows(), matrix.columns().len()))?;
        let (kind, columns) = (matrix.intake().kind.name(), columns_json(matrix)?);
        write!(sidecar, "{{\"log_kind\":\"{kind}\",\"columns\":{columns},\"uids\":[")?;
        Ok(Self { to: To::Npy { out, sidecar, is_first: true } })
    }

    /// A writer of Parquet.
    ///
    /// # Errors
    /// [`Error::Matrix`] or [`Error::Json`] if the head cannot be written.
    #[cfg(feature = "parquet")]
    pub fn parquet(out: W, matrix: &FeatureMatrix<'_>) -> Result<Self, Error> {
        let writer = ParquetWriter::new(out, matrix, columns_json(matrix)?)?;
        Ok(Self { to: To::Parquet(Box::new(writer)) })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// [`Error::Matrix`] or [`Error::Json`] if they cannot be written.
    pub fn write(&mut self, rows: &FeatureRows) -> Result<(), Error> {
        match &mut self.to {
            To::Csv(writer) => {
                for (uid, row) in rows.uids.iter().zip(rows.x.rows()) {
                    let uid = harmless(uid.clone().unwrap_or_default());
                    let values = row.iter().map(f64::to_string);
                    writer.write_record(std::iter::once(uid).chain(values)).map_err(of_csv)?;
                }
            }
            To::Npy { out, sidecar, is_first } => {
                for value in &rows.x {
                    out.write_all(&value.to_le_bytes())?;
                }
                for uid in &rows.uids {
                    let comma = if std::mem::take(is_first) { "" } else { "," };
                    write!(sidecar, "{comma}{}", serde_json::to_string(uid)?)?;
                }
            }
            #[cfg(feature = "parquet")]
            To::Parquet(writer) => writer.write(rows)?,
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// [`Error::Matrix`] if it cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        match self.to {
            To::Csv(mut writer) => writer.flush()?,
            To::Npy { mut out, mut sidecar, .. } => {
                out.flush()?;
                sidecar.write_all(b"]}\n")?;
                sidecar.flush()?;
            }
            #[cfg(feature = "parquet")]
            To::Parquet(writer) => writer.finish()?,
        }
        Ok(())
    }
}

/// A pipe that was closed must be told from a bad row.
fn of_csv(error: ::csv::Error) -> Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => Error::Matrix(error),
        kind => Error::Matrix(std::io::Error::other(format!("{kind:?}"))),
    }
}

fn npy_head(n_rows: u64, n_columns: usize) -> Vec<u8> {
    let shape = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({n_rows}, {n_columns}), }}");
    // Magic, version and length take 10 bytes; all of the head is a multiple of 64.
    let padded = (10 + shape.len() + 1).next_multiple_of(64) - 10;
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    head.extend((padded as u16).to_le_bytes());
    head.extend(format!("{shape:<width$}\n", width = padded - 1).bytes());
    head
}

fn columns_json(matrix: &FeatureMatrix<'_>) -> Result<String, Error> {
    let scale = matrix.scale();
    let columns = matrix.columns().iter().enumerate().map(|(i, column)| {
        let scale = scale.as_ref().map(|scale| scale[i]);
        serde_json::json!({
            "name": column.name, "unit": crate::catalogue::unit(column.unit), "definition": column.definition,
            "mean": scale.map(|(mean, _)| mean), "scale": scale.map(|(_, scale)| scale),
        })
    });
    Ok(serde_json::to_string(&columns.collect::<Vec<_>>())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_npy_is_a_multiple_of_64_and_ends_a_line() {
        for (n_rows, n_columns) in [(0, 1), (8462, 71), (20_000_000, 100)] {
            let head = npy_head(n_rows, n_columns);
            assert!(head.len().is_multiple_of(64) && head.ends_with(b"\n") && head.starts_with(b"\x93NUMPY"));
            assert_eq!(usize::from(u16::from_le_bytes([head[8], head[9]])), head.len() - 10);
        }
    }
}
