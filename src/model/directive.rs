//! The lines of module and workspace files other than `module` and `require`, all seen in one way.

use super::{Module, Workspace};
use crate::go::GoVersion;
use crate::syntax::{Exclude, Godebug, Ignore, Replace, Retract, Tool, Use};
use crate::text::{Span, Spanned};

/// A line of a `go.mod` or `go.work`.
#[derive(Clone, Copy, Debug)]
pub enum Directive<'m> {
    /// `go`.
    Go(&'m Spanned<GoVersion>),
    /// `toolchain`.
    Toolchain(&'m Spanned<Box<str>>),
    /// `godebug`.
    Godebug(&'m Godebug),
    /// `use`.
    Use(&'m Use),
    /// `tool`.
    Tool(&'m Tool),
    /// `replace`.
    Replace(&'m Replace),
    /// `exclude`.
    Exclude(&'m Exclude),
    /// `retract`.
    Retract(&'m Retract),
    /// `ignore`.
    Ignore(&'m Ignore),
}

impl Directive<'_> {
    /// Its first word.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Go(_) => "go",
            Self::Toolchain(_) => "toolchain",
            Self::Godebug(_) => "godebug",
            Self::Use(_) => "use",
            Self::Tool(_) => "tool",
            Self::Replace(_) => "replace",
            Self::Exclude(_) => "exclude",
            Self::Retract(_) => "retract",
            Self::Ignore(_) => "ignore",
        }
    }

    /// The part that distinguishes it from others with the same verb: the path and version that a `replace` line
    /// replaces. Empty where a file has one such line at most.
    pub fn subject(self) -> String {
        match self {
            Self::Go(_) | Self::Toolchain(_) => String::new(),
            Self::Godebug(line) => line.key.value.to_string(),
            Self::Use(line) => line.path.value.to_string(),
            Self::Tool(line) => line.path.value.to_string(),
            Self::Replace(line) => match &line.old_version {
                Some(version) => format!("{} {}", line.old.value, version.value),
                None => line.old.value.to_string(),
            },
            Self::Exclude(line) => format!("{} {}", line.path.value, line.version.value),
            Self::Retract(line) if line.low.value == line.high.value => line.low.value.to_string(),
            Self::Retract(line) => format!("[{}, {}]", line.low.value, line.high.value),
            Self::Ignore(line) => line.path.value.to_string(),
        }
    }

    /// Its line, without the verb in a block; for `go` and `toolchain` the text after the verb.
    pub fn span(self) -> Span {
        match self {
            Self::Go(version) => version.span,
            Self::Toolchain(name) => name.span,
            Self::Godebug(it) => it.line.span,
            Self::Use(it) => it.line.span,
            Self::Tool(it) => it.line.span,
            Self::Replace(it) => it.line.span,
            Self::Exclude(it) => it.line.span,
            Self::Retract(it) => it.line.span,
            Self::Ignore(it) => it.line.span,
        }
    }

    /// The value of the line; `None` if it only names its subject.
    pub fn value(self) -> Option<String> {
        match self {
            Self::Go(version) => Some(version.value.to_string()),
            Self::Toolchain(name) => Some(name.value.to_string()),
            Self::Godebug(line) => Some(line.value.to_string()),
            Self::Replace(line) => Some(line.new.to_string()),
            Self::Use(_) | Self::Tool(_) | Self::Exclude(_) | Self::Retract(_) | Self::Ignore(_) => None,
        }
    }
}

impl<'m> Module<'m> {
    /// The lines of its file, but for `module` and `require`, by verb.
    pub fn directives(self) -> impl Iterator<Item = Directive<'m>> {
        let go_mod = self.go_mod();
        let once = go_mod.go.iter().map(Directive::Go).chain(go_mod.toolchain.iter().map(Directive::Toolchain));
        once.chain(go_mod.godebug.iter().map(Directive::Godebug))
            .chain(go_mod.tool.iter().map(Directive::Tool))
            .chain(go_mod.replace.iter().map(Directive::Replace))
            .chain(go_mod.exclude.iter().map(Directive::Exclude))
            .chain(go_mod.retract.iter().map(Directive::Retract))
            .chain(go_mod.ignore.iter().map(Directive::Ignore))
    }
}

impl<'m> Workspace<'m> {
    /// The lines of its file, by verb.
    pub fn directives(self) -> impl Iterator<Item = Directive<'m>> {
        let go_work = self.go_work();
        let once = go_work.go.iter().map(Directive::Go).chain(go_work.toolchain.iter().map(Directive::Toolchain));
        once.chain(go_work.godebug.iter().map(Directive::Godebug))
            .chain(go_work.use_.iter().map(Directive::Use))
            .chain(go_work.replace.iter().map(Directive::Replace))
    }
}
