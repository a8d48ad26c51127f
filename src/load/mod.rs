//! From a source to parsed files: which entries matter, read and parsed in parallel, each blob once.
//!
//! The model decides the meaning of all files together.

mod checksums;
mod dependencies;
mod history;
mod import_spans;
mod last_imports;
mod lines;
mod linked;
mod module_index;
mod packages;
mod plan;
mod read;
mod store;
mod targets;
mod tidy_modules;
mod vendor;
mod vendor_changes;
mod vendor_directories;
mod vendor_origins;
mod vendor_sources;

pub use checksums::cached_sums;
pub use dependencies::Dependencies;
pub use history::{TreePair, compare_trees};
pub use import_spans::{ImportSpan, trace_import_spans};
pub use last_imports::{AskedRequirement, LastImport, trace_imports};
pub use lines::{Addition, AskedLine, Start, trace_lines};
pub use linked::{Depth, list_directory};
pub use packages::{Packages, has_imports};
pub use plan::{List, NamedModules, Plan, Tree};
pub use read::{Input, Loaded, read};
pub use store::{BlobCounts, CODE, FactStore, Kind, decode_go_file, encode_go_file, rewritten};
pub use targets::Targets;
pub use tidy_modules::{keep_tidy, known_tidy};
pub use vendor::{Below, Vendored, list_vendored, read_embeds, read_go_files, read_packages};
pub use vendor_changes::{Hidden, VendorChange, first_hunk, vendor_changes, with_line_feeds};
pub use vendor_origins::{Origin, Origins, look_up_origins};
pub use vendor_sources::{Comparison, Difference, VendoredSource, Verification, must_be_vendored, verify_vendored};

pub use crate::syntax::{GoEnv, ModFlag, Substitute, SubstituteFlag, Workspaces};
