//! The arguments of `explain`.

use clap::Args;

use super::shared::{CacheArgs, PolicyArgs, StateArgs};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The rule's id, or `RULE/ENTRY` for an entry of the policy and its rule
    #[arg(value_name = "RULE[/ENTRY]")]
    pub(in crate::cli) rule: String,

    #[command(flatten)]
    pub(in crate::cli) state: StateArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,
}
