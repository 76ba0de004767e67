use crate::{bytes_in_words, count_in_words, duration_in_words, share_in_words};
use bro_features::{Feature, ImputedFlow, Survey};

/// Most facts in one sentence.
const MOST_FACTS: usize = 3;

/// Below this many standard deviations a feature sets nothing apart.
const LEAST_DEVIATION: f64 = 1.0;

/// One sentence with the features that set a session apart: those farthest from their mean in standard deviations,
/// one for each subject, with what is typical beside.
pub(crate) fn reason(
    features: &[Feature],
    deviations: &[f64],
    flow: &ImputedFlow,
    survey: &Survey,
) -> String {
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
        if let Some(fact) = fact(feature, *deviation, flow, survey) {
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
        "bytes_ratio" | "pkts_ratio" | "pcr" => "direction",
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
    use bro_features::{ConnState, Flow, Proto};

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
        let mut survey = Survey::default();
        let usual = Flow { duration: Some(200_000), orig_bytes: Some(100), orig_pkts: Some(12), ..flow() };
        (0..99).for_each(|_| survey.insert(&usual, Some(b"http")));
        survey.insert(&flow(), None);
        let features: Vec<_> = deviations
            .iter()
            .map(|(name, _)| Feature::numeric().iter().find(|f| f.name() == *name).unwrap().clone())
            .collect();
        let deviations: Vec<_> = deviations.iter().map(|(_, z)| *z).collect();
        let imputed = flow().imputed(Default::default());
        assert_eq!(reason(&features, &deviations, &imputed, &survey), expected);
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
}
