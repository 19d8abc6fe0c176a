"""A path -> Export: a zip or a folder, of whichever kind it turns out to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from autograder.classroom.exports import canvas, folders, gradescope, moodle
from autograder.classroom.exports.export import BadExport, Export
from autograder.submission.entries import A_FOLDER, Archive, Bounds, CannotRead, Entry, Folder, Source, is_ignored

Reader: TypeAlias = Callable[[Source, Sequence[Entry], Path], Export]
KINDS: dict[str, Reader] = {
    "gradescope": gradescope.read,
    "canvas": canvas.read,
    "moodle": moodle.read,
    "folders": folders.read,
}
# A class of a hundred thousand with fifty files each; the list of a zip's contents is then about half a gigabyte.
_BOUNDS = Bounds(entries=5_000_000, contents_bytes=(1 << 32) - 1)


def read_export(path: Path, kind: str | None = None) -> Export:
    """Read what a class handed in; close it after use.

    kind: one of KINDS; None finds out. Raises BadExport.
    """
    with ExitStack() as on_failure:
        try:
            source = _open(path, on_failure)
            listed = [entry for entry in source.entries() if not is_ignored(entry.path)]
        except CannotRead as error:
            raise BadExport(f"{path}: {error}") from None
        except OSError as error:
            raise BadExport(f"{path} cannot be opened: {error.strerror}") from None
        export = _read(source, listed, path, kind)
        on_failure.pop_all()
    return export


def _open(path: Path, on_failure: ExitStack) -> Source:
    if path.is_dir():
        return Folder(path, _BOUNDS)
    if path.suffix.lower() != ".zip":
        raise BadExport(f"{path} is neither a folder nor a .zip; give the export as it was downloaded")
    return Archive(path.name, on_failure.enter_context(path.open("rb")), _BOUNDS)


def _read(source: Source, listed: Sequence[Entry], path: Path, kind: str | None) -> Export:
    # A folder such as `j.doe` is listed since it might pass for a file; here it is nobody's work.
    entries = [entry for entry in listed if not _leads_out(entry.path) and
               not (entry.oddity == A_FOLDER and entry.path.count("/") <= 1)]
    found = KINDS[kind or find_kind(entries)](source, entries, path)
    outside = [entry.path for entry in listed if _leads_out(entry.path)]
    found = replace(found, nobodys=tuple(sorted(_shown(path) for path in (*found.nobodys, *outside))))
    if not found.submissions:
        names = "".join(f"\n  {name}" for name in found.nobodys[:10])
        raise BadExport(f"{path} was read as an export of the kind '{found.kind}', and holds no submission of anybody. "
                        f"Say what it is with --from {'|'.join(KINDS)}.{names and f' It holds:{names}'}")
    return found


def _leads_out(path: str) -> bool:
    """Say whether a path leads elsewhere, or begins with a name that nobody could be called or shown by."""
    return path.startswith("/") or ".." in path.split("/") or not path.partition("/")[0].isprintable()


def _shown(path: str) -> str:
    """Return a path as a terminal may show it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def find_kind(entries: Sequence[Entry]) -> str:
    """Return the kind of export that files are laid out as."""
    paths = [entry.path for entry in entries]
    if any(gradescope.is_metadata(path) for path in paths):
        return "gradescope"
    if any(moodle.NAME.match(path.rpartition("/")[0] or path) or moodle.NAME.match(path) for path in paths):
        return "moodle"
    flat = [path.rpartition("/")[2] for path in paths if path.count("/") <= 1]
    if flat and sum(bool(canvas.NAME.fullmatch(name)) for name in flat) > len(flat) / 2:
        return "canvas"
    return "folders"
