"""Estimate coverage (pass@k) and its interval at every k up to the number of samples."""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from monkeys.command_line.interval_arguments import add_counts, add_intervals
from monkeys.errors import run_script
from monkeys.files import write_table
from monkeys.statistics.coverage import coverage_curve
from monkeys.statistics.stopping import reach, stopped_curve
from monkeys.tables.counts import groups_of, read_counts, stopping_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_counts(parser)
    add_intervals(parser)
    parser.add_argument("--method", required=True, help="of the intervals")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    counts = read_counts(arguments.counts)
    n, c, rule = counts["n"].to_numpy(), counts["c"].to_numpy(), stopping_of(counts)
    ks = np.arange(1, reach(n, c, rule) + 1)
    how = (arguments.bootstrap, arguments.confidence, arguments.seed, arguments.method, groups_of(counts))
    curve = stopped_curve(n, c, ks, rule, *how) if rule else coverage_curve(n, c, ks, *how)
    columns = {"k": curve.k, "pass_at_k": curve.coverage, "lower": curve.lower, "upper": curve.upper, "fail_at_k": 1 - curve.coverage}
    table = pd.DataFrame(columns | {"sampling_error": curve.sampling_error})
    write_table(arguments.output, table)


if __name__ == "__main__":
    run_script(main)
