"""What is taken from SWE-bench's own harness, the package ``swebench``: evaluation scripts, readers of logs, and the rule for "resolved".

Nothing here starts a container or asks for the network.
"""

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError

START = ">>>>> Start Test Output"
END = ">>>>> End Test Output"
"""An evaluation script prints these before and after the tests' output."""

# What the harness writes into a log, or wrote in earlier versions, where a run is no evaluation.
FAULTS = (">>>>> Patch Apply Failed", ">>>>> Reset Failed", ">>>>> Tests Errored", ">>>>> Tests Timed Out")


def _module(name: str) -> Any:
    """A module of the package.

    Importing ``swebench`` imports all of it: clients of Docker, GitHub and a cloud, some forty distributions, of which reading a log needs two. So
    the two packages on the way are put in place as they are found, without running what they import.
    """
    for package in ("swebench", "swebench.harness"):
        if package not in sys.modules:
            spec = importlib.util.find_spec(package)
            assert spec is not None
            sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(name)


def evaluation_script(row: Mapping[str, Any]) -> str:
    """The script that applies an instance's tests to the repository in its image and runs them.

    Raises:
        InputError: the harness knows no such repository or version.
    """
    specifications = _module("swebench.harness.constants").MAP_REPO_VERSION_TO_SPECS
    specification = specifications.get(row["repo"], {}).get(row["version"])
    if specification is None:
        raise InputError(
            f"row {row['instance_id']} of SWE-bench: the harness has no tests for version {row['version']!r} of {row['repo']};"
            " give the row the columns eval_script and log_parser"
        )
    make = _module("swebench.harness.test_spec.create_scripts").make_eval_script_list
    lines = make(row, specification, "testbed", "/testbed", row["base_commit"], row["test_patch"])
    return "\n".join(["#!/bin/bash", "set -uxo pipefail", *lines]) + "\n"


def image_name(instance: str) -> str:
    """The published image of an instance."""
    return f"swebench/sweb.eval.x86_64.{registry_name(instance)}:latest"


def registry_name(instance: str) -> str:
    """An instance's name as images have it: registries want lower case, and no two underscores."""
    return instance.lower().replace("__", "_1776_")


def log_parser(repository: str) -> str:
    """The name of the reader of a repository's logs; empty where the harness has none."""
    reader = _module("swebench.harness.log_parsers").MAP_REPO_TO_PARSER.get(repository)
    return reader.__name__ if reader else ""


def has_log_parser(name: str) -> bool:
    """Whether the harness has a reader of logs of this name."""
    return name.startswith("parse_log_") and hasattr(_module("swebench.harness.log_parsers.python"), name)


def statuses_of(log: str, parser: str) -> dict[str, str]:
    """What a log says of each test: PASSED, FAILED, SKIPPED, ERROR or XFAIL. Nothing where a run was no evaluation."""
    if any(fault in log for fault in FAULTS):
        return {}
    statuses: dict[str, str] = getattr(_module("swebench.harness.log_parsers.python"), parser)(log, None)
    return statuses


def unresolved(statuses: Mapping[str, str], fail_to_pass: Sequence[str], pass_to_pass: Sequence[str]) -> str:
    """Why an instance is not resolved: which of its tests does not pass; empty if it is.

    One thing is stricter than in the harness up to its version 4, which leaves tests that are skipped out of account: a test that is to pass thanks
    to the patch must not be skipped, or a patch that skips all tests would resolve its issue.
    """
    grading = _module("swebench.harness.grading")
    report = grading.get_eval_tests_report(dict(statuses), {"FAIL_TO_PASS": list(fail_to_pass), "PASS_TO_PASS": list(pass_to_pass)})
    passed = set(report["FAIL_TO_PASS"]["success"])
    failed = [test for test in fail_to_pass if test not in passed] + report["PASS_TO_PASS"]["failure"]
    if not failed:
        return ""
    status = statuses.get(failed[0], "not in the log")
    return f"{len(failed)} of {len(fail_to_pass) + len(pass_to_pass)} tests do not pass, the first {failed[0][:120]} ({status.lower()})"
