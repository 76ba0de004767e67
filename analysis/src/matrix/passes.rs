use super::columns::Columns;
use super::{FeatureColumn, MatrixParams};
use crate::prepare::{draw, survey};
use crate::rows::{Rows, Wanted};
use crate::session::projection_with_text;
use crate::{Error, Intake, Logs, OnProgress, Progress, Sample, Stage, Warning};
use bro_features::{Connection, Windows};
use bro_log::Batch;
use ndarray::{Array2, s};
use std::cell::Cell;
use std::ops::ControlFlow;

/// The features of logs, ready to be read row by row.
///
/// Made in one pass over the logs (two with a sample, one more if scaled); [`read`](Self::read) is another. Memory is
/// that of the batches in flight and of the windows, and 8 bytes for each row of a sample (12 for each row of all where
/// it is stratified). The same rows, seed and parameters give the same
/// bits on any number of threads, and however the rows are spread over files.
///
/// ```
/// use bro_analysis::{FeatureMatrix, Logs, MatrixParams};
/// use bro_features::FeatureSelection;
/// use bro_log::Source;
/// use std::ops::ControlFlow;
///
/// let log = "#separator \\x09\n#path\tconn\n#fields\tuid\tproto\tconn_state\tduration\n#types\tstring\tenum\tstring\tinterval\nCa\ttcp\tSF\t1.5\nCb\tudp\tS0\t-\n";
/// let sources = [Source::from_bytes("conn.log", log.as_bytes().to_vec())];
/// let features = FeatureSelection::Named(vec!["duration".into(), "ct_dst_ltm".into()]);
/// let params = MatrixParams { features, ..MatrixParams::default() };
/// let mut on_progress = |_: &_| ControlFlow::Continue(());
/// let mut matrix = FeatureMatrix::prepare(&Logs::of(&sources), &params, &mut on_progress)?;
/// assert_eq!(matrix.columns()[1].name, "ct_dst_ltm");
/// let mut rows = Vec::new();
/// matrix.read(&mut on_progress, &mut |part| {
///     rows.extend(part.uids.iter().cloned().zip(part.x.rows().into_iter().map(|row| row.to_vec())));
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(rows, [(Some("Ca".to_owned()), vec![1.5, 1.0]), (Some("Cb".to_owned()), vec![0.0, 2.0])]);
/// # Ok::<(), bro_analysis::Error>(())
/// ```
pub struct FeatureMatrix<'a> {
    rows: Rows<'a>,
    columns: Columns,
    scale: Option<Vec<ColumnScale>>,
    sample: Option<Sample>,
    n_cut: u64,
}

/// Some rows of the matrix, in the order of the logs.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRows {
    /// Each row's `uid`.
    pub uids: Vec<Option<String>>,
    /// Their features, shape `(n_rows, n_features)`.
    pub x: Array2<f64>,
}

/// What a batch gives: rows without their windows, and what the windows need of all its rows.
struct Part {
    rows: FeatureRows,
    /// The rows used, by their place in the batch.
    used: Vec<usize>,
    connections: Vec<Connection>,
}

/// Mean and squared deviations of a column, one value after the other.
#[derive(Debug, Clone, Copy, Default)]
struct ColumnScale {
    n: f64,
    mean: f64,
    deviations: f64,
}

impl<'a> FeatureMatrix<'a> {
    /// Reads what the features need to know of the logs as a whole.
    ///
    /// # Errors
    /// [`Error::Parameter`] and [`Error::Features`] for what is wrong with `params`; [`Error::NoLogs`],
    /// [`Error::NoRows`], [`Error::OtherKind`], [`Error::Changed`] and [`Error::Log`] for what is wrong with the logs;
    /// [`Error::Cancelled`] when `on_progress` says so.
    pub fn prepare(
        logs: &Logs<'a>,
        params: &MatrixParams,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, Error> {
        params.validate()?;
        let mut rows = Rows::new(logs)?;
        let sample = draw(&mut rows, params.sample, params.seed, &params.sample_by, on_progress)?;
        let survey = survey(&mut rows, 1, on_progress)?;
        let columns = Columns::new(&survey, &params.features)?;
        let mut matrix = Self { rows, columns, scale: None, sample, n_cut: 0 };
        if params.is_scaled {
            let mut scale = vec![ColumnScale::default(); matrix.columns.described.len()];
            matrix.pass(Stage::Moments, on_progress, &mut |part| {
                for row in part.x.rows() {
                    scale.iter_mut().zip(row).for_each(|(scale, value)| scale.insert(*value));
                }
                ControlFlow::Continue(())
            })?;
            matrix.scale = Some(scale);
        }
        Ok(matrix)
    }

    /// The columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[FeatureColumn] {
        &self.columns.described
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.rows.n_used()
    }

    /// What was read.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        self.rows.intake()
    }

    /// Mean and scale of each column where the matrix is scaled: `(value − mean) / scale` stands in it.
    #[must_use]
    pub fn scale(&self) -> Option<Vec<(f64, f64)>> {
        self.scale.as_ref().map(|scale| scale.iter().map(|scale| (scale.mean, scale.divisor())).collect())
    }

    /// What the reader of the matrix should know; complete once it was read.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.intake().warnings.clone();
        warnings.extend(self.sample.map(|sample| Warning::Sampled { n: sample.n, of: sample.of }));
        if self.n_cut > 0 {
            warnings.push(Warning::WindowsCut { n_rows: self.n_cut });
        }
        warnings
    }

    /// Reads all rows and hands them to `on_rows` in their order, whose answer can cancel.
    ///
    /// # Errors
    /// [`Error::Changed`] and [`Error::Log`] for what is wrong with the logs; [`Error::Cancelled`] when a callback says
    /// so.
    pub fn read(
        &mut self,
        on_progress: OnProgress<'_>,
        on_rows: &mut dyn FnMut(&FeatureRows) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let scale = self.scale();
        self.pass(Stage::Gather, on_progress, &mut |part| {
            if let Some(scale) = &scale {
                for mut row in part.x.rows_mut() {
                    row.iter_mut()
                        .zip(scale)
                        .for_each(|(value, (mean, divisor))| *value = (*value - mean) / divisor);
                }
            }
            on_rows(part)
        })
    }

    /// Reads all rows, windows included.
    fn pass(
        &mut self,
        stage: Stage,
        on_progress: OnProgress<'_>,
        on_rows: &mut dyn FnMut(&mut FeatureRows) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let Self { rows, columns, n_cut, .. } = self;
        let projection = projection_with_text(rows.kind());
        let uid = projection.len() - 1;
        let map = |batch: &Batch<'_>, wanted: Wanted<'_>| columns.part(batch, wanted, uid);
        let mut windows = Windows::default();
        let is_stopped = Cell::new(false);
        let mut on_progress = |progress: &Progress| {
            if is_stopped.get() { ControlFlow::Break(()) } else { on_progress(progress) }
        };
        rows.pass(stage, &projection, &mut on_progress, map, |mut part| {
            columns.add_windows(&mut windows, &mut part);
            if !is_stopped.get() && on_rows(&mut part.rows).is_break() {
                is_stopped.set(true);
            }
        })?;
        *n_cut = windows.n_cut();
        if is_stopped.get() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

impl Columns {
    /// The rows used of a batch, with room for their windows.
    fn part(&self, batch: &Batch<'_>, wanted: Wanted<'_>, uid: usize) -> Part {
        let used: Vec<usize> = wanted.collect();
        let of_rows = self.extractor.matrix_of(batch, used.iter().copied());
        let mut x = Array2::zeros((used.len(), self.described.len()));
        x.slice_mut(s![.., ..of_rows.ncols()]).assign(&of_rows);
        let uids = batch.column(uid);
        let text = |row: &usize| uids.and_then(|column| column.bytes(*row)).map(crate::session::readable);
        let uids = used.iter().map(text).collect();
        // Windows look at every row, whether it is used or not.
        let all = if self.windows.is_empty() { 0..0 } else { 0..batch.n_rows() };
        Part { rows: FeatureRows { uids, x }, connections: self.extractor.connections_of(batch, all), used }
    }

    /// Feeds the windows with all rows of a batch, and fills in what they say of those used.
    fn add_windows(&self, windows: &mut Windows, part: &mut Part) {
        let first = self.described.len() - self.windows.len();
        let mut used = part.used.iter().zip(part.rows.x.rows_mut()).peekable();
        for (row, connection) in part.connections.iter().enumerate() {
            let values = windows.push(connection);
            if let Some((_, mut out)) = used.next_if(|(used, _)| **used == row) {
                let cells = out.iter_mut().skip(first).zip(&self.windows);
                cells.for_each(|(cell, place)| *cell = values[*place]);
            }
        }
    }
}

impl ColumnScale {
    /// Welford's step.
    fn insert(&mut self, value: f64) {
        self.n += 1.0;
        let step = value - self.mean;
        self.mean += step / self.n;
        self.deviations += step * (value - self.mean);
    }

    /// The population standard deviation; 1 for a column that does not vary, within rounding.
    fn divisor(&self) -> f64 {
        let (var, rounding) = (self.deviations / self.n.max(1.0), self.n * f64::EPSILON);
        let is_constant = var <= rounding * var + (rounding * self.mean).powi(2);
        if is_constant { 1.0 } else { var.sqrt() }
    }
}

impl std::fmt::Debug for FeatureMatrix<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeatureMatrix")
            .field("columns", &self.columns())
            .field("n_rows", &self.n_rows())
            .finish()
    }
}
