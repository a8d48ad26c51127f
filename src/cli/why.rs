//! `why`: prints by which way modules need a package or another module, and by which chain of imports a package needs another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::WhyArgs;
use super::check::{cache, fact_store, say_seen, with_policy};
use super::environment::go_env;
use super::failure::{Failure, UNDECIDED, tell};
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::load::Input;
use crate::pipeline::{
    ChainRequest, NamedPackage, WhyRequest, inspect, is_package_path, why as ask, why_chain, without_module,
};
use crate::text::RepoPath;

/// How many chains `--all` shows.
const MOST: usize = 10;

/// Answers for every module. It ends with 0 where one of them needs the target, or with `--not`, where none does.
pub(super) fn why(args: &WhyArgs) -> Result<ExitCode, Failure> {
    if let Some((to, paths)) = args.paths.split_first().filter(|(to, _)| is_package(to)) {
        return chains(args, to, paths);
    }
    if args.all {
        return Err(Failure::invalid("`--all` is about two packages", "name the package that is imported, too"));
    }
    if args.target.starts_with("./") || args.target.starts_with("../") || args.target == "." {
        if let Some(second) = args.paths.first() {
            let message = format!(
                "`{}` is a directory, and the imported package is asked for by its import path",
                second.display()
            );
            return Err(Failure::invalid(message, "write the path of the module in front of it, as an import has it"));
        }
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

/// Whether an argument names a package, and no directory.
fn is_package(path: &Path) -> bool {
    !path.exists() && path.to_str().is_some_and(is_package_path)
}

/// Answers for two packages. It ends with 0 where the first one needs the second, or with `--not`, where it does not.
fn chains(args: &WhyArgs, to: &Path, paths: &[PathBuf]) -> Result<ExitCode, Failure> {
    let is_directory = args.target == "." || args.target.starts_with("./") || args.target.starts_with("../");
    let directory = is_directory.then(|| PathBuf::from(&args.target));
    let place = locate(directory.as_slice().iter().chain(paths).cloned().collect::<Vec<_>>().as_slice())?;
    let source = place.repository.state(&args.state.spec())?;
    tell_ambiguous(&place.repository, args.state.rev.as_deref());
    let cache = cache(args.no_module_cache);
    let store = fact_store(&args.cache, &place);
    let env = go_env(&place.repository)?;
    let input = Input { source: source.as_ref(), store: &store, env: &env };
    let inspected =
        with_policy(&args.policy, &place, |policy| inspect(input, policy, cache.as_ref()).map_err(Failure::from))?;
    let from = if is_directory {
        NamedPackage::Directory(place.paths.first().cloned().unwrap_or_else(RepoPath::root))
    } else {
        NamedPackage::Path(args.target.clone())
    };
    let to = to.to_string_lossy();
    let (verdict, seen) = inspected.sight(&[]);
    let most = if args.all { MOST } else { 1 };
    let request = ChainRequest { input, cache: cache.as_ref(), from: &from, to: &to, most };
    let Some(answer) = why_chain(&request, inspected)? else {
        let message = format!("`{}` is no package of the repository", args.target);
        return Err(Failure::invalid(message, "`modwarden inspect imports` lists the packages"));
    };
    to_stdout(|out| answer.write(out))?;
    let seen = say_seen(verdict, &seen);
    let is_needed = !answer.chains.is_empty();
    Ok(match &answer.undecided {
        Some(reason) => {
            tell("note", reason, "");
            ExitCode::from(UNDECIDED)
        }
        None if !is_needed && seen != ExitCode::SUCCESS => seen,
        None if is_needed != args.not => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}
