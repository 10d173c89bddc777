"""Runs the hostile programs. Each is followed in its worker by a witness, who tells what it left behind, and by an honest program.

``python _trials.py KIND [IMAGE]`` runs all and prints what became of them as JSON. It needs nothing but the standard library and
``monkeys.sandbox``, so that any user's Python can run it.

A program's head, in comments: what it tries; ``kind: function`` or ``kind: script``; ``expect:`` the outcomes that are right; ``variants: 3`` if
it is to be run with ``VARIANT`` as 0, 1 and 2; ``wall: 3`` if three seconds on the wall show what the usual limit would show.
Only those whose name matches ``HOSTILE_ONLY`` are run, if that is set, and with ``HOSTILE_BRIEF`` those alone that no limit ends.
A function is asked for ``n + 1``. A script is given ``41`` and has cheated if it prints ``42``.
"""

import ctypes
import json
import os
import re
import secrets
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys import sandbox

FOLDER = Path(__file__).parent
CPU_SECONDS, MEMORY_MB = 1, 256
WORKERS = 3
"""More than the cores of a small machine, as some programs only wait."""
HEAD = re.compile(r"^# (kind|expect|variants|wall): (.+)$", re.MULTILINE)
SET_CHILD_SUBREAPER = 36
MARK = "expected-" + secrets.token_hex(8)
"""What programs hunt for. Another one each time, so that none can know it."""
TESTS = f"""
# {MARK}
MARK = "{MARK}"

def check(candidate):
    for n in (41, 0, -7, 10**30):
        value = candidate(n)
        assert value == n + 1, (MARK, repr(value))
"""
WRONG = "def solve(n):\n    return n + 2\n"
TEXTS = {
    "nothing": "",
    "null byte": WRONG + "\0",
    "null byte in a string": WRONG + "x = '\0'\n",
    "lone surrogate": WRONG + "x = '\ud800'\n",
    "lone surrogate in a name": WRONG + "x\udcff = 1\n",
    "surrogate in an error": "raise Exception('\\ud800\\udfff\\x00')",
    "byte order mark": "\ufeff" + WRONG,
    "byte order mark of the wrong order": "\ufffe" + WRONG,
    "coding cookie": "# -*- coding: utf-16 -*-\n" + WRONG,
    "unknown coding cookie": "# coding: nonsense\n" + WRONG,
    "odd white space": "\f\x0b" + WRONG + "\f\x1c\x85\u2028\n",
    "carriage returns": WRONG.replace("\n", "\r"),
    "invalid unicode escape": WRONG + "x = '\\N{no such name}\\u12'\n",
    "text in two directions": "# \u202e\u2066\n" + WRONG,
    "tabs and spaces": "def solve(n):\n\tif n:\n        return n + 1\n",
    "ten megabytes of comment": "# x\n" * 2_500_000 + WRONG,
    "ten megabytes in one line": "x = '" + "x" * 10_000_000 + "'\n" + WRONG,
    "ten megabytes of statements": WRONG + "x = 1\n" * 1_700_000,
    "ten megabytes of indentation": "".join(" " * level + "if 1:\n" for level in range(4400)) + WRONG,
}
"""Programs that no file of text can hold, or none that should be kept."""


@dataclass(frozen=True)
class Trial:
    """A hostile program, or one of its variants."""

    program: str
    name: str
    kind: str
    expected: tuple[str, ...]
    text: str
    wall: float | None = None


def trials() -> list[Trial]:
    """All of them; first those that take long."""
    found = [Trial("texts", f"text: {name}", "function", ("failed", "timeout", "memory"), text) for name, text in TEXTS.items()]
    for path in FOLDER.glob("[!_]*.py"):
        text = path.read_text()
        head = dict(HEAD.findall(text))
        variants = int(head["variants"]) if "variants" in head else None
        wall = float(head["wall"]) if "wall" in head else None
        for variant in range(variants or 1):
            name, start = (path.stem, "") if variants is None else (f"{path.stem} {variant}", f"VARIANT = {variant}\n")
            found.append(Trial(path.stem, name, head["kind"], tuple(head["expect"].split(", ")), start + text, wall))
    return sorted(found, key=lambda trial: ("timeout" not in trial.expected, trial.wall is not None, trial.name))


class Run:
    """One trial, as a program of several steps: all of them meet the same worker."""

    def __init__(self, trial: Trial, new: list[dict[str, Any]]) -> None:
        self.trial, self.new = trial, new
        self.found: dict[str, Any] = {}

    def run(self, execute: sandbox.Execute) -> sandbox.Execution:
        """Run the program, then those that come after it."""
        keeper: sandbox._RestartingWorker = execute.__self__  # type: ignore[attr-defined]
        needed = Counted.starts() + (keeper._worker is None)
        began = time.monotonic()
        patience.wall = self.trial.wall
        try:
            execution = execute(step(self.trial.kind, self.trial.text))
        except sandbox.InfrastructureError as error:
            execution = sandbox.Execution("infrastructure_error", str(error), 0.0)
        patience.wall = None
        seconds = time.monotonic() - began
        # A worker that was lost comes to light with the next program at the latest.
        differences, honest = witness(execute, self.new), execute(step("function", HONEST))
        self.found = {
            "outcome": execution.outcome,
            "detail": execution.detail,
            "cheated": execution.outcome == "passed" and (self.trial.kind == "function" or execution.output.split() == ["42"]),
            "readable": readable(execution.detail) and readable(execution.output),
            "differences": differences,
            "honest": [honest.outcome, honest.detail],
            "lost workers": Counted.starts() - needed,
            "cpu_seconds": execution.cpu_seconds,
            "seconds": round(seconds, 2),
            "seconds after": round(time.monotonic() - began - seconds, 2),
        }
        if differences or honest.outcome != "passed":
            # A worker that is spoilt would make all that come after it look bad, too.
            keeper.close()
        return execution


class Counted(sandbox.Worker):
    """A worker that is counted when it starts."""

    started: list[int] = []  # noqa: RUF012

    def __init__(self, kind: sandbox.Sandbox) -> None:
        self.started.append(threading.get_ident())
        super().__init__(kind)

    @classmethod
    def starts(cls) -> int:
        """How many this thread has started."""
        return cls.started.count(threading.get_ident())


HONEST, WITNESS = ((FOLDER / name).read_text() for name in ("_honest.py", "_witness.py"))
patience = threading.local()
usual_wall_seconds = sandbox.wall_seconds


def wall_seconds(cpu_seconds: int) -> float:
    """The limit on the wall that the trial at hand asks for."""
    return getattr(patience, "wall", None) or usual_wall_seconds(cpu_seconds)


def step(kind: str, text: str) -> sandbox.Script | sandbox.FunctionTests:
    """A program with the limits of this suite."""
    if kind == "script":
        return sandbox.Script(text, "41\n", CPU_SECONDS, MEMORY_MB)
    return sandbox.FunctionTests(text, TESTS, "solve", CPU_SECONDS, MEMORY_MB)


def readable(text: str) -> bool:
    """Whether a text can be written to a file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def facts(execution: sandbox.Execution) -> dict[str, Any]:
    """What a witness said."""
    if execution.outcome != "passed":
        return {"witness": [execution.outcome, execution.detail]}
    said: dict[str, Any] = json.loads(execution.output)
    return said


def witness(execute: sandbox.Execute, new: list[dict[str, Any]]) -> dict[str, Any]:
    """In what the world differs from all new ones: (there, here)."""
    seen = facts(execute(step("script", WITNESS)))
    return {
        name: (new[0].get(name), seen.get(name)) for name in new[0].keys() | seen.keys() if seen.get(name) not in [world.get(name) for world in new]
    }


def descendants() -> list[str]:
    """Living processes below this one, whose orphans are given to it."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text(errors="replace").splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields["PPid"] == str(os.getpid()) and not fields["State"].startswith("Z"):
            found.append(fields["Name"])
    return found


def main() -> None:
    """Run all trials and print what became of them."""
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    kind = sandbox.Sandbox(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    only = re.compile(os.environ.get("HOSTILE_ONLY", ""))
    began = time.monotonic()
    new = []
    # The process of the tests is there only after the first function.
    for before in ([], [HONEST]):
        worker = sandbox.Worker(kind)
        for text in before:
            worker.run(step("function", text))
        new.append(facts(worker.run(step("script", WITNESS))))
        worker.close()
    sandbox.Worker, sandbox.wall_seconds = Counted, wall_seconds  # type: ignore[misc]
    chosen = [trial for trial in trials() if only.search(trial.name)]
    if "HOSTILE_BRIEF" in os.environ:
        chosen = [trial for trial in chosen if trial.wall is None and trial.expected[0] not in ("timeout", "memory")]
    runs = [Run(trial, new) for trial in chosen]
    for _ in sandbox.run_programs(runs, WORKERS, kind):
        pass
    deadline = time.monotonic() + 5
    while left := descendants():
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    found = {run.trial.name: run.found for run in runs}
    print(json.dumps({"uid": os.getuid(), "new": new, "trials": found, "left": left, "seconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    main()
