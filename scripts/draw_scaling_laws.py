"""Draw coverage and its fitted law for all models of a benchmark."""

import json

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.coverage import draw_scaling_laws


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--coverage", "--laws")
    arguments = parser.parse_args()
    laws = {name: json.loads(path.read_text()) for name, path in zip(arguments.models, arguments.laws, strict=True)}
    draw_scaling_laws(read_tables(arguments.models, arguments.coverage), laws, arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
