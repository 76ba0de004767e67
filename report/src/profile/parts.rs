//! The parts of the profile in words and tables.

use super::sheet::{Cell, Head, Part, Plot, Sheet, number_value};
use crate::Clock;
use crate::json::QualityFacts;
use crate::table::quality_in_words;
use bro_analysis::{
    ActivityBin, BoxProfile, Classes, ColumnProfile, Conclusion, Correlations, Direction, Distinct, Profile,
    Session, Severity, count_in_words, duration_in_words, share_in_words,
};
use bro_features::{LogKind, Unit};
use serde_json::{Value, json};

/// Every part, in the order of the page.
pub(super) fn all(found: &Profile, clock: &Clock, command: &str) -> Vec<Part> {
    vec![
        intake(found, clock),
        conclusions(found),
        columns(found),
        boxes(found),
        groups(found),
        correlations(found),
        behaviours(found),
        labels(found),
        imputation(found),
        activity(found),
        bandwidth(found, clock),
        clusters(found),
        repro(found, command),
    ]
}

/// What a row is, in the plural.
fn rows_of(found: &Profile) -> &'static str {
    nouns(found.kind)
}

fn nouns(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Conn => "connections",
        LogKind::Http => "requests",
    }
}

fn share(n: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { n as f64 / of as f64 }
}

fn in_unit(unit: Unit, value: f64) -> Cell {
    match unit {
        Unit::Seconds => Cell::Seconds(value),
        Unit::Bytes => Cell::Bytes(value),
        _ => Cell::Number(value),
    }
}

fn intake(found: &Profile, clock: &Clock) -> Part {
    let intake = &found.intake;
    let mut part = Part::new("intake", "What was read, and how far it can be trusted");
    let rows = rows_of(found);
    let records = match intake.sample {
        Some(sample) => {
            format!("a sample of {} of {} {rows}", count_in_words(sample.n), count_in_words(sample.of))
        }
        None => format!("{} {rows}", count_in_words(intake.n_records)),
    };
    part.text.push(format!("Every figure is about {records} unless it says otherwise."));
    if let (Some(first), Some(last), Some(end)) = (intake.first, intake.last, intake.end) {
        part.text.push(format!(
            "They began between {} and {} ({}){}.",
            clock.show(first),
            clock.show(last),
            duration_in_words(last.saturating_sub(first) as f64 / 1e6),
            match found.kind {
                LogKind::Conn => format!("; the last ended at {}", clock.show(end)),
                LogKind::Http => String::new(),
            },
        ));
    }
    for check in intake.quality.iter().filter(|check| check.is_alarm()) {
        let (n, of) = (count_in_words(check.n), count_in_words(check.of));
        let share = share_in_words(check.share());
        part.warnings.push(format!("{}: {n} of {of} rows ({share}): {}.", check.name, check.meaning));
    }
    part.values.insert("kind".into(), json!(found.kind.name()));
    part.values.insert("n_records".into(), json!(intake.n_records));
    part.values.insert("n_rejected".into(), json!(intake.logs.n_rejected));
    part.values.insert(
        "sample".into(),
        intake.sample.map_or(Value::Null, |s| json!({"n": s.n, "of": s.of, "seed": s.seed})),
    );
    for (name, time) in [("first", intake.first), ("last", intake.last), ("end", intake.end)] {
        part.values.insert(name.into(), time.map_or(Value::Null, |time| json!(time as f64 / 1e6)));
    }
    part.sheets = vec![logs(found), quality(found), gaps(found)];
    part
}

fn logs(found: &Profile) -> Sheet {
    let heads = vec![
        Head::text("log", "log"),
        Head::number("n", "rows"),
        Head::number("n_rejected", "set aside"),
        Head::text("others", "rows of other kinds"),
    ];
    let mut sheet = Sheet::new("logs", "", heads);
    for log in &found.intake.logs.logs {
        let others = log.others.iter().map(|(path, n, _)| (path.clone(), *n)).collect();
        let cells =
            [Cell::text(&log.name), Cell::Count(log.n_rows), Cell::Count(log.n_rejected), Cell::List(others)];
        sheet.rows.push(cells.to_vec());
    }
    sheet
}

fn quality(found: &Profile) -> Sheet {
    let heads = vec![
        Head::text("check", "capture quality"),
        Head::number("n", "rows"),
        Head::number("of", "of"),
        Head::number("share", "share"),
        Head::number("alarm_at", "alarm at"),
        Head::text("alarm", "verdict"),
    ];
    let mut sheet = Sheet::new("quality", "Capture quality", heads);
    for check in &found.intake.quality {
        sheet.rows.push(vec![
            Cell::text(check.name),
            Cell::Count(check.n),
            Cell::Count(check.of),
            Cell::Share(check.share()),
            Cell::Share(check.alarm_at as f64 / 1_000.0),
            Cell::text(if check.is_alarm() { "alarm" } else { "fine" }),
        ]);
    }
    sheet
}

fn gaps(found: &Profile) -> Sheet {
    let heads = vec![Head::text("from", "from"), Head::text("to", "to"), Head::number("seconds", "how long")];
    let mut sheet = Sheet::new("gaps", format!("Stretches without any {}", rows_of(found)), heads);
    for (from, to) in &found.intake.gaps {
        sheet.rows.push(vec![
            Cell::Time(*from),
            Cell::Time(*to),
            Cell::Seconds(to.saturating_sub(*from) as f64 / 1e6),
        ]);
    }
    sheet
}

fn columns(found: &Profile) -> Part {
    let mut part = Part::new("columns", "The columns");
    part.text.push(
        "Distinct values marked ~ are estimated (standard error 1.6 %). Quantiles are exact below 128 and within 0.8 % \
         above; skewness and kurtosis come from the same bins."
            .to_owned(),
    );
    let mut sheet = Sheet::new("columns", "", column_heads());
    sheet.terminal_rows = 30;
    sheet.rows = found.columns.iter().map(column_row).collect();
    let [family, state] = found.missing.by;
    let [one, two, three] = found.missing.columns.map(without);
    let heads = vec![
        Head::text(family, family),
        Head::text(state, state),
        Head::number("n", "rows"),
        Head::number(one.0, one.1),
        Head::number(two.0, two.1),
        Head::number(three.0, three.1),
    ];
    let title = format!("How often numbers are unset, by {family} and {state}");
    let mut missing = Sheet::new("missing", title, heads);
    missing.note = match found.kind {
        LogKind::Conn => {
            "Zeek sets duration and bytes only where a connection lasted longer than no time: what is missing says how \
             the connection went."
        }
        LogKind::Http => "What was not sent, or not seen, has no length: a request without a host or an agent is no browser's.",
    }
    .to_owned();
    for row in &found.missing.rows {
        let mut cells = row.key.map(Cell::text).to_vec();
        cells.push(Cell::Count(row.n));
        cells.extend(row.n_unset.map(|n| Cell::Share(share(n, row.n))));
        missing.rows.push(cells);
    }
    part.sheets = vec![sheet, missing];
    part
}

/// Key and words of the share of rows without a number.
fn without(column: &str) -> (&'static str, &'static str) {
    match column {
        "duration" => ("no_duration", "no duration"),
        "orig_bytes" => ("no_orig_bytes", "no orig_bytes"),
        "resp_bytes" => ("no_resp_bytes", "no resp_bytes"),
        "uri_len" => ("no_uri", "no uri"),
        "host_len" => ("no_host", "no host"),
        _ => ("no_user_agent", "no user_agent"),
    }
}

fn column_heads() -> Vec<Head> {
    vec![
        Head::text("name", "column"),
        Head::text("type", "type"),
        Head::number("n", "rows"),
        Head::number("missing", "unset"),
        Head::number("distinct", "distinct"),
        Head::number("zeros", "zeros"),
        Head::number("mean", "mean"),
        Head::number("std", "std"),
        Head::number("min", "min"),
        Head::number("p01", "1 %"),
        Head::number("q1", "25 %"),
        Head::number("median", "median"),
        Head::number("q3", "75 %"),
        Head::number("p99", "99 %"),
        Head::number("max", "max"),
        Head::number("skew", "skew"),
        Head::number("kurtosis", "kurtosis"),
        Head::text("top", "most frequent"),
        Head::text("dropped", "left out of models because"),
    ]
}

fn column_row(column: &ColumnProfile) -> Vec<Cell> {
    let n_set = column.n - column.n_missing;
    let distinct = match column.distinct {
        Distinct::Exactly(n) => Cell::Count(n),
        Distinct::About(n) => Cell::Text(format!("~{}", count_in_words(n.round() as u64))),
        Distinct::Unknown => Cell::None,
    };
    let mut row = vec![
        Cell::text(column.name),
        Cell::text(column.ty),
        Cell::Count(column.n),
        Cell::Share(share(column.n_missing, column.n)),
        distinct,
    ];
    match &column.numbers {
        None => row.extend(vec![Cell::None; 12]),
        Some(numbers) => {
            row.push(Cell::Share(share(numbers.n_zeros, n_set)));
            row.extend([numbers.mean, numbers.std].map(|value| in_unit(numbers.unit, value)));
            row.extend(numbers.quantiles.map(|value| in_unit(numbers.unit, value)));
            row.extend([Cell::Number(numbers.skew), Cell::Number(numbers.kurtosis)]);
        }
    }
    row.push(if column.top.is_empty() { Cell::None } else { Cell::List(column.top.clone()) });
    row.push(Cell::or_none(column.dropped, Cell::text));
    row
}

fn boxes(found: &Profile) -> Part {
    let by = found.params.by.join(", ");
    let mut part = Part::new("boxes", format!("Distributions by {by}"));
    part.text.push(
        "A box holds the middle half of the values above 0, the line in it is the median, the whiskers end at the last \
         values within 1.5 box lengths; dots lie beyond. The bars below show what share is 0 or unset, which a \
         logarithmic axis cannot draw. The table gives the numbers of all set values, zeros among them."
            .to_owned(),
    );
    part.plots.push(Plot { id: "boxes", class: "tall", label: "Box plots on a logarithmic axis" });
    let mut sheet = Sheet::new("boxes", "", box_heads());
    sheet.rows = found.boxes.iter().map(box_row).collect();
    part.sheets.push(sheet);
    part
}

fn box_heads() -> Vec<Head> {
    vec![
        Head::text("by", "by"),
        Head::text("column", "number"),
        Head::text("group", "group"),
        Head::number("n", "n"),
        Head::number("missing", "unset"),
        Head::number("zeros", "zeros"),
        Head::number("min", "min"),
        Head::number("whisker_low", "whisker"),
        Head::number("q1", "25 %"),
        Head::number("median", "median"),
        Head::number("q3", "75 %"),
        Head::number("whisker_high", "whisker"),
        Head::number("max", "max"),
        Head::number("n_above", "beyond"),
    ]
}

fn box_row(found: &BoxProfile) -> Vec<Cell> {
    let n = found.n_rows - found.n_missing;
    let mut row = vec![
        Cell::text(&found.by),
        Cell::text(found.column),
        Cell::text(&found.group),
        Cell::Count(n),
        Cell::Share(share(found.n_missing, found.n_rows)),
    ];
    let Some(numbers) = &found.numbers else {
        row.extend(vec![Cell::None; 9]);
        return row;
    };
    row.push(Cell::Share(share(numbers.n_zeros, n)));
    let values = [
        numbers.min,
        numbers.whisker_low,
        numbers.q1,
        numbers.median,
        numbers.q3,
        numbers.whisker_high,
        numbers.max,
    ];
    row.extend(values.map(|value| in_unit(found.unit, value)));
    row.push(Cell::Count(numbers.n_above + numbers.n_below));
    row
}

fn groups(found: &Profile) -> Part {
    let groups = &found.groups;
    let rows = rows_of(found);
    let mut part = Part::new("groups", format!("{} by {}", capital(rows), groups.by.join(", ")));
    let n_groups = match groups.n_groups {
        Distinct::Exactly(n) => count_in_words(n),
        Distinct::About(n) => format!("About {}", count_in_words(n.round() as u64)),
        Distinct::Unknown => "Some".to_owned(),
    };
    part.text.push(format!("{n_groups} groups."));
    if groups.n_rest > 0 {
        let (n, listed) = (count_in_words(groups.n_rest), groups.rows.len());
        part.text.push(format!("The {listed} largest are listed; {n} {rows} are in the others."));
    }
    let mut heads: Vec<_> = groups
        .by
        .iter()
        .map(|name| Head { key: name.clone().into(), label: name.clone().into(), is_number: false })
        .collect();
    heads.extend([Head::number("n", "n"), Head::number("share", "share")]);
    heads.extend(match found.kind {
        LogKind::Conn => [
            Head::number("sent", "sent by originators"),
            Head::number("received", "sent by responders"),
            Head::number("median_duration", "median duration"),
            Head::number("failed", "failed"),
        ],
        LogKind::Http => [
            Head::number("sent", "bodies of requests"),
            Head::number("received", "bodies of responses"),
            Head::number("median_response_body_len", "median response_body_len"),
            Head::number("failed", "errors"),
        ],
    });
    let mut sheet = Sheet::new("rows", "", heads);
    for group in &groups.rows {
        let mut row: Vec<_> = group.key.iter().map(Cell::text).collect();
        let median =
            |median| if found.kind == LogKind::Conn { Cell::Seconds(median) } else { Cell::Bytes(median) };
        row.extend([
            Cell::Count(group.n),
            Cell::Share(group.share),
            Cell::Bytes(group.sent as f64),
            Cell::Bytes(group.received as f64),
            Cell::or_none(group.median, median),
            Cell::Share(share(group.n_failed, group.n)),
        ]);
        sheet.rows.push(row);
        let mut examples = Sheet::new("examples", "", session_heads(found.kind));
        examples.rows = group.examples.iter().map(session_row).collect();
        sheet.drill.push(examples);
    }
    part.values.insert("by".into(), json!(groups.by));
    part.values.insert(
        "n_groups".into(),
        match groups.n_groups {
            Distinct::Exactly(n) => json!(n),
            Distinct::About(n) => json!(n.round()),
            Distinct::Unknown => Value::Null,
        },
    );
    part.values.insert("n_rest".into(), json!(groups.n_rest));
    part.sheets.push(sheet);
    part
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What is shown of a row.
fn session_heads(kind: LogKind) -> Vec<Head> {
    let mut heads = vec![
        Head::text("ts", "ts"),
        Head::text("uid", "uid"),
        Head::text("endpoints", "id.orig_h : p → id.resp_h : p"),
    ];
    heads.extend(match kind {
        LogKind::Conn => [
            Head::text("proto", "proto"),
            Head::text("service", "service"),
            Head::text("conn_state", "conn_state"),
            Head::number("duration", "duration"),
            Head::number("orig_bytes", "orig_bytes"),
            Head::number("resp_bytes", "resp_bytes"),
        ],
        LogKind::Http => [
            Head::text("request", "request"),
            Head::text("user_agent", "user_agent"),
            Head::number("trans_depth", "trans_depth"),
            Head::number("status_code", "status_code"),
            Head::number("request_body_len", "request_body_len"),
            Head::number("response_body_len", "response_body_len"),
        ],
    });
    heads
}

fn session_row(session: &Session) -> Vec<Cell> {
    let text = |value: &Option<String>| Cell::or_none(value.clone(), Cell::Text);
    let bytes = |value: Option<u64>| Cell::or_none(value, |bytes| Cell::Bytes(bytes as f64));
    let mut row =
        vec![Cell::or_none(session.ts, Cell::Time), text(&session.uid), Cell::Text(session.endpoints())];
    row.extend(match &session.http {
        None => [
            text(&session.proto),
            text(&session.service),
            text(&session.conn_state),
            Cell::or_none(session.duration, |us| Cell::Seconds(us as f64 / 1e6)),
            bytes(session.orig_bytes),
            bytes(session.resp_bytes),
        ],
        Some(http) => [
            Cell::Long(http.request()),
            text(&http.user_agent),
            Cell::or_none(http.trans_depth, Cell::Plain),
            Cell::or_none(http.status_code, Cell::Plain),
            bytes(http.request_body_len),
            bytes(http.response_body_len),
        ],
    });
    row
}

fn correlations(found: &Profile) -> Part {
    let mut part = Part::new("correlations", "Correlations of the numbers");
    part.text.push(
        "Pearson's correlation of the values as they stand compares how far values lie from their mean, so a few huge \
         ones decide it; ranks and logarithms are fairer to such data. Each figure is over the rows in which \
         both numbers are set; point at a cell to see how many."
            .to_owned(),
    );
    part.plots.push(Plot { id: "correlations", class: "tall", label: "Correlation matrix as a heat map" });
    let family = if found.kind == LogKind::Conn { "proto" } else { "rows" };
    let heads = vec![
        Head::text(family, if found.kind == LogKind::Conn { "proto" } else { "requests" }),
        Head::text("method", "method"),
        Head::text("one", "one"),
        Head::text("other", "other"),
        Head::number("r", "r"),
        Head::number("n", "n"),
    ];
    let mut sheet = Sheet::new("pairs", "The strongest", heads);
    for matrix in &found.correlations {
        sheet.rows.extend(pairs(matrix));
    }
    let strength = |row: &Vec<Cell>| if let Cell::Number(r) = row[4] { r.abs() } else { 0.0 };
    sheet.rows.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    part.sheets.push(sheet);
    part
}

fn pairs(matrix: &Correlations) -> Vec<Vec<Cell>> {
    let d = matrix.columns.len();
    let pairs = (0..d).flat_map(|i| (i + 1..d).map(move |j| (i, j)));
    pairs
        .filter(|(i, j)| matrix.r[*i][*j].is_finite())
        .map(|(i, j)| {
            vec![
                Cell::text(matrix.family),
                Cell::text(matrix.method.name()),
                Cell::text(matrix.columns[i]),
                Cell::text(matrix.columns[j]),
                Cell::Number(matrix.r[i][j]),
                Cell::Count(matrix.n[i][j]),
            ]
        })
        .collect()
}

fn activity(found: &Profile) -> Part {
    let activity = &found.activity;
    let mut part = Part::new("activity", "Activity over time");
    part.text.push(format!(
        "Bins of {}. {}",
        duration_in_words(activity.bin_seconds),
        match found.kind {
            LogKind::Conn => "A connection is counted where it began; its bytes are spread evenly over its duration.",
            LogKind::Http => "Bytes are those of bodies, counted when the request was seen; failed is a status of 400 or more.",
        }
    ));
    part.plots.push(Plot { id: "activity", class: "low", label: "All rows and failed ones over time" });
    let heads = vec![
        Head::text("start", "start"),
        Head::number("n", rows_of(found)),
        Head::number("n_failed", "failed"),
        Head::number("sent", "sent"),
        Head::number("received", "received"),
    ];
    let mut sheet = Sheet::new("bins", "", heads);
    sheet.is_shown = false;
    for bin in &activity.bins {
        let [sent, received] = sides(bin);
        sheet.rows.push(vec![
            Cell::Time(bin.start),
            Cell::Count(bin.n),
            Cell::Count(bin.n_failed),
            Cell::Bytes(sent),
            Cell::Bytes(received),
        ]);
    }
    part.values.insert("bin_seconds".into(), json!(activity.bin_seconds));
    part.sheets = vec![sheet, directions(found), talkers(found)];
    part
}

fn talkers(found: &Profile) -> Sheet {
    let heads = vec![
        Head::text("host", "host"),
        Head::text("role", "as"),
        Head::number("n", rows_of(found)),
        Head::number("failed", "failed"),
        Head::number("sent", "sent"),
        Head::number("received", "received"),
        Head::number("peers", "peers"),
        Head::text("first", "first"),
        Head::text("last", "last"),
    ];
    let mut sheet = Sheet::new("talkers", "Top talkers", heads);
    sheet.note =
        "The hosts with most bytes in each role; beyond 1,024, peers are estimated (standard error 3.1 %)."
            .to_owned();
    for host in &found.talkers {
        sheet.rows.push(vec![
            Cell::text(&host.host),
            Cell::text(if host.is_orig { "originator" } else { "responder" }),
            Cell::Count(host.n),
            Cell::Share(share(host.n_failed, host.n)),
            Cell::Bytes(host.sent as f64),
            Cell::Bytes(host.received as f64),
            Cell::Count(host.n_peers),
            Cell::or_none(host.first, Cell::Time),
            Cell::or_none(host.last, Cell::Time),
        ]);
    }
    sheet
}

fn conclusions(found: &Profile) -> Part {
    let mut part = Part::new("conclusions", "Conclusions");
    let n_of = |severity| found.conclusions.iter().filter(|one| one.severity == severity).count();
    let counts = [Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .map(|severity| format!("{} {}", n_of(severity), severity.name()));
    part.text.push(match found.conclusions.len() {
        0 => "None of the detectors has anything to say; their thresholds stand below.".to_owned(),
        _ => format!("{}. Each says why, and shows some of its {}.", counts.join(", "), rows_of(found)),
    });
    if found.intake.sample.is_some() {
        part.warnings.push(
            "A sample thins out scans, floods and rhythms: the detectors saw only its rows.".to_owned(),
        );
    }
    let mut sheet = Sheet::new("conclusions", "", conclusion_heads(found.kind));
    sheet.rows = found.conclusions.iter().map(conclusion_row).collect();
    sheet.terminal_heads = &["severity", "kind", "reason"];
    sheet.terminal_rows = 30;
    part.sheets = vec![sheet, evidence(found), thresholds(found)];
    part
}

fn conclusion_heads(kind: LogKind) -> Vec<Head> {
    vec![
        Head::text("severity", "severity"),
        Head::text("kind", "kind"),
        Head::text("reason", "why"),
        Head::number("n", nouns(kind)),
        Head::text("first", "first"),
        Head::text("last", "last"),
        Head::text("id.orig_h", "id.orig_h"),
        Head::text("id.resp_h", "id.resp_h"),
        Head::number("id.resp_p", "id.resp_p"),
        Head::text("evidence", "evidence (uid)"),
        Head::text("query", "all of them"),
    ]
}

fn conclusion_row(found: &Conclusion) -> Vec<Cell> {
    let uids = found.evidence.iter().filter_map(|session| session.uid.clone()).collect::<Vec<_>>();
    let text = |value: &Option<String>| Cell::or_none(value.clone(), Cell::Text);
    vec![
        Cell::text(found.severity.name()),
        Cell::text(found.kind),
        Cell::Long(found.reason.clone()),
        Cell::Count(found.n),
        Cell::or_none(found.first, Cell::Time),
        Cell::or_none(found.last, Cell::Time),
        text(&found.id_orig_h),
        text(if found.host.is_some() { &found.host } else { &found.id_resp_h }),
        Cell::or_none(found.id_resp_p, |port| Cell::Plain(u64::from(port))),
        Cell::Text(uids.join(" ")),
        Cell::Code(found.query()),
    ]
}

/// The rows behind the conclusions.
fn evidence(found: &Profile) -> Sheet {
    let mut heads = vec![Head::number("conclusion", "conclusion"), Head::text("kind", "kind")];
    heads.extend(session_heads(found.kind));
    let mut sheet = Sheet::new("evidence", "Evidence", heads);
    sheet.terminal_rows = 0;
    for (i, conclusion) in found.conclusions.iter().enumerate().take(MOST_WITH_EVIDENCE) {
        for session in &conclusion.evidence {
            let mut row = vec![Cell::Count(i as u64 + 1), Cell::text(conclusion.kind)];
            row.extend(session_row(session));
            sheet.rows.push(row);
        }
    }
    sheet
}

/// Most conclusions whose rows are listed.
const MOST_WITH_EVIDENCE: usize = 200;

fn thresholds(found: &Profile) -> Sheet {
    let heads = vec![Head::text("threshold", "threshold"), Head::number("value", "value")];
    let mut sheet = Sheet::new("thresholds", "Thresholds", heads);
    sheet.note = "Each can be changed: --threshold scan_hosts=100.".to_owned();
    sheet.terminal_rows = 0;
    for (name, value) in found.params.thresholds.of(found.kind) {
        sheet.rows.push(vec![Cell::text(name), Cell::Number(value)]);
    }
    sheet
}

fn behaviours(found: &Profile) -> Part {
    let mut part = Part::new("behaviours", "What numbers have to do with ways to behave");
    part.text.push(
        "For each way to behave and each number: the chance that the number is larger in such a row than in any \
         other (AUC; 50 % says nothing), and Cliff's delta, how much more often larger than smaller. At such numbers of rows \
         every difference is significant; what counts is how large it is."
            .to_owned(),
    );
    part.plots.push(Plot {
        id: "behaviours",
        class: "low",
        label: "Cliff's delta of each number and behaviour",
    });
    part.sheets = vec![class_sheet(&found.behaviours), association_sheet(&found.behaviours)];
    part
}

/// Without labels the part says how to give some.
fn labels(found: &Profile) -> Part {
    let mut part = Part::new("labels", "What tells the labels apart");
    let Some(labels) = &found.labels else {
        part.text.push(
            "No labels were given: --labels FILE or --label-column NAME compares columns with them."
                .to_owned(),
        );
        return part;
    };
    part.text.push(
        "Each label against all others by AUC and Cliff's delta; all labels together by Cramér's V (corrected for bias) and \
         mutual information for categories, and by the correlation ratio of the logarithm for numbers."
            .to_owned(),
    );
    let leaks = labels.classes.iter().flat_map(|class| &class.leaks);
    part.warnings.extend(leaks.map(|leak| format!("Leak: {leak}.")));
    part.plots.push(Plot { id: "labels", class: "tall", label: "Box plots by label" });
    let mut boxes = Sheet::new("boxes", "Numbers by label", box_heads());
    boxes.rows = labels.boxes.iter().map(box_row).collect();
    part.sheets = vec![class_sheet(labels), association_sheet(labels), boxes];
    part
}

fn class_sheet(classes: &Classes) -> Sheet {
    let heads = vec![Head::text("name", "class"), Head::number("n", "rows"), Head::number("share", "share")];
    let mut sheet = Sheet::new("classes", "", heads);
    for class in &classes.classes {
        sheet.rows.push(vec![Cell::text(&class.name), Cell::Count(class.n), Cell::Share(class.share)]);
    }
    sheet
}

fn association_sheet(classes: &Classes) -> Sheet {
    let heads = vec![
        Head::text("class", "class"),
        Head::text("column", "column"),
        Head::text("measure", "measure"),
        Head::number("value", "value"),
        Head::number("standard_error", "± (1 s.e.)"),
        Head::number("cliffs_delta", "Cliff's delta"),
        Head::number("n", "n"),
    ];
    let mut sheet = Sheet::new("associations", "The strongest first", heads);
    let mut all: Vec<_> = classes.associations.iter().collect();
    let strength = |one: &bro_analysis::Association| one.cliffs_delta.unwrap_or(one.value).abs();
    all.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    for one in all {
        sheet.rows.push(vec![
            Cell::text(&one.class),
            Cell::text(one.column),
            Cell::text(one.measure),
            Cell::Number(one.value),
            Cell::Number(one.standard_error),
            Cell::or_none(one.cliffs_delta, Cell::Number),
            Cell::Count(one.n),
        ]);
    }
    sheet.terminal_rows = 10;
    sheet
}

fn clusters(found: &Profile) -> Part {
    let panel = &found.clusters;
    let mut part = Part::new("clusters", "Clusters and outliers");
    let rows = rows_of(found);
    part.text.push(match panel.sample {
        Some(sample) => format!(
            "A sample of {} of {} {rows}, drawn by a hash of when and between whom they were.",
            count_in_words(sample.n),
            count_in_words(sample.of)
        ),
        None => format!("All {} {rows}.", count_in_words(panel.n)),
    });
    part.values.insert("n".into(), json!(panel.n));
    let sample = panel.sample.map_or(Value::Null, |s| json!({"n": s.n, "of": s.of, "seed": s.seed}));
    part.values.insert("sample".into(), sample);
    if let Some(outliers) = &panel.outliers {
        let shares: Vec<_> =
            outliers.explained_variance_ratio.iter().map(|share| share_in_words(*share)).collect();
        part.text.push(format!(
            "k-means on two principal components, which carry {} of the variance. The three least-populated clusters are named \
             the outliers, in clean traffic too: a rule of thumb, not a finding.",
            shares.join(" + ")
        ));
        if let Some(quality) = &outliers.quality {
            part.text.push(format!("How real they are: {}.", quality_in_words(quality)));
            part.values.insert("quality".into(), json!(QualityFacts::of(quality)));
        }
        part.values.insert("explained_variance_ratio".into(), json!(outliers.explained_variance_ratio));
        part.plots.push(Plot { id: "clusters", class: "tall", label: "Rows in the plane of two components" });
        part.sheets.extend([kmeans(outliers), outlier_rows(outliers)]);
    }
    if let Some(clusters) = &panel.clusters {
        part.text.push(format!(
            "DBSCAN at eps {:.3} finds {} clusters and leaves {} {rows} in none.",
            clusters.eps,
            count_in_words(clusters.clusters.len() as u64),
            count_in_words(clusters.n_noise)
        ));
        part.values.insert("eps".into(), json!(clusters.eps));
        part.values.insert("n_noise".into(), json!(clusters.n_noise));
        part.sheets.push(dbscan(clusters));
    }
    if panel.outliers.is_none() && panel.clusters.is_none() {
        part.text.push(format!("Too few {rows} to cluster."));
    }
    part
}

fn kmeans(outliers: &bro_analysis::Outliers) -> Sheet {
    let heads = vec![
        Head::number("cluster", "cluster"),
        Head::number("size", "size"),
        Head::number("share", "share"),
        Head::text("least_populated", "least populated"),
    ];
    let mut sheet = Sheet::new("kmeans", "k-means", heads);
    for cluster in &outliers.clusters {
        let is_small = outliers.smallest.contains(&cluster.cluster);
        sheet.rows.push(vec![
            Cell::Plain(cluster.cluster as u64),
            Cell::Count(cluster.size),
            Cell::Share(share(cluster.size, outliers.n_records)),
            Cell::text(if is_small { "yes" } else { "" }),
        ]);
    }
    sheet
}

fn outlier_rows(outliers: &bro_analysis::Outliers) -> Sheet {
    let heads = vec![
        Head::text("uid", "uid"),
        Head::text("endpoints", "id.orig_h : p → id.resp_h : p"),
        Head::number("cluster", "cluster"),
        Head::number("percentile", "percentile of distance"),
        Head::text("reason", "what sets it apart"),
    ];
    let mut sheet = Sheet::new("outliers", "Outliers", heads);
    for outlier in outliers.outliers.iter().take(MOST_OUTLIERS) {
        sheet.rows.push(vec![
            Cell::or_none(outlier.session.uid.clone(), Cell::Text),
            Cell::Text(outlier.session.endpoints()),
            Cell::Plain(outlier.cluster as u64),
            Cell::Number(outlier.percentile),
            Cell::Long(outlier.reason.clone()),
        ]);
    }
    sheet.terminal_rows = 5;
    sheet
}

/// Most outliers that are listed.
const MOST_OUTLIERS: usize = 100;

fn dbscan(clusters: &bro_analysis::Clusters) -> Sheet {
    let heads = vec![
        Head::number("cluster", "cluster"),
        Head::number("size", "size"),
        Head::text("summary", "what they have in common"),
    ];
    let mut sheet = Sheet::new("dbscan", "DBSCAN", heads);
    let mut all: Vec<_> = clusters.clusters.iter().collect();
    all.sort_by_key(|cluster| (std::cmp::Reverse(cluster.size), cluster.cluster));
    for cluster in all.into_iter().take(30) {
        let (number, size) = (cluster.cluster as u64, cluster.size);
        sheet.rows.push(vec![Cell::Plain(number), Cell::Count(size), Cell::Long(cluster.summary.clone())]);
    }
    sheet.terminal_rows = 8;
    sheet
}

fn imputation(found: &Profile) -> Part {
    let mut part = Part::new("imputation", "Gaps, and how features are standardized");
    part.text.push(
        match found.kind {
            LogKind::Conn => {
                "A connection without length in time has no duration and no byte counts: its duration is 0, and its bytes \
                 follow from the IP headers or, for TCP, from a history without data. A mean would invent connections that \
                 cannot exist. What neither says takes the median of protocol, service and state."
            }
            LogKind::Http => "What was not sent has no length: every gap is 0. A mean would invent headers.",
        }
        .to_owned(),
    );
    part.text.push(
        "Standardized is (ln(1 + value) − mean) / std; robust is (ln(1 + value) − median) / interquartile range; \
         durations are in seconds."
            .to_owned(),
    );
    let heads = vec![
        Head::text("column", "number"),
        Head::number("n_set", "set"),
        Head::number("n_zero", "gaps: 0"),
        Head::number("n_from_ip_bytes", "gaps: from IP bytes"),
        Head::number("n_median", "gaps: median"),
        Head::number("q1_before", "25 % before"),
        Head::number("median_before", "median before"),
        Head::number("q3_before", "75 % before"),
        Head::number("q1_after", "25 % after"),
        Head::number("median_after", "median after"),
        Head::number("q3_after", "75 % after"),
        Head::number("ln_mean", "ln mean"),
        Head::number("ln_std", "ln std"),
        Head::number("ln_median", "ln median"),
        Head::number("ln_iqr", "ln IQR"),
    ];
    let mut sheet = Sheet::new("imputation", "", heads);
    for row in &found.imputation {
        let quartiles = |values: Option<[f64; 3]>| {
            values.map_or_else(
                || vec![Cell::None; 3],
                |values| values.map(|value| in_unit(row.unit, value)).to_vec(),
            )
        };
        let counts = [row.n_set, row.n_zero, row.n_from_ip_bytes, row.n_median].map(Cell::Count);
        let ln = [row.ln_mean, row.ln_std, row.ln_median, row.ln_iqr].map(Cell::Number);
        let mut cells = vec![Cell::text(row.column)];
        cells.extend(counts);
        cells.extend(quartiles(row.before));
        cells.extend(quartiles(row.after));
        cells.extend(ln);
        sheet.rows.push(cells);
    }
    part.sheets.push(sheet);
    part
}

fn bandwidth(found: &Profile, clock: &Clock) -> Part {
    let found_rates = &found.bandwidth;
    let mut part = Part::new("bandwidth", "Bandwidth");
    let bin = duration_in_words(found.activity.bin_seconds);
    part.text.push(format!(
        "{} both ways, as bit/s in bins of {bin}; mean and 95 % are over all bins, the empty ones among them. {}",
        if found.kind == LogKind::Conn { "Payload bytes" } else { "Bytes of bodies" },
        match found.kind {
            LogKind::Conn => {
                "A connection's bytes are spread evenly over its duration, so short peaks inside long connections are not seen."
            }
            LogKind::Http => "Headers, packets and everything but HTTP are not in them: the conn.log plans capacity better.",
        }
    ));
    part.text.extend(trend(found));
    part.plots.push(Plot { id: "bandwidth", class: "low", label: "Bit/s over time by direction" });
    let heads = vec![
        Head::text("of", "of"),
        Head::text("name", "which"),
        Head::number("sent", "sent"),
        Head::number("received", "received"),
        Head::number("mean", "mean"),
        Head::number("p95", "95 %"),
        Head::number("peak", "peak"),
        Head::text("peak_at", "peak at"),
        Head::number("n_bins", "bins"),
    ];
    let mut sheet = Sheet::new("rates", "", heads);
    sheet.note = "Sent is by originators, received is by responders; for a host, by it and to it.".to_owned();
    sheet.terminal_rows = 25;
    for rate in &found_rates.rates {
        let rates = [rate.mean, rate.p95, rate.peak].map(Cell::BitsPerSecond);
        let mut row = vec![Cell::text(rate.of), Cell::text(&rate.name)];
        row.extend([rate.sent, rate.received].map(|bytes| Cell::Bytes(bytes as f64)));
        row.extend(rates);
        row.extend([Cell::or_none(rate.peak_at, Cell::Time), Cell::Count(rate.n_bins)]);
        sheet.rows.push(row);
    }
    part.values.insert("bin_seconds".into(), json!(found.activity.bin_seconds));
    part.values.insert(
        "trend".into(),
        found_rates.trend.map_or(Value::Null, |trend| {
            json!({
                "bits_per_second_per_day": trend.bits_per_second_per_day, "r_squared": trend.r_squared,
                "n": trend.n, "days": trend.days,
            })
        }),
    );
    part.sheets = vec![sheet, hours(found, clock)];
    part
}

fn trend(found: &Profile) -> Vec<String> {
    let Some(trend) = found.bandwidth.trend else {
        return vec!["Too little time for a trend: less than two hours, or fewer than 12 bins.".to_owned()];
    };
    let slope = trend.bits_per_second_per_day;
    let words = format!(
        "Trend: {} {} a day, a straight line that explains {} of the variation of {} bins.",
        if slope < 0.0 { "down by" } else { "up by" },
        super::sheet::rate_in_words(slope.abs()),
        share_in_words(trend.r_squared),
        count_in_words(trend.n),
    );
    if trend.days < 7.0 {
        let days = duration_in_words(trend.days * 86_400.0);
        return vec![format!(
            "{words} {days} cannot tell a trend from the course of a week: do not plan by it."
        )];
    }
    vec![words]
}

fn hours(found: &Profile, _clock: &Clock) -> Sheet {
    let heads = vec![
        Head::number("hour", "hour (UTC)"),
        Head::number("bits_per_second", "mean rate"),
        Head::number("bytes", "bytes"),
        Head::number("n", rows_of(found)),
        Head::number("seconds", "time covered"),
    ];
    let mut sheet = Sheet::new("hours", "Hours of the day, the busiest first", heads);
    let mut hours: Vec<_> = found.bandwidth.hours.iter().filter(|hour| hour.seconds > 0.0).collect();
    let rate = |hour: &bro_analysis::HourProfile| hour.bytes as f64 * 8.0 / hour.seconds;
    hours.sort_by(|a, b| rate(b).total_cmp(&rate(a)).then(a.hour.cmp(&b.hour)));
    for hour in hours {
        sheet.rows.push(vec![
            Cell::Plain(u64::from(hour.hour)),
            Cell::BitsPerSecond(rate(hour)),
            Cell::Bytes(hour.bytes as f64),
            Cell::Count(hour.n),
            Cell::Seconds(hour.seconds),
        ]);
    }
    sheet.terminal_rows = 6;
    sheet
}

fn sides(bin: &ActivityBin) -> [f64; 2] {
    [0, 1].map(|side| bin.bytes.iter().map(|bytes| bytes[side] as f64).sum())
}

fn directions(found: &Profile) -> Sheet {
    let heads = vec![
        Head::text("direction", "direction"),
        Head::number("n", rows_of(found)),
        Head::number("failed", "failed"),
        Head::number("sent", "sent by originators"),
        Head::number("received", "sent by responders"),
    ];
    let mut sheet = Sheet::new("directions", "By direction", heads);
    sheet.note = "Local is what Zeek's local_orig and local_resp say, or a private address.".to_owned();
    for row in &found.activity.directions {
        sheet.rows.push(vec![
            Cell::text(row.direction.name()),
            Cell::Count(row.n),
            Cell::Share(share(row.n_failed, row.n)),
            Cell::Bytes(row.sent as f64),
            Cell::Bytes(row.received as f64),
        ]);
    }
    sheet
}

fn repro(found: &Profile, command: &str) -> Part {
    let mut part = Part::new("repro", "To make this again");
    part.text.push(command.to_owned());
    part.text.push(format!("bro-ml {}; seed {}.", env!("CARGO_PKG_VERSION"), found.params.seed));
    part.values.insert("command".into(), json!(command));
    part.values.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
    part.values.insert("seed".into(), json!(found.params.seed));
    part.values.insert("by".into(), json!(found.params.by));
    part.values.insert("limit".into(), json!(found.params.limit));
    part
}

/// What the page's script draws.
pub(super) fn drawings(found: &Profile, clock: &Clock) -> Value {
    let label_boxes = found.labels.iter().flat_map(|labels| &labels.boxes);
    let behaviours = found.behaviours.associations.iter().map(|one| {
        json!({"class": one.class, "column": one.column, "delta": one.cliffs_delta.map(rounded), "n": one.n})
    });
    json!({
        "boxes": found.boxes.iter().filter(|found| found.n_rows > 0).map(box_drawing).collect::<Vec<_>>(),
        "labels": label_boxes.map(box_drawing).collect::<Vec<_>>(),
        "behaviours": behaviours.collect::<Vec<_>>(),
        "clusters": found.clusters.outliers.as_ref().map(cluster_drawing),
        "correlations": found.correlations.iter().map(correlation_drawing).collect::<Vec<_>>(),
        "activity": activity_drawing(found, clock),
    })
}

/// The sampled connections in the plane, by cluster.
fn cluster_drawing(outliers: &bro_analysis::Outliers) -> Value {
    let bro_analysis::Scatter::Points(points) = &outliers.scatter else { return Value::Null };
    let axis = |axis: usize| points.iter().map(|point| rounded(point.position[axis])).collect::<Vec<_>>();
    json!({
        "x": axis(0), "y": axis(1), "cluster": points.iter().map(|point| point.cluster).collect::<Vec<_>>(),
        "smallest": outliers.smallest,
        "axes": outliers.explained_variance_ratio.iter().map(|share| share_in_words(*share)).collect::<Vec<_>>(),
    })
}

fn box_drawing(found: &BoxProfile) -> Value {
    let numbers = found.positive.as_ref();
    let n = found.n_rows - found.n_missing;
    let zeros = found.numbers.as_ref().map_or(0, |numbers| numbers.n_zeros);
    let outliers = numbers.map(|numbers| thinned(&numbers.outliers)).unwrap_or_default();
    json!({
        "by": found.by, "column": found.column, "unit": unit_in_words(found.unit), "group": found.group, "n": n,
        "zeros": share(zeros, found.n_rows), "missing": share(found.n_missing, found.n_rows),
        "box": numbers.map(|b| [b.whisker_low, b.q1, b.median, b.q3, b.whisker_high]),
        "outliers": outliers,
    })
}

fn correlation_drawing(matrix: &Correlations) -> Value {
    let r: Vec<Vec<Value>> = matrix.r.iter().map(|row| row.iter().map(|r| rounded(*r)).collect()).collect();
    json!({"proto": matrix.family, "method": matrix.method.name(), "columns": matrix.columns, "r": r, "n": matrix.n})
}

fn activity_drawing(found: &Profile, clock: &Clock) -> Value {
    let bins = &found.activity.bins;
    let bytes_of = |direction: usize| bins.iter().map(|bin| bin.bytes[direction]).collect::<Vec<_>>();
    json!({
        "rows": rows_of(found), "zone": clock.name(), "seconds": found.activity.bin_seconds,
        "start": bins.iter().map(|bin| bin.start / 1_000).collect::<Vec<_>>(),
        "n": bins.iter().map(|bin| bin.n).collect::<Vec<_>>(),
        "failed": bins.iter().map(|bin| bin.n_failed).collect::<Vec<_>>(),
        "directions": Direction::ALL.map(Direction::name),
        "bytes": (0..Direction::ALL.len()).map(bytes_of).collect::<Vec<_>>(),
    })
}

fn rounded(r: f64) -> Value {
    if r.is_finite() { number_value((r * 1e4).round() / 1e4) } else { Value::Null }
}

/// At most a hundred places, the first and the last among them.
fn thinned(outliers: &[(f64, u64)]) -> Vec<(f64, u64)> {
    const MOST: usize = 100;
    if outliers.len() <= MOST {
        return outliers.to_vec();
    }
    (0..MOST).map(|i| outliers[i * (outliers.len() - 1) / (MOST - 1)]).collect()
}

fn unit_in_words(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
        Unit::Packets => "packets",
        _ => "number",
    }
}
