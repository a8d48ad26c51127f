//! Faults of vendor directories: files and lines that are added, removed or changed, in them and around them.

use super::tree::{Listed, Source, Tree, ancestors, split};
use super::universe::{Vendor, joined};
use crate::support::random::Random;

/// A line that is added to edited files.
pub(crate) const EDIT: &str = "// edited by hand\n";

/// A change to a tree. Its description is for the message of a failure.
pub(crate) struct Damage<'t, 'u> {
    pub(crate) tree: &'t mut Tree<'u>,
    pub(crate) vendor: &'t Vendor,
    pub(crate) random: &'t mut Random,
    /// The module versions whose files in the cache are to be altered.
    pub(crate) altered: Vec<Source>,
}

impl Damage<'_, '_> {
    /// Makes one change, and returns its description.
    pub(crate) fn anything(&mut self) -> Option<String> {
        match self.random.below(30) {
            0 | 1 => self.delete_package(),
            2 | 3 => self.delete_line(),
            4 | 5 => self.add_line(),
            6 | 7 => self.double_line(),
            8 | 9 => self.add_directory(),
            10..=13 => self.edit_file(|name| name.ends_with(".go")),
            14 | 15 => self.edit_file(|name| !name.ends_with(".go")),
            16 | 17 => self.add_file(),
            18 | 19 => self.remove_file(),
            20..=23 => self.add_import(),
            24 => self.remove_imports(),
            25 | 26 => self.change_sum(),
            27 => self.alter_cache(),
            28 => self.edit_directory(),
            _ => self.remove_list(),
        }
    }

    /// Changes the imports, and nothing else.
    pub(crate) fn imports(&mut self) -> Option<String> {
        if self.random.once_in(2) { self.add_import() } else { self.remove_imports() }
    }

    fn list(&self) -> Vec<Listed> {
        self.tree.list(self.vendor)
    }

    fn path(&self, below: &str) -> String {
        format!("{}/{below}", Tree::dir(self.vendor))
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.random.below(all.len())].clone())
    }

    fn package(&mut self) -> Option<String> {
        let packages: Vec<String> = self.list().into_iter().flat_map(|module| module.packages).collect();
        self.one_of(&packages)
    }

    /// A vendored file with a name that is wanted, and its path.
    fn file(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let files = self.tree.vendored(self.vendor);
        let paths: Vec<String> = files
            .iter()
            .filter(|(_, name, _)| wanted(name))
            .map(|(dir, name, _)| self.path(&joined(dir, name)))
            .collect();
        self.one_of(&paths)
    }

    /// The lines of the list, to be changed.
    fn lines(&self) -> Option<(String, Vec<String>)> {
        let path = self.path("modules.txt");
        let lines = self.tree.files.get(&path)?.lines().map(str::to_owned).collect();
        Some((path, lines))
    }

    fn write_lines(&mut self, path: String, lines: &[String]) {
        self.tree.files.insert(path, lines.iter().map(|line| format!("{line}\n")).collect());
    }

    fn delete_package(&mut self) -> Option<String> {
        let package = self.package()?;
        let dir = self.path(&package) + "/";
        self.tree.files.retain(|path, _| !path.starts_with(&dir));
        Some(format!("deleted the directory of {package}"))
    }

    fn delete_line(&mut self) -> Option<String> {
        let package = self.package()?;
        let (path, mut lines) = self.lines()?;
        lines.retain(|line| *line != package);
        self.write_lines(path, &lines);
        Some(format!("deleted the line {package}"))
    }

    fn add_line(&mut self) -> Option<String> {
        let modules: Vec<Listed> = self.list().into_iter().filter(|module| module.version.is_some()).collect();
        let module = self.one_of(&modules)?;
        let files = self.tree.origin(self.vendor, &module).unwrap_or_default();
        let dirs: Vec<String> = files.keys().map(|path| joined(&module.path, split(path).0)).collect();
        let mut dirs: Vec<String> =
            dirs.into_iter().flat_map(|dir| ancestors(&dir).map(str::to_owned).collect::<Vec<_>>()).collect();
        dirs.retain(|dir| dir.starts_with(&module.path) && !module.packages.contains(dir));
        dirs.push(joined(&module.path, "nothing/there"));
        let package = self.one_of(&dirs)?;
        let (path, mut lines) = self.lines()?;
        let start = format!("# {}", module.name());
        let at = lines.iter().position(|line| *line == start || line.starts_with(&format!("{start} =>")))?;
        let end = lines[at + 1..].iter().position(|line| line.starts_with("# ")).map_or(lines.len(), |it| at + 1 + it);
        lines.insert(end, package.clone());
        self.write_lines(path, &lines);
        Some(format!("added the line {package} for {}", module.name()))
    }

    fn double_line(&mut self) -> Option<String> {
        let (path, mut lines) = self.lines()?;
        let at = self.random.below(lines.len());
        let line = lines[at].clone();
        lines.insert(at, line.clone());
        self.write_lines(path, &lines);
        Some(format!("doubled the line {line}"))
    }

    fn add_directory(&mut self) -> Option<String> {
        let modules: Vec<String> = self.list().into_iter().map(|module| module.path).collect();
        let above = match self.random.below(3) {
            0 => "example.com".to_owned(),
            1 => self.one_of(&modules)?,
            _ => self.package()?,
        };
        let name = self.random.pick(&["stray", "testdata/stray", "_stray", "static"]);
        let file = self.random.pick(&["a.go", "a_test.go", "LICENSE.go", "a.txt"]);
        let path = self.path(&format!("{above}/{name}/{file}"));
        self.tree.files.insert(path.clone(), format!("package stray\n\nimport _ \"example.com/nowhere/x\"\n{EDIT}"));
        Some(format!("added {path}"))
    }

    fn edit_file(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let path = self.file(wanted)?;
        let import = self.some_import();
        let imports = path.ends_with(".go") && self.random.once_in(3);
        let text = self.tree.files.get_mut(&path).expect("it is there");
        *text += EDIT;
        if let Some((start, end)) = text.split_once("\npackage p\n").filter(|_| imports) {
            *text = format!("{start}\npackage p\n\nimport _ \"{import}\"\n{end}");
        }
        Some(format!("edited {path}: {text:?}"))
    }

    fn add_file(&mut self) -> Option<String> {
        let package = self.package()?;
        let name =
            self.random.pick(&["added.go", "added.go", "added_test.go", "added.txt", "added.s", "LICENSE.added"]);
        let path = self.path(&joined(&package, name));
        let import = self.some_import();
        self.tree.files.insert(path.clone(), format!("package added\n\nimport _ \"{import}\"\n{EDIT}"));
        Some(format!("added {path} with an import of {import}"))
    }

    fn remove_file(&mut self) -> Option<String> {
        let path = self.file(|_| true)?;
        self.tree.files.remove(&path);
        Some(format!("removed {path}"))
    }

    /// A possible import: something vendored, something of a module that is vendored in part, and a path that leads
    /// nowhere.
    fn some_import(&mut self) -> String {
        let main = self.vendor.mains[0].path.clone();
        let choices = ["example.com/nowhere/x", "nosuch/added", "cmp", "C", "appengine/y"];
        match self.random.below(8) {
            0 => self.random.pick(&choices).to_owned(),
            1 => joined(&main, self.random.pick(&["generated", "two/deep", "testdata/t"])),
            2..=4 => self.package().unwrap_or_else(|| "unicode/utf16".to_owned()),
            _ => {
                let modules: Vec<Listed> = self.list().into_iter().filter(|module| module.version.is_some()).collect();
                let Some(module) = self.one_of(&modules) else { return "unicode/utf16".to_owned() };
                let files = self.tree.origin(self.vendor, &module).unwrap_or_default();
                let dirs: Vec<String> =
                    files.keys().filter(|path| path.ends_with("p.go")).map(|path| split(path).0.to_owned()).collect();
                joined(&module.path, &self.one_of(&dirs).unwrap_or_default())
            }
        }
    }

    fn add_import(&mut self) -> Option<String> {
        let import = self.some_import();
        let main = self.one_of(&self.vendor.mains)?;
        let dir = self.random.pick(&["", "one", "one", "two/deep", "testdata/t", "_hid/h", "ign/x", "new"]);
        let name = self.random.pick(&["new.go", "new.go", "new_test.go", "new_windows.go", "_new.go", "new_gen.go"]);
        let header = if name == "new_gen.go" { "//go:build ignore\n\n" } else { "" };
        let path = joined(&main.dir, &joined(dir, name));
        self.tree.files.insert(path.clone(), format!("{header}package p\n\nimport _ \"{import}\"\n"));
        Some(format!("added {path} with an import of {import}"))
    }

    /// Removes one file in three of a main module.
    fn remove_imports(&mut self) -> Option<String> {
        let main = self.one_of(&self.vendor.mains)?;
        let is_own = |path: &String| {
            let below =
                if main.dir.is_empty() { Some(path.as_str()) } else { path.strip_prefix(&format!("{}/", main.dir)) };
            let has = |part: &str| path.split('/').any(|it| it == part);
            below.is_some() && path.ends_with(".go") && !has("vendor") && !has("forks")
        };
        let files: Vec<String> = self.tree.files.keys().filter(|path| is_own(path)).cloned().collect();
        let removed: Vec<String> = files.into_iter().filter(|_| self.random.once_in(3)).collect();
        removed.iter().for_each(|path| drop(self.tree.files.remove(path)));
        Some(format!("removed {removed:?}"))
    }

    /// Removes or falsifies the checksum of a vendored module in go.sum.
    fn change_sum(&mut self) -> Option<String> {
        let modules: Vec<Listed> = self.list().into_iter().filter(|module| !module.packages.is_empty()).collect();
        let Source::Module(path, version) = self.one_of(&modules)?.source() else { return None };
        let start = format!("{path} {version} h1:");
        let is_removed = self.random.once_in(2);
        for file in self.vendor.sums() {
            let Some(text) = self.tree.files.get_mut(&file) else { continue };
            let lines = text.lines().filter(|line| !is_removed || !line.starts_with(&start));
            let falsified = format!("{start}AAAA");
            *text = lines.map(|line| line.replace(&start, &falsified) + "\n").collect();
        }
        let done = if is_removed { "removed" } else { "falsified" };
        Some(format!("{done} the checksum of {path}@{version} for {}", self.vendor.dir))
    }

    fn alter_cache(&mut self) -> Option<String> {
        let modules: Vec<Listed> = self.list().into_iter().filter(|module| !module.packages.is_empty()).collect();
        let source = self.one_of(&modules)?.source();
        let said = format!("altered {source:?} in the module cache");
        matches!(source, Source::Module(..)).then(|| self.altered.push(source))?;
        Some(said)
    }

    /// Edits a directory that a module is copied from.
    fn edit_directory(&mut self) -> Option<String> {
        let files: Vec<String> = self.tree.files.keys().filter(|path| path.starts_with("forks/")).cloned().collect();
        let path = self.one_of(&files).filter(|path| !path.ends_with("go.mod"))?;
        self.tree.files.get_mut(&path)?.push_str(EDIT);
        Some(format!("edited {path}"))
    }

    fn remove_list(&mut self) -> Option<String> {
        let path = self.path("modules.txt");
        self.tree.files.remove(&path)?;
        Some(format!("removed {path}"))
    }
}
