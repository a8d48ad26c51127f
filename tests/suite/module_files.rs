//! Module files read as Go reads them: forms, spans, and the results for broken files.

use modwarden::internals::go::{GoVersion, ModulePath, Version};
use modwarden::internals::syntax::{
    GoMod, GoWork, Line, Parsed, ReplaceTarget, VendorModules, VendoredReplacement, parse_go_mod, parse_go_work,
    parse_vendor_modules,
};
use modwarden::internals::text::{Span, Spanned};

/// Realistic files, good and bad.
pub(crate) const MOD_FILES: [&[u8]; 4] = [
    include_bytes!("../parsers/modules/all.mod"),
    include_bytes!("../parsers/modules/broken.mod"),
    include_bytes!("../parsers/modules/crlf.mod"),
    include_bytes!("../parsers/modules/empty_lines.mod"),
];
pub(crate) const WORK_FILE: &[u8] = include_bytes!("../parsers/modules/all.work");
pub(crate) const VENDOR_FILE: &[u8] = include_bytes!("../parsers/modules/modules.txt");

fn slice(text: &[u8], span: Span) -> &str {
    std::str::from_utf8(&text[span.range()]).expect("fixtures are UTF-8")
}

/// Every span of a line and of the values on it lies in the file, in order.
fn check_line(text: &[u8], line: &Line, values: &[Span]) {
    assert!(line.span.end as usize <= text.len());
    assert!(line.block.is_none_or(|block| block.start <= line.span.start && line.span.end <= block.end));
    for value in values {
        assert!(line.span.start <= value.start && value.end <= line.span.end, "{value:?} in {line:?}");
    }
    for comment in &line.comments {
        assert_eq!(slice(text, comment.span), &*comment.text);
        assert_eq!(comment.suffix, comment.span.start >= line.span.end);
    }
}

/// The spelling of a value: itself, or itself in quotes.
fn check_value<T: ToString>(text: &[u8], value: &Spanned<T>) -> Span {
    let (written, value_text) = (slice(text, value.span), value.value.to_string());
    assert!(written == value_text || written == format!("{value_text:?}"), "{written} is not {value_text}");
    value.span
}

fn check_go_mod(text: &[u8], tree: &GoMod) {
    let path = |path: &Spanned<ModulePath>| check_value(text, path);
    if let Some(module) = &tree.module {
        check_line(text, &module.line, &[path(&module.path)]);
    }
    if let Some(version) = &tree.go {
        check_value(text, version);
    }
    for it in &tree.require {
        check_line(text, &it.line, &[path(&it.path), it.version.span]);
    }
    for it in &tree.exclude {
        check_line(text, &it.line, &[path(&it.path), it.version.span]);
    }
    for it in &tree.replace {
        let (first, second) = match &it.new {
            ReplaceTarget::Directory(directory) => (check_value(text, directory), directory.span),
            ReplaceTarget::Module { path: new, version } => (path(new), version.span),
        };
        check_line(text, &it.line, &[path(&it.old), first, second]);
    }
    for it in &tree.retract {
        check_line(text, &it.line, &[check_value(text, &it.low), check_value(text, &it.high)]);
    }
    for it in &tree.godebug {
        check_line(text, &it.line, &[check_value(text, &it.key)]);
    }
    for it in &tree.tool {
        check_line(text, &it.line, &[check_value(text, &it.path)]);
    }
    for it in &tree.ignore {
        check_line(text, &it.line, &[check_value(text, &it.path)]);
    }
}

fn check_vendor(text: &[u8], tree: &VendorModules) {
    for module in &tree.modules {
        assert!(slice(text, module.span).starts_with("# "));
        check_value(text, &module.path);
        module.version.iter().for_each(|version| _ = check_value(text, version));
        module.go.iter().for_each(|go| _ = check_value(text, go));
        if let Some(VendoredReplacement { path, version }) = &module.replacement {
            check_value(text, path);
            version.iter().for_each(|version| _ = check_value(text, version));
        }
        for package in &module.packages {
            check_value(text, &package.path);
        }
    }
}

#[test]
fn every_prefix_of_every_file_is_read_with_spans_in_bounds() {
    for file in MOD_FILES {
        for end in 0..=file.len() {
            let text = &file[..end];
            let parsed = parse_go_mod(text);
            check_go_mod(text, &parsed.tree);
            assert!(parsed.errors.iter().all(|error| error.span.end as usize <= end));
            assert!(parsed.errors.is_sorted_by_key(|error| error.span));
        }
    }
    for end in 0..=WORK_FILE.len() {
        let parsed = parse_go_work(&WORK_FILE[..end]);
        assert!(parsed.tree.use_.iter().all(|it| it.line.span.end as usize <= end));
    }
    for end in 0..=VENDOR_FILE.len() {
        check_vendor(&VENDOR_FILE[..end], &parse_vendor_modules(&VENDOR_FILE[..end]).tree);
    }
}

#[test]
fn comments_belong_to_the_lines_that_go_gives_them() {
    let Parsed { tree, errors, .. } = parse_go_mod(MOD_FILES[0]);
    assert_eq!(errors, []);
    let module = tree.module.expect("there is one");
    assert_eq!(module.deprecated.as_deref(), Some("use example.com/next instead,\nwhich is maintained."));
    let marks: Vec<_> = tree.require.iter().map(|it| it.indirect).collect();
    assert_eq!(marks, [true, false, true, false, true, false]);
    let held_back = &tree.require[3].line;
    let texts: Vec<_> = held_back.comments.iter().map(|comment| &*comment.text).collect();
    assert_eq!(texts, ["// Why c is held back.", "// It takes two lines."]);
    let rationales: Vec<_> = tree.retract.iter().map(|it| &*it.rationale).collect();
    assert_eq!(rationales, ["Published by accident.", "Broken on Windows.", "", "Contains a secret.", ""]);
}

#[test]
fn an_allow_comment_covers_its_line_or_the_next() {
    let covered = |text: &str, parsed: Vec<modwarden::internals::syntax::AllowComment>| -> Vec<String> {
        parsed.iter().map(|allow| slice(text.as_bytes(), allow.covers).to_owned()).collect()
    };
    for (text, expected) in [
        ("go 1.21 //modwarden:allow x y\n", vec!["go 1.21 //modwarden:allow x y"]),
        ("//modwarden:allow x y\n// more\n  go 1.21\nuse a", vec!["//modwarden:allow x y\n// more\n  go 1.21"]),
        ("use (\n\t//modwarden:allow x y\n\ta // b\n)\n", vec!["\t//modwarden:allow x y\n\ta // b"]),
        ("//modwarden:allow x y\n\ngo 1.21\n", vec!["//modwarden:allow x y\n"]),
        ("//modwarden:allow x y", vec!["//modwarden:allow x y"]),
        (
            "//modwarden:allow x y\nuse a //modwarden:allow z y",
            vec!["//modwarden:allow x y\nuse a //modwarden:allow z y", "use a //modwarden:allow z y"],
        ),
    ] {
        assert_eq!(covered(text, parse_go_work(text.as_bytes()).allows), expected, "{text}");
    }
}

#[test]
fn a_file_with_a_syntax_error_has_that_error_and_the_rest_of_the_tree() {
    for (broken, message) in [
        ("\"open", "unexpected newline in string"),
        ("/* c */", "mod files must use // comments (not /* */ comments)"),
        ("require \u{feff}x v1.0.0", "unexpected input character '\\ufeff'"),
        ("require (\n\texample.com/b v1.0.0\n) x", "syntax error (expected newline after closing paren)"),
    ] {
        let text = format!("module example.com/m\nunknown\n{broken}\nrequire example.com/a v1.0.0\n");
        let Parsed { tree, errors, .. } = parse_go_mod(text.as_bytes());
        let messages: Vec<_> = errors.iter().map(|error| &*error.message).collect();
        assert_eq!(messages, [message]);
        assert!(tree.module.is_some());
        assert_eq!(tree.require.last().expect("it is read").path.value.as_str(), "example.com/a");
    }
}

#[test]
fn a_block_without_end_keeps_its_entries() {
    let Parsed { tree, errors, .. } = parse_go_work(b"go 1.21\n use (\n\t./a\n\t./b\n");
    let messages: Vec<_> = errors.iter().map(|error| &*error.message).collect();
    assert_eq!(messages, ["syntax error (unterminated block started at go.work:2:2)"]);
    assert_eq!(tree.use_.len(), 2);
}

#[test]
fn a_retracted_version_must_be_one() {
    let parsed = parse_go_mod(b"module example.com/m\nretract master\nretract v1\n");
    let messages: Vec<_> = parsed.errors.iter().map(|error| &*error.message).collect();
    assert_eq!(messages, ["retract: version \"master\" invalid: must be of the form v1.2.3"]);
    assert_eq!(parsed.tree.retract[0].low.value.as_str(), "v1");
}

#[test]
fn a_workspace_file_has_five_verbs() {
    let Parsed { tree, errors, allows } = parse_go_work(WORK_FILE);
    assert_eq!((errors, allows.len()), (Vec::new(), 1));
    let GoWork { go, toolchain, godebug, use_, replace } = tree;
    assert!(go.is_some() && toolchain.is_some());
    assert_eq!((godebug.len(), use_.len(), replace.len()), (1, 5, 3));
    assert_eq!(&*use_[2].path.value, "./with space");
}

#[test]
fn a_vendor_manifest_is_read_as_go_reads_it() {
    let Parsed { tree, errors, .. } = parse_vendor_modules(VENDOR_FILE);
    check_vendor(VENDOR_FILE, &tree);
    assert_eq!(errors, []);
    assert!(tree.workspace);
    let modules: Vec<_> = tree.modules.iter().map(describe).collect();
    assert_eq!(
        modules,
        [
            "example.com/dep v1.0.0 => ./dep explicit go 1.21: example.com/dep example.com/dep/pkg",
            "example.com/unused v1.2.0 explicit:",
            "example.com/moved v1.0.0 => example.com/fork v1.1.0 go 1.20: example.com/moved/x example.com/moved/y",
            "example.com/dep => ./dep:",
            "example.com/nothere v1.2.3:",
        ]
    );
}

fn describe(module: &modwarden::internals::syntax::VendoredModule) -> String {
    let mut words = vec![module.path.value.to_string()];
    words.extend(module.version.iter().map(|version| version.value.to_string()));
    if let Some(VendoredReplacement { path, version }) = &module.replacement {
        words.push(format!("=> {}", path.value));
        words.extend(version.iter().map(|version| version.value.to_string()));
    }
    words.extend(module.explicit.then(|| "explicit".to_owned()));
    words.extend(module.go.iter().map(|go| format!("go {}", go.value)));
    let packages: String = module.packages.iter().map(|package| format!(" {}", package.path.value)).collect();
    format!("{}:{packages}", words.join(" "))
}

#[test]
fn only_the_first_line_makes_a_manifest_one_of_a_workspace() {
    for (text, expected) in [
        ("## workspace\n", true),
        ("## explicit; workspace \r\n", true),
        ("# a v1.0.0\n## workspace\n", false),
        ("##workspace\n", false),
        ("", false),
    ] {
        assert_eq!(parse_vendor_modules(text.as_bytes()).tree.workspace, expected, "{text}");
    }
}

#[test]
fn versions_ascend_as_go_orders_them() {
    let ascending = [
        "v0.0.0-20200101000000-000000000000",
        "v0.1.0",
        "v1.0.0-0.1",
        "v1.0.0-1",
        "v1.0.0-2",
        "v1.0.0-10",
        "v1.0.0-RC1",
        "v1.0.0-alpha",
        "v1.0.0-alpha.1",
        "v1.0.0-alpha.beta",
        "v1.0.0-beta",
        "v1",
        "v1.0",
        "v1.0.0",
        "v1.0.0+a",
        "v1.0.1-0.20200101000000-000000000000",
        "v1.0.1-rc1",
        "v1.0.1",
        "v1.9.0",
        "v1.10.0",
        "v2.0.0",
        "v2.0.0+incompatible",
        "v10.0.0",
        "v18446744073709551616.0.0",
    ];
    let versions: Vec<_> = ascending.iter().map(|text| Version::parse(text).expect(text)).collect();
    assert!(versions.is_sorted(), "{versions:?}");
    assert!(versions[11].compare(&versions[14]).is_eq());

    let ascending = [
        "1.27.0rc1",
        "1.4",
        "1.20rc1",
        "1.20",
        "1.20.0",
        "1.20.1",
        "1.21",
        "1.21rc1",
        "1.21rc2",
        "1.21.0",
        "1.100",
        "2.0",
    ];
    let versions: Vec<_> = ascending.iter().map(|text| GoVersion::parse(text).expect(text)).collect();
    assert!(versions.is_sorted(), "{versions:?}");
    assert!(versions[3].is_at_least("1.20.0") && !versions[6].is_at_least("1.21.0"));
}
