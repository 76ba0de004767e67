use crate::{Error, Warning};
use bro_features::LogKind;
use bro_log::{ScanSummary, Source};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// The kind of log the question is about.
    pub kind: LogKind,
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

impl Intake {
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
        self.n_rows += log.n_rows;
        self.logs.push(log);
    }

    /// Tells of the rows of other kinds in all logs together.
    pub(crate) fn tell_others(&mut self) {
        let mut others: Vec<(String, u64)> = Vec::new();
        for (path, n_rows, _) in self.logs.iter().flat_map(|log| &log.others) {
            match others.iter_mut().find(|(known, _)| known == path) {
                Some((_, known)) => *known += n_rows,
                None => others.push((path.clone(), *n_rows)),
            }
        }
        if !others.is_empty() {
            self.warnings.push(Warning::OtherRows { asked: self.kind.to_string(), others });
        }
    }

    /// Checks that there are rows of the right kind.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.n_rows > 0 {
            return Ok(());
        }
        let other = self.logs.iter().find_map(|log| Some((log, log.others.first()?)));
        Err(match other {
            Some((log, (path, _, missing))) => Error::OtherKind {
                log: log.name.clone(),
                kind: self.kind,
                path: path.clone(),
                missing: missing.clone(),
            },
            None => Error::NoRows { log: self.names(), kind: self.kind, n_rejected: self.n_rejected },
        })
    }

    /// The log's name, or how many there are.
    pub(crate) fn names(&self) -> String {
        match self.logs.as_slice() {
            [one] => one.name.clone(),
            logs => format!("these {} logs together", logs.len()),
        }
    }
}
