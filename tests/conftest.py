"""What all tests share: the fixtures, the tiers, which tests run side by side, and the record of what they took and left out."""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before numpy is loaded. Threads of small linear algebra wait for each other in loops: beside a second worker fits took eleven times the CPU time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Containers set it, and every script would compile what it imports anew (envs/clean.sh).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# vLLM's cache on a CPU, in GiB: the models of two workers fit into 16 GB of memory.
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")

import pytest
from containers import person
from drawn_spy import spy
from full_plan import check, jobs
from project import ROOT
from rich_study import rich_study
from sandbox_image import base_image, sandbox_image
from sandbox_programs import sandbox, worker
from study_fixtures import finished_study
from swebench_instance import instance, swebench_problems, swebench_rows
from xdist.scheduler import LoadScopeScheduling

__all__ = [
    "base_image",
    "check",
    "finished_study",
    "instance",
    "jobs",
    "person",
    "rich_study",
    "sandbox",
    "sandbox_image",
    "shared_data",
    "spy",
    "swebench_problems",
    "swebench_rows",
    "worker",
]

SHARED_DATA = ROOT.parent / "shared" / "data"

LONG_FIXTURES = ("finished_study", "rich_study", "sandbox_image", "base_image", "cluster", "pythia", "drawn", "dump", "audited", "vllm_scores")
"""A test that needs one of these belongs to the tier `full`."""

FIRST = (
    *("slurm", "reproduction", "hostile-bubblewrap", "hostile-apptainer", "search", "openai_api", "reward_model", "growth", "drawn_mathematics"),
    *("recorded_votes", "counted_study", "reruns", "rendering", "orphans", "sandbox_studies", "suspended", "bad_input", "from_anywhere", "console"),
)
"""Groups of tests that take longest, in the order in which they start. What is mostly waiting (Slurm) lies beside what computes."""

UNAVOIDABLE_SKIPS = ("there is no image with Lean and Mathlib", "runs as one user only", "there is no Chromium")
"""Reasons to skip that `--no-skips` accepts: no machine has what these tests need out of the box."""


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a real data set by its name below ``../shared/data``; a test that asks for one that is not there is skipped."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the data set {name} is not below ../shared/data")
        return path

    return find


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that would be skipped fails: for a machine that has all that tests need")
    parser.addoption("--durations-file", type=Path, help="write the seconds of every test's set-up, call and teardown to this CSV file")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test its tier, and start with what takes longest."""
    for item in items:
        if any(name in getattr(item, "fixturenames", ()) for name in LONG_FIXTURES):
            item.add_marker(pytest.mark.full)
    order = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(group(item.nodeid), len(order)))


def group(nodeid: str) -> str:
    """Tests of a group run in one worker, one after the other: those of a file, whose fixtures are made once."""
    name = Path(nodeid.partition("::")[0]).stem.removeprefix("test_")
    if name == "hostile":
        # Hostile programs run once in each sandbox, for minutes.
        return "hostile-apptainer" if "[apptainer" in nodeid or "-apptainer" in nodeid else "hostile-bubblewrap"
    return name


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """pytest-xdist's scheduler by scope, of which a group is one."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    return Groups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if report.skipped and item.config.getoption("--no-skips") and not hasattr(report, "wasxfail"):
        reason = skip_reason(report)
        if not reason.startswith(UNAVOIDABLE_SKIPS):
            report.outcome, report.longrepr = "failed", f"skipped, and --no-skips is given: {reason}"
    return report


def skip_reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")


durations: dict[str, dict[str, float]] = defaultdict(dict)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    durations[report.nodeid][report.when or ""] = report.duration


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    skipped = Counter(skip_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.section("not tested here")
        for reason, number in skipped.most_common():
            terminalreporter.line(f"{number} skipped: {reason}")
    if path := config.getoption("--durations-file"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["test", "setup", "call", "teardown"])
            table.writerows(
                [name, *(f"{times.get(when, 0):.3f}" for when in ("setup", "call", "teardown"))] for name, times in sorted(durations.items())
            )
