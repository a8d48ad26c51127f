//! Requirements that a module may import: several requirements could have a package, and the sources that show which one does
//! are not available.

use super::Context;
use super::open::Cause;
use super::residual::module_label;
use crate::finding::OpenQuestion;
use crate::model::{Directness, Import, Module, Replacement, Requirement};

/// A requirement that may have a package which is needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess<'m> {
    /// The requirement.
    pub(super) requirement: Requirement<'m>,
    /// The path of the package.
    pub(super) package: &'m str,
    /// The module that needs it.
    pub(super) importer: Module<'m>,
}

impl<'m> Guess<'m> {
    /// A requirement that an import may lead to.
    pub(super) fn of_import(requirement: Requirement<'m>, import: Import<'m>) -> Self {
        Self { requirement, package: import.path(), importer: import.file().package().module() }
    }

    /// The same for a requirement of which only that is known; `None` if more is known.
    pub(super) fn new(requirement: Requirement<'m>, directness: Directness<'m>) -> Option<Self> {
        match directness {
            Directness::Perhaps(import) => Some(Self::of_import(requirement, import)),
            Directness::Indirect | Directness::Likely | Directness::Direct => None,
        }
    }

    /// Whether the importing module is built with requirements that are not its own.
    fn is_elsewhere(&self) -> bool {
        let module = self.requirement.module();
        self.importer != module && (module.workspace().is_none() || self.importer.workspace() != module.workspace())
    }

    fn cause(&self, cx: Context<'_, impl Copy>) -> Cause {
        let module = self.requirement.module();
        let reason = "several required modules could have an imported package";
        let details = Some(format!("`{}` may be in `{}`", self.package, self.requirement.path()));
        if self.is_elsewhere() {
            let file = cx.path(self.importer.file());
            let remedy = format!("run `go mod tidy` in the directory of `{file}`, which then requires the module");
            return Cause { reason, details, remedy: Some(remedy) };
        }
        let mut names = Vec::new();
        for path in module.could_provide(self.package) {
            let replacement = module.requirement_on(path).and_then(Requirement::replacement);
            match replacement.map(Replacement::new_module) {
                // The directory is outside of the repository.
                Some(None) => return Cause { reason, details, remedy: None },
                _ => names.push(path.as_str()),
            }
        }
        let download = format!("run `go mod download {}`", names.join(" "));
        if cx.has_module_cache() {
            return Cause { reason, details, remedy: Some(download) };
        }
        let remedy = format!("{download}, then run modwarden with the module cache, without `--no-module-cache`");
        Cause { reason, details, remedy: Some(remedy) }
    }
}

/// One question for each package that one of `guesses` is about.
pub(super) fn guess_questions(cx: Context<'_, impl Copy>, guesses: &[Guess<'_>]) -> Vec<OpenQuestion> {
    let mut asked: Vec<(Module<'_>, &str)> = Vec::new();
    let mut questions = Vec::new();
    for guess in guesses {
        let module = guess.requirement.module();
        if asked.contains(&(module, guess.package)) {
            continue;
        }
        asked.push((module, guess.package));
        let Cause { reason, details, remedy } = guess.cause(cx);
        questions.push(OpenQuestion {
            module: module.path().to_string(),
            reason: reason.to_owned(),
            details,
            remedy,
            label: module_label(module, ""),
        });
    }
    questions
}
