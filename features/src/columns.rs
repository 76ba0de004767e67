use crate::detail::Details;
use crate::{ConnState, Flow, ImputedFlow, Proto};
use bro_log::{Batch, Bitmap, Column, Dictionary, Projection};
use std::net::IpAddr;

/// The columns of a batch that the features are made from, found by name once for all its rows.
///
/// A column that the log lacks, or that has another type there than Zeek's, counts as unset.
#[derive(Debug)]
pub(crate) struct FlowColumns<'a> {
    proto: Vec<Proto>,
    proto_codes: Option<Codes<'a>>,
    states: Vec<ConnState>,
    state_codes: Option<Codes<'a>>,
    service: Option<Codes<'a>>,
    orig_h: Option<Cells<'a, IpAddr>>,
    resp_p: Option<Cells<'a, u16>>,
    duration: Option<Cells<'a, i64>>,
    counts: [Option<Cells<'a, u64>>; N_COUNTS],
    history: Option<&'a Column>,
    resp_h: Option<Cells<'a, IpAddr>>,
    orig_p: Option<Cells<'a, u16>>,
    ts: Option<Cells<'a, i64>>,
}

/// The `count` columns, in the order in which [`FlowColumns`] keeps them.
const COUNTS: [&str; N_COUNTS] =
    ["orig_bytes", "resp_bytes", "missed_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes"];
const N_COUNTS: usize = 7;
const FIRST_COUNT: usize = 7;

#[derive(Debug, Clone, Copy)]
struct Cells<'a, T> {
    values: &'a [T],
    present: &'a Bitmap,
}

impl<T: Copy> Cells<'_, T> {
    fn get(&self, row: usize) -> Option<T> {
        self.present.get(row).then(|| self.values[row])
    }
}

#[derive(Debug, Clone, Copy)]
struct Codes<'a> {
    dictionary: &'a Dictionary,
    present: &'a Bitmap,
}

impl Codes<'_> {
    fn get(&self, row: usize) -> Option<usize> {
        self.present.get(row).then(|| self.dictionary.codes()[row] as usize)
    }
}

/// The columns to ask of [`bro_log::scan`], in the order [`FlowColumns::of`] expects.
pub(crate) fn projection() -> Projection {
    let named = Projection::new()
        .dictionary("proto")
        .dictionary("conn_state")
        .dictionary("service")
        .field("id.orig_h")
        .field("id.resp_p")
        .field("duration")
        .dictionary("history");
    COUNTS.iter().fold(named, |projection, name| projection.field(name))
}

/// The columns of [`projection`] and those that only details need, in the order [`FlowColumns::detailed`] expects.
pub(crate) fn full_projection() -> Projection {
    projection().field("id.resp_h").field("id.orig_p").field("ts")
}

impl<'a> FlowColumns<'a> {
    /// Looks up the columns of a batch that was read with [`full_projection`].
    pub(crate) fn detailed(batch: &'a Batch<'_>) -> Self {
        Self {
            resp_h: cells(batch.column(FIRST_COUNT + N_COUNTS), Column::as_addr),
            orig_p: cells(batch.column(FIRST_COUNT + N_COUNTS + 1), Column::as_port),
            ts: cells(batch.column(FIRST_COUNT + N_COUNTS + 2), Column::as_micros),
            ..Self::of(batch)
        }
    }

    /// Looks up the columns of a batch that was read with [`projection`].
    pub(crate) fn of(batch: &'a Batch<'_>) -> Self {
        let proto_codes = codes(batch.column(0));
        let state_codes = codes(batch.column(1));
        let values = |codes: Option<Codes<'a>>| codes.into_iter().flat_map(|codes| codes.dictionary.values());
        Self {
            proto: values(proto_codes).map(Proto::parse).collect(),
            proto_codes,
            states: values(state_codes).map(ConnState::parse).collect(),
            state_codes,
            service: codes(batch.column(2)),
            orig_h: cells(batch.column(3), Column::as_addr),
            resp_p: cells(batch.column(4), Column::as_port),
            duration: cells(batch.column(5), Column::as_micros),
            history: batch.column(6),
            resp_h: None,
            orig_p: None,
            ts: None,
            counts: std::array::from_fn(|i| cells(batch.column(FIRST_COUNT + i), Column::as_count)),
        }
    }

    /// The distinct services of the batch; [`service`](Self::service) answers with their indices.
    pub(crate) fn services(&self) -> impl Iterator<Item = &'a [u8]> {
        self.service.into_iter().flat_map(|codes| codes.dictionary.values())
    }

    /// Index of the row's service among [`services`](Self::services), `None` if unset or empty.
    pub(crate) fn service(&self, row: usize) -> Option<usize> {
        self.service.and_then(|codes| codes.get(row))
    }

    /// One row.
    pub(crate) fn flow(&self, row: usize) -> Flow {
        let [orig_bytes, resp_bytes, missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes] =
            std::array::from_fn(|i| self.counts[i].and_then(|cells| cells.get(row)));
        let duration = self.duration.and_then(|cells| cells.get(row));
        let has_gap = duration.is_none() || orig_bytes.is_none() || resp_bytes.is_none();
        let history = if has_gap { self.history.and_then(|column| column.bytes(row)) } else { None };
        let sent = |letter: u8| history.is_some_and(|letters| letters.contains(&letter));
        Flow {
            proto: self.category(self.proto_codes, &self.proto, row).unwrap_or(Proto::Other),
            conn_state: self.category(self.state_codes, &self.states, row).unwrap_or(ConnState::parse(b"")),
            ipv6: has_gap && self.orig_h.and_then(|cells| cells.get(row)).is_some_and(|addr| addr.is_ipv6()),
            resp_p: self.resp_p.and_then(|cells| cells.get(row)),
            duration,
            orig_bytes,
            resp_bytes,
            missed_bytes,
            orig_pkts,
            orig_ip_bytes,
            resp_pkts,
            resp_ip_bytes,
            orig_sent_data: sent(b'D'),
            resp_sent_data: sent(b'd'),
        }
    }

    /// What the features that have to be named need of a row besides.
    pub(crate) fn details<'f>(&'f self, row: usize, flow: &'f ImputedFlow) -> Details<'f> {
        Details {
            flow,
            ts: self.ts.and_then(|cells| cells.get(row)),
            orig_h: self.orig_h.and_then(|cells| cells.get(row)),
            orig_p: self.orig_p.and_then(|cells| cells.get(row)),
            resp_h: self.resp_h.and_then(|cells| cells.get(row)),
            history: self.history.and_then(|column| column.bytes(row)).unwrap_or_default(),
        }
    }

    fn category<T: Copy>(&self, codes: Option<Codes<'_>>, parsed: &[T], row: usize) -> Option<T> {
        codes.and_then(|codes| codes.get(row)).map(|code| parsed[code])
    }
}

fn codes(column: Option<&Column>) -> Option<Codes<'_>> {
    let column = column?;
    Some(Codes { dictionary: column.as_dictionary()?, present: column.present() })
}

fn cells<T>(column: Option<&Column>, values: impl Fn(&Column) -> Option<&[T]>) -> Option<Cells<'_, T>> {
    let column = column?;
    Some(Cells { values: values(column)?, present: column.present() })
}
