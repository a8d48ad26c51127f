//! The `//go:embed` lines of a Go file, and which files below its package they take.
//!
//! Source: `readGoInfo` and `parseGoEmbed` in `go/build/read.go`, `resolveEmbed` in `cmd/go/internal/load/pkg.go`, of
//! Go 1.26. Older releases overlook lines above the imports and behind other code, which no compiler accepts.

mod comments;
mod import_section;
mod path_match;

use std::fmt;

use memchr::{memchr, memmem};

use self::comments::{LineComments, words_of};
use self::import_section::import_section;
use self::path_match::path_match;
use super::go_file::parse_go_file;
use crate::go::is_file_name;

/// A pattern of a `//go:embed` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedPattern {
    text: Box<[u8]>,
    glob: Option<Glob>,
}

/// A pattern that Go accepts, without its prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob {
    text: Box<str>,
    /// Whether it has the prefix `all:`.
    takes_hidden: bool,
}

/// All patterns of `//go:embed` lines, in order of place, as `go/build` finds them: none in a file that does not
/// import `embed` or that is at fault up to the end of its imports; none in a line with a broken quotation.
pub fn parse_embeds(text: &[u8]) -> Vec<EmbedPattern> {
    // Go drops carriage returns from comments before it reads them.
    if memmem::find(text, DIRECTIVE).is_none() && memchr(b'\r', text).is_none() {
        return Vec::new();
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if !import_section(text).is_some_and(imports_embed) {
        return Vec::new();
    }
    LineComments::of(text).filter_map(patterns_of).flatten().collect()
}

const DIRECTIVE: &[u8] = b"//go:embed";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn imports_embed(import_section: &[u8]) -> bool {
    let file = parse_go_file(import_section);
    file.errors.is_empty() && file.tree.imports.iter().any(|import| &*import.path == "embed")
}

/// The patterns of a comment; `None` if it is not for embedding, or malformed.
fn patterns_of(comment: &[u8]) -> Option<Vec<EmbedPattern>> {
    let comment: Vec<u8> = comment.iter().copied().filter(|&byte| byte != b'\r').collect();
    let words = words_of(comment.strip_prefix(DIRECTIVE)?)?;
    Some(words.into_iter().map(EmbedPattern::new).collect())
}

impl EmbedPattern {
    fn new(text: Vec<u8>) -> Self {
        Self { glob: Glob::new(&text), text: text.into() }
    }

    /// The pattern, `all:` included, without the quotes. Where it is not UTF-8, it is not valid.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// Whether Go accepts the pattern at all. One that it does not is an error in the package, and matches nothing.
    pub fn is_valid(&self) -> bool {
        self.glob.is_some()
    }

    /// Whether the pattern embeds the regular file at this path from the package's directory, `/`-separated, as
    /// `resolveEmbed` decides: the glob matches it, or a directory above it in which it is not hidden, and the
    /// module can hold such a name.
    ///
    /// Other files in the directory are not known here: Go embeds nothing from directories with a go.mod of their own,
    /// and nothing at all where one pattern of the package is an error: it finds no file, or a name that no module can
    /// hold.
    pub fn matches(&self, below: &str) -> bool {
        let Some(glob) = &self.glob else { return false };
        let mut parts = below.split('/');
        let fits = |pattern: &str, part: &str| {
            is_embeddable(part) && path_match(pattern.as_bytes(), part.as_bytes()) == Some(true)
        };
        if !glob.text.split('/').all(|pattern| parts.next().is_some_and(|part| fits(pattern, part))) {
            return false;
        }
        parts.all(|part| is_embeddable(part) && (glob.takes_hidden || !part.starts_with(['.', '_'])))
    }
}

impl fmt::Display for EmbedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text))
    }
}

impl Glob {
    /// The glob of a pattern, if `path.Match` and `load.validEmbedPattern` accept it.
    fn new(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (glob, takes_hidden) = text.strip_prefix("all:").map_or((text, false), |glob| (glob, true));
        let is_path = glob.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let is_valid = is_path && path_match(glob.as_bytes(), b"").is_some();
        is_valid.then(|| Self { text: glob.into(), takes_hidden })
    }
}

/// Whether something of this name can be in a module, and does not belong to version control: the opposite of
/// `load.isBadEmbedName`.
fn is_embeddable(name: &str) -> bool {
    is_file_name(name) && !matches!(name, ".bzr" | ".hg" | ".git" | ".svn")
}

/// The first character of a text and its length, as `utf8.DecodeRune` has them: each byte that is not UTF-8 counts as a
/// replacement character.
fn first_char(text: &[u8]) -> (char, usize) {
    let first = text[..text.len().min(4)].utf8_chunks().next();
    match first.and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => (c, c.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, text.len().min(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{EmbedPattern, parse_embeds};

    fn patterns(text: &str) -> Vec<String> {
        parse_embeds(text.as_bytes()).iter().map(EmbedPattern::to_string).collect()
    }

    #[test]
    fn lines_count_where_go_reads_comments() {
        let body = "
            //go:embed a \"b c\"\t`d`  all:e
            var x embed.FS //go:embed f
            var y = `
            //go:embed no
            ` + \"\\\"//go:embed no\" + string('\"') //go:embed g
            /*
            //go:embed no
            */
            // go:embed no
            //go:embedding no
            //go:embed no\"quote \"open
            //go:embed \"a\"b
        ";
        let file = format!("\u{feff}package p\r\nimport \"embed\"\r\n{body}");
        assert_eq!(patterns(&file), ["a", "b c", "d", "all:e", "f", "g"]);
        assert_eq!(patterns(&file.replace("\"embed\"", "\"embed/x\"")), [""; 0]);
        assert_eq!(patterns(&file.replace("import", "imports")), [""; 0]);
    }

    #[test]
    fn quotations_are_read_as_go_reads_them() {
        let of = |word: &str| patterns(&format!("package p\nimport _ \"embed\"\n//go:embed {word}\n"));
        for (word, expected) in [
            (r#""a\x41\101\u00e9\t\"\\""#, Some("aAAé\t\"\\")),
            (r#""\'""#, None),
            (r#""\x+1""#, None),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\U00110000""#, None),
            (r#""\""#, None),
            (r"`\x41`", Some(r"\x41")),
            ("`a", None),
            ("'a'", Some("'a'")),
        ] {
            assert_eq!(of(word), expected.into_iter().collect::<Vec<_>>(), "{word}");
        }
    }

    #[test]
    fn files_are_taken_by_glob_or_directory() {
        for (pattern, taken, left) in [
            ("*", "a .x _y d/a d/e/a a.b", "d/.x d/_y d/e/.x .git/a d/.git/a d/a:b a. con d/NUL.txt"),
            ("all:*", "a d/.x d/_y/z", "d/.hg/a d/a?"),
            ("d", "d d/a d/e/f", "da d/.x e/d/a d/.e/f"),
            ("d/*", "d/a d/.x d/e/f", "a d d/e/.x"),
            ("all:d", "d/a d/.x d/_e/f", "d/.svn/a"),
            ("[a-c]?.tx[^x]", "az.txt bé.txy", "dz.txt az.txx a.txt"),
            (r"\*", "", "a"),
            ("a[b/c]d", "", "abd"),
            ("d/", "", "d/a"),
            ("./a", "", "a"),
            (".", "", "a"),
            ("all:", "", "a"),
            ("[", "", "a"),
        ] {
            let pattern = EmbedPattern::new(pattern.into());
            for (files, expected) in [(taken, true), (left, false)] {
                for file in files.split_whitespace() {
                    assert_eq!(pattern.matches(file), expected, "{pattern} {file}");
                }
            }
        }
    }
}
