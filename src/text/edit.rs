//! Changes to a text, byte by byte: the effect of a fix on a file.

use super::Span;

/// Bytes of a text, and their replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Span,
    /// The new bytes; empty if the old ones are only removed.
    pub replacement: Box<[u8]>,
}

impl Edit {
    /// The removal of some bytes.
    pub fn removal(span: Span) -> Self {
        Self { span, replacement: Box::default() }
    }

    /// The one edit that makes another text of a text, from the first byte that differs to the last; `None` where none
    /// does.
    pub fn between(before: &[u8], after: &[u8]) -> Option<Self> {
        let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let (rest, new) = (&before[start..], &after[start..]);
        let same = rest.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let span = Span::new(start, before.len() - same);
        let replacement = Box::from(&new[..new.len() - same]);
        (before != after).then_some(Self { span, replacement })
    }

    /// The text after `edits`, which are in order of place and do not overlap.
    pub fn apply(edits: &[Self], text: &[u8]) -> Vec<u8> {
        let mut changed = Vec::with_capacity(text.len());
        let mut at = 0;
        for Self { span, replacement } in edits {
            changed.extend_from_slice(&text[at..span.start as usize]);
            changed.extend_from_slice(replacement);
            at = span.end as usize;
        }
        changed.extend_from_slice(&text[at..]);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_the_rest_as_it_is() {
        let instead = Edit { span: Span::new(6, 7), replacement: Box::from(&b"xyz"[..]) };
        let edits = [Edit::removal(Span::new(0, 1)), Edit::removal(Span::new(3, 5)), instead];
        assert_eq!(Edit::apply(&edits, b"abcdefgh"), b"bcfxyzh");
        assert_eq!(Edit::apply(&[], b"abc"), b"abc");
    }

    #[test]
    fn one_edit_leads_from_one_text_to_another() {
        for (before, after) in [("abc", "abc"), ("", "a"), ("aa", "a"), ("a", "aaa"), ("abcd", "axyd"), ("abab", "ab")]
        {
            let edit = Edit::between(before.as_bytes(), after.as_bytes());
            assert_eq!(edit.is_none(), before == after, "{before}, {after}");
            let edits: Vec<Edit> = edit.into_iter().collect();
            assert_eq!(Edit::apply(&edits, before.as_bytes()), after.as_bytes(), "{before}, {after}");
        }
    }
}
