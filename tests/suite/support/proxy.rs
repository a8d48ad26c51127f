//! A module proxy in a directory, from which the go command downloads made-up modules.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::go::Go;

/// A version of a module, and its files by path from its root. One named `.mod` or `.info` is the proxy's answer
/// to that question, and no file of the module; one with a leading `/` has that path in the zip file.
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

// Whether a version can be listed for a path: others can only be asked for.
func fits(path, version string) bool {
	major, _, _ := strings.Cut(version, ".")
	path = strings.TrimSuffix(path, "-unstable")
	return major == "v0" || major == "v1" || strings.HasSuffix(version, "+incompatible") ||
		strings.HasSuffix(path, "/"+major) || strings.HasSuffix(path, "."+major)
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
		if fits(m.Path, m.Version) {
			versions[dir] = append(versions[dir], m.Version)
		}
		check(os.WriteFile(filepath.Join(dir, "list"), []byte(strings.Join(versions[dir], "\n")+"\n"), 0o644))
		info, ok := m.Files[".info"]
		if !ok {
			info = `{"Version":"` + m.Version + `","Time":"2024-01-01T00:00:00Z"}`
		}
		check(os.WriteFile(file+".info", []byte(info), 0o644))
		latest := filepath.Join(in.Dir, filepath.FromSlash(m.EscapedPath), "@latest")
		if _, err := os.Stat(latest); err != nil {
			check(os.WriteFile(latest, []byte(info), 0o644))
		}
		mod, ok := m.Files[".mod"]
		if !ok {
			mod, ok = m.Files["go.mod"]
		}
		if !ok {
			mod = "module " + m.Path + "\n"
		}
		check(os.WriteFile(file+".mod", []byte(mod), 0o644))
		out, err := os.Create(file + ".zip")
		check(err)
		z := zip.NewWriter(out)
		for name, content := range m.Files {
			if name == ".mod" || name == ".info" {
				continue
			}
			full := m.Path + "@" + m.Version + "/" + name
			if strings.HasPrefix(name, "/") {
				full = name[1:]
			}
			w, err := z.Create(full)
			check(err)
			_, err = w.Write([]byte(content))
			check(err)
		}
		check(z.Close())
		check(out.Close())
	}
}
"#;
