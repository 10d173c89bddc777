"""A copy of the project that a test may edit and run."""

import atexit
import compileall
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import script_server
import yaml

from monkeys.closure import hash_of_closure

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".venvs"
PATIENCE = 1800
"""Seconds after which something is taken for hanging. On a loaded machine the model alone may take minutes to load."""


@cache
def _server() -> subprocess.Popen[str]:
    """Snakemake, imported once for all runs of this process's tests (snakemake_server.py)."""
    command = [ENVIRONMENTS / "workflow/bin/python", Path(__file__).with_name("snakemake_server.py")]
    # Importing Snakemake asks Slurm's controller for its settings (envs/run.sh); runs have the environment of their request.
    environment = {**os.environ, "SLURM_CONF": "/dev/null"}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    atexit.register(server.kill)
    return server


@cache
def _scripts(environment: str) -> str:
    """The socket of the server that runs an environment's scripts (script_server.py)."""
    place = tempfile.mkdtemp(prefix="scripts-")
    address = f"{place}/socket"
    server = script_server.start(environment, ROOT, address)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    atexit.register(server.kill)
    deadline = time.monotonic() + PATIENCE
    while not Path(address).exists():
        assert server.poll() is None and time.monotonic() < deadline, "the server of scripts does not start"
        time.sleep(0.02)
    return address


@cache
def _compiled() -> list[Path]:
    """What Python and ``monkeys.source_facts`` remember of the checkout's scripts, and find valid in a copy, which has the same times and contents."""
    compileall.compile_dir(ROOT / "scripts", quiet=1)
    for script in (ROOT / "scripts").glob("*.py"):
        hash_of_closure(script.name, folder=ROOT / "scripts")
    # Not what another worker is writing.
    return [path for folder in (ROOT / "scripts").rglob("__pycache__") for path in folder.glob("[a-z_]*") if path.suffix in (".pyc", ".json")]


def script_environment() -> dict[str, str]:
    """Of a run whose scripts ask the servers."""
    return {**os.environ, **{variable: _scripts(name) for name, variable in script_server.VARIABLES.items()}}


def snakemake(*arguments: str, folder: Path, timeout: int = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder, as if from a shell.

    Raises:
        subprocess.TimeoutExpired: it took longer than ``timeout`` seconds and was killed.
    """
    if _server().poll() is not None:
        print(f"the server of Snakemake has ended with {_server().returncode}; another one is started", file=sys.stderr)
        _server.cache_clear()
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    with tempfile.TemporaryDirectory() as texts:
        output = [str(Path(texts, name)) for name in ("stdout", "stderr")]
        environment = script_environment()
        request = {"arguments": arguments, "folder": str(folder), "environment": environment, "output": output, "timeout": timeout}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        status = json.loads(server.stdout.readline())
        stdout, stderr = (Path(name).read_text(encoding="utf-8") for name in output)
    if status is None:
        raise subprocess.TimeoutExpired(arguments, timeout, stdout, stderr)
    return subprocess.CompletedProcess(arguments, status, stdout, stderr)


class Project:
    """A folder with the project's files, the environments of the checkout, and results of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def fresh(cls, folder: Path) -> "Project":
        """The tracked files, and those that git does not ignore, as they are in the working tree."""
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = ROOT / name, folder / name
            if source.is_symlink() or source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        for compiled in _compiled():
            target = folder / compiled.relative_to(ROOT)
            target.parent.mkdir(exist_ok=True)
            shutil.copy2(compiled, target)
        (folder / ".venvs").symlink_to(ENVIRONMENTS)
        project = cls(folder)
        # The same on every machine: with Apptainer installed a study would build an image first. The tests that want it say so.
        project.edit("envs/python", script_server.asking)
        project.edit("config/schema.yaml", lambda text: text.replace("default: auto", "default: bubblewrap"))
        return project

    def copy(self, folder: Path) -> "Project":
        """The project with its results and what Snakemake knows of them, times included; the weights are shared, not copied."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=lambda _, names: [name for name in names if name == "models"])
        project = Project(folder)
        if (self.folder / "results" / "assets" / "models").exists():
            project.share_weights(self)
        return project

    def share_weights(self, other: "Project") -> None:
        """Take the weights that another project has fetched, and none of its samples."""
        (self.folder / "results" / "assets").mkdir(parents=True, exist_ok=True)
        (self.folder / "results" / "assets" / "models").symlink_to(other.folder / "results" / "assets" / "models")

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        path = self.folder / name
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before, f"the edit of {name} changed nothing"

    def configure(self, change: Callable[[dict[str, Any]], object], name: str = "study.yaml") -> None:
        config = yaml.safe_load((self.folder / name).read_text())
        change(config)
        (self.folder / name).write_text(yaml.safe_dump(config, sort_keys=False))

    def snakemake(self, *arguments: str, configfile: str = "study.yaml", timeout: int = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run Snakemake as `make run` does."""
        return snakemake("--profile", "profiles/local", *arguments, "--configfile", configfile, folder=self.folder, timeout=timeout)

    def run(self, *arguments: str) -> str:
        answer = self.snakemake(*arguments)
        assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-6000:]
        return answer.stdout + answer.stderr

    def plan(self, *targets: str) -> dict[str, int]:
        """How many jobs of each rule would run; targets left out."""
        answer = self.snakemake(*targets, "-n")
        assert answer.returncode == 0, answer.stderr[-3000:]
        text = answer.stdout + answer.stderr
        jobs = dict(re.findall(r"^(\w+) +(\d+)$", text.partition("Job stats:")[2], re.MULTILINE))
        return {rule: int(number) for rule, number in jobs.items() if rule not in ("all", "generate", "total")}

    def start(self, *targets: str) -> "Run":
        """Start `make run` for some targets."""
        return Run(self, "envs/run.sh", *targets, "--configfile", "study.yaml")

    def start_reproduction(self, manifest: Path) -> "Run":
        """Start `make reproduce` in an environment that is set up."""
        return Run(self, "make", "--assume-old=environments", "reproduce", f"MANIFEST={manifest}")


class Run:
    """A run in the background, with everything that it starts in one process group."""

    def __init__(self, project: Project, *command: str) -> None:
        self.log = project.folder / "run.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=project.folder, stdout=log, stderr=log, env=script_environment(), start_new_session=True, text=True
            )

    def wait_for(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, "the run ended too early:\n" + self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, "the run did not come so far:\n" + self.log.read_text()[-3000:]
            time.sleep(0.05)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def journaled(journal: Path) -> int:
    """How many samples a journal holds of a shard that is being drawn. A finished shard keeps its journal for a moment, beside its file."""
    if journal.with_name(journal.name.removeprefix(".").removesuffix(".journal")).exists():
        return 0
    try:
        return max(0, len(journal.read_text(encoding="utf-8").splitlines()) - 2)  # the first two lines say what is drawn, and by what
    except FileNotFoundError:
        return 0
