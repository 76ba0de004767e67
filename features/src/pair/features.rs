use super::weighted::Weighted;
use super::{Content, Pair, PairLog, Timing};

/// A number that a model of pairs is given.
///
/// ```
/// use bro_features::{PAIR_FEATURES, PairFeature};
/// let timing = PAIR_FEATURES.iter().filter(|(_, kind)| *kind == PairFeature::Timing).count();
/// assert!(timing > 15 && PAIR_FEATURES[0].0 == "dispersion");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairFeature {
    /// When: nothing but the times of the events. How many there are, how long they take and what their period is are
    /// left out: they tell the log and the programs that were trained on.
    Timing,
    /// How much: bytes of both sides.
    Size,
    /// What: URIs, methods, agents, names.
    Content,
    /// Who else: other originators of the same peer or agent.
    Prevalence,
}

/// The features of a pair in their order, with what each is about.
pub const PAIR_FEATURES: [(&str, PairFeature); 49] = {
    use PairFeature::{Content, Prevalence, Size, Timing};
    [
        ("dispersion", Timing),
        ("mad", Timing),
        ("cv", Timing),
        ("skewness", Timing),
        ("near10", Timing),
        ("near50", Timing),
        ("entropy", Timing),
        ("modal_mass", Timing),
        ("residual", Timing),
        ("fold10", Timing),
        ("fold30", Timing),
        ("missing", Timing),
        ("coherence", Timing),
        ("not_exponential", Timing),
        ("lag1", Timing),
        ("unevenness", Timing),
        ("emptiness", Timing),
        ("simultaneous", Timing),
        ("timer_odds", Timing),
        ("ln_timer_nats", Timing),
        ("timer_share", Timing),
        ("ln_orig_bytes", Size),
        ("orig_cv", Size),
        ("orig_mad", Size),
        ("orig_modal_share", Size),
        ("orig_distinct_share", Size),
        ("ln_resp_bytes", Size),
        ("resp_cv", Size),
        ("resp_mad", Size),
        ("resp_modal_share", Size),
        ("resp_distinct_share", Size),
        ("ln_bytes_ratio", Size),
        ("is_http", Content),
        ("is_ssl", Content),
        ("is_dns", Content),
        ("is_low_port", Content),
        ("has_name", Content),
        ("name_digit_share", Content),
        ("ln_uri_length", Content),
        ("uri_variety", Content),
        ("uri_digit_share", Content),
        ("distinct_uri_share", Content),
        ("modal_uri_share", Content),
        ("post_share", Content),
        ("referrer_share", Content),
        ("success_share", Content),
        ("is_browser", Content),
        ("ln_other_sources", Prevalence),
        ("ln_other_agent_sources", Prevalence),
    ]
};

/// The [`PAIR_FEATURES`] of a pair; all of them finite.
///
/// ```
/// use bro_features::{PAIR_FEATURES, PairTable, Timing, pair_features};
/// for pair in PairTable::new(false).finish().pairs {
///     assert_eq!(pair_features(&pair, &Timing::of(&pair.events)).len(), PAIR_FEATURES.len());
/// }
/// ```
#[must_use]
pub fn pair_features(pair: &Pair, timing: &Timing) -> [f64; PAIR_FEATURES.len()] {
    let mut features = [0.0; PAIR_FEATURES.len()];
    let [orig, resp] = [pair.events.orig_sizes(), pair.events.resp_sizes()];
    let ratio = ln1p(orig.mean()) - ln1p(resp.mean());
    let parts = timing_features(timing)
        .into_iter()
        .chain(size_features(&orig))
        .chain(size_features(&resp))
        .chain([ratio])
        .chain(peer_features(pair))
        .chain(content_features(pair))
        .chain([ln1p(others(pair.n_sources)), ln1p(others(pair.n_agent_sources))]);
    features.iter_mut().zip(parts).for_each(|(feature, value)| *feature = value);
    features
}

fn ln1p(value: f64) -> f64 {
    value.max(0.0).ln_1p()
}

fn others(n_sources: usize) -> f64 {
    n_sources.saturating_sub(1) as f64
}

fn timing_features(timing: &Timing) -> [f64; 21] {
    [
        timing.dispersion,
        timing.mad,
        timing.cv,
        timing.skewness,
        timing.near10,
        timing.near50,
        timing.entropy,
        timing.modal_mass,
        timing.residual,
        timing.fold10,
        timing.fold30,
        timing.missing,
        timing.coherence,
        timing.not_exponential,
        timing.lag1,
        timing.unevenness,
        timing.emptiness,
        timing.simultaneous,
        timing.timer.odds,
        ln1p(timing.timer.nats),
        timing.timer.share,
    ]
}

fn size_features(sizes: &Weighted) -> [f64; 5] {
    let (mean, median) = (sizes.mean(), sizes.median());
    let relative = |part: f64, whole: f64| if whole > 0.0 { (part / whole).min(5.0) } else { 0.0 };
    [
        ln1p(median),
        relative(sizes.std(), mean),
        relative(sizes.mad(), median),
        sizes.modal_share(),
        sizes.distinct_share(),
    ]
}

fn peer_features(pair: &Pair) -> [f64; 6] {
    let is = |log: PairLog| fact(pair.log == log);
    let name = if pair.has_name { pair.peer.as_bytes() } else { b"" };
    let n_digits = name.iter().filter(|byte| byte.is_ascii_digit()).count();
    [
        is(PairLog::Http),
        is(PairLog::Ssl),
        is(PairLog::Dns),
        fact(pair.id_resp_p < 1024),
        fact(pair.has_name),
        n_digits as f64 / name.len().max(1) as f64,
    ]
}

fn content_features(pair: &Pair) -> [f64; 9] {
    let Some(content) = &pair.content else { return [0.0; 9] };
    let is_browser = pair.user_agent.as_deref().is_some_and(|agent| agent.starts_with("Mozilla/"));
    [
        ln1p(Content::uri_length(content)),
        content.uri_variety() / 32.0,
        content.digit_share(),
        content.distinct_uri_share(),
        content.modal_uri_share(),
        content.post_share(),
        content.referrer_share(),
        content.success_share(),
        fact(is_browser),
    ]
}

fn fact(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
