"""The packages, one function for each form. Each takes the built program and writes one file."""

import base64
import hashlib
import json
import subprocess

from project import HERE, LICENCES, MANIFEST, ROOT, VERSION, File, clean_environment, documents, python_version, write_tar, write_zip


def archive(target, program, extras, out):
    """The archive of the release, which brew, scoop, cargo-binstall and the GitHub Action install."""
    inside = [File(target.program, program, True), *documents(), *extras]
    files = [file._replace(name=f"{target.archive}/{file.name}") for file in inside]
    is_windows = "windows" in target.triple
    path = out / f"{target.archive}.{'zip' if is_windows else 'tar.gz'}"
    (write_zip if is_windows else write_tar)(path, files)
    return path


def wheel(target, program, out):
    """A wheel that holds the program and no Python code. It is written here, since maturin would compile the program once more."""
    version = python_version()
    info = f"modwarden-{version}.dist-info"
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in target.wheel.split("."))
    files = [
        File(f"modwarden-{version}.data/scripts/{target.program}", program, True),
        *[File(f"{info}/licenses/{name}", (ROOT / name).read_bytes()) for name in LICENCES],
        File(f"{info}/METADATA", _wheel_metadata().encode()),
        File(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: modwarden\nRoot-Is-Purelib: false\n{tags}".encode()),
    ]
    record = "".join(f"{file.name},sha256={_record_hash(file.content)},{len(file.content)}\n" for file in files)
    files.append(File(f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode()))
    path = out / f"modwarden-{version}-py3-none-{target.wheel}.whl"
    write_zip(path, files)
    return path


def _record_hash(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _wheel_metadata():
    licences = "".join(f"License-File: {name}\n" for name in LICENCES)
    return (
        f"Metadata-Version: 2.4\nName: modwarden\nVersion: {python_version()}\nSummary: {MANIFEST['description']}\n"
        f"License-Expression: {MANIFEST['license']}\n{licences}Requires-Python: >=3.8\n"
        f"Project-URL: Homepage, {MANIFEST['homepage']}\nProject-URL: Source, {MANIFEST['repository']}\n"
        f"Description-Content-Type: text/markdown\n\n{(ROOT / 'README.md').read_text()}"
    )


def npm_platform(target, program, out):
    """The npm package with the program for one platform."""
    system, processor = target.npm.split("-")
    manifest = _npm_manifest(f"@modwarden/{target.npm}") | {"os": [system], "cpu": [processor], "files": [target.program]}
    files = [File(target.program, program, True), *documents(), _json("package.json", manifest)]
    return _npm(files, out / f"modwarden-{target.npm}-{VERSION}.tgz")


def npm_main(targets, out):
    """The npm package `modwarden`: a launcher, and one optional dependency for each platform."""
    platforms = sorted({f"@modwarden/{target.npm}": VERSION for target in targets}.items())
    manifest = _npm_manifest("modwarden") | {
        "bin": {"modwarden": "modwarden.js"},
        "files": ["modwarden.js"],
        "engines": {"node": ">=16"},
        "optionalDependencies": dict(platforms),
    }
    launcher = File("modwarden.js", (HERE / "npm/modwarden.js").read_bytes(), True)
    return _npm([launcher, *documents(), _json("package.json", manifest)], out / f"modwarden-{VERSION}.tgz")


def _npm_manifest(name):
    return {
        "name": name,
        "version": VERSION,
        "description": MANIFEST["description"],
        "license": f"({MANIFEST['license']})",
        "homepage": MANIFEST["homepage"],
        "repository": {"type": "git", "url": f"git+{MANIFEST['repository']}.git"},
        "publishConfig": {"access": "public", "provenance": True},
    }


def _json(name, document):
    return File(name, (json.dumps(document, indent=2) + "\n").encode())


def _npm(files, path):
    write_tar(path, [file._replace(name=f"package/{file.name}") for file in files])
    return path


def system_package(form, target, staged, out):
    """A deb or rpm, by nfpm, from the directory of an unpacked archive."""
    processor = {"deb": target.deb, "rpm": target.rpm}[form]
    names = {"deb": f"modwarden_{VERSION}_{processor}.deb", "rpm": f"modwarden-{VERSION}.{processor}.rpm"}
    config = staged / "nfpm.yaml"
    config.write_text(filled("nfpm.yaml", {"arch": processor, "staged": staged}))
    command = ["nfpm", "package", "--config", config, "--packager", form, "--target", out / names[form]]
    subprocess.run(command, check=True, env=clean_environment(), stdout=subprocess.DEVNULL)
    return out / names[form]


def filled(template, values):
    """A template of templates/, with each {{name}} replaced; one that has no value is an error."""
    text = (HERE / "templates" / template).read_text()
    known = {key: MANIFEST[key] for key in ["version", "description", "license", "homepage", "repository"]}
    for name, value in (known | values).items():
        text = text.replace("{{" + name + "}}", str(value))
    if "{{" in text:
        raise SystemExit(f"{template}: no value for {text[text.index('{{'):].split('}}')[0]}}}}}")
    return text
