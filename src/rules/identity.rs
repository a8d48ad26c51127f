//! The parts of the identities of findings: directories for everything in the repository, paths for everything else, so
//! that a module of the repository can get another path and no finding becomes a new one.

use crate::finding::{IdentityName, IdentitySubject};
use crate::go::ModulePath;
use crate::model::{File, GraphNode, Import, Model, Module, NodeKind, Replacement, Vendor, Workspace};
use crate::syntax::ReplaceTarget;
use crate::text::RepoPath;

/// A module: the directory of its file.
pub(super) fn at_module(module: Module<'_>) -> IdentitySubject {
    IdentitySubject::at(module.dir())
}

/// A workspace: its file, so that it is not taken for the module beside it.
pub(super) fn at_workspace(workspace: Workspace<'_>) -> IdentitySubject {
    IdentitySubject::at(&workspace.dir().join("go.work"))
}

/// The module or workspace whose file holds a `replace` line.
pub(super) fn at_holder(replacement: Replacement<'_>) -> IdentitySubject {
    match (replacement.module(), replacement.workspace()) {
        (None, Some(workspace)) => at_workspace(workspace),
        _ => IdentitySubject::at(replacement.dir()),
    }
}

/// The module or workspace that a vendor directory is for.
pub(super) fn at_vendor(vendor: Vendor<'_>) -> IdentitySubject {
    match (vendor.module(), vendor.workspace()) {
        (None, Some(workspace)) => at_workspace(workspace),
        (Some(module), _) => at_module(module),
        (None, None) => IdentitySubject::at(vendor.dir()),
    }
}

/// An import: the importing package, whether the file is a test, and the imported path.
pub(super) fn at_import(import: Import<'_>) -> IdentitySubject {
    at_package(import.file()).to(&imported_name(import))
}

/// The package of a file, and whether the file is a test.
pub(super) fn at_package(file: File<'_>) -> IdentitySubject {
    let package = IdentitySubject::at(file.package().dir());
    if file.is_test() { package.in_tests() } else { package }
}

/// A package of the graph of imports.
pub(super) fn node_name(node: GraphNode<'_>) -> IdentityName {
    match node.kind() {
        NodeKind::Own(package) => IdentityName::own(package.dir()),
        NodeKind::Std | NodeKind::Outside => IdentityName::outside(node.path()),
    }
}

/// An imported package.
pub(super) fn imported_name(import: Import<'_>) -> IdentityName {
    name(import.own_dir(), import.path())
}

/// A module by its path.
pub(super) fn module_name(model: &Model, path: &str) -> IdentityName {
    name(model.dir_of_module(path).cloned(), path)
}

/// A module by its path, at a version if there is one.
pub(super) fn version_name(model: &Model, path: &str, version: Option<&str>) -> IdentityName {
    let module = module_name(model, path);
    version.map_or(module.clone(), |version| module.and(&IdentityName::word(version)))
}

/// A package by its path, as files of `module` would import it.
pub(super) fn package_name(module: Module<'_>, path: &str) -> IdentityName {
    name(module.named_dir(path), path)
}

/// A package of the module `module`.
pub(super) fn package_of(model: &Model, module: &ModulePath, path: &str) -> IdentityName {
    vendored_name(model, module.as_str(), path.as_bytes())
}

/// A package or file of a vendored module, by its path below the vendor directory.
pub(super) fn vendored_name(model: &Model, module: &str, path: &[u8]) -> IdentityName {
    let below = path.strip_prefix(module.as_bytes()).filter(|rest| matches!(rest.first(), None | Some(b'/')));
    match (model.dir_of_module(module), below) {
        (Some(own), Some(below)) => IdentityName::own(&own.join(below.strip_prefix(b"/").unwrap_or(below))),
        _ => IdentityName::outside(path),
    }
}

/// The left side of a `replace` line: a module, at a version if it names one.
pub(super) fn replaced_name(model: &Model, replacement: Replacement<'_>) -> IdentityName {
    let version = replacement.old_version().map(|version| version.as_str());
    version_name(model, replacement.old().as_str(), version)
}

/// The right side of a `replace` line: a directory, or a module at a version.
pub(super) fn replacing_name(model: &Model, replacement: Replacement<'_>) -> IdentityName {
    match &replacement.line().new {
        ReplaceTarget::Directory(path) => name(replacement.directory(), &path.value),
        ReplaceTarget::Module { path, version } => {
            version_name(model, path.value.as_str(), Some(version.value.as_str()))
        }
    }
}

fn name(own: Option<RepoPath>, path: &str) -> IdentityName {
    own.map_or_else(|| IdentityName::outside(path), |dir| IdentityName::own(&dir))
}
