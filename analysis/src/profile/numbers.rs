use bro_features::Unit;

/// The numbers of a conn.log, in the order in which the profile keeps them.
pub(super) const N_NUMBERS: usize = 8;

pub(super) const NAMES: [&str; N_NUMBERS] = [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
];

pub(super) const DURATION: usize = 0;
pub(super) const ORIG_BYTES: usize = 1;
pub(super) const RESP_BYTES: usize = 2;
pub(super) const MISSED_BYTES: usize = 3;
pub(super) const ORIG_PKTS: usize = 4;
pub(super) const ORIG_IP_BYTES: usize = 5;
pub(super) const RESP_PKTS: usize = 6;
pub(super) const RESP_IP_BYTES: usize = 7;

/// What a number is measured in.
pub(super) fn unit(number: usize) -> Unit {
    match number {
        DURATION => Unit::Seconds,
        ORIG_PKTS | RESP_PKTS => Unit::Packets,
        _ => Unit::Bytes,
    }
}

/// A number as it is kept (durations in microseconds) in its unit.
pub(super) fn in_unit(number: usize, kept: f64) -> f64 {
    if number == DURATION { kept / 1e6 } else { kept }
}

/// The numbers of one row: those that are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    values: [u64; N_NUMBERS],
    present: u8,
}

impl Numbers {
    pub(super) fn set(&mut self, number: usize, value: u64) {
        self.values[number] = value;
        self.present |= 1 << number;
    }

    pub(super) fn get(&self, number: usize) -> Option<u64> {
        (self.present >> number & 1 == 1).then(|| self.values[number])
    }

    /// The number, 0 where it is unset.
    pub(super) fn or_zero(&self, number: usize) -> u64 {
        self.values[number]
    }

    /// A bit for each number that is set.
    pub(super) fn present(&self) -> u8 {
        self.present
    }

    /// All of them, 0 where unset.
    pub(super) fn values(&self) -> &[u64; N_NUMBERS] {
        &self.values
    }

    /// Bytes of payload both ways.
    pub(super) fn bytes(&self) -> u64 {
        self.or_zero(ORIG_BYTES).saturating_add(self.or_zero(RESP_BYTES))
    }
}
