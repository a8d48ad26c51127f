//! `go.work`.
//!
//! Source: `golang.org/x/mod/modfile/work.go`.

use super::go_mod::{Godebug, Replace, godebug, only_string, read_go, read_toolchain, replace, unknown};
use super::modfile::{Directive, File, Line};
use super::{Parsed, SyntaxError};
use crate::go::GoVersion;
use crate::text::Spanned;

/// A workspace file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoWork {
    /// `go`.
    pub go: Option<Spanned<GoVersion>>,
    /// `toolchain`.
    pub toolchain: Option<Spanned<Box<str>>>,
    /// `godebug`.
    pub godebug: Vec<Godebug>,
    /// `use`.
    pub use_: Vec<Use>,
    /// `replace`.
    pub replace: Vec<Replace>,
}

/// `use directory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The directory, as written, relative to the workspace file.
    pub path: Spanned<Box<str>>,
    /// The line.
    pub line: Line,
}

/// The verbs that may head a block.
const BLOCK_VERBS: [&str; 3] = ["godebug", "use", "replace"];

/// Reads a `go.work` (`modfile.ParseWork`), with every version canonical as in `go work edit -json`.
pub fn parse_go_work(text: &[u8]) -> Parsed<GoWork> {
    let file = File::parse(text, "go.work");
    let mut tree = GoWork::default();
    let mut errors = Vec::new();
    for line in file.directives(&BLOCK_VERBS) {
        let (help, error) = match line {
            Ok(directive) => {
                let Err(message) = add(&mut tree, &directive) else { continue };
                (help_for(directive.verb), SyntaxError::new(directive.line.span, message))
            }
            Err(block) => (help_for(&block.verb), block.into()),
        };
        errors.push(SyntaxError { help, ..error });
    }
    file.finish(tree, errors)
}

/// Where a line belongs that many people expect in a workspace file, and that it does not have.
fn help_for(verb: &str) -> Option<&'static str> {
    match verb {
        "exclude" => Some(
            "go.work has no `exclude`, whatever articles say: put it in a module's go.mod, where it counts for all used modules",
        ),
        "require" => Some(
            "go.work has no `require`, whatever articles say: `use` names the modules, and each requires in its go.mod",
        ),
        "module" | "retract" | "tool" | "ignore" => Some("go.work has no such line: it belongs in a module's go.mod"),
        _ => None,
    }
}

/// `modfile.(*WorkFile).add`.
fn add(tree: &mut GoWork, directive: &Directive) -> Result<(), String> {
    match directive.verb {
        "go" => read_go(directive, &mut tree.go)?,
        "toolchain" => read_toolchain(directive, &mut tree.toolchain)?,
        "godebug" => tree.godebug.push(godebug(directive)?),
        "use" => {
            let path = only_string(directive, "usage: use local/dir")?.map(Box::from);
            tree.use_.push(Use { path, line: directive.line.clone() });
        }
        "replace" => tree.replace.push(replace(directive)?),
        verb => return Err(unknown(verb)),
    }
    Ok(())
}
