use crate::{ImputedFlow, PortClass, Proto};
use std::net::IpAddr;

/// What the features that are given only if they are named need of a row of a conn.log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Details<'a> {
    pub(crate) flow: &'a ImputedFlow,
    pub(crate) ts: Option<i64>,
    pub(crate) orig_h: Option<IpAddr>,
    pub(crate) orig_p: Option<u16>,
    pub(crate) resp_h: Option<IpAddr>,
    pub(crate) history: &'a [u8],
}

/// Which side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Orig,
    Resp,
}

impl Side {
    pub(crate) const ALL: [Self; 2] = [Self::Orig, Self::Resp];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Orig => "orig",
            Self::Resp => "resp",
        }
    }

    /// A letter of history as this side writes it: upper case is the originator's.
    fn letter(self, letter: u8) -> u8 {
        match self {
            Self::Orig => letter.to_ascii_uppercase(),
            Self::Resp => letter,
        }
    }
}

/// The letters of history, by what they say.
pub(crate) const LETTERS: [(u8, &str); 13] = [
    (b's', "a SYN"),
    (b'h', "a SYN-ACK"),
    (b'a', "a pure ACK"),
    (b'd', "payload"),
    (b'f', "a FIN"),
    (b'r', "a RST"),
    (b'c', "a bad checksum"),
    (b'g', "a content gap"),
    (b't', "a retransmission"),
    (b'w', "a zero window"),
    (b'i', "FIN and RST in one packet"),
    (b'q', "SYN with FIN or RST in one packet"),
    (b'x', "the analysis cut off"),
];

/// Those of them that are written again at the 10th, 100th and so on occurrence.
pub(crate) const REPEATED: [(u8, &str); 4] =
    [(b'c', "bad checksums"), (b'g', "content gaps"), (b't', "retransmissions"), (b'w', "zero windows")];

/// Columns that the first four letters are hashed into.
pub(crate) const PREFIXES: usize = 16;

/// The classes of addresses; the last is every other one, or none.
pub(crate) const ADDRESSES: [&str; 6] =
    ["private", "link_local", "loopback", "multicast", "broadcast", "global"];

/// Who speaks with whom, private and link-local addresses being inside.
pub(crate) const DIRECTIONS: [&str; 4] = ["outbound", "inbound", "internal", "external"];

impl Details<'_> {
    /// 1 if the letter stands in history on that side.
    pub(crate) fn has_letter(&self, side: Side, letter: u8) -> bool {
        self.history.contains(&side.letter(letter))
    }

    /// At least how often it happened: k letters stand for 10^(k − 1) or more.
    pub(crate) fn repeats(&self, side: Side, letter: u8) -> f64 {
        let letter = side.letter(letter);
        let n = self.history.iter().filter(|other| **other == letter).count();
        // A hostile history may hold more letters than any count has digits.
        if n == 0 { 0.0 } else { 10.0_f64.powi(n.min(20) as i32 - 1) }
    }

    /// The column of the first four letters, a `^` left out: FNV-1a of 32 bits.
    pub(crate) fn prefix(&self) -> Option<usize> {
        let letters = self.history.iter().filter(|letter| **letter != b'^').take(4);
        let hash = letters
            .fold(0x811c_9dc5_u32, |hash, &letter| (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193));
        (!self.history.is_empty()).then_some(hash as usize % PREFIXES)
    }

    pub(crate) fn started_with_syn(&self) -> bool {
        self.history.iter().find(|letter| **letter != b'^') == Some(&b'S')
    }

    /// A SYN, then a SYN-ACK, both before the first payload.
    pub(crate) fn handshake_complete(&self) -> bool {
        let place = |letter| self.history.iter().position(|other| *other == letter);
        let (Some(syn), Some(syn_ack)) = (place(b'S'), place(b'h')) else { return false };
        syn < syn_ack && self.first_payload().is_none_or(|payload| syn_ack < payload)
    }

    /// TCP payload although no SYN-ACK came before it.
    pub(crate) fn data_before_handshake(&self) -> bool {
        let Some(payload) = self.first_payload() else { return false };
        self.flow.proto == Proto::Tcp && !self.history[..payload].contains(&b'h')
    }

    fn first_payload(&self) -> Option<usize> {
        self.history.iter().position(|letter| matches!(letter, b'd' | b'D'))
    }

    pub(crate) fn is_flipped(&self) -> bool {
        self.history.contains(&b'^')
    }

    /// The place of a side's address in [`ADDRESSES`].
    pub(crate) fn address_class(&self, side: Side) -> usize {
        match self.address(side) {
            Some(IpAddr::V4(addr)) if addr.is_private() => 0,
            Some(IpAddr::V4(addr)) if addr.is_link_local() => 1,
            Some(IpAddr::V4(addr)) if addr.is_broadcast() => 4,
            Some(IpAddr::V6(addr)) if addr.is_unique_local() => 0,
            Some(IpAddr::V6(addr)) if addr.is_unicast_link_local() => 1,
            Some(addr) if addr.is_loopback() => 2,
            Some(addr) if addr.is_multicast() => 3,
            _ => 5,
        }
    }

    fn address(&self, side: Side) -> Option<IpAddr> {
        match side {
            Side::Orig => self.orig_h,
            Side::Resp => self.resp_h,
        }
    }

    /// The place in [`DIRECTIONS`]; multicast and broadcast stay inside.
    pub(crate) fn direction(&self) -> usize {
        let is_inside = |side| self.address_class(side) < 5;
        match (is_inside(Side::Orig), is_inside(Side::Resp)) {
            (true, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (false, false) => 3,
        }
    }

    /// The time of day in UTC as an angle; 0 without `ts`.
    pub(crate) fn hour_angle(&self) -> f64 {
        const DAY: i64 = 86_400_000_000;
        let micros = self.ts.map_or(0, |ts| ts.rem_euclid(DAY));
        std::f64::consts::TAU * (micros as f64 / DAY as f64)
    }

    /// True if both ports are the same; never for ICMP, whose ports are type and code.
    pub(crate) fn is_same_port(&self) -> bool {
        let port = self.flow.resp_p.filter(|_| self.flow.proto != Proto::Icmp);
        port.is_some() && port == self.orig_p
    }

    /// The class of the originator's port; none for ICMP.
    pub(crate) fn orig_port_class(&self) -> Option<PortClass> {
        if self.flow.proto == Proto::Icmp { None } else { self.orig_p.map(PortClass::of) }
    }

    /// Seconds to divide by: at least a millisecond.
    pub(crate) fn seconds(&self) -> f64 {
        self.flow.duration.max(1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flow, Medians};

    fn check(history: &str, holds: impl Fn(&Details<'_>) -> bool) {
        let flow = Flow { proto: Proto::Tcp, ..Flow::default() }.imputed(Medians::default());
        let history = history.as_bytes();
        let details = Details { flow: &flow, ts: None, orig_h: None, orig_p: None, resp_h: None, history };
        assert!(holds(&details), "{details:?}");
    }

    #[test]
    fn letters_are_told_apart_by_side_and_counted_by_powers_of_ten() {
        check("ShADTTTtdFf", |d| d.has_letter(Side::Orig, b's') && !d.has_letter(Side::Resp, b's'));
        check("ShADTTTtdFf", |d| (d.repeats(Side::Orig, b't'), d.repeats(Side::Resp, b't')) == (100.0, 1.0));
        check("ShAD", |d| d.repeats(Side::Orig, b't') == 0.0);
        check(&"T".repeat(500), |d| d.repeats(Side::Orig, b't') == 1e19);
    }

    #[test]
    fn the_handshake_is_read_from_the_order() {
        check("ShADadFf", |d| d.handshake_complete() && d.started_with_syn() && !d.data_before_handshake());
        check("^ShAd", |d| d.started_with_syn() && d.is_flipped());
        check("DhS", |d| !d.handshake_complete() && d.data_before_handshake());
        check("S", |d| !d.handshake_complete() && !d.data_before_handshake());
        check("ShADad", |d| d.prefix().is_some());
        check("", |d| d.prefix().is_none() && !d.started_with_syn());
    }

    #[test]
    fn addresses_and_directions_are_classed() {
        let flow = Flow::default().imputed(Medians::default());
        let of = |orig: &str, resp: &str| {
            let (orig_h, resp_h) = (orig.parse().ok(), resp.parse().ok());
            let details =
                Details { flow: &flow, ts: Some(21_600_000_000), orig_h, orig_p: None, resp_h, history: b"" };
            assert!((details.hour_angle().sin() - 1.0).abs() < 1e-15, "six in the morning");
            (ADDRESSES[details.address_class(Side::Resp)], DIRECTIONS[details.direction()])
        };
        assert_eq!(of("10.0.0.1", "8.8.8.8"), ("global", "outbound"));
        assert_eq!(of("8.8.8.8", "192.168.1.1"), ("private", "inbound"));
        assert_eq!(of("fe80::1", "ff02::fb"), ("multicast", "internal"));
        assert_eq!(of("2001:db8::1", "?"), ("global", "external"));
        assert_eq!(of("10.0.0.1", "255.255.255.255"), ("broadcast", "internal"));
    }
}
