//! Which requirement belongs to which block, and the order of lines.

use std::collections::{HashMap, HashSet};

use super::super::unescape;
use super::{Layout, LayoutBlock, LayoutLine, LayoutStatement, LineId, WantedRequirement, auto_quote};
use crate::go::Version;

impl Layout {
    /// Before Go 1.17: lines stay where they are, and new ones come last (`modfile.(*File).SetRequire`).
    pub(super) fn set_in_place(&mut self, wanted: &[WantedRequirement]) {
        let mut need = by_path(wanted);
        for line in self.lines_of("require") {
            match self.module(line).and_then(|path| need.remove(path.as_str())) {
                Some(requirement) => self.update(line, requirement),
                None => self.remove(line),
            }
        }
        for requirement in wanted.iter().filter(|requirement| need.contains_key(&*requirement.path)) {
            self.append(requirement);
        }
    }

    /// Since Go 1.17: direct and indirect requirements apart (`modfile.(*File).SetRequireSeparateIndirect`). Since Go
    /// 1.27 there are no other blocks, and theirs are the comments above all (`SetRequireAtMostTwo`).
    pub(super) fn separate(&mut self, wanted: &[WantedRequirement], at_most_two: bool) {
        let lines = self.lines_of("require");
        let in_blocks: HashSet<LineId> = lines.iter().copied().filter(|&line| self.line(line).in_block).collect();
        let Homes { direct, indirect, is_flat } = self.homes();
        if at_most_two {
            self.collect_comments(direct, indirect, wanted);
        }
        let lines_in =
            |home: usize| self.block(home).map(|block| block.lines.iter().copied().collect()).unwrap_or_default();
        let (in_direct, in_indirect): (HashSet<LineId>, HashSet<LineId>) = (lines_in(direct), lines_in(indirect));
        let mut need = by_path(wanted);
        for line in lines {
            let Some(requirement) = self.module(line).and_then(|path| need.remove(path.as_str())) else {
                self.remove(line);
                continue;
            };
            self.update(line, requirement);
            let (home, in_other) = if requirement.indirect { (indirect, &in_direct) } else { (direct, &in_indirect) };
            if at_most_two || is_flat || (in_blocks.contains(&line) && in_other.contains(&line)) {
                self.move_to(line, home);
            }
        }
        for requirement in wanted.iter().filter(|requirement| need.contains_key(&*requirement.path)) {
            let mut line = entry(requirement);
            line.mark(requirement.indirect);
            let line = self.add(line);
            let home = if requirement.indirect { indirect } else { direct };
            self.push(home, line);
        }
    }

    fn update(&mut self, line: LineId, requirement: &WantedRequirement) {
        let line = self.line_mut(line);
        line.set_version(&requirement.version);
        line.mark(requirement.indirect);
    }

    /// The module path of a `require` line.
    fn module(&self, line: LineId) -> Option<String> {
        let path = self.args(line).first()?;
        let raw = path.strip_prefix('`').and_then(|path| path.strip_suffix('`'));
        match path.strip_prefix('"').and_then(|path| path.strip_suffix('"')) {
            Some(quoted) => unescape(quoted),
            None => Some(raw.unwrap_or(path).to_owned()),
        }
    }

    /// Adds a requirement to the last block or line of requirements (`modfile.(*FileSyntax).addLine`).
    fn append(&mut self, requirement: &WantedRequirement) {
        let is_require = |statement: &LayoutStatement| match statement {
            LayoutStatement::Comments(_) => false,
            LayoutStatement::Line(id) => self.line(*id).tokens.first().is_some_and(|verb| verb == "require"),
            LayoutStatement::Block(block) => block.header.first().is_some_and(|verb| verb == "require"),
        };
        let last = self.statements.iter().rposition(is_require);
        let mut line = entry(requirement);
        line.mark(requirement.indirect);
        match last {
            Some(at) => {
                let line = self.add(line);
                self.ensure_block(at);
                self.push(at, line);
            }
            None => {
                line.tokens.insert(0, "require".to_owned());
                line.in_block = false;
                let line = self.add(line);
                self.statements.push(LayoutStatement::Line(line));
            }
        }
    }

    /// The blocks for direct and indirect requirements, made where there are none.
    fn homes(&mut self) -> Homes {
        let (mut direct, mut indirect, mut last, mut count) = (None, None, None, 0);
        for (at, statement) in self.statements.iter().enumerate() {
            let lines = match statement {
                LayoutStatement::Line(id) if self.line(*id).tokens.first().is_some_and(|verb| verb == "require") => {
                    std::slice::from_ref(id)
                }
                LayoutStatement::Block(block) if block.header.first().is_some_and(|verb| verb == "require") => {
                    &*block.lines
                }
                _ => continue,
            };
            (last, count) = (Some(at), count + 1);
            let of_block = matches!(statement, LayoutStatement::Block(block) if !block.before.is_empty());
            let is_plain = !of_block && !lines.is_empty() && lines.iter().all(|&id| !self.line(id).is_commented());
            if is_plain && lines.iter().all(|&id| !self.line(id).is_indirect()) {
                direct = Some(at);
            } else if is_plain && lines.iter().all(|&id| self.line(id).is_indirect()) {
                indirect = Some(at);
            }
        }
        let is_uncommented = |at: usize| match &self.statements[at] {
            LayoutStatement::Comments(_) => false,
            LayoutStatement::Line(id) => !self.line(*id).is_commented(),
            LayoutStatement::Block(block) => block.before.is_empty(),
        };
        let is_flat = count == 1 && last.is_some_and(is_uncommented);
        let direct = match direct {
            Some(at) => at,
            None => {
                let at = indirect.or(last.map(|at| at + 1)).unwrap_or(self.statements.len());
                indirect = indirect.map(|at| at + 1);
                self.insert_block(at)
            }
        };
        let indirect = indirect.unwrap_or_else(|| self.insert_block(direct + 1));
        self.ensure_block(direct);
        self.ensure_block(indirect);
        Homes { direct, indirect, is_flat }
    }

    /// Moves the comments above all blocks of requirements to the two that remain, an empty comment between those of two
    /// blocks.
    fn collect_comments(&mut self, direct: usize, indirect: usize, wanted: &[WantedRequirement]) {
        let need = by_path(wanted);
        let mut collected: [Vec<String>; 2] = Default::default();
        for at in 0..self.statements.len() {
            let Some(block) = self.block(at).filter(|block| block.header.first().is_some_and(|verb| verb == "require"))
            else {
                continue;
            };
            let requirement = |&line: &LineId| need.get(self.module(line)?.as_str()).copied();
            let has_direct = block.lines.iter().filter_map(requirement).any(|requirement| !requirement.indirect);
            let target = &mut collected[usize::from(!has_direct && !block.lines.is_empty())];
            if !target.is_empty() && !block.before.is_empty() {
                target.push("//".to_owned());
            }
            target.extend(block.before.iter().cloned());
        }
        for (at, statement) in self.statements.iter_mut().enumerate() {
            let LayoutStatement::Block(block) = statement else { continue };
            if block.header.first().is_some_and(|verb| verb == "require") {
                block.before.clear();
            }
            if let Some(home) = [direct, indirect].iter().position(|&home| home == at) {
                block.before = std::mem::take(&mut collected[home]);
            }
        }
    }

    fn insert_block(&mut self, at: usize) -> usize {
        let block = LayoutBlock { header: vec!["require".to_owned()], ..LayoutBlock::default() };
        self.statements.insert(at, LayoutStatement::Block(block));
        at
    }

    /// Makes a block of a line.
    fn ensure_block(&mut self, at: usize) {
        if let LayoutStatement::Line(id) = self.statements[at] {
            let line = self.line_mut(id);
            line.in_block = true;
            let verb = line.tokens.remove(0);
            let place = line.place;
            let block = LayoutBlock { place, header: vec![verb], lines: vec![id], ..LayoutBlock::default() };
            self.statements[at] = LayoutStatement::Block(block);
        }
    }

    fn block(&self, at: usize) -> Option<&LayoutBlock> {
        match &self.statements[at] {
            LayoutStatement::Block(block) => Some(block),
            LayoutStatement::Comments(_) | LayoutStatement::Line(_) => None,
        }
    }

    fn push(&mut self, at: usize, line: LineId) {
        if let LayoutStatement::Block(block) = &mut self.statements[at] {
            block.lines.push(line);
        }
    }

    /// Moves a line with its comments to the end of a block.
    fn move_to(&mut self, line: LineId, home: usize) {
        let mut moved = self.line(line).clone();
        if !moved.in_block {
            moved.tokens.remove(0);
            moved.in_block = true;
        }
        self.remove(line);
        let moved = self.add(moved);
        self.push(home, moved);
    }

    /// Of equal `exclude`, `tool` and `ignore` lines the first is kept, of `replace` lines for one thing the last
    /// (`modfile.removeDups`).
    pub(super) fn remove_duplicates(&mut self) {
        let mut gone: HashSet<LineId> = HashSet::new();
        for verb in ["exclude", "tool", "ignore"] {
            let mut seen: HashSet<&[String]> = HashSet::new();
            gone.extend(self.lines_of(verb).into_iter().filter(|&line| !seen.insert(self.args(line))));
        }
        let mut seen: HashSet<&[String]> = HashSet::new();
        let replaced = |line: LineId| self.args(line).split(|token| token == "=>").next().unwrap_or_default();
        gone.extend(self.lines_of("replace").into_iter().rev().filter(|&line| !seen.insert(replaced(line))));
        self.statements.retain_mut(|statement| match statement {
            LayoutStatement::Comments(_) => true,
            LayoutStatement::Line(line) => !gone.contains(line),
            LayoutStatement::Block(block) => {
                block.lines.retain(|line| !gone.contains(line));
                !block.lines.is_empty()
            }
        });
    }

    /// `modfile.(*File).SortBlocks`. Since Go 1.21 excluded versions are sorted in their own order.
    pub(super) fn sort(&mut self, by_version: bool) {
        let lines = &self.lines;
        for statement in &mut self.statements {
            let LayoutStatement::Block(block) = statement else { continue };
            let tokens = |id: LineId| lines[id.0].tokens.as_slice();
            match block.header.first().map(String::as_str) {
                Some("exclude") if by_version => block.lines.sort_by(|&a, &b| match (tokens(a), tokens(b)) {
                    ([path, version], [other, than]) => {
                        path.cmp(other).then_with(|| Version::compare_texts(version, than))
                    }
                    (a, b) => a.cmp(b),
                }),
                Some("retract") => block.lines.sort_by(|&a, &b| {
                    let ((low, high), (other_low, other_high)) = (interval(tokens(a)), interval(tokens(b)));
                    Version::compare_texts(other_low, low).then_with(|| Version::compare_texts(other_high, high))
                }),
                _ => block.lines.sort_by(|&a, &b| tokens(a).cmp(tokens(b))),
            }
        }
    }

    /// Takes out removed lines and empty blocks, and makes lines of blocks with one entry
    /// (`modfile.(*FileSyntax).Cleanup`).
    pub(super) fn clean_up(&mut self) {
        let mut kept = Vec::with_capacity(self.statements.len());
        for mut statement in std::mem::take(&mut self.statements) {
            match &mut statement {
                LayoutStatement::Comments(_) => {}
                LayoutStatement::Line(line) if self.line(*line).tokens.is_empty() => continue,
                LayoutStatement::Line(_) => {}
                LayoutStatement::Block(block) => {
                    block.lines.retain(|line| !self.lines[line.0].tokens.is_empty());
                    match block.lines[..] {
                        [] => continue,
                        [only] if block.before_closing.is_empty() => {
                            let line = &mut self.lines[only.0];
                            line.tokens.splice(0..0, std::mem::take(&mut block.header));
                            line.before.splice(0..0, std::mem::take(&mut block.before));
                            line.in_block = false;
                            statement = LayoutStatement::Line(only);
                        }
                        _ => {}
                    }
                }
            }
            kept.push(statement);
        }
        self.statements = kept;
    }
}

/// The places of the blocks that requirements are put into.
struct Homes {
    direct: usize,
    indirect: usize,
    /// Whether there was one block or line of requirements only, without comments of its own.
    is_flat: bool,
}

fn by_path(wanted: &[WantedRequirement]) -> HashMap<&str, &WantedRequirement> {
    wanted.iter().map(|requirement| (&*requirement.path, requirement)).collect()
}

/// A new line of a block.
fn entry(requirement: &WantedRequirement) -> LayoutLine {
    let tokens = vec![auto_quote(requirement.path.to_string()), requirement.version.to_string()];
    LayoutLine { tokens, in_block: true, ..LayoutLine::default() }
}

/// The bounds of a `retract` line.
fn interval(tokens: &[String]) -> (&str, &str) {
    match tokens {
        [version] => (version, version),
        [open, low, comma, high, close] if open == "[" && comma == "," && close == "]" => (low, high),
        _ => ("", ""),
    }
}
