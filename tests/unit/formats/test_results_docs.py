"""docs/results.md and docs/samples.md name what there is."""

import csv
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from project import ROOT

from monkeys.formats.samples.shapes import SHAPES
from monkeys.formats.samples.shapes.columns import COLUMNS

RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
SAMPLES = (ROOT / "docs" / "samples.md").read_text(encoding="utf-8")


def documented(name: str) -> set[str]:
    """Words in backquotes of the paragraph that is about a file."""
    paragraph = next((line for line in RESULTS.split("\n") if line.startswith(f"**`{name}`**")), None)
    assert paragraph is not None, f"docs/results.md says nothing of {name}"
    return set(re.findall(r"`([^`]+)`", paragraph))


def test_every_table_and_column_is_documented(rich_study: Path) -> None:
    paths = [path for path in rich_study.rglob("*.csv") if not {"figures", "plans", "logs"} & set(path.relative_to(rich_study).parts)]
    names = {path.name for path in paths}
    assert {"counts.csv", "coverage.csv", "differences.csv", "cost.csv", "summary.csv"} <= names
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            missing = set(next(csv.reader(file))) - documented(path.name)
        assert not missing, f"{path.name} has columns that docs/results.md does not have: {missing}"
    with next((rich_study / "plans").rglob("*.csv")).open(encoding="utf-8", newline="") as file:
        assert set(next(csv.reader(file))) <= documented("plans/<benchmark>/<model>/<strategy>.csv")


@pytest.mark.parametrize(("kind", "name"), [("samples", "samples/<shard>.parquet"), ("verdicts", "verdicts/<part>.parquet")])
def test_columns_of_records_are_documented(rich_study: Path, kind: str, name: str) -> None:
    path = next(iter(sorted(rich_study.rglob(f"{kind}/*.parquet"))))
    assert set(pq.read_schema(path).names) <= documented(name)


def test_every_file_of_a_run_is_documented(rich_study: Path) -> None:
    skipped = {"logs", "figures", "prompts", "references", "samples", "verdicts", "plans"}
    names = {
        path.name
        for path in rich_study.rglob("*")
        if path.is_file() and not path.name.startswith(".") and not skipped & set(path.relative_to(rich_study).parts)
    }
    unnamed = sorted(name for name in names if f"`{name}`" not in RESULTS)
    assert unnamed == []


def test_every_shape_and_column_of_recorded_samples_is_documented() -> None:
    assert [name for name in SHAPES if f"`{name}`" not in SAMPLES] == []
    assert [name for name in COLUMNS if f"`{name}`" not in SAMPLES and f"{name}: " not in SAMPLES] == []
