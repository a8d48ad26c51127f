//! Which repository is meant and which settings count: paths on the command line, `-C`, and the file of `go env -w`.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::go::go;
use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

const POLICY: &str = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\nreason = \"r\"\n";
const BREACH: &str = "package m\n\nimport _ \"unsafe\"\n";

/// A committed repository with a finding at its root and one in `sub`, and a bare clone of it.
fn repositories() -> (Repo, PathBuf) {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("modwarden.toml", POLICY);
    repo.write("a.go", BREACH).write("sub/b.go", BREACH).commit("first");
    repo.write("more.go", BREACH).commit("second");
    let bare = repo.beside("shop.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    (repo, bare)
}

/// Runs the program in a directory.
fn at(repo: &Repo, directory: &Path, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.current_dir(directory).args(args);
    run(command)
}

#[test]
fn a_path_may_be_a_bare_repository_or_in_one() {
    let (repo, bare) = repositories();
    let elsewhere = tempfile::tempdir().unwrap();
    let bare_text = bare.to_str().unwrap();
    let check = ["check", "--rev", "main", "--format", "concise"];
    for (directory, path, found, not_found) in [
        (elsewhere.path(), bare_text.to_owned(), &["a.go:3", "sub/b.go:3"][..], None),
        (repo.root(), "../shop.git".to_owned(), &["a.go:3", "sub/b.go:3"], None),
        (elsewhere.path(), format!("{bare_text}/sub"), &["sub/b.go:3"], Some("more.go:3")),
        (elsewhere.path(), format!("{bare_text}/sub/b.go"), &["sub/b.go:3"], Some("more.go:3")),
        (&bare, "sub".to_owned(), &["sub/b.go:3"], Some("more.go:3")),
        (&bare, ".".to_owned(), &["a.go:3", "sub/b.go:3"], None),
    ] {
        let outcome = at(&repo, directory, &[&check[..], &[&path]].concat());
        outcome.assert(1, found);
        assert!(!not_found.is_some_and(|words| outcome.text.contains(words)), "{path}: {}", outcome.text);
    }
    let other = at(&repo, elsewhere.path(), &[&check[..], &[bare_text, "sub"]].concat());
    other.assert(1, &["sub/b.go:3"]);
}

#[test]
fn patterns_of_the_go_command_stand_for_their_directory() {
    let (repo, bare) = repositories();
    let found = |directory: &Path, path: &str| {
        let outcome = at(&repo, directory, &["check", "--rev", "main", "--format", "concise", path]);
        assert_eq!(outcome.code, Some(1), "{path}: {}", outcome.text);
        outcome.text.lines().filter_map(|line| line.split_once(": error[")).map(|(place, _)| place.to_owned()).collect()
    };
    let (all, below): (Vec<String>, Vec<String>) = (found(repo.root(), "."), found(repo.root(), "sub"));
    assert_eq!((all.len(), below.as_slice()), (3, &["sub/b.go:3:10".to_owned()][..]));
    for path in ["./...", "..."] {
        assert_eq!(found(repo.root(), path), all, "{path}");
        assert_eq!(found(&bare, path), all, "{path}");
    }
    for path in ["sub/...", "./sub/..."] {
        assert_eq!(found(repo.root(), path), below, "{path}");
    }
    assert_eq!(found(&repo.root().join("sub"), "./..."), below);
}

/// A check of a path that is nowhere would pass, whatever was meant.
#[test]
fn a_path_at_which_there_is_nothing_is_refused() {
    let (repo, bare) = repositories();
    repo.write("notes/read.me", "no Go here\n");
    for args in [
        &["check", "sub/b.go", "nosuch"][..],
        &["check", "--staged", "notes"],
        &["check", "--rev", "HEAD~1", "more.go"],
        &["check", "--range", "HEAD~1..HEAD", "nosuch"],
        &["audit", "nosuch"],
        &["fix", "--diff", "nosuch"],
        &["inspect", "imports", "nosuch"],
        &["diff", "HEAD~1", "--", "nosuch"],
    ] {
        let outcome = at(&repo, repo.root(), args);
        outcome.assert(2, &["there is no file or directory `", "` in "]);
    }
    at(&repo, &bare, &["check", "--rev", "main", "nosuch"]).assert(2, &["`nosuch` in commit "]);
    for args in [
        &["check", "--rev", "HEAD", "sub", "--fail-on", "never"][..],
        &["check", "--range", "HEAD~1..HEAD", "sub"],
        &["diff", "HEAD~1", "--", "more.go"],
    ] {
        at(&repo, repo.root(), args).assert(0, &[]);
    }
    for (path, help) in [
        ("main", "did you mean `--rev main`?"),
        ("HEAD~1..HEAD", "did you mean `--range HEAD~1..HEAD`?"),
        ("..nosuch", "paths count from the current directory"),
    ] {
        at(&repo, repo.root(), &["check", path]).assert(2, &[help]);
    }
    // A path that is there, and one that the change removes, are no slip of the pen. Nothing is judged there all the same.
    at(&repo, repo.root(), &["check", "notes"]).assert(3, &["nothing was checked at"]);
    repo.git(&["rm", "--quiet", "more.go"]);
    repo.commit("third");
    let removed = at(&repo, repo.root(), &["check", "--range", "HEAD~1..HEAD", "more.go"]);
    removed.assert(3, &["nothing was checked at"]);
}

/// The go command would build another workspace than the one that is judged.
#[test]
fn a_workspace_of_another_name_is_not_passed_over() {
    let (repo, _) = repositories();
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.arg("check").env("GOWORK", repo.root().join("alt.work"));
    run(command).assert(3, &["alt.work, but only files with the name go.work are read"]);
}

/// A slip in a path must not make the whole disk the repository.
#[test]
fn a_path_that_is_nowhere_is_refused_outside_of_repositories() {
    let repo = Repo::plain();
    repo.write("go.mod", "module example.com/m\n").write("a.go", BREACH);
    let path = repo.root().join("nowhere/at/all");
    at(&repo, repo.root(), &["check", path.to_str().unwrap()]).assert(2, &["no such file or directory"]);
    at(&repo, repo.root(), &["check", "a.go"]).assert(0, &[]);
}

#[test]
fn every_command_takes_another_repository() {
    let (repo, bare) = repositories();
    let elsewhere = tempfile::tempdir().unwrap();
    let bare = bare.to_str().unwrap();
    let work = repo.root().to_str().unwrap();
    let git_dir = format!("{work}/.git");
    for path in [bare, work, &git_dir] {
        for (args, code, words) in [
            (&["check", "--rev", "main"][..], 1, "import of `unsafe`"),
            (&["audit", "--rev", "main"], 1, "import of `unsafe`"),
            (&["diff", "main~1", "main", "--"], 0, "main~1"),
            (&["why", "--rev", "main", "unsafe"], 0, "imports unsafe"),
            (&["inspect", "imports", "--rev", "main"], 0, "\"sub/b.go\""),
            (&["inspect", "modules", "--rev", "main"], 0, "example.com/m"),
            (&["inspect", "history", "--rev", "main"], 0, "no-unsafe"),
            (&["policy", "show", "--rev", "main"], 0, "no-unsafe"),
        ] {
            at(&repo, elsewhere.path(), &[args, &[path]].concat()).assert(code, &[words]);
        }
    }
}

#[test]
fn the_directory_to_start_in_can_be_named() {
    let (repo, bare) = repositories();
    let elsewhere = tempfile::tempdir().unwrap();
    let work = repo.root().to_str().unwrap();
    at(&repo, elsewhere.path(), &["-C", work, "check", "--format", "concise"]).assert(1, &["\nmore.go:3"]);
    at(&repo, elsewhere.path(), &["check", "--format", "concise", "-C", work, "sub"]).assert(1, &["sub/b.go:3"]);
    let twice = ["-C", work, "-C", "sub", "-C", "", "check", "--format", "concise", "."];
    let outcome = at(&repo, elsewhere.path(), &twice);
    outcome.assert(1, &["sub/b.go:3"]);
    assert!(!outcome.text.contains("more.go:3"), "{}", outcome.text);
    at(&repo, elsewhere.path(), &["-C", bare.to_str().unwrap(), "check", "--rev", "main"]).assert(1, &["unsafe"]);
    at(&repo, elsewhere.path(), &["-C", "none", "check"]).assert(2, &["cannot change to none"]);
}

/// Every setting here is read by modwarden; its effect shows whether it has the value that go has.
#[test]
fn what_go_env_wrote_counts_as_it_does_for_go() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/x v1.0.0\n");
    repo.write("vendor/modules.txt", "# example.com/y v1.0.0\n## explicit\n").write("m.go", "package m\n");
    repo.write("modwarden.toml", "extends = [\"vendoring\"]\n[severity]\nvendor-inconsistent = \"error\"\n")
        .commit("first");
    let file = repo.beside("goenv");
    let go = go();
    for (written, variables, is_judged) in [
        ("", &[][..], true),
        ("GOFLAGS=-mod=mod\n", &[], false),
        ("# comment\nGOFLAGS=-mod=vendor\nGOFLAGS=-mod=mod\nx=y\n=\n", &[], false),
        ("GOFLAGS=-mod=mod\n", &[("GOFLAGS", "-mod=vendor")], true),
        ("GOFLAGS=-mod=mod\n", &[("GOFLAGS", "")], false),
        ("GOFLAGS=-mod=mod\n", &[("GOENV", "off")], true),
        ("GOFLAGS=-mod=mod\n", &[("GOENV", "/dev/zero")], true),
        ("GOFLAGS=\nGOFLAGS=-mod=mod", &[], false),
    ] {
        fs::write(&file, written).unwrap();
        let variables = || [("GOENV", file.to_str().unwrap())].into_iter().chain(variables.iter().copied());
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--no-cache"]).env_remove("GOFLAGS").envs(variables());
        let outcome = run(command);
        outcome.assert(i32::from(is_judged), &[]);
        if go.is_some() && !variables().any(|(_, value)| value == "/dev/zero") {
            let mut command = repo.command("go");
            let said = command_output(command.args(["env", "GOFLAGS"]).env_remove("GOFLAGS").envs(variables()));
            assert_eq!(said.trim() == "-mod=mod", !is_judged, "{written:?}: go says {said}");
        }
    }
}

#[test]
fn a_directory_in_the_place_of_a_policy_is_a_mistake() {
    for (file, name) in [
        ("modwarden.toml/x", "modwarden.toml"),
        (".modwarden.toml/x/y", ".modwarden.toml"),
        ("sub/modwarden.toml/z.go", "sub/modwarden.toml"),
    ] {
        let repo = Repo::init();
        repo.write("go.mod", "module example.com/m\n\ngo 1.24\n")
            .write("m.go", "package m\n")
            .write(file, "package z\n");
        repo.commit("first");
        for args in [
            &["check"][..],
            &["check", "--staged"],
            &["check", "--rev", "HEAD"],
            &["policy", "show"],
            &["inspect", "imports"],
        ] {
            at(&repo, repo.root(), args)
                .assert(2, &[&format!("the policy {name} is a directory"), "help: write the policy"]);
        }
    }
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("m.go", "package m\n").commit("first");
    fs::create_dir(repo.root().join("modwarden.toml")).unwrap();
    at(&repo, repo.root(), &["check"]).assert(2, &["the policy modwarden.toml is a directory"]);
    at(&repo, repo.root(), &["check", "--staged"]).assert(0, &[]);
}

#[test]
fn an_empty_go_mod_only_ends_the_module_around_it() {
    for fence in ["", "\n\n", "// nothing to see here\n"] {
        let repo = Repo::init();
        repo.write("go.mod", "module example.com/m\n\ngo 1.24\n")
            .write("modwarden.toml", POLICY)
            .write("m.go", "package m\n");
        repo.write("sub/go.mod", fence).write("sub/s.go", BREACH).write("sub/in/i.go", BREACH).commit("first");
        at(&repo, repo.root(), &["check", "--format", "concise"]).assert(0, &["no findings in 1 Go file of 1 module"]);
        if go().is_some() {
            let mut list = repo.command("go");
            list.args(["list", "./..."]).env("GOFLAGS", "").env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
            assert_eq!(command_output(&mut list), "example.com/m\n");
        }
        repo.write("go.work", "go 1.24\n\nuse (\n\t.\n\t./sub\n)\n");
        at(&repo, repo.root(), &["check", "--format", "concise"])
            .assert(1, &["sub/go.mod:1:1", "missing module declaration"]);
    }
    let repo = Repo::init();
    repo.write("go.mod", "").write("m.go", "package m\n").commit("first");
    at(&repo, repo.root(), &["check"]).assert(3, &[]);
    repo.write("sub/go.mod", "module example.com/sub\n\ngo 1.24\n").write("sub/s.go", "package sub\n").commit("second");
    at(&repo, repo.root(), &["check"]).assert(0, &["no findings in 1 Go file of 1 module"]);
}

/// In a workspace a build takes the newest version that any of its modules requires.
#[test]
fn imports_tell_the_required_and_the_selected_version() {
    let repo = Repo::init();
    let cache = repo.beside("cache");
    for version in ["v1.0.0", "v1.1.0"] {
        let noted = cache.join(format!("cache/download/example.com/x/@v/{version}.mod"));
        fs::create_dir_all(noted.parent().unwrap()).unwrap();
        fs::write(noted, "module example.com/x\n\ngo 1.24\n").unwrap();
    }
    repo.write("go.work", "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n");
    for (name, version) in [("a", "v1.0.0"), ("b", "v1.1.0")] {
        repo.write(
            format!("{name}/go.mod"),
            format!("module example.com/{name}\n\ngo 1.24\n\nrequire example.com/x {version}\n"),
        );
        repo.write(format!("{name}/{name}.go"), format!("package {name}\n\nimport _ \"example.com/x\"\n"));
    }
    repo.commit("first");
    let inspect = |cache: &Path| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["inspect", "imports", "--no-cache", "a"]).env("GOMODCACHE", cache).env("GOENV", "off");
        run(command).text
    };
    let text = inspect(&cache);
    assert!(text.contains("\"required\":\"v1.0.0\",\"selected\":\"v1.1.0\""), "{text}");
    assert!(!inspect(Path::new("/none")).contains("selected"), "the graph is not known without the module cache");
}

fn command_output(command: &mut std::process::Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn the_file_of_go_env_is_where_go_has_it() {
    let repo = Repo::init();
    let cache = repo.beside("cache");
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n\nrequire (\n\ta.example v1.0.0\n\ta.example/b v1.0.0\n)\n");
    repo.write("m.go", "package m\n\nimport _ \"a.example/b/c\"\n").commit("first");
    for (module, file) in [("a.example", "b/c/c.go"), ("a.example/b", "d.go")] {
        let dir = cache.join(format!("{module}@v1.0.0"));
        fs::create_dir_all(dir.join(file).parent().unwrap()).unwrap();
        fs::write(dir.join(file), "package c\n").unwrap();
    }
    let config = repo.beside("config");
    fs::create_dir_all(config.join("go")).unwrap();
    let inspect = |variables: &[(&str, &Path)]| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        for name in ["GOENV", "GOMODCACHE", "GOPATH", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        command.args(["inspect", "imports", "--no-cache"]).envs(variables.iter().copied());
        run(command).text
    };
    let is_found = |text: &str| text.contains("\"module\":\"a.example\"") && !text.contains("guess");
    fs::write(config.join("go/env"), format!("GOMODCACHE={}\n", cache.display())).unwrap();
    assert!(is_found(&inspect(&[("XDG_CONFIG_HOME", &config)])));
    assert!(!is_found(&inspect(&[("XDG_CONFIG_HOME", &config), ("GOMODCACHE", Path::new("/none"))])));
    assert!(!is_found(&inspect(&[("XDG_CONFIG_HOME", Path::new("config"))])), "a relative directory does not count");
    let home = repo.beside("home");
    fs::create_dir_all(home.join(".config/go")).unwrap();
    fs::rename(config.join("go/env"), home.join(".config/go/env")).unwrap();
    assert!(is_found(&inspect(&[("HOME", &home)])));
    fs::create_dir_all(cache.join("pkg")).unwrap();
    std::os::unix::fs::symlink(&cache, cache.join("pkg/mod")).unwrap();
    fs::write(home.join(".config/go/env"), format!("GOPATH={}\n", cache.display())).unwrap();
    assert!(is_found(&inspect(&[("HOME", &home)])));
}
