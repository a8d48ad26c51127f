//! `//go:embed` lines against `go/build`, their patterns against `path.Match`, and the files they take against
//! `go list`.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use modwarden::internals::go::is_file_name;
use modwarden::internals::syntax::{EmbedPattern, parse_embeds};
use serde_json::Value;

use crate::support::go::{Go, go};
use crate::support::random::Random;

/// Prints, for each file, the patterns that `go/build` finds, in order of place, in hexadecimal digits.
const FIND_PATTERNS: &str = r#"
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"sort"
	"time"
)

type info struct{}

func (info) Name() string       { return "f.go" }
func (info) Size() int64        { return 0 }
func (info) Mode() fs.FileMode  { return 0o644 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var size uint32
		if binary.Read(in, binary.LittleEndian, &size) != nil {
			return
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(in, text); err != nil {
			panic(err)
		}
		context := build.Default
		context.CgoEnabled = true
		context.UseAllFiles = true
		context.IsDir = func(string) bool { return true }
		context.ReadDir = func(string) ([]fs.FileInfo, error) { return []fs.FileInfo{info{}}, nil }
		context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		p, _ := context.ImportDir("/d", 0)
		type found struct {
			pattern string
			offset  int
		}
		var all []found
		for pattern, places := range p.EmbedPatternPos {
			for _, place := range places {
				all = append(all, found{pattern, place.Offset})
			}
		}
		sort.Slice(all, func(i, j int) bool { return all[i].offset < all[j].offset })
		for _, found := range all {
			fmt.Fprintf(out, " <%x>", found.pattern)
		}
		fmt.Fprintln(out)
	}
}
"#;

#[test]
fn patterns_are_those_that_go_build_finds() {
    let Some(go) = go() else { return };
    let texts: Vec<Vec<u8>> = (0..8_000).map(|seed| random_file(&mut Random::new(seed))).collect();
    let mut stdin = Vec::new();
    for text in &texts {
        stdin.extend(u32::try_from(text.len()).expect("files are short").to_le_bytes());
        stdin.extend(text);
    }
    let answers = String::from_utf8(go.run_program(FIND_PATTERNS, &stdin)).expect("the program prints text");
    let (mut files, mut patterns) = (0, 0);
    assert_eq!(answers.lines().count(), texts.len());
    for (seed, (text, answer)) in texts.iter().zip(answers.lines()).enumerate() {
        let found = parse_embeds(text);
        files += usize::from(!found.is_empty());
        patterns += found.len();
        assert_eq!(hex(&found), answer, "seed {seed}: {}", String::from_utf8_lossy(text));
    }
    assert!(files > 1_500 && patterns > 4_000, "{files} files, {patterns} patterns");
}

fn hex(patterns: &[EmbedPattern]) -> String {
    let mut out = String::new();
    for pattern in patterns {
        out += " <";
        for byte in pattern.as_bytes() {
            write!(out, "{byte:02x}").expect("writing to a string does not fail");
        }
        out += ">";
    }
    out
}

fn random_file(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.once_in(8) {
        text += "\u{feff}";
    }
    if random.once_in(3) {
        text += &(random_directive(random) + "\n");
    }
    text += random.pick(&["package p\n", "package p\n", "package p;", "/* a */ package p // b\n"]);
    text += &random_imports(random);
    for _ in 0..random.below(9) {
        text += &random_piece(random);
    }
    if random.once_in(4) {
        text = text.replace('\n', "\r\n");
    }
    let mut bytes = text.into_bytes();
    if random.once_in(3) {
        mutate(&mut bytes, random);
    }
    bytes
}

fn random_imports(random: &mut Random) -> String {
    let embed =
        random.pick(&["\"embed\"", "\"embed\"", "\"embed\"", "`embed`", "\"\\x65mbed\"", "_ \"embed\"", "\"embed/x\""]);
    let others = ["\"fmt\"", ". `io`", "x\"os\"", "\"a b\"", "12"];
    let other = if random.once_in(4) { random.pick(&others) } else { others[0] };
    match random.below(8) {
        0 => format!("import (\n\t{other}\n\t{embed} // why\n)\n"),
        1 => format!("import ({embed};\"io\")\n"),
        2 => format!("import \"C\"\nimport {embed}\n"),
        3 => format!("import /* {embed} */ \"io\"\n"),
        4 => format!("import {embed}; import {other}\n"),
        _ => format!("import {embed}\n"),
    }
}

/// Some lines of a file. In most of them a directive counts, or looks as if it might.
fn random_piece(random: &mut Random) -> String {
    let line = random_directive(random);
    match random.below(22) {
        0 => format!("/*\n{line}\n*/\n"),
        1 => format!("var a = `\n{line}\n`\n"),
        2 => format!("var b = \"{line}\"\n"),
        3 => format!("var c = '\"' {line}\n"),
        4 => format!("var d = '\\'' {line}\n"),
        5 => format!("var e = \"\\\"\" {line}\nvar f = \"\\\\\" {line}\n"),
        6 => format!("var g = \"open {line}\n{line}\n"),
        7 => format!("var h = 'open {line}\n{line}\n"),
        8 => format!("x := 1 / 2 {line}\nx /=//{line}\n"),
        9 => format!("/**/ {line}\n/*/*/ {line}\n"),
        10 => format!("// {line}\n/{line}\n//{line}\n"),
        11 => format!("func f() {{ {line}\n}}\n"),
        12 => random.pick(&["\u{0}", "`", "/*", "\"", "é := 'é'\n", "@\n", "'\\x2\n", "\"\\u12\"\n"]).to_owned(),
        13 => "var i int\n\n".to_owned(),
        _ => format!("{line}\nvar x embed.FS\n"),
    }
}

fn random_directive(random: &mut Random) -> String {
    let mut line = random
        .pick(&[
            "//go:embed",
            "//go:embed",
            "//go:embed",
            "//go:embed",
            "\t//go:embed",
            "// go:embed",
            "//go:embedded",
            "//go:embed:",
            "//go:\rembed",
            "//go:Embed",
            "//line x:7\n//go:embed",
        ])
        .to_owned();
    for _ in 0..random.below(5) {
        line += random.pick(&[" ", " ", " ", "\t", "  ", "\u{a0}", "\u{2003}", "\u{85}", "\x0b\x0c", "\r", ""]);
        line += random.pick(&[
            "a",
            "dir/*.txt",
            "all:dir",
            "é[^x]",
            "\"a b\"",
            "`a b`",
            "`a\"b`",
            "\"a\\tb\\x41\\101\\u00e9\\U0001F600\\\\\\\"\"",
            "\"\\xff\"",
            "\"\\400\"",
            "\"\\ud800\"",
            "\"\\'\"",
            "\"\\",
            "\"a",
            "`a",
            "a\"b\"",
            "\"\"",
            "'a'",
            "//go:embed",
            "\"a\"b",
        ]);
    }
    line + random.pick(&["", "", " ", "\u{a0}", "\r"])
}

/// Changes a few bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const BYTES: &[u8] = b"\"`'/\\*\n\r\0 ;(\xff\xe2\x80i";
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let byte = BYTES[random.below(BYTES.len())];
        match random.below(3) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => {
                bytes.remove(at);
            }
        }
        if bytes.is_empty() {
            bytes.push(byte);
        }
    }
}

/// Prints, for each pattern and name, the answer of `path.Match`; the pattern's own validity first.
const MATCH: &str = r#"
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
)

func main() {
	var pairs [][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&pairs); err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, pair := range pairs {
		_, err := path.Match(pair[0], "")
		matched, _ := path.Match(pair[0], pair[1])
		fmt.Fprintln(out, err == nil && pair[0] != "." && fs.ValidPath(pair[0]), matched)
	}
}
"#;

#[test]
fn names_match_as_path_match_has_it() {
    let Some(go) = go() else { return };
    let pairs: Vec<[String; 2]> = (0..40_000).map(|seed| random_pair(&mut Random::new(seed))).collect();
    let input = serde_json::to_vec(&pairs).expect("strings are JSON");
    let answers = String::from_utf8(go.run_program(MATCH, &input)).expect("the program prints text");
    assert_eq!(answers.lines().count(), pairs.len());
    let mut matched = 0;
    for ([text, name], answer) in pairs.iter().zip(answers.lines()) {
        let pattern = pattern(text);
        let matches = pattern.matches(name);
        matched += usize::from(matches);
        let is_taken = answer == "true true" && is_file_name(name);
        let ours = format!("{} {matches}", pattern.is_valid());
        let theirs = format!("{} {is_taken}", answer.starts_with("true"));
        assert_eq!(ours, theirs, "{text:?} {name:?}");
    }
    assert!((3_000..30_000).contains(&matched), "both should occur often: {matched}");
}

/// The pattern of this text, which has no back quote in it.
fn pattern(text: &str) -> EmbedPattern {
    let file = format!("package p\nimport _ \"embed\"\n//go:embed `{text}`\n");
    parse_embeds(file.as_bytes()).pop().expect("there is one pattern")
}

/// A pattern without `/`, and a name that it may match.
fn random_pair(random: &mut Random) -> [String; 2] {
    const PIECES: [&str; 30] = [
        "a", "b", "é", "€", "*", "*", "*", "**", "?", "?", "[ab]", "[^a]", "[a-é]", "[é-€]", "[]a]", "[-]", "[^]", "[",
        "]", "\\*", "\\", "[\\-x]", "[a-]", "^", "-", ".", "[!a]", "{a,b}", "[b-a]", "[^^]",
    ];
    let pattern: String = (0..=random.below(4)).map(|_| random.pick(&PIECES)).collect();
    let mut name = String::new();
    for c in pattern.chars() {
        match c {
            '*' | '?' => (0..random.below(3)).for_each(|_| name += random.pick(&["a", "b", "é", "€", "^", "-"])),
            'a' | 'b' | 'é' | '€' | '.' | '-' | '^' => name.push(c),
            _ => {}
        }
    }
    if random.once_in(4) {
        name += random.pick(&["a", "é", "€", "x", "^", "-", ".", ":", "b"]);
    }
    [pattern, name]
}

/// How many packages `go list` is asked for.
const PACKAGES: usize = 600;

#[test]
fn patterns_take_the_files_that_go_list_says() {
    let Some(go) = go() else { return };
    let root = tempfile::tempdir().expect("a temporary directory");
    write(root.path(), "go.mod", "module example.com/m\n\ngo 1.24\n");
    let packages: Vec<Package> = (0..PACKAGES).map(|seed| Package::random(&mut Random::new(seed as u64))).collect();
    for (number, package) in packages.iter().enumerate() {
        package.write(&root.path().join(format!("p{number}")));
    }
    let answers = go_list(&go, root.path());
    assert_eq!(answers.len(), PACKAGES);
    let (mut whole, mut taken) = (0, 0);
    for (number, package) in packages.iter().enumerate() {
        let answer = &answers[&format!("p{number}")];
        let ours: BTreeSet<&str> = package.embedded();
        let theirs = answer["EmbedFiles"].as_array().map_or(&[][..], Vec::as_slice);
        let theirs: BTreeSet<&str> = theirs.iter().filter_map(Value::as_str).collect();
        let fault = answer["Error"]["Err"].as_str().unwrap_or_default();
        let what = format!("p{number}: {:?} of {:?}: {fault}", package.patterns, package.files);
        // Go looks at the names of files once more when it hands them on.
        if fault.is_empty() || fault.starts_with("invalid input file name") {
            assert_eq!(ours, theirs, "{what}");
            whole += 1;
            taken += ours.len();
        } else {
            assert!(package.has_fault(fault), "{what}");
        }
    }
    assert!(whole > PACKAGES / 3 && taken > PACKAGES / 2, "{whole} packages without fault, {taken} files");
}

/// A package with embeds, and the files beside it.
struct Package {
    patterns: Vec<String>,
    files: BTreeSet<String>,
}

impl Package {
    fn random(random: &mut Random) -> Self {
        let mut package = Self { patterns: Vec::new(), files: BTreeSet::new() };
        for _ in 0..=random.below(14) {
            let depth = 1 + random.below(3);
            let parts: Vec<&str> = (0..depth).map(|_| random_name(random)).collect();
            let path = parts.join("/");
            // A directory cannot be a file too.
            let clashes = |other: &String| is_below(other, &path) || is_below(&path, other);
            if !package.files.iter().any(clashes) {
                package.files.insert(path);
            }
        }
        for _ in 0..=random.below(2) {
            package.patterns.push(package.random_pattern(random));
        }
        package
    }

    /// A pattern that was made from the path of a file, or from nothing.
    fn random_pattern(&self, random: &mut Random) -> String {
        let all = if random.once_in(4) { "all:" } else { "" };
        if random.once_in(6) {
            let pattern =
                random.pick(&["*", "d", "*/*", "[^a]*", "?", "d/*", ".", "none", "/a", "d/", "../a", "a[d/e]b"]);
            return format!("{all}{pattern}");
        }
        let file = self.files.iter().nth(random.below(self.files.len())).expect("there are files");
        let parts: Vec<&str> = file.split('/').collect();
        let parts = &parts[..=random.below(parts.len())];
        let parts: Vec<String> = parts.iter().map(|part| disguised(part, random)).collect();
        format!("{all}{}", parts.join("/"))
    }

    fn write(&self, dir: &Path) {
        let patterns: Vec<String> = self.patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        let text = format!("package p\n\nimport \"embed\"\n\n//go:embed {}\nvar F embed.FS\n", patterns.join(" "));
        write(dir, "embeds.go", &text);
        self.files.iter().for_each(|file| write(dir, file, "x"));
    }

    /// The files that are embedded, by our reading of each pattern.
    fn embedded(&self) -> BTreeSet<&str> {
        let patterns: Vec<EmbedPattern> = self.patterns.iter().map(|text| pattern(text)).collect();
        let names = self.files.iter().map(String::as_str).chain(["embeds.go"]);
        names.filter(|name| patterns.iter().any(|pattern| pattern.matches(name))).collect()
    }

    /// Whether we find the same fault of a pattern as Go.
    fn has_fault(&self, fault: &str) -> bool {
        let Some((text, reason)) = fault.strip_prefix("pattern ").and_then(|rest| rest.split_once(": ")) else {
            return false;
        };
        let pattern = pattern(text);
        let names: Vec<&str> = self.files.iter().map(String::as_str).chain(["embeds.go"]).collect();
        let takes_nothing = !names.iter().any(|name| pattern.matches(name));
        match reason {
            "invalid pattern syntax" => !pattern.is_valid(),
            "syntax error in pattern" | "no matching files found" => pattern.is_valid() && takes_nothing,
            _ if reason.ends_with("contains no embeddable files") => pattern.is_valid(),
            // Of names that no module can hold one is named; none is embedded.
            _ => pattern.is_valid() && (reason.contains("invalid name") || reason.contains("in invalid directory")),
        }
    }
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn random_name<'a>(random: &mut Random) -> &'a str {
    const NAMES: [&str; 28] = [
        "a", "b.txt", "d", "d", "d", "e", "e", "é", "_x", ".y", "ab", "a-b", "a b", "[x]", "x^", "a.b.d", "-", "~1",
        "a,b", "{a}", "ü.txt", "aé", ".git", "_", "日本", "LPT0", "con1", "nul l",
    ];
    const BAD: [&str; 14] =
        ["con", "a:b", "b.", "NUL.txt", "a?", "a*", ".hg", "x\\y", "Com1.d", "lPT9", "a\u{301}", "²", "a'b", "a;b"];
    if random.once_in(40) { random.pick(&BAD) } else { random.pick(&NAMES) }
}

/// A pattern that matches the name, or nearly.
fn disguised(name: &str, random: &mut Random) -> String {
    if random.once_in(4) {
        return random.pick(&["*", "?*", "[^_.]*", "*[a-z]", "*.txt", "[!a]*"]).to_owned();
    }
    let mut pattern = String::new();
    for c in name.chars() {
        match random.below(24) {
            0 => pattern.push('?'),
            1 => pattern.push('*'),
            2 => pattern += &format!("[{c}z]"),
            3 => pattern += &format!("[^{c}]"),
            4 => pattern += &format!("\\{c}"),
            _ => pattern.push(c),
        }
    }
    pattern
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("the path has a directory")).expect("the directory is made");
    fs::write(path, text).expect("the file is written");
}

/// The output of `go list` for each package, by its directory.
fn go_list(go: &Go, root: &Path) -> BTreeMap<String, Value> {
    let output = go.text(root, &["list", "-e", "-json=ImportPath,EmbedPatterns,EmbedFiles,Error", "./..."]);
    let stream = serde_json::Deserializer::from_str(&output).into_iter::<Value>();
    let packages = stream.map(|package| package.expect("go list prints JSON")).filter_map(|package| {
        let dir = package["ImportPath"].as_str()?.strip_prefix("example.com/m/")?.to_owned();
        Some((dir, package))
    });
    packages.collect()
}
