//! Hash tables for keys that are looked up tens of thousands of times per run.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A map with a cheap hash. Its seed is another one in each run, so that nobody can choose keys that collide.
pub(crate) type FastMap<K, V> = HashMap<K, V, RandomState>;

/// A set with a cheap hash, like [`FastMap`].
pub(crate) type FastSet<T> = HashSet<T, RandomState>;
