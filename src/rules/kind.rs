//! The trait of all rules, and how the registry holds rules of different types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::captured::CapturedRule;
use super::{Context, Facts, GatheredState, Locality, Need};
use crate::finding::{OpenQuestion, RuleMeta, Violation};
use crate::policy::{
    CapturePattern, FileGlobs, GoVersions, ListPlace, ModulePattern, ModulePatterns, OptionError, PackagePatterns,
    RawOptions,
};
use crate::text::{FileId, RepoPath, Span};

/// A rule, with the options of one policy entry.
pub trait Rule: Sized + Send + Sync + 'static {
    /// The part that does not depend on the policy.
    const META: RuleMeta;

    /// Whether the rule says something without an entry in the policy.
    const STANDS_ALONE: bool;

    /// The rules that give a better message for the same fault. A finding of this rule is dropped where one of them
    /// has a finding that is at least as severe, so that there are never two for one fault.
    const YIELDS_TO: &'static [&'static str] = &[];

    /// The list whose captures the other lists of an entry can use, where `from` has none.
    const BINDING: Option<&'static str> = None;

    /// The facts that it reads: it can read no others. Those that are costly are gathered only where a rule asks for them.
    type Facts<'m>: Facts<'m>;

    /// The options of an entry. Every field has a default; `new` rejects entries without a needed option.
    type Options: DeserializeOwned + Default + JsonSchema;

    /// Checks the options once: compiles patterns, rejects impossible values. Rejections go to the binder; the returned
    /// value is used only if there were none.
    fn new(options: Self::Options, binder: &mut Binder<'_>) -> Self;

    /// Whether it asks for its facts with these options. One that does not always ask has them as an `Option`.
    fn asks(&self) -> bool {
        true
    }

    /// Returns all violations. A pure function of the facts in scope.
    fn check<'m>(&self, cx: &Context<'m, Self::Facts<'m>>) -> Vec<Violation>;

    /// Passes on the violations of [`Rule::check`] one by one. A rule that can find a million faults does it without a
    /// list of them all, because the engine makes a larger value of each.
    fn check_each<'m>(&self, cx: &Context<'m, Self::Facts<'m>>, take: &mut dyn FnMut(Violation)) {
        self.check(cx).into_iter().for_each(take);
    }

    /// Returns the questions that the rule could not decide from the facts in scope, with remedies. Like
    /// [`Rule::check`] it is a pure function. A question belongs to the rule that cannot answer it: a rule that can
    /// decide anyway asks nothing.
    fn open_questions<'m>(&self, _: &Context<'m, Self::Facts<'m>>) -> Vec<OpenQuestion> {
        Vec::new()
    }
}

/// The options of a rule whose entries have none of their own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NoOptions {}

/// A rule whose type is forgotten. It passes over a state for which its facts were not gathered.
pub trait Check: Send + Sync {
    /// Which facts must be gathered for it.
    fn needs(&self) -> Vec<Need>;

    /// On which facts its verdicts depend, with its options.
    fn locality(&self) -> Locality;

    /// See [`Rule::check_each`].
    fn check_each<'m>(&self, cx: Context<'m>, state: GatheredState<'m>, take: &mut dyn FnMut(Violation));

    /// See [`Rule::open_questions`].
    fn open_questions<'m>(&self, cx: Context<'m>, state: GatheredState<'m>) -> Vec<OpenQuestion>;
}

impl<R: Rule> Check for R {
    fn needs(&self) -> Vec<Need> {
        if self.asks() { R::Facts::needs() } else { Vec::new() }
    }

    fn locality(&self) -> Locality {
        if self.asks() { R::Facts::LOCALITY } else { R::Facts::LOCALITY_UNASKED }
    }

    fn check_each<'m>(&self, cx: Context<'m>, state: GatheredState<'m>, take: &mut dyn FnMut(Violation)) {
        if let Some(facts) = R::Facts::of(state) {
            Rule::check_each(self, &cx.with(facts), take);
        }
    }

    fn open_questions<'m>(&self, cx: Context<'m>, state: GatheredState<'m>) -> Vec<OpenQuestion> {
        R::Facts::of(state).map(|facts| Rule::open_questions(self, &cx.with(facts))).unwrap_or_default()
    }
}

/// A line of the registry.
#[derive(Debug)]
pub struct RuleKind {
    meta: &'static RuleMeta,
    stands_alone: bool,
    locality: Locality,
    yields_to: &'static [&'static str],
    binding: Option<&'static str>,
    schema: Option<fn() -> Schema>,
    bind: Option<Bind>,
    check: fn(&RawOptions) -> Errors,
}

type Errors = Vec<(FileId, OptionError)>;
type Bind = fn(&RawOptions) -> Result<Bound, Errors>;

impl RuleKind {
    /// The line of a rule.
    pub const fn of<R: Rule>() -> Self {
        Self {
            meta: &R::META,
            stands_alone: R::STANDS_ALONE,
            locality: <R::Facts<'static> as Facts<'static>>::LOCALITY_UNASKED,
            yields_to: R::YIELDS_TO,
            binding: R::BINDING,
            schema: Some(schema::<R>),
            bind: Some(bind::<R>),
            check: rejections::<R>,
        }
    }

    /// The line of a rule that the engine itself checks, on all that the other rules left. It has no entries.
    pub const fn of_engine(meta: &'static RuleMeta) -> Self {
        Self {
            meta,
            stands_alone: true,
            locality: Locality::Module,
            yields_to: &[],
            binding: None,
            schema: None,
            bind: None,
            check: has_no_entries,
        }
    }

    /// The metadata of the rule.
    pub fn meta(&self) -> &'static RuleMeta {
        self.meta
    }

    /// The rule's page, in Markdown: the output of `modwarden explain`.
    pub fn page(&self) -> String {
        let RuleMeta { id, family, summary, severity, page, .. } = self.meta;
        format!(
            "# {id}\n\n{summary}\n\nFamily: {}. Severity: {severity}, unless `[severity]` says otherwise.\n{page}",
            family.as_str()
        )
    }

    /// Whether the rule says something without an entry.
    pub fn stands_alone(&self) -> bool {
        self.stands_alone
    }

    /// The facts on which a verdict depends, unless options of an entry ask for more (`Check::locality`). The engine's own rules are
    /// not asked.
    pub fn locality(&self) -> Locality {
        self.locality
    }

    /// The ids of the rules whose findings count more at the same place.
    pub fn yields_to(&self) -> &'static [&'static str] {
        self.yields_to
    }

    /// The list whose captures the other lists of an entry can use, where `from` has none.
    pub fn binding(&self) -> Option<&'static str> {
        self.binding
    }

    /// The schema of an entry's options; `None` for a rule without entries.
    pub fn schema(&self) -> Option<Schema> {
        self.schema.map(|schema| schema())
    }

    /// The names of the options.
    pub fn option_names(&self) -> Vec<String> {
        let schema = self.schema();
        let properties = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
        properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
    }

    /// Says all that is wrong with the options of an entry.
    pub fn check_options(&self) -> fn(&RawOptions) -> Vec<(FileId, OptionError)> {
        self.check
    }

    /// Types the options of an entry, and makes the rule, or says all that is wrong with them, file by file. `None`
    /// for a rule without entries.
    pub fn bind(&self, options: &RawOptions) -> Option<Result<Bound, Vec<(FileId, OptionError)>>> {
        self.bind.map(|bind| bind(options))
    }
}

fn schema<R: Rule>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<R::Options>()
}

fn bind<R: Rule>(raw: &RawOptions) -> Result<Bound, Errors> {
    let (rule, Binder { errors, lists, .. }) = made::<R>(raw);
    if !errors.is_empty() {
        return Err(errors);
    }
    let rule: Box<dyn Check> = match raw.bindings() {
        Some(_) => Box::new(CapturedRule { options: raw.clone(), any: rule }),
        None => Box::new(rule),
    };
    Ok(Bound { rule, lists })
}

/// The rule with these options; `None` if there is a mistake in them.
pub(super) fn bind_rule<R: Rule>(raw: &RawOptions) -> Option<R> {
    let (rule, binder) = made::<R>(raw);
    binder.errors.is_empty().then_some(rule)
}

fn made<R: Rule>(raw: &RawOptions) -> (R, Binder<'_>) {
    let names = RuleKind::of::<R>().option_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (options, errors) = raw.deserialize::<R::Options>(&names);
    let mut binder = Binder { raw, errors, lists: Vec::new() };
    (R::new(options, &mut binder), binder)
}

fn rejections<R: Rule>(raw: &RawOptions) -> Errors {
    bind::<R>(raw).err().unwrap_or_default()
}

fn has_no_entries(raw: &RawOptions) -> Errors {
    let help = "give the rule a level in `[severity]`";
    let error = |(file, span)| (file, OptionError::new(span, "this rule has no entries").help(help));
    raw.place().map(error).into_iter().collect()
}

/// A rule with its options, and the patterns in them.
pub struct Bound {
    /// The rule.
    pub rule: Box<dyn Check>,
    /// Every list of patterns in its options, for the question whether they can match anything.
    pub lists: Vec<BoundList>,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("lists", &self.lists).finish_non_exhaustive()
    }
}

/// A list of patterns in an entry's options, and the kind of name that it is compared with.
#[derive(Clone, Debug)]
pub enum BoundList {
    /// Patterns on packages.
    Packages(Role, PackagePatterns),
    /// Patterns on modules.
    Modules(ModuleRole, ModulePatterns),
    /// Globs on files.
    Files(FileGlobs),
    /// Directories, by their paths from the root.
    Directories(Vec<BoundDirectory>),
    /// Patterns on directories of modules with packages.
    Containers(PackagePatterns),
    /// Patterns on packages, as they are seen from such directories.
    Within {
        /// The directories.
        containers: PackagePatterns,
        /// The packages.
        packages: PackagePatterns,
    },
}

/// A directory that an option names.
#[derive(Clone, Debug)]
pub struct BoundDirectory {
    /// The directory.
    pub path: RepoPath,
    /// The text as written.
    pub text: String,
    /// The policy file.
    pub file: FileId,
    /// The string in it.
    pub span: Span,
}

/// Which package of an import the patterns of a list are compared with, and the purpose of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The imported one. The entry is about these packages, so that without them it judges nothing.
    Imported,
    /// The imported one. These packages pass.
    Passing,
    /// The imported one. These packages pass, and all others are denied.
    Allowed,
    /// The importing one.
    Importer,
    /// An imported one that need not be in the repository.
    Absent,
}

/// Which module a pattern on modules is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleRole {
    /// One that a line of a module file names by its path.
    Named,
    /// One that a `replace` line puts in place: a module by its path, or a directory of the repository, as
    /// `./forks/mux`.
    Replacing,
}

/// Turns the options of one entry into patterns and collects their mistakes.
#[derive(Debug)]
pub struct Binder<'a> {
    raw: &'a RawOptions,
    errors: Errors,
    lists: Vec<BoundList>,
}

impl Binder<'_> {
    /// Compiles the package patterns of the option `key`.
    pub fn packages(&mut self, key: &str, list: &[Spanned<String>], role: Role) -> PackagePatterns {
        let patterns = self.compile(key, list, PackagePatterns::compile_in);
        self.lists.push(BoundList::Packages(role, patterns.clone()));
        patterns
    }

    /// Compiles package patterns of the option `key` that may match nothing.
    pub(crate) fn optional_packages(&mut self, key: &str, list: &[Spanned<String>]) -> PackagePatterns {
        self.compile(key, list, PackagePatterns::compile_in)
    }

    /// Compiles the patterns of the option `key` on directories.
    pub(crate) fn containers(&mut self, key: &str, list: &[Spanned<String>]) -> PackagePatterns {
        let patterns = self.compile(key, list, PackagePatterns::compile_in);
        self.lists.push(BoundList::Containers(patterns.clone()));
        patterns
    }

    /// Compiles the patterns of the option `key` on packages as they are seen from some directories.
    pub(crate) fn packages_within(
        &mut self,
        key: &str,
        list: &[Spanned<String>],
        containers: &PackagePatterns,
    ) -> PackagePatterns {
        let packages = self.compile(key, list, PackagePatterns::compile_in);
        self.lists.push(BoundList::Within { containers: containers.clone(), packages: packages.clone() });
        packages
    }

    /// Compiles the pattern with captures of the option `key`.
    pub(crate) fn captures(&mut self, key: &str, text: Option<&Spanned<String>>) -> Option<CapturePattern> {
        let place = self.raw.list_place(key)?;
        match CapturePattern::compile(text?, place) {
            Ok(pattern) => {
                self.lists.push(BoundList::Packages(Role::Importer, pattern.packages()));
                Some(pattern)
            }
            Err(error) => {
                self.errors.push((place.file, error));
                None
            }
        }
    }

    /// Compiles the patterns of the option `key` on modules that lines of module files name.
    pub fn modules(&mut self, key: &str, list: &[Spanned<String>]) -> ModulePatterns {
        self.modules_as(key, list, ModuleRole::Named)
    }

    /// Compiles the patterns of the option `key` on modules in this role.
    pub fn modules_as(&mut self, key: &str, list: &[Spanned<String>], role: ModuleRole) -> ModulePatterns {
        let patterns = self.compile(key, list, ModulePatterns::compile_in);
        self.lists.push(BoundList::Modules(role, patterns.clone()));
        patterns
    }

    /// The directories that the option `key` names.
    pub fn directories(&mut self, key: &str, list: &[Spanned<String>]) -> Vec<RepoPath> {
        let Some(file) = self.raw.get(key).map(|option| option.file) else { return Vec::new() };
        let bound = list.iter().map(|item| BoundDirectory {
            path: RepoPath::new(item.get_ref()),
            text: item.get_ref().clone(),
            file,
            span: item.span().into(),
        });
        let bound: Vec<BoundDirectory> = bound.collect();
        let paths = bound.iter().map(|directory| directory.path.clone()).collect();
        self.lists.push(BoundList::Directories(bound));
        paths
    }

    /// Compiles module patterns. Each that is not negated must have a version constraint, as in `example`.
    pub fn constraints(&mut self, key: &str, list: &[Spanned<String>], example: &str) -> ModulePatterns {
        let modules = self.modules(key, list);
        let without = modules.iter().filter(|it| !it.path().is_negated() && !it.path().text().contains('@'));
        for path in without.map(ModulePattern::path) {
            let error = OptionError::new(path.span(), "the version of the module is missing");
            self.errors.push((path.file(), error.help(format!("write `{}{example}`", path.text()))));
        }
        modules
    }

    /// Compiles the Go versions that the option `key` admits.
    pub fn go_versions(&mut self, key: &str, text: Option<&Spanned<String>>) -> Option<GoVersions> {
        match GoVersions::compile(text?) {
            Ok(versions) => Some(versions),
            Err(error) => {
                self.reject(key, error);
                None
            }
        }
    }

    /// Compiles the globs on files of the option `key`.
    pub fn files(&mut self, key: &str, list: &[Spanned<String>]) -> FileGlobs {
        let globs = self.compile(key, list, FileGlobs::compile_in);
        self.lists.push(BoundList::Files(globs.clone()));
        globs
    }

    /// Rejects the entry as a whole where something that it needs is missing. Where an option is wrong already, that
    /// may be why.
    pub fn require(&mut self, holds: bool, message: &str, help: &str) {
        if let Some((file, span)) = self.raw.place().filter(|_| !holds && self.errors.is_empty()) {
            self.errors.push((file, OptionError::new(span, message).help(help)));
        }
    }

    /// Rejects the value of the option `key`.
    pub fn reject(&mut self, key: &str, error: OptionError) {
        // The option was just read, so it is there.
        self.errors.extend(self.raw.get(key).map(|option| (option.file, error)));
    }

    /// An option may come from another file than the entry's first line, after a merge.
    fn compile<T: Default>(&mut self, key: &str, list: &[Spanned<String>], compile: Compile<T>) -> T {
        let Some(place) = self.raw.list_place(key) else { return T::default() };
        compile(list, place).unwrap_or_else(|errors| {
            self.errors.extend(errors.into_iter().map(|error| (place.file, error)));
            T::default()
        })
    }
}

type Compile<T> = fn(&[Spanned<String>], ListPlace<'_>) -> Result<T, Vec<OptionError>>;
