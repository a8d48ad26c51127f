//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::finding::{Run, Severity};
use crate::pipeline::Judges;
use crate::report::Format;
use crate::source::{Parents, StateSpec};

/// A policy linter for Go modules: which imports and modules a repository may use, read straight from Git.
#[derive(Debug, Parser)]
#[command(name = "modwarden", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,

    /// Run as if started in DIR; given several times, each counts from the one before
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(super) directory: Vec<OsString>,

    #[command(subcommand)]
    pub(super) command: Command,
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
    /// Hold the repository against its policy
    ///
    /// As for the go command, GOWORK=off lets every module stand alone, and GOWORK=/path/to/go.work makes that the only
    /// workspace; -mod in GOFLAGS says whether vendor directories count. GOMODCACHE, GOPATH and HOME say where the module
    /// cache is. What `go env -w` wrote counts where the environment says nothing; GOENV names that file, or is off.
    Check(CheckArgs),
    /// Say all that there is to say, with its past: since when and by whom, what each requirement is there for, how it developed
    ///
    /// The nightly job: `modwarden audit --output html=audit.html`. It is a check with `--since` and `--verbose`.
    Audit(AuditArgs),
    /// Mend what is certain in the files on disk: remove lines that do nothing, and write go.mod and go.sum as `go mod tidy` would
    Fix(FixArgs),
    /// Say what changes between two commits in what the modules require and import
    Diff(DiffArgs),
    /// Say why a package or a module is needed: the shortest way to it, in all builds, with files and lines
    Why(WhyArgs),
    /// Show the page of a rule
    Explain {
        /// The rule's id, or `rule/entry`
        rule: String,
    },
    /// List the rules
    Rules,
    /// Print the facts as the rules see them, as JSON lines
    #[command(subcommand)]
    Inspect(InspectCommand),
    /// Write, show or describe a policy
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Install or run a Git hook
    #[command(subcommand)]
    Hook(HookCommand),
    /// Print a completion script
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// Which state of the repository is read.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StateArgs {
    /// Read the files on disk (the default)
    #[arg(long, group = "state")]
    pub(super) worktree: bool,

    /// Read the index: what the next commit will hold
    #[arg(long, group = "state")]
    pub(super) staged: bool,

    /// Read a commit, by any revision Git accepts
    #[arg(long, group = "state", value_name = "REV")]
    pub(super) rev: Option<String>,
}

impl StateArgs {
    pub(super) fn spec(&self) -> StateSpec {
        match &self.rev {
            Some(revision) => StateSpec::Revision(revision.clone()),
            None if self.staged => StateSpec::Index,
            None => StateSpec::WorkTree,
        }
    }
}

/// With what the state is compared, so that only what is new counts.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct CompareArgs {
    /// Only what HEAD adds to BASE; with three dots, to the merge base of both
    #[arg(long, value_name = "BASE..HEAD", conflicts_with_all = ["state", "new_from"])]
    pub(super) range: Option<String>,

    /// Only what the state adds to a commit that it descends from
    #[arg(long, value_name = "REV")]
    pub(super) new_from: Option<String>,

    /// Judge each commit of the range against its parents, and name the one that introduces each finding
    #[arg(long, requires = "range")]
    pub(super) each_commit: bool,
}

/// What is asked of the past.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct PastArgs {
    /// Look at all commits, and not only at those of the line of first parents
    #[arg(long)]
    pub(super) all_commits: bool,
}

impl PastArgs {
    pub(super) fn parents(&self) -> Parents {
        if self.all_commits { Parents::All } else { Parents::First }
    }
}

/// Which policy judges.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct PolicyArgs {
    /// Judge by this file, not by the repository's modwarden.toml
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,

    /// Take the policy and what it extends from a commit, so that what is judged cannot change it; `each` judges every
    /// commit of the past by its own
    #[arg(long, value_name = "REV", conflicts_with = "policy")]
    pub(super) policy_from: Option<String>,
}

impl PolicyArgs {
    /// The policy that judges what is not of the past.
    pub(super) fn today(&self) -> Self {
        let policy_from = self.policy_from.clone().filter(|revision| revision != EACH);
        Self { policy_from, ..self.clone() }
    }

    /// Which policy judges the commits of the past.
    pub(super) fn judges(&self) -> Judges {
        if self.policy_from.as_deref() == Some(EACH) { Judges::Each } else { Judges::Today }
    }
}

/// In place of a revision: every commit is judged by its own policy. A branch of this name is `heads/each`.
const EACH: &str = "each";

/// Whether and where it is kept what was read of each blob.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct CacheArgs {
    /// Keep what was read of each blob in this directory, not in the Git directory
    #[arg(long, value_name = "DIR")]
    pub(super) cache_dir: Option<PathBuf>,

    /// Read every blob, and keep nothing
    #[arg(long, conflicts_with = "cache_dir")]
    pub(super) no_cache: bool,
}

/// Whether a run passes though a rule could not decide.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct UndecidedArgs {
    /// Whether the run passes though a rule could not decide. Without it the policy says so, and by default the run ends with
    /// exit code 3 where findings of the rule would make it fail
    #[arg(long = "undecided", value_enum, value_name = "CHOICE")]
    choice: Option<OnUndecided>,
}

/// What becomes of a run in which a rule could not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnUndecided {
    /// It is said, and the run passes.
    Pass,
    /// It is said, and the run does not pass.
    Fail,
}

impl UndecidedArgs {
    /// What the hooks ask: a developer's module cache is what it is.
    pub(super) fn pass() -> Self {
        Self { choice: Some(OnUndecided::Pass) }
    }

    /// Applies the choice, and makes the verdict by what fails a run.
    pub(super) fn weigh(&self, run: &mut Run, fail_on: FailOn) {
        match self.choice {
            Some(OnUndecided::Pass) => run.let_undecided_pass(),
            Some(OnUndecided::Fail) => run.let_no_undecided_pass(),
            None => {}
        }
        run.weigh_undecided(fail_on.0);
    }
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) state: StateArgs,

    #[command(flatten)]
    pub(super) compare: CompareArgs,

    /// Say of each finding since which commit it has been there
    #[arg(long)]
    pub(super) since: bool,

    #[command(flatten)]
    pub(super) past: PastArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    #[arg(long, default_value_t, value_name = "FORM", value_parser = parse_format, help = with_forms("How to print the findings"))]
    pub(super) format: Format,

    /// Write the findings to a file besides; may be given several times
    #[arg(long, value_name = "FORM=PATH", value_parser = parse_output)]
    pub(super) output: Vec<Output>,

    /// The least severity that makes the run fail: error, warn, note or never
    #[arg(long, default_value = "error", value_name = "SEVERITY", value_parser = parse_fail_on)]
    pub(super) fail_on: FailOn,

    #[command(flatten)]
    pub(super) undecided: UndecidedArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Say also what was not decided and how the run was done
    #[arg(long, short)]
    pub(super) verbose: bool,

    /// Only findings in these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(flatten)]
    past: PastArgs,

    #[command(flatten)]
    policy: PolicyArgs,

    #[command(flatten)]
    cache: CacheArgs,

    #[arg(long, default_value_t, value_name = "FORM", value_parser = parse_format, help = with_forms("How to print what is said"))]
    format: Format,

    /// Write it to a file besides; may be given several times
    #[arg(long, value_name = "FORM=PATH", value_parser = parse_output)]
    output: Vec<Output>,

    /// The least severity that makes the run fail: error, warn, note or never
    #[arg(long, default_value = "error", value_name = "SEVERITY", value_parser = parse_fail_on)]
    fail_on: FailOn,

    #[command(flatten)]
    undecided: UndecidedArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    no_module_cache: bool,

    /// Only findings in these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl AuditArgs {
    /// The check that it is.
    pub(super) fn as_check(&self) -> CheckArgs {
        let Self { state, past, policy, cache, format, output, fail_on, undecided, no_module_cache, paths } =
            self.clone();
        let (since, verbose, compare) = (true, true, CompareArgs::default());
        CheckArgs {
            state,
            compare,
            since,
            past,
            policy,
            cache,
            format,
            output,
            fail_on,
            undecided,
            no_module_cache,
            verbose,
            paths,
        }
    }
}

#[derive(Clone, Debug, Args)]
pub(super) struct FixArgs {
    /// Print the changes as a patch and write nothing; exit code 1 if there are any
    #[arg(long)]
    pub(super) diff: bool,

    /// Apply also what rests on weaker evidence, or what somebody may have meant so
    #[arg(long = "unsafe")]
    pub(super) risky: bool,

    /// Change also files that Git does not track, or that have changes which are not staged
    #[arg(long)]
    pub(super) allow_dirty: bool,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// The least severity of what is left that makes the run fail: error, warn, note or never
    #[arg(long, default_value = "error", value_name = "SEVERITY", value_parser = parse_fail_on)]
    pub(super) fail_on: FailOn,

    #[command(flatten)]
    pub(super) undecided: UndecidedArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Only findings in these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct DiffArgs {
    /// The commit before; `A..B` names both, and in `A...B` it is the merge base of the two
    #[arg(value_name = "BASE")]
    pub(super) base: String,

    /// The commit after; HEAD if it is not given
    #[arg(value_name = "HEAD")]
    pub(super) head: Option<String>,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// How to print the changes
    #[arg(long, value_enum, default_value_t = DiffFormat::Pretty, value_name = "FORM")]
    pub(super) format: DiffFormat,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Only the modules at or below these paths, and those that hold them; the first also tells which repository is meant
    #[arg(last = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

/// The forms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people, a line a change.
    Pretty,
    /// For a comment in a pull request.
    Markdown,
    /// One JSON object, with a promise of what stays.
    Json,
}

/// A report to write to a file.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

/// The least severity that makes a run fail; `None` for never.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailOn(pub(super) Option<Severity>);

impl Default for FailOn {
    fn default() -> Self {
        Self(Some(Severity::Error))
    }
}

#[derive(Clone, Debug, Args)]
pub(super) struct WhyArgs {
    /// A package or a module, by its path
    #[arg(value_name = "PACKAGE|MODULE")]
    pub(super) target: String,

    /// Say of each module that does not need it what was looked at, and which commit took the last import away
    #[arg(long)]
    pub(super) not: bool,

    #[command(flatten)]
    pub(super) state: StateArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Only the modules in these directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum InspectCommand {
    /// Every Go file with its imports and the module each belongs to
    Imports {
        #[command(flatten)]
        inspect: InspectArgs,

        /// Only the files of one build; `cgo` counts as a tag, and `go1.24` says which release of Go builds
        #[arg(long, value_name = "GOOS/GOARCH[,TAG…]")]
        build: Option<String>,
    },
    /// How modules, imports, requirements and findings developed, and from which commit to which each was there
    History(HistoryArgs),
    /// Every vendored module, with its packages, files, sizes and who imports it
    Vendor {
        #[command(flatten)]
        inspect: InspectArgs,
    },
    /// Every go.mod, in the shape of `go mod edit -json`, and every go.work, in that of `go work edit -json`
    Modules {
        #[command(flatten)]
        inspect: InspectArgs,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct HistoryArgs {
    /// The newest commit, by any revision Git accepts
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(super) rev: String,

    #[command(flatten)]
    pub(super) past: PastArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Only findings in these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    pub(super) state: StateArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(super) no_module_cache: bool,

    /// Only these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Write a commented modwarden.toml that passes today
    Init {
        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Show the effective policy and where each value comes from
    Show(ShowArgs),
    /// Print the JSON schema of the policy language
    Schema,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) state: StateArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// A directory of the repository
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Install a hook; a hook that is there is kept and runs first
    Install {
        /// When to judge: `pre-commit` before each commit, `pre-push` before each push
        #[arg(long = "type", value_enum, default_value_t = Hook::PreCommit, value_name = "HOOK")]
        hook: Hook,

        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Remove the hooks and put back those that were there
    Uninstall {
        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Do what the hook does
    Run {
        /// Which hook
        #[arg(value_enum)]
        hook: Hook,

        /// What Git gives the hook: for `pre-push` the name of the remote and its address
        #[arg(value_name = "ARG")]
        args: Vec<String>,
    },
}

/// The hooks that modwarden can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Hook {
    /// Judges the index before a commit, and before the commit of a merge.
    PreCommit,
    /// Judges what a push adds to each branch.
    PrePush,
}

fn parse_format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|_| format!("the forms are {}", forms()))
}

fn forms() -> String {
    Format::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A line of help, with the forms there are.
fn with_forms(help: &str) -> String {
    format!("{help}: {}", forms())
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORM=PATH, for example sarif=modwarden.sarif")?;
    if path.is_empty() {
        return Err("the path is missing after `=`".to_owned());
    }
    Ok(Output { format: parse_format(format)?, path: PathBuf::from(path) })
}

fn parse_fail_on(name: &str) -> Result<FailOn, String> {
    match name {
        "never" => Ok(FailOn(None)),
        name => {
            name.parse().map(|severity| FailOn(Some(severity))).map_err(|()| "error, warn, note or never".to_owned())
        }
    }
}
