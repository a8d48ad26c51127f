#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

static PLACE: LazyLock<PathBuf> = LazyLock::new(|| modwarden_fuzz::scratch("index"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| modwarden_fuzz::index(&PLACE, data));
