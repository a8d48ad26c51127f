//! JSON: one object, version 1. Later versions add fields; none is ever renamed or taken away. docs/output.md has the
//! promise, and `modwarden.report.schema.json` the shape.
//!
//! The shapes are copies of the core types, so that those can change. Missing values are left out, never `null` or
//! empty, but `findings` is always there.

mod document;
mod excerpts;
mod lines;
mod read;
mod records;
mod requirements;
mod schema;
mod words;
mod write;

use std::io::{self, Write};

pub(super) use self::document::{
    CoveredLine, FindingRecord, HeaderLine, NotificationLine, NotificationRecord, ToolRecord, UndecidedLine,
};
use self::document::{Report, RuleRecord};
pub(super) use self::excerpts::ExcerptPlaces;
pub use self::read::read_report;
pub use self::schema::schema;
use super::{Reporter, facts};
use crate::finding::{RuleMeta, Run};
use crate::text::Files;

/// These rules as a JSON array, each as in the `rules` of a report.
pub(crate) fn rule_records(rules: &[&'static RuleMeta]) -> String {
    let records: Vec<RuleRecord<'_>> = rules.iter().map(|rule| RuleRecord::new(rule)).collect();
    serde_json::to_string_pretty(&records).expect("these records are JSON") + "\n"
}

/// The reporter of `--format json`.
pub(super) struct Json;

impl Reporter for Json {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let places = ExcerptPlaces::with_excerpts(run, files);
        facts::write_line(&Report::new(run, &places), out)
    }
}
