from collections.abc import Callable
from pathlib import Path

import pytest

from monkeys.files import read_jsonl
from monkeys.graders import Settings, load_grader
from monkeys.graders.numeric_answer import extract_answer, grade, normalise
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

SETTINGS = Settings(workers=1, cpu_seconds=1, memory_mb=64, response_format="chat")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 12.", "12"),
        ("The answer is: 12", "12"),
        ("the ANSWER IS $1,234.50!", "1234.5"),
        ("The answer is **12** apples, not 7.", "12"),
        ("The answer is -3", "-3"),
        ("The answer is $-3", "-3"),
        ("The answer is -$3", "-3"),
        ("The answer is 5. No: the answer is 6. 100 more.", "6"),
        ("3 + 4 = 7", "7"),
        ("It takes 3 days and 4 nights", "4"),
        ("12.0", "12"),
        ("12.50", "12.5"),
        ("0.0", "0"),
        ("100", "100"),
        ("100.00", "100"),
        ("007", "7"),
        ("So 1,000,000.", "1000000"),
        ("Lists: 1, 2, 3,", "3"),
        ("The answer is unknown, but 8 is near.", "8"),
        ("The answer is\n9", "9"),
        ("no number", None),
        ("", None),
        ("-", None),
        ("7" * 1001, None),
        ("7" * 1000, "7" * 1000),
    ],
)
def test_a_number_comes_out_of_a_text(text: str, answer: str | None) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize(("one", "two"), [("12", "12.0"), ("1,000", "1000"), ("$5", "5.00"), ("-0", "0"), ("012", "12"), ("0.10", ".1")])
def test_ways_to_write_a_number_have_one_normal_form(one: str, two: str) -> None:
    assert normalise(one) == normalise(two) is not None


def test_a_negative_zero_is_zero() -> None:
    assert normalise("-0.0") == "0"


@pytest.mark.parametrize(("one", "two"), [("12", "1.2"), ("12", "-12"), ("100", "1"), ("0.1", "0.10000000000000000000000000000000001")])
def test_different_numbers_stay_different(one: str, two: str) -> None:
    assert normalise(one) != normalise(two)


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "--1"])
def test_non_number_has_no_normal_form(text: str) -> None:
    assert normalise(text) is None


def test_verdicts_carry_the_answer_in_the_order_of_the_samples() -> None:
    references = {"p/0": Reference("p/0", {"answer": "1,200"}), "p/1": Reference("p/1", {"answer": "3"})}
    samples = [
        Sample("p/1", 0, None, "The answer is 3.0"),
        Sample("p/0", 0, None, "The answer is 3"),
        Sample("p/0", 1, None, "The answer is $1200"),
        Sample("p/1", 1, None, "I do not know"),
    ]
    assert grade(samples, references, SETTINGS, Progress("test")) == [
        Verdict("p/1", 0, "passed", "3"),
        Verdict("p/0", 0, "failed", "3"),
        Verdict("p/0", 1, "passed", "1200"),
        Verdict("p/1", 1, "no_answer", None),
    ]


def test_real_solutions_get_the_verdicts_that_were_published_with_them(shared_data: Callable[[str], Path]) -> None:
    """Four models on GSM8K, with the verdicts of the paper's own grader."""
    rows = [row for _, row in read_jsonl(shared_data("samples_gsm8k/example_model_solutions.jsonl"))]
    references = {str(n): Reference(str(n), {"answer": row["ground_truth"].rsplit("A: ", 1)[1]}) for n, row in enumerate(rows)}
    models = [name for name in rows[0] if name not in ("question", "ground_truth")]
    assert len(models) == 4
    samples = [Sample(str(n), index, None, row[model]["solution"]) for n, row in enumerate(rows) for index, model in enumerate(models)]
    published = [row[model]["is_correct"] for row in rows for model in models]
    found = [verdict.outcome == "passed" for verdict in grade(samples, references, SETTINGS, Progress("test"))]
    assert 2000 < sum(published) < 3000
    different = [(sample.text[-40:], was) for sample, was, now in zip(samples, published, found, strict=True) if was != now]
    assert different == []


def test_the_right_answers_of_gsm8k_are_numbers(shared_data: Callable[[str], Path]) -> None:
    answers = [row["answer"].rsplit("#### ", 1)[1] for _, row in read_jsonl(shared_data("gsm8k/test.jsonl"))]
    assert [extract_answer(f"Step 1: 99. The answer is ${answer}.") for answer in answers] == [normalise(answer) for answer in answers]
    assert None not in map(normalise, answers)


def test_the_grader_is_found_by_its_name() -> None:
    assert load_grader("numeric_answer").grade is grade
