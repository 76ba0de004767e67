use crate::{Clock, Error};
use bro_analysis::{Clusters, HttpFacts, Outliers, Session};
use bro_features::LogKind;

/// The columns of a session: what every row has, what rows of its kind have, where it stands.
fn header(kind: LogKind) -> Vec<&'static str> {
    let all = ["ts", "time", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"];
    let own: &[&str] = match kind {
        LogKind::Conn => &["proto", "service", "conn_state", "duration", "orig_bytes", "resp_bytes"],
        LogKind::Http => &[
            "trans_depth",
            "method",
            "host",
            "uri",
            "status_code",
            "user_agent",
            "request_body_len",
            "response_body_len",
        ],
    };
    all.iter().chain(own).chain(&["log", "byte"]).copied().collect()
}

/// The outliers as CSV with a header, a row each; `time` is `ts` in the clock's zone, unset cells are empty.
///
/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn outliers_csv(found: &Outliers, clock: &Clock) -> Result<String, Error> {
    let session_header = header(found.intake.kind);
    let header = session_header.iter().chain(&["cluster", "distance", "percentile", "reason", "seed"]);
    let rows = found.outliers.iter().map(|outlier| {
        let numbers =
            [outlier.cluster.to_string(), outlier.distance.to_string(), outlier.percentile.to_string()];
        let rest = [outlier.reason.clone(), found.params.seed.to_string()];
        session(&outlier.session, clock).into_iter().chain(numbers).chain(rest)
    });
    write(header, rows)
}

/// The noise sessions as CSV with a header, a row each, as [`outliers_csv`].
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn clusters_csv(found: &Clusters, clock: &Clock) -> Result<String, Error> {
    let session_header = header(found.intake.kind);
    let header = session_header.iter().chain(&["reason", "eps", "min_samples"]);
    let rows = found.noise.iter().map(|noise| {
        let rest = [noise.reason.clone(), found.eps.to_string(), found.params.min_samples.to_string()];
        session(&noise.session, clock).into_iter().chain(rest)
    });
    write(header, rows)
}

fn session(session: &Session, clock: &Clock) -> Vec<String> {
    let mut cells = vec![
        session.ts.map(seconds).unwrap_or_default(),
        session.ts.map(|ts| clock.show(ts)).unwrap_or_default(),
        text(&session.uid),
        text(&session.id_orig_h),
        number(session.id_orig_p.map(u64::from)),
        text(&session.id_resp_h),
        number(session.id_resp_p.map(u64::from)),
    ];
    cells.extend(session.http.as_ref().map_or_else(|| connection(session), request));
    cells.extend([session.log.clone(), session.byte.to_string()]);
    cells
}

fn connection(session: &Session) -> Vec<String> {
    vec![
        text(&session.proto),
        text(&session.service),
        text(&session.conn_state),
        session.duration.map(seconds).unwrap_or_default(),
        number(session.orig_bytes),
        number(session.resp_bytes),
    ]
}

fn request(http: &HttpFacts) -> Vec<String> {
    vec![
        number(http.trans_depth),
        text(&http.method),
        text(&http.host),
        text(&http.uri),
        number(http.status_code),
        text(&http.user_agent),
        number(http.request_body_len),
        number(http.response_body_len),
    ]
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn number(value: Option<u64>) -> String {
    value.map(|number| number.to_string()).unwrap_or_default()
}

/// CSV with a header; cells that a spreadsheet would take for a formula are disarmed.
pub(crate) fn write<'a, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = &'a &'a str>,
    rows: impl Iterator<Item = R>,
) -> Result<String, Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(header.into_iter().map(|name| harmless((*name).to_owned())))?;
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("strings were written"))
}

pub(crate) fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

pub(crate) fn harmless(text: String) -> String {
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if starts_formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_other_text_stays() {
        assert_eq!(harmless("=HYPERLINK(\"http://x\")".to_owned()), "'=HYPERLINK(\"http://x\")");
        assert_eq!(harmless("dns".to_owned()), "dns");
        assert_eq!(harmless("-1.5".to_owned()), "-1.5");
    }

    #[test]
    fn times_before_1970_keep_their_sign() {
        assert_eq!(seconds(-1_500_000), "-1.500000");
        assert_eq!(seconds(1_258_531_221_486_539), "1258531221.486539");
    }
}
