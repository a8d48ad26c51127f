//! The identity of a finding: two findings with the same one are the same finding.
//!
//! The form is written down in docs/policy.md, because baselines and SARIF fingerprints rest on it:
//!
//! ```text
//! identity = rule [ "/" entry ] ": " subject [ " #" ordinal ]
//! subject  = name [ " [test]" ] [ " -> " name { " " name } ] [ " [" fault "]" ]
//! name     = "." | "./" path | path | word
//! ```

use std::fmt;

use crate::text::RepoPath;

/// The version of the form of identities. It rises when an unchanged finding gets another identity.
pub const IDENTITY_VERSION: u32 = 2;

/// The name of a finding that edits and moves do not change: rule, entry and subject, and which of several
/// equal ones it is. Lines, positions and the repository's own module paths never enter it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    rule: &'static str,
    entry: Option<String>,
    subject: String,
    ordinal: u32,
}

impl Identity {
    /// The identity of the `ordinal`-th finding, from 1, about `subject`.
    pub fn new(rule: &'static str, entry: Option<String>, subject: IdentitySubject, ordinal: u32) -> Self {
        Self { rule, entry, subject: subject.0, ordinal }
    }

    /// The identity that is written as `text`. `None` if it is not one of `rule`.
    pub fn parse(rule: &'static str, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(rule)?;
        let (entry, subject) = match rest.strip_prefix('/') {
            // A subject has no colon before a space but in odd names, and the parts are only ever written together.
            Some(rest) => rest.split_once(": ").map(|(entry, subject)| (Some(entry.to_owned()), subject))?,
            None => (None, rest.strip_prefix(": ")?),
        };
        let (name, ordinal) = match subject.rsplit_once(" #") {
            Some((name, digits)) => (name, digits.parse().ok().filter(|it: &u32| *it > 1 && it.to_string() == digits)),
            None => (subject, None),
        };
        let subject = if ordinal.is_some() { name } else { subject }.to_owned();
        Some(Self { rule, entry, subject, ordinal: ordinal.unwrap_or(1) })
    }

    /// The same identity as the `ordinal`-th of equal ones, from 1.
    pub fn nth(self, ordinal: u32) -> Self {
        Self { ordinal, ..self }
    }

    /// Makes it the `ordinal`-th of equal ones, from 1.
    pub fn set_ordinal(&mut self, ordinal: u32) {
        self.ordinal = ordinal;
    }

    /// Which of equal ones it is, from 1.
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// The id of the rule.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Packages, modules or a file.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The word for the fault, where one place can have several.
    pub fn fault(&self) -> Option<&str> {
        self.subject.strip_suffix(']')?.rsplit_once(" [").map(|(_, fault)| fault)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        if let Some(entry) = &self.entry {
            write!(f, "/{entry}")?;
        }
        write!(f, ": {}", self.subject)?;
        if self.ordinal > 1 {
            write!(f, " #{}", self.ordinal)?;
        }
        Ok(())
    }
}

/// The subject of a finding: the place in the repository, and the thing there. Rules make one from names, so that
/// no module path of the repository gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentitySubject(String);

impl IdentitySubject {
    /// A package or module by its directory, or a file.
    pub fn at(place: &RepoPath) -> Self {
        Self::of(&IdentityName::own(place))
    }

    /// Something without a place in the repository, such as an entry of the policy.
    pub fn of(name: &IdentityName) -> Self {
        Self(name.0.clone())
    }

    /// The same, in the test files of the package.
    pub fn in_tests(self) -> Self {
        Self(format!("{} [test]", self.0))
    }

    /// The same, about this package, module or word.
    pub fn to(self, name: &IdentityName) -> Self {
        Self(format!("{} -> {name}", self.0))
    }

    /// The same, with a word for the fault where one place can have several.
    pub fn fault(self, fault: &str) -> Self {
        Self(format!("{} [{fault}]", self.0))
    }
}

impl fmt::Display for IdentitySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name in an identity. Bytes that are no printable ASCII, spaces and `%` are written as `%20`, so that names are
/// distinguished by the spaces between them; well-formed UTF-8 beyond ASCII stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityName(String);

impl IdentityName {
    /// Something in the repository, by its path from the root: `.` for the root, `./cmd/app`.
    pub fn own(path: &RepoPath) -> Self {
        if path.is_root() {
            return Self(".".to_owned());
        }
        Self(format!("./{}", encoded(path.as_bytes())))
    }

    /// The path of a package or module that is not in the repository. It never looks like a path of the repository: a
    /// point at its beginning is written as `%2E`.
    pub fn outside(path: impl AsRef<[u8]>) -> Self {
        match path.as_ref() {
            [b'.', rest @ ..] => Self(format!("%2E{}", encoded(rest))),
            path => Self(encoded(path)),
        }
    }

    /// A name that is no path: a version, a directive, a pattern of the policy.
    pub fn word(text: &str) -> Self {
        Self(encoded(text.as_bytes()))
    }

    /// This name, and another one after it, such as a version.
    pub fn and(self, other: &Self) -> Self {
        Self(format!("{self} {other}"))
    }
}

impl fmt::Display for IdentityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '!'..='~' if c != '%' => text.push(c),
                _ if c.is_ascii() => text.push_str(&format!("%{:02X}", u32::from(c))),
                _ => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Identity, IdentityName, IdentitySubject};
    use crate::text::RepoPath;

    #[test]
    fn names_are_told_apart_whatever_directories_are_called() {
        let own = |path: &[u8]| IdentityName::own(&RepoPath::new(path)).to_string();
        assert_eq!(own(b""), ".");
        assert_eq!(own(b"cmd/app"), "./cmd/app");
        assert_eq!(own(b"a -> b [test] #2"), "./a%20->%20b%20[test]%20#2");
        assert_eq!(own(b"a\xff\n%"), "./a%FF%0A%25");
        assert_eq!(own("größe".as_bytes()), "./größe");
        assert_eq!(IdentityName::outside("net/http").to_string(), "net/http");
        assert_eq!(IdentityName::outside("./util").to_string(), "%2E/util");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["r: .", "r/e: ./a -> b #2", "r/e: x: y -> z", "r: ./a #1", "r: ./a #007", "r/: "] {
            assert_eq!(Identity::parse("r", text).map(|it| it.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Identity::parse("r", "r/e: ./a #12").map(|it| it.ordinal()), Some(12));
        for text in ["", "r", "s: .", "r.", "r/e"] {
            assert_eq!(Identity::parse("r", text), None);
        }
    }

    #[test]
    fn a_subject_is_a_place_and_what_it_concerns() {
        let imported = IdentityName::outside("net/http");
        let subject = IdentitySubject::at(&RepoPath::from("cmd")).in_tests().to(&imported).fault("where");
        assert_eq!(subject.to_string(), "./cmd [test] -> net/http [where]");
    }
}
