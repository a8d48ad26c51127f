//! `go.mod`, all directives to Go 1.27.
//!
//! Source: `golang.org/x/mod/modfile/rule.go`; its messages are kept word for word.

mod stated;
mod without_requires;

use std::fmt::{self, Display};

pub(crate) use self::stated::layout_of_go_mod;
pub use self::without_requires::without_requires;
use super::modfile::{Directive, File, Line, Token};
use super::{Parsed, SyntaxError};
use crate::go::{GoVersion, ImportPath, ModulePath, ModuleVersion, Version, VersionError, quote};
use crate::text::{Span, Spanned};

/// A module file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GoMod {
    /// `module`.
    pub module: Option<ModuleLine>,
    /// `go`.
    pub go: Option<Spanned<GoVersion>>,
    /// `toolchain`.
    pub toolchain: Option<Spanned<Box<str>>>,
    /// `godebug`.
    pub godebug: Vec<Godebug>,
    /// `require`.
    pub require: Vec<Require>,
    /// `exclude`.
    pub exclude: Vec<Exclude>,
    /// `replace`.
    pub replace: Vec<Replace>,
    /// `retract`.
    pub retract: Vec<Retract>,
    /// `tool`.
    pub tool: Vec<Tool>,
    /// `ignore`.
    pub ignore: Vec<Ignore>,
}

impl Parsed<GoMod> {
    /// Whether the file is there only to end the module around it: it has only comments, so that its
    /// directory is a module of its own for every walk past it, and no module that could be built.
    pub fn is_fence(&self) -> bool {
        self.errors.is_empty() && self.tree == GoMod::default()
    }
}

/// `module path`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleLine {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The message of a `// Deprecated:` paragraph.
    pub deprecated: Option<Box<str>>,
    /// The line.
    pub line: Line,
}

/// `godebug key=value`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Godebug {
    /// The setting.
    pub key: Spanned<Box<str>>,
    /// Its value.
    pub value: Box<str>,
    /// The line.
    pub line: Line,
}

/// `require path version`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Require {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version, canonical.
    pub version: Spanned<Version>,
    /// Whether the line is marked `// indirect`.
    pub indirect: bool,
    /// The line.
    pub line: Line,
}

impl Require {
    /// The module and version that the line names.
    pub fn required(&self) -> ModuleVersion {
        ModuleVersion { path: self.path.value.clone(), version: self.version.value.clone() }
    }
}

/// `exclude path version`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exclude {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version, canonical.
    pub version: Spanned<Version>,
    /// The line.
    pub line: Line,
}

/// The directive on one line, so that two lines are equal if they say the same.
impl Display for Exclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exclude {} {}", self.path.value, self.version.value)
    }
}

/// `replace old [version] => target`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replace {
    /// The replaced module path.
    pub old: Spanned<ModulePath>,
    /// The replaced version; `None` for every version.
    pub old_version: Option<Spanned<Version>>,
    /// Its replacement.
    pub new: ReplaceTarget,
    /// The line.
    pub line: Line,
}

/// The directive on one line, so that two lines are equal if they say the same.
impl Display for Replace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replace {}", self.old.value)?;
        if let Some(version) = &self.old_version {
            write!(f, " {}", version.value)?;
        }
        write!(f, " => {}", self.new)
    }
}

/// The right side of a `replace`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReplaceTarget {
    /// A directory, as written.
    Directory(Spanned<Box<str>>),
    /// A module version.
    Module {
        /// The module path.
        path: Spanned<ModulePath>,
        /// The version, canonical.
        version: Spanned<Version>,
    },
}

impl Display for ReplaceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => f.write_str(&path.value),
            Self::Module { path, version } => write!(f, "{} {}", path.value, version.value),
        }
    }
}

/// `retract version` or `retract [low, high]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Retract {
    /// The lowest retracted version.
    pub low: Spanned<Version>,
    /// The highest; the same as `low` for a single version.
    pub high: Spanned<Version>,
    /// The comment that explains it, as the go command collects it.
    pub rationale: Box<str>,
    /// The line.
    pub line: Line,
}

/// `tool path`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tool {
    /// The package path.
    pub path: Spanned<ImportPath>,
    /// The line.
    pub line: Line,
}

/// `ignore path`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ignore {
    /// The directory pattern, as written.
    pub path: Spanned<Box<str>>,
    /// The line.
    pub line: Line,
}

/// The verbs that may head a block; `go` and `toolchain` may not.
const BLOCK_VERBS: [&str; 8] = ["module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"];

/// Reads a `go.mod` as the go command reads the main module's (`modfile.Parse`), with every version canonical as in
/// `go mod edit -json`.
///
/// In one point it is stricter than that command: a `retract` line with something that is not a version is an error
/// here, as it is for every command that loads the module.
pub fn parse_go_mod(text: &[u8]) -> Parsed<GoMod> {
    let file = File::parse(text, "go.mod");
    let mut reader = GoModReader::default();
    let mut errors = Vec::new();
    for line in file.directives(&BLOCK_VERBS) {
        let result = line.map_err(SyntaxError::from).and_then(|directive| reader.read(&directive));
        errors.extend(result.err());
    }
    file.finish(reader.tree, errors)
}

/// Reads the `go.mod` of a dependency (`modfile.ParseLax`): only `module`, `go`, `require`, `retract` and `ignore` count
/// there, and lines that a later Go may have added are skipped.
pub fn parse_dependency_go_mod(text: &[u8]) -> Parsed<GoMod> {
    const VERBS: [&str; 5] = ["module", "go", "require", "retract", "ignore"];
    let file = File::parse(text, "go.mod");
    let mut reader = GoModReader::default();
    let counted = file.directives(&BLOCK_VERBS).flatten().filter(|line| VERBS.contains(&line.verb));
    let read = |line: Directive<'_, '_>| reader.read_dependency(&line).err().filter(|_| line.verb != "retract");
    let errors = counted.filter_map(read).collect();
    file.finish(reader.tree, errors)
}

#[derive(Default)]
struct GoModReader {
    tree: GoMod,
    /// Whether there was a `module` line, good or bad.
    has_module: bool,
}

impl GoModReader {
    fn read(&mut self, directive: &Directive) -> Result<(), SyntaxError> {
        self.add(directive).map_err(|message| SyntaxError::new(directive.line.span, message))
    }

    /// The same for a dependency, whose `go` line may say more than a version.
    fn read_dependency(&mut self, directive: &Directive) -> Result<(), SyntaxError> {
        let cut = match (directive.verb, directive.args) {
            ("go", [Token { text, span }]) if GoVersion::parse(text).is_none() => {
                GoVersion::parse_prefix(text).map(|version| Spanned::new(version, *span))
            }
            _ => None,
        };
        match cut {
            Some(version) if self.tree.go.is_none() => {
                self.tree.go = Some(version);
                Ok(())
            }
            _ => self.read(directive),
        }
    }

    /// `modfile.(*File).add`.
    fn add(&mut self, directive: &Directive) -> Result<(), String> {
        let tree = &mut self.tree;
        let line = directive.line.clone();
        match directive.verb {
            "module" => {
                if std::mem::replace(&mut self.has_module, true) {
                    return Err("repeated module statement".into());
                }
                tree.module = Some(module(directive)?);
            }
            "go" => read_go(directive, &mut tree.go)?,
            "toolchain" => read_toolchain(directive, &mut tree.toolchain)?,
            "godebug" => tree.godebug.push(godebug(directive)?),
            "require" => {
                let (path, version) = module_version(directive)?;
                tree.require.push(Require { path, version, indirect: directive.is_indirect(), line });
            }
            "exclude" => {
                let (path, version) = module_version(directive)?;
                tree.exclude.push(Exclude { path, version, line });
            }
            "replace" => tree.replace.push(replace(directive)?),
            "retract" => tree.retract.push(retract(directive)?),
            "tool" => {
                let path = only_string(directive, "tool directive expects exactly one argument")?.map(ImportPath::new);
                tree.tool.push(Tool { path, line });
            }
            "ignore" => {
                let path = only_string(directive, "ignore directive expects exactly one argument")?.map(Box::from);
                tree.ignore.push(Ignore { path, line });
            }
            verb => return Err(unknown(verb)),
        }
        Ok(())
    }
}

/// The error for a verb that the file does not have.
pub(super) fn unknown(verb: &str) -> String {
    format!("unknown directive: {verb}")
}

/// `go 1.23`, at most once.
pub(super) fn read_go(directive: &Directive, slot: &mut Option<Spanned<GoVersion>>) -> Result<(), String> {
    if slot.is_some() {
        return Err("repeated go statement".into());
    }
    let [Token { text, span }] = directive.args else {
        return Err("go directive expects exactly one argument".into());
    };
    let version =
        GoVersion::parse(text).ok_or_else(|| format!("invalid go version '{text}': must match format 1.23.0"))?;
    *slot = Some(Spanned::new(version, *span));
    Ok(())
}

/// `toolchain go1.23.0`, at most once.
pub(super) fn read_toolchain(directive: &Directive, slot: &mut Option<Spanned<Box<str>>>) -> Result<(), String> {
    if slot.is_some() {
        return Err("repeated toolchain statement".into());
    }
    let [Token { text, span }] = directive.args else {
        return Err("toolchain directive expects exactly one argument".into());
    };
    let is_release = text.strip_prefix("go1").is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if text != "default" && !is_release {
        return Err(format!("invalid toolchain version '{text}': must match format go1.23.0 or default"));
    }
    *slot = Some(Spanned::new(Box::from(&**text), *span));
    Ok(())
}

/// `godebug key=value`.
pub(super) fn godebug(directive: &Directive) -> Result<Godebug, String> {
    let setting = match directive.args {
        [setting] if !setting.text.contains(['"', '`', '\'', ',']) => setting.text.split_once('='),
        _ => None,
    };
    let (key, value) = setting.ok_or("usage: godebug key=value")?;
    let start = directive.args[0].span.start as usize;
    let key = Spanned::new(Box::from(key), Span::new(start, start + key.len()));
    Ok(Godebug { key, value: value.into(), line: directive.line.clone() })
}

/// `modfile.parseReplace`.
pub(super) fn replace(directive: &Directive) -> Result<Replace, String> {
    const USAGE: &str = "usage: replace module/path [v1.2.3] => other/module v1.4\n\t \
                         or replace module/path [v1.2.3] => ../local/directory";
    let (old, old_version, right) = match directive.args {
        [old, arrow, right @ ..] if arrow.text == "=>" => (old, None, right),
        [old, version, arrow, right @ ..] if arrow.text == "=>" => (old, Some(version), right),
        _ => return Err(USAGE.into()),
    };
    let (new, new_version) = match right {
        [new] => (new, None),
        [new, version] => (new, Some(version)),
        _ => return Err(USAGE.into()),
    };
    let old = string(old)?.map(ModulePath::new);
    let major = path_major(&old.value).map_err(|error| about("replace", &old.value, error))?;
    let old_version = old_version.map(|token| version("replace", &old.value, token)).transpose()?;
    if let Some(version) = &old_version {
        version.value.check_path_major(major).map_err(|error| about("replace", &old.value, error))?;
    }
    let new = target(string(new)?, new_version)?;
    Ok(Replace { old, old_version, new, line: directive.line.clone() })
}

/// The right side of a `replace`. It is read as on Unix, wherever modwarden runs.
fn target(path: Spanned<String>, version_token: Option<&Token>) -> Result<ReplaceTarget, String> {
    let is_directory = is_directory_path(&path.value);
    if let Some(token) = version_token {
        let path = path.map(ModulePath::new);
        let version = version("replace", &path.value, token)?;
        if is_directory {
            return Err(format!(
                "replacement module directory path {} cannot have version",
                quote(path.value.as_str())
            ));
        }
        return Ok(ReplaceTarget::Module { path, version });
    }
    if !is_directory && path.value.contains('@') {
        return Err("replacement module must match format 'path version', not 'path@version'".into());
    }
    if !is_directory {
        let message = "replacement module without version must be directory path (rooted or starting with . or ..)";
        return Err(message.into());
    }
    if path.value.contains('\\') {
        return Err("replacement directory appears to be Windows path (on a non-windows system)".into());
    }
    Ok(ReplaceTarget::Directory(path.map(Box::from)))
}

/// `modfile.IsDirectoryPath`: on every system, the forms of all systems count.
fn is_directory_path(path: &str) -> bool {
    let is_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let first = path.split(['/', '\\']).next().unwrap_or(path);
    is_drive || matches!(first, "." | "..") || path.starts_with(['/', '\\'])
}

/// The arguments of `require` and `exclude`.
fn module_version(directive: &Directive) -> Result<(Spanned<ModulePath>, Spanned<Version>), String> {
    let verb = directive.verb;
    let [path, version_token] = directive.args else {
        return Err(format!("usage: {verb} module/path v1.2.3"));
    };
    let path = string(path)?.map(ModulePath::new);
    let version = version(verb, &path.value, version_token)?;
    let major = path_major(&path.value)?;
    version.value.check_path_major(major).map_err(|error| about(verb, &path.value, error))?;
    Ok((path, version))
}

fn module(directive: &Directive) -> Result<ModuleLine, String> {
    let path = only_string(directive, "usage: module module/path")?.map(ModulePath::new);
    Ok(ModuleLine { path, deprecated: deprecation(&directive.comment()), line: directive.line.clone() })
}

/// `modfile.parseDeprecation`: the first paragraph that begins with `Deprecated:`.
fn deprecation(comment: &str) -> Option<Box<str>> {
    const MARK: &str = "Deprecated:";
    let message = match comment.strip_prefix(MARK) {
        Some(message) => message,
        None => comment.split_once("\n\nDeprecated:")?.1,
    };
    let message = message.trim_start_matches(' ').split("\n\n").next()?;
    (!message.is_empty()).then(|| message.into())
}

fn retract(directive: &Directive) -> Result<Retract, String> {
    let (low, high) = interval(directive.args)?;
    let (low, high) = (retracted_version(low)?, retracted_version(high)?);
    Ok(Retract { low, high, rationale: directive.comment().into(), line: directive.line.clone() })
}

/// `modfile.parseVersionInterval`: a version, or two in brackets.
fn interval(args: &[Token]) -> Result<(Spanned<String>, Spanned<String>), String> {
    let mut args = args.iter();
    let first = args.next().filter(|token| token.text != "(").ok_or("expected '[' or version")?;
    let (low, high) = if first.text == "[" {
        let low = retract_string(args.next().ok_or("expected version after '['")?)?;
        args.next().filter(|token| token.text == ",").ok_or("expected ',' after version")?;
        let high = retract_string(args.next().ok_or("expected version after ','")?)?;
        args.next().filter(|token| token.text == "]").ok_or("expected ']' after version")?;
        (low, high)
    } else {
        let version = retract_string(first)?;
        (version.clone(), version)
    };
    match args.next() {
        Some(extra) => Err(format!("unexpected token after version: {}", quote(&extra.text))),
        None => Ok((low, high)),
    }
}

fn retract_string(token: &Token) -> Result<Spanned<String>, String> {
    token.unquote().map_err(|reason| format!("retract: {}", VersionError::new(&token.text, reason)))
}

/// A retracted version is kept as written; which one it stands for is for the go command to find out.
fn retracted_version(text: Spanned<String>) -> Result<Spanned<Version>, String> {
    match Version::parse(&text.value) {
        Some(version) => Ok(Spanned::new(version, text.span)),
        None => Err(format!("retract: {}", VersionError::new(&text.value, "must be of the form v1.2.3"))),
    }
}

/// `modfile.parseVersion` without a fixer: the canonical version that a token stands for.
fn version(verb: &str, path: &ModulePath, token: &Token) -> Result<Spanned<Version>, String> {
    let text = token.unquote().map_err(|reason| about(verb, path, VersionError::new(&token.text, reason)))?;
    match Version::parse_canonical(&text.value) {
        Some(version) => Ok(Spanned::new(version, text.span)),
        None => Err(about(verb, path, VersionError::new(&text.value, "must be of the form v1.2.3"))),
    }
}

/// `modfile.modulePathMajor`.
fn path_major(path: &ModulePath) -> Result<&str, &'static str> {
    path.split_version().map(|(_, major)| major).ok_or("invalid module path")
}

/// Puts the directive and the module before an error, as `modfile.Error` does.
fn about(verb: &str, path: &ModulePath, error: impl Display) -> String {
    match path.as_str() {
        "" => format!("{verb}: {error}"),
        path => format!("{verb} {path}: {error}"),
    }
}

/// The only argument, unquoted.
pub(super) fn only_string(directive: &Directive, usage: &str) -> Result<Spanned<String>, String> {
    match directive.args {
        [argument] => string(argument),
        _ => Err(usage.into()),
    }
}

fn string(token: &Token) -> Result<Spanned<String>, String> {
    token.unquote().map_err(|reason| format!("invalid quoted string: {reason}"))
}
