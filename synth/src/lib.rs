//! Seeded synthetic Zeek logs with planted attacks and a truth file.
