use crate::detail::{Details, Side};
use crate::{ConnState, Error, HttpRequest, ImputedFlow, LogKind, PortClass, Proto, detail_features, http};
use std::sync::LazyLock;

/// What the values of a feature are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// seconds
    Seconds,
    /// bytes
    Bytes,
    /// packets
    Packets,
    /// ln(1 + seconds)
    LnSeconds,
    /// ln(1 + bytes)
    LnBytes,
    /// ln(1 + packets)
    LnPackets,
    /// ln((1 + originator's) / (1 + responder's)), without a unit
    LnRatio,
    /// how many
    Count,
    /// ln(1 + how many)
    LnCount,
    /// bits
    Bits,
    /// bits a byte, 0 to 8
    BitsPerByte,
    /// −ln of a share of rows: 0 for what every row has
    Surprise,
    /// a share between −1 and 1
    Share,
    /// 0 or 1
    Indicator,
}

/// One column of the matrix: its stable name and what stands in it.
///
/// All are finite for every row. All describe a single row, and are causal in that they use nothing of later rows, but
/// for those whose unit is [`Unit::Surprise`], which tell how rare a value is in the whole log.
///
/// ```
/// use bro_features::{Feature, LogKind};
/// let feature = Feature::numeric(LogKind::Conn).iter().find(|f| f.name() == "ln_duration").unwrap();
/// assert_eq!(feature.unit(), bro_features::Unit::LnSeconds);
/// assert!(feature.definition().contains("duration"));
/// ```
#[derive(Debug, Clone)]
pub struct Feature {
    name: String,
    definition: String,
    unit: Unit,
    pub(crate) kind: Kind,
}

/// How a feature is computed from an imputed flow.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Number(fn(&ImputedFlow) -> f64),
    Proto(Proto),
    PortClass(PortClass),
    ConnState(usize),
    Service(usize),
    /// With the group it belongs to.
    Detail(&'static str, DetailKind),
    Http(HttpKind),
}

/// How a feature is computed from the details of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DetailKind {
    Number(fn(&Details<'_>) -> f64),
    Flag(fn(&Details<'_>) -> bool),
    Letter(Side, u8),
    Repeats(Side, u8),
    Prefix(usize),
    Address(Side, usize),
    Direction(usize),
    OrigPort(PortClass),
}

impl DetailKind {
    fn family(self) -> Option<&'static str> {
        match self {
            Self::Address(Side::Orig, _) => Some("orig_addr"),
            Self::Address(Side::Resp, _) => Some("resp_addr"),
            Self::Direction(_) => Some("direction"),
            Self::OrigPort(_) => Some("orig_port_class"),
            _ => None,
        }
    }
}

/// How a feature is computed from a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HttpKind {
    Number(fn(&HttpRequest<'_>) -> f64),
    Flag(fn(&HttpRequest<'_>) -> bool),
    HostRarity,
    UserAgentRarity,
    Method(usize),
    StatusClass(usize),
    Port(usize),
    MimeType(usize),
}

impl HttpKind {
    fn family(self) -> Option<&'static str> {
        match self {
            Self::Number(_) | Self::Flag(_) | Self::HostRarity | Self::UserAgentRarity => None,
            Self::Method(_) => Some("method"),
            Self::StatusClass(_) => Some("status_class"),
            Self::Port(_) => Some("port"),
            Self::MimeType(_) => Some("resp_mime_type"),
        }
    }
}

impl Kind {
    /// The family a one-hot column belongs to; also the name by which the whole family is chosen.
    fn family(self) -> Option<&'static str> {
        match self {
            Self::Number(_) => None,
            Self::Proto(_) => Some("proto"),
            Self::PortClass(_) => Some("port_class"),
            Self::ConnState(_) => Some("conn_state"),
            Self::Service(_) => Some("service"),
            Self::Detail(_, kind) => kind.family(),
            Self::Http(kind) => kind.family(),
        }
    }

    /// The name by which features that belong together are chosen.
    fn group(self) -> &'static str {
        match self {
            Self::Detail(group, _) => group,
            Self::Http(_) => "request",
            _ => "flow",
        }
    }
}

impl Feature {
    pub(crate) fn new(
        name: impl Into<String>,
        definition: impl Into<String>,
        unit: Unit,
        kind: Kind,
    ) -> Self {
        Self { name: name.into(), definition: definition.into(), unit, kind }
    }

    /// The stable name, such as `ln_duration` or `service=dns`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stands in the column, in one sentence.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// What the values are measured in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// What a one-hot column is about, such as `proto` or `method`; `None` for a number.
    #[must_use]
    pub fn family(&self) -> Option<&'static str> {
        self.kind.family()
    }

    /// The group by which it is chosen together with others: `flow`, `history`, `address` or `time` of a conn.log,
    /// `request` of an http.log.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.kind.group()
    }

    /// The category a one-hot column stands for (`dns` of `service=dns`), `None` for a number.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.family().and_then(|family| self.name.strip_prefix(family)?.strip_prefix('='))
    }

    /// The features of such logs that are numbers; they do not depend on what a log holds.
    #[must_use]
    pub fn numeric(kind: LogKind) -> &'static [Self] {
        static CONN: LazyLock<Vec<Feature>> = LazyLock::new(numeric);
        static HTTP: LazyLock<Vec<Feature>> = LazyLock::new(http::numeric);
        match kind {
            LogKind::Conn => &CONN,
            LogKind::Http => &HTTP,
        }
    }

    /// The quantities as they stand in the log, gaps filled; an extractor gives them only if they are named. Their
    /// tails are too heavy for means and distances, so they are for plots and tables.
    #[must_use]
    pub fn raw(kind: LogKind) -> &'static [Self] {
        static CONN: LazyLock<Vec<Feature>> = LazyLock::new(raw);
        static HTTP: LazyLock<Vec<Feature>> = LazyLock::new(http::raw);
        match kind {
            LogKind::Conn => &CONN,
            LogKind::Http => &HTTP,
        }
    }

    /// The features that an extractor gives only if they, or their group, are named, and that are fit for means and
    /// distances: rates, history letters, address classes, direction and time of day of a conn.log.
    #[must_use]
    pub fn detailed(kind: LogKind) -> &'static [Self] {
        static CONN: LazyLock<Vec<Feature>> = LazyLock::new(detail_features::all);
        match kind {
            LogKind::Conn => &CONN,
            LogKind::Http => &[],
        }
    }

    /// The groups of features.
    #[must_use]
    pub fn groups(kind: LogKind) -> &'static [&'static str] {
        match kind {
            LogKind::Conn => &["flow", "history", "address", "time"],
            LogKind::Http => &["request"],
        }
    }

    /// The names by which whole families of one-hot columns are chosen.
    #[must_use]
    pub fn families(kind: LogKind) -> [&'static str; 4] {
        match kind {
            LogKind::Conn => ["port_class", "proto", "service", "conn_state"],
            LogKind::Http => ["method", "status_class", "port", "resp_mime_type"],
        }
    }

    /// Every feature for a conn.log whose services worth a column of their own are `services`.
    pub(crate) fn all(services: &[String]) -> Vec<Self> {
        let mut features = Self::numeric(LogKind::Conn).to_vec();
        features.extend(PortClass::ALL.map(|class| {
            one_hot(
                "port_class",
                class.name(),
                "the responder's port is in that range; not for ICMP",
                Kind::PortClass(class),
            )
        }));
        features.extend(
            Proto::ALL
                .map(|proto| one_hot("proto", proto.name(), "proto has that value", Kind::Proto(proto))),
        );
        features.extend(
            services
                .iter()
                .enumerate()
                .map(|(i, service)| one_hot("service", service, "service has that value", Kind::Service(i))),
        );
        features.extend(
            ConnState::NAMES.iter().enumerate().map(|(i, state)| {
                one_hot("conn_state", state, "conn_state has that value", Kind::ConnState(i))
            }),
        );
        features
    }
}

pub(crate) fn one_hot(family: &str, category: &str, what: &str, kind: Kind) -> Feature {
    Feature::new(format!("{family}={category}"), format!("1 if {what}, else 0"), Unit::Indicator, kind)
}

fn numeric() -> Vec<Feature> {
    let number = |name: &str, definition: &str, unit, compute| {
        Feature::new(name, definition, unit, Kind::Number(compute))
    };
    vec![
        number("ln_duration", "ln(1 + duration in seconds)", Unit::LnSeconds, |f| f.duration.ln_1p()),
        number("ln_orig_bytes", "ln(1 + orig_bytes)", Unit::LnBytes, |f| ln_1p(f.orig_bytes)),
        number("ln_resp_bytes", "ln(1 + resp_bytes)", Unit::LnBytes, |f| ln_1p(f.resp_bytes)),
        number("ln_orig_pkts", "ln(1 + orig_pkts)", Unit::LnPackets, |f| ln_1p(f.orig_pkts)),
        number("ln_resp_pkts", "ln(1 + resp_pkts)", Unit::LnPackets, |f| ln_1p(f.resp_pkts)),
        number("ln_orig_ip_bytes", "ln(1 + orig_ip_bytes)", Unit::LnBytes, |f| ln_1p(f.orig_ip_bytes)),
        number("ln_resp_ip_bytes", "ln(1 + resp_ip_bytes)", Unit::LnBytes, |f| ln_1p(f.resp_ip_bytes)),
        number("ln_missed_bytes", "ln(1 + missed_bytes)", Unit::LnBytes, |f| ln_1p(f.missed_bytes)),
        number("ln_orig_bytes_per_pkt", "ln(1 + orig_bytes / max(orig_pkts, 1))", Unit::LnBytes, |f| {
            (f.orig_bytes / f.orig_pkts.max(1.0)).ln_1p()
        }),
        number("ln_resp_bytes_per_pkt", "ln(1 + resp_bytes / max(resp_pkts, 1))", Unit::LnBytes, |f| {
            (f.resp_bytes / f.resp_pkts.max(1.0)).ln_1p()
        }),
        number("bytes_ratio", "ln((1 + orig_bytes) / (1 + resp_bytes))", Unit::LnRatio, |f| {
            ln_1p(f.orig_bytes) - ln_1p(f.resp_bytes)
        }),
        number("pkts_ratio", "ln((1 + orig_pkts) / (1 + resp_pkts))", Unit::LnRatio, |f| {
            ln_1p(f.orig_pkts) - ln_1p(f.resp_pkts)
        }),
        number(
            "pcr",
            "producer-consumer ratio, (orig_bytes - resp_bytes) / (orig_bytes + resp_bytes); 0 without bytes",
            Unit::Share,
            producer_consumer_ratio,
        ),
        number(
            "was_missing",
            "1 if duration, orig_bytes or resp_bytes was unset, else 0",
            Unit::Indicator,
            |f| f64::from(u8::from(f.was_missing)),
        ),
    ]
}

fn raw() -> Vec<Feature> {
    let number = |name: &str, definition: &str, unit, compute| {
        Feature::new(name, definition, unit, Kind::Number(compute))
    };
    vec![
        number("duration", "duration in seconds", Unit::Seconds, |f| f.duration),
        number("orig_bytes", "orig_bytes", Unit::Bytes, |f| f.orig_bytes),
        number("resp_bytes", "resp_bytes", Unit::Bytes, |f| f.resp_bytes),
        number("missed_bytes", "missed_bytes", Unit::Bytes, |f| f.missed_bytes),
        number("orig_pkts", "orig_pkts", Unit::Packets, |f| f.orig_pkts),
        number("orig_ip_bytes", "orig_ip_bytes", Unit::Bytes, |f| f.orig_ip_bytes),
        number("resp_pkts", "resp_pkts", Unit::Packets, |f| f.resp_pkts),
        number("resp_ip_bytes", "resp_ip_bytes", Unit::Bytes, |f| f.resp_ip_bytes),
    ]
}

fn producer_consumer_ratio(flow: &ImputedFlow) -> f64 {
    let sum = flow.orig_bytes + flow.resp_bytes;
    if sum > 0.0 { (flow.orig_bytes - flow.resp_bytes) / sum } else { 0.0 }
}

/// ln(1 + count): most counts in a log are small, and looking those up is ten times faster than the logarithm.
pub(crate) fn ln_1p(count: f64) -> f64 {
    static SMALL: LazyLock<Vec<f64>> =
        LazyLock::new(|| (0..4096).map(|count| f64::from(count).ln_1p()).collect());
    let index = count as usize;
    match SMALL.get(index) {
        Some(&value) if index as f64 == count => value,
        _ => count.ln_1p(),
    }
}

/// Which features an [`Extractor`](crate::Extractor) gives.
///
/// ```
/// use bro_features::FeatureSelection;
/// assert_eq!("ln_duration,service".parse(), Ok(FeatureSelection::Named(vec!["ln_duration".into(), "service".into()])));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FeatureSelection {
    /// All of them.
    #[default]
    Default,
    /// Those with these names, in this order; the name of a family, such as `proto` or `method`, or of a group, such as
    /// `history`, stands for all its columns.
    Named(Vec<String>),
}

impl std::str::FromStr for FeatureSelection {
    type Err = std::convert::Infallible;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        Ok(Self::Named(
            list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        ))
    }
}

impl FeatureSelection {
    /// Picks from `all`; a feature named twice comes once.
    pub(crate) fn pick(&self, kind: LogKind, mut all: Vec<Feature>) -> Result<Vec<Feature>, Error> {
        let Self::Named(names) = self else { return Ok(all) };
        all.extend_from_slice(Feature::detailed(kind));
        let n_in_groups = all.len();
        all.extend_from_slice(Feature::raw(kind));
        if names.is_empty() {
            return Err(Error::NoFeature { known: known_names(kind) });
        }
        let mut picked: Vec<Feature> = Vec::new();
        for name in names {
            let grouped = all[..n_in_groups].iter().filter(|f| f.group() == name);
            let named = all.iter().filter(|f| f.name == *name || f.family() == Some(name));
            let matching: Vec<_> = named.chain(grouped).collect();
            if matching.is_empty() {
                return Err(Error::UnknownFeature { name: name.clone(), known: known_names(kind) });
            }
            for feature in matching {
                if !picked.iter().any(|known| known.name == feature.name) {
                    picked.push(feature.clone());
                }
            }
        }
        Ok(picked)
    }
}

fn known_names(kind: LogKind) -> String {
    let numbers = Feature::numeric(kind).iter().map(Feature::name);
    let raw = Feature::raw(kind).iter().map(Feature::name);
    let detailed = Feature::detailed(kind).iter().map(Feature::name);
    let names: Vec<_> = numbers.chain(Feature::families(kind)).chain(raw).chain(detailed).collect();
    format!("{}; or the groups {}", names.join(", "), Feature::groups(kind).join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looked_up_logarithms_equal_the_computed_ones() {
        for count in [0.0, 1.0, 2.0, 4095.0, 4096.0, 0.5, 1e300] {
            assert_eq!(ln_1p(count).to_bits(), count.ln_1p().to_bits());
        }
    }

    #[test]
    fn a_family_name_stands_for_its_columns_and_unknown_names_are_refused() {
        let all = Feature::all(&["dns".into(), "(none)".into()]);
        let picked = FeatureSelection::Named(vec!["service".into(), "service=dns".into()])
            .pick(LogKind::Conn, all.clone())
            .unwrap();
        assert_eq!(picked.iter().map(Feature::name).collect::<Vec<_>>(), ["service=dns", "service=(none)"]);
        assert_eq!(picked[0].category(), Some("dns"));
        let error = FeatureSelection::Named(vec!["durations".into()]).pick(LogKind::Conn, all).unwrap_err();
        assert!(error.to_string().contains("`durations`") && error.to_string().contains("ln_duration"));
    }
}
