//! The words of rules about imports for a `replace` line that puts a module with another path in place of the imported one.

use crate::finding::Label;
use crate::model::BuiltAs;

/// The reason why another package is built.
pub(super) fn in_words(built: &BuiltAs<'_>) -> String {
    let path = &built.path;
    match &built.line {
        Some(line) if line.new_module().is_none() => {
            format!("a `replace` line takes it from `{line}`, whose go.mod makes it `{path}`")
        }
        Some(_) => format!("a `replace` line makes it `{path}`"),
        None => format!("modules.txt makes it `{path}`"),
    }
}

/// The line that replaces its module.
pub(super) fn replaced_here(built: &BuiltAs<'_>) -> Option<Label> {
    built.line.map(|line| Label::new(line.file(), line.new_span(), "replaced here"))
}
