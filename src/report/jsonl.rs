//! JSON lines: the findings of `--format json`, one a line, then what is newly covered, each as `{"newly_covered": …}`, and
//! what could not be decided, each as `{"undecided": …}`.

use std::io::{self, Write};

use super::json::{CoveredLine, FindingRecord, UndecidedLine};
use super::{Reporter, facts};
use crate::finding::Run;
use crate::text::Files;

/// The reporter of `--format jsonl`.
pub(super) struct Jsonl;

impl Reporter for Jsonl {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        run.findings.iter().try_for_each(|finding| facts::write_line(&FindingRecord::new(finding, files), out))?;
        run.newly_covered.iter().try_for_each(|finding| facts::write_line(&CoveredLine::new(finding, files), out))?;
        run.undecided.iter().try_for_each(|undecided| facts::write_line(&UndecidedLine::new(undecided, files), out))
    }
}
