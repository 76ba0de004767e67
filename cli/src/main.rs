//! Find what is odd in Zeek logs.
fn main() {}
