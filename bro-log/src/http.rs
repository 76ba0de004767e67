//! Rows of `http.log`.

use std::{borrow::Cow, net::IpAddr};

use crate::{Elements, Port, Time, typed};

typed! {
    /// A request and its response, from any version between 2.0 and 9.
    ///
    /// A field is `None` if the row leaves it unset or the version had no such column.
    ///
    /// ```
    /// use bro_log::{Http, Reader};
    /// let log = b"#separator \\x09\n#path\thttp\n#fields\thost\ttags\n#types\tstring\tset[enum]\nexample.org\t(empty)\n";
    /// let mut reader = Reader::from_slice(log);
    /// let http = reader.next_as::<Http<'_>>()?.expect("one row");
    /// assert_eq!(http.host.as_deref(), Some(&b"example.org"[..]));
    /// assert!(http.tags.is_some_and(|tags| tags.is_empty()));
    /// assert_eq!(http.origin, None);
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    pub struct Http<'a> {
        /// When the request was seen.
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
        /// Which request of the connection, from 1.
        pub trans_depth: Option<u64> = "trans_depth",
        /// The verb.
        pub method: Option<Cow<'a, [u8]>> = "method",
        /// The `Host` header; from 4.2 as it was sent.
        pub host: Option<Cow<'a, [u8]>> = "host",
        /// What was asked for.
        pub uri: Option<Cow<'a, [u8]>> = "uri",
        /// The `Referer` header.
        pub referrer: Option<Cow<'a, [u8]>> = "referrer",
        /// The protocol's version (from 2.5).
        pub version: Option<Cow<'a, [u8]>> = "version",
        /// The `User-Agent` header.
        pub user_agent: Option<Cow<'a, [u8]>> = "user_agent",
        /// The `Origin` header (from 3.0).
        pub origin: Option<Cow<'a, [u8]>> = "origin",
        /// Bytes of the request's body.
        pub request_body_len: Option<u64> = "request_body_len",
        /// Bytes of the response's body.
        pub response_body_len: Option<u64> = "response_body_len",
        /// The response's status.
        pub status_code: Option<u64> = "status_code",
        /// The status in words.
        pub status_msg: Option<Cow<'a, [u8]>> = "status_msg",
        /// The last informational status.
        pub info_code: Option<u64> = "info_code",
        /// That status in words.
        pub info_msg: Option<Cow<'a, [u8]>> = "info_msg",
        /// What scripts made of the request.
        pub tags: Option<Elements<'a>> = "tags",
        /// The name of basic authentication.
        pub username: Option<Cow<'a, [u8]>> = "username",
        /// Its password, if captured.
        pub password: Option<Cow<'a, [u8]>> = "password",
        /// Headers that tell of a proxy.
        pub proxied: Option<Elements<'a>> = "proxied",
        /// The request's files (from 2.2).
        pub orig_fuids: Option<Elements<'a>> = "orig_fuids",
        /// Their names (from 2.5).
        pub orig_filenames: Option<Elements<'a>> = "orig_filenames",
        /// Their types (from 2.2).
        pub orig_mime_types: Option<Elements<'a>> = "orig_mime_types",
        /// The response's files (from 2.2).
        pub resp_fuids: Option<Elements<'a>> = "resp_fuids",
        /// Their names (from 2.5).
        pub resp_filenames: Option<Elements<'a>> = "resp_filenames",
        /// Their types (from 2.2).
        pub resp_mime_types: Option<Elements<'a>> = "resp_mime_types",
        /// The file's name (before 2.5).
        pub filename: Option<Cow<'a, [u8]>> = "filename",
        /// The response's type (before 2.2).
        pub mime_type: Option<Cow<'a, [u8]>> = "mime_type",
        /// The response's MD5 (before 2.2).
        pub md5: Option<Cow<'a, [u8]>> = "md5",
        /// Where the response was saved (before 2.2).
        pub extraction_file: Option<Cow<'a, [u8]>> = "extraction_file",
    }
}
