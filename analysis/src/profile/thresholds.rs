use crate::Error;
use bro_features::LogKind;

/// From where on the detectors speak; each can be changed by its name.
///
/// ```
/// use bro_analysis::Thresholds;
/// let mut thresholds = Thresholds::default();
/// thresholds.set("scan_hosts=100")?;
/// assert_eq!((thresholds.scan_hosts, thresholds.scan_ports), (100.0, 15.0));
/// assert!(thresholds.set("scan_hosts=many").is_err() && thresholds.set("colour=1").is_err());
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Hosts that one source tried in vain on one port. Default 25, Zeek's.
    pub scan_hosts: f64,
    /// Ports of one host that one source tried in vain. Default 15, Zeek's.
    pub scan_ports: f64,
    /// Connections to one port of one host that were never answered. Default 1000.
    pub flood_rows: f64,
    /// And how many of them a second in the busiest ten seconds. Default 20.
    pub flood_rate: f64,
    /// Packets one source sent to one host without an answer. Default 20,000, at 100 a second or more.
    pub flood_packets: f64,
    /// Short sessions with a login service, from one source, in half an hour. Default 30, Zeek's for SSH.
    pub brute_force: f64,
    /// Bytes one host sent to one outside, five in six of all bytes between them. Default 10,000,000.
    pub exfiltration_bytes: f64,
    /// Seconds a connection lasts. Default 3600.
    pub long_seconds: f64,
    /// Connections of one source to one port of one host before their rhythm is looked at. Default 20.
    pub periodic_rows: f64,
    /// One less the median deviation of their gaps, in median gaps. Default 0.85.
    pub periodic_score: f64,
    /// Attempts of one source at one port of one host, nine in ten of them in vain. Default 30.
    pub retry_rows: f64,
    /// Share of a port's sessions (or of a service's) below which a service there is unusual. Default 0.01.
    pub mismatch_share: f64,
    /// Lookups of one source at one server. Default 1000, RITA's highest.
    pub dns_tunnel_rows: f64,
    /// And bytes they carry on average. Default 150.
    pub dns_tunnel_bytes: f64,
    /// Bytes of payload in ICMP packets of more than 100 bytes between two hosts. Default 50,000.
    pub icmp_tunnel_bytes: f64,
    /// Different things that one source asked of one host in vain (a status of 400 or more). Default 30.
    pub http_scan_uris: f64,
    /// Requests of one source that one host denied (401, 403), in half an hour. Default 30.
    pub http_logins: f64,
    /// Bytes of bodies that one source sent to one host, nine tenths of all between them. Default 1,000,000.
    pub http_upload_bytes: f64,
    /// Share of requests below which a user agent that one host alone uses is rare. Default 0.001.
    pub rare_agent_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            scan_hosts: 25.0,
            scan_ports: 15.0,
            flood_rows: 1_000.0,
            flood_rate: 20.0,
            flood_packets: 20_000.0,
            brute_force: 30.0,
            exfiltration_bytes: 10e6,
            long_seconds: 3_600.0,
            periodic_rows: 20.0,
            periodic_score: 0.85,
            retry_rows: 30.0,
            mismatch_share: 0.01,
            dns_tunnel_rows: 1_000.0,
            dns_tunnel_bytes: 150.0,
            icmp_tunnel_bytes: 50_000.0,
            http_scan_uris: 30.0,
            http_logins: 30.0,
            http_upload_bytes: 1e6,
            rare_agent_share: 0.001,
        }
    }
}

impl Thresholds {
    /// The thresholds of a kind of log with their names.
    ///
    /// ```
    /// use bro_analysis::Thresholds;
    /// let of_http = Thresholds::default().of(bro_features::LogKind::Http);
    /// assert!(of_http.contains(&("http_scan_uris", 30.0)) && !of_http.contains(&("scan_hosts", 25.0)));
    /// ```
    #[must_use]
    pub fn of(&self, kind: LogKind) -> Vec<(&'static str, f64)> {
        let is_of = |name: &str| match kind {
            LogKind::Conn => !name.starts_with("http_") && name != "rare_agent_share",
            LogKind::Http => {
                name.starts_with("http_") || name == "rare_agent_share" || name.starts_with("periodic_")
            }
        };
        self.all().into_iter().filter(|(name, _)| is_of(name)).collect()
    }

    /// Every threshold with its name, in the order of the fields.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, f64)> {
        let mut copy = self.clone();
        copy.fields().into_iter().map(|(name, value)| (name, *value)).collect()
    }

    fn fields(&mut self) -> [(&'static str, &mut f64); 19] {
        [
            ("scan_hosts", &mut self.scan_hosts),
            ("scan_ports", &mut self.scan_ports),
            ("flood_rows", &mut self.flood_rows),
            ("flood_rate", &mut self.flood_rate),
            ("flood_packets", &mut self.flood_packets),
            ("brute_force", &mut self.brute_force),
            ("exfiltration_bytes", &mut self.exfiltration_bytes),
            ("long_seconds", &mut self.long_seconds),
            ("periodic_rows", &mut self.periodic_rows),
            ("periodic_score", &mut self.periodic_score),
            ("retry_rows", &mut self.retry_rows),
            ("mismatch_share", &mut self.mismatch_share),
            ("dns_tunnel_rows", &mut self.dns_tunnel_rows),
            ("dns_tunnel_bytes", &mut self.dns_tunnel_bytes),
            ("icmp_tunnel_bytes", &mut self.icmp_tunnel_bytes),
            ("http_scan_uris", &mut self.http_scan_uris),
            ("http_logins", &mut self.http_logins),
            ("http_upload_bytes", &mut self.http_upload_bytes),
            ("rare_agent_share", &mut self.rare_agent_share),
        ]
    }

    /// Changes one by `name=value`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there is no such name, or the value is not a number of 0 or more.
    pub fn set(&mut self, change: &str) -> Result<(), Error> {
        let refused =
            |expected: String| Error::Parameter { name: "threshold", found: change.to_owned(), expected };
        let (name, value) = change.split_once('=').ok_or_else(|| refused("name=value".to_owned()))?;
        let known: Vec<_> = self.all().iter().map(|(name, _)| *name).collect();
        let field = self.fields().into_iter().find(|(known, _)| *known == name.trim());
        let (_, field) = field.ok_or_else(|| refused(format!("one of {}", known.join(", "))))?;
        let value = value.trim().parse::<f64>().ok().filter(|value| *value >= 0.0 && value.is_finite());
        *field = value.ok_or_else(|| refused("a number of 0 or more after =".to_owned()))?;
        Ok(())
    }
}
