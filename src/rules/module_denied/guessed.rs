//! Denied modules that an import or a `tool` line may lead to: several requirements could have the package, or none is known to
//! have it.

use super::through::{Denied, Excuse};
use super::{DeniedContext, ModuleDenied, ModuleScope, violation};
use crate::finding::OpenQuestion;
use crate::go::{ModulePath, prefixes};
use crate::model::{Import, Module, Package, ResolutionKind, Workspace, is_major_of};
use crate::rules::guesses::{Guess, guess_questions};
use crate::rules::module_line::LineHolder;
use crate::rules::residual::module_label;

impl ModuleDenied {
    /// The questions that stay open because it is not known which module has an imported package, or the package of a tool.
    pub(super) fn open_imports(&self, cx: DeniedContext<'_>) -> Vec<OpenQuestion> {
        let mut guesses = Vec::new();
        for module in cx.modules() {
            guesses.extend(self.guessed_requirements(cx, module));
            guesses.extend(self.guessed_tools(cx, module));
        }
        let mut questions = guess_questions(cx, &guesses);
        for workspace in cx.workspaces() {
            questions.extend(self.unnamed_modules(cx, workspace));
        }
        questions
    }

    /// Denied requirements that an import may lead to, though another one is more likely.
    fn guessed_requirements<'m>(&self, cx: DeniedContext<'m>, module: Module<'m>) -> Vec<Guess<'m>> {
        let mut guesses = Vec::new();
        for built in &module.built_requirements() {
            let Some((taken, verdict)) = self.judge_requirement(cx, built) else { continue };
            let requirement = built.requirement;
            let guess = Guess::new(requirement, self.scope.directness(requirement));
            let denied = Denied {
                build: Some(LineHolder::Module(module)),
                violation: violation(cx, requirement, taken, verdict),
            };
            guesses.extend(guess.filter(|_| self.excuse(cx, &denied) != Excuse::Given));
        }
        guesses
    }

    /// Denied requirements that a `tool` line may lead to, though another one is more likely.
    fn guessed_tools<'m>(&self, cx: DeniedContext<'m>, module: Module<'m>) -> Vec<Guess<'m>> {
        let mut guesses = Vec::new();
        for (tool, resolution) in module.tools() {
            let is_major =
                |path: &ModulePath| resolution.module.as_ref().is_some_and(|likely| is_major_of(likely, path));
            let others = resolution.others.iter().filter(|path| !is_major(path));
            for requirement in others.filter_map(|path| module.requirement_on(path)) {
                let subject = cx.required(requirement);
                let counts = self.scope == ModuleScope::Direct;
                if counts && self.verdict(&subject, Some(requirement.version())).is_some() {
                    let package = tool.path.value.as_str();
                    guesses.push(Guess { requirement, package, importer: module });
                }
            }
        }
        guesses
    }

    /// Imports in a workspace that no module which go.mod files name could contain. The go command looks for their packages in
    /// the whole module graph, so a denied module may be the one that has them.
    fn unnamed_modules(&self, cx: DeniedContext<'_>, workspace: Workspace<'_>) -> Vec<OpenQuestion> {
        let mut questions: Vec<OpenQuestion> = Vec::new();
        for module in workspace.modules() {
            let files = module.packages().flat_map(Package::files);
            let imports = files.flat_map(|file| file.imports());
            let unknown = imports.filter(|import| import.resolution().kind == ResolutionKind::Unknown);
            for import in unknown.filter(|import| self.may_be_denied(cx, workspace, *import)) {
                let package = import.path();
                let details = Some(format!("`{package}`"));
                if questions.iter().any(|known| known.details == details) {
                    continue;
                }
                questions.push(OpenQuestion {
                    module: module.path().to_string(),
                    reason: "a package is imported that no required module has".to_owned(),
                    details,
                    remedy: Some(format!("run `go get {package}`, or remove the import")),
                    label: module_label(module, ""),
                });
            }
        }
        questions
    }

    /// Whether a module that could contain the package is denied.
    fn may_be_denied<'m>(&self, cx: DeniedContext<'m>, workspace: Workspace<'m>, import: Import<'m>) -> bool {
        let graph = cx.facts().and_then(|graphs| workspace.graph(graphs)).filter(|graph| graph.is_certain());
        let is_own = workspace.modules().any(|module| module.path().subpath(import.path()).is_some());
        if is_own || self.scope == ModuleScope::Vendored {
            return false;
        }
        prefixes(import.path()).any(|path| {
            let version = graph.and_then(|graph| graph.selected(&ModulePath::new(path)));
            let is_there = graph.is_none() || version.is_some();
            is_there && self.denying(&cx.module_named(path), version).is_some()
        })
    }
}
