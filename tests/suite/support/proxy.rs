//! A module proxy in a directory, from which the go command downloads what tests make up.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::go::Go;

/// A version of a module, and its files by path from its root.
#[derive(Clone, Copy)]
pub(crate) struct Published<'m> {
    pub(crate) path: &'m str,
    pub(crate) version: &'m str,
    pub(crate) files: &'m BTreeMap<String, String>,
}

/// Writes all of these into the proxy at `dir`.
pub(crate) fn write_proxy<'m>(go: &Go, dir: &Path, modules: impl IntoIterator<Item = Published<'m>>) {
    let described: Vec<Value> = modules.into_iter().map(|module| described(&module)).collect();
    let input = json!({"Dir": dir, "Modules": described});
    go.run_program(WRITE_PROXY, input.to_string().as_bytes());
}

fn described(Published { path, version, files }: &Published<'_>) -> Value {
    json!({
        "Path": path,
        "Version": version,
        "EscapedPath": escaped(path),
        "EscapedVersion": escaped(version),
        "Files": files,
    })
}

/// `module.EscapePath`.
pub(crate) fn escaped(name: &str) -> String {
    let escape = |c: char| if c.is_ascii_uppercase() { format!("!{}", c.to_ascii_lowercase()) } else { c.to_string() };
    name.chars().map(escape).collect()
}

/// Of each module it is given the path and version, escaped and not, and the files. One without a go.mod gets the one
/// that a proxy makes up.
const WRITE_PROXY: &str = r#"
package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var in struct {
		Dir     string
		Modules []struct {
			Path, Version, EscapedPath, EscapedVersion string
			Files                                      map[string]string
		}
	}
	check(json.NewDecoder(os.Stdin).Decode(&in))
	versions := map[string][]string{}
	for _, m := range in.Modules {
		dir := filepath.Join(in.Dir, filepath.FromSlash(m.EscapedPath), "@v")
		check(os.MkdirAll(dir, 0o755))
		file := filepath.Join(dir, m.EscapedVersion)
		versions[dir] = append(versions[dir], m.Version)
		check(os.WriteFile(filepath.Join(dir, "list"), []byte(strings.Join(versions[dir], "\n")+"\n"), 0o644))
		check(os.WriteFile(file+".info", []byte(`{"Version":"`+m.Version+`","Time":"2024-01-01T00:00:00Z"}`), 0o644))
		mod, ok := m.Files["go.mod"]
		if !ok {
			mod = "module " + m.Path + "\n"
		}
		check(os.WriteFile(file+".mod", []byte(mod), 0o644))
		out, err := os.Create(file + ".zip")
		check(err)
		z := zip.NewWriter(out)
		for name, content := range m.Files {
			w, err := z.Create(m.Path + "@" + m.Version + "/" + name)
			check(err)
			_, err = w.Write([]byte(content))
			check(err)
		}
		check(z.Close())
		check(out.Close())
	}
}
"#;
