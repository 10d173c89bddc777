"""Compare a run with the manifest of another, file by file; exit status 1 if anything differs. For people; no rule calls it."""

import argparse
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from monkeys.errors import run_script
from monkeys.files import read_json
from monkeys.reporting.manifest import Encode, changes, compare, read_manifest
from monkeys.weights import parse_source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="of the original; its files of samples are read where they lie beside it")
    parser.add_argument("--results", type=Path, required=True, help="the other run's folder")
    arguments = parser.parse_args()
    manifest = read_manifest(arguments.manifest)
    models = manifest["config"]["models"]

    @cache
    def tokenizer(model: str) -> Encode | None:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            return None
        if "weights" not in models[model]:
            return None
        weights = Path("results/assets/models") / f"{parse_source(models[model]['weights']).slug}.json"
        path = Path(read_json(weights)["folder"]) / "tokenizer.json"
        if not path.is_file():
            return None
        encoder = Tokenizer.from_file(str(path))
        return lambda text: list(encoder.encode(text, add_special_tokens=False).ids)

    other = read_manifest(arguments.results / "manifest.json")
    for part in ("inputs", "versions", "drawn_by", "hardware"):
        for line in changes(manifest[part], other[part], part):
            print(f"note: {line}")
    found = compare(manifest, arguments.manifest.parent, arguments.results, tokenizer)
    for file in found:
        print(f"{file.state:<9} {file.name}" + (f": {file.detail}" if file.detail else ""))
    states = Counter(file.state for file in found)
    print(f"{states['same']} of {len(found)} files of {arguments.results} are the same as the original's, byte for byte")
    sys.exit(states["same"] < len(found))


if __name__ == "__main__":
    run_script(main)
