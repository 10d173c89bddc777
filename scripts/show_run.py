"""Print what a run found: coverage, laws, and where the report and the figures lie. For people; no rule calls it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from monkeys.errors import InputError, run_script
from monkeys.files import read_text
from monkeys.reporting.fits_in_words import forecast_sentence, law_sentence
from monkeys.reporting.report import samples_each, table_rows, warnings
from monkeys.reporting.results import read_pairs
from monkeys.study.study import Study


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the study's configuration")
    results = Path("results") / yaml.safe_load(parser.parse_args(argv).configfile.read_text(encoding="utf-8"))["run"]
    if not (results / "config.yaml").is_file():
        raise InputError(f"{results} holds no finished run")
    config = yaml.safe_load(read_text(results / "config.yaml"))
    study = Study(config)
    pairs = read_pairs(study.layout, results, {name: study.title(name) for name in config["benchmarks"]})
    for found in pairs:
        print(f"\n{found.model} on {found.title}: {len(found.counts)} problems, {samples_each(found.counts['n'])} samples each")
        print(f"{'k':>7}  {'pass@k':>8}  {found.laws['confidence']:.0%} interval")
        for row in table_rows(found.coverage).itertuples():
            print(f"{row.k:>7}  {row.pass_at_k:>8.2%}  {row.lower:.2%} to {row.upper:.2%}")
        print("law c(k) = exp(a k^b)")
        for law in found.laws["laws"]:
            print(f"  {law_sentence(law, found.laws['confidence'])}")
        print(forecast_sentence(found.forecasts))
    print(f"\nreport   {results / 'report.html'}\nsummary  {results / 'summary.csv'}\nfigures  {results / 'figures'}/")
    for sentence in warnings(config, pairs):
        print(f"\nwarning: {sentence}")


if __name__ == "__main__":
    run_script(main)
