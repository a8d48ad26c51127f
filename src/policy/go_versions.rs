//! Which Go versions an option admits: a range, in the order of the go command, or a pattern on the text.

use std::cmp::Ordering;

use regex::Regex;

use super::OptionError;
use super::pattern::whole_path_regex;
use crate::go::GoVersion;

/// The condition on a Go version.
#[derive(Clone, Debug)]
pub struct GoVersions {
    text: String,
    form: GoVersionForm,
}

#[derive(Clone, Debug)]
enum GoVersionForm {
    /// Every bound must hold.
    Range(Vec<VersionBound>),
    /// The whole text must match.
    Regex(Regex),
}

#[derive(Clone, Debug)]
enum VersionBound {
    Compare(&'static [Ordering], GoVersion),
    /// A language version, such as `1.24`, stands for all its releases.
    Language(GoVersion),
}

/// The comparisons, longer ones before those they begin with.
const OPERATORS: [(&str, &[Ordering]); 5] = [
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">", &[Ordering::Greater]),
    ("<", &[Ordering::Less]),
    ("=", &[Ordering::Equal]),
];

impl GoVersions {
    /// Compiles `>=1.24, <1.28`, `1.24` for that language version, or `re:` and a regular expression.
    pub fn compile(option: &toml::Spanned<String>) -> Result<Self, OptionError> {
        let error = |message: String, help| OptionError::new(option.span().into(), message).help(help);
        let text = option.get_ref();
        let form = match text.strip_prefix("re:") {
            Some(source) => whole_path_regex(source)
                .map(GoVersionForm::Regex)
                .map_err(|message| error(message, "write it as Rust's regex crate does"))?,
            None => text
                .split(',')
                .map(|bound| VersionBound::parse(bound.trim()))
                .collect::<Option<_>>()
                .map(GoVersionForm::Range)
                .ok_or_else(|| {
                    error(
                        format!("`{text}` is not a range of Go versions"),
                        "write `>=1.24`, `>=1.24, <1.28`, `1.24` or `re:PATTERN`",
                    )
                })?,
        };
        Ok(Self { text: text.clone(), form })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a version is admitted, which is written as `text` with or without more around it.
    pub fn admits(&self, text: &str, version: &GoVersion) -> bool {
        match &self.form {
            GoVersionForm::Range(bounds) => bounds.iter().all(|bound| bound.holds(version)),
            GoVersionForm::Regex(regex) => regex.is_match(text),
        }
    }
}

impl VersionBound {
    fn parse(text: &str) -> Option<Self> {
        for (operator, orderings) in OPERATORS {
            if let Some(version) = text.strip_prefix(operator) {
                return GoVersion::parse(version.trim()).map(|version| Self::Compare(orderings, version));
            }
        }
        let version = GoVersion::parse(text)?;
        let is_language = version.language() == version;
        Some(if is_language { Self::Language(version) } else { Self::Compare(&[Ordering::Equal], version) })
    }

    fn holds(&self, version: &GoVersion) -> bool {
        match self {
            Self::Compare(orderings, bound) => orderings.contains(&version.compare(bound)),
            Self::Language(language) => version.language() == *language,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(range: &str, version: &str) -> bool {
        let range = GoVersions::compile(&toml::Spanned::new(0..0, range.to_owned())).expect("a range");
        range.admits(version, &GoVersion::parse(version).expect("a version"))
    }

    #[test]
    fn versions_are_compared_as_the_go_command_does() {
        assert!(admits(">=1.24, <1.28", "1.24") && admits(">=1.24,<1.28", "1.27.9"));
        assert!(!admits(">=1.24, <1.28", "1.9") && !admits(">=1.24, <1.28", "1.28"));
        assert!(admits("<1.28", "1.27rc1") && !admits(">=1.24.0", "1.24") && !admits(">=1.24.0", "1.24rc1"));
        assert!(admits("=1.20", "1.20.0") && !admits("=1.21", "1.21.0"));
    }

    #[test]
    fn a_bare_version_is_a_language_version_or_one_release() {
        assert!(admits("1.24", "1.24") && admits("1.24", "1.24rc1") && admits("1.24", "1.24.3"));
        assert!(!admits("1.24", "1.25") && !admits("1.24", "1.2"));
        assert!(admits("1.24.3", "1.24.3") && !admits("1.24.3", "1.24.4"));
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        assert!(admits(r"re:1\.\d+(\.0)?", "1.24.0") && !admits(r"re:1\.\d+(\.0)?", "1.24.3"));
    }

    #[test]
    fn what_is_no_range_is_rejected() {
        for wrong in ["", ">=", "latest", "1.24,", "~1.24", "re:(", ">=v1.24"] {
            assert!(GoVersions::compile(&toml::Spanned::new(0..0, wrong.to_owned())).is_err(), "{wrong}");
        }
    }
}
