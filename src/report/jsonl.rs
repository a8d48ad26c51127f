//! JSON lines: first `{"header": …}`, which identifies the run; then the findings of `--format json`, one per line;
//! then newly covered findings, each as `{"newly_covered": …}`, open questions, each as `{"undecided": …}`, and further
//! messages, each as `{"notification": …}`.

use std::io::{self, Write};

use super::json::{CoveredLine, ExcerptPlaces, FindingRecord, HeaderLine, NotificationLine, UndecidedLine};
use super::{Reporter, facts};
use crate::finding::Run;
use crate::text::Files;

/// The reporter of `--format jsonl`.
pub(super) struct Jsonl;

impl Reporter for Jsonl {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let places = ExcerptPlaces::without_excerpts(files);
        facts::write_line(&HeaderLine::new(run, files), out)?;
        run.findings.iter().try_for_each(|finding| facts::write_line(&FindingRecord::new(finding, &places), out))?;
        run.newly_covered.iter().try_for_each(|finding| facts::write_line(&CoveredLine::new(finding, &places), out))?;
        run.undecided
            .iter()
            .try_for_each(|undecided| facts::write_line(&UndecidedLine::new(undecided, &places), out))?;
        run.notifications.iter().try_for_each(|it| facts::write_line(&NotificationLine::new(it, &places), out))
    }
}
