//! Why a module needs a package, for a person to read.

use std::io::{self, Write};

use super::escape;
use super::summary::counted;

/// Whether and why a module needs a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The path of the module.
    pub module: String,
    /// The package or module that was asked for.
    pub target: String,
    /// The shortest way to it, from one of the module's packages or tools; nothing if none leads there.
    pub hops: Vec<Hop>,
    /// The line that requires it, if one does.
    pub requirement: Option<String>,
    /// How many packages were looked at.
    pub packages: usize,
    /// Of how many of them the tests.
    pub tests: usize,
    /// When it was last imported, if nothing needs it.
    pub last_import: Option<LastImportLine>,
    /// The reason why the answer is not certain.
    pub undecided: Option<String>,
}

/// Whether and by which imports a package reaches another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChainAnswer {
    /// The importing package.
    pub from: String,
    /// The package that was asked for.
    pub to: String,
    /// The chains, the shortest first.
    pub chains: Vec<ChainLines>,
    /// The reason why the answer is not certain, if there is no chain.
    pub undecided: Option<String>,
    /// Whether the package that was asked for is one of the standard library.
    pub is_standard: bool,
}

/// A chain of imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChainLines {
    /// Its packages.
    pub hops: Vec<Hop>,
    /// A build that has all of its imports; `None` if all have.
    pub build: Option<String>,
}

impl ChainAnswer {
    /// Writes the chains, with an empty line between two.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { from, to, chains, .. } = self;
        if chains.is_empty() {
            let limit = if self.is_standard { " outside of the standard library" } else { "" };
            return line(
                out,
                &format!("{from} does not need {to}: no chain of imports{limit} leads there in any build"),
            );
        }
        for (at, chain) in chains.iter().enumerate() {
            let by = if at == 0 { String::new() } else { format!(" through other packages ({})", at + 1) };
            line(out, &format!("{from} needs {to}{by}:"))?;
            for hop in &chain.hops {
                line(out, &format!("  {}", hop.describe()))?;
            }
            if let Some(build) = &chain.build {
                line(out, &format!("  only in builds with: {build}"))?;
            }
        }
        Ok(())
    }
}

/// A package on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The import path.
    pub package: String,
    /// Its module and version, if that is not the one that asks.
    pub module: Option<(String, String)>,
    /// The reason for it.
    pub ground: WhyGround,
}

/// The reason for a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyGround {
    /// It is one of the module's own.
    Own,
    /// A `tool` line names it.
    Tool,
    /// The package before imports it.
    Import {
        /// Whether a test of that does.
        test: bool,
        /// The file and the line, if they are known.
        place: Option<(String, u32)>,
    },
}

/// When a module was last imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastImportLine {
    /// The commit that took away the last import, or that began to require the module.
    pub commit: String,
    /// Its author.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// Whether there was an import that it took away.
    pub was_imported: bool,
    /// Whether the earlier history is not in the clone.
    pub is_least: bool,
}

impl Answer {
    /// Whether the module needs the target.
    pub fn is_needed(&self) -> bool {
        !self.hops.is_empty()
    }

    /// Writes the chain, or with `all` also the amount of code that was read if there is none.
    pub fn write(&self, all: bool, out: &mut dyn Write) -> io::Result<()> {
        let Self { module, target, packages, tests, .. } = self;
        if self.is_needed() {
            line(out, &format!("{module} needs {target}:"))?;
            return self.hops.iter().try_for_each(|hop| line(out, &format!("  {}", hop.describe())));
        }
        if all {
            line(
                out,
                &format!(
                    "{module} does not need {target}: checked {} and the tests of {tests} of them, in all builds",
                    counted(*packages, "package")
                ),
            )?;
            if let Some(requirement) = &self.requirement {
                line(out, &format!("  go.mod requires {requirement}"))?;
            }
            if let Some(last) = &self.last_import {
                line(out, &format!("  {}", last.describe()))?;
            }
        }
        Ok(())
    }
}

impl Hop {
    fn describe(&self) -> String {
        let module = match &self.module {
            Some((path, version)) if *path == self.package => format!(" {version}"),
            Some((path, version)) => format!(" ({path} {version})"),
            None => String::new(),
        };
        match &self.ground {
            WhyGround::Own => self.package.clone(),
            WhyGround::Tool => format!("tool {}{module}", self.package),
            WhyGround::Import { test, place } => {
                let who = if *test { "its test imports" } else { "imports" };
                let place = place.as_ref().map(|(file, line)| format!("  {file}:{line}")).unwrap_or_default();
                format!("{who} {}{module}{place}", self.package)
            }
        }
    }
}

impl LastImportLine {
    fn describe(&self) -> String {
        let Self { commit, author, subject, was_imported, is_least } = self;
        let least = if *is_least { ", or earlier" } else { "" };
        let event = if *was_imported { "last import removed in" } else { "never imported; required since" };
        format!("{event} {commit:.12} ({author}: {subject}){least}")
    }
}

/// Nothing of a repository reaches a terminal as it is.
fn line(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", escape::terminal(text))
}
