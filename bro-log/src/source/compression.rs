use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// How the stored bytes of a [`Source`](super::Source) are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Stored as they are.
    None,
    /// gzip, of one member or several.
    Gzip,
    /// Zstandard, of one frame or several.
    Zstd,
}

const BUFFER_BYTES: usize = 1 << 17;

impl Compression {
    /// Tells the compression from the first four bytes.
    pub(super) fn detect(start: &[u8]) -> Self {
        if start.starts_with(&[0x1f, 0x8b]) {
            return Self::Gzip;
        }
        let is_skippable_frame =
            start.len() >= 4 && start[0] & 0xf0 == 0x50 && start[1..4] == [0x2a, 0x4d, 0x18];
        if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable_frame {
            return Self::Zstd;
        }
        Self::None
    }

    pub(super) fn reader<'a>(self, stored: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
        let stored = BufReader::with_capacity(BUFFER_BYTES, stored);
        Ok(match self {
            Self::None => Box::new(stored),
            Self::Gzip => Box::new(MultiGzDecoder::new(stored)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(stored)?),
        })
    }
}
