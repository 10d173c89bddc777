"""Choose model and number of samples: the cheapest for each wanted coverage, the best for each budget."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from monkeys.costs.choice import best_within_budget, cheapest_for_coverage, default_coverages
from monkeys.costs.cost import MEASURES
from monkeys.errors import InputError, nearest, run_script
from monkeys.files import read_table, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", required=True, help="names of the models, in the order of the files")
    parser.add_argument("--costs", type=Path, nargs="+", required=True, help="cost.csv of each model")
    parser.add_argument("--coverages", type=json.loads, default=[], help="JSON: wanted coverages; empty: each model's last, and 0.25, 0.5, 0.75, 0.9")
    parser.add_argument("--budgets", type=json.loads, default={}, help="JSON: amounts by measure (dollars, flops)")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.budgets if name not in MEASURES]:
        raise InputError(f"budgets.{unknown[0]} does not exist{nearest(unknown[0], MEASURES)}; budgets knows {', '.join(MEASURES)}")
    curves = {name: read_table(path) for name, path in zip(arguments.models, arguments.costs, strict=True)}
    coverages = arguments.coverages or default_coverages(curves)
    result = {
        "coverages": [
            {"coverage": wanted, "cheapest": {measure: asdict(cheapest_for_coverage(curves, wanted, measure)) for measure in MEASURES}}
            for wanted in coverages
        ],
        "budgets": [
            {"measure": measure, "budget": budget, "best": asdict(best_within_budget(curves, budget, measure))}
            for measure, budgets in arguments.budgets.items()
            for budget in budgets
        ],
    }
    write_json(arguments.output, result)


if __name__ == "__main__":
    run_script(main)
