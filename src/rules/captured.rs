//! A rule whose lists use captures: it is asked once for each combination of values, with these values in its lists.

use super::kind::{Check, bind_rule};
use super::{Context, GatheredState, Locality, Need, Rule};
use crate::finding::{OpenQuestion, Violation};
use crate::policy::{Bindings, RawOptions, Scope};

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
        if let Some(by) = self.options.bindings().and_then(Bindings::by) {
            for values in cx.captured_by(by) {
                if let Some(rule) = bind_rule::<R>(&self.options.with_values(values)) {
                    ask(&rule, cx);
                }
            }
            return;
        }
        for (values, packages) in cx.captured_by_importers() {
            let Some(rule) = bind_rule::<R>(&self.options.with_values(values.clone())) else { continue };
            let scope = Scope { captured: Some(values), ..cx.scope().clone() };
            ask(&rule, cx.with_scope(&scope, Some(&packages)));
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
