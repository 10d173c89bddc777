"""The answer part of a text: what stands behind the reasoning."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from timing import fastest

from monkeys.files import read_jsonl
from monkeys.formats.reasoning import DEFAULT_MARKS, answer_part
from monkeys.graders import Settings, grader_names, load_grader, verify
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

FENCE = "`" * 3
CODE = f"{FENCE}python\ndef strip(text):\n    return text.split('</think>')[-1]\n{FENCE}\n"
DOCUMENTED = f'{FENCE}python\ndef strip(text):\n    """Cut at </think>\n    and <think> too."""\n    return text\n{FENCE}\n'


TEMPLATE = f'{FENCE}python\nTEMPLATE = """\n<think>\n{{}}\n</think>\n"""\n\ndef wrap(text):\n    return TEMPLATE.format(text)\n{FENCE}\n'


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
        ("analysisuser asks: 5?assistantfinal18\nanalysis done", "18\nanalysis done"),
        ("analysisWe need 5.assistantcommentaryHm.assistantfinal18", "18"),
        ("<THINK>5?</THINK>18", "18"),
        ("<Think>\n5?\n</Think>\n18", "\n18"),
        ("[think]5?[/think]18", "18"),
        ("<|im_start|>assistant\n<think>\n5?", None),
        ("<｜Assistant｜><think>\n5?</think>18<|im_end|>", "18"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("<think>a<think>b</think>d", "d"),
        ("<think>5?</think>", None),
        ("<think></think>18", "18"),
        ("<think>\n\n</think>\n\n18", "\n\n18"),
        ("</think>", None),
        ("<think>It is not over at </reasoning>. 5?", None),
        ("<think>I shall use tags.</think><reasoning>5?</reasoning><answer>18</answer>", "<answer>18</answer>"),
        ("<think>5?</think>18\n<think>No, 6?", None),
        ("Use the tag <think> there: 18", "Use the tag <think> there: 18"),
        (TEMPLATE, TEMPLATE),
        (f"<think>5?</think>{TEMPLATE}", TEMPLATE),
        (f"<think>5?</think>Answer: {TEMPLATE}", f"Answer: {TEMPLATE}"),
        (f"analysisHm.assistantfinal{TEMPLATE}", TEMPLATE),
        (f"5?\n</think>\n{TEMPLATE}", f"\n{TEMPLATE}"),
        (f"<think>\n{TEMPLATE}</think>\n{TEMPLATE}", f"\n{TEMPLATE}"),
        (f"<think>\n{TEMPLATE}More", None),
        (f"<think>\nTry:\n{FENCE}python\n1\n</think>\n{TEMPLATE}", f"\n{TEMPLATE}"),
        (f"Try:\n{FENCE}\n1</think>\n{FENCE}python\n2\n{FENCE}\n", f"\n{FENCE}python\n2\n{FENCE}\n"),
        (f"Try:\n{FENCE}\n1\n{FENCE}\nNo.</think>\n{FENCE}python\n2", f"\n{FENCE}python\n2"),
        ("The analysis is thorough. I think and thought; my reasoning: 18", "The analysis is thorough. I think and thought; my reasoning: 18"),
        ("<|START_THINKING|>5?<|END_THINKING|><|START_RESPONSE|>18<|END_RESPONSE|>", "18"),
        ("<|begin_of_thought|>\n5?\n<|end_of_thought|>\n<|begin_of_solution|>\n18\n<|end_of_solution|>", "\n18"),
        ("<|channel|>commentary<|message|>5?<|end|><|start|>assistant<|channel|>final<|message|>18<|return|>", "18"),
        ("<|channel|>analysis<|message|>5?<|end|><|start|>assistant<|channel|>final<|message|><|return|>", None),
        ("İ" * 50 + "</think>18", "18"),
    ],
)
def test_answer_part_is_behind_the_last_mark_that_is_no_data(text: str, answer: str | None) -> None:
    assert answer_part(text) == answer


def test_marks_of_a_model_replace_the_defaults() -> None:
    marks = [("<plan>", "</plan>"), ("Here is my thought process:", "Here is my response:")]
    assert answer_part("<plan>5</plan>18</think>", marks) == "18</think>"
    assert answer_part("Here is my thought process:\n5?\nHere is my response:\n18", marks) == "\n18"
    assert answer_part("Here is my thought process:\n5?", marks) is None
    assert answer_part("<think>5?</think>18", ()) == "<think>5?</think>18"


def test_a_text_without_marks_is_reasoning_where_the_prompt_opens_it() -> None:
    assert [
        answer_part(text, is_opened=True) for text in ("5?", "5?</think>18", "<think>5?</think>18", "<think>5?", "I think", "", "5?</think>")
    ] == [*(None, "18", "18", None, None, None, None)]
    samples = [Sample("p", number, None, text) for number, text in enumerate(("The answer is 18.", "The answer is 5.</think>The answer is 18."))]
    references = {"p": Reference("p", {"answer": "18"})}
    for is_opened, first in ((False, "passed"), (True, "no_answer")):
        settings = Settings(workers=1, response_format="chat", reasoning_opened=is_opened)
        verdicts = verify("numeric_answer", samples, references, settings, Progress("test"))
        assert [verdict.outcome for verdict in verdicts] == [first, "passed"]


@pytest.mark.parametrize("grader", grader_names())
def test_no_grader_sees_reasoning(grader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def grade(samples: list[Sample], *_: object) -> list[Verdict]:
        seen.extend(sample.text for sample in samples)
        return [Verdict(sample.problem_id, sample.sample_index, "failed") for sample in samples]

    monkeypatch.setattr(load_grader(grader), "grade", grade)
    samples = [Sample("p", number, None, text) for number, text in enumerate(("5?</think>18", "<think>5?", "18"))]
    verdicts = verify(grader, samples, {}, Settings(workers=1, response_format="chat"), Progress("test"))
    assert seen == ["18", "18"]
    assert [(verdict.sample_index, verdict.outcome) for verdict in verdicts] == [(0, "failed"), (1, "no_answer"), (2, "failed")]


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<think>",
            "</think>",
            "'</think>'",
            "</think>\n",
            "<think>\n",
            "think ",
            "assistantfinal",
            f"{FENCE}\n</think>\n",
            "<|channel|>final<|message|>",
        )
    ],
)
def test_a_megabyte_of_marks_is_read_in_seconds(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert fastest(lambda: answer_part(text)) < 5, "its time grows faster than the text"


def test_published_texts_without_reasoning_are_all_answer(shared_data: Callable[[str], Path]) -> None:
    def texts(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                yield from texts(part)

    files = (
        "samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl",
        "samples_gsm8k/example_model_solutions.jsonl",
        "samples_humaneval/codegen16B_t0.8_n100.jsonl",
    )
    found = [text for file in files for _, row in read_jsonl(shared_data(file)) for text in texts(row)]
    assert len(found) > 27_000
    assert [text for text in found if answer_part(text) != text] == []


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
    settings = Settings(workers=1, response_format="chat")
    outcomes = [verdict.outcome for verdict in verify(grader, samples, {"p": Reference("p", reference)}, settings, Progress("test"))]
    assert outcomes == ["passed", "failed", "no_answer"]


def test_completions_are_cut_only_by_marks_that_are_set() -> None:
    samples = [Sample("p", 0, None, "#### 5</think>#### 18")]
    references = {"p": Reference("p", {"answer": "18", "grader": "paper"})}
    outcomes = [
        verify("gsm8k_answer", samples, references, Settings(workers=1, reasoning_marks=marks), Progress("test"))[0].outcome
        for marks in (None, [["<think>", "</think>"]])
    ]
    assert outcomes == ["failed", "passed"]


@pytest.mark.parametrize(
    "token", ["<|im_end|>", "<|eot_id|>\n", "<|endoftext|>", "</s>", "<eos>", "<end_of_turn>\n<eos>", "<\uff5cend\u2581of\u2581sentence\uff5c>"]
)
def test_tokens_that_end_a_text_are_no_part_of_the_answer(token: str) -> None:
    assert answer_part(f"The answer is B{token}") == "The answer is B"
    assert answer_part(f"<think>A</think>B{token}") == "B"


def test_what_looks_like_such_a_token_stays() -> None:
    for text in ("<s>struck</s>", "print(a <b>)", "<|im_end|> ends a turn", "x</s> "):
        assert answer_part(text) == text
