"""The outputs of a process and of all that it starts, kept from the terminal: their lines would tear what is drawn there."""

import os
import sys
import tempfile
from typing import IO


class Output:
    """Both outputs of this process, sent to a file until ``release``; ``terminal`` writes where standard error went.

    A file and no pipe: jobs that go on after this process was killed can still write.
    """

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._kept = [os.dup(1), os.dup(2)]
        handle, self._path = tempfile.mkstemp(prefix="console-", suffix=".txt")
        self._reader = open(self._path, encoding="utf-8", errors="replace", newline="")  # noqa: SIM115
        writer = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        os.close(handle)
        for number in (1, 2):
            os.dup2(writer, number)
        os.close(writer)
        self._rest = ""
        self.terminal: IO[str] = os.fdopen(os.dup(self._kept[1]), "w", encoding="utf-8", errors="replace")

    def lines(self, last: bool = False) -> list[str]:
        """Lines that were written since the last call; with ``last`` also one that has no end."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        *lines, self._rest = (self._rest + self._reader.read()).replace("\r\n", "\n").split("\n")
        if last and self._rest:
            lines, self._rest = [*lines, self._rest], ""
        return lines

    def release(self) -> list[str]:
        """Give the outputs back; returns the lines that nobody has read."""
        if not self._kept:
            return []
        lines = self.lines(last=True)
        for number, kept in zip((1, 2), self._kept, strict=True):
            os.dup2(kept, number)
            os.close(kept)
        self._kept = []
        self._reader.close()
        os.unlink(self._path)  # noqa: PTH108
        return lines
