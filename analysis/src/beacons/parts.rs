use super::ScorePart;
use bro_features::{FinishedEvents, Pair, Timing};

/// Names of the parts, in their order.
pub(crate) const PARTS: [&str; 10] = [
    "regular",
    "multiples",
    "concentrated",
    "in_phase",
    "not_random",
    "persistent",
    "many_events",
    "equal_sizes",
    "rare_peer",
    "machine_like",
];

/// What the interpretable score looks at, each from 0 to 1: a beacon has much of each.
pub(crate) fn parts(pair: &Pair, timing: &Timing) -> [f64; PARTS.len()] {
    let unit = |value: f64| value.clamp(0.0, 1.0);
    [
        unit(1.0 - timing.dispersion),
        unit((timing.fold30 - 0.6) / 0.4),
        timing.modal_mass,
        timing.coherence,
        unit(timing.not_exponential / 0.63),
        1.0 - timing.emptiness,
        unit((timing.n as f64).ln() / 200_f64.ln()),
        equal_sizes(&pair.events),
        1.0 / pair.n_sources.max(1) as f64,
        machine_like(pair),
    ]
}

/// Share of the events whose sizes are the usual ones of the last events kept.
fn equal_sizes(events: &FinishedEvents) -> f64 {
    let mut sizes: Vec<_> = events.kept().iter().map(|event| (event.orig_bytes, event.resp_bytes)).collect();
    sizes.sort_unstable();
    let most = sizes.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0);
    most as f64 / sizes.len().max(1) as f64
}

/// Whether requests look as a program's: no referrer, one agent, one URI or a new one each time.
fn machine_like(pair: &Pair) -> f64 {
    let Some(content) = &pair.content else { return 0.5 };
    let alike = content.modal_uri_share().max(content.distinct_uri_share());
    (1.0 - content.referrer_share()) * alike / content.n_agents().max(1.0)
}

/// The parts with what each contributes: weight times the distance from what is usual.
pub(crate) fn weighted(values: &[f64], weights: &[f64], usual: &[f64]) -> Vec<ScorePart> {
    let parts = PARTS.iter().zip(values).zip(weights.iter().zip(usual));
    parts
        .map(|((name, &value), (weight, usual))| ScorePart {
            name,
            value,
            contribution: weight * (value - usual),
        })
        .collect()
}
