//! Histories of module files made at random, each the same for its seed: lines come, go, change their target and move,
//! files are reformatted and renamed, and branches are merged in every way.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use crate::support::random::Random;
use crate::support::repo::Repo;

/// The directives of each module file, as sets of lines.
type Files = BTreeMap<&'static str, BTreeSet<String>>;

/// Where module files may be.
pub(super) const PATHS: [&str; 6] = ["go.mod", "a/go.mod", "a/b/go.mod", "c/go.mod", "old.mod", "go.work"];

/// Makes a history of this many commits; the last one is `main`.
pub(super) fn make(seed: u64, commits: usize) -> Repo {
    let mut random = Random::new(seed);
    let repo = Repo::init();
    let mut states: Vec<Files> = Vec::new();
    let mut stream = String::new();
    for at in 0..commits {
        let parents = parents(at, &mut random);
        let files = match parents[..] {
            [] => Files::from([("go.mod", BTreeSet::new())]),
            [only] => changed(&states[only], &mut random),
            _ => merged(&parents.iter().map(|&parent| &states[parent]).collect::<Vec<_>>(), &mut random),
        };
        commit(&mut stream, (at, &parents), &files, &mut random);
        states.push(files);
    }
    writeln!(stream, "reset refs/heads/main\nfrom :{commits}").unwrap();
    let mut import =
        repo.command("git").args(["fast-import", "--quiet", "--force"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success(), "seed {seed}");
    repo
}

/// The parents of a commit: mostly the one before, sometimes one further back, sometimes several.
fn parents(at: usize, random: &mut Random) -> Vec<usize> {
    let mut parents = Vec::new();
    let wanted = *random.pick(&[&1, &1, &1, &1, &2, &2, &3]);
    for _ in 0..wanted.min(at) {
        let back = if random.once_in(3) { random.below(at.min(8)) } else { 0 };
        let parent = at - 1 - back;
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    if random.once_in(2) {
        parents.reverse();
    }
    parents
}

fn changed(before: &Files, random: &mut Random) -> Files {
    let mut files = before.clone();
    for _ in 0..random.below(5) {
        let path = PATHS[random.below(PATHS.len())];
        match random.below(12) {
            0 => _ = files.remove(path),
            1 | 2 => rename(&mut files, random),
            3 => _ = files.entry(path).or_default().pop_first(),
            _ => _ = files.entry(path).or_default().insert(line(path, random)),
        }
    }
    files
}

/// Moves a file where none is; sometimes it is edited too.
fn rename(files: &mut Files, random: &mut Random) {
    let from = PATHS[random.below(PATHS.len())];
    let to = PATHS[random.below(PATHS.len())];
    if files.contains_key(to) {
        return;
    }
    let Some(mut lines) = files.remove(from) else { return };
    if random.once_in(3) {
        lines.pop_last();
        lines.insert(line(to, random));
    }
    lines.retain(|line| to != "go.work" || line.starts_with("replace"));
    files.insert(to, lines);
}

/// Each file from one of the sides, or the lines of any of them, or the lines of all of them.
fn merged(sides: &[&Files], random: &mut Random) -> Files {
    let mut files = Files::new();
    for path in PATHS {
        let versions: Vec<&BTreeSet<String>> = sides.iter().filter_map(|side| side.get(path)).collect();
        let all = || versions.iter().flat_map(|lines| lines.iter().cloned()).collect::<BTreeSet<_>>();
        match (random.below(4), versions.as_slice()) {
            (_, []) => {}
            (0, _) => _ = files.insert(path, all()),
            (1, [first, ..]) => {
                let everywhere = first.iter().filter(|line| versions.iter().all(|lines| lines.contains(*line)));
                files.insert(path, everywhere.cloned().collect());
            }
            _ => {
                let side = sides[random.below(sides.len())];
                files.extend(side.get(path).map(|lines| (path, lines.clone())));
            }
        }
    }
    if random.once_in(4) { changed(&files, random) } else { files }
}

fn line(path: &str, random: &mut Random) -> String {
    let old = random.pick(&["example.com/p", "example.com/q", "example.com/r"]);
    let version = random.pick(&["v1.0.0", "v1.1.0"]);
    if path != "go.work" && random.once_in(3) {
        return format!("exclude {old} {version}");
    }
    let left = if random.once_in(3) { format!("{old} {version}") } else { old.to_owned() };
    let right = random.pick(&["./x", "../y", "example.com/fork v1.2.0", "example.com/fork v1.3.0"]);
    format!("replace {left} => {right}")
}

/// Writes a commit to the stream for `git fast-import`, each file in another form than before.
fn commit(stream: &mut String, (at, parents): (usize, &[usize]), files: &Files, random: &mut Random) {
    let date = if random.once_in(5) { random.below(2_000_000_000) } else { 1_600_000_000 + at * 60 };
    writeln!(stream, "commit refs/heads/made\nmark :{}", at + 1).unwrap();
    for who in ["author", "committer"] {
        writeln!(stream, "{who} A U Thor <author@example.com> {date} +0000").unwrap();
    }
    writeln!(stream, "data 1\n.").unwrap();
    for (nth, parent) in parents.iter().enumerate() {
        writeln!(stream, "{} :{}", if nth == 0 { "from" } else { "merge" }, parent + 1).unwrap();
    }
    writeln!(stream, "deleteall").unwrap();
    for (path, lines) in files {
        let text = text(path, lines, random);
        writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).unwrap();
    }
    // A root has no parent to say so with; the next one would get the branch's newest.
    writeln!(stream, "\nreset refs/heads/made\n").unwrap();
}

/// The lines in any order, alone or in blocks, with comments or without.
fn text(path: &str, lines: &BTreeSet<String>, random: &mut Random) -> String {
    let mut text = if path == "go.work" { "go 1.24\n" } else { "module example.com/m\n\ngo 1.24\n" }.to_owned();
    if path != "go.work" && random.once_in(2) {
        writeln!(text, "require (\n\texample.com/z v1.{}.0 // indirect\n)", random.below(9)).unwrap();
    }
    let mut lines: Vec<&String> = lines.iter().collect();
    for at in (1..lines.len()).rev() {
        lines.swap(at, random.below(at + 1));
    }
    for line in lines {
        let (verb, rest) = line.split_once(' ').unwrap();
        let rest =
            if random.once_in(4) { rest.replacen("example.com/p", "\"example.com/p\"", 1) } else { rest.to_owned() };
        let comment = random.pick(&["", "", " // why not", " //modwarden:allow replace-denied reason"]);
        match random.below(3) {
            0 => writeln!(text, "{verb} {rest}{comment}").unwrap(),
            1 => writeln!(text, "// Above.\n{verb}   {rest}{comment}").unwrap(),
            _ => writeln!(text, "{verb} (\n\t{rest}{comment}\n)").unwrap(),
        }
    }
    text
}
