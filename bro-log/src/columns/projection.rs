/// The fields asked for, in the order of the columns.
///
/// A field that a log lacks is not an error: its column is absent from that log's batches.
///
/// ```
/// use bro_log::Projection;
///
/// let projection = Projection::new().field("ts").dictionary("service");
/// assert_eq!(projection.names().collect::<Vec<_>>(), ["ts", "service"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    pub(super) asked: Vec<Asked>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) storage: Storage,
}

/// How text is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Plain,
    Dictionary,
}

impl Projection {
    /// No fields: rows are only counted.
    #[must_use]
    pub const fn new() -> Self {
        Self { asked: Vec::new() }
    }

    /// Adds a field, decoded by its type in the header.
    #[must_use]
    pub fn field(self, name: &str) -> Self {
        self.ask(name, Storage::Plain)
    }

    /// Adds a field; if it is text, its few distinct values are numbered.
    #[must_use]
    pub fn dictionary(self, name: &str) -> Self {
        self.ask(name, Storage::Dictionary)
    }

    /// The names asked for.
    #[must_use = "iterators are lazy"]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.asked.iter().map(|asked| asked.name.as_str())
    }

    /// Number of columns.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.asked.len()
    }

    /// True when no field is asked for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    fn ask(mut self, name: &str, storage: Storage) -> Self {
        self.asked.push(Asked { name: name.to_owned(), storage });
        self
    }
}
