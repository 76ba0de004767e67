use std::net::{IpAddr, Ipv4Addr};

use bro_log::{Fault, mend_count, mend_time, parse_addr, parse_count, parse_double, parse_int, parse_time};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

/// The instant by arithmetic on all digits at once.
fn naive_time(cell: &str) -> Option<i64> {
    let (sign, digits) = cell.strip_prefix('-').map_or((1, cell), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 6 {
        return None;
    }
    let micros: i128 = format!("{whole}{fraction:0<6}").parse().ok()?;
    i64::try_from(sign * micros).ok()
}

proptest! {
    #![proptest_config(Config { cases: 8 * Config::default().cases, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..Config::default() })]

    #[test]
    fn an_ipv4_address_is_what_the_standard_library_takes(cell in "[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.]?[0-9.]{0,3}") {
        let naive = cell.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
        prop_assert_eq!(parse_addr(cell.as_bytes()).ok(), naive);
    }

    #[test]
    fn a_count_is_what_the_standard_library_takes(cell in "[0-9]{0,22}|[0-9a+-]{0,4}") {
        let naive = cell.parse::<u64>().ok().filter(|_| !cell.starts_with('+'));
        prop_assert_eq!(parse_count(cell.as_bytes()).ok(), naive);
    }

    #[test]
    fn an_int_is_what_the_standard_library_takes(number in any::<i64>(), cell in "-?[0-9]{0,21}") {
        prop_assert_eq!(parse_int(number.to_string().as_bytes()), Ok(number));
        prop_assert_eq!(parse_int(cell.as_bytes()).ok(), cell.parse::<i64>().ok());
    }

    #[test]
    fn a_double_is_the_nearest_to_its_digits(cell in "-?[0-9]{1,20}([.][0-9]{1,8})?", number in any::<f64>()) {
        prop_assert_eq!(parse_double(cell.as_bytes()).ok(), cell.parse::<f64>().ok());
        if number.is_finite() {
            prop_assert_eq!(parse_double(number.to_string().as_bytes()), Ok(number));
        }
    }

    #[test]
    fn a_time_is_its_digits(cell in "-?[0-9]{0,20}[.]?[0-9]{0,8}") {
        prop_assert_eq!(parse_time(cell.as_bytes()).ok(), naive_time(&cell), "{}", cell);
    }
}

#[test]
fn mending_takes_what_zeeks_reader_takes() {
    assert_eq!(mend_count(b"  7 ").map(|(count, _)| count), Ok(7));
    assert_eq!(mend_count(b"7,5").map(|(count, _)| count), Ok(7));
    assert_eq!(mend_count(b""), Err(Fault::Syntax));
    assert_eq!(mend_time(b"1.23456789").map(|(micros, _)| micros), Ok(1_234_568));
    assert_eq!(mend_time(b"1.5e3").map(|(micros, _)| micros), Ok(1_500_000_000));
    assert_eq!(mend_time(b"-0.0000005").map(|(micros, _)| micros), Ok(-1));
    assert_eq!(mend_time(b"99999999999999999999"), Err(Fault::Range));
}
