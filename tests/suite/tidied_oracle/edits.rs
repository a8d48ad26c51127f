//! Changes to a tidy module as it is worked on: files, imports, lines of go.mod and go.sum are added, removed and
//! changed.

use super::lines::Lines;
use super::main_module::{directive, is_contradicted, main_file, own_paths};
use super::universe::{Files, Main, Modules, NAMES, Own, joined, release};
use crate::support::random::Random;

/// A repository that is being changed. Each step returns its description, or nothing if there was nothing to do.
pub(crate) struct Edit<'e> {
    pub(crate) world: &'e Modules,
    pub(crate) main: &'e Main,
    pub(crate) files: &'e mut Files,
    pub(crate) random: &'e mut Random,
}

impl Edit<'_> {
    /// Does one thing.
    pub(crate) fn anything(&mut self) -> Option<String> {
        match self.random.below(40) {
            0..=13 => self.requirement(),
            14..=18 => self.source(),
            19..=21 => self.directives(),
            22..=27 => self.sums(),
            28..=32 => self.on_lines(|lines, random| lines.comment(random)),
            33..=35 => self.on_lines(|lines, random| lines.regroup(random)),
            36 => self.on_lines(|lines, random| {
                let kind = random.pick(&["exclude", "replace", "tool", "ignore", "retract", "godebug"]);
                lines.gather(kind, random)
            }),
            37 => self.on_lines(|lines, random| lines.disarrange(random)),
            38 => self.versions_of_go(),
            _ => self.surroundings(),
        }
    }

    /// Changes only the look of a go.mod, for those that somebody has written.
    pub(crate) fn looks(&mut self) -> Option<String> {
        match self.random.below(3) {
            0 => self.on_lines(|lines, random| lines.regroup(random)),
            _ => self.on_lines(|lines, random| lines.comment(random)),
        }
    }

    /// Changes only the layout of go.mod or go.sum, or lines that may lead to another layout.
    pub(crate) fn layout(&mut self) -> Option<String> {
        match self.random.below(16) {
            0..=5 => self.on_lines(|lines, random| lines.shake(random)),
            6 | 7 => self.on_lines(|lines, random| lines.regroup(random)),
            8 => self.on_lines(|lines, random| lines.comment(random)),
            9 => self.on_lines(|lines, random| lines.disarrange(random)),
            10 => self.on_lines(|lines, random| {
                let kind = random.pick(&["exclude", "replace", "tool", "ignore", "retract", "godebug"]);
                lines.gather(kind, random)
            }),
            11 => self.toolchain(),
            12 => self.unrelated(),
            _ => self.layout_of_sums(),
        }
    }

    /// Adds a `toolchain` line that is equal to the `go` line or below it, or above.
    fn toolchain(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let go = lines.text().lines().find_map(|line| Some(line.strip_prefix("go ")?.trim().to_owned()))?;
        if lines.has_line("toolchain ") {
            return None;
        }
        let same = format!("go{go}");
        let name =
            self.random.pick(&[same.as_str(), "go1.20", "go1.21.0", "go1.22.1", "go1.25.0", "default"]).to_owned();
        lines.push(format!("toolchain {name}"));
        self.write(&lines);
        Some(format!("toolchain {name}"))
    }

    /// Changes lines that decide whether a `toolchain` line stays: that line, the `go` line, the requirements and the
    /// imports.
    pub(crate) fn toolchains(&mut self) -> Option<String> {
        match self.random.below(8) {
            0..=2 => self.any_toolchain(),
            3 | 4 => {
                let mut lines = self.lines();
                let choices = ["1.16", "1.17", "1.20", "1.21", "1.21rc2", "1.21.0", "1.22.1", "1.24", "1.24.0", "1.26"];
                let go = self.random.pick(&choices);
                lines.replace_line("go ", Some(format!("go {go}")));
                self.write(&lines);
                Some(format!("go {go}"))
            }
            5 | 6 => self.requirement(),
            _ => self.source(),
        }
    }

    /// Writes a `toolchain` line, in the place of the one that is there.
    pub(crate) fn any_toolchain(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let go = lines.text().lines().find_map(|line| Some(line.strip_prefix("go ")?.trim().to_owned()))?;
        let (same, ours) = (format!("go{go}"), format!("go{go}-our"));
        let names =
            [&*same, &*ours, "go1.20", "go1.21", "go1.21rc3", "go1.21.0", "go1.22.1", "go1.24.1-our", "go1.26.9"];
        let name = if self.random.once_in(12) { "default" } else { self.random.pick(&names) };
        let line = format!("toolchain {name}");
        if !lines.replace_line("toolchain ", Some(line.clone())) {
            lines.push(line.clone());
        }
        self.write(&lines);
        Some(line)
    }

    /// Adds lines that do not affect the requirements.
    fn unrelated(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let (verb, all): (&str, &[&str]) = match self.random.below(4) {
            0 => ("exclude", &["example.com/far v1.10.0", "example.com/far v1.9.0", "example.com/f v0.1.0"]),
            1 => ("retract", &["v0.1.0", "[v0.2.0, v0.3.0]", "v0.1.1"]),
            2 => ("ignore", &["./no", "./nowhere", "./nothing"]),
            _ => ("godebug", &["panicnil=1", "http2client=0"]),
        };
        let count = 1 + self.random.below(all.len());
        for _ in 0..count {
            lines.push(format!("{verb} {}", all[self.random.below(all.len())]));
        }
        self.write(&lines);
        Some(format!("add {count} {verb} lines"))
    }

    fn layout_of_sums(&mut self) -> Option<String> {
        let path = self.path("go.sum");
        let text = self.files.get(&path)?.clone();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let at = self.random.below(lines.len().max(1));
        let line = lines.get(at)?.clone();
        let done = match self.random.below(8) {
            0 => {
                let to = self.random.below(lines.len());
                lines.swap(at, to);
                "two checksums change places"
            }
            1 => {
                lines.insert(self.random.below(lines.len()), line);
                "a checksum twice"
            }
            2 => {
                lines.insert(at, self.random.pick(&["\n", "\r\n", "  \n"]).to_owned());
                "an empty line in go.sum"
            }
            3 => {
                lines[at] = line.replace('\n', "\r\n");
                "a carriage return in go.sum"
            }
            4 => {
                lines[at] = line.replacen(' ', self.random.pick(&["  ", "\t"]), 1);
                "a blank in go.sum"
            }
            5 => {
                lines.last_mut()?.pop();
                "no line break at the end of go.sum"
            }
            6 => {
                lines[at] = format!(" {line}");
                "an indented checksum"
            }
            _ => {
                lines.insert(at, "<<<<<<< HEAD\n".to_owned());
                "a line that is no checksum"
            }
        };
        self.files.insert(path, lines.concat());
        Some(done.to_owned())
    }

    fn path(&self, name: &str) -> String {
        joined(&self.main.dir, name)
    }

    fn lines(&self) -> Lines {
        Lines::new(&self.files[&self.path("go.mod")])
    }

    fn write(&mut self, lines: &Lines) {
        self.files.insert(self.path("go.mod"), lines.text());
    }

    fn on_lines(&mut self, change: impl FnOnce(&mut Lines, &mut Random) -> Option<&'static str>) -> Option<String> {
        let mut lines = self.lines();
        let done = change(&mut lines, self.random)?;
        self.write(&lines);
        Some(done.to_owned())
    }

    /// Changes the requirements.
    fn requirement(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let one = lines.any(self.random);
        let known = |path: &str| (0..NAMES.len()).find(|module| self.world.path(*module) == path);
        let done = match self.random.below(14) {
            0..=3 => {
                lines.remove(one.as_ref()?);
                format!("drop {}", one?.path)
            }
            4..=6 => {
                lines.flip(one.as_ref()?, self.random);
                format!("flip the mark of {}", one?.path)
            }
            7..=9 => {
                let module = self.random.below(NAMES.len());
                let (path, version) = (self.world.path(module), self.world.random_version(module, self.random));
                if lines.has(&path) && !self.random.once_in(4) {
                    return None;
                }
                lines.add(&path, version, self.random);
                format!("require {path} {version}")
            }
            10..=12 => {
                let mut one = one?;
                let odd = ["master", "v1", "v1.0", "v1.0.0+meta", "v3.0.0", "latest", "v1.9.0", "abcdef123456"];
                let version = match self.random.below(20) {
                    0 => odd[self.random.below(odd.len())].to_owned(),
                    _ => self.world.random_version(known(&one.path)?, self.random).to_owned(),
                };
                one.version.clone_from(&version);
                lines.rewrite(&one);
                format!("require {} at {version}", one.path)
            }
            _ => {
                let one = one?;
                lines.add(&one.path, &one.version, self.random);
                format!("require {} twice", one.path)
            }
        };
        self.write(&lines);
        Some(done)
    }

    /// Changes the imports.
    fn source(&mut self) -> Option<String> {
        let own = own_paths(self.files, self.main);
        let below = self.path("");
        let is_other = |path: &str| path.starts_with("forks/") || path.contains("nested/") || path.starts_with("..");
        let is_own = |path: &String| path.ends_with(".go") && path.starts_with(&below) && !is_other(path);
        let sources: Vec<String> = self.files.keys().filter(|path| is_own(path)).cloned().collect();
        if sources.is_empty() {
            return None;
        }
        let path = sources[self.random.below(sources.len())].clone();
        let is_test = path.ends_with("_test.go");
        match self.random.below(8) {
            0 => {
                self.files.remove(&path);
                Some(format!("remove {path}"))
            }
            1 | 2 => {
                let mut lines = Lines::new(&self.files[&path]);
                let gone = lines.remove_with("_ \"", self.random)?;
                self.files.insert(path.clone(), lines.text());
                Some(format!("remove {gone} from {path}"))
            }
            3..=5 => {
                let import = self.import(is_test)?;
                let text = self.files.get_mut(&path).expect("it is there");
                *text = text.replacen("\n\n", &format!("\n\nimport _ \"{import}\"\n"), 1);
                // The first empty line may be above the package clause.
                if !text.starts_with("package") {
                    *text = format!("package p\n\nimport _ \"{import}\"\n");
                }
                Some(format!("import {import} in {path}"))
            }
            _ => {
                let dir = self.random.pick(&["", "one", "new", "testdata/n", "ign/x", "two"]);
                let name = self.random.pick(&["n.go", "n_test.go", "n_windows.go", "tagged_n.go", "next_test.go"]);
                let own = Own { paths: &own, share: 8, is_test: name.ends_with("_test.go") };
                let text = main_file(self.world, name, (2, &own), self.random);
                let path = self.path(&joined(dir, name));
                self.files.insert(path.clone(), text);
                Some(format!("add {path}"))
            }
        }
    }

    /// The path of a package, mostly of a module for which go.sum has something.
    fn import(&mut self, is_test: bool) -> Option<String> {
        if self.random.once_in(25) {
            let odd = ["./one", "../one", "/one", "example.com/a b", "example.com/x@v1", "x/", "m", "internal/nosuch"];
            return Some(odd[self.random.below(odd.len())].to_owned());
        }
        let sums = self.files.get(&self.path("go.sum")).map(String::as_str).unwrap_or_default();
        for _ in 0..12 {
            let package = self.world.package(0, is_test, self.random)?;
            let path = self.world.path(package.module);
            if sums.lines().any(|line| line.starts_with(&format!("{path} "))) || self.random.once_in(40) {
                return Some(self.world.import_path(package));
            }
        }
        None
    }

    /// Changes lines of other kinds.
    fn directives(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let done = match self.random.below(5) {
            0 => {
                let words = self.random.pick(&[" => ", "exclude ", "tool ", "ignore "]);
                format!("remove {}", lines.remove_with(words, self.random)?.trim())
            }
            _ => {
                let line = directive(self.world, self.main, self.files, self.random)?;
                if is_contradicted(&lines.text(), &line) {
                    return None;
                }
                lines.push(line.clone());
                format!("add {line}")
            }
        };
        self.write(&lines);
        Some(done)
    }

    fn versions_of_go(&mut self) -> Option<String> {
        let mut lines = self.lines();
        let done = match self.random.below(4) {
            0 if !lines.has_line("toolchain ") && lines.has_line("go ") => {
                let name = self.random.pick(&["go1.25.0", "go1.24.1-our", "go1.23.4", "go1.20", "default"]);
                lines.push(format!("toolchain {name}"));
                format!("toolchain {name}")
            }
            1 if self.random.once_in(3) => {
                lines.replace_line("go ", None);
                "no go line".to_owned()
            }
            _ => {
                let choices = ["1.15", "1.16", "1.17", "1.20", "1.21", "1.21rc2", "1.22.1", "1.24"];
                let near: Vec<&str> = choices.into_iter().filter(|it| release(it) >= release(self.world.go)).collect();
                let all = if near.is_empty() || self.random.once_in(3) { &choices[..] } else { &near[..] };
                let go = self.random.pick(all);
                lines.replace_line("go ", Some(format!("go {go}")));
                format!("go {go}")
            }
        };
        self.write(&lines);
        Some(done)
    }

    /// Changes checksums.
    fn sums(&mut self) -> Option<String> {
        let path = self.path("go.sum");
        let mut lines: Vec<String> =
            self.files.get(&path).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default();
        let at = self.random.below(lines.len().max(1));
        let done = match self.random.below(16) {
            0..=3 if !lines.is_empty() => {
                let count = 1 + self.random.below(3).min(lines.len() - at - 1);
                lines.drain(at..at + count);
                "remove checksums".to_owned()
            }
            4 => {
                self.files.remove(&path)?;
                return Some("remove go.sum".to_owned());
            }
            5..=8 => {
                let line = self.other_sum();
                lines.insert(at, line.clone());
                format!("add {line}")
            }
            9 if !lines.is_empty() => {
                lines.reverse();
                "turn go.sum around".to_owned()
            }
            10 if !lines.is_empty() => {
                let line = lines[at].clone();
                lines.push(line);
                "a checksum twice".to_owned()
            }
            11 | 12 => {
                let line = self.random.pick(&["<<<<<<< HEAD", "example.com/x v1.0.0", "a b c d", "", "  "]);
                lines.insert(at, line.to_owned());
                format!("add {line:?}")
            }
            13 if !lines.is_empty() => self.odd_sum(&mut lines, at),
            14 if !lines.is_empty() => {
                lines.iter_mut().for_each(|line| *line = line.replacen(' ', "  ", 1) + "\r");
                "blanks in go.sum".to_owned()
            }
            _ => return None,
        };
        self.files.insert(path, lines.iter().map(|line| format!("{line}\n")).collect());
        Some(done)
    }

    /// A line for a version of a module, with a hash that is not its.
    fn other_sum(&mut self) -> String {
        let module = self.random.below(NAMES.len());
        let path = self.world.path(module);
        let (path, version) = match self.random.below(4) {
            0 => (path, "v1.9.0"),
            1 => (format!("{path}/nothere"), "v1.0.0"),
            2 => (self.world.fork(module), "v1.4.0"),
            _ => (path, self.world.random_version(module, self.random)),
        };
        let end = self.random.pick(&["", "/go.mod"]);
        format!("{path} {version}{end} h1:{}=", "0123456789A".repeat(4).split_at(43).0)
    }

    /// Gives a line another hash, or the same module a further one.
    fn odd_sum(&mut self, lines: &mut Vec<String>, at: usize) -> String {
        let words: Vec<&str> = lines[at].split_whitespace().collect();
        let [path, version, _] = words[..] else { return "nothing".to_owned() };
        let start = format!("{path} {version}");
        let wrong = format!("{start} h1:{}=", "0123456789A".repeat(4).split_at(43).0);
        match self.random.below(5) {
            0 => lines[at] = wrong,
            1 => lines.insert(at, wrong),
            2 => lines.insert(at + 1, wrong),
            3 => lines.insert(at, format!("{start} h2:of-a-later-kind")),
            // The line that an old release wrote for modules without a go.mod.
            _ => lines.insert(at, format!("{start} h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=")),
        }
        format!("another hash for {start}")
    }

    /// Makes modules, workspaces and vendor directories around the module or within it.
    fn surroundings(&mut self) -> Option<String> {
        match self.random.below(4) {
            0 => {
                let path = self.path("two/go.mod");
                self.files.insert(path.clone(), format!("module {}/two\n\ngo 1.20\n", self.main.path));
                Some(format!("add {path}"))
            }
            1 => {
                let text = format!("go 1.24\n\nuse ./{}\n", self.main.dir);
                self.files.insert("go.work".to_owned(), text);
                Some("add go.work".to_owned())
            }
            2 => {
                let module = self.random.below(NAMES.len());
                let path = self.path(&format!("vendor/{}/p.go", self.world.path(module)));
                self.files.insert(path.clone(), "package p\n".to_owned());
                Some(format!("add {path}"))
            }
            _ => {
                let path = self.path("one/testdata/m/go.mod");
                self.files.insert(path.clone(), format!("module {}/one/testdata/m\n\ngo 1.20\n", self.main.path));
                Some(format!("add {path}"))
            }
        }
    }
}
