//! `replace-denied`: the policy forbids a `replace` line.

mod allow;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use self::allow::Allowed;
use super::context::policy_line;
use super::identity::replaced_name;
use super::module_line::{CommentMissing, Demand, JudgedLine, LineHolder, MaxAge, Places, replaced, replaces};
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, IdentityName, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{AgeFacts, Replacement};
use crate::policy::{ModulePattern, ModulePatterns, Subject};
use crate::syntax::{Replace, ReplaceTarget};

/// Forbids `replace` lines, all or some.
#[derive(Debug)]
pub(crate) struct ReplaceDenied {
    deny: ModulePatterns,
    except: ModulePatterns,
    local: Local,
    targets: Option<ModulePatterns>,
    allow: Vec<Allowed>,
    /// Whether everything that is not allowed is denied.
    is_closed: bool,
    places: Option<Places>,
    comment: Option<CommentMissing>,
    left_version: Option<Demand>,
    max_age: Option<MaxAge>,
}

/// The options of an entry. One without any forbids every `replace`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReplaceDeniedOptions {
    /// Modules that must not be replaced, with a version constraint after `@` if only some versions are meant.
    #[schemars(with = "Vec<String>")]
    deny: Vec<Spanned<String>>,
    /// Modules that `deny` matches and that may be replaced anyway.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// Which directories may be put in place of a module.
    local: Local,
    /// The only modules that may be put in place of another, where given.
    #[schemars(with = "Option<Vec<String>>")]
    targets: Option<Vec<Spanned<String>>>,
    /// Replacements that are allowed wherever they point, as `old => new` with patterns on both sides.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Spanned<String>>,
    /// Where `replace` lines are allowed: `go.mod`, `go.work`, or globs on directories and files.
    #[schemars(with = "Option<Vec<String>>")]
    r#where: Option<Vec<Spanned<String>>>,
    /// Whether a comment on the line, or directly above it, must explain it.
    comment: Option<CommentMissing>,
    /// Whether the left side must name a version, or must not.
    left_version: Option<Demand>,
    /// How old a line may be, in days or weeks: `90d`, `12w`.
    #[schemars(with = "Option<String>")]
    max_age: Option<Spanned<String>>,
}

/// Which directories may be put in place of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Local {
    /// None.
    Never,
    /// Those of the repository.
    InsideRepository,
    /// Those of the modules that the same go.work uses.
    WorkspaceMember,
    /// Any.
    #[default]
    Any,
}

impl Rule for ReplaceDenied {
    const META: RuleMeta = RuleMeta {
        id: "replace-denied",
        family: Family::Replace,
        summary: "The policy forbids this `replace` line.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = Option<AgeFacts<'m>>;

    type Options = ReplaceDeniedOptions;

    fn new(options: ReplaceDeniedOptions, binder: &mut Binder<'_>) -> Self {
        let ReplaceDeniedOptions { deny, except, local, targets, allow, r#where, comment, left_version, max_age } =
            options;
        let is_open = !deny.is_empty() || local != Local::Any || targets.is_some();
        let is_bare = r#where.is_none() && comment.is_none() && left_version.is_none() && max_age.is_none();
        Self {
            is_closed: !is_open && (is_bare || !allow.is_empty()),
            deny: binder.modules("deny", &deny),
            except: binder.modules("except", &except),
            local,
            targets: targets.map(|targets| binder.modules("targets", &targets)),
            allow: Allowed::bind(&allow, binder),
            places: Places::bind(r#where.as_deref(), binder),
            comment,
            left_version,
            max_age: MaxAge::bind(max_age.as_ref(), binder),
        }
    }

    fn asks(&self) -> bool {
        self.max_age.is_some()
    }

    fn check(&self, cx: &Context<'_, Option<AgeFacts<'_>>>) -> Vec<Violation> {
        let lines = replaces(cx.plain());
        lines.flat_map(|(holder, replacement)| self.judge(ReplaceLine::new(*cx, holder, replacement))).collect()
    }

    fn open_questions(&self, cx: &Context<'_, Option<AgeFacts<'_>>>) -> Vec<OpenQuestion> {
        let (Some(max_age), Some(ages)) = (self.max_age, cx.facts()) else { return Vec::new() };
        let lines = replaces(cx.plain());
        max_age.open_questions(cx.with(ages), lines.map(|(holder, replacement)| (holder, &replacement.line().line)))
    }
}

/// A `replace` line, and the data for its messages.
struct ReplaceLine<'m> {
    cx: Context<'m, Option<AgeFacts<'m>>>,
    replace: &'m Replace,
    replacement: Replacement<'m>,
    line: JudgedLine<'m>,
    subject: IdentityName,
    /// Its present effect.
    does: String,
}

impl<'m> ReplaceLine<'m> {
    fn new(cx: Context<'m, Option<AgeFacts<'m>>>, holder: LineHolder<'m>, replacement: Replacement<'m>) -> Self {
        let replace = replacement.line();
        let line = JudgedLine { holder, line: &replace.line, about: replace.old.value.as_str() };
        let subject = replaced_name(cx.model(), replacement);
        Self { cx, replace, replacement, line, subject, does: replaced(replace) }
    }

    fn violation(&self, fault: &str, why: &str, help: &str) -> Violation {
        let message = format!("{}{why}", self.does);
        Violation { help: Some(help.to_owned()), ..self.line.violation(&self.subject, fault, message) }
    }
}

impl ReplaceDenied {
    /// Every way in which the line breaks the entry.
    fn judge(&self, line: ReplaceLine<'_>) -> Vec<Violation> {
        let target = if self.is_allowed(&line) { None } else { self.target(&line) };
        let misplaced = self
            .places
            .as_ref()
            .and_then(|places| places.check(line.cx.plain(), &line.line, &line.subject, &line.does));
        let aged = self
            .max_age
            .zip(line.cx.facts())
            .and_then(|(max_age, ages)| max_age.check(ages, &line.line, &line.subject, &line.does));
        [target, misplaced, self.comment(&line), self.left_version(&line), aged].into_iter().flatten().collect()
    }

    fn is_allowed(&self, line: &ReplaceLine<'_>) -> bool {
        let directory = line.replacement.directory();
        let relative = directory.as_ref().and_then(|directory| directory.as_str());
        let path = match &line.replace.new {
            ReplaceTarget::Module { path, .. } => path.value.as_str(),
            ReplaceTarget::Directory(path) => &path.value,
        };
        let new = Subject { relative, ..Subject::external(path) };
        self.allow.iter().any(|allowed| allowed.covers(line.replace, &new))
    }

    /// The fault of the left side or of the right side.
    fn target(&self, line: &ReplaceLine<'_>) -> Option<Violation> {
        let old = Subject::external(line.replace.old.value.as_str());
        let version = line.replace.old_version.as_ref().map(|version| &version.value);
        let is_excepted = || self.except.find(&old, version).is_some();
        if let Some(pattern) = self.deny.find(&old, version).filter(|_| !is_excepted()).map(ModulePattern::path) {
            let related = vec![policy_line(pattern, "denied by this pattern")];
            return Some(Violation { related, ..line.violation("denied", ", which is denied", REMOVE) });
        }
        if self.is_closed {
            return Some(match self.allow.is_empty() {
                true => line.violation("denied", ", and the policy allows no replacement", REMOVE),
                false => line.violation("denied", ", which is not on the allow-list", REMOVE_OR_ALLOW),
            });
        }
        match &line.replace.new {
            ReplaceTarget::Directory(_) => self.directory(line),
            ReplaceTarget::Module { path, version } => {
                let new = Subject::external(path.value.as_str());
                let targets = self.targets.as_ref()?;
                let is_target = targets.find(&new, Some(&version.value)).is_some();
                let why = ", which is not among the `targets` that the policy allows";
                (!is_target).then(|| line.violation("target", why, REMOVE_OR_ALLOW))
            }
        }
    }

    fn directory(&self, line: &ReplaceLine<'_>) -> Option<Violation> {
        let directory = line.replacement.directory();
        let (is_right, why, help) = match self.local {
            Local::Any => return None,
            Local::Never => (false, ", and the policy allows no directory as a replacement", PUBLISH),
            Local::InsideRepository => {
                (directory.is_some(), ", which is not in this repository, so others cannot build it", PUBLISH)
            }
            Local::WorkspaceMember => {
                let member = directory.and_then(|directory| line.cx.module_in(&directory)?.workspace());
                let is_member = member.is_some() && member == line.line.holder.workspace();
                (is_member, ", which is not a module of the same workspace", JOIN)
            }
        };
        (!is_right).then(|| line.violation("local", why, help))
    }

    fn comment(&self, line: &ReplaceLine<'_>) -> Option<Violation> {
        let is_missing = self.comment == Some(CommentMissing::Required) && !line.line.is_explained();
        let help = "add a comment on the line or above it: its purpose, and when it can be removed";
        is_missing.then(|| line.violation("comment", ", and no comment explains why", help))
    }

    fn left_version(&self, line: &ReplaceLine<'_>) -> Option<Violation> {
        match (self.left_version?, &line.replace.old_version) {
            (Demand::Required, None) => Some(line.violation(
                "left-version",
                ", so the line stays in effect after every upgrade",
                "add the version on the left, so that the line applies only to it",
            )),
            (Demand::Forbidden, Some(_)) => Some(line.violation(
                "left-version",
                ", so the line has no effect after an upgrade",
                "remove the version on the left",
            )),
            _ => None,
        }
    }
}

const REMOVE: &str = "remove the line, and require a version of the module that does not need it";
const REMOVE_OR_ALLOW: &str = "remove the line, or add it to `allow` as `old => new`";
const PUBLISH: &str =
    "publish the module and require a version of it; to work on both at the same time, use your own go.work";
const JOIN: &str = "add the directory to go.work with `use`, and remove the line";

const PAGE: &str = r#"
## What it does

Forbids `replace` lines of go.mod and go.work: all, or by their left side, their right side, their file,
their form, a missing comment, or their age. Each fault is a separate finding at the line.

## Why it matters

A `replace` line changes the built code without a change of any `require` line, and works only in its own module: `go
install` from elsewhere ignores it, or refuses to install at all. A directory outside the repository is on one machine only.
Forks are code that somebody has to keep up to date.

## Example

```txtar
-- modwarden.toml --
[[replace-denied]]
name    = "forks-are-reviewed"
local   = "inside-repository"
targets = ["example.com/our-org/**"]
allow   = ["example.com/router => example.com/mux-fork"]

[[replace-denied]]
name    = "not-for-long"
where   = ["go.mod"]
max-age = "90d"
-- go.mod --
module example.com/shop

go 1.24

replace (
	example.com/cart => ./cart // added 2026-11-01
	example.com/till => ../till // added 2026-11-01; finds replace-denied/forks-are-reviewed
	example.com/mux => example.com/our-org/mux v1.8.0 // added 2026-11-01
	example.com/log => example.com/their-org/log v1.0.1 // added 2026-11-01; finds replace-denied/forks-are-reviewed
	example.com/router => example.com/mux-fork v1.8.1 // added 2026-02-28; finds replace-denied/not-for-long
)
-- cart/go.mod --
module example.com/cart

go 1.24
-- go.work --
go 1.24

use .

replace example.com/cart => ./cart // added 2026-11-01; finds replace-denied/not-for-long
-- shop.go --
package shop
```

In this example a comment says when a line came in; in a repository its history does. The day is 21 November 2026.

## Options

An entry without any of these forbids every `replace`; so does one with only `allow`, except for the listed replacements.

- `deny`: modules that must not be replaced; `@<1.4.0` and the like are compared with the version on the left, and match no line
  without one.
- `except`: modules that `deny` matches and that may be replaced anyway.
- `local`: which directories may replace a module. `never`; `inside-repository`; `workspace-member`, the
  modules that the same go.work uses; `any` (default).
- `targets`: the only modules that may replace others. With `[]` only directories may.
- `allow`: replacements that are allowed in spite of `deny`, `local` and `targets`: `old => new`, each a module pattern,
  with a version constraint after `@` where only some versions are meant. `./dir` and `./dir/...` on the right are
  directories, from the root of the repository.
- `where`: where lines are allowed: `go.mod`, `go.work`, or globs on directories and files, from the root of the repository:
  `tools/**`, `./go.mod`.
- `comment = "required"`: a comment on the line, or directly above it, must explain it. One that only asks for an exception
  does not.
- `left-version`: `required` if the left side must name the version that is replaced, `forbidden` if it must not.
- `max-age`: how old a line may be, in days or weeks: `90d`, `12w`, since the commit that added it.

## Evidence

`source`: the module files, and for `max-age` the commits of the repository: see `replace-stale` for the definition of the age. Walks of
history (`--since`, `--each-commit`, `inspect history`) do not report ages.

## How to fix

Have the change released where it belongs, require that release, and remove the line. For work on several modules at once,
use a go.work that is not committed instead of `replace`.
"#;
