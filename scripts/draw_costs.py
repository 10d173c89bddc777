"""Draw pass@k over its cost for all models of a benchmark."""

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.costs import draw_costs


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--costs")
    arguments = parser.parse_args()
    draw_costs(read_tables(arguments.models, arguments.costs), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
