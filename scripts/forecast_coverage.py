"""Forecast coverage beyond the samples that were drawn, with its hold-out record."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.command_line.interval_arguments import add_counts, add_intervals
from monkeys.errors import run_script
from monkeys.files import write_json, write_table
from monkeys.statistics.forecasts import HOLD_OUTS, Bounds, Forecasts, forecast_coverage
from monkeys.statistics.stopping import reach
from monkeys.tables.counts import read_counts, stopping_of

INTERVALS = {"these": "these problems, if sampling went on", "others": "other problems of the same kind"}
COLUMNS = ["estimator", "k", "coverage", *(f"{name}_{bound}" for name in INTERVALS for bound in ("lower", "upper")), "recorded_error"]


def table(found: Forecasts) -> pd.DataFrame:
    """A row for each estimator and k; bounds of the recommended forecast alone."""
    frames = []
    for one in found.forecasts:
        none = np.full(found.ks.size, np.nan)
        bounds = {name: getattr(one, name) or Bounds(none, none) for name in INTERVALS}
        columns = {f"{name}_{bound}": getattr(bounds[name], bound) for name in INTERVALS for bound in ("lower", "upper")}
        frames.append(
            pd.DataFrame({"estimator": one.estimator, "k": found.ks, "coverage": one.coverage, **columns}).assign(
                recorded_error=one.record.mean_absolute_error
            )
        )
    return pd.concat(frames)[COLUMNS]


def as_json(found: Forecasts) -> dict[str, Any]:
    """The same for JSON, with the records and why estimators are left out."""
    forecasts = []
    for one in found.forecasts:
        entry: dict[str, Any] = {"estimator": one.estimator, "description": one.description, "record": asdict(one.record)}
        entry |= {"k": found.ks.tolist(), "coverage": one.coverage.tolist()}
        for name in INTERVALS:
            if (bounds := getattr(one, name)) is not None:
                entry[name] = {"lower": bounds.lower.tolist(), "upper": bounds.upper.tolist()}
        forecasts.append(entry)
    return {
        "intervals": INTERVALS,
        "hold_outs": HOLD_OUTS,
        "record_factor": found.record_factor,
        "members": list(found.members),
        "left_out": found.left_out,
        "forecasts": forecasts,
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts(parser)
    parser.add_argument("--factor", type=float, required=True, help="how many times the samples drawn")
    add_intervals(parser, bootstrap=False)
    parser.add_argument("--output-json", type=Path, required=True)
    parser.add_argument("--output-csv", type=Path, required=True)
    arguments = parser.parse_args(argv)
    counts = read_counts(arguments.counts)
    rule = stopping_of(counts)
    samples = reach(counts["n"].to_numpy(), counts["c"].to_numpy(), rule)
    largest = round(samples * arguments.factor)
    result: dict[str, Any] = {"samples": samples, "largest": largest, "confidence": arguments.confidence}
    rows = pd.DataFrame(columns=COLUMNS)
    try:
        found = forecast_coverage(counts["n"], counts["c"], largest, arguments.confidence, arguments.seed, rule)
    except ValueError as error:
        result["not_forecast"] = str(error)
    else:
        rows = table(found)
        result |= as_json(found)
    write_json(arguments.output_json, result)
    write_table(arguments.output_csv, rows)


if __name__ == "__main__":
    run_script(main)
