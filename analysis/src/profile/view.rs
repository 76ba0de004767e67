use super::numbers::{DURATION, N_NUMBERS, NAMES, Numbers};
use bro_features::{ConnState, Flow, Proto};
use bro_log::{Batch, Bitmap, Column, Dictionary, Projection, Values};
use std::net::IpAddr;

/// The columns of a batch that the profile looks at.
#[derive(Debug)]
pub(super) struct View<'a> {
    protos: Vec<Proto>,
    states: Vec<ConnState>,
    proto: Codes<'a>,
    state: Codes<'a>,
    pub(super) service: Codes<'a>,
    pub(super) history: Codes<'a>,
    pub(super) tunnel: Option<&'a Column>,
    ts: Cells<'a, i64>,
    orig_h: Cells<'a, IpAddr>,
    resp_h: Cells<'a, IpAddr>,
    orig_p: Cells<'a, u16>,
    resp_p: Cells<'a, u16>,
    local_orig: Cells<'a, bool>,
    local_resp: Cells<'a, bool>,
    duration: Cells<'a, i64>,
    counts: [Cells<'a, u64>; N_NUMBERS - 1],
    pub(super) uid: Option<&'a Column>,
    pub(super) label: Codes<'a>,
}

/// One row of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) ts: Option<i64>,
    pub(super) orig_h: Option<IpAddr>,
    pub(super) resp_h: Option<IpAddr>,
    pub(super) orig_p: Option<u16>,
    pub(super) resp_p: Option<u16>,
    pub(super) local_orig: Option<bool>,
    pub(super) local_resp: Option<bool>,
    pub(super) proto: Proto,
    pub(super) state: ConnState,
    /// Index into the batch's services.
    pub(super) service: Option<usize>,
    /// Index into the batch's histories.
    pub(super) history: Option<usize>,
    pub(super) numbers: Numbers,
}

#[derive(Debug, Clone, Copy)]
struct Cells<'a, T>(Option<(&'a [T], &'a Bitmap)>);

impl<T: Copy> Cells<'_, T> {
    fn get(&self, row: usize) -> Option<T> {
        let (values, present) = self.0?;
        present.get(row).then(|| values[row])
    }
}

/// The codes of a dictionary column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes<'a>(Option<(&'a Dictionary, &'a Bitmap)>);

impl<'a> Codes<'a> {
    pub(super) fn get(&self, row: usize) -> Option<usize> {
        let (dictionary, present) = self.0?;
        present.get(row).then(|| dictionary.codes()[row] as usize)
    }

    /// The distinct values, by code.
    pub(super) fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.0.into_iter().flat_map(|(dictionary, _)| dictionary.values())
    }

    pub(super) fn n_values(&self) -> usize {
        self.0.map_or(0, |(dictionary, _)| dictionary.n_values())
    }

    /// The value of a code of this batch.
    pub(super) fn value(&self, code: usize) -> &'a [u8] {
        self.0.map_or(&[], |(dictionary, _)| dictionary.value(code as u32))
    }
}

const OTHERS: [&str; 12] = [
    "proto",
    "conn_state",
    "service",
    "history",
    "ts",
    "id.orig_h",
    "id.resp_h",
    "id.orig_p",
    "id.resp_p",
    "local_orig",
    "local_resp",
    "tunnel_parents",
];
const N_DICTIONARIES: usize = 4;
const UID: usize = OTHERS.len() + N_NUMBERS;

/// The columns every pass asks for; `proto` and `conn_state` come first, as [`Intake`](crate::Intake) expects.
pub(super) fn projection() -> Projection {
    let mut projection = Projection::new();
    for name in &OTHERS[..N_DICTIONARIES] {
        projection = projection.dictionary(name);
    }
    let rest = OTHERS[N_DICTIONARIES..].iter().chain(&NAMES);
    rest.fold(projection, |projection, name| projection.field(name))
}

/// Those, the `uid` and the label, if there is a column of it: text, which rejects no row.
pub(super) fn projection_with_text(label: Option<&str>) -> Projection {
    let projection = projection().field("uid");
    label.into_iter().fold(projection, |projection, name| projection.dictionary(name))
}

impl<'a> View<'a> {
    /// Looks at a batch read with [`projection`] or [`projection_with_text`].
    pub(super) fn of(batch: &'a Batch<'_>, columns: &Projection) -> Self {
        let column = |index: usize| batch.column(index);
        let first = OTHERS.len();
        let (proto, state) = (codes(column(0)), codes(column(1)));
        Self {
            protos: proto.values().map(Proto::parse).collect(),
            states: state.values().map(ConnState::parse).collect(),
            proto,
            state,
            service: codes(column(2)),
            history: codes(column(3)),
            ts: cells(column(4), Column::as_micros),
            orig_h: cells(column(5), Column::as_addr),
            resp_h: cells(column(6), Column::as_addr),
            orig_p: cells(column(7), Column::as_port),
            resp_p: cells(column(8), Column::as_port),
            local_orig: cells(column(9), as_bool),
            local_resp: cells(column(10), as_bool),
            tunnel: column(11),
            duration: cells(column(first), Column::as_micros),
            counts: std::array::from_fn(|i| cells(column(first + 1 + i), Column::as_count)),
            uid: if columns.len() > UID { column(UID) } else { None },
            label: if columns.len() > UID + 1 { codes(column(UID + 1)) } else { Codes(None) },
        }
    }

    pub(super) fn row(&self, row: usize) -> Row {
        let mut numbers = Numbers::default();
        if let Some(duration) = self.duration.get(row) {
            numbers.set(DURATION, u64::try_from(duration).unwrap_or(0));
        }
        for (i, cells) in self.counts.iter().enumerate() {
            if let Some(count) = cells.get(row) {
                numbers.set(i + 1, count);
            }
        }
        Row {
            ts: self.ts.get(row),
            orig_h: self.orig_h.get(row),
            resp_h: self.resp_h.get(row),
            orig_p: self.orig_p.get(row),
            resp_p: self.resp_p.get(row),
            local_orig: self.local_orig.get(row),
            local_resp: self.local_resp.get(row),
            proto: self.proto.get(row).map_or(Proto::Other, |code| self.protos[code]),
            state: self.state.get(row).map_or(ConnState::parse(b""), |code| self.states[code]),
            service: self.service.get(row).filter(|code| !self.service.value(*code).is_empty()),
            history: self.history.get(row),
            numbers,
        }
    }

    /// The row as the features see it, to fill its gaps.
    pub(super) fn flow(&self, row: &Row) -> Flow {
        let letters = row.history.map_or(&b""[..], |code| self.history.value(code));
        Flow {
            proto: row.proto,
            conn_state: row.state,
            ipv6: row.orig_h.is_some_and(|addr| addr.is_ipv6()),
            resp_p: row.resp_p,
            duration: row.numbers.get(DURATION).map(|micros| micros as i64),
            orig_bytes: row.numbers.get(super::numbers::ORIG_BYTES),
            resp_bytes: row.numbers.get(super::numbers::RESP_BYTES),
            missed_bytes: row.numbers.get(super::numbers::MISSED_BYTES),
            orig_pkts: row.numbers.get(super::numbers::ORIG_PKTS),
            orig_ip_bytes: row.numbers.get(super::numbers::ORIG_IP_BYTES),
            resp_pkts: row.numbers.get(super::numbers::RESP_PKTS),
            resp_ip_bytes: row.numbers.get(super::numbers::RESP_IP_BYTES),
            orig_sent_data: letters.contains(&b'D'),
            resp_sent_data: letters.contains(&b'd'),
        }
    }
}

impl Row {
    /// True if the attempt led to no connection: nobody answered, or somebody said no.
    pub(super) fn is_failed(&self) -> bool {
        match self.proto {
            Proto::Tcp => matches!(self.state.name(), "S0" | "REJ" | "RSTOS0" | "SH" | "RSTRH"),
            Proto::Udp => self.state.name() == "S0",
            _ => false,
        }
    }

    /// True if the responder is one host, not a group of them.
    pub(super) fn is_unicast(&self) -> bool {
        self.resp_h.is_none_or(|addr| match addr {
            IpAddr::V4(addr) => !addr.is_multicast() && !addr.is_broadcast() && addr.octets()[3] != 255,
            IpAddr::V6(addr) => !addr.is_multicast(),
        })
    }
}

fn codes(column: Option<&Column>) -> Codes<'_> {
    Codes(column.and_then(|column| Some((column.as_dictionary()?, column.present()))))
}

fn cells<T>(column: Option<&Column>, values: impl Fn(&Column) -> Option<&[T]>) -> Cells<'_, T> {
    Cells(column.and_then(|column| Some((values(column)?, column.present()))))
}

fn as_bool(column: &Column) -> Option<&[bool]> {
    if let Values::Bool(values) = column.values() { Some(values) } else { None }
}
