"""The grader of GSM8K's answers."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.gsm8k import TRAIN_ROWS
from monkeys.files import read_jsonl
from monkeys.graders import Settings, load_grader
from monkeys.graders.gsm8k_answer import grade, paper_answer, robust_answer
from monkeys.graders.numeric_answer import normalise
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

BENCHMARK = load_benchmark("gsm8k")
QUIET = Progress("test")


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for split in ("train", "test") for _, row in read_jsonl(shared_data(f"gsm8k/{split}.jsonl"))]


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))


def names(problems: list[Problem]) -> list[str]:
    return [prompt.problem_id for prompt, _ in problems]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (" 6 x 3 = <<6*3=18>>18\n#### 18", "18"),
        ("#### $1,234.", "1234"),
        ("#### -5", "-5"),
        ("#### -$5", "-5"),
        ("#### 18.00", "18"),  # by Minerva's is_equiv
        ("#### 18.50", "18.5"),
        ("#### 17 no: #### 18", "17"),  # the first
        ("#### 18 dollars", "18"),
        ("#### 018", "018"),  # which is_equiv cannot read
        ("#### 18..", "18."),  # nor this
        ("####18", None),
        ("#### \n18", None),
        ("#### $", None),
        ("The answer is 18", None),
        ("A: 18", None),
        ("", None),
    ],
)
def test_the_papers_extraction(text: str, answer: str | None) -> None:
    assert paper_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("#### 18", "18"),
        ("####18", "18"),
        ("####\n18", "18"),
        ("#### **$1,800.00**", "1800"),
        ("#### 17\nNo, wait.\n#### 18", "18"),
        ("#### 1. Eggs\n16 - 7 = 9\n#### 2. Money\n9 * 2 = 18 dollars", "18"),
        ("#### Step 2: 9 * 2\nThat makes 18.", "18"),
        (r"So it is $\boxed{18}$, in 2 days.", "18"),
        (r"\boxed{1{,}800}", "1800"),
        (r"\boxed{\$18 \text{ for 2 days}}", "18"),
        (r"\boxed{x = 18}", "18"),
        (r"\boxed{\frac{36}{2}}", "18"),
        (r"\boxed{\frac{1}{18}}", "1/18"),
        (r"\boxed{\frac{18}{0}} or 7", "7"),
        (r"\boxed{\boxed{\boxed{18}}}", "18"),
        (r"\boxed{18", "18"),
        ("The answer is **18** eggs, not 20.", "18"),
        ("The answer is 36/2 = 18. Check: 18 * 2 = 36.", "18"),
        ("The answer is 18 = 9 * 2", "18"),
        ("The ANSWER IS: $18.50!", "18.5"),
        ("The answer is the number of eggs, which comes to 18", "18"),
        ("A: 18", "18"),
        ("It takes 5-18 days", "18"),
        ("It is \u221218", "-18"),
        ("18 cm^2", "18"),
        (".5", "0.5"),
        ("10^10^10", None),
        ("The answer is 10^{10^{10}}", None),
        ("no number", None),
        ("", None),
        ("7" * 1001, None),
    ],
)
def test_the_robust_reading(text: str, answer: str | None) -> None:
    assert robust_answer(text) == answer


def verdicts(texts: list[str], key: str, reading: str) -> list[Verdict]:
    samples = [Sample("GSM8K/0", index, None, text) for index, text in enumerate(texts)]
    return grade(samples, {"GSM8K/0": Reference("GSM8K/0", {"answer": key, "grader": reading})}, Settings(1), QUIET)


def test_verdicts_carry_the_answer_and_follow_the_references_grader() -> None:
    texts = ["#### 1,200", "The answer is 1200.", "#### 3", "none"]
    assert verdicts(texts, "1,200", "paper") == [
        Verdict("GSM8K/0", 0, "passed", "1200"),
        Verdict("GSM8K/0", 1, "no_answer", None),
        Verdict("GSM8K/0", 2, "failed", "3"),
        Verdict("GSM8K/0", 3, "no_answer", None),
    ]
    assert [verdict.outcome for verdict in verdicts(texts, "1,200", "robust")] == ["passed", "passed", "failed", "no_answer"]


ABSURD = {
    "empty": "",
    "binary": "".join(map(chr, range(256))) * 4000,
    "digits": "1" * 10**6,
    "digits behind the mark": "#### " + "9" * 10**6,
    "signs behind the mark": "#### " + "$,." * 300_000,
    "marks": "#### " * 200_000,
    "marks and powers": "#### 1^" * 150_000,
    "powers": "1 ^ " * 250_000,
    "a power of powers": "The answer is 10^10^10",
    "boxes": "\\boxed{" * 150_000,
    "braces": "\\boxed{" + "{" * 10**6,
    "fractions": "\\boxed{" + "\\frac{" * 200_000,
    "statements": "answer is " * 100_000,
    "minus": "-" * 10**6,
    "commas": "1," * 500_000,
    "points": "1." * 500_000,
    "space before a power": "1" + " " * 10**6 + "^",
}


@pytest.mark.parametrize("reading", ["paper", "robust"])
@pytest.mark.parametrize("kind", ABSURD)
def test_absurd_answers_get_a_verdict_quickly(kind: str, reading: str) -> None:
    began = time.process_time()
    (verdict,) = verdicts([ABSURD[kind]], "18", reading)
    assert verdict.outcome in ("failed", "no_answer")
    assert len(verdict.answer or "") <= 1000
    assert time.process_time() - began < 5


@pytest.mark.parametrize("reading", ["paper", "robust"])
def test_gsm8ks_own_solutions_pass(reading: str, rows: list[Row]) -> None:
    problems = problems_of(rows, grader=reading, wrong_key=True)
    samples = [Sample(name, 0, None, rows[TRAIN_ROWS + int(name.partition("/")[2])]["answer"]) for name in names(problems)]
    found = load_grader(BENCHMARK.grader).grade(samples, {reference.problem_id: reference for _, reference in problems}, Settings(1), QUIET)
    assert [verdict for verdict in found if verdict.outcome != "passed"] == []
    wrong = [Sample(sample.problem_id, 0, None, f"{sample.text}1") for sample in samples]
    found = grade(wrong, {reference.problem_id: reference for _, reference in problems}, Settings(1), QUIET)
    assert {verdict.outcome for verdict in found} == {"failed"}


def published(shared_data: Callable[[str], Path]) -> list[tuple[str, str, bool]]:
    """Key, solution and flag of four GPT-3 models' solutions to each test row."""
    rows = [row for _, row in read_jsonl(shared_data("samples_gsm8k/example_model_solutions.jsonl"))]
    models = [name for name in rows[0] if name not in ("question", "ground_truth")]
    return [(row["ground_truth"].rsplit("A: ", 1)[1], row[name]["solution"], row[name]["is_correct"]) for row in rows for name in models]


def test_all_flags_of_gpt_3s_solutions_are_found(shared_data: Callable[[str], Path]) -> None:
    solutions = published(shared_data)
    assert len(solutions) == 5276
    assert [flag for _, _, flag in solutions] == [robust_answer(text) == normalise(key) for key, text, _ in solutions]


def test_the_papers_extraction_finds_them_too_once_the_solutions_are_in_its_format(shared_data: Callable[[str], Path]) -> None:
    """They end in ``A: 18``, so as they are it finds no answer in any; with that last mark written as GSM8K's it finds each."""
    solutions = published(shared_data)
    assert {paper_answer(text) for _, text, _ in solutions} == {None}
    marked = ["\n#### ".join(text.rsplit("\nA: ", 1)) for _, text, _ in solutions]
    assert [flag for _, _, flag in solutions] == [paper_answer(text) == normalise(key) for (key, _, _), text in zip(solutions, marked, strict=True)]
