//! `why`: prints by which way modules need a package or another module.

use std::process::ExitCode;

use super::args::WhyArgs;
use super::check::{cache, fact_store, say_seen, with_policy};
use super::environment::go_env;
use super::failure::{Failure, UNDECIDED, tell};
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::load::Input;
use crate::pipeline::{WhyRequest, inspect, why as ask, without_module};

/// Answers for every module. It ends with 0 where one of them needs the target, or with `--not`, where none does.
pub(super) fn why(args: &WhyArgs) -> Result<ExitCode, Failure> {
    if args.target.starts_with("./") || args.target.starts_with("../") || args.target == "." {
        let message = format!("`{}` is a directory, and a package is asked for by its import path", args.target);
        return Err(Failure::invalid(message, "write the path of the module in front of it, as an import has it"));
    }
    let place = locate(&args.paths)?;
    let source = place.repository.state(&args.state.spec())?;
    tell_ambiguous(&place.repository, args.state.rev.as_deref());
    let cache = cache(args.no_module_cache);
    let store = fact_store(&args.cache, &place);
    let env = go_env(&place.repository)?;
    let input = Input { source: source.as_ref(), store: &store, env: &env };
    let inspected =
        with_policy(&args.policy, &place, |policy| inspect(input, policy, cache.as_ref()).map_err(Failure::from))?;
    if let Some((path, around)) = without_module(&inspected, &place.paths).into_iter().next() {
        let help = match around {
            Some(dir) if dir.is_root() => "the module around it is at the root: leave the path out".to_owned(),
            Some(dir) => format!("the module around it is in {dir}"),
            None => "`modwarden inspect modules` lists the modules".to_owned(),
        };
        return Err(Failure::invalid(format!("{path} has no module"), help));
    }
    let request = WhyRequest {
        input,
        cache: cache.as_ref(),
        history: Some(&place.repository),
        target: &args.target,
        paths: &place.paths,
    };
    let answers = ask(&request, &inspected)?;
    let is_needed = answers.iter().any(|answer| answer.is_needed());
    to_stdout(|out| {
        let mut shown = answers.iter().filter(|answer| answer.is_needed() || args.not || !is_needed);
        shown.try_for_each(|answer| answer.write(args.not || !is_needed, out))
    })?;
    let (verdict, seen) = inspected.sight(&place.paths);
    let seen = say_seen(verdict, &seen);
    let mut has_open = false;
    for answer in answers.iter().filter(|answer| !answer.is_needed()) {
        let Some(reason) = &answer.undecided else { continue };
        has_open = true;
        if !is_needed || args.not {
            tell("note", &format!("{}: {reason}", answer.module), "");
        }
    }
    Ok(match (is_needed, args.not) {
        (true, false) => ExitCode::SUCCESS,
        (true, true) => ExitCode::FAILURE,
        (false, _) if has_open => ExitCode::from(UNDECIDED),
        (false, _) if seen != ExitCode::SUCCESS => seen,
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}
