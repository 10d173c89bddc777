"""Draw the coverage curves of families of models before and after they are shifted onto each other."""

import json
from pathlib import Path

import pandas as pd

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_style
from monkeys.figures.families import draw_families


def main() -> None:
    parser = figure_parser(__doc__)
    parser.add_argument("--comparison", type=Path, required=True, help="families.json")
    parser.add_argument("--table", type=Path, required=True, help="families.csv")
    arguments = parser.parse_args()
    comparison = json.loads(arguments.comparison.read_text())
    draw_families(
        comparison, pd.read_csv(arguments.table, dtype={"family": str, "model": str}), arguments.title, read_style(arguments), arguments.stem
    )


if __name__ == "__main__":
    run_script(main)
