//! Whose the files of a vendor directory are, as far as its list shows.
//!
//! Source: `vendorPkg` and `copyMetadata` in `cmd/go/internal/modcmd/vendor.go`.

use std::collections::HashMap;

use super::{VendorModules, VendoredModule};
use crate::text::RepoPath;

/// The entries of a list of vendored modules for the files below its directory.
#[derive(Debug)]
pub struct Owners<'l> {
    dir: &'l RepoPath,
    packages: HashMap<&'l str, &'l VendoredModule>,
    with_packages: HashMap<&'l str, &'l VendoredModule>,
}

/// Whose a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<'l> {
    /// The module whose package it lies in, or else the nearest by its path.
    pub module: &'l VendoredModule,
    /// Whether it lies in a listed package.
    pub in_package: bool,
    /// The other packages that may have brought it: those above it may embed it, and licenses of directories come with
    /// the packages below these.
    pub bringers: Vec<(&'l str, &'l VendoredModule)>,
}

impl<'l> Owners<'l> {
    /// Those of the vendor directory `dir`.
    pub fn new(dir: &'l RepoPath, list: &'l VendorModules) -> Self {
        let modules = list.modules.iter().filter(|module| !module.packages.is_empty());
        let mut owners = Self { dir, packages: HashMap::new(), with_packages: HashMap::new() };
        for module in modules {
            owners.with_packages.insert(module.path.value.as_str(), module);
            owners.packages.extend(module.packages.iter().map(|package| (package.path.value.as_str(), module)));
        }
        owners
    }

    /// The vendor directory.
    pub fn dir(&self) -> &'l RepoPath {
        self.dir
    }

    /// The module that a package is listed for.
    pub fn of_package(&self, package: &str) -> Option<&'l VendoredModule> {
        self.packages.get(package).copied()
    }

    /// Whose a file is; `None` where no module could have it.
    pub fn of(&self, path: &RepoPath) -> Option<Owned<'l>> {
        let dir = String::from_utf8_lossy(path.parent()?.strip_dir(self.dir)?).into_owned();
        let package = self.of_package(&dir);
        let mut modules = ancestors(&dir).filter_map(|path| self.with_packages.get(path).copied());
        let module = package.or_else(|| modules.next())?;
        let above = ancestors(&dir).skip(1).filter_map(|path| self.packages.get_key_value(path));
        let mut bringers: Vec<(&str, &VendoredModule)> = above.map(|(path, module)| (*path, *module)).collect();
        if is_metadata(path.file_name()) {
            let modules = ancestors(&dir).filter_map(|path| self.with_packages.get(path));
            bringers.extend(modules.flat_map(|module| packages_below(module, &dir)));
        }
        Some(Owned { module, in_package: package.is_some(), bringers })
    }
}

impl<'l> Owned<'l> {
    /// The other modules that may have brought the file.
    pub fn others(&self) -> impl Iterator<Item = &'l VendoredModule> {
        let own = &self.module.path.value;
        self.bringers.iter().map(|(_, module)| *module).filter(move |module| module.path.value != *own)
    }
}

fn packages_below<'l>(module: &'l VendoredModule, dir: &str) -> impl Iterator<Item = (&'l str, &'l VendoredModule)> {
    let paths = module.packages.iter().map(|package| package.path.value.as_str());
    let is_below = move |path: &&str| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    paths.filter(is_below).map(move |path| (path, module))
}

/// `a/b/c`, `a/b`, `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind('/').map(|cut| &path[..cut]))
}

/// Whether a file is copied along with the packages below its directory, whatever it holds (`modcmd.matchMetadata`).
pub(crate) fn is_metadata(name: &[u8]) -> bool {
    const BEGINNINGS: [&str; 9] =
        ["AUTHORS", "CONTRIBUTORS", "COPYLEFT", "COPYING", "COPYRIGHT", "LEGAL", "LICENSE", "NOTICE", "PATENTS"];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::Owners;
    use crate::syntax::parse_vendor_modules;

    #[test]
    fn files_have_the_module_of_their_package_or_the_nearest() {
        let list = parse_vendor_modules(
            b"# example.com/a v1.0.0\nexample.com/a/p\nexample.com/a/sub\n\
              # example.com/a/sub v1.1.0\nexample.com/a/sub/x/y\n# example.com/idle v1.0.0\n",
        )
        .tree;
        let dir = "vendor".into();
        let owners = Owners::new(&dir, &list);
        for (path, expected) in [
            ("a/p/p.go", "example.com/a@v1.0.0 true []"),
            ("a/p/deep/p.go", r#"example.com/a@v1.0.0 false ["example.com/a/p"]"#),
            ("a/LICENSE", r#"example.com/a@v1.0.0 false ["example.com/a/p", "example.com/a/sub"]"#),
            ("a/sub/sub.go", "example.com/a@v1.0.0 true []"),
            ("a/sub/LICENSE", r#"example.com/a@v1.0.0 true ["example.com/a/sub/x/y"]"#),
            ("a/sub/x/LICENSE", r#"example.com/a/sub@v1.1.0 false ["example.com/a/sub", "example.com/a/sub/x/y"]"#),
            ("a/sub/x/y/z.go", r#"example.com/a/sub@v1.1.0 true ["example.com/a/sub"]"#),
        ] {
            let owned = owners.of(&format!("vendor/example.com/{path}").as_str().into()).expect("it is somebody's");
            let mut bringers: Vec<&str> = owned.bringers.iter().map(|(path, _)| *path).collect();
            bringers.dedup();
            assert_eq!(format!("{} {} {bringers:?}", owned.module.name(), owned.in_package), expected, "{path}");
        }
        for nobodys in ["vendor/modules.txt", "vendor/example.com/b/b.go", "vendor/example.com/idle/i.go"] {
            assert_eq!(owners.of(&nobodys.into()), None);
        }
    }
}
