"""Errors that a person can mend: each is one sentence that names the key or the file and says what to do."""

import difflib
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


def run_script(main: Callable[[], None]) -> None:
    """Run a script's ``main`` and turn the errors above into one line on standard error and exit status 1."""
    try:
        main()
    except (InputError, InfrastructureError) as error:
        sys.exit(f"error: {error}")
