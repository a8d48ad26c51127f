//! What a rule is, and how the registry holds rules of different types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::Context;
use crate::finding::{RuleMeta, Violation};
use crate::policy::{ModulePattern, ModulePatterns, OptionError, PackagePatterns, Pattern, PolicyError, RawOptions};
use crate::text::FileId;

/// A rule, with the options of one policy entry.
pub trait Rule: Sized + Send + Sync + 'static {
    /// What does not depend on the policy.
    const META: RuleMeta;

    /// Whether the rule says something without an entry in the policy.
    const STANDS_ALONE: bool;

    /// The options of an entry. Every field has a default; what is missing and needed is rejected by `new`.
    type Options: DeserializeOwned + Default + JsonSchema;

    /// Checks the options once: compiles patterns, rejects what cannot hold. Rejections go to the binder; what is
    /// returned is used only if there were none.
    fn new(options: Self::Options, binder: &mut Binder<'_>) -> Self;

    /// Says what breaks the rule. A pure function of the facts in scope.
    fn check(&self, cx: &Context<'_>) -> Vec<Violation>;
}

/// A rule whose type is forgotten.
pub trait Check: Send + Sync {
    /// See [`Rule::check`].
    fn check(&self, cx: &Context<'_>) -> Vec<Violation>;
}

impl<R: Rule> Check for R {
    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        Rule::check(self, cx)
    }
}

/// A line of the registry.
#[derive(Debug)]
pub struct RuleKind {
    meta: &'static RuleMeta,
    stands_alone: bool,
    schema: Option<fn() -> Schema>,
    bind: Option<Bind>,
}

type Bind = fn(&RawOptions, FileId) -> Result<Bound, Vec<PolicyError>>;

impl RuleKind {
    /// The line of a rule.
    pub const fn of<R: Rule>() -> Self {
        Self { meta: &R::META, stands_alone: R::STANDS_ALONE, schema: Some(schema::<R>), bind: Some(bind::<R>) }
    }

    /// The line of a rule that the engine itself checks, on all that the other rules left. It has no entries.
    pub const fn of_engine(meta: &'static RuleMeta) -> Self {
        Self { meta, stands_alone: true, schema: None, bind: None }
    }

    /// What the rule says of itself.
    pub fn meta(&self) -> &'static RuleMeta {
        self.meta
    }

    /// Whether the rule says something without an entry.
    pub fn stands_alone(&self) -> bool {
        self.stands_alone
    }

    /// Whether the engine itself checks it, so that it has no entries.
    pub fn is_of_engine(&self) -> bool {
        self.bind.is_none()
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

    /// Types the options of an entry that begins in `file`, and makes the rule.
    pub fn bind(&self, options: &RawOptions, file: FileId) -> Option<Result<Bound, Vec<PolicyError>>> {
        self.bind.map(|bind| bind(options, file))
    }
}

fn schema<R: Rule>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<R::Options>()
}

fn bind<R: Rule>(raw: &RawOptions, file: FileId) -> Result<Bound, Vec<PolicyError>> {
    let names = RuleKind::of::<R>().option_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let options = raw.deserialize::<R::Options>(&names).map_err(|errors| {
        errors.into_iter().map(|(file, error)| error.in_file(file)).collect::<Vec<PolicyError>>()
    })?;
    let mut binder = Binder { raw, file, errors: Vec::new(), patterns: Vec::new() };
    let rule = R::new(options, &mut binder);
    if binder.errors.is_empty() {
        Ok(Bound { rule: Box::new(rule), patterns: binder.patterns })
    } else {
        Err(binder.errors)
    }
}

/// A rule with its options, and the patterns in them.
pub struct Bound {
    /// The rule.
    pub rule: Box<dyn Check>,
    /// Every pattern of its options, for the question whether it can match anything.
    pub patterns: Vec<BoundPattern>,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("patterns", &self.patterns).finish_non_exhaustive()
    }
}

/// A pattern of an entry's options, and what it is held against.
#[derive(Clone, Debug)]
pub enum BoundPattern {
    /// One on packages.
    Package(Role, Pattern),
    /// One on modules.
    Module(ModulePattern),
}

/// Which package of an import a pattern is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The imported one.
    Imported,
    /// The importing one.
    Importer,
}

/// Turns the options of one entry into patterns and collects what is wrong with them.
#[derive(Debug)]
pub struct Binder<'a> {
    raw: &'a RawOptions,
    file: FileId,
    errors: Vec<PolicyError>,
    patterns: Vec<BoundPattern>,
}

impl Binder<'_> {
    /// Compiles the package patterns of the option `key`.
    pub fn packages(&mut self, key: &str, list: &[Spanned<String>], role: Role) -> PackagePatterns {
        let compiled = PackagePatterns::compile(list, self.file_of(key));
        let patterns = self.accept(key, compiled);
        self.patterns.extend(patterns.iter().map(|pattern| BoundPattern::Package(role, pattern.clone())));
        patterns
    }

    /// Compiles the module patterns of the option `key`.
    pub fn modules(&mut self, key: &str, list: &[Spanned<String>]) -> ModulePatterns {
        let compiled = ModulePatterns::compile(list, self.file_of(key));
        let patterns = self.accept(key, compiled);
        self.patterns.extend(patterns.iter().cloned().map(BoundPattern::Module));
        patterns
    }

    /// Rejects the entry as a whole: something that it needs is missing.
    pub fn require(&mut self, holds: bool, message: &str, help: &str) {
        if !holds {
            let span = self.raw.header();
            let error = OptionError { span, message: message.to_owned(), help: Some(help.to_owned()) };
            self.errors.push(error.in_file(self.file));
        }
    }

    /// Rejects the value of the option `key`.
    pub fn reject(&mut self, key: &str, error: OptionError) {
        let file = self.file_of(key);
        self.errors.push(error.in_file(file));
    }

    fn accept<T: Default>(&mut self, key: &str, compiled: Result<T, Vec<OptionError>>) -> T {
        compiled.unwrap_or_else(|errors| {
            let file = self.file_of(key);
            self.errors.extend(errors.into_iter().map(|error| error.in_file(file)));
            T::default()
        })
    }

    /// The file that gave the option: after a merge not always the one in which the entry begins.
    fn file_of(&self, key: &str) -> FileId {
        self.raw.file_of(key).unwrap_or(self.file)
    }
}
