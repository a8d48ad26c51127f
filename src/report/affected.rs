//! The packages that a change reaches: for people, for scripts, and for `go test`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::escape;
use super::facts::write_line;

/// Everything that a change reaches, by kind and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AffectedList {
    /// The records.
    pub(crate) records: Vec<AffectedRecord>,
}

/// The kinds of things that a change reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AffectedKind {
    /// A module with a package or tests that are reached.
    Module,
    /// A package whose code, or the code of its imports, is another.
    Package,
    /// One of these that is a program.
    Program,
    /// The tests of a package.
    Tests,
}

/// Something that a change reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AffectedRecord {
    /// The kind.
    pub(crate) kind: AffectedKind,
    /// The path of the package or module.
    pub(crate) path: String,
    /// The path of its module.
    pub(crate) module: String,
    /// Its directory from the root of the repository.
    pub(crate) dir: String,
    /// The directory of its module.
    #[serde(skip)]
    pub(crate) module_dir: String,
    /// Whether its own files changed, not only those of packages that it imports.
    pub(crate) changed: bool,
    /// A build that the change reaches, if it does not reach all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) build: Option<String>,
}

/// The forms of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AffectedForm {
    /// One line each: kind and path.
    List,
    /// One JSON object a line.
    Json,
    /// One line of arguments for `go test` per module, for somebody so many directories below the root.
    GoTest(usize),
}

impl AffectedKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Package => "package",
            Self::Program => "program",
            Self::Tests => "tests",
        }
    }
}

impl AffectedList {
    /// Writes the list.
    pub(crate) fn write(&self, form: AffectedForm, out: &mut dyn Write) -> io::Result<()> {
        match form {
            AffectedForm::List => self
                .records
                .iter()
                .try_for_each(|it| writeln!(out, "{} {}", it.kind.as_str(), escape::terminal(&it.path))),
            AffectedForm::Json => self.records.iter().try_for_each(|record| write_line(record, out)),
            AffectedForm::GoTest(depth) => self.write_arguments(depth, out),
        }
    }

    /// For each module the directory in which `go test` runs, and the packages below it.
    fn write_arguments(&self, depth: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut by_module: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for record in self.records.iter().filter(|record| record.kind == AffectedKind::Tests) {
            let below = record.dir.strip_prefix(&record.module_dir).unwrap_or(&record.dir);
            by_module.entry(&record.module_dir).or_default().push(below.trim_start_matches('/'));
        }
        for (dir, packages) in by_module {
            let up = "../".repeat(depth);
            let dir = format!("{up}{dir}");
            write!(out, "-C {}", shell_word(if dir.is_empty() { "." } else { &dir }))?;
            for package in packages {
                let argument = if package.is_empty() { ".".to_owned() } else { format!("./{package}") };
                write!(out, " {}", shell_word(&argument))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

/// A word as `xargs` and a shell read it: in quotes if it has more than the usual characters of paths.
fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+~@%,:=".contains(&byte);
    let word = escape::terminal(word).to_string();
    if word.bytes().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
