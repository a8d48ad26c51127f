//! The patterns that `$name` stands for in a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::items::Item;
use super::pattern::{is_set, set_names};
use super::{Bindings, OptionError};
use crate::text::{FileId, Span, did_you_mean};

/// The use of a group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupUse {
    /// The name of the group.
    pub name: Arc<str>,
    /// The policy file with the list.
    pub file: FileId,
    /// The string in the list.
    pub span: Span,
}

/// The groups that the lists of an entry can name, with the patterns that each stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups(Arc<BTreeMap<String, Vec<Member>>>);

/// A pattern of a group, without those that the group takes away.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) text: String,
    pub(super) file: FileId,
    pub(super) span: Span,
    pub(super) except: Vec<Member>,
}

impl Member {
    /// Adds its text, and those of the patterns that are taken away.
    pub(super) fn collect_texts(&self, texts: &mut Vec<String>) {
        texts.push(self.text.clone());
        self.except.iter().for_each(|except| except.collect_texts(texts));
    }

    /// How many patterns it is made of.
    pub(super) fn size(&self) -> usize {
        1 + self.except.iter().map(Self::size).sum::<usize>()
    }
}

/// Where a list is written, and the groups that it can name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListPlace<'g> {
    /// The policy file.
    pub file: FileId,
    /// The groups.
    pub groups: &'g Groups,
    /// The captures that it can use.
    pub captures: Option<&'g Bindings>,
}

impl Groups {
    /// Groups by name, each with its patterns.
    pub(super) fn new(members: BTreeMap<String, Vec<Member>>) -> Self {
        Self(Arc::new(members))
    }

    /// The patterns that a string such as `$storage` stands for; `None` for one that names no group.
    pub(super) fn members(&self, item: &Item<'_>) -> Option<Result<&[Member], OptionError>> {
        let reference = Reference::of(item)?;
        Some(reference.check(item, self.0.keys().map(String::as_str)).map(|()| self.0[reference.name].as_slice()))
    }
}

/// `$storage` in a list.
pub(super) struct Reference<'t> {
    /// The name after the `$`.
    pub(super) name: &'t str,
    /// Whatever stands after the name.
    rest: &'t str,
}

impl<'t> Reference<'t> {
    /// The reference of a pattern to a group; `None` for any other pattern, and for one of a set such as `$std`.
    pub(super) fn of(item: &Item<'t>) -> Option<Self> {
        let named = item.body.strip_prefix('$')?;
        let end = named.find(['/', '@']).unwrap_or(named.len());
        let (name, rest) = named.split_at(end);
        (!is_set(name)).then_some(Self { name, rest })
    }

    /// Whether it names one of these groups, and nothing else.
    pub(super) fn check<'n>(&self, item: &Item<'_>, names: impl Iterator<Item = &'n str>) -> Result<(), OptionError> {
        let names: Vec<&str> = names.collect();
        let Self { name, rest } = self;
        if !names.contains(name) {
            let mut known: Vec<String> = set_names().map(|set| format!("${set}")).collect();
            known.extend(names.iter().map(|group| format!("${group}")));
            let near = did_you_mean(&format!("${name}"), known.iter().map(String::as_str));
            let all = || known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            let help = near.unwrap_or_else(|| format!("there are {}", all()));
            return Err(item.error(format!("no set or group is called `${name}`")).help(help));
        }
        if !rest.is_empty() {
            let error = item.error(format!("`{rest}` after `${name}`, which is a group"));
            return Err(error.help(format!("write `${name}` alone, or a group with the patterns that are meant")));
        }
        Ok(())
    }
}
