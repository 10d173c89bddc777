"""Draw the page of a run's samples, beside its report: one HTML file to filter and read them, offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import read_text, write_text
from monkeys.reporting.samples_page import MOST_SAMPLES, page_data, render
from monkeys.study.catalogue import files
from monkeys.study.layout import Layout
from monkeys.tables.joined import find_draws


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="the run's folder")
    parser.add_argument("--config", type=Path, required=True, help="the completed configuration")
    parser.add_argument("--verdicts", type=Path, nargs="*", help="files of verdicts that are shown; without: those of the run")
    parser.add_argument("--samples", type=int, default=MOST_SAMPLES, help=f"most samples on the page; of a larger study a fair part ({MOST_SAMPLES})")
    parser.add_argument("--megabytes", type=float, default=20, help="most megabytes of samples on the page (20)")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    config = yaml.safe_load(read_text(arguments.config))
    # What a larger configuration left in the folder is no part of the run. By the configuration, as a command cannot name thousands of files.
    of_run = [arguments.results / path for path in files(Layout(config), "verdicts")] if "pairs" in config else None
    draws = find_draws(arguments.results, only=arguments.verdicts or of_run)
    write_text(arguments.output, render(page_data(config, draws, arguments.samples, arguments.megabytes)))


if __name__ == "__main__":
    run_script(main)
