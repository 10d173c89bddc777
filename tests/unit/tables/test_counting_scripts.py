"""Scripts that count, from references, verdicts and tables to the numbers that statistics start from."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import count_passes
import estimate_coverage
import forecast_coverage
import import_counts as import_counts_script
from monkeys.records.reference import Reference, write_references
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.shards import Cut
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.intervals import percentile_interval, resamples
from monkeys.tables.counts import import_counts, read_counts


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def call(module: Any, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, words)])
    module.main()


def test_groups_of_a_benchmark_reach_its_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From references and verdicts in shards to bounds, by the scripts: groups of problems are resampled whole."""
    correct, groups = [0, 0, 0, 0, 3, 3, 4, 3, 1, 1, 2, 1], [f"g{number // 4}" for number in range(12)]
    names = [f"p/{number}" for number in range(12)]
    references = [Reference(name, {}, metadata={"difficulty": 1, "group": group}) for name, group in zip(names, groups, strict=True)]
    for block, part in (("0000", references[:6]), ("0001", references[6:])):
        write_references(tmp_path / f"references/{block}.jsonl", part)
        for round, indices in (("0000", (0, 1)), ("0001", (2, 3, 4))):
            rows = [(one.problem_id, index) for one in part for index in indices]
            judged = [Verdict(name, index, "passed" if index < correct[names.index(name)] else "failed") for name, index in rows]
            write_verdicts(tmp_path / f"verdicts/{block}-{round}-0000.parquet", judged)
    # The fifth sample of each problem lies there and is not asked for.
    references_of_blocks = [tmp_path / f"references/{block}.jsonl" for block in ("0000", "0001")]
    words = ["--pair", tmp_path, "--references", *references_of_blocks, "--cut", Cut(12, 6, 4, 2).written()]
    call(count_passes, monkeypatch, *words, "--output", tmp_path / "counts.csv")
    counts = read_counts(tmp_path / "counts.csv")
    assert (counts["problem_id"].tolist(), counts["c"].tolist(), counts["group"].tolist()) == (names, correct, groups)
    assert (counts["n"] == 4).all()
    level = ["--bootstrap", 333, "--confidence", 0.8, "--seed", 3, "--method", "percentile"]
    call(estimate_coverage, monkeypatch, "--counts", tmp_path / "counts.csv", *level, "--output", tmp_path / "coverage.csv")
    table = pass_at_k([4] * 12, correct, range(1, 5))
    grouped, apart = (percentile_interval(table, resamples(12, 333, 3, which), 0.8) for which in (groups, None))
    found = pd.read_csv(tmp_path / "coverage.csv")
    assert found["lower"].tolist() == pytest.approx(grouped.lower.tolist()) and found["upper"].tolist() == pytest.approx(grouped.upper.tolist())
    assert (found["upper"] - found["lower"])[0] > 1.2 * (apart.upper - apart.lower)[0]


def test_the_script_takes_its_rows_at_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(
        tmp_path,
        "name,n,c,m,group\n" + "".join(f"p{number},100,{c},{model},g{number % 3}\n" for model, c in (("A", 10), ("B", 60)) for number in range(9)),
    )
    words = ["--table", path, "--problem-column", "name", "--where", '{"m": "B"}', "--problems", 7, "--samples", 30, "--stopping", "null"]
    drawn = []
    for seed in (3, 4):
        call(import_counts_script, monkeypatch, *words, "--seed", seed, "--output", tmp_path / "counts.csv")
        drawn.append(read_counts(tmp_path / "counts.csv"))
        pd.testing.assert_frame_equal(drawn[-1], import_counts(path, "name", {"m": "B"}, 7, 30, seed), check_dtype=False)
    assert drawn[0]["c"].tolist() != drawn[1]["c"].tolist() and drawn[0]["group"].tolist() == ["g0", "g1", "g2", "g0", "g1", "g2", "g0"]


def test_scripts_go_as_far_as_the_fewest_samples_of_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond those the estimate of a problem does not exist."""
    path = table(tmp_path, "problem_id,n,c\n" + "".join(f"p{number},{30 if number % 2 else 12},{number}\n" for number in range(10)))
    import_counts(path, "problem_id", {}, 10, 30, 0).to_csv(tmp_path / "counts.csv", index=False)
    words = ["--counts", tmp_path / "counts.csv", "--confidence", 0.8, "--seed", 3]
    call(estimate_coverage, monkeypatch, *words, "--bootstrap", 100, "--method", "percentile", "--output", tmp_path / "coverage.csv")
    coverage = pd.read_csv(tmp_path / "coverage.csv")
    assert coverage["k"].tolist() == list(range(1, 13)) and coverage[["pass_at_k", "lower", "upper"]].notna().all(axis=None)
    asked = []

    def forecast(samples: Any, correct: Any, largest: int, *rest: Any, **named: Any) -> None:
        asked.append((list(samples), list(correct), largest))
        raise ValueError("not now")

    monkeypatch.setattr(forecast_coverage, "forecast_coverage", forecast)
    outputs = ["--output-json", tmp_path / "f.json", "--output-csv", tmp_path / "f.csv"]
    call(forecast_coverage, monkeypatch, *words, "--factor", 2.5, *outputs)
    assert asked == [([12, 30] * 5, list(range(10)), 30)]
    said = json.loads((tmp_path / "f.json").read_text())
    assert (said["samples"], said["largest"], said["not_forecast"]) == (12, 30, "not now")
