use super::distinct::Distinct;
use super::frequent::Frequent;
use super::hash::hash;

/// What one request says, as far as it can be counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) uri: u64,
    pub(crate) uri_len: u32,
    pub(crate) n_digits: u32,
    /// Different characters of the URI.
    pub(crate) n_chars: u32,
    pub(crate) is_post: bool,
    pub(crate) has_referrer: bool,
    pub(crate) is_success: bool,
}

impl Said {
    /// Counts the characters of a URI or a name.
    pub(crate) fn of_text(text: &[u8]) -> Self {
        let (mut seen, mut n_digits) = ([0_u64; 4], 0);
        for &byte in text {
            seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
            n_digits += u32::from(byte.is_ascii_digit());
        }
        let n_chars = seen.iter().map(|word| word.count_ones()).sum();
        let uri_len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { uri: hash(text), uri_len, n_digits, n_chars, ..Self::default() }
    }
}

/// What a pair's requests say: the variety of their URIs (or of the names looked up), methods, agents.
///
/// Memory at most 1.5 kB, and only for pairs that have requests.
///
/// ```
/// assert_eq!(bro_features::Content::default().n(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Content {
    n: u64,
    n_post: u64,
    n_referrer: u64,
    n_success: u64,
    n_agent: u64,
    uri_len: u64,
    n_digits: u64,
    n_chars: u64,
    uris: Distinct,
    top_uris: Frequent,
    agents: Distinct,
    top_agents: Frequent,
}

impl Content {
    pub(crate) fn push(&mut self, said: Said, agent: Option<u32>) {
        self.n += 1;
        self.n_post += u64::from(said.is_post);
        self.n_referrer += u64::from(said.has_referrer);
        self.n_success += u64::from(said.is_success);
        self.uri_len += u64::from(said.uri_len);
        self.n_digits += u64::from(said.n_digits);
        self.n_chars += u64::from(said.n_chars);
        self.uris.insert(said.uri);
        self.top_uris.insert(said.uri);
        if let Some(agent) = agent {
            self.n_agent += 1;
            self.agents.insert(super::hash::mix(agent.into()));
            self.top_agents.insert(agent.into());
        }
    }

    /// Requests, or lookups.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Share of the requests that post.
    #[must_use]
    pub fn post_share(&self) -> f64 {
        self.share(self.n_post)
    }

    /// Share of the requests with a referrer.
    #[must_use]
    pub fn referrer_share(&self) -> f64 {
        self.share(self.n_referrer)
    }

    /// Share of the requests answered with a status from 200 to 299, or of the lookups that found something.
    #[must_use]
    pub fn success_share(&self) -> f64 {
        self.share(self.n_success)
    }

    /// Share of the requests that show a user agent.
    #[must_use]
    pub fn agent_share(&self) -> f64 {
        self.share(self.n_agent)
    }

    /// Mean length of the URIs.
    #[must_use]
    pub fn uri_length(&self) -> f64 {
        self.share(self.uri_len)
    }

    /// Share of the URIs' characters that are digits.
    #[must_use]
    pub fn digit_share(&self) -> f64 {
        self.n_digits as f64 / (self.uri_len.max(1)) as f64
    }

    /// Mean number of different characters of a URI.
    #[must_use]
    pub fn uri_variety(&self) -> f64 {
        self.share(self.n_chars)
    }

    /// Different URIs as a share of the requests, at most 1.
    #[must_use]
    pub fn distinct_uri_share(&self) -> f64 {
        (self.uris.n() / self.n.max(1) as f64).min(1.0)
    }

    /// Share of the requests for the most frequent URI.
    #[must_use]
    pub fn modal_uri_share(&self) -> f64 {
        self.share(self.top_uris.most().map_or(0, |(_, count)| count))
    }

    /// Different user agents.
    #[must_use]
    pub fn n_agents(&self) -> f64 {
        self.agents.n()
    }

    /// Code of the most frequent user agent.
    pub(crate) fn top_agent(&self) -> Option<u32> {
        self.top_agents.most().and_then(|(agent, _)| u32::try_from(agent).ok())
    }

    fn share(&self, count: u64) -> f64 {
        count as f64 / self.n.max(1) as f64
    }
}
