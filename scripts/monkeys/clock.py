"""Time on the wall that a process was awake for.

Standard library alone, Python 3.9 or newer: this text is also carried into sandboxes (``launching.self_contained``).
"""

import select
import time
from typing import Optional

TICK = 0.1
"""Seconds between two looks at what takes its time."""
LONGEST_GAP = 1.0
"""Seconds between two looks beyond which the process, the job or the machine was suspended."""


class Elapsed:
    """Seconds since it was made, without those in which this process was suspended.

    Slurm's suspend, a freezer cgroup, a paused container or machine, and Ctrl-Z stop a process, but not the clock. So time is added up from look to
    look, of which there have to be several within ``longest_gap`` seconds; a longer gap counts as a tenth of that.
    """

    def __init__(self, longest_gap: float = LONGEST_GAP) -> None:
        self.seconds, self.longest_gap, self.last = 0.0, longest_gap, time.monotonic()

    def look(self) -> float:
        """Add the time since the last look; return the sum."""
        now = time.monotonic()
        gap, self.last = now - self.last, now
        self.seconds += gap if gap <= self.longest_gap else self.longest_gap / 10
        return self.seconds


def readable(fd: int, seconds: float, waited: Optional[Elapsed] = None) -> bool:
    """Whether there is something to read, or an end, within so many seconds; ``waited`` counts on from an earlier wait."""
    waited = waited or Elapsed()
    waiter = select.poll()
    waiter.register(fd, select.POLLIN)
    while not waiter.poll(500 * waited.longest_gap):
        if waited.look() > seconds:
            return False
    return True
