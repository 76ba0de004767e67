//! Rows of `ssl.log`.

use std::{borrow::Cow, net::IpAddr};

use crate::{Elements, Port, Time, typed};

typed! {
    /// A TLS or SSL handshake, from any version between 2.0 and 9.
    ///
    /// A field is `None` if the row leaves it unset or the version had no such column.
    ///
    /// ```
    /// use bro_log::{Reader, Ssl};
    /// let log = b"#separator \\x09\n#path\tssl\n#fields\tserver_name\tresumed\n#types\tstring\tbool\nexample.org\tT\n";
    /// let mut reader = Reader::from_slice(log);
    /// let ssl = reader.next_as::<Ssl<'_>>()?.expect("one row");
    /// assert_eq!((ssl.server_name.as_deref(), ssl.resumed), (Some(&b"example.org"[..]), Some(true)));
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    pub struct Ssl<'a> {
        /// When the handshake began.
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
        /// The version the server chose.
        pub version: Option<Cow<'a, [u8]>> = "version",
        /// The cipher suite the server chose.
        pub cipher: Option<Cow<'a, [u8]>> = "cipher",
        /// The elliptic curve, if one is used (from 2.4).
        pub curve: Option<Cow<'a, [u8]>> = "curve",
        /// The server's name as the client sent it.
        pub server_name: Option<Cow<'a, [u8]>> = "server_name",
        /// Whether a session was resumed (from 2.4).
        pub resumed: Option<bool> = "resumed",
        /// The session's id (before 2.4).
        pub session_id: Option<Cow<'a, [u8]>> = "session_id",
        /// The last alert.
        pub last_alert: Option<Cow<'a, [u8]>> = "last_alert",
        /// The next protocol the server chose (from 2.4).
        pub next_protocol: Option<Cow<'a, [u8]>> = "next_protocol",
        /// Whether the handshake came to its end (from 2.4).
        pub established: Option<bool> = "established",
        /// What happened in order, a letter for each kind of message (from 5.0).
        pub ssl_history: Option<Cow<'a, [u8]>> = "ssl_history",
        /// The server's certificates by hash (from 5.0).
        pub cert_chain_fps: Option<Elements<'a>> = "cert_chain_fps",
        /// The client's certificates by hash (from 5.0).
        pub client_cert_chain_fps: Option<Elements<'a>> = "client_cert_chain_fps",
        /// The server's certificates by file (2.3 to 4.2).
        pub cert_chain_fuids: Option<Elements<'a>> = "cert_chain_fuids",
        /// The client's certificates by file (2.3 to 4.2).
        pub client_cert_chain_fuids: Option<Elements<'a>> = "client_cert_chain_fuids",
        /// Whom the server's certificate names.
        pub subject: Option<Cow<'a, [u8]>> = "subject",
        /// Who signed it.
        pub issuer: Option<Cow<'a, [u8]>> = "issuer",
        /// Whom the client's certificate names.
        pub client_subject: Option<Cow<'a, [u8]>> = "client_subject",
        /// Who signed it.
        pub client_issuer: Option<Cow<'a, [u8]>> = "client_issuer",
        /// Whether the certificate is for the name the client sent (from 5.0).
        pub sni_matches_cert: Option<bool> = "sni_matches_cert",
        /// What checking the certificates gave.
        pub validation_status: Option<Cow<'a, [u8]>> = "validation_status",
        /// The client's fingerprint, if that package is installed.
        pub ja3: Option<Cow<'a, [u8]>> = "ja3",
        /// The server's fingerprint, if that package is installed.
        pub ja3s: Option<Cow<'a, [u8]>> = "ja3s",
    }
}
