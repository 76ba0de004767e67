//! Which rows are asked for.

use std::net::IpAddr;

use bro_log::{Subnet, Time};

use crate::{bulk::AddrBytes, datasets::BlockRow, runs::RunId};

/// Conditions on rows, all of which must hold; the database applies them.
///
/// A condition on a field that a kind of log lacks holds for none of its rows.
///
/// ```
/// let filter = bro_store::Filter { port: Some(443), ..Default::default() };
/// assert_ne!(filter, bro_store::Filter::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `ts` at or after this.
    pub from: Option<Time>,
    /// `ts` before this.
    pub until: Option<Time>,
    /// Originator or responder in this subnet.
    pub host: Option<Subnet>,
    /// Originator in this subnet.
    pub orig: Option<Subnet>,
    /// Responder in this subnet.
    pub resp: Option<Subnet>,
    /// The responder's port.
    pub port: Option<u16>,
    /// `proto` (conn logs); here and in the next two, `-` is unset.
    pub proto: Option<String>,
    /// `service` (conn logs).
    pub service: Option<String>,
    /// `conn_state` (conn logs).
    pub conn_state: Option<String>,
    /// `uid`.
    pub uid: Option<String>,
    /// Sessions with this label.
    pub label: Option<String>,
    /// Sessions that this run has findings about.
    pub run: Option<RunId>,
}

impl Filter {
    /// Whether rows of the block may have their time in the filter's range.
    pub(crate) fn may_hold_in(&self, block: &BlockRow) -> bool {
        let is_late_enough = self.from.is_none_or(|from| block.max_ts.is_some_and(|ts| ts >= from.0));
        let is_early_enough = self.until.is_none_or(|until| block.min_ts.is_some_and(|ts| ts < until.0));
        is_late_enough && is_early_enough
    }

    /// Whether it needs an address, a port, or more than that of a conn log.
    pub(crate) fn needs_addrs(&self) -> bool {
        self.host.is_some() || self.orig.is_some() || self.resp.is_some() || self.port.is_some()
    }

    /// Whether it needs a field of conn logs.
    pub(crate) fn needs_conn(&self) -> bool {
        self.proto.is_some() || self.service.is_some() || self.conn_state.is_some()
    }
}

/// The stored addresses of a subnet: from the first to the last, all of one length.
pub(crate) struct AddrRange {
    pub(crate) first: Vec<u8>,
    pub(crate) last: Vec<u8>,
}

impl AddrRange {
    pub(crate) fn of(subnet: Subnet) -> Self {
        let mut first = AddrBytes::of(subnet.addr).as_slice().to_vec();
        let mut last = first.clone();
        let n_bits = match subnet.addr {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        for bit in usize::from(subnet.width)..n_bits {
            let mask = 0x80 >> (bit % 8);
            first[bit / 8] &= !mask;
            last[bit / 8] |= mask;
        }
        Self { first, last }
    }

    pub(crate) fn len(&self) -> i32 {
        self.first.len() as i32
    }

    /// Each address, if they are few: an index then gives the rows of each by id, where for a range databases rather
    /// look at all rows.
    pub(crate) fn each(&self) -> Option<Vec<Vec<u8>>> {
        let ((last, head), (first, _)) = (self.last.split_last()?, self.first.split_last()?);
        let is_small = self.first.starts_with(head);
        is_small.then(|| (*first..=*last).map(|byte| [head, &[byte]].concat()).collect())
    }
}

/// The numbers that may stand for a port: its own, and with each protocol that some logs write after it.
pub(crate) fn port_codes(port: u16) -> Vec<i64> {
    (0..=4).map(|proto| i64::from(port) | proto << 16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_a_range_of_addresses_of_its_own_length() {
        let rows = [
            ("10.1.2.3/8", vec![10, 0, 0, 0], vec![10, 255, 255, 255]),
            ("10.1.2.3/32", vec![10, 1, 2, 3], vec![10, 1, 2, 3]),
            ("10.1.2.130/25", vec![10, 1, 2, 128], vec![10, 1, 2, 255]),
            ("0.0.0.0/0", vec![0; 4], vec![255; 4]),
            ("::/0", vec![0; 16], vec![255; 16]),
        ];
        for (subnet, first, last) in rows {
            let range = AddrRange::of(bro_log::parse_subnet(subnet.as_bytes()).unwrap());
            assert_eq!((range.first, range.last), (first, last), "{subnet}");
        }
    }

    #[test]
    fn small_subnets_are_their_addresses() {
        let each = |subnet: &str| AddrRange::of(bro_log::parse_subnet(subnet.as_bytes()).unwrap()).each();
        assert_eq!(each("10.1.2.3/32").unwrap(), [[10, 1, 2, 3]]);
        assert_eq!(each("10.1.2.3/31").unwrap(), [[10, 1, 2, 2], [10, 1, 2, 3]]);
        assert_eq!((each("10.1.2.3/24").unwrap().len(), each("fd00::1/120").unwrap().len()), (256, 256));
        assert_eq!((each("10.1.2.3/23"), each("fd00::/64")), (None, None));
    }
}
