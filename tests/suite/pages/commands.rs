//! The commands of the pages are run, in a repository made for it, one page after the other: each ends with exit code
//! 0, or the last of a block with the code that the block states (```` ```console exit=1 ````), and prints the lines on
//! the page.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::Path;

use super::{Block, blocks, pages};
use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

/// The beginnings of commands that are not run here, and why.
const NOT_RUN: [(&str, &str); 5] = [
    ("cargo ", "CI runs these commands of the README and CONTRIBUTING.md as they stand"),
    ("pip install ", "needs PyPI; packaging/check installs the wheel"),
    ("git ls-files ", "needs the module proxy"),
    ("go mod graph", "needs the module proxy"),
    ("scratch=", "needs the module proxy"),
];

/// A page with this comment is for readers who have no policy yet.
const WITHOUT_POLICY: &str = "<!-- The tests run these commands in a repository without a policy. -->";

/// A bare repository as the pages call it.
const BARE: &str = "/srv/git/shop.git";

#[test]
fn each_command_does_what_the_page_says() {
    let mut used = vec![0; NOT_RUN.len()];
    let (mut count, mut failures) = (0, Vec::new());
    for page in pages() {
        let commands: Vec<Command> = blocks(&page).iter().flat_map(commands).collect();
        if commands.is_empty() {
            continue;
        }
        let repo = shop();
        if page.text.contains(WITHOUT_POLICY) {
            fs::remove_file(repo.root().join("modwarden.toml")).expect("there is a policy");
            repo.commit("No policy");
        }
        for command in commands {
            match NOT_RUN.iter().position(|(start, _)| command.text.starts_with(start)) {
                Some(at) => {
                    let first = command.text.lines().next().unwrap_or_default();
                    let _ = writeln!(stderr(), "NOT RUN: {}: {first} ({})", command.place, NOT_RUN[at].1);
                    used[at] += 1;
                }
                None => {
                    failures.extend(check(&repo, &command).err());
                    count += 1;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let unused: Vec<&str> = NOT_RUN.iter().zip(&used).filter(|(_, used)| **used == 0).map(|(row, _)| row.0).collect();
    assert!(unused.is_empty(), "no page has such a command any more: {unused:?}");
    assert!(count > 40, "only {count} commands were run");
}

/// A command of a page.
struct Command {
    place: String,
    text: String,
    code: i32,
    /// The lines that the page shows below it.
    shown: Vec<String>,
}

/// The commands of a block. In a block of the language `sh` all lines together are one.
fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let new = |text: &str| Command { place: block.place.clone(), text: text.to_owned(), code: 0, shown: Vec::new() };
    match block.language() {
        "sh" => commands.extend(scripts(&block.text).iter().map(|script| new(script))),
        "console" => {
            for line in block.text.lines() {
                match (line.strip_prefix("$ "), commands.last_mut()) {
                    (Some(text), _) => commands.push(new(text)),
                    (None, Some(last)) if last.text.ends_with('\\') => last.text += &format!("\n{line}"),
                    (None, Some(last)) => last.shown.push(line.to_owned()),
                    (None, None) => panic!("{}: output before the first command", block.place),
                }
            }
        }
        _ => return commands,
    }
    for word in &block.words[1..] {
        let code = word.strip_prefix("exit=").and_then(|code| code.parse().ok());
        let code = code.unwrap_or_else(|| panic!("{}: `{word}` means nothing", block.place));
        commands.last_mut().expect("a block has a command").code = code;
    }
    assert!(!commands.is_empty(), "{}: no line begins with `$ `", block.place);
    commands
}

/// The commands of a script: comments begin a new one.
fn scripts(text: &str) -> Vec<String> {
    let mut scripts = vec![String::new()];
    for line in text.lines() {
        if line.starts_with('#') {
            scripts.push(String::new());
        } else {
            let script = scripts.last_mut().expect("there is one");
            *script += line;
            script.push('\n');
        }
    }
    scripts.retain(|script| !script.trim().is_empty());
    scripts
}

fn check(repo: &Repo, command: &Command) -> Result<(), String> {
    let bare = repo.beside("shop.git");
    let text = command.text.replace(BARE, &bare.to_string_lossy());
    let program = Path::new(env!("CARGO_BIN_EXE_modwarden")).parent().expect("a directory");
    let mut shell = repo.command("sh");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a PATH"));
    shell.args(["-e", "-c", &text]).env("PATH", path).env("GOMODCACHE", repo.beside("no-module-cache"));
    for name in ["CI", "GITHUB_ACTIONS", "GOFLAGS", "GOWORK", "NO_COLOR", "COLUMNS"] {
        shell.env_remove(name);
    }
    let outcome = run(shell);
    let place = format!("{}: {}", command.place, command.text);
    if outcome.code != Some(command.code) {
        return Err(format!("{place}\nexit code {:?}, not {}\n{}", outcome.code, command.code, outcome.text));
    }
    let missing = not_printed(&command.shown, &outcome);
    missing.map_or(Ok(()), |line| Err(format!("{place}\nnothing printed is `{line}` in\n{}", outcome.text)))
}

/// The first line that the page shows and that is not printed, in this order. `…` in it stands for text that varies
/// from run to run.
fn not_printed<'s>(shown: &'s [String], outcome: &Outcome) -> Option<&'s String> {
    let mut printed = outcome.text.lines();
    let mut shown = shown.iter().filter(|line| !line.trim().is_empty());
    shown.find(|line| !printed.any(|printed| fits(line, printed)))
}

fn fits(line: &str, printed: &str) -> bool {
    let mut parts = line.trim_end().split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.trim_end().strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        (rest, last) = (after, Some(part));
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || printed.trim_end().ends_with(part),
    }
}

/// A shop with the things in the pages: releases, a branch, a remote, a bare clone, a policy whose findings are
/// warnings.
fn shop() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("go.sum", GO_SUM).write("modwarden.toml", POLICY);
    repo.write("cmd/shop/main.go", MAIN).write("internal/log/log.go", "package log\n");
    repo.commit("A shop");
    repo.git(&["tag", "v1.2.0"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.write("internal/log/old.go", "package log\n\nimport _ \"io/ioutil\"\n").commit("Read logs");
    repo.git(&["tag", "v1.3.0"]);
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("internal/log/text.go", "package log\n\nimport _ \"golang.org/x/text/language\"\n");
    repo.write("go.mod", GO_MOD.replace("x/sys v0.30.0\n", "x/sys v0.31.0\n\tgolang.org/x/text v0.22.0\n"));
    repo.commit("Speak languages");
    repo.git(&["clone", "--quiet", "--bare", ".", &repo.beside("shop.git").to_string_lossy()]);
    fs::create_dir(repo.beside("no-module-cache")).expect("a directory");
    repo
}

const MAIN: &str = "package main\n\nimport (\n\t_ \"example.com/shop/internal/log\"\n\t_ \"golang.org/x/sys/unix\"\n)\n\nfunc main() {}\n";

const GO_MOD: &str = "module example.com/shop\n\ngo 1.24\n\nrequire (\n\tgolang.org/x/sys v0.30.0\n)\n";

const GO_SUM: &str = "golang.org/x/sys v0.30.0 h1:QjkSwP/36a20jFYWkSue1YwXzLmsV5Gfq7Eiy72C1uc=\n\
                      golang.org/x/sys v0.30.0/go.mod h1:/VUhepiaJMQUp4+oa/7Zr1D23ma6VTLIYjOOTFZPUcA=\n";

const POLICY: &str = r#"extends = ["recommended"]

[severity]
replace-stale = "warn"
require-unused = "warn"
"import-denied/no-expvar" = "warn"
"import-denied/no-ioutil" = "warn"

[[import-denied]]
name = "no-expvar"
deny = ["expvar"]

[[import-denied]]
name = "no-ioutil"
deny = ["io/ioutil"]
use = "io or os"
"#;
