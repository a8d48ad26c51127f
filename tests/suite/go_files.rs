//! The head of Go files: every form of it, every prefix of it, and the generators that the oracle tests share.

#![expect(clippy::disallowed_methods, reason = "the tests read fixtures")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use modwarden::internals::go::{BuildConstraint, BuildContext};
use modwarden::internals::syntax::{FileConstraint, GoFile, Parsed, parse_go_file, parse_go_head};
use modwarden::internals::text::LineIndex;

use crate::support::random::Random;

/// The parsed facts, one per line.
fn dump(text: &[u8], parsed: &Parsed<GoFile>) -> String {
    let lines = LineIndex::new(text);
    let place = |offset| {
        let place = lines.bytes(offset);
        format!("{}:{}", place.line, place.column)
    };
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a string takes all");
    let GoFile { package, imports, constraint, generated } = &parsed.tree;
    package.iter().for_each(|package| line(format!("package {}", package.value)));
    for import in imports {
        assert_eq!(place(import.span.start), format!("{}:{}", import.line, import.column));
        let name = import.name.as_ref().map_or_else(String::new, |name| format!("{} ", name.value));
        line(format!("{}:{} {name}{}", import.line, import.column, import.path));
    }
    match constraint {
        FileConstraint::Absent => {}
        FileConstraint::Expr(constraint) => line(format!("build {constraint}")),
        FileConstraint::Never => line("build never".to_owned()),
    }
    if *generated {
        line("generated".to_owned());
    }
    for allow in &parsed.allows {
        let covers = String::from_utf8_lossy(&text[allow.covers.range()]);
        line(format!("allow {} at {} covers {covers:?}", allow.rule.value, place(allow.span.start)));
    }
    for error in &parsed.errors {
        line(format!("error {} {}", place(error.span.start), error.message));
    }
    out
}

fn check(text: &str, expected: &str) {
    let parsed = parse_go_file(text.as_bytes());
    let expected: String = expected
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty())
        .map(|line| line.to_owned() + "\n")
        .collect();
    assert_eq!(dump(text.as_bytes(), &parsed), expected, "{text}");
}

#[test]
fn forms_of_imports() {
    check("package p\nimport \"a\"\n", "package p\n2:8 a");
    check("package p; import \"a\"; import b \"b/c\"; var x int", "package p\n1:19 a\n1:31 b b/c");
    check(
        "package p\nimport (\n\t. \"a\"\n\t_ `b`\n\tc \"d\"; \"e\"\n)\nimport ()\nimport \"f\"\nfunc f() {}",
        "package p\n3:2 . a\n4:2 _ b\n5:2 c d\n5:9 e\n8:8 f",
    );
    check(
        "package p\nimport `a\r/b`\nimport \"example.com/\\x76ersion\"\nimport \"\\141\\u0062\\U00000063\"",
        "package p\n2:8 a/b\n3:8 example.com/version\n4:8 abc",
    );
    check("package p\n/*\n#include <x.h>\nimport \"no\"\n*/\nimport \"C\"\n", "package p\n6:8 C");
    check("package/**/p/*\n*/import/**/(/**/\"a\"/**/;/**/\"b\"/**/)//", "package p\n2:18 a\n2:30 b");
    check("\u{feff}package é1\r\nimport ñ \"a\"\r\n", "package é1\n2:8 ñ a");
    check("\u{feff}package p; import \"a\"", "package p\n1:22 a");
    check("\u{feff}// +build a,b\n\npackage p\n", "package p\nbuild a && b");
    check("\u{feff}\n// +build a\n\npackage p\n", "package p\nbuild a");
    check("\u{feff}//go:build a\n\npackage p\n", "package p\nbuild a");
    check("package p\nimport\n\n// here\n\"a\"", "package p\n5:1 a");
    check("package p\nimportant \"a\"", "package p");
    check("package p\nvar x = 1\nimport \"a\"", "package p");
    check("package p\nimport \"a\"\nimport \"a\"", "package p\n2:8 a\n3:8 a");
}

#[test]
fn broken_files() {
    check("", "error 1:1 expected 'package', found 'EOF'");
    check("// nothing", "error 1:11 expected 'package', found 'EOF'");
    check("package", "error 1:8 expected 'IDENT', found 'EOF'");
    check("package 12", "error 1:9 expected 'IDENT', found 12");
    check("func f() {}", "error 1:1 expected 'package', found 'func'");
    check("package p import \"a\"", "package p\n1:18 a\nerror 1:11 expected ';', found 'import'");
    check("package p\nimport fmt\nimport \"a\"", "package p\n3:8 a\nerror 2:11 missing import path");
    check(
        "package p\nimport 12\nimport 'a'\nimport 'fmt'",
        "package p\nerror 2:8 import path must be a string\nerror 3:8 import path must be a string\nerror 4:8 illegal rune literal",
    );
    check("package p\nimport a b \"c\"\nimport \"d\"", "package p\n3:8 d\nerror 2:10 import path must be a string");
    check(
        "package p\nimport \"a\" \"b\"\nimport \"c\"",
        "package p\n2:8 a\n3:8 c\nerror 2:12 expected ';', found \"b\"",
    );
    check("package p\nimport (\n\"a\",\n\"b\"\n)", "package p\n3:1 a\n4:1 b\nerror 3:4 expected ';', found ','");
    check("package p\nimport (\n\"a\"\nimport \"b\"", "package p\n3:1 a\n4:8 b\nerror 4:1 missing import path");
    check("package p\nimport (\n\"a\"\n", "package p\n3:1 a\nerror 4:1 expected ')', found 'EOF'");
    check("package p\nimport (\n\"a\n\"b\"\n)", "package p\n4:1 b\nerror 3:1 string literal not terminated");
    check("package p\nimport `a\nimport \"b\"", "package p\nerror 2:8 raw string literal not terminated");
    check("package p\n/* a\nimport \"b\"", "package p\nerror 2:1 comment not terminated");
    check(
        "package p\nimport \"a b\"\nimport \"\"\nimport \"c\"",
        "package p\n4:8 c\nerror 2:8 invalid import path: a b\nerror 3:8 invalid import path: ",
    );
    check(
        "package p\nimport \"a\\zb\"\nimport \"\\x9\"\nimport \"\\ud800\"",
        "package p\nerror 2:11 unknown escape sequence\nerror 3:12 illegal character U+0022 '\"' in escape sequence\nerror 4:10 escape sequence is invalid Unicode code point",
    );
    check("package p\nimport “a”", "package p\nerror 2:8 curly quotation mark '“' (use neutral '\"')");
    check("package p\nimport #\n", "package p\nerror 2:8 illegal character U+0023 '#'");
    check("package p // \0\nimport \"a\"", "package p\n2:8 a\nerror 1:14 illegal character NUL");
    check("package p\n\u{feff}import \"a\"", "package p\nerror 2:1 illegal byte order mark");
    check("//line a:b\npackage p", "package p\nerror 1:10 invalid line number: b");
    check("//line a:3:0\npackage p", "package p\nerror 1:12 invalid column number: 0");
}

#[test]
fn bytes_that_are_not_utf8() {
    let parsed = parse_go_file(b"package p // \xff\nimport \"a\"");
    assert_eq!(
        dump(b"package p // \xff\nimport \"a\"", &parsed),
        "package p\n2:8 a\nerror 1:14 illegal UTF-8 encoding\n"
    );
    let parsed = parse_go_file(b"\xff\xfep\0");
    assert_eq!(parsed.errors[0].message, "illegal UTF-8 encoding (got UTF-16)");
}

#[test]
fn lines_that_constrain_builds() {
    let build =
        |header: &str, expected: &str| check(&format!("{header}package p\n"), &format!("package p\n{expected}"));
    build("//go:build linux && (a||b)\n", "build linux && (a || b)");
    build("  //go:build linux\r\n", "build linux");
    build("/* a */ /* b\n */\n//go:build linux\n", "build linux");
    build("/*\n//go:build linux\n*/\n", "");
    build("// go:build linux\n", "");
    build("//go:builder\n", "");
    build("//go:build linux\n// +build ignore\n\n", "build linux");
    build("// +build linux,!foo darwin\n//+build gc\n\n", "build ((linux && !foo) || darwin) && gc");
    build("// +build linux\n", "");
    build("// +build a\n\n// +build b\n/* c */\n", "build a");
    build("// +build foo-bar\n\n", "build ignore");
    build("// +builder a\n\n", "");
    build("//go:build\n", "build never\nerror 1:1 parsing //go:build line: unexpected end of expression");
    build("\n //go:build a b\n", "build never\nerror 2:2 parsing //go:build line: unexpected token b");
    build("//go:build a\n\n//go:build a\n", "build never\nerror 3:1 multiple //go:build comments");
    check("package p\n//go:build linux\n", "package p");
}

#[test]
fn generated_files() {
    check("// Code generated by x. DO NOT EDIT.\n\npackage p", "package p\ngenerated");
    check("// Code generated by x. DO NOT EDIT.\r\npackage p", "package p\ngenerated");
    check("/*\n// Code generated by x. DO NOT EDIT.\n*/ package p", "package p\ngenerated");
    check("package p // Code generated by x. DO NOT EDIT.\n", "package p");
    check("// Code generated DO NOT EDIT.\npackage p", "package p");
    check("// Code generated by x. DO NOT EDIT. \npackage p", "package p");
    check("/* Code generated by x. DO NOT EDIT. */\npackage p", "package p");
}

#[test]
fn comments_that_allow() {
    check(
        "package p\n\n//modwarden:allow a\nimport \"b\"\n\nimport (\n\t\"c\" //modwarden:allow d why\n\t//modwarden:allow e\n\n)\n",
        r#"
        package p
        4:8 b
        7:2 c
        allow a at 3:1 covers "//modwarden:allow a\nimport \"b\""
        allow d at 7:6 covers "\t\"c\" //modwarden:allow d why"
        allow e at 8:2 covers "\t//modwarden:allow e\n"
        "#,
    );
    check(
        "package p\nimport \"b\" //modwarden:allow a\n",
        "package p\n2:8 b\nallow a at 2:12 covers \"import \\\"b\\\" //modwarden:allow a\"",
    );
    check("package p\n/*\n//modwarden:allow a\n*/\nvar x //modwarden:allow b\n", "package p");
}

#[test]
fn long_files_are_no_trouble() {
    let mut many = b"package p\nimport (\n".to_vec();
    (0..10_000).for_each(|n| many.extend(format!("\t\"example.com/m/{n}\"\n").bytes()));
    many.extend(b")\n");
    let parsed = parse_go_file(&many);
    assert_eq!((parsed.tree.imports.len(), parsed.errors.len()), (10_000, 0));
    assert_eq!(parsed.tree.imports[9_999].line, 10_002);
    let nul = vec![0; 4 << 20];
    assert!(!parse_go_file(&nul).errors.is_empty());
    let broken = b"package p\nimport (\n".iter().chain(b"x\n".repeat(1 << 20).iter()).copied().collect::<Vec<_>>();
    assert_eq!(parse_go_file(&broken).errors.len(), 10);
    let allows = [&b"//modwarden:allow a\n".repeat(1 << 16)[..], b"package p"].concat();
    assert_eq!(parse_go_file(&allows).allows.len(), 1 << 16);
    let constraints = [&b"// +build a\n".repeat(1 << 16)[..], b"\npackage p"].concat();
    let FileConstraint::Expr(constraint) = parse_go_file(&constraints).tree.constraint else {
        panic!("it is constrained")
    };
    assert!(constraint.satisfiable());
    let blocks = [&"/*é*/".repeat(1 << 16).into_bytes()[..], b"package p"].concat();
    assert!(parse_go_file(&blocks).errors.is_empty());
}

/// The result for a prefix, if there is one, is the result for the whole.
#[test]
fn prefixes_give_what_the_whole_gives_or_nothing() {
    let mut answered = 0;
    for text in fixtures().into_iter().chain((0..2_000).map(|seed| random_file(&mut Random::new(seed)))) {
        let whole = parse_go_file(&text);
        within_bounds(&text, &whole);
        for end in 0..text.len() {
            within_bounds(&text[..end], &parse_go_file(&text[..end]));
            let Some(head) = parse_go_head(&text[..end], false) else { continue };
            answered += 1;
            assert_eq!(head, whole, "the first {end} bytes of {}", String::from_utf8_lossy(&text));
        }
        assert_eq!(parse_go_head(&text, true), Some(whole));
    }
    assert!(answered > 1_000, "{answered}");
}

fn within_bounds(text: &[u8], parsed: &Parsed<GoFile>) {
    let imports = parsed.tree.imports.iter().flat_map(|import| [import.span, import.path_span]);
    let allows = parsed.allows.iter().flat_map(|allow| [allow.span, allow.covers, allow.rule.span]);
    for span in imports.chain(allows).chain(parsed.errors.iter().map(|error| error.span)) {
        assert!(
            span.start <= span.end && span.end as usize <= text.len(),
            "{span:?} in {}",
            String::from_utf8_lossy(text)
        );
    }
}

/// The files in `tests/parsers/go`.
pub(crate) fn fixtures() -> Vec<Vec<u8>> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parsers/go");
    let paths =
        fs::read_dir(dir).expect("the fixtures are there").map(|entry| entry.expect("the entry can be read").path());
    paths.map(|path| fs::read(path).expect("the fixture can be read")).collect()
}

/// A Go file of the unusual sort, broken now and then.
pub(crate) fn random_file(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.once_in(20) {
        text.push('\u{feff}');
    }
    text += &random_header(random);
    text += &["package", &gap(random), random.pick(&["p", "main", "é1", "_", "p_test"]), &end(random)].concat();
    for _ in 0..random.below(4) {
        text += &["import", &gap(random)].concat();
        if random.once_in(2) {
            text += &random_spec(random);
        } else {
            text += "(";
            (0..random.below(4)).for_each(|_| text += &random_spec(random));
            text += &[")", &end(random)].concat();
        }
    }
    text += random.pick(&[
        "",
        "var x = 1\n",
        "func f() {}\n",
        "type T int",
        "i",
        "imports",
        "/* a */ const c = 1",
        ";",
        "//modwarden:allow a",
    ]);
    let mut bytes = text.into_bytes();
    if random.once_in(2) {
        (0..=random.below(3)).for_each(|_| mutate(&mut bytes, random));
    }
    bytes
}

fn random_header(random: &mut Random) -> String {
    let mut header = String::new();
    for _ in 0..random.below(5) {
        header += &match random.below(8) {
            0 => format!("//go:build {}\n", random_constraint(random, 3)),
            1 => random
                .pick(&["// +build a,!b c\n\n", "// +build ignore\n", "//go:build a b\n", "//go:build\n"])
                .to_owned(),
            2 => {
                random.pick(&["// Code generated by x. DO NOT EDIT.", "// Code generated DO NOT EDIT."]).to_owned()
                    + "\n"
            }
            3 => random
                .pick(&["/*\n// Code generated x DO NOT EDIT.\n*/", "/* a */ ", "/*line x:3*/", "//line x:0\n"])
                .to_owned(),
            4 => random.pick(&["//modwarden:allow a/b until=2026-01-01 why\n", "\t//modwarden:allow\n"]).to_owned(),
            _ => random.pick(&["\n", "// a\n", "  // é\r\n", "\r\n", "/**/\n", "\t"]).to_owned(),
        };
    }
    header
}

fn random_spec(random: &mut Random) -> String {
    let name = random.pick(&["", "", "", "x", "_", ".", "é"]);
    let path = random.pick(&[
        "\"fmt\"",
        "\"example.com/a\"",
        "`example.com/b`",
        "\"C\"",
        "\"example.com/\\x76ersion\"",
        "`a\rb`",
        "\"a\\u00e9\\141\"",
        "\"./x\"",
        "\"é\"",
        "\"a b\"",
        "\"\"",
        "\"a\\\"b\"",
        "'x'",
        "12",
        "fmt",
    ]);
    let path = if random.once_in(2) { "\"example.com/m\"" } else { path };
    [name, &gap(random), path, &end(random)].concat()
}

fn gap(random: &mut Random) -> String {
    random
        .pick(&[" ", " ", " ", "\t", "/* c */", "/*\n*/", "// c\n", "\n", "\r\n", " //modwarden:allow a\n"])
        .to_owned()
}

fn end(random: &mut Random) -> String {
    random
        .pick(&[
            "\n",
            "\n",
            "\n\n",
            ";",
            " ; ",
            "\r\n",
            " // c\n",
            "/* c\n */",
            " //modwarden:allow a b\n",
            "\n\t//modwarden:allow a\n",
        ])
        .to_owned()
}

fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    const PIECES: [&[u8]; 34] = [
        b"\"",
        b"`",
        b"'",
        b"/",
        b"*",
        b"/*",
        b"*/",
        b"//",
        b"\n",
        b"\r",
        b";",
        b"(",
        b")",
        b"{",
        b"}",
        b"[",
        b"]",
        b".",
        b",",
        b"\\",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        "\u{e9}".as_bytes(),
        "\u{201c}".as_bytes(),
        b" ",
        b"0",
        b"_",
        b"x",
        b"import ",
        b"\x0c",
        b"#",
        b"&^=",
        b"++",
    ];
    let at = random.below(text.len() + 1);
    let to = (at + random.below(4)).min(text.len());
    match random.below(4) {
        0 => drop(text.drain(at..to)),
        1 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
        2 => drop(text.splice(at..to, PIECES[random.below(PIECES.len())].iter().copied())),
        _ if random.once_in(4) => text.truncate(at),
        _ => {
            let copy = text[at..to].to_vec();
            drop(text.splice(at..at, copy));
        }
    }
}

/// A well-formed expression for `//go:build`.
pub(crate) fn random_constraint(random: &mut Random, depth: usize) -> String {
    const TAGS: [&str; 27] = [
        "linux",
        "windows",
        "darwin",
        "android",
        "ios",
        "illumos",
        "solaris",
        "unix",
        "js",
        "amd64",
        "arm64",
        "386",
        "wasm",
        "arm",
        "cgo",
        "gc",
        "gccgo",
        "go1.18",
        "go1.27",
        "go1.28",
        "ignore",
        "foo",
        "integration",
        "purego",
        "amd64.v1",
        "boringcrypto",
        "goexperiment.boringcrypto",
    ];
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0 => random.pick(&TAGS).to_owned(),
        1 => format!("!{}", random.pick(&TAGS)),
        2 => format!("!({})", random_constraint(random, depth - 1)),
        3 => format!("({})", random_constraint(random, depth - 1)),
        4 => format!("{} && {}", random_constraint(random, depth - 1), random_constraint(random, depth - 1)),
        _ => format!("{} || {}", random_constraint(random, depth - 1), random_constraint(random, depth - 1)),
    }
}

/// Well-formed files, with names and lines that constrain builds.
pub(crate) fn files_with_builds(count: u64) -> Vec<(String, Vec<u8>)> {
    (0..count).map(|seed| file_with_builds(&mut Random::new(seed))).collect()
}

fn file_with_builds(random: &mut Random) -> (String, Vec<u8>) {
    const PARTS: [&str; 14] =
        ["a", "linux", "windows", "amd64", "arm64", "test", "386", "unix", "", "js", "wasm", "ios", "plan9", "android"];
    let parts: Vec<&str> = (0..=random.below(4)).map(|_| random.pick(&PARTS)).collect();
    let name = format!("{}{}.go", parts.join("_"), random.pick(&["", "", "", ".pb", ".x_linux"]));
    let name = if name == ".go" { "a.go".to_owned() } else { name };
    let lines = match random.below(4) {
        0 => String::new(),
        1 => random
            .pick(&[
                "// +build linux,!arm64 windows\n// +build !foo\n\n",
                "// +build ignore\n",
                "// +build !linux\n\n/* a */\n",
            ])
            .to_owned(),
        _ => format!("//go:build {}\n\n", random_constraint(random, 3)),
    };
    let cgo = if random.once_in(4) && !name.ends_with("_test.go") { "import \"C\"\n" } else { "" };
    (name, format!("{lines}package p\n{cgo}").into_bytes())
}

fn parse(expr: &str) -> BuildConstraint {
    BuildConstraint::parse_go_build(expr).expect("the generated expression is well formed")
}

/// `any_tags` lets every mention of a tag count as it likes; here all the ways are tried.
#[test]
fn any_tags_agrees_with_trying_all_ways() {
    let (mut held, mut total) = (0, 0);
    for seed in 0..3_000 {
        let text = random_constraint(&mut Random::new(seed), 3);
        let expr = parse(&text);
        let mut mentions = 0;
        let renamed =
            text.split_inclusive([' ', '(', ')', '!']).map(|word| rename(word, &mut mentions)).collect::<String>();
        if mentions > 10 {
            continue;
        }
        let renamed = parse(&renamed);
        let holds = |world: u32| {
            renamed.eval(&|tag| {
                tag.strip_prefix('t').is_some_and(|n| world >> n.parse::<u32>().expect("it is numbered") & 1 == 1)
            })
        };
        let any = (0..1 << mentions).any(holds);
        assert_eq!(expr.any_tags(), any, "seed {seed}: {expr}");
        held += usize::from(any);
        total += 1;
    }
    assert!(held > 0 && held < total);
}

/// Gives every mention of a tag but `ignore` its own name.
fn rename(word: &str, mentions: &mut u32) -> String {
    let tag = word.trim_end_matches([' ', '(', ')', '!']);
    if tag.is_empty() || tag == "ignore" || tag.starts_with(['&', '|']) {
        return word.to_owned();
    }
    *mentions += 1;
    format!("t{}{}", *mentions - 1, &word[tag.len()..])
}

/// `satisfiable` and `may_include` against asking every build there is.
#[test]
fn satisfiability_agrees_with_asking_every_build() {
    let contexts = every_build();
    let worlds = [&[][..], &["foo"], &["integration"], &["foo", "integration"]];
    let mut answers = BTreeSet::new();
    for seed in 0..600 {
        let expr = parse(&random_constraint(&mut Random::new(seed), 3));
        if expr.to_string().contains("arm64.") || expr.to_string().contains("amd64.") {
            continue;
        }
        let holds = |tags: &[&str], context: &BuildContext| {
            [false, true].iter().any(|&boring| {
                let experiment = |tag: &str| boring && (tag == "boringcrypto" || tag == "goexperiment.boringcrypto");
                expr.eval(&|tag| tags.contains(&tag) || experiment(tag) || context.matches_tag(tag))
            })
        };
        for tags in worlds {
            let any = contexts.iter().any(|context| holds(tags, context));
            assert_eq!(expr.may_include(tags), any, "seed {seed}: {expr} with {tags:?}");
        }
        let with_purego = |tags: &[&str]| {
            [&[][..], &["purego"]]
                .iter()
                .any(|more| contexts.iter().any(|context| holds(&[tags, more].concat(), context)))
        };
        let any = worlds.iter().any(|tags| with_purego(tags));
        assert_eq!(expr.satisfiable(), any, "seed {seed}: {expr}");
        answers.insert(any);
    }
    assert_eq!(answers.len(), 2);
}

/// Every kind of build that the tags of [`random_constraint`] can tell apart, and a few more.
fn every_build() -> Vec<BuildContext> {
    let mut builds = Vec::new();
    for os in ["linux", "windows", "darwin", "android", "ios", "illumos", "solaris", "js", "plan9", "aix"] {
        for arch in ["amd64", "arm64", "386", "wasm", "arm", "s390x"] {
            for switches in ["", ",cgo", ",gccgo", ",cgo,gccgo"] {
                let build = BuildContext::parse(&format!("{os}/{arch}{switches}")).expect("the build is well formed");
                builds.extend([17, 18, 27, 28].map(|release| BuildContext { release, ..build.clone() }));
            }
        }
    }
    builds
}
