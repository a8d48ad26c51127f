//! Shared by the rules on imports that follow chains of imports: which packages a package reaches that it must not reach.

use std::collections::BTreeMap;

use super::context::package_subject;
use super::identity;
use super::open::Cause;
use super::{Context, ReachFacts};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::finding::{Evidence, Label, OpenQuestion, Violation};
use crate::go::BuildExample;
use crate::model::{
    ChainHop, ChainRules, Chains, File, GraphNode, HopPlace, Import, ImportChain, Module, NodeKind, Package, Unread,
};
use crate::policy::{PackagePatterns, Pattern, Shape, Subject};

/// How far from the importing package a package counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reach {
    /// Only an import in the package itself.
    #[default]
    Direct,
    /// A chain of imports that one build contains, too.
    Transitive,
}

/// The part of an entry that is about chains of imports.
pub(super) struct ReachQuery<'q, T> {
    /// Why a package must not be reached.
    pub(super) fault: &'q dyn Fn(&Subject<'_>) -> Option<T>,
    /// Whether a package is judged as the beginning of a chain.
    pub(super) is_judged: &'q dyn Fn(&Subject<'_>) -> bool,
    /// Whether chains through a package are allowed.
    pub(super) is_allowed: &'q dyn Fn(&Subject<'_>) -> bool,
    /// The packages of which a chain has to go through one; all chains count if it is empty.
    pub(super) via: &'q PackagePatterns,
    /// The patterns of all this. Those that compare paths alone mean the same in every module.
    pub(super) lists: &'q [&'q PackagePatterns],
    /// Whether a package that nobody could read may lead to one that must not be reached.
    pub(super) may_lead: &'q dyn Fn(GraphNode<'_>) -> bool,
}

/// A chain to a package that must not be reached.
pub(super) struct ReachedPackage<'m, T> {
    pub(super) chain: ImportChain<'m>,
    pub(super) fault: T,
    /// The imports of the repository without which there is no chain, those of one package by another together.
    pub(super) cut: Vec<Vec<Import<'m>>>,
}

/// The imports in scope of one package.
struct Importer<'m> {
    package: Package<'m>,
    plain: Vec<Import<'m>>,
    in_tests: Vec<Import<'m>>,
}

/// The packages of the graph as files of one module see them.
struct Verdicts<T> {
    /// The packages that must not be reached, and why.
    faults: BTreeMap<usize, T>,
    /// The packages through which no chain goes.
    closed: Vec<bool>,
    via: Option<Vec<bool>>,
}

impl<T: Clone> ReachQuery<'_, T> {
    /// The chains of the packages in scope, the shortest for each package that must not be reached. Imports of such a package itself
    /// are not among them.
    pub(super) fn reached<'m>(&self, cx: Context<'m, ReachFacts<'m>>) -> Vec<ReachedPackage<'m, T>> {
        let Some(mut chains) = cx.chains() else { return Vec::new() };
        let mut found = Vec::new();
        for importers in self.groups(cx, &chains) {
            self.add_reached(&mut chains, &importers, &mut found);
        }
        found
    }

    fn add_reached<'m>(
        &self,
        chains: &mut Chains<'m>,
        importers: &[Importer<'m>],
        found: &mut Vec<ReachedPackage<'m, T>>,
    ) {
        let verdicts = self.verdicts(chains, importers[0].package.module());
        let rules = ChainRules { closed: &verdicts.closed, via: verdicts.via.as_deref() };
        for (&target, fault) in &verdicts.faults {
            let ways = chains.ways_to(&[target], rules);
            for importer in importers {
                let is_reached = ways.has_chain(chains.number(importer.package));
                for imports in [&importer.plain, &importer.in_tests] {
                    if imports.first().is_none_or(|import| !is_reached && !import.file().is_test()) {
                        continue;
                    }
                    // One of the target itself is a finding without a chain.
                    if rules.via.is_none() && imports.iter().any(|import| chains.leads_to(*import, target)) {
                        break;
                    }
                    let Some(chain) = chains.chain(&ways, imports) else { continue };
                    let cut = chains.cut(&ways, target, imports);
                    found.push(ReachedPackage { chain, fault: fault.clone(), cut });
                    break;
                }
            }
        }
    }

    /// Whether there may be chains that were not looked for, because there are too many imports.
    fn is_partial<'m>(&self, cx: Context<'m, ReachFacts<'m>>, chains: &mut Chains<'m>) -> bool {
        for importers in self.groups(cx, chains) {
            let verdicts = self.verdicts(chains, importers[0].package.module());
            if !chains.may_be_too_many(verdicts.faults.len()) {
                continue;
            }
            let rules = ChainRules { closed: &verdicts.closed, via: verdicts.via.as_deref() };
            for &target in verdicts.faults.keys() {
                chains.ways_to(&[target], rules);
            }
        }
        chains.is_partial()
    }

    /// A question for each module with a package in scope from which chains lead to packages that nobody could read.
    pub(super) fn open_questions<'m>(&self, cx: Context<'m, ReachFacts<'m>>) -> Vec<OpenQuestion> {
        let Some(mut chains) = cx.chains() else { return Vec::new() };
        let unread: Vec<GraphNode<'m>> =
            chains.nodes().filter(|node| node.unread().is_some() && (self.may_lead)(*node)).collect();
        let mut questions = Vec::new();
        if chains.is_exhausted() || self.is_partial(cx, &mut chains) {
            questions.extend(cx.go_files().next().map(|file| too_many(file, chains.is_exhausted())));
        }
        if unread.is_empty() {
            return questions;
        }
        for importers in self.groups(cx, &chains) {
            let verdicts = self.verdicts(&chains, importers[0].package.module());
            // A chain may go on through one of the packages that count, though nobody could read where.
            let rules = ChainRules { closed: &verdicts.closed, via: None };
            let mut by_reason: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for node in unread.iter().filter(|node| !verdicts.closed[node.number()]) {
                let reason = node.unread().map(|unread| reason_of(unread, cx.has_module_cache()));
                by_reason.entry(reason.unwrap_or_default()).or_default().push(node.number());
            }
            let mut asked: Vec<(Module<'m>, &str)> = Vec::new();
            for (reason, targets) in by_reason {
                let ways = chains.ways_to(&targets, rules);
                for importer in &importers {
                    let module = importer.package.module();
                    if asked.contains(&(module, reason)) {
                        continue;
                    }
                    let step = chains.first_step(&ways, &importer.plain);
                    let step = step.or_else(|| chains.first_step(&ways, &importer.in_tests));
                    let Some((import, end)) = step else { continue };
                    let cause = end.unread().map(|unread| cause_of_unread(unread, cx.has_module_cache()));
                    asked.push((module, reason));
                    questions.extend(cause.map(|cause| question(import, end, cause)));
                }
            }
        }
        questions
    }

    /// The packages in scope with their imports, in groups whose modules see all packages alike.
    fn groups<'m>(&self, cx: Context<'m, ReachFacts<'m>>, chains: &Chains<'m>) -> Vec<Vec<Importer<'m>>> {
        let mut groups: Vec<Vec<Importer<'m>>> = Vec::new();
        let is_by_path = |pattern: &Pattern| !matches!(pattern.shape(), Shape::Relative | Shape::Set);
        let names_paths = self.lists.iter().flat_map(|list| list.iter()).all(is_by_path);
        let sees_alike = names_paths
            || chains.nodes().all(|node| match node.kind() {
                NodeKind::Own(package) => self.is_alike(package),
                NodeKind::Std | NodeKind::Outside => true,
            });
        for file in cx.go_files().filter(|file| (self.is_judged)(&cx.importer(*file))) {
            let package = file.package();
            let is_open = |group: &Vec<Importer<'m>>| sees_alike || group[0].package.module() == package.module();
            if !groups.last().is_some_and(is_open) {
                groups.push(Vec::new());
            }
            let group = groups.last_mut().expect("a group was added");
            if group.last().is_none_or(|importer| importer.package != package) {
                group.push(Importer { package, plain: Vec::new(), in_tests: Vec::new() });
            }
            let importer = group.last_mut().expect("an importer was added");
            let imports = if file.is_test() { &mut importer.in_tests } else { &mut importer.plain };
            imports.extend(file.imports());
        }
        groups
    }

    /// Whether all modules see a package in the same way.
    fn is_alike(&self, package: Package<'_>) -> bool {
        let from_inside = package_subject(package);
        let in_workspace = Subject { relative: None, in_module: false, std: false, ..from_inside };
        let from_outside = Subject { in_workspace: false, program: false, ..in_workspace };
        let views = [from_inside, in_workspace, from_outside];
        let verdict = |subject: &Subject<'_>| {
            ((self.fault)(subject).is_some(), (self.is_allowed)(subject), self.via.find(subject).is_some())
        };
        views.iter().all(|view| verdict(view) == verdict(&from_inside))
    }

    fn verdicts(&self, chains: &Chains<'_>, module: Module<'_>) -> Verdicts<T> {
        let mut verdicts = Verdicts { faults: BTreeMap::new(), closed: Vec::new(), via: None };
        let mut via = Vec::new();
        for node in chains.nodes() {
            let by_path = subject(node, module);
            let replaced = node.replaced_path().map(Subject::external);
            let either = |holds: &dyn Fn(&Subject<'_>) -> bool| holds(&by_path) || replaced.as_ref().is_some_and(holds);
            let fault = (self.fault)(&by_path).or_else(|| (self.fault)(replaced.as_ref()?));
            verdicts.closed.push(fault.is_some() || either(self.is_allowed));
            via.push(!self.via.is_empty() && either(&|subject| self.via.find(subject).is_some()));
            verdicts.faults.extend(fault.map(|fault| (node.number(), fault)));
        }
        verdicts.via = if self.via.is_empty() { None } else { Some(via) };
        verdicts
    }
}

/// A package of the graph, as patterns of a file of this module see it.
fn subject<'m>(node: GraphNode<'m>, module: Module<'_>) -> Subject<'m> {
    match node.kind() {
        NodeKind::Own(package) if package.module() == module => package_subject(package),
        NodeKind::Own(package) => {
            let in_workspace = module.workspace().is_some() && module.workspace() == package.module().workspace();
            Subject { in_workspace, ..Subject::external(node.path()) }
        }
        NodeKind::Std => Subject { std: true, ..Subject::external(node.path()) },
        NodeKind::Outside => Subject::external(node.path()),
    }
}

/// A violation at the first import of a chain: the importing package and the last package are its subject.
pub(super) fn at_chain<T>(reached: &ReachedPackage<'_, T>, message: String) -> Option<Violation> {
    let hops = &reached.chain.hops;
    let HopPlace::Own(first) = hops.first()?.place else { return None };
    let end = hops.last()?.to;
    let subject = identity::at_package(first.file()).to(&identity::node_name(end));
    let primary = Label::new(first.file().id(), first.spec().path_span, format!("`{}` is imported here", first.path()));
    let mut violation = Violation::new(subject, message, primary);
    for hop in &hops[1..] {
        let (file, span) = match hop.place {
            HopPlace::Own(import) => (import.file().id(), import.spec().path_span),
            HopPlace::InRepository(file, span, _) => (file, span),
            HopPlace::InCache(..) => continue,
        };
        violation.related.push(Label::step(file, span, format!("`{}` is imported here", hop.to.path())));
    }
    violation.evidence = evidence_of(hops);
    violation.constraint = reached.chain.build.as_ref().and_then(build_name);
    violation.about = Some(end.path().to_owned());
    violation.help = help(reached);
    Some(violation)
}

/// The packages of a chain, each importing the next: "`a` imports `b` imports `c`".
pub(super) fn chain_in_words(hops: &[ChainHop<'_>]) -> String {
    let Some(first) = hops.first() else { return String::new() };
    let mut text = format!("`{}`", first.from.path());
    for (at, hop) in hops.iter().enumerate() {
        let rest = hops.len() - at;
        if at >= MAX_SHOWN && rest > 1 {
            if at == MAX_SHOWN {
                text.push_str(&format!(" imports … ({} more packages) …", rest - 1));
            }
            continue;
        }
        text.push_str(&format!(" imports `{}`", hop.to.path()));
    }
    text
}

/// How many packages of a long chain are named.
const MAX_SHOWN: usize = 12;

fn evidence_of(hops: &[ChainHop<'_>]) -> Evidence {
    let mut evidence = Evidence::Source;
    for hop in hops {
        match hop.place {
            HopPlace::InCache(..) => return Evidence::ModuleCache,
            HopPlace::InRepository(..) if matches!(hop.from.kind(), NodeKind::Outside) => evidence = Evidence::Vendor,
            HopPlace::InRepository(..) | HopPlace::Own(_) => {}
        }
    }
    evidence
}

/// The imports in the module cache, how many other imports lead there, and the imports to remove.
fn help<T>(reached: &ReachedPackage<'_, T>) -> Option<String> {
    let mut lines = Vec::new();
    let mut cached = Vec::new();
    for hop in &reached.chain.hops {
        if let HopPlace::InCache(path, line) = hop.place {
            cached.push(format!("`{}` is imported in {path}:{line}", hop.to.path()));
        }
    }
    if !cached.is_empty() {
        lines.push(format!("in the module cache, {}", cached.join(", ")));
    }
    match reached.chain.others {
        0 => {}
        1 => lines.push("1 other import of this package leads there, too".to_owned()),
        more => lines.push(format!("{more} other imports of this package lead there, too")),
    }
    let mut steps = Vec::new();
    for imports in &reached.cut {
        let first = imports.first()?;
        let files = if imports.len() == 1 { "1 file".to_owned() } else { format!("{} files", imports.len()) };
        steps.push(format!("`{}` from `{}` ({files})", first.path(), first.file().package().path()));
    }
    if !steps.is_empty() {
        lines.push(format!("imports to remove so that no chain is left: {}", steps.join(", ")));
    }
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}

/// The constraint that names a build, if not every build will do.
pub(crate) fn build_name(build: &BuildExample) -> Option<String> {
    let mut parts: Vec<String> = build.goos.into_iter().chain(build.goarch).map(str::to_owned).collect();
    parts.extend(build.tags.iter().map(ToString::to_string));
    parts.extend(build.unset.iter().map(|tag| format!("!{tag}")));
    if parts.is_empty() { None } else { Some(parts.join(" && ")) }
}

/// Whether a package that one of these patterns matches may be among the imports of one that nobody could read. Packages of
/// dependencies do not import the repository's own.
pub(super) fn may_be_below(node: GraphNode<'_>, patterns: &PackagePatterns) -> bool {
    let may_match = |pattern: &Pattern| match pattern.shape() {
        Shape::Relative => false,
        Shape::Set => !pattern.is_relative(),
        Shape::Exact(path) | Shape::Below(path) => node.may_reach(path),
        Shape::Everything | Shape::Glob | Shape::Regex => true,
    };
    patterns.iter().any(|pattern| pattern.is_negated() || may_match(pattern))
}

fn question(import: Import<'_>, end: GraphNode<'_>, cause: Cause) -> OpenQuestion {
    let importer = import.file().package().path();
    let unread = match &cause.details {
        Some(module) => format!("`{}` of {module}", end.path()),
        None => format!("`{}`", end.path()),
    };
    OpenQuestion {
        module: import.file().package().module().path().to_string(),
        reason: cause.reason.to_owned(),
        details: Some(format!("`{importer}` leads to {unread}")),
        remedy: cause.remedy,
        label: Label::new(import.file().id(), import.spec().path_span, ""),
    }
}

fn too_many(file: File<'_>, is_exhausted: bool) -> OpenQuestion {
    let reason = if is_exhausted {
        "there are too many build tags to tell all builds apart"
    } else {
        "there are too many imports to look at each chain"
    };
    OpenQuestion {
        module: file.package().module().path().to_string(),
        reason: reason.to_owned(),
        details: None,
        remedy: None,
        label: Label::new(file.id(), file.clause_span(), ""),
    }
}

fn reason_of(unread: &Unread, has_module_cache: bool) -> &'static str {
    match unread {
        Unread::NotDownloaded(_) if !has_module_cache => {
            "the module cache is not read, and chains of imports go through it"
        }
        Unread::NotDownloaded(_) => "packages that chains of imports go through are not in the module cache",
        Unread::Elsewhere => "chains of imports go through a directory outside of the repository",
        Unread::Ambiguous => "several required modules could have a package that chains of imports go through",
        Unread::NotProvided => "no required module is known to have a package that chains of imports go through",
        Unread::NotThere => "packages that chains of imports go through are not in the repository",
    }
}

/// Why the imports of a package are not known, and the remedy.
pub(crate) fn cause_of_unread(unread: &Unread, has_module_cache: bool) -> Cause {
    let download = "run `go mod download` in the directory of the go.mod file";
    let remedy = match unread {
        Unread::NotDownloaded(_) | Unread::Ambiguous if has_module_cache => Some(download.to_owned()),
        Unread::NotDownloaded(_) | Unread::Ambiguous => {
            Some(format!("{download}, then run modwarden with the module cache, without `--no-module-cache`"))
        }
        Unread::Elsewhere => None,
        Unread::NotProvided => Some("run `go mod tidy` in the directory of the go.mod file".to_owned()),
        Unread::NotThere => Some("run `go mod vendor`, or add the missing packages".to_owned()),
    };
    let details = match unread {
        Unread::NotDownloaded(module) => Some(format!("`{module}`")),
        _ => None,
    };
    Cause { reason: reason_of(unread, has_module_cache), details, remedy }
}
