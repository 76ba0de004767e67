//! From Zeek log records to a named feature matrix.
