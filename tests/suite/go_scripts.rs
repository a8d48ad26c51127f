//! The go command's own tests of `go mod tidy`: wherever one of its scripts tidies a module, and at its other commands,
//! the fixes of modwarden are the same as the result of `go mod tidy`. The scripts, and the modules that they use, are
//! read from the Go distribution on this machine.

#![expect(clippy::disallowed_methods, reason = "tests read files")]

mod run;
mod script;
mod states;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use self::run::{End, State};
use self::states::States;
use crate::support::corpus::is_large;
use crate::support::go::{Go, go};
use crate::support::proxy::{Published, write_proxy};
use crate::support::txtar;

/// How the names of the scripts begin, in a run of a minute.
const SCRIPTS: [&str; 5] = ["mod_tidy", "mod_indirect", "mod_all", "mod_lazy", "mod_tool"];

/// The same, for all about modules and workspaces.
const ALL_SCRIPTS: [&str; 2] = ["mod_", "work_"];

/// Those of the first in which nothing is compared where they tidy a module, and why.
const NOT_COMPARED: [(&str, &str); 9] = [
    ("mod_indirect", "tidies nothing"),
    ("mod_indirect_main", "tidies nothing"),
    ("mod_lazy_test_horizon", "tidies nothing"),
    ("mod_tidy_temp", "tidies outside of the script's files"),
    ("mod_tidy_version", "tidies with -go=; ends early"),
    ("mod_tidy_version_tooold", "tidies with -go="),
    ("mod_tool_70582", "tidies nothing"),
    ("mod_toolchain", "tidies nothing"),
    ("mod_toolchain_slash", "tidies nothing"),
];

#[test]
fn fixes_are_what_the_scripts_of_the_go_command_have_it_do() {
    let Some(go) = go() else { return };
    let testdata = go.std_dir().join("cmd/go/testdata");
    if !testdata.join("script").is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this Go distribution has no scripts");
        assert!(std::env::var_os("CI").is_none(), "the scripts must be there in CI");
        return;
    }
    let world = World::new(go, &testdata);
    let mut outcomes = Vec::new();
    for path in scripts(&testdata) {
        outcomes.push(world.try_script(&path));
    }
    report(&outcomes);
    fail(&outcomes);
}

/// The scripts by name.
fn scripts(testdata: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(testdata.join("script")).expect("the directory can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the entry can be read").path()).collect();
    let wanted: &[&str] = if is_large() { &ALL_SCRIPTS } else { &SCRIPTS };
    paths.retain(|path| wanted.iter().any(|start| name(path).starts_with(start)) && path.extension().is_some());
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The result of a script.
struct Outcome {
    name: String,
    states: States,
    /// Whether there is a line that tidies.
    tidies: bool,
    /// Why it ended before its last line.
    end: Option<String>,
}

impl Outcome {
    /// Why nothing that it tidies was compared.
    fn reason(&self) -> Option<String> {
        if self.states.tidied > 0 {
            return None;
        }
        if !self.tidies {
            return Some("tidies nothing".to_owned());
        }
        let why = self.states.not_compared.iter().map(String::as_str);
        Some(why.chain(self.end.iter().map(|_| "ends early")).collect::<Vec<_>>().join("; "))
    }
}

fn report(outcomes: &[Outcome]) {
    let mut out = std::io::stderr();
    for Outcome { name, states, end, .. } in outcomes {
        let States { tidied, others, refused, different, excused, not_compared, .. } = states;
        let _ = writeln!(out, "{name}: {tidied} tidied, {others} others; {refused} refused, {different} different");
        let notes = excused.iter().map(|it| format!("silent: {it}"));
        let notes = notes.chain(not_compared.iter().map(|it| format!("not compared: {it}")));
        for note in notes.chain(end.iter().map(|it| format!("ends early: {it}"))) {
            let _ = writeln!(out, "    {note}");
        }
    }
}

fn fail(outcomes: &[Outcome]) {
    let wrong: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| outcome.states.mismatches.iter().map(|text| format!("{}: {text}", outcome.name)))
        .collect();
    assert!(wrong.is_empty(), "{} states are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    let sum = |count: &dyn Fn(&States) -> usize| outcomes.iter().map(|it| count(&it.states)).sum::<usize>();
    let counts = [sum(&|it| it.tidied), sum(&|it| it.others), sum(&|it| it.refused), sum(&|it| it.different)];
    let _ = writeln!(std::io::stderr(), "tidied, others, refused, different: {counts:?}");
    assert!(counts.iter().zip([60, 100, 30, 40]).all(|(count, least)| *count >= least), "{counts:?}");
    if is_large() {
        return;
    }
    let reasons = outcomes.iter().filter_map(|it| Some((it.name.as_str(), it.reason()?)));
    let reasons: BTreeMap<&str, String> = reasons.collect();
    let known: BTreeMap<&str, String> = NOT_COMPARED
        .iter()
        .filter(|(name, _)| outcomes.iter().any(|it| it.name == *name))
        .map(|(name, why)| (*name, (*why).to_owned()))
        .collect();
    assert_eq!(reasons, known, "left is what was not compared, right the table");
}

/// The data that all scripts share.
struct World {
    dir: tempfile::TempDir,
    /// The environment, except for files in the directory of a script.
    env: Vec<(&'static str, String)>,
}

impl World {
    fn new(go: Go, testdata: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let modules = published(testdata);
        let modules = modules.iter().map(|(path, version, files)| Published { path, version, files });
        write_proxy(&go, &dir.path().join("proxy"), modules);
        let of_go = |name: &str| go.text(Path::new("."), &["env", name]);
        let of_process = |name: &str| std::env::var(name).unwrap_or_default();
        let env = vec![
            ("PATH", of_process("PATH")),
            ("HOME", "/no-home".to_owned()),
            ("GOARCH", of_go("GOARCH")),
            ("GOOS", of_go("GOOS")),
            ("GOROOT", of_go("GOROOT")),
            ("GOCACHE", of_go("GOCACHE")),
            ("GOENV", "off".to_owned()),
            ("GOPROXY", format!("file://{}", dir.path().join("proxy").display())),
            ("GOSUMDB", "off".to_owned()),
            ("GOTOOLCHAIN", "local".to_owned()),
            ("devnull", "/dev/null".to_owned()),
            ("goversion", of_go("GOVERSION").trim_start_matches("go").to_owned()),
            ("newline", "\n".to_owned()),
        ];
        Self { dir, env }
    }

    fn try_script(&self, path: &Path) -> Outcome {
        let text = fs::read_to_string(path).expect("the script is there");
        let steps = script::parse(text.split("\n-- ").next().unwrap_or_default());
        let mut states = States::default();
        let cache = self.dir.path().join("cache");
        let mut state = State::new(&text, &self.env);
        let done = state.run(&steps, &mut |state, args| states.compare(state, args, &cache));
        let end = done.err().map(|end| match end {
            End::Stopped(why) | End::Failed(why) => why,
        });
        let is_word = |arg: &script::Argument, word: &str| matches!(&arg[..], [piece] if piece.text == word);
        let tidies = |step: &script::Step| matches!(&step.args[..], [one, two, ..] if is_word(one, "mod") && is_word(two, "tidy"));
        Outcome { name: name(path).to_owned(), states, tidies: steps.iter().any(tidies), end }
    }
}

/// The modules that the proxy of the go command's tests serves: their path, version and files.
fn published(testdata: &Path) -> Vec<(String, String, BTreeMap<String, String>)> {
    let entries = fs::read_dir(testdata.join("mod")).expect("the directory can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the entry can be read").path()).collect();
    paths.sort();
    let module = |path: &PathBuf| {
        let (module, version) = name(path).rsplit_once("_v")?;
        let unescape = |text: &str| {
            let mut parts = text.split('!');
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |text, part| text + &part[..1].to_uppercase() + &part[1..])
        };
        let (module, version) = (unescape(&module.replace('_', "/")), format!("v{}", unescape(version)));
        let text = String::from_utf8(fs::read(path).ok()?).ok()?;
        Some((module, version, txtar::parse(&text).into_iter().collect()))
    };
    paths.iter().filter(|path| path.extension().is_some_and(|it| it == "txt")).filter_map(module).collect()
}
