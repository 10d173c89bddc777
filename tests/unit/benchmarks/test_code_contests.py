"""CodeContests: its rows, prompts and limits, verdicts on real problems with their own submissions, and the way through the workflow."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contest_cases import BENCHMARK, ECHO, listed, problems_of, row

from monkeys.benchmarks import Dataset, Row
from monkeys.benchmarks.code_contests import GOLD, IMAGES, INSTRUCTION, SHOTS, STOP, paper_order, reduce_row
from monkeys.dataset_rows import reduced_rows
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.records.reference import Reference


def train(number: int) -> Row:
    return row(split="train", description=f"Example {number}.", solutions={"language": [3], "solution": [f"print({number})"]})


@pytest.fixture(scope="module")
def statements(shared_data: Callable[[str], Path]) -> list[Row]:
    """The test split as CodeT released it: statements up to their examples, no tests."""
    return [row for _, row in read_jsonl(shared_data("codecontests/CodeContests_test165_statements_no_tests.jsonl"))]


def test_images_are_left_out_of_the_real_statements(statements: list[Row]) -> None:
    """CodeT cut examples and notes off, where the others of the paper's 25 have their images (row 0 has one in its note): ten are left."""
    rows = [row(description=statement["prompt"], time_limit=statement["meta_data"]["time_limit"]) for statement in statements]
    problems = problems_of(rows, examples=0)
    named = {int(reference.problem_id.partition("/")[2]) for _, reference in problems}
    assert (len(rows), len(problems), len(named)) == (165, 155, 155)
    assert named == {number for number, statement in enumerate(statements) if "<image>" not in statement["prompt"]}
    assert [statements[number]["meta_data"]["task_name"] for number in sorted(set(range(165)) - named)] == [
        "1579_C. Ticks",
        "1586_B. Omkar and Heavenly Tree",
        "1594_E1. Rubik's Cube Coloring (easy version)",
        "1594_E2. Rubik's Cube Coloring (hard version)",
        "1598_E. Staircases",
        "1599_B. Restaurant Game",
        "1607_E. Robot on the Board 1",
        "1615_C. Menorah",
        "1615_D. X(or)-mas Tree",
        "1623_A. Robot Cleaner",
    ]
    # Limits from half a second to ten, rounded up.
    assert {reference.limits["cpu_seconds"] for _, reference in problems} == {11, 12, 13, 14, 15, 16, 18, 20}


def test_the_order_and_the_shots_are_the_released_codes_draws() -> None:
    """Written as that code has it: a global generator, samples of rows, then a shuffle of rows."""
    rng = random.Random(0)
    examples, rows = list(range(1000, 1500)), [{"row": number} for number in range(140)]
    for one in rows:
        one["shots"] = rng.sample(examples, 2)  # type: ignore[assignment]
    rng.shuffle(rows)
    order, shots = paper_order(140, 500)
    assert order == [one["row"] for one in rows]
    assert [[1000 + shot for shot in shots[number]] for number in order] == [one["shots"] for one in rows]


def test_rows_of_train_are_shots_and_only_those_that_can_be() -> None:
    unfit = [
        row(split="train", description=f"Look: {IMAGES[0]}"),
        row(split="train", description=f"Look: {IMAGES[1]}"),
        row(split="train", solutions={"language": [1, 2, 4], "solution": ["print 1", "int main() {}", "class A {}"]}),
        row(split="train", solutions={"language": [3], "solution": ["print('é')"]}),
    ]
    rows = [*unfit[:2], train(0), *unfit[2:], train(1), row(), row(description=f"No {IMAGES[0]}"), row(split="test")]
    problems = problems_of(rows)
    assert sorted(prompt.problem_id for prompt, _ in problems) == ["CodeContests/0", "CodeContests/2"]
    for prompt, _ in problems:
        assert sorted(number for number in (0, 1) if f"Example {number}.\nA: ```print({number})```\n" in prompt.prompt) == [0, 1]
        assert prompt.prompt.count("Q: ") == 3


def test_a_row_of_train_without_a_description_can_be_a_shot_as_in_the_released_code() -> None:
    empty = row(split="train", description="")
    assert reduce_row("train", empty) is not None
    assert problems_of([empty, train(0), row()])[0][0].prompt.count(f"Q: {INSTRUCTION}\n\nA: ```{ECHO}```\n") == 1


def test_the_prompt_is_the_papers() -> None:
    (prompt, reference) = problems_of([train(0), train(1), train(2), row()])[0]
    first, second = paper_order(1, 3)[1][0]
    expected = "".join(f"Q: {INSTRUCTION}\nExample {number}.\nA: ```print({number})```\n" for number in (first, second))
    assert prompt.prompt == f"{expected}Q: {INSTRUCTION}\nWrite the line.\nA:"
    assert INSTRUCTION.startswith("Write python code to solve the following coding problem") and INSTRUCTION.endswith(
        "wrap your code answer using ```:"
    )
    assert prompt.stop == STOP
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * SHOTS + ["user"]
    assert prompt.messages[1]["content"] == f"```python\nprint({first})\n```"
    assert prompt.messages[-1]["content"] == f"{INSTRUCTION}\nWrite the line."
    assert reference == Reference(
        "CodeContests/0",
        {"tests": [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")], "grader": "paper"},
        {"cpu_seconds": 13, "memory_mb": 1908},
        {"difficulty": 1700},
    )


@pytest.mark.parametrize("count", range(SHOTS + 1))
def test_number_of_shots(count: int) -> None:
    rows = [*map(train, range(30)), *(row() for _ in range(5))]
    fewer, all_shots = problems_of(rows, examples=count), problems_of(rows)
    assert [prompt.problem_id for prompt, _ in fewer] == [prompt.problem_id for prompt, _ in all_shots]
    for (prompt, _), (full, _) in zip(fewer, all_shots, strict=True):
        assert prompt.messages == [*full.messages[: 2 * count], full.messages[-1]]
        assert prompt.prompt.count("\nA: ```") == count


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"time_limit": {"seconds": 1, "nanos": 0}, "memory_limit_bytes": 256_000_000}, {"cpu_seconds": 11, "memory_mb": 245}),
        ({"time_limit": {"seconds": 0, "nanos": 500_000_000}, "memory_limit_bytes": 0}, {"cpu_seconds": 11}),
        ({"time_limit": {"seconds": 0, "nanos": 0}, "memory_limit_bytes": None}, {}),
        ({"time_limit": None, "memory_limit_bytes": None}, {}),
    ],
)
def test_a_problem_without_limits_has_the_studys(limits: dict[str, Any], found: dict[str, int]) -> None:
    assert problems_of([row(**limits)], examples=0)[0][1].limits == found


@pytest.mark.parametrize(
    ("rows", "options", "sentence"),
    [
        ([], {"examples": 3}, r"config key benchmarks\.code_contests\.options\.examples is 3, but must be a number from 0 to 2"),
        ([], {"grader": "papr"}, r"config key benchmarks\.code_contests\.options\.grader is 'papr', but must be paper or robust"),
        ([], {"grader": ["paper"]}, r"options\.grader is \['paper'\], but must be"),
        (
            [row(), train(0)],
            {"examples": 2},
            r"options\.examples is 2, but 1 rows can be examples: they need 'split' train, .*; set examples to 0 or add such rows",
        ),
        ([row(split="valid")], {}, r"a row of CodeContests has 'valid' under 'split', but it must be train or test"),
        ([row(), row(description=None)], {}, r"test row 1 of CodeContests has no text under 'description'"),
        ([row(description=" \n")], {}, r"test row 0 of CodeContests has nothing under 'description'"),
        ([row(public_tests=None)], {}, r"test row 0 of CodeContests has no list of texts under 'public_tests\.input'"),
        ([row(private_tests={"input": []})], {}, r"test row 0 of CodeContests has no list of texts under 'private_tests\.output'"),
        ([row(generated_tests={"input": [1], "output": ["1"]})], {}, r"has no list of texts under 'generated_tests\.input'"),
        ([row(private_tests={"input": ["1", "2"], "output": ["1"]})], {}, r"has 2 inputs, but 1 outputs under 'private_tests'"),
        (
            [row(**dict.fromkeys(("public_tests", "private_tests", "generated_tests"), listed()))],
            {},
            r"has no test under .*: every program would pass",
        ),
        ([row(time_limit="2 seconds")], {}, r"test row 0 of CodeContests has invalid limits: 'time_limit' must be \{seconds, nanos\}"),
        ([row(time_limit={"seconds": "2", "nanos": 0})], {}, r"has invalid limits"),
        ([row(memory_limit_bytes="256 MB")], {}, r"has invalid limits"),
        ([{**train(0), "solutions": {"language": [3], "solution": []}}], {}, r"train row 0 of CodeContests has not as many numbers under"),
        ([{**train(0), "solutions": None}], {}, r"train row 0 of CodeContests has no list of texts under 'solutions\.solution'"),
    ],
)
def test_invalid_rows_and_options_raise_one_sentence(rows: list[Row], options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows, **{"examples": 0, **options})
    assert "\n" not in str(caught.value)


def test_the_hubs_rows_are_reduced_as_they_are_read(tmp_path: Path) -> None:
    """A folder of Parquet in the hub's layout, read by ``datasets`` as the hub is."""
    rows = {
        "train": [
            row(description="With one."),
            row(description=IMAGES[0]),
            row(solutions={"language": [2], "solution": [""]}),
            row(description="Two."),
        ],
        "test": [row(), row(description=IMAGES[0], solutions={"language": [3] * 9, "solution": [ECHO] * 9})],
    }
    (tmp_path / "data").mkdir()
    for split, table in rows.items():
        for part in range(2):  # files of a split in their order
            pq.write_table(
                pa.Table.from_pylist(table[part::2] if split == "test" else table[2 * part :][:2]),
                tmp_path / f"data/{split}-0000{part}-of-00002.parquet",
            )
    dataset = BENCHMARK.dataset
    assert dataset is not None and dataset.reduction and BENCHMARK.reduce_row is reduce_row
    found = reduced_rows(Dataset(str(tmp_path), dataset.subset, dataset.split, dataset.revision, None), reduce_row)
    assert [(one["split"], one["description"]) for one in found] == [
        ("train", "With one."),
        ("train", "Two."),
        ("test", "Write the line."),
        ("test", IMAGES[0]),
    ]
    assert set(found[0]) == {"split", "name", "description", "solutions"}
    assert [len(one["solutions"]["solution"]) for one in found] == [1, 1, 2, GOLD]
    assert "incorrect_solutions" not in found[2]
    # Problems, and what the audit grades, are the same as those of the rows as they were.
    whole = [{"split": split, **one} for split, table in rows.items() for one in table]
    assert problems_of(found) == problems_of(whole)
    assert BENCHMARK.gold is not None
    assert (
        list(BENCHMARK.gold(found, {}))
        == list(BENCHMARK.gold(whole, {}))
        == [("CodeContests/0", f" ```{text}```") for text in (ECHO, "print(input(), end='')")]
    )
