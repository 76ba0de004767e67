//! Exact and fast reader and writer of Bro/Zeek logs.
//!
//! ```no_run
//! let source = bro_log::Source::open("conn.log.gz")?;
//! let mut reader = bro_log::Reader::from_source(&source)?;
//! while let Some(conn) = reader.next_as::<bro_log::Conn<'_>>()? { println!("{:?}", conn.id_orig_h); }
//! # Ok::<(), bro_log::Error>(())
//! ```
//!
//! | to | use | cost |
//! |---|---|---|
//! | look at rows one by one | [`Reader::next_record`], [`Record`] | no allocation for a row; memory: the longest line |
//! | have them as structs | [`Reader::next_as`] with [`Conn`], [`Http`], [`Ssl`], [`Dns`] or your own ([`typed!`]) | as above; only the named columns are decoded |
//! | keep a row | [`RecordBuf`] | a copy of the line |
//! | deserialize with serde | [`Record::deserialize`](crate::Record), feature `serde` | as serde does |
//! | have columns of whole logs | [`read_columns`], [`scan`] | all cores; memory: the columns |
//! | write a log | [`Writer`] | one `write_all` for a row |
//! | find the logs below a folder | [`LogFolder`] | opens each file, reads its first lines |
//!
//! Reads every form Zeek and Bro from 2.0 on write: tab-separated with any separators, markers and meta prefix, tsv mode,
//! rows without header, several logs in one file, JSON; plain, gzip or zstd ([`Source`]). What the types mean is in
//! [`Value`]; what is wrong with a log in [`Error`], [`Rejects`] and [`Warnings`], with line, byte, field and text.
//!
//! The [`cookbook`] has short programs, [`traps`] tells what makes the format harder than it looks, [`speed`] how fast each
//! way is and what limits it.

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
mod version;

mod elements;
mod record;
mod value;

mod ahead;
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
mod convert;
mod cut;
mod folder;
mod source;

#[doc = include_str!("docs/cookbook.md")]
pub mod cookbook {}
#[doc = include_str!("docs/speed.md")]
pub mod speed {}
#[doc = include_str!("docs/traps.md")]
pub mod traps {}

pub use addr::{Subnet, parse_addr, parse_subnet};
pub use columns::{
    Batch, BatchId, Bitmap, BytesColumn, Column, Dictionary, Progress, Projection, ScanOptions, ScanSummary,
    Table, Values, read_columns, scan,
};
pub use conn::Conn;
pub use convert::{ConvertParams, ConvertSummary, ConvertTo};
pub use cut::{CutHeader, CutParams, CutSummary, CutTime};
pub use dns::Dns;
pub use elements::{ElementIter, Elements};
pub use error::{Error, Fault, Position};
pub use escape::Backslash;
pub use folder::{FoundLog, LogFolder};
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
pub use standard::path_of_name;
pub use time::{Interval, Time, mend_interval, mend_time, parse_interval, parse_time};
pub use typed::{BadField, Cell, FromCell, Typed, build_field, parse_field};
pub use value::{Strictness, Value};
pub use version::Versions;
pub use warning::{Warning, Warnings};
pub use writer::{Writer, WriterBuilder};
