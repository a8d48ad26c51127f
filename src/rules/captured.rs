//! A rule whose lists use captures: it is asked once for each combination of values, with these values in its lists.

use std::collections::BTreeSet;

use super::kind::{Check, bind_rule};
use super::{Context, GatheredState, Locality, Need, Rule};
use crate::finding::{OpenQuestion, Violation};
use crate::policy::{CaptureValues, PackagePatterns, RawOptions, Scope};

/// The rule of an entry with captures.
pub(super) struct CapturedRule<R> {
    /// The options, in which each capture still stands for any value.
    pub(super) options: RawOptions,
    /// The rule with these options.
    pub(super) any: R,
}

impl<R: Rule> CapturedRule<R> {
    /// Asks the rule for each combination of values that packages of the repository have.
    fn each<'m>(&self, cx: Context<'m>, mut ask: impl FnMut(&R, Context<'_>)) {
        let by: Option<&PackagePatterns> = self.options.bindings().and_then(|bindings| bindings.by());
        let combinations: BTreeSet<CaptureValues> = cx.capture_values(by);
        for values in combinations {
            let Some(rule) = bind_rule::<R>(&self.options.with_values(values.clone())) else { continue };
            let scope = Scope { captured: by.is_none().then_some(values), ..cx.scope().clone() };
            ask(&rule, cx.with_scope(&scope));
        }
    }
}

impl<R: Rule> Check for CapturedRule<R> {
    fn needs(&self) -> Vec<Need> {
        Check::needs(&self.any)
    }

    fn locality(&self) -> Locality {
        Check::locality(&self.any)
    }

    fn check_each<'m>(&self, cx: Context<'m>, state: GatheredState<'m>, take: &mut dyn FnMut(Violation)) {
        self.each(cx, |rule, cx| Check::check_each(rule, cx, state, take));
    }

    fn open_questions<'m>(&self, cx: Context<'m>, state: GatheredState<'m>) -> Vec<OpenQuestion> {
        let mut questions = Vec::new();
        self.each(cx, |rule, cx| questions.extend(Check::open_questions(rule, cx, state)));
        questions
    }
}
