//! The facts that a rule reads, as a part of its type: it gets them with its context, and it cannot read others. They say,
//! too, what its verdicts depend on.

use crate::model::{
    AgeFacts, Ages, GraphFacts, ImportGraphFacts, ImportedFacts, LastImportFacts, LayoutFacts, Model, ResidueFacts,
    SumConflictFacts, VendorDirFacts, VendorEditFacts, VendoredFacts,
};

/// Facts that are gathered only where a rule asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The module graph of each module and workspace.
    Graph,
    /// The lines of module files that are unused, missing or marked wrongly.
    Residue,
    /// Whether module files are laid out as the go command does it.
    Layouts,
    /// When the lines of module files came in.
    Ages,
    /// When requirements that nothing imports were last imported.
    LastImports,
    /// Which vendor directories there are, also without a `modules.txt`.
    VendorDirs,
    /// The files in vendor directories, and their imports.
    VendoredPackages,
    /// Which vendored files were edited.
    VendorEdits,
    /// Which checksums contradict each other.
    SumConflicts,
    /// Whether the packages are there that are imported, as far as the module cache shows, and which missing ones Git
    /// ignores.
    ImportedPackages,
    /// The graph of all imports, with packages of dependencies as far as they can be read.
    ImportGraph,
}

/// The facts on which the verdict about a place depends, besides the policy. It decides how often a rule is asked again
/// along the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Locality {
    /// On the Go file itself, the names of its package and module, and where its imports lead.
    File,
    /// On the module files and workspace files, and on which paths each module imports.
    Module,
    /// On facts that no walk along the history reads: all files of vendor directories, packages of dependencies.
    State,
    /// On the differences from an earlier state.
    Pair,
}

/// The facts that a rule reads.
pub trait Facts<'m>: Copy {
    /// On which facts its verdicts depend.
    const LOCALITY: Locality;

    /// The same for a rule whose options do not ask for the facts that are gathered; see [`Rule::asks`](super::Rule::asks).
    const LOCALITY_UNASKED: Locality = Self::LOCALITY;

    /// Which of them must be gathered.
    fn needs() -> Vec<Need>;

    /// The facts of a state; `None` if they were not gathered.
    fn of(state: GatheredState<'m>) -> Option<Self>;
}

/// Facts with which a rule may read module files, and all that follows from them.
pub trait ReadsModules {}

/// A state, as far as facts about it were gathered.
#[derive(Clone, Copy, Debug)]
pub struct GatheredState<'m> {
    /// The facts of the state itself.
    pub model: &'m Model,
    /// The history of its lines.
    pub ages: &'m Ages,
}

/// Go files and their imports, and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnFiles;

impl<'m> Facts<'m> for OwnFiles {
    const LOCALITY: Locality = Locality::File;

    fn needs() -> Vec<Need> {
        Vec::new()
    }

    fn of(_: GatheredState<'m>) -> Option<Self> {
        Some(Self)
    }
}

/// Go files, module files and workspace files.
impl<'m> Facts<'m> for () {
    const LOCALITY: Locality = Locality::Module;

    fn needs() -> Vec<Need> {
        Vec::new()
    }

    fn of(_: GatheredState<'m>) -> Option<Self> {
        Some(())
    }
}

impl ReadsModules for () {}

/// All packages of the repository at once, and whatever follows from them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeState;

impl<'m> Facts<'m> for WholeState {
    const LOCALITY: Locality = Locality::State;

    fn needs() -> Vec<Need> {
        Vec::new()
    }

    fn of(_: GatheredState<'m>) -> Option<Self> {
        Some(Self)
    }
}

impl ReadsModules for WholeState {}

/// Facts that a rule asks for only with some options; see [`Rule::asks`](super::Rule::asks).
impl<'m, F: Facts<'m>> Facts<'m> for Option<F> {
    const LOCALITY: Locality = F::LOCALITY;

    fn needs() -> Vec<Need> {
        F::needs()
    }

    fn of(state: GatheredState<'m>) -> Option<Self> {
        Some(F::of(state))
    }
}

impl<F: ReadsModules> ReadsModules for Option<F> {}

impl<'m, F: Facts<'m>, G: Facts<'m>> Facts<'m> for (F, G) {
    const LOCALITY: Locality = wider(F::LOCALITY, G::LOCALITY);

    const LOCALITY_UNASKED: Locality = wider(F::LOCALITY_UNASKED, G::LOCALITY_UNASKED);

    fn needs() -> Vec<Need> {
        [F::needs(), G::needs()].concat()
    }

    fn of(state: GatheredState<'m>) -> Option<Self> {
        Some((F::of(state)?, G::of(state)?))
    }
}

impl<F: ReadsModules, G: ReadsModules> ReadsModules for (F, G) {}

/// Go files and their imports, and the graph of all imports where options of an entry ask for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReachFacts<'m>(pub(super) Option<ImportGraphFacts<'m>>);

impl<'m> Facts<'m> for ReachFacts<'m> {
    const LOCALITY: Locality = <ImportGraphFacts<'m> as Facts<'m>>::LOCALITY;

    const LOCALITY_UNASKED: Locality = OwnFiles::LOCALITY;

    fn needs() -> Vec<Need> {
        ImportGraphFacts::needs()
    }

    fn of(state: GatheredState<'m>) -> Option<Self> {
        Some(Self(ImportGraphFacts::of(state)))
    }
}

/// The one of both that depends on more.
const fn wider(one: Locality, other: Locality) -> Locality {
    if one as u8 > other as u8 { one } else { other }
}

/// Facts with a proof that they were gathered.
macro_rules! gathered {
    ($($facts:ident: $locality:ident [$($need:ident)+] $of:expr;)+) => {$(
        impl<'m> Facts<'m> for $facts<'m> {
            const LOCALITY: Locality = Locality::$locality;

            fn needs() -> Vec<Need> {
                vec![$(Need::$need),+]
            }

            fn of(GatheredState { model, ages }: GatheredState<'m>) -> Option<Self> {
                let of: fn(&'m Model, &'m Ages) -> Option<Self> = $of;
                of(model, ages)
            }
        }

        impl ReadsModules for $facts<'_> {}
    )+};
}

gathered! {
    GraphFacts: Module [Graph] |model, _| model.graph_facts();
    ResidueFacts: State [Residue] |model, _| model.residue_facts();
    LayoutFacts: State [Layouts] |model, _| model.layout_facts();
    AgeFacts: Module [Ages] |_, ages| Some(ages.age_facts());
    LastImportFacts: State [LastImports] |_, ages| Some(ages.last_import_facts());
    VendorDirFacts: Module [VendorDirs] |model, _| model.vendor_dir_facts();
    VendoredFacts: State [VendorDirs VendoredPackages] |model, _| model.vendored_facts();
    VendorEditFacts: Pair [VendorDirs VendorEdits] |model, _| model.vendor_edit_facts();
    SumConflictFacts: Pair [SumConflicts] |model, _| model.sum_conflict_facts();
    ImportGraphFacts: State [ImportGraph] |model, _| model.import_graph_facts();
    ImportedFacts: State [ImportedPackages] |model, _| model.imported_facts();
}
