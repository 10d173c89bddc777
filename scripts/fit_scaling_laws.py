"""Fit scaling laws to the coverage of one model on one benchmark, and distributions of success to its counts."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monkeys.command_line.interval_arguments import add_counts, add_intervals
from monkeys.errors import run_script
from monkeys.files import write_json
from monkeys.statistics.populations import ESTIMATORS, fit_with_intervals
from monkeys.statistics.scaling_laws import LOSSES, fit_law
from monkeys.statistics.stopping import dependence_in_words, reach
from monkeys.tables.counts import read_counts, stopping_of


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts(parser)
    add_intervals(parser)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    counts = read_counts(arguments.counts)
    rule = stopping_of(counts)
    laws = []
    for loss, description in LOSSES.items():
        entry: dict[str, Any] = {"law": "exponentiated power law, c(k) = exp(a k^b)", "loss": loss, "loss_description": description}
        try:
            fitted = fit_law(counts["n"], counts["c"], loss, arguments.bootstrap, arguments.confidence, arguments.seed, rule)
        except ValueError as error:
            laws.append({**entry, "not_fitted": str(error)})
            continue
        curve = {name: getattr(fitted, name).tolist() for name in ("k", "coverage", "lower", "upper")}
        laws.append({**entry, **asdict(fitted.law), "curve": curve})
    populations = []
    for estimator, description in ESTIMATORS.items():
        entry = {"estimator": estimator, "loss_description": description}
        try:
            fit = fit_with_intervals(counts["n"], counts["c"], estimator, arguments.confidence, rule)
        except ValueError as error:
            populations.append({**entry, "not_fitted": str(error)})
            continue
        populations.append({**entry, **asdict(fit)})
    result = {
        "problems": len(counts),
        "samples": reach(counts["n"].to_numpy(), counts["c"].to_numpy(), rule),
        "stopping": None if rule is None else asdict(rule),
        "samples_depend_on_outcome": None if rule else dependence_in_words(counts["n"], counts["c"]),
        "confidence": arguments.confidence,
        "bootstrap": arguments.bootstrap,
        "laws": laws,
        "populations": populations,
    }
    write_json(arguments.output, result)


if __name__ == "__main__":
    run_script(main)
