//! Options that several commands share, through the built program: the output, the rules that count, and the packs.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::io::Write as _;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\n\n\
                      [[import-denied]]\nname = \"no-fmt\"\ndeny = [\"fmt\"]\n\n[[import-dot]]\nname = \"no-dot\"\n\n\
                      [[exception]]\nrule = \"import-dot/no-dot\"\nfiles = [\"c.go\"]\nreason = \"as it was\"\n\n\
                      [severity]\n\"import-denied/no-fmt\" = \"warn\"\n";

/// Two errors and a warning of two entries, and one finding that an exception covers.
fn broken() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY);
    repo.write("a.go", "package m\n\nimport (\n\t\"expvar\"\n\t\"fmt\"\n)\n\nvar _, _ = expvar.NewInt, fmt.Sprint\n");
    repo.write("b.go", "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n");
    repo.write("c.go", "package m\n\nimport . \"strings\"\n\nvar _ = Cut\n");
    repo.commit("first");
    repo
}

fn run(repo: &Repo, args: &[&str]) -> Output {
    repo.command(MODWARDEN).args(args).output().unwrap()
}

/// Standard output of a run that ends with this code.
#[track_caller]
fn stdout(code: i32, repo: &Repo, args: &[&str]) -> String {
    let output = run(repo, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a run that ends with this code and prints nothing.
#[track_caller]
fn stderr(code: i32, repo: &Repo, args: &[&str]) -> String {
    let output = run(repo, args);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(code), &b""[..]), "{args:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[track_caller]
fn report(code: i32, repo: &Repo, args: &[&str]) -> Value {
    serde_json::from_str(&stdout(code, repo, &[args, &["--format", "json"]].concat())).unwrap()
}

/// The rule and entry of each of these findings.
fn codes(findings: &Value) -> Vec<String> {
    let code = |it: &Value| match it["entry"].as_str() {
        Some(entry) => format!("{}/{entry}", it["rule"].as_str().unwrap()),
        None => it["rule"].as_str().unwrap().to_owned(),
    };
    findings.as_array().map(|all| all.iter().map(code).collect()).unwrap_or_default()
}

#[test]
fn a_quiet_run_says_only_what_keeps_it_from_an_answer() {
    let repo = broken();
    for args in [&["check", "-q"][..], &["check", "--quiet"], &["check", "-q", "--format", "json"], &["audit", "-q"]] {
        assert_eq!(stderr(1, &repo, args), "", "{args:?}");
    }
    assert_eq!(stderr(0, &repo, &["check", "-q", "--fail-on", "never"]), "");
    assert_eq!(stderr(1, &repo, &["check", "-q", "--output", "json=out.json"]), "");
    let written: Value = serde_json::from_str(&fs::read_to_string(repo.root().join("out.json")).unwrap()).unwrap();
    assert_eq!(written["summary"]["findings"], 3);
    assert!(stdout(1, &repo, &["check", "-q", "--output", "jsonl=-"]).starts_with("{\"header\":"));
    repo.write("modwarden.toml", "colour = 1\n");
    let text = stderr(2, &repo, &["check", "-q"]);
    assert!(text.contains("not a policy"), "{text}");
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    let text = stderr(3, &repo, &["check", "-q"]);
    assert!(text.contains("no go.mod was found"), "{text}");
    let undecided = Repo::init();
    undecided.write("go.mod", format!("{GO_MOD}\nrequire example.com/dep v1.0.0\n"));
    undecided.write("a.go", "package m\n\nimport (\n\t_ \"example.com/dep\"\n\t_ \"example.com/other\"\n)\n");
    undecided.write(
        "modwarden.toml",
        "extends = [\"tidy\"]\n\n[[import-denied]]\nname = \"x\"\ndeny = [\"example.com/dep\"]\n",
    );
    let output = run(&undecided, &["check", "-q", "--no-module-cache"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("undecided[") && !text.contains("error[import-denied"), "{text}");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn statistics_count_the_findings_of_each_rule() {
    let repo = broken();
    let counts = "2  error  import-denied/no-expvar\n1  warn   import-denied/no-fmt\n";
    assert_eq!(stdout(1, &repo, &["check", "-q", "--statistics"]), counts);
    for form in ["pretty", "concise", "github"] {
        let text = stdout(1, &repo, &["check", "--statistics", "--format", form]);
        assert!(text.contains(&format!("\n{counts}\n")), "{form}: {text}");
        let without = stdout(1, &repo, &["check", "--format", form]);
        assert!(!without.contains(counts), "{form}: {without}");
    }
    let text = stdout(1, &repo, &["check", "--statistics", "--format", "markdown"]);
    assert!(text.contains("| 2 | error | `import-denied/no-expvar` |\n"), "{text}");
    let text = stdout(1, &repo, &["check", "--statistics", "--format", "html"]);
    assert!(text.contains("<code>import-denied/no-expvar</code></td></tr>"), "{text}");
    assert_eq!(report(1, &repo, &["check", "--statistics"])["findings"], report(1, &repo, &["check"])["findings"]);
    repo.write("modwarden.toml", "[severity]\nimport-duplicate = \"error\"\n");
    assert_eq!(stdout(0, &repo, &["check", "-q", "--statistics"]), "");
}

#[test]
fn rules_narrow_what_is_found() {
    let repo = broken();
    let cases: [(&[&str], &[&str], i32); 5] = [
        (&["--rule", "import-denied/no-expvar"], &["import-denied/no-expvar", "import-denied/no-expvar"], 1),
        (&["--rule", "import-denied/no-fmt"], &["import-denied/no-fmt"], 0),
        (&["--rule", "import-dot"], &[], 0),
        (&["--rule", "import-dot,import-denied/no-fmt"], &["import-denied/no-fmt"], 0),
        (&["--rule", "import-dot", "--rule", "import-denied/no-fmt"], &["import-denied/no-fmt"], 0),
    ];
    for (args, expected, code) in cases {
        for command in ["check", "audit"] {
            let report = report(code, &repo, &[&[command], args].concat());
            assert_eq!(codes(&report["findings"]), expected, "{command} {args:?}");
        }
    }
    let report = report(0, &repo, &["check", "--rule", "import-dot"]);
    assert_eq!(codes(&report["suppressed"]), ["import-dot/no-dot"]);
    assert_eq!(report["state"]["rules"], json!(["import-dot"]));
    assert_eq!(report["rules"].as_array().map(Vec::len), Some(1));
    let text = stdout(0, &repo, &["check", "--rule", "import-dot,import-denied/no-fmt"]);
    assert!(text.contains(", only the rules import-dot and import-denied/no-fmt"), "{text}");
}

#[test]
fn an_exception_to_another_rule_is_not_unused() {
    let repo = broken();
    let report = report(0, &repo, &["check", "--rule", "exception-unused"]);
    assert_eq!(codes(&report["findings"]), [""; 0]);
}

#[test]
fn rules_narrow_a_comparison_and_its_counts() {
    let repo = broken();
    repo.write("b.go", "package m\n").write("d.go", "package m\n\nimport (\n\t. \"bytes\"\n\t\"fmt\"\n)\n");
    repo.commit("second");
    let counts = |rule: &str, code: i32| {
        let report = report(code, &repo, &["check", "--range", "HEAD~1..HEAD", "--rule", rule]);
        let summary = &report["summary"];
        ["new", "fixed", "unchanged"].map(|name| summary[name].as_u64().unwrap())
    };
    assert_eq!(counts("import-dot", 1), [1, 0, 0]);
    assert_eq!(counts("import-denied/no-expvar", 0), [0, 1, 1]);
    let report = report(1, &repo, &["check", "--range", "HEAD~1..HEAD", "--each-commit", "--rule", "import-dot"]);
    assert_eq!(codes(&report["findings"]), ["import-dot/no-dot"]);
}

#[test]
fn a_rule_that_could_not_decide_is_told_only_if_it_is_asked() {
    let repo = Repo::init();
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/dep v1.0.0\n"))
        .write("a.go", "package m\n\nimport _ \"example.com/dep\"\n");
    repo.write("modwarden.toml", "extends = [\"tidy\"]\n");
    let whole = report(3, &repo, &["check", "--no-module-cache"]);
    let open = codes(&whole["undecided"]);
    let rule = open.first().unwrap();
    let narrowed = report(3, &repo, &["check", "--no-module-cache", "--rule", rule]);
    assert!(codes(&narrowed["undecided"]).iter().all(|code| code == rule), "{narrowed}");
    let narrowed = report(0, &repo, &["check", "--no-module-cache", "--rule", "syntax-invalid"]);
    assert_eq!((codes(&narrowed["undecided"]), &narrowed["verdict"]), (Vec::new(), &json!("judged")));
}

#[test]
fn a_rule_that_is_not_on_is_an_error() {
    let repo = broken();
    let cases = [
        ("import-deny", "there is no rule `import-deny`; did you mean `import-denied`?"),
        ("nonsense", "there is no rule `nonsense`; `modwarden rules` lists them"),
        ("import-alias", "the rule `import-alias` is not enabled in this policy"),
        ("import-denied/no-expvars", "did you mean `import-denied/no-expvar`?"),
        ("import-denied/other", "the policy has no entry `other` of the rule `import-denied`"),
    ];
    for (rule, expected) in cases {
        let text = stderr(2, &repo, &["check", "--rule", rule]);
        assert!(text.contains(expected), "{rule}: {text}");
    }
}

#[test]
fn a_pack_is_tried_on_top_of_the_policy() {
    let repo = broken();
    repo.write("go.mod", format!("{GO_MOD}\nreplace example.com/x => ../x\n"));
    let policy = fs::read_to_string(repo.root().join("modwarden.toml")).unwrap();
    for pack in modwarden::internals::policy::packs() {
        let tried = run(&repo, &["check", "--pack", pack.name, "--format", "json"]);
        repo.write("modwarden.toml", format!("extends = [\"{}\"]\n{policy}", pack.name));
        let extended = run(&repo, &["check", "--format", "json"]);
        repo.write("modwarden.toml", &policy);
        let identities = |output: &Output| -> Vec<Value> {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            report["findings"].as_array().unwrap().iter().map(|it| it["identity"].clone()).collect()
        };
        assert_eq!(identities(&tried), identities(&extended), "{}", pack.name);
    }
    let report = report(1, &repo, &["check", "--pack", "strict,workspace"]);
    assert_eq!(report["policy"]["packs"], json!(["strict", "workspace"]));
    let text = stdout(1, &repo, &["check", "--pack", "strict", "--pack", "workspace"]);
    assert!(text.contains("checked against modwarden.toml, the pack strict and the pack workspace"), "{text}");
}

#[test]
fn the_policy_has_the_last_word_over_a_pack_that_is_tried() {
    let repo = Repo::init();
    repo.write("go.mod", format!("{GO_MOD}\nreplace example.com/x => ../x\n")).write("a.go", "package m\n");
    repo.write("modwarden.toml", "");
    let all = codes(&report(1, &repo, &["check", "--pack", "workspace"])["findings"]);
    let code = all.first().unwrap();
    repo.write("modwarden.toml", format!("extends = [\"workspace\"]\n[severity]\n\"{code}\" = \"off\"\n"));
    let fewer = codes(&report(0, &repo, &["check", "--pack", "workspace", "--fail-on", "never"])["findings"]);
    assert!(!fewer.contains(code), "{fewer:?}");
}

#[test]
fn a_pack_judges_alone_where_there_is_no_policy() {
    let repo = broken();
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    let text = stdout(0, &repo, &["check", "--pack", "supply-chain"]);
    assert!(text.contains(", checked against the pack supply-chain"), "{text}");
    let report = report(0, &repo, &["check", "--pack", "supply-chain"]);
    assert_eq!(report["policy"]["packs"], json!(["supply-chain"]));
    assert!(report["policy"].get("pack").is_none(), "{report}");
    let text = stdout(0, &repo, &["policy", "show", "--pack", "supply-chain"]);
    assert!(text.contains("pack:supply-chain") && !text.contains("pack:recommended"), "{text}");
    let text = stderr(2, &repo, &["check", "--pack", "supply-chains"]);
    assert!(text.contains("'supply-chains'") && text.contains("'supply-chain'"), "{text}");
}

#[test]
fn a_saved_report_knows_its_packs_and_rules() {
    let repo = broken();
    let args = ["check", "--pack", "workspace", "--rule", "import-dot", "--format"];
    repo.write("saved.json", stdout(0, &repo, &[&args[..], &["json"]].concat()));
    let printed = stdout(0, &repo, &[&args[..], &["concise"]].concat());
    let rendered = stdout(0, &repo, &["render", "saved.json", "--format", "concise"]);
    let line = |text: &str| {
        text.lines().find(|line| line.contains("checked against")).unwrap().rsplit_once(" (").unwrap().0.to_owned()
    };
    assert_eq!(line(&rendered), line(&printed));
    assert_eq!(stderr(0, &repo, &["render", "saved.json", "-q"]), "");
}

/// Like [`run`], with variables of the environment.
fn run_with(repo: &Repo, variables: &[(&str, &str)], args: &[&str]) -> Output {
    repo.command(MODWARDEN).envs(variables.iter().copied()).args(args).output().unwrap()
}

#[test]
fn variables_stand_for_options_and_the_command_line_comes_first() {
    let repo = broken();
    repo.write("other.toml", "[[import-dot]]\nname = \"other\"\n");
    let ends = |variables: &[(&str, &str)], args: &[&str]| {
        let output = run_with(&repo, variables, args);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(ends(&[("MODWARDEN_FAIL_ON", "never")], &["check"]).0, Some(0));
    assert_eq!(ends(&[("MODWARDEN_FAIL_ON", "never")], &["check", "--fail-on", "error"]).0, Some(1));
    assert_eq!(ends(&[("MODWARDEN_FAIL_ON", "")], &["check"]).0, Some(1), "an empty one counts as none");
    let (_, text) = ends(&[("MODWARDEN_FORMAT", "json")], &["check"]);
    assert!(text.starts_with("{\"version\":1"), "{text}");
    let (_, text) = ends(&[("MODWARDEN_FORMAT", "json")], &["check", "--format", "concise"]);
    assert!(text.starts_with("a.go:4:2: error["), "{text}");
    let (_, text) = ends(&[("MODWARDEN_FORMAT", "concise")], &["check", "--output", "jsonl=-"]);
    assert!(text.starts_with("{\"header\":"), "it is a default: {text}");
    let (_, text) = ends(&[("MODWARDEN_POLICY", "other.toml")], &["check"]);
    assert!(text.contains("import-dot/other") && text.contains("checked against other.toml"), "{text}");
    for args in [&["check", "--policy", "modwarden.toml"][..], &["check", "--policy-from", "HEAD"]] {
        let (code, text) = ends(&[("MODWARDEN_POLICY", "other.toml")], args);
        assert!(code == Some(1) && text.contains("checked against modwarden.toml"), "{args:?}: {text}");
    }
    let (_, text) = ends(&[("MODWARDEN_POLICY", "other.toml")], &["policy", "show"]);
    assert!(text.contains("other.toml:") && !text.contains("no-expvar"), "{text}");
    assert!(ends(&[("MODWARDEN_COLOR", "always")], &["check"]).1.contains('\u{1b}'));
    assert!(!ends(&[("MODWARDEN_COLOR", "always")], &["check", "--color", "never"]).1.contains('\u{1b}'));
}

#[test]
fn variables_say_where_to_keep_what_was_read_and_what_passes() {
    let repo = broken();
    let store = repo.beside("store");
    fs::create_dir(&store).unwrap();
    let variables = [("MODWARDEN_CACHE_DIR", store.to_str().unwrap())];
    let holds = || fs::read_dir(&store).unwrap().count();
    run_with(&repo, &variables, &["check", "--rev", "HEAD", "--no-cache"]);
    assert_eq!(holds(), 0, "the command line comes first");
    run_with(&repo, &variables, &["check", "--rev", "HEAD"]);
    assert!(holds() > 0);
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/dep v1.0.0\n"));
    repo.write("a.go", "package m\n\nimport _ \"example.com/dep\"\n").write("modwarden.toml", "extends = [\"tidy\"]\n");
    let code = |variables: &[(&str, &str)], more: &[&str]| {
        let args = [&["check", "--no-module-cache"], more].concat();
        run_with(&repo, variables, &args).status.code()
    };
    let pass = [("MODWARDEN_UNDECIDED", "pass")];
    assert_eq!([code(&[], &[]), code(&pass, &[]), code(&pass, &["--undecided", "fail"])], [Some(3), Some(0), Some(3)]);
}

#[test]
fn a_value_that_no_option_takes_is_an_error() {
    let repo = broken();
    for variable in
        ["MODWARDEN_FAIL_ON", "MODWARDEN_FORMAT", "MODWARDEN_UNDECIDED", "MODWARDEN_COLOR", "MODWARDEN_POLICY"]
    {
        let output = run_with(&repo, &[(variable, "nonsense")], &["check"]);
        assert_eq!(output.status.code(), Some(2), "{variable}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense"), "{variable}: {output:?}");
    }
}

#[test]
fn hooks_are_not_loosened_by_variables() {
    let repo = broken();
    repo.write("empty.toml", "[severity]\n");
    let variables = [
        ("MODWARDEN_POLICY", "empty.toml"),
        ("MODWARDEN_FAIL_ON", "never"),
        ("MODWARDEN_FORMAT", "json"),
        ("MODWARDEN_UNDECIDED", "pass"),
    ];
    let output = run_with(&repo, &variables, &["hook", "run", "pre-commit"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("checked against modwarden.toml"), "{text}");
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.write("d.go", "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewFloat\n").git(&["add", "d.go"]);
    let pushed = repo.git(&["commit-tree", "-p", &head, "-m", "pushed", &repo.git(&["write-tree"])]);
    let output = run_with(&repo, &variables, &["hook", "run", "update", "refs/heads/main", &head, &pushed]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("checked against modwarden.toml"), "{text}");
}

/// A repository with twelve findings in each of seven files.
fn crowded() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD)
        .write("modwarden.toml", "[[import-denied]]\nname = \"x\"\ndeny = [\"example.com/...\"]\n");
    let imports: String = (0..12).map(|index| format!("\t_ \"example.com/p{index}\"\n")).collect();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        repo.write(format!("{name}.go"), format!("package m\n\nimport (\n{imports})\n"));
    }
    repo
}

#[test]
fn findings_beyond_a_limit_are_counted() {
    let repo = crowded();
    let lines = |args: &[&str]| {
        let text = stdout(1, &repo, &[&["check", "--rule", "import-denied"], args].concat());
        let found = text.lines().filter(|line| line.contains("error[import-denied/x]")).count();
        (found, text.lines().filter(|line| line.starts_with("… and ")).map(str::to_owned).collect::<Vec<_>>())
    };
    for form in ["pretty", "concise"] {
        assert_eq!(lines(&["--format", form]).0, 84, "{form}: a pipe gets all of them");
        assert_eq!(lines(&["--format", form, "--max-findings", "0"]), (84, Vec::new()), "{form}");
        let (found, others) = lines(&["--format", form, "--max-findings", "10"]);
        assert_eq!(found, 50, "{form}");
        assert_eq!(others.len(), 6, "{form}");
        assert_eq!(others[0], "… and 2 more of import-denied/x in a.go; `--max-findings 0` shows all");
        assert_eq!(others[5], "… and 24 more of import-denied/x in 2 further files; `--max-findings 0` shows all");
        assert_eq!(lines(&["--format", form, "--max-findings", "12"]).1.len(), 1, "{form}");
        let out = format!("{form}=out.{form}");
        stdout(1, &repo, &["check", "--max-findings", "1", "--output", &out]);
        let written = fs::read_to_string(repo.root().join(format!("out.{form}"))).unwrap();
        assert_eq!(written.matches("import-denied/x").count(), 84, "{form}: a file gets all of them");
    }
    let report = report(1, &repo, &["check", "--max-findings", "1", "--rule", "import-denied"]);
    assert_eq!(codes(&report["findings"]).len(), 84);
}

/// `script` gives the program a terminal.
#[test]
fn a_terminal_shows_the_first_findings_and_a_log_of_ci_all() {
    let repo = crowded();
    let ends = |ci: Option<&str>, more: &str| {
        let mut command = repo.command("script");
        command.env_remove("CI").envs(ci.map(|ci| ("CI", ci)));
        let program = format!("'{MODWARDEN}' check --format concise --color never {more}");
        let output = command.args(["-q", "-e", "-c", &program, "/dev/null"]).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).matches(": error[import-denied/x]").count())
    };
    match ends(None, "") {
        Ok(found) => assert_eq!(found, 50),
        Err(_) if std::env::var_os("CI").is_none() => return skipped("script not found"),
        Err(error) => panic!("script cannot be started: {error}"),
    }
    assert_eq!(ends(None, "--max-findings 0").unwrap(), 84);
    assert_eq!(ends(Some("true"), "").unwrap(), 84);
}

/// Prints which test is skipped.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

#[test]
fn rules_are_listed_in_columns_and_as_json() {
    let repo = Repo::plain();
    let table = stdout(0, &repo, &["rules"]);
    let column = |line: &str, word: &str| line.find(&format!("  {word} ")).unwrap();
    let rules: Value = serde_json::from_str(&stdout(0, &repo, &["rules", "--format", "json"])).unwrap();
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), table.lines().count());
    let mut columns = Vec::new();
    for (rule, line) in rules.iter().zip(table.lines()) {
        let text = |name: &str| rule[name].as_str().unwrap();
        assert!(line.starts_with(&format!("{} ", text("id"))) && line.ends_with(text("summary")), "{line}");
        columns.push((column(line, text("family")), column(line, text("severity")), line.find(text("summary"))));
    }
    columns.dedup();
    assert_eq!(columns.len(), 1, "{table}");
}

#[test]
fn a_policy_among_settings_is_warned_of() {
    let repo = broken();
    fs::create_dir(repo.root().join(".github")).unwrap();
    fs::rename(repo.root().join("modwarden.toml"), repo.root().join(".github/modwarden.toml")).unwrap();
    let warning = ".github/modwarden.toml is not the policy of the repository";
    let text = stdout(0, &repo, &["check"]);
    assert!(text.contains(warning) && text.contains("give `--policy .github/modwarden.toml`"), "{text}");
    let text = stdout(1, &repo, &["check", "--policy", ".github/modwarden.toml"]);
    assert!(!text.contains(warning), "{text}");
}

#[test]
fn a_dotted_policy_judges() {
    let repo = broken();
    fs::rename(repo.root().join("modwarden.toml"), repo.root().join(".modwarden.toml")).unwrap();
    assert!(stdout(1, &repo, &["check"]).contains("checked against .modwarden.toml"));
}

#[test]
fn the_name_of_a_rule_is_a_link_where_links_are_supported() {
    let repo = broken();
    let links = |force: &str, color: &str| {
        let output = run_with(&repo, &[("FORCE_HYPERLINK", force)], &["check", "--color", color]);
        String::from_utf8(output.stdout).unwrap().matches("\u{1b}]8;;https://").count()
    };
    assert_eq!([links("1", "always"), links("0", "always"), links("1", "never")], [3, 0, 0]);
    let output =
        run_with(&repo, &[("FORCE_HYPERLINK", "1")], &["check", "--color", "always", "--output", "pretty=out"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("/rules/import-denied.html\u{1b}\\"));
    assert!(!fs::read_to_string(repo.root().join("out")).unwrap().contains('\u{1b}'), "a file has no links");
}

/// Runs a command of the shell, in which `$0` is the program.
fn shell(repo: &Repo, script: &str) -> Output {
    repo.command("sh").args(["-c", script, MODWARDEN]).output().unwrap()
}

#[test]
fn a_policy_comes_from_standard_input() {
    let repo = broken();
    repo.write("b.go", "package m\n");
    repo.commit("second");
    repo.write("other.toml", "[[import-dot]]\nname = \"other\"\n");
    let feed = "printf 'extends = [\"./other.toml\"]\n'";
    for state in ["", "--rev HEAD", "--new-from HEAD~1", "--range HEAD~1..HEAD --each-commit", "--since"] {
        let output = shell(&repo, &format!("{feed} | \"$0\" check --policy - --format json {state}"));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["policy"]["file"], "<stdin>", "{state}");
        assert!(report["policy"].get("in_repository").is_none(), "{state}");
        let expected: &[&str] = if state.contains("HEAD~1") { &[] } else { &["import-dot/other"] };
        assert_eq!(codes(&report["findings"]), expected, "{state}");
    }
    let output = shell(&repo, "echo 'colour = [' | \"$0\" check --policy -");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    // The program that should print the policy failed: then nothing must pass.
    let output = shell(&repo, "false | \"$0\" check --policy -");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = stderr(2, &repo, &["hook", "run", "pre-push", "--policy", "-"]);
    assert!(text.contains("a hook cannot read the policy from standard input"), "{text}");
    let text = stderr(2, &repo, &["check", "--policy", "./-"]);
    assert!(text.contains("no such file"), "{text}");
}

#[test]
fn a_wrong_value_of_a_variable_names_the_variable() {
    let repo = broken();
    let said = |variable: &str, args: &[&str]| {
        let output = run_with(&repo, &[(variable, "nevr")], args);
        assert_eq!(output.status.code(), Some(2), "{variable} {args:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (variable, args) in [
        ("MODWARDEN_FAIL_ON", &["check"][..]),
        ("MODWARDEN_FAIL_ON", &["fix", "--diff"]),
        ("MODWARDEN_UNDECIDED", &["audit"]),
        ("MODWARDEN_COLOR", &["rules"]),
        ("MODWARDEN_FORMAT", &["merge", "a.json"]),
    ] {
        let text = said(variable, args);
        assert!(text.contains(variable) && text.contains("nevr") && !text.contains("--f"), "{variable}: {text}");
    }
    let text = said("MODWARDEN_FAIL_ON", &["check", "--fail-on", "nevr"]);
    assert!(text.contains("'--fail-on <SEVERITY>'") && !text.contains("MODWARDEN"), "{text}");
    let text = said("MODWARDEN_FAIL_ON", &["check", "--undecided", "nevr"]);
    assert!(text.contains("'--undecided <CHOICE>'"), "{text}");
}

#[test]
fn an_entry_is_explained_with_its_own_text() {
    let repo = broken();
    let text = stdout(0, &repo, &["explain", "import-denied/no-fmt"]);
    let entry = "The entry `import-denied/no-fmt` of the policy:\n\n```toml\n[[import-denied]]\n\
                 name = \"no-fmt\"  # modwarden.toml:6\ndeny = [\"fmt\"]  # modwarden.toml:7\n\n\
                 [severity]\n\"import-denied/no-fmt\" = \"warn\"  # modwarden.toml:18\n```\n\n# import-denied\n";
    assert!(text.starts_with(entry), "{text}");
    let page = stdout(0, &repo, &["explain", "import-denied"]);
    assert!(text.ends_with(&page), "{text}");
    let text = stdout(0, &repo, &["explain", "import-denied/no-expvar", "--rev", "HEAD"]);
    assert!(text.contains("deny = [\"expvar\"]") && !text.contains("no-fmt"), "{text}");
    let text = stderr(2, &repo, &["explain", "import-denied/no-expvars"]);
    assert!(text.contains("no entry `no-expvars`") && text.contains("did you mean `no-expvar`?"), "{text}");
    repo.write("modwarden.toml", "colour = 1\n");
    assert!(stdout(2, &repo, &["explain", "import-denied/no-fmt"]).contains("not a policy"));
}

/// Two repositories with an address each, and a report of each in a third directory.
fn two_reports() -> (Repo, Repo, Repo) {
    let (one, two, reports) = (broken(), broken(), Repo::plain());
    one.git(&["remote", "add", "origin", "https://git.example.com/one.git"]);
    two.git(&["remote", "add", "origin", "https://git.example.com/two.git"]);
    two.write("a.go", "package m\n");
    two.commit("second");
    reports.write("one.json", stdout(1, &one, &["check", "--format", "json"]));
    reports.write("two.json", stdout(1, &two, &["check", "--format", "json"]));
    (one, two, reports)
}

#[test]
fn many_reports_are_made_one() {
    let (_, _, reports) = two_reports();
    let merged = report(1, &reports, &["merge", "one.json", "two.json"]);
    let schema: Value = serde_json::from_str(&modwarden::internals::report::report_schema()).unwrap();
    jsonschema::validate(&schema, &merged).unwrap();
    let repositories = |name: &str| {
        let all = merged[name].as_array().unwrap().iter();
        all.map(|it| it["repository"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(repositories("findings"), ["one.git", "one.git", "one.git", "two.git"]);
    assert_eq!(repositories("merged"), ["one.git", "two.git"]);
    assert_eq!((&merged["summary"]["findings"], &merged["summary"]["suppressed"]), (&json!(4), &json!(2)));
    assert!(merged.get("repository").is_none() && merged["policy"].get("pack").is_none(), "{merged}");
    for form in ["pretty", "concise", "markdown", "html", "github", "junit", "checkstyle", "rdjson", "gitlab"] {
        let text = stdout(1, &reports, &["merge", "one.json", "two.json", "--format", form]);
        assert!(text.contains("git.example.com") && text.contains("two.git"), "{form}: {text}");
    }
    let text = stdout(1, &reports, &["merge", "one.json", "two.json"]);
    assert!(text.contains("merged from 2 reports") && text.contains("import \"expvar\""), "{text}");
    reports.write("both.json", serde_json::to_string(&merged).unwrap());
    let again = report(1, &reports, &["merge", "both.json", "one.json"]);
    assert_eq!(again["merged"].as_array().map(Vec::len), Some(3));
    assert_eq!(again["findings"].as_array().map(Vec::len), Some(7));
    let rendered = report(1, &reports, &["render", "both.json"]);
    assert_eq!(rendered["findings"], merged["findings"]);
}

#[test]
fn reports_of_one_repository_need_not_name_it() {
    let (_, _, reports) = two_reports();
    let again = fs::read_to_string(reports.root().join("one.json")).unwrap().replace("03:04:05Z", "04:05:06Z");
    reports.write("again.json", again);
    let merged = report(1, &reports, &["merge", "one.json", "again.json"]);
    assert_eq!(merged["repository"], "https://git.example.com/one.git");
    assert!(merged["findings"].as_array().unwrap().iter().all(|it| it.get("repository").is_none()), "{merged}");
    assert_eq!(merged["policy"]["file"], "modwarden.toml");
    let log: Value =
        serde_json::from_str(&stdout(1, &reports, &["merge", "one.json", "again.json", "--format", "sarif"])).unwrap();
    let id = |run: usize| log["runs"][run]["automationDetails"]["id"].as_str().unwrap();
    assert_ne!(id(0), id(1));
}

#[test]
fn no_report_is_merged_twice_in_silence() {
    let (_, _, reports) = two_reports();
    for files in [&["one.json", "one.json"][..], &["one.json", "./one.json", "one.json"]] {
        let output = run(&reports, &[&["merge", "--format", "json"], files].concat());
        let merged: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(merged["summary"]["findings"], 3, "{files:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.matches("are the same report, which counts once").count(), files.len() - 1, "{text}");
    }
    let output = run(&reports, &["merge", "one.json", "two.json"]);
    assert_eq!(output.stderr, b"", "{output:?}");
    reports.write("both.json", stdout(1, &reports, &["merge", "one.json", "two.json", "--format", "json"]));
    let output = run(&reports, &["merge", "both.json", "one.json", "--format", "json"]);
    let text = String::from_utf8(output.stderr).unwrap();
    let words = "the run of https://git.example.com/one.git at 2026-01-02T03:04:05Z is in two of the reports";
    assert_eq!((text.matches(words).count(), text.matches("is in two").count()), (1, 1), "{text}");
    let text = stderr(2, &reports, &["merge", "-", "one.json", "-"]);
    assert!(text.contains("`-` is given more than once"), "{text}");
}

/// An open question of one repository is not grouped with that of another.
#[test]
fn merged_reports_say_which_repository_is_undecided() {
    let (one, two, reports) = two_reports();
    for (repo, name) in [(&one, "one.json"), (&two, "two.json")] {
        repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/pay v1.0.0\n"));
        repo.write("pay.go", "package m\n\nimport _ \"example.com/pay\"\n");
        let args = ["check", "--pack", "tidy", "--no-module-cache", "--format", "json"];
        reports.write(name, stdout(1, repo, &args));
    }
    let text = stdout(1, &reports, &["merge", "one.json", "two.json"]);
    let merged = report(1, &reports, &["merge", "one.json", "two.json"]);
    let schema: Value = serde_json::from_str(&modwarden::internals::report::report_schema()).unwrap();
    jsonschema::validate(&schema, &merged).unwrap();
    let undecided = merged["undecided"].as_array().unwrap();
    for repository in ["one.git", "two.git"] {
        let address = format!("https://git.example.com/{repository}");
        assert!(text.contains(&format!(", in {address}")), "{text}");
        assert!(undecided.iter().any(|it| it["repository"] == address.as_str()), "{merged}");
    }
    assert!(undecided.iter().all(|it| !it["reason"].as_str().unwrap().contains("http")), "{merged}");
    reports.write("both.json", merged.to_string());
    let rendered = report(1, &reports, &["render", "both.json"]);
    assert_eq!(rendered["undecided"], merged["undecided"]);
    assert_eq!(stdout(1, &reports, &["render", "both.json"]), text);
}

/// The repository of a notification is a field of its own, and each form for people shows it.
#[test]
fn merged_reports_say_which_repository_a_notification_is_about() {
    let (one, two, reports) = two_reports();
    for (repo, name) in [(&one, "one.json"), (&two, "two.json")] {
        repo.symlink("sub/link.go", "/nowhere/a.go");
        reports.write(name, run_text(&repo.command(MODWARDEN).args(["check", "--format", "json"]).output().unwrap()));
    }
    let merged = report(1, &reports, &["merge", "one.json", "two.json"]);
    let notifications = merged["notifications"].as_array().unwrap();
    let repositories: Vec<&str> = notifications.iter().map(|it| it["repository"].as_str().unwrap()).collect();
    assert_eq!(repositories, ["https://git.example.com/one.git", "https://git.example.com/two.git"], "{merged}");
    assert!(notifications.iter().all(|it| !it["message"].as_str().unwrap().contains("http")), "{merged}");
    for form in ["pretty", "concise", "markdown", "html", "github", "junit", "rdjson"] {
        let text = stdout(1, &reports, &["merge", "one.json", "two.json", "--format", form]);
        let with_repository = text.lines().filter(|line| line.contains("two.git") && line.contains("link.go"));
        assert!(with_repository.count() > 0, "{form}: {text}");
    }
}

fn run_text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn reports_of_wrong_policies_alone_are_merged_into_one() {
    let (one, _, reports) = two_reports();
    one.write("modwarden.toml", "colour = 1\n");
    reports.write("wrong.json", stdout(2, &one, &["check", "--format", "json"]));
    let again = fs::read_to_string(reports.root().join("wrong.json")).unwrap().replace("03:04:05Z", "04:05:06Z");
    reports.write("again.json", again);
    assert_eq!(report(2, &reports, &["merge", "wrong.json", "again.json"])["verdict"], "invalid");
    assert_eq!(report(2, &reports, &["merge", "wrong.json", "two.json"])["verdict"], "undecided");
}

#[test]
fn merged_sarif_has_a_run_for_each_report() {
    let (one, _, reports) = two_reports();
    let log: Value =
        serde_json::from_str(&stdout(1, &reports, &["merge", "one.json", "two.json", "--format", "sarif"])).unwrap();
    let runs = log["runs"].as_array().unwrap();
    let results: Vec<usize> = runs.iter().map(|run| run["results"].as_array().unwrap().len()).collect();
    assert_eq!(results, [3, 1]);
    assert_eq!(runs[1]["automationDetails"]["id"], "modwarden/https://git.example.com/two.git/");
    assert_eq!(runs[0]["versionControlProvenance"][0]["revisionId"], one.git(&["rev-parse", "HEAD"]).as_str());
    one.write("modwarden.toml", "colour = 1\n");
    reports.write("wrong.json", stdout(2, &one, &["check", "--format", "json"]));
    let output = run(&reports, &["merge", "wrong.json", "two.json", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), log["runs"].as_array().map(Vec::len)), (Some(2), Some(1)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 of 2 reports are left out"), "{output:?}");
    let text = stderr(2, &reports, &["merge", "wrong.json", "--format", "sarif", "-q"]);
    assert!(text.contains("not a policy"), "{text}");
    let text = stderr(2, &one, &["check", "-q", "--output", "sarif=-"]);
    assert_eq!(text.matches("not a policy").count(), 1, "{text}");
    assert!(text.contains("no SARIF was written"), "{text}");
}

#[test]
fn the_exit_code_of_a_merge_is_the_worst_of_all() {
    let (one, _, reports) = two_reports();
    one.write("a.go", "package m\n").write("b.go", "package m\n");
    reports.write("good.json", stdout(0, &one, &["check", "--format", "json"]));
    fs::remove_file(one.root().join("go.mod")).unwrap();
    reports.write("unseen.json", stdout(3, &one, &["check", "--format", "json"]));
    let cases: [(&[&str], i32); 5] = [
        (&["good.json"], 0),
        (&["good.json", "good.json"], 0),
        (&["good.json", "unseen.json"], 3),
        (&["unseen.json", "one.json"], 1),
        (&["one.json", "nowhere.json"], 2),
    ];
    for (files, code) in cases {
        let output = run(&reports, &[&["merge", "-q"], files].concat());
        assert_eq!(output.status.code(), Some(code), "{files:?}: {output:?}");
    }
    assert_eq!(run(&reports, &["merge"]).status.code(), Some(2));
}
