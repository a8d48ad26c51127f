//! Finds the policy: in the state that is judged, in another state, or in a file of its own.

use std::fmt;
use std::sync::Arc;

use super::sight::remedy;
use crate::finding::{Notification, NotificationKind, Severity};
use crate::load::{Input, Tree};
use crate::policy::{
    self, FILE_NAMES, MAX_POLICY_BYTES, Narrowing, Policy, PolicyError, PolicyInput, PolicyText, RuleName,
};
use crate::rules;
use crate::source::{Listing, Source, SourceError, Unseen};
use crate::text::{Files, Home, RepoPath};

/// Which policy judges, and which rules of it count.
#[derive(Clone, Copy)]
pub struct PolicyChoice<'a> {
    /// Where the policy is.
    pub home: PolicyHome<'a>,
    /// The packs that apply as if the policy extended them too, by name.
    pub packs: &'a [String],
    /// The rules to which the findings are narrowed; all if there are none.
    pub rules: &'a [RuleName],
}

impl<'a> PolicyChoice<'a> {
    /// The policy of the state that is judged, and all its rules.
    pub fn of_state() -> Self {
        Self::new(PolicyHome::OfState)
    }

    /// The policy of another state, and all its rules.
    pub fn of(source: &'a dyn Source) -> Self {
        Self::new(PolicyHome::Of(source))
    }

    /// This policy, and all its rules.
    pub fn new(home: PolicyHome<'a>) -> Self {
        Self { home, packs: &[], rules: &[] }
    }

    /// The same choice of packs and rules for a policy that is elsewhere.
    #[must_use]
    pub fn at(self, home: PolicyHome<'a>) -> Self {
        Self { home, ..self }
    }
}

/// Where a policy is.
#[derive(Clone, Copy)]
pub enum PolicyHome<'a> {
    /// The one at the root of the state that is judged, and those of its directories.
    OfState,
    /// Those of another state.
    Of(&'a dyn Source),
    /// Those of another state, so that the checked changes cannot change them. Comments that it lacks do not count
    /// either, unless they say so.
    From(&'a dyn Source),
    /// One file, wherever it is.
    File {
        /// Its path, as the user gave it.
        path: &'a RepoPath,
        /// Reads it, and the files that it extends, by such paths; `None` if there is no such file.
        read: &'a dyn Fn(&RepoPath) -> TextOrNone,
    },
}

/// The text of a file, `None` if there is no such file, or why it cannot be read.
pub(super) type TextOrNone = Result<Option<Arc<[u8]>>, String>;

/// Reads a file that a policy extends, by its path in the policy's home.
type Read<'r> = dyn FnMut(&RepoPath, Home) -> TextOrNone + 'r;

/// Loads the policy for the state of `input`; `listing` holds at least the first-party part of it. The
/// outer error is that its text could not be had, the inner ones are its mistakes.
pub(super) fn load_policy(
    choice: PolicyChoice<'_>,
    input: Input<'_>,
    listing: &Listing,
    files: &mut Files,
) -> Result<Result<Policy, Vec<PolicyError>>, SourceError> {
    let narrowing = Narrowing::new(choice.rules.to_vec());
    let policy = load_whole_policy(choice, input, listing, files)?;
    Ok(policy.map(|policy| Policy { narrowing, ..policy }))
}

fn load_whole_policy(
    choice: PolicyChoice<'_>,
    input: Input<'_>,
    listing: &Listing,
    files: &mut Files,
) -> Result<Result<Policy, Vec<PolicyError>>, SourceError> {
    let PolicyChoice { home, packs, .. } = choice;
    match home {
        PolicyHome::OfState => of_source(input, packs, listing, files),
        PolicyHome::From(source) => {
            let policy = of_source(Input { source, ..input }, packs, &source.list(&Tree::FirstParty)?, files)?;
            Ok(policy.map(|policy| Policy { inline: policy.inline.with_known_comments_only(), ..policy }))
        }
        PolicyHome::Of(source) => of_source(Input { source, ..input }, packs, &source.list(&Tree::FirstParty)?, files),
        PolicyHome::File { path, read } => {
            let text =
                read(path).map_err(|reason| SourceError::request(format!("the policy cannot be read: {reason}")))?;
            let text = text.ok_or_else(|| SourceError::request(format!("{path}: no such file")))?;
            let root = PolicyText { path: path.clone(), home: Home::Outside, text };
            let texts = Texts { root: Some(root), nested: Vec::new(), packs };
            Ok(load(texts, &mut |path, _| read(path), files))
        }
    }
}

/// The policies that apply although Git ignores them: those in directories without another one.
fn ignored_policies(listing: &Listing) -> impl Iterator<Item = &RepoPath> {
    let is_policy = |path: &&RepoPath| FILE_NAMES.iter().any(|name| path.file_name() == name.as_bytes());
    let is_alone = |path: &&RepoPath| {
        let dir = path.parent().unwrap_or_else(RepoPath::root);
        let is_listed = |other: &RepoPath| listing.entries.iter().any(|entry| entry.path == *other);
        !FILE_NAMES.iter().any(|name| is_listed(&dir.join(name)))
    };
    listing.ignored.iter().filter(is_policy).filter(is_alone)
}

/// Names the policies that apply although Git ignores them: other clones do not have them.
pub(super) fn tell_ignored_policies(listing: &Listing) -> Vec<Notification> {
    let mut notifications = Vec::new();
    for path in ignored_policies(listing) {
        notifications.push(Notification {
            kind: NotificationKind::Information,
            level: Severity::Note,
            message: format!("{path} is ignored by Git: it applies here, but in no commit and no other clone"),
            label: None,
            repository: None,
            help: Some(format!("if everybody needs it, run `git add --force {path}`")),
        });
    }
    notifications
}

/// Directories in which other programs keep the settings of a repository.
const SETTINGS: [&str; 4] = [".github", ".config", ".gitlab", ".circleci"];

/// Warns of policies where people keep settings of a repository: they apply only to the files below them.
pub(super) fn misplaced_policies(listing: &Listing) -> Vec<Notification> {
    let mut notifications = Vec::new();
    for path in listing.entries.iter().map(|entry| &entry.path) {
        let directory = path.parent().unwrap_or_else(RepoPath::root);
        let is_policy = FILE_NAMES.iter().any(|name| path.file_name() == name.as_bytes());
        if is_policy && SETTINGS.iter().any(|settings| directory.as_bytes() == settings.as_bytes()) {
            notifications.push(Notification {
                kind: NotificationKind::Information,
                level: Severity::Warn,
                message: format!("{path} is not the policy of the repository: it applies only to {directory}"),
                label: None,
                help: Some(format!("move it to the root of the repository, or give `--policy {path}`")),
                repository: None,
            });
        }
    }
    notifications
}

/// The policy files of a state: the one at the root, and those of directories.
fn of_source(
    input: Input<'_>,
    packs: &[String],
    listing: &Listing,
    files: &mut Files,
) -> Result<Result<Policy, Vec<PolicyError>>, SourceError> {
    let is_policy = |path: &RepoPath| FILE_NAMES.iter().any(|name| path.file_name() == name.as_bytes());
    let mut root = None;
    let mut nested = Vec::new();
    if let Some(path) = policy_directory(input.source, listing) {
        return Err(SourceError::request(format!("the policy {path} is a directory"))
            .with_help("write the policy to a file of that name, or rename the directory"));
    }
    if let Some((path, unseen)) = listing.unseen.iter().find(|(path, _)| is_policy(path)) {
        return Err(Unread::Unseen(unseen.clone()).into_error(path));
    }
    let mut paths: Vec<&RepoPath> =
        listing.entries.iter().map(|entry| &entry.path).filter(|path| is_policy(path)).collect();
    paths.extend(ignored_policies(listing));
    paths.sort();
    for path in paths {
        let text = text_of(input, path).map_err(|unread| unread.into_error(path))?;
        let Some(text) = text else { continue };
        let text = PolicyText { path: path.clone(), home: Home::Repository, text };
        if root.is_none() && path.parent() == Some(RepoPath::root()) {
            root = Some(text);
        } else {
            nested.push(text);
        }
    }
    let mut read = |path: &RepoPath, _: Home| text_of(input, path).map_err(|unread| unread.to_string());
    Ok(load(Texts { root, nested, packs }, &mut read, files))
}

/// A directory in the place of a policy: at the root, or one in which something was listed.
fn policy_directory(source: &dyn Source, listing: &Listing) -> Option<RepoPath> {
    let is_policy = |path: &RepoPath| FILE_NAMES.iter().any(|name| path.file_name() == name.as_bytes());
    let paths = listing.entries.iter().map(|entry| &entry.path);
    if let Some(path) = paths.flat_map(|path| path.ancestors().skip(1)).find(is_policy) {
        return Some(path);
    }
    // The listing reports paths there that cannot be read.
    let is_directory = |path: &RepoPath| matches!(source.directory(path), Ok(Some(_)));
    FILE_NAMES.iter().copied().map(RepoPath::from).find(is_directory)
}

/// A policy by which nothing is said, not even of syntax.
pub(super) fn silent_policy(files: &mut Files) -> Policy {
    let text = Arc::from(&b"[severity]\nsyntax-invalid = \"off\"\n"[..]);
    let root = PolicyText { path: RepoPath::from(FILE_NAMES[0]), home: Home::Embedded, text };
    let texts = Texts { root: Some(root), nested: Vec::new(), packs: &[] };
    load(texts, &mut |_, _| Ok(None), files).expect("this policy has no mistakes")
}

/// The texts of a policy, other than the files that it extends.
struct Texts<'t> {
    root: Option<PolicyText>,
    nested: Vec<PolicyText>,
    packs: &'t [String],
}

fn load(texts: Texts<'_>, read: &mut Read<'_>, files: &mut Files) -> Result<Policy, Vec<PolicyError>> {
    let rules = rules::infos();
    let Texts { root, nested, packs } = texts;
    policy::load(PolicyInput { root, nested, packs, rules: &rules, read }, files)
}

/// Reads a file that has to be a policy, unless it is longer than any policy.
fn text_of(input: Input<'_>, path: &RepoPath) -> Result<Option<Arc<[u8]>>, Unread> {
    let Some(entry) = input.source.lookup(path).map_err(Unread::Unseen)? else { return Ok(None) };
    match input.source.reader().size(&entry) {
        Ok(size) if size > MAX_POLICY_BYTES as u64 => return Err(Unread::TooLong),
        // The store may know a text whose object is gone.
        Ok(_) | Err(Unseen::MissingObject) => {}
        Err(reason) => return Err(Unread::Unseen(reason)),
    }
    input.text(&entry).map(|text| Some(Arc::from(text))).map_err(Unread::Unseen)
}

/// Why the text of a policy could not be had.
enum Unread {
    Unseen(Unseen),
    TooLong,
}

impl Unread {
    /// A file that cannot be a policy is a mistake of the user; a file that is not in this clone may well be one.
    fn into_error(self, path: &RepoPath) -> SourceError {
        use Unseen::{Irregular, LinkBroken, LinkLeaves, LinkToDirectory, TooLarge};
        let message = format!("the policy {path} cannot be read: {self}");
        let error = match &self {
            Self::TooLong | Self::Unseen(Irregular | LinkBroken | LinkLeaves | LinkToDirectory | TooLarge) => {
                SourceError::request(message)
            }
            Self::Unseen(_) => SourceError::new(message),
        };
        let help = match &self {
            Self::Unseen(unseen) => remedy(unseen),
            Self::TooLong => Some("split it, and name the parts in `extends`"),
        };
        SourceError { help: help.map(str::to_owned), ..error }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unseen(unseen) => unseen.fmt(f),
            Self::TooLong => write!(f, "the policy is longer than {MAX_POLICY_BYTES} bytes"),
        }
    }
}
