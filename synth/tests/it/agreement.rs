//! The logs of one scenario tell one story.

use std::collections::{HashMap, HashSet};

use crate::table::{LOGS, Row, Table};

fn by_uid(table: &Table) -> HashMap<&str, Row<'_>> {
    table.rows().map(|row| (row.get("uid"), row)).collect()
}

/// Every row of `log` belongs to a connection of that service, between the same two, within its time.
fn belongs(log: &Table, service: &str, conns: &HashMap<&str, Row<'_>>) {
    for row in log.rows() {
        let conn = conns[row.get("uid")];
        assert_eq!(conn.id(), row.id());
        assert_eq!(conn.get("service"), service);
        let (start, end) = (conn.micros("ts"), conn.micros("ts") + conn.micros("duration"));
        assert!((start..=end).contains(&row.micros("ts")), "{} outside its connection", row.get("uid"));
    }
    let uids: HashSet<&str> = log.rows().map(|row| row.get("uid")).collect();
    let n_conns = conns.values().filter(|conn| conn.get("service") == service).count();
    assert_eq!(uids.len(), n_conns, "every {service} connection is in its log");
}

#[test]
fn every_row_belongs_to_its_connection() {
    for logs in &*LOGS {
        let conns = by_uid(&logs.conn);
        belongs(&logs.http, "http", &conns);
        belongs(&logs.ssl, "ssl", &conns);
        belongs(&logs.dns, "dns", &conns);
    }
}

#[test]
fn http_bodies_fit_into_their_connections_bytes() {
    for logs in &*LOGS {
        let mut bodies: HashMap<&str, (u64, u64, u64)> = HashMap::new();
        for row in logs.http.rows() {
            let sum = bodies.entry(row.get("uid")).or_default();
            sum.0 += row.count("request_body_len");
            sum.1 += row.count("response_body_len");
            sum.2 += 1;
        }
        let conns = by_uid(&logs.conn);
        for (uid, (request, response, n_exchanges)) in bodies {
            let conn = conns[uid];
            // Each message has headers of some hundred bytes.
            let is_near =
                |bytes: u64, body: u64| (body + 50 * n_exchanges..body + 900 * n_exchanges).contains(&bytes);
            assert!(is_near(conn.count("orig_bytes"), request), "{uid}");
            assert!(is_near(conn.count("resp_bytes"), response), "{uid}");
        }
    }
}

#[test]
fn trans_depth_counts_the_exchanges_of_a_connection() {
    for logs in &*LOGS {
        let mut depths: HashMap<&str, u64> = HashMap::new();
        for row in logs.http.rows() {
            let depth = depths.entry(row.get("uid")).or_default();
            *depth += 1;
            assert_eq!(row.count("trans_depth"), *depth);
        }
        assert!(depths.values().any(|&depth| depth > 1));
    }
}

#[test]
fn files_are_named_where_bodies_are() {
    for row in LOGS[0].http.rows() {
        assert_eq!(row.is_unset("orig_fuids"), row.count("request_body_len") == 0);
        assert_eq!(row.is_unset("resp_fuids"), row.count("response_body_len") == 0);
        assert_eq!(row.is_unset("resp_fuids"), row.is_unset("resp_mime_types"));
    }
}

#[test]
fn a_lookup_lasts_as_long_as_its_connection() {
    for logs in &*LOGS {
        let conns = by_uid(&logs.conn);
        assert!(logs.dns.rows().all(|row| conns[row.get("uid")].get("duration") == row.get("rtt")));
    }
}

#[test]
fn names_are_looked_up_before_they_are_called() {
    for logs in &*LOGS {
        let mut asked: HashMap<(&str, &str), (i64, Vec<&str>)> = HashMap::new();
        for row in logs.dns.rows().filter(|row| row.get("qtype_name") == "A" && !row.is_unset("answers")) {
            let answers = row.get("answers").split(',').collect();
            asked.entry((row.get("id.orig_h"), row.get("query"))).or_insert((row.micros("ts"), answers));
        }
        let called = |table: &Table, name: &str| {
            for row in table.rows().filter(|row| !row.is_unset(name)) {
                let (at, answers) = &asked[&(row.get("id.orig_h"), row.get(name))];
                assert!(
                    *at < row.micros("ts") && answers.contains(&row.get("id.resp_h")),
                    "{}",
                    row.get("uid")
                );
            }
        };
        called(&logs.http, "host");
        called(&logs.ssl, "server_name");
    }
}
