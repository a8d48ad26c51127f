//! The paths that a run could not read, and whether they could change its answer.

use super::inspect::Inspected;
use super::state::StateFacts;
use crate::finding::{Notification, NotificationKind, Severity, Verdict};
use crate::go::is_go_file;
use crate::source::Unseen;
use crate::text::{FileId, Files, Home, Origin, RepoPath, SourceFile};

/// Something that a run did not read, or that it could not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) effect: GapEffect,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// The effect of a gap on the answer of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GapEffect {
    /// The answer could be another one.
    Undecided,
    /// The answer holds here, but perhaps not on another machine.
    Local,
    /// None.
    Harmless,
}

impl From<Gap> for Notification {
    fn from(Gap { effect, message, help }: Gap) -> Self {
        let level = match effect {
            GapEffect::Undecided => Severity::Error,
            GapEffect::Local => Severity::Warn,
            GapEffect::Harmless => Severity::Note,
        };
        Self { kind: NotificationKind::NotVisible, level, message, label: None, help, repository: None }
    }
}

/// Whether a run with these gaps could do its work.
pub(super) fn verdict(gaps: &[Gap]) -> Verdict {
    let is_open = gaps.iter().any(|gap| gap.effect == GapEffect::Undecided);
    if is_open { Verdict::Undecided } else { Verdict::Judged }
}

/// A state, and its name in a message.
#[derive(Clone, Copy)]
pub(super) struct NamedState<'a> {
    pub(super) state: &'a Inspected,
    pub(super) name: &'a str,
}

/// A state that was read, and the table of its files.
type Seen<'a> = (&'a StateFacts, &'a Files);

/// The requested paths, all where there are none, that were not read.
pub(super) fn unseen(facts: &StateFacts, files: &Files, paths: &[RepoPath]) -> Vec<Gap> {
    let beyond = facts.beyond.gaps(paths);
    [hidden(facts, paths), beyond, absent(&[(facts, files)], paths), astray((facts, files), paths)].concat()
}

/// Says the same of two states that are compared, each with its name. A path or a module need only be in one of them.
pub(super) fn unseen_in_either(before: NamedState<'_>, after: NamedState<'_>, paths: &[RepoPath]) -> Vec<Gap> {
    let seen = |state: &'_ Inspected| -> Vec<Gap> {
        let mut unseen = hidden(&state.facts, paths);
        unseen.extend(state.facts.beyond.gaps(paths));
        unseen.extend(astray((&state.facts, &state.files), paths));
        unseen.extend(state.mistaken_policy.then(mistaken_policy));
        unseen
    };
    let (of_before, of_after) = (seen(before.state), seen(after.state));
    let (of_both, of_before): (Vec<_>, Vec<_>) = of_before.into_iter().partition(|it| of_after.contains(it));
    let of_after: Vec<_> = of_after.into_iter().filter(|it| !of_both.contains(it)).collect();
    let both = format!("{} and {}", before.name, after.name);
    let in_state = |name: &str, gaps: Vec<Gap>| {
        let named = |it: Gap| Gap { message: format!("in {name}: {}", it.message), ..it };
        gaps.into_iter().map(named).collect::<Vec<_>>()
    };
    let states = [before.state, after.state].map(|state| (&state.facts, &state.files));
    let told = [in_state(before.name, of_before), in_state(after.name, of_after), in_state(&both, of_both)];
    [told.concat(), absent(&states, paths)].concat()
}

/// Says that a policy has mistakes, so that it is not known which modules it names.
pub(super) fn mistaken_policy() -> Gap {
    let message = "the policy has errors, so the modules in its `modules` key were not read".to_owned();
    undecided(message, Some("run `modwarden policy show` to see the errors"))
}

/// The paths that exist and could not be read.
fn hidden(facts: &StateFacts, paths: &[RepoPath]) -> Vec<Gap> {
    let hidden = facts.unseen.iter().filter(|(path, _)| matters(path, paths));
    hidden.map(|(path, unseen)| not_visible(path, unseen)).collect()
}

/// The requested paths that are in none of the states.
fn absent(states: &[Seen<'_>], paths: &[RepoPath]) -> Vec<Gap> {
    let is_absent = |path: &&RepoPath| !states.iter().any(|(facts, files)| judges(facts, files, path));
    let mut absent: Vec<Gap> = paths.iter().filter(is_absent).map(nothing_at).collect();
    if states.iter().all(|(facts, _)| facts.model.modules().next().is_none()) {
        absent.push(no_module());
    }
    absent
}

/// The Go files that lie outside every module.
fn astray((facts, files): Seen<'_>, paths: &[RepoPath]) -> Vec<Gap> {
    let is_asked = |file: &&FileId| is_asked(files.get(**file).path(), paths);
    match facts.model.stray_files().iter().filter(is_asked).count() {
        0 => Vec::new(),
        count => vec![strays(count, facts.other_module_files.first())],
    }
}

/// Whether the file at `path` could change the answer for the requested paths. A module file decides for files
/// elsewhere too.
pub(super) fn matters(path: &RepoPath, paths: &[RepoPath]) -> bool {
    is_asked(path, paths) || !is_go_file(path.file_name())
}

/// Whether `path` is in one of the requested paths.
pub(super) fn is_asked(path: &RepoPath, paths: &[RepoPath]) -> bool {
    paths.is_empty() || paths.iter().any(|dir| path.is_within(dir))
}

/// Reports which paths of a state were not read that another one is compared with. If it lacks a path or a module, that
/// is only a difference.
pub(super) fn unseen_before(facts: &StateFacts, origin: &Origin) -> Vec<Gap> {
    let hidden = facts.unseen.iter().map(|(path, unseen)| not_visible(path, unseen));
    let undecided = hidden.filter(|gap| gap.effect == GapEffect::Undecided);
    undecided.map(|it| Gap { message: format!("in {origin}, before: {}", it.message), ..it }).collect()
}

/// Whether anything at or below `path` was judged. A Go file outside every module was only read.
fn judges(facts: &StateFacts, files: &Files, path: &RepoPath) -> bool {
    if facts.model.vendor_of(path).is_some() {
        return true;
    }
    let was_read = |file: &SourceFile| file.home() == Home::Repository && file.path().is_within(path);
    files.iter().any(|(id, file)| was_read(file) && !facts.model.stray_files().contains(&id))
}

fn not_visible(path: &RepoPath, unseen: &Unseen) -> Gap {
    let effect = match unseen {
        // The go command skips it too.
        Unseen::LinkBroken | Unseen::Submodule => GapEffect::Harmless,
        // In other clones the package is missing, or it is generated before a build.
        Unseen::IgnoredPackage => GapEffect::Local,
        _ => GapEffect::Undecided,
    };
    let help = remedy(unseen);
    let place = if path.is_root() { "the root".to_owned() } else { path.to_string() };
    Gap { effect, message: format!("not read: {place}: {unseen}"), help: help.map(str::to_owned) }
}

/// The action after which it can be read.
pub(super) fn remedy(unseen: &Unseen) -> Option<&'static str> {
    match unseen {
        Unseen::LfsPointer => Some("run `git lfs pull` and check the work tree"),
        Unseen::MissingObject => Some("fetch it with `git fetch --refetch --no-filter`, or clone without `--filter`"),
        Unseen::Returning => Some("write the path from the file that names it, such as `./testdata/x`"),
        Unseen::Conflict => Some("resolve it, and `git add` the file"),
        Unseen::IgnoredModule => Some("add it with `git add --force`, or remove the line"),
        _ => None,
    }
}

fn nothing_at(path: &RepoPath) -> Gap {
    let message = format!("nothing was checked at {path}: it has no module file and no Go file of a module");
    undecided(message, None)
}

fn no_module() -> Gap {
    let message = "no go.mod was found, so nothing was checked".to_owned();
    let help = "run in a Go module, or name the module's file in the policy: modules = [\"vendor.mod\"]";
    undecided(message, Some(help))
}

/// Files of no module are in no build. A module file by another name shows that they are meant to be in one.
fn strays(count: usize, module_file: Option<&RepoPath>) -> Gap {
    let effect = if module_file.is_some() { GapEffect::Undecided } else { GapEffect::Harmless };
    let files = if count == 1 { "1 Go file is" } else { &format!("{count} Go files are") };
    let help = module_file
        .map(|path| format!("if {path} is their module file, add it at the top of the policy: modules = [\"{path}\"]"));
    let message = format!("{files} outside every module, so no build uses them; they were not checked");
    Gap { effect, message, help }
}

fn undecided(message: String, help: Option<&str>) -> Gap {
    Gap { effect: GapEffect::Undecided, message, help: help.map(str::to_owned) }
}
