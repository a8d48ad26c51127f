//! The book as mdBook builds it: every link of every page leads to a file of the site, and to a place in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::ROOT;
use crate::support::readers::output;
use crate::support::repo::Repo;
use crate::support::tools::installed;

#[test]
fn each_link_of_the_site_leads_somewhere() {
    let Some(mut mdbook) = installed("mdbook") else { return };
    let place = Repo::plain();
    let site = place.root().join("site");
    mdbook.args(["build", "--dest-dir"]).arg(&site).arg(Path::new(ROOT).join("docs"));
    let built = output(&mut mdbook).unwrap();
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let pages = html(&site);
    let (href, id) = (Regex::new(r#"(?:href|src)="([^"]*)""#).unwrap(), Regex::new(r#" id="([^"]*)""#).unwrap());
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path, id.captures_iter(text).map(|found| found.extract::<1>().1[0]).collect()))
        .collect();
    let mut count = 0;
    for (page, text) in &pages {
        for (_, [link]) in href.captures_iter(text).map(|found| found.extract()) {
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            if target.contains(':') {
                continue;
            }
            let path = if target.is_empty() { page.clone() } else { page.parent().unwrap().join(target) };
            let path = path.canonicalize().unwrap_or_else(|_| panic!("{}: {link}", page.display()));
            let there = anchor.is_empty() || ids.get(&path).is_some_and(|ids| ids.contains(anchor));
            assert!(there, "{}: {link}", page.display());
            count += 1;
        }
    }
    assert!(count > 1000, "only {count} links were found");
    assert!(
        fs::read_dir(&site).unwrap().any(|entry| entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("searchindex"))
    );
}

/// The pages of a site. The page for missing pages has addresses for a server, and the page for printing has all pages
/// in one.
fn html(directory: &Path) -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            pages.extend(html(&path));
        } else if name.ends_with(".html") && !["404.html", "print.html", "toc.html"].contains(&name.as_str()) {
            let text = fs::read_to_string(&path).unwrap();
            pages.insert(path.canonicalize().unwrap(), text);
        }
    }
    pages
}
