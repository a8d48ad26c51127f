//! Changes to one side of a pair that fits: lines of module files and of the list that come, go, move, or say something
//! else, or that mean nothing.

use super::made::{Files, GO, PATHS, Target, version, within};
use crate::support::random::Random;

/// Changes a file of the unit in this directory.
pub(super) fn change(files: &mut Files, dir: &str, random: &mut Random) {
    let list = within(dir, "vendor/modules.txt");
    if files.contains_key(&list) && random.once_in(2) {
        match random.below(60) {
            0 => _ = files.remove(&list),
            1 => files.retain(|name, _| !name.starts_with(&within(dir, "vendor/"))),
            _ => change_list(files.entry(list).or_default(), random),
        }
        return;
    }
    let in_unit = |name: &&String| {
        (name.ends_with("go.mod") || name.ends_with("go.work")) && (dir.is_empty() || name.starts_with(dir))
    };
    let names: Vec<String> = files.keys().filter(in_unit).cloned().collect();
    if !names.is_empty() {
        let name = &names[random.below(names.len())];
        let dir = name.rsplit_once('/').map_or("", |(dir, _)| dir);
        let text = files.get_mut(name).expect("a name of the tree");
        *text =
            changed_module_file(&String::from_utf8_lossy(text), (dir, name.ends_with(".work")), random).into_bytes();
    }
}

/// Lines of a `go.mod` or `go.work` in this directory.
fn changed_module_file(text: &str, (dir, is_work): (&str, bool), random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let counting: Vec<usize> = (0..lines.len()).filter(|&at| is_counting(&lines[at])).collect();
    let at = if counting.is_empty() { 0 } else { counting[random.below(counting.len())] };
    match random.below(if counting.is_empty() { 3 } else { 13 }) {
        0 | 1 => lines.push(line(dir, is_work, random)),
        2 => {
            lines.retain(|line| !line.starts_with("go "));
            let go = random.pick(&GO);
            if !go.is_empty() {
                lines.push(format!("go {go}"));
            }
        }
        3 | 4 => _ = lines.remove(at),
        5 => lines.insert(at, lines[at].clone()),
        6 => lines[at] = with_other_version(&lines[at], random),
        7 => lines[at] = with_other_path(&lines[at], random),
        8 | 9 => lines[at] = with_other_target(&lines[at], &Target::any(random).text(dir), random),
        10 => lines[at] = with_other_sides(&lines[at], random),
        11 => lines.extend(excluding(&lines[at])),
        _ => {
            let break_ = if random.once_in(2) { "\r\n" } else { " // why\n" };
            return lines.iter().map(|line| format!("{line}{break_}")).collect();
        }
    }
    lines.join("\n") + "\n"
}

/// Whether a line requires, replaces, excludes or uses.
fn is_counting(line: &str) -> bool {
    !line.starts_with("module ") && (line.contains("example.com/") || line.contains("gopkg.in/") || line.contains("./"))
}

/// A new line.
fn line(dir: &str, is_work: bool, random: &mut Random) -> String {
    let path = random.pick(&PATHS);
    let version = version(path, random);
    match random.below(5) {
        0 | 1 if is_work => {
            format!("use {}", random.pick(&["./m", "./n", "./deep/o", ".", "../m", "../n", "./nowhere"]))
        }
        0 => format!("exclude {path} {version}"),
        1 | 2 if !is_work => format!("require {path} {version}"),
        3 => format!("replace {path} => {}", Target::any(random).text(dir)),
        _ => format!("replace {path} {version} => {}", Target::any(random).text(dir)),
    }
}

/// A line that excludes a version that another line requires.
fn excluding(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().filter(|word| is_path(word) || is_version(word)).collect();
    let [path, version] = words[..] else { return None };
    (!line.contains("=>")).then(|| format!("exclude {path} {version}"))
}

fn is_version(word: &str) -> bool {
    word.starts_with('v') && word[1..].starts_with(|first: char| first.is_ascii_digit())
}

fn is_path(word: &str) -> bool {
    word.starts_with("example.com/") || word.starts_with("gopkg.in/")
}

/// Puts another word in place of one of those that fit.
fn with_other(
    line: &str,
    fits: impl Fn(&str) -> bool,
    other: impl Fn(&str, &mut Random) -> String,
    random: &mut Random,
) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let places: Vec<usize> = (0..words.len()).filter(|&at| fits(words[at].trim_start())).collect();
    if !places.is_empty() {
        let at = places[random.below(places.len())];
        words[at] = other(&words[at], random);
    }
    words.join(" ")
}

fn with_other_version(line: &str, random: &mut Random) -> String {
    let path = PATHS.iter().find(|path| line.split_whitespace().any(|word| word == **path)).unwrap_or(&PATHS[0]);
    with_other(line, is_version, |_, random| version(path, random).to_owned(), random)
}

fn with_other_path(line: &str, random: &mut Random) -> String {
    let other = |word: &str, random: &mut Random| {
        let indent = &word[..word.len() - word.trim_start().len()];
        format!("{indent}{}", random.pick(&PATHS))
    };
    with_other(line, is_path, other, random)
}

/// Another right side of a replacement, or the same directory in other words; a replacement where there was none.
fn with_other_target(line: &str, target: &str, random: &mut Random) -> String {
    let Some((left, right)) = line.split_once(" => ") else { return format!("{line} => {target}") };
    let is_directory = right.contains('/') && !right.contains(' ');
    let right = match random.below(6) {
        0 if is_directory => format!("{right}/"),
        1 if is_directory => format!("{right}/./../{}", right.rsplit('/').next().unwrap_or_default()),
        2 if is_directory => right.replacen("./", ".//", 1),
        _ => target.to_owned(),
    };
    format!("{left} => {right}")
}

/// All versions for one, or one for all.
fn with_other_sides(line: &str, random: &mut Random) -> String {
    let Some((left, right)) = line.split_once(" => ") else { return with_other_version(line, random) };
    match left.rsplit_once(' ').filter(|(_, last)| is_version(last)) {
        Some((left, _)) => format!("{left} => {right}"),
        None => {
            let path = left.split_whitespace().last().unwrap_or_default();
            format!("{left} {} => {right}", version(path, random))
        }
    }
}

/// Lines of the list.
fn change_list(text: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // Module lines are the most telling.
    let telling: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with(b"#")).collect();
    let at = if telling.is_empty() || random.once_in(4) {
        random.below(lines.len())
    } else {
        telling[random.below(telling.len())]
    };
    let line = String::from_utf8_lossy(&lines[at]).into_owned();
    match random.below(16) {
        0 | 1 => _ = lines.remove(at),
        2 => lines.insert(random.below(lines.len()), lines[at].clone()),
        3 => toggle_explicit(&mut lines, at, random),
        4 => lines[at] = with_other_version(&line, random).into_bytes(),
        5 => lines[at] = with_other_path(&line, random).into_bytes(),
        6 | 7 => lines[at] = with_other_target(&line, &Target::any(random).text(""), random).into_bytes(),
        8 => lines[at] = with_other_sides(&line, random).into_bytes(),
        9 => lines.insert(at + 1, package(random).into_bytes()),
        10 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
        }
        11 => mark(&mut lines, random),
        12 => lines[at] = without_meaning(&line, random).into_bytes(),
        13 => lines.insert(at + 1, module_line(random).into_bytes()),
        14 => lines.insert(at + 1, ODD_LINES[random.below(ODD_LINES.len())].to_vec()),
        _ => damage(&mut lines, at, random),
    }
    *text = lines.join(&b'\n');
}

/// Lines that Go reads in a way that one may not expect, or not at all.
const ODD_LINES: [&[u8]; 40] = [
    b"",
    b"#",
    b"# ",
    b"##",
    b"## ",
    b"# example.com/a",
    b"#example.com/a v1.0.0",
    b"#\texample.com/a v1.0.0",
    b" # example.com/a v1.0.0",
    b"# \t example.com/a \t v1.0.0 \r",
    b"# example.com/a v1.0.0 =>",
    b"# example.com/a =>",
    b"# => v1.0.0 => ./forks/a",
    b"# example.com/a v1.0.0 -> ./forks/a",
    b"# example.com/a v1.0.0 => ./forks/a v1",
    b"# example.com/a v1.0.0 => ./forks/a 1.0.0",
    b"# example.com/a v1.0.0 => ./forks/a v1.0.0 more",
    b"# example.com/a v1.0.0 more",
    b"# example.com/a => => ./forks/a",
    b"# ex\xffample.com/a v1.0.0 => ./forks/a",
    b"# example.com/a v1.0.0 => ./forks/\xff",
    b"# example.com/a\xc2\xa0v1.0.0",
    b"## explicit\xff; explicit",
    b"##  explicit ;go 1.18;",
    b"## Explicit; go1.18; go",
    b"explicit",
    b"example.com/a\xff",
    b"example.com/a example.com/c",
    // Versions that are equal, or no versions of these modules.
    b"# example.com/a v1\n## explicit\nexample.com/a",
    b"# example.com/a v1.0\n## explicit\nexample.com/a",
    b"# example.com/a v1.0.0+meta\n## explicit\nexample.com/a/pkg",
    b"# example.com/a v1.0.0-pre\n## explicit\nexample.com/a/pkg",
    b"# go v1.0.0\n## explicit\nexample.com/go",
    b"# go v1.1.0\n## explicit\nexample.com/go",
    b"# toolchain v1.1.0\n## explicit\nexample.com/go",
    // The main module.
    b"# example.com/m v1.0.0\n## explicit\nexample.com/m/pkg",
    b"# example.com/m => ./forks/m\nexample.com/m/pkg",
    b"# example.com/m v1.0.0 => ./forks/m\n## explicit",
    b"## go banana",
    b"## go 1.99",
];

fn module_line(random: &mut Random) -> String {
    let path = random.pick(&PATHS);
    let version = version(path, random);
    match random.below(5) {
        0 => format!("# {path} {version}"),
        1 | 2 => format!("# {path} {version}\n{path}"),
        3 => format!("# {path} {version} => {}", Target::any(random).text("")),
        _ => format!("# {path} => {}", Target::any(random).text("")),
    }
}

fn package(random: &mut Random) -> String {
    let odd = [
        "nodots",
        "example.com//a",
        "example.com/a/",
        "./example",
        "example.com/a b",
        "a\\b",
        "-x",
        "v1.0.0",
        "example.com/.x",
    ];
    if random.once_in(3) {
        return random.pick(&odd).to_owned();
    }
    format!("{}{}", random.pick(&PATHS), random.pick(&["", "/pkg", "/more"]))
}

/// Marks the module of a line as required, or no longer.
fn toggle_explicit(lines: &mut Vec<Vec<u8>>, at: usize, random: &mut Random) {
    let line = String::from_utf8_lossy(&lines[at]).into_owned();
    if let Some(rest) = line.strip_prefix("## explicit") {
        lines[at] = format!("## {}", rest.trim_start_matches([';', ' '])).into_bytes();
    } else if line.starts_with("## ") {
        lines[at] = (line + "; explicit").into_bytes();
    } else {
        let marks =
            ["## explicit", "## explicit; go 1.20", "## go 1.20;explicit", "## explicit\r", "## \texplicit\u{b}"];
        lines.insert(at + 1, random.pick(&marks).as_bytes().to_vec());
    }
}

/// Says that the list is for a workspace, or no longer.
fn mark(lines: &mut Vec<Vec<u8>>, random: &mut Random) {
    if lines[0].starts_with(b"## workspace") && random.once_in(3) {
        lines.remove(0);
        return;
    }
    let long = format!("## {}; workspace", "x".repeat(490 + random.below(30)));
    let marks = [
        "## workspace",
        "## workspace\r",
        "## x;\tworkspace ; y",
        "## workspace\u{b}",
        "## workspace\u{85}",
        "## \u{a0}workspace",
        "##workspace",
        "# workspace",
        "## workspaces",
        "",
        &long,
    ];
    let line = random.pick(&marks).as_bytes().to_vec();
    let is_marked = lines[0].starts_with(b"## workspace");
    if is_marked { lines[0] = line } else { lines.insert(0, line) }
}

/// A line that lacks a word, or has a wrong one.
fn without_meaning(line: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    let at = random.below(words.len());
    let odd = [
        "",
        "v1",
        "v1.2",
        "v1.0.0+meta",
        "v1.0.0-",
        "v01.0.0",
        "1.0.0",
        "latest",
        "v1.0.0-0.1",
        "v1.0",
        "=>",
        "->",
        "#",
        "none",
        "go",
        "toolchain",
        "v1.0.0-rc.01",
        "example.com/A",
        "a@b",
    ];
    match random.below(3) {
        0 => _ = words.remove(at),
        1 => words.insert(at, random.pick(&odd)),
        _ => words[at] = random.pick(&odd),
    }
    words.join(" ")
}

/// Puts something between the letters of a line, or ends all of them in another way.
fn damage(lines: &mut [Vec<u8>], at: usize, random: &mut Random) {
    let bits: [&[u8]; 14] = [
        b" ",
        b"  ",
        b"\t",
        b"\r",
        b"\0",
        b"\xff",
        b"\xe2\x80",
        b"\xc2\xa0",
        b"\xc2\x85",
        b"\x0b",
        b"\xe2\x80\x83",
        b"@",
        b";",
        b"\xef\xbb\xbf",
    ];
    if random.once_in(4) {
        lines.iter_mut().for_each(|line| line.push(b'\r'));
        return;
    }
    let bit = bits[random.below(bits.len())];
    let line = &mut lines[at];
    let end = line.len();
    let place = match random.below(4) {
        0 => 0,
        1 => end,
        _ => random.below(end + 1),
    };
    if random.once_in(3) && place < end {
        line.splice(place..=place, bit.iter().copied());
    } else {
        line.splice(place..place, bit.iter().copied());
    }
}
