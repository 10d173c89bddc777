"""Start the sandbox once and write down what it is, before anything is drawn that could not be verified."""

import argparse
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import write_json
from monkeys.progress import Progress
from monkeys.sandbox import KINDS, Sandbox, describe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", choices=KINDS, required=True)
    parser.add_argument("--image", type=Path, nargs="?", help="Apptainer's image")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    description = describe(Sandbox(arguments.sandbox, arguments.image))
    Progress("check_sandbox", arguments.log).say("{sandbox} {version} with Python {python}".format(**description))
    write_json(arguments.output, description)


if __name__ == "__main__":
    run_script(main)
