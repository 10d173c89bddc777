from typing import Any

import pytest

from monkeys.errors import InputError
from monkeys.graders import Settings, check_grader_options, check_references, verify
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample


def outcomes(texts: list[str], answer: object, reference: dict[str, Any] | None = None, **options: object) -> list[tuple[str, str | None]]:
    samples = [Sample("q", index, None, text) for index, text in enumerate(texts)]
    references = {"q": Reference("q", {"answer": answer, **(reference or {})})}
    verdicts = verify("exact_text", samples, references, Settings(workers=1, options=options), Progress("test"))
    assert [verdict.answer_class for verdict in verdicts] == [verdict.answer for verdict in verdicts]
    return [(verdict.outcome, verdict.answer) for verdict in verdicts]


@pytest.mark.parametrize(
    "text",
    [
        "New York",
        "It is large.\nNew York.",
        "The answer is New  York.",
        "Answer: **New York**",
        'Answer: "New York".',
        "\\boxed{New York}",
        "<answer>New York</answer>",
        "Answer:\n\nNew\tYork",
        "The answer is Rome. No.\nThe answer is New York.",
        "**Answer: New York**",
        "**Answer:** **New York**",
        "The answer is **New York**.",
        "The answer is *New York*.",
        "The answer is _New York_.",
        "The answer is \u2018New York\u2019.",
        "The answer is \u00abNew York\u00bb.",
        "The answer is New York\u3002",
        "\\boxed{\\text{New York}}",
        "the answer is \\(\\text{New York}\\)",
        "It is large:\n```\nNew York\n```",
        '{"answer": "New York"}',
        "La respuesta es New York.",
        "\ufeffNew York\u200b",
    ],
)
def test_a_stated_text_is_right(text: str) -> None:
    assert outcomes([text], "New York.") == [("passed", "New York")]


def test_marks_that_belong_to_an_answer_stay() -> None:
    assert outcomes(["The answer is __init__.", "The answer is f(*args).", "Answer: 2 * 3"], "x") == [
        ("failed", "__init__"),
        ("failed", "f(*args)"),
        ("failed", "2 * 3"),
    ]
    assert outcomes(["The answer is __init__"], "__init__") == [("passed", "__init__")]


def test_a_whole_number_of_json_is_its_digits() -> None:
    assert outcomes(["The answer is 5."], 5.0) == outcomes(["The answer is 5."], 5) == [("passed", "5")]


def test_case_counts_unless_it_is_ignored() -> None:
    assert outcomes(["new york", "STRASSE"], "New York") == [("failed", "new york"), ("failed", "STRASSE")]
    assert outcomes(["new york"], "New York", ignore_case=True) == [("passed", "new york")]
    assert outcomes(["STRASSE"], "Stra\u00dfe", ignore_case=True) == [("passed", "strasse")]


def test_white_space_is_kept_where_it_counts() -> None:
    assert outcomes(["a  b"], "a b") == [("passed", "a b")]
    assert outcomes(["a  b", " a b "], "a b", white_space="keep") == [("failed", "a  b"), ("passed", "a b")]


def test_all_of_a_text_is_the_answer_where_it_is_asked_for() -> None:
    assert outcomes(["one\ntwo.", "The answer is one two."], "one two.", part="all") == [("passed", "one two."), ("failed", "The answer is one two.")]


def test_options_of_a_reference_come_first() -> None:
    assert outcomes(["ROME"], "Rome", {"ignore_case": True}, ignore_case=False) == [("passed", "rome")]


def test_composed_and_decomposed_letters_are_one_and_numbers_are_texts() -> None:
    assert outcomes(["Cafe\u0301"], "Caf\u00e9") == [("passed", "Caf\u00e9")]
    assert outcomes(["Answer: 42", "42.0"], 42) == [("passed", "42"), ("failed", "42.0")]


@pytest.mark.parametrize("text", ["", "  \n\t", "x" * 10_001, "Answer: ."])
def test_nothing_and_endless_texts_are_no_answer(text: str) -> None:
    assert outcomes([text], "x") == [("no_answer", None)]


@pytest.mark.parametrize("value", [None, "", " ", True, float("nan"), float("inf"), ["x"], "x" * 10_001])
def test_a_reference_without_a_text_is_one_sentence(value: object) -> None:
    with pytest.raises(InputError, match=r"quiz: the reference of problem q \(number 1\) has .* under 'answer', but must have a text"):
        check_references("exact_text", [Reference("q", {"answer": value})], "quiz")


def test_a_wrong_option_is_one_sentence() -> None:
    with pytest.raises(InputError, match="ignore_case is 'yes', but must be true or false"):
        check_grader_options("exact_text", {"ignore_case": "yes"})
    with pytest.raises(InputError, match=r"has a value that does not exist: part is 'first', but must be stated or all"):
        check_references("exact_text", [Reference("q", {"answer": "x", "part": "first"})], "quiz")
