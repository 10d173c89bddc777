"""The arguments that every figure's script takes."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from monkeys.figures import Style


def figure_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the arguments that all figures share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--title", required=True)
    parser.add_argument("--style", type=json.loads, required=True, help="JSON: colours, width_inches, height_inches")
    parser.add_argument("--stem", type=Path, required=True, help="path of the figure without its suffix")
    return parser


def add_models(parser: argparse.ArgumentParser, *options: str) -> None:
    """Names of models, and options that take a file of each, in the same order."""
    parser.add_argument("--models", nargs="+", required=True, help="names of the models, in the order of the files")
    for option in options:
        parser.add_argument(option, type=Path, nargs="+", required=True, help=f"{option.removeprefix('--')} of each model")


def read_tables(models: Sequence[str], paths: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """CSV files by model."""
    return {name: pd.read_csv(path) for name, path in zip(models, paths, strict=True)}


def read_style(arguments: argparse.Namespace) -> Style:
    """The figure's looks."""
    return Style(**arguments.style)
