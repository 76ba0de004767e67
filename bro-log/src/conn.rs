//! Rows of `conn.log`.

use std::{borrow::Cow, net::IpAddr};

use crate::{Elements, Interval, Port, Time, typed};

typed! {
    /// A connection, from any version between 2.0 and 9.
    ///
    /// A field is `None` if the row leaves it unset or the version had no such column. `duration`, `orig_bytes` and
    /// `resp_bytes` are unset in every connection of no length.
    ///
    /// ```
    /// use bro_log::{Conn, Reader};
    /// let log = b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\torig_bytes\n#types\ttime\tstring\tcount\n\
    ///     1.500000\tC1\t7\n2.500000\tC2\t-\n";
    /// let mut reader = Reader::from_slice(log);
    /// let mut n_bytes = 0;
    /// while let Some(conn) = reader.next_as::<Conn<'_>>()? {
    ///     n_bytes += conn.orig_bytes.unwrap_or(0);
    /// }
    /// assert_eq!(n_bytes, 7);
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    pub struct Conn<'a> {
        /// When its first packet was seen.
        pub ts: Option<Time> = "ts",
        /// Its name in all logs.
        pub uid: Option<Cow<'a, [u8]>> = "uid",
        /// The originator's address.
        pub id_orig_h: Option<IpAddr> = "id.orig_h",
        /// The originator's port; for ICMP the message type.
        pub id_orig_p: Option<Port> = "id.orig_p",
        /// The responder's address.
        pub id_resp_h: Option<IpAddr> = "id.resp_h",
        /// The responder's port; for ICMP the message code.
        pub id_resp_p: Option<Port> = "id.resp_p",
        /// The transport protocol.
        pub proto: Option<Cow<'a, [u8]>> = "proto",
        /// The application protocols, joined by commas; one with a leading `-` was found not to be it.
        pub service: Option<Cow<'a, [u8]>> = "service",
        /// From the first packet to the last.
        pub duration: Option<Interval> = "duration",
        /// Payload bytes the originator sent.
        pub orig_bytes: Option<u64> = "orig_bytes",
        /// Payload bytes the responder sent.
        pub resp_bytes: Option<u64> = "resp_bytes",
        /// How it went: `SF`, `S0`, `REJ`, …
        pub conn_state: Option<Cow<'a, [u8]>> = "conn_state",
        /// Whether the originator is local.
        pub local_orig: Option<bool> = "local_orig",
        /// Whether the responder is local (from 2.4).
        pub local_resp: Option<bool> = "local_resp",
        /// Payload bytes that were not seen.
        pub missed_bytes: Option<u64> = "missed_bytes",
        /// What happened in order, a letter for each kind of packet.
        pub history: Option<Cow<'a, [u8]>> = "history",
        /// Packets the originator sent.
        pub orig_pkts: Option<u64> = "orig_pkts",
        /// Bytes the originator sent, IP headers included.
        pub orig_ip_bytes: Option<u64> = "orig_ip_bytes",
        /// Packets the responder sent.
        pub resp_pkts: Option<u64> = "resp_pkts",
        /// Bytes the responder sent, IP headers included.
        pub resp_ip_bytes: Option<u64> = "resp_ip_bytes",
        /// The uids of the tunnels around it (from 2.1).
        pub tunnel_parents: Option<Elements<'a>> = "tunnel_parents",
        /// The number of the IP protocol (from 7.1).
        pub ip_proto: Option<u64> = "ip_proto",
    }
}
