//! The values of options that clap cannot read by itself: forms, outputs and severities.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command};

use crate::finding::Severity;
use crate::policy::{RuleName, packs};
use crate::report::Format;
use crate::rules::{RULES, find};
use crate::text::did_you_mean;

/// A report to write.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Output {
    pub(in crate::cli) format: Format,
    pub(in crate::cli) target: Target,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// The least severity that makes a run fail; `None` for never.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct FailOn(pub(in crate::cli) Option<Severity>);

impl Default for FailOn {
    fn default() -> Self {
        Self(Some(Severity::Error))
    }
}

/// Reads the name of a form.
pub(super) fn format_names() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(|format| PossibleValue::new(format.as_str()).help(format.summary()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

/// The names of the forms.
pub(in crate::cli) fn forms() -> String {
    Format::ALL.map(Format::as_str).join(", ")
}

/// Reads where a report goes, and in which form.
#[derive(Clone)]
pub(super) struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Output, clap::Error> {
        parse_output.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |format: Format| PossibleValue::new(format!("{format}=")).help(format.summary());
        Some(Box::new(Format::ALL.into_iter().map(value)))
    }
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, for example sarif=modwarden.sarif")?;
    if path.is_empty() {
        return Err("the path is missing after `=`".to_owned());
    }
    let target = if path == "-" { Target::Stdout } else { Target::File(PathBuf::from(path)) };
    let format = format.parse().map_err(|_| format!("the formats are {}", forms()))?;
    Ok(Output { format, target })
}

/// Reads the name of a rule, or of an entry of one.
#[derive(Clone)]
pub(super) struct ParseRule;

impl TypedValueParser for ParseRule {
    type Value = RuleName;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<RuleName, clap::Error> {
        parse_rule.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(RULES.iter().map(|rule| PossibleValue::new(rule.meta().id).help(rule.meta().summary))))
    }
}

fn parse_rule(name: &str) -> Result<RuleName, String> {
    let name = RuleName::new(name);
    match find(&name.rule) {
        Some(_) => Ok(name),
        None => {
            let near = did_you_mean(&name.rule, RULES.iter().map(|rule| rule.meta().id));
            let help = near.unwrap_or_else(|| "`modwarden rules` lists them".to_owned());
            Err(format!("there is no rule `{}`; {help}", name.rule))
        }
    }
}

/// Reads the name of a pack.
pub(super) fn pack_names() -> PossibleValuesParser {
    packs().map(|pack| pack.name).into()
}

/// Reads the least severity that makes a run fail.
#[derive(Clone)]
pub(super) struct FailOnParser;

impl TypedValueParser for FailOnParser {
    type Value = FailOn;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<FailOn, clap::Error> {
        let names: Vec<PossibleValue> = self.possible_values().into_iter().flatten().collect();
        let name = PossibleValuesParser::new(names).parse_ref(command, arg, value)?;
        Ok(FailOn(name.parse().ok()))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let severities = Severity::ALL.into_iter().rev().map(Severity::as_str);
        Some(Box::new(severities.chain(["never"]).map(PossibleValue::new)))
    }
}
