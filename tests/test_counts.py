from pathlib import Path

import pandas as pd
import pytest

from monkeys.counts import COLUMNS, count_passes
from monkeys.errors import InputError
from monkeys.records import Reference, Verdict, write_verdicts

REFERENCES = {name: Reference(name, {}, metadata={"difficulty": level}) for name, level in (("p/10", 1), ("p/2", 2), ("p/3", 1))}
OUTCOMES = {
    "p/10": ["passed", "failed", "passed", "timeout"],
    "p/2": ["no_answer", "no_answer", "memory", "failed"],
    "p/3": ["passed", "passed", "passed", "passed"],
}


def verdicts(outcomes: dict[str, list[str]] = OUTCOMES) -> list[Verdict]:
    return [Verdict(name, index, outcome) for name, row in outcomes.items() for index, outcome in enumerate(row)]


def write(folder: Path, *shards: list[Verdict]) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(len(shards))]
    for path, shard in zip(paths, shards, strict=True):
        write_verdicts(path, shard)
    return paths


def test_counts_stand_in_the_order_of_the_references(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts()[::-1]), REFERENCES, 4)
    assert tuple(counts.columns) == COLUMNS
    assert counts.to_numpy().tolist() == [
        ["p/10", 4, 2, 0, 1, 0, 1],
        ["p/2", 4, 0, 2, 0, 1, 2],
        ["p/3", 4, 4, 0, 0, 0, 1],
    ]


def test_shards_add_up_to_the_same(tmp_path: Path) -> None:
    whole = count_passes(write(tmp_path, verdicts()), REFERENCES, 4)
    parts = [[verdict for verdict in verdicts() if verdict.sample_index % 3 == part] for part in range(3)]
    pd.testing.assert_frame_equal(count_passes(write(tmp_path, *parts), REFERENCES, 4), whole)


def test_a_study_may_use_the_first_of_its_samples(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts()), REFERENCES, 2)
    assert counts["n"].tolist() == [2, 2, 2]
    assert counts["c"].tolist() == [1, 0, 2]
    assert counts["timeout"].tolist() == [0, 0, 0]


def test_a_study_may_use_a_part_of_its_problems(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts()), {"p/3": REFERENCES["p/3"]}, 4)
    assert counts[["problem_id", "n", "c"]].to_numpy().tolist() == [["p/3", 4, 4]]


def test_nothing_passed_is_a_count_of_zero(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts({"p/2": ["failed"]})), {"p/2": Reference("p/2", {})}, 1)
    assert counts.to_numpy().tolist() == [["p/2", 1, 0, 0, 0, 0, ""]]


def test_counts_without_difficulty_come_back_from_csv_without_one(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts({"p/2": ["failed"]})), {"p/2": Reference("p/2", {})}, 1)
    counts.to_csv(tmp_path / "counts.csv", index=False)
    assert pd.read_csv(tmp_path / "counts.csv")["difficulty"].isna().all()


def test_a_problem_with_too_few_verdicts_is_named(tmp_path: Path) -> None:
    short = OUTCOMES | {"p/2": ["failed"] * 3}
    with pytest.raises(InputError, match="problem p/2 has 3 verdicts, but 4 samples are asked for"):
        count_passes(write(tmp_path, verdicts(short)), REFERENCES, 4)


def test_a_problem_without_verdicts_is_named(tmp_path: Path) -> None:
    short = {name: row for name, row in OUTCOMES.items() if name != "p/3"}
    with pytest.raises(InputError, match="problem p/3 has 0 verdicts, but 4 samples are asked for"):
        count_passes(write(tmp_path, verdicts(short)), REFERENCES, 4)


def test_verdicts_that_stand_twice_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="problem p/10 has two verdicts on sample 0"):
        count_passes(write(tmp_path, verdicts(), verdicts()[:1]), REFERENCES, 4)


def test_a_verdict_that_stands_twice_does_not_make_up_for_a_missing_one(tmp_path: Path) -> None:
    shard = [*verdicts()[1:], verdicts()[1]]
    with pytest.raises(InputError, match="p/10"):
        count_passes(write(tmp_path, shard), REFERENCES, 4)


def test_a_failure_of_the_machinery_is_never_counted(tmp_path: Path) -> None:
    broken = OUTCOMES | {"p/2": ["failed", "infrastructure_error", "failed", "failed"]}
    with pytest.raises(InputError, match="verdicts hold an infrastructure_error"):
        count_passes(write(tmp_path, verdicts(broken)), REFERENCES, 4)
    assert count_passes(write(tmp_path, verdicts(broken)), REFERENCES, 1)["n"].tolist() == [1, 1, 1]
