//! The format of module files.

use super::{Layout, LayoutBlock, LayoutStatement, LineId};

impl Layout {
    /// The file's text (`modfile.Format`).
    pub(super) fn print(&self) -> Vec<u8> {
        let mut printer = Printer { layout: self, out: String::new(), pending: Vec::new(), margin: 0 };
        for (at, statement) in self.statements.iter().enumerate() {
            match statement {
                LayoutStatement::Comments(comments) => printer.comments(comments),
                LayoutStatement::Line(line) => {
                    printer.line(*line);
                    printer.newline();
                }
                LayoutStatement::Block(block) => {
                    printer.block(block);
                    printer.newline();
                }
            }
            if at + 1 < self.statements.len() {
                printer.newline();
            }
        }
        let mut out = printer.out;
        while out.ends_with("\n\n") || out == "\n" {
            out.pop();
        }
        out.into_bytes()
    }
}

struct Printer<'l> {
    layout: &'l Layout,
    out: String,
    /// The comments for the end of the line.
    pending: Vec<&'l str>,
    /// How far lines are indented, in tabs.
    margin: usize,
}

impl<'l> Printer<'l> {
    /// Prints whole-line comments; an empty one is a blank line.
    fn comments(&mut self, comments: &[String]) {
        if comments.is_empty() {
            return;
        }
        self.trim();
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.indent();
        for comment in comments {
            self.out.push_str(comment.trim());
            self.newline();
        }
    }

    fn line(&mut self, line: LineId) {
        let line = self.layout.line(line);
        self.comments(&line.before);
        self.tokens(&line.tokens);
        self.pending.extend(line.suffix.iter().map(String::as_str));
    }

    fn block(&mut self, block: &'l LayoutBlock) {
        self.comments(&block.before);
        self.tokens(&block.header);
        self.out.push_str(" (");
        self.pending.extend(block.after_opening.iter().map(String::as_str));
        self.margin += 1;
        for &line in &block.lines {
            self.newline();
            self.line(line);
        }
        self.margin -= 1;
        self.newline();
        self.comments(&block.before_closing);
        self.out.push(')');
        self.pending.extend(block.after_closing.iter().map(String::as_str));
    }

    fn tokens(&mut self, tokens: &[String]) {
        let mut separator = "";
        for token in tokens {
            if matches!(token.as_str(), "," | ")" | "]" | "}") {
                separator = "";
            }
            self.out.push_str(separator);
            self.out.push_str(token);
            separator = if matches!(token.as_str(), "(" | "[" | "{") { "" } else { " " };
        }
    }

    /// Ends the line with the comments that are for its end. Two blank lines are never printed in a row.
    fn newline(&mut self) {
        for (at, comment) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            if at == 0 {
                self.out.push(' ');
            } else {
                self.trim();
                self.out.push('\n');
                self.indent();
            }
            self.out.push_str(comment.trim());
        }
        self.trim();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self.indent();
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n('\t', self.margin));
    }

    fn trim(&mut self) {
        self.out.truncate(self.out.trim_end_matches(['\t', ' ']).len());
    }
}
