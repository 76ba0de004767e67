//! Addresses and subnets.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str,
};

use crate::error::Fault;

/// An IPv4 or IPv6 address; brackets around an IPv6 address are dropped. Time O(n).
///
/// ```
/// use bro_log::parse_addr;
/// assert_eq!(parse_addr(b"10.0.0.1").map(|addr| addr.to_string()), Ok("10.0.0.1".to_owned()));
/// assert_eq!(parse_addr(b"[2001:db8::1]").map(|addr| addr.to_string()), Ok("2001:db8::1".to_owned()));
/// ```
///
/// # Errors
/// [`Fault::Addr`] for anything else. (Zeek's own reader would make it `0.0.0.0`.)
#[inline]
pub fn parse_addr(cell: &[u8]) -> Result<IpAddr, Fault> {
    match parse_ipv4(cell) {
        Some(addr) => Ok(IpAddr::V4(addr)),
        None => parse_ipv6(cell).map(IpAddr::V6),
    }
}

/// `10.0.0.1`, each part without leading zeros, as [`Ipv4Addr`]'s own parser takes it.
#[inline]
fn parse_ipv4(cell: &[u8]) -> Option<Ipv4Addr> {
    if cell.len() > 15 {
        return None;
    }
    let (mut addr, mut part, mut n_digits, mut n_dots) = (0_u32, 0_u32, 0, 0);
    for &byte in cell {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            if n_digits > 0 && part == 0 {
                return None;
            }
            part = part * 10 + u32::from(digit);
            n_digits += 1;
            if part > 255 {
                return None;
            }
        } else if byte == b'.' && n_digits > 0 && n_dots < 3 {
            addr = addr << 8 | part;
            (part, n_digits, n_dots) = (0, 0, n_dots + 1);
        } else {
            return None;
        }
    }
    (n_dots == 3 && n_digits > 0).then(|| Ipv4Addr::from_bits(addr << 8 | part))
}

fn parse_ipv6(cell: &[u8]) -> Result<Ipv6Addr, Fault> {
    let bare = cell.strip_prefix(b"[").and_then(|cell| cell.strip_suffix(b"]")).unwrap_or(cell);
    let text = str::from_utf8(bare).map_err(|_| Fault::Addr)?;
    text.parse().map_err(|_| Fault::Addr)
}

/// An address and the number of its leading bits that count.
///
/// ```
/// let net = bro_log::parse_subnet(b"10.0.0.0/24")?;
/// assert_eq!((net.width, net.to_string()), (24, "10.0.0.0/24".to_owned()));
/// # Ok::<(), bro_log::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    /// The address, as written.
    pub addr: IpAddr,
    /// Bits that count: at most 32 for IPv4, 128 for IPv6.
    pub width: u8,
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.width)
    }
}

/// An address, a slash and a width.
///
/// # Errors
/// [`Fault::Subnet`] for anything else.
#[inline]
pub fn parse_subnet(cell: &[u8]) -> Result<Subnet, Fault> {
    let slash = memchr::memchr(b'/', cell).ok_or(Fault::Subnet)?;
    let addr = parse_addr(&cell[..slash]).map_err(|_| Fault::Subnet)?;
    let width = crate::number::parse_count(&cell[slash + 1..]).map_err(|_| Fault::Subnet)?;
    let most = if addr.is_ipv4() { 32 } else { 128 };
    let width = u8::try_from(width).ok().filter(|&width| width <= most).ok_or(Fault::Subnet)?;
    Ok(Subnet { addr, width })
}
