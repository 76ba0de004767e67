/// What can be wrong with a request for features.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A feature was asked for by a name that none has.
    #[error("no feature is called `{name}`; the features are: {known}")]
    UnknownFeature {
        /// The name as given.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// The list of features is empty.
    #[error("no feature was asked for; the features are: {known}")]
    NoFeature {
        /// The names there are, separated by commas.
        known: String,
    },
}
