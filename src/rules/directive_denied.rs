//! `directive-denied`: a line of a module file that the policy does not allow, or not as it is.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::identity::{at_module, at_workspace, package_name};
use super::{Binder, Context, Role, Rule};
use crate::finding::{
    Applicability, Evidence, Family, Fix, IdentityName, IdentitySubject, Label, RuleMeta, Severity, Violation,
};
use crate::go::GoVersion;
use crate::model::{Directive, Module};
use crate::policy::{GoVersions, PackagePatterns, Subject};
use crate::text::{FileId, Span};

/// Forbids directives, or restricts their values.
#[derive(Debug)]
pub(crate) struct DirectiveDenied {
    deny: Vec<Verb>,
    go: Option<GoVersions>,
    toolchain: Option<GoVersions>,
    tool: PackagePatterns,
    options: DirectiveDeniedOptions,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DirectiveDeniedOptions {
    /// Directives that are forbidden in go.mod or go.work.
    deny: Vec<Verb>,
    /// The Go versions that a `go` line may state: a range, a language version, or `re:` and a pattern.
    #[schemars(with = "Option<String>")]
    go: Option<Spanned<String>>,
    /// The Go versions that a `toolchain` line may name, `default` aside.
    #[schemars(with = "Option<String>")]
    toolchain: Option<Spanned<String>>,
    /// The only packages that `tool` lines may name, where given.
    #[schemars(with = "Vec<String>")]
    tool: Vec<Spanned<String>>,
    /// The demand on `retract` lines.
    retract: Option<Explained>,
    /// The demand on the path of the `module` line.
    module: Option<Valid>,
    /// Whether a line may be repeated.
    duplicates: Option<DeniedDirective>,
}

/// The directives that can be denied. `replace` and `exclude` have rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Go,
    Toolchain,
    Godebug,
    Tool,
    Ignore,
    Retract,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Explained {
    /// A comment that says why.
    Explained,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Valid {
    /// One that the go command can download.
    Valid,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DeniedDirective {
    /// No.
    Denied,
}

impl Rule for DirectiveDenied {
    const META: RuleMeta = RuleMeta {
        id: "directive-denied",
        family: Family::Modules,
        summary: "The policy forbids this line of go.mod or go.work.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = ();

    type Options = DirectiveDeniedOptions;

    fn new(options: DirectiveDeniedOptions, binder: &mut Binder<'_>) -> Self {
        let DirectiveDeniedOptions { deny, go, toolchain, tool, retract, module, duplicates } = &options;
        let lists = !deny.is_empty() || !tool.is_empty();
        let given = lists || go.is_some() || toolchain.is_some();
        let given = given || retract.is_some() || module.is_some() || duplicates.is_some();
        binder.require(given, "this entry forbids nothing", "add `deny`, or another option that limits directives");
        Self {
            deny: deny.clone(),
            go: binder.go_versions("go", go.as_ref()),
            toolchain: binder.go_versions("toolchain", toolchain.as_ref()),
            tool: binder.packages("tool", tool, Role::Passing),
            options,
        }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let mut violations: Vec<Violation> = cx.modules().flat_map(|module| self.judge_module(module)).collect();
        for workspace in cx.workspaces() {
            let (file, owner) = (workspace.file(), cx.path(workspace.file()).to_string());
            let identity = at_workspace(workspace);
            let mut place = JudgedFile { file, owner, identity, module: None, seen: HashSet::new() };
            violations.extend(workspace.directives().filter_map(|directive| self.judge(&mut place, directive)));
        }
        violations
    }
}

/// The file that is checked, and the lines that were seen in it.
struct JudgedFile<'m> {
    file: FileId,
    /// The module's path, or the workspace file's.
    owner: String,
    identity: IdentitySubject,
    module: Option<Module<'m>>,
    seen: HashSet<(&'static str, String)>,
}

impl DirectiveDenied {
    fn judge_module(&self, module: Module<'_>) -> Vec<Violation> {
        let (file, owner) = (module.file(), module.path().to_string());
        let mut place =
            JudgedFile { file, owner, identity: at_module(module), module: Some(module), seen: HashSet::new() };
        let mut violations: Vec<Violation> = self.judge_path(&place, module).into_iter().collect();
        violations.extend(self.judge_silence(&place, module));
        violations.extend(module.directives().filter_map(|directive| self.judge(&mut place, directive)));
        violations
    }

    fn judge(&self, place: &mut JudgedFile<'_>, directive: Directive<'_>) -> Option<Violation> {
        self.denied(place, directive).or_else(|| self.repeated(place, directive)).or_else(|| match directive {
            Directive::Go(version) => self.judge_go(place, directive, &version.value),
            Directive::Toolchain(name) => self.judge_toolchain(place, directive, &name.value),
            Directive::Tool(tool) => self.judge_tool(place, directive, tool.path.value.as_str()),
            Directive::Retract(retract) if retract.rationale.is_empty() => self.judge_retract(place, directive),
            _ => None,
        })
    }

    fn denied(&self, place: &JudgedFile<'_>, directive: Directive<'_>) -> Option<Violation> {
        let verb = verb_of(directive).filter(|verb| self.deny.contains(verb))?;
        let violation = place.violation(directive, format!("`{}` is denied in `{}`", shown(directive), place.owner));
        Some(match removal_of(verb) {
            None => violation,
            Some(help) => Violation {
                help: Some(help.to_owned()),
                fix: Some(Fix::remove_line(place.file, directive.span(), Applicability::Unsafe)),
                ..violation
            },
        })
    }

    fn repeated(&self, place: &mut JudgedFile<'_>, directive: Directive<'_>) -> Option<Violation> {
        self.options.duplicates?;
        let is_plain = match directive {
            Directive::Tool(_) | Directive::Ignore(_) => true,
            Directive::Retract(retract) => retract.rationale.is_empty(),
            _ => false,
        };
        if !is_plain || place.seen.insert((directive.verb(), directive.subject())) {
            return None;
        }
        let message = format!("`{}` is in `{}` already, so this line has no effect", shown(directive), place.owner);
        Some(Violation {
            help: Some("remove the line".to_owned()),
            fix: Some(Fix::remove_line(place.file, directive.span(), Applicability::Safe)),
            ..place.violation(directive, message)
        })
    }

    fn judge_go(&self, place: &JudgedFile<'_>, directive: Directive<'_>, version: &GoVersion) -> Option<Violation> {
        let wanted = self.go.as_ref().filter(|wanted| !wanted.admits(version.as_str(), version))?;
        let message = format!("`go {version}` of `{}` does not satisfy `{}`", place.owner, wanted.text());
        let help = format!("run `go mod edit -go=VERSION` with a version that satisfies `{}`", wanted.text());
        Some(Violation { help: Some(help), ..place.violation(directive, message) })
    }

    /// A go.mod without a `go` line is read as Go 1.16.
    fn judge_silence(&self, place: &JudgedFile<'_>, module: Module<'_>) -> Option<Violation> {
        let wanted = self.go.as_ref().filter(|_| module.go_mod().go.is_none())?;
        let assumed = GoVersion::parse("1.16").filter(|assumed| !wanted.admits(assumed.as_str(), assumed))?;
        let line = module.go_mod().module.as_ref().map_or(Span::default(), |line| line.path.span);
        let message =
            format!("`{}` has no `go` line, which means Go {assumed} and not `{}`", place.owner, wanted.text());
        let subject = place.identity.clone().to(&IdentityName::word("go"));
        let help = "add a `go` line with `go mod edit -go=VERSION`".to_owned();
        Some(Violation { help: Some(help), ..Violation::new(subject, message, Label::new(place.file, line, "")) })
    }

    fn judge_toolchain(&self, place: &JudgedFile<'_>, directive: Directive<'_>, name: &str) -> Option<Violation> {
        let wanted = self.toolchain.as_ref()?;
        let admitted = GoVersion::of_toolchain(name).is_none_or(|version| wanted.admits(name, &version));
        let message = || format!("`toolchain {name}` of `{}` does not satisfy `{}`", place.owner, wanted.text());
        let help = || {
            format!(
                "run `go mod edit -toolchain=NAME` with one that satisfies `{}`, or `-toolchain=none`",
                wanted.text()
            )
        };
        (!admitted).then(|| Violation { help: Some(help()), ..place.violation(directive, message()) })
    }

    fn judge_tool(&self, place: &JudgedFile<'_>, directive: Directive<'_>, path: &str) -> Option<Violation> {
        let relative = place.module.and_then(|module| module.path().subpath(path));
        let subject = Subject { relative, in_module: relative.is_some(), ..Subject::external(path) };
        let denied = !self.tool.is_empty() && self.tool.find(&subject).is_none();
        let list = self.tool.iter().next().map(|pattern| policy_line(pattern, "the allow-list begins here"));
        let message = format!("tool `{path}` of `{}` is not on the allow-list", place.owner);
        denied.then(|| Violation {
            related: list.into_iter().collect(),
            help: Some(format!("remove it with `go get -tool {path}@none`")),
            about: Some(path.to_owned()),
            ..place.violation(directive, message)
        })
    }

    fn judge_retract(&self, place: &JudgedFile<'_>, directive: Directive<'_>) -> Option<Violation> {
        self.options.retract?;
        let message = format!("`{}` of `{}` has no comment with the reason", shown(directive), place.owner);
        let help =
            "write the reason in a comment above the line or at its end: `go get` shows it to users of that version";
        Some(Violation { help: Some(help.to_owned()), ..place.violation(directive, message) })
    }

    fn judge_path(&self, place: &JudgedFile<'_>, module: Module<'_>) -> Option<Violation> {
        let line = module.go_mod().module.as_ref().filter(|_| self.options.module.is_some())?;
        let error = line.path.value.check().err()?;
        let primary = Label::new(place.file, line.path.span, "");
        let message = format!("the go command cannot download the module path `{}`: {error}", place.owner);
        let help = "use a path that begins with a domain name, such as `example.com/shop`".to_owned();
        let subject = place.identity.clone().to(&IdentityName::word("module"));
        Some(Violation { help: Some(help), ..Violation::new(subject, message, primary) })
    }
}

impl JudgedFile<'_> {
    fn violation(&self, directive: Directive<'_>, message: String) -> Violation {
        let verb = IdentityName::word(directive.verb());
        let name = match (directive, self.module, directive.subject().as_str()) {
            (_, _, "") => verb,
            (Directive::Tool(_), Some(module), path) => verb.and(&package_name(module, path)),
            (_, _, word) => verb.and(&IdentityName::word(word)),
        };
        Violation::new(self.identity.clone().to(&name), message, Label::new(self.file, directive.span(), ""))
    }
}

fn verb_of(directive: Directive<'_>) -> Option<Verb> {
    Some(match directive {
        Directive::Go(_) => Verb::Go,
        Directive::Toolchain(_) => Verb::Toolchain,
        Directive::Godebug(_) => Verb::Godebug,
        Directive::Tool(_) => Verb::Tool,
        Directive::Ignore(_) => Verb::Ignore,
        Directive::Retract(_) => Verb::Retract,
        Directive::Use(_) | Directive::Replace(_) | Directive::Exclude(_) => return None,
    })
}

/// The consequence of removing a line, where that is the remedy.
fn removal_of(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Toolchain => Some("remove the line; then the `go` line decides, or a newer go command that is installed"),
        Verb::Godebug => Some("remove the line; then the setting has its default for the version of the `go` line"),
        Verb::Ignore => Some("remove the line; then `./...` matches the packages of that directory too"),
        Verb::Go | Verb::Tool | Verb::Retract => None,
    }
}

/// The directive as it is written.
fn shown(directive: Directive<'_>) -> String {
    let (subject, value) = (directive.subject(), directive.value().unwrap_or_default());
    let words = match directive {
        Directive::Godebug(_) => format!("{subject}={value}"),
        _ if subject.is_empty() || value.is_empty() => format!("{subject}{value}"),
        _ => format!("{subject} {value}"),
    };
    format!("{} {words}", directive.verb())
}

const PAGE: &str = r#"
## What it does

Restricts the directives `go`, `toolchain`, `godebug`, `tool`, `ignore` and `retract` in go.mod and go.work: which are allowed,
and with which values. `replace` and `exclude` have their own rules.

## Why it matters

A `toolchain` line makes every go command that is older download another one. A `godebug` line restores old behaviour that
Go removed for a reason. A `go` line that is too new excludes users, and one that is too old disables features of the language.

## Example

```txtar
-- modwarden.toml --
[[directive-denied]]
name      = "as-released"
deny      = ["toolchain", "godebug"]
go        = ">=1.24, <1.28"
tool      = ["golang.org/x/tools/..."]
retract   = "explained"

[[directive-denied]]
name       = "tidy"
module     = "valid"
duplicates = "denied"
-- go.mod --
module example.com/shop

go 1.23.0 // finds directive-denied/as-released

toolchain go1.25.3 // finds directive-denied/as-released

tool (
	example.com/lint/cmd/lint // finds directive-denied/as-released
	golang.org/x/tools/cmd/stringer
	golang.org/x/tools/cmd/stringer // finds directive-denied/tidy
)

retract v1.0.1 // published by mistake
-- shop.go --
package shop
```

## Options

- `deny`: directives that must not be there: `go`, `toolchain`, `godebug`, `tool`, `ignore`, `retract`.
- `go`: the versions that a `go` line may state. `>=1.24, <1.28` compares as the go command does, so that `1.24` comes before
  `1.24rc1` and that before `1.24.0`; `1.24` stands for all of that language version, `1.24.3` for one release;
  `re:1\.\d+(\.0)?` is compared with the whole text. A go.mod without a `go` line is read as Go 1.16.
- `toolchain`: the same for the version in the name of a `toolchain` line; `re:` is compared with the whole name. `toolchain
  default` always passes.
- `tool`: the only packages that `tool` lines may name.
- `retract = "explained"`: a `retract` line needs a comment.
- `module = "valid"`: the module path must be one that the go command can download.
- `duplicates = "denied"`: a `tool`, `ignore` or unexplained `retract` line must not be there twice.

## Evidence

`source`: go.mod and go.work suffice.

## How to fix

`modwarden fix` removes duplicates, and with `--unsafe` also denied `toolchain`, `godebug` and `ignore` lines. For the
rest, `go mod edit` and `go get`.
"#;
