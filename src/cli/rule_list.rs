//! `rules`: the list of the rules.

use std::process::ExitCode;

use super::args::RuleListFormat;
use super::failure::Failure;
use super::output::say;
use crate::finding::RuleMeta;
use crate::report::rule_records;
use crate::rules::RULES;

/// Prints all rules, in order of their ids.
pub(super) fn rule_list(format: RuleListFormat) -> Result<ExitCode, Failure> {
    let rules: Vec<&'static RuleMeta> = RULES.iter().map(|rule| rule.meta()).collect();
    say(&match format {
        RuleListFormat::Table => table(&rules),
        RuleListFormat::Json => rule_records(&rules),
    })
}

/// A line for each rule: id, family, severity, summary.
fn table(rules: &[&'static RuleMeta]) -> String {
    let cells = |rule: &&'static RuleMeta| [rule.id, rule.family.as_str(), rule.severity.as_str(), rule.summary];
    let rows: Vec<[&str; 4]> = rules.iter().map(cells).collect();
    let widths: Vec<usize> = (0..3).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or_default()).collect();
    let line = |[id, family, severity, summary]: &[&str; 4]| {
        format!("{id:<0$}  {family:<1$}  {severity:<2$}  {summary}\n", widths[0], widths[1], widths[2])
    };
    rows.iter().map(line).collect()
}
