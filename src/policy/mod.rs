//! The demands on a repository: TOML text to [`PolicyFile`] to [`Policy`], and the pattern language.
//!
//! Pure: texts come in through a callback. It never imports rules; an entry's options stay raw, with their places,
//! until the rule types them.

mod bindings;
mod captures;
mod effective;
mod exception;
mod file;
mod file_globs;
mod go_versions;
mod group;
mod group_members;
mod group_uses;
mod groups;
mod inline;
mod items;
mod merge;
mod module_pattern;
mod narrowing;
mod options;
mod packs;
mod pattern;
mod scope;
mod severities;
mod sources;
mod template;
mod undecided;
mod value;

pub(crate) use bindings::{Bindings, CaptureValues};
pub(crate) use captures::CapturePattern;
pub use effective::{Entry, Policy, PolicyInput, PolicyText, load};
pub(crate) use effective::{ExtraModules, ReadText};
pub(crate) use exception::{Exception, parse_date};
pub use file::PolicyError;
pub(crate) use file::{MAX_POLICY_BYTES, PolicyFile, RuleInfo};
pub(crate) use file_globs::FileGlob;
pub use file_globs::FileGlobs;
pub(crate) use go_versions::GoVersions;
pub(crate) use group::Group;
pub(crate) use groups::{GroupUse, Groups, ListPlace};
pub(crate) use inline::{InlineChoice, InlineExceptions, InlineRule};
pub(crate) use module_pattern::ModulePattern;
pub use module_pattern::ModulePatterns;
pub(crate) use narrowing::{Narrowing, RuleName};
pub(crate) use options::{OptionError, RawOption, RawOptions};
pub use packs::{Pack, packs};
pub(crate) use pattern::Pattern;
pub use pattern::{PackagePatterns, Shape, Specificity, Subject};
pub(crate) use scope::{Inclusion, Scope};
pub use severities::Level;
pub(crate) use severities::Severities;
pub(crate) use template::entry_text;
pub use template::{InitFacts, init_text, show_text};
pub use undecided::UndecidedChoice;
pub(crate) use undecided::UndecidedChoices;
pub(crate) use value::RawValue;

/// The names a policy file may have, the usual one first.
pub(crate) const FILE_NAMES: [&str; 2] = ["modwarden.toml", ".modwarden.toml"];
