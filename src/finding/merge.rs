//! Makes one run of many, for `modwarden merge`.

use std::sync::Arc;

use super::{Comparison, Finding, Header, MergedRun, PolicyUsed, RuleMeta, Run, State, Stats, Tool, Verdict};
use crate::text::{FileId, Files, Origin};

/// Joins runs. If they are from several repositories, each finding, undecided rule and notification names its
/// repository. The header has the values that the headers of all runs have in common.
pub(crate) fn merge(tool: Tool, runs: Vec<(Run, Files)>) -> (Run, Files) {
    let headers: Vec<Header> = runs.iter().map(|(run, _)| run.header.clone()).collect();
    let is_of_several = common(headers.iter().map(|header| &header.repository)).is_none();
    let mut joined = nothing(tool, &runs);
    joined.header = header(&headers);
    let mut files = Files::default();
    for (mut run, own_files) in runs {
        let ids: Vec<FileId> = own_files.iter().map(|(_, file)| files.adopt(file)).collect();
        rename(&mut run, &ids);
        if let Some(repository) = run.header.repository.as_deref().filter(|_| is_of_several) {
            let repository: Arc<str> = Arc::from(repository);
            let findings = run.findings.iter_mut().chain(&mut run.suppressed).chain(&mut run.newly_covered);
            findings.for_each(|finding| {
                finding.repository.get_or_insert_with(|| Arc::clone(&repository));
            });
            for undecided in &mut run.undecided {
                undecided.repository.get_or_insert_with(|| Arc::clone(&repository));
            }
            for notification in &mut run.notifications {
                notification.repository.get_or_insert_with(|| Arc::clone(&repository));
            }
        }
        joined.take_in(run);
    }
    if !joined.merged.is_empty() && joined.merged.iter().all(|run| run.verdict == Verdict::Invalid) {
        joined.verdict = Verdict::Invalid;
    }
    joined.rules.sort_by_key(|rule: &&'static RuleMeta| rule.id);
    joined.rules.dedup_by_key(|rule| rule.id);
    (joined, files)
}

/// The value that all have, if they have the same.
fn common<'a, T: PartialEq + Clone + 'a>(mut values: impl Iterator<Item = &'a T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then(|| first.clone())
}

/// A run without findings, of the states and the policy that these have in common.
fn nothing(tool: Tool, runs: &[(Run, Files)]) -> Run {
    let same =
        |get: fn(&State) -> &Vec<String>| common(runs.iter().map(|(run, _)| get(&run.state))).unwrap_or_default();
    let state = State { origin: Origin::Merged, paths: same(|state| &state.paths), rules: same(|state| &state.rules) };
    let policy = common(runs.iter().map(|(run, _)| &run.policy)).unwrap_or_else(PolicyUsed::default);
    let compared = runs.iter().all(|(run, _)| run.comparison.is_some());
    Run { comparison: compared.then(Comparison::default), ..Run::empty(tool, state, policy) }
}

/// The common values of the headers, the time of the last one, and the exit code that one run would have.
fn header(headers: &[Header]) -> Header {
    let least = headers.iter().filter_map(|header| header.fail_on).min();
    Header {
        repository: common(headers.iter().map(|header| &header.repository)).flatten(),
        commit: common(headers.iter().map(|header| &header.commit)).flatten(),
        time: headers.iter().filter_map(|header| header.time.clone()).max(),
        policy_sha256: common(headers.iter().map(|header| &header.policy_sha256)).flatten(),
        fail_on: least,
        exit_code: worst(headers.iter().map(|header| header.exit_code)),
    }
}

/// The worst of these exit codes. As in one run, a wrong policy (2) comes before findings (1), and these come before an
/// incomplete result (3).
fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    let badness = |code: &u8| [0, 3, 1, 2].iter().position(|known| known == code).unwrap_or(usize::MAX);
    codes.max_by_key(badness).unwrap_or_default()
}

/// Makes a run point into another table of files, in which each file has the id at its number.
fn rename(run: &mut Run, ids: &[FileId]) {
    let name = |file: &mut FileId| *file = ids.get(file.index()).copied().unwrap_or(*file);
    for finding in run.findings.iter_mut().chain(&mut run.suppressed).chain(&mut run.newly_covered) {
        let Finding { primary, related, fix, suppression, .. } = finding;
        name(&mut primary.file);
        related.iter_mut().for_each(|label| name(&mut label.file));
        fix.iter_mut().for_each(|fix| name(&mut fix.file));
        suppression.iter_mut().for_each(|suppression| name(&mut suppression.label.file));
    }
    run.undecided.iter_mut().for_each(|undecided| name(&mut undecided.question.label.file));
    run.requirements.iter_mut().for_each(|table| name(&mut table.file));
    run.notifications.iter_mut().filter_map(|it| it.label.as_mut()).for_each(|label| name(&mut label.file));
}

impl Run {
    /// The summary of this run in a merged report.
    pub fn summarised(&self) -> MergedRun {
        MergedRun {
            header: self.header.clone(),
            tool_version: self.tool.version.clone().into_owned(),
            verdict: self.verdict,
            findings: self.findings.len(),
        }
    }

    /// Adds the content of another run.
    fn take_in(&mut self, run: Run) {
        self.merged.extend(match run.merged.is_empty() {
            false => run.merged,
            true => vec![run.summarised()],
        });
        // Nothing is known of a run with a wrong policy. The findings of the others are known anyway.
        if run.verdict != Verdict::Judged {
            self.verdict = Verdict::Undecided;
        }
        if let (Some(all), Some(comparison)) = (&mut self.comparison, run.comparison) {
            all.bases.extend(comparison.bases);
            all.new += comparison.new;
            all.fixed += comparison.fixed;
            all.unchanged += comparison.unchanged;
        }
        self.rules.extend(run.rules);
        self.findings.extend(run.findings);
        self.suppressed.extend(run.suppressed);
        self.newly_covered.extend(run.newly_covered);
        self.undecided.extend(run.undecided);
        self.requirements.extend(run.requirements);
        self.notifications.extend(run.notifications);
        self.stats.add(run.stats);
    }
}

impl Stats {
    fn add(&mut self, other: Self) {
        self.modules += other.modules;
        self.packages += other.packages;
        self.go_files += other.go_files;
        self.imports += other.imports;
        self.blobs_read += other.blobs_read;
        self.blobs_known += other.blobs_known;
        self.suppressed += other.suppressed;
        if let Some(elapsed) = other.elapsed {
            *self.elapsed.get_or_insert_default() += elapsed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::worst;

    #[test]
    fn the_worst_exit_code_is_that_which_one_run_would_have() {
        for (codes, expected) in [(&[0, 0][..], 0), (&[0, 3], 3), (&[3, 1, 0], 1), (&[1, 2, 3], 2), (&[], 0)] {
            assert_eq!(worst(codes.iter().copied()), expected, "{codes:?}");
        }
    }
}
