//! Which lines of go.mod a rule about modules looks at: an option that several rules have.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Requirement;

/// Which requirements count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementScope {
    /// Those that the module itself imports, or whose line is not marked `// indirect`.
    #[default]
    Direct,
    /// Every line of go.mod.
    Required,
}

impl RequirementScope {
    /// Whether a requirement counts.
    pub fn admits(self, requirement: Requirement<'_>) -> bool {
        self == Self::Required || requirement.is_direct()
    }
}
