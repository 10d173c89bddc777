"""What files hold, as a hash: hashed once, and remembered for as long as a file stays what it was.

Snakemake looks at a file's content only where the file is newer than what was made of it, and `cp -p`, `rsync -a`, `tar` and `mv` all leave old times.
Rules therefore have the hash of each file of the user's among their parameters. What was hashed is remembered by size, inode and times, the time of the
last change of the inode among them, which `touch` and `cp -p` cannot set: a file with all of these the same is not read again.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.files import file_sha256, write_json

LARGE = 1 << 30
"""Bytes of a file whose hashing takes so long that it is said."""
SETTLED = 2.0
"""Seconds since its last change after which a file is remembered: within a clock's tick it may change again and look the same."""


class Contents:
    """Hashes of files and folders, remembered in a file.

    Args:
        notes: where; whoever cannot write there only hashes more often.
        say: takes a sentence where a large file is read.
    """

    def __init__(self, notes: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self._notes, self._say = notes, say
        self._known: dict[str, list[Any]] | None = None
        self._found: dict[str, str] = {}

    def of(self, *paths: str | Path) -> str:
        """One hash of some files and folders, of what they hold and not of where they lie; empty where there are none.

        Raises:
            InputError: one cannot be read.
        """
        found = [self._of(Path(path)) for path in paths]
        return hashlib.sha256("\n".join(found).encode()).hexdigest()[:32] if found else ""

    def _of(self, path: Path) -> str:
        place = str(path.absolute())
        # Once a plan, however many jobs take it.
        if place not in self._found:
            try:
                self._found[place] = self._folder(path) if path.is_dir() else self.sha256(path)
            except OSError as error:
                raise InputError(f"{error.filename or path} cannot be read ({error.strerror}); put it there, or make it readable") from error
        return self._found[place]

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file, behind links too.

        Raises:
            OSError: it cannot be read.
        """
        place, state = str(path.absolute()), file_state(path)
        if (known := self._remembered(place)) and known[1:] == state:
            return str(known[0])
        if state[0] > LARGE:
            self._say(f"hashing {path}, which is remembered until it changes")
        found = file_sha256(path)
        self._remember(place, [found, *state], path)
        return found

    def _folder(self, path: Path) -> str:
        """Of a folder: of the names, rights and contents of all that is in it, remembered as one by the state of each."""
        entries = sorted(self._entries(path))
        outline = hashlib.sha256(json.dumps(entries).encode("utf-8", "surrogateescape")).hexdigest()
        place = f"{path.absolute()}/"
        if (known := self._remembered(place)) and known[1:] == [outline]:
            return str(known[0])
        self._say(f"hashing what is in {path}, which is remembered until it changes")
        digest = hashlib.sha256()
        for name, mode, link, _ in entries:
            content = "" if link is not None else file_sha256(path / name)
            digest.update(json.dumps([name, mode, link, content]).encode("utf-8", "surrogateescape") + b"\n")
        found = digest.hexdigest()
        if sorted(self._entries(path)) == entries:
            self._remember(place, [found, outline], None)
        return found

    def _entries(self, path: Path) -> list[tuple[str, int, str | None, list[int]]]:
        found = []
        for folder, folders, names in os.walk(path):
            for name in (*folders, *names):
                file = Path(folder, name)
                link = str(file.readlink()) if file.is_symlink() else None
                if link is not None or file.is_file():
                    mode = 0 if link is not None else file.stat().st_mode
                    found.append((str(file.relative_to(path)), mode, link, [] if link is not None else file_state(file)))
        return found

    def _remembered(self, place: str) -> list[Any] | None:
        if self._known is None:
            self._known = read_notes(self._notes)
        return self._known.get(place)

    def _remember(self, place: str, note: list[Any], file: Path | None) -> None:
        if file is not None and (file_state(file) != note[1:] or time.time() - file.stat().st_ctime < SETTLED):
            return
        # Somebody else may have learnt something meanwhile.
        self._known = read_notes(self._notes) | {place: note}
        write_notes(self._notes, self._known)


def file_state(path: Path) -> list[int]:
    """What changes when a file does: its size, the times of its contents and of its inode in nanoseconds, and its inode."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def read_notes(path: Path) -> dict[str, list[Any]]:
    """What is remembered: of each file its SHA-256 and its state; nothing where the notes are not there or damaged."""
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        return {name: list(note) for name, note in notes.items() if note and isinstance(note, list)}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}


def write_notes(path: Path, notes: dict[str, list[Any]]) -> bool:
    """Remember; False where nothing can be written there, which only costs time."""
    try:
        write_json(path, notes, sealed=False)
    except (OSError, ValueError):
        return False
    return True
