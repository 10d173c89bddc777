"""The answer part of a text: what stands behind the reasoning."""

import pytest

from monkeys.formats.reasoning import DEFAULT_MARKS, answer_part
from monkeys.graders import Settings, judge
from monkeys.progress import Progress
from monkeys.records import Reference, Sample

FENCE = "`" * 3
CODE = f"{FENCE}python\ndef strip(text):\n    return text.split('</think>')[-1]\n{FENCE}\n"
DOCUMENTED = f'{FENCE}python\ndef strip(text):\n    """Cut at </think>\n    and <think> too."""\n    return text\n{FENCE}\n'


@pytest.mark.parametrize(("opening", "ending"), [pair for pair in DEFAULT_MARKS if pair[0] != "analysis"])
def test_every_default_mark_cuts_its_reasoning(opening: str, ending: str) -> None:
    assert answer_part(f"{opening}\nIs it 5?\n{ending}\n18") == "\n18"
    assert answer_part(f"Is it 5?\n{ending}\n18") == "\n18"
    assert answer_part(f"{opening}\nIs it 5? Perhaps") is None
    assert answer_part(f"{opening}\nIs it 5?\n{ending}\n ") is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 18.", "The answer is 18."),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("a</think>b</think>c", "c"),
        ("<think>a</think>b\n<think>c", None),
        ("<think>\r\na\r\n</think>\r\n18", "\r\n18"),
        (CODE, CODE),
        (f"It's easy.\n{CODE}", f"It's easy.\n{CODE}"),
        (f"a</think>{CODE}", CODE),
        (f"a\n</think>\n{DOCUMENTED}", f"\n{DOCUMENTED}"),
        (f"Try:\n{FENCE}python\n1\n</think>\n{CODE}", f"\n{CODE}"),
        (f"<think>\nTry:\n{FENCE}python\n1\n</think>\n{FENCE}\n2\n{FENCE}\n", f"\n{FENCE}\n2\n{FENCE}\n"),
        ("<think>I must write `</think>` last.\n5?</think>18", "18"),
        ("Use the `<think>` tag: 18", "Use the `<think>` tag: 18"),
        ("<|channel|>analysis<|message|>5?<|end|><|start|>assistant<|channel|>final<|message|>18<|return|>", "18"),
        ("<|start|>assistant<|channel|>analysis<|message|>5?", None),
        ("analysisWe need 5.assistantfinalThe answer is 18", "The answer is 18"),
        ("analysisWe need 5.", None),
        ("analysis: it is 18, not assistantfinal", "analysis: it is 18, not assistantfinal"),
    ],
)
def test_answer_part_is_behind_the_last_mark_that_is_no_data(text: str, answer: str | None) -> None:
    assert answer_part(text) == answer


def test_marks_of_a_model_replace_the_defaults() -> None:
    assert answer_part("<plan>5</plan>18</think>", [("<plan>", "</plan>")]) == "18</think>"


@pytest.mark.parametrize(
    ("grader", "reference", "draft", "right"),
    [
        ("gsm8k_answer", {"answer": "18", "grader": "paper"}, "#### 5", "#### 18"),
        ("gsm8k_answer", {"answer": "18", "grader": "robust"}, "The answer is 5.", "The answer is 18."),
        ("numeric_answer", {"answer": "18"}, "The answer is 5.", "The answer is 18."),
        ("math_answer", {"answer": "18", "grader": "minerva"}, *(f"Final Answer: The final answer is ${n}$. I hope it is correct." for n in (5, 18))),
        ("math_answer", {"answer": "18", "grader": "verify"}, r"\boxed{5}", r"\boxed{18}"),
        (
            "python_tests",
            {"prompt": "def f():\n", "test": "def check(f):\n    assert f() == 18\n", "entry_point": "f"},
            *(f"{FENCE}python\ndef f():\n    return {n}\n{FENCE}" for n in (5, 18)),
        ),
        ("input_output", {"tests": [["", "18"]]}, *(f"{FENCE}python\nprint({n})\n{FENCE}" for n in (5, 18))),
        ("input_output", {"tests": [["", "18"]], "grader": "paper"}, *(f"{FENCE}python\nprint({n})\n{FENCE}" for n in (5, 18))),
    ],
)
def test_every_grader_reads_behind_the_reasoning(grader: str, reference: dict[str, object], draft: str, right: str) -> None:
    texts = [f"{draft}\n</think>\n{right}\n", f"<think>\n{right}\n</think>\n{draft}\n", f"<think>\n{right}\n"]
    samples = [Sample("p", number, None, text) for number, text in enumerate(texts)]
    settings = Settings(workers=1, answers="chat")
    outcomes = [verdict.outcome for verdict in judge(grader, samples, {"p": Reference("p", reference)}, settings, Progress("test"))]
    assert outcomes == ["passed", "failed", "no_answer"]


def test_completions_are_cut_only_by_marks_that_are_set() -> None:
    samples = [Sample("p", 0, None, "#### 5</think>#### 18")]
    references = {"p": Reference("p", {"answer": "18", "grader": "paper"})}
    outcomes = [
        judge("gsm8k_answer", samples, references, Settings(workers=1, reasoning_marks=marks), Progress("test"))[0].outcome
        for marks in (None, [["<think>", "</think>"]])
    ]
    assert outcomes == ["failed", "passed"]
