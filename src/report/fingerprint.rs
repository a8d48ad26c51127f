//! A hash of the identity of a finding, for readers that compare runs by one: the same on every system and in every
//! version.

use std::collections::HashMap;

/// The hash of an identity.
pub(super) fn fingerprint(identity: &str) -> String {
    format!("{:032x}", fnv1a(identity.as_bytes()))
}

/// Hashes, each given only once.
#[derive(Default)]
pub(super) struct Fingerprints(HashMap<String, usize>);

impl Fingerprints {
    /// The hash of an identity; of one that was there before, in another run that was joined with this one, another
    /// hash.
    pub(super) fn next(&mut self, identity: &str) -> String {
        let seen = self.0.entry(identity.to_owned()).or_default();
        *seen += 1;
        match *seen {
            1 => fingerprint(identity),
            nth => fingerprint(&format!("{identity}\n{nth}")),
        }
    }
}

/// 128 bits of FNV-1a.
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET_BASIS, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::{Fingerprints, fnv1a};

    #[test]
    fn fingerprints_are_fnv1a() {
        assert_eq!(fnv1a(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(fnv1a(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }

    #[test]
    fn no_fingerprint_is_given_twice() {
        let mut fingerprints = Fingerprints::default();
        let given = ["a", "b", "a", "a"].map(|identity| fingerprints.next(identity));
        assert_eq!(given[0], "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(std::collections::BTreeSet::from(given).len(), 4);
    }
}
