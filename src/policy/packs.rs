//! The policies that are compiled in.

/// A policy that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    /// The name that `extends` uses.
    pub name: &'static str,
    /// The policy.
    pub text: &'static str,
}

static PACKS: [Pack; 9] = [
    Pack { name: "modern-go", text: include_str!("../../policies/modern-go.toml") },
    Pack { name: "monorepo", text: include_str!("../../policies/monorepo.toml") },
    Pack { name: "production", text: include_str!("../../policies/production.toml") },
    Pack { name: "recommended", text: include_str!("../../policies/recommended.toml") },
    Pack { name: "strict", text: include_str!("../../policies/strict.toml") },
    Pack { name: "supply-chain", text: include_str!("../../policies/supply-chain.toml") },
    Pack { name: "tidy", text: include_str!("../../policies/tidy.toml") },
    Pack { name: "vendoring", text: include_str!("../../policies/vendoring.toml") },
    Pack { name: "workspace", text: include_str!("../../policies/workspace.toml") },
];

/// The built-in packs by name.
pub fn packs() -> impl Iterator<Item = &'static Pack> {
    PACKS.iter()
}

/// The pack of this name.
pub(super) fn pack(name: &str) -> Option<&'static Pack> {
    packs().find(|pack| pack.name == name)
}
