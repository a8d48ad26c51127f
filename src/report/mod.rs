//! Output: a run and its files, written in the form that was asked for.
//!
//! Reporters are pure except for the writer. They never filter, judge or read the environment, and text from a
//! repository passes through [`escape`] on its way out.

pub(crate) mod affected;
mod checkstyle;
mod concise;
mod covered;
pub(crate) mod diff;
pub(crate) mod escape;
mod excerpt;
pub(crate) mod facts;
mod file_links;
mod fingerprint;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod junit;
mod limit;
mod markdown;
pub(crate) mod patch;
mod place;
mod pretty;
mod rdjson;
mod remarks;
mod requirements;
mod sarif;
mod statistics;
mod summary;
mod terminal;
mod totals;
pub(crate) mod undecided;
pub(crate) mod why;

use std::fmt;
use std::str::FromStr;

pub(crate) use self::concise::write_obstacles;
pub use self::file_links::FileLinks;
pub(crate) use self::json::rule_records;
pub use self::json::{read_report, schema as report_schema};
pub(crate) use self::sarif::write_sarif_runs;
pub(crate) use self::statistics::statistics;
pub(crate) use self::summary::counted;
pub use self::terminal::{Reporter, Terminal};

/// The reporter of [`Format::Pretty`] that links names of files to the files on disk.
pub fn linked_pretty(terminal: Terminal, links: FileLinks) -> Box<dyn Reporter> {
    Box::new(pretty::Pretty::new(terminal).with_links(links))
}

/// The forms of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: each finding with the lines it is about.
    #[default]
    Pretty,
    /// One line a finding, for editors and `grep`.
    Concise,
    /// One JSON object with a stable form.
    Json,
    /// One JSON object a finding, each on its own line.
    Jsonl,
    /// Workflow commands, which GitHub shows as annotations.
    Github,
    /// A Code Quality report, which GitLab shows in merge requests.
    Gitlab,
    /// SARIF 2.1.0, as GitHub code scanning reads it.
    Sarif,
    /// JUnit's XML, for every reader of test results.
    Junit,
    /// Checkstyle's XML, for Jenkins and others.
    Checkstyle,
    /// reviewdog's diagnostics.
    Rdjson,
    /// Tables for a comment or a summary.
    Markdown,
    /// One page for a browser.
    Html,
    /// Numbers only, one `name=value` per line, for scripts.
    Totals,
}

impl Format {
    /// All of them, in the order of the help text.
    pub const ALL: [Self; 13] = [
        Self::Pretty,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Github,
        Self::Gitlab,
        Self::Sarif,
        Self::Junit,
        Self::Checkstyle,
        Self::Rdjson,
        Self::Markdown,
        Self::Html,
        Self::Totals,
    ];

    /// The name used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Rdjson => "rdjson",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Totals => "totals",
        }
    }

    /// The purpose of the format, in a few words.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Pretty => "For people: each finding with its lines",
            Self::Concise => "One line per finding, for editors and grep",
            Self::Json => "One JSON object with everything, for scripts and archives",
            Self::Jsonl => "One JSON object per line, for scripts",
            Self::Github => "GitHub annotations",
            Self::Gitlab => "GitLab Code Quality report",
            Self::Sarif => "SARIF 2.1.0, for GitHub code scanning",
            Self::Junit => "JUnit XML, for test reports",
            Self::Checkstyle => "Checkstyle XML, for Jenkins",
            Self::Rdjson => "For reviewdog, with fixes as suggestions",
            Self::Markdown => "Tables for comments and job summaries",
            Self::Html => "One page for a browser",
            Self::Totals => "Numbers only, for scripts",
        }
    }

    /// The reporter of this form; only those for people look at `terminal`.
    pub fn reporter(self, terminal: Terminal) -> Box<dyn Reporter> {
        match self {
            Self::Pretty => Box::new(pretty::Pretty::new(terminal)),
            Self::Concise => Box::new(concise::Concise::new(terminal)),
            Self::Json => Box::new(json::Json),
            Self::Jsonl => Box::new(jsonl::Jsonl),
            Self::Github => Box::new(github::Github::new(terminal)),
            Self::Gitlab => Box::new(gitlab::Gitlab::new(terminal)),
            Self::Sarif => Box::new(sarif::SarifLog),
            Self::Junit => Box::new(junit::Junit::new(terminal)),
            Self::Checkstyle => Box::new(checkstyle::Checkstyle::new(terminal)),
            Self::Rdjson => Box::new(rdjson::Rdjson::new(terminal)),
            Self::Markdown => Box::new(markdown::Markdown::new(terminal)),
            Self::Html => Box::new(html::Html::new(terminal)),
            Self::Totals => Box::new(totals::Totals),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or(UnknownFormat)
    }
}

/// A name that is no form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", Format::ALL.map(Format::as_str).join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("xml".parse::<Format>().is_err());
    }
}
