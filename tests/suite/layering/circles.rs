//! The files of `src/` that import each other in a circle. A file imports another if it names an item that the other
//! defines, through however many re-exports.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, Token, report, sources};

/// The largest circle within a folder.
const LARGEST: usize = 6;

/// A folder with larger circles, which must not grow: how many files may be in one.
const KNOWN: (&str, usize) = ("src/model", 34);

#[test]
fn files_import_each_other_in_small_circles_only() {
    let crate_files = CrateFiles::new(sources());
    let mut faults = Vec::new();
    for circle in crate_files.circles() {
        let names: Vec<&str> = circle.iter().map(|&file| crate_files.files[file].name.as_str()).collect();
        let (folder, known) = KNOWN;
        let is_known = names.iter().all(|name| name.starts_with(folder));
        let most = if is_known { known } else { LARGEST };
        if circle.len() > most {
            faults.push(format!("{} files import each other, at most {most} may: {}", circle.len(), names.join(" ")));
        } else if !is_known && !crate_files.is_in_one_folder(&circle) {
            faults.push(format!("files of several folders import each other: {}", names.join(" ")));
        }
    }
    report(&faults, "move what both need into a file of its own");
}

/// A file and the names in it.
struct SourceFile {
    name: String,
    /// The names of the modules that it is in, its own last.
    module: Vec<String>,
    defined: BTreeSet<String>,
    uses: Vec<Use>,
    /// The paths in its code that begin with `crate`, `self` or `super`.
    paths: Vec<Vec<String>>,
    words: BTreeSet<String>,
}

/// A name that a `use` line brings in.
struct Use {
    path: Vec<String>,
    name: String,
    is_public: bool,
}

impl SourceFile {
    fn new(source: &Source) -> Self {
        let mut module: Vec<String> =
            source.name().trim_end_matches(".rs").split('/').skip(1).map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        let tokens = without_tests(&source.tokens);
        let mut file = Self {
            name: source.name(),
            module,
            defined: BTreeSet::new(),
            uses: Vec::new(),
            paths: Vec::new(),
            words: BTreeSet::new(),
        };
        file.read(tokens);
        file
    }

    fn read(&mut self, tokens: &[Token]) {
        const ITEMS: [&str; 9] = ["struct", "enum", "trait", "fn", "const", "static", "type", "union", "macro_rules"];
        let text = |at: usize| tokens.get(at).map(|token| token.text.as_str()).unwrap_or_default();
        let mut at = 0;
        let mut is_public = false;
        while at < tokens.len() {
            match text(at) {
                "pub" => {
                    is_public = true;
                    // The path of `pub(in …)` is no import.
                    if text(at + 1) == "(" {
                        at += tokens[at..].iter().take_while(|token| token.text != ")").count();
                    }
                    at += 1;
                    continue;
                }
                // Not the `use<'a>` of a type.
                "use" if text(at + 1) != "<" => {
                    let end = at + tokens[at..].iter().take_while(|token| token.text != ";").count();
                    self.use_tree(&tokens[at + 1..end], &mut Vec::new(), is_public);
                    at = end;
                }
                "crate" | "self" | "super" if text(at + 1) == "::" && (at == 0 || text(at - 1) != "::") => {
                    let mut path = vec![text(at).to_owned()];
                    while text(at + 1) == "::" && is_name(text(at + 2)) {
                        path.push(text(at + 2).to_owned());
                        at += 2;
                    }
                    self.paths.push(path);
                }
                item if ITEMS.contains(&item) => {
                    self.defined.insert(text(at + 1).trim_start_matches('!').to_owned());
                }
                word => {
                    self.words.insert(word.to_owned());
                }
            }
            is_public = false;
            at += 1;
        }
    }

    /// Reads `a::{b, c as d}`, which may end with a group.
    fn use_tree(&mut self, tokens: &[Token], prefix: &mut Vec<String>, is_public: bool) {
        let depth = prefix.len();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token.text.as_str() {
                "::" => {}
                "{" => {
                    for part in parts(&tokens[at + 1..tokens.len() - 1]) {
                        self.use_tree(part, prefix, is_public);
                    }
                    prefix.truncate(depth);
                    return;
                }
                "as" => break,
                name => prefix.push(name.to_owned()),
            }
            at += 1;
        }
        let alias = tokens.get(at + 1).map(|token| token.text.clone());
        if prefix.len() > 1 && prefix.last().is_some_and(|last| last == "self") {
            prefix.pop();
        }
        let name = alias.or_else(|| prefix.last().cloned()).unwrap_or_default();
        self.uses.push(Use { path: prefix.clone(), name, is_public });
        prefix.truncate(depth);
    }

    /// Whether a name is needed in the file itself, and not only passed on.
    fn needs(&self, brought: &Use) -> bool {
        !brought.is_public || self.words.contains(&brought.name)
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.is_empty()
}

/// The elements of a group.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let (mut begin, mut depth) = (0, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&tokens[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[begin..]);
    found.retain(|part| !part.is_empty());
    found
}

/// The code in front of `mod tests {`.
fn without_tests(tokens: &[Token]) -> &[Token] {
    let is_tests = |three: &[Token]| three[0].text == "mod" && three[1].text == "tests" && three[2].text == "{";
    let end = tokens.windows(3).position(is_tests).unwrap_or(tokens.len());
    &tokens[..end]
}

/// The files of the crate, and which of them each imports.
struct CrateFiles {
    files: Vec<SourceFile>,
    by_module: BTreeMap<Vec<String>, usize>,
    imports: Vec<BTreeSet<usize>>,
}

impl CrateFiles {
    fn new(sources: Vec<Source>) -> Self {
        let ours = sources.iter().filter(|source| !source.name().ends_with("/internals.rs"));
        let files: Vec<SourceFile> = ours.map(SourceFile::new).collect();
        let by_module = files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        let mut crate_files = Self { files, by_module, imports: Vec::new() };
        for at in 0..crate_files.files.len() {
            let imports = crate_files.imports_of(at);
            crate_files.imports.push(imports);
        }
        crate_files
    }

    fn imports_of(&self, at: usize) -> BTreeSet<usize> {
        let file = &self.files[at];
        let brought = file.uses.iter().filter(|brought| file.needs(brought)).map(|brought| &brought.path);
        let paths = brought.chain(&file.paths);
        paths.filter_map(|path| self.definer(&file.module, path, 0)).filter(|&other| other != at).collect()
    }

    /// The file that defines an item, as a path names it from a module.
    fn definer(&self, module: &[String], path: &[String], steps: usize) -> Option<usize> {
        let (mut module, mut path) = (module.to_vec(), path);
        let is_child = |module: &[String], name: &String| {
            self.by_module.contains_key(&[module, std::slice::from_ref(name)].concat())
        };
        match path.first()?.as_str() {
            "crate" => {
                module.clear();
                path = &path[1..];
            }
            "self" => path = &path[1..],
            "super" => {
                while path.first().is_some_and(|part| part == "super") {
                    module.pop();
                    path = &path[1..];
                }
            }
            // A crate of others.
            _ if !is_child(&module, &path[0]) => return None,
            _ => {}
        }
        while let Some(name) = path.first().filter(|name| is_child(&module, name)) {
            module.push(name.clone());
            path = &path[1..];
        }
        let at = *self.by_module.get(&module)?;
        let Some(name) = path.first().filter(|name| !self.files[at].defined.contains(*name)) else { return Some(at) };
        let passed_on = self.files[at].uses.iter().find(|brought| brought.name == *name);
        match passed_on {
            // The names of a circle of re-exports would not compile.
            Some(brought) if steps < 10 => self.definer(&module, &brought.path, steps + 1),
            _ => Some(at),
        }
    }

    /// The groups of files that all reach each other.
    fn circles(&self) -> Vec<Vec<usize>> {
        let reached: Vec<BTreeSet<usize>> = (0..self.files.len()).map(|file| self.reached(file)).collect();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for file in 0..self.files.len() {
            let circle: Vec<usize> =
                reached[file].iter().copied().filter(|&other| reached[other].contains(&file)).collect();
            if circle.len() > 1 && seen.insert(circle[0]) {
                circles.push(circle);
            }
        }
        circles
    }

    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for &next in &self.imports[file] {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        reached
    }

    /// Whether files are side by side. The file of a module is beside those below it as well.
    fn is_in_one_folder(&self, circle: &[usize]) -> bool {
        let modules: Vec<&[String]> = circle.iter().map(|&file| self.files[file].module.as_slice()).collect();
        let folders = modules.iter().flat_map(|module| [Some(*module), module.split_last().map(|(_, above)| above)]);
        let is_beside = |module: &[String], folder: &[String]| {
            module == folder || module.split_last().is_some_and(|(_, above)| above == folder)
        };
        folders.flatten().any(|folder| modules.iter().all(|module| is_beside(module, folder)))
    }
}

#[test]
fn circles_are_seen_through_re_exports() {
    let source =
        |path: &str, text: &str| Source { path: path.into(), text: text.to_owned(), tokens: super::tokens(text) };
    let crate_files = CrateFiles::new(vec![
        source("src/lib.rs", "mod a; mod b; pub use a::A;"),
        source("src/a/mod.rs", "mod x; mod y; pub use x::A; pub(in crate::b) struct Z;"),
        source("src/a/x.rs", "use super::y::Y; pub struct A(Y);"),
        source("src/a/y.rs", "use crate::{A, b}; pub struct Y; #[cfg(test)] mod tests { use super::super::Z; }"),
        source("src/b.rs", "use std::fmt; fn f() -> self::fmt::Result { crate::a::f() }"),
    ]);
    let circles: Vec<Vec<&str>> = crate_files
        .circles()
        .iter()
        .map(|circle| circle.iter().map(|&at| crate_files.files[at].name.as_str()).collect())
        .collect();
    assert_eq!(circles, [["src/a/x.rs", "src/a/y.rs"]]);
    assert!(crate_files.is_in_one_folder(&[1, 2, 3]) && !crate_files.is_in_one_folder(&[2, 4]));
}
