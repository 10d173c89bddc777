"""CPU time of a function, on a machine where other processes run."""

import time
from collections.abc import Callable


def fastest(run: Callable[[], object], enough: float = 0.8) -> float:
    """CPU seconds of the fastest of up to three runs; one is done if it takes less than ``enough``."""
    seconds = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        seconds = min(seconds, time.process_time() - start)
        if seconds < enough:
            break
    return seconds
