"""What jobs share that show progress: their arguments, and how one ends whose standard error an engine may have taken for its log."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from monkeys.errors import user_message
from monkeys.progress import Progress


def add_progress(parser: argparse.ArgumentParser, label: str) -> None:
    """``--label`` and ``--log``: what the progress lines begin with, and where else they go."""
    parser.add_argument("--label", default=label, help="what the progress lines begin with")
    parser.add_argument("--log", type=Path, required=True)


def run_job(work: Callable[[], None], progress: Progress, log: Path, kept: str = "") -> None:
    """Do a job's work; SIGTERM and errors end it with a sentence and an exit status.

    Args:
        work: the job.
        progress: takes the sentences.
        log: where whole error messages are.
        kept: what has been done to the samples that a job ended by SIGTERM keeps, such as ``drawn``; empty where it ends without a word.
    """

    def terminate(*_: object) -> None:
        if kept:
            progress.say(f"ended by SIGTERM (a time limit? somebody?); what was {kept} is kept, and the next try goes on from there")
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, terminate)
    try:
        work()
    except Exception as error:
        sentence = user_message(error)
        progress.say(f"error: {sentence}" if sentence else f"error: {type(error).__name__}: {error}; {log} has the whole message")
        if sentence is None:
            raise
        sys.exit(1)
