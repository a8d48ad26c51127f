//! Small file trees as text: `-- name --` begins a file.

/// The files of an archive, in order.
pub(crate) fn parse(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name.to_owned(), String::new())),
            (None, Some((_, content))) => content.push_str(line),
            (None, None) => {}
        }
    }
    files
}

/// The files without the marks in a go.sum that name findings: a list of checksums has no comments, so that nothing
/// else can be in it.
pub(crate) fn without_marks(mut files: Vec<(String, String)>) -> Vec<(String, String)> {
    for (_, content) in files.iter_mut().filter(|(name, _)| name.ends_with(".sum")) {
        *content = content.lines().filter(|line| !line.starts_with("^ ")).map(|line| format!("{line}\n")).collect();
    }
    files
}
