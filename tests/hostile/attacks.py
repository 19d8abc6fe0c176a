"""The attacks of this folder: what each hands in, and what it may earn. They are data, in attacks/*.yaml.

    id, tries     a name and what it hopes for
    code          Python behind the right solution, so that it replaces what it defines (after the file's preamble);
                  a text, or a unit so many times
    answers       answers in place of right ones: a text, or a unit so many times with a tail;  text: the whole file
    files         further files: a text, or a unit repeated to so many bytes
    zip           members of an archive that is handed in instead: text, zeros, the right file, a mode, copies
    earns         points of the attacked parts (one, or those that are allowed); all others earn theirs in full
    states, says  the state of a part, and words that are in its feedback
    honest        odd but well meant
    inert         what it writes must not come out as markup
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
RIGHT = FOLDER / "right"
FULL = {"sigmoid": 5.0, "sigmoid_grad": 10.0, "softmax": 10.0, "normalize_rows": 5.0, "naive_softmax": 20.0,
        "neg_sampling": 20.0, "q1": 10.0, "q2": 10.0, "q3": 10.0}


@dataclass(frozen=True)
class Attack:
    """One submission of this collection."""

    id: str
    category: str
    tries: str
    earns: Mapping[str, Any]
    preamble: str = ""
    code: Any = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    text: Any = None
    files: Mapping[str, Any] = field(default_factory=dict)
    zip: tuple[Mapping[str, Any], ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    honest: bool = False
    inert: bool = False
    needs: str = ""

    def allowed(self, part: str) -> tuple[float, ...]:
        points = self.earns.get(part, FULL[part])
        return tuple(points) if isinstance(points, list) else (points,)

    def lay_out(self, folder: Path) -> Path:
        """Write what is handed in. Return its folder."""
        submission = folder / "submission"
        submission.mkdir()
        if self.zip:
            self._pack(submission / "handed_in.zip")
            return submission
        source = (RIGHT / "solution.py").read_text()
        (submission / "solution.py").write_text("\n\n".join(filter(None, (source, self.preamble, _grow(self.code)))))
        (submission / "answers.txt").write_text(self._answers())
        for name, content in self.files.items():
            path = submission / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_grow(content))
        return submission

    def _answers(self) -> str:
        if self.text is not None:
            return _grow(self.text)
        right = dict(line.split(": ", 1) for line in (RIGHT / "answers.txt").read_text().splitlines())
        return "".join(f"{part}: {_grow(self.answers.get(part, text))}\n" for part, text in right.items())

    def _pack(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a name is there twice is the point
            for member in self.zip:
                for number in range(member.get("copies", 1)):
                    name = member["name"] + (f"{number:06d}" + "x" * 60 if "copies" in member else "")
                    info = zipfile.ZipInfo(name)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    info.external_attr = int(member.get("mode", "100644"), 8) << 16
                    if "zeros" in member:
                        with archive.open(info, "w", force_zip64=True) as file:
                            for _ in range(member["zeros"] // 1_000_000):
                                file.write(bytes(1_000_000))
                    else:
                        archive.writestr(info, (RIGHT / name).read_text() if member.get("right") else member["text"])


def _grow(content: Any) -> str:
    if isinstance(content, str):
        return content
    unit = content["unit"]
    times = content.get("times", content.get("bytes", 0) // len(unit))
    return f"{content.get('head', '')}{unit * times}{content.get('tail', '')}"


def load_attacks() -> Iterator[Attack]:
    """Yield every attack, in the order of its file."""
    for path in sorted((FOLDER / "attacks").glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        for fields in content["attacks"]:
            yield Attack(category=f"own: {path.stem}", preamble=content.get("preamble", ""),
                         **{**fields, "zip": tuple(fields.get("zip", ()))})
