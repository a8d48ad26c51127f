//! Patterns with captures: `./services/{svc}/...`, in which each `{name}` stands for one element of the path.

use regex::Regex;

use super::groups::{GroupUse, ListPlace, Member};
use super::items::{Item, in_group};
use super::pattern::{Pattern, PatternBase, has_capture, is_regex, whole_path_regex};
use super::{OptionError, PackagePatterns, Subject};

/// A pattern on packages whose captures take the values of elements of the path.
#[derive(Clone, Debug)]
pub(crate) struct CapturePattern {
    regex: Regex,
    pattern: Pattern,
}

impl CapturePattern {
    /// Compiles the string of an option, or the one pattern of the group that it names.
    pub(crate) fn compile(string: &toml::Spanned<String>, place: ListPlace<'_>) -> Result<Self, OptionError> {
        let text = string.get_ref();
        let item = Item { body: text, negated: false, ..Item::of(string, place.file) };
        let Some(members) = place.groups.members(&item) else { return Self::of(&item) };
        match members? {
            [Member { text, file, span, except }] if except.is_empty() => {
                let name = item.body.trim_start_matches('$').into();
                let group = Some(GroupUse { name, file: item.file, span: item.span });
                let of_group = Item { body: text, negated: false, text, file: *file, span: *span, group };
                Self::of(&of_group).map_err(|error| in_group(error, &item, text))
            }
            _ => {
                let error = item.error("this option takes one pattern, and the group is not one");
                Err(error.help("name a group with one pattern and without `!`"))
            }
        }
    }

    /// Compiles one pattern.
    pub(super) fn of(item: &Item<'_>) -> Result<Self, OptionError> {
        let text = item.body;
        let without = text.strip_prefix("./").unwrap_or(text);
        let source = match without.strip_prefix("re:") {
            Some(source) => source.to_owned(),
            None => regex_of(without).map_err(|(message, help)| item.error(message).help(help))?,
        };
        let regex = whole_path_regex(&source).map_err(|message| item.error(message))?;
        if regex.capture_names().flatten().next().is_none() {
            let help = "write `{name}` for the element that tells the groups apart, as in `./services/{service}/...`";
            return Err(item.error("the pattern has no capture").help(help));
        }
        let base = if without.len() < text.len() { PatternBase::Relative } else { PatternBase::Path };
        let pattern = Pattern::of_regex(item, base, regex.clone());
        Ok(Self { regex, pattern })
    }

    /// The value of each capture in the path of a package, in the order of the pattern, `None` for one that takes no part; `None` if the
    /// pattern does not match.
    pub(crate) fn values<'s>(&self, subject: &Subject<'s>) -> Option<Vec<Option<&'s str>>> {
        let captures = self.regex.captures(self.pattern.compared(subject)?)?;
        Some(captures.iter().skip(1).map(|value| Some(value?.as_str())).collect())
    }

    /// The pattern, with any value for each capture.
    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The list with the pattern alone.
    pub(crate) fn packages(&self) -> PackagePatterns {
        PackagePatterns::of(self.pattern.clone())
    }
}

impl PackagePatterns {
    /// Compiles a list whose captures the other lists of the entry can use.
    pub(crate) fn compile_binding(
        list: &[toml::Spanned<String>],
        place: ListPlace<'_>,
    ) -> Result<Self, Vec<OptionError>> {
        Self::compile_each(list, place, |item| {
            if item.negated || is_regex(item.body) || !has_capture(item.body) {
                return Pattern::compile(item);
            }
            CapturePattern::of(item).map(|captures| captures.pattern)
        })
    }
}

/// The regular expression for a pattern, or its mistake with a remedy.
fn regex_of(text: &str) -> Result<String, (String, &'static str)> {
    let (path, below) = match text.strip_suffix("/...") {
        Some(path) => (path, "(?:/.*)?"),
        None => (text, ""),
    };
    let mut source = String::new();
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        let (taken, part) = match next {
            '{' => {
                let (name, _) = rest[1..].split_once('}').ok_or_else(unclosed)?;
                if source.contains(&format!("(?<{name}>")) {
                    return Err((format!("the capture `{name}` occurs twice"), "give each capture a name of its own"));
                }
                if !is_name(name) {
                    return Err((format!("`{name}` is not a name of a capture"), "use letters, digits and `_`"));
                }
                (name.len() + 2, format!("(?<{name}>[^/]+)"))
            }
            '*' if rest.starts_with("**") => (2, ".*".to_owned()),
            '*' => (1, "[^/]*".to_owned()),
            '?' => (1, "[^/]".to_owned()),
            '[' | ']' | '}' => {
                return Err((format!("`{next}` has no meaning in a pattern with captures"), "remove it"));
            }
            _ => (next.len_utf8(), regex::escape(&rest[..next.len_utf8()])),
        };
        source.push_str(&part);
        rest = &rest[taken..];
    }
    Ok(source + below)
}

fn unclosed() -> (String, &'static str) {
    ("a `{` has no `}`".to_owned(), "write `{name}`")
}

fn is_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_word) && name.starts_with(|c: char| c.is_ascii_alphabetic())
}
