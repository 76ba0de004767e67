//! Findings as HTML pages, terminal tables, CSV and JSON.
