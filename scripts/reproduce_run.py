"""Make the configuration of a run anew from its manifest, under another name, and say what is not as it was. For people; no rule calls it."""

import argparse
import sys
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import whole_file
from monkeys.home import HOME
from monkeys.reporting.manifest import differences, read_manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--run", help="name of the new run; the old one's and -reproduced if not given")
    arguments = parser.parse_args()
    manifest = read_manifest(arguments.manifest)
    for sentence in differences(manifest, HOME):
        print(f"note: {sentence}", file=sys.stderr)
    config = manifest["config"] | {"run": arguments.run or f"{manifest['config']['run']}-reproduced", "reuse_samples": False}
    path = Path("results") / f"{config['run']}.yaml"
    with whole_file(path, sealed=False) as part:
        part.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    run_script(main)
