use crate::PortClass;
use crate::catalogue::{DetailKind, Feature, Kind, Unit, ln_1p, one_hot};
use crate::detail::{ADDRESSES, DIRECTIONS, Details, LETTERS, PREFIXES, REPEATED, Side};

/// Features of a conn.log that an extractor gives only if they, or their group, are named.
pub(crate) fn all() -> Vec<Feature> {
    let mut features = flow();
    features.extend(history());
    features.extend(address());
    features.extend(time());
    features
}

/// Writes the features that are details over zeros.
pub(crate) fn fill(features: &[Feature], details: &Details<'_>, out: &mut [f64]) {
    let one = |holds: bool| f64::from(u8::from(holds));
    for (cell, feature) in out.iter_mut().zip(features) {
        let Kind::Detail(_, kind) = feature.kind else { continue };
        *cell = match kind {
            DetailKind::Number(compute) => compute(details),
            DetailKind::Repeats(side, letter) => details.repeats(side, letter).ln_1p(),
            DetailKind::Flag(holds) => one(holds(details)),
            DetailKind::Letter(side, letter) => one(details.has_letter(side, letter)),
            DetailKind::Prefix(column) => one(details.prefix() == Some(column)),
            DetailKind::Address(side, class) => one(details.address_class(side) == class),
            DetailKind::Direction(place) => one(details.direction() == place),
            DetailKind::OrigPort(class) => one(details.orig_port_class() == Some(class)),
        };
    }
}

fn number(
    group: &'static str,
    name: &str,
    definition: &str,
    unit: Unit,
    compute: fn(&Details<'_>) -> f64,
) -> Feature {
    Feature::new(name, definition, unit, Kind::Detail(group, DetailKind::Number(compute)))
}

fn flag(group: &'static str, name: &str, what: &str, holds: fn(&Details<'_>) -> bool) -> Feature {
    let kind = Kind::Detail(group, DetailKind::Flag(holds));
    Feature::new(name, format!("1 if {what}, else 0"), Unit::Indicator, kind)
}

fn flow() -> Vec<Feature> {
    let number =
        |name: &str, definition: &str, unit, compute| number("flow", name, definition, unit, compute);
    vec![
        number("ln_pkts_per_s", "ln(1 + packets of both sides / max(duration, 1 ms))", Unit::LnCount, |d| {
            ((d.flow.orig_pkts + d.flow.resp_pkts) / d.seconds()).ln_1p()
        }),
        number(
            "ln_bytes_per_s",
            "ln(1 + payload bytes of both sides / max(duration, 1 ms))",
            Unit::LnBytes,
            |d| ((d.flow.orig_bytes + d.flow.resp_bytes) / d.seconds()).ln_1p(),
        ),
        number(
            "ln_orig_header_per_pkt",
            "ln(1 + max(orig_ip_bytes - orig_bytes, 0) / max(orig_pkts, 1))",
            Unit::LnBytes,
            |d| ((d.flow.orig_ip_bytes - d.flow.orig_bytes).max(0.0) / d.flow.orig_pkts.max(1.0)).ln_1p(),
        ),
        number(
            "ln_resp_header_per_pkt",
            "ln(1 + max(resp_ip_bytes - resp_bytes, 0) / max(resp_pkts, 1))",
            Unit::LnBytes,
            |d| ((d.flow.resp_ip_bytes - d.flow.resp_bytes).max(0.0) / d.flow.resp_pkts.max(1.0)).ln_1p(),
        ),
        number("ip_bytes_ratio", "ln((1 + orig_ip_bytes) / (1 + resp_ip_bytes))", Unit::LnRatio, |d| {
            ln_1p(d.flow.orig_ip_bytes) - ln_1p(d.flow.resp_ip_bytes)
        }),
        number(
            "missed_share",
            "missed_bytes / (missed_bytes + payload bytes of both sides); 0 without bytes",
            Unit::Share,
            |d| d.flow.missed_bytes / (d.flow.missed_bytes + d.flow.orig_bytes + d.flow.resp_bytes).max(1.0),
        ),
        flag("flow", "same_port", "both ports are the same; not for ICMP", |d| d.is_same_port()),
    ]
}

fn history() -> Vec<Feature> {
    let mut features = Vec::new();
    let feature = |name: String, definition: String, unit, kind| {
        Feature::new(name, definition, unit, Kind::Detail("history", kind))
    };
    for side in Side::ALL {
        for (letter, what) in LETTERS {
            let name = format!("history_{}_{}", side.name(), char::from(letter));
            let definition = format!("1 if history tells of {what} by the {} side, else 0", side.name());
            features.push(feature(name, definition, Unit::Indicator, DetailKind::Letter(side, letter)));
        }
    }
    for side in Side::ALL {
        for (letter, what) in REPEATED {
            let name = format!("ln_history_{}_{}", side.name(), char::from(letter));
            let definition = format!(
                "ln(1 + n), n the least number of {what} of the {} side that history allows, 10^(k - 1) for k letters",
                side.name()
            );
            features.push(feature(name, definition, Unit::LnCount, DetailKind::Repeats(side, letter)));
        }
    }
    for column in 0..PREFIXES {
        let definition = format!("1 if the hash of the first four letters of history is {column}, else 0");
        let name = format!("history_prefix_{column}");
        features.push(feature(name, definition, Unit::Indicator, DetailKind::Prefix(column)));
    }
    features.extend([
        flag("history", "started_with_syn", "history begins with S", |d| d.started_with_syn()),
        flag("history", "handshake_complete", "S and h stand in history before any payload", |d| {
            d.handshake_complete()
        }),
        flag("history", "data_before_handshake", "a TCP history has payload without an h before it", |d| {
            d.data_before_handshake()
        }),
        flag("history", "flipped", "Zeek exchanged the sides (^)", |d| d.is_flipped()),
    ]);
    features
}

fn address() -> Vec<Feature> {
    let mut features = Vec::new();
    for side in Side::ALL {
        let family = if side == Side::Orig { "orig_addr" } else { "resp_addr" };
        for (class, name) in ADDRESSES.iter().enumerate() {
            let kind = Kind::Detail("address", DetailKind::Address(side, class));
            features.push(one_hot(family, name, "that side's address is of that class", kind));
        }
    }
    for (place, name) in DIRECTIONS.iter().enumerate() {
        let what = "the connection goes that way, private and link-local addresses being inside";
        features.push(one_hot(
            "direction",
            name,
            what,
            Kind::Detail("address", DetailKind::Direction(place)),
        ));
    }
    for class in PortClass::ALL {
        let kind = Kind::Detail("address", DetailKind::OrigPort(class));
        features.push(one_hot(
            "orig_port_class",
            class.name(),
            "the originator's port is in that range; not for ICMP",
            kind,
        ));
    }
    features
}

fn time() -> Vec<Feature> {
    let number =
        |name: &str, definition: &str, compute| number("time", name, definition, Unit::Share, compute);
    vec![
        number("hour_sin", "sine of the time of day of ts in UTC, midnight being 0; 0 without ts", |d| {
            d.hour_angle().sin()
        }),
        number("hour_cos", "cosine of the time of day of ts in UTC, midnight being 1; 1 without ts", |d| {
            d.hour_angle().cos()
        }),
    ]
}
