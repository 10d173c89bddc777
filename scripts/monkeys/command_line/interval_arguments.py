"""Arguments of scripts that estimate intervals from counts."""

import argparse
from pathlib import Path


def add_counts(parser: argparse.ArgumentParser) -> None:
    """``--counts``: one model's counts."""
    parser.add_argument("--counts", type=Path, required=True, help="counts.csv, with at least problem_id, n and c")


def add_counts_of_models(parser: argparse.ArgumentParser) -> None:
    """``--models`` and ``--counts``: several models' counts, in the same order."""
    parser.add_argument("--models", nargs="+", required=True, help="names of the models")
    parser.add_argument("--counts", type=Path, nargs="+", required=True, help="counts.csv of each model, in the order of the models")


def add_intervals(parser: argparse.ArgumentParser, bootstrap: bool = True) -> None:
    """``--confidence`` and ``--seed`` of the intervals and, where they are made by resampling problems, ``--bootstrap``."""
    if bootstrap:
        parser.add_argument("--bootstrap", type=int, required=True, help="resamples of the problems")
    parser.add_argument("--confidence", type=float, required=True, help="of the intervals, such as 0.95")
    parser.add_argument("--seed", type=int, required=True, help="of the resamples")
