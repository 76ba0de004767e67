//! The cells of many lines found at once, in the buffer that a reader's input lends.

use memchr::memchr;
use pulp::Arch;

use crate::columns::separators::Separators;

/// A window onto the input's buffer, from its first byte on, in which all separators and line ends are known.
///
/// A line that needs more care than a plain row ends the window; the next one is small and grows again, so that a log
/// of nothing but such lines is not searched over and over.
#[derive(Debug)]
pub(crate) struct Ahead {
    found: Separators,
    arch: Arch,
    /// Lines of the window that are done with.
    n_lines: usize,
    /// The cell ends before the next line: those of the lines that are done with.
    n_ends: usize,
    /// Where the next line starts.
    start: usize,
    window_bytes: usize,
    /// Whether there is a backslash in the window.
    has_escapes: bool,
}

/// A plain row in the window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AheadRow {
    /// Where the row starts and ends in the buffer.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Which cell end is its first.
    pub(crate) first_end: usize,
}

const MIN_WINDOW: usize = 1 << 12;
const MAX_WINDOW: usize = 1 << 16;

impl Default for Ahead {
    fn default() -> Self {
        Self {
            found: Separators::default(),
            arch: Arch::new(),
            n_lines: 0,
            n_ends: 0,
            start: 0,
            window_bytes: MIN_WINDOW,
            has_escapes: false,
        }
    }
}

impl Ahead {
    /// Whether no line of the window is left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.n_lines == self.found.newlines().len()
    }

    /// Whether rows of the window may have a backslash.
    #[inline]
    pub(crate) fn has_escapes(&self) -> bool {
        self.has_escapes
    }

    /// The ends of the cells of a row, counted from the buffer's first byte.
    #[inline]
    pub(crate) fn ends(&self, first_end: usize, n_cells: usize) -> &[u32] {
        &self.found.ends()[first_end..first_end + n_cells]
    }

    /// Opens a window at the buffer's first byte.
    pub(crate) fn look(&mut self, buffer: &[u8], separator: u8) {
        let window = &buffer[..buffer.len().min(self.window_bytes)];
        self.found.find(self.arch, window, 0, separator, 0);
        self.has_escapes = memchr(b'\\', window).is_some();
        self.window_bytes = (2 * self.window_bytes).min(MAX_WINDOW);
        // The first place stands before the first cell.
        (self.n_lines, self.n_ends, self.start) = (0, 1, 0);
    }

    /// The next line, if it has `n_cells` cells, at most `max_line` bytes, and does not start with `prefix`; else the window is closed, and the
    /// line starts at [`start`](Self::start).
    #[inline]
    pub(crate) fn next_row(
        &mut self,
        buffer: &[u8],
        n_cells: usize,
        prefix: u8,
        max_line: usize,
    ) -> Option<AheadRow> {
        let end = *self.found.newlines().get(self.n_lines)?;
        let (start, last) = (self.start, self.n_ends + n_cells - 1);
        let is_row = self.found.ends().get(last) == Some(&end)
            && start < end as usize
            && end as usize - start <= max_line
            && buffer[start] != prefix
            && buffer[start] != b'\r';
        if !is_row {
            self.close();
            return None;
        }
        let row = AheadRow { start, end: end as usize, first_end: self.n_ends };
        self.n_lines += 1;
        self.n_ends += n_cells;
        self.start = end as usize + 1;
        if buffer[end as usize - 1] == b'\r' {
            self.found.shorten(last);
            return Some(AheadRow { end: row.end - 1, ..row });
        }
        Some(row)
    }

    /// Where the next line starts in the buffer.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    #[cold]
    fn close(&mut self) {
        self.n_lines = self.found.newlines().len();
        self.window_bytes = MIN_WINDOW;
    }
}
