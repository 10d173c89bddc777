"""Programs for sandboxes, and the fixtures of tests that run them in both kinds."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monkeys.sandbox import Execution, FunctionTests, Sandbox, Script, Worker


def program(text: str, cpu_seconds: int = 1, memory_mb: int = 512) -> Script:
    return Script(text, "", cpu_seconds, memory_mb)


def function(text: str, check: str, cpu_seconds: int = 2, memory_mb: int = 512) -> FunctionTests:
    return FunctionTests(text, f"def check(candidate):\n    {check}\n", "f", cpu_seconds, memory_mb)


def descendants() -> list[int]:
    """Processes that this one has started, and those that they have."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                parents[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


def fails_with(execution: Execution, *words: str) -> bool:
    return execution.outcome == "failed" and any(word in execution.detail for word in words)


@pytest.fixture(scope="module", params=["bubblewrap", "apptainer"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Both kinds of sandbox, one after the other."""
    return Sandbox("bubblewrap") if request.param == "bubblewrap" else Sandbox("apptainer", request.getfixturevalue("sandbox_image"))


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    """A worker that a module's tests share."""
    worker = Worker(sandbox)
    yield worker
    worker.close()
