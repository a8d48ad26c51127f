//! The command line: arguments, environment, clock, terminal, the only writes, and the exit code.
#![expect(
    clippy::disallowed_methods,
    reason = "the one home of the environment, the clock and writing; everything else gets them as arguments"
)]

mod affected;
mod args;
mod check;
mod commit;
mod diff;
mod endpoints;
mod environment;
mod explain;
mod failure;
mod fix;
mod history;
mod hook;
mod input;
mod limits;
mod merge;
mod output;
mod place;
mod policy;
mod policy_file;
mod push;
mod render;
mod report;
mod revision;
mod rule_list;
mod variables;
mod why;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, Color, Command, Hook, HookCommand, InspectCommand, PolicyCommand, RunArgs};
use self::failure::Failure;
use self::input::STANDARD_INPUT;
use self::limits::Limits;
use self::output::to_stdout;
use crate::pipeline::BuiltWith;

/// Runs the program with the arguments and the environment of the process.
///
/// Exit codes: 0 nothing at or above `--fail-on`; 1 findings; 2 the command line or the policy is wrong; 3 the run
/// could not judge.
pub fn run() -> ExitCode {
    let command = variables::without_empty(Cli::command());
    let matches = command.clone().try_get_matches().map_err(|error| variables::naming_variable(error, &command));
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches)).unwrap_or_else(|error| error.exit());
    enter(&cli.directory).and_then(|()| execute(cli)).unwrap_or_else(|failure| failure.report())
}

/// Changes to each of these directories in turn, as `git -C` does; an empty one counts for nothing.
fn enter(directories: &[OsString]) -> Result<(), Failure> {
    for directory in directories.iter().filter(|directory| !directory.is_empty()) {
        std::env::set_current_dir(directory).map_err(|error| {
            let message = format!("cannot change to {}: {error}", directory.display());
            Failure::invalid(message, "give a directory after -C")
        })?;
    }
    Ok(())
}

fn execute(mut cli: Cli) -> Result<ExitCode, Failure> {
    variables::fill_in(&mut cli.command)?;
    match cli.command {
        Command::Check(ref args) => check::check(args, cli.color),
        Command::Audit(ref args) => check::audit(args, cli.color),
        Command::Fix(ref args) => fix::fix(args, cli.color),
        Command::Diff(ref args) => diff::diff(args, cli.color),
        Command::Affected(ref args) => affected::affected(args),
        Command::Why(ref args) => why::why(args),
        Command::Explain(ref args) => explain::explain(args),
        Command::Rules { format } => rule_list::rule_list(format),
        Command::Inspect(InspectCommand::Imports { inspect, build }) => check::imports(&inspect, build.as_deref()),
        Command::Inspect(InspectCommand::Graph { inspect, modules: true, workspace, .. }) => {
            let built_with = if workspace { BuiltWith::Workspace } else { BuiltWith::Nothing };
            check::module_graph(&inspect, built_with)
        }
        Command::Inspect(InspectCommand::Graph { inspect, build, .. }) => check::graph(&inspect, build.as_deref()),
        Command::Inspect(InspectCommand::History(args)) => history::history(&args),
        Command::Inspect(InspectCommand::Modules { inspect }) => check::modules(&inspect),
        Command::Inspect(InspectCommand::Vendor { inspect }) => check::vendor(&inspect),
        Command::Policy(PolicyCommand::Init { path }) => policy::init(path.as_deref()),
        Command::Policy(PolicyCommand::Show(args)) => policy::show(&args),
        Command::Policy(PolicyCommand::Schema) => policy::schema(),
        Command::Hook(HookCommand::Install(ref args)) => hook::install(args),
        Command::Hook(HookCommand::Uninstall { path }) => hook::uninstall(path.as_deref()),
        Command::Hook(HookCommand::Run(ref args)) => run_hook(args, cli.color),
        Command::Render(ref args) => render::render(args, cli.color),
        Command::Merge(ref args) => merge::merge(args, cli.color),
        Command::Completions { shell } => completions(shell),
        Command::Man { out_dir } => manual_pages(&out_dir),
    }
}

fn run_hook(args: &RunArgs, color: Color) -> Result<ExitCode, Failure> {
    if args.policy.policy.as_deref() == Some(Path::new(STANDARD_INPUT)) {
        let message = "a hook cannot read the policy from standard input: Git writes the pushed references there";
        return Err(Failure::invalid(message, "give a file after --policy"));
    }
    let limits = Limits::new(args.max_seconds, args.max_memory);
    match args.hook {
        Hook::PreCommit => commit::pre_commit(args.new_only, &args.policy, color),
        Hook::PrePush => push::pre_push(&args.args, &args.policy, color),
        Hook::PreReceive => {
            limits.enforce();
            push::pre_receive(&args.policy, color)
        }
        Hook::Update => {
            limits.enforce();
            push::update(&args.args, &args.policy, color)
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "modwarden", &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Packagers call this after the build, as they do for completions, so that the build itself writes nothing outside its directory.
fn manual_pages(directory: &Path) -> Result<ExitCode, Failure> {
    clap_mangen::generate_to(Cli::command(), directory)
        .map_err(|error| Failure::output(&directory.display().to_string(), &error))?;
    Ok(ExitCode::SUCCESS)
}
