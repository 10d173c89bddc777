"""Export the samples of a run with prompts, verdicts and scores: as one Parquet or JSON Lines file with a data card for the hub, or for inspect_ai's viewer."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from monkeys.errors import InputError, run_script
from monkeys.files import read_text, whole_file
from monkeys.reporting.export import data_card, export_jsonl, export_parquet
from monkeys.reporting.inspect_log import created_at, log_name, write_log
from monkeys.tables.joined import find_draws
from monkeys.tables.sample_search import passes


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="a run's folder, such as results/demo")
    parser.add_argument("--output", type=Path, required=True, help="a folder for the files")
    parser.add_argument("--format", choices=("parquet", "jsonl", "inspect"), default="parquet")
    parser.add_argument("--benchmark")
    parser.add_argument("--model")
    parser.add_argument("--strategy")
    parser.add_argument(
        "--first", type=int, help="only the first samples of each problem, so many; inspect_ai's viewer is slow with more than some thousand"
    )
    parser.add_argument("--references", action="store_true", help="with the references, which hold the answers (Parquet and JSON Lines)")
    arguments = parser.parse_args(argv)
    if arguments.first is not None and arguments.first < 1:
        raise InputError("--first must be at least 1")
    if arguments.output.resolve() == arguments.results.resolve():
        raise InputError(f"--output {arguments.output} is the run's own folder; name another one")
    draws = find_draws(arguments.results, arguments.benchmark, arguments.model, arguments.strategy)
    config = yaml.safe_load(read_text(arguments.results / "config.yaml"))
    if arguments.format == "inspect":
        for one in draws:
            path = arguments.output / log_name(one, created_at(one))
            print(f"{path}: {write_log(path, one, config, arguments.first)} samples")
        print(f"look at them with: inspect view --log-dir {arguments.output}")
        return
    path = arguments.output / f"samples.{arguments.format}"
    export = export_parquet if arguments.format == "parquet" else export_jsonl
    rows = export(path, draws, config, arguments.references, arguments.first)
    card = data_card(path.name, rows, draws, config, [passes(one) for one in draws], arguments.references)
    with whole_file(arguments.output / "README.md", sealed=False) as part:
        part.write_text(card, encoding="utf-8")
    print(f"{path}: {rows} samples; {arguments.output / 'README.md'} describes them")


if __name__ == "__main__":
    run_script(main)
