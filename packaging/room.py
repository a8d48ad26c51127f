"""A root directory as a new user has it: the system's own programs, an empty home, no Rust, and no network but this machine itself."""

import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

INSIDE = "MODWARDEN_ROOM"
SYSTEM = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "etc", "dev", "proc"]
HOME = pathlib.Path("/home/user")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UP_AND_RUNNING = 0x1 | 0x40
SIOCSIFFLAGS = 0x8914


def enter(shown):
    """Starts this script anew in such a root, in which the directories `shown` can be read. Needs root, and leaves nothing behind."""
    if INSIDE not in os.environ:
        os.environ[INSIDE] = tempfile.mkdtemp()
        code = subprocess.run(["unshare", "--mount", "--net", sys.executable, *sys.argv]).returncode
        os.rmdir(os.environ[INSIDE])
        sys.exit(code)
    root = pathlib.Path(os.environ[INSIDE])
    _mount("-t", "tmpfs", "-o", "mode=755", "room", root)
    for directory in [*(pathlib.Path("/", name) for name in SYSTEM), pathlib.Path(sys.base_prefix), *shown]:
        if directory.is_dir():
            inside = root / directory.relative_to("/")
            inside.mkdir(parents=True, exist_ok=True)
            _mount("--rbind", directory, inside)
    _hide_rust(root)
    for directory in ["tmp", "var/tmp", HOME.relative_to("/")]:
        (root / directory).mkdir(parents=True, exist_ok=True)
    os.chroot(root)
    os.chdir(HOME)
    _raise_loopback()
    _use_new_environment()


def _hide_rust(root):
    """Covers the directories that rustup uses, where they are among those of the system."""
    for variable in ["CARGO_HOME", "RUSTUP_HOME"]:
        directory = root / os.environ.get(variable, "/nowhere").lstrip("/")
        if directory.is_dir():
            _mount("-t", "tmpfs", "hidden", directory)


def _raise_loopback():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))


def _use_new_environment():
    os.environ.clear()
    os.environ |= {"HOME": str(HOME), "PATH": PATH, "LANG": "C.UTF-8"}
    for name in ["cargo", "rustc"]:
        if shutil.which(name):
            sys.exit(f"{shutil.which(name)} is in the room, so it shows nothing about machines without Rust")


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)
