use crate::Error;
use bro_features::LogKind;
use bro_log::{Projection, ScanOptions, Source, scan};
use std::ops::ControlFlow;

/// The logs a question is about, and how they are to be read.
///
/// ```
/// use bro_analysis::Logs;
/// use bro_log::Source;
/// let sources = [Source::from_bytes("conn.log", Vec::new())];
/// assert_eq!(Logs::of(&sources).sources.len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Logs<'a> {
    /// The logs; their rows are taken in this order.
    pub sources: &'a [Source],
    /// How they are read.
    pub options: ScanOptions,
    /// The kind of log the question is about. `None`: that of the first log that is a conn.log or an http.log. Rows of
    /// other kinds are left out and counted.
    pub kind: Option<LogKind>,
}

impl<'a> Logs<'a> {
    /// Logs that are read as usual: rows that cannot be read are set aside and counted.
    #[must_use]
    pub fn of(sources: &'a [Source]) -> Self {
        Self { sources, options: ScanOptions::default(), kind: None }
    }

    /// The kind asked for, or else that of the first log that has rows of one; conn.log if none has.
    pub(crate) fn kind(&self) -> Result<LogKind, Error> {
        if let Some(kind) = self.kind {
            return Ok(kind);
        }
        for source in self.sources {
            if let Some(kind) = self.kind_of(source)? {
                return Ok(kind);
            }
        }
        Ok(LogKind::default())
    }

    fn kind_of(&self, source: &Source) -> Result<Option<LogKind>, Error> {
        let names = LogKind::ALL.into_iter().flat_map(LogKind::required);
        let projection = names.fold(Projection::new(), Projection::dictionary);
        let mut found = None;
        let look = |batch: &bro_log::Batch<'_>| {
            let mut kinds = LogKind::ALL.into_iter().enumerate();
            kinds.find(|(i, kind)| kind.missing_fields(batch, 2 * i).is_empty()).map(|(_, kind)| kind)
        };
        let fold = |kind, _: &bro_log::Progress| {
            found = kind;
            if kind.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let scanned = scan(std::slice::from_ref(source), &projection, &self.options, look, fold);
        scanned.map_err(|error| Error::Log { log: source.name().to_owned(), source: error })?;
        Ok(found)
    }
}
