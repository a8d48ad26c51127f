//! GitLab's Code Quality report, a part of the Code Climate form: the fields that GitLab documents, and no others.
//!
//! GitLab does not show `check_name`, so the description begins with the rule. It compares reports by `fingerprint`, and wants each once.

use std::io::{self, Write};

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::remarks::{Remark, RemarkKind, remarks};
use super::{Reporter, Terminal, escape, facts};
use crate::finding::{NotificationKind, Run, Severity};
use crate::text::Files;

/// The reporter of `--format gitlab`.
pub(super) struct Gitlab {
    terminal: Terminal,
}

impl Gitlab {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Gitlab {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let mut fingerprints = Fingerprints::default();
        let remarks = remarks(run, files, self.terminal);
        let issues: Vec<Issue> = remarks
            .iter()
            .map(|remark| Issue {
                description: escape::terminal(&format!("{}: {}", remark.code, remark.sentence())),
                check_name: escape::terminal(&remark.code),
                fingerprint: fingerprints.next(&remark.identity),
                severity: severity(remark),
                location: GitlabLocation::new(remark, run, files),
            })
            .collect();
        facts::write_line(&issues, out)
    }
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: GitlabLocation,
}

#[derive(Serialize)]
struct GitlabLocation {
    path: String,
    lines: GitlabLines,
}

#[derive(Serialize)]
struct GitlabLines {
    begin: u32,
}

impl GitlabLocation {
    fn new(remark: &Remark<'_>, run: &Run, files: &Files) -> Self {
        let spot = remark.spot(run, files);
        Self { path: spot.path, lines: GitlabLines { begin: spot.region.start.line } }
    }
}

/// Where the policy is wrong nothing was checked, which is worse than any finding.
fn severity(remark: &Remark<'_>) -> &'static str {
    match (remark.kind, remark.severity) {
        (RemarkKind::Notification(NotificationKind::Policy), Severity::Error) => "blocker",
        (_, Severity::Error) => "major",
        (_, Severity::Warn) => "minor",
        (_, Severity::Note) => "info",
    }
}
