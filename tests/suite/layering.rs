//! Holds `src/` to the two tables of `ARCHITECTURE.md`: which layer may import which, and where each third-party
//! crate has its home. The tables are read from the page, so that page and code cannot part.

#![expect(clippy::disallowed_methods, clippy::panic, reason = "this test reads the sources and fails where it cannot")]

mod circles;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: &str = "| L | module |";
const HOMES: &str = "| crate | home |";

/// Where modules nest: `src/<layer>/…` is one level below the crate's root.
const CRATE_ROOT: usize = 0;

#[test]
fn layers_import_only_what_lies_below() {
    let layers = layers();
    let mut faults = Vec::new();
    for file in sources() {
        let Some(layer) = file.layer() else { continue };
        let Some(may) = layers.get(&layer).map(|layer| &layer.imports) else {
            faults.push(format!("src/{layer}: no such layer in the table"));
            continue;
        };
        let imports = imports(&file.tokens, file.depth()).into_iter().filter(|(name, _)| *name != layer);
        faults.extend(imports.filter(|(name, _)| !may.contains(name)).map(|(name, line)| {
            format!("{}:{line}: `{name}`, but {layer} may import: {}", file.name(), may.join(" "))
        }));
    }
    report(&faults, "move the item down to a layer that both may import, or change the table in ARCHITECTURE.md");
}

#[test]
fn the_table_of_layers_points_downwards() {
    let layers = layers();
    let mut faults = Vec::new();
    for (name, layer) in &layers {
        for import in &layer.imports {
            match layers.get(import) {
                Some(below) if below.level < layer.level => {}
                Some(_) => faults.push(format!("`{name}` and `{import}`: not a lower layer")),
                None => faults.push(format!("`{name}` names `{import}`, which is no layer")),
            }
        }
    }
    report(&faults, "a layer may import only from lines with a smaller number; so no cycle can be written down");
}

#[test]
fn third_party_crates_stay_at_home() {
    let homes = homes();
    let mut faults = Vec::new();
    for file in sources() {
        let Some(layer) = file.layer() else { continue };
        for (name, line) in roots(&file.tokens) {
            if let Some(home) = homes.get(&name).filter(|home| !home.contains(&layer)) {
                faults.push(format!("{}:{line}: `{name}`, whose home is: {}", file.name(), home.join(" ")));
            }
        }
    }
    report(&faults, "call the layer that is its home, or change the table in ARCHITECTURE.md");
}

#[test]
fn every_dependency_has_a_home() {
    let manifest: toml::Table = read(Path::new("Cargo.toml")).parse().expect("Cargo.toml is TOML");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    let declared: Vec<String> = dependencies.keys().map(|name| name.replace('-', "_")).collect();
    let homes: Vec<String> = homes().into_keys().collect();
    let mut faults: Vec<String> = Vec::new();
    faults.extend(declared.iter().filter(|name| !homes.contains(name)).map(|name| format!("`{name}` has no home")));
    faults.extend(homes.iter().filter(|name| !declared.contains(name)).map(|name| format!("`{name}` is gone")));
    report(&faults, "keep the table of crates in ARCHITECTURE.md in step with Cargo.toml");
}

/// The proofs that facts were gathered reach a rule through its type, so that it says which facts it reads.
#[test]
fn rules_get_no_facts_on_their_own() {
    let mut faults = Vec::new();
    for file in sources().into_iter().filter(|file| file.layer().as_deref() == Some("rules")) {
        let name = file.name();
        if name.ends_with("rules/facts.rs") {
            continue;
        }
        let calls = file.tokens.iter().filter(|token| token.text.ends_with("_facts") || token.text == "GatheredState");
        let own = ["rules/captured.rs", "rules/kind.rs", "rules/mod.rs"].iter().any(|end| name.ends_with(end));
        faults.extend(calls.filter(|_| !own).map(|token| format!("{name}:{}: `{}`", token.line, token.text)));
    }
    report(&faults, "name the facts in `type Facts` of the rule, and take them from its context");
}

#[test]
fn files_open_with_what_they_are_for() {
    let silent = sources().into_iter().filter(|file| !file.text.starts_with("//! "));
    let faults: Vec<String> = silent.map(|file| file.name()).collect();
    report(&faults, "open the file with `//!` and two or three lines: what it is for and what it must not do");
}

#[test]
fn lints_are_expected_and_not_allowed() {
    let mut faults = Vec::new();
    for file in sources() {
        let attributes = file.tokens.windows(2).filter(|pair| pair[0].text == "[" && pair[1].text == "allow");
        faults.extend(attributes.map(|pair| format!("{}:{}: `allow`", file.name(), pair[1].line)));
    }
    report(&faults, "write `#[expect(lint, reason = \"…\")]`, which fails once it is not needed");
}

#[test]
fn the_scanner_sees_every_way_to_import() {
    let found = |depth, text: &str| {
        let imports = imports(&tokens(text), depth).into_iter();
        imports.map(|(name, line)| format!("{name}:{line}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(2, "use crate::a::B;\nfn f() { crate :: c::d() }"), "a:1 c:2");
    assert_eq!(found(2, "use crate::{a, b::{x, y}, c::*};"), "a:1 b:1 c:1");
    assert_eq!(found(2, "use super::x; use super::super::a::B; pub(crate) fn f() {} pub(super) fn g() {}"), "a:1");
    assert_eq!(found(1, "use super::{a, b::c};"), "a:1 b:1");
    assert_eq!(found(2, "use super::{super::a, x};"), "a:1");
    assert_eq!(found(1, "mod tests {\n use super::*; use super::super::a; }\nuse super::b;"), "a:2 b:3");
    assert_eq!(found(1, "// crate::a\n/* crate::b /* crate::c */ crate::d */ const X: &str = \"crate::e\";"), "");
    assert_eq!(found(1, r####"const Y: &str = r##"crate::a "# "##; const Q: char = '"'; use crate::b;"####), "b:1");
    assert_eq!(found(1, "fn f<'a>(x: &'a str) -> crate::a::B { '\\'' }"), "a:1");
    let homes = roots(&tokens("use gix::Repo; fn f(x: crate::gix::Y) { a::gix::z(); miette::report() }"));
    let homes: Vec<&str> = homes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(homes, ["gix", "crate", "a", "miette"]);
}

/// A line of the table of layers.
struct Layer {
    level: u32,
    imports: Vec<String>,
}

fn layers() -> BTreeMap<String, Layer> {
    let rows = table(LAYERS);
    let level = |row: &[String]| row[0].parse::<u32>().expect("the first column is a number");
    let below = |top: u32| rows.iter().filter(move |row| level(row) < top).map(|row| name_of(&row[1])).collect();
    let imports = |row: &[String]| match row[3].as_str() {
        "–" => Vec::new(),
        "all below" => below(level(row)),
        names => names.split_whitespace().map(str::to_owned).collect(),
    };
    rows.iter().map(|row| (name_of(&row[1]), Layer { level: level(row), imports: imports(row) })).collect()
}

fn homes() -> BTreeMap<String, Vec<String>> {
    let rows = table(HOMES).into_iter();
    let names = |cell: &str| cell.split_whitespace().map(name_of).collect::<Vec<_>>();
    rows.flat_map(|row| names(&row[0]).into_iter().map(move |name| (name.replace('-', "_"), names(&row[1])))).collect()
}

#[test]
fn the_files_that_the_architecture_names_are_there() {
    for row in table("| question | file |") {
        for file in row[1].split(", ") {
            let path = Path::new("src").join(file.trim_matches('`'));
            assert!(path.exists(), "ARCHITECTURE.md names {file}, which is not there");
        }
    }
}

/// The cells of the table in `ARCHITECTURE.md` whose first line begins with `header`.
fn table(header: &str) -> Vec<Vec<String>> {
    let page = read(Path::new("ARCHITECTURE.md"));
    let rows =
        page.lines().skip_while(|line| !line.starts_with(header)).skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> =
        rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table that begins with `{header}`");
    rows
}

fn name_of(cell: &str) -> String {
    cell.trim_matches(['`', '/']).to_owned()
}

/// A file below `src/`.
struct Source {
    path: PathBuf,
    text: String,
    tokens: Vec<Token>,
}

impl Source {
    fn name(&self) -> String {
        self.path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// The directory below `src/`; `None` for `lib.rs` and `main.rs`, which only name the parts.
    fn layer(&self) -> Option<String> {
        let mut parts = self.path.iter().skip(1);
        let first = parts.next()?.to_string_lossy().into_owned();
        parts.next().map(|_| first)
    }

    /// The number of modules between the crate's root and the text of the file.
    fn depth(&self) -> usize {
        let parts = self.path.iter().count() - 1;
        if self.path.ends_with("mod.rs") { parts - 1 } else { parts }
    }
}

fn sources() -> Vec<Source> {
    let mut directories = vec![PathBuf::from("src")];
    let mut sources = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = read(&path);
                sources.push(Source { tokens: tokens(&text), text, path });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn report(faults: &[String], help: &str) {
    assert!(faults.is_empty(), "\n\n{}\n\nhelp: {help}\n", faults.join("\n"));
}

/// The layers that a file names, by `crate::` or by as many `super::` as lead out of its own.
fn imports(tokens: &[Token], depth: usize) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut inline = Vec::new();
    let mut braces = 0;
    for at in 0..tokens.len() {
        match tokens[at].text.as_str() {
            "{" => {
                braces += 1;
                if at >= 2 && tokens[at - 2].text == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                inline.retain(|opened| *opened != braces);
                braces -= 1;
            }
            "crate" => follow(tokens, at + 1, CRATE_ROOT, &mut found),
            "super" => {
                if let Some(above) = (depth + inline.len()).checked_sub(1) {
                    follow(tokens, at + 1, above, &mut found);
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|(_, line)| *line);
    found.dedup();
    found
}

/// Follows a path from a module at `depth`, and notes the name that it takes at the crate's root.
fn follow(tokens: &[Token], at: usize, depth: usize, found: &mut Vec<(String, usize)>) {
    let (Some(colons), Some(next)) = (tokens.get(at), tokens.get(at + 1)) else { return };
    if colons.text != "::" {
        return;
    }
    match next.text.as_str() {
        "super" => follow(tokens, at + 2, depth.saturating_sub(1), found),
        "{" => {
            for element in elements(tokens, at + 1) {
                if tokens[element].text == "super" {
                    follow(tokens, element + 1, depth.saturating_sub(1), found);
                } else if depth == CRATE_ROOT {
                    found.push((tokens[element].text.clone(), tokens[element].line));
                }
            }
        }
        name if depth == CRATE_ROOT => found.push((name.to_owned(), next.line)),
        _ => {}
    }
}

/// Where the elements of the group that opens at `open` begin.
fn elements(tokens: &[Token], open: usize) -> Vec<usize> {
    let mut begins = Vec::new();
    let mut nesting = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => nesting += 1,
            "}" => nesting -= 1,
            _ => {}
        }
        if nesting == 0 {
            break;
        }
        let begins_one = nesting == 1 && matches!(token.text.as_str(), "{" | ",");
        if begins_one && tokens.get(at + 1).is_some_and(|next| next.text != "}") {
            begins.push(at + 1);
        }
    }
    begins
}

/// The first names of all paths: `gix` in `gix::open`, not in `x::gix::y`.
fn roots(tokens: &[Token]) -> Vec<(String, usize)> {
    let is_path = |at: usize| tokens.get(at).is_some_and(|token| token.text == "::");
    let begins = (0..tokens.len()).filter(|&at| is_path(at + 1) && !(at > 0 && is_path(at - 1)));
    begins.map(|at| (tokens[at].text.clone(), tokens[at].line)).collect()
}

/// A name or a mark of Rust code.
struct Token {
    text: String,
    line: usize,
}

/// Names, `::` and single marks; comments and literals are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = match literal_or_comment(rest) {
            0 => {
                let length = token_length(rest, first);
                if !first.is_whitespace() {
                    tokens.push(Token { text: rest[..length].to_owned(), line });
                }
                length
            }
            skipped => skipped,
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

fn token_length(rest: &str, first: char) -> usize {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    match first {
        ':' if rest.starts_with("::") => 2,
        '\'' => 1 + rest[1..].find(|c| !is_name(c)).unwrap_or(rest.len() - 1),
        c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
        c => c.len_utf8(),
    }
}

/// The length of the comment or literal at the beginning; 0 if there is none.
fn literal_or_comment(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    let raw = rest.trim_start_matches(['b', 'c']);
    if let Some(hashed) = raw.strip_prefix('r').filter(|hashed| hashed.trim_start_matches('#').starts_with('"')) {
        let close = format!("\"{}", "#".repeat(hashed.len() - hashed.trim_start_matches('#').len()));
        let body = rest.len() - hashed.len() + close.len();
        return rest[body..].find(&close).map_or(rest.len(), |at| body + at + close.len());
    }
    match raw.chars().next() {
        Some('"') => quoted(rest, rest.len() - raw.len(), '"'),
        Some('\'') if is_char(raw) => quoted(rest, rest.len() - raw.len(), '\''),
        _ => 0,
    }
}

/// Whether a quote begins a character and not a lifetime.
fn is_char(raw: &str) -> bool {
    raw[1..].starts_with('\\') || raw.chars().nth(2) == Some('\'')
}

fn quoted(rest: &str, open: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().filter(|(at, _)| *at > open) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut nesting = 0;
    let mut at = 0;
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += step.0;
        nesting += step.1;
        if nesting == 0 {
            break;
        }
    }
    at
}
