"""Draw the success of every model on every problem as colours."""

from pathlib import Path

import pandas as pd

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_style
from monkeys.figures.difficulty import draw_heat_map


def main() -> None:
    parser = figure_parser(__doc__)
    parser.add_argument("--problems", type=Path, required=True, help="difficulty.csv")
    arguments = parser.parse_args()
    draw_heat_map(pd.read_csv(arguments.problems, dtype={"model": str, "problem_id": str}), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
