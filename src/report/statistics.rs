//! How many findings each rule has, for `--statistics`.

use std::collections::BTreeMap;

use super::Terminal;
use super::escape::terminal;
use super::pretty::{BOLD, color};
use crate::finding::{Run, Severity};

/// How many findings of one severity a rule, or an entry of it, has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleCount {
    /// The severity.
    pub(super) severity: Severity,
    /// The rule and its entry.
    pub(super) code: String,
    /// How many findings.
    pub(super) findings: usize,
}

/// The counts of all rules that have findings: the highest severity first, then the most findings, then by name.
pub(super) fn rule_counts(run: &Run) -> Vec<RuleCount> {
    let mut counts: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for finding in &run.findings {
        *counts.entry((finding.severity, finding.code())).or_default() += 1;
    }
    let mut counts: Vec<RuleCount> =
        counts.into_iter().map(|((severity, code), findings)| RuleCount { severity, code, findings }).collect();
    counts.sort_by(|a, b| (b.severity, b.findings, &a.code).cmp(&(a.severity, a.findings, &b.code)));
    counts
}

/// The counts as lines for a terminal: severity, number and rule.
pub(crate) fn statistics(to: Terminal, run: &Run) -> String {
    let counts = rule_counts(run);
    let width = counts.iter().map(|count| count.findings.to_string().len()).max().unwrap_or_default();
    let mut text = String::new();
    for RuleCount { severity, code, findings } in &counts {
        let name = to.paint(&format!("{:<5}", severity.as_str()), &[BOLD, color(*severity)]);
        text.push_str(&format!("{findings:>width$}  {name}  {}\n", terminal(code)));
    }
    text
}

impl Terminal {
    /// How many findings each rule has, if this terminal wants to see it, and a line break after it.
    pub(super) fn statistics(self, run: &Run) -> String {
        let text = if self.statistics { statistics(self, run) } else { String::new() };
        if text.is_empty() { text } else { text + "\n" }
    }
}
