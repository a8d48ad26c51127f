//! Import paths and module paths.
//!
//! A path is kept as it was written, for a file may name paths that Go rejects; the checks return Go's errors.
//! Source: `golang.org/x/mod/module/module.go`.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::quote::{quote, quote_char};
use super::unicode::is_letter;
use super::version::split_path_version;

macro_rules! path_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The path as written; whether Go accepts it is another question, see `check`.
            pub fn new(path: impl AsRef<str>) -> Self {
                Self(Arc::from(path.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

path_type! {
    /// The path in an import declaration.
    ImportPath
}

path_type! {
    /// The path that names a module.
    ModulePath
}

impl ImportPath {
    /// Checks the path as `module.CheckImportPath` does.
    pub fn check(&self) -> Result<(), PathError> {
        check_path(&self.0, PathKind::Import).map_err(|reason| PathError::malformed("import", &self.0, &reason))
    }
}

impl ModulePath {
    /// The rest of an import path below this module, without a leading slash: empty for the module's own path,
    /// `None` where the module cannot contain it.
    pub fn subpath<'a>(&self, import: &'a str) -> Option<&'a str> {
        let rest = import.strip_prefix(self.as_str())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Checks the path of a module that has to be fetched (`module.CheckPath`).
    pub fn check(&self) -> Result<(), PathError> {
        check_path(&self.0, PathKind::Module)
            .and_then(|()| check_fetchable(&self.0))
            .map_err(|reason| PathError::malformed("module", &self.0, &reason))
    }

    /// Checks the path in the `module` line of a main module, for which the go command has fewer demands: it must be a
    /// valid import path (`modload.loadModFile`), and neither `go` nor `toolchain` (`modload.CheckReservedModulePath`).
    pub fn check_main(&self) -> Result<(), PathError> {
        check_path(&self.0, PathKind::Import).map_err(|reason| PathError::malformed("module", &self.0, &reason))?;
        match self.as_str() {
            "go" | "toolchain" => Err(PathError(format!("invalid module path: {}", quote(&self.0)))),
            _ => Ok(()),
        }
    }

    /// Splits off the major version suffix: `/v2`, for `gopkg.in` a `.v2` or `.v2-unstable`, or nothing; `None` if
    /// the suffix is malformed (`module.SplitPathVersion`).
    pub fn split_version(&self) -> Option<(&str, &str)> {
        split_path_version(&self.0)
    }
}

/// Whether a module can hold a file or directory of this name, which is one part of a path (`module.CheckFilePath`).
pub fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| {
        if c.is_ascii() { c.is_ascii_alphanumeric() || "!#$%&()+,-.=@[]^_{}~ ".contains(c) } else { is_letter(c) }
    };
    let stem = name.split('.').next().unwrap_or(name);
    !name.is_empty() && !name.ends_with('.') && name.chars().all(allowed) && !is_windows_device(stem)
}

/// Why Go does not accept a path, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError(pub String);

impl PathError {
    /// `module.InvalidPathError`.
    fn malformed(kind: &str, path: &str, reason: &str) -> Self {
        Self(format!("malformed {kind} path {}: {reason}", quote(path)))
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PathError {}

/// Which characters and elements a path may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathKind {
    Module,
    Import,
}

/// `module.checkPath`: the checks that module paths and import paths have in common.
fn check_path(path: &str, kind: PathKind) -> Result<(), String> {
    if path.is_empty() {
        return Err("empty string".into());
    }
    if path.starts_with('-') {
        return Err("leading dash".into());
    }
    if path.as_bytes().windows(2).any(|two| two == b"//") {
        return Err("double slash".into());
    }
    if path.ends_with('/') {
        return Err("trailing slash".into());
    }
    path.split('/').try_for_each(|element| check_element(element, kind))
}

/// `module.checkElem`.
fn check_element(element: &str, kind: PathKind) -> Result<(), String> {
    if element.is_empty() {
        return Err("empty path element".into());
    }
    if element.bytes().all(|b| b == b'.') {
        return Err(format!("invalid path element {}", quote(element)));
    }
    if element.starts_with('.') && kind == PathKind::Module {
        return Err("leading dot in path element".into());
    }
    if element.ends_with('.') {
        return Err("trailing dot in path element".into());
    }
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') || (c == '+' && kind == PathKind::Import)
    };
    if let Some(c) = element.chars().find(|&c| !allowed(c)) {
        return Err(format!("invalid char {}", quote_char(c)));
    }
    check_windows_name(element.split('.').next().unwrap_or(element))
}

/// The part of an element before its first dot must not mean something else on Windows: a device, or a short name.
fn check_windows_name(stem: &str) -> Result<(), String> {
    if is_windows_device(stem) {
        return Err(format!("{} disallowed as path element component on Windows", quote(stem)));
    }
    match stem.rsplit_once('~') {
        Some((_, digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Err("trailing tilde and digits in path element".into())
        }
        _ => Ok(()),
    }
}

fn is_windows_device(stem: &str) -> bool {
    if !matches!(stem.len(), 3 | 4) {
        return false;
    }
    let upper = stem.to_ascii_uppercase();
    match upper.strip_prefix("COM").or_else(|| upper.strip_prefix("LPT")) {
        Some(number) => matches!(number.as_bytes(), [b'1'..=b'9']),
        None => matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL"),
    }
}

/// The demands of `module.CheckPath` beyond `checkPath`.
fn check_fetchable(path: &str) -> Result<(), String> {
    let first = first_element(path);
    if first.is_empty() {
        return Err("leading slash".into());
    }
    if !first.contains('.') {
        return Err("missing dot in first path element".into());
    }
    if let Some(c) = first.chars().find(|c| !matches!(c, '-' | '.' | '0'..='9' | 'a'..='z')) {
        return Err(format!("invalid char {} in first path element", quote_char(c)));
    }
    if split_path_version(path).is_none() {
        return Err("invalid version".into());
    }
    Ok(())
}

fn first_element(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// No package has a longer path: none could be on disk.
const MAX_IMPORT: usize = 4096;

/// An import path and its prefixes, longest first: `a/b/c`, `a/b`, `a`. Nothing for a path that no package can have.
pub(crate) fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path).filter(|path| path.len() <= MAX_IMPORT), |path| {
        path.bytes().rposition(|byte| byte == b'/').map(|cut| &path[..cut])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_contains_what_is_below_a_path_boundary() {
        let module = ModulePath::new("example.com/a");
        for (import, subpath) in [
            ("example.com/a", Some("")),
            ("example.com/a/b/c", Some("b/c")),
            ("example.com/ab", None),
            ("example.com", None),
            ("other.example/a", None),
        ] {
            assert_eq!(module.subpath(import), subpath, "{import}");
        }
    }

    #[test]
    fn the_path_of_a_main_module_is_checked_loosely() {
        for (path, expected) in [
            ("m", None),
            ("fmt", None),
            ("example.com/.x/a+b", None),
            ("example.com/m/v1", None),
            ("a b", Some("malformed module path \"a b\": invalid char ' '")),
            ("-x", Some("malformed module path \"-x\": leading dash")),
            ("toolchain", Some("invalid module path: \"toolchain\"")),
        ] {
            let error = ModulePath::new(path).check_main().err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected);
        }
    }

    #[test]
    fn prefixes_end_at_slashes_and_have_an_end() {
        assert_eq!(prefixes("a/bc/d").collect::<Vec<_>>(), ["a/bc/d", "a/bc", "a"]);
        assert_eq!(prefixes("a").collect::<Vec<_>>(), ["a"]);
        assert_eq!(prefixes(&"a/".repeat(MAX_IMPORT)).count(), 0);
    }
}
