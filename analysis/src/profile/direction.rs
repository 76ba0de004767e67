use std::net::IpAddr;

/// Between which sides of the border a connection runs, from its originator's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Both ends are local.
    Internal,
    /// From a local host to one outside.
    Outbound,
    /// From outside to a local host.
    Inbound,
    /// Neither end is local.
    External,
}

impl Direction {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Internal, Self::Outbound, Self::Inbound, Self::External];

    /// The direction in a word.
    ///
    /// ```
    /// assert_eq!(bro_analysis::Direction::Outbound.name(), "outbound");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        ["internal", "outbound", "inbound", "external"][self as usize]
    }

    /// The direction between two ends, local or not.
    pub(super) fn between(orig: bool, resp: bool) -> Self {
        match (orig, resp) {
            (true, true) => Self::Internal,
            (true, false) => Self::Outbound,
            (false, true) => Self::Inbound,
            (false, false) => Self::External,
        }
    }
}

/// True for addresses that no router of the internet forwards: private, link-local, loopback, groups.
pub(super) fn is_private(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            let [a, b, ..] = addr.octets();
            addr.is_private()
                || addr.is_link_local()
                || addr.is_loopback()
                || addr.is_multicast()
                || addr.is_broadcast()
                || addr.is_unspecified()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(addr) => {
            let first = addr.segments()[0];
            addr.is_loopback()
                || addr.is_unspecified()
                || addr.is_multicast()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
    }
}
