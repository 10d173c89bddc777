"""Draw all figures of a benchmark, with their numbers as CSV."""

import argparse
import json
from collections.abc import Mapping
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
    parser.add_argument("--pairs", type=json.loads, required=True, help="JSON: label and folder of each curve, in the order in which they are drawn")
    parser.add_argument("--sampled", nargs="*", default=[], help="labels of those of which there are samples")
    parser.add_argument("--title", required=True, help="title of the figures")
    parser.add_argument("--style", type=json.loads, required=True, help="JSON: colours, width_inches, height_inches")
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON: what a figure needs beside its files, such as references")
    parser.add_argument("--results", type=Path, required=True, help="folder of the run, which holds the benchmark's folder")
    parser.add_argument("--output", type=Path, required=True, help="folder of the figures")
    arguments = parser.parse_args()
    pairs = {label: arguments.results / folder for label, folder in arguments.pairs}
    folders = {"pairs": pairs, "sampled pairs": {label: pairs[label] for label in arguments.sampled}}
    benchmark, style = arguments.results / arguments.benchmark, Style(**arguments.style)
    for name in arguments.kinds:
        kind = KINDS[name]
        content = {argument: read_input(source, benchmark, folders) for argument, source in kind.inputs.items()}
        settings = {key: arguments.settings[key] for key in kind.settings}
        kind.draw(**content, **settings, title=arguments.title, style=style, stem=arguments.output / f"{name}-{arguments.benchmark}")


def read_input(source: Input, benchmark: Path, folders: Mapping[str, Mapping[str, Path]]) -> Any:
    """What a figure is drawn from: the content of the benchmark's file, or of each pair's by its label."""
    if source.of == "benchmark":
        return read_file(benchmark / source.file, source.text)
    return {label: read_file(folder / source.file, source.text) for label, folder in folders[source.of].items()}


@cache
def read_file(path: Path, text: tuple[str, ...]) -> Any:
    """A file's content, read once for all figures; no figure changes it."""
    return read_json(path) if path.suffix == ".json" else read_table(path, dtype=dict.fromkeys(text, str))


if __name__ == "__main__":
    run_script(main)
