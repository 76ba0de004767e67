use crate::Error;

/// How [`beacons`](crate::beacons()) works.
///
/// ```
/// use bro_analysis::BeaconsParams;
/// let params = BeaconsParams { limit: 10, ..BeaconsParams::default() };
/// assert_eq!(params.min_events, 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconsParams {
    /// Pairs with fewer events are counted but not scored: three gaps are the least that can be regular. Default 4.
    pub min_events: u64,
    /// Most pairs to describe, the best first; the others are counted. Default 1,000.
    pub limit: usize,
    /// Draw the pair of this rank, peer or `originator → peer`, too: `3`, `a.example`, `10.0.0.5 a.example`. Default
    /// none.
    pub explain: Option<String>,
    /// Draw this many of the first pairs, too. Default 0.
    pub n_drawn: usize,
}

impl Default for BeaconsParams {
    fn default() -> Self {
        Self { min_events: 4, limit: 1_000, explain: None, n_drawn: 0 }
    }
}

impl BeaconsParams {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the parameter, what it is and what it may be.
    pub fn validate(&self) -> Result<(), Error> {
        if self.min_events >= 4 {
            return Ok(());
        }
        let found = self.min_events.to_string();
        Err(Error::Parameter { name: "min_events", found, expected: "at least 4".to_owned() })
    }
}
