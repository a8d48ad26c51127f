//! The packages of the standard library, with the Go version that brought each.
//!
//! The list holds every directory of the library's source that has a Go file, as the go command checks
//! (`internal/goroot.IsStandardPackage`); `api/go1*.txt` of the distribution has the first release of each.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sorted lines `path version`. Packages that nobody outside the library can import, below `internal` or `vendor`,
/// have `1.0` whatever their age.
static LIST: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("std_packages.txt").lines().filter_map(|line| line.split_once(' ')).collect());

/// The Go version, as in a `go` line, that first had this standard library package; `None` if none up to 1.27 has it.
///
/// Packages behind a `GOEXPERIMENT` count as there, as they do for the go command's import resolution.
pub fn std_package(path: &str) -> Option<&'static str> {
    LIST.get(path).copied()
}

/// The import paths of the standard library, sorted, `internal` and `vendor` packages included.
pub fn std_packages() -> impl Iterator<Item = &'static str> {
    LIST.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_a_package_and_a_version() {
        let lines: Vec<_> = include_str!("std_packages.txt").lines().collect();
        assert!(lines.is_sorted());
        assert_eq!(LIST.len(), lines.len());
    }

    #[test]
    fn packages_are_known_since_their_version() {
        for (path, since) in [
            ("fmt", Some("1.0")),
            ("unsafe", Some("1.0")),
            ("runtime/cgo", Some("1.0")),
            ("embed", Some("1.16")),
            ("log/slog", Some("1.21")),
            ("uuid", Some("1.27")),
            ("vendor/golang.org/x/net/idna", Some("1.0")),
            ("C", None),
            ("fmt/", None),
            ("log/slog2", None),
        ] {
            assert_eq!(std_package(path), since, "{path}");
        }
    }
}
