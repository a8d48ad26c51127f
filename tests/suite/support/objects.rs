//! Writes objects that `git` itself would not make.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::io::Write as _;
use std::process::Stdio;

use crate::support::repo::Repo;

/// Writes an object as it is, sound or not, and returns its id.
pub(crate) fn object(repo: &Repo, kind: &str, content: &[u8]) -> String {
    let mut child = repo
        .command("git")
        .args(["hash-object", "--literally", "-w", "-t", kind, "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes a tree of these entries (mode, name, id) in this order.
pub(crate) fn tree(repo: &Repo, entries: &[(&str, &str, &str)]) -> String {
    let mut content = Vec::new();
    for (mode, name, id) in entries {
        content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        content.extend((0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()));
    }
    object(repo, "tree", &content)
}
