//! A module file without the lines that change most often, for comparing thousands of versions of it.

use std::borrow::Cow;

/// The text of a `go.mod` without the lines in `require` blocks. Everything else keeps its meaning, if not its place.
pub fn without_requires(text: &[u8]) -> Cow<'_, [u8]> {
    // A string can hide a line break, and with it where a line begins.
    if memchr::memchr3(b'"', b'`', b'\\', text).is_some() {
        return Cow::Borrowed(text);
    }
    let mut rest = Vec::new();
    let mut block = EnclosingBlock::None;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let end = memchr::memmem::find(line, b"//").unwrap_or(line.len());
        let code = line[..end].trim_ascii();
        if code.starts_with(b")") {
            block = EnclosingBlock::None;
        } else if block == EnclosingBlock::None {
            block = EnclosingBlock::opened_by(code);
        } else if block == EnclosingBlock::Require {
            continue;
        }
        rest.extend_from_slice(line);
    }
    Cow::Owned(rest)
}

/// The block that a line is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EnclosingBlock {
    None,
    Require,
    Other,
}

impl EnclosingBlock {
    fn opened_by(code: &[u8]) -> Self {
        match code.strip_suffix(b"(").map(<[u8]>::trim_ascii) {
            None | Some(b"") => Self::None,
            Some(b"require") => Self::Require,
            Some(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{GoMod, parse_go_mod};

    fn lines(tree: &GoMod) -> Vec<String> {
        let replaces = tree.replace.iter().map(ToString::to_string);
        replaces.chain(tree.exclude.iter().map(ToString::to_string)).collect()
    }

    #[test]
    fn the_lines_are_those_of_the_whole_file() {
        let pieces = [
            "module m\n",
            "require (\n",
            "require( // all\n",
            "\trequire ( // more\r\n",
            "require a v1.0.0\n",
            "a v1.0.0 // indirect\n",
            "replace a => ./b\n",
            "\ta => b v1.0.0 // x\n",
            "replace (\n",
            "exclude (\n",
            "exclude a v1.0.0\n",
            ")\n",
            " ) // end\n",
            "// require (\n",
            "require \"a\" (\n",
            "requires (\n",
            "require a ( b\n",
            "\n",
            "a \"b\\\n",
        ];
        let mut seed: u32 = 1;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..8 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(seed >> 16) as usize % pieces.len()]);
            }
            let whole = parse_go_mod(text.as_bytes()).tree;
            assert_eq!(lines(&parse_go_mod(&without_requires(text.as_bytes())).tree), lines(&whole), "{text}");
        }
    }
}
