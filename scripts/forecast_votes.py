"""How many votes: Chen's best number, predictions from few samples with their record, and votes that stop early."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from monkeys.errors import InputError, run_script
from monkeys.files import write_json, write_table
from monkeys.shards import Cut
from monkeys.statistics.selection import majority_vote
from monkeys.statistics.selection_forecast import hold_out, predicted, two_answers
from monkeys.statistics.selection_stopping import RULES, stopping_curve
from monkeys.tables.ballots import joined, read_problems
from monkeys.tables.selection import subset_sizes
from monkeys.tables.shard_files import verdict_files

THRESHOLDS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
PARTS = 4
"""Shares of the samples, 1/2, 1/4, ..., from which the rest is predicted for the record."""
LEAST = 4
"""Samples that a prediction needs."""
REPEATS = 10


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=Path, nargs="*", default=[], help="all files of verdicts of a model on a benchmark")
    parser.add_argument("--pair", type=Path, help="in place of these, the folder of the pair, which holds verdicts/")
    parser.add_argument("--cut", type=Cut.read, help="JSON: how the pair is cut into files, as monkeys.shards has it")
    parser.add_argument(
        "--equality", choices=["verify", "minerva"], default=None, help="reading of mathematics by which classes of several files are joined"
    )
    parser.add_argument("--samples", type=int, default=None, help="of a problem; those with a higher index are left out")
    parser.add_argument("--thresholds", type=float, nargs="+", default=list(THRESHOLDS))
    parser.add_argument("--cap", type=int, default=None, help="samples of a problem at most; all, if not given")
    parser.add_argument("--orders", type=int, default=20, help="random orders of the samples, beside that of their indices")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--output-votes", type=Path, required=True, help="JSON: the model, and the best number of votes by it and by the curve")
    parser.add_argument("--output-record", type=Path, required=True, help="CSV: errors of predictions on samples that were held out")
    parser.add_argument("--output-stopping", type=Path, required=True, help="CSV: accuracy over mean samples")
    arguments = parser.parse_args(argv)
    if bad := [value for value in arguments.thresholds if not 0.5 < value < 1]:
        raise InputError(f"the threshold {bad[0]:g} is no chance between 0.5 and 1 at which a vote can stop")
    paths = arguments.verdicts if arguments.pair is None else verdict_files(arguments.pair, arguments.cut)
    read = joined(read_problems(paths, arguments.samples), arguments.equality if len(paths) > 1 else None)
    problems = [(one.classes, one.passed) for one in read if one.verified]
    if not problems:
        raise InputError("no problem has a reference, so nothing can be said of the accuracy of votes")
    least = min(classes.size for classes, _ in problems)
    ks = subset_sizes(least, 64)
    seen = np.mean([majority_vote(classes, right, ks) for classes, right in problems], axis=0)
    model = two_answers(problems)
    beyond = [least * factor for factor in (2, 4, 10)]
    write_json(
        arguments.output_votes,
        {
            "problems": len(problems),
            "two_answers": {name: None if np.isnan(value) else value for name, value in asdict(model).items()},
            "best_by_model": None if np.isinf(model.best) else model.best,
            "best_of_curve": int(ks[np.argmax(seen)]),
            "best_accuracy": float(seen.max()),
            "samples": least,
            "accuracy_of_all": float(seen[-1]),
            "curve": {"k": ks.tolist(), "accuracy": seen.tolist()},
            "predicted": [{"k": k, **{way: float(values[0]) for way, values in predicted(problems, [k]).items()}} for k in beyond],
        },
    )
    rows = []
    for used in sorted({least >> part for part in range(1, PARTS + 1) if least >> part >= LEAST}):
        wanted = np.array([k for k in (2 * used, 4 * used, 8 * used) if k <= least])
        for way, errors in hold_out(problems, used, wanted, REPEATS, arguments.seed).items():
            for place, k in enumerate(wanted.tolist()):
                column = errors[:, place]
                rows.append(
                    {
                        "used": used,
                        "k": k,
                        "way": way,
                        "mean_error": column.mean(),
                        "mean_absolute_error": np.abs(column).mean(),
                        "draws": len(column),
                    }
                )
    write_table(arguments.output_record, pd.DataFrame(rows, columns=["used", "k", "way", "mean_error", "mean_absolute_error", "draws"]))
    cap = min(arguments.cap or least, max(classes.size for classes, _ in problems))
    points = [
        {"rule": rule, "cap": cap, **point}
        for rule in RULES
        for point in stopping_curve(problems, rule, arguments.thresholds, cap, arguments.orders, arguments.seed)
    ]
    write_table(arguments.output_stopping, pd.DataFrame(points))


if __name__ == "__main__":
    run_script(main)
