//! `policy`: writes, shows and describes policies.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{CacheArgs, PolicyArgs, ShowArgs, StateArgs};
use super::check::{fact_store, with_policy};
use super::environment::today;
use super::failure::{Failure, INVALID};
use super::output::{say, tell_lines, to_file, to_stdout};
use super::place::{locate, locate_directory};
use super::revision::tell_ambiguous;
use crate::engine;
use crate::load::Input;
use crate::pipeline::{Checked, PolicyView, first_policy, view_policy};
use crate::policy::{FILE_NAMES, show_text};
use crate::report::{Format, Terminal, escape};
use crate::source::StateSpec;

/// Writes a first policy at the root, unless there is one.
pub(super) fn init(path: Option<&Path>) -> Result<ExitCode, Failure> {
    let place = locate_directory(path)?;
    let Some(root) = place.repository.root() else {
        return Err(Failure::invalid("a bare repository has no files to write to", "run in a work tree"));
    };
    if let Some(there) = FILE_NAMES.iter().map(|name| root.join(name)).find(|path| path.exists()) {
        let message = format!("{} exists already", there.display());
        return Err(Failure::invalid(message, "`modwarden policy show` prints it in full"));
    }
    let source = place.repository.state(&StateSpec::WorkTree)?;
    let text = first_policy(source.as_ref(), today())?;
    let target = root.join(FILE_NAMES[0]);
    to_file(&target, |out| out.write_all(text.as_bytes()))?;
    tell_lines(&[format!("wrote {}", target.display())])
}

/// Shows the effective policy, or its mistakes.
pub(super) fn show(args: &ShowArgs) -> Result<ExitCode, Failure> {
    match view(&args.state, &args.policy, &args.cache, args.path.as_slice())? {
        PolicyView::Valid { policy, files } => say(&escape::toml(&show_text(&policy, &files))),
        PolicyView::Invalid(mistakes) => {
            print_mistakes(&mistakes)?;
            Ok(ExitCode::from(INVALID))
        }
    }
}

/// The effective policy of the repository that `paths` lie in.
pub(super) fn view(
    state: &StateArgs,
    policy: &PolicyArgs,
    cache: &CacheArgs,
    paths: &[PathBuf],
) -> Result<PolicyView, Failure> {
    let place = locate(paths)?;
    let source = place.repository.state(&state.spec())?;
    tell_ambiguous(&place.repository, state.rev.as_deref());
    let store = fact_store(cache, &place);
    let input = Input::new(source.as_ref(), &store);
    with_policy(policy, &place, |policy| view_policy(input, policy).map_err(Failure::from))
}

/// Prints a run that holds nothing but the mistakes of a policy.
pub(super) fn print_mistakes(mistakes: &Checked) -> Result<(), Failure> {
    let reporter = Format::Pretty.reporter(Terminal::PLAIN);
    to_stdout(|out| reporter.report(&mistakes.run, &mistakes.files, out))
}

/// Prints the schema of the policy language.
pub(super) fn schema() -> Result<ExitCode, Failure> {
    say(&engine::schema())
}
