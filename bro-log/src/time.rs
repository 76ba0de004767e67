//! Instants and lengths of time, exact to the microsecond.

use std::fmt;

use crate::{
    error::Fault,
    number::{leading_decimal, parse_double, sign_of},
    warning::Warning,
};

/// An instant: microseconds since 1970-01-01T00:00:00Z, negative before that.
///
/// ```
/// use bro_log::{Time, parse_time};
/// let ts = parse_time(b"1234567890.000001").map(Time);
/// assert_eq!(ts, Ok(Time(1_234_567_890_000_001)));
/// assert_eq!(Time(-10).to_string(), "-0.000010");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// A length of time in microseconds; may be negative.
///
/// ```
/// use bro_log::Interval;
/// assert_eq!(Interval(1_500_000).seconds(), 1.5);
/// assert_eq!(Interval(1_500_000).to_string(), "1.500000");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(pub i64);

impl Time {
    /// Microseconds since 1970.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Seconds since 1970, rounded to the nearest `f64`.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Interval {
    /// Microseconds.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Seconds, rounded to the nearest `f64`.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micros(self.0, f)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micros(self.0, f)
    }
}

/// Seconds with six decimals, as Zeek writes them.
fn fmt_micros(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if micros < 0 { "-" } else { "" };
    let magnitude = micros.unsigned_abs();
    write!(f, "{sign}{}.{:06}", magnitude / 1_000_000, magnitude % 1_000_000)
}

/// Seconds since 1970 with one to six decimals, as microseconds. Time O(n).
///
/// ```
/// use bro_log::{Fault, parse_time};
/// assert_eq!(parse_time(b"-315619200.000000"), Ok(-315_619_200_000_000));
/// assert_eq!(parse_time(b"1234567890"), Err(Fault::Syntax));
/// ```
///
/// # Errors
/// [`Fault::Range`] beyond ±292,000 years, else [`Fault::Syntax`].
#[inline]
pub fn parse_time(cell: &[u8]) -> Result<i64, Fault> {
    parse_micros(cell)
}

/// Seconds with one to six decimals, as microseconds. Time O(n).
///
/// # Errors
/// As [`parse_time`].
#[inline]
pub fn parse_interval(cell: &[u8]) -> Result<i64, Fault> {
    parse_micros(cell)
}

/// A time without fraction, with more than six decimals (rounded to the nearest microsecond, halves away from zero),
/// with an exponent, or with text around it.
///
/// # Errors
/// As [`parse_time`].
#[cold]
pub fn mend_time(cell: &[u8]) -> Result<(i64, Warning), Fault> {
    mend_micros(cell)
}

/// As [`mend_time`], for an interval.
///
/// # Errors
/// As [`parse_time`].
#[cold]
pub fn mend_interval(cell: &[u8]) -> Result<(i64, Warning), Fault> {
    mend_micros(cell)
}

#[inline]
fn parse_micros(cell: &[u8]) -> Result<i64, Fault> {
    let (is_negative, digits) = sign_of(cell);
    // Zeek writes six decimals; anything else is looked at with care.
    let Some((whole, [b'.', fraction @ ..])) = digits.split_last_chunk::<7>() else {
        return parse_few_decimals(is_negative, digits);
    };
    let (seconds, fraction) = (decimal(whole)?, decimal(fraction)?);
    micros_of(is_negative, seconds, fraction)
}

/// One to five decimals.
#[cold]
fn parse_few_decimals(is_negative: bool, digits: &[u8]) -> Result<i64, Fault> {
    let point = digits.iter().position(|&byte| byte == b'.').ok_or(Fault::Syntax)?;
    let (whole, fraction) = (&digits[..point], &digits[point + 1..]);
    if fraction.len() > 6 {
        return Err(Fault::Syntax);
    }
    let scale = 10_u64.pow(6 - fraction.len() as u32);
    micros_of(is_negative, decimal(whole)?, decimal(fraction)? * scale)
}

/// One digit or more; beyond eighteen the value saturates, which no time survives.
#[inline]
fn decimal(digits: &[u8]) -> Result<u64, Fault> {
    if digits.is_empty() || digits.len() > 18 {
        return decimal_of_odd_length(digits);
    }
    let mut value = 0_u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(Fault::Syntax);
        }
        value = value * 10 + u64::from(digit);
    }
    Ok(value)
}

#[cold]
fn decimal_of_odd_length(digits: &[u8]) -> Result<u64, Fault> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Syntax);
    }
    let push = |value: u64, byte: &u8| value.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    Ok(digits.iter().fold(0, push))
}

#[inline]
fn micros_of(is_negative: bool, seconds: u64, fraction: u64) -> Result<i64, Fault> {
    let micros = seconds.checked_mul(1_000_000).and_then(|whole| whole.checked_add(fraction));
    let micros = micros.ok_or(Fault::Range)?;
    if is_negative {
        return 0_i64.checked_sub_unsigned(micros).ok_or(Fault::Range);
    }
    i64::try_from(micros).map_err(|_| Fault::Range)
}

fn mend_micros(cell: &[u8]) -> Result<(i64, Warning), Fault> {
    let text = cell.trim_ascii();
    let number = leading_decimal(text);
    if matches!(text.get(number.len()), Some(b'e' | b'E'))
        && let Ok(seconds) = parse_double(text)
    {
        return micros_of_seconds(seconds).map(|micros| (micros, Warning::NoFraction));
    }
    let (is_negative, digits) = sign_of(number);
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        None => (digits, &b""[..]),
        Some(point) => (&digits[..point], &digits[point + 1..]),
    };
    let micros = micros_of(is_negative, decimal(whole)?, rounded_fraction(fraction))?;
    let is_whole_cell = number.len() == cell.len();
    Ok((micros, if is_whole_cell { Warning::NoFraction } else { Warning::TrailingText }))
}

/// The decimals after the point as microseconds, the seventh digit rounding.
fn rounded_fraction(fraction: &[u8]) -> u64 {
    let digit = |idx: usize| fraction.get(idx).map_or(0, |byte| u64::from(byte - b'0'));
    (0..6).fold(0, |micros, idx| micros * 10 + digit(idx)) + u64::from(digit(6) >= 5)
}

/// Seconds as microseconds, halves away from zero.
pub(crate) fn micros_of_seconds(seconds: f64) -> Result<i64, Fault> {
    let micros = (seconds * 1e6).round();
    let is_inside = micros >= i64::MIN as f64 && micros < i64::MAX as f64;
    if is_inside { Ok(micros as i64) } else { Err(Fault::Range) }
}
