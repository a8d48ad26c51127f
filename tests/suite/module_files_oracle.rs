//! Module files, paths and versions compared with the go command and with the `golang.org/x/mod` it is built from,
//! on files and words that are generated, then damaged.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start the go command and write files")]

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fs;
use std::hash::Hash;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;

use modwarden::internals::go::{GoVersion, ImportPath, ModulePath, Version, std_package, std_packages};
use modwarden::internals::syntax::{
    GoMod, GoWork, Godebug, Parsed, Replace, ReplaceTarget, SyntaxError, parse_go_mod, parse_go_work,
};
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::module_files::{MOD_FILES, WORK_FILE};
use crate::support::go::{Go, go};

#[test]
fn go_mod_is_what_modfile_parses() {
    let Some(go) = go() else { return };
    let mut random = Random(1);
    let files: Vec<_> = (0..6_000).map(|_| file(&mut random, &MOD, &MOD_FILES)).collect();
    let answers = ask(&go, files.iter().map(|text| ("mod", text.as_slice(), "")));
    let mut accepted = 0;
    for (text, answer) in files.iter().zip(answers) {
        accepted += usize::from(answer.get("Errors").is_none());
        compare(text, answer, parse_go_mod(text), |tree| mod_json(&tree));
    }
    assert!((1_500..5_000).contains(&accepted), "{accepted} files are accepted: too one-sided a sample");
}

#[test]
fn go_work_is_what_modfile_parses() {
    let Some(go) = go() else { return };
    let mut random = Random(2);
    let files: Vec<_> = (0..2_000).map(|_| file(&mut random, &WORK, &[WORK_FILE])).collect();
    let answers = ask(&go, files.iter().map(|text| ("work", text.as_slice(), "")));
    for (text, answer) in files.iter().zip(answers) {
        compare(text, answer, parse_go_work(text), |tree| work_json(&tree));
    }
}

#[test]
fn go_mod_edit_prints_the_same() {
    let Some(go) = go() else { return };
    let mut random = Random(3);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let generated = (0..90).map(|_| file(&mut random, &MOD, &MOD_FILES));
    for text in MOD_FILES.iter().map(|text| text.to_vec()).chain(generated) {
        fs::write(dir.path().join("case.mod"), &text).expect("the file is written");
        let output = go.command(dir.path(), &["mod", "edit", "-json", "case.mod"]);
        let Parsed { tree, errors, .. } = parse_go_mod(&text);
        let errors = known_to_go(errors);
        if errors.is_empty() {
            let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", show(&text, &output)));
            assert_eq!(
                without_odd_retracts(answer),
                without_nameless(mod_json(&tree)),
                "{}",
                String::from_utf8_lossy(&text)
            );
        } else if str::from_utf8(&text).is_ok() {
            let expected: String = errors.iter().map(|error| format!("{}\n", printed(&text, error))).collect();
            let stderr = String::from_utf8_lossy(&output.stderr).replace("case.mod", "go.mod");
            assert_eq!(stderr, format!("go: errors parsing go.mod:\n{expected}"));
        }
    }
}

#[test]
fn go_work_edit_prints_the_same() {
    let Some(go) = go() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join("case.work"), WORK_FILE).expect("the file is written");
    let output = go.command(dir.path(), &["work", "edit", "-json", "case.work"]);
    let mut expected = work_json(&parse_go_work(WORK_FILE).tree);
    let fields = expected.as_object_mut().expect("it is an object");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // Up to Go 1.26 it leaves these out.
    fields.retain(|name, _| printed.get(name).is_some() || !["Toolchain", "Godebug"].contains(&name.as_str()));
    assert_eq!(printed, expected);
}

#[test]
fn paths_are_checked_as_module_checks_them() {
    let Some(go) = go() else { return };
    let mut random = Random(4);
    let paths: Vec<_> = (0..20_000).map(|_| random_path(&mut random)).collect();
    let answers = ask(&go, paths.iter().map(|path| ("path", path.as_bytes(), "")));
    for (path, answer) in paths.iter().zip(answers) {
        let module = ModulePath::new(path);
        let (prefix, major, valid) = match module.split_version() {
            Some((prefix, major)) => (prefix, major, true),
            None => (&**path, "", false),
        };
        let checks =
            [module.check(), ImportPath::new(path).check()].map(|check| check.err().map_or(String::new(), |e| e.0));
        assert_eq!(answer, json!([checks[0], checks[1], prefix, major, valid]), "{path:?}");
    }
}

#[test]
fn versions_are_read_as_semver_and_module_read_them() {
    let Some(go) = go() else { return };
    let mut random = Random(5);
    let cases: Vec<_> = (0..20_000).map(|_| (random_version(&mut random), random.pick(&MAJORS))).collect();
    let answers = ask(&go, cases.iter().map(|(version, major)| ("version", version.as_bytes(), *major)));
    for ((text, major), answer) in cases.iter().zip(answers) {
        let Some(version) = Version::parse(text) else {
            assert_eq!(answer[0], json!(false), "{text:?}");
            continue;
        };
        let path_check = version.check_path_major(major).err().map_or(String::new(), |error| error.to_string());
        let canonical = Version::parse_canonical(text).expect("it is valid");
        let expected = json!([
            true,
            canonical.as_str(),
            version.major(),
            version.is_prerelease(),
            version.is_incompatible(),
            version.is_pseudo(),
            path_check,
        ]);
        assert_eq!(answer, expected, "{text:?} {major:?}");
    }
}

#[test]
fn versions_are_ordered_as_semver_and_gover_order_them() {
    let Some(go) = go() else { return };
    let mut random = Random(6);
    let go_or_module = |random: &mut Random| match random.one_in(2) {
        true => random_version(random),
        false => random_go_version(random),
    };
    let pairs: Vec<_> = (0..20_000).map(|_| (go_or_module(&mut random), go_or_module(&mut random))).collect();
    let answers = ask(&go, pairs.iter().map(|(a, b)| ("compare", a.as_bytes(), b.as_str())));
    for ((a, b), answer) in pairs.iter().zip(answers) {
        if let (Some(a), Some(b)) = (Version::parse(a), Version::parse(b)) {
            assert_eq!(json!(a.compare(&b) as i8), answer[0], "{a} {b}");
            assert_eq!(a.cmp(&b), a.compare(&b).then_with(|| a.as_str().cmp(b.as_str())));
            assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        }
        assert_eq!(json!(GoVersion::parse(a).is_some()), answer[2], "{a}");
        if let Some(version) = GoVersion::parse(a).filter(|_| answer[3] != "") {
            assert_eq!(version.language().as_str(), answer[3], "{a}");
        }
        if let (Some(a), Some(b)) = (GoVersion::parse(a), GoVersion::parse(b)) {
            let order = (answer[1].as_i64().expect("a number")).cmp(&0);
            assert_eq!(a.cmp(&b), order.then_with(|| a.as_str().cmp(b.as_str())), "{a} {b}");
            assert_eq!(a.compare(&b), order, "{a} {b}");
            assert_eq!(a.is_at_least(b.as_str()), order != Ordering::Less, "{a} {b}");
        }
    }
}

#[test]
fn the_standard_library_is_what_the_distribution_holds() {
    let Some(go) = go() else { return };
    let version = installed(&go);
    let lists = go.command(Path::new("."), &["list", "std"]).stdout;
    for path in String::from_utf8_lossy(&lists).lines() {
        let Some(since) = std_package(path) else {
            assert!(version.is_at_least("1.28"), "{path} is missing");
            continue;
        };
        assert!(version.is_at_least(since), "{path} is in {version}, not only since {since}");
    }
    let source = goroot(&go).join("src");
    for path in std_packages().filter(|path| !is_private(path)) {
        let since = std_package(path).expect("it is listed");
        let has_go_files = fs::read_dir(source.join(path)).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "go"))
        });
        assert_eq!(has_go_files, version.is_at_least(since), "{path} since {since}");
    }
}

fn is_private(path: &str) -> bool {
    path.split('/').any(|element| element == "internal" || element == "vendor")
}

/// Compares verdict, errors with their places, and the parsed content.
fn compare<T>(text: &[u8], answer: Value, parsed: Parsed<T>, to_json: impl Fn(T) -> Value) {
    let shown = || format!("{}\n{answer:#}", String::from_utf8_lossy(text));
    let errors = known_to_go(parsed.errors);
    let Some(expected) = answer.get("Errors") else {
        assert!(errors.is_empty(), "{errors:?}\n{}", shown());
        assert_eq!(to_json(parsed.tree), without_odd_retracts(answer.clone()), "{}", shown());
        return;
    };
    // How bytes that are no text are quoted is not compared.
    if str::from_utf8(text).is_err() {
        assert!(!errors.is_empty(), "{}", shown());
        return;
    }
    let place = |error: &SyntaxError| place(text, error.span.start as usize);
    let errors: Vec<_> = errors.iter().map(|error| json!([place(error).0, place(error).1, error.message])).collect();
    assert_eq!(without_bytes(&errors.into()), without_bytes(expected), "{}", shown());
}

/// Go quotes a byte that is no text as `\xff`, where modwarden has U+FFFD.
fn without_bytes(errors: &Value) -> String {
    let byte = Regex::new(r"\\\\x[89a-f][0-9a-f]").expect("the pattern is a constant");
    byte.replace_all(&errors.to_string(), "\u{fffd}").into_owned()
}

/// The one thing that modwarden refuses and `go mod edit` lets pass: a retracted version that is none.
fn known_to_go(mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    errors.retain(|error| {
        !(error.message.starts_with("retract: ") && error.message.ends_with("must be of the form v1.2.3"))
    });
    errors
}

fn without_odd_retracts(answer: Value) -> Value {
    let is_version = |value: &Value| value.as_str().is_some_and(|text| Version::parse(text).is_some());
    keep(answer, "Retract", |retract| is_version(&retract["Low"]) && is_version(&retract["High"]))
}

/// Before it prints, `go mod edit` drops entries with an empty path or key.
fn without_nameless(mut view: Value) -> Value {
    view = keep(view, "GoDebug", |setting| setting["Key"] != "");
    view = keep(view, "Require", |require| require["Path"] != "");
    view = keep(view, "Exclude", |exclude| exclude["Path"] != "");
    keep(view, "Replace", |replace| replace["Old"]["Path"] != "")
}

fn keep(mut view: Value, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    if let Some(Value::Array(values)) = view.get_mut(name) {
        values.retain(wanted);
    }
    without_empty(view)
}

/// Line and column in characters, from 1.
fn place(text: &[u8], offset: usize) -> (usize, usize) {
    let before = String::from_utf8_lossy(&text[..offset]);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn printed(text: &[u8], error: &SyntaxError) -> String {
    match place(text, error.span.start as usize) {
        (line, 1) => format!("go.mod:{line}: {}", error.message),
        (line, column) => format!("go.mod:{line}:{column}: {}", error.message),
    }
}

fn show(text: &[u8], output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(text), String::from_utf8_lossy(&output.stderr))
}

/// The shape of `go mod edit -json`, which drops entries without a name.
fn mod_json(tree: &GoMod) -> Value {
    let mut fields = Map::new();
    let mut module = Map::new();
    module.insert("Path".into(), tree.module.as_ref().map_or("", |it| it.path.value.as_str()).into());
    let deprecated = tree.module.as_ref().and_then(|it| it.deprecated.as_deref());
    module.extend(deprecated.map(|text| ("Deprecated".into(), text.into())));
    fields.insert("Module".into(), module.into());
    fields.extend(tree.go.as_ref().map(|it| ("Go".into(), it.value.as_str().into())));
    fields.extend(tree.toolchain.as_ref().map(|it| ("Toolchain".into(), (*it.value).into())));
    fields.insert("GoDebug".into(), godebug_json(&tree.godebug));

    let requires = tree.require.iter().map(|it| {
        let mut object = version_json(&it.path.value, Some(&it.version.value));
        if it.indirect {
            object["Indirect"] = true.into();
        }
        object
    });
    let excludes = first_of_each(&tree.exclude, |it| (&it.path.value, &it.version.value));
    let retracts = tree.retract.iter().map(|it| {
        let mut object = json!({ "Low": it.low.value.as_str(), "High": it.high.value.as_str() });
        if !it.rationale.is_empty() {
            object["Rationale"] = (*it.rationale).into();
        }
        object
    });
    let tools = first_of_each(&tree.tool, |it| &it.path.value);
    let ignores = first_of_each(&tree.ignore, |it| &it.path.value);
    for (name, list) in [
        ("Require", requires.collect()),
        ("Exclude", excludes.iter().map(|it| version_json(&it.path.value, Some(&it.version.value))).collect()),
        ("Replace", replaces_json(&tree.replace)),
        ("Retract", retracts.collect()),
        ("Tool", tools.iter().map(|it| json!({ "Path": it.path.value.as_str() })).collect()),
        ("Ignore", ignores.iter().map(|it| json!({ "Path": &*it.path.value })).collect()),
    ] {
        fields.insert(name.into(), list);
    }
    without_empty(fields.into())
}

/// The shape of `go work edit -json`, and the parts that it leaves out.
fn work_json(tree: &GoWork) -> Value {
    let mut fields = Map::new();
    fields.extend(tree.go.as_ref().map(|it| ("Go".into(), it.value.as_str().into())));
    fields.extend(tree.toolchain.as_ref().map(|it| ("Toolchain".into(), (*it.value).into())));
    fields.insert("Godebug".into(), godebug_json(&tree.godebug));
    fields.insert("Use".into(), tree.use_.iter().map(|it| json!({ "DiskPath": &*it.path.value })).collect());
    fields.insert("Replace".into(), replaces_json(&tree.replace));
    without_empty(fields.into())
}

fn godebug_json(godebug: &[Godebug]) -> Value {
    godebug.iter().map(|it| json!({ "Key": &*it.key.value, "Value": &*it.value })).collect()
}

/// Of replacements of the same, Go keeps the last.
fn replaces_json(replaces: &[Replace]) -> Value {
    let key = |it: &Replace| (it.old.value.clone(), it.old_version.as_ref().map(|version| version.value.clone()));
    let mut kept = first_of_each(replaces.iter().rev(), key);
    kept.reverse();
    kept.into_iter().map(replace_json).collect()
}

fn replace_json(replace: &Replace) -> Value {
    let old_version = replace.old_version.as_ref().map(|version| &version.value);
    let new = match &replace.new {
        ReplaceTarget::Directory(directory) => json!({ "Path": &*directory.value }),
        ReplaceTarget::Module { path, version } => version_json(&path.value, Some(&version.value)),
    };
    json!({ "Old": version_json(&replace.old.value, old_version), "New": new })
}

fn version_json(path: &ModulePath, version: Option<&Version>) -> Value {
    let mut object = json!({ "Path": path.as_str() });
    if let Some(version) = version {
        object["Version"] = version.as_str().into();
    }
    object
}

/// Up to Go 1.26 an empty list is printed as null, from 1.27 it is left out.
fn without_empty(mut view: Value) -> Value {
    let fields = view.as_object_mut().expect("it is an object");
    fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|values| !values.is_empty()));
    view
}

fn first_of_each<'a, T, K: Hash + Eq>(values: impl IntoIterator<Item = &'a T>, key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    let mut seen = HashSet::new();
    values.into_iter().filter(|value| seen.insert(key(value))).collect()
}

/// Puts all questions to one run of the oracle.
pub(crate) fn ask<'a>(go: &Go, questions: impl Iterator<Item = (&'a str, &'a [u8], &'a str)>) -> Vec<Value> {
    static ORACLE: OnceLock<PathBuf> = OnceLock::new();
    let mut stdin = Vec::new();
    for (op, a, b) in questions {
        stdin.extend(format!("{op} {} {}\n", a.len(), b.len()).bytes());
        stdin.extend(a);
        stdin.extend(b.bytes());
    }
    let answers = run(ORACLE.get_or_init(|| build_oracle(go)), stdin);
    String::from_utf8_lossy(&answers).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Builds the oracle from the sources that the installed go command is built from.
fn build_oracle(go: &Go) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("module_files_oracle");
    let source = goroot(go).join("src");
    for package in ["modfile", "module", "semver", "internal/lazyregexp"] {
        copy_package(&source.join("cmd/vendor/golang.org/x/mod").join(package), &dir.join("xmod").join(package));
    }
    copy_package(&source.join("internal/gover"), &dir.join("gover"));
    let version = installed(go);
    let main = format!(
        "module example.com/oracle\n\ngo {version}\n\nrequire golang.org/x/mod v0.0.0\n\n\
         replace golang.org/x/mod => ./xmod\n"
    );
    for (name, text) in [
        ("xmod/go.mod", format!("module golang.org/x/mod\n\ngo {version}\n")),
        ("go.mod", main),
        ("main.go", include_str!("../parsers/modules/oracle.go").to_owned()),
    ] {
        fs::write(dir.join(name), text).expect("the file is written");
    }
    let build = go.command(&dir, &["build", "-trimpath", "-o", "oracle.exe", "."]);
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    dir.join("oracle.exe")
}

fn run(program: &Path, stdin: Vec<u8>) -> Vec<u8> {
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    let writer = thread::spawn(move || pipe.write_all(&stdin));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends").expect("the program reads all");
    assert!(output.status.success(), "the program failed");
    output.stdout
}

fn copy_package(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the directory is made");
    for entry in fs::read_dir(from).expect("the distribution has its sources").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            fs::copy(entry.path(), to.join(name)).expect("the file is copied");
        }
    }
}

fn goroot(go: &Go) -> PathBuf {
    String::from_utf8_lossy(&go.command(Path::new("."), &["env", "GOROOT"]).stdout).trim().into()
}

fn installed(go: &Go) -> GoVersion {
    let output = go.command(Path::new("."), &["env", "GOVERSION"]).stdout;
    let text = String::from_utf8_lossy(&output);
    let version = text.trim().trim_start_matches("go").split([' ', '-']).next().unwrap_or_default();
    GoVersion::parse(version).expect("a released go command")
}

/// A file: generated, or a realistic one, then damaged in one of two cases.
pub(crate) fn file(random: &mut Random, words: &Words, realistic: &[&[u8]]) -> Vec<u8> {
    let mut text = match random.one_in(8) {
        true => random.pick(realistic).to_vec(),
        false => words.file(random).into_bytes(),
    };
    if random.one_in(3) {
        for _ in 0..=random.below(3) {
            damage(random, &mut text);
        }
    }
    text
}

fn damage(random: &mut Random, text: &mut Vec<u8>) {
    let at = random.below(text.len() + 1);
    let end = text.len().min(at + random.below(4));
    match random.below(5) {
        0 => _ = text.drain(at..end),
        1 => _ = text.splice(at..at, random.pick(&JUNK).bytes()),
        2 => _ = text.splice(at..end, random.pick(&JUNK).bytes()),
        3 => text.truncate(at),
        _ => {
            let copy = text[at..text.len().min(at + random.below(40))].to_vec();
            text.splice(at..at, copy);
        }
    }
    if random.one_in(40) {
        text.insert(random.below(text.len() + 1), 0xc0 | random.below(64) as u8);
    }
}

/// The parts of a file of one kind.
pub(crate) struct Words {
    /// How it begins.
    heads: &'static [&'static str],
    /// The verbs of its lines and blocks.
    verbs: &'static [&'static str],
}

pub(crate) const MOD: Words = Words {
    heads: &[
        "",
        "module example.com/main",
        "module \"example.com/main\" // Deprecated: old",
        "// Deprecated: all\nmodule (\n\texample.com/main\n)",
    ],
    verbs: &["godebug", "require", "require", "exclude", "replace", "replace", "retract", "tool", "ignore"],
};
pub(crate) const WORK: Words =
    Words { heads: &["", "toolchain go1.21.0"], verbs: &["use", "use", "replace", "godebug"] };

impl Words {
    fn file(&self, random: &mut Random) -> String {
        // Most files have few faults, or hardly any would be accepted.
        let faults = random.pick(&[0, 0, 0, 60, 15]);
        let end = if random.one_in(10) { "\r\n" } else { "\n" };
        let mut lines = Vec::new();
        comments(random, &mut lines, "");
        lines.push(random.pick(self.heads).to_owned());
        if random.one_in(2) {
            lines.push(format!("go {}", random_go_version(random)));
        }
        for _ in 0..random.below(6) {
            comments(random, &mut lines, "");
            if random.one_in(3) {
                self.block(random, faults, &mut lines)
            } else {
                lines.push(self.line(random, faults))
            }
        }
        comments(random, &mut lines, "");
        let text = lines.join(end);
        if random.one_in(8) { text } else { text + end }
    }

    fn line(&self, random: &mut Random, faults: usize) -> String {
        let verb = match random.fault(faults) {
            true => random.pick(&["module", "go", "toolchain", "unknown", "\"require\"", "use", "(", "require(x)"]),
            false => random.pick(self.verbs),
        };
        format!("{verb}{}{}{}", blank(random), arguments(random, verb, faults), suffix(random))
    }

    fn block(&self, random: &mut Random, faults: usize, lines: &mut Vec<String>) {
        let verb = match random.fault(faults) {
            true => random.pick(&["go", "unknown", "require x", "toolchain", "( a", "\"use\"", "module"]),
            false => random.pick(self.verbs),
        };
        if random.one_in(8) {
            lines.push(format!("{verb} (){}", suffix(random)));
            return;
        }
        lines.push(format!("{verb} ({}", suffix(random)));
        for _ in 0..random.below(5) {
            comments(random, lines, "\t");
            lines.push(format!("\t{}{}", arguments(random, verb, faults), suffix(random)));
        }
        comments(random, lines, "\t");
        lines.push(format!("){}", suffix(random)));
    }
}

fn arguments(random: &mut Random, verb: &str, faults: usize) -> String {
    let mut words = match verb {
        "module" | "tool" => {
            let path = path(random, faults);
            vec![quoted(random, path)]
        }
        "use" | "ignore" => {
            let directory = random.pick(&DIRECTORIES).to_owned();
            vec![quoted(random, directory)]
        }
        "go" => vec![random_go_version(random)],
        "toolchain" => vec![random.pick(&["go1.21.0", "default", "go1", "go2.1", "1.21", "go1.21-custom"]).to_owned()],
        "godebug" => vec![random.pick(&["a=b", "default=go1.21", "a=b=c", "=", "x=é"]).to_owned()],
        "replace" => replacement(random, faults),
        "retract" if random.one_in(2) => vec![version_for(random, "", faults)],
        "retract" => ["[", &version_for(random, "", faults), ",", &version_for(random, "", faults), "]"]
            .map(str::to_owned)
            .to_vec(),
        _ => module_version(random, faults),
    };
    if random.fault(faults) {
        let at = random.below(words.len() + 1);
        match random.one_in(2) {
            true => words.insert(at, random.pick(&JUNK).to_owned()),
            false => _ = (at < words.len()).then(|| words.remove(at)),
        }
    }
    words.join(blank(random))
}

fn module_version(random: &mut Random, faults: usize) -> Vec<String> {
    let path = path(random, faults);
    let version = version_for(random, &path, faults);
    vec![quoted(random, path), quoted(random, version)]
}

fn replacement(random: &mut Random, faults: usize) -> Vec<String> {
    let mut words = module_version(random, faults);
    words.truncate(1 + random.below(2));
    words.push("=>".to_owned());
    if random.one_in(2) {
        let directory = random.pick(&DIRECTORIES[..5]).to_owned();
        words.push(quoted(random, directory));
    } else {
        words.extend(module_version(random, faults));
    }
    words
}

fn path(random: &mut Random, faults: usize) -> String {
    let bad = [
        "gopkg.in/x.v-unstable",
        "example.com/v1",
        "gopkg.in/x",
        "a b",
        "",
        "it's",
        "x/v0",
        "./dir",
        "..",
        "example.com/a@v1.0.0",
        "é",
    ];
    if random.fault(faults) { random.pick(&bad) } else { random.pick(&PATHS) }.to_owned()
}

/// A version that fits the path, unless it is to be at fault.
fn version_for(random: &mut Random, path: &str, faults: usize) -> String {
    if random.fault(faults) {
        return random.pick(&["latest", "1.2.3", "v1.2.3.4", "v3.0.0", "v01.0.0", "", "v1.0.0-01", "'v1'"]).to_owned();
    }
    let major = match ModulePath::new(path).split_version() {
        Some((_, "")) | None => random.pick(&["v0", "v1"]),
        Some((_, major)) => {
            return format!("{}.1.0", major.trim_start_matches(['/', '.']).trim_end_matches("-unstable"));
        }
    };
    let rest = ["", ".2", ".2.3", ".2.3-rc.1", ".2.3+meta", ".2.3+incompatible", ".0.0-20200101000000-0123456789ab"];
    format!("{major}{}", random.pick(&rest))
}

fn quoted(random: &mut Random, word: String) -> String {
    let needs_quotes = word.is_empty() || word.contains([' ', '\\']);
    match random.below(12) {
        0 => format!("\"{}\"", word.replace('e', "\\x65")),
        1 => format!("\"{}\"", word.replace('/', "\\u002f").replace('.', "\\056")),
        2 => format!("{word:?}"),
        _ if needs_quotes => format!("{word:?}"),
        _ => word,
    }
}

fn suffix(random: &mut Random) -> String {
    if random.one_in(3) {
        format!("{}{}", random.pick(&["", " ", "\t"]), random.pick(&COMMENTS))
    } else {
        String::new()
    }
}

fn comments(random: &mut Random, lines: &mut Vec<String>, indent: &str) {
    while random.one_in(3) {
        match random.one_in(3) {
            true => lines.push(random.pick(&["", " ", "\t\r"]).to_owned()),
            false => lines.push(format!("{indent}{}", random.pick(&COMMENTS))),
        }
    }
}

fn blank(random: &mut Random) -> &'static str {
    random.pick(&[" ", " ", " ", "\t", "  ", " \r "])
}

fn random_path(random: &mut Random) -> String {
    let elements = [
        "example.com",
        "gopkg.in",
        "a",
        "v1",
        "v2",
        "v02",
        "v10",
        "v2.0",
        "yaml.v3",
        "x.v1-unstable",
        "x.v0",
        "x.v-unstable",
        "x.v01",
        ".",
        "..",
        ".a",
        "a.",
        "con",
        "Aux.txt",
        "com1",
        "lpt0",
        "a~1",
        "a~1.b",
        "~",
        "a~",
        "A",
        "a+b",
        "a b",
        "é",
        "-a",
        "",
        "x_y",
        "\u{7f}",
        "9",
    ];
    let count = 1 + random.below(4);
    let mut path = (0..count).map(|_| random.pick(&elements)).collect::<Vec<_>>().join("/");
    if random.one_in(4) {
        let at = random.below(path.len() + 1);
        if path.is_char_boundary(at) {
            path.insert_str(
                at,
                random.pick(&["/", ".", "v", "2", "\"", "'", "\\", "\t", "\u{ad}", "\u{1f600}", "-unstable"]),
            );
        }
    }
    path
}

fn random_version(random: &mut Random) -> String {
    let number = |random: &mut Random| random.pick(&["0", "0", "1", "1", "2", "9", "10", "01", "99999999999999999999"]);
    let mut version = random.pick(&["v", "v", "v", "v", "v", "v", "", "V"]).to_owned() + number(random);
    for _ in 0..random.pick(&[2, 2, 2, 2, 0, 1, 3]) {
        version = version + "." + number(random);
    }
    let identifiers = [
        "rc1",
        "RC1",
        "0",
        "1",
        "10",
        "01",
        "alpha",
        "beta",
        "-",
        "a-b",
        "0a",
        "",
        "20200101000000-0123456789ab",
        "2020010100000-abc",
        "é",
    ];
    for sign in ["-", "+"] {
        if random.one_in(2) {
            let count = 1 + random.below(3);
            version += sign;
            version += &(0..count).map(|_| random.pick(&identifiers)).collect::<Vec<_>>().join(".");
        }
    }
    if random.one_in(8) { version + "+incompatible" } else { version }
}

fn random_go_version(random: &mut Random) -> String {
    random.pick(&GO_VERSIONS).to_owned()
}

const GO_VERSIONS: [&str; 26] = [
    "1.1",
    "1.4",
    "1.20",
    "1.20.0",
    "1.20.1",
    "1.20rc1",
    "1.21",
    "1.21.0",
    "1.21rc1",
    "1.21rc2",
    "1.21beta1",
    "1.21rc10",
    "1.21.1",
    "1.100",
    "2.0",
    "1.0",
    "1.27.0rc1",
    "1.21rc01",
    "1.99999999999999999999",
    "1.9",
    "1.10",
    "1.22.3",
    "1.23.10",
    "1.24",
    "1.25.0",
    "3.1alpha0",
];
const MAJORS: [&str; 7] = ["", "/v2", "/v10", ".v1", ".v0", ".v2", ".v1-unstable"];
const DIRECTORIES: [&str; 12] =
    ["./a", "../b", "/rooted", ".", "./with space", "a", "C:x", "C:\\x", ".\\x", "./x\\y", "...", "..x"];
const PATHS: [&str; 12] = [
    "example.com/a",
    "example.com/a",
    "example.com/b/v2",
    "example.com/c/v10",
    "gopkg.in/yaml.v2",
    "gopkg.in/x.v1-unstable",
    "local",
    "example.com/A",
    "a",
    "x.y/v2/z",
    "example.com/a+b",
    "example.com/v",
];
const COMMENTS: [&str; 17] = [
    "// indirect",
    "//indirect",
    "// indirect; why",
    "// indirect why",
    "// Indirect",
    "//",
    "// ",
    "// Deprecated: use b",
    "//Deprecated:",
    "// Deprecated:   spaces ",
    "// text",
    "// more text\t",
    "//\u{a0}nbsp\u{a0}",
    "// é \u{2028}",
    "//// four",
    "// indirect;",
    "//   Deprecated: x",
];
const JUNK: [&str; 38] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "`",
    "'",
    "\\",
    "\n",
    "\r",
    "\t",
    " ",
    "//",
    "/*",
    "*/",
    "=>",
    "=",
    "@",
    "\0",
    "\u{feff}",
    "\u{a0}",
    "é",
    "\u{ad}",
    "\"\\\n\"",
    "\"\\q\"",
    "\"\\xff\"",
    "\"\\ud800\"",
    "\"\\400\"",
    "\"a\\\"b\"",
    "v1.0.0",
    "require",
    "module",
    "()",
    "( )",
    "\u{1f600}",
];

/// A small generator, so that every run sees the same files (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 32) as usize % end.max(1)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Once in `rate` times; never for 0.
    fn fault(&mut self, rate: usize) -> bool {
        rate > 0 && self.one_in(rate)
    }

    fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}
