//! `explain`: the page of a rule, below the entry of the policy that is asked for.

use std::process::ExitCode;

use super::args::ExplainArgs;
use super::failure::{Failure, INVALID};
use super::output::say;
use super::policy::{print_mistakes, view};
use crate::pipeline::PolicyView;
use crate::policy::{RuleName, entry_text};
use crate::report::escape;
use crate::rules;
use crate::text::did_you_mean;

/// Prints the page of a rule. In front of it stands the entry, if the command line names one.
pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let name = RuleName::new(&args.rule);
    let Some(kind) = rules::find(&name.rule) else {
        let known = rules::RULES.iter().map(|rule| rule.meta().id);
        let help = did_you_mean(&name.rule, known).unwrap_or_else(|| "`modwarden rules` lists them".to_owned());
        return Err(Failure::invalid(format!("there is no rule `{}`", name.rule), help));
    };
    let Some(entry) = &name.entry else { return say(&kind.page()) };
    let (policy, files) = match view(&args.state, &args.policy, &args.cache, &[])? {
        PolicyView::Valid { policy, files } => (policy, files),
        PolicyView::Invalid(mistakes) => {
            print_mistakes(&mistakes)?;
            return Ok(ExitCode::from(INVALID));
        }
    };
    let Some(text) = entry_text(&policy, &files, &name.rule, entry) else {
        let named = policy.entries.iter().filter(|entry| entry.rule == name.rule).map(|entry| entry.name.as_str());
        let page = || format!("`modwarden explain {}` shows the page of the rule", name.rule);
        let help = did_you_mean(entry, named).unwrap_or_else(page);
        return Err(Failure::invalid(format!("the policy has no entry `{entry}` of the rule `{}`", name.rule), help));
    };
    say(&format!("The entry `{name}` of the policy:\n\n```toml\n{}```\n\n{}", escape::toml(&text), kind.page()))
}
