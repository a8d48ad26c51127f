//! Limits the findings that a terminal shows, and counts those that it leaves out.

use std::collections::HashMap;

use super::Terminal;
use super::summary::counted;
use crate::finding::{Finding, Run};
use crate::text::{FileId, Files};

/// How many files' worth of findings of one rule are shown before those of further files are left out.
const FULL_FILES: usize = 5;

/// An item of the output: a finding, or a line about findings that are not shown.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    /// A finding.
    Finding(&'a Finding),
    /// How many others there are, and where.
    Count(String),
}

/// The findings of a run as this terminal shows them. Of each rule or entry, the first ones of each file are shown, up
/// to the limit, and those of further files are left out when there are many.
pub(super) fn shown<'a>(to: Terminal, run: &'a Run, files: &Files) -> Vec<Shown<'a>> {
    let Some(limit) = to.max_findings else { return run.findings.iter().map(Shown::Finding).collect() };
    let mut counts = Counts { limit, of_file: HashMap::new(), of_rule: HashMap::new() };
    let mut shown = Vec::new();
    let mut left_out = LeftOut::default();
    let mut last = None;
    for finding in &run.findings {
        let file = finding.primary.file;
        if last.is_some_and(|last| last != file) {
            left_out.end_file(to, files, &mut shown);
        }
        last = Some(file);
        let code = finding.code();
        match counts.add(&code, file) {
            Fate::Shown => shown.push(Shown::Finding(finding)),
            Fate::BehindOthersOfFile => left_out.add_in_file(code, file),
            Fate::InFurtherFile => left_out.add_in_further_file(code, file),
        }
    }
    left_out.end_file(to, files, &mut shown);
    left_out.end(to, &mut shown);
    shown
}

/// The decision about a finding.
enum Fate {
    Shown,
    BehindOthersOfFile,
    InFurtherFile,
}

/// How many findings were shown so far.
struct Counts {
    limit: usize,
    of_file: HashMap<(String, FileId), usize>,
    of_rule: HashMap<String, usize>,
}

impl Counts {
    fn add(&mut self, code: &str, file: FileId) -> Fate {
        let of_rule = self.of_rule.entry(code.to_owned()).or_default();
        let of_file = self.of_file.entry((code.to_owned(), file)).or_default();
        if *of_file == 0 && *of_rule >= self.limit.saturating_mul(FULL_FILES) {
            return Fate::InFurtherFile;
        }
        if *of_file >= self.limit {
            return Fate::BehindOthersOfFile;
        }
        *of_file += 1;
        *of_rule += 1;
        Fate::Shown
    }
}

/// Findings that are not shown, in the order of the first of each rule.
#[derive(Default)]
struct LeftOut {
    in_file: Vec<(String, FileId, usize)>,
    in_further_files: Vec<FurtherFiles>,
}

/// The findings of a rule in files that are not shown.
struct FurtherFiles {
    code: String,
    findings: usize,
    files: usize,
    last: FileId,
}

impl LeftOut {
    fn add_in_file(&mut self, code: String, file: FileId) {
        match self.in_file.iter_mut().find(|(known, ..)| *known == code) {
            Some((.., findings)) => *findings += 1,
            None => self.in_file.push((code, file, 1)),
        }
    }

    fn add_in_further_file(&mut self, code: String, file: FileId) {
        let known = self.in_further_files.iter_mut().find(|known| known.code == code);
        let Some(known) = known else {
            self.in_further_files.push(FurtherFiles { code, findings: 1, files: 1, last: file });
            return;
        };
        known.findings += 1;
        if known.last != file {
            known.files += 1;
            known.last = file;
        }
    }

    /// Adds the count of findings that were left out of the file that ends here.
    fn end_file(&mut self, to: Terminal, files: &Files, shown: &mut Vec<Shown<'_>>) {
        for (code, file, findings) in self.in_file.drain(..) {
            let place = files.get(file).path().to_string();
            shown.push(Shown::Count(count(to, findings, &code, &place)));
        }
    }

    /// Adds the counts of findings that were left out of other files.
    fn end(self, to: Terminal, shown: &mut Vec<Shown<'_>>) {
        for FurtherFiles { code, findings, files, .. } in self.in_further_files {
            shown.push(Shown::Count(count(to, findings, &code, &counted(files, "further file"))));
        }
    }
}

fn count(to: Terminal, findings: usize, code: &str, place: &str) -> String {
    let dots = if to.unicode { "…" } else { "..." };
    format!("{dots} and {findings} more of {code} in {place}; `--max-findings 0` shows all")
}
