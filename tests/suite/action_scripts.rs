//! The scripts of the GitHub Action one by one: their installations, downloads and comments.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::action_runs::{BAD, pull_request, shop};
use crate::support::act::{RELEASE, TOKEN, copy_action};
use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;
use crate::support::server::{self, GitServer};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A script of the action, and the places that a runner gives it.
struct Step {
    repo: Repo,
    command: Command,
}

impl Step {
    fn new(repo: Repo, action: &Path, script: &str) -> Self {
        let mut command = repo.command("bash");
        command.arg(action.join("action").join(script));
        for name in ["temp", "tools"] {
            fs::create_dir_all(repo.beside(name)).unwrap();
        }
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("RUNNER_TEMP", repo.beside("temp")).env("RUNNER_TOOL_CACHE", repo.beside("tools"));
        command.env("GITHUB_WORKSPACE", repo.root()).env("GITHUB_OUTPUT", repo.beside("outputs"));
        command.env("https_proxy", "http://127.0.0.1:1").env("no_proxy", "127.0.0.1");
        command.env("GITHUB_REPOSITORY", "modwarden/shop");
        command.env("PATH", format!("{}:{}", repo.beside("programs").display(), std::env::var("PATH").unwrap()));
        Self { repo, command }
    }

    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn run(self) -> (Repo, Outcome) {
        let outcome = run(self.command);
        (self.repo, outcome)
    }
}

/// An output that the last step set.
fn set(repo: &Repo, name: &str) -> String {
    let outputs = fs::read_to_string(repo.beside("outputs")).unwrap_or_default();
    let found = outputs.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
    found.unwrap_or_default().to_owned()
}

fn setup(repo: Repo, mirror: &str) -> Step {
    Step::new(repo, &RELEASE.action, "setup.sh").env("MODWARDEN_MIRROR", mirror)
}

#[test]
fn a_program_is_installed_once_and_compared_each_time() {
    let (repo, outcome) = setup(Repo::plain(), &RELEASE.address).run();
    outcome.assert(0, &["from http://127.0.0.1"]);
    assert_eq!(set(&repo, "version"), VERSION);
    let (repo, outcome) = setup(repo, "").run();
    outcome.assert(0, &["from the tool cache"]);
    let kept = repo.beside("tools").join("modwarden").join(VERSION).join("x86_64-unknown-linux-musl");
    let kept = kept.join(Path::new(&RELEASE.archive).file_name().unwrap());
    let mut content = fs::read(&kept).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&kept, content).unwrap();
    let (_, outcome) = setup(repo, "").run();
    outcome.assert(3, &["its size or SHA-256 is not the one in the action's table", "could not be installed"]);
}

#[test]
fn another_program_is_never_unpacked() {
    let served = Repo::plain();
    let mut content = fs::read(RELEASE.served.join(&RELEASE.archive)).unwrap();
    *content.last_mut().unwrap() ^= 1;
    served.write(&RELEASE.archive, content);
    let address = server::files(served.root().to_owned());
    let (repo, outcome) = setup(Repo::plain(), &address).run();
    outcome.assert(3, &["its size or SHA-256 is not the one in the action's table", "could not be installed"]);
    let found = repo.command("find").arg(repo.beside("temp")).arg("-name").arg("bin").output().unwrap();
    assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
    assert_eq!(set(&repo, "exit-code"), "3");
}

#[test]
fn a_version_is_exact_and_known() {
    for (version, code, words) in [
        (VERSION, 0, "modwarden"),
        ("99.0.0", 3, "no modwarden 99.0.0"),
        ("latest", 2, "exact version"),
        ("^0.1", 2, "exact version"),
        ("0.1.0/../../x", 2, "exact version"),
    ] {
        let (_, outcome) = setup(Repo::plain(), &RELEASE.address).env("INPUT_VERSION", version).run();
        outcome.assert(code, &[words]);
    }
}

#[test]
fn without_a_table_nothing_is_installed() {
    let repo = Repo::plain();
    let action = repo.beside("action");
    copy_action(&action);
    let (_, outcome) = Step::new(repo, &action, "setup.sh").run();
    outcome.assert(2, &["no release"]);
}

/// A shallow clone of the head of a pull request, with settings that start programs or lead elsewhere; the server has
/// all of it.
struct Clone {
    step: Step,
    server: GitServer,
    elsewhere: GitServer,
    base: String,
    config: String,
    _origin: Repo,
}

fn shallow_clone() -> Clone {
    let origin = shop();
    origin.write("b.go", BAD);
    let event = pull_request(&origin);
    origin.git(&["checkout", "--quiet", "main"]);
    let base = origin.git(&["rev-parse", "main"]);
    origin.write("c.go", "package m\n");
    let tip = origin.commit("the base goes on");
    let bare = origin.beside("server/modwarden/shop");
    let bare = bare.to_str().unwrap();
    origin.git(&["clone", "--quiet", "--bare", ".", bare]);
    origin.git(&["-C", bare, "config", "uploadpack.allowAnySHA1InWant", "true"]);
    origin.git(&["-C", bare, "config", "uploadpack.allowFilter", "true"]);
    let server = server::repositories(origin.beside("server"));
    let elsewhere = server::nothing();

    let clone = Repo::plain();
    clone.git(&["clone", "--quiet", "--depth=1", "--branch=topic", &format!("file://{bare}"), "."]);
    for (key, value) in tricks(&clone, &server, &elsewhere) {
        clone.git(&["config", &key, &value]);
    }
    let config = fs::read_to_string(clone.root().join(".git/config")).unwrap();
    let head = event["pull_request"]["head"]["sha"].as_str().unwrap().to_owned();
    let step = Step::new(clone, &RELEASE.action, "plan.sh")
        .env("EVENT_NAME", "pull_request")
        .env("PULL_REQUEST_BASE", tip)
        .env("PULL_REQUEST_HEAD", head)
        .env("INPUT_TOKEN", TOKEN)
        .env("GITHUB_SERVER_URL", &server.address);
    Clone { step, server, elsewhere, base, config, _origin: origin }
}

/// Settings of a clone that make Git start a program, or send a request elsewhere.
fn tricks(repo: &Repo, server: &GitServer, elsewhere: &GitServer) -> Vec<(String, String)> {
    let hooks = repo.beside("hooks");
    let start = format!("touch {}", marker(repo).display());
    for name in ["post-checkout", "reference-transaction", "pre-auto-gc", "post-index-change", "proc-receive"] {
        program(&hooks, name, &format!("#!/bin/sh\n{start}\n"));
    }
    let hooks = hooks.to_str().unwrap().to_owned();
    [
        ("core.fsmonitor".to_owned(), start.clone()),
        ("core.hooksPath".to_owned(), hooks),
        ("core.sshCommand".to_owned(), start.clone()),
        ("core.gitProxy".to_owned(), start.clone()),
        ("core.pager".to_owned(), start.clone()),
        ("core.askPass".to_owned(), start.clone()),
        ("core.alternateRefsCommand".to_owned(), start.clone()),
        ("diff.external".to_owned(), start.clone()),
        ("alias.rev-parse".to_owned(), format!("!{start}")),
        ("credential.helper".to_owned(), format!("!{start}")),
        ("uploadpack.packObjectsHook".to_owned(), start),
        (format!("url.{}/.insteadOf", elsewhere.address), format!("{}/", server.address)),
        ("http.proxy".to_owned(), elsewhere.address.clone()),
        ("remote.origin.url".to_owned(), format!("{}/modwarden/shop", elsewhere.address)),
        ("remote.origin.promisor".to_owned(), "true".to_owned()),
    ]
    .to_vec()
}

fn marker(repo: &Repo) -> PathBuf {
    repo.beside("started")
}

#[test]
fn what_is_missing_is_fetched_and_the_settings_of_the_clone_have_no_say() {
    let Clone { step, server, elsewhere, base, config, _origin } = shallow_clone();
    let refs = step.repo.git(&["for-each-ref"]);
    let (repo, outcome) = step.run();
    outcome.assert(0, &["range: "]);
    assert_eq!(set(&repo, "base"), base, "the commit where the pull request left the base");
    assert!(!marker(&repo).exists(), "a program was started: {}", outcome.text);
    assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());
    let requests = server.requests();
    assert!(!requests.is_empty() && requests.iter().all(|request| request.contains("basic ")), "{requests:?}");
    assert!(!outcome.text.contains(TOKEN), "{}", outcome.text);
    assert!(!fs::read_to_string(repo.beside("outputs")).unwrap().contains(TOKEN), "an output has the token");
    assert_eq!(fs::read_to_string(repo.root().join(".git/config")).unwrap(), config);
    assert_eq!(repo.git(&["-c", "core.fsmonitor=false", "for-each-ref"]), refs);
    let kept = repo.command("grep").args(["-rl", TOKEN]).arg(repo.beside("temp")).arg(repo.root()).output().unwrap();
    assert!(kept.stdout.is_empty(), "the token is in {}", String::from_utf8_lossy(&kept.stdout));
}

/// The step that judges, after the one that fetched.
fn check(repo: Repo) -> Step {
    let names = ["mode", "head", "base", "policy", "directory", "cache-directory", "git-dir", "top", "path", "shallow"];
    let planned = names.map(|name| (format!("PLAN_{}", name.replace('-', "_").to_uppercase()), set(&repo, name)));
    let step = Step::new(repo, &RELEASE.action, "check.sh").env("MODWARDEN", env!("CARGO_BIN_EXE_modwarden"));
    planned.iter().fold(step, |step, (name, value)| step.env(name, value))
}

#[test]
fn a_shallow_clone_is_judged_once_the_base_is_there() {
    let Clone { step, _origin, .. } = shallow_clone();
    let (repo, outcome) = step.run();
    outcome.assert(0, &["fetching"]);
    let (repo, outcome) = check(repo).run();
    outcome.assert(0, &["::error file=b.go,line=3,", "1 new error"]);
    assert_eq!((set(&repo, "exit-code"), set(&repo, "new")), ("1".to_owned(), "1".to_owned()));
    assert!(!marker(&repo).exists(), "a program was started: {}", outcome.text);
}

#[test]
fn a_branch_that_the_clone_does_not_have_is_fetched_from_the_server() {
    let Clone { step, server, elsewhere, base, _origin, .. } = shallow_clone();
    let step = step.env("EVENT_NAME", "workflow_dispatch").env("BASE", "main").env("POLICY_FROM", "main");
    let (repo, outcome) = step.run();
    outcome.assert(0, &["range: "]);
    assert_eq!(set(&repo, "base"), base, "the commit where the branch left the base");
    assert_eq!(set(&repo, "policy"), _origin.git(&["rev-parse", "main"]));
    assert!(!marker(&repo).exists(), "a program was started: {}", outcome.text);
    assert!(elsewhere.requests().is_empty() && !server.requests().is_empty(), "{:?}", elsewhere.requests());
}

#[test]
fn a_revision_whose_objects_are_missing_is_not_fetched_by_the_settings_of_the_clone() {
    let Clone { step, elsewhere, _origin, .. } = shallow_clone();
    let gone = "1111111111111111111111111111111111111111";
    fs::create_dir_all(step.repo.root().join(".git/refs/remotes/origin")).unwrap();
    fs::write(step.repo.root().join(".git/refs/remotes/origin/gone"), format!("{gone}\n")).unwrap();
    let start = format!("ext::touch {}", marker(&step.repo).display());
    for (key, value) in [("protocol.ext.allow", "always"), ("remote.origin.url", &start)] {
        step.repo.git(&["-c", "core.fsmonitor=false", "config", key, value]);
    }
    let (repo, outcome) = step.env("EVENT_NAME", "workflow_dispatch").env("BASE", "gone").run();
    outcome.assert(3, &["neither a revision of the checkout nor a branch"]);
    assert!(!marker(&repo).exists(), "a program was started: {}", outcome.text);
    assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());
}

#[test]
fn an_audit_of_a_shallow_clone_says_what_helps() {
    let Clone { step, _origin, .. } = shallow_clone();
    let (repo, outcome) = step.env("EVENT_NAME", "schedule").env("MODE", "audit").run();
    outcome.assert(0, &["audit: ", "::warning title=modwarden::an audit needs the history", "fetch-depth: 0"]);
    let (repo, outcome) = check(repo).run();
    outcome.assert(0, &["are not in this clone"]);
    assert!(set(&repo, "html-file").ends_with("/modwarden.html"), "{}", outcome.text);
}

#[test]
fn what_cannot_be_fetched_ends_the_run() {
    let Clone { step, _origin, .. } = shallow_clone();
    let (repo, outcome) = step.env("GITHUB_REPOSITORY", "modwarden/gone").run();
    outcome.assert(3, &["::error title=modwarden::", "could not be fetched", "fetch-depth: 2"]);
    assert_eq!((set(&repo, "exit-code"), set(&repo, "verdict")), ("3".to_owned(), "undecided".to_owned()));
    assert!(!marker(&repo).exists(), "a program was started: {}", outcome.text);
}

fn plan(repo: Repo) -> Step {
    Step::new(repo, &RELEASE.action, "plan.sh").env("EVENT_NAME", "workflow_dispatch")
}

#[test]
fn a_directory_of_the_checkout_cannot_lead_to_another_repository() {
    let repo = shop();
    let other = shop();
    repo.symlink("link", other.root());
    repo.git(&["clone", "--quiet", "--bare", ".", "nested"]);
    let (repo, outcome) = plan(repo).env("INPUT_DIRECTORY", "link").run();
    outcome.assert(3, &["leads through a symbolic link"]);
    let (repo, outcome) = plan(repo).env("INPUT_DIRECTORY", "nested").run();
    outcome.assert(3, &["there is no checkout"]);
    let (_, outcome) = plan(repo).env("INPUT_DIRECTORY", "nowhere").run();
    outcome.assert(3, &["names no directory"]);
}

#[test]
fn inputs_that_mean_nothing_are_refused() {
    for (name, value, message) in [
        ("MODE", "some", "the input `mode`"),
        ("INPUT_CACHE", "yes", "the input `cache`"),
        ("BASE", "--upload-pack=x", "does not begin"),
        ("POLICY_FROM", "a b", "one revision"),
    ] {
        let (_, outcome) = plan(shop()).env(name, value).run();
        outcome.assert(2, &["::error title=modwarden::", message]);
    }
}

#[test]
fn a_policy_of_the_checkout_does_not_judge_a_pull_request() {
    let repo = shop();
    repo.write("loose.toml", "[severity]\n").write("b.go", "package m\n");
    let event = pull_request(&repo);
    let head = event["pull_request"]["head"]["sha"].as_str().unwrap().to_owned();
    let step = plan(repo).env("EVENT_NAME", "pull_request").env("PULL_REQUEST_HEAD", head);
    let (_, outcome) = step.env("INPUT_POLICY", "loose.toml").run();
    outcome.assert(2, &["a pull request can change"]);
}

/// Adds a `gh` to the programs beside a repository that records its arguments, and gives this answer to questions.
pub(crate) fn fake_gh(repo: &Repo, answer: &str) {
    let directory = repo.beside("programs");
    fs::create_dir_all(&directory).unwrap();
    let script = format!(
        "#!/bin/bash\nprintf '%s ' \"$@\" >>{0}/calls; echo >>{0}/calls\n[[ ! -f comment ]] || cp comment {0}/comment\n\
         [[ $* != *--jq* ]] || echo '{answer}'\n",
        directory.display()
    );
    program(&directory, "gh", &script);
}

/// Writes a program.
fn program(directory: &Path, name: &str, script: &str) {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join(name), script).unwrap();
    fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

fn with_gh(step: Step, answer: &str) -> Step {
    fake_gh(&step.repo, answer);
    step.env("GH_TOKEN", TOKEN).env("GITHUB_SERVER_URL", "https://github.com")
}

/// The arguments of the fake `gh`.
pub(crate) fn calls(repo: &Repo) -> String {
    fs::read_to_string(repo.beside("programs/calls")).unwrap_or_default()
}

#[test]
fn a_comment_is_written_once_and_then_updated() {
    for (answer, expected) in [
        ("", "--method POST repos/modwarden/shop/issues/7/comments "),
        ("42", "--method PATCH repos/modwarden/shop/issues/comments/42 "),
        ("42; rm -r /", "--method POST repos/modwarden/shop/issues/7/comments "),
    ] {
        let repo = Repo::plain();
        repo.write("text", "one\n".repeat(40_000));
        let text = repo.root().join("text");
        let step = Step::new(repo, &RELEASE.action, "comment.sh");
        let step = with_gh(step, answer).env("COMMENT_FILE", text).env("PULL_REQUEST_NUMBER", "7");
        let (repo, outcome) = step.run();
        outcome.assert(0, &[]);
        assert!(calls(&repo).contains(expected), "{}", calls(&repo));
        let written = fs::read_to_string(repo.beside("programs/comment")).unwrap();
        assert!(written.starts_with("<!-- modwarden: modwarden -->\none\n"), "{written:.80}");
        assert!(written.len() <= 65_536 && written.ends_with("\n…\n"), "{}", written.len());
    }
}

const HEAD: &str = "0123456789012345678901234567890123456789";

fn fork(numbers: &str, answer: &str) -> (Repo, Outcome) {
    let repo = Repo::plain();
    repo.write("numbers", numbers);
    let step = Step::new(repo, &RELEASE.action, "fork.sh").env("NUMBERS_FILE", "numbers");
    with_gh(step, answer).env("RUN_HEAD", HEAD).env("RUN_URL", "https://github.com/modwarden/shop/actions/runs/1").run()
}

#[test]
fn a_comment_on_a_fork_has_nothing_but_numbers() {
    let numbers = "pull-request=7\nexit-code=1\nverdict=@everyone\nfindings=12\nerrors=$(id)\nwarnings=<b>3\n\
                   new=1234567890123456789\nfixed=-1\nnotes=5\nundecided=0x1\n::error::pwned\ndependency-changes=4\n";
    let (repo, outcome) = fork(numbers, &format!("open {HEAD}"));
    outcome.assert(0, &[]);
    assert!(calls(&repo).contains("--method POST repos/modwarden/shop/issues/7/comments "), "{}", calls(&repo));
    let written = fs::read_to_string(repo.beside("programs/comment")).unwrap();
    let expected = "<!-- modwarden: modwarden -->\n### modwarden\n\nThere are findings.\n\n| | |\n|---|--:|\n\
                    | findings | 12 |\n| dependency changes | 4 |\n\n\
                    [The log](https://github.com/modwarden/shop/actions/runs/1) shows the findings.\n";
    assert_eq!(written, expected);
    assert!(!outcome.text.contains("pwned"), "{}", outcome.text);
}

#[test]
fn a_fork_cannot_comment_on_another_pull_request() {
    for (numbers, answer) in [
        ("pull-request=8\nexit-code=0\n", "open 9999999999999999999999999999999999999999"),
        ("pull-request=7\nexit-code=0\n", &format!("closed {HEAD}")),
        ("pull-request=../issues/1\n", &format!("open {HEAD}")),
        ("exit-code=0\n", &format!("open {HEAD}")),
    ] {
        let (repo, outcome) = fork(numbers, answer);
        outcome.assert(3, &["::error title=modwarden::"]);
        assert!(!calls(&repo).contains("--method"), "{numbers}: {}", calls(&repo));
    }
}

#[test]
fn modules_are_downloaded_for_each_module_that_the_go_command_knows() {
    let repo = Repo::plain();
    let module = "module example.com/x\n";
    let known = ["go.mod", "a b/go.mod", "$(touch started)/go.mod", "line\nbreak/go.mod"];
    let others = ["vendor/x/go.mod", "testdata/go.mod", "_x/go.mod", "node_modules/x/go.mod", ".git/go.mod"];
    for path in known.iter().chain(&others) {
        repo.write(path, module);
    }
    fs::create_dir_all(repo.beside("outside")).unwrap();
    fs::write(repo.beside("outside").join("go.mod"), module).unwrap();
    repo.symlink("link", "../outside").symlink("file/go.mod", "../../outside/go.mod");
    let log = repo.beside("calls");
    let script = format!(
        "#!/bin/bash\nprintf '%q %s %s %s\\n' \"$PWD\" \"$*\" \"$GOTOOLCHAIN\" \"${{INPUT_TOKEN:-}}\" >>{}\necho ::error::pwned\n\
         [[ $PWD != *break ]]\n",
        log.display()
    );
    program(&repo.beside("programs"), "go", &script);
    let top = repo.root().to_owned();
    let step =
        Step::new(repo, &RELEASE.action, "modules.sh").env("PLAN_TOP", &top).env("INPUT_DOWNLOAD_MODULES", "true");
    let (_repo, outcome) = step.run();
    outcome.assert(0, &["::warning title=modwarden::`go mod download` failed for a module", "::stop-commands::"]);
    let calls = fs::read_to_string(log).unwrap();
    assert_eq!(calls.lines().count(), known.len(), "{calls}");
    assert!(calls.lines().all(|line| line.ends_with(" mod download local ")), "{calls}");
    assert!(!top.join("started").exists() && outcome.text.matches("pwned").count() == 1, "{}", outcome.text);
}
