"""Whatever a submission leaves behind is gone when its worker is, and nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from autograder.sandbox import sweep
from autograder.sandbox.outcomes import Died, Loaded, Returned, TimedOut
from autograder.sandbox.supervisor import Confinement, Job, Sandbox, SandboxError, Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
is_root = hasattr(os, "geteuid") and os.geteuid() == 0

# Layers to leave out so that processes can be started at all, for each way to find them again.
OPEN: dict[str, frozenset[str]] = {
    "full": frozenset(),
    "by user": frozenset({"seccomp", "landlock", "lifeline", "session"}),
    "by descent": frozenset({"seccomp", "landlock", "lifeline", "session", "user"}),
}


@pytest.fixture(params=OPEN, ids=[name.replace(" ", "-") for name in OPEN])
def permissive(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox in which processes can be started, swept in each of the two ways."""
    if request.param in ("full", "by user") and not is_root:
        pytest.skip("needs root to give workers a user of their own")
    with Sandbox.open(confinement=Confinement(OPEN[request.param])) as opened:
        yield opened


def started(sandbox: Sandbox, source: str) -> Worker:
    worker = sandbox.worker(Job(files={"a.py": dedent(source).encode()}, entry="a.py"))
    loaded = worker.load(20)
    assert isinstance(loaded, Loaded), loaded
    return worker


def ask(worker: Worker, function: str = "f", seconds: float = 20, **inputs: Any) -> Any:
    return worker.call(function=function, inputs=inputs, deadline_seconds=seconds)


def number(outcome: Any) -> int:
    assert isinstance(outcome, Returned), outcome
    return int(outcome.values[0].array)


def is_alive(pid: int) -> bool:
    return sweep._state(pid) not in ("Z", "X")


def eventually(claim: Callable[[], bool]) -> bool:
    for _ in range(400):
        if claim():
            return True
        time.sleep(0.01)
    return False


DAEMON = """
import os, signal, time
def daemon():
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if (pid := os.fork()) > 0: os._exit(0)
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.write(write, str(os.getpid()).encode())
        while True: time.sleep(1)
    os.wait()
    return int(os.read(read, 20))
def child():
    if (pid := os.fork()) == 0:
        while True: time.sleep(1)
    return pid
def hang():
    while True: time.sleep(1)
def vanish(): os._exit(0)
"""


@pytest.mark.parametrize("ending", ["close", "hang", "vanish"])
def test_what_a_worker_started_dies_with_it(permissive: Sandbox, ending: str) -> None:
    worker = started(permissive, DAEMON)
    pids = [number(ask(worker, "daemon")), number(ask(worker, "child")), number(ask(worker, "daemon"))]
    assert all(is_alive(pid) for pid in pids)
    if ending != "close":
        outcome = ask(worker, ending, 0.2 if ending == "hang" else 20)
        assert isinstance(outcome, TimedOut if ending == "hang" else (Died, TimedOut)), outcome
    worker.close()
    assert not any(is_alive(pid) for pid in pids)
    assert permissive.notes == []


def test_a_running_fork_bomb_is_ended(permissive: Sandbox) -> None:
    worker = started(permissive, """
        import os, time
        def f():
            for _ in range(4):
                os.fork()  # 16 processes
            end = time.monotonic() + 5
            while time.monotonic() < end:  # which go on as their own children
                try:
                    if os.fork(): os._exit(0)
                except OSError: pass
            os._exit(0)
    """)  # fmt: skip
    assert isinstance(ask(worker, seconds=0.3), (TimedOut, Died))
    assert permissive.notes == []
    with started(permissive, "def f(): return 1") as other:
        assert number(ask(other)) == 1


def test_other_workers_are_spared(permissive: Sandbox) -> None:
    with started(permissive, DAEMON) as first, started(permissive, DAEMON + "def f(): return 1") as second:
        assert is_alive(number(ask(first, "daemon")))
        first.close()
        assert number(ask(second)) == 1


LITTER = {
    "many files": "for n in range(300): open(f'{n}', 'w').close()",
    "deep folders": "for n in range(1200): os.mkdir('d'); os.chdir('d')",
    "long names": "for n in range(40): os.mkdir('n' * 250); os.chdir('n' * 250)",
    "closed folders": "os.makedirs('a/b/c'); open('a/b/c/x', 'w').close(); os.chmod('a/b/c', 0); os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)",
    "links": "[os.symlink(t, n) for n, t in (('etc', '/etc'), ('root', '/'), ('up', '..'), ('loop', 'loop'), ('pw', '/etc/passwd'))]; os.symlink(outside, 'outside')",
    "special files": "os.mkfifo('fifo'); import socket; socket.socket(socket.AF_UNIX).bind('sock')",
    "odd names": "[open(n, 'w').close() for n in (b'\\xff\\xfe', b'-rf', b'a\\nb', b' ')]",
    "folder made a link": "os.mkdir('x'); os.rename('x', 'y'); os.symlink('/etc', 'x')",
    "umask": "os.umask(0o777); os.makedirs('p/q', exist_ok=True) if 0 else os.mkdir('p')",
}


@pytest.mark.parametrize("litter", LITTER.values(), ids=LITTER.keys())
def test_the_folder_is_removed_and_links_are_not_followed(permissive: Sandbox, litter: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("kept")
    outside.chmod(0o777)
    if litter.startswith("os.mkfifo") and "seccomp" not in permissive._starter._confinement.without:
        litter = "os.mkfifo('fifo')"  # no sockets there
    worker = started(permissive, f"import os\ndef f(outside):\n    {litter}\n    return 1\n")
    folder = Path(worker._process.ward["folder"])
    assert number(ask(worker, outside=str(outside))) == 1
    assert folder.is_dir()
    worker.close()
    assert not folder.exists()
    assert (outside / "keep").read_text() == "kept"
    assert Path("/etc/passwd").exists()
    assert permissive.notes == []


@pytest.mark.skipif(not is_root, reason="files in shared folders are told apart by their owner, which needs root")
def test_files_in_shared_folders_are_removed_by_owner(permissive: Sandbox) -> None:
    if "user" in permissive._starter._confinement.without:
        pytest.skip("this worker has the grader's user")
    ours = [Path(folder) / "test-sweeping-ours" for folder in ("/tmp", "/var/tmp", "/dev/shm")]
    shared = Path("/tmp/test-sweeping-shared")
    shared.mkdir(exist_ok=True)
    shared.chmod(0o777)
    for path in ours:
        path.write_text("ours")
    worker = started(permissive, """
        import os, posix
        def f():
            reached = 0
            for folder in ("/tmp", "/var/tmp", "/dev/shm", "/tmp/test-sweeping-shared"):
                try:
                    posix.close(posix.open(f"{folder}/numpy.py", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                except PermissionError:
                    continue
                reached += 1
                for name in ("sitecustomize.py", "json.py"):
                    open(f"{folder}/{name}", "x").write("raise SystemExit")
                os.makedirs(f"{folder}/test-sweeping/a/b"); open(f"{folder}/test-sweeping/a/b/c", "w").close()
                os.symlink("/etc", f"{folder}/test-sweeping-link")
            return reached
    """)  # fmt: skip
    closed = "landlock" not in permissive._starter._confinement.without  # to all of them but shared memory
    try:
        assert number(ask(worker)) == (1 if closed else 4)
        worker.close()
        for folder in (*(path.parent for path in ours), shared):
            left = {path.name for path in folder.iterdir()}
            assert not left & {"numpy.py", "sitecustomize.py", "json.py", "test-sweeping", "test-sweeping-link"}
        assert [path.read_text() for path in ours] == ["ours"] * 3
    finally:
        for path in ours:
            path.unlink()
        shared.rmdir()


# --- when the grader's own processes end -----------------------------------------------------------------------------


def test_a_lost_nursery_is_replaced() -> None:
    with Sandbox.open() as sandbox:
        worker = started(sandbox, "import time\ndef f(): return 1\ndef hang(): time.sleep(60)")
        pid = worker._process.ward["pid"]
        nursery = sandbox._starter._nursery
        nursery.kill()
        nursery.wait()
        assert eventually(lambda: not is_alive(pid))  # the lifeline
        assert isinstance(ask(worker), (Died, TimedOut))
        with started(sandbox, "def f(): return 2") as other:
            assert number(ask(other)) == 2
        assert sandbox.notes == ["the process that starts workers was lost and replaced"]


def test_a_nursery_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.sandbox.processes._BOOT", "import sys; sys.exit('no numpy here {root} {module}')")
    with Sandbox.open() as sandbox, pytest.raises(SandboxError, match="no numpy here"):
        sandbox.worker(Job(files={}, entry="a.py"))
    assert not os.path.exists(sandbox._starter._folder)


def test_a_worker_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.sandbox.processes._BOOT", "import sys; sys.exit('broken {root} {module}')")
    with Sandbox.open(fork=False) as sandbox, pytest.raises(SandboxError, match="a worker did not start"):
        sandbox.worker(Job(files={}, entry="a.py"))


def test_a_grader_that_is_killed_leaves_nothing() -> None:
    program = dedent("""
        import time
        from autograder.sandbox.supervisor import Job, Sandbox
        sandbox = Sandbox.open()
        worker = sandbox.worker(Job(files={"a.py": b"import time\\ndef f(): time.sleep(60)"}, entry="a.py"))
        worker.load(20)
        ward = worker._process.ward
        print(ward["pid"], sandbox._starter._nursery.pid, ward["folder"], flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        pid, nursery, folder = grader.stdout.readline().split()
        assert is_alive(int(pid))
        grader.kill()
    assert eventually(lambda: not is_alive(int(pid)) and not is_alive(int(nursery)))
    assert eventually(lambda: not os.path.exists(os.path.dirname(folder)))


def test_a_closed_sandbox_leaves_nothing() -> None:
    with Sandbox.open() as sandbox:
        worker = started(sandbox, "def f(): return 1")
        folder, pid = worker._process.ward["folder"], worker._process.ward["pid"]
    assert not is_alive(pid)
    assert not os.path.exists(os.path.dirname(folder))
    sandbox.close()


def test_signals_that_the_grader_ignores_or_blocks_are_normal_in_a_worker() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        with Sandbox.open() as sandbox, started(sandbox, """
            import signal
            def f():
                normal = all(signal.getsignal(n) == signal.SIG_DFL for n in (signal.SIGTERM, signal.SIGUSR1))
                return normal and not signal.pthread_sigmask(signal.SIG_BLOCK, []) and callable(signal.getsignal(signal.SIGINT))
        """) as worker:  # fmt: skip
            assert number_of(worker) == 1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)


def number_of(worker: Worker) -> int:
    return number(ask(worker))


LATER = float("inf")


def test_empty_folder_works_without_root(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "a" / "b").mkdir(parents=True)
    (target / "a" / "link").symlink_to(tmp_path / "keep")
    (tmp_path / "keep").write_text("kept")
    (target / "a" / "b").chmod(0)
    sweep.empty_folder(str(target), LATER)
    assert list(target.iterdir()) == []
    assert (tmp_path / "keep").read_text() == "kept"
    sweep.empty_folder(str(tmp_path / "no such folder"), LATER)
    (tmp_path / "link").symlink_to(tmp_path)
    sweep.empty_folder(str(tmp_path / "link"), LATER)
    assert (tmp_path / "keep").exists()


def test_what_takes_too_long_to_remove_is_left(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    sweep.empty_folder(str(tmp_path), time.monotonic())
    assert (tmp_path / "kept").exists()


AS_ANOTHER = """
    import os, subprocess, sys, time
    from autograder.sandbox import sweep
    UID, KILLER = 1_234_560, 1_234_561
    def sleeper(**user): return subprocess.Popen(["/bin/sleep", "60"], **user)
    ours, theirs = sleeper(), sleeper(user=UID, group=UID)
    before = os.getgroups(), os.getresuid(), os.getresgid()
    assert sweep.can_act_as(UID, KILLER)
    with sweep.acting_as(UID, KILLER):
        for action in (lambda: os.kill(ours.pid, 9), lambda: os.listdir("/root"), lambda: os.chown("/tmp", 0, 0)):
            try:
                action()
            except PermissionError:
                continue
            raise AssertionError("this is a power of root")
    assert (os.getgroups(), os.getresuid(), os.getresgid()) == before
    assert sweep.has_processes(UID) and not sweep.has_processes(KILLER)
    sweep.kill_all_as(UID, KILLER)
    assert theirs.wait(20) == -9
    assert not sweep.has_processes(UID)
    assert ours.poll() is None
    ours.kill()
    ours.wait()
    print("all held")
"""


@pytest.mark.skipif(not is_root, reason="only root can act as another user")
def test_who_acts_as_another_has_no_power_but_that_users() -> None:
    done = subprocess.run([sys.executable, "-c", dedent(AS_ANOTHER)], capture_output=True, text=True, timeout=100,
                          cwd=Path(__file__).parents[2])
    assert (done.stdout, done.returncode) == ("all held\n", 0), done.stderr


@pytest.mark.skipif(not is_root, reason="only root can act as another user")
def test_without_a_change_of_powers_nobody_is_acted_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_effective_capabilities", lambda: 1 << 5)  # it may still signal everybody
    assert not sweep.can_act_as(1_234_560, 1_234_561)
    monkeypatch.setattr(os, "setresgid", refuse)
    assert not sweep.can_act_as(1_234_560, 1_234_561)


def refuse(*ids: int) -> None:
    if ids != (0, 0, 0):
        raise PermissionError(1, "not here")
