//! Taking directives out of a module file: the lines that go, and the ones that must not be touched.
//!
//! A directive is removed with everything that `go mod edit` drops with it (`modfile.(*FileSyntax).Cleanup`); unlike
//! there, the remaining text keeps its bytes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use super::{Comment, File, ModfileEntry, Statement};
use crate::text::{Edit, LineIndex, Span};

/// The lines of a `go.mod` or `go.work`, and which lines belong to which directive.
#[derive(Debug)]
pub struct Removal {
    lines: LineIndex,
    /// Which lines are blank, one by one.
    blank: Vec<bool>,
    directives: Vec<DirectiveExtent>,
    blocks: Vec<Block>,
    /// The first lines between the parentheses of blocks.
    openings: HashSet<usize>,
    /// The lines of their closing parentheses.
    closings: HashSet<usize>,
}

/// A directive, and the lines that go with it.
#[derive(Debug)]
struct DirectiveExtent {
    span: Span,
    lines: Range<usize>,
    block: Option<usize>,
}

/// A block, with the comments above it.
#[derive(Debug)]
struct Block {
    lines: Range<usize>,
    entries: usize,
}

impl Removal {
    /// Reads which lines belong together. In a file with an error in its grammar this is not certain, so nothing can be
    /// removed.
    pub fn new(text: &[u8]) -> Self {
        let lines = LineIndex::new(text);
        let count = if text.ends_with(b"\n") { 0 } else { 1 } + memchr::memchr_iter(b'\n', text).count();
        let is_blank = |line| text[lines.line_span(line).range()].iter().all(|byte| b" \t\r\n".contains(byte));
        let blank = (0..count).map(is_blank).collect();
        let (directives, blocks, openings, closings) = Default::default();
        let mut removal = Self { lines, blank, directives, blocks, openings, closings };
        let file = File::parse(text, "");
        if file.error.is_none() {
            file.statements.iter().for_each(|statement| removal.add(statement));
        }
        removal
    }

    /// The edits that take out the directives which hold these places, all of them together: a block goes with its
    /// last directive, and no blank lines are left that were not doubled before. In order of place.
    pub fn edits(&self, places: &[Span]) -> Vec<Edit> {
        let chosen: BTreeSet<usize> = places.iter().filter_map(|place| self.directive_at(*place)).collect();
        let mut edits = Vec::new();
        let mut gone = self.regions(&chosen).into_iter().peekable();
        while let Some(first) = gone.next() {
            let mut cluster = vec![first];
            while let Some(next) = gone.next_if(|next| self.end_of_blank(cluster[cluster.len() - 1].end) == next.start)
            {
                cluster.push(next);
            }
            edits.extend(self.around(&cluster).into_iter().filter(|lines| !lines.is_empty()));
        }
        edits.into_iter().map(|lines| Edit::removal(self.bytes(&lines))).collect()
    }

    fn add(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::Line(entry) => self.add_entry(entry, None),
            Statement::Block { header, comments, entries } => {
                let Some((opening, span)) = header.last().zip(entries.first().and_then(|entry| entry.line.block))
                else {
                    return;
                };
                let lines = self.lines_of(span, comments);
                self.openings.insert(self.line_of(opening.span) + 1);
                self.closings.insert(lines.end - 1);
                let block = self.blocks.len();
                self.blocks.push(Block { lines, entries: entries.len() });
                entries.iter().for_each(|entry| self.add_entry(entry, Some(block)));
            }
        }
    }

    fn add_entry(&mut self, entry: &ModfileEntry<'_>, block: Option<usize>) {
        let lines = self.lines_of(entry.line.span, &entry.line.comments);
        self.directives.push(DirectiveExtent { span: entry.line.span, lines, block });
    }

    /// The lines of a statement and of the comments above it.
    fn lines_of(&self, span: Span, comments: &[Comment]) -> Range<usize> {
        let first = comments.first().map_or(span, |comment| comment.span.to(span));
        self.lines.line_of(first.start)..self.line_of(span) + 1
    }

    /// The line on which a span ends.
    fn line_of(&self, span: Span) -> usize {
        self.lines.line_of(span.end.saturating_sub(1).max(span.start))
    }

    fn directive_at(&self, place: Span) -> Option<usize> {
        let next = self.directives.partition_point(|directive| directive.span.start <= place.start);
        next.checked_sub(1).filter(|&at| self.directives[at].span.contains(place.start))
    }

    /// The lines that go: those of each directive, or of a block that loses its last one.
    fn regions(&self, chosen: &BTreeSet<usize>) -> Vec<Range<usize>> {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        for block in chosen.iter().filter_map(|&at| self.directives[at].block) {
            *taken.entry(block).or_default() += 1;
        }
        let mut regions: Vec<Range<usize>> = Vec::new();
        for &at in chosen {
            let DirectiveExtent { lines, block, .. } = &self.directives[at];
            let emptied = block.filter(|block| taken[block] == self.blocks[*block].entries);
            let region = emptied.map_or(lines, |block| &self.blocks[block].lines);
            if regions.last() != Some(region) {
                regions.push(region.clone());
            }
        }
        regions
    }

    /// The removed part of a run of blank lines and `gone` ones: all but the longest stretch of blank lines, or the one
    /// that was at an end of the file or of a block already.
    fn around(&self, gone: &[Range<usize>]) -> [Range<usize>; 2] {
        let (first, last) = (gone[0].start, gone[gone.len() - 1].end);
        let before = self.start_of_blank(first)..first;
        let after = last..self.end_of_blank(last);
        let between = gone.windows(2).map(|pair| pair[0].end..pair[1].start);
        let (start, end) = (before.start, after.end);
        let opens = start == 0 || self.openings.contains(&start);
        let closes = end == self.blank.len() || self.closings.contains(&end);
        let kept = if opens {
            before
        } else if closes {
            after
        } else {
            // Of several that are equally long, the last.
            [after, before].into_iter().chain(between).rev().max_by_key(ExactSizeIterator::len).unwrap_or(last..last)
        };
        [start..kept.start, kept.end..end]
    }

    fn start_of_blank(&self, line: usize) -> usize {
        (0..line).rev().take_while(|&line| self.blank[line]).last().unwrap_or(line)
    }

    fn end_of_blank(&self, line: usize) -> usize {
        (line..self.blank.len()).find(|&line| !self.blank[line]).unwrap_or(self.blank.len())
    }

    fn bytes(&self, lines: &Range<usize>) -> Span {
        self.lines.line_span(lines.start).to(self.lines.line_span(lines.end - 1))
    }
}
