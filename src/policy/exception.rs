//! `[[exception]]`: the findings that a policy allows, why, for whom and until when.

use jiff::civil::Date;
use serde::Deserialize;

use super::options::{RawOption, RawOptions};
use super::{FileGlobs, ListPlace, ModulePatterns, OptionError, PackagePatterns, RawValue, Subject};
use crate::text::{FileId, RepoPath, Span};

/// A statement that findings of one rule, or of one entry, do not count in some places.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The rule.
    pub rule: String,
    /// The entry of it; `None` for all.
    pub entry: Option<String>,
    /// The files that findings are in.
    pub files: Option<FileGlobs>,
    /// The main modules that findings are in, by path or, with `./`, by directory.
    pub modules: Option<ModulePatterns>,
    /// The packages or modules that findings are about.
    pub imports: Option<PackagePatterns>,
    /// Why; never blank.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// The directory that it is confined to: that of its policy.
    pub below: RepoPath,
    /// The policy file.
    pub file: FileId,
    /// The value of `rule` in it.
    pub span: Span,
    pub(super) raw: RawOptions,
}

impl Exception {
    /// Whether it speaks of this rule and entry.
    pub fn covers_rule(&self, rule: &str, entry: Option<&str>) -> bool {
        self.rule == rule && self.entry.as_deref().is_none_or(|named| entry == Some(named))
    }

    /// Whether it speaks of this file.
    pub fn covers_file(&self, path: &RepoPath) -> bool {
        path.is_within(&self.below) && self.files.as_ref().is_none_or(|files| files.find(path.as_bytes()).is_some())
    }

    /// Whether it speaks of this main module: its path as `path`, its directory as `relative`.
    pub fn covers_module(&self, module: &Subject<'_>) -> bool {
        self.modules.as_ref().is_none_or(|modules| modules.find(module, None).is_some())
    }

    /// Whether it speaks of findings about this package or module.
    pub fn covers_import(&self, about: Option<&Subject<'_>>) -> bool {
        self.imports.as_ref().is_none_or(|imports| about.is_some_and(|about| imports.find(about).is_some()))
    }

    /// The value of `until` in the policy file, or else that of `rule`.
    pub fn until_span(&self) -> Span {
        self.raw.get("until").map_or(self.span, |until| until.value.span().into())
    }

    /// `rule`, or `rule/entry`.
    pub fn target(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}/{entry}", self.rule),
            None => self.rule.clone(),
        }
    }
}

/// The date of a text in the form `YYYY-MM-DD`, and no other.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let digits = |at: usize, byte: u8| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let well_formed = text.len() == 10 && text.bytes().enumerate().all(|(at, byte)| digits(at, byte));
    well_formed.then(|| text.parse().ok()).flatten()
}

/// The keys of the table, but for `until`, which is a date or a string.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    rule: Option<toml::Spanned<String>>,
    files: Option<Vec<toml::Spanned<String>>>,
    modules: Option<Vec<toml::Spanned<String>>>,
    imports: Option<Vec<toml::Spanned<String>>>,
    reason: Option<toml::Spanned<String>>,
    owner: Option<String>,
}

const KEYS: [&str; 6] = ["files", "imports", "modules", "owner", "reason", "rule"];
const SUGGESTIONS: [&str; 7] = ["files", "imports", "modules", "owner", "reason", "rule", "until"];

impl Exception {
    /// Types a table whose first line is `header`, as far as possible, and returns its mistakes.
    pub(super) fn new(
        raw: RawOptions,
        place: ListPlace<'_>,
        header: Span,
        below: RepoPath,
    ) -> (Self, Vec<OptionError>) {
        let mut rest = raw.clone();
        let until = rest.remove("until").map(|option| until(&option)).transpose();
        let (fields, errors) = rest.partly::<Fields>(&KEYS, &SUGGESTIONS);
        let mut errors: Vec<OptionError> = errors.into_iter().map(|(_, error)| error).collect();
        if errors.is_empty() {
            // Else a misspelt key would count twice.
            errors.extend(fields.missing(header));
        }
        let (rule, entry) = split_target(fields.rule.as_ref().map(|rule| rule.get_ref().as_str()).unwrap_or_default());
        let exception = Self {
            rule: rule.to_owned(),
            entry: entry.map(str::to_owned),
            files: compile(fields.files.as_deref(), &mut errors, |list| FileGlobs::compile_in(list, place)),
            modules: compile(fields.modules.as_deref(), &mut errors, |list| ModulePatterns::compile_in(list, place)),
            imports: compile(fields.imports.as_deref(), &mut errors, |list| PackagePatterns::compile_in(list, place)),
            reason: fields.reason.as_ref().map(|reason| reason.get_ref().trim().to_owned()).unwrap_or_default(),
            owner: fields.owner,
            until: until.clone().ok().flatten(),
            below,
            file: place.file,
            span: fields.rule.as_ref().map_or(header, |rule| rule.span().into()),
            raw,
        };
        errors.extend(until.err());
        (exception, errors)
    }
}

impl Fields {
    /// The keys that every exception must have.
    fn missing(&self, header: Span) -> Vec<OptionError> {
        let rule = self
            .rule
            .is_none()
            .then(|| OptionError::new(header, "this exception has no `rule`").help("name a rule, or `rule/entry`"));
        let reason = match &self.reason {
            None => Some(OptionError::new(header, "this exception has no `reason`")),
            Some(reason) if reason.get_ref().trim().is_empty() => {
                Some(OptionError::new(reason.span().into(), "the reason is empty"))
            }
            Some(_) => None,
        };
        rule.into_iter().chain(reason.map(|error| error.help("write why this is allowed"))).collect()
    }
}

fn compile<P>(
    list: Option<&[toml::Spanned<String>]>,
    errors: &mut Vec<OptionError>,
    compile: impl Fn(&[toml::Spanned<String>]) -> Result<P, Vec<OptionError>>,
) -> Option<P> {
    let result = list.map(compile).transpose();
    result.unwrap_or_else(|found| {
        errors.extend(found);
        None
    })
}

/// A rule, and the entry of it that is named after a `/`.
pub(super) fn split_target(target: &str) -> (&str, Option<&str>) {
    match target.split_once('/') {
        Some((rule, entry)) => (rule, Some(entry)),
        None => (target, None),
    }
}

fn until(option: &RawOption) -> Result<Date, OptionError> {
    let text = match option.value.get_ref() {
        RawValue::Datetime(date) => date.to_string(),
        RawValue::String(text) => text.clone(),
        _ => String::new(),
    };
    let error = OptionError::new(option.value.span().into(), "`until` is not a date");
    parse_date(&text).ok_or_else(|| error.help("write a day, such as `2026-12-31`"))
}

#[cfg(test)]
mod tests {
    use super::parse_date;

    #[test]
    fn only_a_plain_day_is_a_date() {
        assert!(parse_date("2026-12-31").is_some());
        for text in ["2026-02-30", "2026-1-1", "20261231", "2026-12-31T00:00:00Z", "+2026-12-3", "", "٢026-12-3"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
