//! Go's vocabulary as types: module paths, import paths, versions, build constraints, the standard library.

mod build;
mod build_constraint;
mod builds;
mod godebug;
mod known_file;
mod module_version;
mod path;
mod quote;
mod satisfiability;
mod std_packages;
mod unicode;
mod version;

pub use build::BuildContext;
pub(crate) use build::{file_name_constraint, is_build_tag, is_known_arch, is_known_os, is_newer_than_known};
pub use build_constraint::BuildConstraint;
pub(crate) use builds::{BuildExample, BuildSet, Builds};
pub(crate) use godebug::check_godebug;
pub(crate) use known_file::{
    FileKind, FileOwner, GO_MOD, GO_SUM, GO_WORK, GO_WORK_SUM, KnownFile, MODULES_TXT, NAMED_MODULE_FILE,
    NAMED_SUM_FILE, VENDOR, has_imports, is_go_file, is_test_file,
};
pub use module_version::ModuleVersion;
pub(crate) use path::prefixes;
pub use path::{ImportPath, ModulePath, is_file_name};
pub(crate) use quote::{is_print, quote, quote_char};
pub use std_packages::{std_package, std_packages};
pub use unicode::{is_digit, is_graphic, is_letter};
pub(crate) use version::VersionError;
pub use version::{GoVersion, Version};
