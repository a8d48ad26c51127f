//! From parsed files to the model, in two steps, because only the module cache can decide which of several
//! requirements has a package: a draft that asks, and the model once it is answered.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::layout::{DirectoryLayout, is_ignored};
use super::question::Question;
use super::reach::{Reach, Reached, own_roots};
use super::replaces::Holder;
use super::resolve::{Resolution, Resolver, Universe};
use super::vendor::VendorData;
use super::{FileData, ImportData, Model, ModuleData, PackageData, WorkspaceData};
use super::{file_faults, vendor};
use crate::go::{BuildConstraint, GO_WORK_SUM, ModulePath, file_name_constraint, is_test_file};
use crate::syntax::{
    FileConstraint, GoFile, GoMod, GoSum, GoWork, Parsed, ParsedFile, ParsedState, Replace, ReplaceTarget, SyntaxError,
};
use crate::text::{FastMap, FastSet, FileId, RepoPath, Span};

/// The model without the answers of the module cache. The part that does not depend on the Go files is shared by its
/// clones.
#[derive(Clone, Debug)]
pub struct Draft {
    model: Model,
    layout: DirectoryLayout,
    /// The directories of modules that builds with `replace` lines take from the repository, by the path of the module.
    own_roots: Arc<FastMap<String, Vec<RepoPath>>>,
    /// The packages that only imports lead to.
    reached: Arc<Reached>,
    /// For each resolution that there will be, the first import that shares it.
    firsts: Vec<usize>,
}

impl Draft {
    /// Sorts the facts into modules, packages and files.
    pub fn new(mut state: ParsedState) -> Self {
        let go_files = std::mem::take(&mut state.go_files);
        Self::ground(state).with_files(go_files)
    }

    /// The modules and workspaces of a state; its Go files are left out.
    pub fn ground(state: ParsedState) -> Self {
        let mut model = Model::default();
        let used: HashSet<RepoPath> = state.go_works.iter().flat_map(used_dirs).collect();
        let (mut mains, replacements): (Vec<_>, Vec<_>) =
            state.go_mods.into_iter().partition(|fact| !state.replacements.contains(&directory(&fact.path)));
        mains.retain(|fact| !fact.parsed.is_fence() || used.contains(&directory(&fact.path)));
        for fact in &mains {
            model.note(fact.file, &fact.parsed);
        }
        model.sum_lists = state.go_sums.clone();
        let mut sums: HashMap<RepoPath, ParsedFile<GoSum>> =
            state.go_sums.into_iter().map(|fact| (fact.path.clone(), fact)).collect();
        let mut roots = BTreeMap::new();
        for fact in mains {
            let dir = directory(&fact.path);
            roots.insert(dir.clone(), model.modules.len());
            let sums = sums.remove(&beside_module(&fact.path));
            model.add_module(fact, sums);
        }
        model.mains = model.modules.len();
        let replaced = replaced_paths(&model.modules, &state.go_works);
        for fact in replacements {
            let dir = directory(&fact.path);
            roots.insert(dir.clone(), model.modules.len());
            // As a dependency it was read as one.
            let as_dependency = state.targets.iter().find(|target| target.path == fact.path);
            model.add_replacement(replaced.get(&dir), as_dependency.unwrap_or(&fact));
        }
        let mut workspace = |fact: ParsedFile<GoWork>| {
            let dir = directory(&fact.path);
            let sums = sums.remove(&dir.join(GO_WORK_SUM));
            WorkspaceData { dir, file: fact.file, parsed: fact.parsed, members: Vec::new(), sums }
        };
        let (counted, left_out): (Vec<_>, Vec<_>) =
            state.go_works.into_iter().partition(|fact| state.env.workspaces.admit(&fact.path));
        counted.iter().for_each(|fact| model.note_workspace(fact));
        model.workspaces = counted.into_iter().map(&mut workspace).collect();
        model.left_out = left_out.into_iter().map(workspace).map(WorkspaceData::into_files).collect();
        for (work, members) in members(&model.modules, &model.workspaces).into_iter().enumerate() {
            model.workspaces[work].members = members;
        }
        model.note_sums();
        model.mod_flag = state.env.mod_flag;
        model.vendors =
            vendor::with_manifests(&model.modules, &model.workspaces, &state.vendor_modules, state.env.mod_flag);
        let stated = stated_paths(&model.modules[..model.mains], &state.targets);
        model.universes = universes(&mut model.modules, &model.workspaces, &model.vendors, &stated).into();
        if let Some(dirs) = &state.vendor_dirs {
            model = model.with_vendor_dirs(dirs);
        }
        model.note_godebug();
        model.targets = state.targets.into_iter().map(|fact| (directory(&fact.path), fact)).collect();
        model.note_dirs();
        model.hidden_dirs = state.hidden_dirs;
        let layout = DirectoryLayout::new(roots, state.module_dirs, state.go_dirs);
        let own_roots = Arc::new(own_roots(&model));
        Self { model, layout, own_roots, reached: Arc::default(), firsts: Vec::new() }
    }

    /// The same with Go files. They need not be all of those that made `go_dirs`, and a path may come more than once.
    pub fn with_files(mut self, go_files: Vec<ParsedFile<GoFile>>) -> Self {
        self.model.add_files(go_files, &self.layout, &self.reached);
        self.number_imports();
        self
    }

    /// The same with packages that only imports lead to.
    pub fn with_reached(self, reached: Arc<Reached>) -> Self {
        Self { reached, ..self }
    }

    /// The same with Go files in other directories.
    pub fn with_go_dirs(mut self, go_dirs: FastSet<RepoPath>) -> Self {
        self.layout = self.layout.with_go_dirs(go_dirs);
        self
    }

    /// The same module, but only if its patterns match the package.
    pub fn module_by_pattern(&self, dir: &RepoPath) -> Option<usize> {
        self.module_around(dir).filter(|&module| !self.is_ignored_in(module, dir))
    }

    /// The module, by its place in the list of modules, that the package in a directory belongs to; `None` for none,
    /// and where the module ignores the directory and no import leads there.
    pub fn module_with_package(&self, dir: &RepoPath) -> Option<usize> {
        let module = self.module_around(dir)?;
        (self.reached.contains_key(dir) || !self.is_ignored_in(module, dir)).then_some(module)
    }

    /// Whether go.mod of the module ignores a directory.
    fn is_ignored_in(&self, module: usize, dir: &RepoPath) -> bool {
        let data = &self.model.modules[module];
        is_ignored(data.go_mod(), dir.strip_dir(&data.dir).unwrap_or_default())
    }

    /// Whether a requirement or a replaced module could contain the package, for the module and its workspace.
    pub fn could_be_required(&self, module: usize, import: &str) -> bool {
        self.universe(module).could_contain(import)
    }

    /// The modules and their directories.
    pub fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn modules(&self) -> &[ModuleData] {
        &self.model.modules
    }

    pub(super) fn layout(&self) -> &DirectoryLayout {
        &self.layout
    }

    pub(super) fn own_roots(&self) -> &FastMap<String, Vec<RepoPath>> {
        &self.own_roots
    }

    pub(super) fn layout_mut(&mut self) -> &mut DirectoryLayout {
        &mut self.layout
    }

    /// The modules that a module is built with.
    pub(super) fn universe_of(&self, module: usize) -> &Universe {
        self.universe(module)
    }

    pub(super) fn universes(&self) -> &[Universe] {
        &self.model.universes
    }

    /// The questions that only the module cache can answer, each once, sorted.
    pub fn questions(&self) -> Vec<Question> {
        let none = HashMap::new();
        let resolver = self.resolver(&none);
        let of = |&import: &usize| {
            let import = &self.model.imports[import];
            let universe = self.universe(self.module_of(import));
            resolver.questions(universe, &import.spec.path)
        };
        let mut questions: Vec<Question> = self.firsts.iter().flat_map(of).collect();
        for (index, module) in self.model.modules.iter().enumerate() {
            for tool in &module.go_mod().tool {
                questions.extend(resolver.questions(self.universe(index), tool.path.value.as_str()));
            }
        }
        questions.sort();
        questions.dedup();
        questions
    }

    /// Resolves every import and every tool. A question without an answer leaves a guess.
    pub fn finish(mut self, answers: &HashMap<Question, bool>) -> Model {
        let resolver = self.resolver(answers);
        let resolve = |&import: &usize| {
            let import = &self.model.imports[import];
            let module = self.module_of(import);
            resolver.resolve(self.universe(module), module, &import.spec.path)
        };
        let resolutions = self.firsts.iter().map(resolve).collect();
        let tools: Vec<Vec<Resolution>> = (0..self.model.modules.len()).map(|it| self.tools(&resolver, it)).collect();
        self.model.resolutions = resolutions;
        for (module, tools) in self.model.modules.iter_mut().zip(tools) {
            module.tools = tools;
        }
        self.model.layout = self.layout;
        self.model
    }

    /// Where the packages are that the `tool` lines of a module name.
    fn tools(&self, resolver: &Resolver<'_>, module: usize) -> Vec<Resolution> {
        let lines = self.model.modules[module].go_mod().tool.iter();
        lines.map(|tool| resolver.resolve(self.universe(module), module, tool.path.value.as_str())).collect()
    }

    /// Numbers the resolutions: imports of one path in one module share theirs.
    fn number_imports(&mut self) {
        let mut known: FastMap<(usize, &str), usize> = FastMap::default();
        let mut firsts = Vec::new();
        let mut numbers = Vec::with_capacity(self.model.imports.len());
        for (index, import) in self.model.imports.iter().enumerate() {
            let next = firsts.len();
            let number = *known.entry((self.module_of(import), &import.spec.path)).or_insert(next);
            if number == next {
                firsts.push(index);
            }
            numbers.push(number);
        }
        for (import, number) in self.model.imports.iter_mut().zip(numbers) {
            import.resolution = number;
        }
        self.firsts = firsts;
    }

    fn resolver<'a>(&'a self, answers: &'a HashMap<Question, bool>) -> Resolver<'a> {
        Resolver { modules: &self.model.modules, layout: &self.layout, answers }
    }

    /// The modules that a module is built with.
    fn universe(&self, module: usize) -> &Universe {
        &self.model.universes[self.model.modules[module].universe]
    }

    fn module_of(&self, import: &ImportData) -> usize {
        self.model.packages[self.model.files[import.file].package].module
    }
}

/// The directories of the repository that a workspace uses.
fn used_dirs(work: &ParsedFile<GoWork>) -> Vec<RepoPath> {
    let dir = directory(&work.path);
    work.parsed.tree.use_.iter().filter_map(|line| dir.resolve(&*line.path.value)).collect()
}

fn directory(file: &RepoPath) -> RepoPath {
    file.parent().unwrap_or_else(RepoPath::root)
}

/// The path that a `replace` line puts a directory of the repository in place of, by directory; of several lines the
/// first.
fn replaced_paths(modules: &[ModuleData], works: &[ParsedFile<GoWork>]) -> HashMap<RepoPath, ModulePath> {
    let mut paths: HashMap<RepoPath, ModulePath> = HashMap::new();
    let mut add = |dir: &RepoPath, line: &Replace| {
        let ReplaceTarget::Directory(target) = &line.new else { return };
        let Some(target) = dir.resolve(&*target.value) else { return };
        paths.entry(target).or_insert_with(|| line.old.value.clone());
    };
    for module in modules {
        module.go_mod().replace.iter().for_each(|line| add(&module.dir, line));
    }
    for work in works {
        work.parsed.tree.replace.iter().for_each(|line| add(&directory(&work.path), line));
    }
    paths
}

/// The module paths that go.mod files state, by directory.
fn stated_paths(mains: &[ModuleData], targets: &[ParsedFile<GoMod>]) -> HashMap<RepoPath, ModulePath> {
    let of_mains = mains.iter().map(|module| (module.dir.clone(), module.go_mod()));
    let of_targets = targets.iter().map(|target| (directory(&target.path), &target.parsed.tree));
    let mut stated = HashMap::new();
    for (dir, go_mod) in of_targets.chain(of_mains) {
        if let Some(line) = &go_mod.module {
            stated.insert(dir, line.path.value.clone());
        }
    }
    stated
}

/// The path of the checksums of a module file, which is named like it.
pub(super) fn beside_module(file: &RepoPath) -> RepoPath {
    let stem = file.as_bytes().strip_suffix(b".mod").unwrap_or(file.as_bytes());
    RepoPath::new([stem, b".sum"].concat())
}

/// The surroundings in which modules are built: those of a workspace together, all others each alone. Tells each module
/// its own.
fn universes(
    modules: &mut [ModuleData],
    works: &[WorkspaceData],
    vendors: &[VendorData],
    stated: &HashMap<RepoPath, ModulePath>,
) -> Vec<Universe> {
    let mut universes = Vec::new();
    let mut add = |modules: &mut [ModuleData], mains: Vec<usize>, universe: Universe| {
        mains.iter().for_each(|&main| modules[main].universe = universes.len());
        universes.push(universe);
    };
    let joined: HashSet<usize> = works.iter().flat_map(|work| &work.members).copied().collect();
    let list_of = |holder: Holder| {
        let used = vendors.iter().find(|vendor| vendor.holder == holder)?.used_list()?;
        Some(Arc::clone(&used.parsed))
    };
    for (index, work) in works.iter().enumerate() {
        let list = list_of(Holder::Workspace(index));
        let universe = Universe::new(modules, work.members.clone(), Some((index, work)), stated);
        add(modules, work.members.clone(), universe.with_vendored(list));
    }
    for main in (0..modules.len()).filter(|main| !joined.contains(main)) {
        let list = list_of(Holder::Module(main));
        let universe = Universe::new(modules, vec![main], None, stated);
        add(modules, vec![main], universe.with_vendored(list));
    }
    universes
}

/// For each workspace the modules that it uses, in its order, and for which it is the nearest workspace file above.
fn members(modules: &[ModuleData], works: &[WorkspaceData]) -> Vec<Vec<usize>> {
    let work_in: HashMap<&RepoPath, usize> = works.iter().map(|work| &work.dir).zip(0..).collect();
    let module_in: HashMap<&RepoPath, usize> = modules.iter().map(|module| &module.dir).zip(0..).collect();
    let nearest = |module: usize| modules[module].dir.ancestors().find_map(|dir| work_in.get(&dir).copied());
    let members_of = |(work, data): (usize, &WorkspaceData)| {
        let used = data.go_work().use_.iter().filter_map(|line| data.dir.resolve(&*line.path.value));
        let mut members: Vec<usize> = used.filter_map(|dir| module_in.get(&dir).copied()).collect();
        // A workspace may use modules that lie beside it; a nearer file above them, if any, is another's.
        members.retain(|&module| nearest(module).is_none_or(|nearest| nearest == work));
        let mut known = HashSet::new();
        members.retain(|&module| known.insert(module));
        members
    };
    works.iter().enumerate().map(members_of).collect()
}

impl WorkspaceData {
    /// Where it is, and its files.
    fn into_files(self) -> (RepoPath, Vec<FileId>) {
        (self.dir, std::iter::once(self.file).chain(self.sums.map(|sums| sums.file)).collect())
    }
}

impl Model {
    fn note<T>(&mut self, file: FileId, parsed: &Parsed<T>) {
        self.errors.extend(parsed.errors.iter().map(|error| (file, error.clone())));
        self.allows.extend(parsed.allows.iter().map(|allow| (file, allow.clone())));
    }

    /// Adds the faults for which the go command refuses a workspace file, beside the errors of the parser.
    fn note_workspace(&mut self, fact: &ParsedFile<GoWork>) {
        let Parsed { tree, errors, allows } = &*fact.parsed;
        let errors = errors.iter().cloned().chain(file_faults::of_go_work(tree));
        self.errors.extend(errors.map(|error| (fact.file, error)));
        self.allows.extend(allows.iter().map(|allow| (fact.file, allow.clone())));
    }

    /// Notes where the modules are, those first that the go command would find by itself.
    fn note_dirs(&mut self) {
        for module in &self.modules {
            self.dirs_by_path.entry(module.path.clone()).or_insert_with(|| module.dir.clone());
        }
        for (dir, target) in &self.targets {
            if let Some(line) = &target.parsed.tree.module {
                self.dirs_by_path.entry(line.path.value.clone()).or_insert_with(|| dir.clone());
            }
        }
    }

    /// Notes the settings of modules that are unknown. In a workspace those of its file alone count.
    fn note_godebug(&mut self) {
        let alone = self.modules.iter().filter(|module| module.universe >= self.workspaces.len());
        let faults = alone.flat_map(|module| {
            let go_mod = module.go_mod();
            let faults = file_faults::of_godebug(&go_mod.godebug, go_mod.go.as_ref());
            faults.into_iter().map(|fault| (module.file, fault))
        });
        self.errors.extend(faults);
    }

    /// Adds the faults of the checksums: only those of a module or workspace are ever read.
    fn note_sums(&mut self) {
        let of_modules = self.modules.iter().filter_map(|module| module.sums.as_ref());
        let of_workspaces = self.workspaces.iter().filter_map(|workspace| workspace.sums.as_ref());
        let sums: Vec<_> = of_modules.chain(of_workspaces).cloned().collect();
        sums.iter().for_each(|fact| self.note(fact.file, &fact.parsed));
    }

    fn add_module(&mut self, fact: ParsedFile<GoMod>, sums: Option<ParsedFile<GoSum>>) {
        let ParsedFile { file, path, parsed } = fact;
        let dir = directory(&path);
        let file_name = String::from_utf8_lossy(path.file_name()).into_owned();
        let path = match &parsed.tree.module {
            Some(line) => {
                let refused = line.path.value.check_main().err();
                let error = refused.map(|error| (file, SyntaxError::new(line.path.span, error.to_string())));
                self.errors.extend(error);
                line.path.value.clone()
            }
            None => {
                if parsed.errors.is_empty() {
                    let message = "missing module declaration. To specify the module path:";
                    let help = Some("go mod edit -module=example.com/mod");
                    self.errors.push((file, SyntaxError { help, ..SyntaxError::new(Span::at(0), message) }));
                }
                ModulePath::new(dir.to_string())
            }
        };
        self.errors.extend(file_faults::of_go_mod(&parsed.tree).into_iter().map(|fault| (file, fault)));
        self.module_paths.insert(path.clone());
        self.push_module(ModuleData {
            path,
            dir,
            file,
            file_name,
            parsed,
            sums,
            universe: 0,
            packages: 0..0,
            tools: Vec::new(),
        });
    }

    /// Adds a module that only a `replace` line leads to. The go command builds its packages under the path that is
    /// replaced, whatever path its go.mod declares, and faults of its go.mod matter to that line alone.
    fn add_replacement(&mut self, replaced: Option<&ModulePath>, fact: &ParsedFile<GoMod>) {
        let ParsedFile { file, path, parsed } = fact;
        let dir = directory(path);
        let file_name = String::from_utf8_lossy(path.file_name()).into_owned();
        let stated = parsed.tree.module.as_ref().map(|line| &line.path.value);
        let path = replaced.or(stated).cloned().unwrap_or_else(|| ModulePath::new(dir.to_string()));
        let parsed = Arc::clone(parsed);
        self.push_module(ModuleData {
            path,
            dir,
            file: *file,
            file_name,
            parsed,
            sums: None,
            universe: 0,
            packages: 0..0,
            tools: Vec::new(),
        });
    }

    fn push_module(&mut self, module: ModuleData) {
        self.module_in.insert(module.dir.clone(), self.modules.len());
        self.modules.push(module);
    }

    /// Adds the Go files of every module, grouped by module and directory. Files of no module are counted, those
    /// that an `ignore` directive hides are not, unless an import leads to them.
    fn add_files(&mut self, go_files: Vec<ParsedFile<GoFile>>, layout: &DirectoryLayout, reached: &Reached) {
        self.files.reserve(go_files.len());
        self.imports.reserve(go_files.iter().map(|fact| fact.parsed.tree.imports.len()).sum());
        let mut known = HashMap::new();
        let mut grouped: BTreeMap<(Option<usize>, RepoPath), Vec<ParsedFile<GoFile>>> = BTreeMap::new();
        let mut go_files = go_files.into_iter().peekable();
        while let Some(fact) = go_files.next() {
            let dir = directory(&fact.path);
            let group = grouped.entry((layout.module_of(&dir, &mut known), dir.clone())).or_default();
            group.push(fact);
            // Most files have the same directory as the one before.
            while let Some(fact) = go_files.next_if(|fact| fact.path.is_directly_in(&dir)) {
                group.push(fact);
            }
        }
        for ((module, dir), facts) in grouped {
            let Some(module) = module else {
                self.strays.extend(facts.iter().map(|fact| fact.file));
                continue;
            };
            let data = &self.modules[module];
            let reach = match reached.get(&dir) {
                Some(reach) => *reach,
                None if is_ignored(data.go_mod(), dir.strip_dir(&data.dir).unwrap_or_default()) => continue,
                None => Reach::Pattern,
            };
            self.add_package(module, reach, dir, facts);
        }
        self.errors.sort_by_key(|(file, error)| (*file, error.span));
        self.allows.sort_by_key(|(file, allow)| (*file, allow.span));
    }

    fn add_package(&mut self, module: usize, reach: Reach, dir: RepoPath, facts: Vec<ParsedFile<GoFile>>) {
        let data = &mut self.modules[module];
        let package = self.packages.len();
        if data.packages.is_empty() {
            data.packages.start = package;
        }
        data.packages.end = package + 1;
        let path = package_path(data, &dir);
        let first = self.files.len();
        for fact in facts {
            self.add_file(package, fact);
        }
        self.packages.push(PackageData { module, dir, path, reach, files: first..self.files.len() });
    }

    fn add_file(&mut self, package: usize, fact: ParsedFile<GoFile>) {
        let name = String::from_utf8_lossy(fact.path.file_name()).into_owned();
        let (stated, never) = match fact.parsed.tree.constraint.clone() {
            FileConstraint::Absent => (None, false),
            FileConstraint::Expr(stated) => (Some(stated), false),
            FileConstraint::Never => (None, true),
        };
        let constraint = both(file_name_constraint(&name), stated);
        // A file that only the tag `ignore` selects need not even be Go.
        if constraint.as_ref().is_none_or(BuildConstraint::any_tags) {
            self.note(fact.file, &fact.parsed);
        }
        let index = self.files.len();
        let first = self.imports.len();
        let tree = Arc::unwrap_or_clone(fact.parsed).tree;
        self.imports.extend(tree.imports.into_iter().map(|spec| ImportData { file: index, spec, resolution: 0 }));
        self.files.push(FileData {
            id: fact.file,
            package,
            clause: tree.package,
            test: is_test_file(name.as_bytes()),
            generated: tree.generated,
            never,
            constraint,
            imports: first..self.imports.len(),
        });
    }
}

/// The import path of the package in `dir`. The packages of the module `std` are named without it.
fn package_path(module: &ModuleData, dir: &RepoPath) -> Arc<str> {
    let below = String::from_utf8_lossy(dir.strip_dir(&module.dir).unwrap_or_default()).into_owned();
    match (module.path.as_str(), below.as_str()) {
        (path, "") => Arc::from(path),
        ("std", below) => Arc::from(below),
        (path, below) => Arc::from(format!("{path}/{below}")),
    }
}

fn both(name: Option<BuildConstraint>, stated: Option<BuildConstraint>) -> Option<BuildConstraint> {
    match (stated, name) {
        (Some(stated), Some(name)) => Some(stated.and(name)),
        (stated, name) => stated.or(name),
    }
}
