/// The verb of a request, as the features tell it apart.
///
/// ```
/// use bro_features::HttpMethod;
/// assert_eq!(HttpMethod::parse(Some(b"POST")).name(), "POST");
/// assert_eq!(HttpMethod::parse(Some(b"BREW")).name(), "other");
/// assert_eq!(HttpMethod::parse(None).name(), "(none)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpMethod(u8);

impl HttpMethod {
    /// The names of their feature columns; the last two stand for every other verb and for none.
    pub const NAMES: [&'static str; 8] =
        ["GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS", "other", "(none)"];

    /// Reads Zeek's `method` column.
    #[must_use]
    pub fn parse(method: Option<&[u8]>) -> Self {
        let Some(method) = method.filter(|method| !method.is_empty()) else { return Self(7) };
        let known = Self::NAMES[..6].iter().position(|name| name.as_bytes() == method);
        Self(known.unwrap_or(6) as u8)
    }

    /// Its place in [`NAMES`](Self::NAMES), from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// The hundred a status code lies in.
///
/// ```
/// use bro_features::StatusClass;
/// assert_eq!(StatusClass::of(Some(404)).name(), "4xx");
/// assert_eq!(StatusClass::of(None).name(), "(none)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusClass(u8);

impl StatusClass {
    /// The names of their feature columns; the last two stand for codes that are none and for no response.
    pub const NAMES: [&'static str; 7] = ["1xx", "2xx", "3xx", "4xx", "5xx", "other", "(none)"];

    /// The class of `status_code`.
    #[must_use]
    pub fn of(status_code: Option<u64>) -> Self {
        Self(match status_code {
            None => 6,
            Some(code @ 100..=599) => (code / 100 - 1) as u8,
            Some(_) => 5,
        })
    }

    /// Its place in [`NAMES`](Self::NAMES), from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// The responder's port, as the features of http.log tell it apart.
///
/// ```
/// use bro_features::HttpPort;
/// assert_eq!(HttpPort::of(Some(8080)).name(), "8080");
/// assert_eq!(HttpPort::of(Some(8081)).name(), "other");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpPort(u8);

impl HttpPort {
    /// The names of their feature columns; the last stands for every other port and for none.
    pub const NAMES: [&'static str; 6] = ["80", "8080", "8000", "3128", "443", "other"];

    const PORTS: [u16; 5] = [80, 8080, 8000, 3128, 443];

    /// The class of a port.
    #[must_use]
    pub fn of(port: Option<u16>) -> Self {
        let known = port.and_then(|port| Self::PORTS.iter().position(|known| *known == port));
        Self(known.unwrap_or(Self::PORTS.len()) as u8)
    }

    /// Its place in [`NAMES`](Self::NAMES), from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}
