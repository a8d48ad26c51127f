//! Build constraints: the expressions of `//go:build` and `// +build` lines.
//!
//! Source: `go/build/constraint/expr.go`. Which builds there are is the matter of `build` and `satisfiability`.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::unicode::{is_digit, is_letter};

/// A condition on build tags. It never changes, and a copy shares its parts.
///
/// Chains of `&&`, and of `||`, are kept flat, so that `a && (b && c)` equals `(a && b) && c`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildConstraint(Expr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Expr {
    Tag(Arc<str>),
    Not(Arc<Expr>),
    All(Arc<[Expr]>),
    Any(Arc<[Expr]>),
}

/// Why a constraint is malformed, as `go/build/constraint` words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintError {
    /// The message.
    pub message: String,
    /// The byte of the expression at which the fault shows.
    pub offset: usize,
}

impl ConstraintError {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset }
    }
}

impl BuildConstraint {
    /// The constraint that asks for one tag.
    pub fn tag(name: impl AsRef<str>) -> Self {
        Self(Expr::tag(name.as_ref()))
    }

    /// Parses the expression after `//go:build`, as `constraint.Parse` does.
    pub fn parse_go_build(expr: &str) -> Result<Self, ConstraintError> {
        ConstraintParser::new(expr).parse().map(Self)
    }

    /// Parses the words after `// +build`, as `constraint.Parse` does: words are alternatives, commas join tags that
    /// must hold together, and a word that is no tag counts as the tag `ignore`.
    pub fn parse_plus_build(words: &str) -> Result<Self, ConstraintError> {
        const MAX_OPERATORS: usize = 100;
        let operands: usize = words.split_whitespace().map(|word| word.split(',').count()).sum();
        if operands > MAX_OPERATORS + 1 {
            return Err(ConstraintError::new("expression too complex for // +build lines", 0));
        }
        let alternatives: Vec<Expr> =
            words.split_whitespace().map(|word| Expr::all(word.split(',').map(plus_build_term))).collect();
        Ok(Self(if alternatives.is_empty() { Expr::tag("ignore") } else { Expr::any(alternatives) }))
    }

    /// The constraint that holds where both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other]).unwrap_or_else(|| Self::tag("ignore"))
    }

    /// The constraint that holds where all of them hold; `None` for none. A demand that several of them have, such as the
    /// name of a file and a line in it, occurs once.
    pub fn all(constraints: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut parts = constraints.into_iter().map(|constraint| constraint.0).peekable();
        parts.peek()?;
        Some(Self(match Expr::all(parts) {
            Expr::All(parts) => {
                let mut seen = HashSet::new();
                Expr::all(parts.iter().filter(|part| seen.insert(*part)).cloned())
            }
            one => one,
        }))
    }

    /// Whether the constraint holds in the build whose tags satisfy `is_set`: `constraint.Expr.Eval`.
    pub fn eval(&self, is_set: &dyn Fn(&str) -> bool) -> bool {
        self.0.eval(is_set)
    }

    /// Whether `go mod tidy` and `go mod vendor` count the file: every tag but `ignore` is both set and not set.
    ///
    /// Source: `cmd/go/internal/imports.AnyTags` and `eval`.
    pub fn any_tags(&self) -> bool {
        self.0.can_be(true)
    }

    /// Whether a tag of this name is in it.
    pub fn mentions(&self, tag: &str) -> bool {
        self.0.mentions(tag)
    }

    pub(super) fn expr(&self) -> &Expr {
        &self.0
    }
}

impl Expr {
    fn tag(name: &str) -> Self {
        Self::Tag(Arc::from(name))
    }

    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner.iter().cloned()),
                part => flat.push(part),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::All(flat.into()) }
    }

    fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner.iter().cloned()),
                part => flat.push(part),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::Any(flat.into()) }
    }

    fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Tag(tag) => **tag == *name,
            Self::Not(part) => part.mentions(name),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(name)),
        }
    }

    fn eval(&self, is_set: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Tag(tag) => is_set(tag),
            Self::Not(operand) => !operand.eval(is_set),
            Self::All(parts) => parts.iter().all(|part| part.eval(is_set)),
            Self::Any(parts) => parts.iter().any(|part| part.eval(is_set)),
        }
    }

    /// Whether the expression can come to `value` if each mention of a tag may count as it likes.
    fn can_be(&self, value: bool) -> bool {
        match self {
            Self::Tag(tag) => &**tag != "ignore" || !value,
            Self::Not(operand) => operand.can_be(!value),
            Self::All(parts) if value => parts.iter().all(|part| part.can_be(true)),
            Self::All(parts) => parts.iter().any(|part| part.can_be(false)),
            Self::Any(parts) if value => parts.iter().any(|part| part.can_be(true)),
            Self::Any(parts) => parts.iter().all(|part| part.can_be(false)),
        }
    }
}

impl fmt::Display for BuildConstraint {
    /// The text after `//go:build`, as `constraint.Expr.String` prints it. That cannot be parsed where it negates a
    /// negation; with `{:#}` such a one is in parentheses, and can.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BuildConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, operator) = match self {
            Self::Tag(tag) => return f.write_str(tag),
            Self::Not(operand) => {
                f.write_str("!")?;
                let is_plain = matches!(**operand, Self::Not(_)) && !f.alternate();
                return if is_plain { operand.fmt(f) } else { operand.fmt_operand(f) };
            }
            Self::All(parts) => (parts, " && "),
            Self::Any(parts) => (parts, " || "),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(operator)?;
            }
            if matches!(part, Self::Not(_)) { part.fmt(f)? } else { part.fmt_operand(f)? }
        }
        Ok(())
    }
}

impl Expr {
    /// In parentheses unless it is a tag.
    fn fmt_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Tag(tag) = self {
            return f.write_str(tag);
        }
        f.write_str("(")?;
        fmt::Display::fmt(self, f)?;
        f.write_str(")")
    }
}

/// Whether `word` may be a build tag: `constraint.isValidTag`.
pub(super) fn is_valid_tag(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_tag_char)
}

fn is_tag_char(c: char) -> bool {
    is_letter(c) || is_digit(c) || c == '_' || c == '.'
}

fn plus_build_term(term: &str) -> Expr {
    let (negated, word) = match term.strip_prefix('!') {
        Some(rest) if rest.is_empty() || rest.starts_with('!') => return Expr::tag("ignore"),
        Some(rest) => (true, rest),
        None => (false, term),
    };
    let tag = Expr::tag(if is_valid_tag(word) { word } else { "ignore" });
    if negated { Expr::Not(Arc::new(tag)) } else { tag }
}

const UNCLOSED: &str = "missing close paren";

/// Go's limit on operands. It also bounds how deep an expression nests.
const MAX_OPERANDS: usize = 1000;

/// Reads `any = all {"||" all}`, `all = operand {"&&" operand}`, with one token read ahead and the open parentheses
/// on a stack of its own, since a hostile file may open many.
struct ConstraintParser<'a> {
    text: &'a str,
    at: usize,
    token: ConstraintToken<'a>,
    operands: usize,
    groups: Vec<ParsedGroup>,
}

#[derive(Clone, Copy)]
struct ConstraintToken<'a> {
    /// Empty at the end.
    text: &'a str,
    start: usize,
    is_tag: bool,
}

/// The parsed part of an expression in parentheses, or of the whole.
#[derive(Default)]
struct ParsedGroup {
    open: usize,
    negated: bool,
    alternatives: Vec<Expr>,
    parts: Vec<Expr>,
}

impl ParsedGroup {
    fn push(&mut self, operand: Expr, negated: bool) {
        self.parts.push(if negated { Expr::Not(Arc::new(operand)) } else { operand });
    }

    fn end_alternative(&mut self) {
        self.alternatives.push(Expr::all(self.parts.drain(..)));
    }

    fn close(mut self) -> Expr {
        self.end_alternative();
        Expr::any(self.alternatives)
    }
}

impl<'a> ConstraintParser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            token: ConstraintToken { text: "", start: 0, is_tag: false },
            operands: 0,
            groups: Vec::new(),
        }
    }

    fn parse(mut self) -> Result<Expr, ConstraintError> {
        let mut group = ParsedGroup::default();
        loop {
            let negated = self.start_operand()?;
            if self.token.text == "(" {
                let inner = ParsedGroup { open: self.token.start, negated, ..ParsedGroup::default() };
                self.groups.push(std::mem::replace(&mut group, inner));
                continue;
            }
            group.push(self.tag()?, negated);
            while self.token.text == ")"
                && let Some(outer) = self.groups.pop()
            {
                let inner = std::mem::replace(&mut group, outer);
                let negated = inner.negated;
                group.push(inner.close(), negated);
                self.advance()?;
            }
            match self.token.text {
                "&&" => {}
                "||" => group.end_alternative(),
                _ if !self.groups.is_empty() => return Err(ConstraintError::new(UNCLOSED, group.open)),
                "" => return Ok(group.close()),
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// Goes on to an operand and past its `!`; gives whether there was one.
    fn start_operand(&mut self) -> Result<bool, ConstraintError> {
        self.operands += 1;
        if self.operands > MAX_OPERANDS {
            return Err(self.error("build expression too large"));
        }
        self.advance()?;
        let negated = self.token.text == "!";
        if negated {
            self.advance()?;
            if self.token.text == "!" {
                return Err(self.error("double negation not allowed"));
            }
        }
        Ok(negated)
    }

    fn tag(&mut self) -> Result<Expr, ConstraintError> {
        let ConstraintToken { text, is_tag, .. } = self.token;
        if is_tag {
            self.advance()?;
            return Ok(Expr::tag(text));
        }
        Err(match text {
            "" if self.groups.is_empty() => self.error("unexpected end of expression"),
            "" => self.error(UNCLOSED),
            _ => self.unexpected(),
        })
    }

    /// Reads the next token.
    fn advance(&mut self) -> Result<(), ConstraintError> {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        let start = self.text.len() - rest.len();
        let tag = rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len());
        let len = match rest.as_bytes() {
            _ if tag > 0 => tag,
            [] => 0,
            [b'(' | b')' | b'!', ..] => 1,
            [b'&', b'&', ..] | [b'|', b'|', ..] => 2,
            _ => {
                let message = format!("invalid syntax at {}", rest.chars().next().unwrap_or_default());
                return Err(ConstraintError::new(message, start));
            }
        };
        self.token = ConstraintToken { text: &rest[..len], start, is_tag: tag > 0 };
        self.at = start + len;
        Ok(())
    }

    fn unexpected(&self) -> ConstraintError {
        self.error(format!("unexpected token {}", self.token.text))
    }

    fn error(&self, message: impl Into<String>) -> ConstraintError {
        ConstraintError::new(message, self.token.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_constraints_ask_is_asked_once() {
        let parse = |text| BuildConstraint::parse_go_build(text).expect("the expression is well formed");
        for (one, other, both) in [
            ("windows", "windows", "windows"),
            ("windows", "windows && amd64", "windows && amd64"),
            ("linux", "(linux || darwin) && linux && cgo", "linux && (linux || darwin) && cgo"),
        ] {
            assert_eq!(parse(one).and(parse(other)), parse(both), "{one}, {other}");
        }
    }

    #[test]
    fn deep_expressions_fit_the_stack() {
        for (open, close) in [("(", ")"), ("!(", ")"), ("!(a && ", ")"), ("!(a || (b && ", "))")] {
            let mentions = open.matches(['(', 'a', 'b']).count();
            let depth = (MAX_OPERANDS - 1) / mentions;
            let text = format!("{}c{}", open.repeat(depth), close.repeat(depth));
            let constraint = BuildConstraint::parse_go_build(&text).expect("the expression is within the limit");
            assert!(constraint == constraint.clone() && !constraint.to_string().is_empty());
            constraint.eval(&|_| true);
            assert!(constraint.any_tags() && constraint.satisfiable());
        }
    }
}
