"""Errors that a person can fix: each is one sentence that names the key or the file and says what to do."""

import difflib
import errno
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress


class InputError(Exception):
    """Something the user gave (a key, a file, an option) is wrong; the message is a complete sentence."""


class InfrastructureError(Exception):
    """The machinery failed (a sandbox that does not start, a full disk): never to be counted as a wrong sample."""


def nearest(name: str, names: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where a name is like one of those that exist."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


KEPT = "what is finished is kept, nothing half-written is"


def user_message(error: Exception) -> str | None:
    """An error that a person can fix, as a sentence; None for any other."""
    if isinstance(error, (InputError, InfrastructureError)):
        return str(error)
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"the disk is full or has no inodes left, or your quota is used up{where}; make room and run again: {KEPT}"
        if error.errno == errno.EROFS:
            return f"the file system can only be read{where}; make it writable or run in a folder that is, and run again: {KEPT}"
    return None


def run_script(main: Callable[[], None]) -> None:
    """Run a script's ``main`` and turn errors that a person can fix into one line on standard error and exit status 1.

    A script with ``--log`` has the sentence in its log too, from which a run says why a job failed.
    """
    try:
        main()
    except Exception as error:
        sentence = user_message(error)
        if "--log" in sys.argv[:-1]:
            _note(sys.argv[sys.argv.index("--log") + 1], sentence or f"{type(error).__name__}: {error}")
        if sentence is None:
            raise
        sys.exit(f"error: {sentence}")


def _note(log: str, sentence: str) -> None:
    # The log may be what cannot be written.
    with suppress(OSError), open(log, "a", encoding="utf-8") as file:
        file.write(f"error: {sentence}\n")
