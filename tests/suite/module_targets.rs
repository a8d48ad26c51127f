//! The module files that only a `replace` or `use` line leads to.

use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::model::Directory;
use modwarden::internals::pipeline::{Inspected, PolicyChoice, inspect};
use modwarden::internals::source::{MemorySource, Source, StateSpec, open};
use modwarden::internals::text::RepoPath;

use crate::support::program::run;
use crate::support::repo::Repo;
use crate::support::txtar;

const TREE: &str = "\
-- go.mod --
module example.com/app

go 1.24

replace example.com/a => ./testdata/a

replace example.com/b => ./_b

replace example.com/c => ./vendor/example.com/c

replace example.com/nothing => ./lib

replace example.com/away => ../away

replace example.com/lib/x => ./lib/x
-- go.work --
go 1.24

use (
	.
	./.hidden/d
)

replace example.com/e => ./testdata/e
-- testdata/a/go.mod --
module example.com/a

go 1.20
-- testdata/unnamed/go.mod --
module example.com/unnamed
-- testdata/e/go.mod --
module example.com/e
-- _b/go.mod --
module example.com/other
-- vendor/example.com/c/go.mod --
module example.com/c
-- .hidden/d/go.mod --
module example.com/d
-- lib/lib.go --
package lib
-- lib/x/go.mod --
module example.com/lib/x
";

#[test]
fn the_module_files_that_lines_lead_to_are_read() {
    let files = txtar::parse(TREE);
    let source = MemorySource::new(files.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
    let inspected = facts(&source);
    let model = &inspected.facts.model;
    let modules: Vec<_> = model.modules().map(|module| module.path().as_str()).collect();
    let expected = ["example.com/d", "example.com/app", "example.com/lib/x"];
    assert_eq!(modules, expected, "a `use` line makes a directory a main module, a `replace` line a dependency");
    for (dir, path) in [
        ("", "example.com/app"),
        ("testdata/a", "example.com/a"),
        ("_b", "example.com/other"),
        ("vendor/example.com/c", "example.com/c"),
        (".hidden/d", "example.com/d"),
        ("testdata/e", "example.com/e"),
        ("lib/x", "example.com/lib/x"),
    ] {
        let file = model.module_file_at(&RepoPath::from(dir)).unwrap_or_else(|| panic!("{dir} is read"));
        assert_eq!(file.go_mod().module.as_ref().map(|line| line.path.value.as_str()), Some(path));
        let at = inspected.files.get(file.file()).path().clone();
        assert_eq!(at, RepoPath::from(dir).join("go.mod"));
    }
    assert!(model.module_file_at(&RepoPath::from("testdata/unnamed")).is_none(), "nothing leads there");
    assert!(matches!(model.directory(&RepoPath::from("lib")), Directory::NoModule));
}

#[test]
fn what_cannot_be_looked_into_is_not_called_missing() {
    let lib = Repo::init();
    lib.write("go.mod", "module example.com/lib\n").commit("lib");
    let repo = Repo::init();
    let url = lib.root().to_str().expect("a temporary directory is text");
    repo.write(
        "go.mod",
        "module example.com/app\n\nreplace example.com/lib => ./lib\n\nreplace example.com/no => ./no\n",
    );
    repo.git(&["submodule", "--quiet", "add", url, "lib"]);
    repo.commit("submodule");
    for spec in [StateSpec::WorkTree, StateSpec::Index, StateSpec::Revision("HEAD".to_owned())] {
        let opened = open(repo.root(), &spec, &Default::default()).expect("the state is there");
        let inspected = facts(opened.source.as_ref());
        let model = &inspected.facts.model;
        assert!(matches!(model.directory(&RepoPath::from("lib")), Directory::Hidden), "{spec:?}");
        assert!(matches!(model.directory(&RepoPath::from("no")), Directory::NoModule), "{spec:?}");
    }
}

#[test]
fn a_line_that_leads_into_a_repository_that_nobody_added_is_not_passed_over() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/app\n\ngo 1.24\n");
    repo.write("app.go", "package app\n\nimport _ \"example.com/lib\"\n");
    repo.write("modwarden.toml", "[[import-denied]]\nname = \"no-html\"\ndeny = [\"html\"]\n");
    repo.write("go.work", "go 1.24\n\nuse (\n\t.\n\t./lib\n)\n").commit("app");
    repo.git(&["init", "--quiet", "lib"]);
    repo.write("lib/go.mod", "module example.com/lib\n\ngo 1.24\n");
    repo.write("lib/lib.go", "package lib\n\nimport _ \"html\"\n");
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["check", "--no-cache", "--format", "concise"]);
    run(command).assert(3, &["not read: lib"]);
}

fn facts(source: &dyn Source) -> Inspected {
    let store = FactStore::none();
    inspect(Input::new(source, &store), PolicyChoice::of_state(), None).expect("the state can be listed")
}
