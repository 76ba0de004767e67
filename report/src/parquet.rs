//! A matrix as a Parquet file: row groups of one text column and doubles, written with the low-level column writers.

use crate::Error;
use bro_analysis::{FeatureMatrix, FeatureRows};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type as Node;
use std::io::Write;
use std::sync::Arc;

/// Values of a row group: 32 MiB of them are held until they are written.
const GROUP_VALUES: usize = 1 << 22;

pub(crate) struct ParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    uids: Vec<Option<String>>,
    /// The values so far, row by row.
    values: Vec<f64>,
    n_columns: usize,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// A file with a column `uid` and one for each feature; `facts` about them go to its metadata, under `columns`.
    pub(crate) fn new(out: W, matrix: &FeatureMatrix<'_>, facts: String) -> Result<Self, Error> {
        let columns = matrix.columns();
        let uid = Node::primitive_type_builder("uid", Physical::BYTE_ARRAY)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::String));
        let features = columns.iter().map(|column| {
            Node::primitive_type_builder(&column.name, Physical::DOUBLE)
                .with_repetition(Repetition::REQUIRED)
                .build()
        });
        let fields = std::iter::once(uid.build()).chain(features).map(|node| node.map(Arc::new));
        let fields = fields.collect::<Result<_, _>>().map_err(of_parquet)?;
        let root = Node::group_type_builder("features").with_fields(fields).build().map_err(of_parquet)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("bro-ml ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new("columns".to_owned(), facts)]))
            .build();
        let writer = SerializedFileWriter::new(out, root.into(), properties.into()).map_err(of_parquet)?;
        Ok(Self { writer, uids: Vec::new(), values: Vec::new(), n_columns: columns.len() })
    }

    pub(crate) fn write(&mut self, rows: &FeatureRows) -> Result<(), Error> {
        self.uids.extend_from_slice(&rows.uids);
        self.values.extend(&rows.x);
        if self.values.len() >= GROUP_VALUES { self.flush() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        let mut out = self.writer.into_inner().map_err(of_parquet)?;
        Ok(out.flush()?)
    }

    /// Writes the rows so far as one row group.
    fn flush(&mut self) -> Result<(), Error> {
        if self.uids.is_empty() {
            return Ok(());
        }
        self.write_group().map_err(of_parquet)?;
        self.uids.clear();
        self.values.clear();
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        let mut uid = group.next_column()?.expect("the column uid");
        let levels: Vec<i16> = self.uids.iter().map(|uid| i16::from(uid.is_some())).collect();
        let texts: Vec<_> = self.uids.iter().flatten().map(|uid| ByteArray::from(uid.as_str())).collect();
        uid.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
        uid.close()?;
        for i in 0..self.n_columns {
            let mut column = group.next_column()?.expect("a column for each feature");
            let values: Vec<f64> = self.values.iter().skip(i).step_by(self.n_columns).copied().collect();
            column.typed::<DoubleType>().write_batch(&values, None, None)?;
            column.close()?;
        }
        group.close().map(drop)
    }
}

impl<W: Write + Send> std::fmt::Debug for ParquetWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetWriter").field("n_columns", &self.n_columns).finish_non_exhaustive()
    }
}

/// A pipe that was closed must be told from other failures.
fn of_parquet(error: ParquetError) -> Error {
    let text = error.to_string();
    if let ParquetError::External(source) = error
        && let Ok(source) = source.downcast::<std::io::Error>()
    {
        return Error::Matrix(*source);
    }
    Error::Matrix(std::io::Error::other(text))
}
