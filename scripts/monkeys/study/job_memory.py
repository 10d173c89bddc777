"""The memory that a job is given which runs programs."""

from collections.abc import Mapping
from typing import Any

from monkeys.graders import grader_options, load_grader
from monkeys.sandbox import TESTS_MEMORY_MB

JOB_MB = 1500
"""Megabytes of a job that verifies, without what its sandboxes and judges hold: Snakemake, the samples and their verdicts."""
PLAIN_MB = 4000
"""Of a job that scores and runs nothing, as the profile for Slurm asks for any job."""
SANDBOX_MB = 256
"""Of a sandbox without its program and tests: its server, and files in memory."""


def verification_memory_mb(name: str, verification: Mapping[str, Any], workers: int, attempt: int) -> int:
    """Megabytes of a job that verifies: all that its processes may hold at a time, so that no sample ends a job by what it is allowed.

    Args:
        name: the grader.
        verification: that part of the configuration.
        workers: sandboxes at a time.
        attempt: 1 for the first try of the job. Each further one asks for a quarter of that more, for what is not counted here.
    """
    grader = load_grader(name)
    options = grader_options(name) | verification["graders"].get(name, {})
    program = options.get("memory_mb", verification["memory_mb"] if grader.RUNS_PROGRAMS else 0)
    judge = getattr(grader, "JUDGE_MEMORY_MB", TESTS_MEMORY_MB if grader.RUNS_PROGRAMS else 0)
    sandbox = SANDBOX_MB if grader.RUNS_PROGRAMS else 0
    return _job_mb(program + judge + sandbox, workers, attempt)


def scoring_memory_mb(runs_programs: bool, verification: Mapping[str, Any], workers: int, attempt: int) -> int:
    """Megabytes of a job that scores without a model: where it runs programs, all that they may hold at a time.

    Args:
        runs_programs: whether the scorer does.
        verification, workers, attempt: as for ``verification_memory_mb``.
    """
    if not runs_programs:
        return PLAIN_MB * (1 + attempt) // 2
    return _job_mb(verification["memory_mb"] + TESTS_MEMORY_MB + SANDBOX_MB, workers, attempt)


def _job_mb(each: int, workers: int, attempt: int) -> int:
    """Of a job whose workers hold so much each."""
    return int(JOB_MB + workers * each) * (3 + attempt) // 4
