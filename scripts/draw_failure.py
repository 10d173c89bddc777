"""Draw fail@k over k on log-log axes for all models of a benchmark."""

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_curves, read_style
from monkeys.figures.coverage import draw_failure


def main() -> None:
    parser = figure_parser(__doc__)
    arguments = parser.parse_args()
    draw_failure(read_curves(arguments), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
