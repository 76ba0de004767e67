//! What requests say about themselves.

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use std::net::IpAddr;

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The token of a script.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The name the server was asked by, without the port.
pub(crate) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let host = match headers.get(HOST) {
        Some(host) => host.to_str().ok()?,
        None => uri.host()?,
    };
    Some(without_port(host))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

/// Whether a name may be this server's: a name can be made to mean this machine by whoever owns it, a number cannot.
pub(crate) fn is_own(host: &str, allowed: &[String]) -> bool {
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || number.parse::<IpAddr>().is_ok()
        || allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// Whether the request was made by a page of this server, as far as the browser says.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_same_site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(HOST.as_str());
    // A sandboxed or private page sends the word null, which is nobody's origin.
    let is_same_host = text(ORIGIN.as_str())
        .is_none_or(|origin| origin.split_once("://").is_some_and(|(_, from)| Some(from) == host));
    is_same_site && is_same_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_numbers_localhost_and_those_allowed() {
        let allowed = ["bro.example".to_owned()];
        for host in ["127.0.0.1", "[::1]", "10.0.0.5", "LOCALHOST", "Bro.example"] {
            assert!(is_own(host, &allowed), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "[evil]"] {
            assert!(!is_own(host, &allowed), "{host}");
        }
    }

    #[test]
    fn ports_are_no_part_of_a_name() {
        for (host, name) in [("a:80", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a", "a")] {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "x_bro=1; bro=2; brot=3".parse().unwrap());
        assert_eq!(cookie(&headers, "bro"), Some("2"));
        assert_eq!(cookie(&headers, "ro"), None);
    }
}
