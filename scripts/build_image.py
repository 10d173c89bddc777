"""Build an image that a grader needs beside the sandbox's."""

import argparse
from pathlib import Path

from monkeys.errors import run_script
from monkeys.progress import Progress
from monkeys.sandbox.images import build_definition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--definition", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress(f"build_image {arguments.definition.stem}", arguments.log)
    progress.say(f"building {arguments.definition}")
    build_definition(arguments.definition, arguments.output)
    progress.say(f"{arguments.output.stat().st_size / 1e6:.0f} MB, {progress.seconds:.0f} s")


if __name__ == "__main__":
    run_script(main)
