"""Where the output of an engine goes."""

import os
from pathlib import Path

from monkeys.progress import Progress


def redirect_engine(log_path: Path, progress: Progress) -> None:
    """Send what vLLM writes, pages to both streams, to a job's log, and keep the console for the progress alone."""
    progress.to(os.fdopen(os.dup(2), "w", encoding="utf-8"))
    with log_path.open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
