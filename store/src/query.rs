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
    rejects::{BadLine, RejectFeed, paths_of_rejects},
    render::Renderer,
    sessions::{Kind, Search, StoredRow},
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
            let search = Search { ids, filter, dataset_id, limit: (limit + 1 - rows.len()) as i64 };
            let found = kind.load(&mut self.connection, &search);
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

    /// How the database finds the first page of what [`sessions`](Self::sessions) would give, in its own words: the lines of
    /// `EXPLAIN`. For people who wonder why a filter is slow.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn session_plan(
        &mut self,
        dataset: &str,
        path: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let blocks = self.blocks_of(dataset_id, Some(path), filter)?;
        let Some((kind, ids)) = joined(&blocks, None).into_iter().next() else { return Ok(Vec::new()) };
        let search = Search { ids, filter, dataset_id, limit: (limit + 1) as i64 };
        let plan = kind.plan(&mut self.connection, &search);
        plan.map_err(Error::query("explain the query"))
    }

    /// A dataset's rows that the filter asks for as one log, to be read as its bytes come: the logs in the order of their
    /// import, with a new header wherever it changes. With `path`, only rows of this path.
    ///
    /// The log has default separators and markers, and holds the same values as the logs imported; rows that could not
    /// be read are not in it. Memory is bounded by a block.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    ///
    /// ```
    /// use std::{io::Read, ops::ControlFlow};
    /// use bro_store::{Filter, ImportOptions, Store};
    ///
    /// let log = b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n1.500000\tC1\n";
    /// let logs = [bro_log::Source::from_bytes("conn.log", log.to_vec())];
    /// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
    /// store.import("monday", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    /// let mut exported = String::new();
    /// store.export("monday", Some("conn"), &Filter::default())?.read_to_string(&mut exported)?;
    /// assert!(exported.ends_with("\n1.500000\tC1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(
        &mut self,
        dataset: &str,
        path: Option<&str>,
        filter: &Filter,
    ) -> Result<Export<'_>, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let blocks = self.blocks_of(dataset_id, path, filter)?;
        Ok(Export::new(self, dataset_id, blocks, filter.clone()))
    }

    /// A dataset's logs as inputs for an analysis, one for each log imported that has rows of these paths (of any, if
    /// there are none), whole and under its name. Rows that could not be read stand where they stood, so that an analysis
    /// gives the same answer, to the bit, as one of the logs themselves. Only places (lines and bytes) are those of the
    /// log as it is written here, and of more than 10,000 bad rows next to each other, those beyond are left out.
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
            let mut found = own.iter().map(|block| block.path.clone()).collect::<Vec<_>>();
            if own.is_empty() && source.n_rejected > 0 {
                found = paths_of_rejects(&mut self.connection, source.id)
                    .map_err(Error::query("read the rejects"))?;
            }
            let is_wanted = |path: &Option<String>| {
                paths.is_empty() || paths.contains(&path.as_deref().unwrap_or_default())
            };
            if !found.iter().any(is_wanted) {
                continue;
            }
            let mut export = Export::new(self, dataset_id, own, Filter::default());
            export.rejects = (source.n_rejected > 0).then(|| RejectFeed::of(source.id));
            let log = Source::from_reader(source.name.as_str(), export);
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
struct Renderers {
    headers: HashMap<i64, Rc<str>>,
    renderers: HashMap<i64, Rc<Renderer>>,
}

impl Renderers {
    fn header(&mut self, store: &mut Store, layout_id: i64) -> Result<Rc<str>, Error> {
        if let Some(header) = self.headers.get(&layout_id) {
            return Ok(Rc::clone(header));
        }
        let layout = load_layout(&mut store.connection, layout_id);
        let header: Rc<str> = layout.map_err(Error::query("read the header"))?.1.into();
        self.headers.insert(layout_id, Rc::clone(&header));
        Ok(header)
    }

    fn of(&mut self, store: &mut Store, block: &BlockRow) -> Result<Rc<Renderer>, Error> {
        if let Some(renderer) = self.renderers.get(&block.layout_id) {
            return Ok(Rc::clone(renderer));
        }
        let header = self.header(store, block.layout_id)?;
        let renderer = Rc::new(Renderer::new(block.kind, &header));
        self.renderers.insert(block.layout_id, Rc::clone(&renderer));
        Ok(renderer)
    }
}

/// A dataset as a log; see [`Store::export`].
pub struct Export<'a> {
    store: &'a mut Store,
    dataset_id: i64,
    filter: Filter,
    blocks: VecDeque<BlockRow>,
    /// Rows that could not be read, where they are wanted.
    rejects: Option<RejectFeed>,
    renderers: Renderers,
    /// The layout under the last header written.
    layout_id: Option<i64>,
    /// Where the first block goes on.
    next_id: i64,
    text: Vec<u8>,
    at: usize,
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("n_blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    const PAGE: usize = 10_000;

    fn new(store: &'a mut Store, dataset_id: i64, blocks: Vec<BlockRow>, filter: Filter) -> Self {
        Self {
            store,
            dataset_id,
            filter,
            blocks: blocks.into(),
            rejects: None,
            renderers: Renderers::default(),
            layout_id: None,
            next_id: 0,
            text: Vec::new(),
            at: 0,
        }
    }

    /// Replaces `text` by the next rows; leaves it empty at the end.
    fn next_page(&mut self) -> Result<(), Error> {
        self.text.clear();
        self.at = 0;
        while let Some(block) = self.blocks.front().cloned() {
            let rows = self.next_rows(&block)?;
            if rows.is_empty() {
                self.blocks.pop_front();
                continue;
            }
            let renderer = self.renderers.of(self.store, &block)?;
            for row in &rows {
                self.put_rejects_before(block.first_row + row.id - block.ids().start)?;
                self.put_header(block.layout_id)?;
                renderer.line(row, &mut self.text);
            }
            return Ok(());
        }
        self.put_rejects_before(i64::MAX)
    }

    /// Up to a page of rows of this block behind those that were written.
    fn next_rows(&mut self, block: &BlockRow) -> Result<Vec<StoredRow>, Error> {
        let ids = block.ids();
        let ids = ids.start.max(self.next_id)..ids.end;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (connection, limit) = (&mut self.store.connection, Self::PAGE as i64);
        let search = Search { ids: ids.clone(), filter: &self.filter, dataset_id: self.dataset_id, limit };
        let rows = block.kind.load(connection, &search);
        let rows = rows.map_err(Error::query("read the rows"))?;
        let expected = limit.min(ids.end - ids.start);
        if self.filter == Filter::default() && rows.len() as i64 != expected {
            return Err(Error::RowsMissing { n_missing: expected as u64 - rows.len() as u64 });
        }
        let is_page_full = rows.len() == Self::PAGE;
        self.next_id = rows.last().filter(|_| is_page_full).map_or(ids.end, |row| row.id + 1);
        Ok(rows)
    }

    fn put_header(&mut self, layout_id: i64) -> Result<(), Error> {
        if self.layout_id.replace(layout_id) != Some(layout_id) {
            let header = self.renderers.header(self.store, layout_id)?;
            self.text.extend_from_slice(header.as_bytes());
        }
        Ok(())
    }

    /// Writes the bad rows that stand before a row of the log.
    fn put_rejects_before(&mut self, row_no: i64) -> Result<(), Error> {
        let Some(mut rejects) = self.rejects.take() else { return Ok(()) };
        while let Some(BadLine { layout_id, line, .. }) =
            rejects.next_before(&mut self.store.connection, row_no)?
        {
            if let Some(layout_id) = layout_id {
                self.put_header(layout_id)?;
            }
            // A line that would be taken for a header's keeps its meaning as an escape.
            let (start, rest) =
                line.strip_prefix(b"#").map_or((&b""[..], &line[..]), |rest| (br"\x23", rest));
            self.text.extend_from_slice(start);
            self.text.extend_from_slice(rest);
            self.text.push(b'\n');
        }
        self.rejects = Some(rejects);
        Ok(())
    }
}

impl Read for Export<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.next_page().map_err(io::Error::other)?;
        }
        let n_read = (&self.text[self.at..]).read(buffer)?;
        self.at += n_read;
        Ok(n_read)
    }
}
