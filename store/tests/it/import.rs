//! Importing: what goes in comes out, once, however often and however interrupted.

use std::{io::Read, ops::ControlFlow};

use bro_log::{Reader, ReaderBuilder, Source};
use bro_store::{Error, ImportOptions, ImportState, ImportSummary, Store};

use crate::database::on_every_database;

const CONN: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tlocal_orig\ttunnel_parents\tnote\tweight\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tbool\tset[string]\tstring\tdouble\n";

/// A log with these rows under the usual header.
pub(crate) fn conn_log(rows: &[String]) -> String {
    format!("{CONN}{}", rows.concat())
}

/// Row number `idx` of a log; no two are alike.
pub(crate) fn conn_row(idx: usize) -> String {
    let second = 1_600_000_000 + idx;
    let (host, port) = (idx % 250, 1024 + idx % 60_000);
    format!(
        "{second}.{:06}\tC{idx:x}\t10.0.{}.{host}\t{port}\t192.0.2.{}\t443\ttcp\tssl\t0.{:06}\t{}\tT\t(empty)\t-\t0.5\n",
        idx % 1_000_000,
        idx / 250 % 250,
        idx % 7,
        idx % 999_983,
        idx * 37,
    )
}

fn source(name: &str, log: &str) -> Source {
    Source::from_bytes(name, log.as_bytes().to_vec())
}

fn import_with(store: &mut Store, block_rows: usize, logs: &[Source]) -> ImportSummary {
    let options = ImportOptions { block_rows, ..Default::default() };
    store.import("d", logs, &options, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn import(store: &mut Store, log: &str) -> ImportSummary {
    import_with(store, 7, &[source("conn.log", log)])
}

fn export(store: &mut Store) -> String {
    let mut log = String::new();
    store.export("d", None, &bro_store::Filter::default()).unwrap().read_to_string(&mut log).unwrap();
    log
}

/// Every header's fields and every row's values, decoded.
pub(crate) fn values(log: &[u8]) -> Vec<String> {
    let mut reader = Reader::from_slice(log);
    let mut values = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let header = record.header();
        let fields: Vec<_> =
            header.schema().fields().iter().map(|field| (field.name(), field.ty())).collect();
        let mut row = format!("{:?} {fields:?}", header.path());
        for value in record.values() {
            let value = value.unwrap();
            match value.elements() {
                None => row += &format!(" {value:?}"),
                Some(elements) => {
                    row += &format!(
                        " {:?}",
                        elements.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>()
                    )
                }
            }
        }
        // Whether a text was borrowed or decoded, and what it was called, makes no difference.
        values.push(row);
    }
    values
}

on_every_database! {
    fn a_log_comes_back_with_the_same_values(database) {
        let mut store = database.open();
        let rows = [
            "-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\n",
            "-1.000001\t(empty)\t::\t0\tffff::1\t65535\tudp\t\\x2d\t-0.000010\t18446744073709551615\tF\ta,b\\x2c,(empty)\t(empty)\tnan\n",
            "0.000000\t\\x28empty)\t0.0.0.0\t80/tcp\t255.255.255.255\t1\ttcp\t\\x09\\x00\\xff\\\\x\t0.000000\t9223372036854775808\tT\t-\t\\x23\t-0.0\n",
            "9.000000\t'; DROP TABLE conn; --\t::ffff:1.2.3.4\t1\t2001:db8::\t2\tx\té🦀\t1.000000\t0\tT\t\\x2d\t$1 ? :a\tinf\n",
        ];
        let log = conn_log(&rows.map(str::to_owned));
        let summary = import(&mut store, &log);
        assert_eq!((summary.n_records, summary.n_rejected), (4, 0), "{:?}", store.rejects("d", 9));
        assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
    }
}

on_every_database! {
    fn logs_of_any_kind_and_several_headers_come_back(database) {
        let mut store = database.open();
        let dns = "#separator |\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NIL\n#path|dns\n#fields|ts|uid|answers|TTLs|x\n\
            #types|time|string|vector[string]|vector[interval]|pattern\n1.5|C1|a;NIL;EMPTY|NIL|NIL\n2.5|C2|EMPTY|1.000000;NIL|/a/\n";
        let http = "#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\thost\tstatus_code\ttags\tresp_fuids\tcookie_vars\n\
            #types\ttime\tstring\taddr\tstring\tcount\tset[enum]\tvector[string]\tvector[string]\n\
            1.000000\tC1\t10.0.0.1\texample.org\t200\tHTTP::A,HTTP::B\tF1,-\ta,b\n";
        let old = "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tservice\ttunnel_parents\tmissed_bytes\n#types\ttime\tstring\tstring\ttable[string]\tcount\n\
            1.000000\tC1\ta\\b\\\\c\t(empty)\t0\n";
        let odd = "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tduration\torig_bytes\tuid\n#types\tstring\tcount\tdouble\tint\tstring\n\
            x\t7\t1e-7\t-5\tagain\n";
        let json = "{\"_path\":\"conn\",\"ts\":1.5,\"uid\":\"C9\",\"id.orig_h\":\"10.0.0.1\",\"orig_bytes\":5}\n\
            {\"_path\":\"conn\",\"ts\":2.5,\"uid\":\"é\\u0000\",\"new_key\":[\"a\",\"b\"]}\n";
        let logs = [dns, http, old, odd, json];
        let sources: Vec<_> = logs.iter().enumerate().map(|(idx, log)| source(&format!("{idx}.log"), log)).collect();
        let summary = import_with(&mut store, 1, &sources);
        assert_eq!((summary.n_records, summary.n_new, summary.n_rejected), (7, 5, 0), "{:?}", store.rejects("d", 9));
        let read: Vec<_> = store.dataset_logs("d", &[]).unwrap();
        for (log, again) in logs.iter().zip(&read) {
            let mut bytes = Vec::new();
            again.reader().unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(values(&bytes), values(log.as_bytes()), "{}", again.name());
        }
        let paths = store.dataset("d").unwrap().paths;
        assert_eq!(paths, [("conn", 4), ("dns", 2), ("http", 1)].map(|(path, n)| (Some(path.to_owned()), n)));
    }
}

on_every_database! {
    fn importing_twice_adds_nothing(database) {
        let mut store = database.open();
        let log = conn_log(&(0..50).map(conn_row).collect::<Vec<_>>());
        assert_eq!(import(&mut store, &log).n_records, 50);
        let first = (store.dataset("d").unwrap(), export(&mut store));
        let again = import_with(&mut store, 3, &[source("renamed.log", &log), source("conn.log", &log)]);
        assert_eq!((again.n_records, again.n_unchanged), (0, 2));
        assert_eq!((store.dataset("d").unwrap(), export(&mut store)), first);
        assert_eq!(first.0.sources[0].state, ImportState::Complete);
    }
}

on_every_database! {
    fn of_a_log_that_grows_only_the_new_rows_are_added(database) {
        let mut store = database.open();
        let rows: Vec<_> = (0..60).map(conn_row).collect();
        // Cut between lines, within a line, and after a line's text but before its end.
        let whole = conn_log(&rows);
        let ends = [conn_log(&rows[..20]).len(), conn_log(&rows[..33]).len() + 40, conn_log(&rows[..47]).len() - 1, whole.len()];
        let mut n_before = 0;
        for end in ends {
            let log = &whole[..end];
            let added = import(&mut store, log);
            let dataset = store.dataset("d").unwrap();
            let n_rows = values(log.as_bytes()).len() as u64;
            assert_eq!(dataset.n_records, n_rows);
            assert_eq!(added.n_records, n_rows - n_before);
            assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
            n_before = n_rows;
        }
        let dataset = store.dataset("d").unwrap();
        assert_eq!((dataset.n_records, dataset.n_rejected, dataset.sources.len()), (60, 0, 1));
        assert_eq!(import(&mut store, &whole).n_unchanged, 1);
    }
}

on_every_database! {
    fn a_cancelled_import_goes_on_where_it_ended(database) {
        let mut store = database.open();
        let log = conn_log(&(0..50).map(conn_row).collect::<Vec<_>>());
        let options = ImportOptions { block_rows: 4, ..Default::default() };
        let mut n_blocks = 0;
        let summary = store.import("d", &[source("conn.log", &log)], &options, &mut |_| {
            n_blocks += 1;
            if n_blocks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }).unwrap();
        assert!(summary.is_cancelled && summary.n_records == 12, "{summary:?}");
        assert_eq!(store.dataset("d").unwrap().sources[0].state, ImportState::Partial);
        let rest = import(&mut store, &log);
        assert_eq!((rest.n_records, rest.n_continued), (38, 1));
        assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
    }
}

on_every_database! {
    fn rows_that_cannot_be_read_are_kept_with_place_and_bytes(database) {
        let mut store = database.open();
        let bad = ["1.000000\tshort\n", "x\tC\t1.2.3.4\t1\t1.2.3.4\t1\ttcp\t-\t-\t-\t-\t-\t-\t-\n"];
        let mut rows: Vec<_> = (0..12).map(conn_row).collect();
        rows.insert(5, bad[0].to_owned());
        rows.insert(9, bad[1].to_owned());
        rows.push("2.000000\t\\xff\u{1}'\t-".to_owned());
        let log = conn_log(&rows);
        let summary = import(&mut store, &log);
        assert_eq!((summary.n_records, summary.n_rejected), (12, 3));
        let rejects = store.rejects("d", 10).unwrap();
        let seen: Vec<_> = rejects.iter().map(|reject| (reject.line, reject.reason.as_str(), &reject.raw[..])).collect();
        assert_eq!(seen[0], (13, "missing_cells", bad[0].trim_end().as_bytes()));
        assert_eq!((seen[1].0, seen[1].2), (17, bad[1].trim_end_matches('\n').as_bytes()));
        assert_eq!((seen[2].0, seen[2].1, seen[2].2), (22, "missing_cells", "2.000000\t\\xff\u{1}'\t-".as_bytes()));
        assert_eq!(import(&mut store, &log).n_rejected, 0);
        assert_eq!(store.dataset("d").unwrap().n_rejected, 3);
    }
}

on_every_database! {
    fn deleting_a_dataset_leaves_the_others(database) {
        let mut store = database.open();
        let log = conn_log(&(0..30).map(conn_row).collect::<Vec<_>>());
        import(&mut store, &log);
        let options = ImportOptions::default();
        store.import("other", &[source("conn.log", &log)], &options, &mut |_| ControlFlow::Continue(())).unwrap();
        store.delete_dataset("d", &mut |_| ()).unwrap();
        assert!(matches!(store.dataset("d"), Err(Error::NoSuchDataset { .. })));
        let names: Vec<_> = store.list_datasets().unwrap().into_iter().map(|dataset| (dataset.name, dataset.n_records)).collect();
        assert_eq!(names, [("other".to_owned(), 30)]);
    }
}

on_every_database! {
    fn a_log_that_is_none_is_an_error_with_its_name(database) {
        let mut store = database.open();
        let logs = [source("notes.txt", "dear diary\n")];
        let error = store.import("d", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert!(matches!(error, Error::Log { .. }) && error.to_string().contains("notes.txt"), "{error}");
        let unnamed = store.import("", &[], &ImportOptions::default(), &mut |_| ControlFlow::Continue(()));
        assert!(matches!(unnamed, Err(Error::DatasetName { .. })));
    }
}

/// Every row with its values, and every row that is none with the reason, in the order of the log; a cell that is no
/// value as it stands.
pub(crate) fn events(log: &[u8], name: &str) -> Result<Vec<String>, bro_log::Error> {
    let mut reader = ReaderBuilder::new().name(name).from_reader(log);
    let mut events = Vec::new();
    loop {
        let row = reader.next_record()?.map(|record| {
            let cells = record.header().schema().fields().iter().enumerate().map(|(idx, field)| {
                let cell = record.get(idx).map(|value| match value.elements() {
                    None => format!("{value:?}"),
                    Some(elements) => {
                        elements.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(",")
                    }
                });
                let cell = cell.unwrap_or_else(|_| format!("bad {:?}", record.cell(idx)));
                format!("{} {cell}", field.name())
            });
            cells.collect::<Vec<_>>().join(" ")
        });
        events.extend(reader.take_rejects().iter().map(|reject| format!("reject {}", reject.error.code())));
        match row {
            None => return Ok(events),
            Some(row) => events.push(row),
        }
    }
}

on_every_database! {
    fn logs_for_an_analysis_hold_the_bad_rows_where_they_stood(database) {
        let mut store = database.open();
        let mut rows: Vec<_> = (0..9).map(conn_row).collect();
        rows.insert(0, "first\tshort\n".to_owned());
        rows.insert(3, conn_row(77).replace("\ttcp\t", "\ttcp\t#").replace("\tT\t", "\tmaybe\t").replace("\t443\t", "\t-1\t"));
        rows.insert(4, "#odd\n".to_owned());
        rows.insert(7, format!("\\x23{}", conn_row(78).replace("\t0.5\n", "\thalf\n")));
        rows.push("last\n".to_owned());
        let plain = conn_log(&rows);
        let two = format!("#separator \\x09\n{plain}#close\t2026\n{}more\n", conn_log(&rows[..2]).replace("\tconn\n", "\tother\n"));
        let piped = "#separator |\n#unset_field|NIL\n#path|conn\n#fields|ts|uid|orig_bytes\n#types|time|string|count\n\
            1.5|C1|NIL\n2.5|a\tb|many\nx|y\n3.5|-|7\n";
        let json = "{\"_path\":\"conn\",\"ts\":1.5,\"orig_bytes\":5}\n{\"_path\":\"conn\",\"ts\":2.5,\"orig_bytes\":\"x\"}\n\
            {\"_path\":\"conn\",\"ts\":3.5,\"orig_bytes\":6}\n";
        let only_bad = conn_log(&["bad\n".to_owned()]);
        let logs = [&plain, &two, piped, json, &only_bad];
        let sources: Vec<_> = logs.iter().enumerate().map(|(idx, log)| source(&format!("{idx}.log"), log)).collect();
        import_with(&mut store, 2, &sources);
        let again = store.dataset_logs("d", &["conn"]).unwrap();
        assert_eq!(again.len(), logs.len());
        for (log, again) in logs.iter().zip(&again) {
            let mut bytes = Vec::new();
            again.reader().unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(events(&bytes, "").unwrap(), events(log.as_bytes(), "").unwrap(), "{}", String::from_utf8_lossy(&bytes));
        }
        assert!(store.dataset_logs("d", &["dns"]).unwrap().is_empty());
        assert_eq!(store.dataset_logs("d", &["dns", "other"]).unwrap().len(), 1);
    }
}

on_every_database! {
    fn an_export_holds_what_its_filter_asks_for(database) {
        let mut store = database.open();
        let rows: Vec<_> = (0..200).map(conn_row).collect();
        import_with(&mut store, 13, &[source("conn.log", &conn_log(&rows))]);
        let filter = bro_store::Filter {
            host: Some(bro_log::parse_subnet(b"192.0.2.3/32").unwrap()),
            from: Some(bro_log::Time(1_600_000_050_000_000)),
            ..Default::default()
        };
        let mut log = String::new();
        store.export("d", Some("conn"), &filter).unwrap().read_to_string(&mut log).unwrap();
        let wanted: Vec<_> = (50..200).filter(|idx| idx % 7 == 3).map(conn_row).collect();
        assert_eq!(values(log.as_bytes()), values(conn_log(&wanted).as_bytes()));
    }
}

on_every_database! {
    fn a_log_that_names_no_path_is_of_the_kind_its_name_tells(database) {
        let mut store = database.open();
        let json = "{\"ts\":1.5,\"id.orig_h\":\"10.0.0.1\",\"orig_bytes\":5}\n";
        import_with(&mut store, 7, &[source("logs/conn.2026.log", json), source("unknown.log", json.replace('5', "6").as_str())]);
        assert_eq!(store.dataset("d").unwrap().paths, [(None, 1), (Some("conn".to_owned()), 1)]);
        assert_eq!(store.dataset_logs("d", &["conn"]).unwrap().len(), 1);
    }
}

on_every_database! {
    fn progress_counts_the_bytes_as_they_are_stored(database) {
        let mut store = database.open();
        let log = conn_log(&(0..300).map(conn_row).collect::<Vec<_>>());
        let logs = [source("one.log", &log), source("two.log", &log.replace("\tC", "\tD"))];
        let options = ImportOptions { block_rows: 50, ..Default::default() };
        let (mut seen, total) = (Vec::new(), 2 * log.len() as u64);
        let summary = store.import("d", &logs, &options, &mut |progress| {
            assert_eq!(progress.n_bytes_total, total);
            seen.push(progress.n_bytes);
            ControlFlow::Continue(())
        }).unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&total) && summary.rows_per_second() > 0.0, "{seen:?}");
    }
}
