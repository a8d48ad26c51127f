//! A hash of values that distinguishes different values, also those that somebody made to be equal.

use std::hash::Hasher;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of the values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// The hash.
    pub(crate) fn into_bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of all that came so far, the first 64 bits.
    fn finish(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.clone().into_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}
