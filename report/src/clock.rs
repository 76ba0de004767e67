use crate::Error;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Shows times in one time zone.
///
/// ```
/// let clock = bro_report::Clock::new("Europe/Berlin")?;
/// assert_eq!(clock.show(1_258_531_221_486_539), "2009-11-18T09:00:21.486539+01:00");
/// # Ok::<(), bro_report::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
    name: String,
}

/// The end of a day in UTC, in microseconds since 1970; `None` if it is no day of the form `2026-12-31`.
///
/// ```
/// assert_eq!(bro_report::end_of_day("1970-01-01"), Some(86_400_000_000));
/// assert_eq!(bro_report::end_of_day("1970-13-01"), None);
/// ```
#[must_use]
pub fn end_of_day(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    let next = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(next.timestamp().as_microsecond())
}

impl Clock {
    /// A clock for an IANA time zone name, `UTC` or `local`.
    ///
    /// # Errors
    /// [`Error::TimeZone`] if there is no such zone.
    pub fn new(name: &str) -> Result<Self, Error> {
        let zone = match name {
            "local" => TimeZone::system(),
            _ => TimeZone::get(name).map_err(|source| Error::TimeZone { name: name.to_owned(), source })?,
        };
        Ok(Self { zone, name: name.to_owned() })
    }

    /// The zone's name, as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Microseconds since 1970 as date, time and offset; as seconds where the calendar does not reach.
    #[must_use]
    pub fn show(&self, micros: i64) -> String {
        let Ok(instant) = Timestamp::from_microsecond(micros) else {
            return format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        };
        let zoned = instant.to_zoned(self.zone.clone());
        if self.zone == TimeZone::UTC {
            return zoned.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        }
        zoned.strftime("%Y-%m-%dT%H:%M:%S.%6f%:z").to_string()
    }

    /// Whole seconds since 1970 as `format` says, in strftime's words; `None` where the calendar does not reach.
    ///
    /// # Errors
    /// [`Error::TimeFormat`] if `format` has a word that is unknown.
    pub fn format(&self, seconds: i64, format: &str) -> Result<Option<String>, Error> {
        let Ok(instant) = Timestamp::from_second(seconds) else { return Ok(None) };
        let text = strtime::format(format, &instant.to_zoned(self.zone.clone()));
        text.map(Some).map_err(|source| Error::TimeFormat { format: format.to_owned(), source })
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, name: "UTC".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_outside_the_calendar_are_shown_as_seconds() {
        assert_eq!(Clock::default().show(i64::MAX), "9223372036854.775807");
        assert_eq!(Clock::default().show(-1), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn a_format_is_written_in_the_clock_s_zone() {
        let format = |zone, seconds, format| Clock::new(zone).unwrap().format(seconds, format);
        let local = format("Europe/Berlin", 1_258_531_221, "%Y-%m-%dT%H:%M:%S%z").unwrap();
        assert_eq!(local.as_deref(), Some("2009-11-18T09:00:21+0100"));
        assert_eq!(format("UTC", 0, "%s %d.%m.").unwrap().as_deref(), Some("0 01.01."));
        assert_eq!(format("UTC", i64::MAX, "%Y").unwrap(), None);
        assert!(format("UTC", 0, "%!").unwrap_err().to_string().contains("%!"));
    }

    #[test]
    fn an_unknown_zone_is_named() {
        let message = Clock::new("Mars/Olympus").unwrap_err().to_string();
        assert!(message.contains("Mars/Olympus") && message.contains("Europe/Berlin"), "{message}");
    }
}
