use crate::{bytes_in_words, count_in_words, duration_in_words, share_in_words};
use bro_features::{Feature, HttpRequest, ImputedFlow, Row, Survey};

/// Most facts in one sentence.
const MOST_FACTS: usize = 3;

/// Below this many standard deviations a feature sets nothing apart.
const LEAST_DEVIATION: f64 = 1.0;

/// One sentence with the features that set a session apart: those farthest from their mean in standard deviations,
/// one for each subject, with what is typical beside.
pub(crate) fn reason(features: &[Feature], deviations: &[f64], row: &Row<'_>, survey: &Survey) -> String {
    let mut ranked: Vec<_> =
        features.iter().zip(deviations).filter(|(_, z)| z.abs() >= LEAST_DEVIATION).collect();
    ranked.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let mut subjects = Vec::new();
    let mut facts = Vec::new();
    for (feature, deviation) in ranked {
        let subject = subject(feature);
        if facts.len() == MOST_FACTS || subjects.contains(&subject) {
            continue;
        }
        let fact = match row {
            Row::Flow(flow) => fact(feature, *deviation, flow, survey),
            Row::Request(request) => request_fact(feature, *deviation, request, survey),
        };
        if let Some(fact) = fact {
            subjects.push(subject);
            facts.push(fact);
        }
    }
    sentence(&facts)
}

fn sentence(facts: &[String]) -> String {
    match facts {
        [] => "Ordinary in each feature by itself; few sessions combine them like this.".to_owned(),
        [one] => format!("It {one}."),
        [first @ .., last] => format!("It {} and {last}.", first.join(", ")),
    }
}

/// What a feature is about; two features about the same thing make one fact.
fn subject(feature: &Feature) -> &str {
    match feature.name() {
        "ln_orig_bytes" | "ln_orig_ip_bytes" | "ln_orig_pkts" => "what was sent",
        "ln_resp_bytes" | "ln_resp_ip_bytes" | "ln_resp_pkts" => "what was received",
        "bytes_ratio" | "pkts_ratio" | "pcr" | "body_ratio" => "direction",
        "ln_request_body_len" | "request_body_len" => "what was sent",
        "ln_response_body_len" | "response_body_len" => "what was received",
        "ln_uri_len" | "uri_len" | "uri_depth" | "ln_uri_params" | "uri_params" | "uri_entropy"
        | "uri_digit_share" => "uri",
        "ln_host_len" | "host_len" | "host_rarity" | "host_is_addr" | "has_host" => "host",
        "ln_user_agent_len" | "user_agent_len" | "user_agent_rarity" | "has_user_agent" => "user_agent",
        "ln_trans_depth" => "trans_depth",
        name => feature.family().unwrap_or(name),
    }
}

fn fact(feature: &Feature, deviation: f64, flow: &ImputedFlow, survey: &Survey) -> Option<String> {
    if let (Some(family), Some(category)) = (feature.family(), feature.category()) {
        return (deviation > 0.0)
            .then(|| category_fact(family, category, flow, survey.share_of(feature.name())));
    }
    Some(match feature.name() {
        "ln_duration" => {
            let typical = survey
                .typical("duration")
                .map(|typical| format!(" (typical {})", duration_in_words(typical)));
            format!("lasted {}{}", duration_in_words(flow.duration), typical.unwrap_or_default())
        }
        "ln_orig_bytes" | "ln_orig_ip_bytes" | "ln_orig_pkts" => volume(
            "sent",
            flow.orig_bytes,
            flow.orig_pkts,
            survey.typical("orig_bytes"),
            survey.typical("orig_pkts"),
        ),
        "ln_resp_bytes" | "ln_resp_ip_bytes" | "ln_resp_pkts" => volume(
            "received",
            flow.resp_bytes,
            flow.resp_pkts,
            survey.typical("resp_bytes"),
            survey.typical("resp_pkts"),
        ),
        "ln_missed_bytes" => format!("has {} missing in gaps", bytes_in_words(flow.missed_bytes)),
        "ln_orig_bytes_per_pkt" => {
            format!("sent {} a packet", bytes_in_words(flow.orig_bytes / flow.orig_pkts.max(1.0)))
        }
        "ln_resp_bytes_per_pkt" => {
            format!("received {} a packet", bytes_in_words(flow.resp_bytes / flow.resp_pkts.max(1.0)))
        }
        "pkts_ratio" => direction(flow.orig_pkts, flow.resp_pkts, "packets"),
        "bytes_ratio" | "pcr" => direction(flow.orig_bytes, flow.resp_bytes, "bytes"),
        "was_missing" if flow.was_missing => "has no length in time".to_owned(),
        _ => return None,
    })
}

fn category_fact(family: &str, category: &str, flow: &ImputedFlow, share: Option<f64>) -> String {
    let how_often =
        share.map(|share| format!(", as {} of the sessions", share_in_words(share))).unwrap_or_default();
    match (family, category) {
        ("service", "(none)") => format!("has no known service{how_often}"),
        ("service", "other") => format!("has a rare service{how_often}"),
        ("port_class", _) => match flow.resp_p {
            Some(port) => format!("went to port {port} ({})", category.replace('_', "-")),
            None => "has no responder port".to_owned(),
        },
        ("conn_state", _) => format!("ended as {category}{how_often}"),
        _ => format!("has {family} {category}{how_often}"),
    }
}

/// Most characters of a text from the log in a sentence.
const MOST_CHARACTERS: usize = 48;

fn request_fact(
    feature: &Feature,
    deviation: f64,
    request: &HttpRequest<'_>,
    survey: &Survey,
) -> Option<String> {
    if let (Some(family), Some(category)) = (feature.family(), feature.category()) {
        let share = survey.share_of(feature.name());
        return (deviation > 0.0).then(|| request_category_fact(family, category, request, share));
    }
    let typical = |number: &str, words: fn(f64) -> String| {
        survey.typical(number).map(|typical| format!(" (typical {})", words(typical))).unwrap_or_default()
    };
    let bytes = |len: usize| bytes_in_words(len as f64);
    let (sent, received) = (request.request_body_len.unwrap_or(0), request.response_body_len.unwrap_or(0));
    Some(match feature.name() {
        "ln_request_body_len" | "request_body_len" => {
            format!(
                "sent a body of {}{}",
                bytes_in_words(sent as f64),
                typical("request_body_len", bytes_in_words)
            )
        }
        "ln_response_body_len" | "response_body_len" => format!(
            "received a body of {}{}",
            bytes_in_words(received as f64),
            typical("response_body_len", bytes_in_words)
        ),
        "body_ratio" => direction(sent as f64, received as f64, "body bytes"),
        "ln_trans_depth" | "trans_depth" => {
            format!("is request {} of its connection", count_in_words(request.trans_depth.unwrap_or(1)))
        }
        "ln_uri_len" | "uri_len" => {
            format!("asked for a uri of {}{}", bytes(request.uri_len()), typical("uri_len", bytes_in_words))
        }
        "uri_depth" => format!("has {} slashes in its uri", request.uri_depth()),
        "ln_uri_params" | "uri_params" => format!("has {} parameters in its uri", request.n_params()),
        "uri_entropy" => format!("has a uri of {:.1} bits a byte", request.uri_entropy()),
        "uri_digit_share" => format!("has {} digits in its uri", share_in_words(request.uri_digit_share())),
        "ln_host_len" | "host_len" => {
            format!("names a host of {}{}", bytes(request.host_len()), typical("host_len", bytes_in_words))
        }
        "host_rarity" => {
            shared("host", request.host, survey.n_rows_with_host(request.host)?, survey.n_rows())
        }
        "host_is_addr" if deviation > 0.0 => {
            format!("names the address {} as its host", quoted(request.host))
        }
        "has_host" if deviation < 0.0 => "names no host".to_owned(),
        "ln_user_agent_len" | "user_agent_len" if request.user_agent.is_some() => format!(
            "has a user agent of {}{}",
            bytes(request.user_agent_len()),
            typical("user_agent_len", bytes_in_words)
        ),
        "user_agent_rarity" => {
            let n_rows = survey.n_rows_with_user_agent(request.user_agent)?;
            shared("user agent", request.user_agent, n_rows, survey.n_rows())
        }
        "ln_user_agent_len" | "user_agent_len" | "has_user_agent" if deviation < 0.0 => {
            "names no user agent".to_owned()
        }
        "has_referrer" => if deviation > 0.0 { "names a referrer" } else { "names no referrer" }.to_owned(),
        "has_username" if deviation > 0.0 => format!("logs in as {}", quoted(request.username)),
        _ => return None,
    })
}

fn request_category_fact(
    family: &str,
    category: &str,
    request: &HttpRequest<'_>,
    share: Option<f64>,
) -> String {
    let how_often =
        share.map(|share| format!(", as {} of the sessions", share_in_words(share))).unwrap_or_default();
    match (family, category) {
        ("method", "(none)") => format!("has no request that was seen{how_often}"),
        ("method", _) => format!("asks with {}{how_often}", quoted(request.method)),
        ("status_class", "(none)") => format!("got no response{how_often}"),
        ("status_class", _) => match request.status_code {
            Some(code) => format!("was answered {code} ({category}{how_often})"),
            None => format!("was answered {category}{how_often}"),
        },
        ("port", _) => match request.resp_p {
            Some(port) => format!("went to port {port}"),
            None => "has no responder port".to_owned(),
        },
        ("resp_mime_type", "(none)") => format!("received no file of a known type{how_often}"),
        ("resp_mime_type", _) => format!("received {}{how_often}", quoted(request.resp_mime_type)),
        _ => format!("has {family} {category}{how_often}"),
    }
}

/// `has the host "x", as 3 of 4,896 sessions`
fn shared(what: &str, text: Option<&[u8]>, n_rows: u64, of: u64) -> String {
    let (n_rows, of) = (count_in_words(n_rows), count_in_words(of));
    match text {
        Some(_) => format!("has the {what} {}, as {n_rows} of {of} sessions", quoted(text)),
        None => format!("names no {what}, as {n_rows} of {of} sessions"),
    }
}

/// The start of a text from the log, in quotes; what is not printable ASCII is escaped.
fn quoted(text: Option<&[u8]>) -> String {
    let text = text.unwrap_or_default();
    let start = &text[..text.len().min(MOST_CHARACTERS)];
    let end = if start.len() < text.len() { "…" } else { "" };
    format!("\"{}{end}\"", start.escape_ascii())
}

/// `sent 150.2 MiB in 203,934 packets (typical 90 B in 1 packet)`.
fn volume(
    verb: &str,
    bytes: f64,
    pkts: f64,
    typical_bytes: Option<f64>,
    typical_pkts: Option<f64>,
) -> String {
    let words = |bytes: f64, pkts: f64| format!("{} in {}", bytes_in_words(bytes), packets(pkts));
    let typical =
        typical_bytes.zip(typical_pkts).map(|(bytes, pkts)| format!(" (typical {})", words(bytes, pkts)));
    format!("{verb} {}{}", words(bytes, pkts), typical.unwrap_or_default())
}

fn packets(count: f64) -> String {
    let words = count_in_words(count.round() as u64);
    if words == "1" { "1 packet".to_owned() } else { format!("{words} packets") }
}

fn direction(sent: f64, received: f64, what: &str) -> String {
    let times =
        |ratio: f64| if ratio >= 9.5 { count_in_words(ratio.round() as u64) } else { format!("{ratio:.1}") };
    match (sent > 0.0, received > 0.0) {
        (false, false) => format!("carried no {what}"),
        (true, false) => format!("sent {what} and received none"),
        (false, true) => format!("received {what} and sent none"),
        (true, true) if sent >= received => {
            format!("sent {} times the {what} it received", times(sent / received))
        }
        (true, true) => format!("received {} times the {what} it sent", times(received / sent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bro_features::{ConnState, Flow, LogKind, Proto};

    fn flow() -> Flow {
        Flow {
            proto: Proto::Tcp,
            conn_state: ConnState::parse(b"SF"),
            duration: Some(7_200_000_000),
            orig_bytes: Some(5 << 30),
            resp_bytes: Some(1 << 20),
            orig_pkts: Some(4_000_000),
            ..Flow::default()
        }
    }

    fn check(deviations: &[(&str, f64)], expected: &str) {
        let mut survey = Survey::new(LogKind::Conn);
        let usual = Flow { duration: Some(200_000), orig_bytes: Some(100), orig_pkts: Some(12), ..flow() };
        (0..99).for_each(|_| survey.insert(&usual, Some(b"http")));
        survey.insert(&flow(), None);
        let features: Vec<_> = deviations
            .iter()
            .map(|(name, _)| {
                Feature::numeric(LogKind::Conn).iter().find(|f| f.name() == *name).unwrap().clone()
            })
            .collect();
        let deviations: Vec<_> = deviations.iter().map(|(_, z)| *z).collect();
        let imputed = flow().imputed(Default::default());
        assert_eq!(reason(&features, &deviations, &Row::Flow(imputed), &survey), expected);
    }

    #[test]
    fn the_strongest_fact_of_each_subject_is_told_with_what_is_typical() {
        check(
            &[("ln_orig_pkts", 7.0), ("ln_orig_bytes", 8.0), ("ln_duration", 3.0)],
            "It sent 5.0 GiB in 4,000,000 packets (typical 100 B in 12 packets) and lasted 2 h (typical 200 ms).",
        );
    }

    #[test]
    fn directions_are_told_in_the_larger_ratio() {
        check(&[("pcr", 2.0)], "It sent 5,120 times the bytes it received.");
    }

    #[test]
    fn a_session_that_is_ordinary_everywhere_is_called_so() {
        check(
            &[("ln_duration", 0.2), ("was_missing", -0.5)],
            "Ordinary in each feature by itself; few sessions combine them like this.",
        );
    }

    #[test]
    fn a_request_is_told_in_words_with_text_from_the_log_in_quotes() {
        let mut survey = Survey::new(LogKind::Http);
        let usual = HttpRequest {
            method: Some(b"GET"),
            uri: Some(b"/"),
            user_agent: Some(b"Firefox"),
            status_code: Some(200),
            request_body_len: Some(0),
            ..HttpRequest::default()
        };
        (0..99).for_each(|_| survey.insert_request(&usual));
        let odd = HttpRequest {
            method: Some(b"POST"),
            user_agent: Some(b"a\"b\x1b"),
            request_body_len: Some(5 << 20),
            ..usual
        };
        survey.insert_request(&odd);
        let names = ["ln_request_body_len", "user_agent_rarity", "body_ratio"];
        let feature =
            |name: &str| Feature::numeric(LogKind::Http).iter().find(|f| f.name() == name).unwrap().clone();
        let told = reason(&names.map(feature), &[9.0, 8.0, 7.0], &Row::Request(odd), &survey);
        let expected = "It sent a body of 5.0 MiB (typical 0 B), has the user agent \"a\\\"b\\x1b\", as 1 of 100 \
                        sessions and sent body bytes and received none.";
        assert_eq!(told, expected);
    }
}
