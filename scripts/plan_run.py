"""Say in ten lines what a study would still do: jobs, samples there and to draw, hours, FLOPs and disk. Draws nothing. For people; no rule calls it."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from monkeys.errors import InputError, run_script
from monkeys.home import HOME
from monkeys.reporting.plan_in_words import plan_lines
from monkeys.study.plan import merged, plan_pairs
from monkeys.study.reading import read_study
from monkeys.study.study import Study


def planned_jobs(files: Sequence[Path]) -> dict[str, int]:
    """Jobs by rule, as Snakemake plans them; empty where there is nothing to be done.

    Raises:
        InputError: Snakemake cannot plan the study.
    """
    # So quiet that Snakemake ends when it has planned, without going through the jobs; our logger says how many there are all the same.
    command = [str(Path(sys.executable).with_name("snakemake")), "--logger", "monkeys", "--profile", "profiles/local", "--dry-run"]
    command += ["--quiet", "rules", "progress", "--configfile", *map(str, files)]
    # As envs/run.sh has it.
    environment = {**os.environ, "SLURM_CONF": "/dev/null", "PYTHONPATH": str(HOME / "scripts")}
    answer = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    said = answer.stdout + answer.stderr
    if answer.returncode != 0:
        raise InputError("the study cannot be planned: " + " ".join(said.split()))
    table = said.partition("Job stats:")[2].partition("\n\n")[0]
    return {rule: int(number) for rule, number in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE) if rule not in ("all", "total")}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--configfile", type=Path, nargs="+", required=True, help="the study's configuration; keys of later files stand in the place of earlier ones'"
    )
    files = parser.parse_args(argv).configfile
    for path in files:
        if not path.is_file():
            raise InputError(f"the configuration file {path} does not exist; the studies that come with the workflow are in config/")
    config = read_study(merged(files), files)
    jobs = planned_jobs(files)
    study = Study(config)
    print("\n".join(plan_lines(config, jobs, plan_pairs(study.layout, Path("results"), study.generation.sampling))))


if __name__ == "__main__":
    run_script(main)
