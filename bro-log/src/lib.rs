//! Exact and fast reader and writer of Bro/Zeek logs.

#![expect(dead_code, reason = "the reader over these modules lands next")]

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
mod value;

mod writer;

mod columns;
mod source;

pub use addr::{Subnet, parse_addr, parse_subnet};
pub use columns::{
    Batch, BatchId, Bitmap, BytesColumn, Column, Dictionary, Progress, Projection, ScanOptions, ScanSummary,
    Table, Values, read_columns, scan,
};
pub use elements::{ElementIter, Elements};
pub use error::{Error, Fault, Position};
pub use escape::Backslash;
pub use header::Header;
pub use number::{
    Port, Proto, mend_bool, mend_count, mend_double, mend_int, mend_port, parse_bool, parse_count,
    parse_double, parse_int, parse_port,
};
pub use reject::{Reject, Rejects};
pub use schema::{Field, Scalar, Schema, Type};
pub use source::{Compression, Source};
pub use time::{Interval, Time, mend_interval, mend_time, parse_interval, parse_time};
pub use value::{Strictness, Value};
pub use warning::{Warning, Warnings};
pub use writer::{Writer, WriterBuilder};
