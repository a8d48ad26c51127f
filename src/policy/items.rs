//! Lists of patterns, the same for packages, modules and files: the listed names without those that `!` removes.

use super::OptionError;
use super::groups::{GroupUse, ListPlace, Member};
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
    /// The use of the group that has it.
    pub(super) group: Option<GroupUse>,
}

impl<'t> Item<'t> {
    /// A string of a list in the policy `file`.
    pub(super) fn of(string: &'t toml::Spanned<String>, file: FileId) -> Self {
        let text = string.get_ref();
        let body = text.strip_prefix('!').unwrap_or(text);
        Self { body, negated: body.len() < text.len(), text, file, span: string.span().into(), group: None }
    }

    /// An error about this pattern.
    pub(super) fn error(&self, message: impl Into<String>) -> OptionError {
        OptionError::new(self.span, message)
    }
}

/// The most patterns of a list that names groups.
const MAX_OF_GROUPS: usize = 5_000;

/// Compiled patterns. The order within the list does not matter, but for which of two equals is named.
#[derive(Clone, Debug)]
pub(super) struct Items<P> {
    adds: Vec<Listed<P>>,
    takes_away: Vec<Listed<P>>,
}

/// A pattern, and those that its group takes away from it.
#[derive(Clone, Debug)]
struct Listed<P> {
    pattern: P,
    except: Vec<Listed<P>>,
}

impl<P> Listed<P> {
    fn alone(pattern: P) -> Self {
        Self { pattern, except: Vec::new() }
    }

    fn passes(&self, test: &impl Fn(&P) -> bool) -> bool {
        test(&self.pattern) && !self.except.iter().any(|except| except.passes(test))
    }
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
        Self { adds: vec![Listed::alone(pattern)], takes_away: Vec::new() }
    }

    /// Compiles each string by `one`, and yields all errors if there are any.
    pub(super) fn compile(
        list: &[toml::Spanned<String>],
        file: FileId,
        one: impl Fn(&Item<'_>) -> Result<P, OptionError>,
    ) -> Result<Self, Vec<OptionError>> {
        Self::collect(list, file, |item| one(item).map(|pattern| vec![Listed::alone(pattern)]))
    }

    /// The same for a list that can name groups.
    pub(super) fn compile_in(
        list: &[toml::Spanned<String>],
        place: ListPlace<'_>,
        one: impl Fn(&Item<'_>) -> Result<P, OptionError>,
    ) -> Result<Self, Vec<OptionError>> {
        let one = |item: &Item<'_>| match place.captures.and_then(|captures| captures.fill(item.body)) {
            Some(body) => one(&Item { body: &body, ..item.clone() }),
            None => one(item),
        };
        Self::collect(list, place.file, |item| {
            let Some(members) = place.groups.members(item) else {
                return one(item).map(|pattern| vec![Listed::alone(pattern)]);
            };
            members?.iter().map(|member| of_member(member, item, &one)).collect()
        })
    }

    fn collect(
        list: &[toml::Spanned<String>],
        file: FileId,
        compile: impl Fn(&Item<'_>) -> Result<Vec<Listed<P>>, OptionError>,
    ) -> Result<Self, Vec<OptionError>> {
        let mut items = Self::default();
        let mut errors = Vec::new();
        for string in list {
            let item = Item::of(string, file);
            match check_text(&item).and_then(|()| compile(&item)) {
                Err(error) => errors.push(error),
                Ok(patterns) if patterns.len() > 1 && items.iter().count() + patterns.len() > MAX_OF_GROUPS => {
                    let message = format!("the list has more than {MAX_OF_GROUPS} patterns with those of its groups");
                    errors.push(item.error(message));
                    break;
                }
                Ok(patterns) if item.negated => items.takes_away.extend(patterns),
                Ok(patterns) => items.adds.extend(patterns),
            }
        }
        if errors.is_empty() { Ok(items) } else { Err(errors) }
    }

    /// The patterns that decide in favour, in the order of the list: none if one takes away; where the list
    /// only takes away, everything else is in and its first pattern stands for that.
    pub(super) fn matching(&self, test: impl Fn(&P) -> bool) -> impl Iterator<Item = &P> {
        let excluded = self.takes_away.iter().any(|listed| listed.passes(&test));
        let otherwise = self.takes_away.first().filter(|_| self.adds.is_empty());
        let adds = self.adds.iter().filter(move |listed| listed.passes(&test));
        adds.chain(otherwise).map(|listed| &listed.pattern).filter(move |_| !excluded)
    }

    /// Whether nothing was listed.
    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Every pattern, those that take away last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &P> {
        let of_groups = self.adds.iter().flat_map(|listed| &listed.except);
        self.adds.iter().chain(&self.takes_away).chain(of_groups).map(|listed| &listed.pattern)
    }
}

/// Compiles a pattern of the group that `item` names. A pattern from which the list takes away is written with a `!`.
fn of_member<P>(
    member: &Member,
    item: &Item<'_>,
    one: &impl Fn(&Item<'_>) -> Result<P, OptionError>,
) -> Result<Listed<P>, OptionError> {
    let text = if item.negated { format!("!{}", member.text) } else { member.text.clone() };
    let name = item.body.trim_start_matches('$');
    let group = item.group.clone().unwrap_or_else(|| GroupUse { name: name.into(), file: item.file, span: item.span });
    let of_group = Item {
        body: &member.text,
        negated: item.negated,
        text: &text,
        file: member.file,
        span: member.span,
        group: Some(group),
    };
    let pattern = one(&of_group).map_err(|error| in_group(error, item, &member.text))?;
    let other_side = Item { negated: !item.negated, ..item.clone() };
    let except = member.except.iter().map(|except| of_member(except, &other_side, one)).collect::<Result<_, _>>()?;
    Ok(Listed { pattern, except })
}

/// The mistake of a pattern of a group that cannot be in this list: at the list, for other lists may have it.
pub(super) fn in_group(error: OptionError, item: &Item<'_>, pattern: &str) -> OptionError {
    let message = format!("`{pattern}` of the group `{}`: {}", item.body.trim_start_matches('$'), error.message);
    OptionError { span: item.span, message, help: error.help }
}

/// Texts that no pattern of any kind may have.
pub(super) fn check_text(item: &Item<'_>) -> Result<(), OptionError> {
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
