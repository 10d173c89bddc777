"""Questions of the user's own: files of every kind become prompts and references, and what does not fit is one sentence with its place."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monkeys.benchmarks import Problem, load_benchmark
from monkeys.dataset_rows import own_rows, rows_sha256
from monkeys.errors import InputError
from monkeys.graders import Settings, check_references, verify
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.study.questions import row_count

ROWS: list[dict[str, Any]] = [{"q": "What is 6 * 7?", "a": 42}, {"q": "Half of 3?", "a": 1.5}]


def problems(rows: Sequence[dict[str, Any]], grader: str = "numeric_answer", **keys: Any) -> list[Problem]:
    """The problems of rows, as preparation makes and checks them."""
    placed = [{"place": f"line {number}", "row": row} for number, row in enumerate(rows, start=1)]
    return checked(placed, grader, **keys)


def checked(placed: Sequence[dict[str, Any]], grader: str = "numeric_answer", **keys: Any) -> list[Problem]:
    own = {"name": "quiz", "title": "Quiz", "data": "mine.jsonl", "question": "q", "answer": "a", "grader": grader, **keys}
    benchmark = load_benchmark("quiz", {"own": own})
    assert (benchmark.name, benchmark.title, benchmark.grader) == ("quiz", "Quiz", grader)
    found = list(benchmark.problems(placed, benchmark.options))
    assert benchmark.places is not None
    check_references(grader, (reference for _, reference in found), "unused", benchmark.places(placed, benchmark.options))
    return found


def outcomes(made: Sequence[Problem], grader: str, texts: Sequence[str], tmp_path: Path) -> list[str]:
    samples = [Sample(prompt.problem_id, 0, None, text) for (prompt, _), text in zip(made, texts, strict=True)]
    references = {reference.problem_id: reference for _, reference in made}
    return [verdict.outcome for verdict in verify(grader, samples, references, Settings(1), Progress("test", tmp_path / "log"))]


def write(folder: Path, ending: str, rows: Sequence[dict[str, Any]]) -> Path:
    path = folder / f"mine{ending}"
    if ending == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    elif ending == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n\n" for row in rows), encoding="utf-8")
    elif ending == ".json":
        path.write_text(json.dumps(list(rows)), encoding="utf-8")
    else:
        mark = "," if ending == ".csv" else "\t"
        lines = [mark.join(rows[0]), *(mark.join(f'"{value}"' for value in row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_a_file_of_any_kind_makes_the_same_problems(ending: str, tmp_path: Path) -> None:
    rows = own_rows(write(tmp_path, ending, [{"q": row["q"], "a": str(row["a"])} for row in ROWS]), None, "quiz", lambda _: None)
    made = checked(rows)
    assert [prompt.problem_id for prompt, _ in made] == ["quiz/0", "quiz/1"]
    assert made[0][0].prompt == "Question: What is 6 * 7?\nAnswer:" and made[0][0].stop == ["\nQuestion:"]
    assert made[0][0].messages[-1]["content"].endswith("\n\nWhat is 6 * 7?")
    assert [reference.reference for _, reference in made] == [{"answer": "42"}, {"answer": "1.5"}]
    assert outcomes(made, "numeric_answer", ["The answer is 42.", "The answer is 2."], tmp_path) == ["passed", "failed"]


@pytest.mark.parametrize(
    "text",
    [
        "q;a\r\nWhat is 6 * 7, then?;42\r\nHalf of 3?;1,5\r\n",
        "\ufeffq;a;;\nWhat is 6 * 7, then?;42;;\nHalf of 3?;1,5;;\n;;;\n",
        "sep=;\nq;a\nWhat is 6 * 7, then?;42\nHalf of 3?;1,5\n",
        "q\ta\nWhat is 6 * 7, then?\t42\n\t\nHalf of 3?\t1.5\n",
        'sep=,\nq,a\n"What is 6 * 7, then?",42\nHalf of 3?,1.5\n',
    ],
)
def test_a_table_as_a_spreadsheet_saves_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode())
    found = checked(own_rows(path, None, "quiz", lambda _: None))
    assert row_count(path) == len(found) == 2
    assert "What is 6 * 7, then?" in found[0][0].prompt
    assert outcomes(found, "numeric_answer", ["The answer is 42.", "The answer is 1.5."], tmp_path) == ["passed", "passed"]


def test_a_hash_is_compared_where_one_is_given(tmp_path: Path) -> None:
    path = write(tmp_path, ".jsonl", ROWS)
    assert len(own_rows(path, rows_sha256(ROWS), "quiz", lambda _: None)) == 2
    with pytest.raises(InputError, match=r"benchmarks\.quiz\.data_sha256 is 00, but the rows of .*mine.jsonl have the hash"):
        own_rows(path, "00", "quiz", lambda _: None)


def test_mathematics(tmp_path: Path) -> None:
    made = problems([{"q": "Roots?", "a": "\\frac{1}{2}"}, {"q": "Where?", "a": "[0,1)"}], "math_answer")
    assert "\\boxed{}" in made[0][0].messages[0]["content"]
    assert outcomes(made, "math_answer", ["It is $\\boxed{0.5}$.", "It is $\\boxed{4}$."], tmp_path) == ["passed", "failed"]


def test_exact_texts(tmp_path: Path) -> None:
    made = problems([{"q": "Capital of France?", "a": "Paris"}, {"q": "Year?", "a": 1789}], "exact_text")
    assert outcomes(made, "exact_text", ["The answer is Paris.", "The answer is 1790."], tmp_path) == ["passed", "failed"]


@pytest.mark.parametrize(
    ("row", "choices"),
    [
        ({"q": "Capital?", "a": "B", "c": ["Rome", "Paris", "Bern"]}, "c"),
        ({"q": "Capital?", "a": 1, "c": ["Rome", "Paris", "Bern"]}, "c"),
        ({"q": "Capital?", "a": "Paris", "c": '["Rome", "Paris", "Bern"]'}, "c"),
        ({"q": "Capital?", "a": "B", "c": {"text": ["Rome", "Paris", "Bern"], "label": ["A", "B", "C"]}}, "c"),
        ({"q": "Capital?", "a": "b", "one": "Rome", "two": "Paris", "three": "Bern", "four": ""}, ["one", "two", "three", "four"]),
    ],
    ids=["letter", "place", "text", "object", "columns"],
)
def test_choices(row: dict[str, Any], choices: Any, tmp_path: Path) -> None:
    made = problems([row, row], "multiple_choice", choices=choices)
    assert made[0][0].prompt == "Question: Capital?\n\nA) Rome\nB) Paris\nC) Bern\nAnswer:"
    assert outcomes(made, "multiple_choice", ["The answer is (B).", "The answer is (C)."], tmp_path) == ["passed", "failed"]


@pytest.mark.parametrize(
    "answer",
    [
        [["1 2\n", "3\n"]],
        [{"input": "1 2\n", "output": "3\n"}],
        {"inputs": ["1 2\n"], "outputs": ["3\n"]},
        '{"inputs": ["1 2\\n"], "outputs": ["3\\n"]}',
        {"tests": [["1 2\n", "3\n"]]},
    ],
)
def test_programs_of_standard_input(answer: Any) -> None:
    assert problems([{"q": "Add.", "a": answer}], "input_output")[0][1].reference["tests"] == [["1 2\n", "3\n"]]


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        (["assert add(1, 2) == 3", "assert not add(0, 0)"], {}),
        ("assert add(1, 2) == 3\nassert not add(0, 0)", {}),
        ("def check(candidate):\n    assert candidate(1, 2) == 3", {"function": "f"}),
    ],
)
def test_functions(answer: Any, keys: dict[str, str]) -> None:
    prompt, reference = problems([{"q": "Add two numbers.", "a": answer, "f": "add"}], "python_tests", **keys)[0]
    assert reference.reference["entry_point"] == "add" and reference.reference["prompt"] == ""
    assert "Write the Python function add." in prompt.messages[0]["content"] and prompt.prompt == "# Add two numbers."
    scope: dict[str, Any] = {}
    exec(reference.reference["test"], scope)
    scope["check"](lambda one, two: one + two)
    with pytest.raises(AssertionError):
        scope["check"](lambda one, two: 7)


def test_a_function_goes_on_from_code_of_the_user() -> None:
    row = {"q": "Add.", "a": "assert add(1, 2) == 3", "head": "def add(x, y):\n"}
    prompt, reference = problems([row], "python_tests", code="head")[0]
    assert prompt.prompt == "# Add.\ndef add(x, y):" and reference.reference["prompt"] == "def add(x, y):\n"


def test_a_template_of_the_user_is_what_the_model_is_asked() -> None:
    template = "In {land}: {question}\n{choices}\nPut it in \\boxed{{}}.\n"
    row = {"q": "Capital {x}?", "a": "A", "c": ["Rome", "Bern"], "land": "Italy"}
    prompt, _ = problems([row], "multiple_choice", choices="c", template=template, stop=["\n\n"])[0]
    assert prompt.prompt == "In Italy: Capital {x}?\nA) Rome\nB) Bern\nPut it in \\boxed{}."
    assert prompt.messages == [{"role": "user", "content": prompt.prompt}] and prompt.stop == ["\n\n"]


def test_names_difficulty_and_group_come_from_columns() -> None:
    rows = [{"q": "1?", "a": 1, "id": "x1", "d": "3", "g": "easy", "deep": {"er": 5}}]
    prompt, reference = problems(rows, id="id", difficulty="d", group="g", answer="deep.er")[0]
    assert prompt.problem_id == "x1" and reference.metadata == {"difficulty": 3.0, "group": "easy"} and reference.reference == {"answer": "5"}


@pytest.mark.parametrize(
    ("row", "grader", "keys", "sentence"),
    [
        ({"q": "?", "a": "many"}, "numeric_answer", {}, "mine.jsonl, line 2, column 'a' has 'many', but must have a number, such as 48, 1/2 or 1.5"),
        ({"q": "?", "a": " "}, "numeric_answer", {}, "mine.jsonl, line 2, column 'a' is empty, but must have the right answer"),
        ({"q": "", "a": 1}, "numeric_answer", {}, "mine.jsonl, line 2, column 'q' has '', but must have a text"),
        (
            {"q": "?", "answer": 1},
            "numeric_answer",
            {},
            "mine.jsonl, line 2 lacks the column 'a', which benchmarks.quiz.answer names; it has q, answer",
        ),
        ({"q": "?", "a": 1, "id": "one"}, "numeric_answer", {"id": "id"}, "line 2, column 'id' has 'one' again, which line 1 has"),
        (
            {"q": "?", "a": 1, "id": "o\nne"},
            "numeric_answer",
            {"id": "id"},
            "line 2, column 'id' has 'o\\nne', but must have a name without line breaks",
        ),
        ({"q": "?", "a": "A", "c": ["x"]}, "multiple_choice", {"choices": "c"}, "line 2 has ['x'] as choices, but must have a list of 2 to 26 texts"),
        ({"q": "?", "a": "7" * 5000}, "numeric_answer", {}, "7..., but must have a number"),
        (
            {"q": "?", "a": 1, "id": "two", "d": "hard"},
            "numeric_answer",
            {"difficulty": "d"},
            "line 2, column 'd' has 'hard', but must have a number",
        ),
        ({"q": "?", "a": "[1 2"}, "input_output", {}, "line 2, column 'a' has '[1 2', which begins like JSON, but is none"),
        ({"q": "?", "a": "\\frac{1"}, "math_answer", {}, "line 2, column 'a' has '\\\\frac{1', but must have a number or a text in LaTeX"),
        (
            {"q": "?", "a": "D", "c": ["1", "2"]},
            "multiple_choice",
            {"choices": "c"},
            "line 2, column 'a' has 'D', but must have a letter from A to B",
        ),
        ({"q": "?", "a": "A", "c": "1, 2"}, "multiple_choice", {"choices": "c"}, "line 2, column 'c' has '1, 2', but must have a list of texts"),
        ({"q": "?", "a": {"inputs": ["1"], "outputs": []}}, "input_output", {}, "line 2, column 'a' has 1 inputs and 0 outputs"),
        ({"q": "?", "a": "1 2"}, "input_output", {}, "under 'tests', but must have a list of pairs of texts"),
        ({"q": "?", "a": "add(1) == 2"}, "python_tests", {}, "has tests that call no function behind assert; name the column"),
        ({"q": "?", "a": "assert add(1 == 2"}, "python_tests", {}, "line 2, column 'a' has tests under 'test' that are not Python"),
    ],
)
def test_a_bad_row_is_one_sentence_with_its_place(row: dict[str, Any], grader: str, keys: dict[str, Any], sentence: str) -> None:
    right: dict[str, Any] = {
        "multiple_choice": {"a": "A", "c": ["1", "2"]},
        "input_output": {"a": [["1", "2"]]},
        "python_tests": {"a": "assert add(1) == 2"},
    }.get(grader, {"a": 1, "id": "one", "d": 1})
    with pytest.raises(InputError) as caught:
        problems([{"q": "1?", **right}, row], grader, **keys)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_value_that_json_has_no_word_for_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, ".parquet", [{"q": "?", "a": b"\x00"}])
    with pytest.raises(InputError, match=r"mine\.parquet, row 0, column 'a' has a value of type bytes"):
        own_rows(path, None, "quiz", lambda _: None)
