//! The result of changes to a text, all of them together.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::finding::Change;
use crate::go::GoVersion;
use crate::syntax::{
    GoMod, Removal, SumPlaces, WrittenRequirement, WrittenRequirements, parse_go_mod, parse_go_sum, with_mark,
    with_requirements,
};
use crate::text::{Edit, Span};

/// The text after these changes; `None` if one of them cannot be made.
pub(super) fn apply(text: &[u8], changes: &BTreeSet<&Change>) -> Option<Vec<u8>> {
    let of_sums = |change: &&Change| matches!(change, Change::AddSum(_) | Change::RemoveSum(_) | Change::RewriteSums);
    if changes.iter().any(of_sums) {
        return Some(with_sums(text, changes));
    }
    let (mut removed, mut edits, mut is_rewritten) = (Vec::new(), Vec::new(), false);
    for change in changes {
        match change {
            Change::RemoveLine(line) => removed.push(*line),
            Change::Mark { line, indirect } => edits.push(with_mark(text, *line, *indirect)),
            _ => is_rewritten = true,
        }
    }
    // A marked line is never removed at the same time.
    edits.extend(Removal::new(text).edits(&removed));
    edits.sort_by_key(|edit| edit.span);
    let text = Edit::apply(&edits, text);
    if !is_rewritten {
        return Some(text);
    }
    let parsed = parse_go_mod(&text);
    if !parsed.errors.is_empty() {
        return None;
    }
    with_requirements(&text, &required(&parsed.tree, changes)?)
}

/// The single changes of one file, each as the edits that make it at its place, as a report shows them. A file with
/// thousands of findings is read once.
pub(super) struct Editor<'t> {
    text: &'t [u8],
    module: OnceCell<(GoMod, Removal)>,
    sums: OnceCell<SumPlaces>,
    /// The lines of the module file, by path; of several for one path in their order.
    lines: OnceCell<HashMap<String, Vec<usize>>>,
}

impl<'t> Editor<'t> {
    /// Of a file with this text.
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, module: OnceCell::new(), sums: OnceCell::new(), lines: OnceCell::new() }
    }

    /// The edits that make one change; none if it cannot be made.
    pub(super) fn edits(&self, change: &Change) -> Vec<Edit> {
        match change {
            Change::RemoveLine(line) => self.module().1.edits(&[*line]),
            Change::Mark { line, indirect } => vec![with_mark(self.text, *line, *indirect)],
            Change::Require { path, to } => self.require(path, to.as_ref()),
            Change::Rewrite | Change::RewriteSums => {
                let after = apply(self.text, &BTreeSet::from([change]));
                after.and_then(|after| Edit::between(self.text, &after)).into_iter().collect()
            }
            Change::Go(version) => self.token(self.module().0.go.as_ref().map(|go| go.span), version),
            Change::Toolchain(name) => {
                let span = self.module().0.toolchain.as_ref().map(|toolchain| toolchain.span);
                match (name, span) {
                    (None, Some(span)) => self.module().1.edits(&[span]),
                    (name, span) => self.token(span, name.as_deref().unwrap_or_default()),
                }
            }
            Change::RemoveSum(line) => {
                let end = line.end as usize;
                let length = self.text[end..].iter().position(|&byte| byte == b'\n');
                vec![Edit::removal(Span::new(line.start as usize, length.map_or(self.text.len(), |it| end + it + 1)))]
            }
            Change::AddSum(line) => {
                let sums = self.sums.get_or_init(|| SumPlaces::new(self.text));
                vec![insertion(sums.place_of(line), format!("{line}\n"))]
            }
        }
    }

    fn module(&self) -> &(GoMod, Removal) {
        self.module.get_or_init(|| (parse_go_mod(self.text).tree, Removal::new(self.text)))
    }

    fn token(&self, span: Option<Span>, text: &str) -> Vec<Edit> {
        let edit = |span: Span| Edit { span, replacement: Box::from(text.as_bytes()) };
        span.map(edit).into_iter().collect()
    }

    fn require(&self, path: &str, to: Option<&(String, bool)>) -> Vec<Edit> {
        let (module, removal) = self.module();
        let lines = self.lines.get_or_init(|| lines_by_path(module));
        let mut lines = lines.get(path).into_iter().flatten().map(|&at| &module.require[at]);
        match (to, lines.next()) {
            (None, Some(first)) => {
                let places: Vec<Span> = [first].into_iter().chain(lines).map(|line| line.line.span).collect();
                removal.edits(&places)
            }
            (None, None) => Vec::new(),
            (Some((version, indirect)), Some(line)) => {
                let mut edits = Vec::new();
                if line.version.value.as_str() != version {
                    edits.extend(self.token(Some(line.version.span), version));
                }
                if line.indirect != *indirect {
                    edits.push(with_mark(self.text, line.line.span, *indirect));
                }
                edits
            }
            (Some((version, indirect)), None) => {
                let mark = if *indirect { " // indirect" } else { "" };
                vec![insertion(self.text.len(), format!("\nrequire {path} {version}{mark}\n"))]
            }
        }
    }
}

fn insertion(at: usize, text: String) -> Edit {
    Edit { span: Span::at(at), replacement: text.into_bytes().into() }
}

/// The `require` lines by module path, each path's in their order.
fn lines_by_path(module: &GoMod) -> HashMap<String, Vec<usize>> {
    let mut lines: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, line) in module.require.iter().enumerate() {
        lines.entry(line.path.value.to_string()).or_default().push(at);
    }
    lines
}

/// The requirements of a module file after these changes.
fn required(stated: &GoMod, changes: &BTreeSet<&Change>) -> Option<WrittenRequirements> {
    let WrittenRequirements { require, mut go, mut toolchain } = stated.stated_requirements()?;
    let mut require: BTreeMap<Box<str>, WrittenRequirement> =
        require.into_iter().map(|requirement| (requirement.path.clone(), requirement)).collect();
    let lines = lines_by_path(stated);
    // A raised version and a corrected mark of one line are two changes.
    for change in changes {
        match change {
            Change::Require { path, to: None } => drop(require.remove(path.as_str())),
            Change::Require { path, to: Some((version, indirect)) } => {
                let line = lines.get(path).and_then(|lines| stated.require.get(*lines.first()?));
                let entry = require.entry(path.as_str().into()).or_insert_with(|| WrittenRequirement {
                    path: path.as_str().into(),
                    version: version.as_str().into(),
                    indirect: *indirect,
                });
                if line.is_none_or(|line| line.version.value.as_str() != version) {
                    entry.version = version.as_str().into();
                }
                if line.is_none_or(|line| line.indirect != *indirect) {
                    entry.indirect = *indirect;
                }
            }
            Change::Go(version) => go = GoVersion::parse(version)?,
            Change::Toolchain(name) => toolchain = name.as_deref().map(Box::from),
            Change::Mark { .. }
            | Change::Rewrite
            | Change::RewriteSums
            | Change::RemoveLine(_)
            | Change::AddSum(_)
            | Change::RemoveSum(_) => {}
        }
    }
    Some(WrittenRequirements { require: require.into_values().collect(), go, toolchain })
}

/// A list of checksums with and without these lines.
fn with_sums(text: &[u8], changes: &BTreeSet<&Change>) -> Vec<u8> {
    let (mut removed, mut added) = (BTreeSet::new(), Vec::new());
    for change in changes {
        match change {
            Change::AddSum(line) => added.push(line.as_str()),
            Change::RemoveSum(line) => drop(removed.insert(*line)),
            _ => {}
        }
    }
    parse_go_sum(text).tree.written(&removed, &added)
}
