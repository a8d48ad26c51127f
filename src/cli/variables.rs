//! Options from the environment, used if the command line does not have them. Git hooks do not read them.
//!
//! clap reads the variables of options that have no other option against them. These are the others.

use std::path::PathBuf;

use clap::builder::{OsStr, Resettable};
use clap::error::{ContextKind, ContextValue, Error};
use clap::{Arg, Command};

use super::args::{
    AffectedArgs, CacheArgs, Command as Subcommand, DiffArgs, InspectCommand, OutputArgs, PolicyArgs, PolicyCommand,
    forms,
};
use super::environment::{is_empty, variable};
use super::failure::Failure;
use super::output::refuse_one_file_for_two;
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

/// The error, naming the variable where the value at fault is that of a variable and not of its option.
pub(super) fn naming_variable(mut error: Error, command: &Command) -> Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return error };
    let Some(variable) = variable_of(command, option) else { return error };
    // clap does not say where a value comes from. Without the variables, only a value of the command line is still wrong.
    let again = without_variables(command.clone()).try_get_matches().err();
    let faults = [ContextKind::InvalidArg, ContextKind::InvalidValue];
    let is_of_command_line = again.is_some_and(|again| faults.iter().all(|kind| again.get(*kind) == error.get(*kind)));
    if !is_of_command_line {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

/// The variable that stands for an option, as errors show the option.
fn variable_of(command: &Command, option: &str) -> Option<String> {
    let long = option.strip_prefix("--")?.split([' ', '=']).next();
    let own = command.get_arguments().filter(|arg| arg.get_long() == long).find_map(Arg::get_env);
    let own = own.map(|name| name.to_string_lossy().into_owned());
    own.or_else(|| command.get_subcommands().find_map(|command| variable_of(command, option)))
}

fn without_variables(command: Command) -> Command {
    command.mut_args(|arg| arg.env(Resettable::<OsStr>::Reset)).mut_subcommands(without_variables)
}

/// Fills in the options that the environment stands for. Hooks read none of these variables.
pub(super) fn fill_in(command: &mut Subcommand) -> Result<(), Failure> {
    match command {
        Subcommand::Check(args) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
            fill_in_output(&mut args.output)?;
        }
        Subcommand::Audit(args) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
            fill_in_output(&mut args.output)?;
        }
        Subcommand::Fix(args) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Diff(DiffArgs { compared: args, .. })
        | Subcommand::Affected(AffectedArgs { compared: args, .. }) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Why(args) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Inspect(InspectCommand::History(args)) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Inspect(
            InspectCommand::Imports { inspect: args, .. }
            | InspectCommand::Graph { inspect: args, .. }
            | InspectCommand::Modules { inspect: args }
            | InspectCommand::Vendor { inspect: args },
        ) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Policy(PolicyCommand::Show(args)) => {
            fill_in_policy(&mut args.policy);
            fill_in_cache(&mut args.cache);
        }
        Subcommand::Explain(args) => fill_in_policy(&mut args.policy),
        Subcommand::Render(args) => fill_in_output(&mut args.output)?,
        Subcommand::Merge(args) => fill_in_output(&mut args.output)?,
        Subcommand::Policy(PolicyCommand::Init { .. } | PolicyCommand::Schema)
        | Subcommand::Rules { .. }
        | Subcommand::Hook(_)
        | Subcommand::Completions { .. }
        | Subcommand::Man { .. } => {}
    }
    Ok(())
}

/// The policy of the command line, else the one that the environment names.
fn fill_in_policy(args: &mut PolicyArgs) {
    if args.policy.is_none() && args.policy_from.is_none() {
        args.policy = variable(POLICY).map(PathBuf::from);
    }
}

/// The store of the command line, else the one that the environment names.
fn fill_in_cache(args: &mut CacheArgs) {
    if args.cache_dir.is_none() && !args.no_cache {
        args.cache_dir = variable(CACHE_DIR).map(PathBuf::from);
    }
}

/// The default form that the environment names. No two forms may go to one file.
fn fill_in_output(args: &mut OutputArgs) -> Result<(), Failure> {
    refuse_one_file_for_two(args)?;
    let Some(name) = variable(FORMAT) else { return Ok(()) };
    let name = name.to_string_lossy();
    let format: Format = name.parse().map_err(|_| {
        Failure::invalid(
            format!("the variable {FORMAT} has an unknown value: `{name}`"),
            format!("the formats are {}", forms()),
        )
    })?;
    args.set_default(format);
    Ok(())
}
