"""Unit tests in Python, HumanEval's way: no exception means passed.

A reference has the fields ``prompt`` and ``test`` (trusted source text; the tests may use helper functions of the prompt, and define
``check(candidate)``) and ``entry_point``. Program and tests run in two processes (``sandbox/inside``), so that no object of the program ever
meets a test.

How a program comes out of an answer
- A **completion** continues the prompt: the program is the prompt and the text, as it is. Stop strings cut it while it was drawn.
- A **chat** answer: what ``formats/programs.py`` finds in it. The prompt stands in front of it, so that imports and helper functions which the answer
  leaves out are there; the answer's own definition then replaces the prompt's. A block without a definition counts as the function's body if its lines
  are indented; else there is no answer in it.
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from monkeys.errors import InputError
from monkeys.formats.programs import function_code
from monkeys.formats.python_source import future_first, read
from monkeys.graders import CONSTANTS, Settings, shown, text_fields
from monkeys.graders.programs import run_distinct
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import TESTS_MEMORY_MB, FunctionTests

RUNS_PROGRAMS = True
JUDGE_MEMORY_MB = TESTS_MEMORY_MB
sys.set_int_max_str_digits(0)  # tests are compiled here, and may name numbers of any length, as the sandbox takes them


def program_text(text: str, reference: Reference, response_format: str) -> str | None:
    """Prompt and answer as one program; None where the answer holds no code."""
    fields = reference.reference
    prompt: str = fields["prompt"]
    if response_format == "completion":
        return f"{prompt}{text.rstrip()}\n"
    code = function_code(text, fields["entry_point"], names_of(prompt))
    if code is None:
        return None
    if code[0].isspace():
        return f"{prompt}{code.rstrip()}\n"
    return future_first(helpers(prompt) or f"{prompt}\n", f"{code.rstrip()}\n")


@cache
def helpers(prompt: str) -> str:
    """What tests may use of a prompt: all of it, its unfinished function with an empty body."""
    for ending in ("", "    pass\n"):
        with suppress(SyntaxError):
            compile(prompt + ending, "<prompt>", "exec")
            return f"{prompt}{ending}\n"
    return ""


@cache
def names_of(prompt: str) -> frozenset[str]:
    """The names that a prompt defines: what an answer may use of it."""
    source = read(helpers(prompt))
    return source.bound if source else frozenset()


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: tests that compile behind the prompt's helpers, and the name of the function that they check."""
    text_fields(reference, "test", "entry_point")
    if not isinstance(reference.get("prompt"), str):
        raise InputError(f"has {shown(reference.get('prompt'))} under 'prompt', but must have a text")
    if not reference["entry_point"].isidentifier():
        raise InputError(f"has {shown(reference['entry_point'])} under 'entry_point', but must have the name of a function")
    try:
        compile(helpers(reference["prompt"]) + reference["test"], "<tests>", "exec")
    except (SyntaxError, ValueError) as error:
        raise InputError(f"has tests under 'test' that are not Python ({error}), but must have some that compile") from None


def constant_answers(reference: Reference) -> list[tuple[str, str]]:
    """Functions that return a constant, as completions."""
    function = reference.reference["entry_point"]
    return [(f"return {constant}", f"\ndef {function}(*args, **kwargs):\n    return {constant}\n") for constant in CONSTANTS]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """Run every distinct program once, in sandboxes.

    Trailing white space does not make a program another one: it cannot change what Python does.
    """

    def program_of(sample: Sample) -> FunctionTests | None:
        reference = references[sample.problem_id]
        text = program_text(sample.text, reference, settings.response_format)
        if text is None:
            return None
        # A problem's own limits are what its solutions need; a study may give more.
        cpu_seconds = max(int(reference.limits.get("cpu_seconds", 0)), settings.cpu_seconds)
        memory_mb = max(int(reference.limits.get("memory_mb", 0)), settings.memory_mb)
        fields = reference.reference
        return FunctionTests(text, helpers(fields["prompt"]) + fields["test"], fields["entry_point"], cpu_seconds, memory_mb)

    return run_distinct(samples, program_of, settings, progress)
