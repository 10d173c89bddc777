"""Errors that a person can mend: each is one sentence that names the key or the file and says what to do."""

import difflib
import errno
import sys
from collections.abc import Callable, Iterable


class InputError(Exception):
    """Something the user gave (a key, a file, an option) is wrong; the message is a complete sentence."""


class InfrastructureError(Exception):
    """The machinery failed (a sandbox that does not start, a full disk): never to be counted as a wrong sample."""


def nearest(name: str, names: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where a name is like one of those that exist."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def told(error: Exception) -> str | None:
    """An error that a person can mend, as a sentence; None for any other."""
    if isinstance(error, (InputError, InfrastructureError)):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" ({error.filename})" if error.filename else ""
        return f"the disk is full, or your quota is{where}; make room and run again: what is finished is kept, nothing half-written is"
    return None


def run_script(main: Callable[[], None]) -> None:
    """Run a script's ``main`` and turn errors that a person can mend into one line on standard error and exit status 1."""
    try:
        main()
    except Exception as error:
        if (sentence := told(error)) is None:
            raise
        sys.exit(f"error: {sentence}")
