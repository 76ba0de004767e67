use super::HttpRequest;
use bro_log::{Batch, Column, Projection};

/// The columns of a batch that the features of http.log are made from. A column that the log lacks, or that has another
/// type there than Zeek's, counts as unset.
#[derive(Debug)]
pub(crate) struct HttpColumns<'a> {
    columns: [Option<&'a Column>; N_COLUMNS],
}

const N_COLUMNS: usize = 12;

/// Text of which the same few values come again and again.
const NUMBERED: [&str; 3] = ["method", "host", "user_agent"];

const NAMES: [&str; N_COLUMNS] = [
    "method",
    "uri",
    "host",
    "user_agent",
    "referrer",
    "username",
    "resp_mime_types",
    "id.resp_p",
    "status_code",
    "trans_depth",
    "request_body_len",
    "response_body_len",
];

/// The columns to ask of [`bro_log::scan`], in the order [`HttpColumns::of`] expects.
pub(crate) fn projection() -> Projection {
    NAMES.iter().fold(Projection::new(), |projection, name| {
        if NUMBERED.contains(name) { projection.dictionary(name) } else { projection.field(name) }
    })
}

impl<'a> HttpColumns<'a> {
    /// Looks up the columns of a batch that was read with [`projection`].
    pub(crate) fn of(batch: &'a Batch<'_>) -> Self {
        Self { columns: std::array::from_fn(|column| batch.column(column)) }
    }

    /// One row.
    pub(crate) fn request(&self, row: usize) -> HttpRequest<'a> {
        let text = |column: usize| self.columns[column].and_then(|column| column.bytes(row));
        let count = |column: usize| value(self.columns[column], row, Column::as_count);
        HttpRequest {
            method: text(0),
            uri: text(1),
            host: text(2),
            user_agent: text(3),
            referrer: text(4),
            username: text(5),
            resp_mime_type: text(6).and_then(first_element),
            resp_p: value(self.columns[7], row, Column::as_port),
            status_code: count(8),
            trans_depth: count(9),
            request_body_len: count(10),
            response_body_len: count(11),
        }
    }
}

fn value<T: Copy>(
    column: Option<&Column>,
    row: usize,
    values: impl Fn(&Column) -> Option<&[T]>,
) -> Option<T> {
    let column = column?;
    if column.present().get(row) { values(column).map(|values| values[row]) } else { None }
}

/// The first element of a vector as it stands in a log: `a,b`, or `["a","b"]` in JSON; `None` if it has none.
///
/// ```
/// assert_eq!(bro_features::first_element(b"text/html,image/png"), Some(&b"text/html"[..]));
/// ```
#[must_use]
pub fn first_element(vector: &[u8]) -> Option<&[u8]> {
    let is_mark = |byte: &u8| matches!(byte, b'[' | b']' | b'"' | b' ');
    let start = vector.iter().position(|byte| !is_mark(byte))?;
    let first = vector[start..].split(|byte| *byte == b',' || is_mark(byte)).next()?;
    (!first.is_empty() && first != b"-" && first != b"(empty)").then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_of_a_vector_is_found_in_tabs_and_in_json() {
        let cases = [
            (&b"text/html,image/png"[..], Some(&b"text/html"[..])),
            (b"[\"text/html\",\"image/png\"]", Some(b"text/html")),
            (b"text/json", Some(b"text/json")),
            (b"[]", None),
            (b"(empty)", None),
        ];
        for (vector, first) in cases {
            assert_eq!(first_element(vector), first);
        }
    }
}
