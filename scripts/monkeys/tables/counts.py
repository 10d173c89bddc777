"""From verdicts to counts: for each problem, samples drawn and samples passed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.errors import InputError
from monkeys.files import checked, read_table
from monkeys.records.parquet import read_batches
from monkeys.records.reference import Reference

if TYPE_CHECKING:
    from monkeys.statistics.stopping import Stopping

COLUMNS = ("problem_id", "n", "c", "no_answer", "timeout", "memory", "difficulty", "group")
MOST_SAMPLES = 100_000_000
"""Of a problem; random parts cannot be taken of many more."""
STOPPING = ("stop_successes", "stop_batch")
"""Columns of counts whose sampling stopped by a rule, behind the others: at how many successes, in batches of how many samples."""


def count_passes(
    paths: Sequence[Path], references: Mapping[str, Reference], samples: int | None, allocation: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Counts of each problem, in the order of the references.

    Args:
        paths: files of verdicts.
        references: by problem, of which those without a reference are left out; their metadata's ``difficulty`` and ``group`` go along where there are any.
        samples: indices from here on are left out, so that a study may use a part of what it has; None takes all that there are.
        allocation: samples of each problem, where they do not all get the same.

    Returns:
        Columns ``COLUMNS``: samples, passes, and samples without an answer, out of time, out of memory.

    Raises:
        InputError: a problem does not have its number of verdicts, or none, or one of them is not a verdict on the sample.
    """
    table = pd.concat([batch.to_pandas() for path in paths for batch in read_batches(path, ["problem_id", "sample_index", "outcome"])])
    if samples is not None:
        table = table[table["sample_index"] < samples]
    if (table["outcome"] == "infrastructure_error").any():
        raise InputError("verdicts hold an infrastructure_error, which says nothing about the sample; delete their file and run again")
    if (twice := table[table.duplicated(["problem_id", "sample_index"])]).size:
        raise InputError(
            f"problem {twice['problem_id'].iloc[0]} has two verdicts on sample {twice['sample_index'].iloc[0]}; delete its verdicts and run again"
        )
    # Of a problem without a reference nobody knows how many samples are right, so it has no counts.
    unknown = set(table.loc[table["outcome"] == "unverified", "problem_id"])
    references = {name: reference for name, reference in references.items() if name not in unknown}
    if not references:
        return pd.DataFrame(columns=list(COLUMNS))
    outcomes = pd.crosstab(table["problem_id"], table["outcome"]).reindex(list(references), fill_value=0)
    n = outcomes.sum(axis=1)
    last = table.groupby("problem_id")["sample_index"].max().reindex(list(references), fill_value=-1)
    wanted = pd.Series(allocation).reindex(n.index) if allocation is not None else last + 1 if samples is None else pd.Series(samples, index=n.index)
    if (n != wanted).any():
        name = n[n != wanted].index[0]
        raise InputError(f"problem {name} has {n[name]} verdicts, but {int(wanted[name])} samples are asked for; delete its verdicts and run again")
    if (n == 0).any():
        raise InputError(f"problem {n[n == 0].index[0]} has no samples, and pass@k is not defined without any; add one, or leave the problem out")
    column = {name: outcomes.get(name, 0) for name in ("passed", "no_answer", "timeout", "memory")}
    metadata = {name: [reference.metadata.get(name, "") for reference in references.values()] for name in ("difficulty", "group")}
    counts = pd.DataFrame({"n": n, "c": column.pop("passed"), **column, **metadata})
    return counts.rename_axis("problem_id").reset_index()[list(COLUMNS)]


def read_counts(path: Path) -> pd.DataFrame:
    """Read a file of counts; problems are named by text.

    Raises:
        InputError: no problem has counts.
    """
    unknown = {name: [""] for name in COLUMNS if name != "problem_id"}
    counts = read_table(path, dtype={"problem_id": str}, keep_default_na=False, na_values=unknown)
    if counts.empty:
        raise InputError(
            f"{path}: no problem of it has a reference, so that nothing can be said of coverage; `snakemake select` says which answers are chosen"
        )
    return counts


def import_counts(
    path: Path, problem: str, where: Mapping[str, str], problems: int, samples: int | None, seed: int, stopping: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Counts out of a table that someone else made.

    Args:
        path: a CSV file with columns ``n`` and ``c``; ``difficulty`` and ``group`` go along where there are any.
        problem: the column that names problems.
        where: values by column, as text; other rows are left out.
        problems: number of problems that are taken, from the first.
        samples: number of samples of each problem; where there are more, c of a random subset is drawn (hypergeometric). None takes all.
        seed: of that.
        stopping: the rule by which sampling stopped, ``successes`` and ``batch``; None where n was fixed beforehand. Of more samples the first are taken then,
            in an order that the rule may have made.

    Returns:
        Columns ``COLUMNS``, and ``STOPPING`` where there is a rule; what the table lacks is empty.

    Raises:
        InputError: a column is missing, or the rows are not counts of that many problems.
    """
    try:
        # As text, so that problems keep their names: 007 is not 7, and NA is one.
        table = pd.read_csv(checked(path), dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a table of counts ({error})") from error
    for column in (problem, "n", "c", *where):
        if column not in table:
            raise InputError(f"{path} has no column {column}; it has {', '.join(map(str, table.columns))}")
    for column, value in where.items():
        table = table[table[column] == value]
    said = f"{path}{' where ' + ', '.join(f'{column} is {value}' for column, value in where.items()) if where else ''}"
    if len(table) < problems:
        raise InputError(f"{said} has {len(table)} rows, but {problems} problems are asked for")
    table = table.iloc[:problems]
    names = table[problem].str.strip()
    if (names == "").any():
        raise InputError(f"{said} has a row without a name of a problem in column {problem}")
    if (twice := table[names.duplicated()]).size:
        raise InputError(f"{said} has problem {twice[problem].iloc[0].strip()} twice")
    numbers = table[["n", "c"]].apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna().any(axis=1) | (numbers % 1 != 0).any(axis=1) | (numbers["c"] < 0) | (numbers["c"] > numbers["n"]) | (numbers["n"] < 1)
    if wrong.any():
        row = table[wrong].iloc[0]
        raise InputError(
            f"{said} says n = {row['n']} and c = {row['c']} of problem {row[problem]}; c must be a whole number from 0 to n, and n at least 1"
        )
    n, c = numbers["n"].to_numpy(dtype=np.int64), numbers["c"].to_numpy(dtype=np.int64)
    samples = int(n.max()) if samples is None else samples
    if (n < samples).all():
        raise InputError(f"{said} has at most {n.max()} samples a problem, but {samples} are asked for")
    if (n > MOST_SAMPLES).any():
        place = int(np.argmax(n))
        raise InputError(
            f"{said} says n = {n[place]} of problem {table[problem].iloc[place]}; at most {MOST_SAMPLES:,} samples a problem are counted"
        )
    generator = np.random.default_rng(seed)
    if stopping is not None:
        return _stopped_counts(said, table, problem, n, c, samples, stopping, generator)
    taken = np.minimum(n, samples)
    passed = np.where(n > taken, generator.hypergeometric(c, n - c, taken), c)
    return _as_counts(table, problem, taken, passed)


def _stopped_counts(
    said: str,
    table: pd.DataFrame,
    problem: str,
    n: NDArray[np.int64],
    c: NDArray[np.int64],
    samples: int,
    stopping: Mapping[str, int],
    generator: np.random.Generator,
) -> pd.DataFrame:
    from monkeys.statistics.stopping import Stopping, part_of, stopped_fault

    rule = Stopping(**stopping)
    if fault := stopped_fault(n, c, rule):
        place, why = fault
        raise InputError(f"{said} says n = {n[place]} and c = {c[place]} of problem {table[problem].iloc[place]}, which was not {rule}: {why}")
    if samples % rule.batch and (n > samples).any():
        raise InputError(f"samples is {samples}, but sampling went in batches of {rule.batch}; give a multiple of it")
    taken, passed = part_of(n, c, np.full(n.size, samples), rule, generator)
    return _as_counts(table, problem, taken, passed).assign(stop_successes=rule.successes, stop_batch=rule.batch)


def _as_counts(table: pd.DataFrame, problem: str, taken: NDArray[np.int64], passed: NDArray[np.int64]) -> pd.DataFrame:
    own = {name: table[name].replace("", None).to_numpy() for name in ("difficulty", "group") if name in table}
    counts = pd.DataFrame({"problem_id": table[problem].to_numpy(), "n": taken, "c": passed, **own})
    return counts.reindex(columns=list(COLUMNS))


def stopping_of(counts: pd.DataFrame) -> "Stopping | None":
    """The rule by which sampling stopped, None where none was declared."""
    if any(name not in counts for name in STOPPING):
        return None
    from monkeys.statistics.stopping import Stopping

    return Stopping(*(int(counts[name].iloc[0]) for name in STOPPING))


def groups_of(counts: pd.DataFrame, column: str = "group") -> list[str] | None:
    """The group of each problem, None where problems have none, or all the same: then problems are not grouped."""
    if counts[column].isna().any() or counts[column].nunique() < 2:
        return None
    return [str(group) for group in counts[column]]
