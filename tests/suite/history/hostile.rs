//! Histories that are made to do harm: a clear message, never a crash, and never a wrong "nothing new".

use serde_json::Value;

use super::made::{Dates, Maker, Node, Tree};
use crate::support::corpus::modwarden;
use crate::support::objects::{object, tree};
use crate::support::program::{Outcome, check, run};
use crate::support::random::Random;
use crate::support::repo::Repo;

const POLICY: &str = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\n";
const BREACH: &str = "package m\n\nimport _ \"unsafe\"\n";
const WHO: &str = "a <a@example.com> 1700000000 +0000";

/// A clean commit on `main`, and the tree of one with a breach.
struct Sample {
    repo: Repo,
    first: String,
    breach: String,
}

fn sample() -> Sample {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("modwarden.toml", POLICY);
    let first = repo.commit("first");
    repo.write("a.go", BREACH).commit("second");
    let breach = repo.git(&["rev-parse", "HEAD^{tree}"]);
    repo.git(&["reset", "--quiet", "--hard", &first]);
    Sample { repo, first, breach }
}

impl Sample {
    /// A commit of this tree with these parents; nothing of it need be there.
    fn commit(&self, tree: &str, parents: &[&str]) -> String {
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let text = format!("tree {tree}\n{parents}author {WHO}\ncommitter {WHO}\n\nx\n");
        object(&self.repo, "commit", text.as_bytes())
    }

    /// Everything that can be asked of the past up to this commit, from the first commit on.
    fn ask(&self, tip: &str) -> Vec<(String, Outcome)> {
        let range = format!("{}..{tip}", self.first);
        let asked: [&[&str]; 7] = [
            &["check", "--range", &range],
            &["check", "--range", &range, "--each-commit"],
            &["check", "--rev", tip, "--new-from", &self.first],
            &["check", "--rev", tip, "--since"],
            &["check", "--rev", tip, "--since", "--all-commits"],
            &["inspect", "history", "--rev", tip],
            &["inspect", "history", "--rev", tip, "--all-commits"],
        ];
        asked.iter().map(|args| (args.join(" "), run(modwarden(self.repo.root(), args)))).collect()
    }

    /// Asserts that each question is answered with that exit code and these words.
    #[track_caller]
    fn assert_all(&self, tip: &str, code: i32, words: &[&str]) {
        for (question, outcome) in self.ask(tip) {
            assert_eq!(outcome.code, Some(code), "{question}: {}", outcome.text);
            for word in words {
                assert!(outcome.text.contains(word), "{question}: no `{word}` in {}", outcome.text);
            }
        }
    }
}

const NOWHERE: &str = "0123456789012345678901234567890123456789";

#[test]
fn a_commit_without_its_files_is_not_judged() {
    let sample = sample();
    let file = sample.repo.git(&["rev-parse", "HEAD:go.mod"]);
    for tree in [NOWHERE, &file, &sample.first] {
        let tip = sample.commit(tree, &[&sample.first]);
        sample.assert_all(&tip, 3, &[]);
        // A later commit that is sound again does not make up for it.
        let later = sample.commit(&sample.breach, &[&tip]);
        let range = format!("{}..{later}", sample.first);
        check(&sample.repo, &["--range", &range]).assert(1, &["a.go"]);
        check(&sample.repo, &["--range", &range, "--each-commit"]).assert(1, &["a.go", "not read", &tip[..12]]);
        check(&sample.repo, &["--rev", &later, "--since"]).assert(1, &["a.go", "not read", &tip[..12]]);
        run(modwarden(sample.repo.root(), &["inspect", "history", "--rev", &later])).assert(3, &[&tip[..12]]);
        let base = format!("{tip}..{later}");
        check(&sample.repo, &["--range", &base, "--fail-on", "never"]).assert(3, &[]);
    }
}

#[test]
fn a_tree_with_a_broken_entry_is_named() {
    let sample = sample();
    let mut content = sample.repo.git_bytes(&["cat-file", "tree", &sample.breach]);
    content.extend_from_slice(b"100644 z.go\0short");
    let broken = object(&sample.repo, "tree", &content);
    let below = tree(&sample.repo, &[("40000", "sub", &broken)]);
    for tree in [broken, below] {
        let tip = sample.commit(&tree, &[&sample.first]);
        for (question, outcome) in sample.ask(&tip) {
            assert!(matches!(outcome.code, Some(1 | 3)), "{question}: {}", outcome.text);
            assert!(outcome.text.contains("not read"), "{question}: {}", outcome.text);
        }
    }
}

#[test]
fn a_parent_that_is_no_commit_is_told() {
    let sample = sample();
    sample.repo.git(&["tag", "-a", "-m", "x", "v1", &sample.first]);
    let tag = sample.repo.git(&["rev-parse", "v1"]);
    let file = sample.repo.git(&["rev-parse", "HEAD:go.mod"]);
    for (parent, kind) in [(tag, "tag"), (file, "blob"), (sample.breach.clone(), "tree")] {
        let tip = sample.commit(&sample.breach, &[&sample.first, &parent]);
        for (question, outcome) in sample.ask(&tip) {
            // A walk along the first parents need not meet the other one.
            let meets = question.contains("--range") || question.contains("--new-from") || question.contains("--all");
            if meets {
                outcome.assert(3, &[&parent, &format!("is a {kind} where a commit belongs")]);
            } else {
                assert!(matches!(outcome.code, Some(0 | 1)), "{question}: {}", outcome.text);
            }
        }
        let alone = sample.commit(&sample.breach, &[&parent]);
        for (question, outcome) in sample.ask(&alone) {
            assert_eq!(outcome.code, Some(3), "{question}: {}", outcome.text);
        }
    }
}

#[test]
fn a_parent_that_is_absent_is_a_boundary() {
    let sample = sample();
    let tip = sample.commit(&sample.breach, &[NOWHERE]);
    let range = format!("{}..{tip}", sample.first);
    // It is unknown whether the base comes before; the differences are certain.
    check(&sample.repo, &["--range", &range]).assert(1, &["too shallow", "a.go"]);
    let since = run(modwarden(sample.repo.root(), &["check", "--rev", &tip, "--since", "--format", "json"]));
    since.assert(1, &["\"at_least\":true", &tip]);
    let first_absent = sample.commit(&sample.breach, &[NOWHERE, &sample.first]);
    let since = ["check", "--rev", &first_absent, "--since", "--all-commits", "--format", "json"];
    run(modwarden(sample.repo.root(), &since)).assert(1, &["\"at_least\":true", &first_absent]);
    let since = ["check", "--rev", &first_absent, "--since", "--format", "json"];
    run(modwarden(sample.repo.root(), &since)).assert(1, &["\"at_least\":true", &first_absent]);
}

#[test]
fn a_history_in_a_circle_ends() {
    let sample = sample();
    let second = sample.commit(&sample.breach, &[&sample.first]);
    let third = sample.commit(&sample.breach, &[&second]);
    let other = sample.commit(&sample.breach, &[&third]);
    sample.repo.git(&["replace", &second, &other]);
    for (question, outcome) in sample.ask(&third) {
        let compares = question.contains("--range") || question.contains("--new-from");
        let words = if compares { "not an ancestor" } else { "has a cycle" };
        assert_eq!(outcome.code, Some(3), "{question}: {}", outcome.text);
        assert!(outcome.text.contains(words), "{question}: {}", outcome.text);
    }
    sample.repo.git(&["replace", "-d", &second]);
    sample.repo.write(".git/info/grafts", format!("{} {third}\n", sample.first));
    sample.assert_all(&third, 3, &[]);
}

#[test]
fn replacements_are_followed_to_their_end() {
    let sample = sample();
    let clean = sample.repo.git(&["rev-parse", &format!("{}^{{tree}}", sample.first)]);
    let shown = sample.commit(&clean, &[&sample.first]);
    let between = sample.commit(&clean, &[]);
    let truth = sample.commit(&sample.breach, &[&sample.first]);
    sample.repo.git(&["replace", "--force", &shown, &between]);
    sample.repo.git(&["replace", "--force", &between, &truth]);
    let range = format!("{}..{shown}", sample.first);
    check(&sample.repo, &["--rev", &shown]).assert(1, &["a.go"]);
    check(&sample.repo, &["--range", &range]).assert(1, &["a.go"]);
    check(&sample.repo, &["--range", &range, "--each-commit"]).assert(1, &["a.go", &shown[..12]]);
    // In a circle there is no end.
    sample.repo.git(&["update-ref", &format!("refs/replace/{truth}"), &shown]);
    sample.assert_all(&shown, 3, &["in a cycle", "git replace -d"]);
}

/// The stored facts of a blob or of two trees do not hold for their replacements.
#[test]
fn what_was_kept_before_a_replacement_is_not_used_after() {
    let sample = sample();
    let repo = &sample.repo;
    let clean = repo.write("a.go", "package m\n").commit("clean");
    let tip = repo.write("b.go", "package m\n\n").commit("also clean");
    let range = format!("{}..{tip}", sample.first);
    let ask = || {
        let args: [&[&str]; 4] = [
            &["--rev", &tip],
            &["--range", &range],
            &["--range", &range, "--each-commit"],
            &["--rev", &tip, "--since"],
        ];
        args.map(|args| check(repo, args))
    };
    ask().iter().for_each(|outcome| outcome.assert(0, &[]));
    let breach = object(repo, "blob", BREACH.as_bytes());
    let blob = repo.git(&["rev-parse", &format!("{clean}:a.go")]);
    repo.git(&["replace", &blob, &breach]);
    ask().iter().for_each(|outcome| outcome.assert(1, &["a.go"]));
    repo.git(&["replace", "-d", &blob]);
    ask().iter().for_each(|outcome| outcome.assert(0, &[]));
    let files = repo.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
    let other = repo.git(&["rev-parse", &format!("{}^{{tree}}", { repo.write("c.go", BREACH).commit("breach") })]);
    repo.git(&["replace", &files, &other]);
    ask().iter().for_each(|outcome| outcome.assert(1, &["c.go"]));
}

#[test]
fn a_replacement_that_is_absent_is_not_passed_over() {
    let sample = sample();
    let tip = sample.commit(&sample.breach, &[&sample.first]);
    let path = format!(".git/refs/replace/{tip}");
    sample.repo.write(path, format!("{NOWHERE}\n"));
    for (question, outcome) in sample.ask(&tip) {
        assert_eq!(outcome.code, Some(3), "{question}: {}", outcome.text);
    }
}

#[test]
fn who_made_a_commit_is_shown_without_harm() {
    let sample = sample();
    let nasty = "\u{1b}[31mred\r::error::x";
    let authors = [
        format!("author {nasty} <\u{1b}]0;x\u{7}@example.com> 1 +0000\n"),
        "author\n".to_owned(),
        "author a <a@example.com> 99999999999999999999 +9999\n".to_owned(),
        "author a <a@example.com> -99999999999 -0000\n".to_owned(),
        String::new(),
    ];
    for author in authors {
        let text = format!(
            "tree {}\nparent {}\n{author}committer {WHO}\n\n\u{1b}[2Jsubject\u{7}\r\n::error::y\n",
            sample.breach, sample.first
        );
        let tip = object(&sample.repo, "commit", text.as_bytes());
        let range = format!("{}..{tip}", sample.first);
        for form in ["pretty", "concise", "json", "github", "sarif"] {
            for args in [
                &["check", "--format", form, "--range", &range, "--each-commit"][..],
                &["check", "--format", form, "--rev", &tip, "--since"],
            ] {
                let outcome = run(modwarden(sample.repo.root(), args));
                let text = &outcome.text;
                outcome.assert(1, &["a.go"]);
                assert!(!text.contains(['\u{1b}', '\u{7}', '\r']), "{author:?} {form}: {text:?}");
                assert!(!text.lines().any(|line| line.starts_with("::error::")), "{author:?} {form}: {text:?}");
            }
        }
        let history = run(modwarden(sample.repo.root(), &["inspect", "history", "--rev", &tip, "--all-commits"]));
        history.assert(0, &[&tip]);
        assert!(!history.text.contains('\u{1b}'), "{}", history.text);
    }
}

#[test]
fn a_thousand_parents_are_one_merge() {
    let mut random = Random::new(1);
    let mut maker = Maker::new(&mut random, Dates::Honest);
    let mut files = Tree::default();
    files.put("go.mod", Node::File("module example.com/m\n\ngo 1.24\n".to_owned()));
    files.put("modwarden.toml", Node::File(POLICY.to_owned()));
    let root = maker.commit(&[], files.clone());
    let clean: Vec<usize> = (0..999).map(|_| maker.commit(&[root], files.clone())).collect();
    files.put("a.go", Node::File(BREACH.to_owned()));
    let guilty = maker.commit(&[root], files.clone());
    maker.commit(&[&clean[..], &[guilty]].concat(), files);
    let (repo, ids) = maker.import();
    let range = format!("{}..main", ids[root]);
    for args in [
        &["check", "--format", "json", "--range", &range, "--each-commit"][..],
        &["check", "--format", "json", "--rev", "main", "--since", "--all-commits"],
    ] {
        run(modwarden(repo.root(), args)).assert(1, &[&format!("\"commit\":\"{}\"", ids[guilty])]);
    }
}

#[test]
fn dates_beyond_every_calendar_are_no_obstacle() {
    let sample = sample();
    let mut last = sample.first.clone();
    for date in ["-9223372036854775808", "9223372036854775807", "99999999999999999999999", "x", "0"] {
        let text = format!(
            "tree {}\nparent {last}\nauthor a <a@example.com> {date} +0000\ncommitter a <a@example.com> {date} +0000\n\nx\n",
            sample.breach
        );
        last = object(&sample.repo, "commit", text.as_bytes());
    }
    let range = format!("{}..{last}", sample.first);
    let told = run(modwarden(sample.repo.root(), &["check", "--format", "json", "--range", &range, "--each-commit"]));
    told.assert(1, &[]);
    let report: Value = serde_json::from_str(told.text.lines().next().unwrap()).unwrap();
    let by = report["findings"][0]["introduced_by"]["date"].as_str().unwrap();
    assert_eq!(by, "-9223372036854775808 seconds since 1970");
    run(modwarden(sample.repo.root(), &["inspect", "history", "--rev", &last])).assert(0, &[]);
}
