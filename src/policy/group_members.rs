//! Groups that name each other: the patterns that each stands for in the end, and the mistakes in them.

use std::collections::BTreeMap;

use super::group::Group;
use super::groups::{Groups, Member, Reference};
use super::items::{Item, check_text};
use super::module_pattern::ModulePattern;
use super::pattern::has_capture;
use super::{CapturePattern, OptionError, Pattern, PolicyError};

/// The most patterns that a group stands for, those of the groups in it included.
const MAX_PATTERNS: usize = 1_000;

/// The most patterns that all groups together stand for, so that a short text does not become a huge policy.
const MAX_ALL: usize = 100_000;

/// The longest chain of groups that name each other.
const MAX_DEPTH: usize = 32;

/// The groups with their patterns, and the mistakes in them.
pub(super) fn resolve<'g>(groups: impl Iterator<Item = &'g Group>) -> (Groups, Vec<PolicyError>) {
    let raw: BTreeMap<&str, &Group> = groups.map(|group| (group.name.as_str(), group)).collect();
    let names: Vec<&str> = raw.keys().copied().collect();
    let mut resolver = Resolver { raw, members: BTreeMap::new(), open: Vec::new(), size: 0, errors: Vec::new() };
    for name in names {
        resolver.members(name);
    }
    (Groups::new(resolver.members), resolver.errors)
}

struct Resolver<'g> {
    raw: BTreeMap<&'g str, &'g Group>,
    members: BTreeMap<String, Vec<Member>>,
    /// The groups that are being resolved, each named by the one before it.
    open: Vec<&'g str>,
    /// How many patterns the groups stand for that are resolved.
    size: usize,
    errors: Vec<PolicyError>,
}

impl<'g> Resolver<'g> {
    fn members(&mut self, name: &'g str) {
        if self.members.contains_key(name) {
            return;
        }
        let group = self.raw[name];
        self.open.push(name);
        let (mut adds, mut takes_away) = (Vec::new(), Vec::new());
        let before = self.errors.len();
        for string in &group.patterns {
            let item = Item::of(string, group.file);
            match self.one(&item) {
                Ok(members) if item.negated => takes_away.extend(members),
                Ok(members) => adds.extend(members),
                Err(error) => self.error(group, error),
            }
        }
        self.open.pop();
        let size = |members: &[Member]| members.iter().map(Member::size).sum::<usize>();
        let own_size = size(&adds).saturating_add(adds.len().saturating_mul(size(&takes_away)));
        self.size = self.size.saturating_add(own_size);
        let too_many = if own_size > MAX_PATTERNS {
            Some(format!("the group `{name}` stands for more than {MAX_PATTERNS} patterns"))
        } else if self.size > MAX_ALL {
            Some(format!("the groups up to `{name}` stand for more than {MAX_ALL} patterns"))
        } else {
            None
        };
        if let Some(message) = too_many {
            self.error(group, OptionError::new(group.key, message));
            adds.clear();
        } else if adds.is_empty() && self.errors.len() == before {
            let error = OptionError::new(group.key, format!("the group `{name}` only takes away"));
            self.error(group, error.help("add a pattern from which it takes away, such as `...` for everything"));
        }
        for member in &mut adds {
            member.except.extend(takes_away.iter().cloned());
        }
        self.members.insert(name.to_owned(), adds);
    }

    /// The patterns that one string of a group stands for, without its `!`.
    fn one(&mut self, item: &Item<'_>) -> Result<Vec<Member>, OptionError> {
        check_text(item)?;
        let Some(reference) = Reference::of(item) else {
            check_pattern(item)?;
            let text = item.body.to_owned();
            return Ok(vec![Member { text, file: item.file, span: item.span, except: Vec::new() }]);
        };
        reference.check(item, self.raw.keys().copied())?;
        let Some((&name, _)) = self.raw.get_key_value(reference.name) else { return Ok(Vec::new()) };
        if let Some(start) = self.open.iter().position(|open| *open == name) {
            let circle: Vec<String> = self.open[start..].iter().chain([&name]).map(|it| format!("`${it}`")).collect();
            let message = format!("these groups refer to each other in a circle: {}", circle.join(", "));
            return Err(item.error(message).help("remove one of the references"));
        }
        if self.open.len() > MAX_DEPTH {
            return Err(item.error(format!("more than {MAX_DEPTH} groups refer to each other")));
        }
        self.members(name);
        Ok(self.members[name].clone())
    }

    fn error(&mut self, group: &Group, error: OptionError) {
        self.errors.push(PolicyError::new(group.file, error));
    }
}

/// Whether a string could be a pattern of some list: on packages, on modules with a version, or with captures.
fn check_pattern(item: &Item<'_>) -> Result<(), OptionError> {
    if item.body.starts_with("re:") {
        Pattern::compile(item).map(|_| ())
    } else if item.body.contains('@') {
        ModulePattern::compile(item).map(|_| ())
    } else if has_capture(item.body) {
        CapturePattern::of(item).map(|_| ())
    } else {
        Pattern::compile(item).map(|_| ())
    }
}
