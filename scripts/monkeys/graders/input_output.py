"""Programs that read standard input and write standard output, as in CodeContests (Li et al. 2022, arXiv 2203.07814).

A reference has the field ``tests``: a list of (input, expected output). Tests run one after the other, each in processes of its own, until the first
that fails. Expected outputs never enter the sandbox. The reference's field ``grader`` says which text of an answer is its program and when it passes.

``paper``, as Large Language Monkeys (arXiv 2407.21787; its released ``llmonk/evaluate/code_contests.py``) does: what stands between the first two
fences, without the word "python" at its beginning; in an answer without two fences, all of it. The output alone counts, so a program that has written
what was expected and then fails has passed. (The paper compiles an answer without two fences first, and takes what is no Python for no answer; here it
runs, and fails.)

``robust``, without that field: of a chat answer the last complete program, of a completion the first block, as ``formats/programs.py`` finds them. A
program must end every test with status 0.

Outputs are compared token by token, tokens parted by white space and lower-cased: two whole numbers must be equal, two numbers otherwise must lie
within 1e-5 of each other (absolutely), anything else must be the same text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from monkeys.errors import InputError
from monkeys.formats.programs import first_script, script
from monkeys.graders import CONSTANTS, Settings, shown
from monkeys.graders.programs import run_distinct
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import Execute, Execution, Script

RUNS_PROGRAMS = True
JUDGE_MEMORY_MB = 0

TOLERANCE = 1e-5
_CLOSED = re.compile(r"```(.*?)```", re.DOTALL)
_WHOLE = re.compile(r"([+-]?)0*([0-9]+)")
_SHOWN = 60


def paper_program(text: str) -> str | None:
    """What the paper takes for the program in an answer; None for nothing."""
    found = _CLOSED.search(text)
    return (found[1].strip().removeprefix("python") if found else text).strip() or None


def program_text(text: str, response_format: str) -> str | None:
    """The program in an answer, read robustly; None where none exists."""
    return first_script(text) if response_format == "completion" else script(text)


def same_output(output: str, expected: str) -> bool:
    """Whether an output is the expected one."""
    return first_difference(output, expected) is None


def first_difference(output: str, expected: str) -> tuple[str, str] | None:
    """The first two tokens that differ, empty where an output is too short; None if the outputs are the same."""
    for ours, theirs in zip_longest(output.lower().split(), expected.lower().split(), fillvalue=""):
        if ours != theirs and not _same_number(ours, theirs):
            return ours, theirs
    return None


def _same_number(ours: str, theirs: str) -> bool:
    if (first := _WHOLE.fullmatch(ours)) and (second := _WHOLE.fullmatch(theirs)):
        # As texts: Python limits the digits of what it makes a number of, and takes long.
        return first[2] == second[2] and (first[2] == "0" or (first[1] == "-") == (second[1] == "-"))
    if "_" in ours + theirs:  # which Python would take for a part of a number
        return False
    try:
        return abs(float(ours) - float(theirs)) <= TOLERANCE
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Tests:
    """A program and all its tests, and whether what it writes is all that counts, or its exit status as well."""

    program: str
    tests: tuple[tuple[str, str], ...]
    cpu_seconds: int
    memory_mb: int
    output_alone: bool = False

    def run(self, execute: Execute) -> Execution:
        """Test after test, until one fails; the CPU seconds are those of all that ran."""
        cpu_seconds = 0.0
        for number, (given, expected) in enumerate(self.tests, start=1):
            execution = execute(Script(self.program, given, self.cpu_seconds, self.memory_mb))
            cpu_seconds += execution.cpu_seconds
            outcome, detail = execution.outcome, execution.detail
            if outcome == "passed" and (difference := first_difference(execution.output, expected)):
                ours, theirs = (token[:_SHOWN] or "nothing" for token in difference)
                outcome, detail = "failed", f"wrote {ours} where {theirs} was expected"
            elif outcome == "failed" and self.output_alone and same_output(execution.output, expected):
                outcome = "passed"
            if outcome != "passed":
                return Execution(outcome, f"test {number} of {len(self.tests)}: {detail}", cpu_seconds)
        return Execution("passed", "", cpu_seconds)


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: at least one test, each a text for standard input and one that is expected."""
    tests = reference.get("tests")
    if (
        not isinstance(tests, list | tuple)
        or not tests
        or not all(isinstance(test, list | tuple) and len(test) == 2 and all(isinstance(text, str) for text in test) for test in tests)
    ):
        raise InputError(f"has {shown(tests)} under 'tests', but must have a list of pairs of texts, an input and the output expected")
    if reference.get("grader", "robust") not in ("paper", "robust"):
        raise InputError(f"has {shown(reference['grader'])} under 'grader', but must have paper or robust")


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """Programs that write a constant."""
    return [(f"print({constant})", f"```python\nprint({constant})\n```") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """Run every distinct program with its tests once, in sandboxes."""

    # Once a problem, for a problem has many samples and may have megabytes of tests.
    tests = {name: tuple((given, expected) for given, expected in reference.reference["tests"]) for name, reference in references.items()}

    def program_of(sample: Sample) -> Tests | None:
        reference = references[sample.problem_id]
        paper = reference.reference.get("grader") == "paper"
        text = paper_program(sample.text) if paper else program_text(sample.text, settings.response_format)
        if text is None:
            return None
        # A problem's own limits are what its solutions need; a study may give more.
        cpu_seconds = max(int(reference.limits.get("cpu_seconds", 0)), settings.cpu_seconds)
        memory_mb = max(int(reference.limits.get("memory_mb", 0)), settings.memory_mb)
        return Tests(text, tests[sample.problem_id], cpu_seconds, memory_mb, paper)

    return run_distinct(samples, program_of, settings, progress)
