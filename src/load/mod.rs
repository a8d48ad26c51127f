//! From a source to parsed files: which entries matter, read and parsed in parallel, each blob once.
//!
//! The model decides the meaning of all files together.

mod checksums;
mod dependencies;
mod history;
mod linked;
mod module_index;
mod outside;
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

pub(crate) use checksums::cached_sums;
pub use dependencies::Dependencies;
pub(crate) use history::{ComparedPart, TreePair, compare_trees};
pub(crate) use linked::{Depth, list_directory};
pub(crate) use outside::OutsidePackages;
pub(crate) use packages::Packages;
pub(crate) use plan::NamedModules;
pub use plan::{Plan, Tree};
pub(crate) use read::Loaded;
pub use read::{Input, read};
pub(crate) use store::{AgesRow, AnswerRow, BlobCounts, FactRow, LifeRow, PointRow, UnseenRow, WalkRow};
pub use store::{CODE, FactStore, Kind, decode_go_file, encode_go_file, rewritten};
pub(crate) use targets::Targets;
pub(crate) use tidy_modules::{keep_tidy, known_tidy};
pub(crate) use vendor::{Below, Vendored, list_vendored, read_embeds, read_go_files, read_packages};
pub(crate) use vendor_changes::{Hidden, VendorChange, first_hunk, vendor_changes, with_line_feeds};
pub(crate) use vendor_origins::{Origins, VendorOrigin, look_up_origins};
pub(crate) use vendor_sources::{
    Difference, SourceComparison, VendoredSource, Verification, must_be_vendored, verify_vendored,
};

pub use crate::syntax::{GoEnv, ModFlag, Workspaces};
pub(crate) use crate::syntax::{Substitute, SubstituteFlag};
