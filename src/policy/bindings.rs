//! Captures of one list of an entry that stand for their value in the other lists: `./services/{svc}/...` in `from`, and
//! `./services/{svc}/api` in `except`.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::groups::ListPlace;
use super::items::Item;
use super::options::{OptionError, RawOptions};
use super::pattern::is_regex;
use super::{PackagePatterns, RawValue};
use crate::text::FileId;

/// The value of each capture.
pub(crate) type CaptureValues = BTreeMap<String, String>;

/// The captures that the lists of an entry can use.
#[derive(Clone, Debug)]
pub(crate) struct Bindings {
    names: BTreeSet<String>,
    /// The patterns that bind them; `None` if those of `from` do.
    by: Option<PackagePatterns>,
    /// Without values, a capture stands for any element.
    values: Option<CaptureValues>,
}

impl Bindings {
    /// The patterns that bind the captures; `None` if those of `from` do.
    pub(crate) fn by(&self) -> Option<&PackagePatterns> {
        self.by.as_ref()
    }

    /// A pattern with the value of each capture in its place; `None` for one without.
    pub(super) fn fill(&self, body: &str) -> Option<String> {
        if is_regex(body) {
            return None;
        }
        let mut filled = body.to_owned();
        for name in &self.names {
            let value = match &self.values {
                None => "*".to_owned(),
                Some(values) => values.get(name).map(|value| literally(value)).unwrap_or_default(),
            };
            filled = filled.replace(&format!("{{{name}}}"), &value);
        }
        (filled != body).then_some(filled)
    }
}

/// A text as a glob that matches it alone.
fn literally(text: &str) -> String {
    let escaped = |c: char| if "*?[]{}".contains(c) { format!("[{c}]") } else { c.to_string() };
    text.chars().map(escaped).collect()
}

impl RawOptions {
    /// The same, with the captures that `from` binds, or else the list of the option `key`. Captures that are bound and not used are
    /// among the errors.
    pub(super) fn with_captures(
        self,
        from: Option<&PackagePatterns>,
        key: Option<&str>,
        errors: &mut Vec<(FileId, OptionError)>,
    ) -> Self {
        let binds = |patterns: &PackagePatterns| patterns.iter().any(|pattern| !pattern.capture_names().is_empty());
        let (key, by) = match from.filter(|from| binds(from)) {
            Some(_) => (None, None),
            None => match key.and_then(|key| self.binding_list(key)).filter(binds) {
                Some(patterns) => (key, Some(patterns)),
                None => return self,
            },
        };
        let Some(patterns) = by.as_ref().or(from) else { return self };
        let used = self.texts_without(key);
        let mut names: BTreeSet<String> = BTreeSet::new();
        let adds = || patterns.iter().filter(|pattern| !pattern.is_negated());
        for pattern in adds() {
            for name in pattern.capture_names() {
                let is_used = used.iter().any(|text| text.contains(&format!("{{{name}}}")));
                if names.insert(name.to_owned()) && !is_used {
                    let error = OptionError::new(pattern.span(), format!("the capture `{name}` is bound and not used"));
                    let help = format!("write `{{{name}}}` in another list of the entry, or `*` here");
                    errors.push((pattern.file(), error.help(help)));
                }
            }
        }
        for pattern in adds() {
            let bound = pattern.capture_names();
            if let Some(name) = names.iter().find(|name| !bound.contains(&name.as_str())) {
                let message = format!("`{}` does not bind the capture `{name}`", pattern.text());
                let error = OptionError::new(pattern.span(), message);
                errors.push((pattern.file(), error.help("bind the same captures in each pattern of the list")));
            }
        }
        self.bound(Bindings { names, by, values: None })
    }

    /// The same, with a value for each capture.
    pub(crate) fn with_values(&self, values: CaptureValues) -> Self {
        match self.bindings() {
            Some(bindings) => self.clone().bound(Bindings { values: Some(values), ..bindings.clone() }),
            None => self.clone(),
        }
    }

    /// The patterns of a list whose captures the other lists can use.
    fn binding_list(&self, key: &str) -> Option<PackagePatterns> {
        let strings = strings_of(self.get(key)?.value.get_ref());
        PackagePatterns::compile_binding(&strings, self.list_place(key)?).ok()
    }

    /// The patterns in all lists but one, those of groups included.
    fn texts_without(&self, without: Option<&str>) -> Vec<String> {
        let mut texts = Vec::new();
        for (key, option) in self.iter().filter(|(key, _)| Some(*key) != without) {
            let Some(place) = self.list_place(key) else { continue };
            for string in strings_of(option.value.get_ref()) {
                collect_texts(&string, place, &mut texts);
            }
        }
        texts
    }
}

fn collect_texts(string: &Spanned<String>, place: ListPlace<'_>, texts: &mut Vec<String>) {
    match place.groups.members(&Item::of(string, place.file)) {
        Some(Ok(members)) => members.iter().for_each(|member| member.collect_texts(texts)),
        _ => texts.push(string.get_ref().clone()),
    }
}

fn strings_of(value: &RawValue) -> Vec<Spanned<String>> {
    let RawValue::Array(items) = value else { return Vec::new() };
    let text = |item: &Spanned<RawValue>| match item.get_ref() {
        RawValue::String(text) => Some(Spanned::new(item.span(), text.clone())),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}
