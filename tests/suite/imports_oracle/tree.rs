//! Random repositories of packages that import nothing, and of packages with one import each.

use crate::support::random::Random;

/// How the modules of a repository are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Each alone.
    Alone,
    /// Both in a go.work.
    Workspace,
    /// From a vendor directory.
    Vendored,
}

impl Setting {
    pub(super) const ALL: [Self; 3] = [Self::Alone, Self::Workspace, Self::Vendored];
}

/// A repository.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) setting: Setting,
    pub(super) importers: Vec<Importer>,
}

/// A file with one import.
#[derive(Debug)]
pub(super) struct Importer {
    /// The import path of its package.
    pub(super) package: String,
    /// Its path from the root of the repository.
    pub(super) file: String,
    constraint: Constraint,
    import: String,
}

/// Which builds have a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Constraint {
    All,
    Windows,
    Never,
    Test,
    ExternalTest,
}

/// How many files import something.
const IMPORTERS: usize = 60;

impl Tree {
    pub(super) fn random(random: &mut Random, setting: Setting) -> Self {
        let mut importers: Vec<Importer> = (0..IMPORTERS).map(|number| Importer::random(random, number)).collect();
        if setting == Setting::Vendored {
            // The go command stops at such an import before it looks at others.
            importers.retain(|importer| !importer.import.starts_with("example.com/replaced"));
        }
        Self { setting, importers }
    }

    /// The directories of the modules that packages are listed in.
    pub(super) fn module_dirs(&self) -> [&'static str; 2] {
        ["", "api"]
    }

    /// The files without the imports, so that the go command can vendor the needed packages.
    pub(super) fn before(&self, go_sum: &str) -> Vec<(String, String)> {
        let mut files: Vec<(&str, &str)> = LEAVES.to_vec();
        files.push(("go.sum", go_sum));
        files.push(("go.mod", GO_MOD));
        files.push(("api/go.mod", "module example.com/m/api\n\ngo 1.24\n"));
        files.push(("uses.go", USES));
        if self.setting == Setting::Workspace {
            files.push(("go.work", "go 1.24\n\nuse (\n\t.\n\t./api\n)\n"));
        }
        files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    /// The files with the imports. Each package has another one too, so that every build has some file of it.
    pub(super) fn after(&self) -> Vec<(String, String)> {
        // With this one before, the go command would vendor nothing: a requirement has the same package.
        let mut files = vec![("dup/dup.go".to_owned(), "package dup\n".to_owned())];
        for importer in &self.importers {
            let (dir, _) = importer.file.rsplit_once('/').expect("it is in a directory");
            files.push((format!("{dir}/doc.go"), "package u\n".to_owned()));
            files.push((importer.file.clone(), importer.text()));
        }
        files
    }
}

impl Importer {
    fn random(random: &mut Random, number: usize) -> Self {
        let parent = random.pick(&["", "", "a/", "a/internal/", "cmd/", "api/", "api/deep/"]);
        let constraint = match random.below(9) {
            0 => Constraint::Windows,
            1 | 2 => Constraint::Never,
            3 => Constraint::Test,
            4 => Constraint::ExternalTest,
            _ => Constraint::All,
        };
        let name = match constraint {
            Constraint::All | Constraint::Never => "u.go",
            Constraint::Windows => "u_windows.go",
            Constraint::Test | Constraint::ExternalTest => "u_test.go",
        };
        let import = random.pick(IMPORTS).to_owned();
        let import = if random.once_in(5) { altered(random, &import) } else { import };
        Self {
            package: format!("example.com/m/{parent}u{number}"),
            file: format!("{parent}u{number}/{name}"),
            constraint,
            import,
        }
    }

    /// Whether the build has the file.
    pub(super) fn is_in(&self, goos: &str, tags: &str) -> bool {
        match self.constraint {
            Constraint::Windows => goos == "windows",
            Constraint::Never => tags == "never",
            Constraint::All | Constraint::Test | Constraint::ExternalTest => true,
        }
    }

    /// Whether it imports the package that has only tests.
    pub(super) fn imports_tests(&self) -> bool {
        self.import == "example.com/m/onlytests"
    }

    /// Whether somebody has to set a tag for it.
    pub(super) fn needs_tag(&self) -> bool {
        self.constraint == Constraint::Never
    }

    /// Whether it has an import that only a requirement could provide, by its path, so that in a workspace another
    /// module might.
    pub(super) fn lacks_requirement(&self) -> bool {
        let first = self.import.split('/').next().unwrap_or_default();
        let is_own = self.import == "example.com/m" || self.import.starts_with("example.com/m/");
        let is_replaced = self.import.starts_with("example.com/fork/");
        let could_be = !self.import.contains("//") && !self.import.ends_with('/') && !self.import.contains(" ");
        first.contains('.')
            && !first.starts_with('.')
            && !is_own
            && !is_replaced
            && could_be
            && !self.is_found_outside()
    }

    /// Whether the import is of a package that a requirement has, and wrong for another reason.
    fn is_found_outside(&self) -> bool {
        matches!(&*self.import, "example.com/ext/internal/z" | "example.com/ext/sub" | "example.com/fork")
    }

    fn text(&self) -> String {
        let constraint = if self.needs_tag() { "//go:build never\n\n" } else { "" };
        let package = if self.constraint == Constraint::ExternalTest { "u_test" } else { "u" };
        format!("{constraint}package {package}\n\nimport z \"{}\"\n\nvar _ = z.X\n", self.import)
    }
}

/// The path with a letter in the other case, doubled or missing, or with another end.
fn altered(random: &mut Random, path: &str) -> String {
    let at = random.below(path.len());
    let (before, rest) = path.split_at(at);
    let (letter, after) = rest.split_at(1);
    match random.below(5) {
        0 => format!("{before}{letter}{letter}{after}"),
        1 => format!("{before}{after}"),
        2 if letter.chars().all(char::is_lowercase) => format!("{before}{}{after}", letter.to_uppercase()),
        3 => format!("{path}/v2"),
        _ => format!("{path}/none"),
    }
}

const GO_MOD: &str = "module example.com/m

go 1.24

require (
	example.com/ext v1.0.0
	example.com/ext/sub v1.0.0
	example.com/fork v1.0.0
	example.com/m/dup v1.0.0
)

replace (
	example.com/fork => ./forks/fork
	example.com/m/dup => ./forks/dup
	example.com/replaced => ./forks/replaced
)
";

/// The vendored imports, which keep the requirements.
const USES: &str = "package m

import (
	_ \"example.com/ext\"
	_ \"example.com/ext/sub/deep\"
	_ \"example.com/fork\"
	_ \"example.com/m/dup/only\"
)
";

const LEAVES: &[(&str, &str)] = &[
    ("a/a.go", "package a\n"),
    ("a/internal/y/y.go", "package y\n"),
    ("b/c/c.go", "package c\n"),
    ("cmd/p/main.go", "package main\n\nfunc main() {}\n"),
    ("doc/doc.go", "package documentation\n"),
    ("ignored/x.go", "//go:build ignore\n\npackage ignored\n"),
    ("internal/x/x.go", "package x\n"),
    ("k/vendor/foo/foo.go", "package foo\n"),
    ("mixed/main.go", "//go:build never\n\npackage main\n"),
    ("mixed/mixed.go", "//go:build !never\n\npackage mixed\n"),
    ("neverp/x.go", "//go:build never\n\npackage neverp\n"),
    ("nogo/README", "no Go here\n"),
    ("nogo/x.s", "// nothing\n"),
    ("onlylinux/x_linux.go", "package onlylinux\n"),
    ("onlytests/x_test.go", "package onlytests\n"),
    ("onlywindows/x_windows.go", "package onlywindows\n"),
    ("shop.go/x.txt", "a directory\n"),
    ("testdata/t/t.go", "package t\n"),
    ("_u/u.go", "package u\n"),
    ("api/api.go", "package api\n"),
    ("api/internal/w/w.go", "package w\n"),
    ("api/v1/v1.go", "package v1\n"),
    ("forks/fork/go.mod", "module example.com/fork\n\ngo 1.20\n"),
    ("forks/fork/fork.go", "package fork\n"),
    ("forks/fork/cmd/f/f.go", "package main\n\nfunc main() {}\n"),
    ("forks/fork/internal/i/i.go", "package i\n"),
    ("forks/dup/go.mod", "module example.com/m/dup\n\ngo 1.20\n"),
    ("forks/dup/dup.go", "package dup\n"),
    ("forks/dup/only/only.go", "package only\n"),
    ("forks/replaced/go.mod", "module example.com/replaced\n\ngo 1.20\n"),
    ("forks/replaced/replaced.go", "package replaced\n"),
];

const IMPORTS: &[&str] = &[
    "errors",
    "embed",
    "unsafe",
    "unicode/utf8",
    "example.com/m/a",
    "example.com/m/a",
    "example.com/m/b/c",
    "example.com/m/b/c",
    "example.com/m/internal/x",
    "example.com/m/a/internal/y",
    "example.com/m/testdata/t",
    "example.com/m/_u",
    "example.com/m/api",
    "example.com/m/api/v1",
    "example.com/m/api/internal/w",
    "example.com/ext",
    "example.com/ext/sub/deep",
    "example.com/fork",
    "example.com/m/dup/only",
    "example.com/m/mixed",
    "example.com/m/onlylinux",
    "example.com/m/onlywindows",
    "example.com/m/cmd/p",
    "example.com/m/doc",
    "example.com/m/dup",
    "example.com/m/ignored",
    "example.com/m/k/vendor/foo",
    "example.com/m/missing",
    "example.com/m/neverp",
    "example.com/m/nogo",
    "example.com/m/onlytests",
    "example.com/m/shop.go",
    "example.com/m/b",
    "example.com/ext/x",
    "example.com/ext/docs",
    "example.com/ext/internal/z",
    "example.com/ext/none",
    "example.com/ext/sub",
    "example.com/fork/cmd/f",
    "example.com/fork/internal/i",
    "example.com/fork/none",
    "example.com/other",
    "example.com/replaced",
    "./sibling",
    "../a",
    "/srv/a",
    "all",
    "cmd/go",
    "cmd/internal/obj",
    "foo/bar",
    "foo/vendor/bar",
    "internal/abi",
    "net/internal/socktest",
    "vendor/golang.org/x/net/idna",
    "golang_org/x/net/idna",
    "example.com/m//a",
    "example.com/m/a/",
    "example.com/m/a@v1",
];
