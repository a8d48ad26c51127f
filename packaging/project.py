"""What all packages have in common: the name, the version, the date, the targets, and archives that are the same each time."""

import csv
import datetime
import gzip
import hashlib
import io
import os
import pathlib
import re
import tarfile
import tomllib
import zipfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
MANIFEST = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
VERSION = MANIFEST["version"]
LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"]


class Target(NamedTuple):
    """A row of targets.tsv."""

    triple: str
    wheel: str
    npm: str
    deb: str
    rpm: str
    brew: str
    scoop: str

    @property
    def program(self):
        return "modwarden.exe" if "windows" in self.triple else "modwarden"

    @property
    def archive(self):
        """The name of the archive, without its ending."""
        return f"modwarden-v{VERSION}-{self.triple}"


class File(NamedTuple):
    """A file in a package."""

    name: str
    content: bytes
    executable: bool = False


def targets():
    lines = (line for line in (HERE / "targets.tsv").read_text().splitlines() if not line.startswith("#"))
    return {row[0]: Target(*row) for row in csv.reader(lines, delimiter="\t")}


def released():
    """When this version was released, as the change log says; for a version that is not released yet, a fixed day."""
    heading = re.search(rf"^## \[{re.escape(VERSION)}\] \S (\d{{4}}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    return datetime.date.fromisoformat(heading[1]) if heading else datetime.date(2026, 1, 1)


def python_version():
    """The version as Python writes it: 1.0.0-rc.1 is 1.0.0rc1 there."""
    return re.sub(r"-(alpha|beta|rc)\.(\d+)$", lambda found: {"alpha": "a", "beta": "b"}.get(found[1], "rc") + found[2], VERSION)


def documents():
    """What every package holds besides the program."""
    return [File(name, (ROOT / name).read_bytes()) for name in [*LICENCES, "README.md", "CHANGELOG.md"]]


def write_tar(path, files):
    """Writes a .tar.gz that depends on nothing but the files: sorted, of one day, owned by root."""
    when = _midnight().timestamp()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(files):
            entry = tarfile.TarInfo(file.name)
            entry.size, entry.mtime, entry.mode = len(file.content), int(when), 0o755 if file.executable else 0o644
            entry.uname = entry.gname = "root"
            archive.addfile(entry, io.BytesIO(file.content))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


def write_zip(path, files):
    """The same as .zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _midnight().timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if file.executable else 0o100644) << 16
            archive.writestr(entry, file.content)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _midnight():
    return datetime.datetime.combine(released(), datetime.time(), datetime.timezone.utc)


def clean_environment():
    """The environment with the day that tools such as nfpm write into packages."""
    return os.environ | {"SOURCE_DATE_EPOCH": str(int(_midnight().timestamp()))}
