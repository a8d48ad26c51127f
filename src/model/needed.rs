//! The packages that a module needs, and by which way.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::go::ModuleVersion;
use crate::syntax::PackageDir;

/// The packages that a module needs: its own, its tools, their imports, and tests, in all builds together.
#[derive(Clone, Debug, Default)]
pub struct Needed {
    /// The packages, and tests of packages.
    pub packages: Vec<NeededPackage>,
    /// Those that need no reason: the module's own packages, by path, then its tools; by their places.
    pub roots: Vec<usize>,
}

/// A package, or the test of one.
#[derive(Clone, Debug)]
pub struct NeededPackage {
    /// The import path; of a test, that of its package.
    pub path: Arc<str>,
    /// Whose it is.
    pub provider: Provider,
    /// Where its files are, if they are not in the model.
    pub dir: Option<PackageDir>,
    /// Whether it stands for the tests of a package.
    pub is_test: bool,
    /// The packages below it, by places: its imports, then its test.
    pub below: Vec<usize>,
}

/// Whose a package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The module's that needs it.
    Own,
    /// Another module's.
    Module(ModuleVersion),
    /// The standard library's, or nobody's that is known.
    None,
}

impl Needed {
    /// The shortest way from a package that needs no reason to the first that is `wanted`, by places, as `go mod why`
    /// finds it (`modload.(*loader).buildStacks`).
    pub fn way(&self, wanted: impl Fn(&NeededPackage) -> bool) -> Option<Vec<usize>> {
        let mut from: Vec<Option<usize>> = vec![None; self.packages.len()];
        let mut seen: Vec<bool> = vec![false; self.packages.len()];
        let mut queue: VecDeque<usize> = VecDeque::new();
        for &root in &self.roots {
            if !std::mem::replace(&mut seen[root], true) {
                queue.push_back(root);
            }
        }
        while let Some(at) = queue.pop_front() {
            let package = &self.packages[at];
            if !package.is_test && wanted(package) {
                let mut way: Vec<usize> = std::iter::successors(Some(at), |&at| from[at]).collect();
                way.reverse();
                return Some(way);
            }
            for &below in &package.below {
                if !std::mem::replace(&mut seen[below], true) {
                    from[below] = Some(at);
                    queue.push_back(below);
                }
            }
        }
        None
    }
}
