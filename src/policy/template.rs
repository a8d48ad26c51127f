//! Policies as text: the one that `policy init` writes, and the effective one that `policy show` prints.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::file::EVERY_RULE;
use super::severities::LevelLine;
use super::{Entry, FILE_NAMES, Group, Policy, RawOption, RawOptions, packs};
use crate::text::{FileId, Files, RepoPath, Span, is_hidden};

/// The facts about a repository that `policy init` uses, and the day.
#[derive(Clone, Debug, Default)]
pub struct InitFacts {
    /// The paths of its main modules.
    pub modules: Vec<String>,
    /// Whether there is a directory `cmd` with packages.
    pub has_commands: bool,
    /// Whether there is a directory `internal` with packages.
    pub has_internal: bool,
    /// The day.
    pub today: Date,
}

const INIT_HEAD: &str = r#"# The policy of modwarden for this repository. `modwarden explain RULE` shows the page of a rule,
# `modwarden policy show` the effective policy and where each value comes from.

# Built-in packs by name, files by path (`"./policies/team.toml"`); values in this file win.
# More packs: {packs}.
extends = ["recommended"]

# Of a rule, or of one entry: error, warn, note, off.
[severity]
import-duplicate = "warn"
# "import-denied/no-ioutil" = "error"

"#;

const INIT_DENIED: &str = r#"# Imports that nobody should add. A pattern is an import path, `net/...` for it and all below, a glob
# (`github.com/*/sdk`, `**` for any depth), `re:` and a regular expression, or a set such as `$std`.
# [[import-denied]]
# name = "no-ioutil"
# deny = ["io/ioutil"]
# reason = "deprecated since Go 1.19"
# use = "`io` and `os`"

"#;

const INIT_MODULES: &str = r#"# Modules that should not be required; versions after `@`.
# [[module-denied]]
# name = "no-old-protobuf"
# deny = ["github.com/golang/protobuf@<1.4.0"]
# use = "`google.golang.org/protobuf`"

"#;

const INIT_EXCEPTION: &str = r#"# What passes although a rule forbids it; the reason is required.
# [[exception]]
# rule = "import-denied/no-ioutil"
# files = ["third_party/**"]
# reason = "copied from upstream, replaced with the next release"
# owner = "@platform"
# until = {until}
"#;

/// The commented policy that `policy init` writes. It loads without errors, and asks no more than `recommended`.
pub fn init_text(facts: &InitFacts) -> String {
    let more = packs().map(|pack| pack.name).filter(|name| *name != "recommended");
    let more: Vec<String> = more.map(|name| format!("\"{name}\"")).collect();
    let mut text = INIT_HEAD.replace("{packs}", &more.join(", "));
    for module in &facts.modules {
        let shown: String = module.chars().filter(|c| !is_hidden(*c)).collect();
        text.push_str(&format!("# Judges the module {shown}; `./` in a pattern is its root.\n"));
    }
    text.push_str(if facts.modules.is_empty() { "" } else { "\n" });
    text.push_str(INIT_DENIED);
    if facts.has_commands && facts.has_internal {
        text.push_str("# Only commands may use the packages at the edge.\n# [[import-protected]]\n");
        text.push_str(
            "# name = \"edge-through-commands\"\n# protect = [\"./internal/edge/...\"]\n# to = [\"./cmd/...\"]\n\n",
        );
    }
    text.push_str(INIT_MODULES);
    // Far enough away for whoever takes the example over, and an exception that ends at some time.
    let until = format!("{:04}-12-31", facts.today.year().saturating_add(1));
    text.push_str(&INIT_EXCEPTION.replace("{until}", &until));
    text
}

/// The effective policy as TOML, with a comment after each value that says where it comes from.
///
/// Policies of directories follow under a comment with their path; without them the text is itself a policy.
pub fn show_text(policy: &Policy, files: &Files) -> String {
    let mut show = ShownPolicy { text: String::new(), files };
    let root = RepoPath::root();
    let mut directories: Vec<&RepoPath> = Vec::new();
    directories.extend(policy.severity.lines().iter().map(|line| &line.below));
    directories.extend(policy.undecided.lines().iter().map(|line| &line.below));
    directories.extend(policy.groups.iter().map(|group| &group.below));
    directories.extend(policy.entries.iter().map(|entry| &entry.below));
    directories.extend(policy.exceptions.iter().map(|exception| &exception.below));
    directories.extend(policy.inline.raw.iter().map(|_| &root));
    directories.extend(&policy.inline.denied);
    directories.sort();
    directories.dedup();
    for directory in directories {
        show.policy(policy, directory);
    }
    show.text
}

/// The entries of this rule and name, those of directories among them, and the severities that concern them, as in
/// [`show_text`]; `None` if there is no such entry.
pub(crate) fn entry_text(policy: &Policy, files: &Files, rule: &str, name: &str) -> Option<String> {
    let mut show = ShownPolicy { text: String::new(), files };
    let entries: Vec<&Entry> = policy.entries.iter().filter(|entry| entry.rule == rule && entry.name == name).collect();
    for entry in &entries {
        show.entry(entry);
    }
    let concerns = |line: &&LevelLine| line.rule == rule && line.entry.as_deref().is_none_or(|entry| entry == name);
    show.severity_lines(policy.severity.lines().iter().filter(concerns).collect());
    show.text.truncate(show.text.trim_end().len());
    (!entries.is_empty()).then_some(show.text + "\n")
}

struct ShownPolicy<'f> {
    text: String,
    files: &'f Files,
}

impl ShownPolicy<'_> {
    fn policy(&mut self, policy: &Policy, directory: &RepoPath) {
        if !directory.is_root() {
            self.line(format_args!("# {directory}/{}", FILE_NAMES[0]));
        }
        if let Some(modules) = policy.modules.raw().filter(|_| directory.is_root()) {
            self.option("modules", modules);
            self.line(format_args!(""));
        }
        self.inline(policy, directory);
        self.undecided(policy, directory);
        self.groups(policy, directory);
        self.severities(policy, directory);
        for entry in policy.entries.iter().filter(|entry| entry.below == *directory) {
            self.entry(entry);
        }
        for exception in policy.exceptions.iter().filter(|exception| exception.below == *directory) {
            self.line(format_args!("[[exception]]"));
            self.options(&exception.raw);
            self.line(format_args!(""));
        }
    }

    fn inline(&mut self, policy: &Policy, directory: &RepoPath) {
        match &policy.inline.raw {
            Some(raw) if directory.is_root() => {
                self.option("inline-exceptions", raw);
                self.line(format_args!(""));
            }
            _ if policy.inline.denied.contains(directory) => {
                self.line(format_args!("inline-exceptions = \"deny\""));
                self.line(format_args!(""));
            }
            _ => {}
        }
    }

    /// One line where it is for all rules, else a table.
    fn undecided(&mut self, policy: &Policy, directory: &RepoPath) {
        let mut lines: Vec<_> = policy.undecided.lines().iter().filter(|line| line.below == *directory).collect();
        lines.sort_by_key(|line| (&line.rule, &line.entry));
        let is_for_all = lines.len() == 1 && lines[0].rule.is_none();
        if !is_for_all && !lines.is_empty() {
            self.line(format_args!("[undecided]"));
        }
        for line in &lines {
            let (place, choice) = (self.place(line.file, line.key), line.choice.as_str());
            match (&line.rule, &line.entry) {
                _ if is_for_all => self.line(format_args!("undecided = \"{choice}\"  # {place}")),
                (Some(rule), Some(entry)) => self.line(format_args!("\"{rule}/{entry}\" = \"{choice}\"  # {place}")),
                (rule, _) => {
                    let rule = rule.as_deref().unwrap_or(EVERY_RULE);
                    self.line(format_args!("{rule} = \"{choice}\"  # {place}"));
                }
            }
        }
        if !lines.is_empty() {
            self.line(format_args!(""));
        }
    }

    fn groups(&mut self, policy: &Policy, directory: &RepoPath) {
        let mut groups: Vec<&Group> = policy.groups.iter().filter(|group| group.below == *directory).collect();
        groups.sort_by_key(|group| &group.name);
        if groups.is_empty() {
            return;
        }
        self.line(format_args!("[groups]"));
        for group in groups {
            let key = if group.name.contains('.') { format!("\"{}\"", group.name) } else { group.name.clone() };
            self.option(&key, &group.raw);
        }
        self.line(format_args!(""));
    }

    fn severities(&mut self, policy: &Policy, directory: &RepoPath) {
        self.severity_lines(policy.severity.lines().iter().filter(|line| line.below == *directory).collect());
    }

    fn severity_lines(&mut self, mut lines: Vec<&LevelLine>) {
        lines.sort_by_key(|line| (&line.rule, &line.entry));
        if !lines.is_empty() {
            self.line(format_args!("[severity]"));
        }
        for line in &lines {
            let place = self.place(line.file, line.key);
            let level = line.level.as_str();
            match &line.entry {
                Some(entry) => self.line(format_args!("\"{}/{entry}\" = \"{level}\"  # {place}", line.rule)),
                None => self.line(format_args!("{} = \"{level}\"  # {place}", line.rule)),
            }
        }
        if !lines.is_empty() {
            self.line(format_args!(""));
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.line(format_args!("[[{}]]", entry.rule));
        let place = self.place(entry.file, entry.span);
        self.line(format_args!("name = \"{}\"  # {place}", entry.name));
        self.options(&entry.options);
        self.options(&entry.common);
        self.line(format_args!(""));
    }

    fn options(&mut self, options: &RawOptions) {
        options.iter().for_each(|(key, option)| self.option(key, option));
    }

    fn option(&mut self, key: &str, option: &RawOption) {
        let place = self.place(option.file, option.key);
        self.line(format_args!("{key} = {}  # {place}", option.value.get_ref()));
    }

    /// The file and the line, from 1.
    fn place(&self, file: FileId, span: Span) -> String {
        let file = self.files.get(file);
        format!("{}:{}", file.path(), file.lines().bytes(span.start).line)
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}
