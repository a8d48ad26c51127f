//! The options of an entry before a rule has typed them, and the errors of typing them.
//!
//! Each option remembers its file and place, also after a merge of several policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeTable;

use super::{Bindings, Groups, ListPlace, RawValue};
use crate::text::{FileId, Span, did_you_mean};

/// The keys that every entry may have, for any rule.
pub(super) const COMMON_KEYS: [&str; 10] =
    ["docs", "files", "from", "generated", "modules", "name", "reason", "tags", "tests", "use"];

/// A mistake in an option, in the file that the option came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The bytes to underline.
    pub span: Span,
    /// The mistake, as a noun phrase or a sentence without a full stop.
    pub message: String,
    /// The correct text.
    pub help: Option<String>,
}

impl OptionError {
    /// An error without help.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// Adds the correct text.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `key = value`, and its place.
#[derive(Clone, Debug)]
pub struct RawOption {
    /// The policy file.
    pub file: FileId,
    /// The key.
    pub key: Span,
    /// The value.
    pub value: Spanned<RawValue>,
}

/// Keys and values of one table, perhaps from several files.
#[derive(Clone, Debug, Default)]
pub struct RawOptions {
    options: BTreeMap<String, RawOption>,
    place: Option<(FileId, Span)>,
    groups: Groups,
    bindings: Option<Arc<Bindings>>,
}

impl RawOptions {
    /// The keys and values of a table in the policy `file`.
    pub(super) fn new(table: &[(Spanned<String>, Spanned<RawValue>)], file: FileId) -> Self {
        let option = |key: Span, value: &Spanned<_>| RawOption { file, key, value: value.clone() };
        let options = table.iter().map(|(key, value)| (key.get_ref().clone(), option(key.span().into(), value)));
        Self { options: options.collect(), ..Self::default() }
    }

    /// Types the options of an entry as `T`, whose fields are `keys`, as far as possible: a wrong option keeps its
    /// default and is among the errors.
    ///
    /// `T` derives `Deserialize` with `#[serde(default, deny_unknown_fields)]`. Each key is first typed alone, so
    /// that one error does not hide another.
    pub fn deserialize<T: DeserializeOwned + Default>(&self, keys: &[&str]) -> (T, Vec<(FileId, OptionError)>) {
        self.partly(keys, &[keys, &COMMON_KEYS[..]].concat())
    }

    /// Types a table as far as possible: a wrong option keeps its default and is among the errors.
    ///
    /// Unknown keys are compared with `suggestions`.
    pub(super) fn partly<T: DeserializeOwned + Default>(
        &self,
        keys: &[&str],
        suggestions: &[&str],
    ) -> (T, Vec<(FileId, OptionError)>) {
        let mut errors = Vec::new();
        let mut right = Vec::new();
        for (name, option) in &self.options {
            let result = match keys.contains(&name.as_str()) {
                true => typed::<T>([(name, option)]).map_err(|error| explain::<T>(&error, name, option)),
                false => Err(unknown_key(name, option.key, suggestions)),
            };
            match result {
                Ok(_) => right.push((name, option)),
                Err(error) => errors.push((option.file, error)),
            }
        }
        let whole = typed::<T>(right.iter().copied());
        if let (Err(error), Some(first)) = (&whole, right.first()) {
            errors.push((first.1.file, explain::<T>(error, first.0, first.1)));
        }
        (whole.unwrap_or_default(), errors)
    }

    /// The name of the entry, and the file that says the last of it; `None` for options of no entry.
    pub fn place(&self) -> Option<(FileId, Span)> {
        self.place
    }

    /// The options of the entry at `place`, whose lists can name these groups.
    pub(super) fn of_entry(self, file: FileId, name: Span, groups: &Groups) -> Self {
        Self { place: Some((file, name)), groups: groups.clone(), ..self }
    }

    /// Where the list of an option is written, and the groups that it can name; `None` if the option was not given.
    pub(crate) fn list_place(&self, key: &str) -> Option<ListPlace<'_>> {
        Some(ListPlace { file: self.get(key)?.file, groups: &self.groups, captures: self.bindings() })
    }

    /// The captures that the lists can use.
    pub(crate) fn bindings(&self) -> Option<&Bindings> {
        self.bindings.as_deref()
    }

    /// The same with captures that the lists can use.
    pub(super) fn bound(self, bindings: Bindings) -> Self {
        Self { bindings: Some(Arc::new(bindings)), ..self }
    }

    /// The option `key`, if it was given.
    pub fn get(&self, key: &str) -> Option<&RawOption> {
        self.options.get(key)
    }

    /// The options in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawOption)> {
        self.options.iter().map(|(key, option)| (key.as_str(), option))
    }

    /// Takes out the options with these keys.
    pub(super) fn split_off(&mut self, keys: &[&str]) -> Self {
        let (taken, kept) =
            std::mem::take(&mut self.options).into_iter().partition(|(key, _)| keys.contains(&key.as_str()));
        self.options = kept;
        Self { options: taken, ..Self::default() }
    }

    /// Takes out one option.
    pub(super) fn remove(&mut self, key: &str) -> Option<RawOption> {
        self.options.remove(key)
    }

    /// Lays `later` over these options, key by key.
    pub(super) fn override_with(&mut self, later: Self) {
        self.options.extend(later.options);
    }
}

/// An error about a key that nobody knows.
pub(super) fn unknown_key(name: &str, span: Span, keys: &[&str]) -> OptionError {
    let help = did_you_mean(name, keys.iter().copied());
    let all = || keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let help = help.or_else(|| (!keys.is_empty()).then(|| format!("the keys are {}", all())));
    OptionError { span, message: format!("unknown key `{name}`"), help }
}

fn typed<'o, T: DeserializeOwned>(
    options: impl IntoIterator<Item = (&'o String, &'o RawOption)>,
) -> Result<T, toml::de::Error> {
    let mut table = DeTable::new();
    for (name, option) in options {
        let key = Spanned::new(option.key.range(), name.as_str().into());
        table.insert(key, RawValue::lend(&option.value));
    }
    T::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, table)))
}

/// Explains an error of `serde` in the terms of the policy.
fn explain<T: DeserializeOwned>(error: &toml::de::Error, name: &String, option: &RawOption) -> OptionError {
    let value = &option.value;
    let range = value.span();
    let span = error.span().filter(|span| span.start >= range.start && span.end <= range.end).unwrap_or(range);
    if matches!(value.get_ref(), RawValue::Array(_)) || !takes_list::<T>(name, option) {
        return OptionError::new(span.into(), error.message());
    }
    let message = format!("{}, but a list is expected", value.get_ref().kind());
    OptionError::new(span.into(), message).help(format!("write `[{}]`", value.get_ref()))
}

/// Whether the value of an option could be a list.
fn takes_list<T: DeserializeOwned>(name: &String, option: &RawOption) -> bool {
    let value = Spanned::new(option.value.span(), RawValue::Array(Vec::new()));
    typed::<T>([(name, &RawOption { value, ..*option })]).is_ok()
}
