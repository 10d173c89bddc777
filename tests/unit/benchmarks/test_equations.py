"""Solutions as equations, against the right course of steps."""

import pytest

from monkeys.benchmarks.arithmetic import problems, word_problem
from monkeys.errors import InputError
from monkeys.formats.equations import Change, is_right, step_labels
from monkeys.graders.stated_number import robust_answer

START, CHANGES = 12, (Change("-", 4), Change("*", 2), Change("+", 6))
"""12, lose 4, double, find 6: 8, 16, 22."""


def labels(text: str) -> list[bool]:
    return [step.right for step in step_labels(text, START, CHANGES, robust_answer)]


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [
        ("12 - 4 = 8\n8 * 2 = 16\n16 + 6 = 22\nThe answer is 22.", [True] * 4, True),
        ("12 - 4 = 8\n8 + 8 = 16\n6 + 16 = 22\nThe answer is 22.", [True] * 4, True),
        ("12 - 4 = 8\n2 * 8 = 16\n16 + 6 = 22", [True] * 3, True),
        ("12 - 4 = 8 * 2 = 16\n16 + 6 = 22\nThe answer is 22.", [True] * 3, True),
        ("12 \u2212 4 = 8\n8 \u00d7 2 = 16\n16 + 6 = 22\nThe answer is 22.", [True] * 4, True),
        ("We begin.\n12 - 4 = 8\n\n8 * 2 = 16\n16 + 6 = 22\nThe answer is 22.", [True] * 5, True),
        # The right number by a wrong way.
        ("12 + 10 = 22\nThe answer is 22.", [False, False], False),
        ("12 - 4 = 8\n8 * 2 = 16\nThe answer is 22.", [True, True, False], False),
        ("The answer is 22.", [False], False),
        # A mistake stays one.
        ("12 - 4 = 9\n9 * 2 = 18\n18 + 6 = 24\nThe answer is 24.", [False] * 4, False),
        ("12 - 4 = 8\n8 + 6 = 14\n14 + 8 = 22\nThe answer is 22.", [True, False, False, False], False),
        ("12 - 4 = 8\n8 * 2 = 16\n16 + 6 = 22\n22 + 1 = 23\nThe answer is 22.", [True, True, True, False, False], False),
        ("12 - 4 = 8\n8 * 2 = 16\n16 + 6 = 22\nThe answer is 23.", [True, True, True, False], False),
        # Eight and two, times two: another number.
        ("12 - 4 * 2 = 16\n16 + 6 = 22\nThe answer is 22.", [False] * 3, False),
        ("12 - 4\n8 * 2 = 16", [False, False], False),
        ("", [], False),
        ("12 - 4 = 8", [True], False),
    ],
)
def test_steps_are_right_as_long_as_they_follow_the_course(text: str, expected: list[bool], right: bool) -> None:
    assert labels(text) == expected
    assert is_right(text, START, CHANGES, robust_answer) == right


def test_step_ends_are_the_ends_of_lines() -> None:
    text = "12 - 4 = 8  \n\n  8 * 2 = 16\nThe end"
    assert [text[: step.end] for step in step_labels(text, START, CHANGES, robust_answer)] == [
        "12 - 4 = 8",
        "12 - 4 = 8  \n\n  8 * 2 = 16",
        text,
    ]


def test_own_solution_of_every_problem_is_right() -> None:
    for number in range(200):
        problem = word_problem(3, number)
        assert is_right(problem.solution, problem.start, problem.changes, robust_answer), problem
        assert robust_answer(problem.solution) == str(problem.answer)
        assert len(problem.changes) == 1 + number % 8


def test_most_steps_limits_the_number_of_steps() -> None:
    assert {len(word_problem(0, number, 2).changes) for number in range(20)} == {1, 2}


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "2"])
def test_impossible_number_of_steps_names_its_key(steps: object) -> None:
    with pytest.raises(InputError, match=r"config key benchmarks\.arithmetic\.options\.steps is .*, but must be a whole number from 1"):
        next(iter(problems([], {"seed": 0, "steps": steps})))
