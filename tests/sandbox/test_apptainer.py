"""What a program finds in a container of Apptainer."""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from containers import Person, inside
from project import ROOT

from monkeys.sandbox import apptainer, images

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


def test_no_root_and_no_privileges(facts: dict[str, Any], person: Person) -> None:
    assert facts["uid"] == person.uid != 0
    assert facts["gid"] != 0 and facts["groups"] in ([], [facts["gid"]])
    assert facts["status"].pop("NoNewPrivs") == "1"
    assert {int(value, 16) for value in facts["status"].values()} == {0}


def test_own_namespaces_and_no_new_ones(facts: dict[str, Any]) -> None:
    assert not [name for name, value in facts["namespaces"].items() if value == str(Path(f"/proc/self/ns/{name}").readlink())]
    assert facts["fork"] and not facts["unshare"] and not facts["clone"]


def test_no_network(facts: dict[str, Any]) -> None:
    assert facts["interfaces"] == ["lo"]
    assert "done" not in (facts["addresses"], facts["host"])


def test_environment_is_fixed(facts: dict[str, Any]) -> None:
    assert facts["environment"] == apptainer.ENVIRONMENT
    assert facts["folder"] == "/tmp"


def test_nothing_of_the_host(facts: dict[str, Any]) -> None:
    assert (facts["there"], facts["home"]) == ([], [])
    assert facts["passwd"] == ["root", "sandbox"]
    assert facts["hostname"] == "sandbox"


def test_no_process_of_apptainer(facts: dict[str, Any]) -> None:
    assert facts["process"] == [1, ["1"]]
    assert dict(line.split("=", 1) for line in facts["process_1"].split("\0") if line) == apptainer.ENVIRONMENT


def test_only_folders_in_memory_are_writable(facts: dict[str, Any]) -> None:
    assert facts["root"] == "OSError"
    # Apptainer's folder of devices, too, is made anew for each container and counts as the others do.
    assert set(facts["writable"]) <= {"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/dev"}


def test_kernel_settings_are_read_only(facts: dict[str, Any]) -> None:
    assert facts["core_pattern"] in ("OSError", "PermissionError")
    assert facts["settings"] == []


def test_temporary_files_have_the_sites_limit(facts: dict[str, Any]) -> None:
    answer = subprocess.run([apptainer.executable(), "buildcfg", "APPTAINER_CONF_FILE"], capture_output=True, text=True, check=True)
    lines = [line.partition("=") for line in Path(answer.stdout.strip().split("=")[-1]).read_text(encoding="utf-8").splitlines()]
    allowed = next(int(value) for name, _, value in lines if name.strip() == "sessiondir max size")
    assert all(0 < size <= allowed for size in facts["space"].values())


def test_python_is_complete_and_compiled_and_has_numpy(facts: dict[str, Any]) -> None:
    version, determinant = facts["numpy"]
    assert version == images.OLDER_NUMPY.get(tuple(facts["python"]), images.NUMPY)
    assert determinant == 1
    assert facts["stale"] == []
