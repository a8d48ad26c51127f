//! The command line, one file per subcommand. It only describes the arguments; the neighbours of this directory run them.

mod check;
mod diff;
mod explain;
mod fix;
mod hook;
mod inspect;
mod merge;
mod output;
mod policy;
mod render;
mod shared;
mod values;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use self::check::{AuditArgs, CheckArgs};
pub(super) use self::diff::{DiffArgs, DiffFormat};
pub(super) use self::explain::ExplainArgs;
pub(super) use self::fix::FixArgs;
pub(super) use self::hook::{Hook, HookCommand, InstallArgs, RunArgs};
pub(super) use self::inspect::{HistoryArgs, InspectArgs, InspectCommand};
pub(super) use self::merge::MergeArgs;
pub(super) use self::output::OutputArgs;
pub(super) use self::policy::{PolicyCommand, ShowArgs};
pub(super) use self::render::RenderArgs;
pub(super) use self::shared::{CacheArgs, PolicyArgs, StateArgs, UndecidedArgs};
pub(super) use self::values::{FailOn, Output, Target, forms};
pub(super) use self::why::WhyArgs;

/// What stands above the options that all commands have.
const EVERYWHERE: &str = "Options of all commands";

/// A policy linter for Go modules: which imports and modules a repository may use, read straight from Git.
#[derive(Debug, Parser)]
#[command(name = "modwarden", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    /// When to use colour
    #[arg(long, global = true, env = "MODWARDEN_COLOR", hide_env_values = true, value_enum, default_value_t = Color::Auto)]
    #[arg(value_name = "WHEN", help_heading = EVERYWHERE)]
    pub(super) color: Color,

    /// Run as if started in DIR; given several times, each counts from the one before
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    pub(super) directory: Vec<OsString>,

    #[command(subcommand)]
    pub(super) command: Command,
}

/// The forms of the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RuleListFormat {
    /// A line for each rule, in columns.
    Table,
    /// A JSON array with an object for each rule.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal that can show it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the repository against its policy
    ///
    /// As for the go command, GOWORK=off lets every module stand alone, and GOWORK=/path/to/go.work makes that the only
    /// workspace; -mod in GOFLAGS says whether vendor directories count. GOMODCACHE, GOPATH and HOME say where the module
    /// cache is. What `go env -w` wrote counts where the environment says nothing; GOENV names that file, or is off.
    Check(CheckArgs),
    /// Show all findings and requirements, with their history
    ///
    /// Since when each finding is there and by whom, what each requirement is there for, and how the counts developed.
    ///
    /// The nightly job: `modwarden audit --output html=audit.html`. It is a check with `--since` and `--verbose`.
    Audit(AuditArgs),
    /// Remove lines that do nothing, and tidy go.mod and go.sum
    ///
    /// Only what is certain is changed, in the files on disk; go.mod and go.sum are then as `go mod tidy` would write them.
    Fix(FixArgs),
    /// Compare the dependencies of two commits
    Diff(DiffArgs),
    /// Show why a package or a module is needed
    ///
    /// The shortest way to it, in all builds, with files and lines.
    Why(WhyArgs),
    /// Show the page of a rule, or an entry of the policy with it
    Explain(ExplainArgs),
    /// List the rules
    Rules {
        /// How to print the list
        #[arg(long, value_enum, default_value_t = RuleListFormat::Table, value_name = "FORM")]
        format: RuleListFormat,
    },
    /// Print the facts as the rules see them, as JSON lines
    #[command(subcommand)]
    Inspect(InspectCommand),
    /// Write, show or describe a policy
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Install or run a Git hook
    #[command(subcommand)]
    Hook(HookCommand),
    /// Write a saved JSON report in other forms
    ///
    /// The exit code is that of the run that the report is about.
    Render(RenderArgs),
    /// Write many saved JSON reports as one, in any form
    ///
    /// The exit code is the worst of all: 2 before 1, and 1 before 3.
    Merge(MergeArgs),
    /// Print a completion script
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages into a directory, one per subcommand
    Man {
        /// The directory, which must exist
        #[arg(value_name = "DIR")]
        out_dir: PathBuf,
    },
}
