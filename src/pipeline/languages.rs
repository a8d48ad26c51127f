//! Which vendored modules have another language version than their own: `## explicit; go 1.21` in `modules.txt` is
//! compared with the go.mod of the module, and with earlier states.
//!
//! The go command compiles vendored packages with the version in `modules.txt` and compares it with nothing
//! (`readVendorList` in `cmd/go/internal/modload/vendor.go`).

use std::collections::{BTreeMap, HashMap};

use super::edits::{Base, VendorList, lists, named};
use super::verified::Trust;
use crate::go::{GO_MOD, ModuleVersion};
use crate::load::Input;
use crate::model::{Model, Proof, VendorLanguage};
use crate::source::{ContentHash, ModuleCache, hash1};
use crate::syntax::{ParsedFile, VendorModules, VendoredModule, parse_dependency_go_mod};
use crate::text::{FileId, RepoPath, Span};

/// The stated version of a module, and its place.
struct Stated<'l> {
    module: &'l VendoredModule,
    go: Option<&'l str>,
    span: Span,
}

/// The version that a module itself states, and the evidence.
struct Own {
    go: Option<Box<str>>,
    proof: Proof,
}

/// The vendored modules with another language version than their own, by vendor directory and line.
pub(super) fn languages(
    input: Input<'_>,
    model: &Model,
    bases: &[Base<'_>],
    cache: Option<&ModuleCache>,
    trust: &Trust,
) -> Vec<VendorLanguage> {
    let all = lists(model);
    let mut found = Vec::new();
    for vendor in model.vendors() {
        let Some((ParsedFile { file, .. }, list)) = vendor.manifest().zip(all.get(vendor.dir())) else { continue };
        let evidence = GoModEvidence { input, cache, trust, dir: vendor.dir() };
        for stated in stated(&list.parsed.tree).into_values() {
            let own = evidence.own(stated.module, list).or_else(|| before(bases, vendor.dir(), list, &stated));
            if let Some(own) = own.filter(|own| own.go.as_deref() != stated.go) {
                found.push(language(vendor.dir(), *file, &stated, own));
            }
        }
    }
    found
}

fn language(dir: &RepoPath, file: FileId, stated: &Stated<'_>, Own { go: expected, proof }: Own) -> VendorLanguage {
    VendorLanguage {
        dir: dir.clone(),
        path: stated.module.path.value.clone(),
        module: stated.module.name_with_replacement(),
        file,
        span: stated.span,
        stated: stated.go.map(Into::into),
        expected,
        proof,
    }
}

/// The stated versions of the vendored modules, by name. Several lines about one module add up.
fn stated(list: &VendorModules) -> BTreeMap<String, Stated<'_>> {
    let mut versions: HashMap<String, (&str, Span)> = HashMap::new();
    for module in &list.modules {
        let go = module.go.as_ref().map(|go| (&*go.value, go.span));
        versions.extend(go.map(|go| (module.name(), go)));
    }
    let with_packages = list.modules.iter().filter(|module| !module.packages.is_empty());
    let stated = with_packages.map(|module| {
        let go = versions.get(&module.name());
        let span = go.map_or(module.span, |(_, span)| *span);
        (module.name(), Stated { module, go: go.map(|(go, _)| *go), span })
    });
    stated.collect()
}

/// The version in an earlier state for the same source, if it differs. A go command that begins to write versions, or
/// stops to, changes them.
fn before(bases: &[Base<'_>], dir: &RepoPath, list: &VendorList, now: &Stated<'_>) -> Option<Own> {
    let mut changed = None;
    for base in bases {
        let Some(old) = base.lists.get(dir) else { continue };
        if old.writes_languages != list.writes_languages {
            continue;
        }
        let lines = stated(&old.parsed.tree);
        let is_same = |then: &&Stated<'_>| {
            let source = |stated: &Stated<'_>| stated.module.source();
            then.module.path.value == now.module.path.value && source(then).is_some() && source(then) == source(now)
        };
        let Some(then) = lines.values().find(is_same) else { continue };
        // A version that one of several states has is nothing that this one adds.
        if then.go == now.go {
            return None;
        }
        let proof = Proof::Before(named(base.source.origin()));
        changed.get_or_insert(Own { go: then.go.map(Into::into), proof });
    }
    changed
}

/// Where the go.mod of a vendored module is looked for.
struct GoModEvidence<'a> {
    input: Input<'a>,
    cache: Option<&'a ModuleCache>,
    trust: &'a Trust,
    dir: &'a RepoPath,
}

impl GoModEvidence<'_> {
    /// The version that the go command would write for a module; `None` if its go.mod is not available, or not to be
    /// trusted.
    fn own(&self, module: &VendoredModule, list: &VendorList) -> Option<Own> {
        let (text, proof) = match module.source() {
            Some(source) => (self.cached(&source)?, Proof::Module),
            None => {
                let place = self.dir.parent()?.resolve(&*module.replacement.as_ref()?.path.value)?;
                let entry = self.input.source.lookup(&place.join(GO_MOD)).ok()??;
                let mut text = Vec::new();
                self.input.source.reader().read(&entry, &mut text).ok()?;
                (text, Proof::Directory(place.join(GO_MOD)))
            }
        };
        let parsed = parse_dependency_go_mod(&text);
        if !parsed.errors.is_empty() {
            return None;
        }
        let go = parsed.tree.go.filter(|_| list.writes_languages).map(|go| go.value.as_str().into());
        Some(Own { go, proof })
    }

    /// The go.mod of a module in the module cache, if it has the checksum that go.sum states.
    fn cached(&self, source: &ModuleVersion) -> Option<Vec<u8>> {
        let text = self.cache?.go_mod(source.path.as_str(), source.version.as_str())?;
        let sum = hash1("", [(GO_MOD.as_bytes(), ContentHash::of(&text))]).ok()?;
        (self.trust.go_mod_sum(self.dir, source) == Some(&*sum)).then_some(text)
    }
}
