//! The elements of a set or vector.

use crate::{
    error::Fault,
    header::split_cells,
    schema::Scalar,
    value::{Rules, Value},
    warning::{Warning, Warnings},
};

/// The elements of one set or vector, decoded as they are asked for, without allocation.
///
/// A set's elements come in the order of the log, which means nothing, and as often as they stand there. An unset
/// element is [`Value::Unset`].
///
/// ```
/// use bro_log::{Elements, Value};
/// let ports = [Value::Count(80), Value::Unset];
/// let elements = Elements::from(&ports[..]);
/// assert_eq!(elements.iter().count(), 2);
/// assert!(!elements.is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    source: Source<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    /// Values of a program, on their way to a writer.
    Values(&'a [Value<'a>]),
    /// A raw cell, neither unset nor empty, every element of which is known to be a value.
    Cell { cell: &'a [u8], element: Scalar, rules: Rules<'a> },
}

impl<'a> Elements<'a> {
    /// Checks every element of a raw cell once, so that iterating cannot fail.
    pub(crate) fn read(
        cell: &'a [u8],
        element: Scalar,
        rules: Rules<'a>,
        warnings: &mut Warnings,
    ) -> Result<Self, Fault> {
        if rules.header.is_empty(cell) {
            return Ok(Self { source: Source::Values(&[]) });
        }
        if cell.is_empty() && element.is_text() {
            warnings.insert(Warning::EmptyCell);
        }
        let mut inside = Warnings::default();
        for text in split_cells(cell, rules.header.set_separator()) {
            read_element(text, element, rules, &mut inside)?;
        }
        // Nothing between set separators is how Zeek itself writes an empty element.
        warnings.extend(inside.without(Warning::EmptyCell));
        Ok(Self { source: Source::Cell { cell, element, rules } })
    }

    /// The elements in the order of the log. Time O(n) for all of them.
    #[must_use]
    pub fn iter(&self) -> ElementIter<'a> {
        ElementIter(match self.source {
            Source::Values(values) => Rest::Values(values.iter()),
            Source::Cell { cell, element, rules } => Rest::Cell { rest: Some(cell), element, rules },
        })
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.source, Source::Values([]))
    }

    /// Whether each element of `other` is one of ours. Time O(n · m).
    pub(crate) fn holds_all_of(&self, other: &Self) -> bool {
        other.iter().all(|wanted| self.iter().any(|element| element == wanted))
    }
}

impl<'a> From<&'a [Value<'a>]> for Elements<'a> {
    fn from(values: &'a [Value<'a>]) -> Self {
        Self { source: Source::Values(values) }
    }
}

impl<'a> IntoIterator for &Elements<'a> {
    type Item = Value<'a>;
    type IntoIter = ElementIter<'a>;

    fn into_iter(self) -> ElementIter<'a> {
        self.iter()
    }
}

/// One element: unset, or a value of the element type.
fn read_element<'a>(
    text: &'a [u8],
    element: Scalar,
    rules: Rules<'a>,
    warnings: &mut Warnings,
) -> Result<Value<'a>, Fault> {
    if rules.header.is_unset(text) {
        return Ok(Value::Unset);
    }
    Value::read_scalar(text, element, rules, warnings)
}

/// The elements still to come; made by [`Elements::iter`].
#[derive(Clone, Debug)]
pub struct ElementIter<'a>(Rest<'a>);

#[derive(Clone, Debug)]
enum Rest<'a> {
    Values(std::slice::Iter<'a, Value<'a>>),
    Cell { rest: Option<&'a [u8]>, element: Scalar, rules: Rules<'a> },
}

impl<'a> Iterator for ElementIter<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match &mut self.0 {
            Rest::Values(values) => values.next().cloned(),
            Rest::Cell { rest, element, rules } => {
                let cell = rest.take()?;
                let separator = rules.header.set_separator();
                let mut parts = split_cells(cell, separator);
                let text = parts.next()?;
                *rest = cell.get(text.len() + separator.len()..).filter(|_| text.len() < cell.len());
                let value = read_element(text, *element, *rules, &mut Warnings::default());
                Some(value.expect("every element was checked when the cell was read"))
            }
        }
    }
}
