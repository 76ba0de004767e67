use crate::{Error, Warning};
use bro_log::{Batch, ScanSummary, Source};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// The logs, in the order given.
    pub logs: Vec<LogIntake>,
    /// Rows of the right kind.
    pub n_rows: u64,
    /// Rows set aside because they cannot be read.
    pub n_rejected: u64,
    /// Why, and how many for each reason.
    pub rejected: Vec<(&'static str, u64)>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// What was read of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogIntake {
    /// Its name.
    pub name: String,
    /// Rows of the right kind.
    pub n_rows: u64,
    /// Rows set aside because they cannot be read.
    pub n_rejected: u64,
    /// Rows of another kind: their path, how many, and the fields they lack.
    pub others: Vec<(String, u64, String)>,
}

/// The fields without which a log is no conn.log, with the place of each in the projection of the features.
const REQUIRED: [(&str, usize); 2] = [("proto", 0), ("conn_state", 1)];

impl Intake {
    /// The fields that a conn.log has and this batch's log lacks; empty for a conn.log.
    pub(crate) fn missing_fields(batch: &Batch<'_>) -> Vec<&'static str> {
        REQUIRED.iter().filter(|(_, column)| batch.column(*column).is_none()).map(|(name, _)| *name).collect()
    }

    /// Takes in what a pass over one log found besides rows.
    pub(crate) fn finish_log(&mut self, mut log: LogIntake, source: &Source, summary: &ScanSummary) {
        source.name().clone_into(&mut log.name);
        log.n_rejected = summary.n_rejected();
        self.n_rejected += log.n_rejected;
        for (reason, n_rows) in summary.rejects.counts() {
            match self.rejected.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, known)) => *known += n_rows,
                None => self.rejected.push((reason, n_rows)),
            }
        }
        if let Some(first) = summary.rejects.examples().first() {
            let first = format!("{}: {}", log.name, first.error);
            self.warnings.push(Warning::Rejected { n_rows: log.n_rejected, first });
        }
        for (_, error) in &summary.truncated {
            self.warnings.push(Warning::Truncated { log: log.name.clone(), detail: error.to_string() });
        }
        if log.n_rows > 0 {
            let others = log.others.iter();
            self.warnings.extend(
                others.map(|(path, n_rows, _)| Warning::OtherRows { path: path.clone(), n_rows: *n_rows }),
            );
        }
        self.n_rows += log.n_rows;
        self.logs.push(log);
    }

    /// Checks that every log is of the right kind and that there are rows at all.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for log in &self.logs {
            if let ([(path, _, missing), ..], 0) = (log.others.as_slice(), log.n_rows) {
                return Err(Error::NotConn {
                    log: log.name.clone(),
                    path: path.clone(),
                    missing: missing.clone(),
                });
            }
        }
        if self.n_rows == 0 {
            return Err(Error::NoRows { log: self.names(), n_rejected: self.n_rejected });
        }
        Ok(())
    }

    /// The log's name, or how many there are.
    pub(crate) fn names(&self) -> String {
        match self.logs.as_slice() {
            [one] => one.name.clone(),
            logs => format!("these {} logs together", logs.len()),
        }
    }
}
