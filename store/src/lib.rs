//! Runs, sessions, labels, findings and models in SQLite, MariaDB or PostgreSQL.
