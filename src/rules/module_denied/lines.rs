//! Lines other than `require` that add a denied module to a build: `replace`, `tool`, `use`, lines of modules.txt, and
//! modules that are only in the module graph.

use super::through::Denied;
use super::{Denial, DeniedContext, ModuleDenied, ModuleScope};
use crate::finding::{Evidence, IdentitySubject, Label, OpenQuestion, Violation};
use crate::go::{ModulePath, Version};
use crate::model::{
    Built, Directness, Directory, GraphFacts, ListingReason, Module, ModuleGraph, Replacement, Requirement,
    ResolutionKind, Vendor, Workspace,
};
use crate::rules::context::GUESS;
use crate::rules::identity::{at_module, at_vendor, at_workspace, module_name};
use crate::rules::module_line::LineHolder;
use crate::rules::open::{Cause, cause_of_graph};
use crate::rules::residual::module_label;
use crate::text::{FileId, Span};

/// A line that adds a module to the build, and the words of its finding.
struct Brought<'m> {
    /// The module or workspace whose build it is, as identities name it.
    into: IdentitySubject,
    /// The denied module.
    path: &'m ModulePath,
    /// The word that distinguishes this finding from others about the same module.
    how: &'static str,
    primary: Label,
    message: String,
}

impl Brought<'_> {
    fn violation(self, cx: DeniedContext<'_>, verdict: Denial<'_>) -> Violation {
        let subject = self.into.to(&module_name(cx.model(), self.path.as_str())).fault(self.how);
        Violation {
            related: verdict.policy_line(),
            about: Some(self.path.to_string()),
            ..Violation::new(subject, self.message, self.primary)
        }
    }
}

impl ModuleDenied {
    /// The right side of a `replace` line: another module, or a directory whose go.mod declares a denied module. A line
    /// for the module itself at another version is checked with its requirement.
    pub(super) fn replacement(
        &self,
        cx: DeniedContext<'_>,
        holder: LineHolder<'_>,
        line: Replacement<'_>,
    ) -> Option<Violation> {
        let directory = line.directory();
        let stated = directory.as_ref().map(|dir| cx.directory(dir));
        let (path, version): (&ModulePath, Option<&Version>) = match (line.new_module(), &stated) {
            (Some((path, version)), _) if path != line.old() || self.pins_what_is_not_required(cx, holder, line) => {
                (path, Some(version))
            }
            (None, Some(Directory::Module(file))) if file.path() != Some(line.old()) => (file.path()?, None),
            _ => return None,
        };
        let verdict = match version {
            Some(_) => self.verdict(&cx.module_named(path.as_str()), version)?,
            // Allow-lists are about modules of others; a directory of the repository is its own.
            None => Denial::Denied(self.denying(&cx.module_named(path.as_str()), None)?),
        };
        let what = match version {
            Some(version) => format!("module `{path}` {version}"),
            None => format!("the directory `{line}`, whose go.mod declares the module `{path}`,"),
        };
        let message = format!("{what} {}, and this line replaces `{}` by it", verdict.in_words(), line.replaced());
        let primary = Label::new(line.file(), line.new_span(), "introduced here");
        Some(Brought { into: holder.identity(), path, how: "replace", primary, message }.violation(cx, verdict))
    }

    /// Whether a line gives another version of a module that no `require` line names: that is a line of go.mod, too.
    fn pins_what_is_not_required(&self, cx: DeniedContext<'_>, holder: LineHolder<'_>, line: Replacement<'_>) -> bool {
        let (_, mains) = graph_of(cx, holder);
        let mut requirements = mains.iter().flat_map(|main| main.requirements());
        self.scope == ModuleScope::Required && !requirements.any(|required| required.path() == line.old())
    }

    /// Modules that directories import which only `replace` lines put in place, and that no main module of the build requires.
    pub(super) fn of_replacements(&self, cx: DeniedContext<'_>, module: Module<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        if matches!(self.scope, ModuleScope::Vendored | ModuleScope::Graph) {
            return found;
        }
        for requirement in module.replaced_requirements() {
            let (path, version) = (requirement.path(), requirement.version());
            let Some(verdict) = self.verdict(&cx.module_named(path.as_str()), Some(version)) else { continue };
            let (line, file) = (requirement.line(), requirement.module().file());
            let message = format!(
                "module `{path}` {version} {}, and a directory that a `replace` line puts in place imports it",
                verdict.in_words()
            );
            let primary = Label::new(file, line.path.span.to(line.version.span), "required here");
            let into = at_module(module);
            found.push(Brought { into, path, how: "replaced", primary, message }.violation(cx, verdict));
        }
        found
    }

    /// The modules of the packages that `tool` lines name, where nothing else makes their requirement a direct one.
    pub(super) fn tools(&self, cx: DeniedContext<'_>, module: Module<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        for (tool, resolution) in module.tools() {
            let provider = resolution.module.as_ref().and_then(|path| module.requirement_on(path));
            let Some(requirement) = provider.filter(|_| resolution.kind == ResolutionKind::Module) else { continue };
            let is_own = requirement.module() == module;
            if self.scope == ModuleScope::Vendored || (is_own && self.scope.directness(requirement).counts()) {
                continue;
            }
            let (path, version) = (requirement.path(), requirement.version());
            let Some(verdict) = self.verdict(&cx.module_named(path.as_str()), Some(version)) else { continue };
            let tool_path = &tool.path.value;
            let message =
                format!("module `{path}` {version} {}, and the tool `{tool_path}` needs it", verdict.in_words());
            let primary = Label::new(module.file(), tool.path.span, "introduced here");
            let into = at_module(module);
            let mut violation = Brought { into, path, how: "tool", primary, message }.violation(cx, verdict);
            let line = requirement.line();
            let required =
                Label::new(requirement.module().file(), line.path.span.to(line.version.span), "required here");
            violation.related.push(required);
            violation.help = resolution.is_guess().then(|| GUESS.to_owned());
            found.push(violation);
        }
        found
    }

    /// Modules of the repository under a denied path that a workspace puts in place of the module itself. An allow-list
    /// says nothing of them.
    pub(super) fn members(&self, cx: DeniedContext<'_>, workspace: Workspace<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        for (line, module, import) in workspace.imported_members() {
            let path = module.path();
            let Some(pattern) = self.denying(&cx.module_named(path.as_str()), None) else { continue };
            let importer = import.file().package().path();
            let message = format!("module `{path}` is denied, and this line provides it to `{importer}`");
            let primary = Label::new(workspace.file(), line.path.span, "introduced here");
            let into = at_workspace(workspace);
            let verdict = Denial::Denied(pattern);
            let mut violation = Brought { into, path, how: "use", primary, message }.violation(cx, verdict);
            violation.related.push(Label::new(import.file().id(), import.spec().path_span, "imported here"));
            found.push(violation);
        }
        found
    }

    /// Modules in modules.txt, from which the go command builds in a vendor directory, that no `require` line names; in
    /// the scope `vendored` all of them.
    pub(super) fn vendored(&self, cx: DeniedContext<'_>, vendor: Vendor<'_>) -> Vec<Violation> {
        let Some(manifest) = vendor.manifest().filter(|manifest| cx.covers(manifest.file)) else { return Vec::new() };
        let mut found = Vec::new();
        for listed in vendor.listed_modules() {
            let counts = match listed.listing {
                ListingReason::Required => self.scope == ModuleScope::Vendored,
                ListingReason::Imported | ListingReason::Unnamed => true,
                ListingReason::Transitive => matches!(self.scope, ModuleScope::Vendored | ModuleScope::Graph),
            };
            let source = listed.line.source();
            let replaced = source.iter().map(|source| (&source.path, Some(&source.version)));
            let own = (&listed.line.path.value, listed.line.version.as_ref().map(|version| &version.value));
            let names_own = listed.line.replacement.is_none();
            for (path, version) in replaced.chain((!names_own).then_some((own.0, None))) {
                let Some(verdict) = self.verdict(&cx.module_named(path.as_str()), version).filter(|_| counts) else {
                    continue;
                };
                let version = version.map(|version| format!(" {version}")).unwrap_or_default();
                let message = format!("module `{path}`{version} {}, and modules.txt lists it", verdict.in_words());
                let primary = Label::new(manifest.file, listed.line.span, "vendored here");
                let into = at_vendor(vendor);
                let brought = Brought { into, path, how: "vendor", primary, message };
                found.push(Violation { evidence: Evidence::Vendor, ..brought.violation(cx, verdict) });
                break;
            }
        }
        found
    }

    /// Modules that are in the graph, at the version that is selected, and that no `require` line of the build names.
    pub(super) fn in_graph(&self, cx: DeniedContext<'_>, build: LineHolder<'_>) -> Vec<Violation> {
        let (graph, mains) = graph_of(cx, build);
        let (Some(graph), Some(graphs)) = (graph, cx.facts()) else { return Vec::new() };
        let is_required = |path: &ModulePath| {
            let mut lines = mains.iter().flat_map(|main| main.requirements());
            lines.any(|line| line.path() == path)
        };
        let mut found = Vec::new();
        for (path, built) in built_list(graphs, build) {
            if is_required(path) {
                continue;
            }
            let subject = cx.module_named(path.as_str());
            let Some(verdict) = self.judge_built(&subject, path, built) else { continue };
            let version = built.version;
            let chain = graph.chain(path);
            let (file, span) = brought_by(&mains, chain.first().copied()).unwrap_or((build.file(), Span::at(0)));
            let ways: Vec<String> = chain.iter().map(|module| format!("`{module}`")).collect();
            let through = if ways.is_empty() { String::new() } else { format!(", through {}", ways.join(" and ")) };
            let message =
                format!("module `{path}` {version} {}, and is in the module graph{through}", verdict.in_words());
            let primary = Label::new(file, span, "introduced here");
            let into = build.identity();
            let brought = Brought { into, path, how: "graph", primary, message };
            let evidence = if graph.reads_cache() { Evidence::ModuleCache } else { Evidence::Source };
            found.push(Violation { evidence, ..brought.violation(cx, verdict) });
        }
        found
    }

    /// The questions that need the whole module graph: which modules are in it, which versions a workspace selects, or
    /// whether `through` excuses one of `unsure`.
    pub(super) fn open_question(
        &self,
        cx: DeniedContext<'_>,
        build: LineHolder<'_>,
        unsure: &[Denied<'_>],
    ) -> Option<OpenQuestion> {
        let (graph, mains) = graph_of(cx, build);
        let graph = graph.filter(|graph| !graph.is_certain())?;
        let is_here =
            |other: LineHolder<'_>| other == build || other.workspace().map(LineHolder::Workspace) == Some(build);
        let here = unsure.iter().find(|denied| denied.build.is_some_and(is_here));
        let concerned = match (here.and_then(|denied| denied.violation.about.as_ref()), build) {
            (Some(path), _) => format!("`{path}`"),
            _ if self.scope == ModuleScope::Graph => String::new(),
            (None, LineHolder::Workspace(_)) => self.versions_asked(cx, &mains)?,
            (None, LineHolder::Module(_)) => return None,
        };
        let Cause { reason, details, remedy } = match graph.lacks_files() {
            true => cause_of_graph(graph.missing(), cx.has_module_cache()),
            false => Cause {
                reason: "go.mod is not up to date, so the go command would change it before it selects versions",
                details: None,
                remedy: Some("run `go mod tidy`, which updates go.mod and go.sum".to_owned()),
            },
        };
        let (module, label) = match build {
            LineHolder::Module(module) => (module.path().to_string(), module_label(module, "")),
            LineHolder::Workspace(workspace) => {
                (cx.path(workspace.file()).to_string(), Label::new(workspace.file(), Span::at(0), ""))
            }
        };
        let concerned = Some(concerned).filter(|concerned| !concerned.is_empty());
        let details = [concerned, details].into_iter().flatten().reduce(|first, next| format!("{first}; {next}"));
        Some(OpenQuestion { module, reason: reason.to_owned(), details, remedy, label })
    }

    /// A requirement that may be denied at a higher version, which a workspace may select.
    fn versions_asked(&self, cx: DeniedContext<'_>, mains: &[Module<'_>]) -> Option<String> {
        let depends_on_version = |line: &Requirement<'_>| {
            let subject = cx.module_named(line.path().as_str());
            let mut patterns = self.deny.iter().chain(self.allow.iter());
            patterns.any(|pattern| pattern.path().matches(&subject) && pattern.may_change_above(line.version()))
        };
        let mut requirements = mains.iter().flat_map(|main| main.requirements());
        let asked = requirements
            .find(|line| self.scope.directness(*line) != Directness::Indirect && depends_on_version(line))?;
        Some(format!("`{}`", asked.path()))
    }
}

/// The graph of a build, and its main modules.
pub(super) fn graph_of<'m>(cx: DeniedContext<'m>, build: LineHolder<'m>) -> (Option<&'m ModuleGraph>, Vec<Module<'m>>) {
    match build {
        LineHolder::Module(module) => (cx.facts().and_then(|graphs| module.graph(graphs)), vec![module]),
        LineHolder::Workspace(workspace) => {
            (cx.facts().and_then(|graphs| workspace.graph(graphs)), workspace.modules().collect())
        }
    }
}

fn built_list<'m>(graphs: GraphFacts<'m>, build: LineHolder<'m>) -> Vec<(&'m ModulePath, Built<'m>)> {
    match build {
        LineHolder::Module(module) => module.built_list(graphs),
        LineHolder::Workspace(workspace) => workspace.built_list(graphs),
    }
}

/// The `require` line of a module.
fn brought_by(mains: &[Module<'_>], path: Option<&ModulePath>) -> Option<(FileId, Span)> {
    let path = path?;
    let mut lines = mains.iter().flat_map(|main| main.requirements());
    let line = lines.find(|line| line.path() == path)?;
    Some((line.module().file(), line.line().path.span.to(line.line().version.span)))
}
