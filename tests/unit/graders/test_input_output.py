import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monkeys.graders import Settings, load_grader
from monkeys.graders.input_output import grade, paper_program, program_text, same_output
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

QUIET = Progress("test")
CHAT = Settings(workers=2, cpu_seconds=2, memory_mb=512, response_format="chat")


def verdict(program: str, tests: list[tuple[str, str]], settings: Settings = CHAT) -> Verdict:
    return grade([Sample("p", 0, None, f"```python\n{program}\n```")], {"p": Reference("p", {"tests": tests})}, settings, QUIET)[0]


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("1 2\n3", "1\n2 3\n", True),
        ("YES", "yes", True),
        ("", " \n", True),
        ("1", "1 2", False),
        ("1 2", "1", False),
        ("1.000001", "1.0", True),
        ("1.0001", "1.0", False),
        ("3", "3.0", True),
        ("10000000", "10000001", False),
        ("100000000000000000001", "100000000000000000000", False),
        ("007", "7", True),
        ("+7", "7", True),
        ("1e5", "100000", True),
        ("abc", "abd", False),
        ("nan", "nan", True),
        ("nan", "1", False),
        ("inf", "1", False),
        ("inf", "infinity", False),
        ("1_000", "1000", False),
    ],
)
def test_outputs_are_compared_by_their_tokens(output: str, expected: str, same: bool) -> None:
    assert same_output(output, expected) is same
    assert same_output(expected, output) is same


@pytest.mark.parametrize(
    ("text", "answers", "program"),
    [
        ("Here:\n```python\nprint(1)\n```\n```python\nprint(2)\n```", "chat", "print(2)"),
        ("Here:\n```python\nprint(1)\n```\n```python\nprint(2)\n```", "completion", "print(1)"),
        ("```\nprint(1)", "chat", "print(1)"),
        ("print(1)", "chat", "print(1)"),
        ("I would print 1.", "chat", None),
        ("print(1)\n```\nDone.", "completion", "print(1)"),
        ("Let us see.\n```py\nprint(1)\n```", "completion", "print(1)"),
        ("```\nprint(1)", "completion", "print(1)"),
        ("print(1)\n", "completion", "print(1)"),
        ("", "completion", None),
        ("```python\n```", "chat", None),
    ],
)
def test_the_program_is_the_last_block_of_a_chat_answer_and_the_first_of_a_completion(text: str, answers: str, program: str | None) -> None:
    assert program_text(text, answers) == program


@pytest.mark.parametrize(
    ("text", "answers", "program"),
    [
        (" ```n = int(input())\nprint(n)```\nQ: And", "completion", "n = int(input())\nprint(n)"),  # as the paper's examples have it
        (" ```python\nprint(1)```", "completion", "print(1)"),
        (" ```n = 1\nprint(n)", "completion", "n = 1\nprint(n)"),  # cut off
        ("```Python3.11\nprint(1)\n```", "chat", "print(1)"),
        ("```py\nprint(1)\n```", "chat", "print(1)"),
        ("```python print(1)```", "chat", "print(1)"),
        ("```pythonic(1)```", "chat", "pythonic(1)"),
        ("```\n\n    print(1)```", "chat", "print(1)"),
        ("```42```", "chat", "42"),
        ("```", "chat", None),
        ("``````", "completion", None),
    ],
)
def test_a_program_may_stand_in_the_line_of_its_fence(text: str, answers: str, program: str | None) -> None:
    assert program_text(text, answers) == program


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (" ```n = int(input())\nprint(n)```", "n = int(input())\nprint(n)"),
        ("Here:\n```python\nprint(1)\n```\nor\n```\nprint(2)\n```", "print(1)"),
        ("```\n  print(1)\n  ```", "print(1)"),
        ("```python3\nprint(1)\n```", "3\nprint(1)"),  # a program nevertheless
        ("```py\nprint(1)\n```", "py\nprint(1)"),
        ("```Python\nprint(1)\n```", "Python\nprint(1)"),
        ("print(1)\n", "print(1)"),
        ("```python\nprint(1)", "```python\nprint(1)"),  # no Python: it will fail
        ("``````", None),
        ("```python```", None),
        (" \n", None),
        ("", None),
    ],
)
def test_the_papers_program(text: str, program: str | None) -> None:
    assert paper_program(text) == program


@pytest.mark.parametrize(
    ("program", "expected", "paper", "robust"),
    [
        ("print(1)", "1", "passed", "passed"),
        ("print(1)\n1/0", "1", "passed", "failed"),
        ("print(1)\nexit()\nprint(2)", "1", "passed", "passed"),
        ("print(1)\ntry:\n    quit()\nexcept Exception:\n    print(2)", "1", "passed", "passed"),
        ("print(1)\nexit(2)", "1", "passed", "failed"),
        ("import os\nprint(1, flush=True)\nos.abort()", "1", "passed", "failed"),
        ("print(2)\n1/0", "1", "failed", "failed"),
        ("print(1", "1", "failed", "failed"),
        ("print(1)\nx = bytearray(1 << 40)", "1", "memory", "memory"),
        ("print(1, flush=True)\nwhile True: pass", "1", "timeout", "timeout"),
    ],
)
def test_for_the_paper_the_output_alone_counts(program: str, expected: str, paper: str, robust: str) -> None:
    settings = Settings(workers=1, cpu_seconds=1, memory_mb=512, response_format="chat")
    sample = Sample("p", 0, None, f"```{program}```")
    for reading, outcome in (("paper", paper), ("robust", robust)):
        reference = Reference("p", {"tests": [["", "1"], ["", expected]], "grader": reading})
        assert [verdict.outcome for verdict in grade([sample], {"p": reference}, settings, QUIET)] == [outcome]


def test_tests_run_until_the_first_that_fails() -> None:
    tests = [("1", "1"), ("2", "2"), ("3", "4"), ("x", "5")]
    found = verdict("print(int(input()))", tests)
    assert (found.outcome, found.detail) == ("failed", "test 3 of 4: wrote 3 where 4 was expected")
    assert verdict("print(int(input()))", tests[:2]).outcome == "passed"


@pytest.mark.parametrize(
    ("program", "outcome", "detail"),
    [
        ("print(1)\n1/0", "failed", "test 1 of 1: ZeroDivisionError: division by zero"),
        ("print(1)\nexit(3)", "failed", "test 1 of 1: left with status 3"),
        ("import sys\nprint(1)\nsys.exit(3)", "failed", "test 1 of 1: left with status 3"),
        ("while True: pass", "timeout", "test 1 of 1: used up its 1 s of CPU time"),
        ("x = bytearray(1 << 30)", "memory", "test 1 of 1: MemoryError"),
        ("", "no_answer", "no code in the answer"),
        ("pass", "failed", "test 1 of 1: wrote nothing where 1 was expected"),
        ("print('x' * 1000)", "failed", f"test 1 of 1: wrote {'x' * 60} where 1 was expected"),
        ("while True: print('x' * 10**6)", "failed", "test 1 of 1: wrote more than 16 MB"),
    ],
)
def test_each_failure_has_its_detail(program: str, outcome: str, detail: str) -> None:
    found = verdict(program, [("", "1")], Settings(workers=1, cpu_seconds=1, memory_mb=512, response_format="chat"))
    assert found.outcome == outcome
    assert found.detail.startswith(detail)


def test_a_problems_own_limits_count() -> None:
    loop = "n = 0\nwhile n < 3 * 10**7: n += 1\nprint(n)"
    reference = Reference("p", {"tests": [["", "30000000"]]}, limits={"cpu_seconds": 30})
    sample = Sample("p", 0, None, f"```\n{loop}\n```")
    strict = Settings(workers=1, cpu_seconds=1, memory_mb=512, response_format="chat")
    assert grade([sample], {"p": reference}, strict, QUIET)[0].outcome == "passed"


def test_the_expected_output_is_nowhere_in_the_memory_of_a_program() -> None:
    search = "import gc\nprint([o for o in gc.get_objects() if 'this-for-' + 'example' in str(o)])"
    assert verdict(search, [("", "this-for-example")]).outcome == "failed"


def kattis(path: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def test_real_problems_tell_right_submissions_from_wrong_ones(shared_data: Callable[[str], Path]) -> None:
    rows = kattis(shared_data("codecontests/kattis_problemtools_3problems.jsonl"))
    right = wrong = 0
    for name, row in rows.items():
        kinds = [row[kind] for kind in ("public_tests", "private_tests", "generated_tests")]
        tests = [pair for kind in kinds for pair in zip(kind["input"], kind["output"], strict=True)]
        limits = {"cpu_seconds": row["time_limit"]["seconds"] + 10, "memory_mb": row["memory_limit_bytes"] // 1_000_000}
        references = {name: Reference(name, {"tests": tests}, limits)}
        for kind, outcome in (("solutions", "passed"), ("incorrect_solutions", "failed")):
            # One of the right ones is slow on purpose: it counts to 100 million for each line.
            texts = [text for text in row[kind]["solution"] if "needless loop" not in text]
            samples = [Sample(name, index, None, f"```python\n{text}\n```") for index, text in enumerate(texts)]
            verdicts = grade(samples, references, CHAT, QUIET)
            assert [verdict.outcome for verdict in verdicts] == [outcome] * len(samples), (name, verdicts)
            right, wrong = (right + len(samples), wrong) if outcome == "passed" else (right, wrong + len(samples))
    assert (len(rows), right >= 3, wrong >= 1) == (3, True, True)


def test_the_grader_is_found_by_its_name() -> None:
    assert load_grader("input_output").RUNS_PROGRAMS
