"""A plain Debian to change root into: bootstrapped once, kept in a cache, given this machine's ways to packages."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SUITE = "bookworm"
CACHE = Path(os.environ.get("AUTOGRADER_CHROOT_CACHE", Path.home() / ".cache/autograder-chroot"))
_BOOTSTRAP_SECONDS = 240.0
_APT = Path("/etc/apt")
# What apt and pip need to reach the same packages as this machine does; nothing of it is kept in the cache.
_CONFIGURATION = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt",
    "/usr/local/share/ca-certificates", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d", "/etc/apt/auth.conf",
    "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d", "/usr/share/keyrings",
)


class CannotBootstrap(Exception):
    """No Debian can be had here; the sentence says why."""


def base_system() -> Path:
    """Return the folder of a minimal Debian, bootstrapped now if it is not in the cache. Raises CannotBootstrap."""
    base = CACHE / SUITE
    if (base / ".complete").is_file():
        return base
    if os.name != "posix" or os.geteuid() != 0:
        raise CannotBootstrap("only root can make and enter a chroot")
    missing = [tool for tool in ("debootstrap", "chroot", "unshare") if shutil.which(tool) is None]
    if missing:
        raise CannotBootstrap(f"{' and '.join(missing)} is not installed")
    _probe_mounts()
    shutil.rmtree(base, ignore_errors=True)
    base.parent.mkdir(parents=True, exist_ok=True)
    mirror = debian_mirror()
    command = ["debootstrap", "--variant=minbase", SUITE, str(base), *([mirror] if mirror else [])]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=_BOOTSTRAP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotBootstrap(f"debootstrap had not ended after {_BOOTSTRAP_SECONDS:g} seconds") from None
    if done.returncode != 0:
        last = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
        raise CannotBootstrap(f"debootstrap failed: {' '.join(last)}")
    (base / ".complete").touch()
    return base


def fresh_system(folder: Path) -> Path:
    """Return a copy of the base system in `folder`, set up to install packages. Raises CannotBootstrap."""
    root = folder / "debian"
    subprocess.run(["cp", "-a", "--reflink=auto", str(base_system()), str(root)], check=True)
    for name in _CONFIGURATION:
        _copy(Path(name), root)
    if host_is_the_same_suite():
        (root / "etc/apt/sources.list").write_text("")
        for name in ("sources.list", "sources.list.d"):
            _copy(_APT / name, root)
    for name in ("pip.conf", ".pip/pip.conf", ".config/pip/pip.conf"):
        file = Path.home() / name
        if file.is_file():
            target = root / "root" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return root


def package_folders() -> list[Path]:
    """Return the folders of this machine that pip installs from, to be shown in the chroot as well."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    found = re.findall(r"(?:file://|(?<=['\s]))(/[^\s']+)", done.stdout)
    folders = [Path(path) for path in dict.fromkeys(found)]
    roots = [folder.parent if folder.name == "simple" else folder for folder in folders if folder.is_dir()]
    return list(dict.fromkeys(roots))


def debian_mirror() -> str | None:
    """Return where this machine gets Debian from; None leaves it to debootstrap."""
    for line in _source_lines():
        if match := re.search(r"(https?://\S+/debian)/?(\s|$)", line):
            return match[1]
    return None


def host_is_the_same_suite() -> bool:
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        return False
    parser = configparser.ConfigParser()
    parser.read_string(f"[os]\n{release}")
    return parser["os"].get("VERSION_CODENAME", "").strip('"') == SUITE


def _source_lines() -> Iterator[str]:
    files = [_APT / "sources.list", *sorted((_APT / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix in (".list", ".sources") and file.is_file():
            yield from (line for line in file.read_text().splitlines() if not line.startswith("#"))


def _probe_mounts() -> None:
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if done.returncode != 0:
        raise CannotBootstrap("mounts cannot be made here (not a privileged container)")


def _copy(source: Path, root: Path) -> None:
    target = root / str(source).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, symlinks=False, ignore_dangling_symlinks=True)
    elif source.is_file():
        target.unlink(missing_ok=True)
        shutil.copy(source.resolve(), target)
