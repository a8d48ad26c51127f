//! The pattern language that all rules share, on import paths: exact, Go's `x/...`, globs, `re:` and sets.
//!
//! A pattern never matches across a path boundary by accident, and letters are never folded.

use globset::{Candidate, ErrorKind, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};

use super::groups::{GroupUse, Groups, ListPlace};
use super::items::{Item, Items};
use super::{CaptureValues, OptionError};
use crate::text::{FileId, Span, did_you_mean};

/// A list of patterns on import paths: the `deny`, `allow` or `from` of an entry.
#[derive(Clone, Debug, Default)]
pub struct PackagePatterns {
    items: Items<Pattern>,
}

impl PackagePatterns {
    /// Compiles the strings of one list of the policy `file`, or yields every error in it.
    pub fn compile(list: &[toml::Spanned<String>], file: FileId) -> Result<Self, Vec<OptionError>> {
        Self::compile_in(list, ListPlace { file, groups: &Groups::default(), captures: None })
    }

    /// The same for a list that can name groups.
    pub(crate) fn compile_in(list: &[toml::Spanned<String>], place: ListPlace<'_>) -> Result<Self, Vec<OptionError>> {
        Self::compile_each(list, place, Pattern::compile)
    }

    /// The same, with each pattern compiled by `one`.
    pub(super) fn compile_each(
        list: &[toml::Spanned<String>],
        place: ListPlace<'_>,
        one: impl Fn(&Item<'_>) -> Result<Pattern, OptionError>,
    ) -> Result<Self, Vec<OptionError>> {
        Items::compile_in(list, place, one).map(|items| Self { items })
    }

    /// The pattern that decides that `subject` is in the list, the most specific if there are several.
    ///
    /// In a list that only takes away, its first pattern stands for all that remains.
    pub fn find(&self, subject: &Subject<'_>) -> Option<&Pattern> {
        let matching = self.items.matching(|pattern| pattern.matches(subject));
        most_specific(matching, |pattern| pattern.specificity(subject))
    }

    /// The list with one pattern.
    pub(super) fn of(pattern: Pattern) -> Self {
        Self { items: Items::of(pattern) }
    }

    /// Whether nothing was listed.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Every pattern, those that take away last.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.items.iter()
    }
}

/// The subject that patterns are compared with: a package, or a module by its path.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The import path, or the module's path.
    pub path: &'a str,
    /// For a package of the repository its path below its module's root, empty for the root package; for a module
    /// of the repository its directory. `./` patterns match it.
    pub relative: Option<&'a str>,
    /// Whether it is of the standard library.
    pub std: bool,
    /// Whether it is in the main module.
    pub in_module: bool,
    /// Whether it is of a module of the workspace.
    pub in_workspace: bool,
    /// Whether it is a test.
    pub test: bool,
    /// Whether it is a program, and not a test of one.
    pub program: bool,
}

impl<'a> Subject<'a> {
    /// Something outside the repository and the standard library; only its path is known.
    pub fn external(path: &'a str) -> Self {
        Self { path, ..Self::default() }
    }

    /// A module of the repository, by its path and its directory.
    pub fn module(path: &'a str, dir: Option<&'a str>) -> Self {
        Self { relative: dir, ..Self::external(path) }
    }

    /// The directories of the module around a package of the repository, the outermost first and its own last.
    pub(crate) fn directories(&self) -> Vec<Subject<'a>> {
        let Some(relative) = self.relative else { return Vec::new() };
        let Some(before) = self.path.len().checked_sub(relative.len()) else { return Vec::new() };
        let mut ends = vec![0];
        ends.extend(relative.match_indices('/').map(|(end, _)| end));
        ends.push(relative.len());
        let mut directories = Vec::new();
        for end in ends {
            let path = self.path[..before + end].trim_end_matches('/');
            directories.push(Subject { path, relative: Some(&relative[..end]), ..*self });
        }
        directories
    }

    /// The outermost directory around a package that a list has, and the package as seen from there.
    pub(crate) fn within(&self, containers: &PackagePatterns) -> Option<(Subject<'a>, Subject<'a>)> {
        let directory = self.directories().into_iter().find(|directory| containers.find(directory).is_some())?;
        let inside = self.relative?[directory.relative?.len()..].trim_start_matches('/');
        Some((directory, Subject { relative: Some(inside), ..*self }))
    }

    fn is_in(&self, set: Set) -> bool {
        match set {
            Set::Std => self.std,
            Set::Module => self.in_module,
            Set::Workspace => self.in_workspace || self.in_module,
            Set::External => !self.std && !self.in_module && !self.in_workspace && self.path != "C",
            Set::Test => self.test,
            Set::Program => self.program,
        }
    }
}

/// One pattern, and the string in the policy that it was read from.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    file: FileId,
    span: Span,
    negated: bool,
    set: Option<Set>,
    base: PatternBase,
    form: PatternForm,
    impossible: Option<Impossible>,
    group: Option<GroupUse>,
}

/// The sets that a `$name` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Std,
    Module,
    Workspace,
    External,
    Test,
    Program,
}

const SETS: [(&str, Set); 6] = [
    ("std", Set::Std),
    ("module", Set::Module),
    ("workspace", Set::Workspace),
    ("external", Set::External),
    ("test", Set::Test),
    ("program", Set::Program),
];

/// Which path of the subject the form is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternBase {
    Path,
    Relative,
}

#[derive(Clone, Debug)]
enum PatternForm {
    Everything,
    Exact(String),
    Below(String),
    Glob { globs: GlobSet, literal: usize },
    Regex(Regex),
}

/// The form of a pattern, for asking whether it can match anything here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'p> {
    /// This import path only.
    Exact(&'p str),
    /// `x/...`: this path and all below it.
    Below(&'p str),
    /// `...`.
    Everything,
    /// With `*`, `?`, `[…]` or `{…}`.
    Glob,
    /// `re:…`.
    Regex,
    /// A `$name`, perhaps with a pattern after it.
    Set,
    /// `./…`, relative to each module.
    Relative,
}

/// How closely a pattern names a subject, least first. An `allow` wins over a `deny` only if it is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Specificity {
    /// `...`, or a list that only takes away.
    Everything,
    /// A `$name`.
    Set,
    /// A pattern that spells out this many bytes at the start of the subject's path.
    Prefix(usize),
    /// The whole path.
    Exact,
}

/// Why a pattern can never match, and a suggestion. Reported as `policy-vacuous`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// The mistake, as a noun phrase.
    pub message: String,
    /// The correct text.
    pub help: String,
}

impl Pattern {
    pub(super) fn compile(item: &Item<'_>) -> Result<Self, OptionError> {
        let body = item.body;
        let (set, base, rest) = match body.strip_prefix('$') {
            Some(named) => split_set(named).ok_or_else(|| unknown_set(item, named))?,
            None if body == "." => (None, PatternBase::Relative, Some("")),
            None => match body.strip_prefix("./") {
                Some(rest) => (None, PatternBase::Relative, Some(rest)),
                None => (None, PatternBase::Path, Some(body)),
            },
        };
        if rest.is_some_and(|rest| rest == ".." || rest.starts_with("../")) {
            return Err(item.error("the pattern leaves the module").help("write the import path of the package"));
        }
        let form = match rest {
            None => PatternForm::Everything,
            Some(rest) => PatternForm::compile(rest).map_err(|message| item.error(message))?,
        };
        if let PatternForm::Glob { .. } = form
            && let Some(capture) = capture_in(body)
        {
            let message = format!("`{capture}` is a capture that nothing binds");
            let help = "bind it in `from`, or write `*` for any one element, or `{a,b}` for some";
            return Err(item.error(message).help(help));
        }
        let impossible = rest.filter(|_| !matches!(form, PatternForm::Regex(_))).and_then(impossible);
        let Item { text, file, span, negated, .. } = *item;
        let group = item.group.clone();
        Ok(Self { text: text.to_owned(), file, span, negated, set, base, form, impossible, group })
    }

    /// The pattern that a regular expression stands for.
    pub(super) fn of_regex(item: &Item<'_>, base: PatternBase, regex: Regex) -> Self {
        let Item { text, file, span, negated, .. } = *item;
        let form = PatternForm::Regex(regex);
        let group = item.group.clone();
        Self { text: text.to_owned(), file, span, negated, set: None, base, form, impossible: None, group }
    }

    /// Whether the pattern itself, without its `!`, matches.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        self.set.is_none_or(|set| subject.is_in(set))
            && self.compared(subject).is_some_and(|path| self.form.matches(path))
    }

    /// The path of a subject that the pattern is compared with; `None` if it has no such path.
    pub(super) fn compared<'s>(&self, subject: &Subject<'s>) -> Option<&'s str> {
        match self.base {
            PatternBase::Path => Some(subject.path),
            PatternBase::Relative => subject.relative,
        }
    }

    /// How closely the pattern names `subject`, which it matches.
    pub fn specificity(&self, subject: &Subject<'_>) -> Specificity {
        let before = match self.base {
            PatternBase::Path => 0,
            PatternBase::Relative => subject.path.len().saturating_sub(subject.relative.unwrap_or_default().len()),
        };
        match &self.form {
            _ if self.negated => Specificity::Everything,
            PatternForm::Exact(_) => Specificity::Exact,
            PatternForm::Below(prefix) => Specificity::Prefix(before + prefix.len() + 1),
            PatternForm::Glob { literal, .. } => Specificity::Prefix(before + literal),
            PatternForm::Regex(_) => Specificity::Prefix(before),
            PatternForm::Everything if self.set.is_some() => Specificity::Set,
            PatternForm::Everything if self.base == PatternBase::Relative => Specificity::Prefix(before),
            PatternForm::Everything => Specificity::Everything,
        }
    }

    /// `template` with the groups of the regular expression in `path` in place of `$1` and `${name}`; unchanged for
    /// any other pattern.
    pub fn expand(&self, path: &str, template: &str) -> String {
        let PatternForm::Regex(regex) = &self.form else { return template.to_owned() };
        let mut expanded = String::new();
        if let Some(captures) = regex.captures(path) {
            captures.expand(template, &mut expanded);
        }
        expanded
    }

    /// The names of the groups that a regular expression captures, the whole match first; `None` for any other pattern.
    pub fn groups(&self) -> Option<Vec<Option<&str>>> {
        let PatternForm::Regex(regex) = &self.form else { return None };
        Some(regex.capture_names().collect())
    }

    /// The names of its captures, such as `svc` of `./services/{svc}/...`; those of a `re:` pattern do not count.
    pub(crate) fn capture_names(&self) -> Vec<&str> {
        match &self.form {
            PatternForm::Regex(regex) if !is_regex(self.text.trim_start_matches('!')) => {
                regex.capture_names().flatten().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The values of its captures for a subject that it matches.
    pub(crate) fn captured(&self, subject: &Subject<'_>) -> Option<CaptureValues> {
        let PatternForm::Regex(regex) = &self.form else { return None };
        let captures = regex.captures(self.compared(subject)?)?;
        let mut values = CaptureValues::new();
        for name in self.capture_names() {
            values.insert(name.to_owned(), captures.name(name)?.as_str().to_owned());
        }
        Some(values)
    }

    /// Whether it begins with `./`, `$module/` or `$workspace/`, or is one of both sets: it means the repository's own.
    pub fn is_relative(&self) -> bool {
        self.base == PatternBase::Relative || matches!(self.set, Some(Set::Module | Set::Workspace))
    }

    /// Whether it means packages of the standard library only.
    pub fn is_std(&self) -> bool {
        self.set == Some(Set::Std)
    }

    /// Whether it names its matches in full, except for everything below them.
    pub fn is_spelled_out(&self) -> bool {
        matches!(self.form, PatternForm::Exact(_) | PatternForm::Below(_))
    }

    /// The beginning, spelled out, of every import path that it matches; empty for one that is relative to a module.
    pub fn spelled(&self) -> &str {
        match &self.form {
            _ if self.set.is_some() || self.base == PatternBase::Relative => "",
            PatternForm::Exact(path) | PatternForm::Below(path) => path,
            PatternForm::Glob { literal, .. } => {
                let body = self.text.strip_prefix('!').unwrap_or(&self.text);
                body.get(..*literal).unwrap_or_default()
            }
            PatternForm::Everything | PatternForm::Regex(_) => "",
        }
    }

    /// The form of the pattern.
    pub fn shape(&self) -> Shape<'_> {
        match &self.form {
            _ if self.set.is_some() => Shape::Set,
            _ if self.base == PatternBase::Relative => Shape::Relative,
            PatternForm::Everything => Shape::Everything,
            PatternForm::Exact(path) => Shape::Exact(path),
            PatternForm::Below(path) => Shape::Below(path),
            PatternForm::Glob { .. } => Shape::Glob,
            PatternForm::Regex(_) => Shape::Regex,
        }
    }

    /// Why the pattern can never match, by its form alone.
    pub fn impossible(&self) -> Option<&Impossible> {
        self.impossible.as_ref()
    }

    /// The text as written, `!` included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The policy file that contains it.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The string in that file, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The use of the group that has it; `None` for a pattern that is written in the list itself.
    pub(crate) fn group(&self) -> Option<&GroupUse> {
        self.group.as_ref()
    }

    /// Whether the pattern takes away.
    pub fn is_negated(&self) -> bool {
        self.negated
    }
}

impl PatternForm {
    fn compile(text: &str) -> Result<Self, String> {
        if let Some(source) = text.strip_prefix("re:") {
            return whole_path_regex(source).map(Self::Regex);
        }
        if text == "..." {
            return Ok(Self::Everything);
        }
        let below = text.strip_suffix("/...");
        let path = below.unwrap_or(text);
        match (path.find(['*', '?', '[', '{', ']', '}']), below) {
            (Some(literal), Some(_)) => Ok(Self::Glob { globs: globs(&[path, &format!("{path}/**")])?, literal }),
            (Some(literal), None) => Ok(Self::Glob { globs: globs(&[path])?, literal }),
            (None, Some(_)) => Ok(Self::Below(path.to_owned())),
            (None, None) => Ok(Self::Exact(path.to_owned())),
        }
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(exact) => path == exact,
            Self::Below(prefix) => {
                path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Glob { globs, .. } => globs.is_match_candidate(&Candidate::from_bytes(path)),
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

/// Whether a set has this name.
pub(super) fn is_set(name: &str) -> bool {
    set_names().any(|set| set == name)
}

/// The names of the sets.
pub(super) fn set_names() -> impl Iterator<Item = &'static str> {
    SETS.iter().map(|(name, _)| *name)
}

/// Whether a pattern is a regular expression.
pub(super) fn is_regex(body: &str) -> bool {
    body.strip_prefix("./").unwrap_or(body).starts_with("re:")
}

/// Whether a pattern has a capture, so that it is one of a list that can have them.
pub(super) fn has_capture(body: &str) -> bool {
    capture_in(body).is_some()
}

/// The first `{name}` of a glob.
fn capture_in(glob: &str) -> Option<&str> {
    let mut rest = glob;
    while let Some(start) = rest.find('{') {
        let end = start + rest[start..].find('}')? + 1;
        if !rest[start..end].contains(',') {
            return Some(&rest[start..end]);
        }
        rest = &rest[end..];
    }
    None
}

/// The first of the most specific.
pub(super) fn most_specific<'p, P>(
    patterns: impl Iterator<Item = &'p P>,
    specificity: impl Fn(&P) -> Specificity,
) -> Option<&'p P> {
    patterns.reduce(|best, next| if specificity(next) > specificity(best) { next } else { best })
}

/// Compiles globs in which `*` and `?` stay within a path element and `**` does not.
pub(super) fn globs(patterns: &[&str]) -> Result<GlobSet, String> {
    let describe = |error: globset::Error| match error.kind() {
        // The glob is sound, but not the regular expression that is made of it.
        ErrorKind::Regex(_) => "the glob is too big, or too deeply nested".to_owned(),
        kind => format!("invalid glob: {kind}"),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let mut glob = GlobBuilder::new(pattern);
        glob.literal_separator(true).backslash_escape(false).empty_alternates(true);
        set.add(glob.build().map_err(describe)?);
    }
    set.build().map_err(describe)
}

/// The name, the path that it is compared with, and the pattern after it, if any.
fn split_set(named: &str) -> Option<(Option<Set>, PatternBase, Option<&str>)> {
    let (name, rest) = match named.split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (named, None),
    };
    let (_, set) = SETS.into_iter().find(|(known, _)| *known == name)?;
    let first_party = matches!(set, Set::Module | Set::Workspace) && rest.is_some();
    Some((Some(set), if first_party { PatternBase::Relative } else { PatternBase::Path }, rest))
}

fn unknown_set(item: &Item<'_>, named: &str) -> OptionError {
    let name = named.split('/').next().unwrap_or_default();
    let all = || SETS.map(|(set, _)| format!("`${set}`")).join(", ");
    let known = SETS.map(|(set, _)| format!("${set}"));
    let near = did_you_mean(&format!("${name}"), known.iter().map(String::as_str));
    item.error(format!("no set is called `${name}`")).help(near.unwrap_or_else(|| format!("the sets are {}", all())))
}

/// How big a regular expression may be in memory: a policy may hold many.
const MAX_REGEX: usize = 1 << 20;

/// A regular expression that must match the whole path.
pub(super) fn whole_path_regex(source: &str) -> Result<Regex, String> {
    let describe = |error: regex::Error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too big".to_owned(),
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!("invalid regular expression: {}", last.strip_prefix("error: ").unwrap_or(last))
        }
    };
    let build = |source: &str| RegexBuilder::new(source).size_limit(MAX_REGEX).build().map_err(describe);
    // Alone first, so that no unbalanced parenthesis can pair with those around it.
    build(source)?;
    build(&format!(r"\A(?:{source})\z"))
}

/// Why no path can match `text`, which is not a regular expression.
fn impossible(text: &str) -> Option<Impossible> {
    let path = text.strip_suffix("/...").unwrap_or(text);
    let (message, help) = if path.starts_with(['"', '\'', '`']) {
        ("quotes inside the string", "remove the inner quotes")
    } else if path.contains("://") {
        ("a URL, where an import path has no scheme", "write only the part after `://`")
    } else if path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        ("white space, which no import path has", "write one pattern per string")
    } else if path.contains("...") && path != "..." {
        ("a `...` that is not the last element", "use `**` for any depth, `*` within one element")
    } else if path.ends_with('$') {
        ("a `$` at the end, which has no meaning here", "remove it: a path without `/...` is matched exactly")
    } else if path.ends_with('/') {
        ("a `/` at the end", "write `/...` at the end for everything below it, or remove the `/`")
    } else if path.contains('@') {
        ("a version, which an import path does not have", "remove the `@` and everything after it")
    } else if !path.is_empty() && path.split('/').any(|element| matches!(element, "" | "." | "..")) {
        ("an empty, `.` or `..` element, which no import path has", "write the path as it is imported")
    } else {
        return None;
    };
    Some(Impossible { message: message.to_owned(), help: help.to_owned() })
}
