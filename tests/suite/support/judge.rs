//! Runs the whole pipeline on files held in memory.

use jiff::civil::date;
use modwarden::load::{FactStore, Input};
use modwarden::pipeline::{Checked, PolicyChoice, Request, check as run};
use modwarden::report::{Format, Terminal};
use modwarden::source::MemorySource;

/// Checks a tree by the policy in it, on 21 November 2026.
pub(crate) fn check(files: &[(String, String)]) -> Checked {
    let source = MemorySource::new(files.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
    let store = FactStore::none();
    let request = Request {
        input: Input::new(&source, &store),
        policy: PolicyChoice::Of(&source),
        cache: None,
        paths: &[],
        today: date(2026, 11, 21),
    };
    run(&request).expect("a tree in memory can be listed")
}

/// `file:line rule/entry` of each finding.
pub(crate) fn lines(checked: &Checked) -> Vec<String> {
    let line = |finding: &modwarden::finding::Finding| {
        let file = checked.files.get(finding.primary.file);
        let line = file.lines().bytes(finding.primary.span.start).line;
        let entry = finding.entry.as_ref().map(|entry| format!("/{entry}")).unwrap_or_default();
        format!("{}:{line} {}{entry}", file.path(), finding.rule.id)
    };
    checked.run.findings.iter().map(line).collect()
}

/// The run as a person sees it.
pub(crate) fn pretty(checked: &Checked) -> String {
    let terminal = Terminal { color: false, width: 100, hyperlinks: false, unicode: false, verbose: true };
    let mut out = Vec::new();
    Format::Pretty.reporter(terminal).report(&checked.run, &checked.files, &mut out).expect("memory can be written");
    String::from_utf8_lossy(&out).into_owned()
}
