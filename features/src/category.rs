use std::borrow::Cow;

/// The transport protocol of a connection, as the features tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proto {
    /// `tcp`
    Tcp,
    /// `udp`
    Udp,
    /// `icmp`
    Icmp,
    /// `unknown_transport`, unset, and whatever else a log holds.
    Other,
}

impl Proto {
    /// All of them, in the order of their feature columns.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Other];

    /// Reads Zeek's `proto` column.
    ///
    /// ```
    /// assert_eq!(bro_features::Proto::parse(b"udp"), bro_features::Proto::Udp);
    /// assert_eq!(bro_features::Proto::parse(b"sctp"), bro_features::Proto::Other);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        match text {
            b"tcp" => Self::Tcp,
            b"udp" => Self::Udp,
            b"icmp" => Self::Icmp,
            _ => Self::Other,
        }
    }

    /// The name of the category in feature names: `tcp`, `udp`, `icmp`, `other`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["tcp", "udp", "icmp", "other"][self as usize]
    }
}

/// Zeek's `conn_state`: how a connection began and ended. What each means depends on the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnState(u8);

impl ConnState {
    /// The states Zeek writes, in the order of their feature columns; the last stands for unset or unknown text.
    pub const NAMES: [&'static str; 14] =
        ["S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH", "other"];

    /// The number of states, with that for unset or unknown text.
    pub const COUNT: usize = Self::NAMES.len();

    /// Reads Zeek's `conn_state` column.
    ///
    /// ```
    /// use bro_features::ConnState;
    /// assert_eq!(ConnState::parse(b"REJ").name(), "REJ");
    /// assert_eq!(ConnState::parse(b"?").name(), "other");
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let known = Self::NAMES[..Self::COUNT - 1].iter().position(|name| name.as_bytes() == text);
        Self(known.unwrap_or(Self::COUNT - 1) as u8)
    }

    /// The state's place in [`NAMES`](Self::NAMES), from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Zeek's word for it, or `other`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// The IANA range a port lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortClass {
    /// 0 to 1023
    WellKnown,
    /// 1024 to 49151
    Registered,
    /// 49152 to 65535
    Ephemeral,
}

impl PortClass {
    /// All of them, in the order of their feature columns.
    pub const ALL: [Self; 3] = [Self::WellKnown, Self::Registered, Self::Ephemeral];

    /// The class of `port`.
    ///
    /// ```
    /// assert_eq!(bro_features::PortClass::of(8080), bro_features::PortClass::Registered);
    /// ```
    #[must_use]
    pub fn of(port: u16) -> Self {
        match port {
            0..=1023 => Self::WellKnown,
            1024..=49151 => Self::Registered,
            _ => Self::Ephemeral,
        }
    }

    /// The name of the category in feature names: `well_known`, `registered`, `ephemeral`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["well_known", "registered", "ephemeral"][self as usize]
    }
}

/// Zeek's `service` with its elements in a fixed order, so that `ssl,http` and `http,ssl` are one category.
///
/// An analyzer that was tried and removed stands there with a minus (`-ssl`) and stays as it is.
///
/// ```
/// use bro_features::canonical_service;
/// assert_eq!(canonical_service(b"ssl,http"), canonical_service(b"http,ssl"));
/// assert_eq!(&*canonical_service(b"dns"), b"dns");
/// ```
#[must_use]
pub fn canonical_service(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b',') {
        return Cow::Borrowed(text);
    }
    let mut parts: Vec<&[u8]> = text.split(|&byte| byte == b',').collect();
    parts.sort_unstable();
    parts.dedup();
    Cow::Owned(parts.join(&b","[..]))
}
