//! The page about other linters: its policies are valid, and have the effects that the page describes.

#![expect(clippy::disallowed_methods, reason = "the page is a file")]

use std::collections::BTreeSet;

use modwarden::internals::finding::Verdict;

use crate::support::judge;

/// The policies on the page, in order.
fn policies() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/comparison.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("a block ends"));
    blocks.map(str::to_owned).collect()
}

/// The lines of `go.mod` at which a policy finds something.
fn found(policy: &str, go_mod: &str) -> BTreeSet<String> {
    let files = [("modwarden.toml", policy), ("go.mod", go_mod), ("dir/go.mod", "module example.com/dir\n\ngo 1.24\n")];
    let checked = judge::check(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert_ne!(checked.run.verdict, Verdict::Invalid, "{}", judge::pretty(&checked));
    let lines: Vec<&str> = go_mod.lines().collect();
    let of_file = judge::lines(&checked).into_iter().filter_map(|line| {
        let (number, _) = line.strip_prefix("go.mod:")?.split_once(' ').expect("a place and a rule");
        Some(lines[number.parse::<usize>().expect("a number") - 1].trim().to_owned())
    });
    of_file.collect()
}

#[test]
fn each_policy_on_the_page_is_valid() {
    let policies = policies();
    assert_eq!(policies.len(), 5);
    for policy in policies {
        found(&policy, "module example.com/shop\n\ngo 1.24\n");
    }
}

#[test]
fn what_gomoddirectives_reports_is_reported() {
    let lines = [
        "toolchain go1.25.3",
        "godebug panicnil=1",
        "tool example.com/a/cmd/a",
        "ignore ./web",
        "retract v1.0.0",
        "exclude example.com/a v1.2.3",
        "replace example.com/b => ./dir",
        "replace example.com/c => example.com/c",
    ];
    let explained = "retract v1.1.0 // withdrawn";
    let go_mod = format!(
        "module example.com/shop\n\ngo 1.24\n\nrequire example.com/a v1.3.0\n\n{explained}\n{}\n",
        lines.join("\n").replace("=> example.com/c", "=> example.com/c v1.0.0")
    );
    let expected: BTreeSet<String> =
        lines.map(|line| line.replace("=> example.com/c", "=> example.com/c v1.0.0")).into_iter().collect();
    assert_eq!(found(&policies()[0], &go_mod), expected);
    assert_eq!(found(&policies()[0], "module shop\n\ngo 1.24\n"), BTreeSet::from(["module shop".to_owned()]));
}

#[test]
fn directories_one_fork_and_patterns_pass() {
    let go_mod = "module example.com/shop\n\ngo 1.24.1\ntoolchain go1.25.3\n\n\
                  replace example.com/a => ./dir\nreplace example.com/mux => example.com/fork v1.0.0\n\
                  replace example.com/b => example.com/fork v1.0.0\n";
    let expected = ["go 1.24.1", "toolchain go1.25.3", "replace example.com/b => example.com/fork v1.0.0"];
    assert_eq!(found(&policies()[1], go_mod), BTreeSet::from(expected.map(str::to_owned)));
    let fits = go_mod.replace("1.24.1", "1.24.0").replace("1.25.3", "1.24.3").replace("/b =>", "/mux =>");
    assert_eq!(
        found(&policies()[1], &fits.replace("fork v1.0.0\nreplace", "fork v1.0.0\n// replace")),
        BTreeSet::new()
    );
}

#[test]
fn what_gomodguard_blocks_is_found() {
    let go_mod = "module example.com/shop\n\ngo 1.24\n\nrequire (\n\texample.com/raw-client v1.0.0\n\
                  \tgithub.com/acme/sdk v1.0.0\n\tgithub.com/gofrs/uuid v4.4.0+incompatible\n\
                  \tgithub.com/other/thing v1.0.0\n\tgopkg.in/yaml.v3 v3.0.1\n)\n\nreplace gopkg.in/yaml.v3 => ./dir\n";
    let expected = [
        "example.com/raw-client v1.0.0",
        "github.com/gofrs/uuid v4.4.0+incompatible",
        "github.com/other/thing v1.0.0",
        "replace gopkg.in/yaml.v3 => ./dir",
    ];
    assert_eq!(found(&policies()[3], go_mod), BTreeSet::from(expected.map(str::to_owned)));
    let wrapper = found(&policies()[3], &go_mod.replace("module example.com/shop", "module example.com/client"));
    assert!(!wrapper.contains("example.com/raw-client v1.0.0"), "{wrapper:?}");
}
