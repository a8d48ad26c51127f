//! The files of Go that modwarden reads, in one table: how each is called, its format, and where it belongs.

/// A format of files. Each has one parser in `syntax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FileKind {
    /// Go source: `parse_go_file`, and `parse_go_head` for large files.
    GoFile,
    /// A module file: `parse_go_mod`, and `parse_dependency_go_mod` for dependencies.
    GoMod,
    /// A workspace file: `parse_go_work`.
    GoWork,
    /// A list of checksums: `parse_go_sum`.
    GoSum,
    /// The manifest of a vendor directory: `parse_vendor_modules`.
    VendorModules,
}

/// The owner of a file: the thing in whose directory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileOwner {
    /// A package.
    Package,
    /// A module.
    Module,
    /// A workspace.
    Workspace,
    /// A vendor directory.
    VendorDirectory,
}

/// A row of the table of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// The whole name, or its end if it begins with a dot.
    pub name: &'static str,
    /// The format.
    pub kind: FileKind,
    /// The owner.
    pub owner: FileOwner,
}

/// Go source: the rules on imports need it, and those on requirements, for the packages that modules import.
pub(crate) const GO_FILE: &str = ".go";
/// The module file: every rule needs it, for it says where modules are.
pub(crate) const GO_MOD: &str = "go.mod";
/// The workspace file: every rule needs it, for it says which modules are built together.
pub(crate) const GO_WORK: &str = "go.work";
/// The checksums of a module: the rules on checksums and on edited vendored files need them.
pub(crate) const GO_SUM: &str = "go.sum";
/// The checksums of a workspace, for the same rules.
pub(crate) const GO_WORK_SUM: &str = "go.work.sum";
/// The manifest of a vendor directory: the rules on vendor directories need it, and imports are resolved by it.
pub(crate) const MODULES_TXT: &str = "modules.txt";

/// The directory of vendored packages.
pub(crate) const VENDOR: &str = "vendor";

const FILES: [KnownFile; 6] = [
    KnownFile { name: GO_FILE, kind: FileKind::GoFile, owner: FileOwner::Package },
    KnownFile { name: GO_MOD, kind: FileKind::GoMod, owner: FileOwner::Module },
    KnownFile { name: GO_WORK, kind: FileKind::GoWork, owner: FileOwner::Workspace },
    KnownFile { name: GO_SUM, kind: FileKind::GoSum, owner: FileOwner::Module },
    KnownFile { name: GO_WORK_SUM, kind: FileKind::GoSum, owner: FileOwner::Workspace },
    KnownFile { name: MODULES_TXT, kind: FileKind::VendorModules, owner: FileOwner::VendorDirectory },
];

/// The ends of names under which a policy may name module files, and of the checksums beside them.
pub(crate) const NAMED_MODULE_FILE: &str = ".mod";
/// See [`NAMED_MODULE_FILE`].
pub(crate) const NAMED_SUM_FILE: &str = ".sum";

impl KnownFile {
    /// The row of a file by its name.
    pub(crate) fn find(name: &[u8]) -> Option<Self> {
        let is_called = |file: &Self| match file.name.as_bytes() {
            end @ [b'.', ..] => name.ends_with(end),
            whole => name == whole,
        };
        FILES.into_iter().find(is_called)
    }
}

impl FileKind {
    /// The format of a file by its name.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        KnownFile::find(name).map(|file| file.kind)
    }
}

/// Whether a file is Go source by its name.
pub(crate) fn is_go_file(name: &[u8]) -> bool {
    name.ends_with(GO_FILE.as_bytes())
}

/// Whether a file has tests by its name.
pub(crate) fn is_test_file(name: &[u8]) -> bool {
    name.ends_with(b"_test.go")
}

/// Whether the go command reads a file for its imports, by its name.
pub(crate) fn has_imports(name: &[u8]) -> bool {
    is_go_file(name) && !name.starts_with(b"_") && !name.starts_with(b".")
}
