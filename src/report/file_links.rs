//! Links from the names of files to the files on disk, for terminals that can follow them (OSC 8).

use super::escape::{terminal, uri};
use crate::text::{Home, SourceFile};

/// Where the files of a run are on disk.
#[derive(Clone, Debug)]
pub struct FileLinks {
    /// The address of the root of the work tree, without a slash at its end.
    root: String,
}

impl FileLinks {
    /// To the files below this directory: an absolute path, with `/` between its parts.
    pub fn new(root: &[u8]) -> Self {
        let root = root.strip_prefix(b"//?/").unwrap_or(root);
        let root = uri(root.strip_suffix(b"/").unwrap_or(root));
        // A path of Windows begins with a drive.
        let slash = if root.is_empty() || root.starts_with('/') { "" } else { "/" };
        Self { root: format!("file://{slash}{root}") }
    }

    /// `shown`, which is escaped already, as a link to the file, if that is one of the repository.
    pub(super) fn link(&self, file: &SourceFile, shown: &str) -> String {
        if file.home() != Home::Repository {
            return shown.to_owned();
        }
        let path = uri(file.path().as_bytes());
        format!("\x1b]8;;{}/{path}\x1b\\{shown}\x1b]8;;\x1b\\", self.root)
    }
}

/// The path of a file, escaped, as a link if there are links.
pub(super) fn linked_path(links: Option<&FileLinks>, file: &SourceFile) -> String {
    let shown = terminal(&file.path().to_string());
    links.map_or_else(|| shown.clone(), |links| links.link(file, &shown))
}

#[cfg(test)]
mod tests {
    use super::FileLinks;

    #[test]
    fn roots_are_addresses() {
        for (root, expected) in [
            (&b"/home/me/my shop"[..], "file:///home/me/my%20shop"),
            (b"/", "file://"),
            (b"//?/C:/shop", "file:///C%3A/shop"),
            (b"/a\x1b\xff", "file:///a%1B%FF"),
        ] {
            assert_eq!(FileLinks::new(root).root, expected);
        }
    }
}
