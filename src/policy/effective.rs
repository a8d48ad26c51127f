//! The effective policy: every file merged, every value but the rules' own options typed.

use std::sync::Arc;

use toml::Spanned;

use super::merge::Merge;
use super::sources::{self, Reading};
use super::{
    Exception, FileGlob, FileGlobs, Group, InlineExceptions, Narrowing, OptionError, PolicyError, RawOption,
    RawOptions, RawValue, RuleInfo, Scope, Severities, UndecidedChoices,
};
use crate::finding::PolicyUsed;
use crate::text::{FileId, Files, Home, RepoPath, Span};

/// The demands on a repository. It enables exactly the rules that it names: entries, and rules that `[severity]` gives a
/// level.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The entries, those built on first.
    pub entries: Vec<Entry>,
    /// The named lists of patterns.
    pub(crate) groups: Vec<Group>,
    /// The severities.
    pub severity: Severities,
    /// Whether a run passes though a rule could not decide.
    pub undecided: UndecidedChoices,
    /// The exceptions.
    pub exceptions: Vec<Exception>,
    /// Which `//modwarden:allow` comments count.
    pub inline: InlineExceptions,
    /// Modules that the go command would not look for.
    pub modules: ExtraModules,
    /// The rules whose findings are reported.
    pub narrowing: Narrowing,
    /// Which policy this is.
    pub used: PolicyUsed,
    /// The files that make it up, packs included, in the order in which they apply: those of the root, then those of
    /// each directory that has a policy of its own, with that directory.
    pub files: Vec<(RepoPath, FileId)>,
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
    /// The options that the rule itself will type.
    pub options: RawOptions,
    /// Why, in the policy's words.
    pub reason: Option<String>,
    /// The recommended alternative.
    pub use_: Option<String>,
    /// A page about it.
    pub docs: Option<String>,
    /// The file that says the last of it.
    pub file: FileId,
    /// Its name there.
    pub span: Span,
    /// The directory that it is confined to: that of its policy.
    pub below: RepoPath,
    pub(super) common: RawOptions,
}

impl Entry {
    /// The build tags of its scope, each with its place.
    pub fn tags(&self) -> Vec<(FileId, &str, Span)> {
        let Some(option) = self.common.get("tags") else { return Vec::new() };
        let RawValue::Array(items) = option.value.get_ref() else { return Vec::new() };
        let text = |item: &'_ Spanned<RawValue>| match item.get_ref() {
            RawValue::String(_) => Some(item.span().into()),
            _ => None,
        };
        let spans = items.iter().filter_map(text);
        self.scope
            .tags
            .iter()
            .flatten()
            .map(String::as_str)
            .zip(spans)
            .map(|(tag, span)| (option.file, tag, span))
            .collect()
    }
}

/// Where modules are that the go command's patterns would skip.
#[derive(Clone, Debug, Default)]
pub struct ExtraModules {
    directories: FileGlobs,
    files: FileGlobs,
    raw: Option<RawOption>,
}

impl ExtraModules {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.directories.iter().chain(self.files.iter()).next().is_none()
    }

    /// Whether a `go.mod` in this directory makes it a module, although its name would hide it.
    pub fn holds(&self, directory: &RepoPath) -> bool {
        self.directories.find(directory.as_bytes()).is_some()
    }

    /// Whether this file takes the place of a `go.mod`.
    pub fn is_module_file(&self, path: &RepoPath) -> bool {
        self.files.find(path.as_bytes()).is_some()
    }

    /// The globs on directories and files.
    pub fn globs(&self) -> impl Iterator<Item = &FileGlob> {
        self.directories.iter().chain(self.files.iter())
    }

    /// The list as written.
    pub(super) fn raw(&self) -> Option<&RawOption> {
        self.raw.as_ref()
    }

    pub(super) fn compile(list: &[Spanned<String>], raw: &RawOption) -> Result<Self, Vec<OptionError>> {
        let names_file = |item: &Spanned<String>| item.get_ref().ends_with(".mod");
        let (files, directories): (Vec<_>, Vec<_>) = list.iter().cloned().partition(names_file);
        let directories = FileGlobs::compile(&directories, raw.file)?;
        Ok(Self { directories, files: FileGlobs::compile(&files, raw.file)?, raw: Some(raw.clone()) })
    }
}

/// Everything that a policy is made from.
pub struct PolicyInput<'i> {
    /// The policy at the root, or the one that `--policy` names; without any, and without packs, the pack `recommended`
    /// holds.
    pub root: Option<PolicyText>,
    /// The policies of directories, and a second one at the root if there is one, which is an error.
    pub nested: Vec<PolicyText>,
    /// The packs that apply as if the policy at the root extended them too, by name. Without such a policy they hold
    /// alone.
    pub packs: &'i [String],
    /// The rules there are.
    pub rules: &'i [RuleInfo],
    /// Reads a file that `extends` names, by its path and the home of the policy that it belongs to; `None` if
    /// there is none.
    pub read: ReadText<'i>,
}

/// Reads a policy; an error is in the words of the system.
pub(crate) type ReadText<'i> = &'i mut dyn FnMut(&RepoPath, Home) -> Result<Option<Arc<[u8]>>, String>;

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
    let nested = input.nested.iter().map(|nested| nested.path.to_string());
    let used = PolicyUsed {
        file: input.root.as_ref().map(|root| root.path.to_string()),
        packs: input.packs.to_vec(),
        nested: if input.root.is_some() { Vec::new() } else { nested.collect() },
    };
    let Reading { trees, errors, complete } = sources::read(input, files);
    let mut merge = Merge::new(rules, errors, complete);
    trees.iter().for_each(|tree| merge.tree(tree));
    let of_tree =
        |tree: &sources::PolicyTree| tree.files.iter().map(|file| (tree.below.clone(), file.file)).collect::<Vec<_>>();
    let texts = trees.iter().flat_map(of_tree).collect();
    let policy = merge.finish(&trees, used).map_err(|mut errors| {
        errors.sort();
        errors.dedup();
        errors
    })?;
    Ok(Policy { files: texts, ..policy })
}
