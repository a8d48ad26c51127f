//! `vendor/modules.txt`.
//!
//! Source: `modload/vendor.go: readVendorList`, which skips lines that it does not understand; so there are no errors.

use std::borrow::Cow;

use super::Parsed;
use crate::go::{ImportPath, ModulePath, ModuleVersion, Version};
use crate::text::{Span, Spanned};

/// The manifest of a vendor directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorModules {
    /// Whether the first line carries `## workspace`.
    pub workspace: bool,
    /// The module lines, in order, trailing replacement lines included. The same module may have several; their
    /// annotations add up, and the last replacement wins.
    pub modules: Vec<VendoredModule>,
}

/// A `# path version` line and the lines that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredModule {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version, as written; `None` on a line that replaces every version.
    pub version: Option<Spanned<Version>>,
    /// The part after `=>`: a path and perhaps a version.
    pub replacement: Option<VendoredReplacement>,
    /// Whether `## explicit` was given.
    pub explicit: bool,
    /// The version in the `go` line of the module's own `go.mod`, as `## go` gives it.
    pub go: Option<Spanned<Box<str>>>,
    /// The packages listed below it.
    pub packages: Vec<VendoredPackage>,
    /// The module line, from `#` to its last word.
    pub span: Span,
}

/// The part after `=>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredReplacement {
    /// A directory, or a module path.
    pub path: Spanned<Box<str>>,
    /// The version of a module.
    pub version: Option<Spanned<Version>>,
}

/// A package line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredPackage {
    /// The import path.
    pub path: Spanned<ImportPath>,
}

impl VendoredModule {
    /// The same, and its replacement.
    pub fn name_with_replacement(&self) -> String {
        let version = |it: &VendoredReplacement| it.version.as_ref().map(|version| format!("@{}", version.value));
        let replacement = self.replacement.as_ref();
        let by = replacement.map(|it| format!(" => {}{}", it.path.value, version(it).unwrap_or_default()));
        format!("{}{}", self.name(), by.unwrap_or_default())
    }

    /// The module version that its files are from: its own, or the one that replaces it; `None` for a directory, or for
    /// no version.
    pub fn source(&self) -> Option<ModuleVersion> {
        let (path, version) = match &self.replacement {
            Some(replacement) => (ModulePath::new(&*replacement.path.value), replacement.version.as_ref()),
            None => (self.path.value.clone(), self.version.as_ref()),
        };
        Some(ModuleVersion { path, version: version?.value.clone() })
    }

    /// The path, and the version if there is one, as the go command names a module.
    pub fn name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{}", self.path.value, version.value),
            None => self.path.value.to_string(),
        }
    }
}

/// Reads `vendor/modules.txt`. Bytes of a name that are not UTF-8 become U+FFFD.
pub fn parse_vendor_modules(text: &[u8]) -> Parsed<VendorModules> {
    let mut tree = VendorModules { workspace: is_workspace(text), modules: Vec::new() };
    // Below a module line that Go does not understand nothing counts.
    let mut is_known = false;
    let mut at = 0;
    for line in text.split(|&b| b == b'\n') {
        if line.starts_with(b"# ") {
            let words = words(line, at);
            if words.len() >= 3 {
                let module = module(&words);
                is_known = module.is_some();
                tree.modules.extend(module);
            }
        } else if let Some(module) = tree.modules.last_mut().filter(|_| is_known) {
            match line.strip_prefix(b"## ") {
                Some(annotations) => annotate(module, annotations, at + 3),
                None => module.packages.extend(package(line, at)),
            }
        }
        at += line.len() + 1;
    }
    Parsed { tree, ..Parsed::default() }
}

/// `modload.modulesTextIsForWorkspace`: Go looks at the first line, and at no more than 512 bytes of it.
fn is_workspace(text: &[u8]) -> bool {
    let head = &text[..text.len().min(512)];
    let line = head.split(|&b| b == b'\n').next().unwrap_or(head);
    let annotations = String::from_utf8_lossy(line.strip_prefix(b"## ").unwrap_or_default());
    annotations.split(';').any(|entry| entry.trim() == "workspace")
}

/// `# path version`, `# path => …` or `# path version => …`.
fn module(words: &[Spanned<Cow<'_, str>>]) -> Option<VendoredModule> {
    let [hash, path, third, ..] = words else { return None };
    let (version, rest) = match semver(third) {
        Some(version) => (Some(version), &words[3..]),
        None if third.value == "=>" => (None, &words[2..]),
        None => return None,
    };
    let replacement = match rest {
        [arrow, new] if arrow.value == "=>" => Some((new, None)),
        [arrow, new, version] if arrow.value == "=>" => semver(version).map(|version| (new, Some(version))),
        _ => None,
    };
    let replacement = replacement
        .map(|(new, version)| VendoredReplacement { path: Spanned::new(Box::from(&*new.value), new.span), version });
    let span = hash.span.to(words.last().map_or(third.span, |word| word.span));
    let path = Spanned::new(ModulePath::new(&path.value), path.span);
    Some(VendoredModule { path, version, replacement, explicit: false, go: None, packages: Vec::new(), span })
}

/// `## explicit; go 1.21`. Go adds up the annotations of several lines, and leaves out unknown ones.
fn annotate(module: &mut VendoredModule, annotations: &[u8], at: usize) {
    let mut start = at;
    for bytes in annotations.split(|&b| b == b';') {
        let entry = str::from_utf8(bytes).unwrap_or_default();
        let end = start + entry.trim_end().len();
        match entry.trim() {
            "explicit" => module.explicit = true,
            entry => {
                if let Some(go) = entry.strip_prefix("go ") {
                    module.go = Some(Spanned::new(go.into(), Span::new(end - go.len(), end)));
                }
            }
        }
        start += bytes.len() + 1;
    }
}

/// A package is alone on its line, which begins at `at`.
fn package(line: &[u8], at: usize) -> Option<VendoredPackage> {
    let line = str::from_utf8(line).ok()?;
    let start = line.len() - line.trim_start().len();
    let word = line.trim();
    let span = Span::new(at + start, at + start + word.len());
    let path = Spanned::new(ImportPath::new(word), span);
    (!word.contains(char::is_whitespace) && path.value.check().is_ok()).then_some(VendoredPackage { path })
}

fn semver(word: &Spanned<Cow<'_, str>>) -> Option<Spanned<Version>> {
    Version::parse(&word.value).map(|version| Spanned::new(version, word.span))
}

/// The words of a line that begins at `at` (`strings.Fields`).
fn words(line: &[u8], at: usize) -> Vec<Spanned<Cow<'_, str>>> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut end = 0;
    let mut add = |start: usize, end: usize| {
        if start < end {
            words.push(Spanned::new(String::from_utf8_lossy(&line[start..end]), Span::new(at + start, at + end)));
        }
    };
    for chunk in line.utf8_chunks() {
        for letter in chunk.valid().chars() {
            let next = end + letter.len_utf8();
            if letter.is_whitespace() {
                add(start, end);
                start = next;
            }
            end = next;
        }
        end += chunk.invalid().len();
    }
    add(start, end);
    words
}
