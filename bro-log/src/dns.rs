//! Rows of `dns.log`.

use std::{borrow::Cow, net::IpAddr};

use crate::{Elements, Interval, Port, Time, typed};

typed! {
    /// A DNS query and its answers, from any version between 2.0 and 9.
    ///
    /// A field is `None` if the row leaves it unset or the version had no such column. Zeek spells the flags in upper
    /// case; here they are in lower case.
    ///
    /// ```
    /// use bro_log::{Dns, Interval, Reader, Value};
    /// let log = b"#separator \\x09\n#path\tdns\n#fields\tquery\tAA\tTTLs\n#types\tstring\tbool\tvector[interval]\n\
    ///     example.org\tF\t60.000000,-\n";
    /// let mut reader = Reader::from_slice(log);
    /// let dns = reader.next_as::<Dns<'_>>()?.expect("one row");
    /// assert_eq!(dns.aa, Some(false));
    /// let ttls: Vec<_> = dns.ttls.iter().flat_map(|ttls| ttls.iter()).collect();
    /// assert_eq!(ttls, [Value::Interval(Interval(60_000_000)), Value::Unset]);
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    pub struct Dns<'a> {
        /// When the query was seen.
        pub ts: Option<Time> = "ts",
        /// The connection.
        pub uid: Option<Cow<'a, [u8]>> = "uid",
        /// The originator's address.
        pub id_orig_h: Option<IpAddr> = "id.orig_h",
        /// The originator's port.
        pub id_orig_p: Option<Port> = "id.orig_p",
        /// The responder's address.
        pub id_resp_h: Option<IpAddr> = "id.resp_h",
        /// The responder's port.
        pub id_resp_p: Option<Port> = "id.resp_p",
        /// The transport protocol.
        pub proto: Option<Cow<'a, [u8]>> = "proto",
        /// The query's number.
        pub trans_id: Option<u64> = "trans_id",
        /// From query to answer (from 2.5).
        pub rtt: Option<Interval> = "rtt",
        /// The name asked for.
        pub query: Option<Cow<'a, [u8]>> = "query",
        /// The class asked for, as a number.
        pub qclass: Option<u64> = "qclass",
        /// The class asked for.
        pub qclass_name: Option<Cow<'a, [u8]>> = "qclass_name",
        /// The type asked for, as a number.
        pub qtype: Option<u64> = "qtype",
        /// The type asked for.
        pub qtype_name: Option<Cow<'a, [u8]>> = "qtype_name",
        /// The response code, as a number.
        pub rcode: Option<u64> = "rcode",
        /// The response code.
        pub rcode_name: Option<Cow<'a, [u8]>> = "rcode_name",
        /// `AA`: the server has authority for the name.
        pub aa: Option<bool> = "AA",
        /// `TC`: the message was cut.
        pub tc: Option<bool> = "TC",
        /// `RD`: the client wants recursion.
        pub rd: Option<bool> = "RD",
        /// `RA`: the server offers recursion.
        pub ra: Option<bool> = "RA",
        /// `Z`: a field that should be zero.
        pub z: Option<u64> = "Z",
        /// The answers.
        pub answers: Option<Elements<'a>> = "answers",
        /// `TTLs`: how long each answer may be kept.
        pub ttls: Option<Elements<'a>> = "TTLs",
        /// Whether the server refused.
        pub rejected: Option<bool> = "rejected",
    }
}
