//! Cuts a log into blocks of whole lines: block `k` holds the lines whose first byte is in `[k · size, (k + 1) · size)`.
//!
//! The cut depends on the log's bytes alone, so a file, its compressed copy and a pipe give the same blocks, and any
//! block of a plain file can be found without reading those before it.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use crate::Source;

/// Readable bytes before the first line, so that a word can be loaded that ends where a cell ends.
pub(super) const PADDING: usize = 32;

/// The lines of one block: whole lines; only the log's last one may lack its line end.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// [`PADDING`] bytes, the lines, and what is left from other blocks.
    buffer: Vec<u8>,
    /// Where in the buffer the lines start.
    pub(super) first: usize,
    /// Where in the buffer the lines end.
    end: usize,
    /// Place of the first line in the decompressed log.
    pub(super) offset: u64,
    pub(super) block_idx: u64,
    /// Stored bytes read when the block was.
    pub(super) stored_end: u64,
    /// The block's last line was longer than allowed: it starts where the lines end.
    pub(super) has_long_line: bool,
}

/// Size of a block and of the longest line, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) block: usize,
    pub(super) max_line: usize,
}

/// First guess of what is left of a block's last line.
const TAIL_BYTES: usize = 1 << 12;

impl Block {
    /// The lines.
    pub(super) fn lines(&self) -> &[u8] {
        &self.buffer[self.first..self.end]
    }

    /// At least [`PADDING`] bytes, then from `first` on the lines.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.end]
    }

    fn clear(&mut self, block_idx: u64) {
        (self.first, self.end) = (PADDING, PADDING);
        self.block_idx = block_idx;
        self.has_long_line = false;
    }

    /// Appends up to `n_bytes` bytes, fewer only at the end of the input; what was read before an error is kept.
    fn extend(&mut self, reader: &mut impl Read, n_bytes: usize) -> io::Result<usize> {
        let full = self.end + n_bytes;
        // Zeros are written only when the buffer grows.
        if self.buffer.len() < full {
            self.buffer.resize(full, 0);
        }
        let start = self.end;
        while self.end < full {
            match reader.read(&mut self.buffer[self.end..full]) {
                Ok(0) => break,
                Ok(n_read) => self.end += n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end - start)
    }

    /// Reads block `block_idx` of an uncompressed source, reusing the buffer.
    pub(super) fn read(&mut self, source: &Source, block_idx: u64, sizes: Sizes) -> io::Result<()> {
        let start = block_idx * sizes.block as u64;
        let from = start.saturating_sub(1);
        let want = sizes.block + usize::from(start > 0);
        self.clear(block_idx);
        let mut rest = source.stored_from(from);
        // What is left of the last line most often fits into a little more.
        let n_read = self.extend(&mut rest, want + TAIL_BYTES)?;
        let n_inside = n_read.min(want);
        let skipped = match start {
            0 => Some(0),
            _ => memchr(b'\n', &self.lines()[..n_inside]).map(|at| at + 1),
        };
        // A line that starts at the block's end belongs to the next block.
        let Some(skipped) = skipped.filter(|&skipped| skipped < n_inside) else {
            self.offset = start;
            self.stored_end = start;
            self.end = self.first;
            return Ok(());
        };
        self.offset = from + skipped as u64;
        if n_read >= want {
            self.end = self.find_end(&mut rest, want, sizes.max_line)?;
        }
        self.stored_end = from + self.lines().len() as u64;
        self.first += skipped;
        Ok(())
    }

    /// The end in the buffer of the line that holds byte `want - 1` of the lines, reading on until it is known; the
    /// line's start if it is longer than `max_line`.
    fn find_end(&mut self, rest: &mut impl Read, want: usize, max_line: usize) -> io::Result<usize> {
        let last = self.first + want - 1;
        let before = memrchr(b'\n', &self.buffer[self.first..last]);
        let line_start = before.map_or(self.first, |at| self.first + at + 1);
        let mut searched = last;
        let mut step = TAIL_BYTES;
        loop {
            let found = memchr(b'\n', &self.bytes()[searched..]).map(|at| searched + at + 1);
            let end = found.unwrap_or(self.end);
            if end - line_start - usize::from(found.is_some()) > max_line {
                self.has_long_line = true;
                return Ok(line_start);
            }
            searched = self.end;
            if found.is_some() || self.extend(rest, step)? == 0 {
                return Ok(end);
            }
            step = (2 * step).min(1 << 20);
        }
    }
}

/// Cuts a log that can only be read from its start.
pub(super) struct Cutter<R> {
    reader: R,
    /// Read but not yet given; starts at a line's first byte, or inside a line that was too long.
    carry: Vec<u8>,
    offset: u64,
    sizes: Sizes,
    is_inside_long_line: bool,
    error: Option<io::Error>,
}

impl<R: Read> Cutter<R> {
    pub(super) fn new(reader: R, sizes: Sizes) -> Self {
        Self { reader, carry: Vec::new(), offset: 0, sizes, is_inside_long_line: false, error: None }
    }

    /// Gives the next block that holds a line's start; false at the end of the log.
    pub(super) fn next(&mut self, block: &mut Block) -> bool {
        self.skip_long_line();
        block.clear(self.offset / self.sizes.block as u64);
        block.offset = self.offset;
        let block_end = (block.block_idx + 1) * self.sizes.block as u64;
        let want = usize::try_from(block_end - self.offset).expect("a block fits in memory");
        let missing = want.saturating_sub(self.carry.len());
        let result = block.extend(&mut self.carry.as_slice(), self.carry.len());
        self.carry.clear();
        if self.error.is_none() {
            self.error = result.and_then(|_| block.extend(&mut self.reader, missing)).err();
        }
        if block.lines().len() >= want {
            self.cut(block, want);
        }
        if self.error.is_some() {
            block.end = block.first + memrchr(b'\n', block.lines()).map_or(0, |at| at + 1);
        }
        self.offset += block.lines().len() as u64;
        !block.lines().is_empty() || block.has_long_line
    }

    /// What ended the log before its end.
    pub(super) fn into_error(self) -> Option<io::Error> {
        self.error
    }

    fn cut(&mut self, block: &mut Block, want: usize) {
        match block.find_end(&mut self.reader, want, self.sizes.max_line) {
            Ok(end) => {
                self.carry.extend_from_slice(&block.bytes()[end..]);
                block.end = end;
            }
            Err(error) => self.error = Some(error),
        }
        self.is_inside_long_line = block.has_long_line;
    }

    /// Drops the rest of a line that was too long.
    fn skip_long_line(&mut self) {
        while self.is_inside_long_line {
            if let Some(at) = memchr(b'\n', &self.carry) {
                self.carry.drain(..=at);
                self.offset += at as u64 + 1;
                self.is_inside_long_line = false;
                return;
            }
            self.offset += self.carry.len() as u64;
            self.carry.clear();
            let mut more = (&mut self.reader).take(self.sizes.block as u64);
            if self.error.is_none() {
                self.error = more.read_to_end(&mut self.carry).err();
            }
            self.is_inside_long_line = !self.carry.is_empty();
        }
    }
}
