//! Policies: every mistake at its place, merging, tightening, packs, and the pattern language against a naive reader.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "one test asks the go command")]
#![expect(clippy::panic, clippy::print_stderr, reason = "a helper shows what is wrong, and a skipped test says so")]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use modwarden::internals::finding::{PolicyUsed, Severity};
use modwarden::internals::policy::{
    Entry, FileGlobs, InitFacts, Level, ModulePatterns, PackagePatterns, Policy, PolicyError, PolicyInput, PolicyText,
    Shape, Specificity, Subject, UndecidedChoice, init_text, load, packs, show_text,
};
use modwarden::internals::rules::infos;
use modwarden::internals::text::{FileId, Files, Home, RepoPath};

use crate::support::judge;

/// Files by path; the first is the root's policy, others of that name those of directories.
struct Repository<'r> {
    files: &'r [(&'r str, &'r str)],
}

impl Repository<'_> {
    fn load(&self) -> (Result<Policy, Vec<PolicyError>>, Files) {
        let text = |&(path, text): &(&str, &str)| PolicyText {
            path: path.into(),
            home: Home::Repository,
            text: Arc::from(text.as_bytes()),
        };
        let named = |(path, _): &&(&str, &str)| path.ends_with("modwarden.toml");
        let mut policies = self.files.iter().filter(named).map(text);
        let mut files = Files::default();
        let mut read = |path: &RepoPath, _| {
            let found = self.files.iter().find(|(name, _)| RepoPath::from(*name) == *path);
            Ok(found.map(|(_, text)| Arc::from(text.as_bytes())))
        };
        let root = policies.next();
        let input = PolicyInput { root, nested: policies.collect(), packs: &[], rules: &infos(), read: &mut read };
        (load(input, &mut files), files)
    }
}

fn policy(files: &[(&str, &str)]) -> Policy {
    let (result, files) = Repository { files }.load();
    result.unwrap_or_else(|errors| panic!("{}", describe(&errors, &files)))
}

/// Errors as lines: path, underlined text, message, help.
fn errors(files: &[(&str, &str)]) -> String {
    let (result, files) = Repository { files }.load();
    describe(&result.expect_err("the policy has mistakes"), &files)
}

fn describe(errors: &[PolicyError], files: &Files) -> String {
    let line = |error: &PolicyError| {
        let file = files.get(error.file);
        let text = String::from_utf8_lossy(file.slice(error.span));
        let help = error.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{} «{text}» {}{help}\n", file.path(), error.message)
    };
    errors.iter().map(line).collect()
}

fn one(text: &str) -> String {
    errors(&[("modwarden.toml", text)])
}

fn strings(list: &[&str]) -> Vec<toml::Spanned<String>> {
    list.iter().map(|text| toml::Spanned::new(0..text.len(), (*text).to_owned())).collect()
}

fn some_file() -> FileId {
    Files::default().add(RepoPath::from("modwarden.toml"))
}

fn packages(list: &[&str]) -> PackagePatterns {
    PackagePatterns::compile(&strings(list), some_file()).expect("the patterns are valid")
}

fn matches(list: &[&str], path: &str) -> bool {
    packages(list).find(&Subject::external(path)).is_some()
}

fn entry<'p>(policy: &'p Policy, name: &str) -> &'p Entry {
    policy.entries.iter().find(|entry| entry.name == name).expect("the entry exists")
}

#[test]
fn every_mistake_of_a_file_is_shown_at_its_place() {
    let text = r#"
extend = ["recommended"]
[severity]
import-deny = "warn"
import-dot = "wrn"
"import-denied/b" = "note"
[[import-denied]]
name = "a"
deny = ["net/http", "re:("]
frm = ["./cmd/..."]
[[import-denied]]
deny = ["x"]
[[module-denied]]
name = "m"
severity = "warn"
deny = "x"
files = ["/abs"]
tests = "never"
[[module-denied]]
name = "m"
deny = ["y"]
[exception]
rule = "a"
"#;
    let expected = "\
modwarden.toml «extend» unknown key `extend` (did you mean `extends`?)
modwarden.toml «import-deny» no rule is called `import-deny` (did you mean `import-denied`?)
modwarden.toml «\"wrn\"» this is not a severity (did you mean `warn`?)
modwarden.toml «\"import-denied/b\"» `import-denied` has no entry called `b` (did you mean `a`?)
modwarden.toml «\"re:(\"» invalid regular expression: unclosed group
modwarden.toml «frm» unknown key `frm` (did you mean `from`?)
modwarden.toml «[[import-denied]]» this entry has no `name` (add a `name` that says what it prevents)
modwarden.toml «severity» an entry cannot have a severity (in `[severity]`, write `\"module-denied/NAME\" = …`)
modwarden.toml «\"x\"» a string, but a list is expected (write `[\"x\"]`)
modwarden.toml «\"/abs\"» the path is absolute (write `./abs`)
modwarden.toml «\"never\"» unknown variant `never`, expected one of `include`, `exclude`, `only`
modwarden.toml «\"m\"» `module-denied` has two entries called `m` (give each its own name)
modwarden.toml «exception» `exception` must be a list of tables (write `[[exception]]`, with two brackets)
";
    assert_eq!(one(text), expected);
}

#[test]
fn patterns_are_checked_with_their_own_place() {
    let text = r#"
[[import-denied]]
name = "a"
from = ["", "./../x"]
files = ["a\\b", "../x", "cmd/...", "[z"]
deny = ["re:(", "$stdd", "/abs", "a\\b", "{x", "$gostd/net"]
modules = ["x@1.x", "x@psuedo", "@v0", "x@v1.2"]
"#;
    let usage = "(write `<1.4.0`, `>=1.2.0,<1.4.0`, `v1.2.3`, `v0`, `pseudo`, `incompatible` or `prerelease`)";
    let expected = format!(
        "\
modwarden.toml «\"\"» the pattern is empty (use `...` for everything)
modwarden.toml «\"./../x\"» the pattern leaves the module (write the import path of the package)
modwarden.toml «\"a\\\\b\"» the pattern contains a backslash (use `/`, on every system)
modwarden.toml «\"../x\"» the path contains `..` (paths are from the root of the repository)
modwarden.toml «\"cmd/...\"» this is a Go pattern, but file names are expected (use `**` for any depth)
modwarden.toml «\"[z\"» invalid glob: unclosed character class; missing ']'
modwarden.toml «\"re:(\"» invalid regular expression: unclosed group
modwarden.toml «\"$stdd\"» no set or group is called `$stdd` (did you mean `$std`?)
modwarden.toml «\"/abs\"» the path is absolute (write `./abs`)
modwarden.toml «\"a\\\\b\"» the pattern contains a backslash (use `/`, on every system)
modwarden.toml «\"{{x\"» invalid glob: unclosed alternate group; missing '}}' (maybe escape '{{' with '[{{]'?)
modwarden.toml «\"$gostd/net\"» no set or group is called `$gostd` (did you mean `$std`?)
modwarden.toml «\"x@1.x\"» `1.x` is not a version constraint {usage}
modwarden.toml «\"x@psuedo\"» `psuedo` is not a version constraint (did you mean `pseudo`?)
modwarden.toml «\"@v0\"» the module path is missing (use `...@` for every module)
modwarden.toml «\"x@v1.2\"» `v1.2` is not a version constraint {usage}
"
    );
    assert_eq!(one(text), expected);
}

#[test]
fn mistakes_in_layers_and_captures_are_shown_at_their_place() {
    let text = r#"
[[layer-broken]]
name = "twice"
layers = ["./cmd/...", "(./store/...)", "./mail/... | ./store/..."]

[[layer-broken]]
name = "marks"
layers = ["(./a/...) | (./b/...)", "!./c/..."]

[[layer-broken]]
name = "alone"
layers = ["./cmd/..."]

[[sibling-coupled]]
name = "no-capture"
each = "./services/*/..."

[[sibling-coupled]]
name = "open"
each = "./services/{svc/..."
except = ["./services/{svc}/api"]

[[sibling-coupled]]
name = "name"
each = "./{a-b}/{a,b}"

[[sibling-coupled]]
name = "nothing"

[[sibling-coupled]]
name = "same"
each = "./{svc}/{svc}"
"#;
    let expected = "\
modwarden.toml «./store/...» `./store/...` is listed twice (a package has one place among the layers: remove one of them)
modwarden.toml «./a/...)» the parentheses are not around the whole layer (write `(./one/... | ./two/...)`)
modwarden.toml «(./b/...» the parentheses are not around the whole layer (write `(./one/... | ./two/...)`)
modwarden.toml «\"!./c/...\"» a layer cannot take packages away (name the packages of the layer)
modwarden.toml «\"alone\"» this entry orders nothing (add `layers` with two or more layers, the highest first)
modwarden.toml «\"./services/*/...\"» the pattern has no capture (write `{name}` for the element that tells the groups apart, as in `./services/{service}/...`)
modwarden.toml «\"./services/{svc/...\"» a `{` has no `}` (write `{name}`)
modwarden.toml «\"./services/{svc}/api\"» `{svc}` is a capture that nothing binds (bind it in `from`, or write `*` for any one element, or `{a,b}` for some)
modwarden.toml «\"./{a-b}/{a,b}\"» `a-b` is not a name of a capture (use letters, digits and `_`)
modwarden.toml «\"nothing\"» this entry separates nothing (add `each`)
modwarden.toml «\"./{svc}/{svc}\"» the capture `svc` occurs twice (give each capture a name of its own)
";
    assert_eq!(one(text), expected);
}

#[test]
fn mistakes_in_groups_are_shown_at_their_place() {
    let text = r#"
[groups]
std = ["fmt"]
"a b" = ["fmt"]
empty = []
word = "fmt"
number = [1]
storage = ["./store/...", "$storge", "$stroage/sub", "a["]
one = ["$two"]
two = ["$three", "fmt"]
three = ["$one"]
itself = ["$itself"]
nothing = ["!./store/..."]
below = ["fmt"]
services = ["./services/{svc}/...", "./services/{svc"]

[[import-denied]]
name = "groups"
deny = ["$storag", "!$below/x", "$services", "$below@v1"]

[[sibling-coupled]]
name = "each"
each = "$two"

[[version-unfit]]
name = "pinned"
pin = ["$below"]
"#;
    let wanted = r#"modwarden.toml «std» `$std` is a set that every policy has (give the group another name)
modwarden.toml «"a b"» this is not a valid name of a group (use letters, digits, `-`, `_` and `.`)
modwarden.toml «[]» the group `empty` is empty (add a pattern, or remove the group)
modwarden.toml «"fmt"» a string, but a list is expected (write `["fmt"]`)
modwarden.toml «1» a number, but a string is expected
modwarden.toml «"$storge"» no set or group is called `$storge` (did you mean `$storage`?)
modwarden.toml «"$stroage/sub"» no set or group is called `$stroage` (did you mean `$storage`?)
modwarden.toml «"a["» invalid glob: unclosed character class; missing ']'
modwarden.toml «"$one"» these groups refer to each other in a circle: `$one`, `$two`, `$three`, `$one` (remove one of the references)
modwarden.toml «"$itself"» these groups refer to each other in a circle: `$itself`, `$itself` (remove one of the references)
modwarden.toml «nothing» the group `nothing` only takes away (add a pattern from which it takes away, such as `...` for everything)
modwarden.toml «"fmt"» the version of the module is missing (write `fmt@v1.2.3`)
modwarden.toml «"./services/{svc"» invalid glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
modwarden.toml «"$storag"» no set or group is called `$storag` (did you mean `$storage`?)
modwarden.toml «"!$below/x"» `/x` after `$below`, which is a group (write `$below` alone, or a group with the patterns that are meant)
modwarden.toml «"$services"» `./services/{svc}/...` of the group `services`: `{svc}` is a capture that nothing binds (bind it in `from`, or write `*` for any one element, or `{a,b}` for some)
modwarden.toml «"$below@v1"» `@v1` after `$below`, which is a group (write `$below` alone, or a group with the patterns that are meant)
modwarden.toml «"$two"» `fmt` of the group `two`: the pattern has no capture (write `{name}` for the element that tells the groups apart, as in `./services/{service}/...`)
"#;
    assert_eq!(one(text), wanted);
    let table = one("groups = [\"fmt\"]\n");
    assert!(table.starts_with("modwarden.toml «groups» `groups` must be a table"), "{table}");
    let mut doubling = "[groups]\ng0 = [\"a\", \"b\"]\n".to_owned();
    for level in 1..=20 {
        doubling += &format!("g{level} = [\"$g{0}\", \"$g{0}\"]\n", level - 1);
    }
    assert!(one(&doubling).contains("stands for more than 1000 patterns"), "{}", one(&doubling));
    let many = |prefix: &str| -> String { (0..900).map(|n| format!("\"{prefix}{n}\", ")).collect() };
    let mut wide = format!("[groups]\nw0 = [{}]\n", many("a"));
    for number in 1..=200 {
        wide += &format!("w{number} = [\"$w0\"]\n");
    }
    assert!(one(&wide).contains("stand for more than 100000 patterns"), "{}", one(&wide));
    let names: String = (0..6).map(|_| "\"$w0\", ").collect();
    let list = format!("[groups]\nw0 = [{}]\n[[import-denied]]\nname = \"x\"\ndeny = [{names}]\n", many("a"));
    assert!(one(&list).contains("the list has more than 5000 patterns"), "{}", one(&list));
    let mut chain = "[groups]\nh0 = [\"a\"]\n".to_owned();
    for level in 1..=1_000 {
        chain += &format!("h{level} = [\"$h{}\"]\n", level - 1);
    }
    assert!(one(&chain).contains("more than 32 groups refer to each other"), "{}", one(&chain));
}

#[test]
fn mistakes_in_captures_of_entries_are_shown_at_their_place() {
    let text = r#"
[groups]
services = ["./services/{svc}/..."]

[[import-denied]]
name = "unbound"
from = ["./services/{svc}/..."]
deny = ["./services/{scv}/internal", "./{svc}", "$services"]

[[import-denied]]
name = "unused"
from = ["./services/{svc}/{part}/..."]
deny = ["./{svc}/..."]

[[import-denied]]
name = "apart"
from = ["./services/{svc}/...", "./cmd/..."]
deny = ["./{svc}/..."]

[[import-denied]]
name = "nothing"
deny = ["./{svc}/..."]

[[import-denied]]
name = "away"
from = ["./...", "!./{svc}/..."]
deny = ["expvar"]

[[import-protected]]
name = "unused"
protect = ["$services"]
to = ["./cmd/..."]

[[import-protected]]
name = "unbound"
protect = ["./services/{svc}/..."]
to = ["./cmd/{svc}", "./{name}"]
"#;
    let help = "bind it in `from`, or write `*` for any one element, or `{a,b}` for some";
    let wanted = format!(
        r#"modwarden.toml «"./services/{{svc}}/..."» the capture `svc` is bound and not used (write `{{svc}}` in another list of the entry, or `*` here)
modwarden.toml «"./services/{{scv}}/internal"» `{{scv}}` is a capture that nothing binds ({help})
modwarden.toml «"./services/{{svc}}/{{part}}/..."» the capture `part` is bound and not used (write `{{part}}` in another list of the entry, or `*` here)
modwarden.toml «"./cmd/..."» `./cmd/...` does not bind the capture `svc` (bind the same captures in each pattern of the list)
modwarden.toml «"./{{svc}}/..."» `{{svc}}` is a capture that nothing binds ({help})
modwarden.toml «"!./{{svc}}/..."» `{{svc}}` is a capture that nothing binds ({help})
modwarden.toml «"./{{name}}"» `{{name}}` is a capture that nothing binds ({help})
"#
    );
    assert_eq!(one(text), wanted);
}

#[test]
fn a_group_stands_for_its_patterns_without_those_that_it_takes_away() {
    let text = r#"
[groups]
storage = ["./store/...", "database/sql", "!$fixtures"]
fixtures = ["./store/**/fixtures"]
more = ["$storage", "./store/a/fixtures", "$fixtures"]

[[import-denied]]
name = "listed"
deny = ["expvar"]
from = ["$storage", "./store/b/fixtures"]

[[import-denied]]
name = "others"
deny = ["expvar"]
from = ["./...", "!$storage"]

[[import-denied]]
name = "more"
deny = ["expvar"]
from = ["$more"]
"#;
    let policy = policy(&[("modwarden.toml", text)]);
    let covers = |name: &str, relative: &str| {
        let path = format!("m/{relative}");
        let subject = Subject { path: &path, relative: Some(relative), in_module: true, ..Subject::default() };
        entry(&policy, name).scope.covers_package(&subject)
    };
    for (name, covered) in [("listed", [true, false, true, false]), ("others", [false, true, true, true])] {
        let found = ["store/a", "store/a/fixtures", "store/b/fixtures", "other"].map(|path| covers(name, path));
        assert_eq!(found, covered, "{name}");
    }
    assert!(covers("more", "store/a/fixtures") && covers("more", "store/b/fixtures") && !covers("more", "other"));
}

#[test]
fn groups_are_merged_as_entries_are() {
    let root = "extends = [\"./team.toml\"]\n[groups]\nstore = [\"./db/...\"]\n";
    let team = "[groups]\nstore = [\"./store/...\"]\nall = [\"$store\", \"./cache/...\"]\n[[import-protected]]\n\
                name = \"store\"\nprotect = [\"$all\"]\nto = [\"./cmd/...\"]\n";
    let files = [("modwarden.toml", root), ("team.toml", team)];
    let (loaded, texts) = Repository { files: &files }.load();
    let shown = show_text(&loaded.expect("the policy is valid"), &texts);
    let groups =
        "[groups]\nall = [\"$store\", \"./cache/...\"]  # team.toml:3\nstore = [\"./db/...\"]  # modwarden.toml:3\n\n";
    assert!(shown.starts_with(groups), "{shown}");
    let (again, _) = Repository { files: &[("modwarden.toml", &shown)] }.load();
    again.expect("the effective policy is a policy");
    let nested = "[groups]\nstore = [\"./x/...\"]\n[[import-denied]]\nname = \"own\"\ndeny = [\"$all\", \"$own\"]\n";
    let files = [("modwarden.toml", root), ("sub/modwarden.toml", nested), ("team.toml", team)];
    let wanted = "sub/modwarden.toml «store» the group `store` is inherited (the policy of a directory can only be stricter; give \
                  the group another name)\nsub/modwarden.toml «\"$own\"» no set or group is called `$own` (there are `$std`, \
                  `$module`, `$workspace`, `$external`, `$test`, `$program`, `$all`, `$store`)\n";
    assert_eq!(errors(&files), wanted);
    let own = nested.replace("store = ", "own = ");
    policy(&[("modwarden.toml", root), ("sub/modwarden.toml", &own), ("team.toml", team)]);
    let root_uses = format!("{root}[[import-denied]]\nname = \"up\"\ndeny = [\"$own\"]\n");
    let found = errors(&[("modwarden.toml", &root_uses), ("sub/modwarden.toml", &own), ("team.toml", team)]);
    assert!(found.contains("modwarden.toml «\"$own\"» no set or group is called `$own`"), "{found}");
}

#[test]
fn a_severity_for_a_rule_without_an_entry_is_refused_at_its_place() {
    let policy = "[severity]\nimport-dot = \"warn\"\nimport-denied = \"error\"\nmodule-denied = \"off\"\nimport-dots = \"error\"\n\
                  [[module-denied]]\nname = \"x\"\ndeny = [\"example.com/x\"]\n";
    assert_eq!(
        one(policy),
        "modwarden.toml «import-denied» this severity has no effect: `import-denied` does nothing without an entry (add an entry \
         `[[import-denied]]`, or remove the line; `modwarden explain import-denied` shows one)\n\
         modwarden.toml «import-dots» no rule is called `import-dots` (did you mean `import-dot`?)\n"
    );
}

#[test]
fn a_template_is_filled_in_by_groups_that_there_are() {
    let entry = |name: &str, packages: &str, alias: &str| {
        format!("[[import-alias]]\nname = \"{name}\"\npackages = [{packages}]\nalias = \"{alias}\"\n")
    };
    let wrong = [
        entry("a", "'re:.*/(\\w+)', \"fmt\"", "$1"),
        entry("b", "\"fmt\"", "$0"),
        entry("c", "\"fmt\"", "${name}"),
        entry("d", "'re:.*/(\\w+)'", "x$2"),
        entry("e", "'re:.*/(\\w+)'", "$1_v1"),
        entry("f", "'re:.*/(?P<last>\\w+)'", "${first}"),
    ];
    let right = [entry("g", "'re:.*/(\\w+)', '!fmt'", "x${1}_v1"), entry("h", "'re:.*/(?P<last>\\w+)'", "${last}$1$0")];
    let found = one(&[&wrong[..], &right[..]].concat().concat());
    let lines: Vec<&str> = found.lines().collect();
    let expected = [
        "modwarden.toml «\"$1\"» `fmt` captures nothing for `$1` (write a `re:` pattern with a group in parentheses, \
         or the name itself)",
        "modwarden.toml «\"$0\"» `fmt` captures nothing for `$0` (write a `re:` pattern with a group in parentheses, \
         or the name itself)",
        "modwarden.toml «\"${name}\"» `fmt` captures nothing for `$name` (write a `re:` pattern with a group in \
         parentheses, or the name itself)",
        "modwarden.toml «\"x$2\"» `re:.*/(\\w+)` has no group `2` (groups are counted from 1, one for each `(`)",
        "modwarden.toml «\"$1_v1\"» `re:.*/(\\w+)` has no group `1_v1` (write `${1}_v1`)",
        "modwarden.toml «\"${first}\"» `re:.*/(?P<last>\\w+)` has no group `first` (groups are counted from 1, one for each `(`)",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn errors_of_syntax_do_not_echo() {
    let two = "extends = \nx y\n[severity]\nimport-dt = \"warn\"\n";
    let found = one(two);
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.lines().all(|line| line.starts_with("modwarden.toml «")), "{found}");
    let unclosed = "extends = [\n\"recommended\"\n[severity]\nimport-dot = \"warn\"\nimport-blank = 1\n";
    assert_eq!(one(unclosed).lines().count(), 1, "{}", one(unclosed));
    assert!(one("a = 1\u{0}\n").contains("modwarden.toml «"));
}

#[test]
fn what_is_not_a_policy_is_refused_at_once() {
    let load_bytes = |bytes: Vec<u8>| {
        let text = PolicyText { path: "modwarden.toml".into(), home: Home::Outside, text: Arc::from(bytes) };
        let mut files = Files::default();
        let mut read = |_: &RepoPath, _| Ok(None);
        let input = PolicyInput { root: Some(text), nested: Vec::new(), packs: &[], rules: &infos(), read: &mut read };
        let errors = load(input, &mut files).expect_err("this is no policy");
        describe(&errors, &files)
    };
    let expected = "modwarden.toml «» the file is not UTF-8 (save the file as UTF-8)\n";
    assert_eq!(load_bytes(b"a = '\xff'".to_vec()), expected);
    assert!(load_bytes(vec![b'['; 10 << 20]).contains("longer than 1048576 bytes"));
    assert!(!load_bytes(vec![b'['; 1 << 16]).is_empty());
    assert!(!load_bytes(vec![0; 100]).is_empty());
}

#[test]
fn later_files_win_attribute_by_attribute() {
    let policy = policy(&[
        (
            "modwarden.toml",
            r#"
extends = ["./policies/team.toml", "./policies/other.toml"]
modules = ["third_party", "**/vendor.mod"]
[severity]
"import-denied/a" = "note"
[[import-denied]]
name = "a"
reason = "ours"
"#,
        ),
        (
            "policies/team.toml",
            "extends = ['./base.toml']\n[[import-denied]]\nname = 'a'\nreason = 'theirs'\ntests = 'only'\n",
        ),
        ("policies/other.toml", "extends = ['./base.toml']\n[severity]\n'import-denied/a' = 'warn'\n"),
        ("policies/base.toml", "[[import-denied]]\nname = 'a'\ndeny = ['x']\ntests = 'exclude'\nuse = 'y'\n"),
    ]);
    let [entry] = &policy.entries[..] else { panic!("one entry: {:?}", policy.entries) };
    assert_eq!((entry.reason.as_deref(), entry.use_.as_deref()), (Some("ours"), Some("y")));
    assert!(entry.scope.tests.admits(true) && !entry.scope.tests.admits(false), "`only` is later than `exclude`");
    assert!(entry.options.get("deny").is_some() && entry.options.iter().count() == 1);
    assert_eq!(policy.severity.level("import-denied", Some("a"), &RepoPath::root()), Some(Level::At(Severity::Note)));
    assert_eq!(policy.severity.level("import-denied", Some("b"), &RepoPath::root()), None);
    assert!(policy.modules.holds(&"third_party/x".into()) && !policy.modules.holds(&"vendor".into()));
    assert!(policy.modules.is_module_file(&"vendor.mod".into()) && !policy.modules.is_module_file(&"a.mod".into()));
    assert_eq!(policy.used, PolicyUsed::file("modwarden.toml"));
}

#[test]
fn an_error_in_an_inherited_option_is_in_the_file_it_came_from() {
    let found = errors(&[
        ("modwarden.toml", "# a line\nextends = ['./base.toml']\n[[import-denied]]\nname = 'a'\nallow = ['$sdt']\n"),
        ("base.toml", "[[import-denied]]\nname = 'a'\ndeny = ['re:[']\nfrom = ['$modul/...']\n"),
    ]);
    assert!(found.contains("modwarden.toml «'$sdt'»"), "{found}");
    assert!(found.contains("base.toml «'re:['»"), "{found}");
    assert!(found.contains("base.toml «'$modul/...'»"), "{found}");
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn extends_stays_in_the_root_and_ends() {
    let found = errors(&[
        ("modwarden.toml", "extends = ['./a.toml', '../x.toml', './none.toml', 'recomended', 'team.toml', '/etc/x']\n"),
        ("a.toml", "extends = ['./a.toml', './modwarden.toml']\n"),
    ]);
    let expected = "\
modwarden.toml «'../x.toml'» the path leaves the root (keep all policies below it)
modwarden.toml «'./none.toml'» there is no file `none.toml`
modwarden.toml «'recomended'» no pack is called `recomended` (did you mean `recommended`?)
modwarden.toml «'team.toml'» no pack is called `team.toml` (a file begins with `./`: `./team.toml`)
modwarden.toml «'/etc/x'» no pack is called `/etc/x` (a file begins with `./`: `./etc/x`)
a.toml «'./a.toml'» the policy extends itself
a.toml «'./modwarden.toml'» the policy extends itself
";
    assert_eq!(found, expected);

    let names: Vec<(String, String)> =
        (0..20).map(|n| (format!("p{n}.toml"), format!("extends = ['./p{}.toml']", n + 1))).collect();
    let mut files = vec![("modwarden.toml", "extends = ['./p0.toml']")];
    files.extend(names.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert_eq!(errors(&files), "p15.toml «'./p16.toml'» more than 16 policies extend each other\n");
}

#[test]
fn two_policies_in_one_directory_are_one_too_many() {
    let found = errors(&[("modwarden.toml", ""), (".modwarden.toml", "")]);
    assert_eq!(
        found,
        ".modwarden.toml «» this directory has a second policy, `modwarden.toml` (keep one of the two)\n"
    );
}

const ROOT: &str = r#"
[severity]
"import-denied/a" = "warn"
import-blank = "off"
[[import-denied]]
name = "a"
deny = ["x"]
[[module-denied]]
name = "m"
deny = ["x"]
"#;

#[test]
fn the_policy_of_a_directory_tightens() {
    let policy = policy(&[
        ("modwarden.toml", ROOT),
        (
            "team/modwarden.toml",
            r#"
extends = ["production"]
[severity]
"import-denied/a" = "error"
"import-denied/own" = "note"
import-blank = "warn"
[[import-denied]]
name = "own"
deny = ["y"]
[[exception]]
rule = "import-denied/own"
reason = "ours to give"
"#,
        ),
    ]);
    let level = |rule, entry, path: &str| policy.severity.level(rule, entry, &path.into());
    assert_eq!(level("import-denied", Some("a"), "main.go"), Some(Level::At(Severity::Warn)));
    assert_eq!(level("import-denied", Some("a"), "team/x.go"), Some(Level::At(Severity::Error)));
    assert_eq!(level("import-denied", Some("own"), "team/x.go"), Some(Level::At(Severity::Note)));
    assert_eq!(level("import-blank", None, "teams/x.go"), Some(Level::Off));
    assert_eq!(level("import-blank", None, "team/x.go"), Some(Level::At(Severity::Warn)));
    assert!(policy.severity.turns_on("import-blank") && !policy.severity.turns_on("import-dot"));
    assert_eq!(entry(&policy, "own").below, RepoPath::from("team"));
    assert_eq!(entry(&policy, "debug-endpoints").below, RepoPath::from("team"));
    assert!(policy.exceptions[0].covers_file(&"team/x.go".into()) && !policy.exceptions[0].covers_file(&"x.go".into()));
}

#[test]
fn the_policy_of_a_directory_never_loosens() {
    let nested = r#"
modules = ["vendor"]
[severity]
"import-denied/a" = "note"
module-denied = "warn"
"module-denied/m" = "off"
[[import-denied]]
name = "a"
deny = []
[[exception]]
rule = "import-denied/a"
reason = "please"
[[exception]]
rule = "import-denied"
reason = "please"
"#;
    let found = errors(&[("modwarden.toml", ROOT), ("team/modwarden.toml", nested)]);
    let expected = "\
team/modwarden.toml «modules» the policy of a directory cannot have `modules` (write them in the policy at the root)
team/modwarden.toml «\"import-denied/a\"» the severity is lower than the inherited one (the policy of a directory can only be stricter)
team/modwarden.toml «module-denied» the severity is lower than the inherited one (the policy of a directory can only be stricter)
team/modwarden.toml «\"module-denied/m\"» the severity is lower than the inherited one (the policy of a directory can only be stricter)
team/modwarden.toml «\"a\"» `import-denied/a` is inherited (the policy of a directory can only be stricter; add an entry of another name)
team/modwarden.toml «\"import-denied/a\"» this exception is from an inherited entry (the policy of a directory can only be stricter; add it to the policy at the root)
team/modwarden.toml «\"import-denied\"» this exception is from an inherited entry (the policy of a directory can only be stricter; add it to the policy at the root)
";
    assert_eq!(found, expected);
}

/// Whether the policy lets a run pass though this could not be decided at this path.
fn lets_pass(policy: &Policy, rule: &str, entry: Option<&str>, path: &str) -> bool {
    policy.undecided.choice(rule, entry, &path.into()) == UndecidedChoice::Pass
}

#[test]
fn the_nearest_line_says_whether_an_undecided_rule_passes() {
    let all = policy(&[("modwarden.toml", "undecided = 'pass'\n")]);
    assert!(lets_pass(&all, "import-denied", None, "") && lets_pass(&all, "module-denied", Some("x"), "a"));
    let none = policy(&[("modwarden.toml", "")]);
    assert!(!lets_pass(&none, "import-denied", None, ""));
    let some = policy(&[
        (
            "modwarden.toml",
            "extends = ['./base.toml']\n[undecided]\nimport-denied = 'fail'\n'import-denied/a' = 'pass'\n",
        ),
        (
            "base.toml",
            "[undecided]\nall = 'pass'\nimport-denied = 'pass'\n[[import-denied]]\nname = 'a'\ndeny = ['x']\n",
        ),
    ]);
    assert!(lets_pass(&some, "import-denied", Some("a"), "") && !lets_pass(&some, "import-denied", Some("b"), ""));
    assert!(lets_pass(&some, "module-denied", None, ""), "`all` is for the others");
    let later = policy(&[
        ("modwarden.toml", "extends = ['./base.toml']\nundecided = 'fail'\n"),
        ("base.toml", "undecided = 'pass'\n"),
    ]);
    assert!(!lets_pass(&later, "module-denied", None, ""), "the later wins");
}

#[test]
fn a_directory_lets_only_its_own_entries_pass() {
    let own = "[undecided]\nmodule-denied = 'fail'\n'import-denied/own' = 'pass'\n[[import-denied]]\nname = 'own'\ndeny = ['x']\n";
    let tight = policy(&[("modwarden.toml", "undecided = 'pass'\n"), ("team/modwarden.toml", own)]);
    assert!(
        !lets_pass(&tight, "module-denied", None, "team/go.mod") && lets_pass(&tight, "module-denied", None, "go.mod")
    );
    assert!(lets_pass(&tight, "import-denied", Some("own"), "team/x.go"));
    let found = errors(&[
        ("modwarden.toml", "[[import-denied]]\nname = 'a'\ndeny = ['x']\n"),
        ("one/modwarden.toml", "undecided = 'pass'\n"),
        (
            "two/modwarden.toml",
            "[undecided]\nmodule-denied = 'pass'\n'import-denied/a' = 'pass'\n'import-denied/b' = 'fail'\n",
        ),
        ("three/modwarden.toml", "undecided = 'pss'\n"),
        ("four/modwarden.toml", "[undecided]\nmodul-denied = 'fail'\nmodule-denied = 3\n"),
    ]);
    let expected = "\
four/modwarden.toml «modul-denied» no rule is called `modul-denied` (did you mean `module-denied`?)
four/modwarden.toml «3» this is neither `pass` nor `fail` (write `\"pass\"` or `\"fail\"`, or a table `[undecided]` with one of them for each rule)
one/modwarden.toml «undecided» the policy of a directory cannot say `pass` (the policy of a directory can only be stricter; it may say `fail`)
three/modwarden.toml «'pss'» this is neither `pass` nor `fail` (did you mean `pass`?)
two/modwarden.toml «module-denied» the policy of a directory cannot say `pass` (the policy of a directory can only be stricter; it may say `fail`)
two/modwarden.toml «'import-denied/a'» the policy of a directory cannot say `pass` (the policy of a directory can only be stricter; it may say `fail`)
two/modwarden.toml «'import-denied/b'» `import-denied` has no entry called `b` (did you mean `a`?)
";
    assert_eq!(found.lines().collect::<BTreeSet<_>>(), expected.lines().collect::<BTreeSet<_>>());
}

#[test]
fn what_is_said_of_undecided_rules_is_shown_as_a_policy() {
    for text in ["undecided = 'pass'\n", "[undecided]\nall = 'pass'\nmodule-denied = 'fail'\n"] {
        let (loaded, table) = Repository { files: &[("modwarden.toml", text)] }.load();
        let shown = show_text(&loaded.expect("the policy is right"), &table);
        let again = policy(&[("modwarden.toml", &shown)]);
        assert!(lets_pass(&again, "import-denied", None, ""), "{shown}");
        assert_eq!(lets_pass(&again, "module-denied", None, ""), !text.contains("module-denied"), "{shown}");
    }
}

#[test]
fn an_upper_directory_is_inherited_by_those_in_it() {
    let own = "[[import-denied]]\nname = 'own'\ndeny = ['x']\n";
    let found = errors(&[
        ("modwarden.toml", ROOT),
        ("team/app/modwarden.toml", "[severity]\n'import-denied/own' = 'note'\n"),
        ("team/modwarden.toml", own),
        ("other/modwarden.toml", own),
    ]);
    let expected = "team/app/modwarden.toml «'import-denied/own'» the severity is lower than the inherited one \
                    (the policy of a directory can only be stricter)\n";
    assert_eq!(found, expected);
}

#[test]
fn exceptions_need_a_reason_and_a_day() {
    let text = r#"
[[import-denied]]
name = "a"
deny = ["x"]
[[exception]]
rule = "import-denied/a"
files = ["cmd/debugd/**"]
reason = " it never leaves the lab "
until = 2026-12-31
[[exception]]
rule = "import-denied"
imports = ["x/..."]
reason = "y"
owner = "@team"
until = "2026-12-31"
"#;
    let policy = policy(&[("modwarden.toml", text)]);
    let [first, second] = &policy.exceptions[..] else { panic!("two exceptions") };
    assert_eq!(
        (first.reason.as_str(), first.until, second.until),
        ("it never leaves the lab", second.until, first.until)
    );
    assert!(first.until.is_some());
    assert!(first.covers_rule("import-denied", Some("a")) && !first.covers_rule("import-denied", Some("b")));
    assert!(first.covers_file(&"cmd/debugd/x/y.go".into()) && !first.covers_file(&"cmd/debug/x.go".into()));
    assert!(second.covers_import(Some(&Subject::external("x/y"))) && !second.covers_import(None));

    let wrong = r#"
[[exception]]
rule = "import-denied/a"
reason = "  "
[[exception]]
rul = "import-denied"
until = 2026-12-31T00:00:00Z
[[exception]]
reason = "z"
until = "tomorrow"
"#;
    let expected = "\
modwarden.toml «\"import-denied/a\"» `import-denied` has no entry called `a`
modwarden.toml «\"  \"» the reason is empty (write why this is allowed)
modwarden.toml «rul» unknown key `rul` (did you mean `rule`?)
modwarden.toml «2026-12-31T00:00:00Z» `until` is not a date (write a day, such as `2026-12-31`)
modwarden.toml «[[exception]]» this exception has no `rule` (name a rule, or `rule/entry`)
modwarden.toml «\"tomorrow\"» `until` is not a date (write a day, such as `2026-12-31`)
";
    assert_eq!(one(wrong), expected);
}

#[test]
fn packs_load_and_their_patterns_can_match() {
    for pack in packs() {
        let policy = policy(&[("modwarden.toml", &format!("extends = ['{}']", pack.name))]);
        assert!(!policy.entries.is_empty(), "{}", pack.name);
        for entry in &policy.entries {
            assert!(entry.reason.is_some(), "{}", entry.name);
            let from = entry.scope.from.iter().flat_map(PackagePatterns::iter);
            let impossible: Vec<_> = from.filter_map(|pattern| pattern.impossible()).collect();
            assert!(impossible.is_empty(), "{}: {impossible:?}", entry.name);
        }
    }
    let mut files = Files::default();
    let mut read = |_: &RepoPath, _| Ok(None);
    let input = PolicyInput { root: None, nested: Vec::new(), packs: &[], rules: &infos(), read: &mut read };
    let alone = load(input, &mut files).expect("the default policy loads");
    assert_eq!(alone.used, PolicyUsed::default());
    assert_eq!(files.iter().map(|(_, file)| file.path().to_string()).collect::<Vec<_>>(), ["pack:recommended"]);
}

#[test]
fn the_production_pack_judges_what_programs_need() {
    let main = "package main\n\nimport _ \"example.com/m/testutil\"\n\nfunc main() {}\n";
    let helper = "package testutil\n\nimport _ \"net/http/httptest\"\n";
    let library = "package lib\n\nimport _ \"example.com/m/testutil\"\n";
    let generator = "//go:build ignore\n\npackage main\n\nimport _ \"example.com/m/testutil\"\n";
    let checked = judge::check(
        &[
            ("modwarden.toml", "extends = ['production']\n"),
            ("go.mod", "module example.com/m\n\ngo 1.24\n"),
            ("cmd/shop/main.go", main),
            ("cmd/shop/main_test.go", "package main\n\nimport _ \"net/http/pprof\"\n"),
            ("testutil/testutil.go", helper),
            ("lib/lib.go", library),
            ("lib/gen.go", generator),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned())),
    );
    assert_eq!(judge::lines(&checked), ["cmd/shop/main.go:3 import-denied/test-packages"]);
}

#[test]
fn the_text_of_init_is_a_policy() {
    let facts = InitFacts {
        modules: vec!["example.com/m\nx = 1".to_owned()],
        has_commands: true,
        has_internal: true,
        today: date(2031, 2, 3),
    };
    for facts in [facts, InitFacts::default()] {
        let text = init_text(&facts);
        assert!(text.contains(&format!("# until = {:04}-12-31\n", facts.today.year() + 1)), "{text}");
        let loaded = policy(&[("modwarden.toml", &text)]);
        assert_eq!(loaded.entries.len(), policy(&[("modwarden.toml", "extends = ['recommended']")]).entries.len());
        let examples: String = text.lines().skip(1).map(uncommented).collect();
        policy(&[("modwarden.toml", &examples)]);
    }
}

/// A line with the `# ` of an example removed; prose stays a comment.
fn uncommented(line: &str) -> String {
    let example =
        |rest: &&str| rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    format!("{}\n", line.strip_prefix("# ").filter(example).unwrap_or(line))
}

#[test]
fn the_effective_policy_is_a_policy_and_names_its_sources() {
    let files = [
        (
            "modwarden.toml",
            "extends = ['recommended', './team.toml']\nmodules = ['third_party']\n[severity]\nimport-dot = 'off'\n\
             [[import-denied]]\nname = 'a'\nreason = 'say \"no\"'\n[[exception]]\nrule = 'import-denied/a'\nreason = 'r'\nuntil = 2026-12-31\n",
        ),
        ("team.toml", "\n[[import-denied]]\nname = 'a'\ndeny = [\n  'x', # why\n  'y/...',\n]\n"),
    ];
    let (policy, table) = Repository { files: &files }.load();
    let shown = show_text(&policy.expect("the policy is right"), &table);
    for line in [
        "import-dot = \"off\"  # modwarden.toml:4",
        "\"import-duplicate/by-hand\" = \"warn\"  # pack:recommended:8",
        "name = \"a\"  # modwarden.toml:6",
        "deny = [\"x\", \"y/...\"]  # team.toml:4",
        "until = 2026-12-31  # modwarden.toml:11",
        "modules = [\"third_party\"]  # modwarden.toml:2",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    let again = [("modwarden.toml", shown.as_str())];
    let (policy, table) = Repository { files: &again }.load();
    let without_places = |text: &str| {
        text.lines().map(|line| line.split("  # ").next().unwrap_or_default().to_owned()).collect::<BTreeSet<_>>()
    };
    let policy = policy.unwrap_or_else(|errors| panic!("{}\n{shown}", describe(&errors, &table)));
    assert_eq!(without_places(&show_text(&policy, &table)), without_places(&shown));
}

#[test]
fn no_beginning_of_a_policy_panics() {
    for text in [ROOT, include_str!("../policies/full.toml")] {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let files = [("modwarden.toml", &text[..end]), ("a/modwarden.toml", &text[end..])];
            let (result, files) = Repository { files: &files }.load();
            for error in result.err().unwrap_or_default() {
                assert!(error.span.end as usize <= files.get(error.file).text().len() + 1, "{error:?}");
            }
        }
    }
}

#[test]
fn the_full_example_loads() {
    let (result, files) =
        Repository { files: &[("modwarden.toml", include_str!("../policies/full.toml")), ("policies/team.toml", "")] }
            .load();
    let policy = result.unwrap_or_else(|errors| panic!("{}", describe(&errors, &files)));
    let production = entry(&policy, "no-pprof-in-production");
    assert_eq!(production.scope.tags.as_deref(), Some(&["prod".to_owned()][..]));
    assert_eq!(production.docs.as_deref(), Some("https://wiki.example.com/go/debug"));
}

#[test]
fn nothing_matches_across_a_path_boundary() {
    for (pattern, path, expected) in [
        ("foo", "foo", true),
        ("foo", "foobar", false),
        ("foo", "foo/bar", false),
        ("a/b", "a/b/x", false),
        ("k8s.io/klog", "k8s.io/klog/v2", false),
        ("k8s.io/klog{,/v2}", "k8s.io/klog/v2", true),
        ("k8s.io/klog{,/v2}", "k8s.io/klog", true),
        ("go.uber.org/...", "go.uber.org/zap", true),
        ("go.uber.org/...", "go.uber.org.example.com/zap", false),
        ("net/...", "net", true),
        ("net/...", "net/http", true),
        ("net/...", "network", false),
        ("...", "anything/at/all", true),
        ("github.com/*/sdk", "github.com/a/sdk", true),
        ("github.com/*/sdk", "github.com/a/b/sdk", false),
        ("github.com/**/sdk", "github.com/a/b/sdk", true),
        ("github.com/*/sdk/...", "github.com/a/sdk/x/y", true),
        ("github.com/*/sdk/...", "github.com/a/sdk", true),
        ("github.com/*/sdk/...", "github.com/a/sdkx", false),
        ("github.com/**", "github.com", false),
        ("go?.dev", "go1.dev", true),
        ("go?.dev", "go/.dev", false),
        ("re:github\\.com/[^/]+/pprof", "github.com/x/pprof", true),
        ("re:github\\.com/[^/]+/pprof", "github.com/x/pprof/y", false),
        ("re:a|b", "ab", false),
        ("re:^a$", "a", true),
        ("GitHub.com/x", "github.com/x", false),
        ("re:pprof", "net/http/pprof", false),
    ] {
        assert_eq!(matches(&[pattern], path), expected, "{pattern} on {path}");
    }
    assert!(!matches(&["a/b", "a/b/c"], "a/b/x"));
}

#[test]
fn lists_add_and_take_away() {
    assert!(matches(&["net/...", "!net/http/..."], "net/url"));
    assert!(!matches(&["!net/http/...", "net/...", "net/http/pprof"], "net/http/pprof"));
    assert!(matches(&["!net/..."], "os") && !matches(&["!net/..."], "net"));
    assert!(!matches(&[], "os"));
}

#[test]
fn sets_and_relative_patterns_ask_the_subject() {
    let own = Subject { path: "example.com/m/cmd/x", relative: Some("cmd/x"), in_module: true, ..Subject::default() };
    let sibling =
        Subject { path: "example.com/n/cmd", relative: Some("cmd"), in_workspace: true, ..Subject::default() };
    let std = Subject { path: "net/http", std: true, ..Subject::default() };
    let test = Subject { test: true, ..own };
    let root = Subject { path: "example.com/m", relative: Some(""), program: true, ..own };
    let c = Subject::external("C");
    let other = Subject::external("github.com/x/y");
    for (pattern, subjects) in [
        ("$std", vec![std]),
        ("$std/net/...", vec![std]),
        ("$std/os", vec![]),
        ("$module", vec![own, test, root]),
        ("$module/...", vec![own, test, root]),
        ("$module/cmd/*", vec![own, test]),
        ("$workspace", vec![own, sibling, test, root]),
        ("$workspace/cmd", vec![sibling]),
        ("$external", vec![other]),
        ("$test", vec![test]),
        ("$program", vec![root]),
        ("./...", vec![own, sibling, test, root]),
        ("./cmd/...", vec![own, sibling, test]),
        (".", vec![root]),
        ("./", vec![root]),
        ("./**/x", vec![own, test]),
        ("...", vec![own, sibling, std, test, root, c, other]),
    ] {
        let list = packages(&[pattern]);
        for subject in [own, sibling, std, test, root, c, other] {
            let expected = subjects.iter().any(|wanted| (wanted.path, wanted.test) == (subject.path, subject.test));
            assert_eq!(list.find(&subject).is_some(), expected, "{pattern} on {subject:?}");
        }
    }
}

#[test]
fn the_more_specific_pattern_is_the_greater() {
    let own = Subject { path: "example.com/m/api/v1", relative: Some("api/v1"), in_module: true, ..Subject::default() };
    let rank = |pattern: &str| packages(&[pattern]).find(&own).map(|found| found.specificity(&own));
    let ascending = ["...", "$module", "./...", "example.com/m/a*/...", "example.com/m/api/...", "./api/v1"];
    for pair in ascending.windows(2) {
        assert!(rank(pair[0]) < rank(pair[1]), "{pair:?}");
    }
    assert_eq!(rank("./api/..."), rank("example.com/m/api/..."));
    assert_eq!(rank("!x"), Some(Specificity::Everything));
    let list = packages(&["...", "example.com/m/...", "$module"]);
    assert_eq!(list.find(&own).map(|found| found.text()), Some("example.com/m/..."));
}

#[test]
fn what_can_never_match_says_so() {
    for (pattern, says) in [
        ("github.com/x/y$", Some("`$`")),
        ("github.com/.../y", Some("`...`")),
        ("net...", Some("`...`")),
        ("net/", Some("`/`")),
        ("net /http", Some("white space")),
        ("https://github.com/x", Some("URL")),
        ("\"fmt\"", Some("quotes")),
        ("github.com/x@v1", Some("version")),
        ("a//b", Some("empty")),
        ("./a/../b", Some("`..`")),
        ("re:x y$", None),
        ("./", None),
        (".", None),
        ("$module/...", None),
        ("a/**/b/...", None),
    ] {
        let list = packages(&[pattern]);
        let impossible = list.iter().next().and_then(|pattern| pattern.impossible());
        match says {
            Some(word) => {
                assert!(impossible.is_some_and(|why| why.message.contains(word)), "{pattern}: {impossible:?}")
            }
            None => assert_eq!(impossible, None, "{pattern}"),
        }
    }
}

#[test]
fn shapes_tell_what_a_pattern_looks_like() {
    let list = packages(&["fmt", "net/...", "...", "a/*", "re:a", "$std", "./x", "!os"]);
    let shapes: Vec<Shape<'_>> = list.iter().map(|pattern| pattern.shape()).collect();
    let expected = [
        Shape::Exact("fmt"),
        Shape::Below("net"),
        Shape::Everything,
        Shape::Glob,
        Shape::Regex,
        Shape::Set,
        Shape::Relative,
        Shape::Exact("os"),
    ];
    assert_eq!(shapes, expected);
}

#[test]
fn module_patterns_ask_for_versions() {
    let matches = |pattern: &str, version: &str| {
        let list = ModulePatterns::compile(&strings(&[pattern]), some_file()).expect("the pattern is valid");
        let version = modwarden::internals::go::Version::parse(version);
        list.find(&Subject::external("example.com/m"), version.as_ref()).is_some()
    };
    let pseudo = "v0.0.0-20240102030405-0123456789ab";
    for (pattern, version, expected) in [
        ("example.com/m@<1.4.0", "v1.3.9", true),
        ("example.com/m@<1.4.0", "v1.4.0", false),
        ("example.com/m@<1.4", "v1.4.0-rc.1", true),
        ("example.com/m@>=v1.2.0", "v1.2.0", true),
        ("example.com/m@>1.2.0", "v1.2.0", false),
        ("example.com/m@=v1.2.3", "v1.2.3", true),
        ("example.com/m@v1.2.3", "v1.2.3", true),
        ("example.com/m@v1.2.3", "v1.2.4", false),
        ("example.com/m@v0", "v0.9.0", true),
        ("example.com/m@v1", "v10.0.0", false),
        ("example.com/*@>=1.2.0, <1.4.0", "v1.3.0", true),
        ("example.com/*@>=1.2.0, <1.4.0", "v1.4.0", false),
        ("...@pseudo", pseudo, true),
        ("...@prerelease", pseudo, false),
        ("...@prerelease", "v1.0.0-rc.1", true),
        ("...@incompatible", "v2.0.0+incompatible", true),
        ("...@incompatible", "v2.0.0", false),
        ("example.com@v1", "v1.0.0", false),
        ("example.com/m", "not a version", true),
        ("example.com/m@<9", "not a version", false),
    ] {
        assert_eq!(matches(pattern, version), expected, "{pattern} on {version}");
    }
}

#[test]
fn file_globs_cover_directories() {
    let matches = |list: &[&str], path: &str| {
        FileGlobs::compile(&strings(list), some_file()).expect("the globs are valid").find(path.as_bytes()).is_some()
    };
    for (glob, path, expected) in [
        ("cmd", "cmd/a/b.go", true),
        ("cmd", "cmdx/b.go", false),
        ("cmd/", "cmd/b.go", true),
        ("cmd/", "cmd", false),
        ("*.go", "a/b.go", false),
        ("**/*.go", "a/b.go", true),
        ("**/*_gen.go", "x_gen.go", true),
        ("./cmd/*.go", "cmd/b.go", true),
        ("internal/*/x", "internal/a/x/y.go", true),
        (".", "any/thing.go", true),
    ] {
        assert_eq!(matches(&[glob], path), expected, "{glob} on {path}");
    }
    assert!(!matches(&["cmd", "!cmd/x"], "cmd/x/y.go"));
    assert!(FileGlobs::compile(&strings(&["a*"]), some_file()).expect("a glob").find(b"a\xff/b").is_some());
}

/// Numbers that look random and are the same each time.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    fn path(&mut self, elements: &[&str]) -> String {
        let count = 1 + self.below(4);
        (0..count).map(|_| elements[self.below(elements.len())]).collect::<Vec<_>>().join("/")
    }
}

/// The meaning of Go patterns and globs, element by element, slow and plain.
fn naive(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], path) => path.is_empty(),
        (["..."], _) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], path) => (0..=path.len()).any(|cut| naive(rest, &path[cut..])),
        ([first, rest @ ..], [element, path @ ..]) => (*first == "*" || first == element) && naive(rest, path),
        _ => false,
    }
}

#[test]
fn patterns_agree_with_a_naive_reader() {
    let mut sequence = Sequence(42);
    let mut hits = 0;
    for _ in 0..4000 {
        let mut pattern = sequence.path(&["a", "b", "ab", "*", "**", "a"]).replace("**/**", "**");
        if sequence.below(3) == 0 && !pattern.ends_with("**") {
            pattern.push_str("/...");
        }
        let elements: Vec<&str> = pattern.split('/').collect();
        let list = packages(&[&pattern]);
        for _ in 0..20 {
            let path = sequence.path(&["a", "b", "ab", "c"]);
            let expected = naive(&elements, &path.split('/').collect::<Vec<_>>());
            assert_eq!(list.find(&Subject::external(&path)).is_some(), expected, "{pattern} on {path}");
            hits += usize::from(expected);
        }
    }
    assert!(hits > 1000, "the patterns match often enough to mean something: {hits}");
}

/// `go list` reads `a/...` as this pattern language does.
#[test]
fn go_reads_its_patterns_the_same_way() {
    let Ok(listed) = std::process::Command::new("go").args(["list", "std"]).output() else {
        assert!(std::env::var_os("CI").is_none(), "go is missing");
        eprintln!("SKIPPED: go not found");
        return;
    };
    let all = String::from_utf8_lossy(&listed.stdout).into_owned();
    for pattern in ["net/...", "net", "encoding/...", "crypto/internal/...", "go/..."] {
        let output = std::process::Command::new("go").args(["list", pattern]).output().expect("go runs");
        let list = packages(&[pattern]);
        let ours: Vec<&str> = all.lines().filter(|path| list.find(&Subject::external(path)).is_some()).collect();
        assert!(!ours.is_empty());
        assert_eq!(ours, String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>(), "{pattern}");
    }
}
