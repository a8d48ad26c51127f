//! Modules that are larger than real ones: a step whose time grows with the square of their size would take minutes
//! here.

use std::fmt::Write as _;

use jiff::civil::date;
use modwarden::internals::finding::Applicability;
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{FixPlan, PolicyChoice, Request, Tables, WhyRequest, inspect, plan_fixes, why};
use modwarden::internals::source::MemorySource;
use modwarden::internals::text::RepoPath;

use crate::support::random::Random;

/// How many requirements, imports or checksums a large module has.
const COUNT: usize = 30_000;

/// How many modules a large repository has.
const MODULES: usize = 5_000;

const POLICY: &str = "extends = [\"tidy\"]\n";
const GO_MOD: &str = "module example.com/shop\n\ngo 1.24\n";

/// The fixes of a repository by the pack `tidy`, without a module cache.
fn plan(files: &[(&str, &str)]) -> FixPlan {
    let texts = files.iter().map(|(path, text)| (*path, text.as_bytes()));
    let source = MemorySource::new(texts.chain([("modwarden.toml", POLICY.as_bytes())]));
    let store = FactStore::none();
    let request = Request {
        input: Input::new(&source, &store),
        policy: PolicyChoice::of(&source),
        cache: None,
        lines: None,
        paths: &[],
        tables: Tables::None,
        today: date(2026, 11, 21),
    };
    plan_fixes(&request, Applicability::Unsafe).expect("memory can be listed")
}

/// The content of a file with all fixes.
fn after(plan: &FixPlan, path: &str) -> String {
    let change = plan.changes.iter().find(|change| change.path.to_string() == path).expect("the file is changed");
    String::from_utf8(change.after.clone()).expect("it is text")
}

fn found(plan: &FixPlan, rule: &str) -> usize {
    plan.checked.run.findings.iter().filter(|finding| finding.rule.id == rule).count()
}

/// A go.mod with a block of requirements, each marked so.
fn requiring(mark: &str) -> String {
    let mut text = format!("{GO_MOD}\nrequire (\n");
    for at in 0..COUNT {
        let _ = writeln!(text, "\texample.com/m{at:06} v1.0.0{mark}");
    }
    text + ")\n"
}

/// A Go file that imports a package of each module.
fn importing() -> String {
    let mut text = "package shop\n\nimport (\n".to_owned();
    for at in 0..COUNT {
        let _ = writeln!(text, "\t_ \"example.com/m{at:06}/p\"");
    }
    text + ")\n"
}

#[test]
fn many_requirements_that_nothing_needs() {
    let plan = plan(&[("go.mod", &requiring("")), ("shop.go", "package shop\n")]);
    assert_eq!(found(&plan, "require-unused"), COUNT);
    assert_eq!(after(&plan, "go.mod"), GO_MOD);
}

#[test]
fn many_imports_that_nothing_provides() {
    let plan = plan(&[("go.mod", GO_MOD), ("shop.go", &importing())]);
    assert_eq!(found(&plan, "import-unresolved"), COUNT);
}

#[test]
fn many_checksums_that_are_missing() {
    let plan = plan(&[("go.mod", &requiring("")), ("go.sum", ""), ("shop.go", &importing())]);
    assert_eq!(found(&plan, "checksum-missing"), 2 * COUNT);
}

#[test]
fn many_marks_that_are_wrong() {
    let plan = plan(&[("go.mod", &requiring(" // indirect")), ("shop.go", &importing())]);
    assert_eq!(found(&plan, "indirect-mismarked"), COUNT);
    assert_eq!(after(&plan, "go.mod"), requiring(""));
}

#[test]
fn many_checksums_in_disorder() {
    let mut lines: Vec<String> =
        (0..3 * COUNT).map(|at| format!("example.com/m{at:06} v1.0.0 h1:{at:043}=\n")).collect();
    let mut random = Random::new(9);
    for at in (1..lines.len()).rev() {
        lines.swap(at, random.below(at + 1));
    }
    let plan = plan(&[("go.mod", GO_MOD), ("go.sum", &lines.concat()), ("shop.go", "package shop\n")]);
    assert_eq!((found(&plan, "layout-untidy"), found(&plan, "checksum-unused")), (1, lines.len()));
    assert_eq!(after(&plan, "go.sum"), "");
}

/// Each module imports a package of the next, and replaces it by its directory.
fn chain() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for at in 0..MODULES {
        let next = at + 1;
        let mut go_mod = format!("module example.com/m{at}\n\ngo 1.16\n");
        let mut text = format!("package m{at}\n");
        if next < MODULES {
            let _ =
                write!(go_mod, "\nrequire example.com/m{next} v1.0.0\n\nreplace example.com/m{next} => ../m{next}\n");
            let _ = write!(text, "\nimport _ \"example.com/m{next}\"\n");
        }
        files.push((format!("m{at}/go.mod"), go_mod));
        files.push((format!("m{at}/m.go"), text));
    }
    files
}

#[test]
fn many_modules_are_asked_why_they_need_something() {
    let files = chain();
    let source = MemorySource::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let store = FactStore::none();
    let input = Input::new(&source, &store);
    let inspected = inspect(input, PolicyChoice::of_state(), None).expect("memory can be listed");
    let none: &[RepoPath] = &[];
    let target = format!("example.com/m{}", MODULES - 1);
    let request = WhyRequest { input, cache: None, history: None, target: &target, paths: none };
    let answers = why(&request, &inspected).expect("memory can be read");
    assert_eq!(answers.len(), MODULES);
    assert!(answers.iter().any(|answer| !answer.hops.is_empty()));
}
