//! Reads standard input, where a path on the command line is `-`.

use std::io::{self, ErrorKind, Read as _};

/// The path that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// Reads standard input, which must not be longer than `limit` bytes.
pub(super) fn read_standard_input(limit: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let length = io::stdin().take(limit.saturating_add(1)).read_to_end(&mut text)?;
    if length as u64 > limit {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("longer than {limit} bytes")));
    }
    Ok(text)
}
