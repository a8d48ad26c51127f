//! The text of a go.mod as lines, to be changed by hand as people do.

use crate::support::random::Random;

/// The lines of a go.mod, and whether there is a line break after the last.
pub(crate) struct Lines(Vec<String>, bool);

/// A requirement, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    at: usize,
    pub(crate) path: String,
    pub(crate) version: String,
    /// The text after the version.
    rest: String,
    is_in_block: bool,
}

impl Requirement {
    fn line(&self, rest: &str) -> String {
        let start = if self.is_in_block { "\t" } else { "require " };
        format!("{start}{} {}{rest}", self.path, self.version)
    }
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.lines().map(str::to_owned).collect(), true)
    }

    pub(crate) fn text(&self) -> String {
        let text: String = self.0.iter().map(|line| format!("{line}\n")).collect();
        if self.1 { text } else { text.trim_end().to_owned() }
    }

    pub(crate) fn requirements(&self) -> Vec<Requirement> {
        let mut is_in_block = false;
        let mut found = Vec::new();
        for (at, line) in self.0.iter().enumerate() {
            let trimmed = line.trim();
            let words = match trimmed.strip_prefix("require ") {
                Some(rest) if rest.starts_with('(') => {
                    is_in_block = !rest.contains(')');
                    continue;
                }
                Some(rest) => rest,
                None if is_in_block => trimmed,
                None => continue,
            };
            if trimmed.starts_with(')') {
                is_in_block = false;
                continue;
            }
            let (code, _) = words.split_once("//").unwrap_or((words, ""));
            let parts: Vec<&str> = code.split_whitespace().collect();
            if let [path, version] = parts[..] {
                let rest = words[code.trim_end().len()..].to_owned();
                let (path, version) = (path.to_owned(), version.to_owned());
                found.push(Requirement { at, path, version, rest, is_in_block });
            }
        }
        found
    }

    /// One of the requirements.
    pub(crate) fn any(&self, random: &mut Random) -> Option<Requirement> {
        let all = self.requirements();
        (!all.is_empty()).then(|| all[random.below(all.len())].clone())
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.requirements().iter().any(|it| it.path == path)
    }

    pub(crate) fn remove(&mut self, requirement: &Requirement) {
        self.0.remove(requirement.at);
    }

    /// Writes the line of a requirement again, with its present version.
    pub(crate) fn rewrite(&mut self, requirement: &Requirement) {
        self.0[requirement.at] = requirement.line(&requirement.rest);
    }

    /// Takes `// indirect` away, or writes it in one of the forms that it can have.
    pub(crate) fn flip(&mut self, requirement: &Requirement, random: &mut Random) {
        let rest = if requirement.rest.contains("indirect") {
            random.pick(&["", "", " // for now"])
        } else {
            random.pick(&[" // indirect", " // indirect", " //indirect", " // indirect; for now"])
        };
        self.0[requirement.at] = requirement.line(rest);
    }

    /// Adds a requirement beside another one, or on its own.
    pub(crate) fn add(&mut self, path: &str, version: &str, random: &mut Random) {
        let mark = random.pick(&["", " // indirect"]);
        match self.any(random).filter(|_| !random.once_in(4)) {
            Some(other) => {
                let start = if other.is_in_block { "\t" } else { "require " };
                let at = other.at + random.below(2);
                self.0.insert(at, format!("{start}{path} {version}{mark}"));
            }
            None => self.0.extend([String::new(), format!("require {path} {version}{mark}")]),
        }
    }

    /// Adds a line of another kind.
    pub(crate) fn push(&mut self, line: String) {
        self.0.extend([String::new(), line]);
    }

    /// Writes a comment somewhere.
    pub(crate) fn comment(&mut self, random: &mut Random) -> Option<&'static str> {
        let all = self.requirements();
        let block = self.0.iter().position(|line| line.starts_with("require ("));
        let end = block.and_then(|start| self.0[start..].iter().position(|line| line == ")").map(|end| start + end));
        Some(match random.below(9) {
            0 => {
                self.0.insert(block?, "// About these.".to_owned());
                "a comment above a block"
            }
            1 => {
                self.0.insert(block? + 1, "\t// About those below.".to_owned());
                "a comment above the first of a block"
            }
            2 => {
                self.0.insert(end?, "\t// Nothing more.".to_owned());
                "a comment at the end of a block"
            }
            3 => {
                self.0[block?] += " // these";
                "a comment on the line of a block"
            }
            4 => {
                self.0[end?] += " // those";
                "a comment behind a block"
            }
            5 => {
                self.0.extend([String::new(), "// The end.".to_owned()]);
                "a comment at the end"
            }
            6 | 7 if !all.is_empty() => {
                let one = &all[random.below(all.len())];
                let start = if one.is_in_block { "\t" } else { "" };
                self.0.insert(one.at, format!("{start}// About this one."));
                "a comment above a requirement"
            }
            _ if !all.is_empty() => {
                let one = &all[random.below(all.len())];
                let words = random.pick(&["// why", "//nolint", "/* no */", "// indirect // really", "// Indirect"]);
                self.0[one.at] = one.line(&format!(" {}", words.replace("/*", "//")));
                "a comment on a requirement"
            }
            _ => return None,
        })
    }

    /// Puts requirements into other blocks.
    pub(crate) fn regroup(&mut self, random: &mut Random) -> Option<&'static str> {
        let all = self.requirements();
        let one = all.get(random.below(all.len().max(1)))?.clone();
        let line = |it: &Requirement| format!("\t{} {}{}", it.path, it.version, it.rest);
        Some(match random.below(7) {
            0 => {
                self.0.remove(one.at);
                let alone = Requirement { is_in_block: false, ..one };
                self.0.extend([String::new(), alone.line(&alone.rest)]);
                "a requirement stands alone"
            }
            1 if one.is_in_block => {
                self.0.splice(one.at..one.at, [")", "", "require ("].map(str::to_owned));
                "a block is two"
            }
            2 => {
                for it in all.iter().rev() {
                    self.0.remove(it.at);
                }
                let block = ["", "require ("].map(str::to_owned).into_iter();
                self.0.extend(block.chain(all.iter().map(line)).chain([")".to_owned()]));
                "all requirements are in one block"
            }
            3 => {
                self.0.remove(one.at);
                let block = [String::new(), "require (".to_owned(), line(&one), ")".to_owned()];
                self.0.extend(block);
                "a requirement is in a block of its own"
            }
            4 => {
                self.0.extend(["", "require (", "\t// Nothing yet.", ")"].map(str::to_owned));
                "a block has only a comment"
            }
            5 => {
                self.0.extend(["", "require ()"].map(str::to_owned));
                "a block is empty"
            }
            _ => {
                let other = &all[random.below(all.len())];
                let (first, second) = (one.at, other.at);
                if one.is_in_block == other.is_in_block {
                    self.0.swap(first, second);
                }
                "two requirements change places"
            }
        })
    }

    /// Changes the layout, which says nothing.
    pub(crate) fn disarrange(&mut self, random: &mut Random) -> Option<&'static str> {
        let one = self.any(random)?;
        let line = &mut self.0[one.at];
        Some(match random.below(5) {
            0 => {
                *line = format!("  {}", line.replace(' ', "   "));
                "blanks"
            }
            1 => {
                self.0.insert(one.at, String::new());
                "an empty line"
            }
            2 => {
                self.1 = false;
                "no line break at the end"
            }
            3 => {
                *line = line.replacen(&one.path, &format!("\"{}\"", one.path), 1);
                "quotes"
            }
            _ => {
                self.0.iter_mut().for_each(|line| line.push('\r'));
                "carriage returns"
            }
        })
    }

    /// Changes the order, the lines that are there twice, and the white space of any line.
    pub(crate) fn shake(&mut self, random: &mut Random) -> Option<&'static str> {
        let at = random.below(self.0.len().max(1));
        let line = self.0.get(at)?.clone();
        let is_entry = line.starts_with('\t') && !line.trim().starts_with("//");
        Some(match random.below(6) {
            0 => {
                self.0.insert(at, random.pick(&["", "", "\t", "\t// A word.", "// A word."]).to_owned());
                "a line between"
            }
            1 if is_entry => {
                self.0.insert(at, line);
                "an entry twice"
            }
            2 | 3 if is_entry => {
                let first = self.0[..at].iter().rposition(|line| line.ends_with('(')).map_or(at, |open| open + 1);
                self.0.remove(at);
                self.0.insert(first + random.below(at - first + 1), line);
                "an entry further up"
            }
            4 if line.ends_with(" (") => {
                let close = self.0[at..].iter().position(|line| line == ")")? + at;
                self.0[at + 1..close].reverse();
                "a block turned around"
            }
            5 if is_entry => {
                let open = self.0[..at].iter().rfind(|line| line.ends_with('('))?.clone();
                self.0.splice(at..at, [")".to_owned(), String::new(), open]);
                "a block of two halves"
            }
            _ => return None,
        })
    }

    /// Writes lines of a kind once more, or all of them as a block.
    pub(crate) fn gather(&mut self, kind: &str, random: &mut Random) -> Option<&'static str> {
        let found: Vec<usize> = (0..self.0.len()).filter(|at| self.0[*at].starts_with(&format!("{kind} "))).collect();
        let is_block = |at: usize| self.0[at].ends_with('(') || self.0[at].contains("//");
        if found.is_empty() || found.iter().any(|at| is_block(*at)) {
            return None;
        }
        if random.once_in(2) {
            let again = self.0[found[random.below(found.len())]].clone();
            self.push(again);
            return Some("a line once more");
        }
        let entries: Vec<String> = found.iter().rev().map(|at| self.0.remove(*at)).collect();
        self.0.extend([String::new(), format!("{kind} (")]);
        self.0.extend(entries.iter().map(|line| format!("\t{}", line[kind.len()..].trim_start())));
        self.0.push(")".to_owned());
        Some("lines in a block")
    }

    /// Puts another line in place of the first that starts so, or takes it away.
    pub(crate) fn replace_line(&mut self, start: &str, new: Option<String>) -> bool {
        let Some(at) = self.0.iter().position(|line| line.starts_with(start)) else { return false };
        match new {
            Some(new) => self.0[at] = new,
            None => drop(self.0.remove(at)),
        }
        true
    }

    /// Whether there is a line that starts so.
    pub(crate) fn has_line(&self, start: &str) -> bool {
        self.0.iter().any(|line| line.starts_with(start))
    }

    /// Takes away one of the lines that have these words.
    pub(crate) fn remove_with(&mut self, words: &str, random: &mut Random) -> Option<String> {
        let found: Vec<usize> = (0..self.0.len()).filter(|at| self.0[*at].contains(words)).collect();
        (!found.is_empty()).then(|| self.0.remove(found[random.below(found.len())]))
    }
}
