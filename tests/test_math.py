"""MATH and its relatives: problems on their real rows, the two graders, and the way through the workflow."""

import hashlib
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from math_pairs import PAIRS, WEAK
from math_verify import parse, verify
from project import Project

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.math import INSTRUCTION, STOP, TEST_ROWS, paper_order
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InfrastructureError, InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.formats.latex import LONGEST, last_boxed
from monkeys.graders import Settings, load_grader, math_answer, math_judge
from monkeys.graders.math_answer import READINGS, Judge, Key, grade, normal, stated_answer
from monkeys.graders.minerva import minerva_answer, minerva_normal
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

QUIET = Progress("test")
FILES = {"math": "math/test.jsonl", "math500": "math/test.jsonl", "aime24": "aime_amc/aime24.jsonl", "amc23": "aime_amc/amc23.jsonl"}
Load = Callable[[str], list[Row]]


@pytest.fixture(scope="module")
def load(shared_data: Callable[[str], Path]) -> Load:
    """A benchmark's real rows, as they are there."""
    return lambda name: [row for _, row in read_jsonl(shared_data(FILES[name]))]


def made_up() -> list[Row]:
    """As many rows as MATH has; the answer of each is its number."""
    return [
        {"problem": f"What is {number}?", "level": "Level 3", "type": "Algebra", "solution": f"It is $\\boxed{{{number}}}.$"}
        for number in range(TEST_ROWS)
    ]


def problems_of(name: str, rows: list[Row], **options: object) -> list[Problem]:
    benchmark = load_benchmark(name)
    return list(benchmark.problems(rows, {**benchmark.options, **options}))


def names(problems: list[Problem]) -> list[str]:
    return [prompt.problem_id for prompt, _ in problems]


def without(rows: list[Row], column: str, **more: object) -> list[Row]:
    return [{**{name: value for name, value in row.items() if name != column}, **more} for row in rows]


# Rows and their order


def test_the_pinned_rows_are_the_released_ones(load: Load) -> None:
    as_at_the_hub = {"math": without(load("math"), "idx"), "aime24": without(load("aime24"), "question", year="2024"), "amc23": load("amc23")}
    for name, rows in as_at_the_hub.items():
        dataset = load_benchmark(name).dataset
        assert dataset is not None
        assert rows_sha256(rows) == dataset.rows_sha256
    assert load_benchmark("math500").dataset == load_benchmark("math").dataset

    def size(rows: list[Row]) -> int:
        """As the hub's cards count it: the bytes of texts and four for each offset, eight for a number."""
        return sum(len(value.encode()) + 4 if isinstance(value, str) else 8 for row in rows for value in row.values())

    by_subject = {
        subject: size([row for row in as_at_the_hub["math"] if row["type"] == subject]) for subject in ("Algebra", "Geometry", "Number Theory")
    }
    assert by_subject == {"Algebra": 648_291, "Geometry": 523_126, "Number Theory": 349_455}
    assert size(as_at_the_hub["aime24"]) == 139_586
    assert size(as_at_the_hub["amc23"]) == 25_799


def test_the_first_128_problems_are_those_of_the_published_counts(shared_data: Callable[[str], Path]) -> None:
    table = shared_data("pythia_math_counts/counts.csv").read_text().splitlines()[1:]
    known = {f"MATH/{line.split(',')[1]}" for line in table}
    assert len(known) == 128
    assert set(names(problems_of("math", made_up()))[:128]) == known


def test_the_order_does_not_change() -> None:
    order = paper_order()
    assert order == paper_order()
    assert order[:5] == [3319, 3873, 1935, 4091, 1541]
    assert sorted(order) == list(range(TEST_ROWS))


def test_math_500_is_the_released_one(load: Load, shared_data: Callable[[str], Path]) -> None:
    released = [row for _, row in read_jsonl(shared_data("math500/test.jsonl"))]
    problems = problems_of("math500", load("math500"), examples=0)
    assert len(problems) == len(set(names(problems))) == 500
    for row, (prompt, reference) in zip(released, problems, strict=True):
        assert prompt.prompt == f"Problem:\n{row['problem']}\n\nSolution:"
        assert reference.reference["answer"] == row["answer"]
        assert reference.metadata == {"difficulty": row["level"], "subject": row["subject"]}
        assert reference.problem_id == prompt.problem_id


def test_the_contests_are_whole(load: Load) -> None:
    aime, amc = problems_of("aime24", load("aime24")), problems_of("amc23", load("amc23"))
    assert sorted(names(aime)) == sorted(f"AIME/2024-{paper}-{number}" for paper in ("I", "II") for number in range(1, 16))
    assert len(names(amc)) == len(set(names(amc))) == 40
    assert {name[:12] for name in names(amc)} == {"AMC/2023-12A", "AMC/2023-12B"}
    answers = {reference.problem_id: reference.reference["answer"] for _, reference in aime + amc}
    assert (answers["AIME/2024-I-2"], answers["AIME/2024-II-7"], answers["AMC/2023-12A-1"]) == ("25", "699", "27")
    assert all(reference.metadata["difficulty"] == int(reference.problem_id.rpartition("-")[2]) for _, reference in aime + amc)


# Prompts


def test_the_prompt_is_minervas(load: Load) -> None:
    rows = load("math")
    prompt, reference = problems_of("math", rows)[0]
    front, _, question = prompt.prompt.rpartition("\n\nProblem:\n")
    # Of the four examples in the released code's MATH_COT_PROMPT.
    assert hashlib.sha256(front.encode()).hexdigest() == "00e83b645e0473fc5787e78afe3e452786f8f260cf7623f3aa9f93a792989806"
    assert question == f"{rows[3319]['problem']}\n\nSolution:"
    assert prompt.stop == ["Problem:"]
    assert reference == Reference("MATH/3319", {"answer": "9", "grader": "verify"}, metadata={"difficulty": 2, "subject": "Number Theory"})


@pytest.mark.parametrize("name", FILES)
def test_no_answer_stands_in_its_question(name: str, load: Load) -> None:
    rows = {row["problem"]: row for row in load(name)}
    for prompt, _ in problems_of(name, list(load(name))):
        row = rows[prompt.prompt.rpartition("Problem:\n")[2].removesuffix("\n\nSolution:")]
        assert prompt.messages[-1] == {"role": "user", "content": f"{INSTRUCTION}\n\n{row['problem']}"}
        assert not row.get("solution") or row["solution"] not in prompt.prompt + str(prompt.messages)


def test_stop_strings_cut_no_solution_short(load: Load) -> None:
    assert not [row for row in load("math") if any(stop in row["solution"] for stop in STOP)]


@pytest.mark.parametrize("count", range(5))
def test_as_many_examples_as_wanted_stand_in_front_in_both_styles(count: int) -> None:
    prompt, _ = problems_of("math", made_up(), examples=count)[0]
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * count + ["user"]
    assert prompt.prompt.count("I hope it is correct.\n\nProblem:\n") == count
    for message in prompt.messages[1::2]:
        assert f"\nSolution:\n{message['content']}\n\n" in prompt.prompt
        assert Key(str(last_boxed(message["content"])), "minerva").verdict(message["content"])[0] == "passed"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"examples": 5}, r"options\.examples is 5, but must be a number from 0 to 4"),
        ({"grader": "minrva"}, r"options\.grader is 'minrva', but must be verify or minerva"),
    ],
)
def test_an_option_that_is_none_is_told(name: str, options: dict[str, object], sentence: str, load: Load) -> None:
    with pytest.raises(InputError, match=rf"config key benchmarks\.{name}\.{sentence}"):
        problems_of(name, load(name), **options)


AIME = {"problem": "a", "answer": "25", "url": "https://a/2024_AIME_II_Problems/Problem_2"}
AMC = {"problem": "a", "answer": 2.0, "url": "https://a/2023_AMC_12B_Problems/Problem_2"}


@pytest.mark.parametrize(
    ("name", "row", "sentence"),
    [
        ("math", {"problem": " "}, r"test row 3 of MATH has no text under 'problem', which each row needs"),
        ("math500", {"solution": None}, r"test row 2611 of MATH has no text under 'solution'"),
        ("math", {"solution": "It is 3."}, r"test row 3 of MATH has no \\boxed\{\} under 'solution'"),
        ("math", {"solution": r"\boxed{ }"}, r"test row 3 of MATH has no \\boxed"),
        ("math", {"level": "Level ?"}, r"test row 3 of MATH has 'Level \?' under 'level', but must have 'Level 1' to 'Level 5'"),
        ("math", {"type": 1}, r"test row 3 of MATH has no text under 'type'"),
        ("aime24", {"answer": "12.5"}, r"row 0 of AIME 2024 has '12\.5' under 'answer', but must have a number from 0 to 999"),
        ("aime24", {"answer": None}, r"row 0 of AIME 2024 has no text under 'answer'"),
        ("aime24", {"url": "https://a/2023_AIME_I_Problems/Problem_1"}, r"row 0 of AIME 2024 has .* must have the address of a problem of 2024"),
        ("aime24", {"problem": ""}, r"row 0 of AIME 2024 has no text under 'problem'"),
        ("amc23", {"answer": 2.5}, r"row 0 of AMC 2023 has 2\.5 under 'answer', but must have a whole number"),
        ("amc23", {"answer": float("nan")}, r"row 0 of AMC 2023 has nan under 'answer'"),
        ("amc23", {"answer": "2"}, r"row 0 of AMC 2023 has '2' under 'answer'"),
        ("amc23", {"url": "nowhere"}, r"row 0 of AMC 2023 has 'nowhere' under 'url'"),
    ],
)
def test_bad_rows_are_told_in_one_sentence(name: str, row: Row, sentence: str) -> None:
    rows = made_up() if name.startswith("math") else [AIME if name == "aime24" else AMC]
    number = {"math": 3, "math500": 2611}.get(name, 0)
    assert problems_of(name, rows)
    rows[number] = {**rows[number], **row}
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(name, rows)
    assert "\n" not in str(caught.value)


def test_missing_rows_are_told() -> None:
    for name in ("math", "math500"):
        with pytest.raises(InputError, match="MATH has 4999 rows here, but needs the 5000 of its test split, in their order"):
            problems_of(name, made_up()[1:])


# Reading


def sentence(answer: str) -> str:
    return f"So.\nFinal Answer: The final answer is {answer}. I hope it is correct."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (sentence("$5$"), "5"),
        (sentence("$5$") + "\n" + sentence("$6$"), "5"),  # the first
        (sentence("$x=5$"), "5"),
        (sentence("$5$ dollars"), "5"),
        (sentence(r"$\frac12$"), r"\frac{1}{2}"),
        (sentence(r"$\sqrt2$"), r"\sqrt{2}"),
        (sentence(r"$90\text{ square units}$"), "90"),
        (sentence("$1,000$"), "1000"),
        (sentence(r"$12 \mbox{ and } 13$"), "1213"),  # its own way with commas
        (sentence(r"$12 \mbox{ and } x$"), "12,x"),
        (sentence(r"$\boxed{5}$"), "5"),
        (sentence("a dog"), "dog"),
        ("Final Answer: The final answer is $5$. ", "5"),  # cut short
        ("Final Answer: The final answer is $5$", None),
        ("Final Answer: The final answer is\n$5$. I hope it is correct.", None),
        ("The final answer is $5$. I hope it is correct.", None),
        (r"\boxed{5}", None),
        ("", None),
    ],
)
def test_minervas_extraction_and_normal_form(text: str, answer: str | None) -> None:
    found = minerva_answer(text)
    assert answer == (None if found is None else minerva_normal(found))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{5}", "5"),
        (r"first \boxed{5}, then \boxed{6}", "6"),
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{\frac{1}{2}} or so", r"\frac{1}{2}"),
        (r"\boxed{\left\{1,2\right.}", r"\left\{1,2\right."),
        (r"\boxed 5$", "5"),
        (r"\fbox{5} is it", "5"),
        (r"\boxed{5} and \boxed{6", "5"),
        (r"\boxed{}", None),
        (r"$x=\boxed{1}$ and $x=\boxed{2}$", "1, 2"),
        (r"\boxed{(1,2)}, \boxed{(2,1)}", "(1,2), (2,1)"),
        (r"\boxed{1}\boxed{2}", "1, 2"),
        (r"\boxed{1} papers and \boxed{2} bins", "1, 2"),
        (r"\boxed{5} and \boxed{5}", "5"),
        (r"\boxed{1} no no no no no \boxed{2}", "2"),
        ("\\boxed{5}\n\\boxed{6}", "6"),
        (r"\boxed{5}" + "\n" + sentence("$6$"), "6"),
        (sentence("$6$") + r" No: \boxed{5}", "5"),
        (sentence(r"$\boxed{5}$"), "5"),
        (r"\boxed{5}. The final answer is right.", "5"),
        ("The final answer is: 5.", "5"),
        (sentence("$3$ and $5$"), "3,5"),
        (sentence(r"\(x\), since $y$"), "x"),
        (sentence(""), None),
        ("The answer is 5", None),
        ("", None),
    ],
)
def test_the_answer_that_a_text_states_last(text: str, answer: str | None) -> None:
    assert stated_answer(text) == answer


@pytest.mark.parametrize(
    "alike",
    [
        [
            "5",
            "5.0",
            "+5",
            "$5$",
            "5.",
            "05",
            r"\text{5}",
            r"\mathbf{5}",
            "(5)",
            r"5\text{ cm}^2",
            "5 cm",
            r"5^\circ",
            r"5\%",
            "5\n",
            r"\frac{10}{2}",
            "10/2",
        ],
        ["1234", "1,234", r"1,\!234", "1{,}234", r"\$1,234.00", "1234 dollars"],
        [r"\frac{1}{2}", r"\dfrac12", "1/2", "0.5", ".50", r"\tfrac{2}{4}", r"\frac 12", r"\frac{-1}{-2}"],
        [r"-\frac{1}{2}", r"\frac{-1}{2}", "-.5", "\u2212 1/2"],
        [r"\frac{\pi}{2}", r"\frac\pi2", r"\frac{\pi} 2"],
        ["3,-2", "-2, 3", r"-2 \text{ and } 3", "3 or -2", "$3$, $-2$"],
        [r"\left( 3, \frac{\pi}{2} \right)", r"(3,\frac{\pi}2)", r"\big(3,\;\dfrac{\pi}{2}\big)"],
        ["no solution", r"\text{no solution}", "nosolution"],
        ["A", r"\text{(A)}", "(A)", r"\textbf{(A) }"],
    ],
)
def test_answers_that_are_written_alike_are_one_for_a_vote(alike: list[str]) -> None:
    assert len({normal(answer) for answer in alike}) == 1


def test_normal_forms_of_all_keys_keep_their_meaning(load: Load) -> None:
    keys = {str(last_boxed(row["solution"])) for row in load("math")}
    assert len(keys) == 2047
    assert all(normal(normal(key)) == normal(key) for key in keys)
    # Of the others math-verify reads nothing, or not what is meant, before.
    assert [key for key in sorted(keys) if r"\frac" in key and normal(key) != key and not verify(parse(f"${key}$"), parse(f"${normal(key)}$"))] == [
        r"\frac \pi4 + 2 - \sqrt2",
        r"\frac{12}{5,\!525}",
        r"\frac{7}{5} + \frac{1}{5} i.",
    ]


# Grading


@pytest.mark.parametrize(("key", "answer", "right"), PAIRS, ids=[f"{key} | {answer}" for key, answer, _ in PAIRS])
def test_pairs_that_are_easily_judged_wrongly(key: str, answer: str, right: bool) -> None:
    outcome, _, _ = Key(key, "verify").verdict(rf"It is $\boxed{{{answer}}}$.")
    assert (outcome == "passed") == (right != ((key, answer) in WEAK)), WEAK.get((key, answer))


def test_the_pairs_are_many_and_judged_better_than_by_others() -> None:
    assert len(PAIRS) == len({pair[:2] for pair in PAIRS}) >= 60
    assert set(WEAK) <= {pair[:2] for pair in PAIRS}
    by_math_verify = sum(verify(parse(f"${key}$"), parse(f"${answer}$")) == right for key, answer, right in PAIRS)
    by_minerva = sum((Key(key, "minerva").verdict(sentence(f"${answer}$"))[0] == "passed") == right for key, answer, right in PAIRS)
    assert (len(PAIRS), len(PAIRS) - len(WEAK), by_math_verify, by_minerva) == (141, 139, 95, 84)


@pytest.mark.parametrize("grader", READINGS)
@pytest.mark.parametrize("name", FILES)
def test_gold_solutions_pass_and_those_of_another_problem_do_not(name: str, grader: str, load: Load) -> None:
    benchmark, rows = load_benchmark(name), load(name)
    assert benchmark.gold is not None
    options = {**benchmark.options, "grader": grader}
    references = {reference.problem_id: reference for _, reference in benchmark.problems(rows, options)}
    samples = [Sample(problem, 0, None, text) for problem, text in benchmark.gold(rows, options)]
    assert [sample.problem_id for sample in samples] == list(references)
    verdicts = load_grader(benchmark.grader).grade(samples, references, Settings(1), QUIET)
    assert [verdict for verdict in verdicts if verdict.outcome != "passed"] == []
    some = samples[:40]
    shifted = [Sample(sample.problem_id, 0, None, other.text) for sample, other in zip(some, some[1:] + some[:1], strict=True)]
    passed = sum(verdict.outcome == "passed" for verdict in grade(shifted, references, Settings(1), QUIET))
    assert passed <= 3  # by chance: answers are small numbers


def test_boxes_alone_tell_the_answer(load: Load) -> None:
    # Of seven problems with two solutions the key is the last box, while the text states both.
    failed = [row for row in load("math") if Key(str(last_boxed(row["solution"])), "verify").verdict(row["solution"])[0] != "passed"]
    assert len(failed) == 7
    assert all(row["solution"].count(r"\boxed") > 1 for row in failed)
    found = [stated_answer(row["solution"]) for row in load("aime24")]
    assert [Key(row["answer"], "verify").verdict(rf"\boxed{{{answer}}}")[0] for row, answer in zip(load("aime24"), found, strict=True)] == [
        "passed"
    ] * 30


@pytest.fixture(scope="module")
def answers(shared_data: Callable[[str], Path]) -> list[Row]:
    """100 problems of MATH, each with 8 real answers and whether Qwen's grader took them for right."""
    return [row for _, row in read_jsonl(shared_data("samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl"))]


def verdicts_of(answers: list[Row], grader: str, text: Callable[[str], str] = str) -> list[Verdict]:
    references = {str(row["idx"]): Reference(str(row["idx"]), {"answer": row["answer"], "grader": grader}) for row in answers}
    samples = [Sample(str(row["idx"]), number, None, text(answer)) for row in answers for number, answer in enumerate(row["code"])]
    return grade(samples, references, Settings(1), QUIET)


def test_real_answers_are_judged_as_math_verify_does_and_as_recorded(answers: list[Row]) -> None:
    """But for the time of day, which neither math-verify nor the recorded flag finds in ``4:30 \\text{ p.m.}``, and 10{,}000 in 10000."""
    passed = [verdict.outcome == "passed" for verdict in verdicts_of(answers, "verify")]
    keys = [parse(f"${row['answer']}$") for row in answers for _ in row["code"]]
    texts = [text for row in answers for text in row["code"]]
    by_math_verify = [verify(key, parse(text)) for key, text in zip(keys, texts, strict=True)]
    time = r"\text{4:30 p.m.}"
    assert [answers[number // 8]["answer"] for number in range(800) if passed[number] != by_math_verify[number]] == [time] * 8
    flags = [flag for row in answers for flag in row["score"]]
    differ = [number for number, (ours, flag) in enumerate(zip(passed, flags, strict=True)) if ours != flag]
    found = [(answers[number // 8]["answer"], last_boxed(texts[number]), passed[number]) for number in differ]
    assert found == [(time, r"4:30 \text{ p.m.}", True)] * 8 + [("10{,}000", "10000", True)]


def test_minervas_grader_on_real_answers(answers: list[Row]) -> None:
    """They do not say its sentence, so it finds no answer; given it, it finds 9 right that are not, by the flags, and 17 wrong."""
    assert {verdict.outcome for verdict in verdicts_of(answers, "minerva")} == {"no_answer"}
    verdicts = verdicts_of(answers, "minerva", lambda text: sentence(f"${last_boxed(text)}$"))
    flags = [flag for row in answers for flag in row["score"]]
    found = Counter((verdict.outcome == "passed", flag) for verdict, flag in zip(verdicts, flags, strict=True))
    assert (found[True, False], found[False, True]) == (9, 17)


def test_equal_answers_are_equal_strings_for_votes(answers: list[Row]) -> None:
    for row in answers:
        texts = [f"\\boxed{{{last_boxed(text)}}}" for text in row["code"]]
        key = Key(row["answer"], "verify")
        right = {key.verdict(text)[1] for text in texts if key.verdict(text)[0] == "passed"}
        assert len(right) <= 1


def test_what_one_grader_takes_and_the_other_does_not() -> None:
    references = {grader: {"p": Reference("p", {"answer": r"\frac{3}{2}", "grader": grader})} for grader in READINGS}
    texts = [r"\boxed{1.5}", sentence("$1.5$"), sentence(r"$\frac32$"), sentence("$2$"), "none"]
    samples = [Sample("p", number, None, text) for number, text in enumerate(texts)]
    assert [verdict.outcome for verdict in grade(samples, references["verify"], Settings(1), QUIET)] == [
        "passed",
        "passed",
        "passed",
        "failed",
        "no_answer",
    ]
    assert [verdict.outcome for verdict in grade(samples, references["minerva"], Settings(1), QUIET)] == [
        "no_answer",
        "passed",
        "passed",
        "failed",
        "no_answer",
    ]
    assert [verdict.answer for verdict in grade(samples, references["verify"], Settings(1), QUIET)] == [r"\frac{3}{2}"] * 3 + ["2", None]


# The process that compares


class Counting(Judge):
    """A judge that keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def verdict(self, grader: str, gold: str, answer: str) -> tuple[str, str]:
        self.asked.append(answer)
        return super().verdict(grader, gold, answer)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """One of its own for a test, with a second a comparison."""
    monkeypatch.setattr(math_judge, "CPU_SECONDS", 1)
    judge = Counting()
    monkeypatch.setattr(math_answer, "_judge", lambda: judge)
    yield judge
    judge.close()


def test_an_answer_is_compared_once_a_problem(judge: Counting) -> None:
    references = {name: Reference(name, {"answer": "x+1", "grader": "verify"}) for name in ("p", "q")}
    texts = [r"\boxed{1+x}", r"\boxed{ 1 + x }", r"\boxed{x+1}", r"\boxed{x-1}"]
    samples = [Sample(name, number, None, texts[number % 4]) for name in references for number in range(400)]
    verdicts = grade(samples, references, Settings(1), QUIET)
    assert Counter(verdict.outcome for verdict in verdicts) == {"passed": 600, "failed": 200}
    assert sorted(judge.asked) == ["1+x", "1+x", "x-1", "x-1"]


@pytest.mark.parametrize("grader", READINGS)
def test_endless_comparisons_end_and_the_next_is_answered(grader: str, judge: Counting) -> None:
    samples = [Sample("p", 0, None, rf"\boxed{{10^{{10^{{10}}}}}}. {sentence('$10^{10^{10}}$')}"), Sample("p", 1, None, sentence("$1+x$"))]
    endless, right = grade(samples, {"p": Reference("p", {"answer": "x+1", "grader": grader})}, Settings(1), QUIET)
    assert (endless.outcome, endless.answer) == ("timeout", "10^{10^{10}}")
    assert right.outcome == "passed"
    assert len(judge.asked) == 2


def end_a_comparison(judge: Judge, number: signal.Signals) -> tuple[str, str]:
    """What is said of an endless comparison that is ended by a signal."""
    assert judge.verdict("verify", "x+1", "1+x") == ("passed", "")
    (child,) = Path(f"/proc/{judge._process.pid}/task/{judge._process.pid}/children").read_text(encoding="utf-8").split()
    timer = threading.Timer(0.3, os.kill, (int(child), number))
    timer.start()
    try:
        return judge.verdict("verify", "x+1", "10^{10^{10}}")
    finally:
        timer.cancel()


def test_a_comparison_that_crashes_is_a_verdict(judge: Counting) -> None:
    assert end_a_comparison(judge, signal.SIGSEGV) == ("failed", "the comparison crashed")
    assert judge.verdict("verify", "x+1", "1+x") == ("passed", "")


def test_a_comparison_that_somebody_kills_is_none(judge: Counting) -> None:
    with pytest.raises(InfrastructureError, match=r"broke down over '10\^\{10\^\{10\}\}' \(killed\)"):
        end_a_comparison(judge, signal.SIGKILL)


def test_memory_is_limited(judge: Counting) -> None:
    word, _ = judge.verdict("minerva", "x", "(" + "9" * 300 + ")^{" + "9" * 8 + "}")
    assert word in ("failed", "timeout")
    assert judge.verdict("minerva", "x+1", "1+x") == ("passed", "")


def test_a_process_that_is_gone_is_no_wrong_answer(judge: Counting) -> None:
    os.killpg(judge._process.pid, signal.SIGKILL)
    with pytest.raises(InfrastructureError, match="broke down over '1\\+x'"):
        grade([Sample("p", 0, None, r"\boxed{1+x}")], {"p": Reference("p", {"answer": "x+1", "grader": "verify"})}, Settings(1), QUIET)


ABSURD = {
    "empty": "",
    "binary": "".join(map(chr, range(256))) * 4000,
    "letters": "x" * 10**6,
    "digits": rf"\boxed{{{'1' * 10**6}}}",
    "boxes": r"\boxed{" * 150_000,
    "braces": r"\boxed{" + "{" * 10**6,
    "sentences": "Final Answer: The final answer is " * 30_000,
    "hopes": "I hope it is correct. " * 40_000,
    "blanks": sentence(" " * 10**6),
    "blanks in a box": rf"\boxed{{{' ' * 490}x}}",
    "fractions": r"\boxed{" + r"\frac{1}{" * 50 + "2" + "}" * 51,
    "dollars": rf"\boxed{{{'$' * 300}}}",
    "control characters": "\\boxed{\x00\x01\x7f}",
    "half a character": "\\boxed{\ud800}",
    "signs of equality": rf"\boxed{{{'=' * 300}}}",
    "a line break": "\\boxed{x\ny}",
}


@pytest.mark.parametrize("grader", READINGS)
@pytest.mark.parametrize("kind", ABSURD)
def test_absurd_answers_get_a_verdict(kind: str, grader: str) -> None:
    outcome, answer, _ = Key(r"\sqrt{z}", grader).verdict(ABSURD[kind])
    assert outcome in ("failed", "no_answer", "timeout")
    assert len(answer or "") <= 2 * LONGEST


# Through the workflow


def test_real_samples_go_through_the_workflow_and_another_grader_draws_nothing_again(tmp_path: Path, load: Load, answers: list[Row]) -> None:
    project = Project.fresh(tmp_path / "project")
    # MATH's rows, so placed that the answered problems are the first.
    rows = without(load("math"), "idx")
    place = {row["problem"]: number for number, row in enumerate(rows)}
    for number, row in zip(paper_order(), answers, strict=False):
        other = place[row["question"]]
        rows[number], rows[other] = rows[other], rows[number]
        place[rows[number]["problem"]], place[rows[other]["problem"]] = number, other
    write_jsonl(project.folder / "rows.jsonl", rows)
    lines = [{"task_id": f"MATH/{number}", "completion": text} for number, row in zip(paper_order(), answers, strict=False) for text in row["code"]]
    write_jsonl(project.folder / "samples.jsonl", lines)
    settings: dict[str, Any] = {"problems": 100, "samples": 8, "shard": {"problems": 50, "samples": 8}, "data": "rows.jsonl"}
    settings["data_sha256"] = rows_sha256(rows)
    config = {"run": "study", "models": {"m": {"engine": "recorded", "samples": {"math": "samples.jsonl"}}}, "benchmarks": {"math": settings}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    counts = "results/study/math/m/repeated/counts.csv"

    def column(name: str) -> list[str]:
        head, *lines = (project.folder / counts).read_text().splitlines()
        return [line.split(",")[head.split(",").index(name)] for line in lines]

    project.run(counts)
    assert sum(map(int, column("c"))) == 737
    assert set(column("difficulty")) == {"1", "2", "3", "4", "5"}
    assert json.loads((project.folder / "results/study/math/references/0000.jsonl").read_text().splitlines()[0])["metadata"]["subject"]
    samples = {path: path.stat().st_mtime_ns for path in project.folder.glob("results/study/math/m/repeated/samples/*.parquet")}
    project.configure(lambda config: config["benchmarks"]["math"].update(options={"grader": "minerva"}))
    project.run(counts)
    assert column("no_answer") == ["8"] * 100
    assert len(samples) == 2 and samples == {path: path.stat().st_mtime_ns for path in samples}
