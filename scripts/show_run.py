"""Print what a run found: one table, one law a curve, warnings, what it took, and where things are. For people; no rule calls it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from monkeys.errors import InputError, run_script
from monkeys.files import read_text
from monkeys.reporting.outcome import outcome_lines
from monkeys.reporting.results import read_pairs
from monkeys.study.extension_faults import use_extensions
from monkeys.study.plan import merged
from monkeys.study.study import Study


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", type=Path, nargs="+", required=True, help="the study's configuration")
    results = Path("results") / str(merged(parser.parse_args(argv).configfile)["run"])
    if not (results / "config.yaml").is_file():
        raise InputError(f"{results} holds no finished run")
    config = yaml.safe_load(read_text(results / "config.yaml"))
    use_extensions(config)
    study = Study(config)
    pairs = read_pairs(study.layout, results, {name: study.title(name) for name in config["benchmarks"]})
    print("\n".join(["", *outcome_lines(config, pairs, results)]))


if __name__ == "__main__":
    run_script(main)
