"""Fit scaling laws to the coverage of one model on one benchmark."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.errors import run_script
from monkeys.records import write_json
from monkeys.statistics.scaling_laws import LOSSES, fit_law


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--bootstrap", type=int, required=True)
    parser.add_argument("--confidence", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    counts = pd.read_csv(arguments.counts)
    laws = []
    for loss, description in LOSSES.items():
        entry: dict[str, Any] = {"law": "exponentiated power law, c(k) = exp(a k^b)", "loss": loss, "loss_description": description}
        try:
            fitted = fit_law(counts["n"], counts["c"], loss, arguments.bootstrap, arguments.confidence, arguments.seed)
        except ValueError as error:
            laws.append({**entry, "not_fitted": str(error)})
            continue
        curve = {name: getattr(fitted, name).tolist() for name in ("k", "coverage", "lower", "upper")}
        laws.append({**entry, **asdict(fitted.law), "curve": curve})
    result = {
        "problems": len(counts),
        "samples": int(counts["n"].min()),
        "confidence": arguments.confidence,
        "bootstrap": arguments.bootstrap,
        "laws": laws,
    }
    write_json(arguments.output, result)


if __name__ == "__main__":
    run_script(main)
