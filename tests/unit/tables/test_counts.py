from pathlib import Path

import pandas as pd
import pytest

from monkeys.errors import InputError
from monkeys.records.reference import Reference
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.tables.counts import COLUMNS, STOPPING, count_passes, groups_of, import_counts, read_counts, stopping_of

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


def test_counts_are_in_order_of_references(tmp_path: Path) -> None:
    counts = count_passes(write(tmp_path, verdicts()[::-1]), REFERENCES, 4)
    assert tuple(counts.columns) == COLUMNS
    assert counts.to_numpy().tolist() == [
        ["p/10", 4, 2, 0, 1, 0, 1, ""],
        ["p/2", 4, 0, 2, 0, 1, 2, ""],
        ["p/3", 4, 4, 0, 0, 0, 1, ""],
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
    assert counts.to_numpy().tolist() == [["p/2", 1, 0, 0, 0, 0, "", ""]]


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


def test_duplicate_verdicts_raise(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="problem p/10 has two verdicts on sample 0"):
        count_passes(write(tmp_path, verdicts(), verdicts()[:1]), REFERENCES, 4)


def test_duplicate_verdict_does_not_replace_missing_one(tmp_path: Path) -> None:
    shard = [*verdicts()[1:], verdicts()[1]]
    with pytest.raises(InputError, match="p/10"):
        count_passes(write(tmp_path, shard), REFERENCES, 4)


def test_infrastructure_error_raises(tmp_path: Path) -> None:
    broken = OUTCOMES | {"p/2": ["failed", "infrastructure_error", "failed", "failed"]}
    with pytest.raises(InputError, match="verdicts hold an infrastructure_error"):
        count_passes(write(tmp_path, verdicts(broken)), REFERENCES, 4)
    assert count_passes(write(tmp_path, verdicts(broken)), REFERENCES, 1)["n"].tolist() == [1, 1, 1]


# Counts of the user's own


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_counts_are_taken_from_a_table_of_several_models(tmp_path: Path) -> None:
    path = table(tmp_path, "model,row,n,c\nA,7,10,3\nB,7,10,9\nA,12,8,0\nA,3,10,10\n")
    counts = import_counts(path, "row", {"model": "A"}, problems=2, samples=10, seed=0)
    assert tuple(counts.columns) == COLUMNS
    assert counts[["problem_id", "n", "c"]].to_numpy().tolist() == [["7", 10, 3], ["12", 8, 0]]
    assert counts[["no_answer", "timeout", "memory", "difficulty", "group"]].isna().all(axis=None)


def test_subset_of_counts_is_hypergeometric(tmp_path: Path) -> None:
    path = table(tmp_path, "problem_id,n,c\n" + "".join(f"p{i},1000,{i}\n" for i in (0, 100, 500, 900, 1000)))
    counts = import_counts(path, "problem_id", {}, problems=5, samples=200, seed=3)
    assert counts["n"].tolist() == [200] * 5
    assert counts["c"].iloc[0] == 0 and counts["c"].iloc[4] == 200
    assert [abs(c - 200 * share) < 25 for c, share in zip(counts["c"], (0, 0.1, 0.5, 0.9, 1), strict=True)] == [True] * 5
    assert import_counts(path, "problem_id", {}, 5, 200, 3).equals(counts)
    assert not import_counts(path, "problem_id", {}, 5, 200, 4).equals(counts)


def test_all_samples_are_taken_by_default(tmp_path: Path) -> None:
    counts = import_counts(table(tmp_path, "problem_id,n,c\np,10,3\nq,7,7\nr,1,0\n"), "problem_id", {}, problems=2, samples=None, seed=0)
    assert counts[["problem_id", "n", "c"]].to_numpy().tolist() == [["p", 10, 3], ["q", 7, 7]]


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("problem_id,n\np,3\n", {}, "has no column c; it has problem_id, n"),
        ("row,n,c\np,3,1\n", {}, "has no column problem_id"),
        ("problem_id,n,c\np,3,1\n", {"problems": 2}, "has 1 rows, but 2 problems are asked for"),
        ("problem_id,n,c\np,3,1\np,3,1\n", {"problems": 2}, "has problem p twice"),
        ("problem_id,n,c\np,3,4\n", {}, "says n = 3 and c = 4 of problem p; c must be a whole number from 0 to n"),
        ("problem_id,n,c\np,3,many\n", {}, "says n = 3 and c = many of problem p"),
        ("problem_id,n,c\np,3,1.5\n", {}, "c = 1.5"),
        ("problem_id,n,c\np,3,1\n", {"samples": 4}, "has at most 3 samples a problem, but 4 are asked for"),
        ("problem_id,n,c,m\np,3,1,A\n", {"where": {"m": "B"}}, "where m is B has 0 rows"),
        ("", {}, "cannot be read as a table of counts"),
        ("problem_id,n,c\n a,3,1\na,3,1\n", {"problems": 2}, "has problem a twice"),
        ("problem_id,n,c\n ,3,1\n", {}, "has a row without a name of a problem in column problem_id"),
        ("problem_id,n,c\na,2000000000,1\n", {}, "at most 100,000,000 samples a problem are counted"),
        (
            "problem_id,n,c\na,3,2\n",
            {"stopping": {"successes": 1, "batch": 1}},
            "of problem a, which was not stopped at the first success: it has more",
        ),
        ("problem_id,n,c\na,7,1\nb,9,0\n", {"problems": 2, "stopping": {"successes": 1, "batch": 3}}, "not at the end of a batch of 3"),
        ("problem_id,n,c\na,6,1\nb,9,0\n", {"problems": 2, "samples": 8, "stopping": {"successes": 1, "batch": 3}}, "give a multiple of it"),
    ],
)
def test_invalid_table_of_counts_raises(tmp_path: Path, text: str, arguments: dict[str, object], said: str) -> None:
    chosen: dict[str, object] = {"problem": "problem_id", "where": {}, "problems": 1, "samples": 3, "seed": 0, **arguments}
    with pytest.raises(InputError) as caught:
        import_counts(table(tmp_path, text), **chosen)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_groups_are_used_where_every_problem_has_one_and_there_are_two(tmp_path: Path) -> None:
    head = "problem_id,n,c,group\n"
    for rows, expected in (("a,2,1,x\nb,2,1,y\n", ["x", "y"]), ("a,2,1,x\nb,2,1,x\n", None), ("a,2,1,x\nb,2,1,\n", None)):
        assert groups_of(import_counts(table(tmp_path, head + rows), "problem_id", {}, 2, 2, 0)) == expected


def test_problems_keep_their_names(tmp_path: Path) -> None:
    """Names that look like numbers, or like nothing."""
    path = table(tmp_path, "problem_id,n,c,level\n007,2,1,70\nNA,2,0,\n1.10,2,2,70\n")
    counts = import_counts(path, "problem_id", {}, 3, 2, 0)
    assert counts["problem_id"].tolist() == ["007", "NA", "1.10"]
    counts.to_csv(tmp_path / "counts.csv", index=False)
    assert read_counts(tmp_path / "counts.csv")["problem_id"].tolist() == ["007", "NA", "1.10"]
    assert import_counts(path, "problem_id", {"level": "70"}, 2, 2, 0)["problem_id"].tolist() == ["007", "1.10"]


def test_a_declared_rule_goes_along_with_the_counts(tmp_path: Path) -> None:
    """And of more samples than are asked for the first are taken, as the rule made them."""
    path = table(tmp_path, "problem_id,n,c\na,6,1\nb,60,0\nc,30,2\n")
    counts = import_counts(path, "problem_id", {}, 3, 60, 0, {"successes": 1, "batch": 6})
    assert tuple(counts.columns) == (*COLUMNS, *STOPPING)
    counts.to_csv(tmp_path / "counts.csv", index=False)
    again = read_counts(tmp_path / "counts.csv")
    assert str(stopping_of(again)) == "stopped at the first success, in batches of 6"
    assert again[["n", "c"]].to_numpy().tolist() == [[6, 1], [60, 0], [30, 2]]
    part = import_counts(path, "problem_id", {}, 3, 18, 0, {"successes": 1, "batch": 6})
    assert part[["n", "c"]].to_numpy().tolist() == [[6, 1], [18, 0], [18, 0]]
    assert stopping_of(import_counts(path, "problem_id", {}, 3, 60, 0)) is None


def test_all_samples_of_a_table_are_taken_as_they_are(tmp_path: Path) -> None:
    path = table(tmp_path, "problem_id,n,c\na,6,1\nb,600,0\nc,30,2\n")
    assert import_counts(path, "problem_id", {}, 3, None, 0)[["n", "c"]].to_numpy().tolist() == [[6, 1], [600, 0], [30, 2]]
