use super::super::detail::Detail;
use super::super::thresholds::Thresholds;
use super::super::tracks::ChannelTrack;
use super::{Conclusion, Severity, is_local, port_in_words};
use crate::{bytes_in_words, count_in_words, duration_in_words};

/// Ports of services that ask for a password.
const LOGINS: [(u16, &str); 14] = [
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (25, "SMTP"),
    (110, "POP3"),
    (143, "IMAP"),
    (1433, "SQL Server"),
    (2222, "SSH"),
    (2323, "Telnet"),
    (3306, "MySQL"),
    (3389, "Remote Desktop"),
    (5432, "PostgreSQL"),
    (5900, "VNC"),
    (5985, "WinRM"),
];

/// Password guessing: many short sessions of like size with a service that asks for one.
pub(super) fn all(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = Vec::new();
    for (&(orig, resp, port, proto), track) in detail.channels.iter() {
        let Some((_, service)) = LOGINS.iter().find(|(known, _)| *known == port) else { continue };
        let (most, seconds) = track.windows.busiest();
        let in_half_an_hour = most as f64 * (1_800.0 / seconds).min(1.0);
        let Some(typical) = Typical::of(track) else { continue };
        if in_half_an_hour < thresholds.brute_force || 2 * track.n_failed > track.n || !typical.is_guess() {
            continue;
        }
        let severity = if !is_local(orig) || track.n >= 100 { Severity::High } else { Severity::Medium };
        let reason = format!(
            "{orig} opened {} sessions with {resp}, port {} ({service}), up to {most} in {}, all alike: typically {} long, {} sent and {} received.",
            count_in_words(track.n),
            port_in_words(port, proto),
            duration_in_words(seconds),
            duration_in_words(typical.seconds),
            bytes_in_words(typical.sent),
            bytes_in_words(typical.received),
        );
        let conclusion = Conclusion::new("brute_force", severity, reason, track.n);
        let conclusion =
            conclusion.with_orig(orig).with_resp(resp).with_port(port, proto).between(track.span);
        found.push(conclusion.by(&["brute_force"]).shown_by(track.evidence.sessions()));
    }
    found
}

/// What a session of the channel is typically like.
struct Typical {
    seconds: f64,
    sent: f64,
    received: f64,
    /// Median deviation of what was sent, in medians.
    spread: f64,
}

impl Typical {
    fn of(track: &ChannelTrack) -> Option<Self> {
        let median = |mut values: Vec<f64>| {
            let middle = values.len() / 2;
            (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
        };
        let sent = median(track.calls.iter().map(|call| call.2 as f64).collect())?;
        let deviation = median(track.calls.iter().map(|call| (call.2 as f64 - sent).abs()).collect())?;
        Some(Self {
            seconds: median(track.calls.iter().map(|call| call.1 as f64 / 1e6).collect())?,
            sent,
            received: median(track.calls.iter().map(|call| call.3 as f64).collect())?,
            spread: if sent > 0.0 { deviation / sent } else { 0.0 },
        })
    }

    fn is_guess(&self) -> bool {
        self.seconds <= 60.0 && self.sent > 0.0 && self.sent + self.received <= 50_000.0 && self.spread <= 0.3
    }
}
