"""References that a grader cannot read are refused when a benchmark is prepared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monkeys.benchmarks import load_benchmark
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.graders import check_references, grader_names, load_grader
from monkeys.graders.stated_number import read_key
from monkeys.records.reference import Reference

GOOD: dict[str, dict[str, Any]] = {
    "numeric_answer": {"answer": 48},
    "igsm_steps": {"answer": "4", "problem": {"modulus": 23, "query": "Ship's Chest", "parameters": [["Ship's Chest", [], [4], 4]]}},
    "recorded_answer": {"right": ["7"], "empty": "vote"},
    "multiple_choice": {"answer": "b", "options": ["London", "Paris"]},
    "exact_text": {"answer": "Paris", "ignore_case": True},
    "gsm8k_answer": {"answer": "1,200", "grader": "robust"},
    "math_answer": {"answer": r"\frac{1}{2}", "grader": "verify"},
    "python_tests": {"prompt": "def f(n):\n", "test": "def check(f):\n    assert f(1) == 2\n", "entry_point": "f"},
    "input_output": {"tests": [["1\n", "2\n"]]},
    "lean_proof": {"header": "", "statement": "theorem one : 1 = 1 :="},
    "repository_patch": {"image": "a", "eval_script": "b", "log_parser": "c", "fail_to_pass": ["t"], "pass_to_pass": []},
}


def test_every_grader_checks_its_references() -> None:
    assert set(GOOD) == set(grader_names())
    for grader, reference in GOOD.items():
        load_grader(grader).check_reference(reference)


@pytest.mark.parametrize(
    ("value", "form"),
    [(48, "48"), (1.5, "1.5"), ("1/2", "0.5"), ("1/3", "1/3"), ("50%", "50"), ("12 km", "12"), ("\u22125", "-5"), ("10.", "10"), ("1.5e3", "1500")],
)
def test_keys_as_people_write_them_are_read(value: object, form: str) -> None:
    assert read_key(value) == form


@pytest.mark.parametrize("value", ["Infinity", "NaN", "", " ", "x", "1.2.3", "3 or 4", True, None, [1], {}, float("nan"), float("inf")])
@pytest.mark.parametrize("grader", ["numeric_answer", "gsm8k_answer"])
def test_keys_that_are_no_number_are_refused(grader: str, value: object) -> None:
    references = [Reference("p/0", {**GOOD[grader]}), Reference("p/1", {**GOOD[grader], "answer": value})]
    with pytest.raises(InputError, match=r"^rows\.jsonl: the reference of problem p/1 \(number 2\) has .* under 'answer', but must have a number"):
        check_references(grader, references, "rows.jsonl")


@pytest.mark.parametrize(
    ("grader", "field", "value"),
    [
        ("math_answer", "answer", ""),
        ("math_answer", "answer", True),
        ("math_answer", "answer", ["5"]),
        ("math_answer", "answer", float("inf")),
        pytest.param("math_answer", "answer", 7**5000, id="a number of 4226 digits"),
        ("math_answer", "answer", r"\frac{1}{2"),
        ("math_answer", "grader", "papr"),
        ("gsm8k_answer", "grader", None),
        ("python_tests", "test", "def check(f:\n"),
        ("python_tests", "entry_point", "f n"),
        ("input_output", "tests", []),
        ("input_output", "tests", [["1"]]),
        ("input_output", "tests", [[1, 2]]),
        ("lean_proof", "statement", "1 = 1"),
        ("lean_proof", "header", None),
        ("repository_patch", "fail_to_pass", []),
        ("repository_patch", "pass_to_pass", "t"),
        ("repository_patch", "image", ""),
    ],
)
def test_a_bad_field_is_named(grader: str, field: str, value: object) -> None:
    with pytest.raises(InputError, match=f"'{field}'") as caught:
        load_grader(grader).check_reference({**GOOD[grader], field: value})
    assert "\n" not in str(caught.value)


def test_the_keys_of_minerva_math_are_read(shared_data: Callable[[str], Path]) -> None:
    from monkeys.formats.latex import last_boxed

    rows = [row for _, row in read_jsonl(shared_data("aime_amc/minerva_math.jsonl"))]
    references = [Reference(str(n), {"answer": last_boxed(row["solution"]), "grader": "verify"}) for n, row in enumerate(rows)]
    check_references("math_answer", references, "minerva_math")


ROWS = {
    "aime24": "aime_amc/aime24.jsonl",
    "amc23": "aime_amc/amc23.jsonl",
    "gsm8k": "gsm8k/train.jsonl gsm8k/test.jsonl",
    "humaneval": "humaneval/HumanEval.jsonl.gz",
    "math": "math/test.jsonl",
    "math500": "math/test.jsonl",
    "mbpp": "mbpp/mbpp.jsonl",
    "minif2f_math": "minif2f/deepseek_v1.5_minif2f.jsonl",
}


@pytest.mark.parametrize("name", ROWS)
def test_the_references_of_real_rows_are_read(name: str, shared_data: Callable[[str], Path]) -> None:
    benchmark = load_benchmark(name)
    rows = [row for path in ROWS[name].split() for _, row in read_jsonl(shared_data(path))]
    references = [reference for _, reference in benchmark.problems(rows, benchmark.options)]
    assert references
    check_references(benchmark.grader, references, name)


def test_a_brace_that_is_written_out_needs_no_other() -> None:
    check_references("math_answer", [Reference("p", {"answer": r"\left\{ x > 3 \right.", "grader": "verify"})], "quiz")
