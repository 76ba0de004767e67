use super::names::{AGENTS, DOMAINS, EXTENSIONS, METHODS, MIME_TYPES, OWN, PLACES, PORTS};
use crate::pair::{Said, hash};

/// What the features need of one row of an http.log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Request<'a> {
    pub(super) ts: i64,
    pub(super) resp_p: u16,
    pub(super) trans_depth: u64,
    pub(super) method: &'a [u8],
    pub(super) host: &'a [u8],
    pub(super) uri: &'a [u8],
    pub(super) user_agent: &'a [u8],
    pub(super) has_referrer: bool,
    pub(super) request_body_len: u64,
    pub(super) response_body_len: u64,
    pub(super) status_code: u64,
    pub(super) resp_mime_type: &'a [u8],
}

impl Request<'_> {
    /// Writes what the row itself tells into the first columns of `features`, which are 0.
    pub(super) fn write(&self, features: &mut [f64]) {
        features[..OWN.len()].copy_from_slice(&self.own());
        let method = METHODS.iter().position(|method| method.as_bytes() == self.method);
        features[PLACES.method + method.unwrap_or(METHODS.len())] = 1.0;
        let status = (self.status_code / 100) as usize;
        features[PLACES.status + if status <= 5 { status } else { 0 }] = 1.0;
        let port = PORTS.iter().position(|port| *port == self.resp_p);
        features[PLACES.port + port.unwrap_or(PORTS.len())] = 1.0;
        let mut slot = |place: usize, n: usize, text: &[u8]| {
            if !text.is_empty() {
                features[place + (hash(text) % n as u64) as usize] = 1.0;
            }
        };
        slot(PLACES.extension, EXTENSIONS, extension(self.uri));
        slot(PLACES.agent, AGENTS, self.user_agent);
        slot(PLACES.domain, DOMAINS, last_label(self.host));
        slot(PLACES.mime_type, MIME_TYPES, self.resp_mime_type);
    }

    fn own(&self) -> [f64; OWN.len()] {
        let (uri, host) = (Said::of_text(self.uri), Said::of_text(self.host));
        let count =
            |text: &[u8], wanted: &[u8]| text.iter().filter(|byte| wanted.contains(byte)).count() as f64;
        let fact = |holds: bool| f64::from(u8::from(holds));
        let ln = |value: f64| value.ln_1p();
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        let day = self.ts.rem_euclid(86_400_000_000) as f64 / 86_400e6 * std::f64::consts::TAU;
        [
            ln(self.request_body_len as f64),
            ln(self.response_body_len as f64),
            ln(self.trans_depth as f64),
            ln(f64::from(uri.uri_len)),
            count(self.uri, b"/"),
            count(self.uri, b"&?"),
            f64::from(uri.n_chars) / 32.0,
            share(uri.n_digits, uri.uri_len),
            fact(!self.user_agent.is_empty()),
            ln(self.user_agent.len() as f64),
            fact(!self.host.is_empty()),
            ln(self.host.len() as f64),
            if self.host.is_empty() { 0.0 } else { count(self.host, b".") + 1.0 },
            f64::from(host.n_chars) / 32.0,
            share(host.n_digits, host.uri_len),
            fact(is_addr(self.host)),
            fact(self.has_referrer),
            day.sin(),
            day.cos(),
        ]
    }
}

/// What stands behind the last dot of a URI's last segment, without its parameters; nothing if that is long.
fn extension(uri: &[u8]) -> &[u8] {
    let path = uri.split(|byte| b"?#;".contains(byte)).next().unwrap_or_default();
    let segment = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let dot = segment.iter().rposition(|&byte| byte == b'.');
    dot.map(|dot| &segment[dot + 1..]).filter(|extension| extension.len() <= 5).unwrap_or_default()
}

/// The top-level domain of a name; nothing of an address.
fn last_label(host: &[u8]) -> &[u8] {
    if is_addr(host) { &[] } else { host.rsplit(|&byte| byte == b'.').next().unwrap_or_default() }
}

fn is_addr(host: &[u8]) -> bool {
    let is_v4 = !host.is_empty() && host.iter().all(|byte| byte.is_ascii_digit() || b".:".contains(byte));
    is_v4 || host.starts_with(b"[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_short_and_of_the_path_alone() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"/a/b.php?x=c.exe", b"php"),
            (b"/a.b/c", b""),
            (b"/", b""),
            (b"", b""),
            (b"/x.verylongthing", b""),
            (b"/x.tar.gz", b"gz"),
        ];
        for (uri, expected) in cases {
            assert_eq!(extension(uri), expected);
        }
    }

    #[test]
    fn a_row_without_anything_has_finite_features() {
        let mut features = vec![0.0; PLACES.n];
        Request::default().write(&mut features);
        assert!(features.iter().all(|value| value.is_finite()));
        assert_eq!((features[PLACES.method + METHODS.len()], features[PLACES.status]), (1.0, 1.0));
    }
}
