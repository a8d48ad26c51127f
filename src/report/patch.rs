//! Unified diffs, as `git apply` reads them.

use std::io::{self, Write};

use similar::TextDiff;

use crate::text::RepoPath;

/// Writes the patch from one content of a file to another, or the patch that creates the file.
pub(crate) fn write_patch(path: &RepoPath, before: Option<&[u8]>, after: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (name("a/", path), name("b/", path));
    writeln!(out, "diff --git {old} {new}")?;
    // Git ends a name with a tab where it has a blank, so that it is not taken for the date.
    let tab = if old.contains(' ') && !old.starts_with('"') { "\t" } else { "" };
    match before {
        Some(_) => writeln!(out, "--- {old}{tab}\n+++ {new}{tab}")?,
        None => writeln!(out, "new file mode 100644\n--- /dev/null\n+++ {new}{tab}")?,
    }
    let diff = TextDiff::from_slices(&lines(before.unwrap_or_default()), &lines(after));
    for hunk in diff.unified_diff().iter_hunks() {
        writeln!(out, "{}", hunk.header())?;
        for line in hunk.iter_changes() {
            write!(out, "{}", line.tag())?;
            out.write_all(line.value())?;
            if !line.value().ends_with(b"\n") {
                out.write_all(b"\n\\ No newline at end of file\n")?;
            }
        }
    }
    Ok(())
}

/// The lines of a text, their ends included. To Git only `\n` ends one, and not a lone `\r`.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

/// A name as Git writes it: in quotes, with octal escapes, where a byte is not plain ASCII or would end it.
fn name(prefix: &str, path: &RepoPath) -> String {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"\"\\".contains(byte);
    let path = path.as_bytes();
    if path.iter().all(is_plain) {
        return format!("{prefix}{}", String::from_utf8_lossy(path));
    }
    let escaped = |byte: &u8| if is_plain(byte) { char::from(*byte).to_string() } else { format!("\\{byte:03o}") };
    format!("\"{prefix}{}\"", path.iter().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(path: &str, before: &str, after: &str) -> String {
        let mut out = Vec::new();
        let texts = (Some(before.as_bytes()), after.as_bytes());
        write_patch(&RepoPath::from(path), texts.0, texts.1, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the patch is text")
    }

    #[test]
    fn a_patch_names_the_file_and_shows_three_lines_around() {
        let expected =
            "diff --git a/x/go.mod b/x/go.mod\n--- a/x/go.mod\n+++ b/x/go.mod\n@@ -2,4 +2,3 @@\n 2\n 3\n 4\n-5\n";
        assert_eq!(patch("x/go.mod", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n"), expected);
        let expected = "diff --git a/x/go.mod b/x/go.mod\n--- a/x/go.mod\n+++ b/x/go.mod\n@@ -1,2 +1 @@\n 1\r\n-2\n\\ No newline at end of file\n";
        assert_eq!(patch("x/go.mod", "1\r\n2", "1\r\n"), expected);
        let expected = "diff --git a/x/go.mod b/x/go.mod\n--- a/x/go.mod\n+++ b/x/go.mod\n@@ -1,3 +1,2 @@\n a\rb\n-c\n d\r\n\\ No newline at end of file\n";
        assert_eq!(patch("x/go.mod", "a\rb\nc\nd\r", "a\rb\nd\r"), expected);
    }

    #[test]
    fn odd_names_are_quoted_as_git_does() {
        let head = |path| patch(path, "1\n", "").lines().take(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(head("a b/go.mod"), ["diff --git a/a b/go.mod b/a b/go.mod", "--- a/a b/go.mod\t"]);
        assert_eq!(
            head("é\"/go.mod"),
            [
                "diff --git \"a/\\303\\251\\042/go.mod\" \"b/\\303\\251\\042/go.mod\"",
                "--- \"a/\\303\\251\\042/go.mod\"",
            ]
        );
    }
}
