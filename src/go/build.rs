//! The builds that Go knows: systems, architectures, the constraint in a file's name, and one build to ask.
//!
//! Source: `go/build.Context`, `internal/syslist`, `internal/buildcfg`.

use super::build_constraint::is_valid_tag;
use super::{BuildConstraint, GoVersion};

/// A build: a platform and its tags, as `go/build.Context` holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildContext {
    /// The operating system, `GOOS`.
    pub goos: Box<str>,
    /// The architecture, `GOARCH`.
    pub goarch: Box<str>,
    /// Whether cgo is enabled.
    pub cgo: bool,
    /// The compiler, `gc` or `gccgo`.
    pub compiler: Box<str>,
    /// The tags given with `-tags`.
    pub tags: Vec<Box<str>>,
    /// The newest release whose tag is set: 27 stands for `go1.1` to `go1.27`.
    pub release: u32,
}

/// The release that a build has unless it says otherwise.
const RELEASE: u32 = 27;

/// Whether a Go version is above every release whose standard library is known.
pub(crate) fn is_newer_than_known(version: &GoVersion) -> bool {
    version.is_at_least(&format!("1.{}", RELEASE + 1))
}

impl BuildContext {
    /// The build for a platform: without cgo, as the go command builds for a foreign one, by `gc`, without tags.
    pub fn new(goos: &str, goarch: &str) -> Self {
        let (goos, goarch) = (goos.into(), goarch.into());
        Self { goos, goarch, cgo: false, compiler: "gc".into(), tags: Vec::new(), release: RELEASE }
    }

    /// Parses `GOOS/GOARCH[,TAG…]`. Some tags stand for switches: `cgo` enables cgo, which is off otherwise, `gccgo`
    /// chooses that compiler, and `go1.24` says which release of Go builds, so that it and all before it are set.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (platform, tags) = text.split_once(',').map_or((text, None), |(platform, tags)| (platform, Some(tags)));
        let (goos, goarch) = platform
            .split_once('/')
            .ok_or_else(|| format!("invalid build {text:?}: it takes the form GOOS/GOARCH or GOOS/GOARCH,TAG"))?;
        if !is_known_os(goos) {
            return Err(format!("invalid build {text:?}: unknown GOOS {goos:?}"));
        }
        if !is_known_arch(goarch) {
            return Err(format!("invalid build {text:?}: unknown GOARCH {goarch:?}"));
        }
        let mut build = Self::new(goos, goarch);
        for tag in tags.into_iter().flat_map(|tags| tags.split(',')) {
            match tag {
                "cgo" => build.cgo = true,
                "gccgo" => build.compiler = tag.into(),
                _ if release_minor(tag).is_some() => build.release = release_minor(tag).unwrap_or(RELEASE),
                _ if is_valid_tag(tag) => build.tags.push(tag.into()),
                _ => return Err(format!("invalid build {text:?}: {tag:?} is not a build tag")),
            }
        }
        Ok(build)
    }

    /// The operating system.
    pub(super) fn goos(&self) -> &str {
        &self.goos
    }

    /// The architecture.
    pub(super) fn goarch(&self) -> &str {
        &self.goarch
    }

    /// Whether the build sets `tag`: `go/build.(*Context).matchTag`, with no experiment enabled and every
    /// architecture at its default level.
    pub fn matches_tag(&self, tag: &str) -> bool {
        let tag = canonical_tag(tag);
        tag == "cgo" && self.cgo
            || *tag == *self.goarch
            || *tag == *self.compiler
            || os_matches(&self.goos, tag)
            || self.tags.iter().any(|set| **set == *tag)
            || release_minor(tag).is_some_and(|minor| minor <= self.release)
            || tag
                .strip_prefix(&*self.goarch)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|level| default_levels(&self.goarch).contains(&level))
    }

    /// Whether the build takes a file of this name, whose lines state `constraint`: `go/build.(*Context).MatchFile`.
    pub fn includes(&self, file_name: &str, constraint: Option<&BuildConstraint>) -> bool {
        let holds = |constraint: &BuildConstraint| constraint.eval(&|tag| self.matches_tag(tag));
        !file_name.starts_with(['_', '.'])
            && file_name_constraint(file_name).as_ref().is_none_or(holds)
            && constraint.is_none_or(holds)
    }
}

/// The constraint that a file's name states, such as `windows && amd64` for `a_windows_amd64_test.go`.
///
/// Source: `go/build.(*Context).goodOSArchFile`. The part after the first dot never counts, nor the part before the
/// first underscore.
pub(crate) fn file_name_constraint(name: &str) -> Option<BuildConstraint> {
    let stem = name.split('.').next().unwrap_or_default();
    let (_, suffixes) = stem.split_once('_')?;
    let suffixes = suffixes.strip_suffix("_test").unwrap_or(suffixes);
    let (before, last) = suffixes.rsplit_once('_').unwrap_or(("", suffixes));
    let os = before.rsplit('_').next().unwrap_or_default();
    if is_known_os(os) && is_known_arch(last) {
        return Some(BuildConstraint::tag(os).and(BuildConstraint::tag(last)));
    }
    (is_known_os(last) || is_known_arch(last)).then(|| BuildConstraint::tag(last))
}

/// Every `GOOS` there is or was: `internal/syslist.KnownOS`.
pub(super) const KNOWN_OS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Every `GOARCH` there is or was: `internal/syslist.KnownArch`.
pub(super) const KNOWN_ARCH: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The systems for which the go command builds, and the architectures of each: `internal/platform.List`, and `windows/arm`, which
/// Go 1.26 left out.
pub(super) const PORTS: [(&str, &[&str]); 15] = [
    ("aix", &["ppc64"]),
    ("android", &["386", "amd64", "arm", "arm64"]),
    ("darwin", &["amd64", "arm64"]),
    ("dragonfly", &["amd64"]),
    ("freebsd", &["386", "amd64", "arm", "arm64", "riscv64"]),
    ("illumos", &["amd64"]),
    ("ios", &["amd64", "arm64"]),
    ("js", &["wasm"]),
    (
        "linux",
        &[
            "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
            "riscv64", "s390x", "sparc64",
        ],
    ),
    ("netbsd", &["386", "amd64", "arm", "arm64"]),
    ("openbsd", &["386", "amd64", "arm", "arm64", "mips64", "ppc64", "riscv64"]),
    ("plan9", &["386", "amd64", "arm"]),
    ("solaris", &["amd64"]),
    ("wasip1", &["wasm"]),
    ("windows", &["386", "amd64", "arm", "arm64"]),
];

/// Whether `name` is a `GOOS` that Go knows, in use or not.
pub(crate) fn is_known_os(name: &str) -> bool {
    KNOWN_OS.binary_search(&name).is_ok()
}

/// Whether `name` is a `GOARCH` that Go knows, in use or not.
pub(crate) fn is_known_arch(name: &str) -> bool {
    KNOWN_ARCH.binary_search(&name).is_ok()
}

/// Whether the go command itself decides on this tag in some builds, whatever `-tags` says: `go1.24`, `cgo`, `amd64.v1`.
pub(crate) fn is_build_tag(tag: &str) -> bool {
    let is_level = tag.split_once('.').is_some_and(|(arch, _)| is_known_arch(arch) || arch == "goexperiment");
    matches!(tag, "asan" | "boringcrypto" | "cgo" | "gc" | "gccgo" | "msan" | "race" | "unix")
        || is_level
        || release_minor(tag).is_some()
}

/// Whether a build for `goos` sets `tag` because of its system, which may imply others: `internal/syslist.UnixOS`
/// and `go/build.(*Context).matchTag`.
pub(super) fn os_matches(goos: &str, tag: &str) -> bool {
    const UNIX_OS: [&str; 12] = [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "linux",
        "netbsd",
        "openbsd",
        "solaris",
    ];
    let implied = match tag {
        "linux" => goos == "android",
        "darwin" => goos == "ios",
        "solaris" => goos == "illumos",
        "unix" => UNIX_OS.binary_search(&goos).is_ok(),
        _ => false,
    };
    implied || goos == tag
}

/// The tag under which Go looks for `tag`; one old name has a new one.
pub(super) fn canonical_tag(tag: &str) -> &str {
    if tag == "boringcrypto" { "goexperiment.boringcrypto" } else { tag }
}

/// The number in a release tag: 21 for `go1.21`.
pub(super) fn release_minor(tag: &str) -> Option<u32> {
    let digits = tag.strip_prefix("go1.")?;
    let is_plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { digits.parse().ok() } else { None }
}

/// The levels whose tags, such as `amd64.v1`, are set if `GOAMD64` and its like are not: `internal/buildcfg`.
fn default_levels(goarch: &str) -> &'static [&'static str] {
    match goarch {
        "386" => &["sse2"],
        "amd64" => &["v1"],
        "arm" => &["5", "6", "7"],
        "arm64" => &["v8.0"],
        "mips" | "mipsle" | "mips64" | "mips64le" => &["hardfloat"],
        "ppc64" | "ppc64le" => &["power8"],
        "riscv64" => &["rva20u64"],
        "wasm" => &["satconv", "signext"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(KNOWN_OS.is_sorted() && KNOWN_ARCH.is_sorted());
    }

    #[test]
    fn constraints_in_file_names() {
        let check = |name: &str, expected: &str| {
            let shown = file_name_constraint(name).map_or_else(String::new, |constraint| constraint.to_string());
            assert_eq!(shown, expected, "{name}");
        };
        check("linux.go", "");
        check("linux_test.go", "");
        check("a.go", "");
        check("a_linux.go", "linux");
        check("_linux.go", "linux");
        check("a_linux_test.go", "linux");
        check("a_linux_test_test.go", "");
        check("a_windows_amd64.go", "windows && amd64");
        check("a_amd64_windows.go", "windows");
        check("a_b_386_test.go", "386");
        check("a_linux.pb.go", "linux");
        check("a.b_linux.go", "");
        check("a_unix.go", "");
        check("a_linux_.go", "");
    }

    #[test]
    fn builds_as_text() {
        let build = BuildContext::parse("android/arm64,cgo,integration,gccgo").expect("the build is well formed");
        assert_eq!((&*build.goos, &*build.goarch, build.cgo, &*build.compiler), ("android", "arm64", true, "gccgo"));
        assert_eq!(build.tags, ["integration".into()]);
        for tag in ["android", "linux", "unix", "arm64", "arm64.v8.0", "cgo", "gccgo", "integration", "go1.1", "go1.27"]
        {
            assert!(build.matches_tag(tag), "{tag}");
        }
        for tag in ["gc", "ios", "amd64.v1", "arm64.v8.1", "go1.28", "go1.0", "go1.01", "go1", "ignore", "boringcrypto"]
        {
            assert!(!build.matches_tag(tag), "{tag}");
        }
        for text in
            ["", "linux", "linux/", "linux/amd65", "linx/amd64", "linux/amd64,", "linux/amd64,a b", "linux/amd64,!a"]
        {
            assert!(BuildContext::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_release_as_a_tag_says_which_go_builds() {
        let sets = |text: &str, tag: &str| BuildContext::parse(text).expect("well formed").matches_tag(tag);
        assert!(sets("linux/amd64,go1.28", "go1.28") && sets("linux/amd64,go1.28", "go1.1"));
        assert!(sets("linux/amd64,go1.20", "go1.20") && !sets("linux/amd64,go1.20", "go1.21"));
        assert!(sets("linux/amd64,go1.20,x", "x"));
    }

    #[test]
    fn what_a_build_takes() {
        let build = BuildContext::new("linux", "amd64");
        let unix = BuildConstraint::tag("unix");
        assert!(build.includes("a_linux.go", Some(&unix)));
        assert!(!build.includes("a_windows.go", Some(&unix)));
        assert!(!build.includes("_a.go", None) && !build.includes(".a.go", None));
        assert!(!build.includes("a.go", Some(&BuildConstraint::tag("windows"))));
    }
}
