"""The arguments that every script takes that verifies samples."""

import argparse
import json
from pathlib import Path
from typing import Any

from monkeys.command_line.jobs import add_progress
from monkeys.graders import Settings, grader_options


def verification_parser(description: str | None, label: str) -> argparse.ArgumentParser:
    """A parser with the arguments that these scripts share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--grader", required=True, help="a module of monkeys.graders")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: cpu_seconds, memory_mb, response_format, and options of the grader's own"
    )
    parser.add_argument("--sandbox", default="bubblewrap", help="what programs run in, where the grader runs any")
    parser.add_argument("--image", type=Path, nargs="?", help="Apptainer's image")
    parser.add_argument("--workers", type=int, required=True, help="sandboxes at a time")
    add_progress(parser, label)
    parser.add_argument("--output", type=Path, required=True)
    return parser


def read_settings(arguments: argparse.Namespace, grader: str | None = None, **changes: Any) -> Settings:
    """How to verify, by the grader that the arguments name or by another one, with the settings but for ``changes``."""
    given = {**arguments.settings, **changes}
    options = {**grader_options(grader or arguments.grader), **given.pop("options", {})}
    return Settings(workers=arguments.workers, sandbox=arguments.sandbox, image=arguments.image, options=options, **given)
