"""Write the report of a run as one HTML file, and its summary as CSV."""

import argparse
import json
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import read_json, read_text, write_table, write_text
from monkeys.reporting.report import render, summary
from monkeys.reporting.results import figure_files, read_comparisons, read_pairs
from monkeys.study.layout import Layout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the completed configuration")
    parser.add_argument("--versions", type=Path, required=True)
    parser.add_argument("--sandbox", type=Path, nargs="*", required=True, help="what programs ran in, or nothing where none did")
    parser.add_argument("--audit", type=Path, nargs="*", required=True, help="the audit of the verifiers, or nothing where there was none")
    parser.add_argument("--rewards", type=json.loads, default={}, help="JSON: by scorer, the accuracy of a reward model that was trained here")
    parser.add_argument("--titles", type=json.loads, required=True, help="JSON: the benchmarks' titles by name")
    parser.add_argument("--results", type=Path, required=True, help="the run's folder")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--summary", type=Path, required=True)
    arguments = parser.parse_args()
    config, results = yaml.safe_load(read_text(arguments.config)), arguments.results
    layout = Layout(config)
    pairs = read_pairs(layout, results, arguments.titles)
    versions = read_json(arguments.versions)
    sandbox = read_json(arguments.sandbox[0]) if arguments.sandbox else {}
    audits = read_json(arguments.audit[0]) if arguments.audit else {}
    rewards = {name: read_json(Path(path)) for name, path in arguments.rewards.items()}
    html = render(
        config, pairs, read_comparisons(layout, results), figure_files(layout, results), audits, sandbox, versions, results / "logs", rewards
    )
    write_table(arguments.summary, summary(pairs))
    write_text(arguments.report, html)


if __name__ == "__main__":
    run_script(main)
