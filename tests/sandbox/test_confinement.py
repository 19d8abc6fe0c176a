"""What each layer stops by itself, with all the others switched off; then what they stop together."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox.layers import LAYERS
from autograder.sandbox.outcomes import Loaded, Returned
from autograder.sandbox.supervisor import Confinement, Job, Sandbox, probe_layers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these layers exist on Linux only")
is_root = hasattr(os, "geteuid") and os.geteuid() == 0
HELD = {layer.name: layer for layer in probe_layers()} if sys.platform == "linux" else {}

# Each probe tries one thing and returns 0 if it worked, else the number of the error.
PROBES = b"""
import ctypes, errno, os, resource, signal, socket, sys, threading
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        action()
    except OSError as error:
        return error.errno
    return 0

def system_call(*arguments):
    def run():
        if libc.syscall(*arguments) < 0: raise OSError(ctypes.get_errno(), "refused")
    return attempt(run)

def read(path): return attempt(lambda: os.close(os.open(path, os.O_RDONLY)))
def write(path): return attempt(lambda: os.close(os.open(path, os.O_WRONLY)))
def list_folder(path): return attempt(lambda: os.listdir(path))
def create_in(path): return attempt(lambda: os.close(os.open(os.path.join(path, "planted"), os.O_WRONLY | os.O_CREAT)))
def chmod(path): return attempt(lambda: os.chmod(path, 0o600))
def remove(path): return attempt(lambda: os.unlink(path))
def signal_to(pid): return attempt(lambda: os.kill(pid, 0))
def signal_all(): return attempt(lambda: os.kill(-1, 0))
def signal_group(): return attempt(lambda: os.kill(0, 0))
def signal_self(): return attempt(lambda: os.kill(os.getpid(), 0))
def lower_priority(pid): return attempt(lambda: os.setpriority(os.PRIO_PROCESS, pid, 10))
def pin(pid): return attempt(lambda: os.sched_setaffinity(pid, {0, 1}))
def limit(pid): return attempt(lambda: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)))
def own_limits(): return attempt(lambda: resource.getrlimit(resource.RLIMIT_CORE))
def read_memory(pid): return attempt(lambda: open(f"/proc/{pid}/mem", "rb").close())
def read_environment(pid): return attempt(lambda: open(f"/proc/{pid}/environ", "rb").read())
def tcp(port): return attempt(lambda: socket.create_connection(("127.0.0.1", port), 2).close())
def udp(): return attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())
def unix(): return attempt(lambda: socket.socket(socket.AF_UNIX).close())
def pair(): return attempt(lambda: [s.close() for s in socket.socketpair()])
def fork():
    def run():
        if (pid := os.fork()) == 0: os._exit(0)
        os.waitpid(pid, 0)
    return attempt(run)
def execute(): return attempt(lambda: os.execv("/nowhere/program", ["x"]))
def thread():
    t = threading.Thread(target=lambda: None); t.start(); t.join(); return 0
def ptrace(pid): return system_call(101 if os.uname().machine == "x86_64" else 117, 16, pid, 0, 0)
def keyctl(): return system_call(250 if os.uname().machine == "x86_64" else 219, 0, -3, 0)
def memfd(): return attempt(lambda: os.close(os.memfd_create("x")))
def newest(): return system_call(467, 0)
def session(): return int(os.getsid(0) != os.getpid())
def outlive(): return libc.prctl(1, 0, 0, 0, 0) and ctypes.get_errno()
def secret_names(): return int("CANARY" in os.environ) + int(b"CANARY" in open("/proc/self/environ", "rb").read())
def inherited():
    found = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if int(n) > 2 and os.path.lexists(f"/proc/self/fd/{n}")]
    return len([f for f in found if not f.startswith("/")])
def folder(): return int(os.getcwd() == "/")
def flag(name): return [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)][0]
def capabilities(): return int([line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")][0], 16)
def dumpable(): return libc.prctl(3, 0, 0, 0, 0)
def death_signal():
    number = ctypes.c_int(); libc.prctl(2, ctypes.byref(number), 0, 0, 0); return number.value
def soft_limit(number): return resource.getrlimit(number)[0]
"""


class Prober:
    """A worker with chosen layers, and what it answers."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def __call__(self, probe: str, *arguments: Any) -> int:
        inputs = {str(n): value for n, value in enumerate(arguments)}
        outcome = self._worker.call(function=probe, inputs=inputs, deadline_seconds=20)
        assert isinstance(outcome, Returned), outcome
        return int(outcome.values[0].array)


@contextmanager
def only(*names: str) -> Iterator[Prober]:
    """Give a worker that has these layers and no other."""
    if missing := [name for name in names if not HELD[name].held]:
        pytest.skip(f"does not hold here: {missing[0]} ({HELD[missing[0]].reason})")
    with (
        Sandbox.open(confinement=Confinement(frozenset(LAYERS) - {*names, "process"})) as sandbox,
        sandbox.worker(Job(files={"probes.py": PROBES}, entry="probes.py")) as worker,
    ):
        assert [layer.name for layer in sandbox.layers if layer.held] == [n for n in LAYERS if n in {*names, "process"}]
        assert isinstance(worker.load(20), Loaded)
        yield Prober(worker)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "reference.py"
    path.write_text("answer = 42")
    path.chmod(0o600)
    return path


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


NOWHERE = {errno.EACCES, errno.EPERM, errno.ESRCH}


def test_without_any_layer_everything_is_open(secret: Path, port: int) -> None:
    with only() as probe:
        assert [probe("read", str(secret)), probe("write", str(secret)), probe("signal_to", os.getpid())] == [0, 0, 0]
        assert [probe("tcp", port), probe("udp"), probe("fork"), probe("memfd"), probe("session")] == [0, 0, 0, 0, 1]
        assert [probe("lower_priority", 0), probe("flag", "NoNewPrivs"), probe("death_signal")] == [0, 0, 0]


def test_another_user_alone(secret: Path) -> None:
    with only("user") as probe:
        assert {probe("read", str(secret)), probe("write", str(secret)), probe("remove", str(secret))} <= NOWHERE
        assert {probe(name, os.getpid()) for name in ("signal_to", "lower_priority", "pin", "limit", "read_memory", "read_environment", "ptrace")} <= NOWHERE - {errno.ESRCH}
        assert probe("capabilities") == 0
        assert [probe("read", "/etc/passwd"), probe("udp"), probe("fork")] == [0, 0, 0]


def test_landlock_alone(secret: Path, port: int, tmp_path: Path) -> None:
    with only("landlock", "privileges") as probe:
        assert [probe("read", path) for path in (str(secret), "/etc/passwd", f"/proc/{os.getpid()}/status")] == [errno.EACCES] * 3
        assert [probe("write", str(secret)), probe("create_in", str(tmp_path)), probe("remove", str(secret))] == [errno.EACCES] * 3
        assert [probe("list_folder", path) for path in ("/", "/proc", "/tmp", str(tmp_path))] == [errno.EACCES] * 4
        assert [probe("create_in", os.path.expanduser("~")), probe("write", __file__)] == [errno.EACCES] * 2
        assert [probe("read", os.__file__), probe("read", "/proc/self/status"), probe("read", "/dev/urandom")] == [0, 0, 0]
        assert [probe("udp"), probe("fork")] == [0, 0]
        if int(HELD["landlock"].reason.split()[1].rstrip(",")) >= 6:
            assert [probe("tcp", port), probe("signal_to", os.getpid()), probe("signal_self")] == [errno.EACCES, errno.EPERM, 0]
    assert secret.read_text() == "answer = 42"


def test_seccomp_alone(secret: Path, port: int) -> None:
    with only("seccomp", "privileges") as probe:
        refused = ["udp", "unix", "fork", "execute", "memfd", "keyctl", "signal_all", "signal_group", "outlive"]
        assert {name: probe(name) for name in refused} == dict.fromkeys(refused, errno.EPERM)
        assert probe("tcp", port) == errno.EPERM
        on_others = ["signal_to", "lower_priority", "pin", "limit", "ptrace"]
        assert {name: probe(name, os.getpid()) for name in on_others} == dict.fromkeys(on_others, errno.EPERM)
        assert [probe("signal_self"), probe("lower_priority", 0), probe("pin", 0), probe("limit", 0), probe("own_limits")] == [0] * 5
        assert [probe("thread"), probe("pair"), probe("newest")] == [0, 0, errno.ENOSYS]
        assert probe("read", str(secret)) == 0
        assert probe("chmod", str(secret)) == 0
    assert secret.stat().st_mode & 0o777 == 0o600


def test_chmod_does_nothing_where_the_worker_has_the_graders_user(secret: Path) -> None:
    secret.chmod(0o644)
    with only("seccomp", "privileges") as probe:
        assert probe("chmod", str(secret)) == 0
    assert secret.stat().st_mode & 0o777 == 0o644


def test_a_scrubbed_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "token")
    with only("environment") as probe:
        assert probe("secret_names") == 0
    with only() as probe:
        assert probe("secret_names") == 2


def test_a_session_alone() -> None:
    with only("session") as probe:
        assert [probe("session"), probe("signal_group")] == [0, 0]


def test_closed_descriptors_alone() -> None:
    with only("descriptors") as probe:
        assert probe("inherited") == 2  # the channel and where prints go
    with only() as probe:
        assert probe("inherited") > 2


def test_an_own_folder_alone() -> None:
    with only("folder") as probe:
        assert probe("folder") == 0


def test_limits_alone() -> None:
    import resource

    with only("limits") as probe:
        assert [probe("soft_limit", number) for number in (resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE)] == [0, 300, 128]
        assert probe("soft_limit", resource.RLIMIT_AS) < 2 << 30


def test_no_new_privileges_alone() -> None:
    with only("privileges") as probe:
        assert [probe("flag", "NoNewPrivs"), probe("capabilities")] == [1, 0]


@pytest.mark.skipif(not is_root, reason="a worker of another user is sealed by that alone; only root's is not")
def test_a_sealed_worker_alone() -> None:
    with only("sealed") as probe:
        assert probe("dumpable") == 0
    with only() as probe:
        assert probe("dumpable") == 1


def test_a_lifeline_alone() -> None:
    with only("lifeline") as probe:
        assert probe("death_signal") == signal.SIGKILL


def test_a_limit_of_processes_alone() -> None:
    bomb = b"""
import os, time
def f():
    count = 0
    try:
        while count < 300:
            if os.fork() == 0: time.sleep(60); os._exit(0)
            count += 1
    except OSError: pass
    return count
"""
    names = ("user", "processes") if is_root else ("processes",)
    if not all(HELD[name].held for name in names):
        pytest.skip("does not hold here")
    without = frozenset(LAYERS) - {*names, "process"}
    with Sandbox.open(confinement=Confinement(without)) as sandbox:
        with sandbox.worker(Job(files={"bomb.py": bomb}, entry="bomb.py")) as worker:
            assert isinstance(worker.load(20), Loaded)
            outcome = worker.call(function="f", inputs={}, deadline_seconds=20)
            assert isinstance(outcome, Returned), outcome
            assert 10 < int(outcome.values[0].array) <= 128
        assert sandbox.notes == []


# --- together -----------------------------------------------------------------------------------------------------


def test_every_layer_says_what_it_is_for() -> None:
    assert [layer.name for layer in HELD.values()] == list(LAYERS)
    for layer in HELD.values():
        assert layer.protects.endswith(".")
        assert layer.lost.endswith(".")
        assert layer.reason
    expected = set(LAYERS) - (set() if is_root else {"user"})
    assert {name for name, layer in HELD.items() if layer.held} >= expected - {"landlock", "seccomp", "user", "processes"}


def test_an_unknown_layer_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="no such layer: lanlock"):
        Confinement(frozenset({"lanlock"}))


def test_a_layer_that_is_switched_off_says_so() -> None:
    (layer,) = (layer for layer in probe_layers(Confinement(frozenset({"seccomp"}))) if layer.name == "seccomp")
    assert (layer.held, layer.reason) == (False, "switched off")


@pytest.mark.skipif(not is_root, reason="needs root to give workers a user of their own")
def test_workers_have_users_of_their_own_and_nothing_of_each_other(sandbox: Sandbox) -> None:
    job = Job(files={"probes.py": PROBES + b"def uid(): return os.getuid()\n", "mine.txt": b"x"}, entry="probes.py")
    with sandbox.worker(job) as first, sandbox.worker(job) as second:
        assert isinstance(first.load(20), Loaded)
        assert isinstance(second.load(20), Loaded)
        one, two = Prober(first), Prober(second)
        assert one("uid") != two("uid")
        folder, pid = first._process.ward["folder"], first._process.ward["pid"]
        assert {two("read", f"{folder}/mine.txt"), two("list_folder", folder), two("list_folder", os.path.dirname(folder))} == {errno.EACCES}
        assert {two("signal_to", pid), two("read_memory", pid), two("read_environment", pid)} <= NOWHERE
        assert one("read", f"{folder}/mine.txt") == 0


def test_temporary_files_can_be_written_by_honest_code(sandbox: Sandbox) -> None:
    source = b"""
import logging, os, pathlib, tempfile
import numpy as np
def f():
    open("/tmp/homework-log.txt", "w").write("x")
    np.save("/tmp/homework-array.npy", np.arange(3))
    logging.basicConfig(filename="/tmp/homework.log")
    pathlib.Path("notes.txt").write_text("y")
    with tempfile.NamedTemporaryFile() as file: file.write(b"z")
    return np.load("/tmp/homework-array.npy").sum()
"""
    for _ in range(2):  # the second worker is another user: the first one's files must be gone
        with sandbox.worker(Job(files={"a.py": source}, entry="a.py")) as worker:
            assert isinstance(worker.load(20), Loaded)
            outcome = worker.call(function="f", inputs={}, deadline_seconds=20)
            assert isinstance(outcome, Returned), outcome
            assert outcome.values[0].array == 3
    assert not list(Path("/tmp").glob("homework*"))


POOLS = {
    "Pool": "with mp.Pool(4) as pool: return sum(pool.map(square, range(10)))",
    "ProcessPoolExecutor": "with futures.ProcessPoolExecutor(3) as pool: return sum(pool.map(square, range(10)))",
    "Process and Queue": "q = mp.Queue(); p = mp.Process(target=q.put, args=(285,)); p.start(); r = q.get(); p.join(); return r",
    "ThreadPool": "with futures.ThreadPoolExecutor(20) as pool: return sum(pool.map(square, range(10)))",
}


@pytest.mark.parametrize("body", POOLS.values(), ids=POOLS.keys())
def test_honest_parallel_code_runs(sandbox: Sandbox, body: str) -> None:
    if "Thread" not in body and not is_root:
        pytest.skip("processes can only be started under a user of their own, which needs root")
    source = f"import multiprocessing as mp\nfrom concurrent import futures\ndef square(x): return x * x\ndef f():\n    {body}\n"
    with sandbox.worker(Job(files={"a.py": source.encode()}, entry="a.py")) as worker:
        assert isinstance(worker.load(20), Loaded)
        outcome = worker.call(function="f", inputs={}, deadline_seconds=20)
    assert isinstance(outcome, Returned), outcome
    assert outcome.values[0].array == 285


@pytest.mark.skipif(not is_root, reason="needs root to give workers a user of their own")
def test_user_and_seccomp_together() -> None:
    with only("user", "seccomp", "privileges") as probe:
        assert [probe("fork"), probe("thread"), probe("signal_self"), probe("signal_group")] == [0] * 4
        assert [probe("signal_to", os.getpid()), probe("signal_to", os.getppid()), probe("execute"), probe("udp")] == [errno.EPERM] * 4
        assert {probe(name, os.getpid()) for name in ("lower_priority", "pin", "limit", "ptrace")} == {errno.EPERM}


def test_workers_without_a_nursery(sandbox: Sandbox) -> None:
    del sandbox
    source = b"import os, random, time\ndef f(x): return x + 1\ndef hang():\n    while True: time.sleep(1)\nprint('hello')\n"
    with Sandbox.open(fork=False) as direct:
        with direct.worker(Job(files={"a.py": source}, entry="a.py")) as worker:
            loaded = worker.load(60)
            assert isinstance(loaded, Loaded), loaded
            assert loaded.output == "hello\n"
            outcome = worker.call(function="f", inputs={"x": 1}, deadline_seconds=20)
            assert isinstance(outcome, Returned), outcome
            assert outcome.values[0].array == 2
            pid = worker._process.ward["pid"]
            worker.call(function="hang", inputs={}, deadline_seconds=0.2)
        held = {layer.name for layer in direct.layers if layer.held}
        assert {"process", "environment", "session", "folder", "limits"} <= held
        assert "user" not in held
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
