//! Runs [`bro_log_fuzz::round_trip`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bro_log_fuzz::round_trip(bytes));
