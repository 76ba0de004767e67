//! Blocks in parallel, results in file order.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pulp::Arch;

use super::block::{Block, Cutter, Sizes};
use super::decode::Decoded;
use super::layout::Layout;
use super::options::ScanOptions;
use super::parse::{Context, Parsed, Stretch, Workspace, parse};
use super::{Batch, Progress, Projection, ScanSummary};
use crate::{Compression, Error, Position, Source, Strictness};

/// Reads `sources` in the given order, as columns.
///
/// Blocks of whole lines are decoded in parallel on rayon's current pool, where `map` sees each batch; `fold` gets what
/// it made of them on the calling thread, in file order, and ends the scan with [`ControlFlow::Break`].
/// Each source starts without a header. A header in mid-file starts a new batch. `map` may see a block twice when a
/// header above it turns out to be another than expected; `fold` never does.
///
/// What `fold` is given does not depend on the number of threads. Only asked-for cells are decoded, so only a bad cell
/// among them rejects its row. Time O(bytes), memory O(threads · block), whatever the size of the log.
///
/// # Errors
/// [`Error::Read`] if a source cannot be read, a header's error, [`Error::SchemaNeeded`] and [`Error::NotZeek`]; with
/// [`Strictness::Strict`] also the first rejected row and [`Error::Truncated`].
///
/// ```
/// use std::ops::ControlFlow;
/// use bro_log::{Projection, ScanOptions, Source, scan};
///
/// let log = b"#separator \\x09\n#path\tconn\n#fields\tts\torig_bytes\n#types\ttime\tcount\n1.5\t7\n2.5\t-\n";
/// let sources = [Source::from_bytes("conn.log", log.to_vec())];
/// let mut total = 0;
/// let summary = scan(
///     &sources,
///     &Projection::new().field("orig_bytes"),
///     &ScanOptions::default(),
///     |batch| batch.column(0).and_then(|bytes| bytes.as_count()).map_or(0, |bytes| bytes.iter().sum::<u64>()),
///     |sum, _progress| {
///         total += sum;
///         ControlFlow::Continue(())
///     },
/// )?;
/// assert_eq!((summary.n_rows, total), (2, 7));
/// # Ok::<(), bro_log::Error>(())
/// ```
pub fn scan<T, M, F>(
    sources: &[Source],
    projection: &Projection,
    options: &ScanOptions,
    map: M,
    fold: F,
) -> Result<ScanSummary, Error>
where
    T: Send,
    M: Fn(&Batch<'_>) -> T + Sync,
    F: FnMut(T, &Progress) -> ControlFlow<()>,
{
    let map = |stretch: Stretch| (map(&stretch.batch()), Some(stretch.decoded));
    scan_owned(Arch::new(), sources, projection, options, map, fold)
}

/// As [`scan`], with a map that may keep the columns, and by given instructions.
pub(super) fn scan_owned<T, M, F>(
    arch: Arch,
    sources: &[Source],
    projection: &Projection,
    options: &ScanOptions,
    map: M,
    fold: F,
) -> Result<ScanSummary, Error>
where
    T: Send,
    M: Fn(Stretch) -> (T, Option<Decoded>) + Sync,
    F: FnMut(T, &Progress) -> ControlFlow<()>,
{
    let sizes = Sizes { block: options.block_bytes.max(1), max_line: options.max_line_bytes };
    let context = Context { sources, projection, options, map: &map, arch };
    let shared = Shared {
        sources,
        sizes,
        context,
        blocks: Mutex::default(),
        workspaces: Mutex::default(),
        is_cancelled: AtomicBool::new(false),
    };
    drive(&shared, fold)
}

/// What the workers see.
struct Shared<'a, M> {
    sources: &'a [Source],
    sizes: Sizes,
    context: Context<'a, M>,
    /// Buffers not in use.
    blocks: Mutex<Vec<Block>>,
    workspaces: Mutex<Vec<Workspace>>,
    is_cancelled: AtomicBool,
}

/// A block's place in the order of all blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    source_idx: usize,
    seq: u64,
}

/// News for the calling thread.
enum Event<T> {
    Parsed(Place, Done<T>),
    Panicked(Box<dyn Any + Send>),
    /// A block of a compressed source.
    Cut(Block),
    /// A compressed source is read.
    End(Option<io::Error>),
}

/// A block on its way to the fold.
struct Done<T> {
    parsed: io::Result<Parsed<T>>,
    /// Kept where it cannot be read again.
    block: Option<Block>,
}

fn drive<'env, T, M, F>(shared: &'env Shared<'env, M>, fold: F) -> Result<ScanSummary, Error>
where
    T: Send + 'env,
    M: Fn(Stretch) -> (T, Option<Decoded>) + Sync,
    F: FnMut(T, &Progress) -> ControlFlow<()>,
{
    std::thread::scope(|threads| {
        rayon::in_place_scope(|pool| {
            let (events, inbox) = channel();
            let _cancels = CancelOnDrop(&shared.is_cancelled);
            let mut driver = Driver::new(shared, fold);
            while driver.place.source_idx < shared.sources.len() {
                driver.feed(threads, pool, &events);
                // The next source's blocks may all have come before this one's last, so that no news is due.
                if !driver.finish_sources()? {
                    driver.receive(next_event(&inbox), pool, &events);
                }
                if driver.commit_all()?.is_break() {
                    driver.summary.is_complete = false;
                    break;
                }
            }
            Ok(driver.summary)
        })
    })
}

/// Waits for news; a thread of the pool works meanwhile, since it may be the only one.
fn next_event<T>(inbox: &Receiver<Event<T>>) -> Event<T> {
    let in_pool = rayon::current_thread_index().is_some();
    loop {
        let wait = match in_pool && rayon::yield_now() == Some(rayon::Yield::Executed) {
            true => Duration::ZERO,
            false if in_pool => Duration::from_micros(100),
            false => Duration::MAX,
        };
        match inbox.recv_timeout(wait) {
            Ok(event) => return event,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("the calling thread holds a sender"),
        }
    }
}

struct Driver<'env, T, M, F> {
    shared: &'env Shared<'env, M>,
    /// The next block to hand out.
    feed: Place,
    /// The next block to fold.
    place: Place,
    /// The state at `place`.
    layout: Arc<Layout>,
    /// The state from which blocks not yet handed out are expected to start.
    expected: Arc<Layout>,
    /// Lines of the source before `place`.
    n_lines: u64,
    /// Decompressed bytes of the source before `place`.
    n_bytes: u64,
    /// Number of blocks of the sources that are handed out in full, and what ended them early.
    ends: Vec<(u64, Option<io::Error>)>,
    waiting: BTreeMap<Place, Done<T>>,
    n_in_flight: usize,
    /// Takes buffers back to the thread that decompresses.
    recycler: Option<Sender<Block>>,
    /// Stored bytes of the sources before `place`.
    n_bytes_before: u64,
    progress: Progress,
    summary: ScanSummary,
    fold: F,
}

impl<'env, T, M, F> Driver<'env, T, M, F>
where
    T: Send + 'env,
    M: Fn(Stretch) -> (T, Option<Decoded>) + Sync,
    F: FnMut(T, &Progress) -> ControlFlow<()>,
{
    fn new(shared: &'env Shared<'env, M>, fold: F) -> Self {
        let bytes_total = shared.sources.iter().map(Source::n_bytes).sum();
        Self {
            shared,
            feed: Place::default(),
            place: Place::default(),
            layout: Arc::default(),
            expected: Arc::default(),
            n_lines: 0,
            n_bytes: 0,
            ends: Vec::new(),
            waiting: BTreeMap::new(),
            n_in_flight: 0,
            recycler: None,
            n_bytes_before: 0,
            progress: Progress { bytes_total, ..Progress::default() },
            summary: ScanSummary::new(shared.sources.len(), shared.context.options.max_reject_examples),
            fold,
        }
    }

    /// Hands out blocks until enough are in flight.
    fn feed<'scope>(
        &mut self,
        threads: &'scope std::thread::Scope<'scope, 'env>,
        pool: &rayon::Scope<'env>,
        events: &Sender<Event<T>>,
    ) {
        let shared = self.shared;
        while let Some(source) = shared.sources.get(self.feed.source_idx) {
            if source.compression() != Compression::None {
                if self.recycler.is_none() {
                    self.start_cutter(source, threads, events);
                }
                return;
            }
            let n_blocks = source.n_bytes().div_ceil(shared.sizes.block as u64);
            if self.feed.seq == n_blocks {
                self.end_of_feed(None);
                continue;
            }
            if self.n_in_flight >= window() {
                return;
            }
            let start = match self.feed.seq {
                0 => Arc::default(),
                _ => self.expected.clone(),
            };
            if self.feed.seq == 0 && n_blocks > 1 {
                self.expected = expected_after_start(shared, self.feed.source_idx);
            }
            self.hand_out(None, start, pool, events);
        }
    }

    fn end_of_feed(&mut self, error: Option<io::Error>) {
        self.ends.push((self.feed.seq, error));
        self.feed = Place { source_idx: self.feed.source_idx + 1, seq: 0 };
    }

    /// Has block `self.feed` parsed.
    fn hand_out(
        &mut self,
        block: Option<Block>,
        start: Arc<Layout>,
        pool: &rayon::Scope<'env>,
        events: &Sender<Event<T>>,
    ) {
        let (shared, place, events) = (self.shared, self.feed, events.clone());
        self.feed.seq += 1;
        self.n_in_flight += 1;
        pool.spawn(move |_| {
            let parsed = catch_unwind(AssertUnwindSafe(|| shared.parse(place, block, start)));
            let event = parsed.map_or_else(Event::Panicked, |done| Event::Parsed(place, done));
            // The calling thread has gone when the scan was broken off.
            events.send(event).ok();
        });
    }

    /// Starts the thread that decompresses a source and cuts it into blocks.
    fn start_cutter<'scope>(
        &mut self,
        source: &'env Source,
        threads: &'scope std::thread::Scope<'scope, 'env>,
        events: &Sender<Event<T>>,
    ) {
        let (recycler, blocks) = channel::<Block>();
        for _ in 0..window() {
            recycler.send(self.shared.take_block()).expect("the receiver is here");
        }
        self.recycler = Some(recycler);
        let (events, sizes) = (events.clone(), self.shared.sizes);
        threads.spawn(move || {
            let error = match source.decompressed() {
                Err(error) => Some(error),
                Ok(reader) => {
                    let mut cutter = Cutter::new(reader, sizes);
                    for mut block in blocks {
                        if !cutter.next(&mut block) || events.send(Event::Cut(block)).is_err() {
                            break;
                        }
                    }
                    cutter.into_error()
                }
            };
            events.send(Event::End(error)).ok();
        });
    }

    fn receive(&mut self, event: Event<T>, pool: &rayon::Scope<'env>, events: &Sender<Event<T>>) {
        match event {
            Event::Parsed(place, done) => {
                self.waiting.insert(place, done);
            }
            Event::Panicked(payload) => resume_unwind(payload),
            Event::Cut(block) => {
                let start = if self.feed.seq == 0 { Arc::default() } else { self.expected.clone() };
                if self.feed.seq == 0 {
                    self.expected = Arc::new(Layout::after_start(
                        &block,
                        self.shared.context.settings(self.feed.source_idx),
                    ));
                }
                self.hand_out(Some(block), start, pool, events);
            }
            Event::End(error) => {
                self.recycler = None;
                self.end_of_feed(error);
            }
        }
    }

    fn commit_all(&mut self) -> Result<ControlFlow<()>, Error> {
        while let Some(done) = self.waiting.remove(&self.place) {
            self.n_in_flight -= 1;
            let parsed = done.parsed.map_err(|source| self.read_error(source))?;
            let parsed = self.parse_again_if_needed(parsed, done.block.as_ref())?;
            if let (Some(recycler), Some(block)) = (&self.recycler, done.block) {
                // The decompressing thread may have come to its end.
                recycler.send(block).ok();
            }
            if self.commit(parsed)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Parses a block again that was parsed from another state than the one before it has left.
    fn parse_again_if_needed(
        &mut self,
        parsed: Parsed<T>,
        block: Option<&Block>,
    ) -> Result<Parsed<T>, Error> {
        if parsed.start.reads_like(&self.layout) {
            return Ok(parsed);
        }
        self.expected = self.layout.clone();
        let (shared, source_idx) = (self.shared, self.place.source_idx);
        if let Some(block) = block {
            return Ok(shared.with_workspace(|workspace| {
                parse(&shared.context, source_idx, block, self.layout.clone(), workspace)
            }));
        }
        let done = shared.parse(self.place, None, self.layout.clone());
        done.parsed.map_err(|source| self.read_error(source))
    }

    /// Folds the block at `self.place`.
    fn commit(&mut self, parsed: Parsed<T>) -> Result<ControlFlow<()>, Error> {
        self.summary.warnings[self.place.source_idx].extend(parsed.warnings);
        self.progress.bytes_done = self.n_bytes_before + parsed.stored_end;
        let mut rejects =
            parsed.rejects.into_iter().map(|bad| (bad.error.after_lines(self.n_lines), bad.raw));
        let first_reject = match self.shared.context.options.strictness {
            Strictness::Strict => rejects.next(),
            Strictness::Lenient => None,
        };
        rejects.for_each(|(error, raw)| self.summary.rejects.push(error, &raw));
        self.progress.n_rejected = self.summary.rejects.total();
        for batch in parsed.batches {
            self.summary.count_rows(batch.rules.header.path(), batch.n_rows);
            self.progress.n_rows = self.summary.n_rows;
            if (self.fold)(batch.value, &self.progress).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if let Some((error, _)) = first_reject {
            return Err(error);
        }
        if let Some(error) = parsed.fatal {
            return Err(error.after_lines(self.n_lines));
        }
        self.n_lines += parsed.n_lines;
        self.n_bytes = parsed.byte_end;
        self.layout = parsed.end;
        self.place.seq += 1;
        Ok(ControlFlow::Continue(()))
    }

    /// Goes on to the next source while the current one is done; true if it was.
    fn finish_sources(&mut self) -> Result<bool, Error> {
        let mut is_finished = false;
        while let Some((n_blocks, error)) = self.ends.get_mut(self.place.source_idx) {
            if self.place.seq != *n_blocks {
                break;
            }
            if let Some(error) = error.take() {
                self.end_early(error)?;
            }
            let source = &self.shared.sources[self.place.source_idx];
            let settings = self.shared.context.settings(self.place.source_idx);
            self.summary.warnings[self.place.source_idx].extend(self.layout.finish(settings)?);
            self.n_bytes_before += source.n_bytes();
            self.progress.bytes_done = self.n_bytes_before;
            self.layout = Arc::default();
            self.n_lines = 0;
            self.n_bytes = 0;
            self.place = Place { source_idx: self.place.source_idx + 1, seq: 0 };
            is_finished = true;
        }
        Ok(is_finished)
    }

    /// A compressed source ends before its end: that is its own fault, unless the bytes could not be read.
    fn end_early(&mut self, error: io::Error) -> Result<(), Error> {
        let is_damaged = matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        ) || error.raw_os_error().is_none();
        if !is_damaged {
            return Err(self.read_error(error));
        }
        let at = Position { line: self.n_lines + 1, byte: self.n_bytes };
        let truncated = Error::Truncated { at };
        if self.shared.context.options.strictness == Strictness::Strict {
            return Err(truncated);
        }
        self.summary.truncated.push((self.place.source_idx, truncated));
        Ok(())
    }

    fn read_error(&self, source: io::Error) -> Error {
        Error::Read { at: Position { line: self.n_lines + 1, byte: self.n_bytes }, source }
    }
}

/// Spares the workers what nobody waits for any more.
struct CancelOnDrop<'a>(&'a AtomicBool);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Blocks in flight at most.
fn window() -> usize {
    4 * rayon::current_num_threads() + 4
}

/// The state that the second block of a source most probably starts from.
fn expected_after_start<M>(shared: &Shared<'_, M>, source_idx: usize) -> Arc<Layout> {
    let source = &shared.sources[source_idx];
    let mut block = shared.take_block();
    // What cannot be read here is told when the first block is read.
    let layout = match block.read(source, 0, shared.sizes) {
        Ok(()) => Layout::after_start(&block, shared.context.settings(source_idx)),
        Err(_) => Layout::default(),
    };
    shared.give_back(block);
    Arc::new(layout)
}

impl<M> Shared<'_, M> {
    fn parse<T>(&self, place: Place, block: Option<Block>, start: Arc<Layout>) -> Done<T>
    where
        M: Fn(Stretch) -> (T, Option<Decoded>),
    {
        let source = &self.sources[place.source_idx];
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Done { parsed: Err(io::Error::other("broken off")), block: None };
        }
        if let Some(block) = block {
            let parsed = self
                .with_workspace(|workspace| parse(&self.context, place.source_idx, &block, start, workspace));
            return Done { parsed: Ok(parsed), block: Some(block) };
        }
        let mut block = self.take_block();
        let parsed = block.read(source, place.seq, self.sizes).map(|()| {
            self.with_workspace(|workspace| parse(&self.context, place.source_idx, &block, start, workspace))
        });
        self.give_back(block);
        Done { parsed, block: None }
    }

    fn with_workspace<R>(&self, work: impl FnOnce(&mut Workspace) -> R) -> R {
        let lock = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        let result = work(&mut workspace);
        lock().push(workspace);
        result
    }

    fn take_block(&self) -> Block {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, block: Block) {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }
}
