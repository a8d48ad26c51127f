//! In which directories Git ignores Go files, by the `.gitignore` files of a state, since files that are missing there
//! may be generated before a build.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::glob::pattern::Case;
use gix::ignore::{Search, search::Ignore};

use super::{Entry, Selection, Source, SourceError};
use crate::text::RepoPath;

/// The longest `.gitignore` that is read, in bytes.
const MOST: u64 = 1 << 20;

/// The directories among `dirs` that are ignored themselves, or in which a Go file of a usual name for generated code
/// would be.
pub(crate) fn ignored_go_dirs(
    source: &dyn Source,
    dirs: &BTreeSet<RepoPath>,
) -> Result<BTreeSet<RepoPath>, SourceError> {
    let listing = source.list(&Above(dirs))?;
    let mut reader = source.reader();
    let mut search = Search::default();
    let mut buffer = Vec::new();
    // Sorted by path, so that the patterns of a directory come after those of the directories above it.
    for entry in &listing.entries {
        if reader.size(entry).is_ok_and(|size| size <= MOST) && reader.read(entry, &mut buffer).is_ok() {
            add(&mut search, entry, &buffer);
        }
    }
    if search.patterns.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(dirs.iter().filter(|dir| ignores_go_files(&search, dir)).cloned().collect())
}

/// The `.gitignore` files of some directories and of those above them.
struct Above<'d>(&'d BTreeSet<RepoPath>);

impl Selection for Above<'_> {
    fn enters(&self, directory: &[u8]) -> bool {
        let below = [directory, b"/"].concat();
        let first = self.0.range::<[u8], _>((Bound::Included(&*below), Bound::Unbounded)).next();
        self.0.contains(directory) || first.is_some_and(|dir| dir.as_bytes().starts_with(&below))
    }

    fn wants(&self, file: &[u8]) -> bool {
        file == b".gitignore" || file.ends_with(b"/.gitignore")
    }
}

fn add(search: &mut Search, entry: &Entry, patterns: &[u8]) {
    let Some(path) = entry.path.as_str() else { return };
    // A list that cannot be placed says nothing.
    search.add_patterns_buffer(patterns, PathBuf::from(path), Some(Path::new("")), Ignore::default()).ok();
}

fn ignores_go_files(search: &Search, dir: &RepoPath) -> bool {
    let is_ignored = |path: &RepoPath, is_dir: Option<bool>| {
        let found = search.pattern_matching_relative_path(path.as_bytes().as_bstr(), is_dir, Case::Sensitive);
        found.is_some_and(|found| !found.pattern.is_negative())
    };
    let is_dir = Some(true);
    if dir.ancestors().filter(|dir| !dir.is_root()).any(|dir| is_ignored(&dir, is_dir)) {
        return true;
    }
    let name = String::from_utf8_lossy(dir.file_name()).into_owned();
    let usual =
        [".go", ".pb.go", "_gen.go", ".gen.go", "_generated.go", "_string.go"].map(|end| format!("{name}{end}"));
    let fixed = ["generated.go", "gen.go", "zz_generated.go", "zz_generated.deepcopy.go", "bindata.go", "wire_gen.go"];
    let mut names = usual.iter().map(String::as_str).chain(fixed);
    names.any(|name| is_ignored(&dir.join(name), Some(false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn go_files_are_ignored_by_directory_and_by_name() {
        let source = MemorySource::new([
            (".gitignore", "/gen/\n*.pb.go\n!/kept/kept.pb.go\n"),
            ("api/.gitignore", "v1\n/v2/*.go\n"),
            ("api/v3/.gitignore", "# nothing\n"),
        ]);
        let dirs = ["gen", "gen/deep", "other", "kept", "api/v1", "api/v2", "api/v3", "v1/x"];
        let dirs: BTreeSet<RepoPath> = dirs.into_iter().map(RepoPath::from).collect();
        let ignored = ignored_go_dirs(&source, &dirs).expect("memory can be listed");
        let ignored: Vec<String> = ignored.iter().map(ToString::to_string).collect();
        assert_eq!(ignored, ["api/v1", "api/v2", "api/v3", "gen", "gen/deep", "other", "v1/x"]);
        let without = MemorySource::new([("go.mod", "")]);
        assert!(ignored_go_dirs(&without, &dirs).expect("memory can be listed").is_empty());
    }
}
