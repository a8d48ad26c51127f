//! `import-cycle`: packages import each other, so that no build accepts them.

use super::reached::build_name;
use super::residual::module_label;
use super::{Binder, Context, NoOptions, Rule, WholeState};
use crate::finding::{Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Import, ImportCycle};

/// Finds packages that import each other.
#[derive(Debug)]
pub(crate) struct ImportCycles;

impl Rule for ImportCycles {
    const META: RuleMeta = RuleMeta {
        id: "import-cycle",
        family: Family::Imports,
        summary: "Packages import each other, so no build accepts them.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = WholeState;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, WholeState>) -> Vec<Violation> {
        let mut graph = cx.package_graph();
        let found = graph.cycles(&|import| cx.covers_import(import));
        if graph.is_exhausted() {
            return Vec::new();
        }
        found.cycles.into_iter().filter_map(|cycle| violation(*cx, cycle)).collect()
    }

    fn open_questions(&self, cx: &Context<'_, WholeState>) -> Vec<OpenQuestion> {
        let mut graph = cx.package_graph();
        let is_partial = graph.cycles(&|import| cx.covers_import(import)).is_partial;
        let reason = if graph.is_exhausted() {
            "there are too many build tags to tell all builds apart"
        } else if is_partial {
            "too many imports take part in cycles to look at each"
        } else {
            return Vec::new();
        };
        let Some(module) = cx.modules().next() else { return Vec::new() };
        vec![OpenQuestion {
            module: module.path().to_string(),
            reason: reason.to_owned(),
            details: None,
            remedy: None,
            label: module_label(module, ""),
        }]
    }
}

/// A finding at the first import of the cycle.
fn violation(cx: Context<'_, WholeState>, cycle: ImportCycle<'_>) -> Option<Violation> {
    let (first, others) = cycle.imports.split_first()?;
    let mut packages: Vec<&str> = cycle.imports.iter().map(|import| importer(*import)).collect();
    packages.push(importer(*first));
    let test = if first.file().is_test() { " in a test" } else { "" };
    let mut violation = cx.at_import(*first, format!("import cycle{test}: {}", shown(&packages)));
    violation.primary.message = format!("`{}` is imported here", first.path());
    for import in others.iter().take(MAX_SHOWN) {
        let message = format!("`{}` is imported here", import.path());
        violation.related.push(Label::new(import.file().id(), import.spec().path_span, message));
    }
    violation.help = cut_help(&cycle.cut);
    violation.constraint = build_name(&cycle.build);
    Some(violation)
}

/// How many steps of a long cycle are shown at its beginning.
const MAX_SHOWN: usize = 20;

/// The packages of a cycle, one importing the next.
fn shown(packages: &[&str]) -> String {
    let (last, rest) = packages.split_last().map_or(("", packages), |(last, rest)| (*last, rest));
    let mut text = String::new();
    for package in rest.iter().take(MAX_SHOWN) {
        text.push_str(&format!("`{package}` imports "));
    }
    if rest.len() > MAX_SHOWN {
        text.push_str(&format!("… ({} more packages) … imports ", rest.len() - MAX_SHOWN));
    }
    text + &format!("`{last}`")
}

fn importer(import: Import<'_>) -> &str {
    import.file().package().path()
}

/// The imports that break every cycle of these packages.
fn cut_help(cut: &[Vec<Import<'_>>]) -> Option<String> {
    let mut steps = Vec::new();
    for imports in cut {
        let first = imports.first()?;
        let files = if imports.len() == 1 { "1 file".to_owned() } else { format!("{} files", imports.len()) };
        steps.push(format!("`{}` from `{}` ({files})", first.path(), importer(*first)));
    }
    if steps.is_empty() { None } else { Some(format!("the fewest imports to remove: {}", steps.join(", "))) }
}

const PAGE: &str = r#"
## What it does

Finds packages of the repository that import each other, directly or by way of others. Each import that takes part in a cycle is a finding, with
a shortest cycle through it. A cycle counts only if one build contains all of its imports; the finding names such a build where not all builds
have the cycle. With `tags`, only builds with these tags count. Tests that are compiled with their package count: they must not
import a package that needs the tested one. Tests in a package of their own, as `shop_test`, may do that.

Cycles through vendored packages and through modules that are required at a version are not looked for.

## Why it matters

The go command does not build packages that import each other. A cycle in the build of one system, or behind a tag, shows only when somebody
builds for that.

## Example

```txtar
-- modwarden.toml --
[severity]
import-cycle = "error"
-- go.mod --
module example.com/shop

go 1.24
-- cart/cart.go --
package cart

import "example.com/shop/price" // finds import-cycle

var Total = price.Of()
-- price/price.go --
package price

func Of() int { return 0 }
-- price/price_windows.go --
package price

import "example.com/shop/cart" // finds import-cycle

var Last = cart.Total
```

## Options

None.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Remove the imports that the finding names. Code that both packages need belongs in a third one that imports neither; where one package only
calls the other, it can declare an interface instead. A test that needs both packages can go to the package `…_test`.
"#;
