//! Exact and fast reader and writer of Bro/Zeek logs.
