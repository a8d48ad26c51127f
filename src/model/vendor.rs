//! The vendor directories of the repository: the module or workspace of each, whether the go command builds from it,
//! and its content.

mod consistency;
mod contents;
mod edits;

pub(crate) use consistency::Inconsistency;
pub(crate) use contents::{ListedPackage, Missing, PackageFault};
pub(crate) use edits::{
    DoubtReason, EditKind, ListPair, NewSource, PairEdit, Proof, VendorDoubt, VendorEdit, VendorFindings,
    VendorLanguage,
};

use std::collections::HashSet;

use self::contents::Contents;
use super::replaces::Holder;
use super::resolve::Universe;
use super::{Model, Module, ModuleData, Workspace, WorkspaceData};
use crate::go::{GoVersion, VENDOR};
use crate::syntax::{GoFile, ModFlag, ParsedFile, VendorModules, VendoredFiles};
use crate::text::{FileId, RepoPath, Spanned};

/// A vendor directory, beside the file of a module or workspace.
#[derive(Clone, Debug)]
pub(super) struct VendorData {
    pub(super) holder: Holder,
    pub(super) dir: RepoPath,
    /// `modules.txt`; the go command takes one that is missing for an empty one.
    pub(super) manifest: Option<ParsedFile<VendorModules>>,
    pub(super) standing: Standing,
    pub(super) contents: Option<Contents>,
}

/// Whether the go command builds from a vendor directory, or why not (`modload.setDefaultBuildMod`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Used,
    /// The module is built in a workspace, beside whose file another one would count.
    Member,
    /// `GOFLAGS` has another `-mod`.
    OtherFlag,
    /// The module file or workspace file has no `go` line.
    NoGoVersion,
    /// Its `go` line is below 1.14.
    OldGoVersion(GoVersion),
    /// It was made for a workspace, and there is none.
    ForWorkspace,
    /// It was not made for the workspace that there is.
    NotForWorkspace,
}

/// A vendor directory.
#[derive(Clone, Copy, Debug)]
pub struct Vendor<'m> {
    model: &'m Model,
    data: &'m VendorData,
}

/// Finds the vendor directories that have a `modules.txt`, and says which are used.
pub(super) fn with_manifests(
    modules: &[ModuleData],
    works: &[WorkspaceData],
    manifests: &[ParsedFile<VendorModules>],
    flag: ModFlag,
) -> Vec<VendorData> {
    let holders = Holders::new(modules, works, flag);
    let found = |(holder, dir): (Holder, &RepoPath)| {
        let path = dir.join("vendor/modules.txt");
        let at = manifests.binary_search_by(|fact| fact.path.cmp(&path)).ok()?;
        Some(holders.vendor(holder, dir.join(VENDOR), Some(manifests[at].clone())))
    };
    holders.all().filter_map(found).collect()
}

/// The modules and workspaces beside whose files a vendor directory counts.
struct Holders<'a> {
    modules: &'a [ModuleData],
    works: &'a [WorkspaceData],
    members: HashSet<usize>,
    flag: ModFlag,
}

impl<'a> Holders<'a> {
    fn new(modules: &'a [ModuleData], works: &'a [WorkspaceData], flag: ModFlag) -> Self {
        let members = works.iter().flat_map(|work| &work.members).copied().collect();
        Self { modules, works, members, flag }
    }

    /// All of them, and their directories. Where a module and a workspace are in one directory, that is the workspace's.
    fn all(&self) -> impl Iterator<Item = (Holder, &'a RepoPath)> + use<'a> {
        let of_works = self.works.iter().enumerate().map(|(at, work)| (Holder::Workspace(at), &work.dir));
        let of_modules = self.modules.iter().enumerate().map(|(at, module)| (Holder::Module(at), &module.dir));
        let dirs: HashSet<&RepoPath> = self.works.iter().map(|work| &work.dir).collect();
        of_works.chain(of_modules.filter(move |(_, dir)| !dirs.contains(dir)))
    }

    fn vendor(&self, holder: Holder, dir: RepoPath, manifest: Option<ParsedFile<VendorModules>>) -> VendorData {
        let for_workspace = manifest.as_ref().is_some_and(|manifest| manifest.parsed.tree.workspace);
        let (go, is_member) = match holder {
            Holder::Workspace(at) => (self.works[at].go_work().go.as_ref(), false),
            Holder::Module(at) => (self.modules[at].go_mod().go.as_ref(), self.members.contains(&at)),
        };
        let is_workspace = matches!(holder, Holder::Workspace(_));
        let standing = match (self.flag, go) {
            _ if is_member => Standing::Member,
            (ModFlag::Other, _) => Standing::OtherFlag,
            (ModFlag::Vendor, _) => Standing::Used,
            (ModFlag::Unset, None) => Standing::NoGoVersion,
            (ModFlag::Unset, Some(go)) if !go.value.is_at_least("1.14") => Standing::OldGoVersion(go.value.clone()),
            (ModFlag::Unset, Some(_)) if for_workspace && !is_workspace => Standing::ForWorkspace,
            (ModFlag::Unset, Some(_)) if !for_workspace && is_workspace => Standing::NotForWorkspace,
            (ModFlag::Unset, Some(_)) => Standing::Used,
        };
        VendorData { holder, dir, manifest, standing, contents: None }
    }
}

impl VendorData {
    /// The list of its packages, if the go command builds from it.
    pub(super) fn used_list(&self) -> Option<&ParsedFile<VendorModules>> {
        self.manifest.as_ref().filter(|_| self.standing == Standing::Used)
    }
}

impl Model {
    /// The vendor directories that are known of: those with a `modules.txt`, and all where they were listed.
    pub fn vendors(&self) -> impl Iterator<Item = Vendor<'_>> {
        self.vendors.iter().map(|data| Vendor { model: self, data })
    }

    /// The vendor directory that a path is in; the inner one of two.
    pub fn vendor_of(&self, path: &RepoPath) -> Option<Vendor<'_>> {
        path.ancestors().skip(1).find_map(|dir| {
            let data = self.vendors.iter().find(|vendor| vendor.dir == dir)?;
            Some(Vendor { model: self, data })
        })
    }

    /// The directories named `vendor` that would count if they were there.
    pub fn vendor_places(&self) -> impl Iterator<Item = RepoPath> {
        let dirs = self.modules.iter().map(|module| &module.dir).chain(self.workspaces.iter().map(|work| &work.dir));
        dirs.map(|dir| dir.join(VENDOR))
    }

    /// The same with vendor directories that have no `modules.txt`.
    #[must_use]
    pub fn with_vendor_dirs(mut self, dirs: &[RepoPath]) -> Self {
        let known: HashSet<&RepoPath> = self.vendors.iter().map(|vendor| &vendor.dir).collect();
        let wanted: HashSet<&RepoPath> = dirs.iter().filter(|dir| !known.contains(dir)).collect();
        let holders = Holders::new(&self.modules, &self.workspaces, self.mod_flag);
        let all = holders.all().map(|(holder, dir)| (holder, dir.join(VENDOR)));
        let new = all.filter(|(_, dir)| wanted.contains(dir)).map(|(holder, dir)| holders.vendor(holder, dir, None));
        let new: Vec<VendorData> = new.collect();
        self.vendors.extend(new);
        self.lists_vendors = true;
        self
    }

    /// The same with the contents of vendor directories.
    #[must_use]
    pub fn with_vendored(mut self, all: Vec<VendoredFiles>, passed_over: &[ParsedFile<GoFile>]) -> Self {
        let dirs: Vec<RepoPath> = all.iter().map(|files| files.dir.clone()).collect();
        self = self.with_vendor_dirs(&dirs);
        for files in all {
            let Some(at) = self.vendors.iter().position(|vendor| vendor.dir == files.dir) else { continue };
            let contents = Contents::new(&self, &self.vendors[at], files, passed_over);
            self.vendors[at].contents = Some(contents);
        }
        self
    }
}

impl Model {
    /// The same with the results of comparing vendor directories with other states and with modules.
    #[must_use]
    pub fn with_vendor_findings(self, vendor_findings: VendorFindings) -> Self {
        Self { vendor_findings: Some(vendor_findings), ..self }
    }
}

impl<'m> Vendor<'m> {
    /// The directory.
    pub fn dir(self) -> &'m RepoPath {
        &self.data.dir
    }

    /// Whether the go command builds from it.
    pub fn standing(self) -> &'m Standing {
        &self.data.standing
    }

    /// The module beside whose file it is.
    pub fn module(self) -> Option<Module<'m>> {
        match self.data.holder {
            Holder::Module(at) => Some(Module::new(self.model, at)),
            Holder::Workspace(_) => None,
        }
    }

    /// The workspace beside whose file it is.
    pub fn workspace(self) -> Option<Workspace<'m>> {
        match self.data.holder {
            Holder::Workspace(at) => Some(Workspace::new(self.model, at)),
            Holder::Module(_) => None,
        }
    }

    /// The modules that are built from it together.
    pub fn mains(self) -> Vec<Module<'m>> {
        self.data.mains(self.model).into_iter().map(|at| Module::new(self.model, at)).collect()
    }

    /// The module file or workspace file.
    pub fn holder_file(self) -> FileId {
        match self.data.holder {
            Holder::Module(at) => self.model.modules[at].file,
            Holder::Workspace(at) => self.model.workspaces[at].file,
        }
    }

    /// Whether the go command copies the files that tests of vendored packages embed, as it does for modules below Go 1.22.
    pub fn copies_embeds_of_tests(self) -> bool {
        !self.data.go(self.model).is_some_and(|go| go.value.is_at_least("1.22"))
    }

    /// Its `modules.txt`.
    pub fn manifest(self) -> Option<&'m ParsedFile<VendorModules>> {
        self.data.manifest.as_ref()
    }

    /// The command that regenerates it.
    pub fn command(self) -> &'static str {
        match self.data.holder {
            Holder::Module(_) => "go mod vendor",
            Holder::Workspace(_) => "go work vendor",
        }
    }
}

impl VendorData {
    /// The modules that are built from it together, by their place in the list of modules.
    fn mains(&self, model: &Model) -> Vec<usize> {
        match self.holder {
            Holder::Module(at) => vec![at],
            Holder::Workspace(at) => model.workspaces[at].members.clone(),
        }
    }

    /// The modules that they are built with.
    pub(super) fn universe<'m>(&self, model: &'m Model) -> &'m Universe {
        match self.holder {
            Holder::Workspace(at) => &model.universes[at],
            Holder::Module(at) => &model.universes[model.modules[at].universe],
        }
    }

    fn go<'m>(&self, model: &'m Model) -> Option<&'m Spanned<GoVersion>> {
        match self.holder {
            Holder::Module(at) => model.modules[at].go_mod().go.as_ref(),
            Holder::Workspace(at) => model.workspaces[at].go_work().go.as_ref(),
        }
    }
}
