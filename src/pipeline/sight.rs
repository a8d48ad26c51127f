//! What a run could not see, and whether that could change its answer.

use super::state::StateFacts;
use crate::finding::{Notification, NotificationKind, Severity};
use crate::model::{Model, ResolutionKind};
use crate::source::Unseen;
use crate::text::{FileId, Files, Home, Origin, RepoPath, SourceFile};

/// Says what of the asked paths, all where there are none, was not seen. What could change the answer is an error.
pub(super) fn unseen(facts: &StateFacts, files: &Files, paths: &[RepoPath]) -> Vec<Notification> {
    let asked = |path: &RepoPath| paths.is_empty() || paths.iter().any(|dir| path.is_within(dir));
    // A module file decides for files elsewhere too.
    let matters = |path: &RepoPath| asked(path) || !path.file_name().ends_with(b".go");
    let hidden = facts.unseen.iter().filter(|(path, _)| matters(path));
    let mut notifications: Vec<Notification> =
        hidden.map(|(path, unseen)| not_visible(path, unseen, &facts.model)).collect();
    notifications.extend(paths.iter().filter(|path| !judges(facts, files, path)).map(nothing_at));
    if facts.model.modules().next().is_none() {
        notifications.push(no_module());
    }
    let is_asked = |file: &&FileId| asked(files.get(**file).path());
    let strays = facts.model.stray_files().iter().filter(is_asked).count();
    if strays > 0 {
        notifications.push(astray(strays, facts.other_module_files.first()));
    }
    notifications
}

/// Says what was not seen of a state that another one is compared with. That it lacks a path or a module is no more
/// than a difference.
pub(super) fn unseen_before(facts: &StateFacts, origin: &Origin) -> Vec<Notification> {
    let hidden = facts.unseen.iter().map(|(path, unseen)| not_visible(path, unseen, &facts.model));
    let decisive = hidden.filter(decides);
    decisive.map(|it| Notification { message: format!("in {origin}, before: {}", it.message), ..it }).collect()
}

/// Whether a notification of [`unseen`] says that the answer could be another one.
pub(super) fn decides(notification: &Notification) -> bool {
    notification.level == Severity::Error
}

/// Whether anything at or below `path` was judged. A Go file outside every module was only read.
fn judges(facts: &StateFacts, files: &Files, path: &RepoPath) -> bool {
    let was_read = |file: &SourceFile| file.home() == Home::Repository && file.path().is_within(path);
    files.iter().any(|(id, file)| was_read(file) && !facts.model.stray_files().contains(&id))
}

fn not_visible(path: &RepoPath, unseen: &Unseen, model: &Model) -> Notification {
    let level = match unseen {
        // The go command passes over it too.
        Unseen::LinkBroken => Severity::Note,
        Unseen::Submodule if !leads_into(model, path) => Severity::Note,
        _ => Severity::Error,
    };
    let help = match unseen {
        Unseen::LfsPointer => Some("run `git lfs pull` and judge the work tree"),
        Unseen::MissingObject => Some("fetch it with `git fetch --refetch`, or clone without `--filter`"),
        Unseen::Conflict => Some("resolve it, and `git add` the file"),
        _ => None,
    };
    let place = if path.is_root() { "the root".to_owned() } else { path.to_string() };
    notification(level, format!("not visible: {place}: {unseen}"), help.map(str::to_owned))
}

/// Whether a package is imported from the directory of a submodule.
fn leads_into(model: &Model, submodule: &RepoPath) -> bool {
    model.imports().filter(|import| import.resolution().kind == ResolutionKind::Unknown).any(|import| {
        let module = import.file().package().module();
        let below = module.path().subpath(import.path());
        below.is_some_and(|below| module.dir().join(below).is_within(submodule))
    })
}

fn nothing_at(path: &RepoPath) -> Notification {
    let message = format!("there is no Go file of a module and no module file at {path}, so nothing was judged there");
    notification(Severity::Error, message, None)
}

fn no_module() -> Notification {
    let message = "no go.mod was found, so nothing could be judged".to_owned();
    let help = "run in a Go module, or name the module's file in the policy: modules = [\"vendor.mod\"]";
    notification(Severity::Error, message, Some(help.to_owned()))
}

/// Files of no module are in no build. A module file by another name tells that they are meant to be in one.
fn astray(count: usize, module_file: Option<&RepoPath>) -> Notification {
    let level = if module_file.is_some() { Severity::Error } else { Severity::Note };
    let files = if count == 1 { "1 Go file lies" } else { &format!("{count} Go files lie") };
    let help = module_file
        .map(|path| format!("if {path} is their module file, say so at the top of the policy: modules = [\"{path}\"]"));
    notification(level, format!("{files} outside every module, and no build has them; they were not judged"), help)
}

fn notification(level: Severity, message: String, help: Option<String>) -> Notification {
    Notification { kind: NotificationKind::NotVisible, level, message, label: None, help }
}
