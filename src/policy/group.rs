//! A line of `[groups]`.

use toml::Spanned;

use super::OptionError;
use super::options::RawOption;
use super::pattern::is_set;
use crate::text::{FileId, RepoPath, Span};

/// A named list of patterns, as the policy has it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The name.
    pub name: String,
    /// The policy file.
    pub file: FileId,
    /// The name in it.
    pub key: Span,
    /// The directory whose policy has it.
    pub below: RepoPath,
    pub(super) patterns: Vec<Spanned<String>>,
    pub(super) raw: RawOption,
}

/// Whether a name can be one of a group, or why not.
pub(super) fn check_name(name: &Spanned<String>) -> Result<(), OptionError> {
    let span = name.span().into();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.get_ref().is_empty() || !name.get_ref().chars().all(allowed) {
        let error = OptionError::new(span, "this is not a valid name of a group");
        return Err(error.help("use letters, digits, `-`, `_` and `.`"));
    }
    if is_set(name.get_ref()) {
        let error = OptionError::new(span, format!("`${}` is a set that every policy has", name.get_ref()));
        return Err(error.help("give the group another name"));
    }
    Ok(())
}
