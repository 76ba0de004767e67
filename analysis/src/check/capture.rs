use crate::share_in_words;
use bro_log::{Header, Record, Value};
use std::fmt;

/// What the rows of a conn.log say about the sensor that wrote it.
///
/// ```
/// use bro_analysis::Capture;
/// let capture = Capture { n_conns: 100, n_tcp: 100, n_tcp_oth: 40, ..Capture::default() };
/// assert!(capture.hints()[0].to_string().starts_with("40 % of the TCP connections are OTH"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capture {
    /// Connections.
    pub n_conns: u64,
    /// Those over TCP.
    pub n_tcp: u64,
    /// Those over TCP whose beginning and end were not seen (`OTH`).
    pub n_tcp_oth: u64,
    /// Connections with a packet whose checksum is wrong (`c` in `history`).
    pub n_bad_checksum: u64,
    /// Connections with bytes that were not seen (`g` in `history`).
    pub n_gaps: u64,
    /// Connections whose direction was turned round, because their first packet was not seen (`^` in `history`).
    pub n_flipped: u64,
    /// Payload bytes that were not seen.
    pub missed_bytes: u64,
    /// Payload bytes of originators and responders, those not seen among them.
    pub payload_bytes: u64,
}

/// A sign that the sensor did not see everything.
///
/// The thresholds are rules of thumb: a sensor that sees all has next to none of these.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum CaptureHint {
    /// More than 20 % of the TCP connections are `OTH`.
    Midstream(f64),
    /// More than 1 % of the payload bytes were missed.
    MissedBytes(f64),
    /// More than 1 % of the connections have a bad checksum.
    BadChecksums(f64),
    /// More than 5 % of the connections have gaps.
    Gaps(f64),
    /// More than 20 % of the connections were turned round.
    Flipped(f64),
}

impl fmt::Display for CaptureHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Midstream(share) => write!(
                f,
                "{} of the TCP connections are OTH: neither their begin nor their end was seen, as with one-way \
                 traffic or a sensor that drops packets",
                share_in_words(share)
            ),
            Self::MissedBytes(share) => write!(
                f,
                "{} of the payload bytes were missed: the sensor or the tap drops packets",
                share_in_words(share)
            ),
            Self::BadChecksums(share) => write!(
                f,
                "{} of the connections have wrong checksums (c in history), most often because the network card \
                 computes them after the capture: turn checksum offloading off, or run zeek with -C",
                share_in_words(share)
            ),
            Self::Gaps(share) => write!(
                f,
                "{} of the connections have gaps (g in history): the sensor or the tap drops packets",
                share_in_words(share)
            ),
            Self::Flipped(share) => write!(
                f,
                "{} of the connections were turned round (^ in history): their first packet was not seen",
                share_in_words(share)
            ),
        }
    }
}

impl Capture {
    /// The part of `part` in `whole`, 0 of nothing.
    fn share(part: u64, whole: u64) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
    }

    /// Missed bytes by payload bytes, 0 to 1.
    #[must_use]
    pub fn missed_share(&self) -> f64 {
        Self::share(self.missed_bytes, self.payload_bytes.max(self.missed_bytes))
    }

    /// `OTH` connections by TCP connections, 0 to 1.
    #[must_use]
    pub fn oth_share(&self) -> f64 {
        Self::share(self.n_tcp_oth, self.n_tcp)
    }

    /// Connections with a bad checksum by all, 0 to 1.
    #[must_use]
    pub fn checksum_share(&self) -> f64 {
        Self::share(self.n_bad_checksum, self.n_conns)
    }

    /// Connections with gaps by all, 0 to 1.
    #[must_use]
    pub fn gap_share(&self) -> f64 {
        Self::share(self.n_gaps, self.n_conns)
    }

    /// Connections turned round by all, 0 to 1.
    #[must_use]
    pub fn flipped_share(&self) -> f64 {
        Self::share(self.n_flipped, self.n_conns)
    }

    /// What is worth telling.
    #[must_use]
    pub fn hints(&self) -> Vec<CaptureHint> {
        let shares = [
            (self.oth_share(), 0.2, CaptureHint::Midstream as fn(f64) -> CaptureHint),
            (self.missed_share(), 0.01, CaptureHint::MissedBytes),
            (self.checksum_share(), 0.01, CaptureHint::BadChecksums),
            (self.gap_share(), 0.05, CaptureHint::Gaps),
            (self.flipped_share(), 0.2, CaptureHint::Flipped),
        ];
        shares
            .into_iter()
            .filter(|(share, most, _)| share > most)
            .map(|(share, _, hint)| hint(share))
            .collect()
    }

    /// The sum of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n_conns: self.n_conns + other.n_conns,
            n_tcp: self.n_tcp + other.n_tcp,
            n_tcp_oth: self.n_tcp_oth + other.n_tcp_oth,
            n_bad_checksum: self.n_bad_checksum + other.n_bad_checksum,
            n_gaps: self.n_gaps + other.n_gaps,
            n_flipped: self.n_flipped + other.n_flipped,
            missed_bytes: self.missed_bytes.saturating_add(other.missed_bytes),
            payload_bytes: self.payload_bytes.saturating_add(other.payload_bytes),
        }
    }
}

/// Where a conn.log has the columns that tell about the sensor.
#[derive(Debug, Clone, Copy)]
pub(super) struct CaptureColumns {
    proto: usize,
    conn_state: usize,
    history: Option<usize>,
    missed_bytes: Option<usize>,
    payload: [Option<usize>; 2],
}

impl CaptureColumns {
    /// `None` for anything but a conn.log.
    pub(super) fn of(header: &Header) -> Option<Self> {
        let column = |name: &str| header.schema().index_of(name);
        Some(Self {
            proto: column("proto")?,
            conn_state: column("conn_state")?,
            history: column("history"),
            missed_bytes: column("missed_bytes"),
            payload: [column("orig_bytes"), column("resp_bytes")],
        })
    }

    /// Counts a connection.
    pub(super) fn add(&self, record: &Record<'_>, capture: &mut Capture) {
        let count = |column: Option<usize>| match column.map(|idx| record.get(idx)) {
            Some(Ok(Value::Count(count))) => count,
            _ => 0,
        };
        let history = self.history.map_or(&b""[..], |idx| record.cell(idx));
        let has = |letter: u8| u64::from(history.iter().any(|byte| byte.eq_ignore_ascii_case(&letter)));
        let is_tcp = record.cell(self.proto) == b"tcp";
        let payload = count(self.payload[0]).saturating_add(count(self.payload[1]));
        *capture = capture.merge(Capture {
            n_conns: 1,
            n_tcp: u64::from(is_tcp),
            n_tcp_oth: u64::from(is_tcp && record.cell(self.conn_state) == b"OTH"),
            n_bad_checksum: has(b'c'),
            n_gaps: has(b'g'),
            n_flipped: has(b'^'),
            missed_bytes: count(self.missed_bytes),
            payload_bytes: payload,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_that_sees_all_gets_no_hint() {
        let capture =
            Capture { n_conns: 1000, n_tcp: 900, n_tcp_oth: 9, payload_bytes: 1 << 40, ..Capture::default() };
        assert_eq!(capture.hints(), []);
        assert_eq!(Capture::default().hints(), []);
    }

    #[test]
    fn each_sign_has_its_hint() {
        let capture = Capture {
            n_conns: 100,
            n_tcp: 50,
            n_tcp_oth: 11,
            n_bad_checksum: 2,
            n_gaps: 6,
            n_flipped: 21,
            missed_bytes: 3,
            payload_bytes: 100,
        };
        let expected = [
            CaptureHint::Midstream(0.22),
            CaptureHint::MissedBytes(0.03),
            CaptureHint::BadChecksums(0.02),
            CaptureHint::Gaps(0.06),
            CaptureHint::Flipped(0.21),
        ];
        assert_eq!(capture.hints(), expected);
    }

    #[test]
    fn more_missed_than_counted_is_everything() {
        assert_eq!(Capture { missed_bytes: 5, ..Capture::default() }.missed_share(), 1.0);
    }
}
