"""Writes a made-up repository that is large in one respect.

python3 large.py KIND COUNT DIRECTORY

sums          a go.sum with COUNT lines that nothing needs
modules       COUNT modules, each of which requires up to three others
requirements  a go.mod with COUNT requirements, half of which are imported
imports       a file with COUNT imports, from 1,000 modules
"""

import pathlib
import subprocess
import sys

GO_MOD = "module example.com/shop\n\ngo 1.24\n"


def block(keyword, lines):
    return f"\n{keyword} (\n" + "".join(f"\t{line}\n" for line in lines) + ")\n"


def sums(count, root):
    (root / "go.mod").write_text(GO_MOD)
    (root / "shop.go").write_text("package shop\n")
    (root / "go.sum").write_text("".join(f"example.com/m{i:07} v1.0.0 h1:{i:043}=\n" for i in range(count)))


def modules(count, root):
    for i in range(count):
        needed = [j for j in (i + 1, i + 7, i + 50) if j < count]
        directory = root / f"m{i}"
        (directory / "sub").mkdir(parents=True)
        text = f"module example.com/m{i}\n\ngo 1.21\n"
        required = [f"example.com/m{j} v1.0.0" for j in needed] + [f"example.org/lib{i % 40} v1.2.0"]
        text += block("require", required)
        text += "".join(f"\nreplace example.com/m{j} => ../m{j}\n" for j in needed)
        (directory / "go.mod").write_text(text)
        imported = [f"example.com/m{j}" for j in needed] + [f"example.org/lib{i % 40}/p"]
        imported[0] += "/sub" if needed else ""
        (directory / "a.go").write_text(f"package m{i}\n" + block("import", [f'_ "{path}"' for path in imported]))
        (directory / "sub" / "b.go").write_text(f'package sub\n\nimport _ "example.com/m{i}"\n')


def requirements(count, root):
    """All of them are replaced by one directory, so that no module cache is needed."""
    paths = [f"example.com/m{i:06}" for i in range(count)]
    text = GO_MOD + block("require", [f"{path} v1.0.0" for path in paths])
    (root / "go.mod").write_text(text + block("replace", [f"{path} => ./dep" for path in paths]))
    (root / "shop.go").write_text("package shop\n" + block("import", [f'_ "{path}"' for path in paths[::2]]))
    (root / "dep").mkdir()
    (root / "dep" / "go.mod").write_text("module example.com/dep\n\ngo 1.24\n")
    (root / "dep" / "dep.go").write_text("package dep\n")


def imports(count, root):
    paths = [f"example.com/m{i:03}" for i in range(1000)]
    (root / "go.mod").write_text(GO_MOD + block("require", [f"{path} v1.0.0" for path in paths]))
    imported = [f'_ "{paths[i % 1000]}/p{i:06}"' for i in range(count)]
    (root / "shop.go").write_text("package shop\n" + block("import", imported))


kind, count, directory = sys.argv[1:]
root = pathlib.Path(directory)
root.mkdir(parents=True)
subprocess.run(["git", "init", "-q", root], check=True)
(root / "modwarden.toml").write_text('extends = ["tidy"]\n')
{"sums": sums, "modules": modules, "requirements": requirements, "imports": imports}[kind](int(count), root)
