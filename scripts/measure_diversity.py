"""Measure how much of what a model draws is new: distinct texts and answers over k, and why a coverage curve flattens."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.command_line.interval_arguments import add_counts
from monkeys.command_line.pair_arguments import add_pair
from monkeys.errors import InputError, run_script
from monkeys.files import write_json, write_table
from monkeys.records.parquet import read_batches
from monkeys.statistics import IntArray
from monkeys.statistics.coverage import log_spaced
from monkeys.statistics.diversity import distinct_share, effective_number, multiplicities, saturation, unseen_mass
from monkeys.tables.counts import read_counts
from monkeys.tables.shard_files import sample_files, verdict_files
from monkeys.tables.tokens import read_columns

POINTS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_pair(parser)
    add_counts(parser)
    parser.add_argument("--output-json", type=Path, required=True)
    parser.add_argument("--output-csv", type=Path, required=True)
    arguments = parser.parse_args()
    pair, cut, counts = arguments.pair, arguments.cut, read_counts(arguments.counts)
    problems, totals = pd.Index(counts["problem_id"]), counts["n"].to_numpy()
    # The curve ends where the first problem has no more samples.
    end = int(totals.min())
    texts = read_texts(sample_files(pair, cut), problems, totals)
    for name, multiplicity, total in zip(problems, texts, totals, strict=True):
        if multiplicity.sum() != total:
            raise InputError(f"problem {name} has other samples than the {total} that {arguments.counts} counts; count its verdicts again")
    answers = read_answers(verdict_files(pair, cut), problems, totals)

    ks = np.unique(log_spaced(end, POINTS))
    shares = {"distinct_texts": distinct_share(texts, ks, totals), "distinct_answers": np.full(ks.size, np.nan)}
    summary: dict[str, Any] = {"k": end, "problems": len(problems), "texts": measures(texts, totals), "answers": None}
    if answers is not None:
        shares["distinct_answers"] = distinct_share(answers, ks, totals)
        summary["answers"] = measures(answers, totals)
    if end >= 2:
        unit, values = ("text", texts) if answers is None else ("answer", answers)
        summary["saturation"] = asdict(saturation(counts["n"], counts["c"], [unseen_mass(m, n) for m, n in zip(values, totals, strict=True)], unit))
    write_json(arguments.output_json, summary)
    write_table(arguments.output_csv, pd.DataFrame({"k": ks, **shares}))


def read_texts(paths: Sequence[Path], problems: "pd.Index[str]", totals: NDArray[np.int64]) -> list[IntArray]:
    """Multiplicities of each problem's distinct texts, among its first ``totals`` samples."""
    columns = read_columns(paths)
    owner = problems.get_indexer(columns["problem_id"].cat.categories)[columns["problem_id"].cat.codes]
    taken = (columns["sample_index"].to_numpy() < totals[owner]) & (owner >= 0)
    return multiplicities(owner[taken], columns["text"].to_numpy()[taken], len(problems))


def read_answers(paths: Sequence[Path], problems: "pd.Index[str]", totals: NDArray[np.int64]) -> list[IntArray] | None:
    """Multiplicities of each problem's distinct answers, among its first ``totals`` samples; None where the grader extracts none (programs)."""
    owners: list[NDArray[np.int32]] = []
    values: list[NDArray[np.uint64]] = []
    for path in paths:
        for batch in read_batches(path, ["problem_id", "sample_index", "answer"]):
            table = batch.to_pandas()
            owner = problems.get_indexer(table["problem_id"]).astype(np.int32)
            taken = ((table["sample_index"] < totals[owner]) & table["answer"].notna()).to_numpy() & (owner >= 0)
            owners.append(owner[taken])
            values.append(pd.util.hash_array(table["answer"].to_numpy(dtype=object)[taken], categorize=False))
    found = np.concatenate(owners)
    return multiplicities(found, np.concatenate(values), len(problems)) if found.size else None


def measures(found: Sequence[IntArray], totals: NDArray[np.int64]) -> dict[str, Any]:
    """What stands in the JSON of texts and of answers; ``effective_number`` is null where nothing comes twice (or there is one sample)."""
    effective = effective_number(found, totals)
    end = int(totals.min())
    share = float(distinct_share(found, [end], totals)[0])
    return {
        "distinct_share": share,
        "effective_samples": share * end,
        "effective_number": effective if np.isfinite(effective) else None,
        "unseen_mass": float(np.mean([unseen_mass(m, n) for m, n in zip(found, totals, strict=True)])),
        "problems_without_repeats": sum(bool((m == 1).all()) for m in found),
    }


if __name__ == "__main__":
    run_script(main)
