//! The records of `modwarden inspect`: one JSON object a line, filled by the pipeline.
//!
//! Files use the field names of modwarden's own JSON, modules those of `go mod edit -json`, so that both can be
//! compared with other tools.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::escape::JsonText;

/// Writes a record as one line of JSON that is safe to show.
pub fn write_line(record: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    record.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, JsonText))?;
    out.write_all(b"\n")
}

/// A Go file and its imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ImportsRecord {
    /// The path from the root.
    pub file: String,
    /// The path of the module that holds it.
    pub module: String,
    /// The import path of its package.
    pub package: String,
    /// Whether its name ends in `_test.go`.
    pub test: bool,
    /// Whether it says that it is generated.
    pub generated: bool,
    /// The whole build constraint, file name included, in `//go:build` form; `null` for none.
    pub constraint: Option<String>,
    /// The imports, in order.
    pub imports: Vec<ImportRecord>,
}

/// A package, as a node of the graph of imports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct PackageNodeRecord {
    /// `package`.
    pub node: &'static str,
    /// The import path.
    pub path: String,
    /// The path of its module, with the version of a dependency; left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Its directory from the root, if it is one of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// `own`, `std` or `module`.
    pub kind: &'static str,
}

/// An import, as an edge of this graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct ImportEdgeRecord {
    /// `imports`.
    pub edge: &'static str,
    /// The importing package.
    pub from: String,
    /// The imported package.
    pub to: String,
    /// The file: from the root, or in the module cache `MODULE@VERSION/PATH`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Whether it is in a test; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// The whole build constraint of the file; left out for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
}

/// A module version, as a node of a module graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ModuleNodeRecord {
    /// `module`.
    pub node: &'static str,
    /// The path of the main module whose graph this is.
    pub main: String,
    /// The path.
    pub path: String,
    /// The version.
    pub version: String,
    /// Whether a build takes this version.
    pub selected: bool,
    /// Its replacement by a `replace` line; left out for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Replaced>,
}

/// The right side of a `replace` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Replaced {
    /// A module path, or a directory as written.
    pub path: String,
    /// The version of a module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A requirement, as an edge of a module graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RequireEdgeRecord {
    /// `requires`.
    pub edge: &'static str,
    /// The path of the main module whose graph this is.
    pub main: String,
    /// The main module, or a module with its version after `@`.
    pub from: String,
    /// The required module, with its version after `@`.
    pub to: String,
    /// The go.mod, from the root, if it is that of the main module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// Says that the graph is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct IncompleteRecord {
    /// The packages whose imports, or the modules whose requirements, are not known, sorted.
    pub incomplete: Vec<String>,
}

/// One import declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ImportRecord {
    /// The imported path.
    pub path: String,
    /// `""`, an identifier, `"."` or `"_"`.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// Which module provides the package.
    pub resolved: Resolved,
}

/// Where an imported package comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Resolved {
    /// The sort of place.
    pub kind: ResolvedKind,
    /// The module's path, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The module's version, where it has one: as modules.txt lists it, or the highest that a main module requires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version that the importing module's go.mod requires; left out unless both this and the next are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// The version that a build takes, by minimal version selection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected: Option<String>,
    /// Whether several required modules could provide the package and no evidence decides which; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
}

/// The sorts of place that a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResolvedKind {
    /// The standard library.
    Std,
    /// The importing file's own module.
    Main,
    /// Another module of the workspace.
    Workspace,
    /// A required module.
    Module,
    /// The pseudo-package `C`.
    Cgo,
    /// None that could be found.
    Unknown,
}

/// A `go.mod`, as `go mod edit -json` prints it, and its place. Like the go command it writes `null` for a
/// list without lines, and leaves out other missing values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModuleRecord {
    /// The directory from the root; `.` is the root itself. The go command does not print it.
    pub dir: String,
    /// The `module` line.
    pub module: ModuleLine,
    /// The version in the `go` line; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go: String,
    /// The name in the `toolchain` line; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub toolchain: String,
    /// The `godebug` lines.
    #[serde(rename = "GoDebug", skip_serializing_if = "Vec::is_empty")]
    pub godebug: Vec<KeyValue>,
    /// The `require` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub require: Vec<RequireRecord>,
    /// The `exclude` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub exclude: Vec<ModuleVersion>,
    /// The `replace` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub replace: Vec<ReplaceRecord>,
    /// The `retract` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub retract: Vec<RetractRecord>,
    /// The `tool` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub tool: Vec<PathRecord>,
    /// The `ignore` lines.
    #[serde(serialize_with = "null_if_empty")]
    pub ignore: Vec<PathRecord>,
    /// The effect of each `replace` and `exclude` line, in order. The go command does not print it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectRecord>,
}

/// A `go.work`, as `go work edit -json` prints it from Go 1.27 on, and its place. It has no `Module`, by which it
/// is distinguished from a `go.mod`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WorkspaceRecord {
    /// The directory from the root; `.` is the root itself. The go command does not print it.
    pub dir: String,
    /// The version in the `go` line; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go: String,
    /// The name in the `toolchain` line; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub toolchain: String,
    /// The `godebug` lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub godebug: Vec<KeyValue>,
    /// The `use` lines.
    #[serde(rename = "Use", skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UseRecord>,
    /// The `replace` lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<ReplaceRecord>,
    /// The effect of each `replace` line, in order. The go command does not print it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectRecord>,
}

/// A `use` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UseRecord {
    /// The directory, as written.
    pub disk_path: String,
}

/// The effect of a `replace` or `exclude` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EffectRecord {
    /// `replace` or `exclude`.
    pub directive: &'static str,
    /// The module that it is about, with the version if it is about one.
    pub old: ModuleVersion,
    /// `acts`; `none` if nothing would change without the line; `unused` if no package of the build is concerned;
    /// `open` if that is not known.
    pub effect: &'static str,
    /// Why it does nothing: `duplicate`, `itself`, `main-module`, `hidden`, `overridden`, `package`, `not-in-graph`,
    /// `not-required`, `never-required` or `never-selected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The version that is selected instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected: Option<String>,
    /// The module that has the package that the line names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
}

/// The `module` line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModuleLine {
    /// The module's path; empty where the line is missing.
    pub path: String,
    /// The text of its `Deprecated:` comment; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deprecated: String,
}

/// A `godebug` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyValue {
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A `require` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequireRecord {
    /// The module's path.
    pub path: String,
    /// The version asked for.
    pub version: String,
    /// Whether the line says `// indirect`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub indirect: bool,
}

/// A module, or a directory, with or without a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModuleVersion {
    /// The module's path, or the directory.
    pub path: String,
    /// The version; empty for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// A `replace` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceRecord {
    /// The replaced module.
    pub old: ModuleVersion,
    /// Its replacement.
    pub new: ModuleVersion,
}

/// A `retract` line: both ends of the range, equal for a single version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetractRecord {
    /// The lowest version.
    pub low: String,
    /// The highest version.
    pub high: String,
    /// The comment that says why; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rationale: String,
}

/// A `tool` or an `ignore` line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PathRecord {
    /// The package or the directory.
    pub path: String,
}

/// A commit of the walk, and its totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointRecord {
    /// `point`.
    pub record: &'static str,
    /// The id of the commit.
    pub commit: String,
    /// When its author wrote it.
    pub date: String,
    /// Modules.
    pub modules: usize,
    /// Packages of modules.
    pub packages: usize,
    /// Go files of modules.
    pub files: usize,
    /// Import declarations in them.
    pub imports: usize,
    /// Lines of module files that require.
    pub requirements: usize,
    /// Findings.
    pub findings: usize,
}

/// Something that was true from one commit to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LifeRecord {
    /// `module`, `package`, `import`, `require`, `replace`, `exclude`, `tool` or `finding`.
    pub record: &'static str,
    /// The fact; its keys depend on the kind.
    pub what: BTreeMap<&'static str, String>,
    /// The first commit of the line that has it.
    pub first: CommitRecord,
    /// The commit that introduced it, perhaps on a branch; only where all commits were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introduced_by: Option<CommitRecord>,
    /// The last commit that has it; left out if the newest one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<CommitRecord>,
    /// The commit that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<CommitRecord>,
}

/// A commit and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitRecord {
    /// Its id.
    pub commit: String,
    /// When its author wrote it.
    pub date: String,
    /// The author's name.
    pub author: String,
    /// Whether history ends here before its beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// How much was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalkRecord {
    /// `summary`.
    pub record: &'static str,
    /// Commits.
    pub commits: usize,
    /// Blobs that were read.
    pub blobs_read: usize,
    /// Blobs that were known from the store.
    pub blobs_known: usize,
    /// The commits at which history ends before its beginning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boundary: Vec<String>,
}

/// A module of a vendor directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VendoredRecord {
    /// The vendor directory, from the root.
    pub vendor: String,
    /// Whether the go command builds from it by default.
    pub used: bool,
    /// The module's path.
    pub module: String,
    /// Its version; left out on a line that stands for every version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its replacement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<ReplacementRecord>,
    /// Whether it is marked as explicit.
    pub explicit: bool,
    /// The Go version of its go.mod, as the list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
    /// Its packages, in the order of the list.
    pub packages: Vec<VendoredPackageRecord>,
    /// The files of these packages.
    pub files: usize,
    /// How long they are together, in bytes.
    pub size: u64,
    /// The packages of other modules that import one of these, tests of the repository's own modules among them.
    pub importers: Vec<String>,
}

/// The replacement of a vendored module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ReplacementRecord {
    /// A directory, or a module's path.
    pub path: String,
    /// The module's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A vendored package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VendoredPackageRecord {
    /// The import path.
    pub path: String,
    /// The files of its directory.
    pub files: usize,
    /// How long they are together, in bytes.
    pub size: u64,
}

fn null_if_empty<T: Serialize, S: serde::Serializer>(list: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
    (!list.is_empty()).then_some(list).serialize(serializer)
}
