use super::PairEvent;
use super::weighted::Weighted;
use crate::LogHistogram;

/// Events of a pair that are kept one by one.
pub const EXACT_EVENTS: usize = 8_192;

/// Equal parts of the time between the first and the last event that are counted.
pub(crate) const N_PARTS: usize = 12;

/// The events of one pair: each of them up to [`EXACT_EVENTS`], sketches of the older ones above that.
///
/// Events may come in any order. Where there are more than the limit, the older half of those kept goes into
/// histograms of gaps and sizes with bins 1/64 of an octave wide, so a quantile is off by less than 0.8 % of its value;
/// an event that then comes late counts with its size but not with a gap. A push takes O(1), amortized O(log n);
/// memory is 24 bytes an event, at most 200 kB and 100 kB of sketches, whatever comes.
///
/// ```
/// use bro_features::{PairEvent, PairEvents};
/// let mut events = PairEvents::default();
/// for beat in 0..10 {
///     events.push(PairEvent { ts: beat * 60_000_000, orig_bytes: 100, resp_bytes: 20 });
/// }
/// assert_eq!((events.n(), events.is_exact()), (10, true));
/// ```
#[derive(Debug, Clone, Default)]
pub struct PairEvents {
    kept: Vec<PairEvent>,
    sketch: Option<Box<Sketch>>,
}

/// What is known of the events that are no longer kept.
#[derive(Debug, Clone, Default)]
struct Sketch {
    n: u64,
    n_late: u64,
    first: i64,
    last: i64,
    gaps: LogHistogram,
    n_simultaneous: u64,
    orig: LogHistogram,
    resp: LogHistogram,
    sums: [u64; 2],
    times: Times,
}

impl PairEvents {
    /// Takes one event.
    pub fn push(&mut self, event: PairEvent) {
        if self.kept.len() == EXACT_EVENTS {
            self.make_room();
        }
        self.kept.push(event);
    }

    /// Sorts the kept events and moves the older half into the sketch.
    fn make_room(&mut self) {
        self.kept.sort_unstable();
        let sketch = self.sketch.get_or_insert_default();
        self.kept.drain(..EXACT_EVENTS / 2).for_each(|event| sketch.push(event));
    }

    /// Number of events.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.kept.len() as u64 + self.sketch.as_ref().map_or(0, |sketch| sketch.n)
    }

    /// Whether every event is still known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.sketch.is_none()
    }

    /// Puts the events in the order of time, after which they can be looked at.
    #[must_use]
    pub fn finish(mut self) -> FinishedEvents {
        self.kept.sort_unstable();
        FinishedEvents { kept: self.kept, sketch: self.sketch }
    }
}

/// The events of a pair in the order of time, made by [`PairEvents::finish`].
///
/// ```
/// use bro_features::{PairEvent, PairEvents};
/// let mut events = PairEvents::default();
/// events.push(PairEvent { ts: 9, ..PairEvent::default() });
/// events.push(PairEvent { ts: 4, ..PairEvent::default() });
/// let events = events.finish();
/// assert_eq!((events.first(), events.last(), events.kept()[0].ts), (4, 9, 4));
/// ```
#[derive(Debug, Clone, Default)]
pub struct FinishedEvents {
    kept: Vec<PairEvent>,
    sketch: Option<Box<Sketch>>,
}

impl FinishedEvents {
    /// The events that are known one by one: all of them, or the latest.
    #[must_use]
    pub fn kept(&self) -> &[PairEvent] {
        &self.kept
    }

    /// Number of events.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.kept.len() as u64 + self.sketch.as_ref().map_or(0, |sketch| sketch.n)
    }

    /// Whether every event is known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.sketch.is_none()
    }

    /// Time of the first event in microseconds; 0 without events.
    #[must_use]
    pub fn first(&self) -> i64 {
        let kept = self.kept.first().map_or(0, |event| event.ts);
        self.sketch.as_ref().map_or(kept, |sketch| sketch.first.min(kept))
    }

    /// Time of the last event in microseconds; 0 without events.
    #[must_use]
    pub fn last(&self) -> i64 {
        let kept = self.kept.last().map_or(0, |event| event.ts);
        self.sketch.as_ref().map_or(kept, |sketch| sketch.last.max(kept))
    }

    /// Bytes the originator and the responder sent in all; the largest number where they do not fit.
    #[must_use]
    pub fn bytes(&self) -> [u64; 2] {
        let start = self.sketch.as_ref().map_or([0; 2], |sketch| sketch.sums);
        self.kept.iter().fold(start, add_bytes)
    }

    /// Events that happened at the time of the one before, or came too late to have a gap.
    #[must_use]
    pub fn n_simultaneous(&self) -> u64 {
        let kept = self.kept.windows(2).filter(|pair| pair[0].ts == pair[1].ts).count() as u64;
        kept + self.sketch.as_ref().map_or(0, |sketch| sketch.n_simultaneous + sketch.n_late)
    }

    /// Seconds between events, those of 0 left out.
    pub(crate) fn gaps(&self) -> Weighted {
        let Some(sketch) = &self.sketch else {
            return Weighted::exact(gaps_of(&self.kept).map(|gap| gap as f64 / 1e6).collect());
        };
        let mut gaps = sketch.gaps.clone();
        let joint = self.kept.first().map(|event| event.ts.saturating_sub(sketch.last));
        gaps_of(&self.kept).chain(joint.filter(|&gap| gap > 0)).for_each(|gap| gaps.insert(gap as u64));
        Weighted::sketched(&gaps, 1e-6)
    }

    /// Sizes of the originator's side.
    pub(crate) fn orig_sizes(&self) -> Weighted {
        self.sizes(|event| event.orig_bytes, |sketch| &sketch.orig)
    }

    /// Sizes of the responder's side.
    pub(crate) fn resp_sizes(&self) -> Weighted {
        self.sizes(|event| event.resp_bytes, |sketch| &sketch.resp)
    }

    fn sizes(&self, of: impl Fn(&PairEvent) -> u64, sketched: impl Fn(&Sketch) -> &LogHistogram) -> Weighted {
        let Some(sketch) = &self.sketch else {
            return Weighted::exact(self.kept.iter().map(|event| of(event) as f64).collect());
        };
        let mut sizes = sketched(sketch).clone();
        self.kept.iter().for_each(|event| sizes.insert(of(event)));
        Weighted::sketched(&sizes, 1.0)
    }

    /// Events in each of twelve equal parts of the time they took.
    pub(crate) fn parts(&self) -> [f64; N_PARTS] {
        let (first, last) = (self.first(), self.last());
        let mut parts = [0.0; N_PARTS];
        let width = (last.abs_diff(first) as f64 / N_PARTS as f64).max(1.0);
        let mut add = |ts: i64, count: f64| {
            let part = (ts.abs_diff(first) as f64 / width) as usize;
            parts[part.min(N_PARTS - 1)] += count;
        };
        self.kept.iter().for_each(|event| add(event.ts, 1.0));
        if let Some(sketch) = &self.sketch {
            sketch.times.iter().for_each(|(ts, count)| add(ts.clamp(first, last), count));
        }
        parts
    }
}

fn gaps_of(events: &[PairEvent]) -> impl Iterator<Item = i64> {
    events.windows(2).map(|pair| pair[1].ts.saturating_sub(pair[0].ts)).filter(|&gap| gap > 0)
}

fn add_bytes(sums: [u64; 2], event: &PairEvent) -> [u64; 2] {
    [sums[0].saturating_add(event.orig_bytes), sums[1].saturating_add(event.resp_bytes)]
}

impl Sketch {
    fn push(&mut self, event: PairEvent) {
        let gap = event.ts.saturating_sub(self.last);
        match (self.n, gap) {
            (0, _) => (self.first, self.last) = (event.ts, event.ts),
            (_, 1..) => {
                self.gaps.insert(gap as u64);
                self.last = event.ts;
            }
            (_, 0) => self.n_simultaneous += 1,
            _ => self.n_late += 1,
        }
        self.n += 1;
        self.first = self.first.min(event.ts);
        self.orig.insert(event.orig_bytes);
        self.resp.insert(event.resp_bytes);
        self.sums = add_bytes(self.sums, &event);
        self.times.insert(event.ts);
    }
}

/// Counts of events in slots of equal width that grow with the time covered.
#[derive(Debug, Clone)]
struct Times {
    /// Width of a slot, in microseconds.
    width: i64,
    /// Number of the first slot, counted from 1970.
    first: i64,
    counts: Vec<u32>,
}

/// Slots of [`Times`]: 20 to 40 for each of the parts asked for.
const MOST_SLOTS: usize = 480;

impl Default for Times {
    fn default() -> Self {
        Self { width: 1_000_000, first: 0, counts: Vec::new() }
    }
}

impl Times {
    fn insert(&mut self, ts: i64) {
        let mut slot = ts.div_euclid(self.width);
        if self.counts.is_empty() {
            self.first = slot;
        }
        while slot.max(self.end()).saturating_sub(slot.min(self.first)) >= MOST_SLOTS as i64 {
            self.widen();
            slot = ts.div_euclid(self.width);
        }
        if slot < self.first {
            let n_new = (self.first - slot) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, n_new));
            self.first = slot;
        }
        let idx = (slot - self.first) as usize;
        if idx >= self.counts.len() {
            self.counts.resize(idx + 1, 0);
        }
        self.counts[idx] = self.counts[idx].saturating_add(1);
    }

    fn end(&self) -> i64 {
        self.first + self.counts.len() as i64
    }

    /// Doubles the width of the slots.
    fn widen(&mut self) {
        let first = self.first.div_euclid(2);
        let mut counts: Vec<u32> = Vec::with_capacity(self.counts.len() / 2 + 1);
        for (idx, &count) in self.counts.iter().enumerate() {
            let slot = ((self.first + idx as i64).div_euclid(2) - first) as usize;
            counts.resize(counts.len().max(slot + 1), 0);
            counts[slot] = counts[slot].saturating_add(count);
        }
        (self.width, self.first, self.counts) = (self.width.saturating_mul(2), first, counts);
    }

    /// The middle of each slot and its count.
    fn iter(&self) -> impl Iterator<Item = (i64, f64)> {
        let slots = self.counts.iter().enumerate();
        slots.map(|(idx, &count)| {
            let start = (self.first + idx as i64).saturating_mul(self.width);
            (start.saturating_add(self.width / 2), f64::from(count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(i: u64) -> PairEvent {
        let ts = 1_700_000_000_000_000 + (i * 20_000_000 + i * i * 7919 % 9_000_000) as i64;
        PairEvent { ts, orig_bytes: 300 + i % 17 * 40, resp_bytes: 9_000 + i * i % 5_000 }
    }

    fn events(n: u64, step: u64) -> FinishedEvents {
        let mut events = PairEvents::default();
        (0..n).for_each(|i| events.push(event(i * step % n)));
        events.finish()
    }

    #[test]
    fn order_does_not_matter_while_all_are_kept() {
        let (straight, shuffled) = (events(5_000, 1), events(5_000, 1_777));
        assert!(straight.is_exact());
        assert_eq!(straight.kept(), shuffled.kept());
    }

    #[test]
    fn the_sketch_agrees_with_the_events_it_replaces() {
        let n = 40_000;
        let sketched = events(n, 1);
        let exact = FinishedEvents { kept: (0..n).map(event).collect(), sketch: None };
        assert!(!sketched.is_exact() && sketched.kept().len() <= EXACT_EVENTS);
        assert_eq!((sketched.n(), sketched.bytes()), (exact.n(), exact.bytes()));
        assert_eq!((sketched.first(), sketched.last()), (exact.first(), exact.last()));
        for (a, b) in [
            (sketched.gaps(), exact.gaps()),
            (sketched.orig_sizes(), exact.orig_sizes()),
            (sketched.resp_sizes(), exact.resp_sizes()),
        ] {
            assert_eq!(a.n(), b.n());
            for q in [0.05, 0.25, 0.5, 0.75, 0.95] {
                assert!((a.quantile(q) / b.quantile(q) - 1.0).abs() < 0.009, "{q}");
            }
            assert!((a.std() / b.std() - 1.0).abs() < 0.02);
        }
        for (a, b) in sketched.parts().iter().zip(exact.parts()) {
            assert!((a / b - 1.0).abs() < 0.06, "{a} {b}");
        }
    }

    #[test]
    fn times_at_the_ends_of_the_calendar_do_not_overflow() {
        let mut events = PairEvents::default();
        for i in 0..3 * EXACT_EVENTS {
            let ts = [i64::MIN, i64::MAX, 0, 5][i % 4];
            events.push(PairEvent { ts, orig_bytes: u64::MAX, resp_bytes: 1 });
        }
        let events = events.finish();
        assert_eq!((events.first(), events.last(), events.bytes()[0]), (i64::MIN, i64::MAX, u64::MAX));
        assert!(events.parts().iter().sum::<f64>() > 0.0 && events.gaps().n() > 0);
    }
}
