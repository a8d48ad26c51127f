//! From the policy's entries to rules with typed options.

use crate::policy::{Entry, Policy, PolicyError, RawOptions};
use crate::rules::{Bound, Locality, Need, RULES, RuleKind};

/// The rules that a policy turns on.
#[derive(Debug)]
pub struct RuleSet<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// Its entries, and the rules without entries that `[severity]` gives a level.
    pub entries: Vec<BoundEntry<'p>>,
}

impl RuleSet<'_> {
    /// Whether a rule that is on asks for these facts.
    pub fn needs(&self, need: Need) -> bool {
        self.entries.iter().any(|entry| entry.bound.rule.needs().contains(&need))
    }

    /// Only the rules whose verdicts depend on facts of this kind.
    pub(crate) fn of_locality(mut self, locality: Locality) -> Self {
        self.entries.retain(|entry| entry.bound.rule.locality() == locality);
        self
    }
}

/// A rule, made with the options of one entry.
#[derive(Debug)]
pub struct BoundEntry<'p> {
    /// The rule.
    pub kind: &'static RuleKind,
    /// The entry; `None` for a rule that runs without one.
    pub entry: Option<&'p Entry>,
    /// The rule with its options.
    pub bound: Bound,
}

/// Makes the rules, or says all that is wrong with their options.
pub fn bind(policy: &Policy) -> Result<RuleSet<'_>, Vec<PolicyError>> {
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    for kind in RULES {
        let id = kind.meta().id;
        let mut of_rule = policy.entries.iter().filter(|entry| entry.rule == id).map(Some).collect::<Vec<_>>();
        if of_rule.is_empty() && kind.stands_alone() && policy.severity.turns_on(id) {
            of_rule.push(None);
        }
        for entry in of_rule {
            let bound = entry.map_or_else(|| kind.bind(&RawOptions::default()), |entry| kind.bind(&entry.options));
            match bound {
                Some(Ok(bound)) => entries.push(BoundEntry { kind, entry, bound }),
                Some(Err(found)) => errors.extend(found.into_iter().map(|(file, error)| PolicyError {
                    file,
                    span: error.span,
                    message: error.message,
                    help: error.help,
                })),
                None => {}
            }
        }
    }
    if errors.is_empty() { Ok(RuleSet { policy, entries }) } else { Err(errors) }
}
