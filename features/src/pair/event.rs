/// One contact of an originator with a peer: a request, a connection, a lookup.
///
/// ```
/// let event = bro_features::PairEvent { ts: 1_500_000, orig_bytes: 120, resp_bytes: 4_000 };
/// assert_eq!(event.ts, 1_500_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct PairEvent {
    /// When, in microseconds since 1970.
    pub ts: i64,
    /// Bytes the originator sent.
    pub orig_bytes: u64,
    /// Bytes the responder sent.
    pub resp_bytes: u64,
}
