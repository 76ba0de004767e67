//! Exact and fast reader and writer of Bro/Zeek logs.

mod error;
mod reject;
mod warning;

mod addr;
pub mod escape;
mod number;
mod schema;
mod standard;
mod time;

mod header;

mod elements;
mod record;
mod value;

mod json;
mod reader;
mod split;
mod state;

#[cfg(feature = "serde")]
mod deserialize;
mod typed;

mod conn;
mod dns;
mod http;
mod ssl;

mod writer;

mod columns;
mod source;

pub use addr::{Subnet, parse_addr, parse_subnet};
pub use columns::{
    Batch, BatchId, Bitmap, BytesColumn, Column, Dictionary, Progress, Projection, ScanOptions, ScanSummary,
    Table, Values, read_columns, scan,
};
pub use conn::Conn;
pub use dns::Dns;
pub use elements::{ElementIter, Elements};
pub use error::{Error, Fault, Position};
pub use escape::Backslash;
pub use header::{Format, Header};
pub use http::Http;
pub use number::{
    Port, Proto, mend_bool, mend_count, mend_double, mend_int, mend_port, parse_bool, parse_count,
    parse_double, parse_int, parse_port,
};
pub use reader::{Item, Reader, ReaderBuilder, SourceReader};
pub use record::{Record, RecordBuf};
pub use reject::{Reject, Rejects};
pub use schema::{Field, Scalar, Schema, Type};
pub use source::{Compression, Source};
pub use ssl::Ssl;
pub use time::{Interval, Time, mend_interval, mend_time, parse_interval, parse_time};
pub use typed::{BadField, Cell, FromCell, Typed, build_field, parse_field};
pub use value::{Strictness, Value};
pub use warning::{Warning, Warnings};
pub use writer::{Writer, WriterBuilder};
