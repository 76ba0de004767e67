use crate::{ConnState, Proto};

/// What the features need of one row of a conn.log, as it stands there.
///
/// ```
/// use bro_features::{ConnState, Flow, Medians, Proto};
/// let probe = Flow { proto: Proto::Udp, orig_pkts: Some(1), orig_ip_bytes: Some(128), ..Flow::default() };
/// let imputed = probe.imputed(Medians::default());
/// assert_eq!((imputed.duration, imputed.orig_bytes, imputed.was_missing), (0.0, 100.0, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The transport protocol.
    pub proto: Proto,
    /// How the connection ended.
    pub conn_state: ConnState,
    /// True if the addresses are IPv6.
    pub ipv6: bool,
    /// The responder's port; for ICMP its code.
    pub resp_p: Option<u16>,
    /// Duration in microseconds.
    pub duration: Option<i64>,
    /// Payload bytes of the originator.
    pub orig_bytes: Option<u64>,
    /// Payload bytes of the responder.
    pub resp_bytes: Option<u64>,
    /// Bytes missing in content gaps.
    pub missed_bytes: Option<u64>,
    /// Packets of the originator.
    pub orig_pkts: Option<u64>,
    /// Bytes of the originator with IP headers.
    pub orig_ip_bytes: Option<u64>,
    /// Packets of the responder.
    pub resp_pkts: Option<u64>,
    /// Bytes of the responder with IP headers.
    pub resp_ip_bytes: Option<u64>,
    /// True if `history` holds a `D`: the originator sent payload.
    pub orig_sent_data: bool,
    /// True if `history` holds a `d`: the responder sent payload.
    pub resp_sent_data: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            proto: Proto::Other,
            conn_state: ConnState::parse(b""),
            ipv6: false,
            resp_p: None,
            duration: None,
            orig_bytes: None,
            resp_bytes: None,
            missed_bytes: None,
            orig_pkts: None,
            orig_ip_bytes: None,
            resp_pkts: None,
            resp_ip_bytes: None,
            orig_sent_data: false,
            resp_sent_data: false,
        }
    }
}

/// What is typical among the rows of the same protocol, service and state: the last resort of imputation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Medians {
    /// Median duration in microseconds.
    pub duration: f64,
    /// Median `orig_bytes`.
    pub orig_bytes: f64,
    /// Median `resp_bytes`.
    pub resp_bytes: f64,
}

/// A [`Flow`] with every gap filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImputedFlow {
    /// The transport protocol.
    pub proto: Proto,
    /// How the connection ended.
    pub conn_state: ConnState,
    /// The responder's port.
    pub resp_p: Option<u16>,
    /// Duration in seconds, never negative.
    pub duration: f64,
    /// Payload bytes of the originator.
    pub orig_bytes: f64,
    /// Payload bytes of the responder.
    pub resp_bytes: f64,
    /// Bytes missing in content gaps.
    pub missed_bytes: f64,
    /// Packets of the originator.
    pub orig_pkts: f64,
    /// Bytes of the originator with IP headers.
    pub orig_ip_bytes: f64,
    /// Packets of the responder.
    pub resp_pkts: f64,
    /// Bytes of the responder with IP headers.
    pub resp_ip_bytes: f64,
    /// True if duration, `orig_bytes` or `resp_bytes` was unset.
    pub was_missing: bool,
}

/// UDP and ICMP headers are 8 bytes.
const DATAGRAM_HEADER: u64 = 8;

impl Flow {
    /// Fills the gaps according to why they are there.
    ///
    /// Zeek sets `duration`, `orig_bytes` and `resp_bytes` together, and only if the flow had a length in time. Where
    /// all three are unset the duration therefore *is* 0, and the bytes of a side follow from what is known:
    ///
    /// - UDP and ICMP: `ip_bytes` less the headers of its packets (a single datagram does carry payload);
    /// - TCP: 0 if the side's `d` is missing from `history`;
    /// - otherwise the median of the group.
    ///
    /// A single unset value becomes the median of the group; packet and IP byte counts, which Zeek always writes,
    /// become 0 where a log lacks them.
    #[must_use]
    pub fn imputed(&self, medians: Medians) -> ImputedFlow {
        let no_length = self.duration.is_none() && self.orig_bytes.is_none() && self.resp_bytes.is_none();
        let duration = self.duration.map_or(if no_length { 0.0 } else { medians.duration }, |us| us as f64);
        let bytes = |known: Option<u64>, payload: Option<u64>, median: f64| match (known, no_length) {
            (Some(bytes), _) => bytes as f64,
            (None, true) => payload.map_or(median, |bytes| bytes as f64),
            (None, false) => median,
        };
        let count = |known: Option<u64>| known.unwrap_or(0) as f64;
        ImputedFlow {
            proto: self.proto,
            conn_state: self.conn_state,
            resp_p: self.resp_p,
            duration: duration.max(0.0) / 1e6,
            orig_bytes: bytes(self.orig_bytes, self.orig_payload(), medians.orig_bytes),
            resp_bytes: bytes(self.resp_bytes, self.resp_payload(), medians.resp_bytes),
            missed_bytes: count(self.missed_bytes),
            orig_pkts: count(self.orig_pkts),
            orig_ip_bytes: count(self.orig_ip_bytes),
            resp_pkts: count(self.resp_pkts),
            resp_ip_bytes: count(self.resp_ip_bytes),
            was_missing: self.duration.is_none() || self.orig_bytes.is_none() || self.resp_bytes.is_none(),
        }
    }

    fn orig_payload(&self) -> Option<u64> {
        self.payload(self.orig_ip_bytes, self.orig_pkts, self.orig_sent_data)
    }

    fn resp_payload(&self) -> Option<u64> {
        self.payload(self.resp_ip_bytes, self.resp_pkts, self.resp_sent_data)
    }

    /// The payload of one side of a flow without length in time, where it can be told.
    fn payload(&self, ip_bytes: Option<u64>, pkts: Option<u64>, sent_data: bool) -> Option<u64> {
        match self.proto {
            Proto::Tcp => (!sent_data).then_some(0),
            Proto::Udp | Proto::Icmp => {
                let ip_header = if self.ipv6 { 40 } else { 20 };
                Some(ip_bytes?.saturating_sub(pkts?.saturating_mul(ip_header + DATAGRAM_HEADER)))
            }
            Proto::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIANS: Medians = Medians { duration: 2e6, orig_bytes: 77.0, resp_bytes: 99.0 };

    fn check(flow: Flow, duration: f64, orig_bytes: f64, resp_bytes: f64) {
        let imputed = flow.imputed(MEDIANS);
        assert_eq!(
            (imputed.duration, imputed.orig_bytes, imputed.resp_bytes),
            (duration, orig_bytes, resp_bytes)
        );
    }

    #[test]
    fn values_that_are_there_stay() {
        let flow =
            Flow { duration: Some(1_500_000), orig_bytes: Some(5), resp_bytes: Some(0), ..Flow::default() };
        check(flow, 1.5, 5.0, 0.0);
        assert!(!flow.imputed(MEDIANS).was_missing);
    }

    #[test]
    fn a_datagram_without_length_in_time_keeps_its_payload() {
        let v4 = Flow { proto: Proto::Udp, orig_pkts: Some(1), orig_ip_bytes: Some(78), ..Flow::default() };
        let sides = Flow { resp_pkts: Some(0), resp_ip_bytes: Some(0), ..v4 };
        check(sides, 0.0, 50.0, 0.0);
        check(Flow { ipv6: true, proto: Proto::Icmp, ..sides }, 0.0, 30.0, 0.0);
        check(Flow { orig_ip_bytes: Some(20), ..sides }, 0.0, 0.0, 0.0);
        check(v4, 0.0, 50.0, 99.0);
    }

    #[test]
    fn a_tcp_probe_has_no_bytes_unless_its_history_shows_payload() {
        let probe =
            Flow { proto: Proto::Tcp, orig_pkts: Some(1), orig_ip_bytes: Some(60), ..Flow::default() };
        check(probe, 0.0, 0.0, 0.0);
        check(Flow { orig_sent_data: true, ..probe }, 0.0, 77.0, 0.0);
    }

    #[test]
    fn a_single_gap_takes_the_median_of_its_group() {
        let flow = Flow { proto: Proto::Tcp, duration: Some(1), resp_bytes: Some(3), ..Flow::default() };
        check(flow, 1e-6, 77.0, 3.0);
        check(Flow { duration: None, ..flow }, 2.0, 77.0, 3.0);
    }

    #[test]
    fn a_negative_duration_counts_as_none() {
        check(
            Flow { duration: Some(-5), orig_bytes: Some(1), resp_bytes: Some(1), ..Flow::default() },
            0.0,
            1.0,
            1.0,
        );
    }
}
