//! Changes to a well-known module as it is worked on.

#![expect(clippy::disallowed_methods, reason = "tests read the module cache")]

use std::fs;
use std::path::{Path, PathBuf};

use super::Files;
use crate::support::corpus::files_below;
use crate::support::go::Go;
use crate::support::proxy::escaped;
use crate::support::random::Random;
use crate::tidied_oracle::lines::Lines;

/// A module that is being changed. Each step returns its description, or nothing if there was nothing to do.
pub(crate) struct Edit<'e> {
    pub(crate) files: &'e mut Files,
    /// The go command, with a proxy.
    pub(crate) go: &'e Go,
    /// The module cache.
    pub(crate) cache: &'e Path,
    pub(crate) random: &'e mut Random,
}

impl Edit<'_> {
    /// Does one thing.
    pub(crate) fn anything(&mut self) -> Option<String> {
        match self.random.below(24) {
            0 | 1 => self.remove_file(),
            2..=4 => self.remove_import(),
            5..=7 => self.add_import(),
            8..=10 => self.requirement(),
            11 | 12 => self.junk_requirement(),
            13 | 14 => self.flip(),
            15..=17 => self.sums(),
            18 => self.other_line(),
            19 => self.go_line(),
            _ => self.layout(),
        }
    }

    fn lines(&self) -> Lines {
        Lines::new(&self.files["go.mod"])
    }

    fn write(&mut self, lines: &Lines) {
        self.files.insert("go.mod".to_owned(), lines.text());
    }

    /// Changes nothing but the layout of go.mod or go.sum.
    fn layout(&mut self) -> Option<String> {
        if self.random.once_in(3) {
            let mut lines: Vec<String> = self.files.get("go.sum")?.lines().map(str::to_owned).collect();
            let (from, to) = (self.random.below(lines.len().max(1)), self.random.below(lines.len().max(1)));
            let line = lines.get(from)?.clone();
            lines.insert(to, line);
            self.files.insert("go.sum".to_owned(), lines.iter().map(|line| format!("{line}\n")).collect());
            return Some("a checksum twice".to_owned());
        }
        let mut lines = self.lines();
        let done = match self.random.below(3) {
            0 => lines.shake(self.random)?,
            1 => lines.regroup(self.random)?,
            _ => lines.disarrange(self.random)?,
        };
        self.write(&lines);
        Some(done.to_owned())
    }

    /// The Go files, but for those that no build has.
    fn sources(&self) -> Vec<String> {
        let is_hidden = |path: &str| {
            path.split('/').any(|part| part.starts_with(['_', '.']) || ["testdata", "vendor"].contains(&part))
        };
        self.files.keys().filter(|path| path.ends_with(".go") && !is_hidden(path)).cloned().collect()
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.random.below(all.len())].clone())
    }

    fn remove_file(&mut self) -> Option<String> {
        let path = self.one_of(&self.sources())?;
        self.files.remove(&path);
        Some(format!("remove {path}"))
    }

    /// Takes an import of a module that is required out of a file, or out of all.
    fn remove_import(&mut self) -> Option<String> {
        let module = self.lines().any(self.random)?.path;
        let is_it = |line: &str| {
            let path = line.trim().trim_end_matches('"').rsplit('"').next().unwrap_or_default();
            line.trim().ends_with('"') && (path == module || path.starts_with(&format!("{module}/")))
        };
        let all: Vec<String> = self.sources().into_iter().filter(|path| self.files[path].lines().any(is_it)).collect();
        let one = self.one_of(&all)?;
        let chosen = if self.random.once_in(2) { vec![one] } else { all };
        for path in &chosen {
            let kept = self.files[path].lines().filter(|line| !is_it(line));
            let text = kept.map(|line| format!("{line}\n")).collect();
            self.files.insert(path.clone(), text);
        }
        Some(format!("remove the imports from {module} in {chosen:?}"))
    }

    /// Imports a package of a module for which go.sum has something, or anything that is imported somewhere.
    fn add_import(&mut self) -> Option<String> {
        let path = self.one_of(&self.sources())?;
        let import = if self.random.once_in(3) { self.known_import()? } else { self.cached_package()? };
        let text = self.files.get_mut(&path).expect("it is there");
        let clause = text.split_inclusive('\n').find(|line| line.starts_with("package "))?.to_owned();
        *text = text.replacen(&clause, &format!("{}\n\nimport _ \"{import}\"\n", clause.trim_end()), 1);
        Some(format!("import {import} in {path}"))
    }

    /// A path that some file imports.
    fn known_import(&mut self) -> Option<String> {
        let import = |line: &str| {
            let path = line.trim().strip_suffix('"')?.rsplit('"').next()?;
            (path.contains('.') && path.contains('/')).then(|| path.to_owned())
        };
        let sources = self.sources();
        let all: Vec<String> = sources.iter().flat_map(|path| self.files[path].lines().filter_map(import)).collect();
        self.one_of(&all)
    }

    /// The path of a package in the module cache.
    fn cached_package(&mut self) -> Option<String> {
        let sums = self.files.get("go.sum")?;
        let modules: Vec<(String, String)> = sums
            .lines()
            .filter_map(|line| line.split_once(" h1:")?.0.split_once(' '))
            .filter(|(_, version)| !version.ends_with("/go.mod"))
            .map(|(path, version)| (path.to_owned(), version.to_owned()))
            .collect();
        let (module, version) = self.one_of(&modules)?;
        let dir = self.download(&module, &version)?;
        let files = files_below(&dir, &|name| name.ends_with(".go"));
        let file = self.one_of(&files)?;
        let below = file.parent()?.to_str()?;
        let is_hidden = below.split('/').any(|part| part.starts_with(['_', '.']) || part == "testdata");
        (!is_hidden).then(|| if below.is_empty() { module } else { format!("{module}/{below}") })
    }

    /// Takes a requirement away, or writes another version that the module cache knows.
    fn requirement(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let mut one = lines.any(self.random)?;
        let done = if self.random.once_in(3) {
            let versions = self.versions(&one.path);
            one.version = self.one_of(&versions)?;
            lines.rewrite(&one);
            format!("require {} {}", one.path, one.version)
        } else {
            lines.remove(&one);
            format!("drop {}", one.path)
        };
        self.write(&lines);
        Some(done)
    }

    /// The versions that are in the graph of modules, as far as go.sum tells.
    fn versions(&self, module: &str) -> Vec<String> {
        let sums = self.files.get("go.sum").map(String::as_str).unwrap_or_default();
        let version = |line: &str| {
            let (path, rest) = line.split_once(' ')?;
            (path == module).then(|| rest.split_once("/go.mod h1:").map(|it| it.0.to_owned()))?
        };
        sums.lines().filter_map(version).collect()
    }

    /// Adds a requirement of a required module.
    fn junk_requirement(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let one = lines.any(self.random)?;
        let go_mod = self.go_mod(&one.path, &one.version)?;
        let junk = Lines::new(&fs::read_to_string(go_mod).ok()?).any(self.random)?;
        if lines.has(&junk.path) {
            return None;
        }
        lines.add(&junk.path, &junk.version, self.random);
        self.write(&lines);
        Some(format!("require {} {} of {}", junk.path, junk.version, one.path))
    }

    fn go_mod(&self, module: &str, version: &str) -> Option<PathBuf> {
        self.download(module, version)?;
        Some(self.cache.join(format!("cache/download/{}/@v/{}.mod", escaped(module), escaped(version))))
    }

    /// Adds a module to the module cache, so that a step does not depend on earlier ones.
    fn download(&self, module: &str, version: &str) -> Option<PathBuf> {
        let dir = self.cache.join(format!("{}@{}", escaped(module), escaped(version)));
        if !dir.is_dir() {
            self.go.command(self.cache, &["mod", "download", &format!("{module}@{version}")]);
        }
        dir.is_dir().then_some(dir)
    }

    fn flip(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let one = lines.any(self.random)?;
        lines.flip(&one, self.random);
        self.write(&lines);
        Some(format!("flip the mark of {}", one.path))
    }

    fn sums(&mut self) -> Option<String> {
        let text = self.files.get("go.sum")?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = self.random.below(lines.len().max(1));
        let done = match self.random.below(4) {
            0 => {
                self.files.remove("go.sum");
                return Some("remove go.sum".to_owned());
            }
            1 => {
                let line = format!("example.com/x v1.{at}.0/go.mod h1:{}=", "0123456789A".repeat(4).split_at(43).0);
                lines.insert(at, line);
                "a checksum too many".to_owned()
            }
            _ if lines.is_empty() => return None,
            _ => {
                let count = (1 + self.random.below(4)).min(lines.len() - at);
                lines.drain(at..at + count);
                format!("remove {count} checksums")
            }
        };
        self.files.insert("go.sum".to_owned(), lines.iter().map(|line| format!("{line}\n")).collect());
        Some(done)
    }

    fn other_line(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let one = lines.any(self.random)?;
        let line = match self.random.below(3) {
            0 => format!("exclude {} {}", one.path, one.version),
            1 => format!("tool {}", self.cached_package()?),
            _ => format!("replace {} => {} {}", one.path, one.path, one.version),
        };
        lines.push(line.clone());
        self.write(&lines);
        Some(format!("add {line}"))
    }

    fn go_line(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let go = self.random.pick(&["1.15", "1.16", "1.17", "1.20", "1.21", "1.24"]);
        let is_there = lines.replace_line("go ", Some(format!("go {go}")));
        self.write(&lines);
        is_there.then(|| format!("go {go}"))
    }
}
