//! Runs the whole pipeline on files held in memory.

#![expect(clippy::disallowed_methods, reason = "a case may have a module cache")]

use std::fs;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use modwarden::internals::history::{Addition, AskedLine};
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{Checked, LineHistory, PolicyChoice, Request, Tables, check as run, compare};
use modwarden::internals::report::{Format, Terminal};
use modwarden::internals::source::{CommitInfo, Listing, MemorySource, ModuleCache, Source, SourceError};
use modwarden::internals::text::CommitId;
use tempfile::TempDir;

/// Checks a tree by the policy in it, on 21 November 2026. Files below `before` are those of a state before, with which it
/// is compared; files below `modcache` are those of the module cache, without which there is none.
pub(crate) fn check(files: &[(String, String)]) -> Checked {
    let (cached, files): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|(name, _)| name.starts_with(CACHE));
    let files = &files[..];
    let cache = module_cache(&cached);
    let (before, after): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name.starts_with("before/"));
    let source = MemorySource::new(after.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
    let old = before.iter().map(|(name, content)| (name.trim_start_matches("before/"), content.as_bytes()));
    let base: Box<dyn Source> = Box::new(MemorySource::new(old));
    let store = FactStore::none();
    let request = Request {
        input: Input::new(&source, &store),
        policy: PolicyChoice::of(&source),
        cache: cache.as_ref().map(|(cache, _)| cache),
        lines: Some(&Dates(files)),
        paths: &[],
        tables: Tables::None,
        today: date(2026, 11, 21),
    };
    let checked = if before.is_empty() { run(&request) } else { compare(&request, &[base]) };
    checked.expect("a tree in memory can be listed")
}

/// Where a tree has the files of the module cache.
const CACHE: &str = "modcache/";

/// A module cache with these files, and the directory that it is in as long as that is kept; none without files.
fn module_cache(files: &[(String, String)]) -> Option<(ModuleCache, TempDir)> {
    if files.is_empty() {
        return None;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in files {
        let path = dir.path().join(name.trim_start_matches(CACHE));
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, content).expect("the file is written");
    }
    Some((ModuleCache::open(dir.path().to_owned()), dir))
}

/// The history that comments tell: `// added 2026-01-31`, or `// added 2026-01-31 or before` in a shallow clone.
struct Dates<'f>(&'f [(String, String)]);

impl LineHistory for Dates<'_> {
    fn added(
        &self,
        _: Input<'_>,
        _: &Listing,
        lines: &[AskedLine],
    ) -> Result<Option<Vec<Option<Addition>>>, SourceError> {
        let is_told = self.0.iter().any(|(_, text)| text.contains("// added "));
        Ok(is_told.then(|| lines.iter().map(|line| self.of_line(line)).collect()))
    }
}

impl Dates<'_> {
    fn of_line(&self, asked: &AskedLine) -> Option<Addition> {
        let (_, text) = self.0.iter().find(|(path, _)| path.as_bytes() == asked.path.as_bytes())?;
        let (_, words) = asked.text.split_once(' ')?;
        let said = |line: &&str| {
            let (code, _) = line.split_once("//").unwrap_or((line, ""));
            code.split_whitespace().collect::<Vec<_>>().join(" ").ends_with(words)
        };
        let told = text.lines().find(said)?.split_once("// added ")?.1;
        let day: Date = told.get(..10)?.parse().expect("a day such as 2026-01-31");
        let seconds = day.to_zoned(TimeZone::UTC).expect("a day that the calendar has").timestamp().as_second();
        let commit = CommitInfo {
            id: CommitId::new(&[0xab; 20])?,
            author: "A U Thor".to_owned(),
            email: "author@example.com".to_owned(),
            seconds,
            offset: 0,
            subject: String::new(),
        };
        Some(Addition { commit: Arc::new(commit), is_least: told[10..].starts_with(" or before") })
    }
}

/// `file:line rule/entry` of each finding.
pub(crate) fn lines(checked: &Checked) -> Vec<String> {
    let line = |finding: &modwarden::internals::finding::Finding| {
        let file = checked.files.get(finding.primary.file);
        let line = file.lines().bytes(finding.primary.span.start).line;
        let entry = finding.entry.as_ref().map(|entry| format!("/{entry}")).unwrap_or_default();
        format!("{}:{line} {}{entry}", file.path(), finding.rule.id)
    };
    checked.run.findings.iter().map(line).collect()
}

/// `file:line undecided rule/entry` of each question that a rule could not decide.
pub(crate) fn undecided_lines(checked: &Checked) -> Vec<String> {
    let line = |undecided: &modwarden::internals::finding::UndecidedRule| {
        let label = &undecided.question.label;
        let file = checked.files.get(label.file);
        format!("{}:{} undecided {}", file.path(), file.lines().bytes(label.span.start).line, undecided.code())
    };
    checked.run.undecided.iter().map(line).collect()
}

/// The run as a person sees it.
pub(crate) fn pretty(checked: &Checked) -> String {
    let terminal = Terminal { unicode: false, verbose: true, ..Terminal::PLAIN };
    let mut out = Vec::new();
    Format::Pretty.reporter(terminal).report(&checked.run, &checked.files, &mut out).expect("memory can be written");
    String::from_utf8_lossy(&out).into_owned()
}
