//! Draws the arrows: from a source and a policy to a run, and from a source to its facts.
//!
//! No step of the work itself lives here.

mod acquittal;
mod affected;
mod ages;
mod beyond;
mod chains;
mod changes;
mod check;
mod checksums;
mod commit_state;
mod compare;
mod dependencies;
mod diff;
mod edits;
mod fix;
mod gather;
mod graph;
mod history;
mod inspect;
mod judge;
mod languages;
mod module_graph;
mod outside;
mod policies;
mod reach;
mod request;
mod requirements;
mod sight;
mod state;
mod sum_trail;
mod undecided;
mod verified;
mod view;
mod why;

pub(crate) use affected::affected;
pub use ages::LineHistory;
pub(crate) use chains::{ChainRequest, NamedPackage, is_package_path, why_chain};
pub use check::check;
pub use compare::compare;
pub(crate) use diff::{DiffEnd, DiffRequest, diff};
pub(crate) use fix::FileChange;
pub use fix::{FixPlan, plan_fixes};
pub(crate) use graph::{inspect_import_graph, write_import_graph};
pub use history::{HistoryRequest, Judges, add_each_commit, add_since, inspect_history};
pub use inspect::{Inspected, inspect};
pub(crate) use inspect::{
    Inspection, inspect_imports, inspect_module_files, inspect_modules, inspect_vendor, inspect_workspaces, parse_build,
};
pub(crate) use module_graph::{BuiltWith, inspect_module_graphs, write_module_graphs};
pub use policies::{PolicyChoice, PolicyHome};
pub use request::{Checked, Request, Tables};
pub(crate) use view::{PolicyView, first_policy, view_policy};
pub(crate) use why::without_module;
pub use why::{WhyRequest, why};
