//! The made-up module that is tidied: its packages, its go.mod, and the directories that its `replace` lines lead to.

use std::fmt::Write as _;

use super::universe::{Files, HEADERS, Main, Modules, NAMES, Own, fork_files, go_file, imports, joined};
use crate::support::random::Random;

/// The directories that packages can be in. Patterns reach the first five, and the last unless a line ignores it.
const DIRS: [&str; 9] = ["", "one", "two/deep", "internal/k", "cmd/app", "testdata/t", "_hid/h", ".dot/d", "ign/x"];

/// The directory of the module that lies within the main one.
const NESTED: &str = "nested";

/// The files of a repository with the main module, as somebody has written it.
pub(crate) fn files(world: &Modules, main: &Main, random: &mut Random) -> Files {
    let dirs: Vec<&str> = DIRS.iter().filter(|_| random.once_in(2)).copied().collect();
    let dirs = if dirs.is_empty() { vec!["one"] } else { dirs };
    let own: Vec<String> = dirs.iter().map(|dir| joined(&main.path, dir)).collect();
    let mut files = Files::new();
    for dir in &dirs {
        package(world, &mut files, (dir, &own), random);
    }
    let mut all: Files = files.iter().map(|(path, text)| (joined(&main.dir, path), text.clone())).collect();
    files.insert("go.mod".to_owned(), go_mod(world, main, (&files, &mut all), random));
    if main.has_nested {
        nested(world, main, &mut files, random);
    }
    all.extend(files.into_iter().map(|(path, text)| (joined(&main.dir, &path), text)));
    all
}

/// Makes the files of a package, in a directory of the main module.
fn package(world: &Modules, files: &mut Files, (dir, own): (&str, &[String]), random: &mut Random) {
    let own = Own { paths: own, share: 12, is_test: false };
    let of_tests = Own { is_test: true, ..own };
    for (name, count, rarely, own) in [
        ("p.go", 3, 1, &own),
        ("p_test.go", 2, 3, &of_tests),
        ("ext_test.go", 2, 4, &of_tests),
        ("p_windows.go", 1, 8, &own),
        ("p_linux_arm64_test.go", 1, 12, &of_tests),
        ("tagged.go", 2, 5, &own),
        ("gen.go", 1, 12, &own),
    ] {
        if random.once_in(rarely) {
            files.insert(joined(dir, name), main_file(world, name, (count, own), random));
        }
    }
    if random.once_in(12) {
        let nowhere = format!("{}/nowhere/x", world.prefix);
        let name = random.pick(&["_under.go", ".dot.go", "testdata/deep/x.go", "x.go.txt", "vendor/v/x.go"]);
        files.insert(joined(dir, name), go_file("", name, &[nowhere]));
    }
}

/// A Go file of the main module.
pub(crate) fn main_file(world: &Modules, name: &str, (count, own): (usize, &Own<'_>), random: &mut Random) -> String {
    let is_tagged = name.starts_with("tagged") || name.starts_with("gen");
    let header = if is_tagged { random.pick(&HEADERS) } else { "" };
    go_file(header, name, &world.imports(0, count, own, random))
}

/// The import paths of the packages of the main module.
pub(crate) fn own_paths(files: &Files, main: &Main) -> Vec<String> {
    let below = if main.dir.is_empty() { String::new() } else { format!("{}/", main.dir) };
    let names = files.keys().filter(|path| path.ends_with(".go") && !path.starts_with("..")).filter_map(|path| {
        let (dir, _) = path.strip_prefix(&below)?.rsplit_once('/')?;
        (!["forks", NESTED].iter().any(|other| dir == *other || dir.starts_with(&format!("{other}/"))))
            .then(|| joined(&main.path, dir))
    });
    let mut paths: Vec<String> = names.collect();
    paths.dedup();
    paths
}

/// The go.mod of the main module, where some lines are missing and some too many. The targets of its lines go into
/// the files of the repository.
fn go_mod(world: &Modules, main: &Main, (own, all): (&Files, &mut Files), random: &mut Random) -> String {
    let go = if random.once_in(40) { String::new() } else { format!("go {}\n", world.go) };
    let mut lines = Vec::new();
    for (module, version) in world.required(own, random) {
        if !random.once_in(4) {
            let mark = if random.once_in(8) { " // indirect" } else { "" };
            lines.push(format!("{} {}{mark}", world.path(module), world.versions[module][version]));
        }
    }
    for _ in 0..random.below(3) {
        let module = random.below(NAMES.len());
        let mark = random.pick(&["", " // indirect"]);
        lines.push(format!("{} {}{mark}", world.path(module), world.random_version(module, random)));
    }
    let mut text = format!("module {}\n\n{go}", main.path);
    if random.once_in(12) {
        text += &format!("\ntoolchain {}\n", random.pick(&["go1.25.0", "go1.24.1", "go1.20", "default"]));
    }
    text += &requirements(&lines, random);
    for _ in 0..random.below(3) {
        if let Some(line) = directive(world, main, all, random).filter(|line| !is_contradicted(&text, line)) {
            let _ = write!(text, "\n{line}\n");
        }
    }
    text
}

/// Whether a go.mod has a `replace` line for the same, which would be an error.
pub(crate) fn is_contradicted(text: &str, line: &str) -> bool {
    let left = |line: &str| line.trim().trim_start_matches("replace ").split(" => ").next().map(str::to_owned);
    line.starts_with("replace ") && text.lines().any(|other| other.contains(" => ") && left(other) == left(line))
}

/// The `require` lines, in one block, two, or none.
fn requirements(lines: &[String], random: &mut Random) -> String {
    let block = |lines: &[String]| match lines {
        [] => String::new(),
        lines => format!("\nrequire (\n{})\n", lines.iter().map(|line| format!("\t{line}\n")).collect::<String>()),
    };
    match random.below(4) {
        0 => lines.iter().map(|line| format!("\nrequire {line}\n")).collect(),
        1 => {
            let (indirect, direct): (Vec<String>, Vec<String>) =
                lines.iter().cloned().partition(|line| line.ends_with("// indirect"));
            block(&direct) + &block(&indirect)
        }
        _ => block(lines),
    }
}

/// A line of another kind, and its target.
pub(crate) fn directive(world: &Modules, main: &Main, files: &mut Files, random: &mut Random) -> Option<String> {
    let module = random.below(NAMES.len());
    let version = world.random_version(module, random);
    Some(match random.below(12) {
        0..=4 => replace(world, main, files, random),
        5 | 6 if world.versions[module].len() > 1 => format!("exclude {} {version}", world.path(module)),
        7..=9 => {
            let package = world.package(0, false, random)?;
            match random.below(10) {
                0 => format!("tool {}", random.pick(&["unsafe", "unsafe", "cmp", "cmd/vet"])),
                1 => "tool nosuch/tool".to_owned(),
                2 | 3 => {
                    let own = own_paths(files, main);
                    let path = own.get(random.below(own.len().max(1)));
                    format!("tool {}", path.map_or("unsafe", String::as_str))
                }
                _ => format!("tool {}", world.import_path(package)),
            }
        }
        10 => format!("ignore {}", random.pick(&["./ign", "ign", "./two/deep", "one"])),
        _ => random.pick(&["godebug panicnil=1", "retract v0.0.1 // oops"]).to_owned(),
    })
}

/// A `replace` line of the main module, and the directory that it leads to.
fn replace(world: &Modules, main: &Main, files: &mut Files, random: &mut Random) -> String {
    let module = random.below(NAMES.len());
    let path = world.path(module);
    let old = match random.below(8) {
        0..=2 => format!("{path} {}", world.random_version(module, random)),
        3 => format!("{path} v0.7.0"),
        4 if random.once_in(3) => format!("{}/nothere", world.prefix),
        _ => path.clone(),
    };
    if random.once_in(3) {
        let other = if random.once_in(3) || !world.has_fork(module) { path } else { world.fork(module) };
        let version = if other.contains("/fork/") { "v1.5.0" } else { world.random_version(module, random) };
        return format!("replace {old} => {other} {version}");
    }
    if random.once_in(30) {
        // It must not declare another path.
        let other = random.below(NAMES.len());
        return format!("replace {old} => {} {}", world.path(other), world.random_version(other, random));
    }
    if random.once_in(20) {
        return format!("replace {old} => ./{}", random.pick(&["forks/nowhere", "one", "."]));
    }
    let name = NAMES[module].replace('/', "-");
    let is_outside = random.once_in(12);
    let home = if is_outside { format!("../outside/{name}") } else { format!("forks/{name}") };
    if !files.contains_key(&format!("{home}/go.mod")) {
        let made = fork_files(world, module, random);
        files.extend(made.into_iter().map(|(path, text)| (format!("{home}/{path}"), text)));
    }
    let up = "../".repeat(main.dir.split('/').filter(|part| !part.is_empty()).count());
    let target = format!("{up}{home}");
    let target = if target.starts_with("..") { target } else { format!("./{target}") };
    format!("replace {old} => {target}")
}

/// A module within the main one, which mostly requires it.
fn nested(world: &Modules, main: &Main, files: &mut Files, random: &mut Random) {
    let path = joined(&main.path, NESTED);
    let own = Own { paths: &[], share: 0, is_test: false };
    for name in ["p.go", "x/p.go"] {
        files.insert(joined(NESTED, name), main_file(world, name, (2, &own), random));
    }
    let mut text = format!("module {path}\n\n{}", world.go_line(random));
    for (module, version) in world.required(files, random) {
        let is_imported = files.iter().any(|(name, text)| {
            name.starts_with(NESTED) && imports(text).any(|import| import.starts_with(&world.path(module)))
        });
        if is_imported {
            let _ = writeln!(text, "\nrequire {} {}", world.path(module), world.versions[module][version]);
        }
    }
    files.insert(joined(NESTED, "go.mod"), text);
    if random.once_in(4) {
        return;
    }
    let import = joined(&path, random.pick(&["", "x"]));
    files.insert("nest.go".to_owned(), go_file("", "nest.go", &[import]));
    if random.once_in(10) {
        return;
    }
    let go_mod = files.get_mut("go.mod").expect("the main module has one");
    let require = if random.once_in(3) { String::new() } else { format!("\nrequire {path} v1.0.0\n") };
    let _ = write!(go_mod, "{require}\nreplace {path} => ./{NESTED}\n");
}
