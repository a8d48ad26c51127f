//! Lays policy files over each other: the later wins, attribute by attribute.
//!
//! Policies of directories come last and may only tighten.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::file::{PolicyFile, RawEntry, RawGroup, RawSeverity, RawUndecided, check_rule};
use super::group_members::resolve;
use super::options::COMMON_KEYS;
use super::severities::LevelLine;
use super::sources::PolicyTree;
use super::undecided::UndecidedLine;
use super::{
    Entry, Exception, ExtraModules, FileGlobs, Group, Groups, Inclusion, InlineChoice, InlineExceptions, Level,
    ListPlace, ModulePatterns, Narrowing, OptionError, PackagePatterns, Policy, PolicyError, RawOptions, RuleInfo,
    Scope, Severities, UndecidedChoice, UndecidedChoices,
};
use crate::finding::PolicyUsed;
use crate::text::{FileId, RepoPath, Span, did_you_mean};

/// The merge as far as it has come.
pub(super) struct Merge<'r, 't> {
    rules: &'r [RuleInfo],
    entries: Vec<Merged<'t>>,
    groups: Vec<Group>,
    severity: Severities,
    errors: Vec<PolicyError>,
    /// Whether all files were read, so that an entry that is not here does not exist.
    complete: bool,
}

/// An entry while files are laid over each other.
struct Merged<'t> {
    raw: RawEntry,
    first: &'t PolicyFile,
    last: FileId,
    below: &'t RepoPath,
}

impl<'r, 't> Merge<'r, 't> {
    /// Nothing yet, after reading that found `errors`.
    pub(super) fn new(rules: &'r [RuleInfo], errors: Vec<PolicyError>, complete: bool) -> Self {
        Self { rules, entries: Vec::new(), groups: Vec::new(), severity: Severities::default(), errors, complete }
    }

    /// Adds the root's policy, or that of a directory. Entries of all its files come before severities, which may
    /// name them.
    pub(super) fn tree(&mut self, tree: &'t PolicyTree) {
        for file in &tree.files {
            file.groups.iter().for_each(|raw| self.group(raw, &tree.below));
        }
        for file in &tree.files {
            file.entries.iter().for_each(|raw| self.entry(raw, file, &tree.below));
        }
        for file in &tree.files {
            file.severity.iter().for_each(|raw| self.severity(raw, file, &tree.below));
        }
    }

    fn error(&mut self, file: FileId, error: OptionError) {
        self.errors.push(PolicyError::new(file, error));
    }

    fn entry(&mut self, raw: &RawEntry, file: &'t PolicyFile, below: &'t RepoPath) {
        let same =
            |old: &&mut Merged<'_>| old.raw.rule == raw.rule && old.raw.name == raw.name && below.is_within(old.below);
        match self.entries.iter_mut().find(same) {
            None => self.entries.push(Merged { raw: raw.clone(), first: file, last: file.file, below }),
            Some(old) if old.below == below => {
                old.raw.attributes.override_with(raw.attributes.clone());
                old.raw.name = raw.name.clone();
                old.last = file.file;
            }
            // The same file, extended by both policies.
            Some(old) if old.first.file == file.file => {}
            Some(_) => {
                let message = format!("`{}/{}` is inherited", raw.rule, raw.name.get_ref());
                let error = OptionError::new(raw.name.span().into(), message);
                self.error(
                    file.file,
                    error.help("the policy of a directory can only be stricter; add an entry of another name"),
                );
            }
        }
    }

    /// A later file of the same policy replaces a group as a whole, as it replaces an option of an entry.
    fn group(&mut self, raw: &RawGroup, below: &RepoPath) {
        let (file, key) = (raw.raw.file, raw.raw.key);
        let group = Group {
            name: raw.name.clone(),
            file,
            key,
            below: below.clone(),
            patterns: raw.patterns.clone(),
            raw: raw.raw.clone(),
        };
        let same = |old: &&mut Group| old.name == raw.name && below.is_within(&old.below);
        match self.groups.iter_mut().find(same) {
            None => self.groups.push(group),
            Some(old) if old.below == *below => *old = group,
            // The same file, extended by both policies.
            Some(old) if old.file == file => {}
            Some(_) => {
                let error = OptionError::new(key, format!("the group `{}` is inherited", raw.name));
                let help = "the policy of a directory can only be stricter; give the group another name";
                self.error(file, error.help(help));
            }
        }
    }

    /// The groups that the policy of a directory sees.
    fn groups_below(&mut self, below: &RepoPath) -> Groups {
        let (groups, errors) = resolve(self.groups.iter().filter(|group| below.is_within(&group.below)));
        self.errors.extend(errors);
        groups
    }

    fn severity(&mut self, raw: &RawSeverity, file: &PolicyFile, below: &RepoPath) {
        let own = raw.entry.as_deref().is_some_and(|entry| {
            self.entries
                .iter()
                .any(|old| old.raw.rule == raw.rule && old.raw.name.get_ref() == entry && old.below == below)
        });
        let raises = !below.is_root() && !own;
        if raises && self.floor(raw, below).is_some_and(|floor| raw.level < floor) {
            if file.pack.is_none() {
                let error = OptionError::new(raw.key, "the severity is lower than the inherited one");
                self.error(file.file, error.help("the policy of a directory can only be stricter"));
            }
            return;
        }
        let (rule, entry) = (raw.rule.clone(), raw.entry.clone());
        let line =
            LevelLine { rule, entry, level: raw.level, file: file.file, key: raw.key, below: below.clone(), raises };
        self.severity.add(line);
    }

    /// The level below which a directory's policy may not go; `None` where the rule does not run yet.
    fn floor(&self, raw: &RawSeverity, below: &RepoPath) -> Option<Level> {
        let runs = |old: &Merged<'_>| {
            old.raw.rule == raw.rule
                && below.is_within(old.below)
                && raw.entry.as_deref().is_none_or(|entry| old.raw.name.get_ref() == entry)
        };
        let own = || self.rules.iter().find(|rule| rule.id == raw.rule).map(|rule| Level::At(rule.severity));
        let inherited = self.severity.level(&raw.rule, raw.entry.as_deref(), below);
        inherited.or_else(|| self.entries.iter().any(runs).then(own).flatten())
    }

    /// Types the merged options.
    pub(super) fn finish(mut self, trees: &[PolicyTree], used: PolicyUsed) -> Result<Policy, Vec<PolicyError>> {
        self.check_severities();
        let modules = self.modules(trees);
        let inline = self.inline(trees);
        let undecided = self.undecided(trees);
        let groups: BTreeMap<&RepoPath, Groups> =
            trees.iter().map(|tree| (&tree.below, self.groups_below(&tree.below))).collect();
        let exceptions = self.exceptions(trees, &groups);
        let mut entries = Vec::new();
        for merged in std::mem::take(&mut self.entries) {
            let groups = &groups[merged.below];
            match merged.type_common(self.rules, groups) {
                Ok(entry) => entries.push(entry),
                Err(errors) => self.errors.extend(errors),
            }
        }
        let Self { severity, groups, errors, .. } = self;
        if errors.is_empty() {
            let (narrowing, files) = (Narrowing::default(), Vec::new());
            Ok(Policy { entries, groups, severity, undecided, exceptions, inline, modules, narrowing, used, files })
        } else {
            Err(errors)
        }
    }

    fn check_severities(&mut self) {
        let unknown = |line: &LevelLine| {
            let found = self.check_entry(&line.rule, line.entry.as_deref(), line.key);
            let error = found.and_then(|()| self.check_level(line)).err()?;
            Some(PolicyError::new(line.file, error))
        };
        let errors: Vec<_> = self.severity.lines().iter().filter_map(unknown).collect();
        self.errors.extend(errors);
    }

    /// Whether a level for a whole rule changes anything: a rule that needs an entry must have one.
    fn check_level(&self, line: &LevelLine) -> Result<(), OptionError> {
        let rule = &line.rule;
        let needs_entry = self.rules.iter().any(|known| known.id == rule && !known.stands_alone);
        let has_entry = || self.entries.iter().any(|entry| entry.raw.rule == *rule);
        if !needs_entry || !self.complete || has_entry() {
            return Ok(());
        }
        let error =
            OptionError::new(line.key, format!("this severity has no effect: `{rule}` does nothing without an entry"));
        Err(error.help(format!("add an entry `[[{rule}]]`, or remove the line; `modwarden explain {rule}` shows one")))
    }

    /// Whether the rule has an entry of this name.
    fn check_entry(&self, rule: &str, entry: Option<&str>, span: Span) -> Result<(), OptionError> {
        let Some(entry) = entry else { return Ok(()) };
        let names: Vec<&str> =
            self.entries.iter().filter(|old| old.raw.rule == rule).map(|old| old.raw.name.get_ref().as_str()).collect();
        if names.contains(&entry) || !self.complete {
            return Ok(());
        }
        let help = did_you_mean(entry, names);
        Err(OptionError { span, message: format!("`{rule}` has no entry called `{entry}`"), help })
    }

    fn modules(&mut self, trees: &[PolicyTree]) -> ExtraModules {
        let mut modules = ExtraModules::default();
        for (tree, file) in files_of(trees) {
            let Some((list, raw)) = &file.modules else { continue };
            let compiled = if tree.below.is_root() {
                ExtraModules::compile(list, raw)
            } else {
                let error = OptionError::new(raw.key, "the policy of a directory cannot have `modules`");
                Err(vec![error.help("write them in the policy at the root")])
            };
            match compiled {
                Ok(compiled) => modules = compiled,
                Err(errors) => errors.into_iter().for_each(|error| self.error(file.file, error)),
            }
        }
        modules
    }

    /// A directory may deny comments that its parents let count, and never the other way round.
    fn inline(&mut self, trees: &[PolicyTree]) -> InlineExceptions {
        let mut inline = InlineExceptions::default();
        for (tree, file) in files_of(trees) {
            match &file.inline {
                None => {}
                Some((choice, raw)) if tree.below.is_root() => {
                    inline.root = Some(*choice);
                    inline.raw = Some(raw.clone());
                }
                Some((InlineChoice::Deny, _)) => inline.denied.push(tree.below.clone()),
                Some((InlineChoice::Allow, raw)) => {
                    let error =
                        OptionError::new(raw.value.span().into(), "the policy of a directory cannot say `allow`");
                    self.error(
                        file.file,
                        error.help("the policy of a directory can only be stricter; it may say `deny`"),
                    );
                }
            }
        }
        inline
    }

    /// A directory may let its own entries pass, and make the run fail where its parents let it pass.
    fn undecided(&mut self, trees: &[PolicyTree]) -> UndecidedChoices {
        let mut choices = UndecidedChoices::default();
        for (tree, file) in files_of(trees) {
            for raw in &file.undecided {
                let RawUndecided { rule, entry, key, choice } = raw.clone();
                let checked = rule.as_deref().map_or(Ok(()), |rule| self.check_entry(rule, entry.as_deref(), key));
                checked.unwrap_or_else(|error| self.error(file.file, error));
                let is_own = |old: &Merged<'_>| {
                    Some(old.raw.rule) == rule.as_deref()
                        && Some(old.raw.name.get_ref()) == entry.as_ref()
                        && *old.below == tree.below
                };
                let tightens = !tree.below.is_root() && !self.entries.iter().any(is_own);
                if tightens && choice == UndecidedChoice::Pass {
                    if file.pack.is_none() {
                        let error = OptionError::new(key, "the policy of a directory cannot say `pass`");
                        self.error(
                            file.file,
                            error.help("the policy of a directory can only be stricter; it may say `fail`"),
                        );
                    }
                    continue;
                }
                let (file, below) = (file.file, tree.below.clone());
                choices.add(UndecidedLine { rule, entry, choice, file, key, below, tightens });
            }
        }
        choices
    }

    fn exceptions(&mut self, trees: &[PolicyTree], groups: &BTreeMap<&RepoPath, Groups>) -> Vec<Exception> {
        let mut exceptions = Vec::new();
        for (tree, file) in files_of(trees) {
            for (header, raw) in &file.exceptions {
                let place = ListPlace { file: file.file, groups: &groups[&tree.below], captures: None };
                let (exception, errors) = Exception::new(raw.clone(), place, *header, tree.below.clone());
                let target = self.check_target(&exception).err().filter(|_| !exception.rule.is_empty());
                errors.into_iter().chain(target).for_each(|error| self.error(file.file, error));
                exceptions.push(exception);
            }
        }
        exceptions
    }

    fn check_target(&self, exception: &Exception) -> Result<(), OptionError> {
        check_rule(&exception.rule, exception.span, self.rules)?;
        self.check_entry(&exception.rule, exception.entry.as_deref(), exception.span)?;
        let owns = |old: &Merged<'_>| {
            old.raw.rule == exception.rule
                && Some(old.raw.name.get_ref()) == exception.entry.as_ref()
                && *old.below == exception.below
        };
        if exception.below.is_root() || self.entries.iter().any(owns) {
            return Ok(());
        }
        let error = OptionError::new(exception.span, "this exception is from an inherited entry");
        Err(error.help("the policy of a directory can only be stricter; add it to the policy at the root"))
    }
}

fn files_of(trees: &[PolicyTree]) -> impl Iterator<Item = (&PolicyTree, &PolicyFile)> {
    trees.iter().flat_map(|tree| tree.files.iter().map(move |file| (tree, file)))
}

type Strings = Vec<Spanned<String>>;

/// The keys that entries of every rule may have.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CommonKeys {
    from: Option<Strings>,
    files: Option<Strings>,
    modules: Option<Strings>,
    tests: Inclusion,
    generated: Inclusion,
    tags: Option<Vec<String>>,
    reason: Option<String>,
    #[serde(rename = "use")]
    use_: Option<String>,
    docs: Option<String>,
}

impl Merged<'_> {
    fn type_common(self, rules: &[RuleInfo], groups: &Groups) -> Result<Entry, Vec<PolicyError>> {
        let RawEntry { rule, name, attributes: mut options } = self.raw;
        let common = options.split_off(&COMMON_KEYS);
        let (fields, mut errors) = common.partly::<CommonKeys>(&COMMON_KEYS, &COMMON_KEYS);
        let common = common.of_entry(self.last, name.span().into(), groups);
        let scope = fields.scope(&common, &mut errors);
        let info = rules.iter().find(|known| known.id == rule);
        let binding = info.and_then(|known| known.binding);
        let options = options.of_entry(self.last, name.span().into(), groups);
        let options = options.with_captures(scope.from.as_ref(), binding, &mut errors);
        errors.extend(info.map(|known| (known.check)(&options)).unwrap_or_default());
        if !errors.is_empty() {
            return Err(errors.into_iter().map(|(file, error)| PolicyError::new(file, error)).collect());
        }
        Ok(Entry {
            rule,
            span: name.span().into(),
            name: name.into_inner(),
            scope,
            options,
            reason: fields.reason,
            use_: fields.use_,
            docs: fields.docs,
            file: self.last,
            below: self.below.clone(),
            common,
        })
    }
}

impl CommonKeys {
    /// Compiles the patterns, each list in the file it came from.
    fn scope(&self, raw: &RawOptions, errors: &mut Vec<(FileId, OptionError)>) -> Scope {
        let mut lists = PatternLists { raw, errors };
        Scope {
            from: lists.compile("from", self.from.as_deref(), PackagePatterns::compile_binding),
            captured: None,
            files: lists.compile("files", self.files.as_deref(), FileGlobs::compile_in),
            modules: lists.compile("modules", self.modules.as_deref(), ModulePatterns::compile_in),
            tests: self.tests,
            generated: self.generated,
            tags: self.tags.clone(),
        }
    }
}

type CompileList<P> = fn(&[Spanned<String>], ListPlace<'_>) -> Result<P, Vec<OptionError>>;

/// The lists of patterns of one entry, and their mistakes.
struct PatternLists<'l> {
    raw: &'l RawOptions,
    errors: &'l mut Vec<(FileId, OptionError)>,
}

impl PatternLists<'_> {
    fn compile<P>(&mut self, key: &str, list: Option<&[Spanned<String>]>, compile: CompileList<P>) -> Option<P> {
        let place = self.raw.list_place(key)?;
        match compile(list?, place) {
            Ok(patterns) => Some(patterns),
            Err(errors) => {
                self.errors.extend(errors.into_iter().map(|error| (place.file, error)));
                None
            }
        }
    }
}
