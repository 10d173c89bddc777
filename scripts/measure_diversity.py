"""Measure how much of what a model draws is new: distinct texts and answers over k, and why a coverage curve flattens."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.command_line.interval_arguments import add_counts
from monkeys.errors import InputError, run_script
from monkeys.files import write_json, write_table
from monkeys.records.parquet import read_batches
from monkeys.shards import shards
from monkeys.statistics import IntArray
from monkeys.statistics.coverage import log_spaced
from monkeys.statistics.diversity import distinct_share, effective_number, multiplicities, saturation, unseen_mass
from monkeys.tables.counts import read_counts
from monkeys.tables.tokens import read_columns

POINTS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the folder of the samples' shards")
    parser.add_argument("--verdicts", type=Path, required=True, help="the folder of the verdicts' shards")
    parser.add_argument("--cut", type=json.loads, required=True, help="JSON: problems, samples and shard of the benchmark")
    add_counts(parser)
    parser.add_argument("--output-json", type=Path, required=True)
    parser.add_argument("--output-csv", type=Path, required=True)
    arguments = parser.parse_args()
    names, total = shards(arguments.cut), int(arguments.cut["samples"])
    counts = read_counts(arguments.counts)
    problems = pd.Index(counts["problem_id"])
    texts = read_texts([arguments.samples / f"{name}.parquet" for name in names], problems, total)
    if (short := [name for name, found in zip(problems, texts, strict=True) if found.sum() != total]) or (counts["n"] != total).any():
        which = f"problem {short[0]} has other samples" if short else f"{arguments.counts} counts other samples"
        raise InputError(f"{which} than the {total} that are asked for; count its verdicts again")
    answers = read_answers([arguments.verdicts / f"{name}.parquet" for name in names], problems, total)

    ks = np.unique(log_spaced(total, POINTS))
    shares = {"distinct_texts": distinct_share(texts, ks, total), "distinct_answers": np.full(ks.size, np.nan)}
    summary: dict[str, Any] = {"k": total, "problems": len(problems), "texts": measures(texts, total), "answers": None}
    if answers is not None:
        shares["distinct_answers"] = distinct_share(answers, ks, total)
        summary["answers"] = measures(answers, total)
    if total >= 2:
        unit, values = ("text", texts) if answers is None else ("answer", answers)
        summary["saturation"] = asdict(saturation(counts["n"], counts["c"], [unseen_mass(m, total) for m in values], unit))
    write_json(arguments.output_json, summary)
    write_table(arguments.output_csv, pd.DataFrame({"k": ks, **shares}))


def read_texts(paths: Sequence[Path], problems: "pd.Index[str]", total: int) -> list[IntArray]:
    """Multiplicities of each problem's distinct texts, among its first ``total`` samples."""
    columns = read_columns(paths)
    owner = problems.get_indexer(columns["problem_id"].cat.categories)[columns["problem_id"].cat.codes]
    taken = (columns["sample_index"].to_numpy() < total) & (owner >= 0)
    return multiplicities(owner[taken], columns["text"].to_numpy()[taken], len(problems))


def read_answers(paths: Sequence[Path], problems: "pd.Index[str]", total: int) -> list[IntArray] | None:
    """Multiplicities of each problem's distinct answers, among its first ``total`` samples; None where the grader extracts none (programs)."""
    owners: list[NDArray[np.int32]] = []
    values: list[NDArray[np.uint64]] = []
    for path in paths:
        for batch in read_batches(path, ["problem_id", "sample_index", "answer"]):
            table = batch.to_pandas()
            owner = problems.get_indexer(table["problem_id"]).astype(np.int32)
            taken = ((table["sample_index"] < total) & table["answer"].notna()).to_numpy() & (owner >= 0)
            owners.append(owner[taken])
            values.append(pd.util.hash_array(table["answer"].to_numpy(dtype=object)[taken], categorize=False))
    found = np.concatenate(owners)
    return multiplicities(found, np.concatenate(values), len(problems)) if found.size else None


def measures(found: Sequence[IntArray], total: int) -> dict[str, Any]:
    """What stands in the JSON of texts and of answers; ``effective_number`` is null where nothing comes twice (or there is one sample)."""
    effective = effective_number(found, total)
    share = float(distinct_share(found, [total], total)[0])
    return {
        "distinct_share": share,
        "effective_samples": share * total,
        "effective_number": effective if np.isfinite(effective) else None,
        "unseen_mass": float(np.mean([unseen_mass(m, total) for m in found])),
        "problems_without_repeats": sum(bool((m == 1).all()) for m in found),
    }


if __name__ == "__main__":
    run_script(main)
