"""The grader of mathematical answers: reading, grading, and the process that compares."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from math_pairs import PAIRS, WEAK
from math_verify import parse, verify

from monkeys.benchmarks import Row, load_benchmark
from monkeys.errors import InfrastructureError
from monkeys.files import read_jsonl
from monkeys.formats.latex import LONGEST, last_boxed
from monkeys.graders import Settings, load_grader, math_answer, math_judge
from monkeys.graders.math_answer import READINGS, Key, grade, normal, stated_answer
from monkeys.graders.math_process import Judge
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
def test_equivalent_answers_have_one_normal_form(alike: list[str]) -> None:
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


@pytest.mark.parametrize(("key", "answer", "right"), PAIRS, ids=[f"{key} | {answer}" for key, answer, _ in PAIRS])
def test_pairs_that_are_easily_judged_wrongly(key: str, answer: str, right: bool) -> None:
    outcome, _, _ = Key(key, "verify").verdict(rf"It is $\boxed{{{answer}}}$.")
    assert (outcome == "passed") == (right != ((key, answer) in WEAK)), WEAK.get((key, answer))


def test_the_pairs_are_many_and_judged_better_than_by_others() -> None:
    assert len(PAIRS) == len({pair[:2] for pair in PAIRS}) >= 60
    assert set(WEAK) <= {pair[:2] for pair in PAIRS}
    by_math_verify = sum(verify(parse(f"${key}$"), parse(f"${answer}$")) == right for key, answer, right in PAIRS)
    by_minerva = sum((Key(key, "minerva").verdict(sentence(f"${answer}$"))[0] == "passed") == right for key, answer, right in PAIRS)
    assert (len(PAIRS), len(PAIRS) - len(WEAK), by_math_verify, by_minerva) == (213, 211, 120, 108)


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


def test_answers_on_which_graders_differ() -> None:
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
    monkeypatch.setattr(math_answer, "judge_process", lambda: judge)
    yield judge
    judge.close()


def test_an_answer_is_compared_once_a_problem(judge: Counting) -> None:
    references = {name: Reference(name, {"answer": "x+1", "grader": "verify"}) for name in ("p", "q")}
    texts = [r"\boxed{1+x}", r"\boxed{ 1 + x }", r"\boxed{x+1}", r"\boxed{x-1}"]
    samples = [Sample(name, number, None, texts[number % 4]) for name in references for number in range(400)]
    verdicts = grade(samples, references, Settings(1), QUIET)
    assert Counter(verdict.outcome for verdict in verdicts) == {"passed": 600, "failed": 200}
    # Of each problem two answers that are not the key, and the two that may be one class.
    assert sorted(judge.asked) == ["1+x", "1+x", "x+1", "x+1", "x-1", "x-1"]


@pytest.mark.parametrize("grader", READINGS)
def test_endless_comparison_times_out_and_next_one_works(grader: str, judge: Counting) -> None:
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


def test_killed_comparison_is_infrastructure_error(judge: Counting) -> None:
    with pytest.raises(InfrastructureError, match=r"broke down over '10\^\{10\^\{10\}\}' \(killed\)"):
        end_a_comparison(judge, signal.SIGKILL)


def test_memory_is_limited(judge: Counting) -> None:
    word, _ = judge.verdict("minerva", "x", "(" + "9" * 300 + ")^{" + "9" * 8 + "}")
    assert word in ("failed", "timeout")
    assert judge.verdict("minerva", "x+1", "1+x") == ("passed", "")


def test_dead_comparison_process_is_not_a_wrong_answer(judge: Counting) -> None:
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
