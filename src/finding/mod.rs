//! The results of rules and runs: violations, findings, notifications, statistics.
//!
//! Low in the layers, so that policy can name a severity, rules can describe themselves and reports can list
//! rules, and none of them imports another.

mod fix;
mod identity;
mod merge;
mod requirement;
mod rule;
mod run;
mod undecided;
mod violation;

pub use fix::{Applicability, Change, Fix};
pub use identity::{IDENTITY_VERSION, Identity, IdentityName, IdentitySubject};
pub(crate) use merge::merge;
pub use requirement::{ImportPast, Importer, RequirementRow, RequirementTable, RequirementVerdict, TrendPoint};
pub use rule::{Evidence, Family, RuleMeta, Severity};
pub(crate) use run::MergedRun;
pub use run::{
    Comparison, Finding, Header, Notification, NotificationKind, PolicyUsed, Provenance, Run, State, Stats,
    Suppression, SuppressionKind, Tool, Verdict, Walked,
};
pub use undecided::{OpenQuestion, PassedBy, UndecidedRule};
pub use violation::Label;
pub(crate) use violation::Violation;
