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
    let (mut addr, mut rest) = (0_u32, cell);
    for _ in 0..3 {
        let (part, n_digits) = parse_part(rest)?;
        addr = addr << 8 | part;
        let (&dot, after) = rest[n_digits..].split_first()?;
        if dot != b'.' {
            return None;
        }
        rest = after;
    }
    let (part, n_digits) = parse_part(rest)?;
    (n_digits == rest.len()).then(|| Ipv4Addr::from_bits(addr << 8 | part))
}

/// One to three digits up to 255 without leading zeros, and how many they are.
#[inline(always)]
fn parse_part(text: &[u8]) -> Option<(u32, usize)> {
    let digit =
        |idx: usize| text.get(idx).map(|byte| u32::from(byte.wrapping_sub(b'0'))).filter(|&digit| digit <= 9);
    let first = digit(0)?;
    let Some(second) = digit(1) else { return Some((first, 1)) };
    if first == 0 {
        return None;
    }
    let Some(third) = digit(2) else { return Some((10 * first + second, 2)) };
    let part = 100 * first + 10 * second + third;
    (part <= 255).then_some((part, 3))
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
