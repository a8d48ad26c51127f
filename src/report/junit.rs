//! JUnit's XML: a test suite for each rule, a test case for each finding, and one that passes for each rule that found
//! nothing.
//!
//! A finding that fails the run is a failure, a problem that prevents a result is an error, and everything else is a
//! skipped test, since JUnit knows no warnings.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::escape::xml;
use super::remarks::{Remark, RemarkKind, remarks};
use super::summary::Summary;
use super::{Reporter, Terminal};
use crate::finding::{NotificationKind, Run, Severity, Verdict};
use crate::text::Files;

/// The suite with the run itself, and with everything that belongs to no rule.
const RUN: &str = "modwarden";

/// The reporter of `--format junit`.
pub(super) struct Junit {
    terminal: Terminal,
}

impl Junit {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal: Terminal { color: false, ..terminal } }
    }
}

impl Reporter for Junit {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        self.suites(run, files).serialize(out).map_err(io::Error::other)
    }
}

impl Junit {
    fn suites(&self, run: &Run, files: &Files) -> Report {
        let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
        let mut of_run = TestSuite::new(RUN);
        of_run.add_test_case(self.run(run));
        for remark in remarks(run, files, self.terminal) {
            let case = case(&remark, run, files);
            match remark.kind {
                RemarkKind::Finding(finding) => {
                    let suite = suites.entry(finding.rule.id).or_insert_with(|| suite(finding.rule.id));
                    suite.add_test_case(case);
                }
                _ => {
                    of_run.add_test_case(case);
                }
            }
        }
        for rule in &run.rules {
            suites.entry(rule.id).or_insert_with(|| {
                let mut case = TestCase::new(xml(rule.id), TestCaseStatus::success());
                case.set_classname(class(rule.id));
                let mut passed = suite(rule.id);
                passed.add_test_case(case);
                passed
            });
        }
        let mut report = Report::new(RUN);
        report.add_test_suite(of_run);
        report.add_test_suites(suites.into_values());
        if let Some(elapsed) = run.stats.elapsed {
            report.set_time(elapsed);
        }
        report
    }

    /// The run as a test: whether it could do its work.
    fn run(&self, run: &Run) -> TestCase {
        let summary = Summary::of(run, self.terminal);
        let mut status = match run.verdict {
            Verdict::Judged => TestCaseStatus::success(),
            Verdict::Invalid | Verdict::Undecided => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if run.verdict != Verdict::Judged {
            status.set_message(format!("the verdict is {}", run.verdict.as_str()));
        }
        let mut case = TestCase::new("the run", status);
        case.set_classname(RUN);
        case.set_system_out(lines(&summary.lines()));
        case
    }
}

fn suite(rule: &str) -> TestSuite {
    TestSuite::new(xml(rule))
}

fn class(code: &str) -> String {
    xml(&format!("{RUN}.{code}"))
}

fn case(remark: &Remark<'_>, run: &Run, files: &Files) -> TestCase {
    let spot = remark.spot(run, files);
    let mut status = status(remark, run);
    let place = format!("{}:{}:{}", spot.path, spot.region.start.line, spot.region.start.column);
    let help = remark.help.iter().flat_map(|help| help.lines());
    let text: Vec<&str> = [place.as_str(), remark.message.as_str()].into_iter().chain(help).collect();
    status.set_message(xml(&remark.message)).set_type(xml(&remark.code)).set_description(lines(&text.join("\n")));
    let mut case = TestCase::new(xml(&remark.identity), status);
    case.set_classname(class(&remark.code));
    case.extra.insert("file".into(), xml(&spot.path).into());
    case.extra.insert("line".into(), spot.region.start.line.to_string().into());
    case
}

fn status(remark: &Remark<'_>, run: &Run) -> TestCaseStatus {
    let fails = run.header.fail_on.is_some_and(|least| remark.severity >= least);
    match remark.kind {
        RemarkKind::Finding(_) if fails => TestCaseStatus::non_success(NonSuccessKind::Failure),
        RemarkKind::Undecided { is_passed: false } if fails => TestCaseStatus::non_success(NonSuccessKind::Error),
        RemarkKind::Notification(NotificationKind::Policy) if remark.severity == Severity::Error => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        _ => TestCaseStatus::skipped(),
    }
}

/// Text on several lines, each made harmless by itself.
fn lines(text: &str) -> String {
    text.lines().map(xml).collect::<Vec<_>>().join("\n")
}
