//! The command line, one file per subcommand. It only describes the arguments; the neighbours of this directory run them.

mod affected;
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

pub(super) use self::affected::{AffectedArgs, AffectedFormat};
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
pub(super) use self::shared::{CacheArgs, ComparedArgs, PolicyArgs, StateArgs, UndecidedArgs};
pub(super) use self::values::{FailOn, Output, Target, forms};
pub(super) use self::why::WhyArgs;

/// The heading of the options that all commands have.
const EVERYWHERE: &str = "Options of all commands";

/// Check the imports and modules of Go repositories against a policy.
#[derive(Debug, Parser)]
#[command(name = "modwarden", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    /// When to use colour
    #[arg(long, global = true, env = "MODWARDEN_COLOR", hide_env_values = true, value_enum, default_value_t = Color::Auto)]
    #[arg(value_name = "WHEN", help_heading = EVERYWHERE)]
    pub(super) color: Color,

    /// Run as if started in DIR; if repeated, each is relative to the one before
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    pub(super) directory: Vec<OsString>,

    #[command(subcommand)]
    pub(super) command: Command,
}

/// The forms of the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RuleListFormat {
    /// One line per rule, in columns.
    Table,
    /// A JSON array with one object per rule.
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
    /// As for the go command, GOWORK=off turns workspaces off, and GOWORK=/path/to/go.work selects the only workspace; -mod
    /// in GOFLAGS decides whether vendor directories are used. GOMODCACHE, GOPATH and HOME locate the module cache. Settings
    /// of `go env -w` apply if the environment has no value; GOENV names their file, or is off.
    Check(CheckArgs),
    /// Full audit: findings with their history, and every requirement
    ///
    /// Shows when and by whom each finding was introduced, why each requirement is needed, and how the counts changed.
    ///
    /// For a nightly job: `modwarden audit --output html=audit.html`. It is `check` with `--since` and `--verbose`.
    Audit(AuditArgs),
    /// Apply safe fixes to module files and go.sum
    ///
    /// Removes lines without effect, and writes go.mod and go.sum as `go mod tidy` would. Only certain changes are made, in
    /// the files on disk.
    Fix(FixArgs),
    /// Compare the dependencies of two commits
    Diff(DiffArgs),
    /// List the packages, tests, programs and modules that a change reaches
    ///
    /// Compares two commits and follows imports backwards, over all builds. Also counted are embedded files, C code, `testdata`, vendored
    /// packages, and the lines of go.mod, go.work and go.sum. `--format go-test` prints arguments for `go test`.
    Affected(AffectedArgs),
    /// Show why a package or a module is needed
    ///
    /// Prints the shortest import chain to it, over all builds, with files and lines. With two packages, as in `why ./cmd/shop
    /// net/http/pprof`, the shortest chain from the first to the second that one build contains.
    Why(WhyArgs),
    /// Show the page of a rule, or an entry of the policy with it
    Explain(ExplainArgs),
    /// List the rules
    Rules {
        /// The format of the list
        #[arg(long, value_enum, default_value_t = RuleListFormat::Table, value_name = "FORMAT")]
        format: RuleListFormat,
    },
    /// Print facts about the repository as JSON lines
    #[command(subcommand)]
    Inspect(InspectCommand),
    /// Write, show or describe a policy
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Install or run a Git hook
    #[command(subcommand)]
    Hook(HookCommand),
    /// Convert a saved JSON report to other formats
    ///
    /// The exit code is that of the original run.
    Render(RenderArgs),
    /// Merge saved JSON reports into one report
    ///
    /// The exit code is the worst of all: 2 before 1, and 1 before 3.
    Merge(MergeArgs),
    /// Print a shell completion script
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
