//! Runs [`bro_log_fuzz::read`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bro_log_fuzz::read(bytes));
