use super::{HttpMethod, HttpPort, HttpRequest, HttpSurvey, Rarity, StatusClass};
use crate::catalogue::{Feature, HttpKind, Kind, Unit, ln_1p, one_hot};
use crate::survey::category_column;

/// The features of http.log that are numbers.
pub(crate) fn numeric() -> Vec<Feature> {
    let number = |name: &str, definition: &str, unit, compute| {
        Feature::new(name, definition, unit, Kind::Http(HttpKind::Number(compute)))
    };
    let flag = |name: &str, what: &str, compute| {
        Feature::new(
            name,
            format!("1 if {what}, else 0"),
            Unit::Indicator,
            Kind::Http(HttpKind::Flag(compute)),
        )
    };
    let rarity = |name: &str, what: &str, kind| {
        let definition = format!("-ln of the share of all rows with the same {what}, unset being a value");
        Feature::new(name, definition, Unit::Surprise, Kind::Http(kind))
    };
    vec![
        number("ln_request_body_len", "ln(1 + request_body_len)", Unit::LnBytes, |r| {
            ln_1p(count(r.request_body_len))
        }),
        number("ln_response_body_len", "ln(1 + response_body_len)", Unit::LnBytes, |r| {
            ln_1p(count(r.response_body_len))
        }),
        number("body_ratio", "ln((1 + request_body_len) / (1 + response_body_len))", Unit::LnRatio, |r| {
            ln_1p(count(r.request_body_len)) - ln_1p(count(r.response_body_len))
        }),
        number("ln_trans_depth", "ln(1 + trans_depth)", Unit::LnCount, |r| ln_1p(depth(r))),
        number("ln_uri_len", "ln(1 + bytes of uri)", Unit::LnBytes, |r| ln_1p(r.uri_len() as f64)),
        number("uri_depth", "slashes in the path of uri", Unit::Count, |r| r.uri_depth() as f64),
        number("ln_uri_params", "ln(1 + parameters in uri)", Unit::LnCount, |r| ln_1p(r.n_params() as f64)),
        number("uri_entropy", "entropy of the bytes of uri", Unit::BitsPerByte, |r| r.uri_entropy()),
        number("uri_digit_share", "share of digits among the bytes of uri", Unit::Share, |r| {
            r.uri_digit_share()
        }),
        number("ln_host_len", "ln(1 + bytes of host)", Unit::LnBytes, |r| ln_1p(r.host_len() as f64)),
        number("ln_user_agent_len", "ln(1 + bytes of user_agent)", Unit::LnBytes, |r| {
            ln_1p(r.user_agent_len() as f64)
        }),
        rarity("host_rarity", "host", HttpKind::HostRarity),
        rarity("user_agent_rarity", "user_agent", HttpKind::UserAgentRarity),
        flag("host_is_addr", "host is an address and no name", |r| r.host_is_addr()),
        flag("has_host", "the request named a host", |r| r.host.is_some()),
        flag("has_user_agent", "the request named a user agent", |r| r.user_agent.is_some()),
        flag("has_referrer", "the request named a referrer", |r| r.referrer.is_some()),
        flag("has_username", "the request carried a name of basic authentication", |r| r.username.is_some()),
    ]
}

/// The quantities as they stand in the log.
pub(crate) fn raw() -> Vec<Feature> {
    let number = |name: &str, definition: &str, unit, compute| {
        Feature::new(name, definition, unit, Kind::Http(HttpKind::Number(compute)))
    };
    vec![
        number("request_body_len", "request_body_len", Unit::Bytes, |r| count(r.request_body_len)),
        number("response_body_len", "response_body_len", Unit::Bytes, |r| count(r.response_body_len)),
        number("trans_depth", "trans_depth", Unit::Count, depth),
        number("uri_len", "bytes of uri", Unit::Bytes, |r| r.uri_len() as f64),
        number("uri_params", "parameters in uri", Unit::Count, |r| r.n_params() as f64),
        number("host_len", "bytes of host", Unit::Bytes, |r| r.host_len() as f64),
        number("user_agent_len", "bytes of user_agent", Unit::Bytes, |r| r.user_agent_len() as f64),
    ]
}

/// Every feature for a log whose types worth a column of their own are `mime_types`.
pub(crate) fn all(mime_types: &[String]) -> Vec<Feature> {
    let family = |family: &'static str, what: &'static str, names: &[&str], kind: fn(usize) -> HttpKind| {
        let features = names.iter().enumerate();
        features.map(|(i, name)| one_hot(family, name, what, Kind::Http(kind(i)))).collect::<Vec<_>>()
    };
    let mime_types: Vec<&str> = mime_types.iter().map(String::as_str).collect();
    let mut features = numeric();
    features.extend(family("method", "method has that value", &HttpMethod::NAMES, HttpKind::Method));
    features.extend(family(
        "status_class",
        "status_code lies in that hundred",
        &StatusClass::NAMES,
        HttpKind::StatusClass,
    ));
    features.extend(family("port", "the responder's port is that one", &HttpPort::NAMES, HttpKind::Port));
    features.extend(family(
        "resp_mime_type",
        "the response's first file is of that type",
        &mime_types,
        HttpKind::MimeType,
    ));
    features
}

fn count(count: Option<u64>) -> f64 {
    count.unwrap_or(0) as f64
}

fn depth(request: &HttpRequest<'_>) -> f64 {
    request.trans_depth.unwrap_or(1) as f64
}

/// What a request is measured with besides its own row.
#[derive(Debug, Clone)]
pub(crate) struct HttpContext {
    pub(crate) mime_types: Vec<String>,
    pub(crate) hosts: Rarity,
    pub(crate) user_agents: Rarity,
}

impl HttpContext {
    /// Writes the features of a request over zeros.
    pub(crate) fn fill(&self, features: &[Feature], request: &HttpRequest<'_>, out: &mut [f64]) {
        let (method, status) = (request.method_class().index(), request.status_class().index());
        let (port, mime_type) = (request.port_class().index(), self.mime_type(request));
        for (cell, feature) in out.iter_mut().zip(features) {
            let Kind::Http(kind) = feature.kind else { continue };
            *cell = match kind {
                HttpKind::Number(compute) => compute(request),
                HttpKind::HostRarity => self.hosts.of(request.host),
                HttpKind::UserAgentRarity => self.user_agents.of(request.user_agent),
                HttpKind::Flag(holds) => f64::from(u8::from(holds(request))),
                HttpKind::Method(column) => f64::from(u8::from(column == method)),
                HttpKind::StatusClass(column) => f64::from(u8::from(column == status)),
                HttpKind::Port(column) => f64::from(u8::from(column == port)),
                HttpKind::MimeType(column) => f64::from(u8::from(column == mime_type)),
            };
        }
    }

    pub(crate) fn of(survey: &HttpSurvey) -> Self {
        Self {
            mime_types: survey.mime_type_columns(),
            hosts: survey.hosts().clone(),
            user_agents: survey.user_agents().clone(),
        }
    }

    /// The column of the type of the response's first file.
    pub(crate) fn mime_type(&self, request: &HttpRequest<'_>) -> usize {
        category_column(&self.mime_types, request.resp_mime_type)
    }
}
