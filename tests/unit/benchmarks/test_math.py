"""MATH and its relatives: problems on their real rows, the two graders, and the way through the workflow."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Project

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.math import INSTRUCTION, STOP, TEST_ROWS, paper_order
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.formats.latex import last_boxed
from monkeys.graders.math_answer import Key
from monkeys.records.reference import Reference

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
def test_question_does_not_contain_answer(name: str, load: Load) -> None:
    rows = {row["problem"]: row for row in load(name)}
    for prompt, _ in problems_of(name, list(load(name))):
        row = rows[prompt.prompt.rpartition("Problem:\n")[2].removesuffix("\n\nSolution:")]
        assert prompt.messages[-1] == {"role": "user", "content": f"{INSTRUCTION}\n\n{row['problem']}"}
        assert not row.get("solution") or row["solution"] not in prompt.prompt + str(prompt.messages)


def test_stop_strings_cut_no_solution_short(load: Load) -> None:
    assert not [row for row in load("math") if any(stop in row["solution"] for stop in STOP)]


@pytest.mark.parametrize("count", range(5))
def test_number_of_examples_in_both_response_formats(count: int) -> None:
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
def test_invalid_option_names_key(name: str, options: dict[str, object], sentence: str, load: Load) -> None:
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
def test_invalid_rows_raise_one_sentence(name: str, row: Row, sentence: str) -> None:
    rows = made_up() if name.startswith("math") else [AIME if name == "aime24" else AMC]
    number = {"math": 3, "math500": 2611}.get(name, 0)
    assert problems_of(name, rows)
    rows[number] = {**rows[number], **row}
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(name, rows)
    assert "\n" not in str(caught.value)


def test_missing_rows_raise() -> None:
    for name in ("math", "math500"):
        with pytest.raises(InputError, match="MATH has 4999 rows here, but needs the 5000 of its test split, in their order"):
            problems_of(name, made_up()[1:])


def sentence(answer: str) -> str:
    return f"So.\nFinal Answer: The final answer is {answer}. I hope it is correct."


@pytest.fixture(scope="module")
def answers(shared_data: Callable[[str], Path]) -> list[Row]:
    """100 problems of MATH, each with 8 real answers and whether Qwen's grader took them for right."""
    return [row for _, row in read_jsonl(shared_data("samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl"))]


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
