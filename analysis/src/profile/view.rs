use super::layout::Layout;
use super::numbers::{
    DURATION, HOST_LEN, N_NUMBERS, N_PARAMS, Numbers, ORIG_BYTES, RESP_BYTES, TRANS_DEPTH, URI_DEPTH,
    URI_LEN, USER_AGENT_LEN, names,
};
use crate::session::readable;
use bro_features::stats::HyperLogLog;
use bro_features::{
    ConnState, Flow, HttpMethod, HttpRequest, LogKind, Proto, canonical_service, first_element,
};
use bro_log::{Batch, Bitmap, Column, Dictionary, Values};
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// The columns of a batch that the profile looks at.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) kind: LogKind,
    protos: Vec<Proto>,
    states: Vec<ConnState>,
    /// `proto`, or `method`.
    family: Codes<'a>,
    state: Codes<'a>,
    /// `service`, or the first of `resp_mime_types`.
    service: Services<'a>,
    /// Its names by code; empty ones are none.
    services: Vec<Cow<'a, [u8]>>,
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
    web: Option<Web<'a>>,
    pub(super) uid: Option<&'a Column>,
    pub(super) label: Codes<'a>,
}

/// The columns that only an http.log has.
#[derive(Debug)]
struct Web<'a> {
    methods: Vec<HttpMethod>,
    uri: Option<&'a Column>,
    host: Codes<'a>,
    agent: Codes<'a>,
    status: Cells<'a, u64>,
    trans_depth: Cells<'a, u64>,
    bodies: [Cells<'a, u64>; 2],
}

/// The second category of each row, as an index into its names.
#[derive(Debug)]
enum Services<'a> {
    Codes(Codes<'a>),
    Texts(Vec<Option<usize>>),
}

impl<'a> Services<'a> {
    /// Those of a conn.log, and their names.
    fn of(column: Option<&'a Column>) -> (Self, Vec<Cow<'a, [u8]>>) {
        let codes = codes(column);
        (Self::Codes(codes), codes.values().map(canonical_service).collect())
    }

    /// The types of content of an http.log, a vector whose first element counts, and their names.
    fn of_vectors(column: Option<&'a Column>, n_rows: usize) -> (Self, Vec<Cow<'a, [u8]>>) {
        let mut names: Vec<Cow<'a, [u8]>> = Vec::new();
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        let code = |row| {
            let name = first_element(column?.bytes(row)?)?;
            Some(*places.entry(name).or_insert_with(|| {
                names.push(Cow::Borrowed(name));
                names.len() - 1
            }))
        };
        let codes = (0..n_rows).map(code).collect();
        (Self::Texts(codes), names)
    }

    fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Codes(codes) => codes.get(row),
            Self::Texts(codes) => codes[row],
        }
    }
}

/// One row of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: LogKind,
    pub(super) ts: Option<i64>,
    pub(super) orig_h: Option<IpAddr>,
    pub(super) resp_h: Option<IpAddr>,
    pub(super) orig_p: Option<u16>,
    pub(super) resp_p: Option<u16>,
    pub(super) local_orig: Option<bool>,
    pub(super) local_resp: Option<bool>,
    /// The protocol of a connection; TCP for a request.
    pub(super) proto: Proto,
    /// How a connection ended.
    pub(super) state: ConnState,
    /// The status of a response.
    pub(super) status: Option<u64>,
    /// Place of the protocol, or of the method, in its list.
    pub(super) family_idx: u8,
    /// Place of the state, or of the class of the status, in its list.
    pub(super) state_idx: u8,
    /// Index into the batch's services, or types of content.
    pub(super) service: Option<usize>,
    /// Index into the batch's histories.
    pub(super) history: Option<usize>,
    pub(super) numbers: Numbers,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a, T>(Option<(&'a [T], &'a Bitmap)>);

impl<T: Copy> Cells<'_, T> {
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn get(&self, row: usize) -> Option<T> {
        let (values, present) = self.0?;
        present.get(row).then(|| values[row])
    }
}

/// The codes of a dictionary column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes<'a>(Option<(&'a Dictionary, &'a Bitmap)>);

impl<'a> Codes<'a> {
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

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

impl<'a> View<'a> {
    /// Looks at a batch read with the projection of `layout`.
    pub(super) fn of(batch: &'a Batch<'_>, layout: &Layout) -> Self {
        let column = |name: &str| layout.place(name).and_then(|place| batch.column(place));
        let kind = layout.kind;
        let [family, service, state] = super::numbers::categories(kind);
        let (family, state) = (codes(column(family)), codes(column(state)));
        let (service, services) = match kind {
            LogKind::Conn => Services::of(column(service)),
            LogKind::Http => Services::of_vectors(column(service), batch.n_rows()),
        };
        let names = names(kind);
        Self {
            kind,
            protos: if kind == LogKind::Conn {
                family.values().map(Proto::parse).collect()
            } else {
                Vec::new()
            },
            states: state.values().map(ConnState::parse).collect(),
            web: (kind == LogKind::Http).then(|| Web {
                methods: family.values().map(|method| HttpMethod::parse(Some(method))).collect(),
                uri: column("uri"),
                host: codes(column("host")),
                agent: codes(column("user_agent")),
                status: cells(column("status_code"), Column::as_count),
                trans_depth: cells(column(names[TRANS_DEPTH]), Column::as_count),
                bodies: [ORIG_BYTES, RESP_BYTES].map(|number| cells(column(names[number]), Column::as_count)),
            }),
            family,
            state,
            services,
            service,
            history: codes(column("history")),
            tunnel: column("tunnel_parents"),
            ts: cells(column("ts"), Column::as_micros),
            orig_h: cells(column("id.orig_h"), Column::as_addr),
            resp_h: cells(column("id.resp_h"), Column::as_addr),
            orig_p: cells(column("id.orig_p"), Column::as_port),
            resp_p: cells(column("id.resp_p"), Column::as_port),
            local_orig: cells(column("local_orig"), as_bool),
            local_resp: cells(column("local_resp"), as_bool),
            duration: cells(column("duration"), Column::as_micros),
            counts: std::array::from_fn(|i| cells(column(names[i + 1]), Column::as_count)),
            uid: column("uid"),
            label: codes(layout.label().and_then(column)),
        }
    }

    pub(super) fn row(&self, row: usize) -> Row {
        let family = self.family.get(row);
        let mut found = Row {
            kind: self.kind,
            ts: self.ts.get(row),
            orig_h: self.orig_h.get(row),
            resp_h: self.resp_h.get(row),
            orig_p: self.orig_p.get(row),
            resp_p: self.resp_p.get(row),
            local_orig: self.local_orig.get(row),
            local_resp: self.local_resp.get(row),
            proto: Proto::Tcp,
            state: ConnState::parse(b""),
            status: None,
            family_idx: 0,
            state_idx: 0,
            service: self.service.get(row).filter(|code| !self.services[*code].is_empty()),
            history: self.history.get(row),
            numbers: Numbers::default(),
        };
        if let Some(web) = &self.web {
            let request = self.request(web, row);
            found.status = request.status_code;
            found.family_idx = family.map_or(HttpMethod::parse(None), |code| web.methods[code]).index() as u8;
            found.state_idx = request.status_class().index() as u8;
            found.numbers = numbers_of(&request);
            return found;
        }
        let numbers = &mut found.numbers;
        if let Some(duration) = self.duration.get(row) {
            numbers.set(DURATION, u64::try_from(duration).unwrap_or(0));
        }
        for (i, cells) in self.counts.iter().enumerate() {
            if let Some(count) = cells.get(row) {
                numbers.set(i + 1, count);
            }
        }
        found.proto = family.map_or(Proto::Other, |code| self.protos[code]);
        found.state = self.state.get(row).map_or(ConnState::parse(b""), |code| self.states[code]);
        found.family_idx = found.proto as u8;
        found.state_idx = found.state.index() as u8;
        found
    }

    /// The row of an http.log as the features see it, in so far as it is counted.
    fn request(&self, web: &Web<'a>, row: usize) -> HttpRequest<'a> {
        let text = |codes: &Codes<'a>| codes.get(row).map(|code| codes.value(code));
        HttpRequest {
            uri: web.uri.and_then(|column| column.bytes(row)),
            host: text(&web.host),
            user_agent: text(&web.agent),
            status_code: web.status.get(row),
            trans_depth: web.trans_depth.get(row),
            request_body_len: web.bodies[0].get(row),
            response_body_len: web.bodies[1].get(row),
            ..HttpRequest::default()
        }
    }

    pub(super) fn n_services(&self) -> usize {
        self.services.len()
    }

    /// The names of the services, or of the types of content, by code.
    pub(super) fn services(&self) -> impl Iterator<Item = Arc<str>> {
        self.services.iter().map(|name| Arc::from(readable(name)))
    }

    /// The codes of the hosts of an http.log.
    pub(super) fn hosts(&self) -> Codes<'a> {
        self.web.as_ref().map_or(Codes(None), |web| web.host)
    }

    /// The codes of its user agents.
    pub(super) fn agents(&self) -> Codes<'a> {
        self.web.as_ref().map_or(Codes(None), |web| web.agent)
    }

    /// A hash of what was asked for.
    pub(super) fn uri_hash(&self, row: usize) -> u64 {
        let uri = self.web.as_ref().and_then(|web| web.uri).and_then(|column| column.bytes(row));
        HyperLogLog::hash(uri.unwrap_or_default())
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
            orig_bytes: row.numbers.get(ORIG_BYTES),
            resp_bytes: row.numbers.get(RESP_BYTES),
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

/// The numbers of a request; the lengths of what was not sent are unset.
fn numbers_of(request: &HttpRequest<'_>) -> Numbers {
    let mut numbers = Numbers::default();
    let mut set = |number: usize, value: Option<u64>| {
        if let Some(value) = value {
            numbers.set(number, value);
        }
    };
    set(TRANS_DEPTH, request.trans_depth);
    set(ORIG_BYTES, request.request_body_len);
    set(RESP_BYTES, request.response_body_len);
    let uri = |number: usize| request.uri.map(|_| number as u64);
    set(URI_LEN, uri(request.uri_len()));
    set(URI_DEPTH, uri(request.uri_depth()));
    set(N_PARAMS, uri(request.n_params()));
    set(HOST_LEN, request.host.map(|_| request.host_len() as u64));
    set(USER_AGENT_LEN, request.user_agent.map(|_| request.user_agent_len() as u64));
    numbers
}

impl Row {
    /// Microseconds; a request lasts no time.
    pub(super) fn duration(&self) -> u64 {
        if self.kind == LogKind::Conn { self.numbers.or_zero(DURATION) } else { 0 }
    }

    /// True if the attempt led to nothing: nobody answered, or somebody said no.
    pub(super) fn is_failed(&self) -> bool {
        if self.kind == LogKind::Http {
            return self.status.is_some_and(|status| status >= 400);
        }
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

pub(super) fn codes(column: Option<&Column>) -> Codes<'_> {
    Codes(column.and_then(|column| Some((column.as_dictionary()?, column.present()))))
}

pub(super) fn cells<T>(column: Option<&Column>, values: impl Fn(&Column) -> Option<&[T]>) -> Cells<'_, T> {
    Cells(column.and_then(|column| Some((values(column)?, column.present()))))
}

pub(super) fn as_bool(column: &Column) -> Option<&[bool]> {
    if let Values::Bool(values) = column.values() { Some(values) } else { None }
}
