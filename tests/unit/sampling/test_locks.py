"""Locks that jobs hold themselves: who waits for whom, and for how long."""

import json
import threading
from pathlib import Path

from monkeys.sampling.locks import Lock


def quiet(_: str) -> None:
    """Nobody listens."""


def waiting(path: Path) -> tuple[threading.Thread, list[Lock], threading.Event]:
    """A job that wants the lock: its thread, the lock once it has it, and whether it has said that it waits."""
    found: list[Lock] = []
    waits = threading.Event()
    thread = threading.Thread(target=lambda: found.append(Lock(path, lambda _: waits.set(), patience=0.01)), daemon=True)
    thread.start()
    return thread, found, waits


def test_a_lock_is_held_by_one_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "samples" / ".lock"
    with Lock(path, quiet) as first:
        assert first.left is None and set(json.loads(path.read_text(encoding="utf-8"))) == {"host", "process"}
        thread, found, waits = waiting(path)
        assert waits.wait(10) and not found
        first.done("all of it")
    thread.join(10)
    assert found[0].left == "all of it"
    with found[0]:
        pass
    assert not list(path.parent.iterdir())


def test_a_holder_that_left_no_word_is_not_taken_for_done(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    first = Lock(path, quiet)
    thread, found, waits = waiting(path)
    assert waits.wait(10)
    # As when its process is killed.
    first._handle.close()
    thread.join(10)
    assert found[0].left is None


def test_a_lock_on_a_file_that_was_removed_is_none(tmp_path: Path) -> None:
    """The holder removes its file, a third job makes another and holds that, and only then does the first lock end."""
    path = tmp_path / ".lock"
    first = Lock(path, quiet)
    thread, found, waits = waiting(path)
    assert waits.wait(10)
    path.unlink()
    third = Lock(path, quiet)
    first._handle.close()
    thread.join(0.3)
    assert not found, "two jobs draw the same shard"
    third.__exit__()
    thread.join(10)
    assert len(found) == 1 and path.exists()


def test_the_file_is_removed_while_the_lock_is_held(tmp_path: Path) -> None:
    """A moment later it might be another job's."""
    path = tmp_path / ".lock"
    first = Lock(path, quiet)
    real, there = first._handle, list[bool]()

    class Watched:
        def close(self) -> None:
            there.append(path.exists())
            real.close()

    first._handle = Watched()  # type: ignore[assignment]
    first.__exit__()
    assert there == [False]
