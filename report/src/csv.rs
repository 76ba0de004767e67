use crate::{Clock, Error};
use bro_analysis::Outliers;

const HEADER: [&str; 20] = [
    "ts",
    "time",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "conn_state",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "cluster",
    "distance",
    "percentile",
    "reason",
    "log",
    "byte",
    "seed",
];

/// The outliers as CSV with a header, a row each; `time` is `ts` in the clock's zone, unset cells are empty.
///
/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn outliers_csv(found: &Outliers, clock: &Clock) -> Result<String, Error> {
    let rows = found.outliers.iter().map(|outlier| {
        let session = &outlier.session;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<u64>| value.map(|number| number.to_string()).unwrap_or_default();
        [
            session.ts.map(seconds).unwrap_or_default(),
            session.ts.map(|ts| clock.show(ts)).unwrap_or_default(),
            text(&session.uid),
            text(&session.id_orig_h),
            number(session.id_orig_p.map(u64::from)),
            text(&session.id_resp_h),
            number(session.id_resp_p.map(u64::from)),
            text(&session.proto),
            text(&session.service),
            text(&session.conn_state),
            session.duration.map(seconds).unwrap_or_default(),
            number(session.orig_bytes),
            number(session.resp_bytes),
            outlier.cluster.to_string(),
            outlier.distance.to_string(),
            outlier.percentile.to_string(),
            outlier.reason.clone(),
            session.log.clone(),
            session.byte.to_string(),
            found.params.seed.to_string(),
        ]
    });
    write(&HEADER, rows)
}

/// CSV with a header; cells that a spreadsheet would take for a formula are disarmed.
pub(crate) fn write<const N: usize>(
    header: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.map(harmless))?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("strings were written"))
}

fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn harmless(text: String) -> String {
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
