//! Finds the policy: in the state that is judged, in a commit, or in a file.

use std::sync::Arc;

use crate::finding::PolicyUsed;
use crate::policy::{self, NestedPolicy, Policy, PolicyError, PolicyInput, PolicyText, RuleInfo};
use crate::load::Tree;
use crate::rules::RULES;
use crate::source::{Entry, Source, SourceError};
use crate::text::{Files, Home, RepoPath};

/// The names that a policy file may have.
const NAMES: [&str; 2] = ["modwarden.toml", ".modwarden.toml"];

/// Which policy judges.
#[derive(Clone, Copy)]
pub enum PolicyChoice<'a> {
    /// The one at the root of this state, and those of its directories.
    Of(&'a dyn Source),
    /// One file, wherever it is.
    File {
        /// Its path, as the user gave it.
        path: &'a str,
        /// Reads a file by its path relative to the policy's directory.
        read: &'a dyn Fn(&RepoPath) -> Result<Option<Arc<[u8]>>, String>,
    },
}

/// A policy, or all that is wrong with it.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// The policy.
    pub policy: Result<Policy, Vec<PolicyError>>,
    /// Where it came from.
    pub used: PolicyUsed,
}
