"""Draw the share of distinct samples over k for all models of a benchmark."""

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.diversity import draw_diversity


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--diversity")
    arguments = parser.parse_args()
    draw_diversity(read_tables(arguments.models, arguments.diversity), arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
