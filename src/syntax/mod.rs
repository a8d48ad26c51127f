//! One parser a file format, from bytes to a tree with a span on all that a finding may show.
//!
//! A parser never fails and never panics: it returns everything that could be read, together with the errors.

mod allow;
mod embed;
mod environment;
mod go_file;
mod go_mod;
mod go_sum;
mod go_work;
mod layout_fault;
mod modfile;
mod package;
mod parsed;
mod state;
mod vendor_modules;
mod vendor_owners;

pub use allow::AllowComment;
pub use embed::{EmbedPattern, parse_embeds};
pub use environment::{GoEnv, ModFlag, Workspaces};
pub(crate) use environment::{Substitute, SubstituteFlag};
pub use go_file::{FileConstraint, GoFile, ImportSpec, parse_go_file, parse_go_head};
pub(crate) use go_mod::layout_of_go_mod;
pub use go_mod::{
    Exclude, GoMod, Godebug, Ignore, Replace, ReplaceTarget, Require, Retract, Tool, parse_dependency_go_mod,
    parse_go_mod, without_requires,
};
pub use go_sum::{GoSum, parse_go_sum};
pub(crate) use go_sum::{ModuleSum, Sum, SumContent, SumIndex, SumKey, SumPlaces};
pub use go_work::{GoWork, Use, parse_go_work};
pub(crate) use layout_fault::{LayoutFault, LayoutFaultKind, WhiteSpace};
pub use modfile::{Line, Removal, WrittenRequirement, WrittenRequirements, with_mark, with_requirements};
pub(crate) use package::{PackageContents, PackageDir, PackageImports, ReadPackage};
pub(crate) use parsed::ParsedFile;
pub use parsed::{Parsed, SyntaxError};
pub(crate) use state::{ParsedState, VendoredFile, VendoredFiles};
pub(crate) use vendor_modules::VendoredPackage;
pub use vendor_modules::{VendorModules, VendoredModule, VendoredReplacement, parse_vendor_modules};
pub use vendor_owners::Owners;
pub(crate) use vendor_owners::{Owned, is_metadata};
