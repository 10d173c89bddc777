"""Draw pass@k over k for all models of a benchmark."""

import json

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.coverage import draw_coverage


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--coverage")
    parser.add_argument("--reference-lines", type=json.loads, default={}, help="JSON: coverage by label")
    arguments = parser.parse_args()
    curves = read_tables(arguments.models, arguments.coverage)
    draw_coverage(curves, arguments.title, arguments.reference_lines, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
