use super::{HttpMethod, HttpPort, StatusClass};

/// What the features need of one row of an http.log, as it stands there.
///
/// Zeek always writes `trans_depth` and the two body lengths, so a log that lacks those columns says nothing and they
/// count as 1, 0 and 0. Every other field is unset for a cause that is itself worth knowing: `method`, `uri` and `host`
/// when the request was not seen or the header not sent, `status_code` when there was no response, `user_agent`,
/// `referrer` and `username` when the header was not sent. Nothing is therefore imputed: their lengths are 0, and
/// categories and indicators say that they are unset.
///
/// ```
/// use bro_features::HttpRequest;
/// let request = HttpRequest { uri: Some(b"/a/b.php?id=7&x=1"), host: Some(b"192.0.2.7"), ..HttpRequest::default() };
/// assert_eq!((request.uri_depth(), request.n_params(), request.host_is_addr()), (2, 2, true));
/// assert_eq!(request.status_class().name(), "(none)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpRequest<'a> {
    /// The verb.
    pub method: Option<&'a [u8]>,
    /// What was asked for.
    pub uri: Option<&'a [u8]>,
    /// The `Host` header.
    pub host: Option<&'a [u8]>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a [u8]>,
    /// The `Referer` header.
    pub referrer: Option<&'a [u8]>,
    /// The name of basic authentication.
    pub username: Option<&'a [u8]>,
    /// The type of the response's first file, such as `text/html`.
    pub resp_mime_type: Option<&'a [u8]>,
    /// The responder's port.
    pub resp_p: Option<u16>,
    /// The response's status.
    pub status_code: Option<u64>,
    /// Which request of the connection, from 1.
    pub trans_depth: Option<u64>,
    /// Bytes of the request's body.
    pub request_body_len: Option<u64>,
    /// Bytes of the response's body.
    pub response_body_len: Option<u64>,
}

impl HttpRequest<'_> {
    /// The verb's class.
    #[must_use]
    pub fn method_class(&self) -> HttpMethod {
        HttpMethod::parse(self.method)
    }

    /// The hundred of the status.
    #[must_use]
    pub fn status_class(&self) -> StatusClass {
        StatusClass::of(self.status_code)
    }

    /// The port's class.
    #[must_use]
    pub fn port_class(&self) -> HttpPort {
        HttpPort::of(self.resp_p)
    }

    /// Bytes of the URI.
    #[must_use]
    pub fn uri_len(&self) -> usize {
        self.uri.map_or(0, <[u8]>::len)
    }

    /// Path elements of the URI: slashes before the first `?` or `#`, but for those of `scheme://`.
    #[must_use]
    pub fn uri_depth(&self) -> usize {
        let path = self.uri.unwrap_or_default().split(|byte| matches!(byte, b'?' | b'#')).next();
        let path = path.unwrap_or_default();
        let scheme = if path.windows(3).any(|three| three == b"://") { 2 } else { 0 };
        path.iter().filter(|byte| **byte == b'/').count() - scheme
    }

    /// Parameters of the URI: what `&` and `;` separate after the first `?`.
    #[must_use]
    pub fn n_params(&self) -> usize {
        let uri = self.uri.unwrap_or_default();
        let Some(start) = uri.iter().position(|byte| *byte == b'?') else { return 0 };
        uri[start + 1..].split(|byte| matches!(byte, b'&' | b';')).filter(|part| !part.is_empty()).count()
    }

    /// Entropy of the URI's bytes in bits a byte, 0 to 8; 0 without a URI.
    #[must_use]
    pub fn uri_entropy(&self) -> f64 {
        entropy(self.uri.unwrap_or_default())
    }

    /// Share of digits among the URI's bytes; 0 without a URI.
    #[must_use]
    pub fn uri_digit_share(&self) -> f64 {
        let uri = self.uri.unwrap_or_default();
        uri.iter().filter(|byte| byte.is_ascii_digit()).count() as f64 / uri.len().max(1) as f64
    }

    /// Bytes of the host, with its port if one was sent.
    #[must_use]
    pub fn host_len(&self) -> usize {
        self.host.map_or(0, <[u8]>::len)
    }

    /// True if the host is an address and no name.
    #[must_use]
    pub fn host_is_addr(&self) -> bool {
        let Some(host) = self.host.and_then(|host| std::str::from_utf8(host).ok()) else { return false };
        let without_port =
            host.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
        let host = without_port.map_or(host, |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok()
    }

    /// Bytes of the user agent.
    #[must_use]
    pub fn user_agent_len(&self) -> usize {
        self.user_agent.map_or(0, <[u8]>::len)
    }
}

/// Entropy of the bytes of a text in bits a byte.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let n = text.len() as f64;
    let share = |count: &u32| f64::from(*count) / n;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_uri(uri: &str) -> (usize, usize, f64) {
        let request = HttpRequest { uri: Some(uri.as_bytes()), ..HttpRequest::default() };
        (request.uri_depth(), request.n_params(), request.uri_entropy())
    }

    #[test]
    fn the_shape_of_a_uri_is_counted_directly() {
        assert_eq!(of_uri(""), (0, 0, 0.0));
        assert_eq!(of_uri("////"), (4, 0, 0.0));
        assert_eq!(of_uri("/ab").0, 1);
        assert_eq!(of_uri("http://h/a/b?c=/d/&&e=f;g").0, 2);
        assert_eq!(of_uri("http://h/a/b?c=/d/&&e=f;g").1, 3);
        assert_eq!(of_uri("abcd").2, 2.0);
    }

    #[test]
    fn hosts_that_are_addresses_are_told_from_names() {
        let is_addr =
            |host: &str| HttpRequest { host: Some(host.as_bytes()), ..HttpRequest::default() }.host_is_addr();
        assert!(["10.0.0.1", "10.0.0.1:8080", "::1", "[fe80::1]:80", "[::1]"].into_iter().all(is_addr));
        assert!(!["example.org", "example.org:80", "1.2.3", ""].into_iter().any(is_addr));
    }
}
