//! Suggestions for a pattern that matches nothing.

use super::Subject;
use crate::go::std_packages;
use crate::policy::{FileGlob, Pattern};
use crate::text::{RepoPath, nearest};

/// The names that could have been meant.
pub(super) struct Meant<'a> {
    subject: &'a Subject<'a>,
}

/// A pattern in three parts: its base, the path, and `/...`.
struct PatternParts<'p> {
    before: &'p str,
    path: &'p str,
    after: &'p str,
}

impl<'p> PatternParts<'p> {
    fn of(text: &'p str) -> Self {
        let body = text.strip_prefix('!').unwrap_or(text);
        let at = ["$module/", "$workspace/", "$std/", "./"].iter().find(|before| body.starts_with(**before));
        let (before, rest) = body.split_at(at.map_or(0, |before| before.len()));
        let path = rest.strip_suffix("/...").unwrap_or(rest);
        Self { before, path, after: &rest[path.len()..] }
    }

    fn with(&self, before: &str, path: &str) -> String {
        format!("did you mean `{before}{path}{}`?", self.after)
    }
}

impl<'a> Meant<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        Self { subject }
    }

    /// A package of the repository or of the standard library.
    pub(super) fn package(&self, pattern: &Pattern) -> Option<String> {
        let parts = PatternParts::of(pattern.text());
        let own = self.package_dirs();
        let own = || own.iter().map(String::as_str);
        if !parts.before.is_empty() {
            return nearest(parts.path, own()).map(|near| parts.with(parts.before, near));
        }
        if own().any(|dir| dir == parts.path) {
            return Some(parts.with("./", parts.path));
        }
        for module in self.subject.model.modules() {
            let Some(below) = module.path().subpath(parts.path).filter(|below| !below.is_empty()) else { continue };
            return nearest(below, own()).map(|near| parts.with(&format!("{}/", module.path()), near));
        }
        let last = parts.path.rsplit('/').next().unwrap_or_default();
        let mut public = std_packages().filter(|package| !package.contains("internal"));
        if let Some(whole) = public.find(|package| package.ends_with(&format!("/{last}"))) {
            return Some(parts.with("", whole));
        }
        let near = nearest(parts.path, own()).map(|near| parts.with("./", near));
        near.or_else(|| nearest(parts.path, std_packages()).map(|near| parts.with("", near)))
    }

    /// A package of the standard library.
    pub(super) fn std(&self, pattern: &Pattern) -> Option<String> {
        let parts = PatternParts::of(pattern.text());
        nearest(parts.path, std_packages()).map(|near| parts.with(parts.before, near))
    }

    /// The import path of a package that is given relative to its module.
    pub(super) fn path(&self, pattern: &Pattern) -> Option<String> {
        let parts = PatternParts::of(pattern.text());
        let mut packages = self.subject.model.packages();
        let package = packages.find(|package| package.relative() == parts.path)?;
        Some(format!("write the import path: `{}{}`", package.path(), parts.after))
    }

    /// A module of the repository, by its path or its directory.
    pub(super) fn main(&self, pattern: &Pattern) -> Option<String> {
        let parts = PatternParts::of(pattern.text());
        if parts.before.is_empty() {
            let paths = self.subject.model.modules().map(|module| module.path().as_str());
            return nearest(parts.path, paths).map(|near| parts.with("", near));
        }
        let dirs = self.subject.model.modules().filter_map(|module| module.dir().as_str());
        nearest(parts.path, dirs.filter(|dir| !dir.is_empty())).map(|near| parts.with(parts.before, near))
    }

    /// A directory of the repository.
    pub(super) fn directory(&self, text: &str) -> Option<String> {
        let dirs = self.directories();
        nearest(text, dirs.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
    }

    /// A glob without wildcards but at its end.
    pub(super) fn file(&self, glob: &FileGlob) -> Option<String> {
        let text = glob.text();
        let path = text.strip_suffix("/**").or_else(|| text.strip_suffix('/')).unwrap_or(text);
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.contains(['*', '?', '[', '{']) {
            return None;
        }
        let files = self.subject.files.iter().filter_map(|(_, file)| file.path().as_str());
        let mut known: Vec<String> = self.directories();
        known.extend(files.map(str::to_owned));
        let at = text.find(path).map_or(text.len(), |at| at + path.len());
        nearest(path, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}{}`?", &text[at..]))
    }

    /// The directories with packages and those above, each relative to its module.
    fn package_dirs(&self) -> Vec<String> {
        let dirs = self.subject.model.packages().map(|package| RepoPath::new(package.relative()));
        with_parents(dirs)
    }

    fn directories(&self) -> Vec<String> {
        with_parents(self.subject.files.iter().filter_map(|(_, file)| file.path().parent()))
    }
}

fn with_parents(dirs: impl Iterator<Item = RepoPath>) -> Vec<String> {
    let all = dirs.flat_map(|dir| dir.ancestors()).filter(|dir| !dir.is_root());
    let mut texts: Vec<String> = all.filter_map(|dir| dir.as_str().map(str::to_owned)).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}
