//! `path.Match` of Go's standard library, whose globs are not those of any crate: no `**`, no braces, `[^a]` for a
//! character that is none of these, and a fault anywhere is a fault of the whole.

use super::first_char;

/// Whether a name, without `/`, matches a pattern. `None` if the pattern is malformed.
pub(super) fn path_match(pattern: &[u8], name: &[u8]) -> Option<bool> {
    let (mut pattern, mut name) = (pattern, name);
    while !pattern.is_empty() {
        let chunk = Chunk::take(&mut pattern);
        if chunk.after_star && chunk.text.is_empty() {
            return Some(!name.contains(&b'/'));
        }
        match chunk.find(name, pattern.is_empty()) {
            Ok(Some(rest)) => name = rest,
            Ok(None) => return is_well_formed(pattern).then_some(false),
            Err(Malformed) => return None,
        }
    }
    Some(name.is_empty())
}

struct Malformed;

fn is_well_formed(mut pattern: &[u8]) -> bool {
    while !pattern.is_empty() {
        if Chunk::take(&mut pattern).strip_from(b"").is_err() {
            return false;
        }
    }
    true
}

/// A part of a pattern up to the next star, and whether stars come before it.
struct Chunk<'p> {
    after_star: bool,
    text: &'p [u8],
}

impl<'p> Chunk<'p> {
    /// Takes the next part off a pattern (`scanChunk`).
    fn take(pattern: &mut &'p [u8]) -> Self {
        let stars = pattern.iter().take_while(|&&byte| byte == b'*').count();
        let rest = &pattern[stars..];
        let (mut at, mut in_class) = (0, false);
        while let Some(byte) = rest.get(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'*' if !in_class => break,
                _ => {}
            }
            at += 1;
        }
        let (text, rest) = rest.split_at(at.min(rest.len()));
        *pattern = rest;
        Self { after_star: stars > 0, text }
    }

    /// Finds the chunk in a name, at its beginning or where a star allows; returns the rest of the name, which is empty
    /// if it is the last.
    fn find<'n>(&self, name: &'n [u8], is_last: bool) -> Result<Option<&'n [u8]>, Malformed> {
        let skips = if self.after_star { name.iter().take_while(|&&byte| byte != b'/').count() } else { 0 };
        for skipped in 0..=skips {
            let rest = self.strip_from(&name[skipped..])?;
            if rest.is_some_and(|rest| rest.is_empty() || !is_last) {
                return Ok(rest);
            }
        }
        Ok(None)
    }

    /// The rest of a name after the chunk at its beginning; `None` if it does not begin so (`matchChunk`). After a
    /// mismatch the rest of the chunk is still read, for its faults.
    fn strip_from<'n>(&self, name: &'n [u8]) -> Result<Option<&'n [u8]>, Malformed> {
        let (mut chunk, mut left) = (self.text, Some(name));
        while let Some((&byte, rest)) = chunk.split_first() {
            chunk = rest;
            let name = left.filter(|name| !name.is_empty());
            let (c, length) = first_char(name.unwrap_or_default());
            let after = name.map(|name| &name[length..]);
            left = match byte {
                b'[' => class(&mut chunk, c)?.then_some(after).flatten(),
                b'?' => after.filter(|_| c != '/'),
                _ => {
                    let literal = if byte == b'\\' { take_byte(&mut chunk).ok_or(Malformed)? } else { byte };
                    name.and_then(|name| name.strip_prefix(&[literal]))
                }
            };
        }
        Ok(left)
    }
}

fn take_byte(text: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = text.split_first()?;
    *text = rest;
    Some(first)
}

/// Takes a class off a chunk, without its first bracket; whether it has `c` in it.
fn class(chunk: &mut &[u8], c: char) -> Result<bool, Malformed> {
    let is_negated = take_if(chunk, b'^');
    let mut is_in = false;
    loop {
        let low = bound(chunk)?;
        let high = if take_if(chunk, b'-') { bound(chunk)? } else { low };
        is_in |= (low..=high).contains(&c);
        if take_if(chunk, b']') {
            return Ok(is_in != is_negated);
        }
    }
}

fn take_if(text: &mut &[u8], byte: u8) -> bool {
    match text.strip_prefix(&[byte]) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

/// Takes a character of a class, which something must follow (`getEsc`).
fn bound(chunk: &mut &[u8]) -> Result<char, Malformed> {
    if matches!(chunk.first(), None | Some(b'-' | b']')) {
        return Err(Malformed);
    }
    take_if(chunk, b'\\');
    let (c, length) = first_char(chunk);
    *chunk = &chunk[length..];
    if chunk.is_empty() || c == char::REPLACEMENT_CHARACTER && length < 3 { Err(Malformed) } else { Ok(c) }
}
