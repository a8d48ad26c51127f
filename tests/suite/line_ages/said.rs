//! The program's messages about ages, in every state of a repository.

use crate::support::program::{Outcome, check};
use crate::support::repo::Repo;

const POLICY: &str = "[[replace-denied]]\nname = \"young\"\nmax-age = \"30d\"\n";

const OLD: &str = "replace example.com/old => ./old\n";

const NEW: &str = "replace example.com/new => ./new\n";

/// A repository with one old line.
fn repo() -> Repo {
    let repo = Repo::init();
    repo.write("modwarden.toml", POLICY).write("shop.go", "package shop\n");
    commit(&repo, "2000-01-01", "");
    commit(&repo, "2001-02-03", OLD);
    repo
}

/// Commits a module file with these lines, as of a day.
fn commit(repo: &Repo, day: &str, lines: &str) -> String {
    repo.write("go.mod", module(lines)).git(&["add", "--all"]);
    let date = format!("--date={day}T04:05:06Z");
    repo.git(&["commit", "--quiet", "--allow-empty", &date, "-m", "next"]);
    repo.git(&["rev-parse", "HEAD"])
}

fn module(lines: &str) -> String {
    format!("module example.com/shop\n\ngo 1.24\n\n{lines}")
}

/// That the old line is found, and no other.
#[track_caller]
fn finds_old(outcome: &Outcome, commit: &str) {
    let since =
        format!("days, since 2001-02-03 (commit {} by A U Thor), but the policy allows only 30 days", &commit[..10]);
    let does = "every version of `example.com/old` is replaced by the directory `./old` for ";
    outcome.assert(1, &[does, &since]);
    assert!(!outcome.text.contains("example.com/new"), "{}", outcome.text);
}

#[test]
fn a_line_is_as_old_as_its_commit_in_every_state() {
    let repo = repo();
    let old = repo.git(&["rev-parse", "HEAD"]);
    repo.write("go.mod", module(&format!("{NEW}replace (\n\t// Moved.\n\texample.com/old => ./old\n)\n")));
    finds_old(&check(&repo, &[]), &old);
    repo.git(&["add", "--all"]);
    finds_old(&check(&repo, &["--staged"]), &old);
    repo.git(&["commit", "--quiet", "--date=2099-01-01T00:00:00Z", "-m", "dates may lie"]);
    for args in [&[][..], &["--rev", "HEAD"], &["--staged"], &["--rev", "HEAD~1"]] {
        finds_old(&check(&repo, args), &old);
    }
    check(&repo, &["--rev", "HEAD~2"]).assert(0, &[]);
    finds_old(&check(&repo, &["--format", "json"]), &old);
    let bare = repo.beside("bare");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    repo.git(&["config", "core.bare", "true"]);
    finds_old(&check(&repo, &["--rev", "HEAD"]), &old);
}

#[test]
fn a_file_that_is_moved_keeps_its_lines_before_and_after_the_commit() {
    let repo = repo();
    let old = repo.git(&["rev-parse", "HEAD"]);
    repo.write("shop/modwarden.toml", "").git(&["mv", "go.mod", "shop.go", "shop"]);
    finds_old(&check(&repo, &[]), &old);
    finds_old(&check(&repo, &["--staged"]), &old);
    repo.git(&["commit", "--quiet", "--date=2099-01-01T00:00:00Z", "-m", "move"]);
    finds_old(&check(&repo, &["--rev", "HEAD"]), &old);
}

#[test]
fn a_range_names_what_it_adds_and_not_what_was_old_before() {
    let repo = repo();
    commit(&repo, "2003-04-05", &format!("{OLD}{NEW}"));
    for store in [&[][..], &["--no-cache"], &[]] {
        let outcome = check(&repo, &[&["--range", "HEAD~1..HEAD"], store].concat());
        outcome.assert(1, &["`example.com/new`", "since 2003-04-05"]);
        assert!(!outcome.text.contains("example.com/old"), "{}", outcome.text);
    }
    check(&repo, &["--range", "HEAD~1..HEAD", "--each-commit"]).assert(0, &[]);
}

#[test]
fn a_shallow_clone_says_that_it_cannot_see_more() {
    let repo = repo();
    let last = commit(&repo, "2020-01-01", &format!("{OLD}{NEW}"));
    commit(&repo, "2099-01-01", &format!("{OLD}{NEW}\n"));
    let url = format!("file://{}", repo.root().display());
    let note = "the history of this clone is too short to know the age of lines (2 lines)";
    let clone = |depth: &str| {
        let clone = Repo::plain();
        clone.git(&["clone", "--quiet", "--depth", depth, &url, "."]);
        clone
    };
    check(&clone("1"), &["--format", "pretty"]).assert(3, &[note, "git fetch --unshallow"]);
    let since = "`./old` for at least ";
    let commit = format!("since 2020-01-01 (commit {} by A U Thor)", &last[..10]);
    check(&clone("2"), &["--format", "pretty"]).assert(1, &[since, &commit]);
    let whole = check(&clone("9"), &[]);
    whole.assert(1, &["`./old` for ", "since 2001-02-03", "since 2020-01-01"]);
    assert!(!whole.text.contains("at least") && !whole.text.contains("is too short"), "{}", whole.text);
}

#[test]
fn what_a_partial_clone_lacks_counts_as_its_end() {
    let repo = repo();
    let last = commit(&repo, "2020-01-01", &format!("{OLD}\n"));
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root().display());
    let clone = Repo::plain();
    clone.git(&["clone", "--quiet", "--filter=blob:none", &url, "."]);
    let since = "for at least ";
    let commit = format!("since 2020-01-01 (commit {} by A U Thor)", &last[..10]);
    check(&clone, &["--format", "pretty"]).assert(1, &[since, &commit]);
}

#[test]
fn without_commits_nothing_has_an_age() {
    for repo in [Repo::plain(), Repo::init()] {
        repo.write("modwarden.toml", POLICY).write("shop.go", "package shop\n").write("go.mod", module(OLD));
        let is_in_git = repo.root().join(".git").exists();
        let outcome = check(&repo, &["--format", "pretty"]);
        outcome.assert(if is_in_git { 0 } else { 3 }, &[]);
        let is_told =
            outcome.text.contains("the files are not in a Git repository, so the age of their lines is unknown");
        assert_eq!(is_told, !is_in_git, "{}", outcome.text);
    }
}

#[test]
fn an_age_that_is_none_is_an_error_at_its_place() {
    let repo = repo();
    for age in ["90", "3m", "-1d", ""] {
        repo.write("modwarden.toml", POLICY.replace("30d", age));
        let words =
            [&*format!("`{age}` is not an age"), "write days or weeks, such as `90d` or `12w`", "modwarden.toml:3"];
        check(&repo, &["--format", "pretty"]).assert(2, &words);
    }
}

#[test]
fn an_allowed_replacement_is_written_with_an_arrow() {
    let repo = repo();
    for text in ["example.com/a", "!example.com/a => example.com/b"] {
        repo.write("modwarden.toml", format!("[[replace-denied]]\nname = \"x\"\nallow = [\"{text}\"]\n"));
        let help = "write `example.com/old => example.com/new`, with patterns on both sides";
        check(&repo, &["--format", "pretty"]).assert(2, &[help, "modwarden.toml:3"]);
    }
}

#[test]
fn a_comment_explains_a_line_unless_it_only_asks_for_an_exception() {
    let repo = repo();
    repo.write("modwarden.toml", "[[replace-denied]]\nname = \"why\"\ncomment = \"required\"\n");
    let lines = "replace example.com/a => ./a\n\
                 replace example.com/b => ./b // until b 2.0\n\
                 // Until c 2.0.\n\
                 replace example.com/c => ./c\n\n\
                 //\n\
                 replace example.com/d => ./d\n\
                 replace example.com/e => ./e //modwarden:allow exclude-denied no reason\n";
    repo.write("go.mod", module(lines));
    let outcome = check(&repo, &[]);
    outcome.assert(1, &["`./a`, and no comment explains why", "`./d`, and no comment", "`./e`, and no comment"]);
    assert!(!outcome.text.contains("`./b`") && !outcome.text.contains("`./c`"), "{}", outcome.text);
}
