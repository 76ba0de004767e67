//! Inputs: files, compressed files, pipes and bytes in memory, all readable from the start as often as needed.

mod compression;
mod read_at;
mod spool;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub use compression::Compression;

use crate::Error;

/// One log input that can be read from its start as often as needed.
///
/// Files are read at positions, so that several threads share one handle; a memory map would kill the process when
/// a live log is cut under it. Pipes are spooled, as their bytes came, into an unlinked temporary file.
/// The length is taken once: a log that grows gives the same bytes on every pass. Compression is told from the
/// first bytes, never from the name.
///
/// ```
/// use bro_log::{Compression, Source};
///
/// let source = Source::from_bytes("conn.log", b"#separator \\x09\n".to_vec());
/// assert_eq!((source.name(), source.n_bytes()), ("conn.log", 16));
/// assert_eq!(source.compression(), Compression::None);
/// ```
#[derive(Debug)]
pub struct Source {
    name: String,
    data: Data,
    n_bytes: u64,
    compression: Compression,
}

#[derive(Debug)]
enum Data {
    File(File),
    Memory(Vec<u8>),
}

impl Source {
    /// Opens a file; a pipe or device at that path is spooled first.
    ///
    /// # Errors
    /// [`Error::Open`] if the file cannot be opened or read, or is a folder.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| open_error(&name, source))?;
        Self::from_file(name, file)
    }

    /// Takes an open file under a name; a pipe or device is spooled first.
    ///
    /// # Errors
    /// [`Error::Open`] if the file cannot be read, or is a folder.
    pub fn from_file(name: impl Into<String>, file: File) -> Result<Self, Error> {
        let name = name.into();
        let metadata = file.metadata().map_err(|source| open_error(&name, source))?;
        if metadata.is_file() {
            return Self::new(name, Data::File(file), metadata.len());
        }
        Self::from_reader(name, file)
    }

    /// Spools standard input; the source is named `-`.
    ///
    /// # Errors
    /// [`Error::Open`] if standard input cannot be read or the temporary file cannot be written.
    pub fn stdin() -> Result<Self, Error> {
        Self::from_reader("-", io::stdin().lock())
    }

    /// Spools everything `reader` gives into an unlinked temporary file.
    ///
    /// # Errors
    /// [`Error::Open`] if `reader` fails or the temporary file cannot be written.
    pub fn from_reader(name: impl Into<String>, reader: impl Read) -> Result<Self, Error> {
        let name = name.into();
        let (file, n_bytes) = spool::spool(reader).map_err(|source| open_error(&name, source))?;
        Self::new(name, Data::File(file), n_bytes)
    }

    /// Takes bytes in memory, compressed or not.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let compression = Compression::detect(&bytes);
        Self { name: name.into(), n_bytes: bytes.len() as u64, data: Data::Memory(bytes), compression }
    }

    fn new(name: String, data: Data, n_bytes: u64) -> Result<Self, Error> {
        let mut source = Self { name, data, n_bytes, compression: Compression::None };
        let mut magic = [0; 4];
        let n_read = source.read_at(&mut magic, 0).map_err(|error| open_error(&source.name, error))?;
        source.compression = Compression::detect(&magic[..n_read]);
        Ok(source)
    }

    /// The name given, or the path opened; `-` for standard input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of stored bytes (compressed ones, if compressed) when the source was opened.
    #[must_use]
    pub const fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The compression told from the first bytes.
    #[must_use]
    pub const fn compression(&self) -> Compression {
        self.compression
    }

    /// Fills `buffer` from the stored bytes at `offset`, as far as they go; returns the number of bytes read.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.n_bytes.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..wanted];
        match &self.data {
            Data::File(file) => read_at::fill(file, buffer, offset),
            Data::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                buffer.copy_from_slice(&bytes[start..start + wanted]);
                Ok(wanted)
            }
        }
    }

    /// The stored bytes from `offset` on.
    pub(crate) const fn stored_from(&self, offset: u64) -> Stored<'_> {
        Stored { source: self, offset }
    }

    /// The log's bytes from the start, decompressed.
    ///
    /// # Errors
    /// [`Error::Open`] if the decompressor cannot start.
    pub fn reader(&self) -> Result<Box<dyn Read + Send + '_>, Error> {
        self.decompressed().map_err(|source| open_error(&self.name, source))
    }

    /// As [`reader`](Self::reader), and adds to `n_read` the stored bytes it has taken: what a progress bar needs of a
    /// compressed log.
    ///
    /// # Errors
    /// [`Error::Open`] if the decompressor cannot start.
    pub fn metered_reader<'a>(&'a self, n_read: &'a AtomicU64) -> Result<Box<dyn Read + Send + 'a>, Error> {
        let stored = Metered { stored: self.stored_from(0), n_read };
        self.compression.reader(stored).map_err(|source| open_error(&self.name, source))
    }

    pub(crate) fn decompressed(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        self.compression.reader(self.stored_from(0))
    }
}

fn open_error(name: &str, source: io::Error) -> Error {
    Error::Open { path: name.to_owned(), source }
}

/// Sequential reader of a source's stored bytes.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    source: &'a Source,
    offset: u64,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.source.read_at(buffer, self.offset)?;
        self.offset += n_read as u64;
        Ok(n_read)
    }
}

/// Counts what is read.
struct Metered<'a> {
    stored: Stored<'a>,
    n_read: &'a AtomicU64,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.stored.read(buffer)?;
        self.n_read.fetch_add(n_read as u64, Ordering::Relaxed);
        Ok(n_read)
    }
}

#[cfg(test)]
mod tests;
