//! The effective policy: every file merged, every value but the rules' own options typed.
//!
//! The later file wins, attribute by attribute. Policies of directories come last and may only tighten.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::exception::Exception;
use super::file::{PolicyFile, RawEntry, RawSeverity};
use super::options::{COMMON_KEYS, OptionError, RawOption, RawOptions};
use super::severities::{Level, LevelLine, Severities};
use super::sources::{self, Tree};
use super::{FileGlobs, Inclusion, ModulePatterns, PackagePatterns, Scope, did_you_mean};
use crate::finding::PolicyUsed;
use crate::text::{FileId, Files, Home, RepoPath, Span};

pub use super::file::{PolicyError, RuleInfo};

/// What is asked of a repository. It turns on exactly what it names: entries, and rules that `[severity]` gives a
/// level.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The entries, those built on first.
    pub entries: Vec<Entry>,
    /// The severities.
    pub severity: Severities,
    /// The exceptions.
    pub exceptions: Vec<Exception>,
    /// Modules that the go command would not look for.
    pub modules: ExtraModules,
    /// Which policy this is.
    pub used: PolicyUsed,
}

/// One entry of a rule.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The rule.
    pub rule: &'static str,
    /// The name, unique for the rule within a directory's policy and those above.
    pub name: String,
    /// Where it applies.
    pub scope: Scope,
    /// What the rule itself will type.
    pub options: RawOptions,
    /// Why, in the policy's words.
    pub reason: Option<String>,
    /// What to use instead.
    pub use_: Option<String>,
    /// A page about it.
    pub docs: Option<String>,
    /// The file that says the last of it.
    pub file: FileId,
    /// Its name there.
    pub span: Span,
    /// The pack that it comes from, if it does.
    pub from_pack: Option<&'static str>,
    /// The directory that it is confined to: that of the policy it stands in.
    pub below: RepoPath,
    pub(super) common: RawOptions,
}

/// Where modules are that the go command's patterns would skip.
#[derive(Clone, Debug, Default)]
pub struct ExtraModules {
    directories: FileGlobs,
    files: FileGlobs,
    raw: Option<RawOption>,
}

impl ExtraModules {
    /// Whether a `go.mod` in this directory makes it a module, although its name would hide it.
    pub fn holds(&self, directory: &RepoPath) -> bool {
        self.directories.find(directory.as_bytes()).is_some()
    }

    /// Whether this file takes the place of a `go.mod`.
    pub fn is_module_file(&self, path: &RepoPath) -> bool {
        self.files.find(path.as_bytes()).is_some()
    }

    /// The list as written.
    pub(super) fn raw(&self) -> Option<&RawOption> {
        self.raw.as_ref()
    }

    fn compile(list: &[Spanned<String>], raw: &RawOption) -> Result<Self, Vec<OptionError>> {
        let names_file = |item: &Spanned<String>| item.get_ref().ends_with(".mod");
        let (files, directories): (Vec<_>, Vec<_>) = list.iter().cloned().partition(names_file);
        let directories = FileGlobs::compile(&directories, raw.file)?;
        Ok(Self { directories, files: FileGlobs::compile(&files, raw.file)?, raw: Some(raw.clone()) })
    }
}

/// Everything that a policy is made from.
pub struct PolicyInput<'i> {
    /// The policy at the root, or the one that `--policy` names; without any the pack `recommended` holds.
    pub root: Option<PolicyText>,
    /// The policies of directories, and a second one at the root if there is one, which is an error.
    pub nested: Vec<PolicyText>,
    /// The rules there are.
    pub rules: &'i [RuleInfo],
    /// Reads a file that `extends` names, by its path and the home of the policy that it belongs to; `None` if
    /// there is none.
    pub read: &'i mut dyn FnMut(&RepoPath, Home) -> Result<Option<Arc<[u8]>>, String>,
}

/// A policy file before it is parsed.
#[derive(Clone, Debug)]
pub struct PolicyText {
    /// The path, from the root or, for one outside, as given.
    pub path: RepoPath,
    /// In the repository or outside.
    pub home: Home,
    /// The content.
    pub text: Arc<[u8]>,
}

/// Reads, merges and checks a policy, and enters its files in `files`; yields every error, in order of file and place.
pub fn load(input: PolicyInput<'_>, files: &mut Files) -> Result<Policy, Vec<PolicyError>> {
    let rules = input.rules;
    let used = match &input.root {
        Some(root) => PolicyUsed::File(root.path.to_string()),
        None => PolicyUsed::Recommended,
    };
    let result = sources::read(input, files).and_then(|trees| {
        let mut merge = Merge { rules, entries: Vec::new(), severity: Severities::default(), errors: Vec::new() };
        trees.iter().for_each(|tree| merge.tree(tree));
        merge.finish(&trees, used)
    });
    result.map_err(|mut errors| {
        errors.sort();
        errors.dedup();
        errors
    })
}

/// An entry while files are laid over each other.
struct Merged<'t> {
    raw: RawEntry,
    first: &'t PolicyFile,
    last: FileId,
    below: &'t RepoPath,
}

struct Merge<'r, 't> {
    rules: &'r [RuleInfo],
    entries: Vec<Merged<'t>>,
    severity: Severities,
    errors: Vec<PolicyError>,
}

impl<'t> Merge<'_, 't> {
    /// Entries of all files come before severities, which may name them.
    fn tree(&mut self, tree: &'t Tree) {
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
                    error.help("the policy of a directory only tightens; add an entry of another name"),
                );
            }
        }
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
                let error = OptionError::new(raw.key, "a lower severity than the one inherited");
                self.error(file.file, error.help("the policy of a directory only tightens"));
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

    fn finish(mut self, trees: &[Tree], used: PolicyUsed) -> Result<Policy, Vec<PolicyError>> {
        self.check_severities();
        let modules = self.modules(trees);
        let exceptions = self.exceptions(trees);
        let mut entries = Vec::new();
        for merged in std::mem::take(&mut self.entries) {
            match merged.type_common(self.rules) {
                Ok(entry) => entries.push(entry),
                Err(errors) => self.errors.extend(errors),
            }
        }
        let Self { severity, errors, .. } = self;
        if errors.is_empty() { Ok(Policy { entries, severity, exceptions, modules, used }) } else { Err(errors) }
    }

    fn check_severities(&mut self) {
        let unknown = |line: &LevelLine| {
            let error = self.check_entry(&line.rule, line.entry.as_deref(), line.key).err()?;
            Some(PolicyError::new(line.file, error))
        };
        let errors: Vec<_> = self.severity.lines().iter().filter_map(unknown).collect();
        self.errors.extend(errors);
    }

    /// Whether the rule has an entry of this name.
    fn check_entry(&self, rule: &str, entry: Option<&str>, span: Span) -> Result<(), OptionError> {
        let Some(entry) = entry else { return Ok(()) };
        let names: Vec<&str> =
            self.entries.iter().filter(|old| old.raw.rule == rule).map(|old| old.raw.name.get_ref().as_str()).collect();
        if names.contains(&entry) {
            return Ok(());
        }
        let help = did_you_mean(entry, names);
        Err(OptionError { span, message: format!("`{rule}` has no entry called `{entry}`"), help })
    }

    fn modules(&mut self, trees: &[Tree]) -> ExtraModules {
        let mut modules = ExtraModules::default();
        for (tree, file) in files_of(trees) {
            let Some((list, raw)) = &file.modules else { continue };
            let compiled = if tree.below.is_root() {
                ExtraModules::compile(list, raw)
            } else {
                let error = OptionError::new(raw.key, "`modules` in the policy of a directory");
                Err(vec![error.help("name them in the policy at the root")])
            };
            match compiled {
                Ok(compiled) => modules = compiled,
                Err(errors) => errors.into_iter().for_each(|error| self.error(file.file, error)),
            }
        }
        modules
    }

    fn exceptions(&mut self, trees: &[Tree]) -> Vec<Exception> {
        let mut exceptions = Vec::new();
        for (tree, file) in files_of(trees) {
            for (header, raw) in &file.exceptions {
                let exception = Exception::new(raw.clone(), (file.file, *header), tree.below.clone());
                let checked = exception.and_then(|exception| {
                    self.check_target(&exception).map_err(|error| vec![error])?;
                    Ok(exception)
                });
                match checked {
                    Ok(exception) => exceptions.push(exception),
                    Err(errors) => errors.into_iter().for_each(|error| self.error(file.file, error)),
                }
            }
        }
        exceptions
    }

    fn check_target(&self, exception: &Exception) -> Result<(), OptionError> {
        super::file::check_rule(&exception.rule, exception.span, self.rules)?;
        self.check_entry(&exception.rule, exception.entry.as_deref(), exception.span)?;
        let owns = |old: &Merged<'_>| {
            old.raw.rule == exception.rule
                && Some(old.raw.name.get_ref()) == exception.entry.as_ref()
                && *old.below == exception.below
        };
        if exception.below.is_root() || self.entries.iter().any(owns) {
            return Ok(());
        }
        let error = OptionError::new(exception.span, "an exception to what is inherited");
        Err(error.help("the policy of a directory only tightens; ask for it in the policy at the root"))
    }
}

fn files_of(trees: &[Tree]) -> impl Iterator<Item = (&Tree, &PolicyFile)> {
    trees.iter().flat_map(|tree| tree.files.iter().map(move |file| (tree, file)))
}

type Strings = Vec<Spanned<String>>;

/// The keys that entries of every rule may have.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Common {
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
    fn type_common(self, rules: &[RuleInfo]) -> Result<Entry, Vec<PolicyError>> {
        let RawEntry { rule, name, attributes: mut options } = self.raw;
        let common = options.split_off(&COMMON_KEYS);
        let mut errors: Vec<(FileId, OptionError)> =
            rules.iter().find(|known| known.id == rule).map(|known| (known.check)(&options)).unwrap_or_default();
        let typed = common.deserialize_table::<Common>(&COMMON_KEYS).and_then(|fields| {
            let scope = fields.scope(&common)?;
            Ok((fields, scope))
        });
        let (fields, scope) = match typed {
            Ok(typed) if errors.is_empty() => typed,
            typed => {
                errors.extend(typed.err().into_iter().flatten());
                return Err(errors.into_iter().map(|(file, error)| PolicyError::new(file, error)).collect());
            }
        };
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
            from_pack: self.first.pack,
            below: self.below.clone(),
            common,
        })
    }
}

impl Common {
    /// Compiles the patterns, each list in the file it came from.
    fn scope(&self, raw: &RawOptions) -> Result<Scope, Vec<(FileId, OptionError)>> {
        let mut errors = Vec::new();
        let mut scope =
            Scope { tests: self.tests, generated: self.generated, tags: self.tags.clone(), ..Scope::default() };
        let mut lists = Lists { raw, errors: &mut errors };
        scope.from = lists.compile("from", self.from.as_deref(), PackagePatterns::compile);
        scope.files = lists.compile("files", self.files.as_deref(), FileGlobs::compile);
        scope.modules = lists.compile("modules", self.modules.as_deref(), ModulePatterns::compile);
        if errors.is_empty() { Ok(scope) } else { Err(errors) }
    }
}

struct Lists<'l> {
    raw: &'l RawOptions,
    errors: &'l mut Vec<(FileId, OptionError)>,
}

impl Lists<'_> {
    fn compile<P>(
        &mut self,
        key: &str,
        list: Option<&[Spanned<String>]>,
        compile: fn(&[Spanned<String>], FileId) -> Result<P, Vec<OptionError>>,
    ) -> Option<P> {
        let file = self.raw.get(key)?.file;
        match compile(list?, file) {
            Ok(patterns) => Some(patterns),
            Err(errors) => {
                self.errors.extend(errors.into_iter().map(|error| (file, error)));
                None
            }
        }
    }
}
