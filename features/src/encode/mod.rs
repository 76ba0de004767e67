//! Numbers in place of categories.

mod frequency;
mod hashing;
mod one_hot;
mod ordinal;
mod text;

pub use frequency::{FrequencyEncoder, FrequencyEncoderParams};
pub use hashing::HashingEncoder;
pub use one_hot::{HandleUnknown, OneHotEncoder, OneHotEncoderParams};
pub use ordinal::{OrdinalEncoder, OrdinalEncoderParams, UnknownCode};
pub use text::{CategoryCounts, TextTable};
