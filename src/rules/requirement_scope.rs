//! Which lines of go.mod a rule about modules looks at: an option that several rules have.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Directness, Requirement};

/// Which requirements count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RequirementScope {
    /// Those that the module itself imports, or whose line is not marked `// indirect`.
    #[default]
    Direct,
    /// Every line of go.mod.
    Required,
}

impl RequirementScope {
    /// Whether a requirement counts, as far as that is known.
    pub(crate) fn directness(self, requirement: Requirement<'_>) -> Directness<'_> {
        match self {
            Self::Direct => requirement.directness(),
            Self::Required => Directness::Direct,
        }
    }
}
