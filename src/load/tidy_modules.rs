//! Which modules of a state `go mod tidy` would leave as they are, kept by a fingerprint of all that this rests on.

use std::collections::BTreeSet;

use super::{FactStore, Kind};

/// The modules that are known to be tidy, by their place.
pub(crate) fn known_tidy(store: &FactStore, state: &[u8]) -> BTreeSet<usize> {
    let known = store.get(Kind::Tidy, &[state]).pop().flatten();
    let places = known.and_then(|bytes| postcard::from_bytes::<Vec<usize>>(&bytes).ok());
    places.unwrap_or_default().into_iter().collect()
}

/// Keeps them.
pub(crate) fn keep_tidy(store: &FactStore, state: &[u8], modules: &BTreeSet<usize>) {
    if let Ok(bytes) = postcard::to_stdvec(&modules.iter().collect::<Vec<_>>()) {
        store.put(Kind::Tidy, &[(state, &bytes)]);
    }
}
