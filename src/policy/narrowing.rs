//! The rules to which the findings of a run are narrowed, by name.

use std::fmt;

/// A rule, or one entry of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleName {
    /// The id of the rule.
    pub rule: String,
    /// The name of the entry; `None` for all of them.
    pub entry: Option<String>,
}

impl RuleName {
    /// Splits `rule` or `rule/entry`.
    pub fn new(name: &str) -> Self {
        match name.split_once('/') {
            Some((rule, entry)) => Self { rule: rule.to_owned(), entry: Some(entry.to_owned()) },
            None => Self { rule: name.to_owned(), entry: None },
        }
    }

    /// Whether it names this entry of this rule.
    pub fn covers(&self, rule: &str, entry: Option<&str>) -> bool {
        self.rule == rule && (self.entry.is_none() || self.entry.as_deref() == entry)
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Some(entry) => write!(f, "{}/{entry}", self.rule),
            None => f.write_str(&self.rule),
        }
    }
}

/// The rules whose findings a run reports. All rules are checked nevertheless, because exceptions that cover their findings
/// would otherwise seem to be unused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    names: Vec<RuleName>,
}

impl Narrowing {
    /// To these rules; to no rule in particular if there are none.
    pub fn new(names: Vec<RuleName>) -> Self {
        Self { names }
    }

    /// The names; none if all findings are reported.
    pub fn names(&self) -> &[RuleName] {
        &self.names
    }

    /// Whether findings of this entry of this rule are reported.
    pub fn covers(&self, rule: &str, entry: Option<&str>) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name.covers(rule, entry))
    }

    /// Whether some findings of this rule are reported.
    pub fn covers_some(&self, rule: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name.rule == rule)
    }
}

#[cfg(test)]
mod tests {
    use super::{Narrowing, RuleName};

    #[test]
    fn a_rule_covers_its_entries_and_an_entry_only_itself() {
        let narrowing = Narrowing::new(vec![RuleName::new("import-denied/x"), RuleName::new("import-dot")]);
        let covers =
            [("import-denied", Some("x"), true), ("import-denied", Some("y"), false), ("import-denied", None, false)];
        for (rule, entry, expected) in covers {
            assert_eq!(narrowing.covers(rule, entry), expected, "{rule} {entry:?}");
        }
        assert!(narrowing.covers("import-dot", Some("z")) && narrowing.covers("import-dot", None));
        assert!(narrowing.covers_some("import-denied") && !narrowing.covers_some("import-alias"));
        assert!(Narrowing::default().covers("import-alias", None));
    }
}
