"""The process that compares mathematical answers, as the grader sees it: started once, asked in turn, ended with the job."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from functools import cache

from monkeys.clock import readable
from monkeys.errors import InfrastructureError
from monkeys.graders import math_judge

SILENCE = 300.0
"""Seconds without a word from the process that compares, which has less CPU time than that, after which it is taken for broken."""


class Judge:
    """The process that compares."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", math_judge.__file__, str(math_judge.CPU_SECONDS)]
        # A session of its own, so that it and what it forks are ended together.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True
        )
        atexit.register(self.close)
        if (word := self._word()) != "ready":
            self.close()
            raise InfrastructureError(f"the process that compares mathematical answers did not start: {word or 'it ended'}")

    def verdict(self, grader: str, gold: str, answer: str) -> tuple[str, str]:
        """Outcome and detail.

        Raises:
            InfrastructureError: the process ended, or says nothing any more.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([grader, gold, answer]).encode() + b"\n")
        word = self._word()
        if word not in OUTCOMES:
            self.close()
            raise InfrastructureError(f"the process that compares mathematical answers broke down over {answer[:100]!r} ({word or 'it ended'})")
        return OUTCOMES[word]

    def value(self, grader: str, answer: str) -> float | None:
        """A number that equal answers share: what the comparison reads in an answer, evaluated; None where it has none, NaN where that takes too long."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(["value", grader, answer]).encode() + b"\n")
        word = self._word()
        if word.startswith("value "):
            return float(word.removeprefix("value "))
        if word in ("timeout", "crashed"):
            return float("nan")
        if word != "none":
            self.close()
            raise InfrastructureError(f"the process that compares mathematical answers broke down over {answer[:100]!r} ({word or 'it ended'})")
        return None

    def _word(self) -> str:
        """The next line; none where the process has ended."""
        assert self._process.stdout is not None
        if not readable(self._process.stdout.fileno(), SILENCE):
            return f"no word in {SILENCE:.0f} s"
        return self._process.stdout.readline().decode().strip()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


OUTCOMES = {
    "same": ("passed", ""),
    "different": ("failed", ""),
    "timeout": ("timeout", f"the comparison took more than {math_judge.CPU_SECONDS} s of CPU time"),
    "crashed": ("failed", "the comparison crashed"),
}


@cache
def judge_process() -> Judge:
    """One for all questions, for it takes a second to start."""
    return Judge()
