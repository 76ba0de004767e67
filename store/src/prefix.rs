//! Hashes of the beginnings of logs, by which a log is known again.

use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use memchr::memchr;

/// The hash of nothing, of some bytes, or of a whole log.
pub(crate) type Hash = [u8; 32];

/// A place between two lines of a log, and the hash of all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) n_bytes: u64,
    pub(crate) hash: Hash,
}

impl Checkpoint {
    /// The start of any log.
    pub(crate) fn start() -> Self {
        Self { n_bytes: 0, hash: blake3::Hasher::new().finalize().into() }
    }
}

/// A stored part of a log that is the beginning of another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Its place among those asked for.
    pub(crate) idx: usize,
    /// Whether it is all of the log.
    pub(crate) is_whole: bool,
}

/// Which of the `wanted` places, in ascending order, lie in the log with just this hash; the furthest one.
pub(crate) fn furthest_match(mut log: impl Read, wanted: &[Checkpoint]) -> Option<Match> {
    let (mut hasher, mut at, mut is_at_end) = (blake3::Hasher::new(), 0, false);
    let mut found = None;
    for (idx, checkpoint) in wanted.iter().enumerate() {
        // A log that cannot be read on ends there.
        at += io::copy(&mut log.by_ref().take(checkpoint.n_bytes - at), &mut hasher).unwrap_or(0);
        is_at_end = at < checkpoint.n_bytes;
        if is_at_end {
            break;
        }
        if Hash::from(hasher.finalize()) == checkpoint.hash {
            found = Some(idx);
        }
    }
    is_at_end |= !matches!(log.read(&mut [0]), Ok(1..));
    found.map(|idx| Match { idx, is_whole: is_at_end && wanted[idx].n_bytes == at })
}

/// What a [`LineReader`] tells while a log reader owns it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    wanted: Option<u64>,
    taken: Option<Checkpoint>,
    end: Option<Checkpoint>,
}

impl Watch {
    /// Asks for the checkpoint at this place, where a line starts that was not read yet.
    pub(crate) fn want(&self, n_bytes: u64) {
        self.0.borrow_mut().wanted = Some(n_bytes);
    }

    /// The checkpoint asked for, once the reader is past it.
    pub(crate) fn take(&self) -> Option<Checkpoint> {
        self.0.borrow_mut().taken.take()
    }

    /// Where the last whole line ends, once the reader is there: a last line without its end comes behind it.
    pub(crate) fn end(&self) -> Option<Checkpoint> {
        self.0.borrow().end
    }
}

/// Hands out one whole line after the other, as long as they fit in memory, and hashes what was consumed. A reader that
/// looks ahead sees no more than the line, so what it consumed ends where its last row does.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    inner: R,
    watch: Watch,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    /// Consumed up to here.
    start: usize,
    /// Handed out up to here.
    handed: usize,
    /// Whole lines up to here.
    end: usize,
    /// Read up to here.
    filled: usize,
    /// Hashed up to here.
    hashed: usize,
    /// The place of the buffer's first byte.
    base: u64,
    is_at_end: bool,
    error: Option<io::Error>,
}

impl<R: Read> LineReader<R> {
    const START_SIZE: usize = 1 << 18;
    const MAX_SIZE: usize = bro_log::ReaderBuilder::MAX_LINE + 2;

    pub(crate) fn new(inner: R, watch: Watch) -> Self {
        Self {
            inner,
            watch,
            hasher: blake3::Hasher::new(),
            buffer: vec![0; Self::START_SIZE],
            start: 0,
            handed: 0,
            end: 0,
            filled: 0,
            hashed: 0,
            base: 0,
            is_at_end: false,
            error: None,
        }
    }

    /// The checkpoint at what is consumed.
    fn checkpoint(&mut self) -> Checkpoint {
        self.hasher.update(&self.buffer[self.hashed..self.start]);
        self.hashed = self.start;
        Checkpoint { n_bytes: self.base + self.start as u64, hash: self.hasher.finalize().into() }
    }

    fn look_at_watch(&mut self) {
        let at = self.base + self.start as u64;
        if self.watch.0.borrow().wanted.is_some_and(|wanted| wanted <= at) {
            let taken = self.checkpoint();
            let mut state = self.watch.0.borrow_mut();
            (state.wanted, state.taken) = (None, Some(taken));
        }
    }

    /// Reads until a line ends, the buffer cannot grow, or the log ends.
    fn refill(&mut self) -> io::Result<()> {
        self.hasher.update(&self.buffer[self.hashed..self.start]);
        self.buffer.copy_within(self.start..self.filled, 0);
        self.base += self.start as u64;
        (self.filled, self.start, self.hashed, self.end) = (self.filled - self.start, 0, 0, 0);
        self.handed = 0;
        while !self.is_at_end {
            if self.filled == self.buffer.len() {
                if self.buffer.len() >= Self::MAX_SIZE {
                    break;
                }
                self.buffer.resize((self.buffer.len() * 2).min(Self::MAX_SIZE), 0);
            }
            match self.inner.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.is_at_end = true,
                Ok(n_read) => {
                    let newline = self.buffer[self.filled..self.filled + n_read]
                        .iter()
                        .rposition(|&byte| byte == b'\n');
                    self.end = newline.map_or(self.end, |at| self.filled + at + 1);
                    self.filled += n_read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_at_end = true;
                    self.error = Some(error);
                }
            }
            if self.end > 0 {
                return Ok(());
            }
        }
        // What is left is no whole line: the last one, or one that is too long.
        if self.is_at_end {
            let end = self.checkpoint();
            self.watch.0.borrow_mut().end.get_or_insert(end);
            if let Some(error) = self.error.take() {
                return Err(error);
            }
        }
        self.end = self.filled;
        Ok(())
    }
}

impl<R: Read> Read for LineReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.fill_buf()?.read(buffer)?;
        self.consume(n_read);
        Ok(n_read)
    }
}

impl<R: Read> BufRead for LineReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.look_at_watch();
            self.refill()?;
        }
        if self.start == self.handed {
            let line = &self.buffer[self.start..self.end];
            self.handed += memchr(b'\n', line).map_or(line.len(), |at| at + 1);
        }
        Ok(&self.buffer[self.start..self.handed])
    }

    fn consume(&mut self, n_bytes: usize) {
        self.start += n_bytes;
        self.look_at_watch();
    }
}
