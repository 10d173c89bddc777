"""What a program cannot reach: network, host, privileges, other programs."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_programs import fails_with, function, program

from monkeys.sandbox import Sandbox, Worker


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    os.environ["HOST_SECRET"] = "hunter2"
    worker = Worker(sandbox)
    yield worker
    worker.close()
    del os.environ["HOST_SECRET"]


def test_no_network(worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)"
        exec(text)
        assert fails_with(worker.run(program(text)), "PermissionError")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0monkeys-test-{os.getpid()}")
        server.listen()
        text = f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0monkeys-test-{os.getpid()}')"
        exec(text)
        assert fails_with(worker.run(program(text)), "ConnectionRefusedError")
    text = "names = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]\nassert names == ['lo'], names"
    assert worker.run(program(text)).outcome == "passed"


def test_no_files_of_the_host(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in (tmp_path / "secret", Path(__file__), Path(sys.executable)):
        assert path.exists()
        assert worker.run(program(f"import os\nassert not os.path.exists({str(path)!r})")).outcome == "passed", path


def test_no_environment_of_the_host(worker: Worker) -> None:
    assert fails_with(worker.run(program("import os\nassert 'HOST_SECRET' in os.environ")), "AssertionError")
    text = "import glob\nfor path in glob.glob('/proc/[0-9]*/environ'):\n    open(path, 'rb').read()"
    assert fails_with(worker.run(program(text)), "PermissionError")


SIGNALS = """
import signal
ignored = {number for number in signal.valid_signals() if signal.getsignal(number) == signal.SIG_IGN}
assert ignored == {signal.SIGPIPE, signal.SIGXFSZ}, ignored
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""


def test_signals_that_the_caller_ignores_or_blocks_are_not(sandbox: Sandbox) -> None:
    """As under nohup, or in the background of a shell."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        worker = Worker(sandbox)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)
    try:
        for step in (program(SIGNALS), function(f"{SIGNALS}def f(): pass", "pass")):
            execution = worker.run(step)
            assert (execution.outcome, execution.detail) == ("passed", "")
    finally:
        worker.close()


def test_no_processes_of_the_host(worker: Worker) -> None:
    text = "import os\nassert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 5"
    assert worker.run(program(text)).outcome == "passed"


def test_no_privileges(worker: Worker) -> None:
    text = "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\nassert int(status['CapEff'], 16) == int(status['CapBnd'], 16) == 0\nassert status['NoNewPrivs'].strip() == '1'"
    assert worker.run(program(text)).outcome == "passed"
    assert worker.run(program("import os\nassert os.getuid() == os.geteuid() == 65534")).outcome == "passed"
    assert worker.run(program("import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == -1")).outcome == "passed"


@pytest.mark.parametrize("path", ["/usr/x", "/x", "/etc/x", "/proc/sys/kernel/hostname"])
def test_system_is_read_only(worker: Worker, path: str) -> None:
    assert fails_with(worker.run(program(f"open({path!r}, 'w').write('x')")), "Read-only file system", "Permission denied")


def test_file_in_dev_does_not_stay(worker: Worker, sandbox: Sandbox) -> None:
    """Apptainer leaves /dev open to its user; bubblewrap's cannot be written to."""
    written = worker.run(program("open('/dev/x', 'w').write('x')"))
    assert sandbox.kind == "apptainer" or fails_with(written, "Read-only file system")
    assert worker.run(program("import os\nassert not os.path.exists('/dev/x')")).outcome == "passed"


@pytest.mark.parametrize(
    "text",
    [
        "import os, builtins\nbuiltins.len = None\nos.getpid = None\nopen('/tmp/left', 'w')\nopen('/dev/shm/left', 'w')",
        "import os\nos.mkdir('a'); open('a/b', 'w'); os.chmod('a', 0); os.symlink('/usr', '/tmp/link'); os.mkfifo('/tmp/pipe')",
        "import os\nos.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a/b', 0); os.chmod('a', 0)",
        "import os\nfor _ in range(3000):\n    os.mkdir('a')\n    os.chdir('a')",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)",
        "import os, signal, time\nfor _ in range(20):\n    if os.fork() == 0:\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        time.sleep(600)",
        "import os\nfor fd in range(200):\n    try: os.close(fd)\n    except OSError: pass",
        "import random, sys\nrandom.seed(1)\nsys.modules.clear()\nsys.path[:] = ['/nowhere']",
        "import os\nos.chdir('/')\nos.nice(10)",
        "import os\nos.rmdir(os.getcwd())",
    ],
)
def test_next_program_finds_clean_sandbox(worker: Worker, text: str) -> None:
    worker.run(program(text))
    check = (
        "import os\n"
        "assert os.listdir('.') == [] and os.listdir('/tmp') == [os.path.basename(os.getcwd())] and os.listdir('/dev/shm') == []\n"
        "assert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 5\n"
        f"assert len('abc') == 3 and os.nice(0) == {os.nice(0)}"
    )
    execution = worker.run(program(check))
    assert (execution.outcome, execution.detail) == ("passed", "")
