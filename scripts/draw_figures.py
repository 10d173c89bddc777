"""Draw all figures of a benchmark, with their numbers as CSV."""

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from monkeys.errors import run_script
from monkeys.figures import Input, Style
from monkeys.figures.registry import KINDS
from monkeys.files import read_json, read_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", required=True, choices=KINDS, metavar="KIND", help=f"figures to draw: {', '.join(KINDS)}")
    parser.add_argument("--benchmark", required=True, help="name of the benchmark, the last part of each figure's name")
    parser.add_argument("--models", nargs="+", required=True, help="names of its models, in the order in which they are drawn")
    parser.add_argument("--sampled-models", nargs="*", default=[], help="those of which there are samples")
    parser.add_argument("--title", required=True, help="title of the figures")
    parser.add_argument("--style", type=json.loads, required=True, help="JSON: colours, width_inches, height_inches")
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON: what a figure needs beside its files, such as references")
    parser.add_argument("--results", type=Path, required=True, help="folder of the run, which holds the benchmark's folder")
    parser.add_argument("--output", type=Path, required=True, help="folder of the figures")
    arguments = parser.parse_args()
    models = {"models": arguments.models, "sampled models": arguments.sampled_models}
    folder, style = arguments.results / arguments.benchmark, Style(**arguments.style)
    for name in arguments.kinds:
        kind = KINDS[name]
        content = {argument: read_input(folder, source, models) for argument, source in kind.inputs.items()}
        settings = {key: arguments.settings[key] for key in kind.settings}
        kind.draw(**content, **settings, title=arguments.title, style=style, stem=arguments.output / f"{name}-{arguments.benchmark}")


def read_input(folder: Path, source: Input, models: Mapping[str, Sequence[str]]) -> Any:
    """What a figure is drawn from: the content of the benchmark's file, or of each model's by the model's name."""
    if source.of == "benchmark":
        return read_file(folder / source.file, source.text)
    return {model: read_file(folder / model / source.file, source.text) for model in models[source.of]}


@cache
def read_file(path: Path, text: tuple[str, ...]) -> Any:
    """A file's content, read once for all figures; no figure changes it."""
    return read_json(path) if path.suffix == ".json" else read_table(path, dtype=dict.fromkeys(text, str))


if __name__ == "__main__":
    run_script(main)
