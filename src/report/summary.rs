//! The last lines for people: the numbers of findings, the scope, and the policy.

use std::borrow::Cow;
use std::time::Duration;

use super::{Terminal, escape};
use crate::finding::{Comparison, PolicyUsed, Run, Severity, State, UndecidedRule, Verdict, Walked};
use crate::text::Origin;

/// The summary of a run.
pub(super) struct Summary {
    /// How many findings there are, by severity.
    pub(super) headline: String,
    /// The severity of that; `None` if all is well.
    pub(super) severity: Option<Severity>,
    /// The checked scope, the policy, and the time.
    scope: String,
    /// Further remarks, one sentence per line.
    remarks: Vec<Cow<'static, str>>,
}

impl Summary {
    pub(super) fn of(run: &Run, terminal: Terminal) -> Self {
        let worst = run.findings.iter().map(|finding| finding.severity).max();
        let mut summary =
            Self { headline: counts(run), severity: worst, scope: scope(run, terminal), remarks: Vec::new() };
        if !run.undecided.is_empty() {
            summary.severity = worst.max(Some(Severity::Note));
        }
        if terminal.hints && run.policy == PolicyUsed::default() && run.merged.is_empty() {
            summary.remarks.push(RECOMMENDED.into());
        }
        summary.remarks.extend(run.walked.as_ref().map(|walked| looked_back(walked).into()));
        match run.verdict {
            Verdict::Judged => {}
            Verdict::Invalid => summary = Self::of_nothing(),
            Verdict::Undecided => {
                summary.severity = worst.max(Some(Severity::Warn));
                let is_undecided = run.undecided.iter().any(|undecided| undecided.passed_by.is_none());
                let or_rule = if is_undecided { " or a rule is undecided" } else { "" };
                let remark = format!("incomplete: some input could not be read{or_rule}, so the result may change");
                summary.remarks.push(remark.into());
            }
        }
        summary
    }

    fn of_nothing() -> Self {
        let scope = ": the policy or the command line is wrong".to_owned();
        let headline = "nothing was checked".to_owned();
        Self { headline, severity: Some(Severity::Error), scope, remarks: Vec::new() }
    }

    /// All of it as lines.
    pub(super) fn lines(&self) -> String {
        let mut text = format!("{}{}\n", self.headline, escape::terminal(&self.scope));
        for remark in &self.remarks {
            text.push_str(remark);
            text.push('\n');
        }
        text
    }
}

const RECOMMENDED: &str = "no modwarden.toml found: using the built-in pack recommended; \
                           write one with `modwarden policy init`";

fn counts(run: &Run) -> String {
    let named = [(Severity::Error, "error"), (Severity::Warn, "warning"), (Severity::Note, "note")];
    let new = if run.comparison.is_some() { "new " } else { "" };
    let counts: Vec<String> = named
        .into_iter()
        .map(|(severity, noun)| (run.count(severity), noun))
        .filter(|&(count, _)| count > 0)
        .map(|(count, noun)| counted(count, &format!("{new}{noun}")))
        .collect();
    let found = if counts.is_empty() { format!("no {new}findings") } else { counts.join(", ") };
    let mut undecided: Vec<String> = run.undecided.iter().map(UndecidedRule::code).collect();
    undecided.sort();
    undecided.dedup();
    match undecided.len() {
        0 => found,
        rules => format!("{found}, {} undecided", counted(rules, "rule")),
    }
}

fn scope(run: &Run, terminal: Terminal) -> String {
    let stats = &run.stats;
    let mut text = String::new();
    if stats.suppressed > 0 {
        text.push_str(&format!(" ({} suppressed)", stats.suppressed));
    }
    text.push_str(&format!(" in {} of {}", counted(stats.go_files, "Go file"), counted(stats.modules, "module")));
    text.push_str(&state(&run.state));
    text.push_str(&run.comparison.as_ref().map(compared).unwrap_or_default());
    if !run.merged.is_empty() {
        text.push_str(&format!(", merged from {}", counted(run.merged.len(), "report")));
    }
    if !terminal.hints || run.policy != PolicyUsed::default() {
        text.push_str(&judged_by(&run.policy));
    }
    if terminal.verbose && (stats.blobs_read, stats.blobs_known) != (0, 0) {
        text.push_str(&format!(", {} read and {} known", counted(stats.blobs_read, "blob"), stats.blobs_known));
    }
    if let Some(elapsed) = stats.elapsed {
        text.push_str(&format!(" ({})", seconds(elapsed)));
    }
    text
}

/// Which state it was; the work tree goes without saying.
fn state(state: &State) -> String {
    let mut text = match &state.origin {
        Origin::WorkTree | Origin::Memory | Origin::Merged => String::new(),
        Origin::Index => " as staged".to_owned(),
        Origin::Commit { id, .. } => format!(" at commit {id:.12}"),
    };
    if !state.paths.is_empty() {
        text.push_str(&format!(", only {}", state.paths.join(", ")));
    }
    match state.rules.len() {
        0 => {}
        1 => text.push_str(&format!(", only the rule {}", state.rules[0])),
        _ => text.push_str(&format!(", only the rules {}", listed(&state.rules))),
    }
    text
}

/// By which policy.
fn judged_by(policy: &PolicyUsed) -> String {
    let recommended = policy.is_recommended().then_some("the pack recommended".to_owned());
    let packs = policy.packs.iter().map(|pack| format!("the pack {pack}"));
    let judges: Vec<String> =
        policy.file.iter().cloned().chain(recommended).chain(packs).chain(policy.nested.iter().cloned()).collect();
    format!(", checked against {}", listed(&judges))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [items @ .., last] if !items.is_empty() => format!("{} and {last}", items.join(", ")),
        items => items.concat(),
    }
}

/// The state of the comparison, and its result.
fn compared(comparison: &Comparison) -> String {
    let Comparison { bases, fixed, unchanged, .. } = comparison;
    if bases.is_empty() {
        return ", with no commit to compare with".to_owned();
    }
    let bases: Vec<String> = bases.iter().map(|base| format!("{base:.12}")).collect();
    format!(", compared with {}: {fixed} fixed, {unchanged} unchanged", bases.join(" and "))
}

/// How far back was looked.
fn looked_back(walked: &Walked) -> String {
    let commits = counted(walked.commits, "commit");
    let ends: Vec<String> = walked.boundary.iter().take(3).map(|id| format!("{id:.12}")).collect();
    let more = if walked.boundary.len() > ends.len() { ", among others" } else { "" };
    match ends.as_slice() {
        [] => format!("looked at {commits}"),
        ends => format!("looked at {commits}; the commits before {}{more} are not in this clone", ends.join(", ")),
    }
}

/// `1 module`, `2 modules`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn seconds(elapsed: Duration) -> String {
    match elapsed.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", elapsed.as_secs_f64()),
    }
}
