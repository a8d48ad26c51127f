//! Patterns on module paths, with an optional constraint on the version after `@`.

use std::cmp::Ordering;

use super::groups::{Groups, ListPlace};
use super::items::{Item, Items};
use super::pattern::most_specific;
use super::{OptionError, Pattern, Subject};
use crate::go::Version;
use crate::text::{FileId, did_you_mean};

/// A list of patterns on modules.
#[derive(Clone, Debug, Default)]
pub struct ModulePatterns {
    items: Items<ModulePattern>,
}

impl ModulePatterns {
    /// Compiles the strings of one list of the policy `file`, or yields every error in it.
    pub fn compile(list: &[toml::Spanned<String>], file: FileId) -> Result<Self, Vec<OptionError>> {
        Self::compile_in(list, ListPlace { file, groups: &Groups::default(), captures: None })
    }

    /// The same for a list that can name groups.
    pub(crate) fn compile_in(list: &[toml::Spanned<String>], place: ListPlace<'_>) -> Result<Self, Vec<OptionError>> {
        Items::compile_in(list, place, ModulePattern::compile).map(|items| Self { items })
    }

    /// The pattern that decides that this module is in the list, the most specific if there are several.
    ///
    /// A constraint holds only of a known version.
    pub fn find(&self, module: &Subject<'_>, version: Option<&Version>) -> Option<&ModulePattern> {
        let matching = self.items.matching(|pattern| pattern.matches(module, version));
        most_specific(matching, |pattern| pattern.path.specificity(module))
    }

    /// The most specific pattern on whose path the module is, if its constraint does not hold.
    pub fn unmet(&self, module: &Subject<'_>, version: &Version) -> Option<&ModulePattern> {
        let on_path = self.items.matching(|pattern| pattern.path.matches(module));
        let decides = most_specific(on_path, |pattern| pattern.path.specificity(module));
        decides.filter(|pattern| pattern.path.matches(module) && !pattern.matches(module, Some(version)))
    }

    /// Whether nothing was listed.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Every pattern, those that take away last.
    pub fn iter(&self) -> impl Iterator<Item = &ModulePattern> {
        self.items.iter()
    }
}

/// One pattern on modules: a pattern on the path, and a condition on the version.
#[derive(Clone, Debug)]
pub struct ModulePattern {
    path: Pattern,
    constraints: Vec<Constraint>,
}

impl ModulePattern {
    pub(super) fn compile(item: &Item<'_>) -> Result<Self, OptionError> {
        let (body, constraint) = match item.body.rsplit_once('@') {
            Some((path, constraint)) => (path, Some(constraint)),
            None => (item.body, None),
        };
        if body.is_empty() {
            return Err(item.error("the module path is missing").help("use `...@` for every module"));
        }
        let path = Pattern::compile(&Item { body, ..item.clone() })?;
        let constraints = constraint.into_iter().flat_map(|list| list.split(','));
        let parse = |text: &str| Constraint::parse(text.trim()).map_err(|help| bad_constraint(item, text, help));
        Ok(Self { path, constraints: constraints.map(parse).collect::<Result<_, _>>()? })
    }

    /// The pattern on the path; its text and place are those of the whole.
    pub fn path(&self) -> &Pattern {
        &self.path
    }

    /// The condition on the version, as written; empty if every version matches.
    pub fn constraint(&self) -> &str {
        self.path.text().rsplit_once('@').map_or("", |(_, constraint)| constraint)
    }

    /// Whether a version above this one may be matched where this one is not, or the other way round.
    pub fn may_change_above(&self, version: &Version) -> bool {
        self.constraints.iter().any(|constraint| constraint.may_change_above(version))
    }

    /// Whether the pattern itself, without its `!`, matches.
    pub fn matches(&self, module: &Subject<'_>, version: Option<&Version>) -> bool {
        let holds = |constraint: &Constraint| version.is_some_and(|version| constraint.holds(version));
        self.path.matches(module) && self.constraints.iter().all(holds)
    }
}

/// One condition on a version.
#[derive(Clone, Debug)]
enum Constraint {
    Compare(&'static [Ordering], Version),
    Major(String),
    Pseudo,
    Incompatible,
    Prerelease,
}

/// The comparisons, longer ones before those they begin with.
const OPERATORS: [(&str, &[Ordering]); 5] = [
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">", &[Ordering::Greater]),
    ("<", &[Ordering::Less]),
    ("=", &[Ordering::Equal]),
];

const WORDS: [&str; 3] = ["pseudo", "incompatible", "prerelease"];

impl Constraint {
    /// Reads a condition, or returns the help on its form.
    fn parse(text: &str) -> Result<Self, String> {
        for (operator, orderings) in OPERATORS {
            if let Some(version) = text.strip_prefix(operator) {
                return Ok(Self::Compare(orderings, version_of(version.trim())?));
            }
        }
        match text {
            "pseudo" => Ok(Self::Pseudo),
            "incompatible" => Ok(Self::Incompatible),
            "prerelease" => Ok(Self::Prerelease),
            major if is_major(major) => Ok(Self::Major(major.to_owned())),
            full if full.matches('.').count() < 2 => Err(did_you_mean(full, WORDS).unwrap_or_else(usage)),
            full => Ok(Self::Compare(&[Ordering::Equal], version_of(full)?)),
        }
    }

    /// Above its bound, a comparison says the same of every version.
    fn may_change_above(&self, version: &Version) -> bool {
        match self {
            Self::Compare(orderings, bound) => match version.compare(bound) {
                Ordering::Less => true,
                Ordering::Equal => orderings.contains(&Ordering::Equal) != orderings.contains(&Ordering::Greater),
                Ordering::Greater => false,
            },
            Self::Major(_) | Self::Pseudo | Self::Incompatible | Self::Prerelease => true,
        }
    }

    fn holds(&self, version: &Version) -> bool {
        match self {
            Self::Compare(orderings, bound) => orderings.contains(&version.compare(bound)),
            Self::Major(major) => version.major() == major,
            Self::Pseudo => version.is_pseudo(),
            Self::Incompatible => version.is_incompatible(),
            Self::Prerelease => version.is_prerelease() && !version.is_pseudo(),
        }
    }
}

fn is_major(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A semantic version; the `v` may be left out, and so may the parts at the end.
fn version_of(text: &str) -> Result<Version, String> {
    Version::parse(&format!("v{}", text.strip_prefix('v').unwrap_or(text))).ok_or_else(usage)
}

fn bad_constraint(item: &Item<'_>, text: &str, help: String) -> OptionError {
    item.error(format!("`{}` is not a version constraint", text.trim())).help(help)
}

fn usage() -> String {
    "write `<1.4.0`, `>=1.2.0,<1.4.0`, `v1.2.3`, `v0`, `pseudo`, `incompatible` or `prerelease`".to_owned()
}
