"""Things that take long to make and that all workers of pytest-xdist share: made by the worker that asks first, while the others wait."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this session, filled by ``make`` unless another worker has done so.

    Raises:
        AssertionError: another worker tried and failed; its own test has the reason.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "made").exists():
            return folder
        assert not (folder / "failed").exists(), f"{name} could not be made; the test that asked for it first has the reason"
        (folder / "failed").touch()
        make(folder)
        (folder / "failed").unlink()
        (folder / "made").touch()
    return folder


def kept_folder(name: str) -> Path:
    """A folder that outlives the session, for what depends on nothing but its name, which holds a hash of its sources."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "monkeys-tests" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
