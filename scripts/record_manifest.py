"""Write what a run was made of and what came out, so that it can be run again and compared."""

import argparse
import json
import platform
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import file_sha256, read_json, read_text, write_json
from monkeys.home import HOME
from monkeys.reporting.manifest import FORMAT, code, hashes, local_files, processor, result_files
from monkeys.study.layout import Layout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="the run's folder")
    parser.add_argument("--datasets", type=json.loads, required=True, help="JSON: where each benchmark's rows come from")
    parser.add_argument("--weights", type=Path, nargs="*", required=True, help="manifests of the weights")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    results = arguments.results
    config = yaml.safe_load(read_text(results / "config.yaml"))
    layout = Layout(config)
    sandbox = results / "sandbox.json"
    manifest = {
        "format": FORMAT,
        "config": config,
        "inputs": {
            "datasets": arguments.datasets,
            "weights": {path.stem: read_json(path)["files"] for path in arguments.weights},
            "dataset_files": {
                path.parent.name: file_sha256(path) for path in sorted(results.glob("*/dataset.jsonl")) if path.parent.name in layout.benchmarks
            },
            "files": {str(path): file_sha256(path) for path in local_files(config)},
            "sandbox": read_json(sandbox) if sandbox in result_files(config, results) else None,
        },
        "code": code(HOME),
        "versions": read_json(results / "versions.json"),
        "drawn_by": {pair.folder: read_json(results / pair.folder / "tokens.json")["provenance"] for pair in layout.pairs_of(sampled=True)},
        "hardware": {"machine": platform.machine(), "processor": processor()},
        "results": hashes(result_files(config, results), results),
    }
    write_json(arguments.output, manifest)


if __name__ == "__main__":
    run_script(main)
