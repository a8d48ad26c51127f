//! Gathers the facts of a state, those that are costly only if a rule asks for them.

use super::checksums::SumsBefore;
use super::edits::StatesBefore;
use super::request::{Request, Tables};
use super::state::{StateEvidence, StateFacts, read_state};
use crate::engine::RuleSet;
use crate::finding::Notification;
use crate::rules::Need;
use crate::source::{Listing, SourceError};
use crate::text::Files;

/// The facts of a state.
pub(super) struct GatheredFacts {
    pub(super) facts: StateFacts,
    /// The modules whose vendored files were compared with nothing.
    pub(super) not_compared: Vec<Notification>,
}

/// Reads the rest of a listed state, and gathers the facts that the rules ask for.
pub(super) fn gather(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    listing: Listing,
    before: StatesBefore<'_>,
    files: &mut Files,
) -> Result<GatheredFacts, SourceError> {
    let evidence = StateEvidence { named: &rules.policy.modules, cache: request.cache };
    let mut facts = read_state(request.input, listing, evidence, files)?;
    if rules.needs(Need::Graph) {
        facts = facts.with_graphs(request.cache);
    }
    if rules.needs(Need::Residue) || request.tables != Tables::None {
        facts = facts.with_residue(request.input, request.cache);
    }
    if rules.needs(Need::Layouts) {
        facts = facts.with_layout_faults(request.input, files);
    }
    if rules.needs(Need::ImportedPackages) {
        facts = facts.with_imported_packages(request.input, request.cache)?;
    }
    if rules.needs(Need::VendoredPackages) {
        facts = facts.with_vendored(request.input, request.cache, files)?;
    } else if rules.needs(Need::VendorDirs) {
        facts = facts.with_vendor_dirs(request.input)?;
    }
    if rules.needs(Need::ImportGraph) {
        facts = facts.with_import_graph(request.input, request.cache, files)?;
    }
    let mut not_compared = Vec::new();
    if rules.needs(Need::VendorEdits) {
        (facts, not_compared) = facts.with_vendor_edits(request.input, before.bases, request.cache, files)?;
    }
    if rules.needs(Need::SumConflicts) {
        let sums = before.seen.map_or(SumsBefore::Bases(before.bases), SumsBefore::Seen);
        facts = facts.with_sum_conflicts(sums, request.cache);
    }
    Ok(GatheredFacts { facts, not_compared })
}
