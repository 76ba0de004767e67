use super::view::Row;
use bro_features::stats::HyperLogLog;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Sums over hosts and pairs by hash: what a cell does not reach, no key that falls into it reaches.
///
/// The first pass fills them in fixed memory, whatever the number of hosts; the second counts only the keys of cells
/// that reach a threshold, exactly. Sums do not depend on the order of the rows.
#[derive(Debug)]
pub(super) struct Cells {
    /// What is summed up by one key lies together, by [`Key`].
    sums: [Sums; Key::COUNT],
    /// Rows by group, for each grouping.
    groups: Vec<Sums>,
}

/// What sums are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Orig,
    Resp,
    Pair,
    Port,
    Target,
    Channel,
}

impl Key {
    const COUNT: usize = 6;
}

/// What is summed up in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows of an originator.
    OrigRows,
    /// Payload bytes of an originator's connections.
    OrigBytes,
    /// Failed rows of an originator.
    OrigFailed,
    /// Rows of a responder.
    RespRows,
    /// Payload bytes of a responder's connections.
    RespBytes,
    /// Failed rows of an originator and a responder.
    PairFailed,
    /// Bytes an originator sent to a responder, or to a host by its name.
    PairSent,
    /// Packets an originator sent to a responder that sent none.
    PairUnanswered,
    /// Failed rows of an originator and a responder's port.
    PortFailed,
    /// Failed rows of a responder and its port.
    TargetFailed,
    /// Rows of an originator, a responder and its port; or requests of an originator to a host by its name.
    ChannelRows,
}

impl Kind {
    /// By which key it is summed up, and where among the sums of that key.
    fn place(self) -> (Key, usize) {
        match self {
            Self::OrigRows => (Key::Orig, 0),
            Self::OrigBytes => (Key::Orig, 1),
            Self::OrigFailed => (Key::Orig, 2),
            Self::RespRows => (Key::Resp, 0),
            Self::RespBytes => (Key::Resp, 1),
            Self::PairFailed => (Key::Pair, 0),
            Self::PairSent => (Key::Pair, 1),
            Self::PairUnanswered => (Key::Pair, 2),
            Self::PortFailed => (Key::Port, 0),
            Self::TargetFailed => (Key::Target, 0),
            Self::ChannelRows => (Key::Channel, 0),
        }
    }
}

/// The hashes of a row's keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) orig: u64,
    pub(super) resp: u64,
    pub(super) pair: u64,
    pub(super) port: u64,
    pub(super) target: u64,
    pub(super) channel: u64,
}

impl Keys {
    /// `None` if an address is unset.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let (orig, resp) = (addr_hash(row.orig_h?), addr_hash(row.resp_h?));
        let port = u64::from(row.resp_p.unwrap_or(0)) << 2 | row.proto as u64;
        let of = |one: u64, other: u64| HyperLogLog::mix(one.rotate_left(17) ^ other);
        let pair = of(orig, resp);
        Some(Self { orig, resp, pair, port: of(orig, port), target: of(resp, port), channel: of(pair, port) })
    }

    /// Of a request: its channel leads to a host by its name.
    pub(super) fn of_request(row: &Row, host: u64) -> Option<Self> {
        let keys = Self::of(row)?;
        Some(Self { channel: HyperLogLog::mix(keys.orig.rotate_left(17) ^ host), ..keys })
    }
}

/// A hash of an address.
pub(super) fn addr_hash(addr: IpAddr) -> u64 {
    match addr {
        IpAddr::V4(addr) => HyperLogLog::mix(u64::from(u32::from(addr))),
        IpAddr::V6(addr) => {
            let bits = u128::from(addr);
            HyperLogLog::mix((bits >> 64) as u64 ^ HyperLogLog::mix(bits as u64))
        }
    }
}

/// Some sums for each cell, side by side.
#[derive(Debug)]
struct Sums {
    cells: Vec<AtomicU64>,
    shift: u32,
    n_sums: usize,
}

impl Sums {
    fn new(bits: u32, n_sums: usize) -> Self {
        let cells = (0..n_sums << bits).map(|_| AtomicU64::new(0)).collect();
        Self { cells, shift: 64 - bits, n_sums }
    }

    fn add(&self, hash: u64, sum: usize, amount: u64) {
        self.cells[(hash >> self.shift) as usize * self.n_sums + sum].fetch_add(amount, Relaxed);
    }
}

impl Cells {
    /// Cells for a log of about so many rows.
    pub(super) fn new(n_rows: u64, n_groupings: usize) -> Self {
        let enough = 64 - n_rows.leading_zeros();
        let few = enough.clamp(8, 19);
        let many = enough.clamp(8, 21);
        Self {
            // In the order of the keys; of pairs and hosts four sums make half a line of the cache.
            sums: [(few, 4), (few, 2), (few, 4), (many, 1), (few, 1), (many, 1)]
                .map(|(bits, n_sums)| Sums::new(bits, n_sums)),
            groups: (0..n_groupings).map(|_| Sums::new(few, 1)).collect(),
        }
    }

    /// Adds a row to a group, by its hash.
    pub(super) fn insert_group(&self, grouping: usize, hash: u64) {
        self.groups[grouping].add(hash, 0, 1);
    }

    /// The groups of a grouping with most rows.
    pub(super) fn largest_groups(&self, grouping: usize, most: usize) -> Marked {
        self.groups[grouping].at_least(0, 1, most)
    }

    fn add(&self, kind: Kind, hash: u64, amount: u64) {
        let (key, sum) = kind.place();
        self.sums[key as usize].add(hash, sum, amount);
    }

    /// Adds a request to the host of that hash.
    pub(super) fn insert_request(&self, keys: &Keys, row: &Row) {
        use super::numbers::ORIG_BYTES;
        let add = |kind: Kind, hash: u64, amount: u64| self.add(kind, hash, amount);
        add(Kind::OrigRows, keys.orig, 1);
        add(Kind::RespRows, keys.resp, 1);
        add(Kind::ChannelRows, keys.channel, 1);
        add(Kind::OrigBytes, keys.orig, row.numbers.bytes());
        add(Kind::RespBytes, keys.resp, row.numbers.bytes());
        add(Kind::PairSent, keys.channel, row.numbers.or_zero(ORIG_BYTES));
        add(Kind::OrigFailed, keys.orig, u64::from(row.is_failed()));
    }

    /// Adds a row.
    pub(super) fn insert(&self, keys: &Keys, row: &Row) {
        use super::numbers::{ORIG_BYTES, ORIG_PKTS, RESP_PKTS};
        let add = |kind: Kind, hash: u64, amount: u64| self.add(kind, hash, amount);
        let bytes = row.numbers.bytes();
        add(Kind::OrigRows, keys.orig, 1);
        add(Kind::RespRows, keys.resp, 1);
        add(Kind::ChannelRows, keys.channel, 1);
        if bytes > 0 {
            add(Kind::OrigBytes, keys.orig, bytes);
            add(Kind::RespBytes, keys.resp, bytes);
        }
        let sent = row.numbers.or_zero(ORIG_BYTES);
        if sent > 0 {
            add(Kind::PairSent, keys.pair, sent);
        }
        if row.numbers.or_zero(RESP_PKTS) == 0 && row.is_unicast() {
            add(Kind::PairUnanswered, keys.pair, row.numbers.or_zero(ORIG_PKTS));
        }
        if row.is_failed() && row.is_unicast() {
            add(Kind::OrigFailed, keys.orig, 1);
            add(Kind::PairFailed, keys.pair, 1);
            add(Kind::PortFailed, keys.port, 1);
            add(Kind::TargetFailed, keys.target, 1);
        }
    }

    /// The cells of a kind with at least `least`; if those are more than `most`, only the largest. Says what the
    /// smallest of them holds.
    pub(super) fn at_least(&self, kind: Kind, least: u64, most: usize) -> Marked {
        let (key, sum) = kind.place();
        self.sums[key as usize].at_least(sum, least, most)
    }
}

impl Sums {
    fn at_least(&self, sum: usize, least: u64, most: usize) -> Marked {
        let sums = || self.cells.iter().skip(sum).step_by(self.n_sums).map(|cell| cell.load(Relaxed));
        let mut reached: Vec<u64> = sums().filter(|sum| *sum >= least.max(1)).collect();
        let mut least = least.max(1);
        let is_whole = reached.len() <= most;
        if !is_whole {
            let (_, bound, _) = reached.select_nth_unstable_by(most, |a, b| b.cmp(a));
            least = *bound + 1;
        }
        let mut words = vec![0; (self.cells.len() / self.n_sums).div_ceil(64)];
        for (cell, _) in sums().enumerate().filter(|(_, sum)| *sum >= least) {
            words[cell / 64] |= 1 << (cell % 64);
        }
        Marked { words, shift: self.shift, is_whole }
    }
}

/// Cells that reached a threshold.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    words: Vec<u64>,
    shift: u32,
    /// False if the threshold had to be raised to keep few enough.
    pub(super) is_whole: bool,
}

impl Marked {
    pub(super) fn has(&self, hash: u64) -> bool {
        let cell = (hash >> self.shift) as usize;
        self.words[cell / 64] >> (cell % 64) & 1 == 1
    }
}
