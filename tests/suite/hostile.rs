//! Repositories that are made to do harm: the program ends, looks at nothing outside, and never reports a part as clean
//! that it has not read.

#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::fs;

use modwarden::internals::source::{Environment, StateSpec, open};

use crate::support::judge;
use crate::support::objects::{object, tree};
use crate::support::program::check;
use crate::support::random::Random;
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/m\n\ngo 1.24\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\nreason = \"r\"\n";
const BREACH: &str = "package m\n\nimport _ \"unsafe\"\n";

/// A committed repository with one finding.
fn sample() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", BREACH).commit("first");
    repo
}

fn mkfifo(repo: &Repo, path: &str) {
    let _ = fs::remove_file(repo.root().join(path));
    assert!(repo.command("mkfifo").arg(path).status().unwrap().success());
}

fn commit_tree(repo: &Repo, tree: &str) -> String {
    object(
        repo,
        "commit",
        format!("tree {tree}\nauthor a <a@example.com> 1 +0000\ncommitter a <a@example.com> 1 +0000\n\nx").as_bytes(),
    )
}

#[test]
fn ignore_lists_that_are_no_files_are_not_opened() {
    let repo = sample();
    repo.write("new.go", BREACH).write("d/new.go", BREACH);
    mkfifo(&repo, "d/.gitignore");
    check(&repo, &[]).assert(1, &["\nnew.go:3", "not read: d: its .gitignore is not a regular file"]);
    mkfifo(&repo, ".gitignore");
    check(&repo, &[]).assert(3, &["not read: the root: its .gitignore is not a regular file"]);
    fs::remove_dir_all(repo.root().join(".git")).unwrap();
    check(&repo, &[]).assert(3, &["not read: the root: its .gitignore is not a regular file"]);
    fs::remove_file(repo.root().join(".gitignore")).unwrap();
    repo.write(".gitignore", "*\n".repeat(1 << 20));
    check(&repo, &[]).assert(3, &["its .gitignore is longer than 1 MiB"]);
}

#[test]
fn ignore_lists_of_the_repository_are_looked_at_before_they_are_opened() {
    let repo = sample();
    repo.write("new.go", BREACH);
    for hostile in ["/dev/zero", "pipe"] {
        mkfifo(&repo, "pipe");
        let path = repo.root().join(hostile);
        repo.git(&["config", "core.excludesFile", path.to_str().unwrap()]);
        check(&repo, &[]).assert(3, &["cannot read the ignore rules of Git", hostile, "is not a regular file"]);
    }
    repo.git(&["config", "core.excludesFile", "/dev/null"]);
    check(&repo, &[]).assert(1, &["\nnew.go:3"]);
    mkfifo(&repo, ".git/info/exclude");
    check(&repo, &[]).assert(3, &["cannot read the ignore rules of Git", "is not a regular file"]);
}

#[test]
fn pipes_in_place_of_files_are_named_and_not_opened() {
    for (path, code, words) in [
        ("b.go", 1, "not read: b.go: it is not a regular file"),
        ("a.go", 3, "not read: a.go: it is not a regular file"),
        ("go.mod", 3, "not read: go.mod: it is not a regular file"),
        ("modwarden.toml", 2, "the policy modwarden.toml cannot be read: it is not a regular file"),
        ("go.work", 1, "not read: go.work: it is not a regular file"),
    ] {
        let repo = sample();
        mkfifo(&repo, path);
        check(&repo, &[]).assert(code, &[words]);
    }
}

#[test]
fn files_of_git_that_are_pipes_are_not_opened() {
    for path in ["HEAD", "config", "index", "packed-refs", "commondir", "objects/info/alternates", "shallow"] {
        let repo = sample();
        mkfifo(&repo, &format!(".git/{path}"));
        for args in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
            check(&repo, args).assert(3, &["cannot open ", path, ": not a regular file"]);
        }
    }
    let repo = sample();
    fs::remove_dir_all(repo.root().join(".git")).unwrap();
    mkfifo(&repo, ".git");
    check(&repo, &[]).assert(3, &["is not a Git repository that can be read"]);
}

#[test]
fn references_that_lead_nowhere_name_nothing() {
    let repo = sample();
    for (name, text, code) in [
        ("pool", "ref: refs/heads/loop\n", 2),
        ("loop", "ref: refs/heads/pool\n", 2),
        ("self", "ref: refs/heads/self\n", 2),
        ("empty", "", 2),
        ("nothing", "ref: \n", 2),
        ("zero", "0000000000000000000000000000000000000000\n", 3),
    ] {
        repo.write(format!(".git/refs/heads/{name}"), text);
        check(&repo, &["--rev", name]).assert(code, &["no commit is named"]);
    }
    repo.write(".git/HEAD", "ref: refs/heads/loop\n");
    check(&repo, &["--rev", "HEAD"]).assert(2, &["no commit is named"]);
    check(&repo, &["--staged"]).assert(1, &["a.go:3"]);
}

#[test]
fn a_tree_without_end_is_given_up() {
    let repo = sample();
    let blob = repo.git(&["rev-parse", "HEAD:a.go"]);
    let name = "x".repeat(200);
    let names: Vec<String> = (0..10).map(|number| format!("{name}{number}")).collect();
    let of_all = |mode, id: &str| {
        let entries: Vec<_> = names.iter().map(|name| (mode, name.as_str(), id)).collect();
        tree(&repo, &entries)
    };
    let bomb = (0..15).fold(of_all("100644", &blob), |below, _| of_all("40000", &below));
    let go_mod = repo.git(&["rev-parse", "HEAD:go.mod"]);
    let root = tree(&repo, &[("100644", "a.go", &blob), ("100644", "go.mod", &go_mod), ("40000", "z", &bomb)]);
    let commit = commit_tree(&repo, &root);
    check(&repo, &["--rev", &commit]).assert(3, &["not read: the root: it has too many files"]);
}

#[test]
fn a_path_longer_than_any_system_opens_is_not_followed() {
    let repo = sample();
    let blob = repo.git(&["rev-parse", "HEAD:a.go"]);
    let go_mod = repo.git(&["rev-parse", "HEAD:go.mod"]);
    let name = "d".repeat(250);
    let deep =
        (0..140).fold(tree(&repo, &[("100644", "a.go", &blob)]), |below, _| tree(&repo, &[("40000", &name, &below)]));
    let root = tree(&repo, &[("40000", "d", &deep), ("100644", "go.mod", &go_mod)]);
    check(&repo, &["--rev", &commit_tree(&repo, &root)]).assert(3, &["its path is longer than 32 KiB"]);
    let long = format!("{}a.go", "d/".repeat(20_000));
    repo.git(&["update-index", "--index-version", "4"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{long}")]);
    check(&repo, &["--staged"]).assert(1, &["its path is longer than 32 KiB"]);
}

#[test]
fn names_that_git_checks_out_nowhere_are_no_files() {
    let repo = sample();
    let blob = repo.git(&["rev-parse", "HEAD:a.go"]);
    let go_mod = repo.git(&["rev-parse", "HEAD:go.mod"]);
    let below = tree(&repo, &[("100644", "a.go", &blob)]);
    let root = tree(
        &repo,
        &[("40000", "..", &below), ("40000", ".git", &below), ("40000", "", &below), ("100644", "go.mod", &go_mod)],
    );
    check(&repo, &["--rev", &commit_tree(&repo, &root)]).assert(0, &["no findings in 0 Go files of 1 module"]);
}

/// Programs read different contents from such a tree, so it can never be called clean.
#[test]
fn directories_that_git_would_not_write_are_not_judged() {
    let repo = sample();
    let blob = repo.git(&["rev-parse", "HEAD:a.go"]);
    let go_mod = repo.git(&["rev-parse", "HEAD:go.mod"]);
    let other = repo.write("other", "package m\n").git(&["hash-object", "-w", "other"]);
    let below = tree(&repo, &[("100644", "z.go", &other)]);
    let plain = [("100644", "go.mod", &*go_mod)];
    for (entries, words) in [
        (&[("100644", "a.go", &*other), ("100644", "a.go", &blob)][..], "`a.go` is in it twice"),
        (&[("100644", "a", &other), ("100644", "a-b.go", &other), ("40000", "a", &below)], "`a` is in it twice"),
        (&[("100644", "a/b.go", &blob)], "`a/b.go` is no name"),
        (&[("100644", "/etc/x.go", &blob)], "`/etc/x.go` is no name"),
        (&[("100644", "b.go", &other), ("100644", "a.go", &other)], "`a.go` is not in its place"),
        (&[("40000", "a", &below), ("100644", "a.go", &other)], "`a.go` is not in its place"),
    ] {
        let root = tree(&repo, &[entries, &plain].concat());
        let commit = commit_tree(&repo, &root);
        check(&repo, &["--rev", &commit]).assert(3, &["a damaged directory: ", words]);
        let sub = tree(&repo, &[("40000", "d", &tree(&repo, entries)), ("100644", "go.mod", &go_mod)]);
        let damaged = commit_tree(&repo, &sub);
        check(&repo, &["--rev", &damaged]).assert(3, &["not read: d: a damaged directory: ", words]);
        check(&repo, &["--new-from", "HEAD", "--rev", "HEAD"]).assert(0, &[]);
        let compared = check(&repo, &["--range", &format!("HEAD...{damaged}")]);
        assert_eq!(compared.code, Some(3), "{words}: {}", compared.text);
    }
    let ordered = [
        ("100644", "a", &*other),
        ("100644", "a-b.go", &other),
        ("40000", "a.b", &below),
        ("100644", "a0", &other),
        ("40000", "b", &below),
        ("100644", "b0", &other),
    ];
    let sound = commit_tree(&repo, &tree(&repo, &[&ordered[..], &plain].concat()));
    check(&repo, &["--rev", &sound]).assert(0, &["no findings in 3 Go files"]);
}

#[test]
fn a_repository_in_a_form_that_nobody_knows_is_not_read() {
    for (version, key, words) in [
        ("1", "extensions.frobnicate", "the extension `frobnicate`"),
        ("1", "extensions.a.b", "the extension `a.b`"),
        ("2", "core.x", "only versions 0 and 1"),
    ] {
        let repo = sample();
        repo.git(&["config", key, "true"]);
        repo.git(&["config", "core.repositoryFormatVersion", version]);
        for args in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
            check(&repo, args).assert(3, &[words]);
        }
        assert!(!repo.try_git(&["status"]).status.success(), "Git does not read it either");
    }
    let repo = sample();
    repo.git(&["config", "core.repositoryFormatVersion", "0"]);
    repo.git(&["config", "extensions.frobnicate", "true"]);
    check(&repo, &["--rev", "HEAD"]).assert(1, &["a.go:3"]);
    repo.git(&["config", "--unset", "extensions.frobnicate"]);
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    check(&repo, &["--rev", "HEAD"]).assert(1, &["a.go:3"]);
}

#[test]
fn objects_that_cannot_be_read_or_are_missing_are_not_taken_for_a_slip() {
    let repo = sample();
    repo.write("b.go", "package m\n").commit("second");
    repo.git(&["tag", "--annotate", "--message", "t", "v1"]);
    let file = |id: &str| repo.root().join(".git/objects").join(&id[..2]).join(&id[2..]);
    for (object, revisions) in [
        ("HEAD", &["HEAD", "HEAD~1", "main", "v1", "v1~1", "@"][..]),
        ("HEAD~1", &["HEAD~1", "main^", "v1~1", "HEAD^^{}"]),
        ("v1", &["v1", "v1~1"]),
        ("HEAD^{tree}", &["HEAD", "v1"]),
    ] {
        let path = file(&repo.git(&["rev-parse", object]));
        let whole = fs::read(&path).unwrap();
        for damage in [Some(&b"garbage"[..]), Some(b""), None] {
            fs::remove_file(&path).unwrap();
            damage.iter().for_each(|damage| fs::write(&path, damage).unwrap());
            for revision in revisions {
                let outcome = check(&repo, &["--no-cache", "--rev", revision]);
                assert_eq!(outcome.code, Some(3), "{object} {damage:?} {revision}: {}", outcome.text);
            }
            fs::write(&path, &whole).unwrap();
        }
    }
    for unknown in ["none", "HEAD~9", "v1^2", &"1".repeat(40)] {
        check(&repo, &["--rev", unknown]).assert(2, &["no commit is named"]);
    }
}

/// Any bytes in the files that gix reads other than objects: an answer or an error, and never a panic.
#[test]
fn garbage_in_the_files_of_git_makes_no_panic() {
    let head = |repo: &Repo| repo.git(&["rev-parse", "HEAD"]);
    for file in [
        "shallow",
        "HEAD",
        "packed-refs",
        "config",
        "info/grafts",
        "objects/info/alternates",
        "refs/heads/main",
        "logs/HEAD",
        "FETCH_HEAD",
        "refs/replace/x",
        "info/exclude",
    ] {
        let repo = sample();
        repo.write("b.go", BREACH).commit("second");
        let id = head(&repo);
        let texts = [
            "garbage",
            "",
            "\0\n",
            &id[..39],
            &format!("{id} x"),
            &format!("{id}\n{id}{id}\n"),
            &id.to_uppercase(),
            "ref: \n",
            "[core",
            "# pack-refs with:\n^x",
            "\u{fffd}",
            "../../x",
        ]
        .map(str::to_owned);
        for text in texts {
            repo.write(format!(".git/{file}"), &text);
            for args in [&["--rev", "HEAD~1"][..], &["--rev", "@{1}"], &["--staged", "--since"]] {
                let code = check(&repo, args).code;
                assert!(matches!(code, Some(0..=3)), "{file} {text:?} {args:?}: {code:?}");
            }
        }
    }
    let repo = sample();
    repo.write(".git/shallow", "garbage\n");
    check(&repo, &["--rev", "HEAD"]).assert(3, &["cannot find where this shallow clone begins", "line 1"]);
}

#[test]
fn what_is_no_tree_is_said() {
    let repo = sample();
    let blob = repo.git(&["rev-parse", "HEAD:a.go"]);
    let go_mod = repo.git(&["rev-parse", "HEAD:go.mod"]);
    let missing = "1".repeat(40);
    let cut = object(&repo, "tree", b"100644 a.go\0too short");
    for (id, words) in [(&blob, "is not a tree"), (&missing, "not in this clone"), (&cut, "object parsing failed")] {
        let root = tree(&repo, &[("40000", "d", id), ("100644", "go.mod", &go_mod)]);
        check(&repo, &["--rev", &commit_tree(&repo, &root)]).assert(3, &["not read: d: ", words]);
    }
    check(&repo, &["--rev", &commit_tree(&repo, &missing)]).assert(3, &["not in this clone"]);
    check(&repo, &["--rev", &commit_tree(&repo, &blob)]).assert(3, &["not read: the root: object "]);
}

#[test]
fn links_reach_nothing_outside() {
    let repo = sample();
    repo.symlink("out", "/etc")
        .symlink("b.go", "out/passwd")
        .symlink("c.go", ".git/config")
        .symlink("d.go", "../../../../etc/passwd")
        .symlink("loop.go", "loop.go")
        .symlink("go.work", "/dev/zero");
    repo.commit("links");
    for args in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
        let outcome = check(&repo, args);
        let leaves = |path: &str| format!("not read: {path}: it is a symbolic link that leaves the repository");
        outcome.assert(1, &[&leaves("b.go"), &leaves("c.go"), &leaves("d.go"), &leaves("go.work")]);
        outcome.assert(1, &["not read: loop.go: it is a symbolic link that leads to no file", "a.go:3"]);
    }
}

#[test]
fn directories_that_lines_lead_to_through_links_reach_nothing_outside() {
    let outside = Repo::init();
    outside.write("go.mod", "module example.com/a\n\ngo 1.24\n");
    let require = "\nrequire example.com/a v1.0.0\n\nreplace example.com/a => ./a\n";
    for (go_mod, go_work) in [(require, None), ("", Some("go 1.24\n\nuse (\n\t.\n\t./a\n)\n"))] {
        let repo = Repo::init();
        repo.write("go.mod", format!("{GO_MOD}{go_mod}")).write("m.go", "package m\n");
        go_work.into_iter().for_each(|text| _ = repo.write("go.work", text));
        repo.symlink("a", outside.root().to_str().unwrap()).commit("link");
        for args in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
            check(&repo, args).assert(3, &["not read: a/go.mod: it is a symbolic link that leaves the repository"]);
        }
    }
}

/// A block of lines, of which `line` writes each.
fn block(verb: &str, lines: usize, line: impl Fn(usize) -> String) -> String {
    let lines: String = (0..lines).map(|number| format!("\t{}\n", line(number))).collect();
    format!("{verb} (\n{lines})\n")
}

/// Each of these takes hours where the work grows with the square or the cube of the lines, or of the parts of a path.
#[test]
fn replacements_by_the_thousand_are_judged() {
    const MANY: usize = 10_000;
    let chain = |number| format!("example.com/a{number} => example.com/a{} v1.0.0", number + 1);
    check(Repo::init().write("go.mod", format!("{GO_MOD}{}", block("replace", MANY, chain))), &[]).assert(0, &[]);

    let old = GO_MOD.replace("1.24", "1.16");
    let require = block("require", MANY, |number| format!("example.com/a{number} v1.0.0"));
    let to_one = block("replace", MANY, |number| format!("example.com/a{number} v1.0.0 => ./a"));
    let repo = Repo::init();
    repo.write("go.mod", format!("{old}{require}{to_one}"));
    repo.write("a/go.mod", format!("module example.com/a\n\ngo 1.16\n\n{require}"));
    check(&repo, &["--no-module-cache"]).assert(0, &["replace-broken"]);

    let only_members = "[[replace-denied]]\nname = \"members\"\nlocal = \"workspace-member\"\n";
    let repo = Repo::init();
    repo.write("go.mod", format!("{GO_MOD}replace example.com/a => ./{}\n", "d/".repeat(1 << 21)));
    check(repo.write("modwarden.toml", only_members), &[]).assert(1, &["which is not a module of the same workspace"]);

    let repo = Repo::init();
    let uses = block("use", 600, |number| format!("./m{number}"));
    repo.write(
        "go.work",
        format!("go 1.24\n\n{uses}{}", block("replace", MANY, |y| format!("example.com/y{y} => ./y"))),
    );
    for number in 0..600 {
        let replaces = block("replace", 20, |z| format!("example.com/z{z} => ../y{z}"));
        repo.write(format!("m{number}/go.mod"), format!("module example.com/m{number}\n\ngo 1.24\n\n{replaces}"));
    }
    repo.write("m599/go.mod", "module example.com/m599\n\nreplace example.com/z0 => ../z0\n");
    check(&repo, &["m599"]).assert(1, &["conflicting replacements for example.com/z0 in one workspace"]);
}

#[test]
fn no_damage_to_an_index_does_harm() {
    let repo = sample();
    for number in 0..6 {
        repo.write(format!("d{number}/a.go"), BREACH);
    }
    repo.commit("more");
    let whole = fs::read(repo.root().join(".git/index")).unwrap();
    let mut random = Random::new(7);
    let cut = (0..whole.len()).step_by(5).map(|len| whole[..len].to_vec());
    let flipped: Vec<Vec<u8>> = (0..200).map(|_| mutated(&whole, &mut random)).collect();
    for bytes in cut.chain(flipped) {
        repo.write(".git/index", &bytes);
        if let Ok(opened) = open(repo.root(), &StateSpec::Index, &Environment::default()) {
            let listing = opened.source.list(&modwarden::internals::load::Tree::FirstParty).unwrap();
            for entry in &listing.entries {
                let _ = opened.source.reader().read(entry, &mut Vec::new());
            }
        }
    }
}

/// The bytes with one to three of them changed, taken away or doubled.
fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(bytes.drain(at..bytes.len().min(at + 1 + random.below(20)))),
            2 => bytes.insert(at, *random.pick(&[&b'"', &b'[', &b']', &b'\n', &b'=', &b'{', &b'$', &0, &0xff])),
            _ => {
                let end = bytes.len().min(at + 1 + random.below(40));
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
    bytes
}

#[test]
fn mutations_of_a_policy_and_its_tree_make_no_panic() {
    let policy = "extends = [\"recommended\"]\nmodules = [\"tools.mod\"]\n\n[severity]\n\"import-denied/p\" = \"warn\"\n\n\
        [[import-denied]]\nname = \"p\"\ndeny = [\"net/http/pprof\", \"re:^x/[^/]+$\", \"a/{b,c}/**\", \"!$std\"]\n\
        from = [\"./cmd/...\"]\ntags = [\"prod\"]\ntests = \"exclude\"\nreason = \"r\"\nuse = \"./d\"\n\n\
        [[module-denied]]\nname = \"m\"\ndeny = [\"example.com/x@<1.4.0\"]\n\n\
        [[exception]]\nrule = \"import-denied/p\"\nfiles = [\"cmd/**\"]\nreason = \"r\"\nuntil = 2026-12-31\n";
    let go_mod = "module example.com/m\n\ngo 1.24\n\nrequire (\n\texample.com/x v1.2.3 // indirect\n)\n\
        replace example.com/x => ./x\nexclude example.com/x v1.0.0\nretract [v1.0.0, v1.1.0]\n";
    let go = "//go:build linux && !(a || b)\n\npackage m\n\nimport (\n\t_ \"net/http/pprof\" //modwarden:allow \
        import-denied/p until=2026-12-31 why\n\tx `example.com/x`\n)\n";
    let texts = [("modwarden.toml", policy), ("go.mod", go_mod), ("cmd/a.go", go), ("go.work", "go 1.24\n\nuse ./x\n")];
    let mut random = Random::new(11);
    for round in 0..600 {
        let broken = if round % 2 == 0 { 0 } else { random.below(texts.len()) };
        let files: Vec<(String, String)> = texts
            .iter()
            .enumerate()
            .map(|(index, (name, text))| {
                let bytes =
                    if index == broken { mutated(text.as_bytes(), &mut random) } else { text.as_bytes().to_vec() };
                ((*name).to_owned(), String::from_utf8_lossy(&bytes).into_owned())
            })
            .collect();
        assert!(!judge::pretty(&judge::check(&files)).is_empty());
    }
}

#[test]
fn a_policy_that_has_no_measure_is_an_error() {
    let deny = |pattern: &str| POLICY.replace("unsafe\"]", &format!("{pattern}\"]"));
    for (policy, words) in [
        (format!("extends = []\nx = {}", "[".repeat(100_000)), "nested too deeply"),
        (format!("extends = []\nx = {}", "{a = ".repeat(100_000)), "nested too deeply"),
        (format!("extends = []\n[{}a]\n", "a.".repeat(100_000)), "nested too deeply"),
        (format!("extends = []\n{}a = 1\n", "a.".repeat(100_000)), "nested too deeply"),
        (deny(&format!("re:{}", "(".repeat(100_000))), "invalid regular expression"),
        (deny(&format!("re:{}a{}", "(".repeat(5000), ")".repeat(5000))), "invalid regular expression"),
        (deny("re:((a{1000}){1000}){1000}"), "the regular expression is too big"),
        (deny(&format!("re:{}", r"(\\pL{100}){50}")), "the regular expression is too big"),
        (deny(&"{".repeat(100_000)), "invalid glob"),
        (deny(&format!("{}b{}", "{a,".repeat(3000), "}".repeat(3000))), "the glob is too big, or too deeply nested"),
    ] {
        let files =
            [("go.mod", GO_MOD), ("modwarden.toml", &policy)].map(|(name, text)| (name.to_owned(), text.to_owned()));
        let said = judge::pretty(&judge::check(&files));
        assert!(said.contains(words), "no `{words}` in {}", &said[..said.len().min(2000)]);
    }
}

#[test]
fn a_path_without_end_is_in_no_module() {
    let path = format!("example.com/{}x", "m/".repeat(400_000));
    let files = [
        ("go.mod", format!("{GO_MOD}require example.com/y v1.0.0\n")),
        ("modwarden.toml", POLICY.to_owned()),
        ("a.go", format!("package m\n\nimport \"{path}\"\n")),
    ]
    .map(|(name, text)| (name.to_owned(), text));
    assert!(judge::lines(&judge::check(&files)).is_empty());
}

#[test]
fn names_are_harmless_in_every_form() {
    let repo = sample();
    let name = "\n::error::x\n##[error]\u{1b}[31m\u{202e}";
    repo.write(format!("{name}/a\r::add-mask::x.go"), BREACH);
    repo.write(format!("{name}/go.mod"), "module \"example.com/\\x1b[31m\\n::error::y\"\n");
    repo.write("modwarden.toml", POLICY.replace("\"r\"", r#""\u001b[31m\n::error::r ##[error] \u202e""#));
    repo.commit("names");
    for format in ["pretty", "concise", "json", "jsonl", "github", "sarif"] {
        for args in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
            let outcome = check(&repo, &[&["--format", format], args].concat());
            assert_eq!(outcome.code, Some(1), "{format}: {}", outcome.text);
            assert!(!outcome.text.contains(['\u{1b}', '\u{202e}', '\r']), "{format}: {}", outcome.text);
            assert!(!outcome.text.contains("##["), "{format}: {}", outcome.text);
            let is_command = |line: &&str| line.trim_start().starts_with("::") && !line.starts_with("::error file=");
            let command = outcome.text.lines().find(|line| is_command(line) && !line.starts_with("::notice"));
            assert_eq!(command, None, "{format}");
        }
    }
}

#[test]
fn a_line_that_leaves_the_repository_may_lead_back() {
    let hidden = "package n\n\nimport _ \"unsafe\"\n";
    for target in ["../m/testdata/n", "../../work/m/testdata/n", "/srv/m/testdata/n"] {
        for work in [false, true] {
            let repo = Repo::init();
            repo.write("modwarden.toml", POLICY).write("main.go", "package main\n\nimport _ \"example.com/n\"\n");
            repo.write("testdata/n/go.mod", "module example.com/n\n\ngo 1.24\n").write("testdata/n/n.go", hidden);
            if work {
                repo.write("go.mod", GO_MOD).write("go.work", format!("go 1.24\n\nuse (\n\t.\n\t{target}\n)\n"));
            } else {
                let lines = format!("require example.com/n v0.0.0\n\nreplace example.com/n => {target}\n");
                repo.write("go.mod", format!("{GO_MOD}\n{lines}"));
            }
            repo.commit("all");
            for state in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
                check(&repo, state).assert(3, &["testdata/n/go.mod: a path that leaves the repository may lead back"]);
            }
            repo.git(&["rm", "-q", "-r", "testdata"]);
            check(&repo, &[]).assert(0, &[]);
        }
    }
}

#[test]
fn a_package_that_only_a_vendored_one_imports_is_not_skipped_unread() {
    let repo = Repo::init();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "4d".repeat(32));
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/dep v1.0.0\n"));
    repo.write("main.go", "package main\n\nimport _ \"example.com/dep\"\n");
    repo.write("vendor/modules.txt", "# example.com/dep v1.0.0\n## explicit; go 1.24\nexample.com/dep\n");
    repo.write("vendor/example.com/dep/dep.go", "package dep\n\nimport _ \"example.com/m/testdata/x\"\n");
    repo.write("modwarden.toml", "[severity]\nvendor-excess = \"warn\"\n");
    repo.write("testdata/x/x.go", "package x\n");
    check(&repo, &[]).assert(0, &[]);
    repo.write("testdata/x/x.go", pointer);
    check(&repo, &[]).assert(3, &["not read: testdata/x/x.go: it is a Git LFS pointer"]);
}

#[test]
fn what_stands_in_the_git_directory_under_the_name_of_a_revision_is_looked_at_before_it_is_opened() {
    let repo = sample();
    repo.git(&["branch", "release"]);
    let place = repo.root().join(".git/release");
    std::os::unix::fs::symlink("/dev/zero", &place).unwrap();
    check(&repo, &["--rev", "release"]);
    fs::remove_file(&place).unwrap();
    fs::write(&place, "x".repeat(1 << 20)).unwrap();
    check(&repo, &["--rev", "release"]);
    mkfifo(&repo, ".git/release");
    check(&repo, &["--rev", "release"]);
}
