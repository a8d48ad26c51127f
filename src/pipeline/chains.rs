//! `why FROM TO`: the shortest chain of imports from a package to another, and other chains that share no package with it.

use super::inspect::Inspected;
use crate::go::std_package;
use crate::load::Input;
use crate::model::{ChainHop, ChainRules, Chains, File, GraphNode, HopPlace, Import, ImportChain, NodeKind, Package};
use crate::report::why::{ChainAnswer, ChainLines, Hop, WhyGround};
use crate::rules::{build_name, cause_of_unread};
use crate::source::{ModuleCache, SourceError};
use crate::text::{Files, RepoPath};

/// A package, as a user names it.
#[derive(Clone, Debug)]
pub(crate) enum NamedPackage {
    /// By its import path.
    Path(String),
    /// By its directory in the repository.
    Directory(RepoPath),
}

/// Whether a text can be the path of a package: one of the standard library, or one that begins with the name of a host.
pub(crate) fn is_package_path(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    std_package(text).is_some() || first.trim_matches('.').contains('.')
}

/// The question.
#[derive(Clone, Copy)]
pub(crate) struct ChainRequest<'a> {
    /// The state.
    pub(crate) input: Input<'a>,
    /// The module cache, as evidence.
    pub(crate) cache: Option<&'a ModuleCache>,
    /// The importing package.
    pub(crate) from: &'a NamedPackage,
    /// The package that it may reach.
    pub(crate) to: &'a str,
    /// How many chains are wanted at most.
    pub(crate) most: usize,
}

/// The chains from a package of the repository to another; `None` if the repository has no such package.
pub(crate) fn why_chain(request: &ChainRequest<'_>, inspected: Inspected) -> Result<Option<ChainAnswer>, SourceError> {
    let Inspected { facts, mut files, .. } = inspected;
    let facts = facts.with_import_graph(request.input, request.cache, &mut files)?;
    let model = &facts.model;
    let is_from = |package: &Package<'_>| match request.from {
        NamedPackage::Path(path) => package.path() == path,
        NamedPackage::Directory(dir) => package.dir() == dir,
    };
    let Some(from) = model.packages().find(is_from) else { return Ok(None) };
    let Some(graph) = model.import_graph_facts() else { return Ok(None) };
    let mut search = ChainLookup { chains: graph.chains(None), from, files: &files };
    Ok(Some(search.answer(request)))
}

struct ChainLookup<'m> {
    chains: Chains<'m>,
    from: Package<'m>,
    files: &'m Files,
}

impl<'m> ChainLookup<'m> {
    fn answer(&mut self, request: &ChainRequest<'_>) -> ChainAnswer {
        let to = request.to;
        let is_target = |node: &GraphNode<'_>| match node.kind() {
            NodeKind::Own(package) => package.path() == to || node.path() == to,
            NodeKind::Std | NodeKind::Outside => node.path() == to,
        };
        let targets: Vec<usize> = self.chains.nodes().filter(is_target).map(GraphNode::number).collect();
        let mut closed: Vec<bool> = self.chains.nodes().map(|_| false).collect();
        let mut answer = ChainAnswer {
            from: self.from.path().to_owned(),
            to: to.to_owned(),
            chains: Vec::new(),
            undecided: None,
            is_standard: std_package(to).is_some(),
        };
        let mut is_direct = false;
        while answer.chains.len() < request.most {
            let Some(chain) = self.next_chain(&targets, &closed, is_direct) else { break };
            // The next chain goes through none of the packages of this one.
            let (_, between) = chain.hops.split_last().expect("a chain has an import");
            between.iter().for_each(|hop| closed[hop.to.number()] = true);
            is_direct |= between.is_empty();
            answer.chains.push(self.lines(&chain));
        }
        if answer.chains.is_empty() {
            answer.undecided = self.undecided(&closed, &answer.to);
        }
        answer
    }

    /// A shortest chain through no closed package, without tests if there is one. One without a package between comes once.
    fn next_chain(&mut self, targets: &[usize], closed: &[bool], is_direct: bool) -> Option<ImportChain<'m>> {
        let ways = self.chains.ways_to(targets, ChainRules { closed, via: None });
        for is_test in [false, true] {
            let mut imports = self.imports(is_test);
            imports.retain(|import| !is_direct || !targets.iter().any(|target| self.chains.leads_to(*import, *target)));
            if let Some(chain) = self.chains.chain(&ways, &imports) {
                return Some(chain);
            }
        }
        None
    }

    fn imports(&self, is_test: bool) -> Vec<Import<'m>> {
        self.from.files().filter(|file| file.is_test() == is_test).flat_map(File::imports).collect()
    }

    fn lines(&self, chain: &ImportChain<'m>) -> ChainLines {
        let own = Hop { package: self.from.path().to_owned(), module: None, ground: WhyGround::Own };
        let mut hops = vec![own];
        hops.extend(chain.hops.iter().map(|hop| self.hop(hop)));
        ChainLines { hops, build: chain.build.as_ref().and_then(build_name) }
    }

    fn hop(&self, hop: &ChainHop<'m>) -> Hop {
        let path = |file| self.files.get(file).path().to_string();
        let (test, place) = match hop.place {
            HopPlace::Own(import) => (import.file().is_test(), (path(import.file().id()), import.spec().line)),
            HopPlace::InRepository(file, _, line) => (false, (path(file), line)),
            HopPlace::InCache(file, line) => (false, (file.to_owned(), line)),
        };
        let ground = WhyGround::Import { test, place: Some(place) };
        Hop { package: hop.to.path().to_owned(), module: None, ground }
    }

    /// Why there may be a chain all the same, because nobody could read a package on the way.
    fn undecided(&mut self, closed: &[bool], to: &str) -> Option<String> {
        let may_lead = |node: &GraphNode<'_>| node.unread().is_some() && node.may_reach(to);
        let unread: Vec<usize> = self.chains.nodes().filter(may_lead).map(GraphNode::number).collect();
        let ways = self.chains.ways_to(&unread, ChainRules { closed, via: None });
        let imports = [self.imports(false), self.imports(true)].concat();
        let (_, end) = self.chains.first_step(&ways, &imports)?;
        let cause = cause_of_unread(end.unread()?, self.from.module().model().has_module_cache());
        let remedy = cause.remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
        Some(format!("not decided: {} (`{}`){remedy}", cause.reason, end.path()))
    }
}
