//! The faults for which the go command refuses a module file or workspace file that it could parse
//! (`modload.loadModFile`, `makeMainModules`, `LoadWorkFile`), as far as the file alone shows it.

use std::collections::HashMap;

use crate::go::{GoVersion, ModulePath, Version, check_godebug};
use crate::syntax::{GoMod, GoWork, Godebug, Replace, ReplaceTarget, Retract, SyntaxError};
use crate::text::Spanned;

/// The faults of the file of a main module.
pub(super) fn of_go_mod(go_mod: &GoMod) -> Vec<SyntaxError> {
    let mut faults = conflicts(&go_mod.replace);
    faults.extend(go_mod.replace.iter().filter_map(unfit_target));
    faults.extend(go_mod.tool.iter().filter_map(|line| {
        let error = line.path.value.check().err()?;
        Some(SyntaxError::new(line.path.span, error.to_string().replacen("import path", "tool path", 1)))
    }));
    faults.extend(unfit_retractions(go_mod));
    faults
}

/// The faults of the file of a workspace.
pub(super) fn of_go_work(go_work: &GoWork) -> Vec<SyntaxError> {
    let mut faults = conflicts(&go_work.replace);
    faults.extend(of_godebug(&go_work.godebug, go_work.go.as_ref()));
    faults
}

/// The settings that the go command does not know. It looks at those of a workspace, or of a module outside of one.
pub(super) fn of_godebug(lines: &[Godebug], go: Option<&Spanned<GoVersion>>) -> Vec<SyntaxError> {
    let check = |line: &Godebug| {
        let error = check_godebug(&line.key.value, &line.value, go.map(|go| &go.value)).err()?;
        Some(SyntaxError::new(line.line.span, error))
    };
    lines.iter().filter_map(check).collect()
}

/// The lines that replace a module differently than an earlier line (`modload.toReplaceMap`).
fn conflicts(lines: &[Replace]) -> Vec<SyntaxError> {
    let mut known: HashMap<(&ModulePath, Option<&Version>), &Replace> = HashMap::new();
    let mut faults = Vec::new();
    for line in lines {
        let old = (&line.old.value, line.old_version.as_ref().map(|version| &version.value));
        let before = *known.entry(old).or_insert(line);
        let (one, other) = (before.new.to_string(), line.new.to_string());
        if one != other {
            let message = format!("conflicting replacements for {}: {one} and {other}", left_side(line));
            faults.push(SyntaxError::new(line.line.span, message));
        }
    }
    faults
}

/// The left side of a line, as the go command names it.
pub(super) fn left_side(line: &Replace) -> String {
    match &line.old_version {
        Some(version) => format!("{}@{}", line.old.value, version.value),
        None => line.old.value.to_string(),
    }
}

/// A module that takes the place of another must have a version of its own major; a workspace file may say anything.
fn unfit_target(line: &Replace) -> Option<SyntaxError> {
    let ReplaceTarget::Module { path, version } = &line.new else { return None };
    let reason = unfit(&path.value, &version.value)?;
    Some(SyntaxError::new(line.line.span, format!("replace {}: {reason}", path.value)))
}

/// The retractions of versions that the module cannot have (`modfile.fixRetract`).
fn unfit_retractions(go_mod: &GoMod) -> Vec<SyntaxError> {
    let Some(module) = &go_mod.module else {
        let message = "no module directive found, so retract cannot be used";
        return go_mod.retract.first().map(|line| SyntaxError::new(line.line.span, message)).into_iter().collect();
    };
    let path = &module.path.value;
    let check = |line: &Retract| {
        let reason = [&line.low, &line.high].into_iter().find_map(|version| unfit(path, &version.value))?;
        Some(SyntaxError::new(line.line.span, format!("retract {path}: {reason}")))
    };
    go_mod.retract.iter().filter_map(check).collect()
}

/// Why a module cannot have a version, if that is so (`modload.fixVersion`).
fn unfit(path: &ModulePath, version: &Version) -> Option<String> {
    match path.split_version() {
        Some((_, major)) => version.check_path_major(major).err().map(|error| error.to_string()),
        None => Some(format!("version \"{version}\" invalid: malformed module path \"{path}\"")),
    }
}
