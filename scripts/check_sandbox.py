"""Start the sandbox once and write down what it is, before anything is drawn that could not be verified."""

import argparse
from pathlib import Path

from monkeys.errors import run_script
from monkeys.progress import Progress
from monkeys.records import write_json
from monkeys.sandbox import add_sandbox_arguments, describe, sandbox_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_sandbox_arguments(parser)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    description = describe(sandbox_of(arguments))
    Progress("check_sandbox", arguments.log).say("{sandbox} {version} with Python {python}".format(**description))
    write_json(arguments.output, description)


if __name__ == "__main__":
    run_script(main)
