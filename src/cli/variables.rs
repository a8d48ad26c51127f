//! Options from the environment, used if the command line does not have them. Git hooks do not read them.
//!
//! clap reads the variables of options that have no other option against them. These are the others.

use std::path::PathBuf;

use clap::builder::{OsStr, Resettable};
use clap::{Arg, Command};

use super::args::{CacheArgs, CheckArgs, OutputArgs, PolicyArgs, forms};
use super::environment::{is_empty, variable};
use super::failure::Failure;
use crate::report::Format;

/// The policy file that judges.
const POLICY: &str = "MODWARDEN_POLICY";

/// The form that is printed by default.
const FORMAT: &str = "MODWARDEN_FORMAT";

/// The directory of the store.
const CACHE_DIR: &str = "MODWARDEN_CACHE_DIR";

/// The command line, which takes no notice of empty variables.
pub(super) fn without_empty(command: Command) -> Command {
    let command = command.mut_args(|arg: Arg| match arg.get_env() {
        Some(name) if is_empty(name) => arg.env(Resettable::<OsStr>::Reset),
        _ => arg,
    });
    command.mut_subcommands(without_empty)
}

/// A check, as the environment asks for it.
pub(super) fn check_args(args: &CheckArgs) -> Result<CheckArgs, Failure> {
    let (policy, cache, output) = (policy_args(&args.policy), cache_args(&args.cache), output_args(&args.output)?);
    Ok(CheckArgs { policy, cache, output, ..args.clone() })
}

/// The policy of the command line, else the one that the environment names.
pub(super) fn policy_args(args: &PolicyArgs) -> PolicyArgs {
    let mut args = args.clone();
    if args.policy_from.is_none() {
        args.policy = args.policy.or_else(|| variable(POLICY).map(PathBuf::from));
    }
    args
}

/// The store of the command line, else the one that the environment names.
pub(super) fn cache_args(args: &CacheArgs) -> CacheArgs {
    let mut args = args.clone();
    if !args.no_cache {
        args.cache_dir = args.cache_dir.or_else(|| variable(CACHE_DIR).map(PathBuf::from));
    }
    args
}

/// The forms of the command line, and the default one that the environment names.
pub(super) fn output_args(args: &OutputArgs) -> Result<OutputArgs, Failure> {
    let Some(name) = variable(FORMAT) else { return Ok(args.clone()) };
    let name = name.to_string_lossy();
    let format: Format = name.parse().map_err(|_| {
        Failure::invalid(
            format!("the variable {FORMAT} has an unknown value: `{name}`"),
            format!("the formats are {}", forms()),
        )
    })?;
    Ok(args.clone().with_default(format))
}
