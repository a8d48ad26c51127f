//! Runs a script: its commands, in a directory of its own, and the comparison before each go command.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and change files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use tempfile::TempDir;

use super::script::{Argument, Expected, Step, expand};
use crate::support::txtar;

/// Where a script is run.
pub(crate) struct State {
    pub(crate) work: TempDir,
    /// The current directory.
    pub(crate) dir: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    stdout: String,
    stderr: String,
}

/// How a script ends before its last line.
pub(crate) enum End {
    /// As it says itself, and why.
    Stopped(String),
    /// At a line that does not have the result that the script expects.
    Failed(String),
}

/// The result of a command: nothing, why it failed, or that the script ends here.
enum Fault {
    Fails(String),
    Stops(String),
}

type Done = Result<(), Fault>;

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Fails(error.to_string())
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self::Fails(message.to_owned())
    }
}

impl State {
    /// A directory with the files of a script, and the environment that the go command's tests have.
    pub(crate) fn new(archive: &str, env: &[(&str, String)]) -> Self {
        let work = tempfile::tempdir().expect("a temporary directory");
        let root = work.path().canonicalize().expect("it is there");
        let dir = root.join("gopath/src");
        for dir in [&dir, &root.join("tmp")] {
            fs::create_dir_all(dir).expect("the directory is made");
        }
        let at = |name: &str| root.join(name).display().to_string();
        let of_work = [("WORK", at("")), ("TMPDIR", at("tmp")), ("GOPATH", at("gopath"))];
        let of_work = of_work.map(|(name, value)| (name, value.trim_end_matches('/').to_owned()));
        let env = of_work.iter().chain(env).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let state = Self { work, dir, env, stdout: String::new(), stderr: String::new() };
        for (name, text) in txtar::parse(archive) {
            let path = state.path(&state.expand(&name));
            fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
            fs::write(path, text).expect("the file is written");
        }
        state
    }

    /// Runs the lines; before each go command, `before` is called with its arguments.
    pub(crate) fn run(&mut self, steps: &[Step], before: &mut dyn FnMut(&Self, &[String])) -> Result<(), End> {
        for step in steps {
            if !step.conditions.iter().all(|(is_so, tag)| self.holds(tag) == *is_so) {
                continue;
            }
            let args = self.args(step);
            if step.name == "go" {
                before(self, &args);
            }
            let done = self.command(&step.name, &args.iter().map(String::as_str).collect::<Vec<_>>());
            let failed = |why: &str| End::Failed(format!("line {}: {}: {why}", step.number, step.text));
            match (done, step.expected) {
                (Err(Fault::Stops(why)), _) => return Err(End::Stopped(why)),
                (Err(Fault::Fails(why)), Expected::Success) => return Err(failed(&why)),
                (Ok(()), Expected::Failure) => return Err(failed("it succeeds")),
                _ => {}
            }
        }
        Ok(())
    }

    /// The directory that the files of the script are in.
    pub(crate) fn top(&self) -> Option<PathBuf> {
        self.work.path().join("gopath/src").canonicalize().ok()
    }

    /// Whether a condition holds. Slow steps are run, as if there were no hurry.
    fn holds(&self, tag: &str) -> bool {
        let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
        match name {
            "exec" => Command::new(value).arg("--version").output().is_ok(),
            "GOOS" => value == "linux" && cfg!(target_os = "linux"),
            "GOARCH" => value == self.value("GOARCH"),
            "symlink" | "case-sensitive" => cfg!(unix),
            "compiler" => value == "gc",
            "root" => false,
            _ => false,
        }
    }

    fn args(&self, step: &Step) -> Vec<String> {
        let is_pattern = |at: usize| {
            let is_flag = |arg: &Argument| arg.first().is_some_and(|piece| piece.text.starts_with('-'));
            let first = step.args.iter().position(|arg| !is_flag(arg));
            matches!(step.name.as_str(), "stdout" | "stderr" | "grep") && first == Some(at)
        };
        let value = |name: &str| self.value(name);
        let quoted = |name: &str| regex::escape(&self.value(name));
        let arg = |(at, arg): (usize, &Argument)| -> String {
            let expanded = |text: &str| if is_pattern(at) { expand(text, &quoted) } else { expand(text, &value) };
            arg.iter().map(|piece| if piece.is_quoted { piece.text.clone() } else { expanded(&piece.text) }).collect()
        };
        step.args.iter().enumerate().map(arg).collect()
    }

    fn value(&self, name: &str) -> String {
        match name {
            "/" => "/".to_owned(),
            ":" => ":".to_owned(),
            name => self.env.get(name).cloned().unwrap_or_default(),
        }
    }

    fn expand(&self, text: &str) -> String {
        expand(text, &|name| self.value(name))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    fn text(&self, name: &str) -> Result<String, Fault> {
        match name {
            "stdout" => Ok(self.stdout.clone()),
            "stderr" => Ok(self.stderr.clone()),
            name => Ok(String::from_utf8_lossy(&fs::read(self.path(name))?).into_owned()),
        }
    }

    fn command(&mut self, name: &str, args: &[&str]) -> Done {
        match (name, args) {
            ("go", args) => self.start("go", args),
            ("exec", [program, args @ ..]) => self.start(program, args),
            ("cd", [dir]) => self.change_dir(dir),
            ("env", settings) => {
                let pairs = settings.iter().filter_map(|setting| setting.split_once('='));
                self.env.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
                Ok(())
            }
            ("stop" | "skip", words) => Err(Fault::Stops(format!("{name} {}", words.join(" ")))),
            ("stdout" | "stderr", args) => matches(args, &self.text(name)?),
            ("grep", [flags @ .., pattern, file]) => matches(&[flags, &[*pattern]].concat(), &self.text(file)?),
            ("cmp" | "cmpenv", ["-q", one, other] | [one, other]) => {
                let expanded = |text: String| if name == "cmpenv" { self.expand(&text) } else { text };
                let same = expanded(self.text(one)?) == expanded(self.text(other)?);
                if same { Ok(()) } else { Err("they differ".into()) }
            }
            ("cat" | "echo" | "wait", _) => Ok(()),
            (name, args) => self.change_files(name, args),
        }
    }

    /// The commands that change files, or ask for them.
    fn change_files(&mut self, name: &str, args: &[&str]) -> Done {
        match (name, args) {
            ("cp", [sources @ .., target]) => self.copy(sources, target),
            ("mv", [from, to]) => Ok(fs::rename(self.path(from), self.path(to))?),
            ("mkdir", dirs) => dirs.iter().try_for_each(|dir| Ok(fs::create_dir_all(self.path(dir))?)),
            ("rm", paths) => paths.iter().try_for_each(|path| self.remove(path)),
            ("exists", ["-readonly" | "-exec", paths @ ..] | paths) => {
                let is_there = paths.iter().all(|path| self.path(path).exists());
                if is_there { Ok(()) } else { Err("it does not exist".into()) }
            }
            ("replace", [pairs @ .., file]) => {
                let mut text = self.text(file)?;
                for pair in pairs.chunks(2) {
                    let plain = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"");
                    text = text.replace(&plain(pair[0]), &plain(pair[1]));
                }
                Ok(fs::write(self.path(file), text)?)
            }
            #[cfg(unix)]
            ("symlink", [link, "->", target]) => Ok(std::os::unix::fs::symlink(target, self.path(link))?),
            #[cfg(unix)]
            ("chmod", [mode, paths @ ..]) => {
                use std::os::unix::fs::PermissionsExt;
                let mode = u32::from_str_radix(mode, 8).map_err(|_| "an odd mode")?;
                let permissions = fs::Permissions::from_mode(mode);
                paths.iter().try_for_each(|path| Ok(fs::set_permissions(self.path(path), permissions.clone())?))
            }
            (name, _) => Err(Fault::Stops(format!("there is no command {name} here"))),
        }
    }

    fn start(&mut self, program: &str, args: &[&str]) -> Done {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.dir).env_clear().envs(&self.env).env("PWD", &self.dir);
        let output = command.output()?;
        self.stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        self.stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(Fault::Fails(self.stderr.clone())) }
    }

    fn change_dir(&mut self, dir: &str) -> Done {
        let dir = self.path(dir).canonicalize()?;
        if !dir.is_dir() {
            return Err("not a directory".into());
        }
        self.dir = dir;
        Ok(())
    }

    fn copy(&self, sources: &[&str], target: &str) -> Done {
        let target = self.path(target);
        for source in sources {
            let name = Path::new(source).file_name().ok_or("no name")?;
            let to = if target.is_dir() { target.join(name) } else { target.clone() };
            fs::write(to, self.text(source)?)?;
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Done {
        let path = self.path(path);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => Ok(fs::remove_dir_all(path)?),
            Ok(_) => Ok(fs::remove_file(path)?),
            Err(_) => Ok(()),
        }
    }
}

/// Whether a pattern is found in a text, as often as it has to be.
fn matches(args: &[&str], text: &str) -> Done {
    let pattern = args.last().ok_or("no pattern")?;
    let pattern = Regex::new(&format!("(?m){pattern}")).map_err(|error| Fault::Fails(error.to_string()))?;
    let count = args.iter().find_map(|arg| arg.strip_prefix("-count="));
    let is_right = match count {
        Some(count) => pattern.find_iter(text).count().to_string() == count,
        None => pattern.is_match(text),
    };
    if is_right { Ok(()) } else { Err(Fault::Fails(format!("it is not so in: {text}"))) }
}
