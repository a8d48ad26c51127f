"""Package registries on this machine that hold the packages of a directory: one like PyPI, one like npm's."""

import base64
import hashlib
import http.server
import json
import pathlib
import tarfile
import threading
import urllib.parse

from project import sha256


def serve(directory):
    """Serves the packages until the process ends; returns the address."""
    handler = type("Handler", (_Handler,), {"packages": pathlib.Path(directory)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    packages: pathlib.Path
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, name = urllib.parse.unquote(self.path).lstrip("/").partition("/")
        answers = {"simple": self._pypi, "npm": self._npm, "files": self._file}
        answer = answers[kind](name.rstrip("/")) if kind in answers else None
        form, content = answer or ("text/plain", b"not here\n")
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET

    def _pypi(self, name):
        wheels = sorted(self.packages.glob(f"{name.replace('-', '_')}-*.whl"))
        links = "".join(f'<a href="{self._url(path)}#sha256={sha256(path)}">{path.name}</a>\n' for path in wheels)
        return ("text/html", f"<!DOCTYPE html>\n{links}".encode()) if links else None

    def _npm(self, name):
        manifests = {path: _npm_manifest(path) for path in sorted(self.packages.glob("*.tgz"))}
        found = {
            manifest["version"]: manifest | {"dist": {"tarball": self._url(path), "integrity": _integrity(path)}}
            for path, manifest in manifests.items()
            if manifest["name"] == name
        }
        document = {"name": name, "dist-tags": {"latest": max(found, default="")}, "versions": found}
        return ("application/json", json.dumps(document).encode()) if found else None

    def _file(self, name):
        path = self.packages / pathlib.PurePath(name).name
        return ("application/octet-stream", path.read_bytes()) if path.is_file() else None

    def _url(self, path):
        return f"http://{self.headers['Host']}/files/{urllib.parse.quote(path.name)}"

    def log_message(self, *_):
        pass


def _npm_manifest(path):
    with tarfile.open(path) as archive:
        return json.load(archive.extractfile("package/package.json"))


def _integrity(path):
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
