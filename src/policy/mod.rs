//! The demands on a repository: TOML text to [`PolicyFile`] to [`Policy`], and the pattern language.
//!
//! Pure: texts come in through a callback. It never imports rules; an entry's options stay raw, with their places,
//! until the rule types them.

mod effective;
mod exception;
mod file;
mod file_globs;
mod go_versions;
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

pub use effective::{Entry, ExtraModules, Policy, PolicyInput, PolicyText, ReadText, load};
pub use exception::{Exception, parse_date};
pub use file::{MAX_POLICY_BYTES, PolicyError, PolicyFile, RuleInfo};
pub use file_globs::{FileGlob, FileGlobs};
pub use go_versions::GoVersions;
pub use inline::{InlineChoice, InlineExceptions, InlineRule};
pub use module_pattern::{ModulePattern, ModulePatterns};
pub use narrowing::{Narrowing, RuleName};
pub use options::{OptionError, RawOption, RawOptions};
pub use packs::{Pack, packs};
pub use pattern::{PackagePatterns, Pattern, Shape, Specificity, Subject};
pub use scope::{Inclusion, Scope};
pub use severities::{Level, Severities};
pub use template::{InitFacts, entry_text, init_text, show_text};
pub use undecided::{UndecidedChoice, UndecidedChoices};
pub use value::RawValue;

/// The names a policy file may have, the usual one first.
pub const FILE_NAMES: [&str; 2] = ["modwarden.toml", ".modwarden.toml"];
