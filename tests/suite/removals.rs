//! Lines removed from module files: by hand, and on generated files compared with the go command's result.

use modwarden::internals::syntax::{GoMod, Parsed, Removal, parse_go_mod, parse_go_work};
use modwarden::internals::text::{Edit, Span};

use crate::module_files::{MOD_FILES, WORK_FILE};
use crate::module_files_oracle::{MOD, Random, WORK, ask, file};
use crate::support::go::go;

/// Removes the lines that hold `gone!`, and compares.
#[track_caller]
fn check(before: &str, after: &str) {
    let places: Vec<Span> = before.match_indices("gone!").map(|(at, _)| Span::at(at)).collect();
    let edits = Removal::new(before.as_bytes()).edits(&places);
    let changed = String::from_utf8(Edit::apply(&edits, before.as_bytes())).expect("the rest is text");
    assert_eq!(changed, after, "from:\n{before}");
}

#[test]
fn a_line_goes_with_its_comments() {
    check("go 1.24\n// why\n// so\nreplace gone! => ../x // and\ntool x\n", "go 1.24\ntool x\n");
    check("go 1.24\n// apart\n\nreplace gone! => ../x\ntool x\n", "go 1.24\n// apart\n\ntool x\n");
    check(
        "exclude (\n\ta v1.0.0\n\t// why\n\tgone! v1.0.0 // and\n\t// of b\n\tb v1.0.0\n)\n",
        "exclude (\n\ta v1.0.0\n\t// of b\n\tb v1.0.0\n)\n",
    );
    check(
        "exclude (\n\t// heading\n\n\tgone! v1.0.0\n\tb v1.0.0\n\t// end\n)\n",
        "exclude (\n\tb v1.0.0\n\t// end\n)\n",
    );
}

#[test]
fn a_block_goes_with_its_last_line() {
    check(
        "go 1.24\n\n// all\nexclude ( // open\n\tgone! v1.0.0\n\t// why\n\tgone! v1.1.0\n\t// end\n) // close\n\ntool x\n",
        "go 1.24\n\ntool x\n",
    );
    check("exclude (\n\tgone! v1.0.0\n)\nexclude ()\nexclude (\n)\n", "exclude ()\nexclude (\n)\n");
    check("exclude (\n\tgone! v1.0.0\n\tb v1.0.0\n)\nexclude (\n\tgone! v1.1.0\n)\n", "exclude (\n\tb v1.0.0\n)\n");
    check("replace (\n\tgone! => ../x\n\t// for the release\n)\n", "");
}

#[test]
fn blank_lines_are_not_doubled() {
    check("go 1.24\n\nreplace gone! => ../x\n\ntool x\n", "go 1.24\n\ntool x\n");
    check("go 1.24\n\n\nreplace gone! => ../x\n \t\ntool x\n", "go 1.24\n\n\ntool x\n");
    check("go 1.24\n\nreplace gone! => ../x\ntool x\n", "go 1.24\n\ntool x\n");
    check("go 1.24\nreplace gone! => ../x\n\ntool x\n", "go 1.24\n\ntool x\n");
    check("go 1.24\nreplace gone! => ../x\n\nreplace gone! => ../y\ntool x\n", "go 1.24\n\ntool x\n");
    check("go 1.24\n\nreplace gone! => ../x\n", "go 1.24\n");
    check("go 1.24\n\nreplace gone! => ../x", "go 1.24\n");
    check("replace gone! => ../x\n\ngo 1.24\n", "go 1.24\n");
    check("tool (\n\ta\n\n\tgone!\n)\n", "tool (\n\ta\n)\n");
    check("tool (\n\tgone!\n\n\ta\n)\n", "tool (\n\ta\n)\n");
    check("tool (\n\n\tgone!\n\n\ta\n)\n", "tool (\n\n\ta\n)\n");
    check("tool (\n\ta\n\n\tgone!\n\n)\n", "tool (\n\ta\n\n)\n");
    check("tool (\n\ta\n\n\tgone!\n\n\t// end\n)\n", "tool (\n\ta\n\n\t// end\n)\n");
}

#[test]
fn what_stays_keeps_its_bytes() {
    check(
        "module  m\r\n\r\nreplace gone! => ../x\r\n\r\n  tool\ta // odd\r\n",
        "module  m\r\n\r\n  tool\ta // odd\r\n",
    );
    check(
        "module m\nreplace a => ../a\nreplace gone! => ../b\nreplace c => ../c",
        "module m\nreplace a => ../a\nreplace c => ../c",
    );
    check("tool a\ntool gone!", "tool a\n");
    check("replace gone! => \"../a\\\nb\"\ntool x\n", "tool x\n");
    check("toolchain gone!1\ngo 1.24\n", "go 1.24\n");
}

#[test]
fn what_is_not_understood_is_left_alone() {
    check("replace gone! => ../x\n/* no */\n", "replace gone! => ../x\n/* no */\n");
    check("exclude (\n\tgone! v1.0.0\n", "exclude (\n\tgone! v1.0.0\n");
    check("// gone!\n\ngo 1.24\n", "// gone!\n\ngo 1.24\n");
    check("exclude ( // gone!\n\ta v1.0.0\n)\n", "exclude ( // gone!\n\ta v1.0.0\n)\n");
    assert_eq!(Removal::new(b"").edits(&[Span::at(0), Span::at(7)]), []);
}

/// Where the lines of a file begin that could be removed.
fn places(tree: &GoMod) -> Vec<Span> {
    let mut places: Vec<Span> = tree.require.iter().map(|it| it.line.span).collect();
    places.extend(tree.exclude.iter().map(|it| it.line.span));
    places.extend(tree.replace.iter().map(|it| it.line.span));
    places.extend(tree.retract.iter().map(|it| it.line.span));
    places.extend(tree.tool.iter().map(|it| it.line.span));
    places.extend(tree.ignore.iter().map(|it| it.line.span));
    places.extend(tree.godebug.iter().map(|it| it.line.span));
    places
}

fn without_blank_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

/// Each whole line of the result is one of the original, in the same order.
fn is_made_of_lines(changed: &[u8], text: &[u8]) -> bool {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    changed.split_inclusive(|byte| *byte == b'\n').all(|line| lines.any(|original| original == line))
}

#[test]
fn go_drops_the_same_lines() {
    let Some(go) = go() else { return };
    let mut random = Random(11);
    let mut cases: Vec<(Vec<u8>, Vec<Span>, Vec<u8>)> = Vec::new();
    while cases.len() < 6_000 {
        let text = file(&mut random, &MOD, &MOD_FILES);
        let Parsed { tree, errors, .. } = parse_go_mod(&text);
        let mut chosen = places(&tree);
        let most = 1 + random.below(4);
        chosen.retain(|_| random.below(4) < most);
        if !errors.is_empty() || chosen.is_empty() {
            continue;
        }
        let changed = Edit::apply(&Removal::new(&text).edits(&chosen), &text);
        assert!(is_made_of_lines(&changed, &text), "{}", String::from_utf8_lossy(&text));
        let left = places(&parse_go_mod(&changed).tree).len();
        assert_eq!(left + chosen.len(), places(&tree).len(), "{}", String::from_utf8_lossy(&text));
        cases.push((text, chosen, changed));
    }
    let starts: Vec<String> =
        cases.iter().map(|(_, chosen, _)| chosen.iter().map(|it| format!("{} ", it.start)).collect()).collect();
    let dropped =
        ask(&go, cases.iter().zip(&starts).map(|((text, ..), starts)| ("drop", text.as_slice(), starts.as_str())));
    let cleaned = ask(&go, cases.iter().map(|(.., changed)| ("drop", changed.as_slice(), "")));
    for (((text, ..), dropped), cleaned) in cases.iter().zip(dropped).zip(cleaned) {
        let (dropped, cleaned) = (dropped.as_str().expect("a file"), cleaned.as_str().expect("a file"));
        assert_eq!(without_blank_lines(cleaned), without_blank_lines(dropped), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_workspace_file_keeps_its_other_lines() {
    let mut random = Random(12);
    for _ in 0..2_000 {
        let text = file(&mut random, &WORK, &[WORK_FILE]);
        let Parsed { tree, errors, .. } = parse_go_work(&text);
        if !errors.is_empty() || tree.replace.is_empty() {
            continue;
        }
        let chosen = random.below(tree.replace.len());
        let changed = Edit::apply(&Removal::new(&text).edits(&[tree.replace[chosen].line.span]), &text);
        let after = parse_go_work(&changed);
        assert_eq!(after.errors, []);
        let mut expected: Vec<String> = tree.replace.iter().map(|it| format!("{} {}", it.old.value, it.new)).collect();
        expected.remove(chosen);
        let kept: Vec<String> = after.tree.replace.iter().map(|it| format!("{} {}", it.old.value, it.new)).collect();
        assert_eq!((kept, after.tree.use_.len()), (expected, tree.use_.len()), "{}", String::from_utf8_lossy(&text));
    }
}
