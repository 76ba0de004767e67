use super::CutParams;
use crate::{Header, Type};

/// What to do with the rows under one header.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) header: Header,
    /// What the rows are written with.
    pub(super) out_separator: Vec<u8>,
    pub(super) steps: Vec<Step>,
    /// Cells that a row must have at least.
    pub(super) n_needed: usize,
}

/// What stands between two separators of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Neighbours that stay neighbours, the last one included.
    Copy { first: usize, last: usize },
    /// A time to convert.
    Time { idx: usize },
    /// A column that the log lacks.
    Nothing,
}

impl Plan {
    pub(super) fn new(params: &CutParams, header: Header, converts_times: bool) -> Self {
        let columns = columns(params, &header);
        let out_separator = params.separator.clone().unwrap_or_else(|| header.separator().to_vec());
        let joins = out_separator == header.separator();
        let n_needed = 1 + columns.iter().flatten().max().copied().unwrap_or(0);
        let mut steps = Vec::with_capacity(columns.len());
        for column in columns {
            let is_time = |idx: usize| converts_times && header.schema().fields()[idx].ty() == Type::TIME;
            match (column, steps.last_mut()) {
                (None, _) => steps.push(Step::Nothing),
                (Some(idx), _) if is_time(idx) => steps.push(Step::Time { idx }),
                (Some(idx), Some(Step::Copy { last, .. })) if joins && *last + 1 == idx => *last = idx,
                (Some(idx), _) => steps.push(Step::Copy { first: idx, last: idx }),
            }
        }
        Self { header, out_separator, steps, n_needed }
    }
}

/// Columns of the log in the order of the output, `None` for one that the log lacks.
fn columns(params: &CutParams, header: &Header) -> Vec<Option<usize>> {
    let schema = header.schema();
    if params.fields.is_empty() {
        return (0..schema.len()).map(Some).collect();
    }
    if !params.is_negated {
        return params.fields.iter().map(|name| schema.index_of(name)).collect();
    }
    let is_kept = |idx: &usize| !params.fields.iter().any(|name| name == schema.fields()[*idx].name());
    (0..schema.len()).filter(is_kept).map(Some).collect()
}
