"""What calling a student's function can come to."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.sandbox.outcomes import Died, Loaded, Malformed, Raised, Returned, TimedOut
from autograder.sandbox.supervisor import Job, Limits, Sandbox, SandboxError

Call = Callable[..., Any]
Load = Callable[..., Any]


def test_values_come_back_as_they_were(call: Call) -> None:
    x = np.random.default_rng(1).normal(size=(3, 4))
    outcome = call("def f(x, k): return x.sum(), x.T * k, [1, 2]", x=x, k=2)
    assert isinstance(outcome, Returned), outcome
    loss, gradient, listed = outcome.values
    assert (float(loss.array), loss.type_name, loss.shape) == (x.sum(), "float64", ())
    np.testing.assert_array_equal(gradient.array, 2 * x.T)
    assert (listed.array.tolist(), listed.type_name) == ([1, 2], "list")
    assert (outcome.container, outcome.keys, outcome.changed_inputs) == ("tuple", None, ())


def test_inputs_of_every_kind_arrive(call: Call) -> None:
    body = "def f(*inputs): return [float(bool(i)) for i in inputs] + [inputs[0]['w'], inputs[4][1].sum()]"
    outcome = call(body, a={"w": 3}, b=None, c="text", d=(1, 2), e=[1, np.ones(3)], g=True, h=1e-300)
    assert outcome.values[0].array.tolist() == [1, 0, 1, 1, 1, 1, 1, 3, 3]


@pytest.mark.parametrize(("statement", "changed"), [
    ("x[0] = 9", ("x",)), ("x *= 1", ()), ("y.append(1); x.fill(0)", ("x", "y")), ("x = x + 1", ()), ("x.resize((2, 1))", ("x",)),
    ("y[:] = []", ("y",)), ("del d['k']", ("d",)), ("x[0] = float('nan')", ("x",)),
])  # fmt: skip
def test_changed_inputs_are_noticed(call: Call, statement: str, changed: tuple[str, ...]) -> None:
    outcome = call(f"def f(x, y, d):\n    {statement}\n    return 0\n", x=np.array([1.0, np.nan]), y=[np.zeros(2)], d={"k": 1})
    assert outcome.changed_inputs == changed


def test_each_call_sees_fresh_inputs_and_the_same_random_numbers(load: Load) -> None:
    worker, _ = load("import random, numpy as np\ndef f(x):\n    x += 1\n    return [x[0], random.random(), np.random.rand()]\n")
    first, second = (worker.call(function="f", inputs={"x": np.zeros(1)}, deadline_seconds=20).values[0].array for _ in range(2))
    third = worker.call(function="f", inputs={"x": np.zeros(1)}, seed=7, deadline_seconds=20).values[0].array
    np.testing.assert_array_equal(first, second)
    assert first[0] == third[0] == 1
    assert set(first[1:]).isdisjoint(third[1:])


def test_state_lives_from_call_to_call(load: Load) -> None:
    worker, _ = load("n = 0\ndef f():\n    global n\n    n += 1\n    return n\n")
    assert [int(worker.call(function="f", inputs={}, deadline_seconds=20).values[0].array) for _ in range(3)] == [1, 2, 3]


# --- exceptions ---------------------------------------------------------------------------------------------------

RAISES = {
    "assert": ("assert 1 == 2, 'shapes differ'", "AssertionError", "shapes differ"),
    "exit": ("import sys; sys.exit(0)", "SystemExit", "0"),
    "quit": ("quit()", "SystemExit", "None"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
    "generator exit": ("raise GeneratorExit('x')", "GeneratorExit", "x"),
    "own class": ("class Marks(ValueError): pass\n    raise Marks('100/100')", "ValueError", "100/100"),
    "own base": ("raise type('Passed', (BaseException,), {})('x')", "BaseException", "x"),
    "disguised": ("raise type('Passed', (Exception,), {'__module__': 'builtins'})()", "Exception", ""),
    "numpy's": ("import numpy as np; np.linalg.inv(np.zeros((2, 2)))", "LinAlgError", "Singular matrix"),
    "memory": ("import numpy as np; np.zeros(1 << 43)", "MemoryError", "Unable to allocate"),
    "recursion": ("f()", "RecursionError", "maximum recursion depth"),
    "stdin": ("input()", "EOFError", "EOF when reading a line"),
    "str raises": ("class E(Exception):\n        def __str__(self): raise SystemExit\n    raise E", "Exception", "(its message cannot be shown)"),
    "repr recurses": ("class R:\n        def __repr__(self): return repr(self)\n    raise KeyError(R())", "KeyError", "(its message cannot be shown)"),
    "str is no text": ("class S(str): pass\n    raise ValueError(S('x' * 10**6))", "ValueError", "x" * 499 + "…"),
    "control characters": ("raise ValueError('\\x1b[2J\\x00a\\nb\\u202ec\\udc80')", "ValueError", "[2Ja bc?"),
    "chained": ("try: 1 / 0\n    except ZeroDivisionError as e: raise TypeError('t') from e", "TypeError", "t"),
    "group of threads": ("import threading; threading.Thread(target=lambda: 1 / 0).start(); raise OSError(2, 'gone')", "FileNotFoundError", "[Errno 2] gone"),
    "missing": ("from math import no_such_name", "ImportError", "cannot import name"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "error", "message"), RAISES.values(), ids=RAISES.keys())
def test_whatever_is_raised_is_an_outcome(call: Call, body: str, error: str, message: str) -> None:
    outcome = call(f"def f():\n    {body}\n")
    assert isinstance(outcome, Raised), outcome
    assert outcome.error == error
    assert outcome.message.startswith(message) if message else outcome.message == ""
    assert outcome.is_out_of_memory == (error == "MemoryError")
    assert {frame.file for frame in outcome.frames} == {"solution.py"}


def test_frames_are_the_students_own_from_outside_in(call: Call) -> None:
    outcome = call("import numpy as np\ndef f():\n    return inner(np.ones(3))\ndef inner(x):\n    return np.dot(x, np.ones(4))\n")
    assert [(frame.line, frame.function, frame.text) for frame in outcome.frames] == [
        (3, "f", "return inner(np.ones(3))"), (5, "inner", "return np.dot(x, np.ones(4))"),
    ]  # fmt: skip


def test_deep_recursion_keeps_the_innermost_frames(call: Call) -> None:
    outcome = call("def f(): return g(0)\ndef g(n):\n    if n == 200: raise ValueError(n)\n    return g(n + 1)\n")
    assert 5 < len(outcome.frames) < 20
    assert outcome.frames[-1].line == 3


def test_paths_of_the_grader_are_not_in_messages(call: Call) -> None:
    outcome = call("import os\ndef f(): open(os.path.abspath('missing.txt'))\n")
    assert outcome.message == "[Errno 2] No such file or directory: 'missing.txt'"


def test_a_missing_function_is_an_attribute_error(load: Load) -> None:
    worker, _ = load("x = 1\n")
    outcome = worker.call(function="g", inputs={}, deadline_seconds=20)
    assert (outcome.error, outcome.frames) == ("AttributeError", ())


def test_the_worker_goes_on_after_an_exception(load: Load) -> None:
    worker, _ = load("import sys\ndef f(x):\n    sys.setrecursionlimit(200); sys.settrace(lambda *a: None)\n    if x: sys.exit(3)\n    return x\n")
    kinds = [type(worker.call(function="f", inputs={"x": x}, deadline_seconds=20)) for x in (1, 0, 1, 0)]
    assert kinds == [Raised, Returned, Raised, Returned]


def test_warnings_are_collected_once_each(load: Load) -> None:
    worker, _ = load("import numpy as np, warnings\ndef f(x):\n    for _ in range(1000): np.exp(x); 1 / (x - x)\n    return 0\n")
    for _ in range(2):
        outcome = worker.call(function="f", inputs={"x": np.array([1e4])}, deadline_seconds=20)
        assert outcome.warnings == ("RuntimeWarning: overflow encountered in exp", "RuntimeWarning: divide by zero encountered in divide")


def test_filters_that_the_student_sets_at_import_last(load: Load) -> None:
    worker, _ = load("import numpy as np, warnings\nwarnings.filterwarnings('error')\ndef f(x):\n    try: return np.exp(x)\n    except RuntimeWarning: return 7\n")
    for _ in range(2):
        outcome = worker.call(function="f", inputs={"x": np.array([1e4])}, deadline_seconds=20)
        assert (outcome.values[0].array, outcome.warnings) == (7, ())


# --- output ---------------------------------------------------------------------------------------------------------


def test_output_is_captured_at_every_level(call: Call) -> None:
    outcome = call("import os, sys, logging\nlogging.basicConfig()\ndef f():\n    print('one')\n    sys.stderr.write('two\\n')\n    os.write(1, b'three\\n')\n    os.write(2, b'four\\n')\n    logging.warning('five')\n    return 0\n")
    assert outcome.output == "one\ntwo\nthree\nfour\nWARNING:root:five\n"


def test_output_before_an_exception_or_a_death_is_kept(call: Call) -> None:
    assert call("def f():\n    print('so far')\n    1 / 0\n").output == "so far\n"
    assert call("import os\ndef f():\n    print('so far')\n    os._exit(3)\n").output == "so far\n"
    assert call("def f():\n    print('so far')\n    while True: pass\n", seconds=0.3).output == "so far\n"


def test_a_flood_of_output_is_cut_and_does_not_block(call: Call) -> None:
    outcome = call("import os\ndef f():\n    print('x' * 5_000_000)\n    for _ in range(100): os.write(1, b'y' * 1_000_000)\n    return 1\n")
    assert isinstance(outcome, Returned), outcome
    assert len(outcome.output) == 65536


def test_odd_output_is_text(call: Call) -> None:
    outcome = call("import os\ndef f():\n    print('\\ud800', '\\x00\\x1b[31m'); os.write(1, b'\\xff\\xfe')\n    return 1\n")
    assert outcome.output == "\\ud800 [31m\n\ufffd\ufffd"


@pytest.mark.parametrize("harm", ["sys.stdout.close()", "sys.stdout = None", "os.close(1); os.close(2)", "sys.stdout = open(os.devnull)", "del sys.stdout",
                                  "sys.stdout.detach()", "sys.stdout.buffer.close()", "sys.stdout.buffer.raw.close()", "sys.stdout.reconfigure(encoding='utf-16')"])
def test_a_lost_stdout_does_not_lose_the_reply(load: Load, harm: str) -> None:
    worker, _ = load(f"import os, sys\ndef f():\n    {harm}\n    return 1\ndef g():\n    print('from g')\n    return 2\n")
    assert isinstance(worker.call(function="f", inputs={}, deadline_seconds=20), Returned)
    again = worker.call(function="g", inputs={}, deadline_seconds=20)
    assert isinstance(again, Returned)
    assert again.output == "from g\n"


def test_what_a_leftover_thread_prints_is_not_the_next_calls_output(load: Load) -> None:
    worker, _ = load("import threading, time\ndef f():\n    threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()\n    return 1\ndef g():\n    import time\n    time.sleep(0.05)\n    print('g')\n    return 1\n")
    worker.call(function="f", inputs={}, deadline_seconds=20)
    outcome = worker.call(function="g", inputs={}, deadline_seconds=20)
    assert "g\n" in outcome.output


# --- deadlines and deaths -----------------------------------------------------------------------------------------

HANGS = {
    "loop": "while True: pass",
    "power": "x = 3 ** (10 ** 9)",
    "sleep": "import time; time.sleep(1e6)",
    "swallows": "while True:\n        try: raise ValueError\n        except BaseException: pass",
    "ignores": "import signal\n    for s in range(1, 65):\n        try: signal.signal(s, signal.SIG_IGN)\n        except (OSError, ValueError): pass\n    signal.pthread_sigmask(0, range(1, 65))\n    while True: pass",
    "deadlock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "message": "class E(Exception):\n        def __str__(self):\n            while True: pass\n    raise E",
    "conversion": "class A:\n        def __array__(self, *a, **k):\n            while True: pass\n    return A()",
    "iteration": "class T(list):\n        def __iter__(self):\n            while True: yield 1\n    return T([1])",
    "no reply": "import os, time\n    os.close(0); time.sleep(1e6)",
    "its own clock": "import time; time.monotonic = time.time = lambda: 0\n    while True: pass",
    "half a frame": "import os, time\n    for fd in range(3, 40):\n        try: os.write(fd, b'\\n' + b'0' * 32 + b' 0000')\n        except OSError: pass\n    time.sleep(1e6)",
}


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS.keys())
def test_a_deadline_holds(call: Call, body: str) -> None:
    outcome = call(f"def f():\n    {body}\n", seconds=0.4)
    assert isinstance(outcome, TimedOut), outcome
    assert outcome.seconds == 0.4


DIES = {
    "os._exit": ("import os; os._exit(0)", None, 0),
    "os._exit with a code": ("import os; os._exit(37)", None, 37),
    "abort": ("import os; os.abort()", signal.SIGABRT, None),
    "segfault": ("import ctypes; ctypes.string_at(0)", signal.SIGSEGV, None),
    "kill": ("import os; os.kill(os.getpid(), 15)", signal.SIGTERM, None),
    "exit in str": ("import os\n    class E(Exception):\n        def __str__(self): os._exit(5)\n    raise E", None, 5),
    "bad pointer": ("class A: __array_interface__ = {'shape': (3,), 'typestr': '<f8', 'data': (8, True), 'version': 3}\n    return A()", signal.SIGSEGV, None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "number", "code"), DIES.values(), ids=DIES.keys())
def test_a_death_is_an_outcome(call: Call, body: str, number: int | None, code: int | None) -> None:
    outcome = call(f"def f():\n    {body}\n")
    assert outcome == Died(number, code, False, outcome.output)


def test_a_dead_worker_cannot_be_asked_again(load: Load) -> None:
    worker, _ = load("import os\ndef f(): os._exit(1)\n")
    assert worker.is_alive
    assert isinstance(worker.call(function="f", inputs={}, deadline_seconds=20), Died)
    assert not worker.is_alive
    with pytest.raises(SandboxError, match="ask the sandbox for another"):
        worker.call(function="f", inputs={}, deadline_seconds=20)
    worker.close()


def test_a_call_needs_one_target(load: Load) -> None:
    worker, _ = load("")
    with pytest.raises(ValueError, match="either"):
        worker.call(inputs={}, deadline_seconds=1)


def test_a_call_before_anything_is_loaded_raises(sandbox: Sandbox) -> None:
    with sandbox.worker(Job(files={}, entry="solution.py")) as worker:
        assert isinstance(worker.load(20), Raised)
        assert isinstance(worker.call(function="f", inputs={}, deadline_seconds=20), Raised)


# --- forged and broken replies --------------------------------------------------------------------------------------

CHANNEL = """
import json, os, socket, struct, sys, threading, time
def channels():
    found = []
    for fd in range(3, 128):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"): found.append(fd)
        except OSError: pass
    return found
def write(data):
    for fd in channels():
        os.write(fd, data)
def frame(frame_id, header, body=b""):
    return b"\\n%s %08x %010x\\n" % (frame_id, len(header), len(body)) + header + body
def my_id():
    place = sys._getframe()
    while "frame_id" not in place.f_locals: place = place.f_back
    return place.f_locals["frame_id"].encode()
"""


def forging(body: str) -> str:
    return f"{CHANNEL}\ndef f(x):\n    {body}\ndef g(x):\n    return x + 1\n"


@pytest.mark.parametrize("body", [
    "write(b'\\n' * 100_000 + b'{\"value\": 1}' * 1000); return x",
    "write(frame(b'0' * 32, b'{\"d\":{\"kind\":\"returned\"}}')); return x",
    "write(struct.pack('<Q', 2**31 - 1) + b'\\n' + b'f' * 32 + b' ffffffff ffffffffff'); return x",
], ids=["noise", "another id", "lengths"])  # fmt: skip
def test_noise_on_the_channel_does_not_matter(load: Load, body: str) -> None:
    worker, loaded = load(forging(body))
    assert isinstance(loaded, Loaded)
    for function in "fgf":
        outcome = worker.call(function=function, inputs={"x": 1}, deadline_seconds=20)
        assert isinstance(outcome, Returned), outcome


@pytest.mark.parametrize(("body", "reason"), [
    ("while True: write(b'\\n' * 1_000_000)", "a flood of bytes that are no reply"),
    ("write(frame(my_id(), b'[1, 2]')); return x", "an unknown node in a header"),
    ("write(frame(my_id(), b'{' * 10)); return x", "unreadable header"),
    ("write(frame(my_id(), b'{\"d\":{\"kind\":\"returned\"}}')); return x", "no list of values"),
    ("write(b'\\n' + my_id() + b' ffffffff ffffffffff\\n'); return x", "a frame larger than allowed"),
    ("import gc, time\n    for fd in channels(): os.close(fd)\n    time.sleep(9)", "the worker closed its channel"),
], ids=["flood", "list", "no JSON", "no values", "lengths", "closed"])  # fmt: skip
def test_a_broken_reply_is_malformed(load: Load, body: str, reason: str) -> None:
    worker, loaded = load(forging(body))
    assert isinstance(loaded, Loaded)
    outcome = worker.call(function="f", inputs={"x": 1}, deadline_seconds=20)
    assert isinstance(outcome, Malformed), outcome
    assert outcome.reason.startswith(reason)
    assert not worker.is_alive


def test_a_forged_reply_is_only_a_number_and_not_the_next_reply(load: Load) -> None:
    header = '{"d":{"kind":"returned","values":{"l":[{"d":{"type":"float","array":{"a":["<f8",{"l":[]},0]},"dtype":"float64","shape":{"l":[]},"problem":null}}]},"keys":null,"container":"float","changed":{"l":[]},"warnings":{"l":[]},"seconds":0.5}}'
    plain = header.replace('["<f8",{"l":[]},0]', '["<f8",[],0]')
    worker, _ = load(forging(f"write(frame(my_id(), b'{plain}', struct.pack('<d', 42.0))); write(frame(my_id(), b'{plain}', struct.pack('<d', 43.0))); return x"))
    forged = worker.call(function="f", inputs={"x": 1}, deadline_seconds=20)
    assert isinstance(forged, Returned), forged
    assert float(forged.values[0].array) == 42
    honest = worker.call(function="g", inputs={"x": 1}, deadline_seconds=20)
    assert isinstance(honest, Returned), honest
    assert float(honest.values[0].array) == 2


def test_threads_are_welcome_and_may_stay(load: Load) -> None:
    worker, loaded = load("import queue, threading\nq, r = queue.Queue(), queue.Queue()\ndef loop():\n    while True: r.put(q.get() + 1)\nthreading.Thread(target=loop, daemon=True).start()\ndef f(x):\n    q.put(x)\n    return r.get()\n")
    assert isinstance(loaded, Loaded), loaded
    assert float(worker.call(function="f", inputs={"x": 1}, deadline_seconds=20).values[0].array) == 2


def test_a_timer_of_the_students_does_not_end_the_worker(load: Load) -> None:
    worker, _ = load("import signal\ndef g(*a): raise TimeoutError\ndef f():\n    signal.signal(signal.SIGALRM, g)\n    signal.setitimer(signal.ITIMER_REAL, 0.02)\n    return 1\n")
    for _ in range(5):
        assert isinstance(worker.call(function="f", inputs={}, deadline_seconds=20), Returned)


def test_large_inputs_and_replies_go_through(call: Call) -> None:
    x = np.arange(1_000_000.0)
    outcome = call("def f(x): return x * 2, x + 1", x=x)
    np.testing.assert_array_equal(outcome.values[0].array, 2 * x)


def test_a_reply_beyond_the_limit_is_named(call: Call) -> None:
    outcome = call("import numpy as np\ndef f(): return np.zeros(20_000_000), 1.0")
    assert [value.problem for value in outcome.values] == ["large", None]


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow() -> Any:
    with Sandbox.open(Limits(cpu_seconds=1, memory_bytes=64 << 20, file_bytes=1 << 20, open_files=32)) as opened:
        yield opened


FILLS = {
    "files": "for n in range(40): open(f'{n}', 'wb').write(bytes(1 << 20)); time.sleep(0.02)",
    "unlinked files": "for n in range(20):\n        kept.append(open('x', 'wb', 0)); kept[-1].write(bytes(1 << 20)); os.unlink('x'); time.sleep(0.05)",
}


@pytest.mark.parametrize("body", FILLS.values(), ids=FILLS.keys())
def test_a_worker_that_fills_the_disk_is_ended(body: str) -> None:
    source = f"import os, time\nkept = []\ndef f():\n    {body}\n    time.sleep(5)\n    return 1\n"
    with Sandbox.open(Limits(disk_bytes=8 << 20)) as sandbox, sandbox.worker(Job(files={"a.py": source.encode()}, entry="a.py")) as worker:
        assert isinstance(worker.load(20), Loaded)
        try:
            outcome = worker.call(function="f", inputs={}, deadline_seconds=30)
        except SandboxError as error:
            pytest.skip(str(error))  # something else wrote more than that meanwhile
    assert isinstance(outcome, Died), outcome
    assert outcome.is_out_of_disk


NARROW = {
    "memory": ("return len([bytes(10**6) for _ in range(1000)])", Raised, "MemoryError"),
    "one allocation": ("import numpy as np; return np.ones(10**8)", Raised, "MemoryError"),
    "file size": ("return open('big', 'wb', 0).write(bytes(3 << 20)) + open('big', 'ab', 0).write(b'x')", Raised, "OSError"),
    "open files": ("return len([open(f'{n}', 'w') for n in range(100)])", Raised, "OSError"),
    "processor time": ("while True: pass", TimedOut, None),
}


@pytest.mark.parametrize(("body", "kind", "error"), NARROW.values(), ids=NARROW.keys())
def test_limits_hold(narrow: Sandbox, body: str, kind: type, error: str | None) -> None:
    with narrow.worker(Job(files={"solution.py": f"def f():\n    {body}\n".encode()}, entry="solution.py")) as worker:
        assert isinstance(worker.load(20), Loaded)
        outcome = worker.call(function="f", inputs={}, deadline_seconds=30)
    assert isinstance(outcome, kind), outcome
    assert getattr(outcome, "error", None) == error
    if isinstance(outcome, TimedOut):
        assert outcome.cpu_used_up
