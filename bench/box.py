"""Run a peer on a hostile submission where it can harm nothing: namespaces, a root and a user of its own, limits.

The peers run student code in their own process, or in a kernel of the same user. So whoever grades with them trusts a
container to be thrown away; this is one, made of what util-linux has, in a tenth of a second.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.gradescope.container import Group, Size

SCRIPT = Path(__file__).parent / "peers/box.sh"
SIZE = Size(cpus=1, memory_mb=2048)
_NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--net", "--ipc", "--uts")
_FIRST_USER, _USERS = 1 << 26, 1 << 20


@dataclass(frozen=True)
class BoxRun:
    """What a peer left behind: its results file as the platform would read it, and what it printed last."""

    results: str
    printed: str
    hung: bool


def run_in_box(folder: Path, source: Path, submission: Path, peer: Path, seconds: float) -> BoxRun:
    """Play the platform for a peer: `source` and `submission` in /autograder, then its `run_autograder`.

    folder: scratch.  peer: the folder of its environment.  seconds: when a run counts as hung.  Needs root.
    """
    box, out = folder / "box", folder / "out"
    box.mkdir()
    out.mkdir()
    user = _FIRST_USER + secrets.randbelow(_USERS)  # limits on processes count by user
    arguments = [box, source, submission, out, seconds, peer, sys.base_prefix, user]
    group = Group.make(SIZE)
    try:
        done = subprocess.run(group.wrap(["unshare", *_NAMESPACES, "sh", str(SCRIPT), *map(str, arguments)]),
                              timeout=seconds + 40, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return BoxRun("", "", hung=True)
    finally:
        group.close()
    if not (out / "printed").is_file():
        raise RuntimeError(f"no box could be made: {done.stderr.decode(errors='replace')[-500:]}")
    texts = [(out / name).read_text(errors="replace") for name in ("results.json", "printed")]
    return BoxRun(*texts, hung=(out / "hung").exists())
