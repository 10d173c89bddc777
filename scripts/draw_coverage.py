"""Draw pass@k over k for all models of a benchmark."""

import json

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_curves, read_style
from monkeys.figures.coverage import draw_coverage


def main() -> None:
    parser = figure_parser(__doc__)
    parser.add_argument("--reference-lines", type=json.loads, default={}, help="JSON: coverage by label")
    arguments = parser.parse_args()
    draw_coverage(read_curves(arguments), arguments.title, arguments.reference_lines, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
