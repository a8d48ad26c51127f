//! `policy`: writes, shows and describes policies.

use std::path::Path;
use std::process::ExitCode;

use super::args::ShowArgs;
use super::check::{fact_store, with_policy};
use super::failure::{Failure, INVALID};
use super::output::{say, tell_lines, to_file, to_stdout};
use super::place::{locate, locate_directory};
use super::revision::tell_ambiguous;
use super::variables;
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
    let text = first_policy(source.as_ref())?;
    let target = root.join(FILE_NAMES[0]);
    to_file(&target, |out| out.write_all(text.as_bytes()))?;
    tell_lines(&[format!("wrote {}", target.display())])
}

/// Shows the effective policy, or its mistakes.
pub(super) fn show(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let place = locate(args.path.as_slice())?;
    let source = place.repository.state(&args.state.spec())?;
    tell_ambiguous(&place.repository, args.state.rev.as_deref());
    let store = fact_store(&variables::cache_args(&args.cache), &place);
    let input = Input::new(source.as_ref(), &store);
    let view = with_policy(&variables::policy_args(&args.policy), &place, |policy| {
        view_policy(input, policy).map_err(Failure::from)
    })?;
    match view {
        PolicyView::Valid { policy, files } => say(&escape::toml(&show_text(&policy, &files))),
        PolicyView::Invalid(mistakes) => {
            print_mistakes(&mistakes)?;
            Ok(ExitCode::from(INVALID))
        }
    }
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
