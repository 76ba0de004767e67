//! Filters give what a plain look at every row gives, page by page.

use std::ops::ControlFlow;

use bro_log::{Source, Subnet, Time, parse_subnet};
use bro_store::{Backend, Filter, ImportOptions, NewFinding, NewLabel, NewRun, SessionRow, Store};

use crate::{
    database::on_every_database,
    import::{conn_log, conn_row},
};

const N_ROWS: usize = 500;

fn filled(store: &mut Store) {
    let mut rows: Vec<_> = (0..N_ROWS).map(conn_row).collect();
    rows[17] = rows[17].replace("\t10.0.0.17\t", "\ta00::1\t");
    rows[18] = rows[18].replace("\tssl\t", "\tdns\t").replace("\t443\t", "\t443/tcp\t");
    let logs = [Source::from_bytes("conn.log", conn_log(&rows).into_bytes())];
    let options = ImportOptions { block_rows: 64, ..Default::default() };
    store.import("d", &logs, &options, &mut |_| ControlFlow::Continue(())).unwrap();
}

/// All rows a filter gives, in pages of this size.
fn paged(store: &mut Store, filter: &Filter, limit: usize) -> Vec<SessionRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = store.sessions("d", "conn", filter, after, limit).unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        match page.next {
            None => return rows,
            next => after = next,
        }
    }
}

fn net(text: &str) -> Option<Subnet> {
    Some(parse_subnet(text.as_bytes()).unwrap())
}

fn is_in(cell: &str, subnet: &str) -> bool {
    let (net, width) = subnet.split_once('/').unwrap();
    let bits = |addr: &str| addr.parse::<std::net::Ipv4Addr>().map(|addr| u64::from(addr.to_bits())).ok();
    let shift = 32 - width.parse::<u32>().unwrap();
    bits(cell).is_some_and(|addr| addr >> shift == bits(net).unwrap() >> shift)
}

type Twin = fn(&SessionRow) -> bool;

fn cell<'a>(row: &'a SessionRow, field: &str) -> &'a str {
    row.cell(field).unwrap()
}

on_every_database! {
    fn each_filter_gives_what_a_look_at_every_row_gives(database) {
        let mut store = database.open();
        filled(&mut store);
        let finding = |rank, uid: &str| NewFinding { rank, uid: Some(uid.to_owned()), ..NewFinding::new("outlier", "odd") };
        let run = NewRun { findings: vec![finding(1, "Ca"), finding(2, "C1f3"), finding(3, "nobody")], ..NewRun::new("outliers", "{}") };
        let run = store.save_run(&run).unwrap();
        store.add_labels("d", &[NewLabel::new("C7", "it's"), NewLabel::new("C8", "other")]).unwrap();
        let all = paged(&mut store, &Filter::default(), 1000);
        assert_eq!(all.len(), N_ROWS);
        let rows: [(Filter, Twin); 12] = [
            (Filter { from: Some(Time(1_600_000_100_000_100)), until: Some(Time(1_600_000_130_000_130)), ..Default::default() },
                |row| ("1600000100.000100".."1600000130.000130").contains(&cell(row, "ts"))),
            (Filter { orig: net("10.0.1.0/24"), ..Default::default() }, |row| is_in(cell(row, "id.orig_h"), "10.0.1.0/24")),
            (Filter { orig: net("10.0.0.9/32"), ..Default::default() }, |row| cell(row, "id.orig_h") == "10.0.0.9"),
            (Filter { orig: net("a00::/16"), ..Default::default() }, |row| cell(row, "id.orig_h") == "a00::1"),
            (Filter { orig: net("8.0.0.0/5"), ..Default::default() }, |row| is_in(cell(row, "id.orig_h"), "8.0.0.0/5")),
            (Filter { host: net("192.0.2.3/32"), ..Default::default() }, |row| cell(row, "id.resp_h") == "192.0.2.3"),
            (Filter { resp: net("192.0.2.0/30"), ..Default::default() }, |row| is_in(cell(row, "id.resp_h"), "192.0.2.0/30")),
            (Filter { port: Some(443), service: Some("dns".to_owned()), ..Default::default() }, |row| cell(row, "service") == "dns"),
            (Filter { uid: Some("Cff".to_owned()), ..Default::default() }, |row| cell(row, "uid") == "Cff"),
            (Filter { label: Some("it's".to_owned()), ..Default::default() }, |row| cell(row, "uid") == "C7"),
            (Filter { run: Some(run), ..Default::default() }, |row| ["Ca", "C1f3"].contains(&cell(row, "uid"))),
            (Filter { service: Some("' OR 1=1 --".to_owned()), ..Default::default() }, |_| false),
        ];
        for (filter, twin) in rows {
            let expected: Vec<_> = all.iter().filter(|row| twin(row)).cloned().collect();
            for limit in [1, 7, 1000] {
                assert_eq!(paged(&mut store, &filter, limit), expected, "{filter:?}, pages of {limit}");
            }
        }
    }
}

on_every_database! {
    fn hosts_uids_labels_and_runs_are_found_by_index(database) {
        let mut store = database.open();
        let row = |idx| conn_row(idx).replace("\t192.0.2.", &format!("\t198.18.{}.", idx / 7 % 250));
        let log = conn_log(&(0..20_000).map(row).collect::<Vec<_>>());
        let logs = [Source::from_bytes("conn.log", log.into_bytes())];
        store.import("d", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        store.add_labels("d", &[NewLabel::new("C7", "odd")]).unwrap();
        let findings = vec![NewFinding { uid: Some("C9".to_owned()), ..NewFinding::new("outlier", "odd") }];
        let run = store.save_run(&NewRun { findings, ..NewRun::new("outliers", "{}") }).unwrap();
        if database.url().backend() == Backend::Postgres {
            // As its vacuum does a minute after an import.
            database.execute("ANALYZE");
        }
        let rows = [
            (Filter { orig: net("10.99.0.1/32"), ..Default::default() }, vec!["conn_id_orig_h"]),
            (Filter { resp: net("10.99.0.0/28"), ..Default::default() }, vec!["conn_id_resp_h"]),
            (Filter { host: net("10.99.0.1/32"), ..Default::default() }, vec!["conn_id_orig_h", "conn_id_resp_h"]),
            (Filter { uid: Some("C7".to_owned()), ..Default::default() }, vec!["conn_uid"]),
            (Filter { label: Some("odd".to_owned()), ..Default::default() }, vec!["conn_uid"]),
            (Filter { run: Some(run), ..Default::default() }, vec!["conn_uid"]),
        ];
        for (filter, indexes) in rows {
            let plan = store.session_plan("d", "conn", &filter, 100).unwrap().join("\n");
            for index in indexes {
                assert!(plan.contains(index), "{filter:?} without {index}:\n{plan}");
            }
        }
        // And the plan tells where there is none.
        let plan = store.session_plan("d", "conn", &Filter { port: Some(9), ..Default::default() }, 100).unwrap();
        assert!(!plan.is_empty() && !plan.join("").contains("conn_id_"), "{plan:?}");
    }
}
