//! Rows of datasets: pages of those that a filter asks for, and whole logs written out again.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Read},
    ops::Range,
    rc::Rc,
};

use bro_log::{Field, Source};

use crate::{
    datasets::{BlockRow, load_blocks, load_layout, load_sources},
    error::Error,
    filter::Filter,
    render::Renderer,
    sessions::{Kind, StoredRow},
    store::Store,
};

/// A row's place in its dataset, to ask for the rows behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub i64);

/// Some rows of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The rows, in the order of their logs.
    pub rows: Vec<SessionRow>,
    /// Where the next page starts, `None` after the last row.
    pub next: Option<Cursor>,
}

/// One row, its cells as a log's writer would write them: `-` is unset, `(empty)` empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRow {
    /// Its place.
    pub cursor: Cursor,
    /// Each field of its log and its cell.
    pub cells: Vec<(String, String)>,
}

impl SessionRow {
    /// The cell of a field.
    #[must_use]
    pub fn cell(&self, field: &str) -> Option<&str> {
        self.cells.iter().find(|(name, _)| name == field).map(|(_, cell)| cell.as_str())
    }
}

impl Store {
    /// Up to `limit` rows of a dataset's logs of this path that the filter asks for, behind `after`, in the order of the
    /// logs.
    ///
    /// Time linear in the page where an index serves the filter (hosts, `uid`, label, run; times by block), else in the
    /// rows looked at.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn sessions(
        &mut self,
        dataset: &str,
        path: &str,
        filter: &Filter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let blocks = self.blocks_of(dataset_id, Some(path), filter)?;
        let mut renderers = Renderers::default();
        let mut rows = Vec::new();
        // One row more tells whether there is a next page.
        for (kind, ids) in joined(&blocks, after) {
            let wanted = (limit + 1 - rows.len()) as i64;
            let found = kind.load(&mut self.connection, ids, filter, dataset_id, wanted);
            rows.extend(found.map_err(Error::query("read the rows"))?);
            if rows.len() > limit {
                break;
            }
        }
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(|row| Cursor(row.id));
        let rows = rows.iter().map(|row| self.session_row(row, &blocks, &mut renderers));
        Ok(Page { rows: rows.collect::<Result<_, _>>()?, next })
    }

    /// A dataset's rows as one log, to be read as its bytes come: the logs in the order of their import, with a new header
    /// wherever it changes. With `path`, only rows of this path.
    ///
    /// The log has default separators and markers, and holds the same values as the logs imported. Memory is bounded.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    ///
    /// ```
    /// use std::{io::Read, ops::ControlFlow};
    /// use bro_store::{ImportOptions, Store};
    ///
    /// let log = b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n1.500000\tC1\n";
    /// let logs = [bro_log::Source::from_bytes("conn.log", log.to_vec())];
    /// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
    /// store.import("monday", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    /// let mut exported = String::new();
    /// store.export("monday", Some("conn"))?.read_to_string(&mut exported)?;
    /// assert!(exported.ends_with("\n1.500000\tC1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&mut self, dataset: &str, path: Option<&str>) -> Result<Export<'_>, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let blocks = self.blocks_of(dataset_id, path, &Filter::default())?;
        Ok(Export::new(self, dataset_id, blocks))
    }

    /// A dataset's logs as inputs for an analysis, one for each log imported that has rows of these paths (of any, if
    /// there are none), whole and under its name. An analysis of them gives the same answer, to the bit, as one of the
    /// logs themselves.
    ///
    /// Each is spooled into an unlinked temporary file.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database, [`Error::Log`] if a temporary file cannot be written.
    pub fn dataset_logs(&mut self, dataset: &str, paths: &[&str]) -> Result<Vec<Source>, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let sources =
            load_sources(&mut self.connection, dataset_id).map_err(Error::query("read the dataset"))?;
        let mut blocks = self.blocks_of(dataset_id, None, &Filter::default())?;
        let mut logs = Vec::new();
        for source in sources {
            let own = blocks.extract_if(.., |block| block.source_id == source.id).collect::<Vec<_>>();
            let is_of_path = |path: &str| paths.is_empty() || paths.contains(&path);
            if !own.iter().any(|block| is_of_path(block.path.as_deref().unwrap_or_default())) {
                continue;
            }
            let log = Source::from_reader(source.name.as_str(), Export::new(self, dataset_id, own));
            logs.push(log.map_err(|error| Error::Log { name: source.name, source: error })?);
        }
        Ok(logs)
    }

    /// The blocks of a dataset's rows of a path that may hold what the filter asks for, in order.
    fn blocks_of(
        &mut self,
        dataset_id: i64,
        path: Option<&str>,
        filter: &Filter,
    ) -> Result<Vec<BlockRow>, Error> {
        let failed = Error::query("read the dataset");
        let mut wanted = Vec::new();
        for source in load_sources(&mut self.connection, dataset_id).map_err(&failed)? {
            let mut blocks = load_blocks(&mut self.connection, source.id).map_err(&failed)?;
            blocks.retain(|block| {
                (path.is_none() || block.path.as_deref() == path) && filter.may_hold_in(block)
            });
            wanted.append(&mut blocks);
        }
        Ok(wanted)
    }

    fn session_row(
        &mut self,
        row: &StoredRow,
        blocks: &[BlockRow],
        renderers: &mut Renderers,
    ) -> Result<SessionRow, Error> {
        let block_idx = blocks.partition_point(|block| block.ids().end <= row.id);
        let renderer = renderers.of(self, &blocks[block_idx])?;
        let names = renderer.schema().fields().iter().map(Field::name).map(str::to_owned);
        Ok(SessionRow { cursor: Cursor(row.id), cells: names.zip(renderer.cells(row)).collect() })
    }
}

/// The ids of blocks behind a place, those next to each other in one range.
fn joined(blocks: &[BlockRow], after: Option<Cursor>) -> Vec<(Kind, Range<i64>)> {
    let mut ranges: Vec<(Kind, Range<i64>)> = Vec::new();
    for block in blocks {
        let ids = block.ids();
        let ids = after.map_or(ids.start, |after| ids.start.max(after.0 + 1))..ids.end;
        match ranges.last_mut() {
            _ if ids.is_empty() => {}
            Some((kind, last)) if *kind == block.kind && last.end == ids.start => last.end = ids.end,
            _ => ranges.push((block.kind, ids)),
        }
    }
    ranges
}

/// Header lines and renderers, by layout.
#[derive(Default)]
struct Renderers(HashMap<i64, (Rc<str>, Rc<Renderer>)>);

impl Renderers {
    fn of(&mut self, store: &mut Store, block: &BlockRow) -> Result<Rc<Renderer>, Error> {
        self.with_header(store, block).map(|(_, renderer)| renderer)
    }

    fn with_header(&mut self, store: &mut Store, block: &BlockRow) -> Result<(Rc<str>, Rc<Renderer>), Error> {
        if let Some((header, renderer)) = self.0.get(&block.layout_id) {
            return Ok((Rc::clone(header), Rc::clone(renderer)));
        }
        let layout = load_layout(&mut store.connection, block.layout_id);
        let (_, header) = layout.map_err(Error::query("read the header"))?;
        let made = (Rc::from(header.as_str()), Rc::new(Renderer::new(block.kind, &header)));
        self.0.insert(block.layout_id, made.clone());
        Ok(made)
    }
}

/// A dataset as a log; see [`Store::export`].
pub struct Export<'a> {
    store: &'a mut Store,
    dataset_id: i64,
    blocks: VecDeque<BlockRow>,
    renderers: Renderers,
    /// The layout under the last header written.
    layout_id: Option<i64>,
    /// Rows of the first block that were written.
    n_written: i64,
    text: String,
    at: usize,
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("n_blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    const PAGE: i64 = 10_000;

    fn new(store: &'a mut Store, dataset_id: i64, blocks: Vec<BlockRow>) -> Self {
        Self {
            store,
            dataset_id,
            blocks: blocks.into(),
            renderers: Renderers::default(),
            layout_id: None,
            n_written: 0,
            text: String::new(),
            at: 0,
        }
    }

    /// Replaces `text` by the next rows; leaves it empty at the end.
    fn next_page(&mut self) -> Result<(), Error> {
        self.text.clear();
        self.at = 0;
        while let Some(block) = self.blocks.front().cloned() {
            let ids = block.ids();
            let start = ids.start + self.n_written;
            if start >= ids.end {
                self.blocks.pop_front();
                self.n_written = 0;
                continue;
            }
            let end = ids.end.min(start + Self::PAGE);
            let (header, renderer) = self.renderers.with_header(self.store, &block)?;
            if self.layout_id.replace(block.layout_id) != Some(block.layout_id) {
                self.text.push_str(&header);
            }
            let filter = Filter::default();
            let connection = &mut self.store.connection;
            let rows = block.kind.load(connection, start..end, &filter, self.dataset_id, end - start);
            let rows = rows.map_err(Error::query("read the rows"))?;
            if rows.len() as i64 != end - start {
                return Err(Error::RowsMissing { n_missing: (end - start) as u64 - rows.len() as u64 });
            }
            rows.iter().for_each(|row| renderer.line(row, &mut self.text));
            self.n_written += end - start;
            return Ok(());
        }
        Ok(())
    }
}

impl Read for Export<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.next_page().map_err(io::Error::other)?;
        }
        let n_read = (&self.text.as_bytes()[self.at..]).read(buffer)?;
        self.at += n_read;
        Ok(n_read)
    }
}
