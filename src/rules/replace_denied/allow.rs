//! The replacements that an entry names: `old => new`, a pattern on each side.

use toml::Spanned;

use crate::policy::{ModulePatterns, OptionError, Subject};
use crate::rules::{Binder, ModuleRole};
use crate::syntax::{Replace, ReplaceTarget};

/// An allowed replacement.
#[derive(Debug)]
pub(super) struct Allowed {
    old: ModulePatterns,
    new: ModulePatterns,
}

impl Allowed {
    /// The replacements that the option `allow` lists.
    pub(super) fn bind(list: &[Spanned<String>], binder: &mut Binder<'_>) -> Vec<Self> {
        list.iter().filter_map(|item| Self::bind_one(item, binder)).collect()
    }

    fn bind_one(item: &Spanned<String>, binder: &mut Binder<'_>) -> Option<Self> {
        let sides = item.get_ref().split_once("=>").filter(|(old, _)| !old.trim_start().starts_with('!'));
        let Some((old, new)) = sides else {
            let error = OptionError::new(item.span().into(), "no replacement");
            binder
                .reject("allow", error.help("write `example.com/old => example.com/new`, with patterns on both sides"));
            return None;
        };
        let mut side = |text: &str, role: ModuleRole| {
            binder.modules_as("allow", &[Spanned::new(item.span(), text.trim().to_owned())], role)
        };
        Some(Self { old: side(old, ModuleRole::Named), new: side(new, ModuleRole::Replacing) })
    }

    /// Whether it is this one. `new` is the target as patterns see it.
    pub(super) fn covers(&self, line: &Replace, new: &Subject<'_>) -> bool {
        let old = Subject::external(line.old.value.as_str());
        let new_version = match &line.new {
            ReplaceTarget::Module { version, .. } => Some(&version.value),
            ReplaceTarget::Directory(_) => None,
        };
        let old_version = line.old_version.as_ref().map(|version| &version.value);
        self.old.find(&old, old_version).is_some() && self.new.find(new, new_version).is_some()
    }
}
