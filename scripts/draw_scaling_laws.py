"""Draw coverage and its fitted law for all models of a benchmark."""

import json
from pathlib import Path

from monkeys.errors import run_script
from monkeys.figure_arguments import figure_parser, read_curves, read_style
from monkeys.figures.coverage import draw_scaling_laws


def main() -> None:
    parser = figure_parser(__doc__)
    parser.add_argument("--laws", type=Path, nargs="+", required=True, help="scaling_laws.json of each model")
    arguments = parser.parse_args()
    laws = {name: json.loads(path.read_text()) for name, path in zip(arguments.models, arguments.laws, strict=True)}
    draw_scaling_laws(read_curves(arguments), laws, arguments.title, read_style(arguments), arguments.stem)


if __name__ == "__main__":
    run_script(main)
