//! The classes of characters that Go's grammar asks for, as package `unicode` has them.
//!
//! ASCII is answered at once; the tables behind the rest are built when the first other character turns up.

use std::sync::LazyLock;

use regex::Regex;

/// Whether `c` is a letter as Go counts them: `unicode.IsLetter`.
pub fn is_letter(c: char) -> bool {
    static LETTER: LazyLock<Regex> = LazyLock::new(|| class(r"\p{L}"));
    if c.is_ascii() { c.is_ascii_alphabetic() } else { matches(&LETTER, c) }
}

/// Whether `c` is a decimal digit of any script: `unicode.IsDigit`.
pub fn is_digit(c: char) -> bool {
    static DIGIT: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Nd}"));
    if c.is_ascii() { c.is_ascii_digit() } else { matches(&DIGIT, c) }
}

/// Whether `c` shows: `unicode.IsGraphic`.
pub fn is_graphic(c: char) -> bool {
    static GRAPHIC: LazyLock<Regex> = LazyLock::new(|| class(r"[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]"));
    if c.is_ascii() { !c.is_ascii_control() } else { matches(&GRAPHIC, c) }
}

fn class(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

fn matches(class: &Regex, c: char) -> bool {
    class.is_match(c.encode_utf8(&mut [0; 4]))
}
