//! Edits of vendored files that somebody disguises as updates, in repositories that `go mod vendor` made: no disguise
//! ends with exit code 0, and no honest update ends with another.
//!
//! `SEEDS=a..b` tries other histories.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::source::{ContentHash, hash1};
use tempfile::TempDir;

use crate::support::corpus::files_below;
use crate::support::go::{Go, go};
use crate::support::program::{Outcome, run};
use crate::support::proxy::{Published, write_proxy};
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;

type Files = BTreeMap<String, String>;

const POLICY: &str = "extends = [\"vendoring\"]\n";
const LIST: &str = "vendor/modules.txt";
const PAY: &str = "vendor/example.com/pay/pay.go";
const EVIL: &str = "package pay\n\nfunc Rate() int { return 666 }\n";

/// The modules that there are, each version with its files.
fn modules() -> Vec<(&'static str, &'static str, Files)> {
    let module = |path: &str, go: &str, files: &[(&str, &str)]| {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        files.chain([("go.mod".to_owned(), format!("module {path}\n\ngo {go}\n"))]).collect::<Files>()
    };
    let pay = |rate: &str| format!("package pay\n\nfunc Rate() int {{ return {rate} }}\n");
    let card = "package card\n\nimport \"embed\"\n\n//go:embed data/*\nvar Data embed.FS\n";
    vec![
        (
            "example.com/pay",
            "v1.0.0",
            module(
                "example.com/pay",
                "1.20",
                &[("pay.go", &pay("19")), ("deep/deep.go", "package deep\n"), ("LICENSE", "MIT\n")],
            ),
        ),
        (
            "example.com/pay",
            "v1.1.0",
            module(
                "example.com/pay",
                "1.22",
                &[("pay.go", &pay("20")), ("more.go", "package pay\n"), ("deep/deep.go", "package deep\n")],
            ),
        ),
        (
            "example.com/card",
            "v1.0.0",
            module("example.com/card", "1.21", &[("card.go", card), ("data/one.txt", "1\n")]),
        ),
        (
            "example.com/card",
            "v1.1.0",
            module("example.com/card", "1.21", &[("card.go", card), ("data/one.txt", "1\n"), ("data/two.txt", "2\n")]),
        ),
        (
            "example.com/fork",
            "v1.0.0",
            module("example.com/pay", "1.20", &[("pay.go", &pay("7")), ("deep/deep.go", "package deep // fork\n")]),
        ),
    ]
}

/// A module proxy, its modules, and repositories that were vendored from it.
struct World {
    dir: TempDir,
    go: Go,
    /// Files by name of the update that made them; the others start from the first.
    base: Files,
    updates: Vec<(&'static str, Files)>,
}

fn main_go(imports: &[&str]) -> String {
    let imports: String = imports.iter().map(|path| format!("import _ \"example.com/{path}\"\n")).collect();
    format!("package main\n\n{imports}\nfunc main() {{}}\n")
}

fn go_mod(lines: &str) -> String {
    format!("module example.com/shop\n\ngo 1.24\n\n{lines}")
}

impl World {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let proxy = dir.path().join("proxy");
        let go = go()?
            .with_env("GOPROXY", &format!("file://{}", proxy.display()))
            .with_env("GOMODCACHE", &dir.path().join("cache").display().to_string())
            .with_env("GOFLAGS", "-modcacherw")
            .with_env("GOSUMDB", "off");
        let modules = modules();
        write_proxy(&go, &proxy, modules.iter().map(|(path, version, files)| Published { path, version, files }));
        let mut world = Self { dir, go, base: Files::new(), updates: Vec::new() };
        let both = "require (\n\texample.com/card v1.0.0\n\texample.com/pay v1.0.0\n)\n";
        let inside = [("inside/go.mod", "module example.com/pay\n\ngo 1.22\n"), ("inside/pay.go", EVIL)];
        world.base = world.vendored(&go_mod(both), &["card", "pay"], &inside);
        for (name, text, imports) in [
            ("raised", both.replace("pay v1.0.0", "pay v1.1.0"), &["card", "pay"][..]),
            ("both raised", both.replace("v1.0.0", "v1.1.0"), &["card", "pay"]),
            ("another package", both.to_owned(), &["card", "pay", "pay/deep"]),
            ("raised, another package", both.replace("v1.0.0", "v1.1.0"), &["card", "pay", "pay/deep"]),
            ("dropped", "require example.com/pay v1.0.0\n".to_owned(), &["pay"]),
            ("forked", format!("{both}\nreplace example.com/pay => example.com/fork v1.0.0\n"), &["card", "pay"]),
            ("inside", format!("{both}\nreplace example.com/pay => ./inside\n"), &["card", "pay"]),
            (
                "replaced by itself",
                format!("{both}\nreplace example.com/pay => example.com/pay v1.0.0\n"),
                &["card", "pay"],
            ),
        ] {
            let files = world.vendored(&go_mod(&text), imports, &inside);
            world.updates.push((name, files));
        }
        Some(world)
    }

    /// The result of `go mod vendor` for a module file and imports.
    fn vendored(&self, go_mod: &str, imports: &[&str], more: &[(&str, &str)]) -> Files {
        let repo = Repo::plain();
        repo.write("go.mod", go_mod).write("main.go", main_go(imports)).write("modwarden.toml", POLICY);
        more.iter().for_each(|(path, text)| {
            repo.write(path, text);
        });
        self.go.text(repo.root(), &["mod", "tidy"]);
        self.go.text(repo.root(), &["mod", "vendor"]);
        read(repo.root())
    }

    fn check(&self, repo: &Repo, args: &[&str], cache: Option<&Path>) -> Outcome {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        let form = if args.contains(&"--format") { &[][..] } else { &["--format", "concise"] };
        command.arg("check").args(form).args(args);
        match cache {
            Some(cache) => command.env("GOMODCACHE", cache),
            None => command.arg("--no-module-cache"),
        };
        run(command)
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }
}

fn read(root: &Path) -> Files {
    let files = files_below(root, &|_| true).into_iter().filter(|file| !file.starts_with(".git"));
    files.map(|file| (file.to_str().unwrap().to_owned(), fs::read_to_string(root.join(&file)).unwrap())).collect()
}

/// A repository with these files in its first commit.
fn committed(files: &Files) -> Repo {
    let repo = Repo::init();
    files.iter().for_each(|(path, text)| {
        repo.write(path, text);
    });
    repo.commit("base");
    repo
}

fn replace_files(repo: &Repo, files: &Files) {
    for path in read(repo.root()).into_keys().filter(|path| !files.contains_key(path)) {
        fs::remove_file(repo.root().join(path)).unwrap();
    }
    files.iter().for_each(|(path, text)| {
        repo.write(path, text);
    });
}

#[test]
fn honest_updates_pass_with_and_without_a_module_cache() {
    let Some(world) = World::new() else { return };
    let cache = world.cache();
    let mut all = vec![("base", world.base.clone())];
    all.extend(world.updates.clone());
    let mut seen = 0;
    for (from, before) in &all {
        for (to, after) in all.iter().filter(|(to, _)| to != from) {
            // Of all ways from one to another a few suffice beside those that start from the base.
            if *from != "base" && *to != "base" && (from.len() + to.len()) % 3 != 0 {
                continue;
            }
            let repo = committed(before);
            replace_files(&repo, after);
            repo.commit("update");
            for (args, cache) in [
                (&["--range", "HEAD~1..HEAD"][..], None),
                (&["--range", "HEAD~1..HEAD"], Some(cache.as_path())),
                (&["--range", "HEAD~1..HEAD", "--each-commit"], None),
            ] {
                let outcome = world.check(&repo, args, cache);
                assert_eq!(outcome.code, Some(0), "{from} -> {to} {args:?}: {}", outcome.text);
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A repository in which an edit is to be hidden.
struct Hiding<'w> {
    world: &'w World,
    repo: Repo,
    /// The module cache to check with, if any.
    cache: Option<PathBuf>,
    random: Random,
}

/// The ways to hide an edit, by name.
type Disguise = (&'static str, fn(&mut Hiding<'_>));

const DISGUISES: [Disguise; 22] = [
    ("plain", |it| it.write(PAY, EVIL)),
    ("version that nobody has", |it| {
        it.raise("v1.0.7", true);
        it.write(PAY, EVIL);
        it.cache = Some(it.world.cache());
    }),
    ("version without a checksum", |it| {
        it.raise("v1.0.7", false);
        it.write(PAY, EVIL);
    }),
    ("short version", |it| {
        it.raise("v1.0", false);
        it.write(PAY, EVIL);
    }),
    ("two checksums", |it| {
        it.raise("v1.1.0", true);
        it.append("go.sum", &format!("example.com/pay v1.1.0 h1:{}=\n", "2".repeat(43)));
        it.write(PAY, EVIL);
    }),
    ("forged checksum and module cache", |it| {
        it.write(PAY, EVIL);
        it.forge_cache();
    }),
    ("replaced by itself", |it| {
        it.replace_by("example.com/pay v1.0.0");
        it.write(PAY, EVIL);
    }),
    ("this version replaced by itself", |it| {
        it.append("go.mod", "\nreplace example.com/pay v1.0.0 => example.com/pay v1.0.0\n");
        it.edit_list("# example.com/pay v1.0.0", "# example.com/pay v1.0.0 => example.com/pay v1.0.0");
        it.write(PAY, EVIL);
    }),
    ("fork without a checksum", |it| {
        it.replace_by("example.com/other v1.0.0");
        it.write(PAY, EVIL);
    }),
    ("directory outside", |it| {
        it.replace_by("../outside");
        it.write(PAY, EVIL);
    }),
    ("directory inside that is otherwise", |it| {
        it.replace_by("./inside");
        it.edit_list("explicit; go 1.20", "explicit; go 1.22");
        it.write(PAY, &EVIL.replace("666", "667"));
    }),
    ("listed under another module", |it| {
        it.edit_list("## explicit; go 1.20\nexample.com/pay\n", "## explicit; go 1.20\n");
        it.edit_list("example.com/card\n", "example.com/card\nexample.com/pay\n");
        it.write(PAY, EVIL);
    }),
    ("list turned round", |it| {
        let list = fs::read_to_string(it.repo.root().join(LIST)).unwrap();
        let at = list.find("# example.com/pay").unwrap();
        it.write(LIST, &format!("{}{}", &list[at..], &list[..at]));
        it.write(PAY, EVIL);
    }),
    ("list that goes and comes back", |it| {
        let list = fs::read_to_string(it.repo.root().join(LIST)).unwrap();
        fs::remove_file(it.repo.root().join(LIST)).unwrap();
        it.repo.commit("remove the list");
        it.write(LIST, &list);
        it.write(PAY, EVIL);
    }),
    ("directory that goes and comes back", |it| {
        let files = read(&it.repo.root().join("vendor"));
        fs::remove_dir_all(it.repo.root().join("vendor")).unwrap();
        it.repo.commit("remove the directory");
        files.iter().for_each(|(path, text)| it.write(&format!("vendor/{path}"), text));
        it.write(PAY, EVIL);
    }),
    ("link", |it| {
        it.write("other/pay.go", EVIL);
        fs::remove_file(it.repo.root().join(PAY)).unwrap();
        it.repo.symlink(PAY, "../../../other/pay.go");
    }),
    ("link with a new version", |it| {
        it.raise("v1.1.0", true);
        it.write("other/pay.go", EVIL);
        fs::remove_file(it.repo.root().join(PAY)).unwrap();
        it.repo.symlink(PAY, "../../../other/pay.go");
    }),
    ("file behind a link", |it| {
        let text = fs::read_to_string(it.repo.root().join(PAY)).unwrap();
        it.write("other/pay.go", &text);
        fs::remove_file(it.repo.root().join(PAY)).unwrap();
        it.repo.symlink(PAY, "../../../other/pay.go");
        it.amend();
        it.write("other/pay.go", EVIL);
    }),
    ("directory behind a link", |it| {
        let dir = it.repo.root().join("vendor/example.com/pay");
        fs::create_dir_all(it.repo.root().join("other")).unwrap();
        fs::rename(&dir, it.repo.root().join("other/pay")).unwrap();
        it.repo.symlink("vendor/example.com/pay", "../../other/pay");
        it.amend();
        it.write("other/pay/pay.go", EVIL);
    }),
    ("directory that moves", |it| {
        for (path, text) in read(it.repo.root()) {
            if !path.starts_with("modwarden") {
                fs::remove_file(it.repo.root().join(&path)).unwrap();
                it.write(&format!("app/{path}"), &text);
            }
        }
        it.write(&format!("app/{PAY}"), EVIL);
    }),
    ("embedded file", |it| it.write("vendor/example.com/card/data/evil.txt", "3\n")),
    ("language version", |it| it.edit_list("explicit; go 1.20", "explicit; go 1.22")),
];

/// Edits without an effect that may accompany any disguise.
const NOISE: [Disguise; 4] = [
    ("nothing", |_| {}),
    ("another commit", |it| {
        it.write("more.go", "package main\n");
        it.repo.commit("more");
    }),
    ("comment in go.mod", |it| it.append("go.mod", "\n// indirect\n")),
    ("annotation", |it| it.edit_list("## explicit", "## something; explicit")),
];

impl Hiding<'_> {
    fn write(&mut self, path: &str, text: &str) {
        self.repo.write(path, text);
    }

    fn edit(&mut self, path: &str, old: &str, new: &str) {
        let Ok(text) = fs::read_to_string(self.repo.root().join(path)) else { return };
        self.write(path, &text.replace(old, new));
    }

    fn edit_list(&mut self, old: &str, new: &str) {
        self.edit(LIST, old, new);
    }

    fn append(&mut self, path: &str, more: &str) {
        let Ok(text) = fs::read_to_string(self.repo.root().join(path)) else { return };
        self.write(path, &(text + more));
    }

    /// Requires another version of a module, perhaps with checksums that are made up.
    fn raise(&mut self, version: &str, with_sums: bool) {
        self.edit("go.mod", "pay v1.0.0", &format!("pay {version}"));
        self.edit_list("pay v1.0.0", &format!("pay {version}"));
        if with_sums {
            let hash = "1".repeat(43);
            let line = |suffix: &str| format!("example.com/pay {version}{suffix} h1:{hash}=\n");
            self.append("go.sum", &(line("") + &line("/go.mod")));
        }
    }

    fn replace_by(&mut self, other: &str) {
        self.append("go.mod", &format!("\nreplace example.com/pay => {other}\n"));
        self.edit_list("# example.com/pay v1.0.0", &format!("# example.com/pay v1.0.0 => {other}"));
        self.append(LIST, &format!("# example.com/pay => {other}\n"));
    }

    /// Makes the changes so far a part of the state before.
    fn amend(&mut self) {
        self.repo.git(&["add", "--all"]);
        self.repo.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    }

    /// Puts the edited file into a module cache, and its checksum into go.sum.
    fn forge_cache(&mut self) {
        let cache = self.repo.beside("cache");
        copy(&self.world.cache(), &cache);
        let module = cache.join("example.com/pay@v1.0.0");
        fs::write(module.join("pay.go"), EVIL).unwrap();
        let files = files_below(&module, &|_| true);
        let hashed: Vec<(Vec<u8>, ContentHash)> = files
            .iter()
            .map(|file| {
                let text = fs::read(module.join(file)).unwrap();
                (file.to_str().unwrap().as_bytes().to_vec(), ContentHash::of(&text))
            })
            .collect();
        let hashed = hashed.iter().map(|(path, hash)| (path.as_slice(), *hash));
        let hash = hash1("example.com/pay@v1.0.0/", hashed).unwrap();
        fs::write(cache.join("cache/download/example.com/pay/@v/v1.0.0.ziphash"), &hash).unwrap();
        let list = fs::read_to_string(self.repo.root().join("go.sum")).unwrap();
        let forged = |line: &str| match line.starts_with("example.com/pay v1.0.0 ") {
            true => format!("example.com/pay v1.0.0 {hash}\n"),
            false => format!("{line}\n"),
        };
        let list: String = list.lines().map(forged).collect();
        self.write("go.sum", &list);
        self.cache = Some(cache);
    }
}

fn copy(from: &Path, to: &Path) {
    for file in files_below(from, &|_| true) {
        let to = to.join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn no_disguise_of_an_edit_passes() {
    let Some(world) = World::new() else { return };
    for seed in seeds(0..44) {
        let mut random = Random::new(seed);
        let (name, disguise) = DISGUISES[usize::try_from(seed).unwrap() % DISGUISES.len()];
        let (noise_name, noise) = NOISE[random.below(NOISE.len())];
        let cache = random.once_in(2).then(|| world.cache());
        let mut hiding = Hiding { world: &world, repo: committed(&world.base), cache, random };
        disguise(&mut hiding);
        noise(&mut hiding);
        let Hiding { repo, cache, mut random, .. } = hiding;
        let base = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
        let range = format!("{base}..HEAD");
        let args: &[&str] = match random.below(4) {
            0 => &["--worktree", "--new-from", &base],
            1 => {
                repo.git(&["add", "--all"]);
                &["--staged", "--new-from", &base]
            }
            way => {
                repo.commit("disguised");
                if way == 2 { &["--range", &range] } else { &["--range", &range, "--each-commit"] }
            }
        };
        let outcome = world.check(&repo, args, cache.as_deref());
        let is_seen = matches!(outcome.code, Some(1 | 3));
        assert!(is_seen, "seed {seed}, {name} with {noise_name}, {args:?}, cache {cache:?}: {}", outcome.text);
    }
}

#[test]
fn what_remedies_say_works_word_for_word() {
    let Some(world) = World::new() else { return };
    // The checksums are regenerated beside the repository, and the forged one shows.
    let repo = committed(&world.base);
    let list = fs::read_to_string(repo.root().join("go.sum")).unwrap();
    let line = list.lines().find(|line| line.starts_with("example.com/pay v1.0.0 h1:")).unwrap();
    let forged = format!("example.com/pay v1.0.0 h1:{}=", "1".repeat(43));
    repo.write("go.sum", list.replace(line, &forged)).commit("forged");
    let outcome = world.check(&repo, &["--format", "json"], Some(&world.cache()));
    let end = outcome.text.rfind('}').unwrap();
    let report: serde_json::Value = serde_json::from_str(&outcome.text[..=end]).unwrap();
    let is_conflict = |finding: &&serde_json::Value| finding["rule"] == "checksum-conflict";
    let finding = report["findings"].as_array().unwrap().iter().find(is_conflict).unwrap();
    let help = finding["help"].as_str().unwrap();
    let mut command = repo.command("sh");
    command.args(["-c", &help[help.find("scratch=").unwrap()..]]);
    let proxy = format!("file://{}", world.dir.path().join("proxy").display());
    command.env("GOPROXY", proxy).env("GOSUMDB", "off").env("GOENV", "off");
    run(command).assert(0, &[&format!("-{forged}"), &format!("+{line}")]);
    assert_eq!(fs::read_to_string(repo.root().join("go.sum")).unwrap(), list.replace(line, &forged));
    // A checksum that go.sum lacks, and a module that the module cache lacks, are brought by one command.
    let repo = committed(&world.base);
    let raised = &world.updates.iter().find(|(name, _)| *name == "raised").unwrap().1;
    replace_files(&repo, raised);
    let list: String = raised["go.sum"]
        .lines()
        .filter(|line| !line.contains("pay v1.1.0 h1:"))
        .map(|line| format!("{line}\n"))
        .collect();
    repo.write("go.sum", list).commit("raised");
    let cache = repo.beside("cache");
    let go = world.go.clone().with_env("GOMODCACHE", &cache.display().to_string());
    let range = ["--range", "HEAD~1..HEAD"];
    world.check(&repo, &range, Some(&cache)).assert(3, &["go mod download example.com/pay@v1.1.0"]);
    go.text(repo.root(), &["mod", "download", "example.com/pay@v1.1.0"]);
    repo.commit("sums");
    world.check(&repo, &["--range", "HEAD~2..HEAD"], Some(&cache)).assert(0, &["no new findings"]);
    // A comparison is remembered, so this begins without it.
    fs::remove_dir_all(cache.join("example.com/pay@v1.1.0")).unwrap();
    go.text(repo.root(), &["mod", "download", "example.com/card@v1.0.0"]);
    world
        .check(&repo, &["--range", "HEAD~2..HEAD", "--no-cache"], Some(&cache))
        .assert(3, &["go mod download example.com/pay@v1.1.0"]);
    go.text(repo.root(), &["mod", "download", "example.com/pay@v1.1.0"]);
    world.check(&repo, &["--range", "HEAD~2..HEAD", "--no-cache"], Some(&cache)).assert(0, &["no new findings"]);
}

#[test]
fn the_language_version_in_the_list_changes_what_code_means() {
    let Some(go) = go() else { return };
    let repo = Repo::init();
    repo.write("modwarden.toml", POLICY).write("go.mod", go_mod("require example.com/loop v1.0.0\n"));
    repo.write("main.go", "package main\n\nimport \"example.com/loop\"\n\nfunc main() { println(loop.First()) }\n");
    repo.write(
        "vendor/example.com/loop/loop.go",
        "package loop\n\nfunc First() int {\n\tvar all []func() int\n\tfor i := 0; i < 3; i++ {\n\t\tall = append(all, func() int { \
         return i })\n\t}\n\treturn all[0]()\n}\n",
    );
    let said = |version: &str| {
        repo.write(LIST, format!("# example.com/loop v1.0.0\n## explicit; go {version}\nexample.com/loop\n"));
        let output = go.command(repo.root(), &["run", "."]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap().trim().to_owned()
    };
    assert_eq!(said("1.22"), "0");
    repo.commit("base");
    assert_eq!(said("1.21"), "3", "the go command compiles vendored code as the list says, and complains of nothing");
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["check", "--format", "concise", "--no-module-cache", "--new-from", "HEAD"]);
    let message = "vendor/modules.txt:2:17: error[vendor-edited]: the Go version of `example.com/loop@v1.0.0` in modules.txt changed from 1.22 in";
    run(command).assert(1, &[message]);
}
