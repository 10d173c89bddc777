"""Make the image in which Apptainer runs programs written by a model: build it from a definition file, or pull it."""

import argparse
from pathlib import Path

from monkeys.errors import InputError, run_script
from monkeys.progress import Progress
from monkeys.sandbox.images import build_image, default_base, describe_image, pull_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", required=True, help="a definition file (.def) to build, or docker://... to pull")
    parser.add_argument(
        "--base", nargs="?", help="what a definition file builds on: docker://..., or an image or a folder here; default: what the file says"
    )
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress("build_sandbox", arguments.log)
    if "://" in arguments.image:
        if arguments.base:
            raise InputError(f"{arguments.image} is pulled as it is: leave out the base {arguments.base}, or name a definition file to build on it")
        progress.say(f"pulling {arguments.image}")
        pull_image(arguments.image, arguments.output)
    else:
        definition = Path(arguments.image)
        if definition.suffix != ".def" or not definition.is_file():
            raise InputError(f"{definition} is neither a definition file (.def) that exists nor an address such as docker://python:3.12-slim")
        base = arguments.base or default_base(definition)
        progress.say(f"building {definition} on {base}")
        build_image(definition, base, arguments.output)
    found = describe_image(arguments.output)
    size = arguments.output.stat().st_size
    numpy = f"numpy {found['numpy']}" if "numpy" in found else "no numpy"
    progress.say(f"Python {found['python']}, {numpy}, {size / 1e6:.0f} MB, {progress.seconds:.0f} s")


if __name__ == "__main__":
    run_script(main)
