"""Locks that jobs hold themselves, so that no two draw the same shard, also when their Snakemake has ended.

A lock is an exclusive ``flock`` on a file beside the shard's. It ends with the process that holds it, however that ends. On NFS Linux makes it a lock of
the server's, which other machines see; on a file system without locks (some Lustre mounts) the job says so and works without one.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)


class Lock:
    """An exclusive lock, waited for; a context manager that gives it back.

    Args:
        path: the lock's file; removed again at the end.
        say: takes a sentence: whom this waits for, or that there are no locks here.
        patience: seconds between two looks.

    Attributes:
        left: what the holder that this waited for wrote when it was done; None where the lock was free, or its holder wrote nothing.
    """

    def __init__(self, path: Path, say: Callable[[str], None], patience: float = 1.0) -> None:
        self._path = path
        self.left: str | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        waited = False
        while True:
            handle = path.open("a+", encoding="utf-8")
            while not self._taken(handle, say):
                if not waited:
                    say(f"{_holder(handle)} is drawing this shard; waiting until it ends, to take over what it leaves")
                    waited = True
                time.sleep(patience)
            note = _note(handle)
            if waited and "done" in note:
                self.left = str(note["done"])
            # Who held it has removed the file, so that this lock is on a file without a name: another job may have a new one.
            if _same(handle, path):
                break
            handle.close()
        self._handle = handle
        self._write({"host": socket.gethostname(), "process": os.getpid()})

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        # While it is held; a moment later the file might be another's.
        self._path.unlink(missing_ok=True)
        self._handle.close()

    def done(self, words: str) -> None:
        """Leave a message for processes that wait for this lock: the work is done."""
        self._write({"done": words})

    def _taken(self, handle: IO[str], say: Callable[[str], None]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            say(f"the file system of {self._path.parent} has no locks ({error.strerror}); see to it that no other job draws this shard")
        return True

    def _write(self, note: dict[str, object]) -> None:
        self._handle.seek(0)
        self._handle.truncate()
        self._handle.write(json.dumps(note) + "\n")
        self._handle.flush()


def _note(handle: IO[str]) -> dict[str, object]:
    handle.seek(0)
    try:
        note = json.loads(handle.read())
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _holder(handle: IO[str]) -> str:
    note = _note(handle)
    return f"process {note['process']} on {note['host']}" if {"process", "host"} <= note.keys() else "another job"


def _same(handle: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False
