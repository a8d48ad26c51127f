//! Broken module files, workspaces and lists of checksums, compared with the go command: wherever it names a line,
//! modwarden has an error there, and where it is content, modwarden has none. `SEEDS=10..20` makes other trees.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeSet;
use std::path::Path;

use modwarden::internals::syntax::parse_go_work;
use modwarden::internals::text::RepoPath;
use regex::Regex;

use crate::support::go::{Go, go};
use crate::support::judge;
use crate::support::random::{Random, seeds};

/// How many trees a seed makes.
const TREES: usize = 250;

/// The policy of a run: all rules about errors and none about taste.
const POLICY: &str = "[severity]\nworkspace-inconsistent = \"error\"\n";

type Files = Vec<(String, String)>;

#[test]
fn errors_in_go_mod_are_those_of_the_go_command() {
    let Some(go) = go() else { return };
    compare(&go, 0x60D, &["list", "-m"], |random| {
        vec![("go.mod".to_owned(), go_mod(random, "example.com/m")), x_module("x"), x_module("y")]
    });
}

#[test]
fn errors_in_workspaces_are_those_of_the_go_command() {
    let Some(go) = go() else { return };
    compare(&go, 0x604, &["list", "-m"], |random| {
        let mut files = vec![("go.work".to_owned(), go_work(random)), x_module("x"), x_module("y")];
        files.extend(["a", "b", "c"].map(|dir| {
            let path = format!("example.com/{}", if random.once_in(12) { "a" } else { dir });
            let content = match random.below(3) {
                0 => go_mod(random, &path),
                1 => format!("module {path}\n\ngo {}\n\n{}\n", random.pick(&GO), random.pick(&MOD_LINES[..REPLACES])),
                _ => format!("module {path}\n\ngo 1.18\n"),
            };
            (format!("{dir}/go.mod"), content)
        }));
        files
    });
}

#[test]
fn errors_in_checksums_are_those_of_the_go_command() {
    let Some(go) = go() else { return };
    let proxy = tempfile::tempdir().expect("a temporary directory");
    let versions = proxy.path().join("example.com/d/@v");
    std::fs::create_dir_all(&versions).expect("the directory is made");
    for (name, content) in [("v1.0.0.mod", "module example.com/d\n"), ("v1.0.0.info", r#"{"Version":"v1.0.0"}"#)] {
        std::fs::write(versions.join(name), content).expect("the file is written");
    }
    let cache = proxy.path().join("cache");
    let go = go
        .with_env("GOPROXY", &format!("file://{}", proxy.path().display()))
        .with_env("GOMODCACHE", &cache.display().to_string())
        .with_env("GOFLAGS", "-modcacherw")
        .with_env("GOSUMDB", "off");
    let required = |go_sum: String| {
        let go_mod = "module example.com/m\n\ngo 1.20\n\nrequire example.com/d v1.0.0\n";
        vec![("go.mod".to_owned(), go_mod.to_owned()), ("go.sum".to_owned(), go_sum)]
    };
    compare(&go, 0x50D, &["list", "-m", "all"], |random| {
        let damaged = damage(random, SUM);
        match random.below(2) {
            0 => required(damaged),
            _ => {
                let mut files = required(SUM.to_owned());
                files.push(("go.work".to_owned(), "go 1.20\n\nuse .\n".to_owned()));
                files.push(("go.work.sum".to_owned(), damaged));
                files
            }
        }
    });
}

/// Makes trees and compares both results.
fn compare(go: &Go, base: u64, args: &[&str], make: impl Fn(&mut Random) -> Files + Sync) {
    let (mut refused, mut named) = (0, 0);
    let cases: Vec<(u64, Files)> = seeds(0..1)
        .flat_map(|seed: u64| {
            let mut random = Random::new(base + (seed << 32));
            (0..TREES).map(|_| (seed, make(&mut random))).collect::<Vec<_>>()
        })
        .collect();
    let verdicts: Vec<Verdict> = std::thread::scope(|scope| {
        let workers: Vec<_> = cases
            .chunks(cases.len().div_ceil(4))
            .map(|cases| scope.spawn(move || cases.iter().map(|(_, files)| ask(go, args, files)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the worker ends")).collect()
    });
    for ((seed, files), verdict) in cases.iter().zip(verdicts) {
        let shown = || {
            let files: String = files.iter().map(|(name, content)| format!("-- {name} --\n{content}\n")).collect();
            format!(
                "seed {seed}\n{files}\ngo says: {verdict:?}\nmodwarden says: {:#?}",
                faults(files_of(files.as_str()))
            )
        };
        let ours = faults(files.clone());
        if verdict.needs_network {
            continue;
        }
        refused += usize::from(verdict.is_error);
        named += verdict.places.len();
        let agrees = if verdict.is_error { !ours.is_empty() } else { ours.iter().all(|fault| fault.is_own) };
        assert!(agrees, "{}", shown());
        let missing: Vec<_> = verdict.places.iter().filter(|place| ours.iter().all(|it| it.place != **place)).collect();
        assert!(missing.is_empty(), "{missing:?}\n{}", shown());
        let unsaid = verdict.words.iter().find(|words| ours.iter().all(|it| !it.message.contains(words.as_str())));
        assert!(unsaid.is_none(), "{unsaid:?}\n{}", shown());
    }
    let all = cases.len();
    assert!(refused * 5 > all && refused * 20 < all * 19 && named * 5 > all, "{refused} refused, {named} named");
}

fn files_of(archive: &str) -> Files {
    crate::support::txtar::parse(archive)
}

/// The result of the go command for a tree.
#[derive(Debug)]
struct Verdict {
    is_error: bool,
    /// `file:line` of all that it names.
    places: BTreeSet<String>,
    /// Its messages without a line, as far as modwarden has the same words.
    words: Vec<String>,
    /// Whether it only failed because it could not ask a proxy.
    needs_network: bool,
    #[expect(dead_code, reason = "shown where the test fails")]
    text: String,
}

fn ask(go: &Go, args: &[&str], files: &Files) -> Verdict {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("the directory is made");
        std::fs::write(path, content).expect("the file is written");
    }
    let output = go.command(dir.path(), args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let root = dir.path().canonicalize().expect("it is there").display().to_string() + "/";
    let text = text.replace(&root, "");
    let place = Regex::new(r"(?m)^([a-z./]*go\.(?:mod|work|sum|work\.sum)):(\d+)(?::\d+)?: ").expect("a constant");
    let words = [
        r"conflicting replacements (?:found )?for [^\s:]+",
        r#"malformed (?:tool|module) path "[^"]*": .*"#,
        r"module \S+ appears multiple times in workspace",
        r"workspace module \S+ is replaced at all versions",
        r"missing module declaration",
        r"requires go >= [0-9.]+",
        r"invalid module path: .*",
    ];
    // Where it names a line, its words depend on the questions that it could ask.
    let without_line: String =
        text.lines().filter(|line| !place.is_match(line)).map(|line| format!("{line}\n")).collect();
    let words = words.iter().flat_map(|words| {
        let words = Regex::new(words).expect("a constant");
        words.find_iter(&without_line).map(|found| known_words(found.as_str())).collect::<Vec<_>>()
    });
    let network = ["GOPROXY=off", "updates to go.mod needed", "missing go.sum entry", "requires go >= 1.2"];
    Verdict {
        is_error: !output.status.success(),
        places: place.captures_iter(&text).map(|found| format!("{}:{}", &found[1], &found[2])).collect(),
        words: words.collect(),
        needs_network: network[..3].iter().any(|words| text.contains(words)),
        text,
    }
}

/// The same in modwarden's words, which put names in back quotes and leave out facts that only the go command knows.
fn known_words(words: &str) -> String {
    let names =
        [("module ", " appears multiple times in workspace"), ("workspace module ", " is replaced at all versions")];
    for (before, after) in names {
        if let Some(name) = words.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) {
            let after = after.replace("in workspace", "in the workspace");
            return format!("{before}`{name}`{after}");
        }
    }
    words.replace("replacements found for", "replacements for")
}

/// A fault that modwarden finds.
#[derive(Debug)]
struct Fault {
    place: String,
    message: String,
    /// Whether the go command does not mind, or minds only once it needs the module.
    is_own: bool,
}

fn faults(mut files: Files) -> Vec<Fault> {
    let go_work = files.iter().find(|(name, _)| name == "go.work");
    let used: Option<Vec<RepoPath>> = go_work.map(|(_, text)| {
        let lines = parse_go_work(text.as_bytes()).tree.use_;
        lines.iter().filter_map(|line| RepoPath::root().resolve(&*line.path.value)).collect()
    });
    // In a workspace the go command does not look at the other modules.
    let is_looked_at = |file: &RepoPath| {
        let dir = file.parent().unwrap_or_else(RepoPath::root);
        file.file_name() != b"go.mod" || used.as_ref().is_none_or(|used| used.contains(&dir))
    };
    files.push(("modwarden.toml".to_owned(), POLICY.to_owned()));
    let checked = judge::check(&files);
    let places = judge::lines(&checked).into_iter();
    let own =
        ["is outside the repository", "is an absolute path", "without effect", "where that is in the module graph"];
    places
        .zip(&checked.run.findings)
        .map(|(place, finding)| Fault {
            place: place.split(' ').next().unwrap_or_default().to_owned(),
            message: finding.message.clone(),
            is_own: own.iter().any(|words| finding.message.contains(words))
                || !is_looked_at(checked.files.get(finding.primary.file).path()),
        })
        .collect()
}

fn x_module(dir: &str) -> (String, String) {
    (format!("{dir}/go.mod"), format!("module example.com/{dir}\n\ngo 1.18\n"))
}

fn go_mod(random: &mut Random, path: &str) -> String {
    let module = match random.below(14) {
        0 => {
            random.pick(&["module go", "module example.com//x", "module \"a b\"", "module -x", "", "module toolchain"])
        }
        _ => "module PATH",
    };
    let mut lines = vec![module.replace("PATH", path), format!("go {}", random.pick(&GO))];
    let count = 1 + random.below(4);
    lines.extend((0..count).map(|_| random.pick(&MOD_LINES).to_owned()));
    file(random, lines)
}

fn go_work(random: &mut Random) -> String {
    let mut lines = Vec::new();
    if !random.once_in(8) {
        lines.push(format!("go {}", random.pick(&["1.18", "1.20", "1.21", "1.21.0", "1.22", "1.24"])));
    }
    lines.extend(["use ./a", "use b", "use ./c/"].iter().filter(|_| !random.once_in(4)).map(|&line| line.to_owned()));
    let count = random.below(3);
    lines.extend((0..count).map(|_| random.pick(&WORK_LINES).to_owned()));
    file(random, lines)
}

/// A file of these lines, some of them in blocks, and sometimes damaged.
fn file(random: &mut Random, lines: Vec<String>) -> String {
    let mut text = String::new();
    for line in lines {
        match line.split_once(' ') {
            Some((verb, rest)) if random.once_in(3) && !matches!(verb, "go" | "toolchain") => {
                text.push_str(&format!("{verb} (\n\t// a comment\n\t{rest}\n)\n\n"));
            }
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    if random.once_in(6) && !text.is_empty() { damage(random, &text) } else { text }
}

/// Takes away, doubles or swaps a line, or a word or sign in it.
fn damage(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = random.below(lines.len());
    let words: Vec<String> = lines[at].split(' ').map(str::to_owned).collect();
    match random.below(7) {
        0 => _ = lines.remove(at),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines[at] = words[..random.below(words.len())].join(" "),
        3 => lines[at]
            .push_str(random.pick(&[" extra", " // fine", " \"", " (", " )", "\t", "\r", " [", "\u{a0}x", " =>"])),
        4 => {
            lines.insert(at, random.pick(&["<<<<<<< HEAD", "", "=======", "//", "a b c", "( )", "\u{feff}"]).to_owned())
        }
        5 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
        }
        _ => lines[at] = lines[at].replacen(' ', random.pick(&["", "\t", "  ", "\u{85}"]), 1),
    }
    lines.join("\n") + "\n"
}

const GO: [&str; 6] = ["1.18", "1.20", "1.21", "1.21.0", "1.22.1", "1.24"];

/// How many lines of the list come first that replace.
const REPLACES: usize = 15;

const MOD_LINES: [&str; 49] = [
    "replace example.com/r => ./x",
    "replace example.com/r => ../x",
    "replace example.com/r => ./y",
    "replace example.com/r => ../b/../x",
    "replace example.com/r v1.0.0 => ../x",
    "replace example.com/r v1.0.0 => ../y",
    "replace example.com/r v1.1.0 => ../y",
    "replace example.com/r => example.com/f v1.2.3",
    "replace example.com/r => example.com/f v1.2.4",
    "replace example.com/s => ../x",
    "replace example.com/s v1.0.0 => ../x",
    "replace example.com/s v1.0.0 => ../b/../x",
    "replace example.com/s => ../y",
    "replace example.com/a => ../x",
    "replace example.com/b v1.0.0 => ../x",
    "replace example.com/r/v2 => example.com/f/v2 v1.0.0",
    "replace example.com/r => example.com/f v2.0.0",
    "replace example.com/r => example.com/f v2.0.0+incompatible",
    "replace example.com/r => gopkg.in/f v1.0.0",
    "replace example.com/r/v2 v1.0.0 => ../x",
    "replace example.com/r => x",
    "replace example.com/r => ../x v1.0.0",
    "tool example.com/t/cmd",
    "tool ./cmd",
    "tool example.com//x",
    "tool example.com/a\\b",
    "tool \"example.com/t\"",
    "godebug panicnil=1",
    "godebug unknownkey=1",
    "godebug default=go1.21",
    "godebug default=1.21",
    "godebug x509sha1=1",
    "godebug panicnil",
    "godebug =1",
    "retract v1.0.0",
    "retract [v1.0.0, v1.1.0]",
    "retract v2.0.0",
    "retract [v1.0.0, v3.0.0]",
    "ignore ./x",
    "ignore ./x ./y",
    "toolchain go1.22.0",
    "toolchain 1.22",
    "go 1.21",
    "use ./a",
    "module example.com/again",
    "exclude example.com/e v1.0.0",
    "exclude example.com/e/v2 v1.0.0",
    "exclude example.com/e v1.0.0+incompatible",
    "unknown example.com/e v1.0.0",
];

const WORK_LINES: [&str; 28] = [
    "use ./a",
    "use a/",
    "use ./b/../a",
    "use ./nothing",
    "use ../outside",
    "use ./x",
    "use /nowhere/at/all",
    "use . ./a",
    "replace example.com/a => ./x",
    "replace example.com/a v1.0.0 => ./x",
    "replace example.com/r => ./x",
    "replace example.com/r => ./y",
    "replace example.com/r v1.0.0 => ./x",
    "replace example.com/r v9.0.0 => ./y",
    "replace example.com/s => example.com/f v2.0.0",
    "replace example.com/s => example.com/f v1.2.0",
    "replace example.com/s => f",
    "exclude example.com/e v1.0.0",
    "require example.com/e v1.0.0",
    "retract v1.0.0",
    "module example.com/work",
    "tool example.com/t",
    "godebug panicnil=1",
    "godebug unknownkey=1",
    "godebug default=go1.21",
    "toolchain go1.22.0",
    "toolchain default",
    "go 1.22",
];

/// The checksums that a module needs which requires `example.com/d v1.0.0`, and some others.
const SUM: &str = "\
example.com/c v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
example.com/c v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
example.com/d v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

example.com/e\tv1.0.0/go.mod   h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
";
