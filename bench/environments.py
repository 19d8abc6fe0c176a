"""What ours is measured beside: graders and readers of formulas, pinned, each in its own environment under .peers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).parent / ".peers"
# Peers that grade code get the NumPy that ours has, and what reads a formula with sympy as people do.
_SAME = ("numpy==2.2.6", "sympy==1.14.0", "antlr4-python3-runtime==4.11.1")
PEERS: dict[str, tuple[str, ...]] = {
    "gradescope-utils": ("gradescope-utils==0.5.0", *_SAME),
    "otter-grader": ("otter-grader==7.0.0", "ipykernel==6.29.5", *_SAME),
    "nbgrader": ("nbgrader==0.9.6", "ipykernel==6.29.5", *_SAME),
    "sympy": ("sympy==1.14.0", "antlr4-python3-runtime==4.11.1"),
    "latex2sympy": ("latex2sympy2_extended==1.11.0", "antlr4-python3-runtime==4.13.2"),
    "math-verify": ("math-verify==0.9.0", "antlr4-python3-runtime==4.13.2"),
}
_VERSIONS = """import json, importlib.metadata
print(json.dumps({d.name.lower(): d.version for d in importlib.metadata.distributions()}))"""


def environment(peer: str) -> Path:
    """Return the Python of a peer's own environment, made on first use and again when its packages change."""
    folder = ENVIRONMENTS / peer
    python, done = folder / "bin/python", folder / ".packages"
    packages = PEERS[peer]
    if not done.is_file() or done.read_text() != "\n".join(packages):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *packages], check=True)
        done.write_text("\n".join(packages))
    return python


def versions(python: Path) -> dict[str, str]:
    """Return the version of every distribution that an interpreter finds, by its name in small letters."""
    listed = subprocess.run([python, "-c", _VERSIONS], check=True, capture_output=True).stdout
    found: dict[str, str] = json.loads(listed)
    return found
