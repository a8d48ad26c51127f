//! The rules: one file each, and the registry that lists them.
//!
//! A rule is a pure function from facts in scope to violations. It does not print, read, set a severity or know
//! of exceptions. To add one: its file, its `mod` line and its line in [`RULES`], and its fixtures in `tests/rules`.

mod captured;
mod checksum_conflict;
mod checksum_missing;
mod checksum_unused;
mod context;
mod directive_denied;
mod exception_expired;
mod exception_unused;
mod exclude_denied;
mod exclude_ineffective;
mod exclude_unused;
mod facts;
mod guesses;
mod identity;
mod idle;
mod import_alias;
mod import_blank;
mod import_cycle;
mod import_denied;
mod import_dot;
mod import_duplicate;
mod import_protected;
mod import_required;
mod import_unresolved;
mod imported_as;
mod indirect_mismarked;
mod indirect_unused;
mod kind;
mod layer_broken;
mod layout_untidy;
mod module_denied;
mod module_duplicated;
mod module_line;
mod open;
mod open_lines;
mod policy_vacuous;
mod reached;
mod replace_broken;
mod replace_denied;
mod replace_ineffective;
mod replace_missing;
mod replace_skewed;
mod replace_stale;
mod replace_unused;
mod replaced_import;
mod require_missing;
mod require_unused;
mod requirement_scope;
mod residual;
mod sibling_coupled;
mod syntax_invalid;
mod tool_unused;
mod vendor_edited;
mod vendor_excess;
mod vendor_incomplete;
mod vendor_inconsistent;
mod version_skewed;
mod version_unfit;
mod workspace_committed;
mod workspace_inconsistent;

pub(crate) use checksum_conflict::{ChecksumConflict, download_apart, regenerate_sums};
pub(crate) use checksum_missing::ChecksumMissing;
pub(crate) use checksum_unused::ChecksumUnused;
pub(crate) use context::{Context, evidence, imported_package, package_subject};
pub(crate) use directive_denied::DirectiveDenied;
pub(crate) use exception_expired::ExceptionExpired;
pub(crate) use exception_unused::ExceptionUnused;
pub(crate) use exclude_denied::ExcludeDenied;
pub(crate) use exclude_ineffective::ExcludeIneffective;
pub(crate) use exclude_unused::ExcludeUnused;
pub use facts::Locality;
pub(crate) use facts::{Facts, GatheredState, Need, OwnFiles, ReachFacts, WholeState};
pub(crate) use import_alias::ImportAlias;
pub(crate) use import_blank::ImportBlank;
pub(crate) use import_cycle::ImportCycles;
pub(crate) use import_denied::ImportDenied;
pub(crate) use import_dot::ImportDot;
pub(crate) use import_duplicate::ImportDuplicate;
pub(crate) use import_protected::ImportProtected;
pub(crate) use import_required::ImportRequired;
pub(crate) use import_unresolved::ImportUnresolved;
pub(crate) use indirect_mismarked::IndirectMismarked;
pub(crate) use indirect_unused::IndirectUnused;
pub use kind::RuleKind;
pub(crate) use kind::{Binder, Bound, BoundDirectory, BoundList, ModuleRole, NoOptions, Role, Rule};
pub(crate) use layer_broken::LayerBroken;
pub(crate) use layout_untidy::LayoutUntidy;
pub(crate) use module_denied::ModuleDenied;
pub(crate) use module_duplicated::ModuleDuplicated;
pub(crate) use open::{Cause, cause_of};
pub(crate) use policy_vacuous::PolicyVacuous;
pub(crate) use reached::{build_name, cause_of_unread};
pub(crate) use replace_broken::ReplaceBroken;
pub(crate) use replace_denied::ReplaceDenied;
pub(crate) use replace_ineffective::ReplaceIneffective;
pub(crate) use replace_missing::ReplaceMissing;
pub(crate) use replace_skewed::ReplaceSkewed;
pub(crate) use replace_stale::ReplaceStale;
pub(crate) use replace_unused::ReplaceUnused;
pub(crate) use require_missing::RequireMissing;
pub(crate) use require_unused::RequireUnused;
pub(crate) use requirement_scope::RequirementScope;
pub(crate) use sibling_coupled::SiblingCoupled;
pub(crate) use syntax_invalid::SyntaxInvalid;
pub(crate) use tool_unused::ToolUnused;
pub(crate) use vendor_edited::VendorEdited;
pub(crate) use vendor_excess::VendorExcess;
pub(crate) use vendor_incomplete::VendorIncomplete;
pub(crate) use vendor_inconsistent::VendorInconsistent;
pub(crate) use version_skewed::VersionSkewed;
pub(crate) use version_unfit::VersionUnfit;
pub(crate) use workspace_committed::WorkspaceCommitted;
pub(crate) use workspace_inconsistent::WorkspaceInconsistent;

use crate::finding::RuleMeta;
use crate::policy::RuleInfo;

/// Every rule, by id.
pub static RULES: &[RuleKind] = &[
    RuleKind::of::<ChecksumConflict>(),
    RuleKind::of::<ChecksumMissing>(),
    RuleKind::of::<ChecksumUnused>(),
    RuleKind::of::<DirectiveDenied>(),
    RuleKind::of_engine(&ExceptionExpired::META),
    RuleKind::of_engine(&ExceptionUnused::META),
    RuleKind::of::<ExcludeDenied>(),
    RuleKind::of::<ExcludeIneffective>(),
    RuleKind::of::<ExcludeUnused>(),
    RuleKind::of::<ImportAlias>(),
    RuleKind::of::<ImportBlank>(),
    RuleKind::of::<ImportCycles>(),
    RuleKind::of::<ImportDenied>(),
    RuleKind::of::<ImportDot>(),
    RuleKind::of::<ImportDuplicate>(),
    RuleKind::of::<ImportProtected>(),
    RuleKind::of::<ImportRequired>(),
    RuleKind::of::<ImportUnresolved>(),
    RuleKind::of::<IndirectMismarked>(),
    RuleKind::of::<IndirectUnused>(),
    RuleKind::of::<LayerBroken>(),
    RuleKind::of::<LayoutUntidy>(),
    RuleKind::of::<ModuleDenied>(),
    RuleKind::of::<ModuleDuplicated>(),
    RuleKind::of_engine(&PolicyVacuous::META),
    RuleKind::of::<ReplaceBroken>(),
    RuleKind::of::<ReplaceDenied>(),
    RuleKind::of::<ReplaceIneffective>(),
    RuleKind::of::<ReplaceMissing>(),
    RuleKind::of::<ReplaceSkewed>(),
    RuleKind::of::<ReplaceStale>(),
    RuleKind::of::<ReplaceUnused>(),
    RuleKind::of::<RequireMissing>(),
    RuleKind::of::<RequireUnused>(),
    RuleKind::of::<SiblingCoupled>(),
    RuleKind::of_engine(&SyntaxInvalid::META),
    RuleKind::of::<ToolUnused>(),
    RuleKind::of::<VendorEdited>(),
    RuleKind::of::<VendorExcess>(),
    RuleKind::of::<VendorIncomplete>(),
    RuleKind::of::<VendorInconsistent>(),
    RuleKind::of::<VersionSkewed>(),
    RuleKind::of::<VersionUnfit>(),
    RuleKind::of::<WorkspaceCommitted>(),
    RuleKind::of::<WorkspaceInconsistent>(),
];

/// The facts about rules that a policy needs.
pub fn infos() -> Vec<RuleInfo> {
    let info = |rule: &RuleKind| RuleInfo {
        id: rule.meta().id,
        severity: rule.meta().severity,
        stands_alone: rule.stands_alone(),
        binding: rule.binding(),
        check: rule.check_options(),
    };
    RULES.iter().map(info).collect()
}

/// The rule with this id.
pub(crate) fn find(id: &str) -> Option<&'static RuleKind> {
    RULES.iter().find(|rule| rule.meta().id == id)
}

/// Whether a rule is about the policy and its exceptions, and not about the code.
pub(crate) fn is_about_policy(rule: &RuleMeta) -> bool {
    [ExceptionExpired::META.id, ExceptionUnused::META.id, PolicyVacuous::META.id].contains(&rule.id)
}
