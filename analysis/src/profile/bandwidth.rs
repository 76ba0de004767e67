use super::Direction;
use super::activity::{Bins, Moment};
use super::detail::Detail;
use super::found::{Bandwidth, HourProfile, RateProfile, TalkerProfile, Trend};
use super::merge::Merge;
use super::params::ProfileParams;
use super::tally::Tally;
use super::tracks::HostTrack;
use std::cmp::Reverse;
use std::net::IpAddr;

/// The hosts with most bytes, and with most connections, in each role.
pub(super) fn talkers(detail: &Detail, params: &ProfileParams) -> Vec<TalkerProfile> {
    let mut all: Vec<(IpAddr, bool, &HostTrack)> = Vec::new();
    for (is_orig, tracks) in [(true, &detail.origs), (false, &detail.resps)] {
        let mut hosts: Vec<_> = tracks.iter().collect();
        let most = params.limit.div_ceil(2);
        hosts.sort_by_key(|(addr, track)| {
            (Reverse(track.sent.saturating_add(track.received)), Reverse(track.n), **addr)
        });
        all.extend(hosts.into_iter().take(most).map(|(addr, track)| (*addr, is_orig, track)));
    }
    all.sort_by_key(|(addr, is_orig, track)| {
        (Reverse(track.sent.saturating_add(track.received)), Reverse(track.n), *addr, *is_orig)
    });
    all.into_iter().map(|(addr, is_orig, track)| talker(addr, is_orig, track)).collect()
}

fn talker(addr: IpAddr, is_orig: bool, track: &HostTrack) -> TalkerProfile {
    let some = |time: i64| (track.span.first <= track.span.last).then_some(time);
    TalkerProfile {
        host: addr.to_string(),
        is_orig,
        n: track.n,
        n_failed: track.n_failed,
        sent: track.sent,
        received: track.received,
        n_peers: track.peers.n(),
        first: some(track.span.first),
        last: some(track.span.last),
    }
}

/// Most hosts with rates of their own.
const MOST_HOSTS: usize = 20;

pub(super) fn bandwidth(tally: &Tally, detail: &Detail, params: &ProfileParams) -> Bandwidth {
    let frame = Frame::of(&tally.activity);
    let moments = tally.activity.sorted();
    let of = |bytes: &dyn Fn(&Moment) -> [u64; 2]| {
        moments.iter().map(|(start, moment)| (*start, bytes(moment))).collect::<Vec<_>>()
    };
    let total = |moment: &Moment| sum(moment.bytes.iter().copied());
    let mut rates = vec![frame.rate("all", "all".to_owned(), &of(&total))];
    for direction in Direction::ALL {
        let bins = of(&|moment: &Moment| moment.bytes[direction as usize]);
        if bins.iter().any(|(_, bytes)| *bytes != [0, 0]) {
            rates.push(frame.rate("direction", direction.name().to_owned(), &bins));
        }
    }
    let list = |bins: &Option<Bins<[u64; 2]>>| {
        bins.iter().flat_map(Bins::sorted).map(|(start, bytes)| (start, *bytes)).collect::<Vec<_>>()
    };
    let services = detail.services_over_time.iter();
    let services = services.map(|(name, bins)| frame.rate("service", name.to_string(), &list(&bins.0)));
    rates.extend(busiest(services.collect(), usize::MAX));
    let hosts = detail.hosts_over_time.iter();
    let hosts = hosts.map(|(addr, bins)| frame.rate("host", addr.to_string(), &list(&bins.0)));
    rates.extend(busiest(hosts.collect(), MOST_HOSTS.min(params.limit)));
    Bandwidth { rates, trend: frame.trend(&of(&total)), hours: hours(tally, &frame) }
}

fn sum(parts: impl Iterator<Item = [u64; 2]>) -> [u64; 2] {
    parts.fold([0; 2], |mut sum, part| {
        sum.merge(part);
        sum
    })
}

fn busiest(mut rates: Vec<RateProfile>, most: usize) -> Vec<RateProfile> {
    rates.sort_by(|a, b| {
        let bytes = |rate: &RateProfile| rate.sent.saturating_add(rate.received);
        (Reverse(bytes(a)), &a.name).cmp(&(Reverse(bytes(b)), &b.name))
    });
    rates.truncate(most);
    rates
}

/// The time all rates are over.
struct Frame {
    start: i64,
    width: i64,
    n_bins: u64,
}

impl Frame {
    fn of(activity: &Bins<Moment>) -> Self {
        let bins = activity.sorted();
        let width = activity.width();
        let (start, last) = match (bins.first(), bins.last()) {
            (Some((start, _)), Some((last, _))) => (*start, *last),
            _ => (0, -width),
        };
        Self { start, width, n_bins: (last.saturating_sub(start) / width + 1).max(0) as u64 }
    }

    fn bits_per_second(&self, bytes: u64) -> f64 {
        bytes as f64 * 8.0 / (self.width as f64 / 1e6)
    }

    /// The rates of something, from the bins in which it carried anything.
    fn rate(&self, of: &'static str, name: String, bins: &[(i64, [u64; 2])]) -> RateProfile {
        let both = |bytes: &[u64; 2]| bytes[0].saturating_add(bytes[1]);
        let [sent, received] = sum(bins.iter().map(|(_, bytes)| *bytes));
        let mut totals: Vec<u64> = bins.iter().map(|(_, bytes)| both(bytes)).collect();
        totals.sort_unstable();
        // Bins that hold nothing come before all others.
        let rank = (0.95 * self.n_bins as f64).ceil() as u64;
        let n_empty = self.n_bins.saturating_sub(totals.len() as u64);
        let p95 = rank.checked_sub(n_empty + 1).and_then(|i| totals.get(i as usize)).copied().unwrap_or(0);
        let peak = bins.iter().max_by_key(|(start, bytes)| (both(bytes), Reverse(*start)));
        let seconds = self.n_bins as f64 * self.width as f64 / 1e6;
        RateProfile {
            of,
            name,
            sent,
            received,
            mean: if seconds > 0.0 { sent.saturating_add(received) as f64 * 8.0 / seconds } else { 0.0 },
            p95: self.bits_per_second(p95),
            peak: peak.map_or(0.0, |(_, bytes)| self.bits_per_second(both(bytes))),
            peak_at: peak.filter(|(_, bytes)| both(bytes) > 0).map(|(start, _)| *start),
            n_bins: self.n_bins,
        }
    }

    /// Least squares through all bins, the empty ones among them.
    fn trend(&self, bins: &[(i64, [u64; 2])]) -> Option<Trend> {
        let n = self.n_bins as f64;
        let seconds = n * self.width as f64 / 1e6;
        if seconds < 7_200.0 || self.n_bins < 12 {
            return None;
        }
        let x_mean = (n - 1.0) / 2.0;
        let x_squares = n * (n * n - 1.0) / 12.0;
        let rates: Vec<(f64, f64)> = bins
            .iter()
            .map(|(start, bytes)| {
                let place = (start.saturating_sub(self.start) / self.width) as f64;
                (place - x_mean, self.bits_per_second(bytes[0].saturating_add(bytes[1])))
            })
            .collect();
        let y_mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / n;
        let co: f64 = rates.iter().map(|(x, rate)| x * rate).sum();
        let n_empty = n - rates.len() as f64;
        let y_squares =
            rates.iter().map(|(_, rate)| (rate - y_mean).powi(2)).sum::<f64>() + n_empty * y_mean * y_mean;
        let slope = co / x_squares;
        Some(Trend {
            bits_per_second_per_day: slope * 86_400e6 / self.width as f64,
            r_squared: if y_squares > 0.0 { slope * co / y_squares } else { 0.0 },
            n: self.n_bins,
            days: seconds / 86_400.0,
        })
    }
}

/// Empty if a bin is wider than an hour.
fn hours(tally: &Tally, frame: &Frame) -> Vec<HourProfile> {
    const HOUR: i64 = 3_600_000_000;
    if frame.width > HOUR || frame.n_bins == 0 {
        return Vec::new();
    }
    let hour_of = |micros: i64| micros.div_euclid(HOUR).rem_euclid(24) as usize;
    let mut hours: Vec<HourProfile> =
        (0..24).map(|hour| HourProfile { hour, bytes: 0, n: 0, seconds: 0.0 }).collect();
    for (start, moment) in tally.activity.sorted() {
        let hour = &mut hours[hour_of(start)];
        let [sent, received] = sum(moment.bytes.iter().copied());
        hour.bytes = hour.bytes.saturating_add(sent).saturating_add(received);
        hour.n += moment.n_rows;
    }
    let end = frame.start.saturating_add(frame.width.saturating_mul(frame.n_bins as i64));
    let n_hours = (end.saturating_sub(frame.start) / HOUR) as u64;
    // Whole rounds of the clock are the same for every hour.
    let rounds = n_hours / 24;
    hours.iter_mut().for_each(|hour| hour.seconds = rounds as f64 * 3_600.0);
    let mut at = frame.start.saturating_add((rounds as i64).saturating_mul(24 * HOUR));
    while at < end {
        let until = (at.div_euclid(HOUR) + 1).saturating_mul(HOUR).min(end);
        hours[hour_of(at)].seconds += (until - at) as f64 / 1e6;
        at = until;
    }
    hours
}
