//! The hooks of a push: `pre-push` where it starts, `pre-receive` and `update` where it arrives.
//!
//! On a server the policy comes from the default branch, because the author of a push could loosen the policy in it.

use std::io::Read as _;
use std::process::ExitCode;

use super::args::{CheckArgs, Color, PolicyArgs, UndecidedArgs};
use super::check::{AskedStates, judge};
use super::failure::{Failure, INVALID, tell};
use super::place::{Place, locate};
use super::policy::print_mistakes;
use crate::load::{FactStore, Input, Tree};
use crate::pipeline::{PolicyChoice, PolicyView, view_policy};
use crate::source::{Source, StateSpec};
use crate::text::CommitId;

/// Checks the changes of a push to each reference of the remote. `args` are the remote's name and its address; Git
/// writes the references to standard input.
pub(super) fn pre_push(args: &[String], policy: &PolicyArgs, color: Color) -> Result<ExitCode, Failure> {
    let lines = read_input()?;
    let updates = lines.lines().filter(|line| !line.trim().is_empty()).map(Update::before_push);
    let updates = updates.collect::<Result<Vec<_>, _>>()?;
    let remote = args.first().map_or("origin", String::as_str);
    let place = locate(&[])?;
    let push = Push { place: &place, known: format!("refs/remotes/{remote}/"), policy: policy.clone(), color };
    push.check_all(&updates)
}

/// Checks the changes of a push to each reference of this repository, before Git accepts any. Git writes the references
/// to standard input.
pub(super) fn pre_receive(policy: &PolicyArgs, color: Color) -> Result<ExitCode, Failure> {
    let lines = read_input()?;
    let updates = lines.lines().filter(|line| !line.trim().is_empty()).map(Update::before_receive);
    receive(&updates.collect::<Result<Vec<_>, _>>()?, policy, color)
}

/// Checks the changes of a push to one reference of this repository. `args` are its name, its old and its new object.
pub(super) fn update(args: &[String], policy: &PolicyArgs, color: Color) -> Result<ExitCode, Failure> {
    let [name, old, new] = args else {
        let help = "Git gives the hook the name of a reference, its old and its new object";
        return Err(Failure::invalid("`hook run update` takes three arguments", help));
    };
    receive(&[Update { name, old, new }], policy, color)
}

fn receive(updates: &[Update<'_>], policy: &PolicyArgs, color: Color) -> Result<ExitCode, Failure> {
    let place = locate(&[])?;
    let has_default_branch = place.repository.commit(DEFAULT_BRANCH).is_ok();
    let is_chosen = policy.policy.is_some() || policy.policy_from.is_some();
    let policy = match (is_chosen, has_default_branch) {
        (true, _) => policy.clone(),
        (false, true) => PolicyArgs { policy_from: Some(DEFAULT_BRANCH.to_owned()), ..PolicyArgs::default() },
        (false, false) => PolicyArgs::default(),
    };
    let push = Push { place: &place, known: "refs/".to_owned(), policy, color };
    push.check_policies(updates)?.map_or_else(|| push.check_all(updates), Ok)
}

/// The branch whose policy applies to pushes that a server receives.
const DEFAULT_BRANCH: &str = "HEAD";

fn read_input() -> Result<String, Failure> {
    let mut lines = String::new();
    std::io::stdin()
        .read_to_string(&mut lines)
        .map_err(|error| Failure::undecided(format!("cannot read what is pushed: {error}"), ""))?;
    Ok(lines)
}

/// A reference that a push changes.
struct Update<'a> {
    /// The name of the reference for the person who pushes, or at the remote.
    name: &'a str,
    /// The object before, in hexadecimal; zeros if the reference is new.
    old: &'a str,
    /// The object after, in hexadecimal; zeros if the push deletes the reference.
    new: &'a str,
}

impl<'a> Update<'a> {
    /// A line of the input of `pre-push` (`git help hooks`).
    fn before_push(line: &'a str) -> Result<Self, Failure> {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            [name, new, _, old] => Ok(Self { name, old, new }),
            _ => Err(not_from_git(
                line,
                "pre-push",
                "a local reference, its object, the remote reference and its object",
            )),
        }
    }

    /// A line of the input of `pre-receive` (`git help hooks`).
    fn before_receive(line: &'a str) -> Result<Self, Failure> {
        match line.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
            [old, new, name] => Ok(Self { name, old, new }),
            _ => Err(not_from_git(line, "pre-receive", "the old object, the new object and the reference")),
        }
    }
}

fn not_from_git(line: &str, hook: &str, fields: &str) -> Failure {
    let message = format!("`{}` is not a line that Git gives a {hook} hook", line.escape_debug());
    Failure::invalid(message, format!("a line has {fields}"))
}

/// A push that is checked.
struct Push<'p> {
    place: &'p Place,
    /// How the names of references begin that the receiving repository has already.
    known: String,
    policy: PolicyArgs,
    color: Color,
}

impl Push<'_> {
    /// Checks every reference, also after one was refused. The exit code is 1 if there are findings, else the first
    /// that is not 0.
    fn check_all(&self, updates: &[Update<'_>]) -> Result<ExitCode, Failure> {
        let mut checked: Vec<(CommitId, Vec<CommitId>)> = Vec::new();
        let mut worst = ExitCode::SUCCESS;
        for update in updates {
            let Some(added) = self.added(update)? else { continue };
            if checked.contains(&added) {
                continue;
            }
            let code = self.check(update, added.0, &added.1)?;
            worst = if worst == ExitCode::SUCCESS || code == ExitCode::FAILURE { code } else { worst };
            checked.push(added);
        }
        Ok(worst)
    }

    /// The commit that is pushed, and those from which the push starts. `None` if the push brings nothing: a deletion,
    /// or a tag that names no commit.
    fn added(&self, update: &Update<'_>) -> Result<Option<(CommitId, Vec<CommitId>)>, Failure> {
        let Some(head) = self.pushed(update) else { return Ok(None) };
        let old = Some(update.old).filter(|old| !is_null(old));
        let bases = self.place.repository.pushed_from(head, old, &self.known)?;
        Ok((!bases.contains(&head)).then_some((head, bases)))
    }

    /// The commit that is pushed, if there is one.
    fn pushed(&self, update: &Update<'_>) -> Option<CommitId> {
        if is_null(update.new) {
            return None;
        }
        let head = self.place.repository.commit(&format!("{}^{{commit}}", update.new));
        if head.is_err() {
            tell("note", &format!("{} is not a commit, so it was not checked", update.name), "");
        }
        head.ok()
    }

    fn check(&self, update: &Update<'_>, head: CommitId, bases: &[CommitId]) -> Result<ExitCode, Failure> {
        let state = self.commit(head)?;
        if !has_go(state.as_ref())? {
            tell("note", &format!("{} has no Go files, so it was not checked", update.name), "");
            return Ok(ExitCode::SUCCESS);
        }
        let bases = bases.iter().map(|base| self.commit(*base)).collect::<Result<Vec<_>, _>>()?;
        let asked = AskedStates { state, bases: Some(bases), doubts: Vec::new(), hints: false };
        let policy = self.policy.clone();
        let args = CheckArgs { undecided: UndecidedArgs::pass(), policy, ..CheckArgs::default() };
        judge(&args, self.color, self.place, asked)
    }

    fn commit(&self, id: CommitId) -> Result<Box<dyn Source>, Failure> {
        Ok(self.place.repository.state(&StateSpec::Revision(id.to_string()))?)
    }

    /// Prints the mistakes of the policies in the push, and returns the exit code for them. On the default branch such a
    /// policy would make every later push fail.
    fn check_policies(&self, updates: &[Update<'_>]) -> Result<Option<ExitCode>, Failure> {
        let heads = updates.iter().filter_map(|update| self.pushed(update));
        let store = FactStore::none();
        let mut is_valid = true;
        for head in heads {
            let state = self.commit(head)?;
            let input = Input::new(state.as_ref(), &store);
            if let PolicyView::Invalid(mistakes) = view_policy(input, PolicyChoice::of_state())? {
                print_mistakes(&mistakes)?;
                is_valid = false;
            }
        }
        Ok((!is_valid).then(|| ExitCode::from(INVALID)))
    }
}

/// Whether a state has files that the go command would read. A branch for documentation has none.
fn has_go(state: &dyn Source) -> Result<bool, Failure> {
    let listing = state.list(&Tree::FirstParty)?;
    let entries = listing.entries.iter().map(|entry| &entry.path);
    let mut paths = entries.chain(listing.unseen.iter().map(|(path, _)| path));
    Ok(paths.any(|path| [".go", ".mod", ".work"].iter().any(|end| path.as_bytes().ends_with(end.as_bytes()))))
}

/// Whether an object id stands for none.
fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}
