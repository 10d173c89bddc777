"""Forecast coverage beyond the samples that were drawn, each estimator with its hold-out record."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.counts import read_counts
from monkeys.errors import run_script
from monkeys.files import write_json, write_table
from monkeys.statistics.forecasts import HOLD_OUTS, REFITS, forecast_coverage

COLUMNS = ["estimator", "k", "coverage", "lower", "upper", "recorded_error"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--factor", type=float, required=True, help="how many times the samples drawn")
    parser.add_argument("--confidence", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--output-json", type=Path, required=True)
    parser.add_argument("--output-csv", type=Path, required=True)
    arguments = parser.parse_args()
    counts = read_counts(arguments.counts)
    largest = round(int(counts["n"].min()) * arguments.factor)
    result: dict[str, Any] = {"samples": int(counts["n"].min()), "largest": largest, "confidence": arguments.confidence}
    frames = [pd.DataFrame(columns=COLUMNS)]
    try:
        found = forecast_coverage(counts["n"], counts["c"], largest, arguments.confidence, arguments.seed)
    except ValueError as error:
        result["not_forecast"] = str(error)
    else:
        frames = [
            pd.DataFrame({"estimator": one.estimator, "k": found.ks, "coverage": one.coverage, "lower": one.lower, "upper": one.upper}).assign(
                recorded_error=one.record.mean_absolute_error
            )
            for one in found.forecasts
        ]
        result |= {
            "hold_outs": HOLD_OUTS,
            "refits": REFITS,
            "members": list(found.members),
            "left_out": found.left_out,
            "forecasts": [
                {
                    "estimator": one.estimator,
                    "description": one.description,
                    "record": asdict(one.record),
                    "k": found.ks.tolist(),
                    **{name: getattr(one, name).tolist() for name in ("coverage", "lower", "upper")},
                }
                for one in found.forecasts
            ],
        }
    write_json(arguments.output_json, result)
    write_table(arguments.output_csv, pd.concat(frames)[COLUMNS])


if __name__ == "__main__":
    run_script(main)
