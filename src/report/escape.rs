//! The border: text from a repository made harmless, one function a format.
//!
//! A GitHub runner obeys any line of a log that begins with `::`, and `##[` anywhere in one, an Azure agent `##vso[`,
//! and TeamCity `##teamcity[`, so text for people is held to all of them. Escapes are written as Rust and JSON write
//! them.

use std::fmt::Write as _;
use std::io;

use serde_json::ser::Formatter;

use crate::text::is_hidden;

/// Text for a person to read, on one line: characters that a terminal obeys, reorders or shows nothing for become
/// escapes.
pub(crate) fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_terminal(&mut out, text);
    out
}

/// Appends the result of [`terminal`] for `text`. The end of `out` matters, so pieces may be pushed one by one.
pub(super) fn push_terminal(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            '[' if names_command(out) => out.push_str("\\["),
            ':' if begins_command(out) => out.push_str("\\:"),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
}

/// Text for an XML document, on one line, and as harmless as [`terminal`]'s: XML 1.0 has no control characters, and not
/// the last two of the first plane. Characters with a meaning in XML are left to its writer.
pub(super) fn xml(text: &str) -> String {
    terminal(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// Whether one more `:` would make a word that begins with `::`; wrapping can put any word first on its line.
fn begins_command(out: &str) -> bool {
    out.strip_suffix(':').is_some_and(|before| before.chars().next_back().is_none_or(char::is_whitespace))
}

/// Whether `[` would make a command of the text before it: `##[` on GitHub and Azure, `##vso[` there too,
/// `##teamcity[` elsewhere.
fn names_command(before: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    before.trim_end_matches(name).ends_with("##")
}

/// The message of a GitHub workflow command. Line breaks stay line breaks.
pub(super) fn github_data(text: &str) -> String {
    github(text, "%\r\n")
}

/// The value of a property of a GitHub workflow command.
pub(super) fn github_property(text: &str) -> String {
    github(text, "%\r\n:,")
}

fn github(text: &str, encoded: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if encoded.contains(c) => push_percent(&mut out, &[c as u8]),
            '[' if names_command(&out) => out.push_str("\\["),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Text as a code span of GitHub's Markdown, on one line, in a table too: no link, mention or HTML in it counts. Back
/// quotes and bars, which would end the span or the cell, are shown as escapes, as are the characters that [`terminal`]
/// escapes. Of a long text the beginning is shown.
pub(super) fn markdown_code(text: &str) -> String {
    let mut out = String::from("`");
    push_code(&mut out, text, "`|");
    if text.is_empty() {
        out.push(' ');
    }
    out.push('`');
    out
}

/// The same where back quotes are shown as they are: the quotes around the span are longer than any in it.
fn markdown_code_with_quotes(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let quotes = "`".repeat(longest + 1);
    // Markdown takes one blank away at either end, so that a back quote can be there.
    let mut out = format!("{quotes} ");
    push_code(&mut out, text, "|");
    out.push(' ');
    out.push_str(&quotes);
    out
}

/// Appends the content of a code span. Characters of `escaped` are shown as escapes.
fn push_code(out: &mut String, text: &str, escaped: &str) {
    const MAX_LENGTH: usize = 300;
    for c in text.chars() {
        if out.len() > MAX_LENGTH {
            out.push('…');
            break;
        }
        match c {
            c if escaped.contains(c) => out.extend(c.escape_unicode()),
            '[' if names_command(out) => out.push_str("\\["),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
}

/// Text for GitHub's Markdown, on one line, in a table too: text in back quotes becomes code spans, and so does text
/// that could have another meaning.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::new();
    let mut span = CodeSpan::default();
    // A back quote that nothing closes is one to show.
    let last = text.split('`').count() - 1;
    for (at, piece) in text.split('`').enumerate() {
        let is_quoted = at % 2 == 1;
        let is_closed = is_quoted && at < last;
        if is_closed {
            span.add_quoted(piece);
        } else if is_quoted {
            span.add(&format!("`{piece}"));
        } else if is_prose(piece) && !piece.is_empty() {
            out.push_str(&std::mem::take(&mut span).into_markdown());
            out.push_str(piece);
        } else {
            span.add(piece);
        }
    }
    out.push_str(&span.into_markdown());
    out
}

/// A code span that grows piece by piece: two spans that touch would be read as one with other ends.
#[derive(Default)]
struct CodeSpan {
    /// The pieces, with the back quotes of those that had them.
    text: String,
    /// The only piece so far, without its back quotes.
    alone: Option<String>,
}

impl CodeSpan {
    /// Adds a piece that was in back quotes.
    fn add_quoted(&mut self, piece: &str) {
        self.alone = self.text.is_empty().then(|| piece.to_owned());
        self.text.push_str(&format!("`{piece}`"));
    }

    /// Adds a piece that was in none.
    fn add(&mut self, piece: &str) {
        if piece.is_empty() {
            return;
        }
        self.alone = (self.text.is_empty() && !piece.contains('`')).then(|| piece.to_owned());
        self.text.push_str(piece);
    }

    fn into_markdown(self) -> String {
        match self.alone {
            _ if self.text.is_empty() => String::new(),
            Some(piece) => markdown_code(&piece),
            None => markdown_code_with_quotes(&self.text),
        }
    }
}

/// The pieces of a text, and whether each is in back quotes, which are left out.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let pieces = text.split('`').enumerate().map(|(at, piece)| (piece, at % 2 == 1));
    pieces.filter(|(piece, is_code)| *is_code || !piece.is_empty())
}

/// Whether Markdown shows the text as it is, at any place in a line.
fn is_prose(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ,.;:'\"()/+?-…=%".contains(c);
    text.chars().all(is_plain) && !["://", "www.", "::"].iter().any(|mark| text.contains(mark))
}

/// A path as a relative URI reference (RFC 3986): every byte but the unreserved ones and `/` is encoded, `:` too,
/// so that no first part reads as a scheme.
pub(super) fn uri(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => push_percent(&mut out, &[byte]),
        }
    }
    out
}

fn push_percent(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

/// The message of a SARIF result, in which `[words](1)` would be a link (SARIF 2.1.0, 3.11.6).
pub(super) fn sarif_message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '(' if out.ends_with(']') => out.push_str(" ("),
            '[' if names_command(&out) => out.push_str("\\["),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// TOML whose strings mean the same and are as harmless as [`terminal`]'s. All of its strings are basic ones, on one
/// line.
pub(crate) fn toml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '\n' => out.push(c),
            c if !(is_hidden(c) || c == '[' && names_command(&out)) => out.push(c),
            _ if code > 0xffff => drop(write!(out, "\\U{code:08X}")),
            _ => drop(write!(out, "\\u{code:04X}")),
        }
    }
    out
}

/// Compact JSON whose strings are as harmless in a terminal or a log as [`terminal`]'s.
pub(super) struct JsonText;

impl Formatter for JsonText {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if is_hidden(c) || (c == '[' && names_command(&fragment[..at])) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
                written = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn terminal_text_has_no_control_characters() {
        assert_eq!(terminal("a\x1b[31m\r\n\0\u{9b}b\u{7f}"), r"a\u{1b}[31m\r\n\u{0}\u{9b}b\u{7f}");
        assert_eq!(terminal("x\u{202e}y\u{2066}"), r"x\u{202e}y\u{2066}");
        assert_eq!(terminal("\tcafé 日本"), "    café 日本");
    }

    #[test]
    fn terminal_text_starts_no_workflow_command() {
        assert_eq!(terminal("::error::x"), r":\:error::x");
        assert_eq!(terminal("see ::add-mask::x"), r"see :\:add-mask::x");
        assert_eq!(terminal("\u{a0}::error::x"), "\u{a0}:\\:error::x");
        assert_eq!(terminal("###[error]"), r"###\[error]");
        assert_eq!(terminal("std::fmt"), "std::fmt");
        assert_eq!(terminal("##vso[task.setvariable]"), r"##vso\[task.setvariable]");
        assert_eq!(terminal("x ##teamcity[x]"), r"x ##teamcity\[x]");
        assert_eq!(terminal("# a[0] ## b [1]"), "# a[0] ## b [1]");
    }

    #[test]
    fn xml_text_has_only_what_xml_has() {
        assert_eq!(xml("<a>&\0\n\u{fffe}\u{ffff}\u{fffd}é"), "<a>&\\u{0}\\n\\u{fffe}\\u{ffff}\u{fffd}é");
    }

    #[test]
    fn terminal_text_may_come_in_pieces() {
        let mut out = String::new();
        ["##", "[x] ", ":", ":error"].into_iter().for_each(|piece| push_terminal(&mut out, piece));
        assert_eq!(out, r"##\[x] :\:error");
    }

    #[test]
    fn github_encodes_percent_and_line_breaks() {
        assert_eq!(github_data("50%\r\na: b, c"), "50%25%0D%0Aa: b, c");
        assert_eq!(github_data("%0A::error::"), "%250A::error::");
        assert_eq!(github_property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(github_property("\x1b##[x]"), r"\u{1b}##\[x]");
    }

    #[test]
    fn markdown_code_stays_in_its_span_and_cell() {
        assert_eq!(markdown_code("example.com/a@b <i>"), "`example.com/a@b <i>`");
        assert_eq!(markdown_code("a`b`|c\\|"), r"`a\u{60}b\u{60}\u{7c}c\\u{7c}`");
        assert_eq!(markdown_code("a\n\n# b\u{202e}\x1b"), r"`a\n\n# b\u{202e}\u{1b}`");
        assert_eq!(markdown_code("##[error]x"), r"`##\[error]x`");
        assert_eq!(markdown_code(""), "` `");
        assert_eq!(markdown_code(&"é".repeat(150)), format!("`{}`", "é".repeat(150)));
        assert_eq!(markdown_code(&"é".repeat(999)), format!("`{}…`", "é".repeat(150)));
    }

    #[test]
    fn markdown_shows_prose_as_it_is_and_nothing_else() {
        assert_eq!(markdown("`a/b` is needed, at v1.2"), "`a/b` is needed, at v1.2");
        assert_eq!(markdown("see @user"), "`see @user`");
        assert_eq!(markdown("a `b` *c* `"), "a `` `b` *c* ` ``");
        assert_eq!(markdown(""), "");
        assert_eq!(markdown("``"), "` `");
        assert_eq!(markdown("go to www.example.com"), "`go to www.example.com`");
        assert_eq!(markdown("::error::x"), "`::error::x`");
    }

    #[test]
    fn markdown_loses_no_back_quote() {
        assert_eq!(markdown("why\x07 `now`"), r"`` why\u{7} `now` ``");
        assert_eq!(markdown("`a` \x07`b`, `c`"), r"`` `a` \u{7}`b` ``, `c`");
        assert_eq!(markdown("it`s so"), "it`` `s so ``");
        assert_eq!(markdown("`a``b`"), "``` `a``b` ```");
        assert_eq!(markdown("*```*"), "```` *```* ````");
        assert_eq!(markdown("|`x`"), r"`` \u{7c}`x` ``");
    }

    #[test]
    fn uris_are_relative_and_encoded_byte_by_byte() {
        assert_eq!(uri(b"cmd/main.go"), "cmd/main.go");
        assert_eq!(uri("c:/é #?%\n".as_bytes()), "c%3A/%C3%A9%20%23%3F%25%0A");
        assert_eq!(uri(b"\xff"), "%FF");
    }

    #[test]
    fn sarif_messages_hold_no_links_of_others() {
        assert_eq!(sarif_message("[click](https://example.com)"), "[click] (https://example.com)");
        assert_eq!(sarif_message("a\n\u{200b}##vso[x]"), "a\n\\u{200b}##vso\\[x]");
    }

    #[test]
    fn json_strings_are_equal_and_harmless() {
        let text = "##[error]\u{9b}\u{202e}\u{7f}\n\"é\u{e0041}##vso[x]";
        let mut out = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut out, JsonText)).expect("a string is JSON");
        let json = String::from_utf8(out).expect("JSON is UTF-8");
        assert_eq!(json, r###""##\u005berror]\u009b\u202e\u007f\n\"é\udb40\udc41##vso\u005bx]""###);
        assert_eq!(serde_json::from_str::<String>(&json).expect("it reads back"), text);
    }
}
