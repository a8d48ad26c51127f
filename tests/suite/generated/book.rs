//! The pages of the book that are made from the program: one for each rule and each pack, their lists, and their part
//! of the table of contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use modwarden::internals::policy::{Pack, packs};
use modwarden::internals::rules::RULES;
use toml::{Table, Value};

use super::{check, root};

const MADE: &str = "<!-- Made from the program by `UPDATE=1 cargo test`. -->\n\n";

/// In the table of contents everything after this line is generated.
const CONTENTS: &str = "# Rules and packs\n\n";

/// The lines of a pack for a rule: for the names of its entries, or for all entries, the severity, or none if the
/// rule's own applies.
type Lines = BTreeMap<Option<String>, Option<String>>;

#[test]
fn the_list_of_the_rules() {
    let mut text =
        format!("{MADE}# Rules\n\n| rule | family | severity | what breaks it |\n| --- | --- | --- | --- |\n");
    for rule in RULES {
        let meta = rule.meta();
        let family = meta.family.as_str();
        text += &format!("| [`{0}`](rules/{0}.md) | {family} | {1} | {2} |\n", meta.id, meta.severity, meta.summary);
    }
    check("docs/rules.md", &text);
}

#[test]
fn the_pages_of_the_rules() {
    let mut made = BTreeSet::new();
    for rule in RULES {
        let id = rule.meta().id;
        let on: Vec<String> = packs()
            .filter(|pack| lines(pack).contains_key(id))
            .map(|pack| format!("[`{0}`](../packs/{0}.md)", pack.name))
            .collect();
        let on = if on.is_empty() { "none".to_owned() } else { on.join(", ") };
        let page = rule.page();
        check(
            &format!("docs/rules/{id}.md"),
            &format!("{MADE}{}\n\n## Packs\n\nPacks that name it: {on}.\n", page.trim_end()),
        );
        let address = rule.meta().url();
        let in_site = address.strip_prefix(env!("CARGO_PKG_HOMEPAGE")).and_then(|path| path.strip_suffix(".html"));
        let page = in_site.map(|path| root().join(format!("docs/{path}.md")));
        assert!(page.is_some_and(|page| page.is_file()), "the program names {address}");
        made.insert(format!("{id}.md"));
    }
    assert_eq!(files("docs/rules"), made, "a page of no rule is left over");
}

#[test]
fn the_list_of_the_packs() {
    let mut text = format!(
        "{MADE}# Packs\n\nA pack is a policy that comes with the program. `extends = [\"NAME\"]` in a policy applies it; \
         `modwarden check --pack NAME` tries it.\n\n| pack | what it is for |\n| --- | --- |\n"
    );
    for pack in packs() {
        text += &format!("| [`{0}`](packs/{0}.md) | {1} |\n", pack.name, purpose(pack));
    }
    check("docs/packs.md", &text);
}

#[test]
fn the_pages_of_the_packs() {
    let mut made = BTreeSet::new();
    for pack in packs() {
        check(&format!("docs/packs/{}.md", pack.name), &page_of_pack(pack));
        made.insert(format!("{}.md", pack.name));
    }
    assert_eq!(files("docs/packs"), made, "a page of no pack is left over");
}

#[test]
fn the_table_of_contents() {
    let there = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("the book has a table of contents");
    let (by_hand, _) = there.split_once(CONTENTS).expect("the table of contents has a part for rules");
    let mut text = format!("{by_hand}{CONTENTS}- [Rules](rules.md)\n");
    for rule in RULES {
        text += &format!("  - [{0}](rules/{0}.md)\n", rule.meta().id);
    }
    text += "- [Packs](packs.md)\n";
    for pack in packs() {
        text += &format!("  - [{0}](packs/{0}.md)\n", pack.name);
    }
    check("docs/SUMMARY.md", &text);
}

/// The names of the files in a directory.
fn files(directory: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(directory)).expect("there are generated pages");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The comment at the top of a pack.
fn purpose(pack: &Pack) -> String {
    let comment = pack.text.lines().map_while(|line| line.strip_prefix("# "));
    comment.collect::<Vec<_>>().join(" ")
}

fn page_of_pack(pack: &Pack) -> String {
    let name = pack.name;
    let table: Table = pack.text.parse().expect("a pack is TOML");
    let mut text = format!("{MADE}# {name}\n\n{}\n\n```toml\nextends = [\"{name}\"]\n```\n", purpose(pack));
    if let Some(others) = table.get("extends").and_then(Value::as_array) {
        let links = others.iter().filter_map(Value::as_str).map(|other| format!("[`{other}`]({other}.md)"));
        text += &format!("\nIt extends {}, and adds:\n", links.collect::<Vec<_>>().join(", "));
    }
    text += "\n| rule | entry | severity |\n| --- | --- | --- |\n";
    for (id, lines) in lines(pack) {
        let own = RULES.iter().find(|rule| rule.meta().id == id).expect("a pack names rules").meta().severity;
        for (entry, severity) in lines {
            let entry = entry.map_or_else(String::new, |entry| format!("`{entry}`"));
            let severity = severity.unwrap_or_else(|| own.to_string());
            text += &format!("| [`{id}`](../rules/{id}.md) | {entry} | {severity} |\n");
        }
    }
    text + &format!("\n## The policy\n\n```toml\n{}\n```\n", pack.text.trim_end())
}

/// The lines of a pack itself, by rule.
fn lines(pack: &Pack) -> BTreeMap<String, Lines> {
    let table: Table = pack.text.parse().expect("a pack is TOML");
    let mut by_rule: BTreeMap<String, Lines> = BTreeMap::new();
    for (key, value) in &table {
        for entry in value.as_array().into_iter().flatten().filter_map(Value::as_table) {
            let name = entry.get("name").and_then(Value::as_str).map(str::to_owned);
            by_rule.entry(key.clone()).or_default().insert(name, None);
        }
    }
    let severities = table.get("severity").and_then(Value::as_table);
    for (key, severity) in severities.into_iter().flatten() {
        let (rule, entry) =
            key.split_once('/').map_or((key.as_str(), None), |(rule, entry)| (rule, Some(entry.to_owned())));
        let severity = severity.as_str().map(str::to_owned);
        by_rule.entry(rule.to_owned()).or_default().insert(entry, severity);
    }
    by_rule
}
