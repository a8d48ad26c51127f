//! Go's `%q`: how the go command quotes untrusted text in a message, and which characters it calls printable.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

/// A string in double quotes, as `strconv.Quote` writes it.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        push_escaped(&mut quoted, c, '"');
    }
    quoted.push('"');
    quoted
}

/// A character in single quotes, as `strconv.QuoteRune` writes it.
pub(crate) fn quote_char(c: char) -> String {
    let mut quoted = String::from('\'');
    push_escaped(&mut quoted, c, '\'');
    quoted.push('\'');
    quoted
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(c: char) -> bool {
    static PRINTABLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").expect("the pattern is a constant"));
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    PRINTABLE.is_match(c.encode_utf8(&mut [0; 4]))
}

fn push_escaped(out: &mut String, c: char, delimiter: char) {
    let written = match c {
        '\\' => write!(out, r"\\"),
        _ if c == delimiter => write!(out, "\\{c}"),
        _ if is_print(c) => write!(out, "{c}"),
        '\x07' => write!(out, r"\a"),
        '\x08' => write!(out, r"\b"),
        '\x0c' => write!(out, r"\f"),
        '\n' => write!(out, r"\n"),
        '\r' => write!(out, r"\r"),
        '\t' => write!(out, r"\t"),
        '\x0b' => write!(out, r"\v"),
        '\0'..' ' | '\x7f' => write!(out, "\\x{:02x}", u32::from(c)),
        '\u{80}'..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c)),
        _ => write!(out, "\\U{:08x}", u32::from(c)),
    };
    written.expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_as_go_does() {
        assert_eq!(quote("a\"b\\c'é"), r#""a\"b\\c'é""#);
        assert_eq!(quote("\x07\0\u{7f}\u{a0}\u{feff}\u{e0001}"), r#""\a\x00\x7f\u00a0\ufeff\U000e0001""#);
        assert_eq!(quote_char('\''), r"'\''");
        assert_eq!(quote_char('"'), "'\"'");
    }
}
