"""Draw fail@k over k on log-log axes for all models of a benchmark."""

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.coverage import draw_failure


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--coverage")
    arguments = parser.parse_args()
    draw_failure(read_tables(arguments.models, arguments.coverage), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
