//! What passed on the wire, and what Zeek counts of it.
//!
//! A flow is told as events (who sent how much, how it ended) and counted here, in one place, so that `conn_state`,
//! `history`, packets and bytes cannot disagree.

use crate::clock::MILLISECOND;
use crate::dice::Dice;

/// How an operating system's TCP looks: bytes of a SYN packet, bytes of headers of any other, payload of a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stack {
    syn: u64,
    header: u64,
    segment: u64,
}

impl Stack {
    /// TCP timestamps in every packet.
    pub(crate) const LINUX: Self = Self { syn: 60, header: 52, segment: 1448 };
    pub(crate) const WINDOWS: Self = Self { syn: 52, header: 40, segment: 1460 };
    /// A scanner's bare packets.
    pub(crate) const BARE: Self = Self { syn: 40, header: 40, segment: 1460 };
}

/// Bytes of the headers of IPv4 and UDP, or IPv4 and ICMP echo.
const DATAGRAM_HEADER: u64 = 28;

/// How a TCP connection ended, and so its `conn_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SF, the originator closing first.
    Closed,
    /// SF, the responder closing first.
    ClosedByResp,
    /// S1: still open when the log was written.
    Open,
    /// RSTO.
    ResetByOrig,
    /// RSTR.
    ResetByResp,
}

/// What Zeek writes of a flow besides its names and addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) proto: &'static str,
    pub(crate) conn_state: &'static str,
    /// Empty for ICMP, where Zeek writes none.
    pub(crate) history: String,
    /// Microseconds; `None` for a flow of a single packet, whose bytes Zeek leaves unset as well.
    pub(crate) duration: Option<i64>,
    pub(crate) orig_bytes: u64,
    pub(crate) resp_bytes: u64,
    pub(crate) orig_pkts: u64,
    pub(crate) resp_pkts: u64,
    pub(crate) orig_ip_bytes: u64,
    pub(crate) resp_ip_bytes: u64,
}

/// A TCP connection that was set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talk {
    pub(crate) orig_bytes: u64,
    pub(crate) resp_bytes: u64,
    /// Microseconds from first to last packet.
    pub(crate) duration: i64,
    pub(crate) ending: Ending,
    /// Who speaks first once connected: the originator (HTTP, TLS) or the responder (SSH, mail).
    pub(crate) resp_greets: bool,
    pub(crate) orig_stack: Stack,
    pub(crate) resp_stack: Stack,
}

/// One side's packets after the handshake, before the ending.
struct Side {
    data: u64,
    acks: u64,
    resent: u64,
    resent_bytes: u64,
}

impl Side {
    fn new(bytes: u64, peer_bytes: u64, stack: Stack, peer: Stack, dice: &mut Dice) -> Self {
        let data = bytes.div_ceil(stack.segment);
        let resent = lost(data, dice);
        Self {
            data,
            acks: peer_bytes.div_ceil(peer.segment).div_ceil(2),
            resent,
            resent_bytes: resent * stack.segment.min(bytes),
        }
    }

    fn pkts(&self) -> u64 {
        self.data + self.acks + self.resent
    }
}

/// How many of `n` segments were sent twice: most connections lose nothing, a bad one loses one in a hundred.
fn lost(n: u64, dice: &mut Dice) -> u64 {
    if n == 0 || !dice.chance(0.05) {
        return 0;
    }
    1 + (n as f64 * dice.uniform(0.0, 0.01)) as u64
}

/// `letter` as often as Zeek repeats it for `n` events: at 1, 10, 100, …
fn repeated(letter: char, n: u64, history: &mut String) {
    if n > 0 {
        history.extend((0..=n.ilog10()).map(|_| letter));
    }
}

impl Talk {
    /// Counts the packets and spells the history.
    pub(crate) fn flow(self, dice: &mut Dice) -> Flow {
        let orig = Side::new(self.orig_bytes, self.resp_bytes, self.orig_stack, self.resp_stack, dice);
        let resp = Side::new(self.resp_bytes, self.orig_bytes, self.resp_stack, self.orig_stack, dice);
        let (conn_state, letters, orig_last, resp_last) = self.ending.packets();
        let mut history = String::from(self.opening());
        repeated('T', orig.resent, &mut history);
        repeated('t', resp.resent, &mut history);
        history.push_str(letters);
        // The originator acknowledges the SYN-ACK with a packet of its own.
        let orig_pkts = 2 + orig.pkts() + orig_last;
        let resp_pkts = 1 + resp.pkts() + resp_last;
        Flow {
            proto: "tcp",
            conn_state,
            history,
            duration: Some(self.duration.max(MILLISECOND)),
            orig_bytes: self.orig_bytes,
            resp_bytes: self.resp_bytes,
            orig_pkts,
            resp_pkts,
            orig_ip_bytes: ip_bytes(self.orig_stack, orig_pkts, self.orig_bytes + orig.resent_bytes),
            resp_ip_bytes: ip_bytes(self.resp_stack, resp_pkts, self.resp_bytes + resp.resent_bytes),
        }
    }

    /// Handshake, first data and first pure acknowledgements, in their order.
    fn opening(&self) -> &'static str {
        match (self.orig_bytes > 0, self.resp_bytes > 0, self.resp_greets) {
            (true, true, false) => "ShADad",
            (true, true, true) => "ShAdDa",
            (true, false, _) => "ShADa",
            (false, true, _) => "ShAd",
            (false, false, _) => "ShA",
        }
    }
}

fn ip_bytes(stack: Stack, pkts: u64, payload: u64) -> u64 {
    stack.syn + (pkts - 1) * stack.header + payload
}

impl Ending {
    /// `conn_state`, the last letters of the history, and each side's last packets.
    const fn packets(self) -> (&'static str, &'static str, u64, u64) {
        match self {
            Self::Closed => ("SF", "Ff", 2, 1),
            Self::ClosedByResp => ("SF", "fF", 1, 2),
            Self::Open => ("S1", "", 0, 0),
            Self::ResetByOrig => ("RSTO", "R", 1, 0),
            Self::ResetByResp => ("RSTR", "r", 0, 1),
        }
    }
}

impl Flow {
    fn tcp(
        conn_state: &'static str,
        history: &str,
        duration: Option<i64>,
        orig: (u64, u64),
        resp: (u64, u64),
    ) -> Self {
        Self {
            proto: "tcp",
            conn_state,
            history: history.to_owned(),
            duration,
            orig_bytes: 0,
            resp_bytes: 0,
            orig_pkts: orig.0,
            resp_pkts: resp.0,
            orig_ip_bytes: orig.1,
            resp_ip_bytes: resp.1,
        }
    }

    /// S0: `n_syn` SYNs (at least one) and no answer, `duration` from the first to the last.
    pub(crate) fn unanswered(stack: Stack, n_syn: u64, duration: i64) -> Self {
        let duration = (n_syn > 1).then_some(duration.max(1));
        Self::tcp("S0", "S", duration, (n_syn, n_syn * stack.syn), (0, 0))
    }

    /// REJ: a SYN answered by a reset after `rtt`.
    pub(crate) fn refused(stack: Stack, rtt: i64) -> Self {
        Self::tcp("REJ", "Sr", Some(rtt.max(1)), (1, stack.syn), (1, 40))
    }

    /// RSTO: an open port found by a scanner that resets at once: SYN, SYN-ACK, RST.
    pub(crate) fn probed(stack: Stack, peer: Stack, rtt: i64) -> Self {
        Self::tcp("RSTO", "ShR", Some(rtt.max(1)), (2, stack.syn + 40), (1, peer.syn))
    }

    /// UDP: `orig` and `resp` are each side's packets and payload bytes; the originator sends at least one packet.
    pub(crate) fn udp(orig: (u64, u64), resp: (u64, u64), duration: i64) -> Self {
        let (conn_state, history) = if resp.0 > 0 { ("SF", "Dd") } else { ("S0", "D") };
        Self { conn_state, history: history.to_owned(), ..Self::datagrams("udp", orig, resp, duration) }
    }

    /// ICMP echo: `n` requests and `n_replies` replies of `size` payload bytes each.
    pub(crate) fn echo(n: u64, n_replies: u64, size: u64, duration: i64) -> Self {
        Self::datagrams("icmp", (n, n * size), (n_replies, n_replies * size), duration)
    }

    fn datagrams(proto: &'static str, orig: (u64, u64), resp: (u64, u64), duration: i64) -> Self {
        Self {
            proto,
            conn_state: "OTH",
            history: String::new(),
            duration: (orig.0 + resp.0 > 1).then_some(duration.max(1)),
            orig_bytes: orig.1,
            resp_bytes: resp.1,
            orig_pkts: orig.0,
            resp_pkts: resp.0,
            orig_ip_bytes: orig.1 + orig.0 * DATAGRAM_HEADER,
            resp_ip_bytes: resp.1 + resp.0 * DATAGRAM_HEADER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(orig_bytes: u64, resp_bytes: u64, ending: Ending) -> Talk {
        Talk {
            orig_bytes,
            resp_bytes,
            duration: 1_000_000,
            ending,
            resp_greets: false,
            orig_stack: Stack::WINDOWS,
            resp_stack: Stack::LINUX,
        }
    }

    fn without_loss(talk: Talk) -> Flow {
        (0..)
            .map(|stream| talk.flow(&mut Dice::new(1, stream)))
            .find(|flow| !flow.history.contains(['T', 't']))
            .expect("most connections lose nothing")
    }

    #[test]
    fn a_small_request_and_answer_is_counted_packet_by_packet() {
        let flow = without_loss(talk(100, 2_000, Ending::Closed));
        // SYN, ACK, request, one ACK for two segments, FIN, last ACK; SYN-ACK, two segments, ACK, FIN.
        assert_eq!((flow.orig_pkts, flow.resp_pkts), (6, 5));
        assert_eq!(flow.orig_ip_bytes, 52 + 5 * 40 + 100);
        assert_eq!(flow.resp_ip_bytes, 60 + 4 * 52 + 2_000);
        assert_eq!((flow.conn_state, flow.history.as_str()), ("SF", "ShADadFf"));
    }

    #[test]
    fn endings_have_zeeks_names() {
        let state = |ending| talk(1, 1, ending).flow(&mut Dice::new(1, 0)).conn_state;
        let all =
            [Ending::Closed, Ending::ClosedByResp, Ending::Open, Ending::ResetByOrig, Ending::ResetByResp];
        assert_eq!(all.map(state), ["SF", "SF", "S1", "RSTO", "RSTR"]);
    }

    #[test]
    fn data_letters_say_who_sent() {
        let history = |orig, resp| without_loss(talk(orig, resp, Ending::Closed)).history;
        assert_eq!(history(0, 0), "ShAFf");
        assert_eq!(history(1, 0), "ShADaFf");
        assert_eq!(history(0, 1), "ShAdFf");
    }

    #[test]
    fn ip_bytes_hold_the_payload_and_every_header() {
        for stream in 0..500 {
            let mut dice = Dice::new(2, stream);
            let (orig, resp) = (dice.range(0, 1_000_000), dice.range(0, 10_000_000));
            let flow = talk(orig, resp, Ending::Closed).flow(&mut dice);
            assert!(flow.orig_ip_bytes >= flow.orig_bytes + 40 * flow.orig_pkts);
            assert!(flow.resp_ip_bytes >= flow.resp_bytes + 40 * flow.resp_pkts);
            assert!(flow.orig_bytes <= 1460 * flow.orig_pkts && flow.resp_bytes <= 1448 * flow.resp_pkts);
        }
    }

    #[test]
    fn retransmissions_repeat_their_letter_at_powers_of_ten() {
        let spelled = |n| {
            let mut history = String::new();
            repeated('t', n, &mut history);
            history
        };
        assert_eq!([0, 1, 9, 10, 99, 100].map(spelled), ["", "t", "t", "tt", "tt", "ttt"]);
    }

    #[test]
    fn a_single_packet_has_no_duration() {
        assert_eq!(Flow::unanswered(Stack::BARE, 1, 5).duration, None);
        assert_eq!(Flow::udp((1, 40), (0, 0), 5).duration, None);
        assert_eq!(Flow::echo(1, 0, 56, 5).duration, None);
        assert_eq!(Flow::unanswered(Stack::LINUX, 3, 3_000_000).duration, Some(3_000_000));
    }

    #[test]
    fn udp_states_follow_who_spoke() {
        assert_eq!(Flow::udp((1, 40), (1, 90), 5).conn_state, "SF");
        assert_eq!(Flow::udp((2, 40), (0, 0), 5).conn_state, "S0");
        assert_eq!(Flow::echo(2, 2, 56, 5).conn_state, "OTH");
    }
}
