//! Sets of builds: the builds that satisfy a build constraint, and those that several constraints have in common.
//!
//! A set is a binary decision diagram (Bryant 1986): one node for each different function, so that equal sets are equal
//! numbers. The operating system, the architecture and the release are numbers of some bits, because a build has one of
//! each; any other tag is a bit of its own.

use std::collections::HashMap;

use super::build::{KNOWN_ARCH, KNOWN_OS, PORTS, canonical_tag, os_matches, release_minor};
use super::build_constraint::Expr;
use super::satisfiability::is_set_by_platform;
use super::{BuildConstraint, BuildContext};

/// A set of builds. It means something only with the [`Builds`] that made it; equal sets are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BuildSet(u32);

/// The sets of builds that were made so far, and the operations on them.
///
/// Sets of more than a thousand tags, or a million nodes, are not worked out: then the result of an operation is the set of all
/// builds, and [`Builds::is_exhausted`] returns true.
#[derive(Clone, Debug)]
pub(crate) struct Builds {
    nodes: Vec<Node>,
    known: HashMap<Node, u32>,
    results: HashMap<(Operation, BuildSet, BuildSet), BuildSet>,
    /// The tags that have a bit of their own, in the order of the bits.
    tags: Vec<Box<str>>,
    /// The builds that set each tag that was mentioned.
    known_tags: HashMap<Box<str>, BuildSet>,
    possible: BuildSet,
    is_exhausted: bool,
}

/// One member of a set: the tags that matter for membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildExample {
    /// The operating system, `GOOS`; `None` where any will do.
    pub(crate) goos: Option<&'static str>,
    /// The architecture, `GOARCH`; `None` where any will do.
    pub(crate) goarch: Option<&'static str>,
    /// The other tags that it sets, sorted.
    pub(crate) tags: Vec<Box<str>>,
    /// The other tags that it must not set, sorted.
    pub(crate) unset: Vec<Box<str>>,
}

/// The two sets that a bit divides a set into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Node {
    bit: u32,
    clear: BuildSet,
    set: BuildSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Both,
    Either,
    Without,
}

/// A number of some bits, the highest first.
#[derive(Clone, Copy)]
struct Number {
    first: u32,
    bits: u32,
}

const GOOS: Number = Number { first: 0, bits: 5 };
const GOARCH: Number = Number { first: 5, bits: 5 };
/// The minor version of Go's release, up to 255.
const RELEASE: Number = Number { first: 10, bits: 8 };
const GCCGO: u32 = 18;
/// The bit of the first tag that has its own.
const FIRST_TAG: u32 = 19;
/// The operations recurse once for each tag.
const MAX_TAGS: u32 = 1000;
const MAX_NODES: usize = 1 << 20;

impl BuildSet {
    /// No build.
    pub(crate) const NONE: Self = Self(0);
    /// Every combination of tags, also those that no build has: [`Builds::all`] is the set of all builds.
    const ANY: Self = Self(1);

    /// Whether no build is in it.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

impl Default for Builds {
    fn default() -> Self {
        // The two leaves divide nothing.
        let leaf = |of| Node { bit: u32::MAX, clear: of, set: of };
        let mut builds = Self {
            nodes: vec![leaf(BuildSet::NONE), leaf(BuildSet::ANY)],
            known: HashMap::new(),
            results: HashMap::new(),
            tags: Vec::new(),
            known_tags: HashMap::new(),
            possible: BuildSet::ANY,
            is_exhausted: false,
        };
        builds.possible = BuildSet::NONE;
        for (goos, architectures) in PORTS {
            let system = builds.numbers(GOOS, |code| KNOWN_OS.get(code) == Some(&goos));
            let architectures =
                builds.numbers(GOARCH, |code| KNOWN_ARCH.get(code).is_some_and(|known| architectures.contains(known)));
            let ports = builds.both(system, architectures);
            builds.possible = builds.either(builds.possible, ports);
        }
        builds
    }
}

impl Builds {
    /// All builds: for one of the systems and architectures for which the go command builds, by one compiler and release, with
    /// any other tags. The tag `ignore` is never set.
    pub(crate) fn all(&self) -> BuildSet {
        self.possible
    }

    /// The builds that satisfy a constraint; all of them without one.
    pub(crate) fn of(&mut self, constraint: Option<&BuildConstraint>) -> BuildSet {
        let Some(constraint) = constraint else { return self.possible };
        match self.satisfying(constraint.expr()) {
            Some(wanted) if !self.is_exhausted => self.both(wanted, self.possible),
            _ => {
                self.is_exhausted = true;
                self.possible
            }
        }
    }

    /// The builds with exactly these `-tags`, among the tags that were mentioned so far.
    pub(crate) fn with_tags(&mut self, tags: &[String]) -> BuildSet {
        let mut set = self.possible;
        for tag in tags {
            let with = self.of(Some(&BuildConstraint::tag(tag)));
            set = self.both(set, with);
        }
        for other in self.tags.clone() {
            let is_free = !is_set_by_platform(&other) && !tags.iter().any(|tag| canonical_tag(tag) == &*other);
            if let Some(with) = self.tag(&other).filter(|_| is_free) {
                set = self.without(set, with);
            }
        }
        set
    }

    /// The builds that are in both sets.
    pub(crate) fn both(&mut self, one: BuildSet, other: BuildSet) -> BuildSet {
        self.apply(Operation::Both, one, other)
    }

    /// The builds that are in at least one of the sets.
    pub(crate) fn either(&mut self, one: BuildSet, other: BuildSet) -> BuildSet {
        self.apply(Operation::Either, one, other)
    }

    /// The builds that are in the first set and not in the second.
    pub(crate) fn without(&mut self, one: BuildSet, other: BuildSet) -> BuildSet {
        self.apply(Operation::Without, one, other)
    }

    /// Whether a build is in a set.
    pub(crate) fn contains(&self, set: BuildSet, build: &BuildContext) -> bool {
        let code = |names: &[&str], name: &str| names.iter().position(|known| *known == name).unwrap_or(usize::MAX);
        let (goos, goarch) = (code(&KNOWN_OS, build.goos()), code(&KNOWN_ARCH, build.goarch()));
        let release = (1..256).rev().find(|minor| build.matches_tag(&format!("go1.{minor}"))).unwrap_or(0);
        let bit_of = |number: Number, value: usize, bit: u32| value >> (number.first + number.bits - 1 - bit) & 1 == 1;
        let mut at = set;
        while at != BuildSet::ANY && at != BuildSet::NONE {
            let node = self.nodes[at.0 as usize];
            let is_set = match node.bit {
                bit if bit < GOARCH.first => bit_of(GOOS, goos, bit),
                bit if bit < RELEASE.first => bit_of(GOARCH, goarch, bit),
                bit if bit < GCCGO => bit_of(RELEASE, release, bit),
                GCCGO => build.matches_tag("gccgo"),
                bit => build.matches_tag(&self.tags[(bit - FIRST_TAG) as usize]),
            };
            at = if is_set { node.set } else { node.clear };
        }
        at == BuildSet::ANY
    }

    /// Whether a set was too large to be worked out, so that later results may have too many builds.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// A build of the set: for linux and amd64 if there is such a one, and with as few tags as possible in the order in which
    /// they were first mentioned. `None` for the empty set.
    pub(crate) fn example(&mut self, set: BuildSet) -> Option<BuildExample> {
        if set.is_empty() {
            return None;
        }
        let mut rest = set;
        let linux = self.numbers(GOOS, |code| KNOWN_OS.get(code) == Some(&"linux"));
        let amd64 = self.numbers(GOARCH, |code| KNOWN_ARCH.get(code) == Some(&"amd64"));
        for usual in [linux, amd64] {
            let narrowed = self.both(rest, usual);
            if !narrowed.is_empty() {
                rest = narrowed;
            }
        }
        let values = self.first_member(rest);
        let mut example = BuildExample {
            goos: self.depends_on(set, GOOS).then(|| KNOWN_OS[read(&values, GOOS)]),
            goarch: self.depends_on(set, GOARCH).then(|| KNOWN_ARCH[read(&values, GOARCH)]),
            tags: Vec::new(),
            unset: Vec::new(),
        };
        let release = read(&values, RELEASE);
        if release > 0 && self.depends_on(set, RELEASE) {
            example.tags.push(format!("go1.{release}").into());
        }
        if let Some(is_gccgo) = values.get(&GCCGO) {
            example.tags.push(if *is_gccgo { "gccgo" } else { "gc" }.into());
        }
        for (bit, tag) in (FIRST_TAG..).zip(&self.tags) {
            match values.get(&bit) {
                Some(true) => example.tags.push(tag.clone()),
                Some(false) => example.unset.push(tag.clone()),
                None => {}
            }
        }
        example.tags.sort();
        example.unset.sort();
        Some(example)
    }

    /// The combinations of tags that satisfy an expression; `None` if there are too many tags.
    fn satisfying(&mut self, expr: &Expr) -> Option<BuildSet> {
        match expr {
            Expr::Tag(tag) => self.tag(canonical_tag(tag)),
            Expr::Not(operand) => {
                let operand = self.satisfying(operand)?;
                Some(self.without(BuildSet::ANY, operand))
            }
            Expr::All(parts) => {
                let mut all = BuildSet::ANY;
                for part in parts.iter() {
                    let part = self.satisfying(part)?;
                    all = self.both(all, part);
                }
                Some(all)
            }
            Expr::Any(parts) => {
                let mut any = BuildSet::NONE;
                for part in parts.iter() {
                    let part = self.satisfying(part)?;
                    any = self.either(any, part);
                }
                Some(any)
            }
        }
    }

    fn tag(&mut self, tag: &str) -> Option<BuildSet> {
        if let Some(known) = self.known_tags.get(tag) {
            return Some(*known);
        }
        let set = self.new_tag(tag)?;
        self.known_tags.insert(tag.into(), set);
        Some(set)
    }

    fn new_tag(&mut self, tag: &str) -> Option<BuildSet> {
        let systems = |code: usize| KNOWN_OS.get(code).is_some_and(|os| os_matches(os, tag));
        if (0..KNOWN_OS.len()).any(systems) {
            return Some(self.numbers(GOOS, systems));
        }
        if KNOWN_ARCH.contains(&tag) {
            return Some(self.numbers(GOARCH, |code| KNOWN_ARCH.get(code) == Some(&tag)));
        }
        if let Some(minor) = release_minor(tag) {
            return Some(self.numbers(RELEASE, |release| release >= minor.min(255) as usize));
        }
        match tag {
            "ignore" => Some(BuildSet::NONE),
            "gccgo" => Some(self.node(GCCGO, BuildSet::NONE, BuildSet::ANY)),
            "gc" => Some(self.node(GCCGO, BuildSet::ANY, BuildSet::NONE)),
            _ => {
                let place = u32::try_from(self.tags.len()).ok().filter(|place| *place < MAX_TAGS)?;
                self.tags.push(tag.into());
                Some(self.node(FIRST_TAG + place, BuildSet::NONE, BuildSet::ANY))
            }
        }
    }

    /// The builds in which a number has a value for which `is_member` holds.
    fn numbers(&mut self, number: Number, is_member: impl Fn(usize) -> bool) -> BuildSet {
        let mut row: Vec<BuildSet> = (0..1_usize << number.bits)
            .map(|code| if is_member(code) { BuildSet::ANY } else { BuildSet::NONE })
            .collect();
        for bit in (number.first..number.first + number.bits).rev() {
            row = row.chunks(2).map(|pair| self.node(bit, pair[0], pair[1])).collect();
        }
        row[0]
    }

    fn apply(&mut self, operation: Operation, one: BuildSet, other: BuildSet) -> BuildSet {
        if let Some(result) = simple_result(operation, one, other) {
            return result;
        }
        if let Some(result) = self.results.get(&(operation, one, other)) {
            return *result;
        }
        if self.nodes.len() > MAX_NODES {
            self.is_exhausted = true;
            return self.possible;
        }
        let (left, right) = (self.nodes[one.0 as usize], self.nodes[other.0 as usize]);
        let bit = left.bit.min(right.bit);
        let part = |node: Node, whole: BuildSet| if node.bit == bit { (node.clear, node.set) } else { (whole, whole) };
        let ((left_clear, left_set), (right_clear, right_set)) = (part(left, one), part(right, other));
        let clear = self.apply(operation, left_clear, right_clear);
        let set = self.apply(operation, left_set, right_set);
        let result = self.node(bit, clear, set);
        self.results.insert((operation, one, other), result);
        result
    }

    fn node(&mut self, bit: u32, clear: BuildSet, set: BuildSet) -> BuildSet {
        if clear == set {
            return clear;
        }
        let node = Node { bit, clear, set };
        let next = self.nodes.len() as u32;
        let at = *self.known.entry(node).or_insert(next);
        if at == next {
            self.nodes.push(node);
        }
        BuildSet(at)
    }

    /// The values of the bits on the way to a member, clear ones where there is a choice.
    fn first_member(&self, set: BuildSet) -> HashMap<u32, bool> {
        let mut values = HashMap::new();
        let mut at = set;
        while at != BuildSet::ANY {
            let node = self.nodes[at.0 as usize];
            let is_set = node.clear.is_empty();
            values.insert(node.bit, is_set);
            at = if is_set { node.set } else { node.clear };
        }
        values
    }

    /// Whether membership in the set depends on a number, among the builds that there are.
    fn depends_on(&mut self, set: BuildSet, number: Number) -> bool {
        let any = self.with_any(set, number);
        self.both(any, self.possible) != set
    }

    /// The builds that differ from a member in a number at most.
    fn with_any(&mut self, set: BuildSet, number: Number) -> BuildSet {
        let node = self.nodes[set.0 as usize];
        if node.bit >= number.first + number.bits {
            return set;
        }
        let clear = self.with_any(node.clear, number);
        let is_set = self.with_any(node.set, number);
        if node.bit < number.first { self.node(node.bit, clear, is_set) } else { self.either(clear, is_set) }
    }
}

/// The result of an operation, where it is plain without looking into the sets.
fn simple_result(operation: Operation, one: BuildSet, other: BuildSet) -> Option<BuildSet> {
    const NONE: BuildSet = BuildSet::NONE;
    const ANY: BuildSet = BuildSet::ANY;
    match (operation, one, other) {
        (Operation::Both | Operation::Either, _, _) if one == other => Some(one),
        (Operation::Both, NONE, _) | (Operation::Both, _, NONE) => Some(NONE),
        (Operation::Both, ANY, rest) | (Operation::Both, rest, ANY) => Some(rest),
        (Operation::Either, ANY, _) | (Operation::Either, _, ANY) => Some(ANY),
        (Operation::Either, NONE, rest) | (Operation::Either, rest, NONE) => Some(rest),
        (Operation::Without, NONE, _) | (Operation::Without, _, ANY) => Some(NONE),
        (Operation::Without, _, NONE) => Some(one),
        (Operation::Without, _, _) if one == other => Some(NONE),
        _ => None,
    }
}

/// The value of a number, clear bits where it is not known.
fn read(values: &HashMap<u32, bool>, number: Number) -> usize {
    let mut value = 0;
    for bit in number.first..number.first + number.bits {
        value = value * 2 + usize::from(values.get(&bit) == Some(&true));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::BuildContext;

    const TAGS: [&str; 16] = [
        "linux", "android", "darwin", "ios", "unix", "windows", "amd64", "arm64", "gc", "gccgo", "go1.5", "go1.21",
        "ignore", "cgo", "foo", "bar",
    ];

    fn parse(text: &str) -> BuildConstraint {
        BuildConstraint::parse_go_build(text).expect("the test's expression is well formed")
    }

    /// A pseudo-random number below a limit.
    fn next(seed: &mut u64, limit: usize) -> usize {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed % limit as u64) as usize
    }

    fn expression(seed: &mut u64, depth: usize) -> String {
        match if depth == 0 { 0 } else { next(seed, 4) } {
            1 => format!("!({})", expression(seed, depth - 1)),
            2 => format!("({} && {})", expression(seed, depth - 1), expression(seed, depth - 1)),
            3 => format!("({} || {})", expression(seed, depth - 1), expression(seed, depth - 1)),
            _ => TAGS[next(seed, TAGS.len())].to_owned(),
        }
    }

    fn some_build(seed: &mut u64) -> BuildContext {
        let (goos, architectures) = PORTS[next(seed, PORTS.len())];
        let mut build = BuildContext::new(goos, architectures[next(seed, architectures.len())]);
        build.cgo = next(seed, 2) == 0;
        build.compiler = if next(seed, 2) == 0 { "gc" } else { "gccgo" }.into();
        build.release = next(seed, 30) as u32;
        build.tags = ["foo", "bar"].into_iter().filter(|_| next(seed, 2) == 0).map(Box::from).collect();
        build
    }

    /// Whether a build is in a set.
    fn has(builds: &mut Builds, set: BuildSet, build: &BuildContext) -> bool {
        let mut rest = set;
        for tag in TAGS {
            let text = if build.matches_tag(tag) { tag.to_owned() } else { format!("!{tag}") };
            let with = builds.of(Some(&parse(&text)));
            rest = builds.both(rest, with);
        }
        let platform = builds.of(Some(&parse(&format!("{} && {}", build.goos, build.goarch))));
        !builds.both(rest, platform).is_empty()
    }

    #[test]
    fn sets_have_the_builds_that_satisfy_their_constraints() {
        let mut seed = 0x5eed;
        let mut builds = Builds::default();
        for _ in 0..200 {
            let (one, other) = (expression(&mut seed, 4), expression(&mut seed, 4));
            let sets = [&one, &other].map(|text| builds.of(Some(&parse(text))));
            for (text, set) in [&one, &other].into_iter().zip(sets) {
                assert!(set.is_empty() || parse(text).satisfiable(), "{text}");
            }
            let both = builds.both(sets[0], sets[1]);
            let either = builds.either(sets[0], sets[1]);
            let without = builds.without(sets[0], sets[1]);
            let all = builds.all();
            let not = builds.without(all, sets[0]);
            assert_eq!(not, builds.of(Some(&parse(&format!("!({one})")))), "{one}");
            for _ in 0..4 {
                let build = some_build(&mut seed);
                let is_in = [&one, &other].map(|text| parse(text).eval(&|tag| build.matches_tag(tag)));
                let context = format!("{one}\n{other}\n{build:?}");
                assert_eq!(has(&mut builds, sets[0], &build), is_in[0], "{context}");
                assert_eq!(has(&mut builds, both, &build), is_in[0] && is_in[1], "{context}");
                assert_eq!(has(&mut builds, either, &build), is_in[0] || is_in[1], "{context}");
                assert_eq!(has(&mut builds, without, &build), is_in[0] && !is_in[1], "{context}");
            }
        }
    }

    #[test]
    fn an_example_satisfies_the_constraint() {
        let mut seed = 7;
        for _ in 0..400 {
            let text = expression(&mut seed, 4);
            let mut builds = Builds::default();
            let set = builds.of(Some(&parse(&text)));
            let Some(example) = builds.example(set) else {
                assert!(set.is_empty(), "{text}");
                continue;
            };
            let mut build = BuildContext::new(example.goos.unwrap_or("linux"), example.goarch.unwrap_or("amd64"));
            build.release = example.tags.iter().find_map(|tag| release_minor(tag)).unwrap_or_default();
            build.compiler = if example.tags.iter().any(|tag| **tag == *"gccgo") { "gccgo" } else { "gc" }.into();
            build.tags = example.tags.clone();
            assert!(parse(&text).eval(&|tag| build.matches_tag(tag)), "{text}\n{example:?}");
        }
    }

    #[test]
    fn an_example_names_only_the_tags_that_matter() {
        let example = |text: &str| {
            let mut builds = Builds::default();
            let set = builds.of(Some(&parse(text)));
            builds.example(set).expect("some build satisfies the constraint")
        };
        let plain = BuildExample { goos: None, goarch: None, tags: Vec::new(), unset: Vec::new() };
        assert_eq!(example("foo || !foo"), plain);
        assert_eq!(example("!windows"), BuildExample { goos: Some("linux"), ..plain.clone() });
        assert_eq!(
            example("arm64 && foo && !bar"),
            BuildExample { goarch: Some("arm64"), tags: vec!["foo".into()], unset: vec!["bar".into()], ..plain }
        );
    }

    #[test]
    fn too_many_tags_count_as_every_build() {
        let mut builds = Builds::default();
        for tag in 0..MAX_TAGS {
            builds.of(Some(&BuildConstraint::tag(format!("t{tag}"))));
        }
        assert!(!builds.is_exhausted());
        let set = builds.of(Some(&parse("!linux && another")));
        assert!(builds.is_exhausted() && set == builds.all());
    }
}
