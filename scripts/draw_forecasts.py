"""Draw coverage and the recommended forecast of it for all models of a benchmark."""

import json

from monkeys.errors import run_script
from monkeys.figure_arguments import add_models, figure_parser, read_style, read_tables
from monkeys.figures.forecasts import draw_forecasts


def main() -> None:
    parser = figure_parser(__doc__)
    add_models(parser, "--coverage", "--forecasts")
    arguments = parser.parse_args()
    forecasts = {name: json.loads(path.read_text()) for name, path in zip(arguments.models, arguments.forecasts, strict=True)}
    draw_forecasts(read_tables(arguments.models, arguments.coverage), forecasts, arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
