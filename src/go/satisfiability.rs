//! Whether any build at all satisfies a build constraint.
//!
//! The tags of an expression belong to dimensions, and a build has one value in each: an operating system, an
//! architecture, a compiler, a release. Every other tag is a dimension of its own.

use std::collections::BTreeMap;

use super::BuildConstraint;
use super::build::{KNOWN_ARCH, KNOWN_OS, canonical_tag, is_known_arch, is_known_os, os_matches, release_minor};
use super::build_constraint::Expr;

impl BuildConstraint {
    /// Whether some build satisfies the constraint: on one of the systems and one of the architectures that Go
    /// knows, with one compiler, up to some release, and with any other tags. The tag `ignore` is never set.
    ///
    /// An expression made to be hard counts as satisfiable after a million steps.
    pub fn satisfiable(&self) -> bool {
        Search::run(self.expr(), &|tag| (tag == "ignore").then_some(false))
    }

    /// Whether a build with exactly these `-tags` may satisfy the constraint, on some platform, with any compiler
    /// and release, with or without cgo and `-race`, `-msan` or `-asan`, and with any experiments and architecture
    /// levels.
    pub fn may_include(&self, tags: &[&str]) -> bool {
        Search::run(self.expr(), &|tag| {
            if tags.contains(&tag) {
                return Some(true);
            }
            if is_set_by_platform(tag) { None } else { Some(false) }
        })
    }
}

/// Whether a build may set a tag that its `-tags` do not name.
pub(super) fn is_set_by_platform(tag: &str) -> bool {
    let is_level = |(arch, _): (&str, &str)| arch == "goexperiment" || is_known_arch(arch);
    // The flags of a build set these, and not its tags.
    let is_flag = matches!(tag, "cgo" | "race" | "msan" | "asan");
    ClauseKind::of(tag) != ClauseKind::Free || is_flag || tag.split_once('.').is_some_and(is_level)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ClauseKind {
    Os,
    Arch,
    Compiler,
    Release,
    Free,
}

impl ClauseKind {
    fn of(tag: &str) -> Self {
        match tag {
            "unix" => Self::Os,
            "gc" | "gccgo" => Self::Compiler,
            _ if is_known_os(tag) => Self::Os,
            _ if is_known_arch(tag) => Self::Arch,
            _ if release_minor(tag).is_some() => Self::Release,
            _ => Self::Free,
        }
    }
}

/// Tags that are set together, and the ways in which they can be.
struct Dimension<'a> {
    tags: Vec<&'a str>,
    choices: Vec<Vec<bool>>,
}

impl<'a> Dimension<'a> {
    fn new(kind: ClauseKind, tags: Vec<&'a str>) -> Self {
        let choice = |is_set: &dyn Fn(&str) -> bool| tags.iter().map(|tag| is_set(tag)).collect::<Vec<_>>();
        let mut choices: Vec<Vec<bool>> = match kind {
            ClauseKind::Os => KNOWN_OS.iter().map(|os| choice(&|tag| os_matches(os, tag))).collect(),
            ClauseKind::Arch => KNOWN_ARCH.iter().map(|arch| choice(&|tag| tag == *arch)).collect(),
            ClauseKind::Compiler => ["gc", "gccgo"].map(|compiler| choice(&|tag| tag == compiler)).into(),
            ClauseKind::Release => [0]
                .into_iter()
                .chain(tags.iter().filter_map(|tag| release_minor(tag)))
                .map(|minor| choice(&|tag| release_minor(tag) <= Some(minor)))
                .collect(),
            ClauseKind::Free => vec![vec![true; tags.len()], vec![false; tags.len()]],
        };
        choices.sort_unstable();
        choices.dedup();
        Self { tags, choices }
    }
}

/// A search with backtracking over the dimensions that occur, cut short where the known values decide.
struct Search<'a> {
    known: BTreeMap<&'a str, bool>,
    dimensions: Vec<Dimension<'a>>,
    steps: usize,
}

impl<'a> Search<'a> {
    const MAX_STEPS: usize = 1 << 20;

    /// Whether `expr` can hold, where `fixed` returns the values that are fixed beforehand.
    fn run(expr: &'a Expr, fixed: &dyn Fn(&str) -> Option<bool>) -> bool {
        let mut uses = BTreeMap::new();
        collect_uses(expr, TagUse::Plain, &mut uses);
        let mut search = Self { known: BTreeMap::new(), dimensions: Vec::new(), steps: 0 };
        let mut kinds: BTreeMap<ClauseKind, Vec<&str>> = BTreeMap::new();
        for (tag, used) in uses {
            let kind = ClauseKind::of(tag);
            // A free tag that is only ever wanted, or only ever unwanted, gets its way.
            let settled = fixed(tag).or_else(|| if kind == ClauseKind::Free { used.preference() } else { None });
            match settled {
                Some(value) => drop(search.known.insert(tag, value)),
                None => kinds.entry(kind).or_default().push(tag),
            }
        }
        let free = kinds.remove(&ClauseKind::Free).unwrap_or_default();
        search.dimensions.extend(kinds.into_iter().map(|(kind, tags)| Dimension::new(kind, tags)));
        search.dimensions.extend(free.into_iter().map(|tag| Dimension::new(ClauseKind::Free, vec![tag])));
        search.any_choice(expr, 0)
    }

    fn any_choice(&mut self, expr: &Expr, depth: usize) -> bool {
        if let Some(value) = self.value(expr) {
            return value;
        }
        if self.steps > Self::MAX_STEPS {
            return true;
        }
        for choice in 0..self.dimensions[depth].choices.len() {
            let Dimension { tags, choices } = &self.dimensions[depth];
            self.known.extend(tags.iter().copied().zip(choices[choice].iter().copied()));
            if self.any_choice(expr, depth + 1) {
                return true;
            }
        }
        for tag in &self.dimensions[depth].tags {
            self.known.remove(tag);
        }
        false
    }

    /// The value of `expr` as far as the known values decide it.
    fn value(&mut self, expr: &Expr) -> Option<bool> {
        let (parts, decisive) = match expr {
            Expr::Tag(tag) => {
                self.steps += 1;
                return self.known.get(canonical_tag(tag)).copied();
            }
            Expr::Not(operand) => return self.value(operand).map(|value| !value),
            Expr::All(parts) => (parts, false),
            Expr::Any(parts) => (parts, true),
        };
        let mut result = Some(!decisive);
        for part in parts.iter() {
            match self.value(part) {
                Some(value) if value == decisive => return Some(decisive),
                Some(_) => {}
                None => result = None,
            }
        }
        result
    }
}

/// How an expression uses a tag: as it is, negated, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TagUse {
    Plain,
    Negated,
    Both,
}

impl TagUse {
    fn negate(self) -> Self {
        match self {
            Self::Plain => Self::Negated,
            Self::Negated => Self::Plain,
            Self::Both => Self::Both,
        }
    }

    fn preference(self) -> Option<bool> {
        match self {
            Self::Plain => Some(true),
            Self::Negated => Some(false),
            Self::Both => None,
        }
    }
}

fn collect_uses<'a>(expr: &'a Expr, used: TagUse, uses: &mut BTreeMap<&'a str, TagUse>) {
    match expr {
        Expr::Tag(tag) => {
            let entry = uses.entry(canonical_tag(tag)).or_insert(used);
            if *entry != used {
                *entry = TagUse::Both;
            }
        }
        Expr::Not(operand) => collect_uses(operand, used.negate(), uses),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| collect_uses(part, used, uses)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(expr: &str) -> BuildConstraint {
        BuildConstraint::parse_go_build(expr).expect("the test's expression is well formed")
    }

    #[test]
    fn what_some_build_satisfies() {
        for expr in [
            "linux",
            "linux && android",
            "darwin && ios",
            "solaris && illumos",
            "unix && !linux",
            "!unix && !windows",
            "!ignore",
            "foo && !bar",
            "(foo || !foo) && go1.5",
            "go1.5 && !go1.6",
            "gc && !gccgo",
            "cgo && purego",
            "boringcrypto && goexperiment.boringcrypto",
            "!amd64 && !arm64",
            "amd64 && amd64.v3",
            "linux || ignore",
        ] {
            assert!(parse(expr).satisfiable(), "{expr}");
        }
        for expr in [
            "ignore",
            "linux && windows",
            "android && !linux",
            "ios && !darwin",
            "illumos && !solaris",
            "windows && unix",
            "foo && !foo",
            "!go1.5 && go1.6",
            "gc && gccgo",
            "!gc && !gccgo",
            "boringcrypto && !goexperiment.boringcrypto",
            "amd64 && arm64",
            "linux && !android && !unix",
            "ignore && linux",
            "ios && android",
            "(a || b) && !a && !b",
        ] {
            assert!(!parse(expr).satisfiable(), "{expr}");
        }
    }

    #[test]
    fn what_a_build_with_these_tags_may_include() {
        let may = |expr, tags: &[&str]| parse(expr).may_include(tags);
        assert!(may("linux && !foo", &[]));
        assert!(!may("linux && foo", &[]));
        assert!(may("linux && foo", &["foo"]));
        assert!(!may("!foo", &["foo"]));
        assert!(may("cgo", &[]) && may("!cgo", &[]));
        assert!(
            may("race", &[]) && may("msan && foo", &["foo"]) && may("asan || foo", &[]) && !may("race && foo", &[])
        );
        assert!(may("goexperiment.x && amd64.v2 && go1.99", &[]));
        assert!(!may("ignore", &[]));
        assert!(!may("linux && windows", &[]));
    }

    /// Eight pigeons do not fit seven holes, which a search by cases takes long to see.
    #[test]
    fn a_hard_expression_ends() {
        let (pigeons, holes) = (0..8, 0..7);
        let somewhere = pigeons.clone().map(|p| {
            let places: Vec<String> = holes.clone().map(|h| format!("p{p}h{h}")).collect();
            format!("({})", places.join(" || "))
        });
        let pairs = pigeons.clone().flat_map(|p| (0..p).map(move |q| (p, q)));
        let alone = pairs.flat_map(|(p, q)| holes.clone().map(move |h| format!("(!p{p}h{h} || !p{q}h{h})")));
        let clauses: Vec<String> = somewhere.chain(alone).collect();
        assert!(parse(&clauses.join(" && ")).satisfiable());
    }
}
