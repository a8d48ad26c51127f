#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modwarden_fuzz::go_work(data));
