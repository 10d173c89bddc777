"""Write the report of a run as one HTML file, and its summary as CSV."""

import argparse
import json
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import read_json, read_text, write_table, write_text
from monkeys.reporting.report import read_comparison, read_pair, render, summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the completed configuration")
    parser.add_argument("--versions", type=Path, required=True)
    parser.add_argument("--sandbox", type=Path, nargs="*", required=True, help="what programs ran in, or nothing where none did")
    parser.add_argument("--audit", type=Path, nargs="*", required=True, help="the audit of the verifiers, or nothing where there was none")
    parser.add_argument("--titles", type=json.loads, required=True, help="JSON: the benchmarks' titles by name")
    parser.add_argument("--figures", type=json.loads, required=True, help="JSON: SVG files by benchmark and kind")
    parser.add_argument("--results", type=Path, required=True, help="the run's folder")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--summary", type=Path, required=True)
    arguments = parser.parse_args()
    config = yaml.safe_load(read_text(arguments.config))
    pairs = [
        read_pair(arguments.results / pair["benchmark"] / pair["model"], pair["benchmark"], arguments.titles[pair["benchmark"]], pair["model"])
        for pair in config["pairs"]
    ]
    figures = {benchmark: {kind: Path(path) for kind, path in paths.items()} for benchmark, paths in arguments.figures.items()}
    comparisons = {benchmark: read_comparison(arguments.results / benchmark, "families" in kinds) for benchmark, kinds in figures.items()}
    versions = read_json(arguments.versions)
    sandbox = read_json(arguments.sandbox[0]) if arguments.sandbox else {}
    audits = read_json(arguments.audit[0]) if arguments.audit else {}
    html = render(config, pairs, comparisons, figures, audits, sandbox, versions, arguments.results / "logs")
    write_table(arguments.summary, summary(pairs))
    write_text(arguments.report, html)


if __name__ == "__main__":
    run_script(main)
