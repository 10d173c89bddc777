"""GSM8K: problems on its real rows and on made-up ones, its grader, and the way through the workflow."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT, Project

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.gsm8k import INSTRUCTION, SHOTS, STOP, TEST_ROWS, TRAIN_ROWS, WRONG_KEY, paper_draw
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.records.prompt import read_prompts
from monkeys.records.reference import read_references

BENCHMARK = load_benchmark("gsm8k")


# Test rows of the samples that the paper's authors released (GSM8K_Llama-3-8B-Instruct of ScalingIntelligence/monkey_business).
RELEASED = """
    17 43 51 64 65 69 70 74 81 86 89 91 95 120 123 127 146 151 179 182 196 205 223 228 248 262 263 275 284 288 291 292 304 308 313 329 331 345 354
    361 364 365 384 386 392 401 410 429 464 469 471 481 492 503 525 545 557 564 580 582 599 634 648 654 661 662 666 679 705 723 724 725 736 744 752
    758 772 776 791 796 805 812 816 818 836 850 852 859 867 873 885 893 895 950 951 953 958 961 970 997 1000 1017 1019 1026 1034 1044 1047 1050 1082
    1090 1121 1124 1127 1132 1144 1152 1153 1154 1243 1264 1267 1273 1278 1283 1290 1312 1315
"""


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for split in ("train", "test") for _, row in read_jsonl(shared_data(f"gsm8k/{split}.jsonl"))]


def made_up() -> list[Row]:
    """As many rows as GSM8K has; the answer of each is its number."""
    return [
        {"question": f"What is {number}?", "answer": f"It is <<{number}={number}>>{number}.\n#### {number}"}
        for number in range(TRAIN_ROWS + TEST_ROWS)
    ]


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))


def names(problems: list[Problem]) -> list[str]:
    return [prompt.problem_id for prompt, _ in problems]


def test_the_pinned_rows_are_the_released_ones(rows: list[Row]) -> None:
    dataset = BENCHMARK.dataset
    assert dataset is not None
    assert (dataset.hub, dataset.subset, dataset.split) == ("openai/gsm8k", "main", "train+test")
    assert len(rows) == TRAIN_ROWS + TEST_ROWS
    assert rows_sha256(rows) == dataset.rows_sha256
    # What the hub says of its table: bytes of text, and four for each offset.
    sizes = [sum(len(text.encode()) + 4 for row in part for text in row.values()) for part in (rows[:TRAIN_ROWS], rows[TRAIN_ROWS:])]
    assert sizes == [3_963_202, 713_732]


def test_the_first_127_problems_are_those_of_the_released_samples(rows: list[Row]) -> None:
    found = names(problems_of(rows))
    assert sorted(found[:127]) == sorted(f"GSM8K/{number}" for number in RELEASED.split())
    assert found[:5] == ["GSM8K/91", "GSM8K/179", "GSM8K/997", "GSM8K/469", "GSM8K/582"]


def test_the_draw_is_the_one_that_gives_the_papers_problems_of_math(shared_data: Callable[[str], Path]) -> None:
    """The released code draws MATH's problems in the same way; all 128 of them are known."""
    table = shared_data("pythia_math_counts/counts.csv").read_text().splitlines()[1:]
    known = {int(line.split(",")[1]) for line in table}
    rng = random.Random(0)
    for _ in range(5000):
        rng.sample(range(7500), SHOTS)
    order = list(range(5000))
    rng.shuffle(order)
    assert set(order[:128]) == known and len(known) == 128


def test_the_draw_does_not_change() -> None:
    order, shots = paper_draw()
    assert (order, shots) == paper_draw()
    assert sorted(order) == list(range(TEST_ROWS))
    assert order.index(WRONG_KEY) == 57
    assert shots[91] == [5578, 2127, 4574, 2578, 3005]
    assert all(len(set(chosen)) == SHOTS and set(chosen) <= set(range(TRAIN_ROWS)) for chosen in shots)


def test_the_row_with_a_wrong_key_is_left_out_unless_wanted() -> None:
    without, everything = names(problems_of(made_up())), names(problems_of(made_up(), wrong_key=True))
    assert len(without) == 1318 and f"GSM8K/{WRONG_KEY}" not in without
    assert len(everything) == 1319 and everything.index(f"GSM8K/{WRONG_KEY}") == 57
    assert [name for name in everything if name != f"GSM8K/{WRONG_KEY}"] == without


def test_the_key_that_is_wrong_is(rows: list[Row]) -> None:
    row = rows[TRAIN_ROWS + WRONG_KEY]
    assert "1.5 times as much as he won" in row["question"] and row["answer"].endswith("#### 3")
    won = 1 + 2 * 5
    assert (5 - won + 1.5 * won) / 3 == 3.5


def test_problems_are_the_same_each_time(rows: list[Row]) -> None:
    assert problems_of(rows) == problems_of(rows)


def test_the_prompt_is_the_papers(rows: list[Row]) -> None:
    prompt, reference = problems_of(rows)[0]
    parts = prompt.prompt.split("\n\nQuestion: ")
    assert len(parts) == SHOTS + 1
    shots = [rows[number] for number in paper_draw()[1][91]]
    expected = "".join(f"Question: {shot['question']}\nAnswer: {shot['answer']}\n\n" for shot in shots)
    assert prompt.prompt == f"{expected}Question: {rows[TRAIN_ROWS + 91]['question']}\nAnswer:"
    assert prompt.prompt.count("<<") >= SHOTS and prompt.prompt.count("\n#### ") == SHOTS
    assert prompt.stop == ["Q:", "Question:"]
    assert reference.reference["grader"] == "paper"


def test_shots_exclude_problem_and_question_excludes_answer(rows: list[Row]) -> None:
    for (prompt, reference), row in zip(problems_of(rows), (rows[TRAIN_ROWS + n] for n in paper_draw()[0] if n != WRONG_KEY), strict=True):
        assert prompt.prompt.count(row["question"]) == 1
        assert prompt.prompt.endswith(f"Question: {row['question']}\nAnswer:")
        assert row["answer"] not in prompt.prompt
        assert all(row["answer"] not in message["content"] for message in prompt.messages)
        assert reference.problem_id == prompt.problem_id
        assert row["answer"].endswith(f"#### {reference.reference['answer']}")
        assert 1 <= reference.metadata["difficulty"] <= 11


def test_stop_strings_cut_no_solution_short(rows: list[Row]) -> None:
    assert not [row for row in rows if any(stop in row["answer"] for stop in STOP)]


@pytest.mark.parametrize("count", range(SHOTS + 1))
def test_number_of_shots_in_both_response_formats(count: int) -> None:
    prompt, _ = problems_of(made_up(), examples=count)[0]
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * count + ["user"]
    assert prompt.messages[-1]["content"] == f"{INSTRUCTION}\n\nWhat is {TRAIN_ROWS + 91}?"
    assert [line for line in prompt.prompt.splitlines() if line.startswith("Question")] == [
        f"Question: What is {number}?" for number in [*paper_draw()[1][91][:count], TRAIN_ROWS + 91]
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"examples": 6}, r"config key benchmarks\.gsm8k\.options\.examples is 6, but must be a number from 0 to 5"),
        ({"examples": "2"}, r"options\.examples is '2', but must be"),
        ({"grader": "papr"}, r"config key benchmarks\.gsm8k\.options\.grader is 'papr', but must be paper or robust"),
        ({"grader": ["paper"]}, r"options\.grader is \['paper'\], but must be"),
        ({"wrong_key": "yes"}, r"config key benchmarks\.gsm8k\.options\.wrong_key is 'yes', but must be true or false"),
        ({"wrong_key": 1}, r"options\.wrong_key is 1, but must be true or false"),
    ],
)
def test_invalid_option_names_key(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        problems_of([], **options)


def changed(number: int, row: Row) -> list[Row]:
    rows = made_up()
    rows[number] = row
    return rows


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], r"GSM8K has 0 rows here, but needs the 7473 of its train split and then the 1319 of its test split in one file"),
        (made_up()[TRAIN_ROWS:], r"GSM8K has 1319 rows here, but needs the 7473"),
        (changed(TRAIN_ROWS + 3, {"answer": "#### 1"}), r"test row 3 of GSM8K has no text under 'question'; each row needs question and answer"),
        (changed(TRAIN_ROWS + 3, {"question": "a", "answer": None}), r"test row 3 of GSM8K has no text under 'answer'"),
        (
            changed(TRAIN_ROWS + 3, {"question": "a", "answer": "It is 3."}),
            r"test row 3 of GSM8K ends in 'It is 3\.', but the last line .* must be #### and a number",
        ),
        (changed(TRAIN_ROWS + 3, {"question": "a", "answer": "#### three"}), r"test row 3 of GSM8K ends in '#### three'"),
        (changed(TRAIN_ROWS + 3, {"question": "a", "answer": "#### 3\nor so"}), r"test row 3 of GSM8K ends in"),
        (changed(5578, {"question": " ", "answer": "#### 1"}), r"train row 5578 of GSM8K has no text under 'question'"),
        (changed(5578, {"question": "a"}), r"train row 5578 of GSM8K has no text under 'answer'"),
    ],
)
def test_invalid_rows_raise_one_sentence(rows: list[Row], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows)
    assert "\n" not in str(caught.value)


def test_blocks_are_prepared(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", made_up())
    folders = {kind: [str(tmp_path / f"{kind}-{block}.jsonl") for block in range(3)] for kind in ("prompts", "references")}
    settings = {"problems": 10, "block": 4, "options": {"examples": 1}, "version": 1}
    command = [sys.executable, str(ROOT / "scripts/prepare_benchmark.py"), "--benchmark", "gsm8k", "--dataset", str(tmp_path / "rows.jsonl")]
    command += ["--settings", json.dumps(settings), "--problems", str(tmp_path / "problems.txt"), "--log", str(tmp_path / "log")]
    command += ["--prompts", *folders["prompts"], "--references", *folders["references"]]
    subprocess.run(command, check=True, capture_output=True)
    expected = problems_of(made_up(), examples=1)
    assert [prompt for path in folders["prompts"] for prompt in read_prompts(Path(path))] == [prompt for prompt, _ in expected[:10]]
    assert [reference for path in folders["references"] for reference in read_references(Path(path))] == [reference for _, reference in expected[:10]]
    assert [len(read_prompts(Path(path))) for path in folders["prompts"]] == [4, 4, 2]
    assert (tmp_path / "problems.txt").read_text().split() == names(expected)
    settings["problems"] = 1319
    command[command.index("--settings") + 1] = json.dumps(settings)
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "config key benchmarks.gsm8k.problems is 1319, but the data set has 1318" in answer.stderr


@pytest.fixture
def study(tmp_path: Path) -> Project:
    """Four problems with two recorded samples each: one in the paper's format, one in words."""
    project = Project.fresh(tmp_path / "project")
    rows = made_up()
    write_jsonl(project.folder / "rows.jsonl", rows)
    solutions = [
        {"task_id": name, "completion": text}
        for name in names(problems_of(rows))[:4]
        for text in (f"#### {TRAIN_ROWS + int(name[6:])}", f"The answer is {TRAIN_ROWS + int(name[6:])}.")
    ]
    write_jsonl(project.folder / "samples.jsonl", solutions)
    gsm8k: dict[str, Any] = {
        "problems": 4,
        "samples": 2,
        "shard": {"problems": 2, "samples": 2},
        "data": "rows.jsonl",
        "data_sha256": rows_sha256(rows),
    }
    config = {"run": "study", "models": {"m": {"engine": "recorded", "samples": {"gsm8k": "samples.jsonl"}}}, "benchmarks": {"gsm8k": gsm8k}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return project


def test_a_study_plans_and_another_grader_draws_nothing_again(study: Project) -> None:
    jobs = study.plan()
    assert jobs["prepare_gsm8k"] == jobs["fetch_dataset"] == 1
    assert jobs["generate_samples"] == jobs["verify_samples"] == 2
    counts = study.folder / "results/study/gsm8k/m/repeated/counts.csv"
    study.run("results/study/gsm8k/m/repeated/counts.csv")
    assert [line.split(",")[1:3] for line in counts.read_text().splitlines()[1:]] == [["2", "1"]] * 4
    samples = {path: path.stat().st_mtime_ns for path in study.folder.glob("results/study/gsm8k/m/repeated/samples/*.parquet")}
    study.configure(lambda config: config["benchmarks"]["gsm8k"].update(options={"grader": "robust"}))
    study.run("results/study/gsm8k/m/repeated/counts.csv")
    assert [line.split(",")[1:3] for line in counts.read_text().splitlines()[1:]] == [["2", "2"]] * 4
    assert len(samples) == 2 and samples == {path: path.stat().st_mtime_ns for path in samples}


def test_the_published_rows_plan_as_they_are(tmp_path: Path, rows: list[Row]) -> None:
    project = Project.fresh(tmp_path / "project")
    write_jsonl(project.folder / "gsm8k.jsonl", rows)
    gsm8k: dict[str, Any] = {"problems": 127, "samples": 100, "data": "gsm8k.jsonl"}
    models = {"m": {"weights": f"hf:a/b@{'0' * 40}", "device": "gpu"}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump({"run": "study", "models": models, "benchmarks": {"gsm8k": gsm8k}}))
    assert project.plan()["generate_samples"] == 2
    assert project.run("results/study/gsm8k/problems.txt")
    assert (project.folder / "results/study/gsm8k/problems.txt").read_text().split() == names(problems_of(rows))
