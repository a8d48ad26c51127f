//! The pre-push hook: judges what a push adds to each branch of the remote.

use std::io::Read as _;
use std::process::ExitCode;

use super::args::{CheckArgs, Color, UndecidedArgs};
use super::check::{Asked, judge};
use super::failure::{Failure, tell};
use super::place::{Place, locate};
use crate::source::StateSpec;
use crate::text::CommitId;

/// Reads from standard input what is pushed, and judges it. `args` are the remote's name and its address.
pub(super) fn pre_push(args: &[String], color: Color) -> Result<ExitCode, Failure> {
    let mut lines = String::new();
    std::io::stdin()
        .read_to_string(&mut lines)
        .map_err(|error| Failure::undecided(format!("cannot read what is pushed: {error}"), ""))?;
    let place = locate(&[])?;
    let remote = args.first().map_or("origin", String::as_str);
    let mut judged: Vec<(CommitId, Vec<CommitId>)> = Vec::new();
    let mut worst = ExitCode::SUCCESS;
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let update = Update::parse(line)?;
        let Some(pushed) = update.pushed(&place, remote)? else { continue };
        if judged.contains(&pushed) {
            continue;
        }
        let code = update.judge(&place, &pushed, color)?;
        worst = if worst == ExitCode::SUCCESS || code == ExitCode::FAILURE { code } else { worst };
        judged.push(pushed);
    }
    Ok(worst)
}

/// A line of what Git tells the hook: which reference becomes what (`git help hooks`).
struct Update<'a> {
    local: &'a str,
    new: &'a str,
    old: &'a str,
}

impl<'a> Update<'a> {
    fn parse(line: &'a str) -> Result<Self, Failure> {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            [local, new, _, old] => Ok(Self { local, new, old }),
            _ => Err(Failure::invalid(
                format!("`{}` is not what Git tells a pre-push hook", line.escape_debug()),
                "a line has a local reference, its object, the remote reference and its object",
            )),
        }
    }

    /// The commit that is pushed, and those that the remote has before it. `None` if nothing is: a deletion, or a tag
    /// of something that is no commit.
    fn pushed(&self, place: &Place, remote: &str) -> Result<Option<(CommitId, Vec<CommitId>)>, Failure> {
        if is_null(self.new) {
            return Ok(None);
        }
        let Ok(head) = place.repository.commit(&format!("{}^{{commit}}", self.new)) else {
            tell("note", &format!("{} is no commit, so there is nothing to judge in it", self.local), "");
            return Ok(None);
        };
        let old = Some(self.old).filter(|old| !is_null(old));
        let bases = place.repository.pushed_from(head, old, remote)?;
        Ok((!bases.contains(&head)).then_some((head, bases)))
    }

    fn judge(
        &self,
        place: &Place,
        (head, bases): &(CommitId, Vec<CommitId>),
        color: Color,
    ) -> Result<ExitCode, Failure> {
        let commit = |id: &CommitId| place.repository.state(&StateSpec::Revision(id.to_string()));
        let bases = bases.iter().map(commit).collect::<Result<Vec<_>, _>>()?;
        let asked = Asked { state: commit(head)?, bases: Some(bases), doubts: Vec::new() };
        judge(&CheckArgs { undecided: UndecidedArgs::pass(), ..CheckArgs::default() }, color, place, asked)
    }
}

/// Whether an object id stands for none.
fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}
