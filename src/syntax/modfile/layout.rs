//! A module file as the go command writes it: its requirements in their blocks, sorted, in its format.
//!
//! Source: `golang.org/x/mod/modfile`: `SetRequire`, `SetRequireSeparateIndirect`, `SortBlocks`, `Cleanup`, `print.go`.

mod compare;
mod print;
mod require;

pub(in crate::syntax) use compare::layout_fault;

use super::{Comment, Lexer, RawLine, Token, content, is_indirect, span_of};
use crate::go::{GoVersion, is_print, quote};
use crate::text::{Edit, Span};

/// The requirements that a module file should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRequirements {
    /// The requirements, each path once.
    pub require: Vec<WantedRequirement>,
    /// The version on the `go` line.
    pub go: GoVersion,
    /// The name on the `toolchain` line.
    pub toolchain: Option<Box<str>>,
}

/// A requirement that a module file is to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedRequirement {
    /// The module path.
    pub path: Box<str>,
    /// The version.
    pub version: Box<str>,
    /// Whether the line is marked `// indirect`.
    pub indirect: bool,
}

/// The module file with these requirements, written as the go command writes it; `None` if there is an error in its
/// grammar.
pub fn with_requirements(text: &[u8], requirements: &WantedRequirements) -> Option<Vec<u8>> {
    let mut layout = Layout::read(text)?;
    layout.require(requirements);
    Some(layout.print())
}

/// The edit that marks a `require` line `// indirect`, or takes the mark off.
pub fn with_mark(text: &[u8], line: Span, indirect: bool) -> Edit {
    let end = memchr::memchr(b'\n', &text[line.end as usize..]).map_or(text.len(), |length| line.end as usize + length);
    // Only these part tokens; another white space would be a part of the next one.
    let end = end - text[..end].iter().rev().take_while(|byte| b" \t\r".contains(byte)).count();
    let span = Span::new(line.end as usize, end.max(line.end as usize));
    let rest = String::from_utf8_lossy(&text[span.range()]).trim().to_owned();
    let mut marked = LayoutLine {
        suffix: Some(rest).filter(|rest| !rest.is_empty()).into_iter().collect(),
        ..LayoutLine::default()
    };
    marked.mark(indirect);
    // `// indirect; indirect; …` has the mark twice, and each removal takes one.
    while !indirect && marked.is_indirect() {
        marked.mark(false);
    }
    let suffix = marked.suffix.first().map(|suffix| format!(" {suffix}")).unwrap_or_default();
    Edit { span, replacement: Box::from(suffix.as_bytes()) }
}

/// The statements of a file with all of their comments. A line that was removed has no tokens.
#[derive(Clone, Debug, Default)]
struct Layout {
    statements: Vec<LayoutStatement>,
    lines: Vec<LayoutLine>,
}

#[derive(Clone, Debug)]
enum LayoutStatement {
    /// Comments that belong to nothing.
    Comments(Vec<String>),
    Line(LineId),
    Block(LayoutBlock),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LineId(usize);

#[derive(Clone, Debug, Default)]
struct LayoutBlock {
    /// Where the verb is; empty for a block that the file does not have.
    place: Span,
    header: Vec<String>,
    before: Vec<String>,
    after_opening: Vec<String>,
    lines: Vec<LineId>,
    before_closing: Vec<String>,
    after_closing: Vec<String>,
}

/// A directive on its own, or an entry of a block, then without the verb.
#[derive(Clone, Debug, Default)]
struct LayoutLine {
    /// From the first token to the last; empty for a line that the file does not have.
    place: Span,
    /// The comments above it; an empty one is a blank line.
    before: Vec<String>,
    tokens: Vec<String>,
    suffix: Vec<String>,
    in_block: bool,
}

impl LayoutLine {
    /// Whether its first comment is the mark.
    fn is_indirect(&self) -> bool {
        self.suffix.first().is_some_and(|comment| is_indirect(comment))
    }

    /// Whether it has comments other than `// indirect`.
    fn is_commented(&self) -> bool {
        let says_more = |comment: &String| content(comment).trim() != "indirect";
        !self.before.is_empty() || self.suffix.len() > 1 || self.suffix.first().is_some_and(says_more)
    }

    /// Adds or removes the mark (`modfile.(*Require).setIndirect`).
    fn mark(&mut self, indirect: bool) {
        if self.is_indirect() == indirect {
            return;
        }
        let Some(comment) = self.suffix.first_mut() else {
            self.suffix.push("// indirect".to_owned());
            return;
        };
        let text = content(comment).trim();
        if indirect {
            *comment = if text.is_empty() { "// indirect".to_owned() } else { format!("// indirect; {text}") };
        } else if text == "indirect" {
            self.suffix.clear();
        } else if let Some((_, rest)) = comment.split_once("indirect;") {
            *comment = format!("//{rest}");
        }
    }

    fn set_version(&mut self, version: &str) {
        let at = if self.in_block { 1 } else { 2 };
        if self.in_block && *self.before == [""] {
            self.before.clear();
        }
        if let Some(token) = self.tokens.get_mut(at) {
            version.clone_into(token);
        }
    }
}

/// The tokens, in quotes only where that is needed (`modfile.AutoQuote`, which is applied to all that is read).
fn texts(tokens: Vec<Token<'_>>) -> Vec<String> {
    let text = |token: Token<'_>| match token.unquote() {
        Ok(plain) if token.text.starts_with(['"', '`']) => auto_quote(plain.value),
        _ => token.text.into_owned(),
    };
    tokens.into_iter().map(text).collect()
}

/// `modfile.MustQuote`.
fn auto_quote(text: String) -> String {
    let needs = |c: char| matches!(c, ' ' | '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | ',') || !is_print(c);
    let is_plain = !text.is_empty() && !text.contains(needs) && !text.contains("//") && !text.contains("/*");
    if is_plain { text } else { quote(&text) }
}

impl Layout {
    /// `modfile.parseFile`, `parseStmt` and `parseLineBlock`.
    fn read(text: &[u8]) -> Option<Self> {
        let mut lexer = Lexer::new(text);
        let mut layout = Self::default();
        let mut comments: Vec<String> = Vec::new();
        while let Some(RawLine { tokens, comment, error }) = lexer.line() {
            if error.is_some() {
                return None;
            }
            let place = span_of(&tokens);
            let mut tokens = texts(tokens);
            let comment = comment.map(|Comment { text, .. }| text.into_string());
            match (tokens.is_empty(), comment) {
                (true, Some(comment)) => comments.push(comment),
                (true, None) if comments.is_empty() => {}
                (true, None) => layout.statements.push(LayoutStatement::Comments(std::mem::take(&mut comments))),
                (false, comment) => {
                    let before = std::mem::take(&mut comments);
                    let is_empty = matches!(&tokens[..], [_, .., open, close] if open == "(" && close == ")");
                    if is_empty || matches!(&tokens[..], [_, .., open] if open == "(") {
                        tokens.truncate(tokens.len() - if is_empty { 2 } else { 1 });
                        let after_opening = comment.into_iter().collect();
                        let mut block =
                            LayoutBlock { place, header: tokens, before, after_opening, ..LayoutBlock::default() };
                        if !is_empty {
                            layout.read_entries(&mut lexer, &mut block)?;
                        }
                        layout.statements.push(LayoutStatement::Block(block));
                    } else {
                        let suffix = comment.into_iter().collect();
                        let line = layout.add(LayoutLine { place, before, tokens, suffix, in_block: false });
                        layout.statements.push(LayoutStatement::Line(line));
                    }
                }
            }
        }
        if !comments.is_empty() {
            layout.statements.push(LayoutStatement::Comments(comments));
        }
        Some(layout)
    }

    fn read_entries(&mut self, lexer: &mut Lexer<'_>, block: &mut LayoutBlock) -> Option<()> {
        let mut before: Vec<String> = Vec::new();
        loop {
            let RawLine { tokens, comment, error } = lexer.line()?;
            let comment = comment.map(|Comment { text, .. }| text.into_string());
            if error.is_some() {
                return None;
            }
            match &tokens[..] {
                [] => match comment {
                    Some(comment) => before.push(comment),
                    // One blank line is kept, unless it opens the block.
                    None if before.last().map_or(!block.lines.is_empty(), |last| !last.is_empty()) => {
                        before.push(String::new());
                    }
                    None => {}
                },
                [only] if only.text == ")" => {
                    // A blank line that ends the block is not kept.
                    let is_blank = matches!(&before[..], [line] if line.is_empty());
                    block.before_closing = if is_blank { Vec::new() } else { before };
                    block.after_closing.extend(comment);
                    return Some(());
                }
                [first, ..] if first.text == ")" => return None,
                _ => {
                    let place = span_of(&tokens);
                    let tokens = texts(tokens);
                    let suffix = comment.into_iter().collect();
                    let before = std::mem::take(&mut before);
                    block.lines.push(self.add(LayoutLine { place, before, tokens, suffix, in_block: true }));
                }
            }
        }
    }

    /// Gives the file these requirements, where and as the go command puts them (`modload.UpdateGoModFromReqs`).
    fn require(&mut self, WantedRequirements { require, go, toolchain }: &WantedRequirements) {
        self.set_go(go.as_str());
        self.set_toolchain(toolchain.as_deref());
        if go.is_at_least("1.17") {
            self.separate(require, go.is_at_least("1.27"));
        } else {
            self.set_in_place(require);
        }
        self.remove_duplicates();
        self.sort(go.is_at_least("1.21"));
        self.clean_up();
    }

    fn add(&mut self, line: LayoutLine) -> LineId {
        self.lines.push(line);
        LineId(self.lines.len() - 1)
    }

    fn line(&self, id: LineId) -> &LayoutLine {
        &self.lines[id.0]
    }

    fn line_mut(&mut self, id: LineId) -> &mut LayoutLine {
        &mut self.lines[id.0]
    }

    fn remove(&mut self, id: LineId) {
        self.line_mut(id).tokens.clear();
    }

    /// The lines of a verb, in order, those in blocks too.
    fn lines_of(&self, verb: &str) -> Vec<LineId> {
        let of = |statement: &LayoutStatement| match statement {
            LayoutStatement::Comments(_) => Vec::new(),
            LayoutStatement::Line(id) => {
                let is_meant = self.line(*id).tokens.first().is_some_and(|first| first == verb);
                is_meant.then_some(*id).into_iter().collect()
            }
            LayoutStatement::Block(block) if block.header == [verb] => block.lines.clone(),
            LayoutStatement::Block(_) => Vec::new(),
        };
        self.statements.iter().flat_map(of).collect()
    }

    /// The words after the verb.
    fn args(&self, id: LineId) -> &[String] {
        let line = self.line(id);
        if line.in_block { &line.tokens } else { line.tokens.get(1..).unwrap_or_default() }
    }

    fn set_go(&mut self, version: &str) {
        for line in self.lines_of("go") {
            self.line_mut(line).tokens = vec!["go".to_owned(), version.to_owned()];
        }
    }

    /// `modfile.(*File).AddToolchainStmt`, `DropToolchainStmt`.
    fn set_toolchain(&mut self, name: Option<&str>) {
        let lines = self.lines_of("toolchain");
        let tokens = |name: &str| vec!["toolchain".to_owned(), name.to_owned()];
        match name {
            None => lines.into_iter().for_each(|line| self.remove(line)),
            Some(name) if lines.is_empty() => {
                let line = self.add(LayoutLine { tokens: tokens(name), ..LayoutLine::default() });
                let go = self.lines_of("go");
                let is_go =
                    |statement: &LayoutStatement| matches!(statement, LayoutStatement::Line(id) if go.contains(id));
                let at = self.statements.iter().position(is_go).map_or(self.statements.len(), |at| at + 1);
                self.statements.insert(at, LayoutStatement::Line(line));
            }
            Some(name) => lines.into_iter().for_each(|line| self.line_mut(line).tokens = tokens(name)),
        }
    }
}
