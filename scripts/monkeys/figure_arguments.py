"""The arguments that every figure's script takes."""

import argparse
import json
from pathlib import Path

import pandas as pd

from monkeys.figures import Style


def figure_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the arguments that all figures share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--models", nargs="+", required=True, help="names of the models, in the order of the files")
    parser.add_argument("--coverage", type=Path, nargs="+", required=True, help="coverage.csv of each model")
    parser.add_argument("--title", required=True)
    parser.add_argument("--style", type=json.loads, required=True, help="JSON: colours, width_inches, height_inches")
    parser.add_argument("--stem", type=Path, required=True, help="path of the figure without its suffix")
    return parser


def read_curves(arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """Coverage curves by model."""
    return {name: pd.read_csv(path) for name, path in zip(arguments.models, arguments.coverage, strict=True)}


def read_style(arguments: argparse.Namespace) -> Style:
    """The figure's looks."""
    return Style(**arguments.style)
