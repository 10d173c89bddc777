"""From verdicts to counts: for each problem, samples drawn and samples passed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from monkeys.errors import InputError
from monkeys.records import Reference, read_batches

COLUMNS = ("problem_id", "n", "c", "no_answer", "timeout", "memory", "difficulty")


def count_passes(paths: Sequence[Path], references: Mapping[str, Reference], samples: int) -> pd.DataFrame:
    """Counts of each problem, in the order of the references.

    Args:
        paths: files of verdicts.
        references: by problem; their metadata's ``difficulty`` goes along where there is one.
        samples: indices from here on are left out, so that a study may use a part of what it has.

    Returns:
        Columns ``COLUMNS``: samples, passes, and samples without an answer, out of time, out of memory.

    Raises:
        InputError: a problem does not have ``samples`` verdicts, or one of them is not a verdict on the sample.
    """
    table = pd.concat([batch.to_pandas() for path in paths for batch in read_batches(path, ["problem_id", "sample_index", "outcome"])])
    table = table[table["sample_index"] < samples]
    if (table["outcome"] == "infrastructure_error").any():
        raise InputError("verdicts hold an infrastructure_error, which says nothing about the sample; delete their file and run again")
    if (twice := table[table.duplicated(["problem_id", "sample_index"])]).size:
        raise InputError(
            f"problem {twice['problem_id'].iloc[0]} has two verdicts on sample {twice['sample_index'].iloc[0]}; delete its verdicts and run again"
        )
    outcomes = pd.crosstab(table["problem_id"], table["outcome"]).reindex(list(references), fill_value=0)
    n = outcomes.sum(axis=1)
    if (n != samples).any():
        raise InputError(
            f"problem {n[n != samples].index[0]} has {n[n != samples].iloc[0]} verdicts, but {samples} samples are asked for; delete its verdicts and run again"
        )
    column = {name: outcomes.get(name, 0) for name in ("passed", "no_answer", "timeout", "memory")}
    difficulty = [reference.metadata.get("difficulty", "") for reference in references.values()]
    counts = pd.DataFrame({"n": n, "c": column.pop("passed"), **column, "difficulty": difficulty})
    return counts.rename_axis("problem_id").reset_index()[list(COLUMNS)]
