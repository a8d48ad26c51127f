//! The module cache of the go command, as evidence for which module has which package.
//!
//! Nothing requires it, and nothing is read but names of files and the go.mod files of dependencies; the files of a
//! module only through [`CachedModule`].

use std::fs;
use std::path::PathBuf;

use super::CachedModule;
use super::disk::{MAX_SETTINGS, read_file};
use crate::go::is_go_file;

/// The longest go.mod that the go command reads, in bytes (`modfetch`, `codehost.MaxGoMod`).
const MAX_GO_MOD: u64 = 16 << 20;

/// A directory laid out as `GOMODCACHE`.
#[derive(Clone, Debug)]
pub struct ModuleCache {
    root: PathBuf,
}

impl ModuleCache {
    /// The cache in this directory, which need not exist.
    pub fn open(root: PathBuf) -> Self {
        Self { root }
    }

    /// Whether the module at this version has a package in `package_dir`, a `/`-separated path from the module's
    /// root: whether an entry there ends in `.go`, as in `modload.dirInModule`. `None` if the module is not
    /// extracted here in full, or if a name could lead out of the cache.
    pub fn has_package(&self, module: &str, version: &str, package_dir: &str) -> Option<bool> {
        let directory = self.extracted(module, version)?;
        if !package_dir.is_empty() && !is_safe(package_dir) {
            return None;
        }
        let Ok(entries) = fs::read_dir(directory.join(package_dir)) else {
            return Some(false);
        };
        let is_go = |entry: fs::DirEntry| {
            is_go_file(entry.file_name().as_encoded_bytes()) && entry.file_type().is_ok_and(|kind| !kind.is_dir())
        };
        Some(entries.filter_map(Result::ok).any(is_go))
    }

    /// The go.mod of the module at this version, as the module proxy serves it; `None` if it is not here.
    pub fn go_mod(&self, module: &str, version: &str) -> Option<Vec<u8>> {
        let (module, version) = escaped_names(module, version)?;
        read_file(&self.root.join(format!("cache/download/{module}/@v/{version}.mod")), MAX_GO_MOD).ok()
    }

    /// The hash of the module's zip file, as the go command noted it beside the file; `None` if it is not here.
    pub fn zip_hash(&self, module: &str, version: &str) -> Option<String> {
        let (module, version) = escaped_names(module, version)?;
        let file = self.root.join(format!("cache/download/{module}/@v/{version}.ziphash"));
        let hash = read_file(&file, MAX_SETTINGS).ok()?;
        Some(String::from_utf8(hash).ok()?.trim().to_owned())
    }

    /// The files of the module at this version. `None` unless the go command would use them: extracted in full, and
    /// with the hash of the zip file noted beside it (`modfetch.DownloadDir`).
    pub fn module(&self, path: &str, version: &str) -> Option<CachedModule> {
        let root = self.extracted(path, version)?;
        self.zip_hash(path, version)?;
        Some(CachedModule::new(root, path, version))
    }

    /// The directory `ESCPATH@ESCVER`, if the module is there and its extraction is not still going on
    /// (`modfetch.DownloadDir`).
    fn extracted(&self, module: &str, version: &str) -> Option<PathBuf> {
        let (module, version) = escaped_names(module, version)?;
        let partial = self.root.join(format!("cache/download/{module}/@v/{version}.partial"));
        let directory = self.root.join(format!("{module}@{version}"));
        (directory.is_dir() && !partial.exists()).then_some(directory)
    }
}

/// A module path and a version as the names of files; `None` if they could lead out of the cache.
fn escaped_names(module: &str, version: &str) -> Option<(String, String)> {
    let is_whole = is_safe(module) && is_safe(version) && !version.contains('/');
    is_whole.then(|| (escaped(module), escaped(version)))
}

/// Writes every upper-case letter as `!` and the lower-case one (`module.EscapePath`), because file systems may
/// not distinguish them.
fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

/// Whether a name, joined to a directory, stays below it on every system.
fn is_safe(name: &str) -> bool {
    !name.contains(['\0', '\\', ':', '!']) && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::ModuleCache;

    #[test]
    fn packages_are_found_in_modules_that_are_extracted_in_full() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        write("example.com/!azure/!s!d!k@v1.0.0-!r!c1/sub/a.go");
        write("example.com/!azure/!s!d!k@v1.0.0-!r!c1/docs/README");
        write("example.com/!azure/!s!d!k@v1.0.0-!r!c1/odd/dir.go/x");
        write("example.com/busy@v1.0.0/a.go");
        write("cache/download/example.com/busy/@v/v1.0.0.partial");
        write("outside.go");
        let cache = ModuleCache::open(root.path().join(""));
        let cases = [
            ("example.com/Azure/SDK", "v1.0.0-RC1", "sub", Some(true)),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "", Some(false)),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "docs", Some(false)),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "odd", Some(false)),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "none", Some(false)),
            ("example.com/azure/sdk", "v1.0.0-RC1", "sub", None),
            ("example.com/!azure/!s!d!k", "v1.0.0-!r!c1", "sub", None),
            ("example.com/Azure/SDK", "v1.0.0", "sub", None),
            ("example.com/busy", "v1.0.0", "", None),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "../../..", None),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "/etc", None),
            ("example.com/Azure/SDK", "v1.0.0-RC1", "a\0b", None),
            ("example.com/x/../Azure/SDK", "v1.0.0-RC1", "sub", None),
            ("example.com/Azure", "x/../../SDK", "sub", None),
            ("", "v1.0.0", "", None),
        ];
        for (module, version, package, expected) in cases {
            assert_eq!(cache.has_package(module, version, package), expected, "{module}@{version} {package:?}");
        }
    }
}
