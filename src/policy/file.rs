//! One policy file as written: keys, entries and their places, nothing merged and no option typed.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Span as TomlSpan};

use super::exception::split_target;
use super::group::check_name;
use super::options::unknown_key;
use super::{InlineChoice, Level, OptionError, RawOption, RawOptions, RawValue, UndecidedChoice};
use crate::finding::Severity;
use crate::text::{FileId, Files, Span, did_you_mean};

/// A policy file, read as far as it can be.
#[derive(Clone, Debug)]
pub(crate) struct PolicyFile {
    /// The file.
    pub file: FileId,
    /// The built-in pack that it is.
    pub pack: Option<&'static str>,
    /// The policies that it extends.
    pub extends: Vec<Spanned<String>>,
    /// Where modules are that the go command would not look for, if it says so.
    pub modules: Option<(Vec<Spanned<String>>, RawOption)>,
    /// The choice for `//modwarden:allow` comments, if there is one.
    pub inline: Option<(InlineChoice, RawOption)>,
    /// The lines of `[severity]`.
    pub severity: Vec<RawSeverity>,
    /// The choices for rules that could not decide.
    pub undecided: Vec<RawUndecided>,
    /// The entries of all rules.
    pub entries: Vec<RawEntry>,
    /// Whether all of the text was read, so that a missing key is really missing.
    pub whole: bool,
    /// The named lists of patterns: each with its place, and the strings in it.
    pub groups: Vec<RawGroup>,
    /// The headers and tables of `[[exception]]`.
    pub exceptions: Vec<(Span, RawOptions)>,
}

/// A line of `[severity]`.
#[derive(Clone, Debug)]
pub(crate) struct RawSeverity {
    /// The rule, which is known.
    pub rule: String,
    /// The entry after the `/`.
    pub entry: Option<String>,
    /// The key.
    pub key: Span,
    /// The value.
    pub level: Level,
}

/// A line of `[undecided]`, or `undecided = "…"`.
#[derive(Clone, Debug)]
pub(crate) struct RawUndecided {
    /// The rule, which is known; `None` for every rule.
    pub rule: Option<String>,
    /// The entry after the `/`.
    pub entry: Option<String>,
    /// The key.
    pub key: Span,
    /// The value.
    pub choice: UndecidedChoice,
}

/// A line of `[groups]`.
#[derive(Clone, Debug)]
pub(crate) struct RawGroup {
    /// The name.
    pub name: String,
    /// The line.
    pub raw: RawOption,
    /// The strings of the list.
    pub patterns: Vec<Spanned<String>>,
}

/// An entry of a rule, from its own file alone.
#[derive(Clone, Debug)]
pub(crate) struct RawEntry {
    /// The rule, which is known.
    pub rule: &'static str,
    /// The name.
    pub name: Spanned<String>,
    /// All other keys.
    pub attributes: RawOptions,
}

/// The facts about a rule that a policy needs; policy does not import rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The id.
    pub id: &'static str,
    /// The severity when the policy gives none.
    pub severity: Severity,
    /// Whether the rule finds something without an entry.
    pub stands_alone: bool,
    /// The list whose captures the other lists can use, where `from` has none.
    pub binding: Option<&'static str>,
    /// The mistakes in the options of an entry.
    pub check: fn(&RawOptions) -> Vec<(FileId, OptionError)>,
}

/// A mistake in a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyError {
    /// The policy file.
    pub file: FileId,
    /// The bytes to underline.
    pub span: Span,
    /// The mistake.
    pub message: String,
    /// The correct text.
    pub help: Option<String>,
}

impl PolicyError {
    pub(super) fn new(file: FileId, error: OptionError) -> Self {
        Self { file, span: error.span, message: error.message, help: error.help }
    }
}

/// The longest policy that is read, in bytes: far more than anyone writes, and little enough to fail at once.
pub(crate) const MAX_POLICY_BYTES: usize = 1 << 20;

/// After a syntax error most of the following errors are only consequences of it.
const MAX_SYNTAX_ERRORS: usize = 10;

impl PolicyFile {
    /// Reads the text of `file`, and yields every error of syntax and structure beside it.
    pub(crate) fn parse(file: FileId, files: &Files, rules: &[RuleInfo]) -> (Self, Vec<PolicyError>) {
        let mut policy = Self::empty(file);
        let text = match check_text(files.get(file).text()) {
            Ok(text) => text,
            Err(error) => return (policy, vec![PolicyError::new(file, error)]),
        };
        let (table, faults) = DeTable::parse_recoverable(text);
        let mut syntax = syntax_errors(text, &faults);
        policy.whole = syntax.is_empty();
        let mut walk = TableWalk { policy: &mut policy, rules, errors: Vec::new() };
        walk.document(table);
        let lines = files.get(file).lines();
        let line_of = |error: &OptionError| lines.line_of(error.span.start);
        syntax.dedup_by_key(|error| line_of(error));
        let mut errors = walk.errors;
        errors.retain(|error| syntax.iter().all(|fault| line_of(fault) != line_of(error)));
        syntax.truncate(MAX_SYNTAX_ERRORS);
        let errors = syntax.into_iter().chain(errors);
        (policy, errors.map(|error| PolicyError::new(file, error)).collect())
    }

    /// A policy that could not be read.
    pub(super) fn empty(file: FileId) -> Self {
        Self {
            file,
            pack: None,
            extends: Vec::new(),
            modules: None,
            inline: None,
            severity: Vec::new(),
            undecided: Vec::new(),
            entries: Vec::new(),
            whole: false,
            groups: Vec::new(),
            exceptions: Vec::new(),
        }
    }
}

/// Why a text is no policy, so that not one line of it may be shown: a link or an `extends` may have led to a file with
/// secrets. A text with a key of a policy is one, whatever else is wrong with it, and so is a text without any key.
pub(super) fn not_a_policy(text: &[u8], rules: &[RuleInfo]) -> Option<OptionError> {
    if text.len() > MAX_POLICY_BYTES {
        return Some(too_long());
    }
    let lossy = String::from_utf8_lossy(text);
    let (table, faults) = DeTable::parse_recoverable(&lossy);
    let is_of_policy = |key: &str, value: &DeValue<'_>| {
        let mut known = TOP_KEYS.into_iter().chain(rules.iter().map(|rule| rule.id));
        let is_table = matches!(value, DeValue::Array(_) | DeValue::Table(_));
        known.any(|known| known == key || (is_table && did_you_mean(key, [known]).is_some()))
    };
    let table = table.get_ref();
    let is_blank = table.is_empty() && faults.is_empty();
    if is_blank || table.iter().any(|(key, value)| is_of_policy(key.get_ref(), value.get_ref())) {
        return None;
    }
    if std::str::from_utf8(text).is_err() {
        return Some(not_utf8(Span::at(0)));
    }
    let fault = "this is not a policy: it has no key of a policy";
    let help = "a policy has `extends`, `[severity]`, `[[exception]]` or entries of rules, such as `[[import-denied]]`";
    Some(OptionError::new(Span::at(0), fault).help(help))
}

fn not_utf8(span: Span) -> OptionError {
    OptionError::new(span, "the file is not UTF-8").help("save the file as UTF-8")
}

fn too_long() -> OptionError {
    let message = format!("the policy is longer than {MAX_POLICY_BYTES} bytes");
    OptionError::new(Span::at(0), message).help("split it, and name the parts in `extends`")
}

/// The keys at the top of a policy that are not rules.
const TOP_KEYS: [&str; 7] = ["exception", "extends", "groups", "inline-exceptions", "modules", "severity", "undecided"];

/// Those of them that are typed at once.
const HEADER_KEYS: [&str; 3] = ["extends", "inline-exceptions", "modules"];

fn check_text(text: &[u8]) -> Result<&str, OptionError> {
    std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        not_utf8(Span::new(at, at + 1))
    })
}

/// The errors of syntax in order of place; where a bracket is never closed, the first alone, for the rest of the
/// file was then read as a list.
fn syntax_errors(text: &str, faults: &[toml::de::Error]) -> Vec<OptionError> {
    let error = |fault: &toml::de::Error| OptionError::new(fault.span().unwrap_or(0..0).into(), words_of(fault));
    let mut errors: Vec<OptionError> = faults.iter().map(error).collect();
    errors.sort_by_key(|error| error.span);
    if !errors.is_empty() && has_unclosed_bracket(text) {
        errors.truncate(1);
    }
    errors
}

fn has_unclosed_bracket(text: &str) -> bool {
    let mut brackets = Brackets::default();
    let tokens = toml_parser::Source::new(text).lex().into_vec();
    parse_document(&tokens, &mut RecursionGuard::new(&mut brackets, MAX_NESTING), &mut ());
    brackets.open_headers > 0 || brackets.is_unclosed
}

/// How deep lists and tables are followed. The parser of policies stops there too.
const MAX_NESTING: u32 = 80;

/// Looks for brackets that are never closed. The parser closes a list at an empty place, and a header not at all.
#[derive(Default)]
struct Brackets {
    open_headers: usize,
    is_unclosed: bool,
}

impl EventReceiver for Brackets {
    fn std_table_open(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_headers += 1;
    }

    fn std_table_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_headers -= 1;
    }

    fn array_table_open(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_headers += 1;
    }

    fn array_table_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_headers -= 1;
    }

    fn array_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.is_unclosed |= span.is_empty();
    }

    fn inline_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.is_unclosed |= span.is_empty();
    }
}

/// The parser's message, in words about the file where its own are about the parser.
fn words_of(fault: &toml::de::Error) -> &str {
    match fault.message() {
        "recursion limit" | "cannot recurse further; max recursion depth met" => "nested too deeply",
        words => words,
    }
}

/// The keys at the top that are no tables.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct TopKeys {
    extends: Vec<Spanned<String>>,
    modules: Option<Vec<Spanned<String>>>,
    inline_exceptions: Option<InlineChoice>,
}

struct TableWalk<'w> {
    policy: &'w mut PolicyFile,
    rules: &'w [RuleInfo],
    errors: Vec<OptionError>,
}

impl TableWalk<'_> {
    fn document(&mut self, table: Spanned<DeTable<'_>>) {
        let value = RawValue::copy(&Spanned::new(0..0, DeValue::Table(table.into_inner())));
        let RawValue::Table(table) = value.into_inner() else { return };
        let mut document = RawOptions::new(&table, self.policy.file);
        let header = document.split_off(&HEADER_KEYS);
        let (TopKeys { extends, modules, inline_exceptions }, errors) = header.partly(&HEADER_KEYS, &[]);
        self.errors.extend(errors.into_iter().map(|(_, error)| error));
        self.policy.extends = extends;
        self.policy.modules = modules.zip(header.get("modules").cloned());
        self.policy.inline = inline_exceptions.zip(header.get("inline-exceptions").cloned());
        if let Some(option) = document.remove("severity") {
            self.severity(&option);
        }
        if let Some(option) = document.remove("undecided") {
            self.undecided(&option);
        }
        if let Some(option) = document.remove("groups") {
            self.groups(&option);
        }
        if let Some(option) = document.remove("exception") {
            self.policy.exceptions = self.tables("exception", &option);
        }
        for (key, option) in document.iter() {
            match self.rules.iter().find(|rule| rule.id == key) {
                Some(rule) => self.entries(rule.id, option),
                None => self.unknown(key, option),
            }
        }
    }

    fn unknown(&mut self, key: &str, option: &RawOption) {
        let keys: Vec<&str> = TOP_KEYS.into_iter().chain(self.rules.iter().map(|rule| rule.id)).collect();
        let holds_entries = match option.value.get_ref() {
            RawValue::Array(items) => items.iter().any(|item| matches!(item.get_ref(), RawValue::Table(_))),
            value => matches!(value, RawValue::Table(_)),
        };
        let error =
            if holds_entries { unknown_rule(key, option.key, &keys) } else { unknown_key(key, option.key, &keys) };
        self.errors.push(error);
    }

    fn severity(&mut self, option: &RawOption) {
        let RawValue::Table(lines) = option.value.get_ref() else {
            let help = "write `[severity]`, and below it `rule = \"warn\"`";
            self.errors.push(OptionError::new(option.key, "`severity` must be a table").help(help));
            return;
        };
        for (key, value) in lines {
            match self.severity_line(key, value) {
                Ok(line) => self.policy.severity.push(line),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn groups(&mut self, option: &RawOption) {
        let RawValue::Table(lines) = option.value.get_ref() else {
            let help = "write `[groups]`, and below it `name = [\"./internal/store/...\"]`";
            self.errors.push(OptionError::new(option.key, "`groups` must be a table").help(help));
            return;
        };
        for (key, value) in lines {
            match self.group(key, value) {
                Ok(group) => self.policy.groups.push(group),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn group(&self, key: &Spanned<String>, value: &Spanned<RawValue>) -> Result<RawGroup, OptionError> {
        check_name(key)?;
        let expected = |value: &Spanned<RawValue>, what: &str| {
            let message = format!("{}, but {what} is expected", value.get_ref().kind());
            OptionError::new(value.span().into(), message)
        };
        let RawValue::Array(items) = value.get_ref() else {
            return Err(expected(value, "a list").help(format!("write `[{}]`", value.get_ref())));
        };
        let mut patterns = Vec::new();
        for item in items {
            let RawValue::String(text) = item.get_ref() else { return Err(expected(item, "a string")) };
            patterns.push(Spanned::new(item.span(), text.clone()));
        }
        if patterns.is_empty() {
            let error = OptionError::new(value.span().into(), format!("the group `{}` is empty", key.get_ref()));
            return Err(error.help("add a pattern, or remove the group"));
        }
        let raw = RawOption { file: self.policy.file, key: key.span().into(), value: value.clone() };
        Ok(RawGroup { name: key.get_ref().clone(), raw, patterns })
    }

    fn severity_line(&self, key: &Spanned<String>, value: &Spanned<RawValue>) -> Result<RawSeverity, OptionError> {
        let (rule, entry) = split_target(key.get_ref());
        check_rule(rule, key.span().into(), self.rules)?;
        let name = match value.get_ref() {
            RawValue::String(name) => name.as_str(),
            _ => "",
        };
        let level = Level::parse(name).ok_or_else(|| {
            let names = "a severity is `error`, `warn`, `note` or `off`";
            let error = OptionError::new(value.span().into(), "this is not a severity");
            error.help(did_you_mean(name, ["error", "warn", "note", "off"]).unwrap_or_else(|| names.to_owned()))
        })?;
        Ok(RawSeverity { rule: rule.to_owned(), entry: entry.map(str::to_owned), key: key.span().into(), level })
    }

    /// One word for all rules, or a table with one for each of some, and for all others as `all`.
    fn undecided(&mut self, option: &RawOption) {
        let lines = match option.value.get_ref() {
            RawValue::Table(lines) => lines.iter().map(|(key, value)| self.undecided_line(key, value)).collect(),
            _ => {
                let choice = undecided_choice(&option.value);
                vec![choice.map(|choice| RawUndecided { rule: None, entry: None, key: option.key, choice })]
            }
        };
        for line in lines {
            match line {
                Ok(line) => self.policy.undecided.push(line),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn undecided_line(&self, key: &Spanned<String>, value: &Spanned<RawValue>) -> Result<RawUndecided, OptionError> {
        let (rule, entry) = split_target(key.get_ref());
        let rule = Some(rule).filter(|rule| *rule != EVERY_RULE || entry.is_some());
        rule.map_or(Ok(()), |rule| check_rule(rule, key.span().into(), self.rules))?;
        let choice = undecided_choice(value)?;
        let (rule, entry) = (rule.map(str::to_owned), entry.map(str::to_owned));
        Ok(RawUndecided { rule, entry, key: key.span().into(), choice })
    }

    fn entries(&mut self, rule: &'static str, option: &RawOption) {
        for (header, mut attributes) in self.tables(rule, option) {
            if let Some(severity) = attributes.remove("severity") {
                let error = OptionError::new(severity.key, "an entry cannot have a severity");
                self.errors.push(error.help(format!("in `[severity]`, write `\"{rule}/NAME\" = …`")));
            }
            let name = match self.name(&mut attributes, header) {
                Ok(Some(name)) if self.is_taken(rule, &name) => {
                    let message = format!("`{rule}` has two entries called `{}`", name.get_ref());
                    Err(OptionError::new(name.span().into(), message).help("give each its own name"))
                }
                Ok(None) => continue,
                name => name,
            };
            // An entry without a good name is kept, to find its other mistakes.
            let name = name.unwrap_or_else(|error| {
                self.errors.push(error);
                Some(Spanned::new(header.range(), format!("?{}", header.start)))
            });
            self.policy.entries.extend(name.map(|name| RawEntry { rule, name, attributes }));
        }
    }

    fn is_taken(&self, rule: &str, name: &Spanned<String>) -> bool {
        self.policy.entries.iter().any(|entry| entry.rule == rule && entry.name == *name)
    }

    /// The name of an entry; `None` where it may have been lost to an error of syntax.
    fn name(&self, attributes: &mut RawOptions, header: Span) -> Result<Option<Spanned<String>>, OptionError> {
        let Some(option) = attributes.remove("name") else {
            let near = attributes.iter().find(|(key, _)| did_you_mean(key, ["name"]).is_some());
            let missing = OptionError::new(header, "this entry has no `name`");
            let error = match near {
                Some((key, option)) => unknown_key(key, option.key, &["name"]),
                None => missing.help("add a `name` that says what it prevents"),
            };
            return if self.policy.whole { Err(error) } else { Ok(None) };
        };
        let span = option.value.span();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match option.value.into_inner() {
            RawValue::String(name) if !name.is_empty() && name.chars().all(allowed) => {
                Ok(Some(Spanned::new(span, name)))
            }
            _ => {
                Err(OptionError::new(span.into(), "this is not a valid name")
                    .help("use letters, digits, `-`, `_` and `.`"))
            }
        }
    }

    /// The tables of `[[key]]` with their headers.
    fn tables(&mut self, key: &str, option: &RawOption) -> Vec<(Span, RawOptions)> {
        let help = format!("write `[[{key}]]`, with two brackets");
        let RawValue::Array(items) = option.value.get_ref() else {
            let span = if matches!(option.value.get_ref(), RawValue::Table(_)) {
                option.key
            } else {
                option.value.span().into()
            };
            self.errors.push(OptionError::new(span, format!("`{key}` must be a list of tables")).help(help));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref() {
                RawValue::Table(table) => tables.push((item.span().into(), RawOptions::new(table, self.policy.file))),
                other => {
                    let message = format!("{}, but a table is expected", other.kind());
                    self.errors.push(OptionError::new(item.span().into(), message).help(help.clone()));
                }
            }
        }
        tables
    }
}

/// The key of `[undecided]` for all rules that it does not name.
pub(super) const EVERY_RULE: &str = "all";

fn undecided_choice(value: &Spanned<RawValue>) -> Result<UndecidedChoice, OptionError> {
    let name = match value.get_ref() {
        RawValue::String(name) => name.as_str(),
        _ => "",
    };
    UndecidedChoice::parse(name).ok_or_else(|| {
        let names = "write `\"pass\"` or `\"fail\"`, or a table `[undecided]` with one of them for each rule";
        let help = did_you_mean(name, UndecidedChoice::ALL.map(UndecidedChoice::as_str));
        let error = OptionError::new(value.span().into(), "this is neither `pass` nor `fail`");
        error.help(help.unwrap_or_else(|| names.to_owned()))
    })
}

/// Whether there is such a rule.
pub(super) fn check_rule(rule: &str, span: Span, rules: &[RuleInfo]) -> Result<(), OptionError> {
    let ids: Vec<&str> = rules.iter().map(|known| known.id).collect();
    if ids.contains(&rule) { Ok(()) } else { Err(unknown_rule(rule, span, &ids)) }
}

fn unknown_rule(rule: &str, span: Span, names: &[&str]) -> OptionError {
    let help = did_you_mean(rule, names.iter().copied());
    let help = help.unwrap_or_else(|| "`modwarden rules` lists them".to_owned());
    OptionError::new(span, format!("no rule is called `{rule}`")).help(help)
}
