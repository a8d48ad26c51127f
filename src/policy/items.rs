//! Lists of patterns, the same for packages, modules and files: the listed names without those that `!` removes.

use super::OptionError;
use crate::text::{FileId, Span};

/// One pattern of a list, as written, and its place.
#[derive(Clone, Debug)]
pub(super) struct Item<'t> {
    /// The text without a leading `!`.
    pub(super) body: &'t str,
    /// Whether it takes away.
    pub(super) negated: bool,
    /// The text as written.
    pub(super) text: &'t str,
    /// The policy file.
    pub(super) file: FileId,
    /// The string in it, quotes included.
    pub(super) span: Span,
}

impl Item<'_> {
    /// An error about this pattern.
    pub(super) fn error(&self, message: impl Into<String>) -> OptionError {
        OptionError::new(self.span, message)
    }
}

/// Compiled patterns. The order within the list does not matter, but for which of two equals is named.
#[derive(Clone, Debug)]
pub(super) struct Items<P> {
    adds: Vec<P>,
    takes_away: Vec<P>,
}

// Derived, it would ask for `P: Default`.
impl<P> Default for Items<P> {
    fn default() -> Self {
        Self { adds: Vec::new(), takes_away: Vec::new() }
    }
}

impl<P> Items<P> {
    /// The list with one pattern, which does not take away.
    pub(super) fn of(pattern: P) -> Self {
        Self { adds: vec![pattern], takes_away: Vec::new() }
    }

    /// Compiles each string by `one`, and yields all errors if there are any.
    pub(super) fn compile(
        list: &[toml::Spanned<String>],
        file: FileId,
        one: impl Fn(&Item<'_>) -> Result<P, OptionError>,
    ) -> Result<Self, Vec<OptionError>> {
        let mut items = Self::default();
        let mut errors = Vec::new();
        for string in list {
            let text = string.get_ref();
            let body = text.strip_prefix('!').unwrap_or(text);
            let item = Item { body, negated: body.len() < text.len(), text, file, span: string.span().into() };
            match check_text(&item).and_then(|()| one(&item)) {
                Err(error) => errors.push(error),
                Ok(pattern) if item.negated => items.takes_away.push(pattern),
                Ok(pattern) => items.adds.push(pattern),
            }
        }
        if errors.is_empty() { Ok(items) } else { Err(errors) }
    }

    /// The patterns that decide in favour, in the order of the list: none if one takes away; where the list
    /// only takes away, everything else is in and its first pattern stands for that.
    pub(super) fn matching(&self, test: impl Fn(&P) -> bool) -> impl Iterator<Item = &P> {
        let excluded = self.takes_away.iter().any(&test);
        let otherwise = self.takes_away.first().filter(|_| self.adds.is_empty());
        let adds = self.adds.iter().filter(move |pattern| test(pattern));
        adds.chain(otherwise).filter(move |_| !excluded)
    }

    /// Whether nothing was listed.
    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Every pattern, those that take away last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &P> {
        self.adds.iter().chain(&self.takes_away)
    }
}

/// Texts that no pattern of any kind may have.
fn check_text(item: &Item<'_>) -> Result<(), OptionError> {
    if item.body.is_empty() {
        return Err(item.error("the pattern is empty").help("use `...` for everything"));
    }
    if item.body.starts_with('/') {
        return Err(item.error("the path is absolute").help(format!("write `.{}`", item.body.trim_end_matches('/'))));
    }
    if item.body.contains('\\') && !item.body.starts_with("re:") {
        return Err(item.error("the pattern contains a backslash").help("use `/`, on every system"));
    }
    Ok(())
}
