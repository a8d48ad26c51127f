//! The content of made commits: Go files, module files, links, and their policy.

use super::made::{Node, Tree};
use crate::support::random::Random;

/// Each rule and scope that can depend on something else than the file itself.
const POLICY: &str = r#"
[[import-denied]]
name = "no-unsafe"
deny = ["unsafe", "re:^example\\.com/dep/p(/.*)?$"]

[[import-denied]]
name = "only-own"
from = ["./a/..."]
allow = ["$std", "$module/..."]

[[import-denied]]
name = "only-workspace"
files = ["sub/**", "x.go"]
tests = "exclude"
allow = ["$std", "$workspace/...", "$module/..."]

[[import-denied]]
name = "sub-alone"
modules = ["./sub"]
deny = ["$external", "os"]

[[import-protected]]
name = "door"
protect = ["example.com/lib/..."]
to = ["./cmd/..."]

[[import-alias]]
name = "named"
packages = ["example.com/dep/..."]
alias = "dep"

[[import-dot]]
name = "no-dots"

[[import-blank]]
name = "no-blanks"
modules = ["example.com/m"]

[[import-duplicate]]
name = "once"

[[module-denied]]
name = "direct"
deny = ["example.com/dep@<1.3.0", "example.com/lib/...", "example.com/m/..."]

[[module-denied]]
name = "required"
deny = ["example.com/dep/p", "**@v0"]
scope = "required"

[[exception]]
rule = "import-denied/no-unsafe"
files = ["a/b/**", "lib/**"]
reason = "by agreement"

[[exception]]
rule = "import-dot"
modules = ["example.com/m/sub"]
imports = ["example.com/..."]
reason = "by agreement"

[[exception]]
rule = "module-denied/required"
imports = ["example.com/other/..."]
reason = "by agreement"
"#;

/// A policy with no rule about module files.
const IMPORTS_ONLY: &str = r#"
[[import-denied]]
name = "no-unsafe"
deny = ["unsafe", "example.com/dep/..."]

[[import-denied]]
name = "outside"
from = ["./sub/..."]
deny = ["$external"]
"#;

/// A policy about nothing but the lines of module files.
const LINES: &str = r#"
[severity]
exclude-ineffective = "warn"
exclude-unused = "warn"
replace-broken = "warn"
replace-ineffective = "warn"
replace-unused = "warn"
workspace-inconsistent = "error"
"#;

/// The rules about whole states: on all packages, and on unused requirements.
pub(super) const STATES: &str = r#"
[severity]
checksum-missing = "error"
checksum-unused = "warn"
import-cycle = "error"
import-unresolved = "error"
indirect-mismarked = "warn"
layout-untidy = "warn"
require-missing = "error"
require-unused = "error"
tool-unused = "warn"
"#;

/// The rules about vendored files.
const VENDORED: &str = r#"
[severity]
import-unresolved = "error"
vendor-excess = "warn"
vendor-incomplete = "error"
vendor-inconsistent = "error"
"#;

const UNRESOLVED_IN_B: &str = r#"
[[exception]]
rule = "import-unresolved"
files = ["a/b/**"]
reason = "by agreement"
"#;

/// Modules where the go command's patterns reach none.
const NAMED: &str = "modules = [\"testdata/**\", \"_hid\", \"sub/vendor.mod\", \"vendor/example.com/dep/**\"]\n";

const PARTS: [&str; 4] = [
    "extends = [\"./team.toml\"]\n",
    "[severity]\nimport-dot = \"off\"\nsyntax-invalid = \"note\"\n",
    "[[import-denied]]\nname = \"no-os\"\ndeny = [\"os\", \"fmt\"]\n",
    "[[import-denied]]\nname = \"broken\"\ndeny = [\n",
];

/// A policy.
pub(super) fn policy(random: &mut Random) -> String {
    match random.below(12) {
        8 => format!("{STATES}{UNRESOLVED_IN_B}"),
        9 => format!("{NAMED}{STATES}"),
        10 => VENDORED.to_owned(),
        11 => format!("{STATES}{POLICY}{UNRESOLVED_IN_B}"),
        6 => LINES.to_owned(),
        7 => format!("{NAMED}{LINES}"),
        0 => IMPORTS_ONLY.to_owned(),
        1 => format!("{NAMED}{IMPORTS_ONLY}"),
        2 | 3 => format!("{NAMED}{POLICY}"),
        _ => POLICY.to_owned(),
    }
}

const DIRS: [&str; 14] = [
    "",
    "a/",
    "a/b/",
    "a/b/c/",
    "cmd/x/",
    "sub/",
    "sub/p/",
    "sub/p/q/",
    "lib/",
    "lib/deep/",
    "testdata/t/",
    "_hid/",
    ".dot/",
    "vendor/example.com/dep/p/",
];
const NAMES: [&str; 8] = ["x.go", "x.go", "y.go", "y_test.go", "z_windows.go", "_skip.go", "dir.go", "README"];
const IMPORTS: [&str; 20] = [
    "fmt",
    "os",
    "unsafe",
    "C",
    "example.com/m/a",
    "example.com/m/a/b",
    "example.com/m/sub",
    "example.com/m/sub/p",
    "example.com/m/sub/p/q",
    "example.com/dep",
    "example.com/dep/p",
    "example.com/dep/p/q",
    "example.com/lib",
    "example.com/lib/deep",
    "example.com/other",
    "example.com/other/x",
    "example.com/m",
    "example.com/n/a",
    "a/b",
    "./a",
];
const ALIASES: [&str; 6] = ["", "", ". ", "_ ", "dep ", "other "];
const MODULE_FILES: [&str; 11] = [
    "go.mod",
    "go.mod",
    "go.mod",
    "sub/go.mod",
    "sub/go.mod",
    "lib/go.mod",
    "a/go.mod",
    "testdata/t/go.mod",
    "_hid/go.mod",
    "sub/vendor.mod",
    "vendor/example.com/dep/p/go.mod",
];
const LINKS: [&str; 12] = [
    "x.go",
    "y.go",
    "../x.go",
    "../a/x.go",
    "../sub/x.go",
    "../to-dir/x.go",
    "to-dir/x.go",
    "nothing.go",
    "../../outside.go",
    "/absolute.go",
    "../vendor/example.com/dep/p/x.go",
    "../testdata/t/x.go",
];

/// The files of a first commit.
pub(super) fn first(random: &mut Random) -> Tree {
    let mut tree = Tree::default();
    if !random.once_in(6) {
        tree.put("go.mod", Node::File(go_mod("go.mod", random)));
    }
    if random.once_in(2) {
        tree.put("modwarden.toml", Node::File(policy(random)));
    }
    (0..random.below(8)).for_each(|_| change(&mut tree, random));
    tree
}

/// One change, of any kind.
pub(super) fn change(tree: &mut Tree, random: &mut Random) {
    match random.below(24) {
        0..=7 => write_go(tree, random),
        8 | 9 => drop(pick_path(tree, random).map(|path| tree.0.remove(&path))),
        10..=12 => write_go_mod(tree, random),
        13 => {
            tree.0.remove(random.pick(&MODULE_FILES));
        }
        14 => write_go_work(tree, random),
        15 => write_manifest(tree, random),
        16 | 17 => write_link(tree, random),
        18 => rename(tree, random),
        19 => toggle_mode(tree, random),
        20 => turn_around(tree, random),
        21 | 22 => write_policy(tree, random),
        _ => break_something(tree, random),
    }
}

fn pick_path(tree: &Tree, random: &mut Random) -> Option<String> {
    let paths: Vec<&String> = tree.0.keys().collect();
    (!paths.is_empty()).then(|| paths[random.below(paths.len())].clone())
}

fn go_path(random: &mut Random) -> String {
    format!("{}{}", random.pick(&DIRS), random.pick(&NAMES))
}

fn write_go(tree: &mut Tree, random: &mut Random) {
    let path = go_path(random);
    let text = go_file(random);
    tree.put(&path, Node::File(text));
}

fn go_file(random: &mut Random) -> String {
    let head = random.pick(&["", "", "", "//go:build ignore\n\n", "//go:build linux && tool\n\n", "//go:build (\n\n"]);
    let package = random.pick(&["p", "p", "main", "p_test"]);
    let mut text = format!("{head}package {package}\n\nimport (\n");
    for _ in 0..random.below(5) {
        let allow = match random.below(9) {
            0 => " //modwarden:allow import-denied by agreement",
            1 => " //modwarden:allow import-dot/no-dots by agreement",
            2 => " //modwarden:allow import-denied/no-unsafe until=2020-01-01 long ago",
            _ => "",
        };
        text += &format!("\t{}\"{}\"{allow}\n", random.pick(&ALIASES), random.pick(&IMPORTS));
    }
    text + random.pick(&[")\n", ")\n", ")\n\nvar x int\n", ")\n\nvar y int\n", ""])
}

fn write_go_mod(tree: &mut Tree, random: &mut Random) {
    let path = random.pick(&MODULE_FILES);
    let text = go_mod(path, random);
    tree.put(path, Node::File(text));
}

fn go_mod(path: &str, random: &mut Random) -> String {
    let own = match path {
        "go.mod" => random.pick(&["example.com/m", "example.com/m", "example.com/m", "example.com/n", "std"]),
        "sub/go.mod" | "sub/vendor.mod" => {
            random.pick(&["example.com/m/sub", "example.com/m/sub", "example.com/other", "example.com/m"])
        }
        "lib/go.mod" => random.pick(&["example.com/lib", "example.com/lib", "example.com/dep"]),
        _ => "example.com/n/a",
    };
    let mut text = match random.below(20) {
        0 => String::new(),
        1 => "module\n".to_owned(),
        _ => format!("module {own}\n"),
    };
    text += random.pick(&["go 1.24\n", "go 1.24\n", "go 1.13\n", ""]);
    for path in [
        "example.com/dep",
        "example.com/dep/p",
        "example.com/lib",
        "example.com/m/sub",
        "example.com/other",
        "example.com/m",
    ] {
        if random.once_in(2) {
            let version = random.pick(&["v0.1.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.1.0"]);
            let mark =
                random.pick(&["", "", " // indirect", " // indirect", " //modwarden:allow module-denied by agreement"]);
            text += &format!("require {path} {version}{mark}\n");
        }
    }
    for line in [
        "replace example.com/lib => ./lib\n",
        "replace example.com/dep => ../outside\n",
        "replace example.com/dep/p v1.1.0 => ./vendor/example.com/dep/p\n",
        "replace example.com/dep/p => example.com/fork v1.0.0\n",
        "replace example.com/other => ../other\n",
        "replace example.com/m/sub => ./a/b\n",
        "exclude example.com/dep v1.1.0\n",
        "tool example.com/dep/p\n",
        "ignore ./a/b\n",
        "ignore p\n",
        "retract v1.0.0\n",
        "toolchain\n",
    ] {
        if random.once_in(7) {
            text += line;
        }
    }
    text
}

fn write_go_work(tree: &mut Tree, random: &mut Random) {
    let path = random.pick(&["go.work", "go.work", "go.work", "sub/go.work"]);
    if random.once_in(4) {
        tree.0.remove(path);
        return;
    }
    let mut text = "go 1.24\n".to_owned();
    for line in [
        "use .\n",
        "use ./sub\n",
        "use ./lib\n",
        "use ./a\n",
        "use ./testdata/t\n",
        "use ../\n",
        "replace example.com/dep => ./lib\n",
        "what\n",
    ] {
        if random.once_in(2) && (line != "what\n" || random.once_in(4)) {
            text += line;
        }
    }
    tree.put(path, Node::File(text));
}

fn write_manifest(tree: &mut Tree, random: &mut Random) {
    let dir = random.pick(&["", "", "sub/"]);
    let mut text = random.pick(&["", "", "## workspace\n"]).to_owned();
    for (module, packages) in [
        ("example.com/dep", ["example.com/dep", "example.com/dep/p"]),
        ("example.com/dep/p", ["example.com/dep/p", "example.com/dep/p/q"]),
        ("example.com/lib", ["example.com/lib", "example.com/lib/deep"]),
    ] {
        if random.once_in(2) {
            text += &format!("# {module} v1.1.0\n## explicit\n");
            packages.iter().filter(|_| random.once_in(2)).for_each(|package| text += &format!("{package}\n"));
        }
    }
    tree.put(&format!("{dir}vendor/modules.txt"), Node::File(text));
}

fn write_link(tree: &mut Tree, random: &mut Random) {
    let dir = random.pick(&DIRS);
    let (path, target) = match random.below(8) {
        0 => ("to-dir".to_owned(), random.pick(&["a", "sub", "sub/p", "none", "vendor/example.com/dep/p"])),
        1 => ("sub/go.mod".to_owned(), random.pick(&["../go.mod", "../lib/go.mod", "nothing"])),
        2 => ("go.work".to_owned(), random.pick(&["sub/go.work", "lib"])),
        _ => (format!("{dir}{}", random.pick(&["link.go", "link.go", "x.go"])), random.pick(&LINKS)),
    };
    tree.put(&path, Node::Link(target.to_owned()));
}

fn write_policy(tree: &mut Tree, random: &mut Random) {
    let path = random.pick(&["modwarden.toml", "modwarden.toml", "team.toml", "sub/modwarden.toml", ".modwarden.toml"]);
    match random.below(8) {
        0 => drop(tree.0.remove(path)),
        1 | 2 => tree.put(path, Node::File(random.pick(&PARTS).to_owned())),
        4 => tree.put(path, Node::File(format!("{}{IMPORTS_ONLY}", random.pick(&PARTS)))),
        _ => tree.put(path, Node::File(policy(random))),
    }
}

fn rename(tree: &mut Tree, random: &mut Random) {
    let Some(path) = pick_path(tree, random) else { return };
    let node = tree.0.remove(&path);
    let to = go_path(random);
    node.into_iter().for_each(|node| tree.put(&to, node));
}

/// Nothing that matters changes with the mode of a file.
fn toggle_mode(tree: &mut Tree, random: &mut Random) {
    let Some(path) = pick_path(tree, random) else { return };
    let node = match &tree.0[&path] {
        Node::File(text) => Node::Program(text.clone()),
        Node::Program(text) => Node::File(text.clone()),
        node => node.clone(),
    };
    tree.put(&path, node);
}

/// A file becomes a directory, a directory a file or a submodule.
fn turn_around(tree: &mut Tree, random: &mut Random) {
    match random.below(4) {
        0 => tree.put("a", Node::File("package a\n".to_owned())),
        1 => tree.put(random.pick(&["sub", "lib", "a/b"]), Node::Submodule),
        2 => tree.put(&format!("{}x.go/x.go", random.pick(&DIRS)), Node::File(go_file(random))),
        _ => tree.put("vendor", Node::Link("lib".to_owned())),
    }
}

fn break_something(tree: &mut Tree, random: &mut Random) {
    let path = go_path(random);
    let text =
        random.pick(&["package\n", "package p\n\nimport fmt\n", "", "\u{feff}package p\nimport \"unsafe\"\n", "\0"]);
    tree.put(&path, Node::File(text.to_owned()));
}
