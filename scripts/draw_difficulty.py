"""Draw coverage over k by bins of difficulty."""

from pathlib import Path

import pandas as pd

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_style
from monkeys.figures.difficulty import draw_bins


def main() -> None:
    parser = figure_parser(__doc__)
    parser.add_argument("--bins", type=Path, required=True, help="difficulty_bins.csv")
    arguments = parser.parse_args()
    draw_bins(pd.read_csv(arguments.bins, dtype={"model": str}), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
