//! Facts worth telling about a log that was read all the same.

use std::fmt;

/// Something odd that does not stop a value, a row or a file from being read.
///
/// ```
/// use bro_log::{Warning, mend_count};
/// assert_eq!(mend_count(b"1Justtext"), Ok((1, Warning::TrailingText)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Warning {
    /// A backslash that starts no escape; it is taken as text.
    LoneBackslash,
    /// Nothing between two separators; taken as an empty string.
    EmptyCell,
    /// `1` or `0` for a bool.
    BoolDigit,
    /// Text before or after a number, left out.
    TrailingText,
    /// A time or interval that is not written as seconds with a decimal point and up to six digits.
    NoFraction,
    /// A byte order mark before the first line, dropped.
    Bom,
    /// No `#separator` line; the tab is assumed.
    SeparatorMissing,
    /// `#fields` without `#types`: every column is read as a string.
    TypesMissing,
    /// A type of an unknown name, read as a string.
    UnknownType,
    /// Two columns of one name; asked by name, the first answers.
    DuplicateField,
    /// More cells than fields; the surplus is left out.
    ExtraCells,
    /// The log ends without `#close`: it is live, or its writer died.
    OpenEnded,
    /// The last line has no line end.
    TruncatedTail,
}

impl Warning {
    /// Every kind, in order.
    pub const ALL: [Self; 13] = [
        Self::LoneBackslash,
        Self::EmptyCell,
        Self::BoolDigit,
        Self::TrailingText,
        Self::NoFraction,
        Self::Bom,
        Self::SeparatorMissing,
        Self::TypesMissing,
        Self::UnknownType,
        Self::DuplicateField,
        Self::ExtraCells,
        Self::OpenEnded,
        Self::TruncatedTail,
    ];

    /// One word for the kind, for counts and reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LoneBackslash => "lone_backslash",
            Self::EmptyCell => "empty_cell",
            Self::BoolDigit => "bool_digit",
            Self::TrailingText => "trailing_text",
            Self::NoFraction => "no_fraction",
            Self::Bom => "bom",
            Self::SeparatorMissing => "separator_missing",
            Self::TypesMissing => "types_missing",
            Self::UnknownType => "unknown_type",
            Self::DuplicateField => "duplicate_field",
            Self::ExtraCells => "extra_cells",
            Self::OpenEnded => "open_ended",
            Self::TruncatedTail => "truncated_tail",
        }
    }

    /// What the kind means, in a sentence's worth of words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::LoneBackslash => "a backslash starts no escape and is taken as text",
            Self::EmptyCell => "cells with nothing in them are taken as empty strings",
            Self::BoolDigit => "1 and 0 stand for T and F",
            Self::TrailingText => "text before or after numbers is left out",
            Self::NoFraction => "times or intervals are not written with six decimals",
            Self::Bom => "a byte order mark before the first line is dropped",
            Self::SeparatorMissing => "no #separator line; the tab is assumed",
            Self::TypesMissing => "#fields without #types: every column is read as text",
            Self::UnknownType => "a type of an unknown name is read as text",
            Self::DuplicateField => "two columns share a name; the first answers to it",
            Self::ExtraCells => "rows have more cells than there are fields; the surplus is left out",
            Self::OpenEnded => "no #close: the log is still being written, or its writer died",
            Self::TruncatedTail => "the last line has no line end",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A set of [`Warning`]s, two bytes wide.
///
/// ```
/// use bro_log::{Warning, Warnings};
/// let mut warnings = Warnings::default();
/// warnings.insert(Warning::Bom);
/// assert!(warnings.contains(Warning::Bom));
/// assert_eq!(warnings.iter().collect::<Vec<_>>(), [Warning::Bom]);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Warnings(u16);

impl Warnings {
    /// Adds one kind.
    pub fn insert(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }

    /// Adds every kind of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The set less one kind.
    #[must_use]
    pub fn without(self, warning: Warning) -> Self {
        Self(self.0 & !(1 << warning as u8))
    }

    /// Whether this kind was met.
    #[must_use]
    pub fn contains(self, warning: Warning) -> bool {
        self.0 & (1 << warning as u8) != 0
    }

    /// Whether nothing was met.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds met, in the order of [`Warning::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |&warning| self.contains(warning))
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
