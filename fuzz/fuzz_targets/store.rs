#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| modwarden_fuzz::scratch("store"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| modwarden_fuzz::store(&PLACE, data));
