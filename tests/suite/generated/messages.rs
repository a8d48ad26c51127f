//! Every text that findings, open questions and notifications show, in one file that can be read in one sitting.
//!
//! It comes from the example of each rule's page, the cases in `tests/rules`, and those in `tests/messages`, which have
//! the mistakes that a policy can have and paths that a run cannot read. Texts that differ only in names and numbers
//! are shown once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use modwarden::internals::finding::{Finding, Label, Notification, UndecidedRule};
use modwarden::internals::pipeline::Checked;
use modwarden::internals::rules::RULES;
use modwarden::internals::source::Unseen;

use super::{check, root};
use crate::support::{judge, txtar};

const FILE: &str = "tests/messages.md";

const HEAD: &str = "<!-- Made from the example of each rule's page, tests/rules and tests/messages by `UPDATE=1 cargo test`. -->\n\n\
                    # All messages\n\n\
                    Everything that a finding, an open question or a notification can say. Texts that differ only in names and \
                    numbers are shown once.\n";

/// Texts, each by its form: names in back quotes, digits and excerpts of files do not count. Of one form the shortest
/// text is kept.
#[derive(Default)]
struct Texts(BTreeMap<String, String>);

impl Texts {
    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let kept = self.0.entry(form(text)).or_insert_with(|| text.to_owned());
        if (text.len(), text) < (kept.len(), kept.as_str()) {
            text.clone_into(kept);
        }
    }
}

/// The text without the names in back quotes, without numbers, and without the part after the head of a patch.
fn form(text: &str) -> String {
    let text = text.split("\n@@").next().unwrap_or_default();
    let outside: Vec<&str> = text.split('`').step_by(2).collect();
    let mut form = String::new();
    for c in outside.join("`").chars() {
        let c = if c.is_ascii_digit() { '0' } else { c };
        if c != '0' || !form.ends_with('0') {
            form.push(c);
        }
    }
    form
}

/// The messages of one rule, or the notifications of one kind, and the texts that come with each.
#[derive(Default)]
struct Section {
    messages: BTreeMap<String, Message>,
}

/// One form of message, and the labels, helps and so on that come with it.
#[derive(Default)]
struct Message {
    text: Texts,
    details: BTreeMap<&'static str, Texts>,
}

impl Section {
    fn message(&mut self, text: &str) -> &mut Message {
        let message = self.messages.entry(form(text)).or_default();
        message.text.add(text);
        message
    }

    fn write(&self, out: &mut String) {
        for message in self.messages.values() {
            for text in message.text.0.values() {
                *out += &format!("- {}\n", one_line(text));
            }
            for (name, texts) in &message.details {
                for text in texts.0.values() {
                    *out += &format!("  - {name}: {}\n", one_line(text));
                }
            }
        }
    }
}

impl Message {
    fn detail(&mut self, name: &'static str, text: &str) {
        self.details.entry(name).or_default().add(text);
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ⏎ ")
}

/// Everything that was collected.
#[derive(Default)]
struct Collected {
    findings: BTreeMap<&'static str, Section>,
    undecided: BTreeMap<&'static str, Section>,
    notifications: BTreeMap<&'static str, Section>,
}

impl Collected {
    fn add(&mut self, checked: &Checked) {
        for finding in &checked.run.findings {
            self.finding(finding);
        }
        for undecided in &checked.run.undecided {
            self.undecided(undecided);
        }
        for notification in &checked.run.notifications {
            self.notification(notification);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let Finding { rule, message, primary, related, help, fix, .. } = finding;
        let message = self.findings.entry(rule.id).or_default().message(message);
        message.detail("label", &primary.message);
        for Label { message: related, .. } in related {
            message.detail("related", related);
        }
        message.detail("help", help.as_deref().unwrap_or_default());
        message.detail("fix", fix.as_ref().map(|fix| fix.message.as_ref()).unwrap_or_default());
    }

    fn undecided(&mut self, undecided: &UndecidedRule) {
        let question = &undecided.question;
        let message = self.undecided.entry(undecided.rule.id).or_default().message(&question.reason);
        message.detail("details", question.details.as_deref().unwrap_or_default());
        message.detail("label", &question.label.message);
        message.detail("remedy", question.remedy.as_deref().unwrap_or_default());
    }

    fn notification(&mut self, notification: &Notification) {
        let Notification { kind, message, label, help, .. } = notification;
        let message = self.notifications.entry(kind.as_str()).or_default().message(message);
        message.detail("label", label.as_ref().map(|label| label.message.as_str()).unwrap_or_default());
        message.detail("help", help.as_deref().unwrap_or_default());
    }
}

fn collect() -> Collected {
    let mut collected = Collected::default();
    for rule in RULES {
        let page = rule.page();
        let example = page.split("```txtar\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        collected.add(&judge::check(&txtar::without_marks(txtar::parse(example))));
        collected.add_folder(&root().join("tests/rules").join(rule.meta().id));
    }
    collected.add_folder(&root().join("tests/messages"));
    collected
}

impl Collected {
    fn add_folder(&mut self, folder: &Path) {
        let paths =
            fs::read_dir(folder).expect("the folder can be listed").map(|entry| entry.expect("an entry").path());
        let paths: BTreeSet<_> =
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "txtar")).collect();
        for path in paths {
            let text = fs::read_to_string(&path).expect("a case is text");
            self.add(&judge::check(&txtar::without_marks(txtar::parse(&text))));
        }
    }
}

/// All reasons for which a path is not read.
fn unseen() -> Vec<Unseen> {
    vec![
        Unseen::Submodule,
        Unseen::ReachedSubmodule,
        Unseen::LfsPointer,
        Unseen::Returning,
        Unseen::LinkLeaves,
        Unseen::LinkBroken,
        Unseen::LinkToDirectory,
        Unseen::Untracked,
        Unseen::MissingObject,
        Unseen::Conflict,
        Unseen::TooLarge,
        Unseen::PathTooLong,
        Unseen::TooManyFiles,
        Unseen::Irregular,
    ]
}

#[test]
fn all_messages() {
    let collected = collect();
    let mut text = HEAD.to_owned();
    for rule in RULES {
        let meta = rule.meta();
        text += &format!("\n## {}\n\n{}\n\n", meta.id, meta.summary);
        if let Some(section) = collected.findings.get(meta.id) {
            section.write(&mut text);
        }
        if let Some(section) = collected.undecided.get(meta.id) {
            text += "\nUndecided:\n\n";
            section.write(&mut text);
        }
    }
    for (kind, section) in &collected.notifications {
        text += &format!("\n## Notifications: {kind}\n\n");
        section.write(&mut text);
    }
    text += "\n## Why a path is not read\n\n";
    text.extend(unseen().iter().map(|unseen| format!("- {unseen}\n")));
    check(FILE, &text);
}

#[test]
fn each_rule_has_a_message() {
    let text = fs::read_to_string(root().join(FILE)).expect("the file is there");
    for rule in RULES {
        let id = rule.meta().id;
        let section = text.split_once(&format!("\n## {id}\n")).map(|(_, rest)| rest.split("\n## ").next());
        let section = section.flatten().unwrap_or_else(|| panic!("{FILE} has no section for {id}"));
        let messages = section.split("\nUndecided:").next().unwrap_or_default();
        assert!(messages.lines().any(|line| line.starts_with("- ")), "{FILE} has no message of {id}");
    }
}
