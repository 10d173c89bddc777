from typing import Any

import pytest

from monkeys.errors import InputError
from monkeys.graders import Settings, check_references, verify
from monkeys.graders.multiple_choice import choice_letter, read_key
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample

SETTINGS = Settings(workers=1)
CITIES = ["London", "Paris", "New York City", "Rome"]


@pytest.mark.parametrize(
    "text",
    [
        "(B)",
        "B",
        "b",
        "B.",
        " b) ",
        "B. Paris",
        "(B) Paris",
        "\\boxed{B}",
        "So it is $\\boxed{\\text{B}}$.",
        "\\boxed{\\textbf{(B)}\\ 12}",
        "\\boxed{(B)}",
        "\\[\\boxed{B. Paris}\\]",
        "Answer: B",
        "**Answer:** B",
        "Answer: **B**",
        "**Answer: B) Paris**",
        "ANSWER - no.\nAnswer: (b)",
        "The answer is (b).",
        "the answer is b.",
        "The answer is: B",
        "The answer is\n\nB",
        "Answer:\n\n(B) Paris",
        "The correct answer is **B**.",
        "The correct answer is: **B. Paris**",
        "The correct option is B because it is the capital.",
        "The correct answer is option B.",
        "The correct choice would be B) Paris",
        "The final answer is $\\boxed{B}$. I hope it is correct.",
        "The answer is \\(B\\).",
        "The answer is 'B'.",
        "The answer is not A but B.",
        "First I thought the answer is A. No: the answer is B.",
        "Option A is London.\nOption C is far.\nSo option B is correct.",
        "B is the correct answer.",
        "A is wrong, I reasoned.\nTherefore (B).",
        "So I choose B",
        "Reasoning, reasoning.\nB",
        "#### B",
        "<answer>B</answer>",
        "<answer>\n(B)\n</answer> done",
        "\u7b54\u6848\uff1aB",
        "\u7b54\u6848\u662f\uff08\uff22\uff09",
        "The answer is B and that is final.",
        "The answer is B, as A is in England.",
        "The answer is B (Paris).",
        "The answer is B - Paris",
        "Answer: \u201cB\u201d",
        "The answer is B) Paris, not A) London",
        "Answer: B\r\n",
        "I think it's B.",
        "So B.",
        "I would go with B.",
        "B because Paris is the capital of France",
        "The answer is not A, it is B.",
        "Answer B",
        '{"answer": "B"}',
        "\ufeffB",
        "B\u200b",
        "La r\u00e9ponse est B.",
        "Die Antwort ist B.",
        "Respuesta: **B**",
    ],
)
def test_a_letter_comes_out_of_a_text(text: str) -> None:
    assert choice_letter(text) == "B"
    assert choice_letter(text, CITIES) == "B"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "I do not know.",
        "The answer is a dog.",
        "The answer is A dog.",
        "Answer: I cannot say.",
        "The answer is A or B.",
        "\\boxed{A, B}",
        "Answer: (A) and (C)",
        "The answer is 12.",
        "(A) or (B)?",
        "A cat sat.\nBoth.",
        "Option A or option B",
        "(A) London is wrong. (B) Paris is right.",
        "A: no. B: yes.",
    ],
)
def test_a_text_that_names_none_or_several_has_no_answer(text: str) -> None:
    assert choice_letter(text) is None


def test_letters_beyond_the_options_are_none() -> None:
    assert choice_letter("The answer is E.") == "E"
    assert choice_letter("The answer is E.", CITIES) is None
    assert choice_letter("\\boxed{J}", [str(number) for number in range(10, 20)]) == "J"


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is New York City.", "C"),
        ("\\boxed{\\text{Paris}}", "B"),
        ("rome", "D"),
        ("Answer: **london**", "A"),
        ("The answer is Berlin.", None),
    ],
)
def test_the_text_of_an_option_is_its_letter_where_options_are_known(text: str, letter: str | None) -> None:
    assert choice_letter(text, CITIES) == letter
    assert choice_letter(text) is None


@pytest.mark.parametrize(
    ("answer", "options", "letter"),
    [
        ("B", None, "B"),
        ("(b)", None, "B"),
        ("b.", CITIES, "B"),
        (1, None, "B"),
        ("1", CITIES, "B"),
        ("Paris", CITIES, "B"),
        (" new york  city. ", CITIES, "C"),
        (10, ["10", "20"], "A"),
        ("20", ["10", "20"], "B"),
    ],
)
def test_a_reference_is_a_letter_a_place_or_a_text(answer: object, options: list[str] | None, letter: str) -> None:
    assert read_key(answer, options) == letter


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ({}, "has None under 'answer', but must have a letter"),
        ({"answer": True}, "has True under 'answer'"),
        ({"answer": "Paris"}, "for an option's text it needs 'options'"),
        ({"answer": "E", "options": CITIES}, "a letter from A to D"),
        ({"answer": 4, "options": CITIES}, "has 4 under 'answer'"),
        ({"answer": -1}, "has -1 under 'answer'"),
        ({"answer": 26}, "has 26 under 'answer'"),
        ({"answer": "same", "options": ["same", "other", "Same."]}, "the text of the options A and C"),
        ({"answer": "A", "options": ["B", "A"]}, r"a letter \(A\) and an option's text \(B\)"),
        ({"answer": "1", "options": ["1", "2"]}, r"the place of an option \(B\) and an option's text \(A\)"),
        ({"answer": "A", "options": "London, Paris"}, "under 'options', but must have a list of 2 to 26 texts"),
        ({"answer": "A", "options": ["one"]}, "under 'options'"),
        ({"answer": "A", "options": ["one", None]}, "under 'options'"),
        ({"answer": "A", "options": ["x"] * 27}, "under 'options'"),
    ],
)
def test_a_reference_that_names_no_option_is_one_sentence_before_a_sample_is_drawn(reference: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        check_references("multiple_choice", [Reference("q/0", reference)], "quiz.jsonl")
    assert str(caught.value).startswith("quiz.jsonl: the reference of problem q/0 (number 1) has")
    assert "\n" not in str(caught.value)


def test_options_in_the_metadata_count() -> None:
    reference = Reference("q/0", {"answer": "Paris"}, metadata={"options": CITIES})
    check_references("multiple_choice", [reference], "quiz.jsonl")
    samples = [Sample("q/0", 0, None, "It is Paris.\nThe answer is Paris."), Sample("q/0", 1, None, "\\boxed{E}"), Sample("q/0", 2, None, "(a)")]
    verdicts = verify("multiple_choice", samples, {"q/0": reference}, SETTINGS, Progress("test"))
    assert [(verdict.outcome, verdict.answer, verdict.answer_class) for verdict in verdicts] == [
        ("passed", "B", "B"),
        ("no_answer", None, None),
        ("failed", "A", "A"),
    ]


def test_classes_are_the_same_whatever_the_reference_is() -> None:
    samples = [Sample("q", index, None, text) for index, text in enumerate(["\\boxed{C}", "The answer is (c).", "Answer: D", "?"])]
    classes = [
        [verdict.answer_class for verdict in verify("multiple_choice", samples, {"q": Reference("q", {"answer": key})}, SETTINGS, Progress("test"))]
        for key in ("A", "C", 3)
    ]
    assert classes == [["C", "C", "D", None]] * 3


def test_a_long_text_takes_no_long_time() -> None:
    for text in ("The answer is " * 100_000 + "(B)", "(" * 1_000_000, "\\boxed{" * 100_000 + "B", "A or " * 200_000, "not A " * 200_000):
        assert choice_letter(text) in ("B", None)
