//! `import-unresolved`: an import that no build can compile.

mod meant;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use self::meant::Suggestions;
use super::{Binder, Context, Role, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::go::ModulePath;
use crate::model::{Doubt, FaultyImport, Import, ImportFault, ImportedFacts, LackingModule};
use crate::policy::PackagePatterns;
use crate::text::RepoPath;

/// Finds imports that the go command rejects in every build that has the file.
#[derive(Debug)]
pub(crate) struct ImportUnresolved {
    except: PackagePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportUnresolvedOptions {
    /// Packages that are there when the code is built though the repository does not show them: generated ones, or
    /// those of another toolchain.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
}

impl Rule for ImportUnresolved {
    const META: RuleMeta = RuleMeta {
        id: "import-unresolved",
        family: Family::Imports,
        summary: "An import does not compile in any build.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const YIELDS_TO: &'static [&'static str] = &["vendor-incomplete"];

    type Facts<'m> = ImportedFacts<'m>;

    type Options = ImportUnresolvedOptions;

    fn new(options: ImportUnresolvedOptions, binder: &mut Binder<'_>) -> Self {
        Self { except: binder.packages("except", &options.except, Role::Absent) }
    }

    fn check(&self, cx: &Context<'_, ImportedFacts<'_>>) -> Vec<Violation> {
        let mut judge = cx.import_judge(cx.facts());
        let mut suggestions = Suggestions::new(cx.plain());
        let mut found = Vec::new();
        for import in cx.imports() {
            let Some(faulty) = judge.judge(import) else { continue };
            if is_for_app_engine(import, &faulty) || self.except.find(&cx.imported(import)).is_some() {
                continue;
            }
            found.push(unresolved(cx.plain(), import, &faulty, suggestions.of(import, &faulty.fault)));
        }
        found
    }
}

/// The packages of App Engine are in no module, and only its builds have such files. `go mod tidy` skips them as well.
fn is_for_app_engine(import: Import<'_>, faulty: &FaultyImport<'_>) -> bool {
    let first = import.path().split('/').next().unwrap_or_default();
    faulty.doubt == Some(Doubt::Tags) && matches!(first, "appengine" | "appengine_internal")
}

fn unresolved(
    cx: Context<'_>,
    import: Import<'_>,
    FaultyImport { fault, doubt }: &FaultyImport<'_>,
    suggestion: Option<String>,
) -> Violation {
    // The tags of the entry are set, so they are no doubt.
    let doubt = doubt.filter(|doubt| *doubt != Doubt::Tags || !cx.names_tags());
    let mut message = message(import, fault, doubt);
    if doubt == Some(Doubt::Tags) {
        let constraint = import.file().constraint().map(ToString::to_string).unwrap_or_default();
        message.push_str(&format!(", in a file that needs `{constraint}`"));
    }
    let help = [suggestion, Some(help(import, fault)), doubt.and_then(explain)];
    Violation {
        help: help.into_iter().flatten().reduce(|first, next| format!("{first}\n{next}")),
        at_most: doubt.map(|_| Severity::Warn),
        evidence: evidence_of(fault),
        ..cx.at_import(import, message)
    }
}

fn evidence_of(fault: &ImportFault<'_>) -> Evidence {
    match fault {
        ImportFault::NotVendored => Evidence::Vendor,
        ImportFault::Lacking(modules) if modules.iter().any(|it| it.dir.is_none()) => Evidence::ModuleCache,
        _ => Evidence::Source,
    }
}

/// The fault in one sentence, with the same meaning as the message of the go command.
fn message(import: Import<'_>, fault: &ImportFault<'_>, doubt: Option<Doubt>) -> String {
    let path = import.path();
    let module = import.file().package().module();
    match fault {
        ImportFault::Relative => {
            format!("`{path}` is a relative path, and the go command allows none in a module")
        }
        ImportFault::Absolute => format!("`{path}` is an absolute path, not the path of a package"),
        ImportFault::Pattern => format!("`{path}` is a pattern of the go command, not a package"),
        ImportFault::Malformed(reason) => reason.clone(),
        ImportFault::Vendored(rest) => format!("`{path}` must be imported as `{rest}`"),
        ImportFault::Internal("") => format!("`{path}` is internal to the standard library"),
        ImportFault::Internal(parent) => format!("`{path}` is internal to `{parent}`"),
        ImportFault::Program => format!("`{path}` is a program, which no package can import"),
        ImportFault::NotInStd => format!("`{path}` is not in the standard library"),
        ImportFault::OfGoCommand => format!("`{path}` belongs to the commands of Go, which no module can import"),
        ImportFault::Builtin => {
            format!("`{path}` only documents the predeclared names of Go, and no code can import it")
        }
        ImportFault::NoGoFiles(dir) if doubt == Some(Doubt::Generated) => {
            format!("`{path}` does not exist: {} has no Go file that Git does not ignore", shown(dir))
        }
        ImportFault::NoGoFiles(dir) => format!("`{path}` does not exist: {} has no Go file", shown(dir)),
        ImportFault::OnlyTests(dir) => format!("`{path}` cannot be imported: {} has only tests", shown(dir)),
        ImportFault::Excluded(dir) => {
            format!("`{path}` cannot be imported here: build constraints exclude all Go files in {}", shown(dir))
        }
        ImportFault::NotProvided => format!("no required module provides `{path}`"),
        ImportFault::ReplacedOnly(replaced) => {
            format!("no required module provides `{path}`: `{replaced}` is replaced, and not required")
        }
        ImportFault::Lacking(modules) => lacking(path, modules),
        ImportFault::NotVendored => {
            format!("`{path}` is not vendored, and `{}` is built from its vendor directory", module.path())
        }
        ImportFault::Ambiguous(modules) => ambiguous(path, modules),
        ImportFault::Collides(other) => format!("`{path}` differs from `{other}` in letter case only"),
    }
}

fn lacking(path: &str, modules: &[LackingModule]) -> String {
    let name = |LackingModule { module, dir }: &LackingModule| match dir {
        Some(dir) => format!("`{}` (its directory would be {})", module.path, shown(dir)),
        None => format!("`{}` {}", module.path, module.version),
    };
    let names: Vec<String> = modules.iter().map(name).collect();
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb} no package `{path}`", names.join(" and "))
}

fn ambiguous(path: &str, modules: &[&ModulePath]) -> String {
    let names: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
    format!("`{path}` is ambiguous: {} provide it", names.join(" and "))
}

fn shown(dir: &RepoPath) -> String {
    if dir.is_root() { "the root".to_owned() } else { format!("`{dir}`") }
}

/// The remedy.
fn help(import: Import<'_>, fault: &ImportFault<'_>) -> String {
    let path = import.path();
    match fault {
        ImportFault::Relative => {
            "write the import path of the package, which begins with the path of its module".to_owned()
        }
        ImportFault::Absolute | ImportFault::Pattern | ImportFault::Malformed(_) => {
            "write the import path of a package".to_owned()
        }
        ImportFault::Vendored(rest) => format!("write `{rest}`"),
        ImportFault::Internal(_) => "use a package that is not internal, or move the importing code".to_owned(),
        ImportFault::Program => {
            "move the needed code into a package that is not `main`, and import that package".to_owned()
        }
        ImportFault::NotInStd | ImportFault::OfGoCommand => {
            "correct the path; packages of modules begin with the path of their module".to_owned()
        }
        ImportFault::Builtin => "remove the import; Go code can use these names without it".to_owned(),
        ImportFault::NoGoFiles(dir) => {
            format!(
                "correct the path, or add the package; if its files exist, check that {} is staged and committed",
                shown(dir)
            )
        }
        ImportFault::OnlyTests(dir) => format!("add a file to {} that is not a test", shown(dir)),
        ImportFault::Excluded(_) => "give the importing file the build constraint of the package".to_owned(),
        ImportFault::NotProvided | ImportFault::ReplacedOnly(_) => {
            format!("correct the path, or require the module that has it: `go get {path}`")
        }
        ImportFault::Lacking(_) => "correct the path, or require a version that has the package".to_owned(),
        ImportFault::NotVendored => "correct the path, or run `go mod vendor`".to_owned(),
        ImportFault::Ambiguous(_) => "require versions in which only one module has the package".to_owned(),
        ImportFault::Collides(_) => "write both imports with the path that the module itself uses".to_owned(),
    }
}

/// Why the finding is a warning at most.
fn explain(doubt: Doubt) -> Option<String> {
    let reason = match doubt {
        Doubt::Tags => return None,
        Doubt::Generated => {
            "Git ignores such files, so they may be generated before a build; if so, add the package to `except`"
        }
        Doubt::Workspace => "another module of the workspace may provide it when both are built together",
        Doubt::NewerGo => "the module needs a newer release of Go than this modwarden knows",
    };
    Some(reason.to_owned())
}

const PAGE: &str = r#"
## What it does

Finds imports that the go command rejects in every build that has the file:

- A package of the module, or of another one in its workspace, that is not there in the state that is checked. With `--staged` that
  is the package whose files were not added to the index.
- A package of the module that has only tests, or no file that any build with the importing file has.
- A relative or absolute path, a path that no module can have, a path without a dot in its first element that is not in
  the standard library, and `builtin`, which is only documentation.
- A path that no required module can have, or a package that the required modules do not have.
- A package that several modules have; the go command calls that ambiguous.
- A program, that is a `package main`. Its own external test may import it. A blank import in a file that needs a tag of its own, such
  as `tools`, is not reported.
- An `internal` package of somebody else, and a path with `vendor/` in it.
- Two imports of a package that differ in letter case only.

Files that no build has are not read: those that need the tag `ignore`. The message suggests a correction: a package
of this repository by another module path or in other letters, or a directory of nearly the same name.

Some of these imports can be right, and are warnings at most:

- The file needs a tag that no platform sets, such as `never` or `integration`. The message names the constraint. In an entry with
  `tags` those tags are set, and the severity of the policy counts.
- The package is not there, and `.gitignore` ignores Go files in its directory, so it is perhaps generated before a build.
- The module is built in a workspace of several, and it is the requirement that is missing.

The packs `recommended` and all that extend it have the rule as an error. `require-missing` and `vendor-incomplete` may report the same
import; then only one of the findings is shown.

## Why it matters

The code does not compile, in a build that was not run yet: on another system, with another tag, or from the commit instead of
the author's disk.

## Example

```txtar
-- modwarden.toml --
[[import-unresolved]]
name   = "compiles"
except = ["./internal/pb/..."]
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0
-- shop.go --
package shop

import (
	_ "example.com/pay"
	_ "example.com/shop/internal/pb/v1"
	_ "example.com/shop/price"
	_ "example.com/shop/pricing" // finds import-unresolved/compiles
	_ "example.com/shop/cmd/shop" // finds import-unresolved/compiles
	_ "net/htp" // finds import-unresolved/compiles
)
-- price/price.go --
package price
-- cmd/shop/main.go --
package main
-- tax_nightly.go --
//go:build nightly

package shop

import _ "../tax" // finds import-unresolved/compiles
```

## Options

- `except`: packages that are there when the code is built though the repository does not show them: generated ones, or those of
  another toolchain, such as TinyGo's `machine`.

## Evidence

`source`: the repository's own files. `vendor`: that a package is not vendored. `module-cache`: that a required module lacks a package.
Without the module cache such imports are not reported. Whether a package of a required module is a program is not looked at.

## How to fix

Correct the path, add the package, or require its module. If a step before the build generates the package, name it in `except`.
"#;
