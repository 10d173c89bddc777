import contextlib
import json
import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from project import ROOT

from monkeys.errors import InfrastructureError, InputError
from monkeys.sandbox import apptainer, images
from monkeys.sandbox.launching import NOBODY, identity, kill, stop, unprivileged

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, who becomes nobody")
SERVER = "import sys; print('ready', flush=True); sys.stdin.read()"
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""
FACTS = """
import ctypes, json, os, socket, stat, sys

def trial(action):
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "done"

def fill(folder):
    written = 0
    try:
        with open(folder + "/large", "wb", buffering=0) as file:
            while written < 1 << 28:
                written += file.write(bytes(1 << 20))
    except OSError:
        pass
    os.unlink(folder + "/large")
    return written >> 20

def writable():
    for parent, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(parent, name) != "/proc"]
        for path in [parent, *(os.path.join(parent, name) for name in files)]:
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode) and not stat.S_ISCHR(mode) and os.access(path, os.W_OK):
                yield path

def settings():
    for parent, folders, files in os.walk("/proc/sys"):
        for path in (os.path.join(parent, name) for name in files):
            if os.access(path, os.W_OK):
                yield path

def new_namespace(call):
    pid = os.fork()
    if pid == 0:
        os._exit(call() == -1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

libc = ctypes.CDLL(None, use_errno=True)
user = ctypes.c_ulong(0x10000000)
sys.path.append("/packages")
import numpy
import bz2, lzma, sqlite3, ssl, unittest, zoneinfo
facts = {
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(),
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "addresses": trial(lambda: socket.create_connection(("192.0.2.1", 80), timeout=5)),
    "host": trial(lambda: socket.create_connection(("127.0.0.1", PORT), timeout=5)),
    "hostname": socket.gethostname(),
    "core_pattern": trial(lambda: open("/proc/sys/kernel/core_pattern", "w")),
    "settings": list(settings()),
    "writable": sorted(writable()),
    "root": trial(lambda: open("/file", "w")),
    "space": {folder: fill(folder) for folder in ("/tmp", "/var/tmp", "/dev/shm", "/dev")},
    "home": os.listdir("/home"),
    "passwd": [line.split(":")[0] for line in open("/etc/passwd")],
    "there": [path for path in PATHS if os.path.exists(path)],
    "process": [os.getpid(), sorted(name for name in os.listdir("/proc") if name.isdigit())],
    "process_1": open("/proc/1/environ").read(),
    "namespaces": {name: os.readlink("/proc/self/ns/" + name) for name in ("user", "pid", "ipc", "net", "mnt", "uts")},
    "status": dict(line.rstrip().split(":\\t") for line in open("/proc/self/status") if line.startswith(("Cap", "NoNewPrivs"))),
    "unshare": new_namespace(lambda: libc.unshare(0x10000000)),
    "clone": new_namespace(lambda: libc.syscall(56, ctypes.c_ulong(0x10000000 | 17), 0, 0, 0, 0)) if os.uname().machine == "x86_64" else False,
    "fork": new_namespace(lambda: 0),
    "numpy": [numpy.__version__, float(numpy.linalg.det(numpy.eye(3)))],
    "stale": [m.__file__ for m in (json, numpy, numpy.linalg) if open(m.__cached__, "rb").read(5)[4] != 1],
    "python": list(sys.version_info[:2]),
}
print(json.dumps(facts))
"""


def inside(image: Path, program: str) -> str:
    """What a program prints in the sandbox."""
    answer = subprocess.run(
        [*apptainer.command(image), "-I", "-S", "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **unprivileged(apptainer.environment()),
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    return answer.stdout


def start(image: Path, program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*apptainer.command(image), "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **unprivileged(apptainer.environment()),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def started_by(process: subprocess.Popen[bytes]) -> dict[int, str]:
    """All processes below one, and itself, by their id, with the time at which they started: ids are used again."""
    parents, starts = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)], starts[int(folder.name)] = int(fields[1]), fields[19]
    below = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: starts[pid] for pid in below if pid in starts}


def left_of(processes: dict[int, str]) -> list[str]:
    """Those that are still there after a moment."""
    deadline = time.monotonic() + 3
    while True:
        left = []
        for pid, started in processes.items():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            except OSError:
                continue
            state = fields.rpartition(")")[2].split()
            if state[19] == started and state[0] != "Z":
                left.append(fields.partition("(")[2].rpartition(")")[0])
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def become(uid: int, gid: int, folder: str) -> None:
    """In a process of a pool: be an ordinary user, who has touched nothing yet."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    tempfile.tempdir = folder
    os.environ["HOME"] = folder
    apptainer._own_files.cache_clear()
    apptainer.startable.cache_clear()


@dataclass
class Person:
    """Somebody who starts sandboxes: the ids there, and how to call a function as that person."""

    uid: int
    call: Callable[..., Any]
    image: Path


@pytest.fixture(scope="module", params=["caller", "ordinary user"])
def person(request: pytest.FixtureRequest, sandbox_image: Path) -> Iterator[Person]:
    """Whoever runs the tests (root becomes nobody), then, if that is root, an ordinary user."""
    if request.param == "caller":
        yield Person(identity()[0], lambda function, *arguments: function(*arguments), sandbox_image)
        return
    if os.geteuid() != 0:
        pytest.skip("whoever runs the tests is an ordinary user")
    user = next(entry for entry in pwd.getpwall() if entry.pw_uid not in (0, NOBODY))
    folder = Path(tempfile.mkdtemp(prefix="test-apptainer-"))
    try:
        # pytest's own folders are closed to others.
        folder.chmod(0o755)
        (folder / "own").mkdir()
        os.chown(folder / "own", user.pw_uid, user.pw_gid)
        shutil.copyfile(sandbox_image, folder / "sandbox.sif")
        (folder / "sandbox.sif").chmod(0o644)
        with multiprocessing.get_context("fork").Pool(1, become, (user.pw_uid, user.pw_gid, str(folder / "own"))) as pool:
            yield Person(user.pw_uid, lambda function, *arguments: pool.apply(function, arguments), folder / "sandbox.sif")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def facts(person: Person) -> Iterator[dict[str, Any]]:
    """What a program finds in the sandbox."""
    os.environ["HOST_SECRET"] = "hunter2"
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.NamedTemporaryFile(dir="/tmp") as file:
        paths = [str(ROOT), str(Path.home() / ".cache"), str(person.image), file.name, "/sys/kernel", "/dev/fuse", "/etc/hosts.allow"]
        program = FACTS.replace("PORT", str(server.getsockname()[1])).replace("PATHS", repr(paths))
        answer: dict[str, Any] = json.loads(person.call(inside, person.image, program))
        yield answer
    del os.environ["HOST_SECRET"]


def test_there_is_no_root_inside_and_there_are_no_privileges(facts: dict[str, Any], person: Person) -> None:
    assert facts["uid"] == person.uid != 0
    assert facts["gid"] != 0 and facts["groups"] in ([], [facts["gid"]])
    assert facts["status"].pop("NoNewPrivs") == "1"
    assert {int(value, 16) for value in facts["status"].values()} == {0}


def test_namespaces_are_its_own_and_there_are_no_new_ones(facts: dict[str, Any]) -> None:
    assert not [name for name, value in facts["namespaces"].items() if value == str(Path(f"/proc/self/ns/{name}").readlink())]
    assert facts["fork"] and not facts["unshare"] and not facts["clone"]


def test_there_is_no_network(facts: dict[str, Any]) -> None:
    assert facts["interfaces"] == ["lo"]
    assert "done" not in (facts["addresses"], facts["host"])


def test_the_environment_is_what_it_should_be(facts: dict[str, Any]) -> None:
    assert facts["environment"] == apptainer.ENVIRONMENT
    assert facts["folder"] == "/tmp"


def test_nothing_of_the_host_is_there(facts: dict[str, Any]) -> None:
    assert (facts["there"], facts["home"]) == ([], [])
    assert facts["passwd"] == ["root", "sandbox"]
    assert facts["hostname"] == "sandbox"


def test_there_is_no_process_of_apptainers(facts: dict[str, Any]) -> None:
    assert facts["process"] == [1, ["1"]]
    assert dict(line.split("=", 1) for line in facts["process_1"].split("\0") if line) == apptainer.ENVIRONMENT


def test_nothing_can_be_written_but_small_folders_in_memory(facts: dict[str, Any]) -> None:
    assert facts["root"] == "OSError"
    # Apptainer's folder of devices, too, is made anew for each container and counts as the others do.
    assert set(facts["writable"]) <= {"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/dev"}


def test_settings_of_the_kernel_cannot_be_changed(facts: dict[str, Any]) -> None:
    assert facts["core_pattern"] in ("OSError", "PermissionError")
    assert facts["settings"] == []


def test_temporary_files_share_what_the_site_allows(facts: dict[str, Any]) -> None:
    answer = subprocess.run([apptainer.executable(), "buildcfg", "APPTAINER_CONF_FILE"], capture_output=True, text=True, check=True)
    lines = [line.partition("=") for line in Path(answer.stdout.strip().split("=")[-1]).read_text(encoding="utf-8").splitlines()]
    allowed = next(int(value) for name, _, value in lines if name.strip() == "sessiondir max size")
    assert all(0 < size <= allowed for size in facts["space"].values())


def test_python_is_whole_and_compiled_and_has_numpy(facts: dict[str, Any]) -> None:
    version, determinant = facts["numpy"]
    assert version == images.OLDER_NUMPY.get(tuple(facts["python"]), images.NUMPY)
    assert determinant == 1
    assert facts["stale"] == []


def end(image: Path, program: str, way: str) -> tuple[list[str], list[str]]:
    """Processes of a sandbox while it runs, and those that are left after its end."""
    process = start(image, program)
    assert process.stdin is not None and process.stdout is not None
    processes = started_by(process)
    names = [Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() for pid in processes]
    if way == "stop":
        stop(process, seconds=0.3)
    elif way == "kill":
        kill(process)
    elif way == "end of input":
        process.stdin.close()
    else:
        process.send_signal(getattr(signal, way))
    process.wait(timeout=5)
    process.stdout.close()
    left = left_of(processes)
    for pid in processes if left else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return names, left


@pytest.mark.parametrize(("program", "way"), [(SERVER, "end of input"), (SERVER, "stop"), (STUBBORN, "stop"), (STUBBORN, "kill")])
def test_nothing_is_left_of_a_sandbox_that_was_ended(person: Person, program: str, way: str) -> None:
    names, left = person.call(end, person.image, program, way)
    assert any("squashfuse" in name for name in names) and len(names) >= 3
    assert left == []


def test_programs_end_with_a_launcher_that_was_killed(person: Person) -> None:
    names, left = person.call(end, person.image, STUBBORN, "SIGKILL")
    # Nothing but the mount's, which is why there is `kill`.
    assert len(names) >= 3 and all("squashfuse" in name for name in left)


def test_a_sandbox_that_is_stopped_while_it_starts_does_not_stay(sandbox_image: Path) -> None:
    for delay in range(0, 200, 20):
        process = subprocess.Popen(
            [*apptainer.command(sandbox_image), "-I", "-S", "-c", STUBBORN],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **unprivileged(apptainer.environment()),
        )
        time.sleep(delay / 1000)
        processes = started_by(process)
        stop(process, seconds=0.05)
        assert left_of(processes) == []


def test_an_image_that_cannot_be_mounted_is_unpacked(sandbox_image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apptainer, "FUSE", Path("/dev/there is none"))
    apptainer.startable.cache_clear()
    try:
        assert apptainer.startable(sandbox_image).is_dir()
        assert inside(sandbox_image, "import sys; sys.path.append('/packages'); import numpy; print(numpy.sqrt(4))") == "2.0\n"
        names, left = end(sandbox_image, STUBBORN, "SIGKILL")
        assert len(names) >= 3 and left == []
    finally:
        apptainer.startable.cache_clear()


@ROOT_ONLY
def test_an_image_in_a_closed_folder_is_copied(sandbox_image: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    image = tmp_path / "closed.sif"
    image.symlink_to(sandbox_image)
    shutil.copyfile(sandbox_image, tmp_path / "another.sif")
    assert inside(tmp_path / "another.sif", "print(1)") == inside(image, "print(1)") == "1\n"


def test_an_image_says_what_is_in_it_and_nothing_of_where_it_was_made(sandbox_image: Path) -> None:
    answer = subprocess.run([apptainer.executable(), "inspect", "--all", sandbox_image], capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)["data"]["attributes"]
    assert found["labels"]["numpy.version"] in (images.NUMPY, *images.OLDER_NUMPY.values())
    assert found["labels"]["python.version"].startswith("3.")
    assert found["labels"]["org.label-schema.build-date"] == "none"
    assert tempfile.gettempdir() not in answer.stdout and str(ROOT) not in answer.stdout
    assert sandbox_image.read_bytes()[48:80] == bytes(32)


def test_versions_are_told(sandbox_image: Path) -> None:
    assert apptainer.version()[0].isdigit()
    assert set(images.describe_image(sandbox_image)) == {"python", "numpy"}


def build(tmp_path: Path, *arguments: str) -> str:
    """What the script says when it fails."""
    command = [sys.executable, "scripts/build_sandbox.py", "--log", str(tmp_path / "log"), "--output", str(tmp_path / "image.sif"), *arguments]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 1 and not (tmp_path / "image.sif").exists()
    assert not list(tmp_path.glob("*.unfinished"))
    last = answer.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    return last


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--image", "envs/nothing.def"], "neither a definition file"),
        (["--image", "README.md"], "neither a definition file"),
        (["--image", "docker://somewhere/image:1", "--base", "docker://base"], "leave out the base docker://base"),
        (["--image", "envs/sandbox.def", "--base", "no/such/folder"], "the base no/such/folder of the sandbox's image does not exist"),
    ],
)
def test_a_wrong_image_is_a_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert words in build(tmp_path, *arguments)


def test_what_apptainer_cannot_do_is_told_in_its_words(tmp_path: Path, sandbox_image: Path) -> None:
    assert "connection refused" in build(tmp_path, "--image", "docker://127.0.0.1:1/nobody/there:1")
    (tmp_path / "base" / "etc").mkdir(parents=True)
    assert "no Python starts in the base" in build(tmp_path, "--image", "envs/sandbox.def", "--base", str(tmp_path / "base"))
    with pytest.raises(InfrastructureError, match=r"the image .* does not exist"):
        apptainer.command(tmp_path / "nothing.sif")
    (tmp_path / "text.sif").write_text("no image\n")
    with pytest.raises(InfrastructureError, match="does not start"):
        images.describe_image(tmp_path / "text.sif")


def test_without_apptainer_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not apptainer.available()
    for ask in (apptainer.version, lambda: apptainer.command(tmp_path)):
        with pytest.raises(InfrastructureError, match="install Apptainer"):
            ask()
    game = tmp_path / "singularity"
    game.write_text("#!/bin/sh\necho Endgame 1.0\n")
    game.chmod(0o755)
    with pytest.raises(InfrastructureError, match=r"does not start \(Endgame 1.0\): install Apptainer"):
        apptainer.version()


def test_the_reason_is_the_line_that_matters() -> None:
    text = "INFO:    Starting\nERROR:   one\nFATAL:   While building: two\nINFO:    Cleaning up\n\n"
    assert apptainer.reason(text) == "While building: two"
    assert apptainer.reason("ERROR: one\nmore\n") == "one"
    assert apptainer.reason("some\nwords\n") == "words"
    assert apptainer.reason("") == ""


def test_stop_ends_what_does_not_listen() -> None:
    deaf = textwrap.dedent("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(600)
    """)
    for program, status in ((SERVER, 0), (deaf, -signal.SIGKILL)):
        process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        stop(process, seconds=0.2)
        assert process.returncode == status
        process.stdout.close()


def test_a_definition_names_its_base(tmp_path: Path) -> None:
    assert images.default_base(ROOT / "envs" / "sandbox.def").startswith("docker://python:3.")
    (tmp_path / "some.def").write_text("Bootstrap: docker\nFrom: debian\n")
    with pytest.raises(InputError, match="name a base"):
        images.default_base(tmp_path / "some.def")
