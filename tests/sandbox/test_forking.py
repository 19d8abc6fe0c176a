"""A nursery that was forked off the grader: as bare as a fresh interpreter, and only where the grader was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from autograder.sandbox import forking
from autograder.sandbox.confinement import SETTINGS
from autograder.sandbox.forking import can_fork_here

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no nursery elsewhere")

PROGRAM = """
    import json, os, sys
    sys.path[:] = [place for place in sys.path if place]
    {before}
    from autograder.sandbox.supervisor import Job, Sandbox
    LOOKS = b'''
    import gc, json, os, sys, tempfile, threading
    def read(path):
        try:
            with open(path) as file: return file.read()
        except OSError as error: return type(error).__name__
    def look():
        ours = sorted(name for name in sys.modules if name.split(".")[0] == "autograder")
        reached = [name for name in ("supervisor", "processes", "forking") if __import__("importlib.util").util.find_spec("autograder.sandbox." + name)]
        print(json.dumps(dict(environ=sorted(os.environ), ours=ours, reached=reached, path=sys.path,
            hash=hash("a"), threads=threading.active_count(), argv=sys.argv, descriptors=sorted(map(int, os.listdir("/proc/self/fd")))[:3],
            block=read("/proc/self/environ").split(chr(0)), flags=sys.flags.hash_randomization, directory=os.listdir("."),
            collects=gc.isenabled(), temporary=tempfile.gettempdir() == os.getcwd())))
    '''
    with Sandbox.open() as sandbox:
        kind = type(sandbox._starter._nursery).__name__
        answers = []
        for kill in (False, True):
            if kill:
                sandbox._starter._nursery.kill()
                sandbox._starter._nursery.wait()
            with sandbox.worker(Job(files={{"a.py": LOOKS}}, entry="a.py")) as worker:
                worker.load(20)
                reply = worker.call(function="look", inputs={{}}, deadline_seconds=20)
                answers.append(json.loads(reply.output))
        held = [layer.name for layer in sandbox.layers if layer.held]
        print(json.dumps([kind, type(sandbox._starter._nursery).__name__, held, sandbox.notes, *answers]))
"""


def run(before: str = "import gc; gc.disable()", **more: str) -> list[Any]:
    environment = {**SETTINGS, "PATH": os.environ["PATH"], "HOME": "/nobody's", **more}
    done = subprocess.run([sys.executable, "-c", dedent(PROGRAM.format(before=before))], env=environment, timeout=120,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: list[Any] = json.loads(done.stdout)
    return found


def test_it_is_as_bare_as_a_fresh_interpreter() -> None:
    forked = run()
    fresh = run(before="import autograder.spec.fields")
    assert (forked[0], fresh[0]) == ("ForkedNursery", "Popen")
    assert forked[2] == fresh[2]
    before, after, other = forked[4], forked[5], fresh[4]
    for look in (before, after, other):
        look["path"] = [place for place in look["path"] if not place.startswith("/tmp")]
        look["argv"] = len(look["argv"])
    assert before == after == other
    assert before["reached"] == []
    assert before["temporary"]
    assert before["collects"]
    assert "autograder.sandbox.supervisor" not in before["ours"]


def test_one_that_is_lost_is_replaced_by_a_fresh_interpreter() -> None:
    assert run()[:2] == ["ForkedNursery", "Popen"]
    assert run()[3] == ["the process that starts workers was lost and replaced"]


NOT_BARE: dict[str, dict[str, str]] = {
    "a variable that nobody named": {"CANARY_TOKEN": "secret"},
    "another setting of the process": {"OPENBLAS_NUM_THREADS": "2"},
    "hashes that differ from run to run": {"PYTHONHASHSEED": "random"},
}


@pytest.mark.parametrize("more", NOT_BARE.values(), ids=NOT_BARE)
def test_a_grader_that_was_given_anything_is_not_forked(more: dict[str, str]) -> None:
    found = run(**more)
    assert found[0] == "Popen"
    assert "CANARY_TOKEN" not in found[4]["environ"]


@pytest.mark.parametrize("before", [
    "import autograder.spec.model", "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
])
def test_a_grader_that_has_begun_is_not_forked(before: str) -> None:
    assert run(before)[0] == "Popen"


def test_the_tests_themselves_are_not_forked() -> None:
    assert not can_fork_here()


def test_a_forked_nursery_that_cannot_start_says_why() -> None:
    program = """
        import os
        from autograder.sandbox.forking import ForkedNursery
        from autograder.sandbox.nursery import socket
        ours, theirs = socket.socketpair()
        nursery = ForkedNursery(theirs.fileno(), {"without": []}, "/nowhere")
        assert nursery.wait(30) == 1 == nursery.wait()
        nursery.kill()
        print(nursery.stderr.read().decode().splitlines()[-1])
    """
    done = subprocess.run([sys.executable, "-c", dedent(program)], timeout=60, capture_output=True, text=True, check=True)
    assert done.stdout == "KeyError: 'limits'\n"


def test_waiting_for_one_has_an_end() -> None:
    nursery = object.__new__(forking.ForkedNursery)
    nursery.returncode = None
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        nursery.pid = process.pid
        with pytest.raises(subprocess.TimeoutExpired):
            nursery.wait(0.05)
        nursery.kill()
        assert process.wait() == -9
