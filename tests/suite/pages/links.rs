//! Every link of a page leads to a file that is there, and to a heading that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Page, ROOT, pages};

/// Files of the repository as the pages of the book have to call them: the book has only the files below docs/.
const REPOSITORY: &str = "https://github.com/modwarden/modwarden/blob/main/";

#[test]
fn each_link_leads_somewhere() {
    let pages = pages();
    let headings: BTreeMap<PathBuf, BTreeSet<String>> =
        pages.iter().map(|page| (PathBuf::from(&page.path), headings(&page.text))).collect();
    let (mut count, mut failures) = (0, Vec::new());
    for page in &pages {
        for link in links(&page.text) {
            let found = check(page, &link, &headings);
            failures.extend(found.err().map(|why| format!("{}: `{link}`: {why}", page.path)));
            count += 1;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 150, "only {count} links were found");
}

/// The table of contents names each page of the book once.
#[test]
fn the_table_of_contents_is_complete() {
    let pages = pages();
    let contents = pages.iter().find(|page| page.path == "docs/SUMMARY.md").expect("a table of contents");
    let named = links(&contents.text);
    let all: BTreeSet<String> = pages
        .iter()
        .filter_map(|page| page.path.strip_prefix("docs/"))
        .filter(|path| *path != "SUMMARY.md")
        .map(str::to_owned)
        .collect();
    assert_eq!(named.iter().cloned().collect::<BTreeSet<_>>(), all);
    assert_eq!(named.len(), all.len(), "a page is named twice");
}

fn check(page: &Page, link: &str, headings: &BTreeMap<PathBuf, BTreeSet<String>>) -> Result<(), String> {
    let (target, anchor) = link.split_once('#').map_or((link, None), |(target, anchor)| (target, Some(anchor)));
    let path = if let Some(path) = target.strip_prefix(REPOSITORY) {
        PathBuf::from(path)
    } else if target.contains("://") || target.starts_with("mailto:") {
        return if target.starts_with("http:") { Err("not encrypted".to_owned()) } else { Ok(()) };
    } else if target.is_empty() {
        PathBuf::from(&page.path)
    } else {
        normal(&Path::new(&page.path).parent().expect("a page is in a directory").join(target))
    };
    if !Path::new(ROOT).join(&path).exists() {
        return Err(format!("there is no {}", path.display()));
    }
    let in_book = page.path.starts_with("docs/");
    if in_book && !target.starts_with(REPOSITORY) && !path.starts_with("docs") {
        return Err(format!("the book has no {}; write {REPOSITORY}{}", path.display(), path.display()));
    }
    match anchor {
        Some(anchor) if !headings.get(&path).is_some_and(|there| there.contains(anchor)) => {
            Err(format!("{} has no heading for it", path.display()))
        }
        _ => Ok(()),
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(normal.pop(), "{} leaves the repository", path.display()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Where the links and the pictures of a text lead.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            links.push(dest_url.into_string());
        }
    }
    links
}

/// The anchors of the headings of a text, as GitHub and mdBook make them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let number = (1..).map(|number| format!("{anchor}-{number}"));
                let free = std::iter::once(anchor.clone()).chain(number).find(|name| !anchors.contains(name));
                anchors.extend(free);
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .flat_map(char::to_lowercase)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
