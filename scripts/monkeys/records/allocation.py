"""Allocations: how many samples each problem gets, where they do not all get the same."""

import csv
from collections.abc import Collection
from pathlib import Path

from monkeys.errors import InputError
from monkeys.files import read_text

NUMBER = ("samples", "total")
"""The column of the number: a table of one's own, or one that ``snakemake plan`` wrote."""


def read_allocation(path: Path, problems: Collection[str], most: int | None = None) -> dict[str, int]:
    """Samples of each problem.

    Args:
        path: CSV with columns ``problem_id`` and ``samples`` (or ``total``); one row a problem, in any order.
        problems: names of the problems that need a number.
        most: more samples than these no problem may get.

    Returns:
        The number by problem, of ``problems`` alone.

    Raises:
        InputError: the table cannot be read, misses a problem or has it twice, or a number is no whole number from 1 to ``most``.
    """
    try:
        rows = csv.DictReader(read_text(path).splitlines())
        columns = list(rows.fieldnames or [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV ({error}); save it as CSV in UTF-8") from error
    column = next((name for name in NUMBER if name in columns), None)
    if "problem_id" not in columns or column is None:
        raise InputError(f"{path} needs the columns problem_id and samples (or total); it has {', '.join(columns) or 'none'}")
    found: dict[str, int] = {}
    for row in rows:
        name, text = row["problem_id"], row[column] or ""
        if name in found:
            raise InputError(f"{path}, line {rows.line_num}: problem {name} stands there twice; leave one of the rows out")
        if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
            end = "" if most is None else f" to {most}, the benchmark's samples"
            raise InputError(f"{path}, line {rows.line_num} has {text!r} under {column!r}, but needs a whole number from 1{end}")
        found[name] = int(text)
    if missing := [name for name in problems if name not in found]:
        raise InputError(f"{path} has no row for problem {missing[0]}; give each problem of the study its number of samples")
    return {name: found[name] for name in problems}
