//! Versions of modules and of Go: which are valid, which are canonical, and which is higher.
//!
//! Sources: `golang.org/x/mod/semver`, `golang.org/x/mod/module`, `internal/gover`. Numbers are compared as decimal
//! strings, so none is too long.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::quote::quote;

/// A semantic version as Go writes it: `vMAJOR[.MINOR[.PATCH[-PRERELEASE][+BUILD]]]`.
///
/// It need not be canonical: `v1` is a version, and compares equal to `v1.0.0`. `Ord` is the order in which the go
/// command sorts lists (`semver.Sort`): by precedence, and where that is equal by the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(Arc<str>);

impl Version {
    /// Reads a version that `semver.IsValid` accepts.
    pub fn parse(text: &str) -> Option<Self> {
        SemVer::parse(text).map(|_| Self(Arc::from(text)))
    }

    /// Reads a version and makes it canonical as `module.CanonicalVersion` does: missing numbers become zero and
    /// build metadata is dropped, unless it is `+incompatible`.
    pub fn parse_canonical(text: &str) -> Option<Self> {
        Self::parse(text).map(|version| version.canonical())
    }

    /// The canonical form (`module.CanonicalVersion`).
    pub fn canonical(&self) -> Self {
        let SemVer { major, minor, patch, prerelease, build } = self.parts();
        let build = if build == INCOMPATIBLE { build } else { "" };
        Self(Arc::from(format!("v{major}.{minor}.{patch}{prerelease}{build}")))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The major version with its `v`, as in `v2` (`semver.Major`).
    pub fn major(&self) -> &str {
        let end = self.0.find(['.', '-', '+']).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// Whether it is a prerelease; pseudo-versions are.
    pub fn is_prerelease(&self) -> bool {
        !self.parts().prerelease.is_empty()
    }

    /// Whether the build metadata is exactly `+incompatible`.
    pub fn is_incompatible(&self) -> bool {
        self.parts().build == INCOMPATIBLE
    }

    /// Whether it has the form of a pseudo-version (`module.IsPseudoVersion`): a prerelease that ends in a time of
    /// fourteen digits and a revision, after nothing in `vX.0.0`, or after `0` or `….0`.
    pub fn is_pseudo(&self) -> bool {
        let SemVer { minor, patch, prerelease, .. } = self.parts();
        let Some((rest, revision)) = prerelease.rsplit_once('-') else { return false };
        let Some(split) = rest.len().checked_sub(14) else { return false };
        let Some((base, time)) = rest.split_at_checked(split) else { return false };
        let base_is_known = match base {
            "-" => minor == "0" && patch == "0",
            _ => base == "-0." || base.ends_with(".0."),
        };
        base_is_known && is_digits(time) && is_identifier(revision)
    }

    /// Why no module whose path ends in `path_major` can have this version, though it is written as it should be:
    /// `+incompatible` where the path says the major version or there is none, or a pseudo-version that comes after
    /// nothing (`module.PseudoVersionBase`) or whose time is no time.
    pub fn impossible(&self, path_major: &str) -> Option<&'static str> {
        let SemVer { major, patch, prerelease, build, .. } = self.parts();
        if self.is_incompatible() && (!path_major.is_empty() || matches!(major, "0" | "1")) {
            return Some("+incompatible suffix not allowed: the module path has the major version, or needs none");
        }
        if !self.is_pseudo() {
            return None;
        }
        let (base, _) = prerelease.rsplit_once('-')?;
        let (base, time) = base.split_at_checked(base.len().checked_sub(14)?)?;
        match base {
            "-" if !build.is_empty() => Some("lacks base version, but has build metadata"),
            "-0." if patch == "0" => Some("version before it would have negative patch number"),
            _ if !is_time(time) => Some("malformed time"),
            _ => None,
        }
    }

    /// Compares two texts by precedence alone (`semver.Compare`): a text that is no version is below all versions.
    pub fn compare_texts(a: &str, b: &str) -> Ordering {
        match (SemVer::parse(a), SemVer::parse(b)) {
            (Some(a), Some(b)) => a.compare(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }

    /// Compares by precedence alone (`semver.Compare`), as version selection does: build metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        if self.0 == other.0 { Ordering::Equal } else { self.parts().compare(&other.parts()) }
    }

    /// Checks that the version belongs to a module path with this major suffix, as `ModulePath::split_version` yields it
    /// (`module.CheckPathMajor`).
    pub fn check_path_major(&self, path_major: &str) -> Result<(), VersionError> {
        let path_major = match path_major.strip_suffix("-unstable") {
            Some(stable) if path_major.starts_with(".v") => stable,
            _ => path_major,
        };
        if path_major == ".v1" && self.0.starts_with("v0.0.0-") {
            return Ok(());
        }
        let (wanted, fits) = match path_major.strip_prefix(['/', '.']) {
            None => ("v0 or v1", matches!(self.major(), "v0" | "v1") || self.is_incompatible()),
            Some(major) => (major, self.major() == major),
        };
        if fits { Ok(()) } else { Err(VersionError::new(self, format!("should be {wanted}, not {}", self.major()))) }
    }

    fn parts(&self) -> SemVer<'_> {
        SemVer::split(&self.0).expect("checked when it was made")
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

/// The version in a `go` line.
///
/// `Ord` follows `internal/gover.Compare`, so `1.21` < `1.21rc1` < `1.21.0`, and breaks ties by the text. A version
/// that a `go` line may have but `gover` does not know, such as `1.27.0rc1`, is lower than all others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GoVersion(Arc<str>);

impl GoVersion {
    /// Reads a version as a `go` line accepts it (`modfile.GoVersionRE`): `1.23`, `1.23.0` or `1.23rc1`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, rest) = cut_decimal(text)?;
        let (_, rest) = cut_decimal(rest.strip_prefix('.')?)?;
        let rest = match rest.strip_prefix('.') {
            Some(patch) => cut_decimal(patch)?.1,
            None => rest,
        };
        let (kind, number) = cut_lowercase(rest);
        let prerelease_is_whole = kind.is_empty() == number.is_empty();
        (major != "0" && prerelease_is_whole && is_digits(number)).then(|| Self(Arc::from(text)))
    }

    /// Reads the start of the text in the `go` line of a dependency (`modfile.laxGoVersionRE`): `1.20` of `v1.20.x`.
    pub fn parse_prefix(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (_, rest) = cut_decimal(text)?;
        let (_, rest) = cut_decimal(rest.strip_prefix('.')?)?;
        let is_cut = rest.starts_with(|c: char| !c.is_ascii_digit());
        if is_cut { Self::parse(&text[..text.len() - rest.len()]) } else { None }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a feature that came with `version` is on, as the go command decides it: `1.20` is at least `1.20.0`,
    /// and `1.21` is not at least `1.21.0`.
    pub fn is_at_least(&self, version: &str) -> bool {
        GoRelease::parse(&self.0) >= GoRelease::parse(version)
    }

    /// Compares as the go command does (`gover.Compare`), for which `1.20` and `1.20.0` are one.
    pub fn compare(&self, other: &Self) -> Ordering {
        GoRelease::parse(&self.0).cmp(&GoRelease::parse(&other.0))
    }

    /// The version of the language, without the part that distinguishes its releases (`gover.Lang`).
    pub fn language(&self) -> Self {
        let minor = self.0.find('.').map_or(self.0.len(), |dot| dot + 1);
        let digits = self.0[minor..].bytes().take_while(u8::is_ascii_digit).count();
        let language = &self.0[..minor + digits];
        Self(Arc::from(if language == "1.0" { "1" } else { language }))
    }

    /// The version in the name of a toolchain, such as `go1.24.3` or `go1.24.3-custom` (`gover.FromToolchain`);
    /// `None` for `default`, and for a name with a path separator, which no `PATH` finds.
    pub fn of_toolchain(name: &str) -> Option<Self> {
        let version = name.strip_prefix("go").filter(|name| !name.contains(['/', '\\']))?;
        Self::parse(version.split([' ', '\t', '-']).next()?)
    }
}

impl Ord for GoVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for GoVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

/// Why Go does not accept a version, in its own words (`module.InvalidVersionError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError(String);

impl VersionError {
    /// The version, as written, and its fault.
    pub fn new(version: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(format!("version {} invalid: {reason}", quote(&version.to_string())))
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for VersionError {}

/// Whether fourteen digits are a time, as far as their ranges go; the zero pseudo-version's is one.
fn is_time(digits: &str) -> bool {
    let within = |at: std::ops::Range<usize>, low: u32, high: u32| {
        digits.get(at).and_then(|part| part.parse().ok()).is_some_and(|value| (low..=high).contains(&value))
    };
    within(4..6, 1, 12) && within(6..8, 1, 31) && within(8..10, 0, 23) && within(10..12, 0, 59) && within(12..14, 0, 59)
}

/// Whether the text is a version of Go (`internal/gover.IsValid`).
pub(super) fn is_go_release(text: &str) -> bool {
    GoRelease::parse(text).is_some()
}

/// Splits a module path into the part before its major version suffix, and the suffix: `/v2`, for `gopkg.in` a
/// `.v2` or `.v2-unstable`, or nothing. `None` if the suffix is malformed (`module.SplitPathVersion`).
pub(super) fn split_path_version(path: &str) -> Option<(&str, &str)> {
    if path.starts_with("gopkg.in/") {
        return split_gopkg_in(path);
    }
    let stem = path.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let Some(prefix) = stem.strip_suffix("/v").filter(|_| stem.len() < path.len()) else {
        return Some((path, ""));
    };
    let number = &path[stem.len()..];
    let is_major = is_digits(number) && !number.starts_with('0') && number != "1";
    is_major.then(|| path.split_at(prefix.len()))
}

fn split_gopkg_in(path: &str) -> Option<(&str, &str)> {
    let stable = path.strip_suffix("-unstable").unwrap_or(path);
    let stem = stable.trim_end_matches(|c: char| c.is_ascii_digit());
    let prefix = stem.strip_suffix(".v")?;
    let number = &stable[stem.len()..];
    let suffix = &path[prefix.len()..];
    // Go lets `.v-unstable` pass, without a number.
    let is_major = suffix != ".v" && (!number.starts_with('0') || suffix == ".v0");
    is_major.then_some((prefix, suffix))
}

const INCOMPATIBLE: &str = "+incompatible";

/// The parts of a semantic version; `prerelease` and `build` with their leading sign.
struct SemVer<'a> {
    major: &'a str,
    minor: &'a str,
    patch: &'a str,
    prerelease: &'a str,
    build: &'a str,
}

impl<'a> SemVer<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts = Self::split(text)?;
        let Self { major, minor, patch, prerelease, build } = parts;
        let valid = [major, minor, patch].into_iter().all(is_decimal)
            && identifiers(prerelease).all(|id| is_identifier(id) && (!is_digits(id) || is_decimal(id)))
            && identifiers(build).all(is_identifier);
        valid.then_some(parts)
    }

    /// The parts, not looked at any closer.
    fn split(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v')?;
        let cut = |text: &'a str, is_sign: fn(u8) -> bool| {
            text.split_at(text.bytes().position(is_sign).unwrap_or(text.len()))
        };
        let (numbers, rest) = cut(text, |byte| matches!(byte, b'-' | b'+'));
        let (prerelease, build) = cut(rest, |byte| byte == b'+');
        let mut numbers = numbers.split('.');
        let (major, minor, patch) = (numbers.next()?, numbers.next(), numbers.next());
        let is_whole = patch.is_some() || rest.is_empty();
        let (minor, patch) = (minor.unwrap_or("0"), patch.unwrap_or("0"));
        (is_whole && numbers.next().is_none()).then_some(Self { major, minor, patch, prerelease, build })
    }

    fn compare(&self, other: &Self) -> Ordering {
        compare_decimal(self.major, other.major)
            .then_with(|| compare_decimal(self.minor, other.minor))
            .then_with(|| compare_decimal(self.patch, other.patch))
            // A release is higher than its prereleases.
            .then_with(|| self.prerelease.is_empty().cmp(&other.prerelease.is_empty()))
            .then_with(|| compare_prerelease(self.prerelease, other.prerelease))
    }
}

/// The identifiers after a `-` or `+`; none in an empty text.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.get(1..).into_iter().flat_map(|ids| ids.split('.'))
}

fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let key = |id| (!is_digits(id), id);
    let mut others = identifiers(b).map(key);
    for (is_word, id) in identifiers(a).map(key) {
        let Some((other_is_word, other)) = others.next() else { return Ordering::Greater };
        let by_value = if is_word { id.cmp(other) } else { compare_decimal(id, other) };
        let order = is_word.cmp(&other_is_word).then(by_value);
        if order.is_ne() {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

fn is_identifier(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A Go release in the terms of `internal/gover.Version`; the fields are declared in the order of comparison.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct GoRelease<'a> {
    major: Decimal<'a>,
    minor: Decimal<'a>,
    patch: Decimal<'a>,
    kind: &'a str,
    number: Decimal<'a>,
}

impl<'a> GoRelease<'a> {
    /// `gover.Parse`; `None`, the lowest, if the version is malformed.
    fn parse(text: &'a str) -> Option<Self> {
        let (major, rest) = cut_decimal(text)?;
        if rest.is_empty() {
            return Some(Self::release(major, "0", "0"));
        }
        let (minor, rest) = cut_decimal(rest.strip_prefix('.')?)?;
        if rest.is_empty() {
            // From 1.21 the language version, without a patch number, is lower than its first release.
            let patch = if Decimal(minor) < Decimal("21") { "0" } else { "" };
            return Some(Self::release(major, minor, patch));
        }
        if let Some(patch) = rest.strip_prefix('.') {
            return cut_decimal(patch)
                .filter(|(_, rest)| rest.is_empty())
                .map(|(patch, _)| Self::release(major, minor, patch));
        }
        let (kind, number) = cut_lowercase(rest);
        let valid = !kind.is_empty() && (number.is_empty() || is_decimal(number));
        valid.then_some(Self { kind, number: Decimal(number), ..Self::release(major, minor, "") })
    }

    fn release(major: &'a str, minor: &'a str, patch: &'a str) -> Self {
        Self { major: Decimal(major), minor: Decimal(minor), patch: Decimal(patch), kind: "", number: Decimal("") }
    }
}

/// A number without leading zeros, or nothing, which is lower.
#[derive(PartialEq, Eq)]
struct Decimal<'a>(&'a str);

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_decimal(self.0, other.0)
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_decimal(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether there is nothing but digits.
fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it is a number without leading zeros.
fn is_decimal(text: &str) -> bool {
    !text.is_empty() && is_digits(text) && (text == "0" || !text.starts_with('0'))
}

/// Cuts the number at the start; `None` if there is none, or one with leading zeros.
fn cut_decimal(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    is_decimal(number).then_some((number, rest))
}

fn cut_lowercase(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len()))
}
