//! modwarden: a policy linter for Go modules that reads Git, needs no toolchain and no network.
//!
//! Data flows one way, and each step has one home:
//!
//! ```text
//! source ─► load ─► syntax ─► model ─┐
//!                          policy ───┤─► engine (rules) ─► finding ─► report
//! ```
//!
//! `ARCHITECTURE.md` says which layer may import which, and a test checks it.
//!
//! As a library, modwarden parses Go's module files ([`parse`]) and checks repositories ([`check`]):
//!
//! ```
//! use modwarden::check::{Date, FactStore, Input, MemorySource, PolicyChoice, Request, Tables, check};
//! use modwarden::parse::parse_go_mod;
//!
//! let go_mod = "module example.com/shop\n\ngo 1.24\n";
//! assert_eq!(parse_go_mod(go_mod.as_bytes()).errors, []);
//!
//! let policy = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\n";
//! let go_file = "package shop\n\nimport _ \"unsafe\"\n";
//! let source = MemorySource::new([("go.mod", go_mod), ("modwarden.toml", policy), ("shop.go", go_file)]);
//! let store = FactStore::none();
//! let request = Request {
//!     input: Input::new(&source, &store),
//!     policy: PolicyChoice::of_state(),
//!     cache: None,
//!     lines: None,
//!     paths: &[],
//!     tables: Tables::None,
//!     today: Date::constant(2026, 1, 31),
//! };
//! let checked = check(&request).expect("memory can be listed");
//! assert_eq!(checked.run.findings[0].rule.id, "import-denied");
//! ```

mod cli;
mod engine;
mod finding;
mod go;
mod history;
#[doc(hidden)]
pub mod internals;
mod load;
mod model;
mod pipeline;
mod policy;
mod report;
mod rules;
mod source;
mod syntax;
mod text;

pub use cli::run;

/// The parsers of Go's module files and of the heads of Go files. None of them fails: each returns a tree and a list of errors.
pub mod parse {
    pub use crate::go::{BuildConstraint, BuildContext, GoVersion, ImportPath, ModulePath, ModuleVersion, Version};
    pub use crate::syntax::{
        AllowComment, Exclude, FileConstraint, GoFile, GoMod, GoSum, GoWork, Godebug, Ignore, ImportSpec, Parsed,
        Replace, ReplaceTarget, Require, Retract, SyntaxError, Tool, Use, VendorModules, VendoredModule, parse_go_file,
        parse_go_head, parse_go_mod, parse_go_sum, parse_go_work, parse_vendor_modules,
    };
    pub use crate::text::{RepoPath, Span, Spanned};
}

/// Checks a state of a repository by its policy, and reports what was found.
pub mod check {
    pub use crate::finding::{
        Finding, Fix, Identity, Label, Notification, OpenQuestion, RuleMeta, Run, Severity, Stats, UndecidedRule,
        Verdict,
    };
    pub use crate::load::{FactStore, Input};
    pub use crate::model::{File, Import, Model, Module, Package, Workspace};
    pub use crate::pipeline::{Checked, Inspected, PolicyChoice, PolicyHome, Request, Tables, check, compare, inspect};
    pub use crate::report::{Format, Reporter, Terminal};
    pub use crate::source::{
        Environment, MemorySource, ModuleCache, Opened, Repository, Source, SourceError, StateSpec, open,
    };
    pub use crate::text::{FileId, Files, Origin};
    pub use jiff::civil::Date;
}
