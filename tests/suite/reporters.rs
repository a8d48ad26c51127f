//! Every form of output: against files, with hostile input, against SARIF's schema, and with ten thousand findings.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "tests read the expected output, ask cargo and go, and say what they skip"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use modwarden::internals::finding::{
    Applicability, Change, Comparison, Evidence, Family, Finding, Fix, Header, Identity, IdentityName, IdentitySubject,
    ImportPast, Importer, Label, Notification, NotificationKind, OpenQuestion, PassedBy, PolicyUsed, Provenance,
    RequirementRow, RequirementTable, RequirementVerdict, RuleMeta, Run, Severity, State, Stats, Suppression,
    SuppressionKind, Tool, TrendPoint, UndecidedRule, Verdict, Walked,
};
use modwarden::internals::report::facts::{
    KeyValue, ModuleLine, ModuleRecord, ModuleVersion, PathRecord, ReplaceRecord, RequireRecord, RetractRecord,
    write_line,
};
use modwarden::internals::report::{FileLinks, Format, Terminal, linked_pretty, read_report, report_schema};
use modwarden::internals::text::{CommitId, Edit, FileId, Files, Home, Origin, RepoPath, Span, is_hidden};
use serde_json::Value;

use crate::support::random::Random;

static IMPORT_DENIED: RuleMeta = RuleMeta {
    id: "import-denied",
    family: Family::Imports,
    summary: "The policy forbids this import.",
    severity: Severity::Error,
    evidence: Evidence::Source,
    page: "# import-denied\n\nForbids imports.\n",
};

static MODULE_DENIED: RuleMeta = RuleMeta {
    id: "module-denied",
    family: Family::Modules,
    summary: "A module is required that the policy forbids.",
    severity: Severity::Warn,
    evidence: Evidence::Source,
    page: "# module-denied\n\nForbids modules.\n",
};

static POLICY_VACUOUS: RuleMeta = RuleMeta {
    id: "policy-vacuous",
    family: Family::Policy,
    summary: "A pattern of the policy can match nothing.",
    severity: Severity::Note,
    evidence: Evidence::Source,
    page: "# policy-vacuous\n\nFinds patterns without effect.\n",
};

const SERVER: &str = "\
package main

import (
\t\"fmt\"
\t\"net/http/pprof\"
\t\"os\"

\t/* café */ alias \"net/http/pprof\"
)

func main() {}
";

const POLICY: &str = "\
[[import-denied]]
name   = \"no-pprof\"
deny   = [\"net/http/pprof\", \"expvar\"]
reason = \"debug endpoints must not ship\"

[[module-denied]]
name = \"no-gogo\"
deny = [\"github.com/gogo/...\"]
";

const GO_MOD: &str = "module example.com/app\n\ngo 1.25\n\nrequire example.com/gogo v1.0.0 // indirect\n";

/// Files under construction, with labels that are found by their text.
#[derive(Default)]
struct Table(Files);

impl Table {
    fn add(&mut self, path: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> FileId {
        self.add_at(Home::Repository, path, text)
    }

    fn add_at(&mut self, home: Home, path: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> FileId {
        self.0.add_text(RepoPath::new(path), home, Arc::from(text.as_ref()))
    }

    /// A label on the first `needle` of the file.
    fn label(&self, file: FileId, needle: &str, message: &str) -> Label {
        self.label_after(file, "", (needle, message))
    }

    /// A label on the first `needle` behind `before`.
    fn label_after(&self, file: FileId, before: &str, (needle, message): (&str, &str)) -> Label {
        let text = String::from_utf8_lossy(self.0.get(file).text());
        let skipped = text.find(before).expect("the text before is there") + before.len();
        let start = skipped + text[skipped..].find(needle).expect("the needle is there");
        Label::new(file, Span::new(start, start + needle.len()), message)
    }
}

fn finding(rule: &'static RuleMeta, subject: &str, primary: Label) -> Finding {
    Finding {
        rule,
        entry: None,
        severity: rule.severity,
        message: format!("`{subject}` is not allowed"),
        primary,
        related: Vec::new(),
        help: None,
        docs: None,
        evidence: Evidence::Source,
        constraint: None,
        fix: None,
        edits: Vec::new(),
        identity: Identity::new(rule.id, None, IdentitySubject::of(&IdentityName::outside(subject)), 1),
        suppression: None,
        introduced_by: None,
        since: None,
        repository: None,
    }
}

fn run(findings: Vec<Finding>) -> Run {
    let tool = Tool { name: "modwarden", version: "1.2.3".into() };
    let state = State { origin: Origin::WorkTree, paths: Vec::new(), rules: Vec::new() };
    Run {
        header: Header {
            repository: Some("https://git.example.com/app".to_owned()),
            commit: CommitId::new(&[0x12; 20]),
            time: Some("2026-01-02T03:04:05Z".to_owned()),
            policy_sha256: Some("0f".repeat(32)),
            fail_on: Some(Severity::Error),
            exit_code: 1,
        },
        rules: vec![&IMPORT_DENIED, &MODULE_DENIED, &POLICY_VACUOUS],
        findings,
        stats: Stats {
            modules: 2,
            packages: 7,
            go_files: 42,
            imports: 99,
            blobs_read: 40,
            blobs_known: 2,
            suppressed: 0,
            elapsed: None,
        },
        ..Run::empty(tool, state, PolicyUsed::file("modwarden.toml"))
    }
}

fn notification(kind: NotificationKind, message: &str, label: Option<Label>) -> Notification {
    let level = if kind == NotificationKind::Policy { Severity::Error } else { Severity::Note };
    Notification { kind, level, message: message.to_owned(), label, help: None, repository: None }
}

pub(crate) fn render(format: Format, terminal: Terminal, (run, files): &(Run, Files)) -> String {
    let mut out = Vec::new();
    format.reporter(terminal).report(run, files, &mut out).expect("writing to memory does not fail");
    String::from_utf8(out).expect("all output is UTF-8")
}

/// Gives a finding the fix that removes its line.
fn remove_line(table: &Table, finding: &mut Finding, applicability: Applicability) {
    let Label { file, span, .. } = finding.primary;
    let lines = table.0.get(file).lines();
    finding.edits = vec![Edit::removal(lines.line_span(lines.line_of(span.start)))];
    finding.fix =
        Some(Fix { message: "remove the line".into(), file, change: Change::RemoveLine(span), applicability });
}

/// One of everything.
fn mixed() -> (Run, Files) {
    let mut table = Table::default();
    let server = table.add("cmd/server/main_windows.go", SERVER);
    let go_mod = table.add("go.mod", GO_MOD);
    let policy = table.add("modwarden.toml", POLICY);
    let pack = table.add_at(Home::Embedded, "pack:recommended", "[[policy-vacuous]]\nname = \"all\"\n");
    let odd = table.add(b"odd/\xff.go", "package odd\n");
    let unread = table.0.add(RepoPath::from("vendor/modules.txt"));

    let mut pprof =
        finding(&IMPORT_DENIED, "net/http/pprof", table.label(server, "\"net/http/pprof\"", "imported here"));
    pprof.entry = Some("no-pprof".to_owned());
    pprof.message =
        "`example.com/app/cmd/server` imports `net/http/pprof`, which `no-pprof` denies: debug endpoints must \
                     not ship with a server that faces the public"
            .to_owned();
    pprof.related = vec![
        table.label_after(server, "alias ", ("\"net/http/pprof\"", "and again")),
        table.label(policy, "\"net/http/pprof\"", "denied by this pattern"),
    ];
    pprof.help = Some("use `./internal/debug`".to_owned());
    pprof.docs = Some("https://wiki.example.com/go/debug".to_owned());
    pprof.constraint = Some("windows && amd64".to_owned());
    pprof.identity = Identity::new(
        "import-denied",
        pprof.entry.clone(),
        IdentitySubject::at(&RepoPath::from("cmd/server")).to(&IdentityName::outside("net/http/pprof")),
        2,
    );

    let mut chain = finding(&IMPORT_DENIED, "expvar", table.label_after(server, "café */ ", ("alias", "")));
    chain.related = vec![
        table.label(go_mod, "example.com/gogo", "which requires it"),
        table.label(policy, "\"expvar\"", "denied by this pattern"),
        table.label(unread, "", "listed here"),
    ];

    let mut gogo =
        finding(&MODULE_DENIED, "example.com/gogo", table.label(go_mod, "example.com/gogo v1.0.0", "required here"));
    remove_line(&table, &mut gogo, Applicability::Safe);
    let mut vendored = finding(&MODULE_DENIED, "example.com/vendored", Label::new(unread, Span::new(3, 9), ""));
    vendored.evidence = Evidence::Vendor;
    let vacuous = finding(&POLICY_VACUOUS, "all", table.label(pack, "\"all\"", "matches nothing"));
    let in_odd_file = finding(&POLICY_VACUOUS, "odd", table.label(odd, "odd", "here"));

    let mut excepted = gogo.clone();
    excepted.suppression = Some(Box::new(Suppression {
        kind: SuppressionKind::Exception,
        label: table.label(policy, "\"no-gogo\"", "excepted here"),
        reason: "until the port is done".to_owned(),
        owner: Some("@platform".to_owned()),
        until: Some("2026-12-31".to_owned()),
    }));

    let mut run = run(vec![pprof, chain, gogo, vendored, vacuous, in_odd_file]);
    run.suppressed = vec![excepted];
    run.stats.suppressed = 1;
    run.stats.elapsed = Some(Duration::from_millis(1234));
    run.state.origin =
        Origin::Commit { id: CommitId::new(&[0xab; 20]).expect("20 bytes"), revision: "HEAD~1".to_owned() };
    run.state.paths = vec!["cmd".to_owned()];
    run.notifications = vec![
        notification(NotificationKind::NotVisible, "submodule `third_party/x` is not visible", None),
        notification(NotificationKind::Verbose, "`example.com/x` was not decided", None),
    ];
    (run, table.0)
}

fn provenance(text: &str) -> Provenance {
    Provenance {
        commit: CommitId::new(&[0xcd; 20]).expect("20 bytes"),
        author: text.to_owned(),
        email: text.to_owned(),
        date: "2026-01-02T03:04:05+01:00".to_owned(),
        subject: text.to_owned(),
        at_least: true,
    }
}

/// The new findings, by whom and since when.
fn compared() -> (Run, Files) {
    let (Run { findings, suppressed, .. }, files) = mixed();
    let mut run = run(findings.into_iter().take(2).collect());
    run.newly_covered = suppressed.clone();
    run.suppressed = suppressed;
    let ours = Provenance { at_least: false, ..provenance("Ann") };
    run.findings[0].introduced_by = Some(Box::new(Provenance { subject: "store: speak protobuf".to_owned(), ..ours }));
    run.findings[1].since = Some(Box::new(provenance("Ben")));
    let base = CommitId::new(&[0xef; 20]).expect("20 bytes");
    run.comparison = Some(Comparison { bases: vec![base], new: 2, fixed: 3, unchanged: 4 });
    run.walked = Some(Walked { commits: 17, boundary: vec![base] });
    (run, files)
}

fn clean() -> (Run, Files) {
    let mut run = run(Vec::new());
    run.policy = PolicyUsed::default();
    run.stats.elapsed = Some(Duration::from_millis(12));
    (run, Files::default())
}

fn invalid() -> (Run, Files) {
    let mut table = Table::default();
    let policy = table.add("modwarden.toml", POLICY.replace("reason", "raison"));
    let mut run = run(Vec::new());
    let label = table.label(policy, "raison", "unknown key");
    let mut unknown =
        notification(NotificationKind::Policy, "unknown key `raison` in `[[import-denied]]`", Some(label));
    unknown.help = Some("did you mean `reason`?".to_owned());
    run.notifications = vec![unknown];
    run.stats = Stats::default();
    run.verdict = Verdict::Invalid;
    (run, table.0)
}

fn undecided() -> (Run, Files) {
    let mut run = run(Vec::new());
    run.state.origin = Origin::Index;
    run.notifications = vec![Notification {
        level: Severity::Warn,
        help: Some("fetch the objects first".to_owned()),
        ..notification(NotificationKind::NotVisible, "3 blobs are missing from this clone", None)
    }];
    run.verdict = Verdict::Undecided;
    let mut table = Table::default();
    let go_mod = table.add("go.mod", GO_MOD);
    run.undecided = vec![
        undecided_rule(table.label(go_mod, "module example.com/app", ""), "modules are missing", None),
        undecided_rule(table.label(go_mod, "go 1.25", ""), "nobody knows", Some(PassedBy::Policy)),
    ];
    (run, table.0)
}

fn undecided_rule(label: Label, text: &str, passed_by: Option<PassedBy>) -> UndecidedRule {
    UndecidedRule {
        rule: &MODULE_DENIED,
        entry: Some(text.to_owned()),
        severity: Severity::Error,
        question: OpenQuestion {
            module: text.to_owned(),
            reason: text.to_owned(),
            details: Some(text.to_owned()),
            remedy: Some(text.to_owned()),
            label,
        },
        passed_by,
        repository: None,
    }
}

/// Places on lines that are far too long to be shown, with lines before and after them.
fn minified() -> (Run, Files) {
    let mut table = Table::default();
    let long = format!(
        "package a\n{}\n{}FIRST{}SECOND{}\r\n{}\n\n{}LAST",
        "x".repeat(3000),
        "é".repeat(3000),
        "𝄞".repeat(4000),
        "y".repeat(5000),
        "\u{3000}z".repeat(2000),
        "t".repeat(2500),
    );
    let go = table.add("min.go", long);
    let (first, second, last) =
        (table.label(go, "FIRST", "one"), table.label(go, "SECOND", "two"), table.label(go, "LAST", "three"));
    let whole = Label::new(go, Span { start: first.span.start, end: last.span.end }, "all");
    let mut apart = finding(&IMPORT_DENIED, "a", first.clone());
    apart.related = vec![last.clone(), second.clone()];
    remove_line(&table, &mut apart, Applicability::Safe);
    let mut backwards = finding(&IMPORT_DENIED, "b", last);
    backwards.related = vec![second, first, whole.clone()];
    (run(vec![apart, backwards, finding(&IMPORT_DENIED, "c", whole)]), table.0)
}

/// A run with all that an audit says.
fn audited() -> (Run, Files) {
    let mut table = Table::default();
    let go_mod = table.add("go.mod", GO_MOD);
    let importer = |file: &str, is_test: bool, constraint: Option<&str>| Importer {
        file: file.to_owned(),
        line: 7,
        is_test,
        constraint: constraint.map(str::to_owned),
    };
    let row = |path: &str, verdict: RequirementVerdict| RequirementRow {
        span: table.label(go_mod, "example.com/gogo v1.0.0", "").span,
        path: path.to_owned(),
        version: "v1.0.0".to_owned(),
        indirect: false,
        importers: Vec::new(),
        packages: Vec::new(),
        past: Some(ImportPast::default()),
        evidence: Evidence::ModuleCache,
        verdict,
    };
    let mut needed = row("example.com/gogo", RequirementVerdict::Needed);
    needed.importers = vec![
        importer("cmd/a.go", false, None),
        importer("cmd/a_windows.go", false, Some("windows")),
        importer("cmd/a_test.go", true, None),
    ];
    needed.packages = vec!["example.com/gogo".to_owned(), "example.com/gogo/proto".to_owned()];
    needed.past = Some(ImportPast { first: Some(provenance("Ada")), last: None });
    let mut unused = row("example.com/left", RequirementVerdict::Unused);
    let least = Provenance { at_least: true, ..provenance("Ada") };
    unused.past = Some(ImportPast { first: Some(least), last: Some(provenance("Grace")) });
    let mut open = row("example.com/open", RequirementVerdict::Undecided);
    (open.indirect, open.evidence) = (true, Evidence::Source);
    let verdicts = [
        RequirementVerdict::Mismarked { indirect: true },
        RequirementVerdict::Mismarked { indirect: false },
        RequirementVerdict::Low("v1.2.0".to_owned()),
        RequirementVerdict::Repeated,
    ];
    let others = verdicts.into_iter().map(|verdict| row("example.com/other", verdict));
    let rows = [needed, unused, open].into_iter().chain(others).collect();
    let mut run = run(vec![finding(&MODULE_DENIED, "example.com/gogo", table.label(go_mod, "example.com/gogo", ""))]);
    run.requirements = vec![RequirementTable {
        module: "example.com/app".to_owned(),
        file: go_mod,
        undecided: Some("not decided: a module is missing".to_owned()),
        rows,
    }];
    run.trend = vec![trend_point("2026-01-02T03:04:05+01:00", 3), trend_point("2026-02-03T03:04:05+01:00", 1)];
    (run, table.0)
}

fn trend_point(date: &str, findings: usize) -> TrendPoint {
    let (commit, date) = ("cd".repeat(20), date.to_owned());
    TrendPoint { commit, date, modules: 1, packages: 2, files: 3, requirements: 5, findings }
}

#[test]
fn output_is_as_expected() {
    for (name, case) in cases().into_iter().take(6) {
        for format in Format::ALL {
            let terminal = Terminal { verbose: name == "audited", ..Terminal::PLAIN };
            check_file(&format!("{name}.{format}"), &readable(format, render(format, terminal, &case)));
        }
    }
    let ascii = Terminal { unicode: false, width: 60, verbose: true, ..Terminal::PLAIN };
    check_file("mixed-ascii.pretty", &render(Format::Pretty, ascii, &mixed()));
    let color = Terminal { color: true, hyperlinks: true, ..Terminal::PLAIN };
    check_file("mixed-color.pretty", &render(Format::Pretty, color, &mixed()).replace('\x1b', "␛"));
    check_file("mixed-linked.pretty", &linked(color, &mixed()).replace('\x1b', "␛"));
    assert_eq!(linked(Terminal::PLAIN, &mixed()), render(Format::Pretty, Terminal::PLAIN, &mixed()));
    let narrow = Terminal { width: 60, table_width: Some(60), verbose: true, ..Terminal::PLAIN };
    let audited = cases().into_iter().find_map(|(name, case)| (name == "audited").then_some(case));
    check_file("audited-narrow.pretty", &render(Format::Pretty, narrow, &audited.expect("there is such a case")));
}

/// The form for people with links to files.
fn linked(terminal: Terminal, (run, files): &(Run, Files)) -> String {
    let mut out = Vec::new();
    let reporter = linked_pretty(terminal, FileLinks::new(b"/home/me/our shop"));
    reporter.report(run, files, &mut out).expect("writing to memory does not fail");
    String::from_utf8(out).expect("all output is UTF-8")
}

/// JSON on many lines, and each element of a page on its own, so that a difference can be read.
fn readable(format: Format, output: String) -> String {
    if format == Format::Html {
        let (before, style) = output.split_once("<style>").expect("a page has a style");
        let (_, after) = style.split_once("</style>").expect("the style ends");
        return format!("{before}{after}\n").replace('<', "\n<").replace("\n</", "</");
    }
    if !matches!(format, Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson) {
        return output;
    }
    assert_eq!(output.lines().count(), 1, "{format} is one line");
    let value: Value = serde_json::from_str(&output).expect("it is JSON");
    serde_json::to_string_pretty(&value).expect("it is JSON again") + "\n"
}

fn check_file(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reporters").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, actual).expect("the expected output can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "tests/reporters/{name} differs; UPDATE=1 rewrites it");
}

/// Texts in a repository that may confuse a terminal, a runner or a parser.
const HOSTILE: [&str; 20] = [
    "::error::x",
    "\n::error::x",
    "a ::add-mask::b",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "a ##teamcity[buildStatus status='SUCCESS']",
    "zero\u{200b}\u{200d}\u{2060}width\u{feff} soft\u{ad}hyphen \u{180e}\u{3164}",
    "tags\u{e0001}\u{e0041}\u{e007f} selectors\u{fe0f}\u{e0100}",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://example.com\x07link",
    "a\r::warning::b",
    "\u{202e}drow\u{202c}\u{2066}",
    "nul\0nul\u{9b}31m\u{7f}\u{85}\u{2028}::error::x",
    "\"quoted\" 'text' \\ <b>&amp;</b>",
    "%0A::error::x",
    "a,b:c=d%",
    "[words](1) ](https://example.com)",
    ":",
    "<script>alert(1)</script>",
    "\" onload=\"alert(1)\"><img src=x onerror='alert(1)'>",
];

/// A run in which every text is hostile.
fn hostile() -> (Run, Files) {
    let mut table = Table::default();
    let mut findings = Vec::new();
    let mut notifications = Vec::new();
    let (mut newly_covered, mut undecided) = (Vec::new(), Vec::new());
    let mut requirements = Vec::new();
    for text in HOSTILE {
        let go = table.add(text, format!("package a\nimport \"{text}\"\n\t{text}\n").into_bytes());
        let bytes =
            table.add([text.as_bytes(), b"\xff\xfe"].concat(), [b"\xff", text.as_bytes(), b"\xfe", b" here"].concat());
        let outside = table.add_at(Home::Outside, text, text);
        let mut finding = finding(&IMPORT_DENIED, text, table.label(go, text, text));
        finding.entry = Some(text.to_owned());
        finding.message = text.to_owned();
        finding.help = Some(format!("{text}\n{text}"));
        finding.docs = Some(format!("https://{text}"));
        finding.constraint = Some(text.to_owned());
        finding.introduced_by = Some(Box::new(provenance(text)));
        finding.since = Some(Box::new(provenance(text)));
        remove_line(&table, &mut finding, Applicability::Unsafe);
        finding.edits[0].replacement = [text.as_bytes(), b"\xff"].concat().into();
        finding.fix.iter_mut().for_each(|fix| fix.message = text.to_owned().into());
        finding.related = vec![table.label(bytes, "here", text), table.label(outside, "", text)];
        let chain = Finding { related: vec![table.label(bytes, "here", text); 3], ..finding.clone() };
        let elsewhere = Finding { primary: table.label(outside, "", ""), ..finding.clone() };
        let long = Finding { message: format!("{text} ").repeat(40), severity: Severity::Note, ..finding.clone() };
        let covered = Suppression {
            kind: SuppressionKind::Inline,
            label: table.label(go, text, text),
            reason: text.to_owned(),
            owner: Some(text.to_owned()),
            until: Some(text.to_owned()),
        };
        newly_covered.push(Finding { suppression: Some(Box::new(covered)), ..finding.clone() });
        undecided.push(undecided_rule(table.label(go, text, text), text, Some(PassedBy::CommandLine)));
        findings.extend([finding, chain, elsewhere, long]);
        requirements.push(hostile_requirements(text, go));
        notifications.push(notification(NotificationKind::Policy, text, Some(table.label(go, text, text))));
        notifications.push(notification(NotificationKind::Information, text, None));
    }
    let mut run = run(findings);
    run.notifications = notifications;
    run.requirements = requirements;
    run.trend = HOSTILE.map(|text| trend_point(text, 1)).to_vec();
    run.suppressed = run.findings.clone();
    (run.newly_covered, run.undecided) = (newly_covered, undecided);
    run.header.repository = Some(HOSTILE.concat());
    run.policy = PolicyUsed::file(HOSTILE.concat());
    run.state.paths = HOSTILE.map(str::to_owned).to_vec();
    (run, table.0)
}

fn hostile_requirements(text: &str, file: FileId) -> RequirementTable {
    let row = RequirementRow {
        span: Span::at(0),
        path: text.to_owned(),
        version: text.to_owned(),
        indirect: true,
        importers: vec![Importer { file: text.to_owned(), line: 1, is_test: false, constraint: Some(text.to_owned()) }],
        packages: vec![text.to_owned()],
        past: Some(ImportPast { first: Some(provenance(text)), last: Some(provenance(text)) }),
        evidence: Evidence::Source,
        verdict: RequirementVerdict::Low(text.to_owned()),
    };
    RequirementTable { module: text.to_owned(), file, undecided: Some(text.to_owned()), rows: vec![row] }
}

/// Every element of the page is one that modwarden writes, and nothing of it runs or loads anything.
#[test]
fn hostile_text_makes_no_element_of_a_page() {
    const ELEMENTS: [&str; 32] = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "b",
        "a",
        "code",
        "pre",
        "article",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "br",
        "details",
        "summary",
        "figure",
        "figcaption",
        "svg",
        "path",
        "footer",
        "!DOCTYPE",
    ];
    let page = render(Format::Html, Terminal::PLAIN, &hostile());
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every tag ends");
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        assert!(ELEMENTS.contains(&name), "{tag}");
        let attributes: String = tag.split('"').step_by(2).collect();
        let runs = attributes.split_whitespace().any(|attribute| attribute.starts_with("on"));
        assert!(!runs && !tag.contains("javascript:"), "{tag}");
    }
    assert!(HOSTILE.iter().any(|text| text.contains("<script>")), "nothing was tried");
}

#[test]
fn hostile_text_is_harmless_in_every_format() {
    let case = hostile();
    for format in Format::ALL {
        for width in [40, 100] {
            let output = render(format, Terminal { width, verbose: true, ..Terminal::PLAIN }, &case);
            assert_harmless(format, &output);
        }
    }
    let linking = Terminal { hyperlinks: true, table_width: Some(40), verbose: true, ..Terminal::PLAIN };
    let output = linked(linking, &case);
    let ours =
        regex::Regex::new("\x1b]8;;(|https://[!-~]+|file:///home/me/our%20shop/[!-~]+)\x1b\\\\").expect("a pattern");
    assert!(ours.is_match(&output), "nothing is linked");
    assert_harmless(Format::Pretty, &ours.replace_all(&output, ""));
}

fn assert_harmless(format: Format, output: &str) {
    for line in output.split('\n') {
        assert!(!line.contains(is_hidden), "{format}: {line:?}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark)), "{format}: {line:?}");
        let command = line.trim_start().starts_with("::");
        let ours = ["::error ", "::warning ", "::notice "].iter().any(|ours| line.starts_with(ours));
        assert!(if format == Format::Github { ours || line.is_empty() } else { !command }, "{format}: {line:?}");
    }
}

/// Viewers show the text of a SARIF message, whatever its JSON looks like.
#[test]
fn hostile_text_is_harmless_in_the_messages_of_sarif() {
    let log: Value = serde_json::from_str(&render(Format::Sarif, Terminal::PLAIN, &hostile())).expect("it is JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let messages: Vec<&str> = results.iter().filter_map(|result| result["message"]["text"].as_str()).collect();
    assert_eq!(messages.len(), results.len());
    for line in messages.iter().flat_map(|message| message.lines()) {
        assert!(!line.contains(is_hidden), "{line:?}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark)), "{line:?}");
    }
}

/// Compared with the tables of Unicode that `regex` has.
#[test]
fn what_is_hidden_is_all_that_unicode_ignores_or_obeys() {
    let known = r"[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cc}\p{Zl}\p{Zp}\x{FFF9}-\x{FFFB}]";
    let known = regex::Regex::new(known).expect("a class of characters");
    for c in '\0'..=char::MAX {
        assert_eq!(is_hidden(c), known.is_match(c.encode_utf8(&mut [0; 4])), "{}", c.escape_unicode());
    }
}

#[test]
fn colors_are_the_only_escape_sequences() {
    let output = render(Format::Pretty, Terminal { color: true, ..Terminal::PLAIN }, &hostile());
    let mut pieces = output.split('\x1b');
    assert_harmless(Format::Pretty, &pieces.by_ref().take(1).collect::<String>());
    for piece in pieces {
        let sequence = piece.strip_prefix('[').and_then(|rest| rest.split_once('m')).expect("only colours are written");
        assert!(sequence.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{piece:?}");
    }
}

#[test]
fn hostile_text_survives_in_json() {
    let case = hostile();
    let report: Value = serde_json::from_str(&render(Format::Json, Terminal::PLAIN, &case)).expect("it is JSON");
    for (record, finding) in report["findings"].as_array().expect("findings").iter().zip(&case.0.findings) {
        assert_eq!(record["message"], finding.message);
    }
    let lines = render(Format::Jsonl, Terminal::PLAIN, &case);
    for (line, finding) in lines.lines().skip(1).zip(&case.0.findings) {
        let record: Value = serde_json::from_str(line).expect("it is JSON");
        assert_eq!(record["message"], finding.message);
    }
    let others = case.0.newly_covered.len() + case.0.undecided.len() + case.0.notifications.len();
    assert_eq!(lines.lines().count(), case.0.findings.len() + others + 1);
    let header: Value = serde_json::from_str(lines.lines().next().unwrap_or_default()).expect("it is JSON");
    for name in ["version", "tool", "repository", "commit", "time", "policy", "verdict", "exit_code"] {
        assert_eq!(header["header"][name], report[name], "{name}");
    }
}

/// The rules of these tests, which are not those of the program.
fn rule(id: &str) -> Option<&'static RuleMeta> {
    [&IMPORT_DENIED, &MODULE_DENIED, &POLICY_VACUOUS].into_iter().find(|rule| rule.id == id)
}

/// All runs of these tests.
pub(crate) fn cases() -> [(&'static str, (Run, Files)); 9] {
    [
        ("mixed", mixed()),
        ("compared", compared()),
        ("clean", clean()),
        ("invalid", invalid()),
        ("undecided", undecided()),
        ("audited", audited()),
        ("hostile", hostile()),
        ("anywhere", anywhere()),
        ("minified", minified()),
    ]
}

/// The output from a saved report is the same as the run itself would have written.
#[test]
fn every_form_can_be_made_of_json() {
    for (name, case) in cases() {
        let json = render(Format::Json, Terminal::PLAIN, &case);
        let again = read_report(json.as_bytes(), &rule).unwrap_or_else(|error| panic!("{name}: {error}"));
        for format in Format::ALL {
            for (verbose, width) in [(false, 100), (true, 40)] {
                let terminal = Terminal { verbose, width, ..Terminal::PLAIN };
                let (expected, made) = (render(format, terminal, &case), render(format, terminal, &again));
                let differs = made.lines().zip(expected.lines()).find(|(made, expected)| made != expected);
                assert!(made == expected, "{name}.{format}: {differs:#?}");
            }
        }
    }
}

#[test]
fn every_report_fits_the_schema() {
    let schema: Value = serde_json::from_str(&report_schema()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema holds");
    for (name, case) in cases() {
        let json: Value = serde_json::from_str(&render(Format::Json, Terminal::PLAIN, &case)).expect("it is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let mut wrong = json.clone();
        wrong["verdict"] = "perfect".into();
        assert!(!validator.is_valid(&wrong), "the schema rejects something");
        wrong = json;
        wrong["new_in_a_later_version"] = 1.into();
        assert!(validator.is_valid(&wrong), "later versions may add fields");
    }
}

#[test]
fn what_is_no_report_is_refused() {
    let json = render(Format::Json, Terminal::PLAIN, &mixed());
    let refused = |text: &str| read_report(text.as_bytes(), &rule).map(drop).expect_err("it is refused").to_string();
    for text in ["{}", "[]", "1", "{\"version\":1}", r#"{"version":1,"tool":{"name":"other","version":"1"}}"#] {
        assert_eq!(refused(text), "this is not a report of modwarden", "{text}");
    }
    for text in ["", "{", "\0", &json[..json.len() / 2], "\u{feff}{}"] {
        assert!(refused(text).starts_with("the report is damaged: "), "{text}");
    }
    assert!(refused(&json.replacen("\"version\":1", "\"version\":2", 1)).contains("version 2 of the form"));
    let damages = [
        ("\"verdict\":\"judged\"", "\"verdict\":\"fine\"", "unknown variant `fine`"),
        ("\"exit_code\":1", "\"exit_code\":9", "exit_code: there is no exit code 9"),
        ("\"rule\":\"module-denied\"", "\"rule\":\"x\"", "findings[2].rule: the rule `x` is not among its rules"),
        ("\"identity\":\"module-denied: ", "\"identity\":\"x: ", "findings[2].identity: it is not of this rule"),
        ("\"excerpt\":0", "\"excerpt\":99", "location.excerpt: there is no excerpt 99"),
        ("\"file_bytes\":\"odd/%FF", "\"file_bytes\":\"odd/%F", "file_bytes: `%` without two digits"),
        ("\"start_byte\":33,\"text\"", "\"start_byte\":1,\"text\"", "excerpts[2].lines[0]: it cannot be where it says"),
        ("\"commit\":\"abab", "\"commit\":\"zzzz", "state.commit: `zzzz"),
    ];
    for (from, to, expected) in damages {
        let damaged = json.replacen(from, to, 1);
        assert_ne!(damaged, json, "{from}");
        let message = refused(&damaged);
        assert!(message.contains(expected), "{message}");
    }
}

/// A report of a rule that this program does not have, as a newer one would write it.
#[test]
fn rules_of_other_versions_are_taken_as_they_describe_themselves() {
    let json = render(Format::Json, Terminal::PLAIN, &mixed());
    let (run, files) = read_report(json.as_bytes(), &|_| None).expect("it is read");
    assert_eq!(run.findings[0].rule.summary, IMPORT_DENIED.summary);
    assert_eq!(
        render(Format::Pretty, Terminal::PLAIN, &(run, files)),
        render(Format::Pretty, Terminal::PLAIN, &mixed())
    );
}

/// Whatever is changed in a report, it is read or refused, and a report that is read can be written.
#[test]
fn changed_reports_do_no_harm() {
    let json = render(Format::Json, Terminal::PLAIN, &hostile_with_few());
    let mut random = Random::new(7);
    let pieces = [
        "\"",
        "9",
        "4294967295",
        "18446744073709551615",
        "-1",
        "null",
        "[]",
        "{}",
        "\\u0000",
        "",
        ",",
        "1e99",
        "%",
        "\u{202e}",
    ];
    let mut read = 0;
    for _ in 0..3000 {
        let mut text = json.clone().into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len());
            let digit = (at..text.len()).find(|&at| text[at].is_ascii_digit()).unwrap_or(at);
            let at = if random.below(3) == 0 { at } else { digit };
            let end = (at + random.below(4)).min(text.len());
            text.splice(at..end, pieces[random.below(pieces.len())].bytes());
        }
        let Ok(case) = read_report(&text, &rule) else { continue };
        read += 1;
        for format in Format::ALL {
            assert_harmless(format, &render(format, Terminal::PLAIN, &case));
        }
    }
    assert!(read > 100, "{read} could be read");
}

/// A few hostile findings, so that the report is short.
fn hostile_with_few() -> (Run, Files) {
    let (mut run, files) = hostile();
    run.findings.truncate(8);
    run.suppressed.truncate(1);
    run.notifications.truncate(4);
    run.requirements.truncate(2);
    (run, files)
}

/// The schema that `serde-sarif` was made from, found where cargo keeps its sources.
fn sarif_schema() -> Value {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo knows its host");
    // Packages for other systems may not be there.
    let metadata = cargo(&["metadata", "--format-version=1", "--offline", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("serde-sarif is one");
    let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
    let schema =
        std::fs::read(manifest.with_file_name("src").join("schema.json")).expect("the schema is in the package");
    let mut schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    for definition in ["run", "toolComponent"] {
        // The published pattern has a bracket too many, which the validator refuses.
        schema["definitions"][definition]["properties"]["language"]["pattern"] = ".*".into();
    }
    schema
}

fn cargo(arguments: &[&str]) -> String {
    let directory = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(directory).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

#[test]
fn sarif_is_valid() {
    let validator = jsonschema::validator_for(&sarif_schema()).expect("the schema holds");
    assert!(
        !validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{}]})),
        "the schema rejects something"
    );
    for case in [mixed(), clean(), invalid(), undecided(), hostile()] {
        let log: Value = serde_json::from_str(&render(Format::Sarif, Terminal::PLAIN, &case)).expect("it is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn sarif_keeps_the_worst_when_there_are_too_many() {
    let mut table = Table::default();
    let file = table.add("a.go", "package a\n");
    let mut findings = vec![finding(&POLICY_VACUOUS, "x", table.label(file, "a", "")); 25_001];
    findings.push(finding(&IMPORT_DENIED, "y", table.label(file, "a", "")));
    let log = render(Format::Sarif, Terminal::PLAIN, &(run(findings), table.0));
    let log: Value = serde_json::from_str(&log).expect("it is JSON");
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().map(Vec::len), Some(25_000));
    assert_eq!(run["results"][0]["ruleId"], "import-denied");
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(notification.as_str().expect("a text").starts_with("2 findings are left out"), "{notification}");
}

#[test]
fn github_spreads_what_it_shows_over_the_rules() {
    let mut table = Table::default();
    let file = table.add("a.go", "package a\n");
    let error = |rule, subject: &str| {
        let severity = Severity::Error;
        Finding { severity, ..finding(rule, subject, table.label(file, "a", "")) }
    };
    let mut findings: Vec<Finding> = (0..30).map(|n| error(&IMPORT_DENIED, &format!("p{n}"))).collect();
    findings.push(error(&MODULE_DENIED, "m"));
    let output = render(Format::Github, Terminal::PLAIN, &(run(findings), table.0));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 11, "{output}");
    assert!(lines[1].contains("title=module-denied"), "{output}");
    assert!(lines[10].starts_with("::notice title=modwarden::21 more"), "{output}");
}

/// Labels on every part of an odd file.
fn anywhere() -> (Run, Files) {
    let text = b"a\t\xc3\xa9 ::x\r\n\n\xff##[\xe2\x80\xae\xe6\x97\xa5\x1b\n\n\n\nlast";
    let mut table = Table::default();
    let file = table.add("odd.go", text);
    let empty = table.add("empty.go", "");
    let mut findings = Vec::new();
    for start in 0..text.len() + 3 {
        for end in start..text.len() + 3 {
            let label = |start, end| Label::new(file, Span::new(start, end), "here");
            let related =
                vec![label(end, end), label(start / 2, end), Label::new(empty, Span::new(start, end), "there")];
            findings.push(Finding { related, ..finding(&IMPORT_DENIED, "x", label(start, end)) });
        }
    }
    (run(findings), table.0)
}

#[test]
fn labels_may_stand_anywhere() {
    let case = anywhere();
    for format in Format::ALL {
        assert_harmless(format, &render(format, Terminal::PLAIN, &case));
    }
    let pretty = render(Format::Pretty, Terminal::PLAIN, &case);
    assert_eq!(pretty.matches(" here").count(), 3 * case.0.findings.len());
    assert_eq!(pretty.matches(" there").count(), case.0.findings.len());
}

#[test]
fn ten_thousand_findings_cost_no_more_than_one_each() {
    let text: String = (0..8000).map(|n| format!("\t\"example.com/package/number/{n}\"\n")).collect();
    let mut table = Table::default();
    let file = table.add("big.go", &text);
    let at = |n: usize| Label::new(file, table.0.get(file).lines().line_span(n % 8000), "imported here");
    let findings: Vec<Finding> = (0..10_000).map(|n| finding(&IMPORT_DENIED, "x", at(n))).collect();
    let case = (run(findings), table.0);
    let output = render(Format::Pretty, Terminal::PLAIN, &case);
    assert_eq!(output.matches("imported here").count(), 10_000);
    assert!(output.len() < 10_000 * 600, "{} bytes", output.len());
}

#[test]
fn a_minified_line_is_shown_in_part() {
    let mut table = Table::default();
    let file = table.add("min.go", "é".repeat(500_000) + "TARGET" + &"é".repeat(500_000));
    let label = table.label(file, "TARGET", "this");
    let output = render(Format::Pretty, Terminal::PLAIN, &(run(vec![finding(&IMPORT_DENIED, "x", label)]), table.0));
    assert!(output.contains("TARGET") && output.len() < 3000, "{output}");
}

#[test]
fn module_records_are_what_go_prints() {
    for (text, record) in module_records() {
        let Some(mut expected) = go_mod_edit_json(text) else { return };
        let mut line = Vec::new();
        write_line(&record, &mut line).expect("writing to memory does not fail");
        let actual: Value = serde_json::from_slice(&line).expect("it is JSON");
        expected["Dir"] = "cmd".into();
        assert_eq!(actual, expected, "{text}");
    }
}

fn go_mod_edit_json(text: &str) -> Option<Value> {
    let dir = tempfile::tempdir().expect("a directory for go.mod");
    std::fs::write(dir.path().join("go.mod"), text).expect("go.mod can be written");
    let output =
        Command::new("go").args(["mod", "edit", "-json"]).env("GOTOOLCHAIN", "local").current_dir(&dir).output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "go not found");
        eprintln!("SKIPPED: go not found");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("go prints JSON"))
}

fn module_records() -> [(&'static str, ModuleRecord); 2] {
    let version = |path: &str, version: &str| ModuleVersion { path: path.to_owned(), version: version.to_owned() };
    let require =
        |path: &str, indirect| RequireRecord { path: path.to_owned(), version: "v1.0.0".to_owned(), indirect };
    let retract = |low: &str, high: &str, rationale: &str| RetractRecord {
        low: low.to_owned(),
        high: high.to_owned(),
        rationale: rationale.to_owned(),
    };
    let full = ModuleRecord {
        dir: "cmd".to_owned(),
        module: ModuleLine { path: "example.com/m".to_owned(), deprecated: "use v2".to_owned() },
        go: "1.25.0".to_owned(),
        toolchain: "go1.26.8".to_owned(),
        godebug: vec![KeyValue { key: "panicnil".to_owned(), value: "1".to_owned() }],
        require: vec![require("example.com/a", false), require("example.com/b", true)],
        exclude: vec![version("example.com/a", "v1.1.0")],
        replace: vec![
            ReplaceRecord { old: version("example.com/a", ""), new: version("../a", "") },
            ReplaceRecord { old: version("example.com/b", "v1.0.0"), new: version("example.com/c", "v1.2.3") },
        ],
        retract: vec![retract("v1.0.0", "v1.0.0", ""), retract("v1.1.0", "v1.2.0", "<bad>")],
        tool: vec![PathRecord { path: "example.com/a/cmd/x".to_owned() }],
        ignore: vec![PathRecord { path: "./x".to_owned() }],
        effects: Vec::new(),
    };
    let module = ModuleLine { path: "example.com/m".to_owned(), deprecated: String::new() };
    let bare = ModuleRecord { dir: "cmd".to_owned(), module, ..ModuleRecord::default() };
    [(FULL_GO_MOD, full), ("module example.com/m\n", bare)]
}

const FULL_GO_MOD: &str = "\
// Deprecated: use v2
module example.com/m

go 1.25.0

toolchain go1.26.8

godebug panicnil=1

require (
\texample.com/a v1.0.0
\texample.com/b v1.0.0 // indirect
)

exclude example.com/a v1.1.0

replace example.com/a => ../a

replace example.com/b v1.0.0 => example.com/c v1.2.3

retract v1.0.0

retract [v1.1.0, v1.2.0] // <bad>

tool example.com/a/cmd/x

ignore ./x
";
