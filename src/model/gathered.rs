//! The facts that are costly, and are gathered only if a rule asks for them. For each there is a proof that it was gathered,
//! and the methods that read the fact take the proof. So no code can take a fact that nobody gathered for one that says
//! nothing. The proofs about the history of lines are in `ages`.

use std::marker::PhantomData;

use super::{Chains, ImportEvidence, ImportGraph, Model, SumConflict, VendorFindings};

/// Proof that the module graphs were loaded, and with them the effects of lines.
#[derive(Clone, Copy, Debug)]
pub struct GraphFacts<'m>(PhantomData<&'m Model>);

/// Proof that the unused, missing and mismarked lines of module files were looked for.
#[derive(Clone, Copy, Debug)]
pub struct ResidueFacts<'m>(PhantomData<&'m Model>);

/// Proof that the layout of module files was compared with that of the go command.
#[derive(Clone, Copy, Debug)]
pub struct LayoutFacts<'m>(PhantomData<&'m Model>);

/// Proof that vendor directories without a `modules.txt` were looked for.
#[derive(Clone, Copy, Debug)]
pub struct VendorDirFacts<'m>(PhantomData<&'m Model>);

/// Proof that the files in vendor directories were read.
#[derive(Clone, Copy, Debug)]
pub struct VendoredFacts<'m>(PhantomData<&'m Model>);

/// Proof that edited vendored files were looked for.
#[derive(Clone, Copy, Debug)]
pub struct VendorEditFacts<'m>(pub(super) &'m VendorFindings);

/// Proof that checksums were compared with each other, with earlier states and with the module cache.
#[derive(Clone, Copy, Debug)]
pub struct SumConflictFacts<'m>(pub(super) &'m [SumConflict]);

/// Proof that imported packages were looked for.
#[derive(Clone, Copy, Debug)]
pub struct ImportedFacts<'m>(pub(super) &'m ImportEvidence);

/// Proof that the graph of all imports was made.
#[derive(Clone, Copy, Debug)]
pub struct ImportGraphFacts<'m> {
    pub(super) model: &'m Model,
    pub(super) graph: &'m ImportGraph,
}

impl<'m> ImportGraphFacts<'m> {
    /// A search for chains in all builds, or in those with exactly these `-tags`.
    pub(crate) fn chains(self, tags: Option<&[String]>) -> Chains<'m> {
        Chains::new(self.model, self.graph, tags)
    }
}

impl Model {
    /// The proof for the graph of all imports.
    pub fn import_graph_facts(&self) -> Option<ImportGraphFacts<'_>> {
        Some(ImportGraphFacts { model: self, graph: self.import_graph.as_deref()? })
    }

    /// The proof for module graphs.
    pub fn graph_facts(&self) -> Option<GraphFacts<'_>> {
        (self.effects.of_modules.len() == self.mains).then_some(GraphFacts(PhantomData))
    }

    /// The proof for the residue of module files.
    pub fn residue_facts(&self) -> Option<ResidueFacts<'_>> {
        (self.residue.len() == self.mains).then_some(ResidueFacts(PhantomData))
    }

    /// The proof for the layout of module files.
    pub fn layout_facts(&self) -> Option<LayoutFacts<'_>> {
        (self.layout_faults.len() == self.mains).then_some(LayoutFacts(PhantomData))
    }

    /// The proof for vendor directories.
    pub fn vendor_dir_facts(&self) -> Option<VendorDirFacts<'_>> {
        self.lists_vendors.then_some(VendorDirFacts(PhantomData))
    }

    /// The proof for the files in vendor directories.
    pub fn vendored_facts(&self) -> Option<VendoredFacts<'_>> {
        let is_read = self.lists_vendors && self.vendors.iter().all(|vendor| vendor.contents.is_some());
        is_read.then_some(VendoredFacts(PhantomData))
    }

    /// The proof for edited vendored files.
    pub fn vendor_edit_facts(&self) -> Option<VendorEditFacts<'_>> {
        self.vendor_findings.as_ref().map(VendorEditFacts)
    }

    /// The proof for checksums that contradict another.
    pub fn sum_conflict_facts(&self) -> Option<SumConflictFacts<'_>> {
        self.sum_conflicts.as_deref().map(SumConflictFacts)
    }

    /// The proof for imported packages.
    pub fn imported_facts(&self) -> Option<ImportedFacts<'_>> {
        self.import_evidence.as_ref().map(ImportedFacts)
    }
}
