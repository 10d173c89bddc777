"""Classes of equal answers, formed without the key, and right courses of steps."""

import time

import pytest

from monkeys.benchmarks.arithmetic import BENCHMARK, word_problem
from monkeys.errors import InputError
from monkeys.graders import Settings, verify
from monkeys.graders.answer_classes import class_names
from monkeys.graders.math_answer import answer_classes
from monkeys.graders.numeric_answer import check_reference
from monkeys.graders.programs import text_class
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample

QUIET = Progress("test", None)


def graded(grader: str, reference: dict[str, object], texts: list[str]) -> list[str | None]:
    samples = [Sample("p", index, None, text) for index, text in enumerate(texts)]
    verdicts = verify(grader, samples, {"p": Reference("p", reference)}, Settings(1), QUIET)
    return [verdict.answer_class for verdict in verdicts]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (r"\frac{1}{2}", "0.5", True),
        ("x+1", "1+x", True),
        ("x+1", "x-1", False),
        ("x = 5", "5", True),
        (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}", True),
        (r"\frac{\pi}{4}", r"\frac{\pi}{3}", False),
        ("1, 2", "2,1", True),
        ("(1,2)", "(2,1)", False),
        ("(1,2)", "1,2", False),
        ("[1,2)", r"1 \le x < 2", True),
        (r"\text{(B)}", "B", True),
        (r"7:30 \text{ p.m.}", "19:30", True),
        ("7:30", "7:31", False),
        (r"50\%", "50", True),
        ("0.5", "50", False),
        (r"5\text{ cm}", r"5\text{ seconds}", False),
        ("0", "10^{-9}", False),
    ],
)
def test_mathematics_is_one_class_where_the_grader_finds_it_equal(one: str, other: str, same: bool) -> None:
    classes = answer_classes([one, other, "17"], "verify")
    assert (classes[one] == classes[other]) is same
    assert classes["17"] not in (classes[one], classes[other])
    assert classes == answer_classes([other, "17", one], "verify"), "the order tells nothing"


def test_the_key_does_not_form_classes() -> None:
    texts = [rf"\boxed{{{answer}}}" for answer in ("1/3", "0.333333333333", "0.5", "1/2", "7", "x")]
    found = [graded("math_answer", {"answer": key, "grader": "verify"}, texts) for key in (r"\frac{1}{3}", "7", "x", "12")]
    assert all(classes == found[0] for classes in found)
    assert found[0][2] == found[0][3] and len(set(found[0])) == 4


def test_minervas_reading_has_its_own_equality() -> None:
    classes = answer_classes(["x+1", "1+x", "2"], "minerva")
    assert classes["x+1"] == classes["1+x"] != classes["2"]


def test_classes_are_closed_under_equality() -> None:
    pairs = {("a", "bb"), ("bb", "ccc")}
    found = class_names(["ccc", "a", "bb", "d"], dict.fromkeys(["a", "bb", "ccc", "d"], None), lambda one, other: (one, other) in pairs)
    assert found == {"a": "a", "bb": "a", "ccc": "a", "d": "d"}


def test_only_neighbours_in_value_are_compared() -> None:
    asked = []
    names = [f"{number:04d}" for number in range(2000)]
    class_names(names, {name: float(name) for name in names}, lambda one, other: bool(asked.append((one, other))))
    assert len(asked) < 20


def test_ten_thousand_samples_of_a_problem_take_seconds() -> None:
    texts = [rf"\boxed{{{number % 3000}}}" for number in range(9900)] + [rf"\boxed{{\frac{{{number}}}{{7}}\sqrt{{2}}}}" for number in range(1, 101)]
    start = time.process_time()
    classes = graded("math_answer", {"answer": "3", "grader": "verify"}, texts)
    assert len(set(classes)) == 3100 and time.process_time() - start < 20


def test_numbers_letters_and_texts_without_an_answer() -> None:
    assert graded("numeric_answer", {"answer": "12"}, ["The answer is 12.", "The answer is 12.0", "13", "none"]) == ["12", "12", "13", None]
    assert text_class("def f():\n    return 1  \n\n") == text_class("def f():\n\n    return 1\n") != text_class("def f():\n    return 2\n")


def test_arithmetic_says_whether_steps_are_right_beside_the_answer() -> None:
    prompt, reference = next(iter(BENCHMARK.problems([], {**BENCHMARK.options, "seed": 0})))
    problem = word_problem(0, 0)
    end = problem.answer
    texts = [problem.solution, f"The answer is {end}.", f"1 + 1 = 2\nThe answer is {end}.", "The answer is 0."]
    samples = [Sample(prompt.problem_id, index, None, text) for index, text in enumerate(texts)]
    check_reference(reference.reference)
    verdicts = verify("numeric_answer", samples, {prompt.problem_id: reference}, Settings(1), QUIET)
    assert [(verdict.outcome, verdict.process) for verdict in verdicts] == [("passed", True), ("passed", False), ("passed", False), ("failed", False)]
    assert verify("numeric_answer", samples, {prompt.problem_id: Reference("p", {"answer": str(end)})}, Settings(1), QUIET)[0].process is None


@pytest.mark.parametrize(
    "course",
    [
        [7, 5],
        {"start": 7},
        {"start": 7, "changes": []},
        {"start": 7, "changes": [["+", 2.0]]},
        {"start": True, "changes": [["+", 2]]},
        {"start": 7, "changes": [["/", 2]]},
        {"start": 7, "changes": [["+", 3]]},
    ],
)
def test_impossible_course_is_refused(course: object) -> None:
    with pytest.raises(InputError, match="'course'"):
        check_reference({"answer": "9", "course": course})
