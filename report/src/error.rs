/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name of a time zone that the time zone database does not hold.
    #[error("no time zone is called {name:?}, expected a name such as UTC or Europe/Berlin, or local")]
    TimeZone {
        /// The name as given.
        name: String,
        /// What the database said.
        source: jiff::Error,
    },
    /// A time format that strftime would not know.
    #[error("the time format {format:?} is not known, expected words such as %Y-%m-%d %H:%M:%S")]
    TimeFormat {
        /// The format as given.
        format: String,
        /// What is wrong with it.
        source: jiff::Error,
    },
    /// A page could not be rendered.
    #[error("the page could not be rendered")]
    Page(#[from] askama::Error),
    /// A value could not be written as JSON.
    #[error("the findings could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A row could not be written as CSV.
    #[error("the findings could not be written as CSV")]
    Csv(#[from] ::csv::Error),
    /// A matrix could not be written.
    #[error("the matrix could not be written")]
    Matrix(#[from] std::io::Error),
}
