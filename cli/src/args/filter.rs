use bro_log::{Subnet, Time};
use clap::Args as ClapArgs;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Which rows of a dataset; all conditions must hold, and the database applies them.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filter {
    /// Rows at or after this time: 2026-01-02, 2026-01-02T03:04:05Z, or seconds since 1970
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, value_parser = time)]
    pub(crate) from: Option<Time>,

    /// Rows before this time
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, value_parser = time)]
    pub(crate) until: Option<Time>,

    /// Originator or responder is this address or in this subnet, such as 10.0.0.0/8
    #[arg(long, value_name = "SUBNET", value_parser = subnet)]
    pub(crate) host: Option<Subnet>,

    /// Originator is this address or in this subnet
    #[arg(long, value_name = "SUBNET", value_parser = subnet)]
    pub(crate) orig: Option<Subnet>,

    /// Responder is this address or in this subnet
    #[arg(long, value_name = "SUBNET", value_parser = subnet)]
    pub(crate) resp: Option<Subnet>,

    /// The responder's port
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// `proto` of conn logs; here and in the next two, `-` is unset
    #[arg(long, value_name = "PROTO")]
    pub(crate) proto: Option<String>,

    /// `service` of conn logs
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,

    /// `conn_state` of conn logs
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,

    /// `uid`
    #[arg(long, value_name = "UID")]
    pub(crate) uid: Option<String>,

    /// Sessions with this label
    #[arg(long, value_name = "LABEL")]
    pub(crate) label: Option<String>,

    /// Sessions that this run has findings about
    #[arg(long, value_name = "RUN")]
    pub(crate) finding: Option<i64>,
}

/// `10.0.0.0/8`, or an address alone.
fn subnet(text: &str) -> Result<Subnet, String> {
    let whole = match text.contains('/') {
        true => text.to_owned(),
        false => format!("{text}/{}", if text.contains(':') { 128 } else { 32 }),
    };
    bro_log::parse_subnet(whole.as_bytes())
        .map_err(|_| "expected an address, or a subnet such as 10.0.0.0/8 or fd00::/8".to_owned())
}

/// `2026-01-02`, `2026-01-02T03:04:05` (both UTC), `2026-01-02T03:04:05+01:00`, or seconds since 1970.
fn time(text: &str) -> Result<Time, String> {
    let with_fraction = if text.contains('.') { text.to_owned() } else { format!("{text}.0") };
    if let Ok(micros) = bro_log::parse_time(with_fraction.as_bytes()) {
        return Ok(Time(micros));
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(Time(time.as_microsecond()));
    }
    if let Ok(time) = text.parse::<DateTime>().and_then(|time| time.to_zoned(TimeZone::UTC)) {
        return Ok(Time(time.timestamp().as_microsecond()));
    }
    Err("expected 2026-01-02, 2026-01-02T03:04:05Z, or seconds since 1970".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_instants_or_seconds_and_addresses_are_subnets() {
        let rows = [
            ("2026-01-02", 1_767_312_000_000_000),
            ("2026-01-02T03:04:05", 1_767_323_045_000_000),
            ("2026-01-02T03:04:05.000001Z", 1_767_323_045_000_001),
            ("2026-01-02T03:04:05+01:00", 1_767_319_445_000_000),
            ("1767312000.5", 1_767_312_000_500_000),
            ("1767312000", 1_767_312_000_000_000),
            ("-1.5", -1_500_000),
        ];
        for (text, micros) in rows {
            assert_eq!(time(text).unwrap(), Time(micros), "{text}");
        }
        assert!(time("yesterday").is_err());
        assert_eq!(subnet("10.0.0.1").unwrap(), subnet("10.0.0.1/32").unwrap());
        assert_eq!(subnet("::1").unwrap().width, 128);
        assert!(subnet("10.0.0.0/33").is_err() && subnet("example.org").is_err());
    }
}
