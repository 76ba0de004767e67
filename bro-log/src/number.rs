//! Cells that hold a truth value or a number.
//!
//! Each `parse_…` takes what Zeek's writer writes and nothing else; each `mend_…` is for a cell that `parse_…` has
//! refused, takes what Zeek's reader would have taken, and says what was odd about it.

use std::{fmt, str};

use crate::{error::Fault, warning::Warning};

/// `T` or `F`.
///
/// # Errors
/// [`Fault::Bool`] for anything else.
#[inline]
pub fn parse_bool(cell: &[u8]) -> Result<bool, Fault> {
    match cell {
        b"T" => Ok(true),
        b"F" => Ok(false),
        _ => Err(Fault::Bool),
    }
}

/// `1` or `0`, or blanks around a bool.
///
/// # Errors
/// [`Fault::Bool`] for anything else.
#[cold]
pub fn mend_bool(cell: &[u8]) -> Result<(bool, Warning), Fault> {
    match cell.trim_ascii() {
        b"1" => Ok((true, Warning::BoolDigit)),
        b"0" => Ok((false, Warning::BoolDigit)),
        word => parse_bool(word).map(|value| (value, Warning::TrailingText)),
    }
}

/// An unsigned decimal number of 64 bits. Time O(n).
///
/// ```
/// use bro_log::{Fault, parse_count};
/// assert_eq!(parse_count(b"18446744073709551615"), Ok(u64::MAX));
/// assert_eq!(parse_count(b"18446744073709551616"), Err(Fault::Range));
/// ```
///
/// # Errors
/// [`Fault::Negative`] for a number below zero, [`Fault::Range`] for one of more than 64 bits, else
/// [`Fault::Syntax`].
#[inline]
pub fn parse_count(cell: &[u8]) -> Result<u64, Fault> {
    if cell.is_empty() {
        return Err(Fault::Syntax);
    }
    if cell.len() > 19 {
        return parse_long_count(cell);
    }
    let mut value = 0_u64;
    for &byte in cell {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(count_fault(cell));
        }
        value = value * 10 + u64::from(digit);
    }
    Ok(value)
}

/// Twenty digits and more, where the value may not fit.
#[cold]
fn parse_long_count(cell: &[u8]) -> Result<u64, Fault> {
    if !cell.iter().all(u8::is_ascii_digit) {
        return Err(count_fault(cell));
    }
    let push = |value: u64, byte: &u8| value.checked_mul(10)?.checked_add(u64::from(byte - b'0'));
    cell.iter().try_fold(0, push).ok_or(Fault::Range)
}

#[cold]
fn count_fault(cell: &[u8]) -> Fault {
    match cell {
        [b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => Fault::Negative,
        _ => Fault::Syntax,
    }
}

/// A count with blanks before it or text after it, as Zeek's reader takes it.
///
/// # Errors
/// As [`parse_count`].
#[cold]
pub fn mend_count(cell: &[u8]) -> Result<(u64, Warning), Fault> {
    let value = parse_count(leading_number(cell))?;
    Ok((value, Warning::TrailingText))
}

/// A signed decimal number of 64 bits. Time O(n).
///
/// # Errors
/// [`Fault::Range`] for a number of more than 64 bits, else [`Fault::Syntax`].
#[inline]
pub fn parse_int(cell: &[u8]) -> Result<i64, Fault> {
    let (is_negative, digits) = sign_of(cell);
    let magnitude = parse_count(digits).map_err(|fault| match fault {
        Fault::Negative => Fault::Syntax,
        fault => fault,
    })?;
    if is_negative {
        return 0_i64.checked_sub_unsigned(magnitude).ok_or(Fault::Range);
    }
    i64::try_from(magnitude).map_err(|_| Fault::Range)
}

/// An int with blanks or a plus sign before it or text after it.
///
/// # Errors
/// As [`parse_int`].
#[cold]
pub fn mend_int(cell: &[u8]) -> Result<(i64, Warning), Fault> {
    let number = leading_number(cell);
    let value = parse_int(number.strip_prefix(b"+").unwrap_or(number))?;
    Ok((value, Warning::TrailingText))
}

/// A decimal number with or without fraction, or `nan`, `inf`, `-inf`. Time O(n).
///
/// The nearest `f64`, ties to even, however many digits are given. An exponent, which Zeek never writes, is read too.
///
/// # Errors
/// [`Fault::Syntax`] for anything else, [`Fault::Range`] for a finite number that `f64` cannot hold.
#[inline]
pub fn parse_double(cell: &[u8]) -> Result<f64, Fault> {
    match parse_short_double(cell) {
        Some(value) => Ok(value),
        None => parse_any_double(cell),
    }
}

/// Up to 15 digits: an exact integer divided by an exact power of ten, which rounds once.
#[inline]
fn parse_short_double(cell: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (is_negative, digits) = sign_of(cell);
    if digits.len() > 16 || !digits.first()?.is_ascii_digit() || digits.last() == Some(&b'.') {
        return None;
    }
    let (mut mantissa, mut n_digits, mut point) = (0_u64, 0, None);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() => point = Some(n_digits),
            _ => return None,
        }
    }
    if n_digits > 15 {
        return None;
    }
    let magnitude = mantissa as f64 / POWERS[n_digits - point.unwrap_or(n_digits)];
    Some(if is_negative { -magnitude } else { magnitude })
}

#[cold]
fn parse_any_double(cell: &[u8]) -> Result<f64, Fault> {
    match cell {
        b"nan" | b"-nan" => return Ok(f64::NAN),
        b"inf" => return Ok(f64::INFINITY),
        b"-inf" => return Ok(f64::NEG_INFINITY),
        _ => {}
    }
    let (_, digits) = sign_of(cell);
    if !digits.first().is_some_and(u8::is_ascii_digit) {
        return Err(Fault::Syntax);
    }
    let text = str::from_utf8(cell).map_err(|_| Fault::Syntax)?;
    let value: f64 = text.parse().map_err(|_| Fault::Syntax)?;
    if value.is_finite() { Ok(value) } else { Err(Fault::Range) }
}

/// A double with blanks before it or text after it.
///
/// # Errors
/// As [`parse_double`].
#[cold]
pub fn mend_double(cell: &[u8]) -> Result<(f64, Warning), Fault> {
    let text = cell.trim_ascii();
    let number = leading_decimal(text);
    let value = parse_double(text).or_else(|_| parse_double(number))?;
    Ok((value, Warning::TrailingText))
}

/// A transport protocol, where a port's cell names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proto {
    /// `tcp`
    Tcp,
    /// `udp`
    Udp,
    /// `icmp`
    Icmp,
    /// `unknown`
    Unknown,
}

impl Proto {
    /// Zeek's word for the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Unknown => "unknown",
        }
    }

    fn from_name(name: &[u8]) -> Option<Self> {
        let protos = [Self::Tcp, Self::Udp, Self::Icmp, Self::Unknown];
        protos.into_iter().find(|proto| proto.name().as_bytes() == name)
    }
}

/// A port number, with its protocol where the cell has it, which no Zeek writer does.
///
/// ```
/// use bro_log::{Port, parse_port};
/// assert_eq!(parse_port(b"443"), Ok(Port::from(443)));
/// assert_eq!(parse_port(b"123/udp").map(|port| port.to_string()), Ok("123/udp".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The number.
    pub number: u16,
    /// The protocol after the slash, if any.
    pub proto: Option<Proto>,
}

impl From<u16> for Port {
    fn from(number: u16) -> Self {
        Self { number, proto: None }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proto {
            None => write!(f, "{}", self.number),
            Some(proto) => write!(f, "{}/{}", self.number, proto.name()),
        }
    }
}

/// A port number, or a number, a slash and a protocol.
///
/// # Errors
/// [`Fault::Range`] above 65535, [`Fault::Negative`] below zero, else [`Fault::Syntax`].
#[inline]
pub fn parse_port(cell: &[u8]) -> Result<Port, Fault> {
    match parse_count(cell) {
        Ok(number) => u16::try_from(number).map(Port::from).map_err(|_| Fault::Range),
        Err(fault) => parse_port_and_proto(cell, fault),
    }
}

/// `123/udp`
#[cold]
fn parse_port_and_proto(cell: &[u8], fault: Fault) -> Result<Port, Fault> {
    let slash = memchr::memchr(b'/', cell).ok_or(fault)?;
    let number = u16::try_from(parse_count(&cell[..slash])?).map_err(|_| Fault::Range)?;
    let proto = Proto::from_name(&cell[slash + 1..]).ok_or(Fault::Syntax)?;
    Ok(Port { number, proto: Some(proto) })
}

/// A port with blanks before it or text after it.
///
/// # Errors
/// As [`parse_port`].
#[cold]
pub fn mend_port(cell: &[u8]) -> Result<(Port, Warning), Fault> {
    let port = parse_port(cell.trim_ascii()).or_else(|_| parse_port(leading_number(cell)))?;
    Ok((port, Warning::TrailingText))
}

/// Whether a minus sign leads, and what follows it.
#[inline]
pub(crate) fn sign_of(cell: &[u8]) -> (bool, &[u8]) {
    match cell {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, cell),
    }
}

/// `1` in ` 1Justtext`: sign and digits after leading blanks.
fn leading_number(cell: &[u8]) -> &[u8] {
    let text = cell.trim_ascii_start();
    let n_sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let n_digits = text[n_sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    &text[..n_sign + n_digits]
}

/// `1.5` in `1.5s`: a number and its fraction.
pub(crate) fn leading_decimal(text: &[u8]) -> &[u8] {
    let whole = leading_number(text);
    match &text[whole.len()..] {
        [b'.', fraction @ ..] => {
            let n_digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if n_digits == 0 { whole } else { &text[..whole.len() + 1 + n_digits] }
        }
        _ => whole,
    }
}
