//! The arguments of `why`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{CacheArgs, PolicyArgs, StateArgs};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct WhyArgs {
    /// The path of a package or module; of two packages, the one that imports: a path or `./directory`
    #[arg(value_name = "PACKAGE|MODULE")]
    pub(in crate::cli) target: String,

    /// Show also chains from one package to the other that share no package, ten at most
    #[arg(long)]
    pub(in crate::cli) all: bool,

    /// Show also the modules that do not need it: how much was checked, and which commit removed the last import. The exit
    /// code is 0 if no module needs it
    #[arg(long)]
    pub(in crate::cli) not: bool,

    #[command(flatten)]
    pub(in crate::cli) state: StateArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// The package that the first one may need; or only the modules in these directories, the first of which also selects the
    /// repository
    #[arg(value_name = "PACKAGE|PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}
