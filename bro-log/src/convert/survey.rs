//! Which columns logs have together.

use std::{collections::BTreeSet, io::Read};

use crate::{
    error::Error,
    header::Header,
    json::widest,
    reader::{Item, ReaderBuilder},
    schema::{Field, Schema, Type},
    source::Source,
};

/// One path's columns, from all of its headers.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) path: Option<String>,
    /// When the first log was opened.
    pub(super) open: Option<String>,
    pub(super) schema: Schema,
}

/// Whether some log is of JSON objects.
pub(super) fn has_json(sources: &[Source]) -> Result<bool, Error> {
    for source in sources {
        let mut start = Vec::new();
        let read = source.reader()?.take(1 << 10).read_to_end(&mut start);
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
        // What cannot be read is told when it is converted.
        if read.is_ok() && text.starts_with(b"{") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads all logs for their headers.
pub(super) fn columns_of(
    sources: &[Source],
    reader: &ReaderBuilder,
    wants: &dyn Fn(&Header) -> bool,
) -> Result<Columns, Error> {
    let mut survey = Survey::default();
    for source in sources {
        let mut reader = reader.clone().from_source(source)?;
        loop {
            match reader.next_item() {
                Ok(None) | Err(Error::Truncated { .. }) => break,
                Ok(Some(Item::Record(_))) => {}
                Ok(Some(Item::Header(header))) if wants(header) => survey.add(header),
                Ok(Some(Item::Header(_))) => {}
                Err(error) => return Err(error),
            }
        }
    }
    survey.finish()
}

#[derive(Debug, Default)]
struct Survey {
    paths: BTreeSet<String>,
    open: Option<String>,
    fields: Vec<Field>,
    /// The columns seen last, which most headers repeat.
    last: Schema,
}

impl Survey {
    /// More paths than this need not be told.
    const MAX_PATHS: usize = 10;

    fn add(&mut self, header: &Header) {
        if self.paths.len() < Self::MAX_PATHS {
            self.paths.insert(header.path().unwrap_or_default().to_owned());
        }
        if self.open.is_none() {
            self.open = header.open().map(str::to_owned);
        }
        if self.last == *header.schema() {
            return;
        }
        let mut known = Schema::new(std::mem::take(&mut self.fields));
        for field in header.schema().fields() {
            known = known.with(field);
        }
        self.fields = known.fields().to_vec();
        self.last = header.schema().clone();
    }

    fn finish(self) -> Result<Columns, Error> {
        if self.fields.is_empty() {
            return Err(Error::NoColumns);
        }
        if self.paths.len() > 1 {
            let paths: Vec<_> =
                self.paths.iter().map(|path| if path.is_empty() { "-" } else { path.as_str() }).collect();
            return Err(Error::MixedPaths { paths: paths.join(", ") });
        }
        let path = self.paths.into_iter().next().filter(|path| !path.is_empty());
        Ok(Columns { path, open: self.open, schema: Schema::new(self.fields) })
    }
}

impl Schema {
    /// The schema and one column, which is made wide enough if it is there.
    fn with(self, field: &Field) -> Self {
        let Some(idx) = self.index_of(field.name()) else {
            return self.fields().iter().chain([field]).cloned().collect();
        };
        let (known, ty) = (self.fields()[idx].ty(), wider(self.fields()[idx].ty(), field.ty()));
        if known == ty {
            return self;
        }
        let mut fields = self.fields().to_vec();
        fields[idx] = Field::new(field.name(), ty);
        Self::new(fields)
    }
}

/// The narrowest type that holds what both hold. A set by its old name is a set.
fn wider(one: Type, other: Type) -> Type {
    match (one, other) {
        _ if one == other => one,
        (Type::Set(one), Type::Table(other)) | (Type::Table(one), Type::Set(other)) if one == other => {
            Type::Set(one)
        }
        _ => widest(one, other),
    }
}
