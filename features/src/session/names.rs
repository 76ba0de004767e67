use std::sync::LazyLock;

/// Requests' methods that have a feature each; others share one.
pub(super) const METHODS: [&str; 6] = ["GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS"];
/// Ports that have a feature each; others share one.
pub(super) const PORTS: [u16; 4] = [80, 8_080, 443, 8_000];
/// Slots that texts are hashed into.
pub(super) const EXTENSIONS: usize = 16;
pub(super) const AGENTS: usize = 32;
pub(super) const DOMAINS: usize = 16;
pub(super) const MIME_TYPES: usize = 16;

/// What a session's own row tells, before the slots.
pub(super) const OWN: [&str; 19] = [
    "ln_request_body_len",
    "ln_response_body_len",
    "ln_trans_depth",
    "ln_uri_length",
    "uri_depth",
    "uri_params",
    "uri_variety",
    "uri_digit_share",
    "has_user_agent",
    "ln_user_agent_length",
    "has_host",
    "ln_host_length",
    "host_labels",
    "host_variety",
    "host_digit_share",
    "host_is_addr",
    "has_referrer",
    "hour_sin",
    "hour_cos",
];

/// What the earlier sessions of the same originator, host and port tell.
pub(super) const CONTEXT: [&str; 15] = [
    "is_first",
    "ln_n_before",
    "ln_gap",
    "gap_off_median",
    "gap_dispersion",
    "gap_mad",
    "gap_near10",
    "gap_residual",
    "request_off_median",
    "response_off_median",
    "same_uri",
    "known_uri",
    "ln_sources_of_host",
    "ln_sources_of_agent",
    "ln_hosts_of_source",
];

/// The names of the features of a session, in the order of the columns.
///
/// Hashed texts have names such as `user_agent#7`: slot 7 of 32.
///
/// ```
/// let names = bro_features::session_features();
/// assert!(names.len() > 120 && names.contains(&"method=POST".to_owned()));
/// ```
#[must_use]
pub fn session_features() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let slots = |name: &'static str, n: usize| (0..n).map(move |slot| format!("{name}#{slot}"));
        let own = OWN.iter().map(|name| (*name).to_owned());
        let methods = METHODS.iter().chain(&["other"]).map(|method| format!("method={method}"));
        let statuses = (0..6)
            .map(|class| if class == 0 { "status=unset".to_owned() } else { format!("status={class}xx") });
        let ports = PORTS.iter().map(|port| format!("port={port}")).chain(["port=other".to_owned()]);
        own.chain(methods)
            .chain(statuses)
            .chain(ports)
            .chain(slots("uri_extension", EXTENSIONS))
            .chain(slots("user_agent", AGENTS))
            .chain(slots("host_domain", DOMAINS))
            .chain(slots("resp_mime_type", MIME_TYPES))
            .chain(CONTEXT.iter().map(|name| (*name).to_owned()))
            .collect()
    });
    &NAMES
}

/// Column of the first feature of each group.
pub(super) struct Places {
    pub(super) method: usize,
    pub(super) status: usize,
    pub(super) port: usize,
    pub(super) extension: usize,
    pub(super) agent: usize,
    pub(super) domain: usize,
    pub(super) mime_type: usize,
    pub(super) context: usize,
    pub(super) n: usize,
}

pub(super) const PLACES: Places = {
    let method = OWN.len();
    let status = method + METHODS.len() + 1;
    let port = status + 6;
    let extension = port + PORTS.len() + 1;
    let agent = extension + EXTENSIONS;
    let domain = agent + AGENTS;
    let mime_type = domain + DOMAINS;
    let context = mime_type + MIME_TYPES;
    Places { method, status, port, extension, agent, domain, mime_type, context, n: context + CONTEXT.len() }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_the_places_say() {
        let names = session_features();
        assert_eq!(names.len(), PLACES.n);
        let check = |place: usize, name: &str| assert_eq!(names[place], name);
        check(PLACES.method, "method=GET");
        check(PLACES.status, "status=unset");
        check(PLACES.port, "port=80");
        check(PLACES.extension, "uri_extension#0");
        check(PLACES.agent, "user_agent#0");
        check(PLACES.domain, "host_domain#0");
        check(PLACES.mime_type, "resp_mime_type#0");
        check(PLACES.context, "is_first");
    }
}
