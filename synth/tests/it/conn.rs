//! conn.log alone: states, histories, packets and bytes as Zeek counts them.

use std::collections::HashSet;

use crate::table::{LOGS, Row};

fn every_row(check: impl Fn(Row<'_>)) {
    LOGS.iter().for_each(|logs| logs.conn.rows().for_each(&check));
}

#[test]
fn uids_are_unique_and_look_like_zeeks() {
    let logs = &LOGS[0];
    let uids: HashSet<&str> = logs.conn.rows().map(|row| row.get("uid")).collect();
    assert_eq!(uids.len(), logs.conn.len());
    assert!(uids.iter().all(|uid| uid.starts_with('C') && (17..=18).contains(&uid.len())));
}

#[test]
fn length_and_bytes_are_unset_for_single_packets_and_only_there() {
    every_row(|row| {
        let is_single = row.count("orig_pkts") + row.count("resp_pkts") == 1;
        for field in ["duration", "orig_bytes", "resp_bytes"] {
            assert_eq!(row.is_unset(field), is_single, "{}", row.get("uid"));
        }
        assert!(is_single || row.micros("duration") > 0);
    });
}

#[test]
fn ip_bytes_are_payload_and_headers() {
    every_row(|row| {
        let header = if row.get("proto") == "tcp" { 40 } else { 28 };
        for side in ["orig", "resp"] {
            let bytes = if row.is_unset("duration") { 0 } else { row.count(&format!("{side}_bytes")) };
            let (pkts, ip_bytes) =
                (row.count(&format!("{side}_pkts")), row.count(&format!("{side}_ip_bytes")));
            assert!(ip_bytes >= bytes + header * pkts, "{}", row.get("uid"));
            assert!(ip_bytes <= 1_500 * pkts, "{}", row.get("uid"));
        }
    });
}

#[test]
fn states_and_histories_speak_their_protocols_language() {
    every_row(|row| {
        let (state, history) = (row.get("conn_state"), row.get("history"));
        let known: &[(&str, &str)] = match row.get("proto") {
            "udp" => &[("SF", "Dd"), ("S0", "D")],
            "icmp" => &[("OTH", "-")],
            _ => return tcp(row),
        };
        assert!(known.contains(&(state, history)), "{state} {history}");
    });
}

fn tcp(row: Row<'_>) {
    let (state, history) = (row.get("conn_state"), row.get("history"));
    let has = |letter: char| history.contains(letter);
    let expected = match (has('h'), has('F'), has('f'), has('R'), has('r')) {
        (false, .., true) => "REJ",
        (false, ..) => "S0",
        (true, true, true, false, false) => "SF",
        (true, false, false, true, false) => "RSTO",
        (true, false, false, false, true) => "RSTR",
        (true, false, false, false, false) => "S1",
        other => panic!("{history}: {other:?}"),
    };
    assert_eq!(state, expected, "{history}");
    if has('h') {
        assert_eq!(has('D'), row.count("orig_bytes") > 0, "{history}");
        assert_eq!(has('d'), row.count("resp_bytes") > 0, "{history}");
    }
}

#[test]
fn sides_know_whether_they_are_local() {
    every_row(|row| {
        assert_eq!(row.get("local_orig") == "T", row.get("id.orig_h").starts_with("10."));
        assert_eq!(row.get("local_resp") == "T", row.get("id.resp_h").starts_with("10."));
    });
}

#[test]
fn rows_stand_in_the_order_in_which_connections_end() {
    let logs = &LOGS[0];
    let ends: Vec<i64> = logs.conn.rows().map(|row| row.micros("ts") + row.micros("duration")).collect();
    assert!(ends.is_sorted());
    assert!(
        !logs.conn.rows().map(|row| row.micros("ts")).is_sorted(),
        "starts run backwards, as in real logs"
    );
}
