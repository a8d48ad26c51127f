//! A module file beside the same file in the go command's layout.

use std::collections::BTreeMap;

use super::super::layout_fault::LayoutFault;
use super::super::modfile::{WrittenRequirement, WrittenRequirements, layout_fault};
use super::{GoMod, parse_go_mod};
use crate::go::{ModulePath, Version};

impl GoMod {
    /// The requirements of the file, each path once: at the highest listed version, and with the mark of its first
    /// line. `None` without a `go` line, where the go command adds that of its own release.
    pub fn stated_requirements(&self) -> Option<WrittenRequirements> {
        let go = self.go.as_ref()?.value.clone();
        let mut require: BTreeMap<&ModulePath, (&Version, bool)> = BTreeMap::new();
        for line in &self.require {
            let (version, _) = require.entry(&line.path.value).or_insert((&line.version.value, line.indirect));
            *version = (*version).max(&line.version.value);
        }
        let written = |(path, (version, indirect)): (&ModulePath, (&Version, bool))| WrittenRequirement {
            path: path.as_str().into(),
            version: version.as_str().into(),
            indirect,
        };
        let toolchain = self.toolchain.as_ref().map(|toolchain| toolchain.value.clone());
        Some(WrittenRequirements { require: require.into_iter().map(written).collect(), go, toolchain })
    }
}

/// Where `go mod tidy` would write a module file otherwise even if it had nothing to add, to remove or to raise. `None`
/// for a file with errors or without a `go` line, which is another matter.
pub(crate) fn layout_of_go_mod(text: &[u8]) -> Option<LayoutFault> {
    let parsed = parse_go_mod(text);
    if !parsed.errors.is_empty() {
        return None;
    }
    layout_fault(text, &parsed.tree.stated_requirements()?)
}
