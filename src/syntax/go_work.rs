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
    let errors =
        file.directives(&BLOCK_VERBS).filter_map(|line| line.and_then(|it| read(&mut tree, &it)).err()).collect();
    file.finish(tree, errors)
}

fn read(tree: &mut GoWork, directive: &Directive) -> Result<(), SyntaxError> {
    add(tree, directive).map_err(|message| SyntaxError::new(directive.line.span, message))
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
