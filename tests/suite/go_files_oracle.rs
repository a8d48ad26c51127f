//! Go files, build constraints and builds against `go/parser`, `go/build/constraint` and `go/build` themselves.

#![expect(clippy::disallowed_methods, reason = "the tests read the standard library's files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::go::{BuildConstraint, BuildContext, is_digit, is_graphic, is_letter};
use modwarden::internals::syntax::{GoFile, Parsed, parse_go_file};
use modwarden::internals::text::{LineColumn, LineIndex};
use serde_json::{Value, json};

use crate::go_files::{files_with_builds, fixtures, random_constraint, random_file};
use crate::support::go::{Go, go};
use crate::support::random::Random;

/// Prints the result of `go/parser` and `go/build` for each file: a name and, after a NUL byte, its text.
const READ_FILES: &str = r#"
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"
)

type place struct{ Line, Column int }

type spec struct {
	Path, Name string
	place
}

type fault struct {
	Message string
	place
}

type report struct {
	Package   string
	Imports   []spec
	Generated bool
	Fault     *fault
	Build     string
}

type info struct{ name string }

func (i info) Name() string     { return i.name }
func (info) Size() int64        { return 0 }
func (info) Mode() fs.FileMode  { return 0o644 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		var size uint32
		if binary.Read(in, binary.LittleEndian, &size) != nil {
			return
		}
		record := make([]byte, size)
		if _, err := io.ReadFull(in, record); err != nil {
			panic(err)
		}
		name, text, isText := bytes.Cut(record, []byte{0})
		if !isText {
			text, _ = os.ReadFile(string(name))
		}
		if err := out.Encode(read(text)); err != nil {
			panic(err)
		}
	}
}

func read(text []byte) (r report) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "f.go", text, parser.ImportsOnly|parser.ParseComments)
	if list, ok := err.(scanner.ErrorList); ok {
		r.Fault = &fault{list[0].Msg, place{list[0].Pos.Line, list[0].Pos.Column}}
	}
	if file.Name != nil {
		r.Package = file.Name.Name
	}
	r.Generated = ast.IsGenerated(file)
	for _, s := range file.Imports {
		name := ""
		if s.Name != nil {
			name = s.Name.Name
		}
		path, _ := strconv.Unquote(s.Path.Value)
		at := fset.PositionFor(s.Pos(), false)
		r.Imports = append(r.Imports, spec{path, name, place{at.Line, at.Column}})
	}
	context := build.Default
	context.CgoEnabled = true
	context.UseAllFiles = true
	context.IsDir = func(string) bool { return true }
	context.ReadDir = func(string) ([]fs.FileInfo, error) { return []fs.FileInfo{info{"f.go"}}, nil }
	context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	if _, err := context.ImportDir("/d", 0); err != nil {
		if _, ok := err.(*build.NoGoError); !ok {
			r.Build = err.Error()
		}
	}
	return r
}
"#;

/// Sends texts, or paths of files to read, to [`READ_FILES`].
pub(crate) fn read_files(go: &Go, records: impl IntoIterator<Item = Vec<u8>>) -> Vec<Value> {
    let mut stdin = Vec::new();
    for record in records {
        stdin.extend(u32::try_from(record.len()).expect("records are short").to_le_bytes());
        stdin.extend(record);
    }
    json_lines(&go.run_program(READ_FILES, &stdin))
}

fn json_lines(output: &[u8]) -> Vec<Value> {
    serde_json::Deserializer::from_slice(output)
        .into_iter()
        .map(|line| line.expect("the program prints JSON"))
        .collect()
}

/// Says where our reading of `text` differs from Go's.
fn difference(text: &[u8], theirs: &Value) -> Option<String> {
    let ours = parse_go_file(text);
    let build_fault = theirs["Build"].as_str().unwrap_or_default();
    let Some(error) = ours.errors.first() else {
        // Go's two readers disagree on a second byte order mark, and on the text after an empty statement.
        let is_excused =
            has_two_marks(text) || theirs["Fault"].is_null() && build_fault.ends_with("unexpected NUL in input");
        if build_fault.is_empty() || is_excused {
            return valid_difference(&ours, theirs);
        }
        return Some(format!("no error, Go has {build_fault}"));
    };
    let of_build = ["invalid import path", "parsing //go:build line", "multiple //go:build comments"];
    let is_any_fault = !build_fault.is_empty() || !theirs["Fault"].is_null();
    let agrees = if of_build.iter().any(|start| error.message.starts_with(start)) {
        build_fault.ends_with(&*error.message) || !theirs["Fault"].is_null()
    } else if has_two_marks(text) || is_redirected(text) {
        is_any_fault
    } else {
        return fault_difference(text, &ours, theirs);
    };
    if agrees { None } else { Some(format!("error: {}, Go has {build_fault:?}", error.message)) }
}

fn has_two_marks(text: &[u8]) -> bool {
    text.starts_with("\u{feff}\u{feff}".as_bytes())
}

/// Whether a `//line` directive may change Go's places.
fn is_redirected(text: &[u8]) -> bool {
    [&b"//line "[..], b"/*line "].iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// Compares the first errors, word for word, and the imports above them.
fn fault_difference(text: &[u8], ours: &Parsed<GoFile>, theirs: &Value) -> Option<String> {
    let error = &ours.errors[0];
    let their_message = theirs["Fault"]["Message"].as_str().unwrap_or_default();
    let of_number = ["must separate successive digits", "invalid digit", "has no digits", "exponent", "mantissa"];
    let is_cut = error.message.strip_suffix('…').is_some_and(|start| their_message.starts_with(start));
    if is_cut || of_number.iter().any(|words| their_message.contains(words)) {
        return None;
    }
    let place = go_place(text, error.span.start);
    let fault = json!({"Message": error.message, "Line": place.line, "Column": place.column});
    if fault != theirs["Fault"] {
        return Some(format!("error: {fault}, Go has {}", theirs["Fault"]));
    }
    let before = |imports: &Value| {
        // A specification may begin before its own fault; Go then keeps it, without a path if that is the fault.
        let is_before = |import: &&Value| import["Line"].as_u64() < fault["Line"].as_u64() && import["Path"] != "";
        imports.as_array().into_iter().flatten().filter(is_before).cloned().collect::<Vec<_>>()
    };
    let (our_imports, their_imports) = (before(&shown(&ours.tree)["Imports"]), before(&theirs["Imports"]));
    if our_imports == their_imports {
        return None;
    }
    Some(format!("imports above the error: {our_imports:?}, Go has {their_imports:?}"))
}

/// A place as Go has it, which counts the end of the file to the last line, line break included.
fn go_place(text: &[u8], offset: u32) -> LineColumn {
    match text {
        [before @ .., b'\n'] if offset as usize == text.len() => {
            let place = LineIndex::new(before).bytes(offset);
            LineColumn { column: place.column + 1, ..place }
        }
        _ => LineIndex::new(text).bytes(offset),
    }
}

fn valid_difference(ours: &Parsed<GoFile>, theirs: &Value) -> Option<String> {
    let shown = shown(&ours.tree);
    let keys = ["Package", "Imports", "Generated"];
    // A file that `go/parser` gives up on entirely only has faults after the imports.
    let given_up = theirs["Package"] == "";
    let key = keys.into_iter().find(|key| shown[key] != theirs[key] && !given_up)?;
    Some(format!("{key}: {}, Go has {}", shown[key], theirs[key]))
}

fn shown(file: &GoFile) -> Value {
    let imports: Vec<Value> = file
        .imports
        .iter()
        .map(|import| {
            let name = import.name.as_ref().map_or("", |name| &*name.value);
            json!({"Path": import.path, "Name": name, "Line": import.line, "Column": import.column})
        })
        .collect();
    let imports = if imports.is_empty() { Value::Null } else { imports.into() };
    json!({"Package": file.package.as_ref().map_or("", |name| &*name.value), "Imports": imports, "Generated": file.generated})
}

#[test]
fn random_files_are_read_as_go_reads_them() {
    let Some(go) = go() else { return };
    let mut texts: Vec<Vec<u8>> = (0..12_000).map(|seed| random_file(&mut Random::new(seed))).collect();
    texts.extend(fixtures());
    let answers = read_files(&go, texts.iter().map(|text| [b"\0", &text[..]].concat()));
    assert_eq!(answers.len(), texts.len());
    let mut faults = 0;
    for (seed, (text, answer)) in texts.iter().zip(&answers).enumerate() {
        faults += usize::from(answer["Fault"] != Value::Null);
        if let Some(difference) = difference(text, answer) {
            panic!("seed {seed}: {difference}\n{}", String::from_utf8_lossy(text));
        }
    }
    assert!((3_000..9_000).contains(&faults), "the files should be broken now and then: {faults}");
}

#[test]
fn the_standard_library_is_read_as_go_reads_it() {
    let Some(go) = go() else { return };
    let paths = go_files_below(&go.std_dir());
    assert!(paths.len() > 5_000);
    let answers = read_files(&go, paths.iter().map(|path| path.as_os_str().as_encoded_bytes().to_vec()));
    for (path, answer) in paths.iter().zip(&answers) {
        let text = fs::read(path).expect("the file can be read");
        if let Some(difference) = difference(&text, answer) {
            panic!("{}: {difference}", path.display());
        }
    }
}

fn go_files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut dirs, mut files) = (vec![dir.to_owned()], Vec::new());
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).expect("the directory can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|extension| extension == "go") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Prints, for each file (name, text), the numbers of the builds that take it.
const MATCH_FILES: &str = r#"
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"time"
)

type info struct{ name string }

func (i info) Name() string     { return i.name }
func (info) Size() int64        { return 0 }
func (info) Mode() fs.FileMode  { return 0o644 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

type input struct {
	Builds []struct {
		GOOS, GOARCH    string
		Cgo             bool
		Tags, ToolTags  []string
	}
	Files []struct{ Name, Text, Path string }
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, file := range in.Files {
		text := []byte(file.Text)
		if file.Path != "" {
			text, _ = os.ReadFile(file.Path)
		}
		taken := []int{}
		for i, b := range in.Builds {
			context := build.Context{GOOS: b.GOOS, GOARCH: b.GOARCH, CgoEnabled: b.Cgo, Compiler: "gc",
				BuildTags: b.Tags, ToolTags: b.ToolTags, GOROOT: "/none"}
			for minor := 1; minor <= 27; minor++ {
				context.ReleaseTags = append(context.ReleaseTags, fmt.Sprintf("go1.%d", minor))
			}
			context.IsDir = func(string) bool { return true }
			context.ReadDir = func(string) ([]fs.FileInfo, error) { return []fs.FileInfo{info{file.Name}}, nil }
			context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
			p, _ := context.ImportDir("/d", 0)
			if len(p.GoFiles)+len(p.CgoFiles)+len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 {
				taken = append(taken, i)
			}
		}
		if err := out.Encode(taken); err != nil {
			panic(err)
		}
	}
}
"#;

const BUILDS: [&str; 16] = [
    "linux/amd64",
    "linux/amd64,cgo",
    "linux/arm64,integration",
    "linux/arm",
    "windows/amd64",
    "windows/386,cgo,foo",
    "darwin/arm64,cgo",
    "android/arm64",
    "ios/arm64,cgo",
    "illumos/amd64",
    "js/wasm",
    "wasip1/wasm,purego",
    "freebsd/386",
    "plan9/arm",
    "linux/riscv64,integration,foo",
    "aix/ppc64",
];

/// Fails where a build takes other files than Go's.
fn compare_builds(go: &Go, files: &[(String, Vec<u8>)], described: Vec<Value>) {
    let builds = BUILDS.map(|text| BuildContext::parse(text).expect("the build is well formed"));
    let described_builds: Vec<Value> = builds
        .iter()
        .map(|build| {
            let tool_tags = tool_tags(go, build);
            json!({"GOOS": build.goos, "GOARCH": build.goarch, "Cgo": build.cgo, "Tags": build.tags, "ToolTags": tool_tags})
        })
        .collect();
    let input = json!({"Builds": described_builds, "Files": described}).to_string();
    let answers = json_lines(&go.run_program(MATCH_FILES, input.as_bytes()));
    assert_eq!(answers.len(), files.len());
    for ((name, text), answer) in files.iter().zip(answers) {
        let ours = parse_go_file(text).tree;
        let taken: Vec<usize> = (0..builds.len()).filter(|&index| ours.is_in(&builds[index], name)).collect();
        assert_eq!(json!(taken), answer, "{name}:\n{}", String::from_utf8_lossy(&text[..text.len().min(2000)]));
    }
}

/// The tags that the go command sets for an architecture, experiments apart.
fn tool_tags(go: &Go, build: &BuildContext) -> Vec<String> {
    let go = go.clone().with_env("GOOS", &build.goos).with_env("GOARCH", &build.goarch);
    let tags = go.text(Path::new("."), &["list", "-f", "{{join context.ToolTags \" \"}}", "unsafe"]);
    let tags: Vec<String> =
        tags.split(' ').filter(|tag| !tag.starts_with("goexperiment.")).map(str::to_owned).collect();
    for tag in tags.iter().filter(|tag| !tag.is_empty()) {
        assert!(build.matches_tag(tag), "{}/{} sets {tag}", build.goos, build.goarch);
    }
    tags
}

#[test]
fn builds_take_the_files_that_go_takes() {
    let Some(go) = go() else { return };
    let files: Vec<(String, Vec<u8>)> = files_with_builds(2_000);
    let describe = |(name, text): &(String, Vec<u8>)| json!({"Name": name, "Text": String::from_utf8_lossy(text)});
    compare_builds(&go, &files, files.iter().map(describe).collect());
}

#[test]
fn builds_take_the_files_of_the_standard_library_that_go_takes() {
    let Some(go) = go() else { return };
    let mut files = Vec::new();
    let mut described = Vec::new();
    for path in go_files_below(&go.std_dir()) {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read(&path).expect("the file can be read");
        let parsed = parse_go_file(&text);
        let is_plain =
            parsed.tree.constraint == modwarden::internals::syntax::FileConstraint::Absent && !name.contains('_');
        if is_plain && files.len() % 8 != 0 || !parsed.errors.is_empty() {
            continue;
        }
        described.push(json!({"Name": name, "Path": path}));
        files.push((name, text));
    }
    assert!(files.len() > 3_000, "{}", files.len());
    compare_builds(&go, &files, described);
}

/// Prints the result of `go/build/constraint` for each line; a tag is set in world `n` if bit `n` of its letters' sum
/// is.
const PARSE_CONSTRAINTS: &str = r#"
package main

import (
	"encoding/json"
	"go/build/constraint"
	"os"
)

type report struct {
	Error  string
	Offset int
	Text   string
	Values []bool
}

func main() {
	var lines []string
	if err := json.NewDecoder(os.Stdin).Decode(&lines); err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, line := range lines {
		var r report
		x, err := constraint.Parse(line)
		if syntax, ok := err.(*constraint.SyntaxError); ok {
			r.Offset = syntax.Offset
		}
		if err != nil {
			r.Error = err.Error()
		} else {
			r.Text = x.String()
			for world := 0; world < 4; world++ {
				r.Values = append(r.Values, x.Eval(func(tag string) bool {
					sum := 0
					for i := 0; i < len(tag); i++ {
						sum += int(tag[i])
					}
					return sum>>world&1 == 1
				}))
			}
		}
		if err := out.Encode(r); err != nil {
			panic(err)
		}
	}
}
"#;

#[test]
fn constraints_are_parsed_as_go_parses_them() {
    let Some(go) = go() else { return };
    let mut lines: Vec<(bool, String)> = (0..12_000).map(random_line).collect();
    let chain = |count, operator| vec!["a"; count].join(operator);
    lines.extend([1000, 1001].map(|count| (true, chain(count, " || "))));
    lines.extend([100, 101, 102].map(|count| (false, chain(count, ","))));
    lines.extend([999, 1000].map(|depth| (true, format!("{}a{}", "(".repeat(depth), ")".repeat(depth)))));
    let marked = |(is_go_build, text): &(bool, String)| {
        if *is_go_build { format!("//go:build {text}") } else { format!("// +build {text}") }
    };
    let input = Value::from(lines.iter().map(marked).collect::<Vec<_>>()).to_string();
    let answers = json_lines(&go.run_program(PARSE_CONSTRAINTS, input.as_bytes()));
    assert_eq!(answers.len(), lines.len());
    let mut accepted = 0;
    for ((is_go_build, text), answer) in lines.iter().zip(answers) {
        let text = text.trim();
        let parsed =
            if *is_go_build { BuildConstraint::parse_go_build(text) } else { BuildConstraint::parse_plus_build(text) };
        accepted += usize::from(parsed.is_ok());
        let ours = match parsed {
            Ok(constraint) => {
                let is_set = |world: u32, tag: &str| tag.bytes().map(u32::from).sum::<u32>() >> world & 1 == 1;
                let values: Vec<bool> = (0..4).map(|world| constraint.eval(&|tag| is_set(world, tag))).collect();
                json!({"Error": "", "Offset": 0, "Text": constraint.to_string(), "Values": values})
            }
            Err(error) => json!({"Error": error.message, "Offset": error.offset, "Text": "", "Values": null}),
        };
        assert_eq!(ours, answer, "{text:?}");
    }
    assert!((3_000..10_000).contains(&accepted), "both should occur often: {accepted}");
}

fn random_line(seed: u64) -> (bool, String) {
    const PIECES: [&str; 22] = [
        "a", "b.c", "linux", "go1.21", "é", "x_1", " ", " ", "\t", "(", ")", "!", "&&", "||", " && ", " || ", ",", "&",
        "-", "!!", "٣", "\u{a0}",
    ];
    let random = &mut Random::new(seed);
    let is_go_build = !random.once_in(3);
    let text = if is_go_build && !random.once_in(3) {
        let mut text = random_constraint(random, 4);
        if random.once_in(3) {
            let at =
                (0..=text.len()).filter(|&at| text.is_char_boundary(at)).nth(random.below(text.chars().count() + 1));
            text.insert_str(at.unwrap_or(0), random.pick(&PIECES));
        }
        text
    } else {
        (0..random.below(9)).map(|_| random.pick(&PIECES)).collect()
    };
    (is_go_build, text)
}

/// Prints, for every class of characters, the ranges of code points in it.
const CLASSES: &str = r#"
package main

import (
	"encoding/json"
	"os"
	"unicode"
)

func main() {
	classes := map[string][]rune{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsLetter(r) {
			classes["letter"] = append(classes["letter"], r)
		}
		if unicode.IsDigit(r) {
			classes["digit"] = append(classes["digit"], r)
		}
		if unicode.IsGraphic(r) {
			classes["graphic"] = append(classes["graphic"], r)
		}
	}
	json.NewEncoder(os.Stdout).Encode(classes)
}
"#;

/// Go's tables may be of an older Unicode than ours, so that ours may know more characters, and no fewer.
#[test]
fn the_classes_of_characters_hold_what_go_has() {
    let Some(go) = go() else { return };
    let classes: BTreeMap<String, Vec<u32>> =
        serde_json::from_slice(&go.run_program(CLASSES, b"")).expect("the program prints JSON");
    for (class, is_in) in [("letter", is_letter as fn(char) -> bool), ("digit", is_digit), ("graphic", is_graphic)] {
        let theirs = &classes[class];
        let ours: Vec<u32> = ('\0'..=char::MAX).filter(|&c| is_in(c)).map(u32::from).collect();
        let missing = theirs.iter().find(|code| ours.binary_search(code).is_err());
        assert_eq!(missing, None, "{class}");
        let graphic = &classes["graphic"];
        let more: Vec<&u32> = ours.iter().filter(|code| theirs.binary_search(code).is_err()).collect();
        assert!(more.iter().all(|code| graphic.binary_search(code).is_err()), "{class}: {more:x?}");
    }
}
