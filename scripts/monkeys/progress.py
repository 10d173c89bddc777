"""Progress for a person who waits: a line on standard error now and then, and the same line in the job's log."""

import sys
import time
from pathlib import Path
from typing import IO


class Progress:
    """Lines such as ``generate_samples humaneval 0000-0000: 320 of 1640 samples, 352 tokens/s``, at most one every ``interval`` seconds.

    Args:
        label: what is at work; begins every line.
        log: the job's log file, or None.
        interval: seconds between lines; the last line of a job is always written.
    """

    def __init__(self, label: str, log: Path | None = None, interval: float = 10.0) -> None:
        self.label = label
        self._console: IO[str] = sys.stderr
        self._log: IO[str] | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._log = log.open("a", encoding="utf-8")
        self._interval = interval
        self.started = time.monotonic()
        self._last = self.started

    def say(self, text: str) -> None:
        """Write a line now."""
        line = f"{self.label}: {text}\n"
        for stream in (self._console, self._log):
            if stream is not None:
                stream.write(line)
                stream.flush()

    def tick(self, text: str) -> None:
        """Write a line if the last one is ``interval`` seconds old."""
        now = time.monotonic()
        if now - self._last >= self._interval:
            self._last = now
            self.say(text)

    def to(self, console: IO[str]) -> None:
        """Send the lines to another stream from now on (an engine that floods standard error gets it for itself)."""
        self._console = console

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started
