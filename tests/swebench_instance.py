"""SWE-bench Lite for tests: its rows, and an instance of the same shape in a small image."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.files import read_jsonl
from monkeys.formats.swebench_harness import END, START
from monkeys.graders import Settings
from monkeys.graders.repository_patch import grade
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import apptainer

BENCHMARK = load_benchmark("swebench_lite")
QUIET = Progress("test")


@pytest.fixture(scope="module")
def swebench_rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for _, row in read_jsonl(shared_data("swebench_lite/swebench_lite_from_acr.jsonl"))]


@pytest.fixture(scope="module")
def swebench_problems(swebench_rows: list[Row]) -> list[Problem]:
    return problems_of(swebench_rows)


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))


def made_up(**changes: object) -> Row:
    """A row of a repository that no harness knows."""
    row: Row = {
        "instance_id": "me__calculator-1",
        "repo": "me/calculator",
        "base_commit": "0" * 40,
        "version": "1.0",
        "problem_statement": "add(1, 2) is -1.",
        "patch": "diff --git a/calculator.py b/calculator.py\n",
        "test_patch": "diff --git a/test_calculator.py b/test_calculator.py\n",
        "FAIL_TO_PASS": '["test_add"]',
        "PASS_TO_PASS": "[]",
        "eval_script": f": '{START}'\ntrue\n: '{END}'\n",
        "log_parser": "parse_log_django",
    }
    return {**row, **changes}


PATCH = "diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -1 +1 @@\n-<patch>old\n+```diff\n"
CALCULATOR = """# A calculator.
# It was written in haste.


def add(a, b):
    return a - b


def double(a):
    return 2 * a
"""
OLD_TESTS = """import unittest
from calculator import double


class CalculatorTest(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(4), 8)


if __name__ == "__main__":
    unittest.main()
"""
NEW_TESTS = OLD_TESTS.replace("import double", "import add, double").replace(
    "    def test_double", "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n\n    def test_double"
)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def changed(folder: Path, name: str, text: str) -> str:
    """The patch that gives a file another text; the repository stays as it is."""
    before = (folder / name).read_text()
    (folder / name).write_text(text)
    patch = git(folder, "diff", "--full-index")
    (folder / name).write_text(before)
    assert patch
    return patch


class Instance:
    """A repository with one issue, in an image like those of SWE-bench."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.repository = folder / "testbed"
        self.repository.mkdir()
        git(self.repository, "init", "--quiet")
        for name, text in {"calculator.py": CALCULATOR.replace("in haste", "at leisure"), "test_calculator.py": OLD_TESTS}.items():
            (self.repository / name).write_text(text)
        git(self.repository, "add", ".")
        git(self.repository, "commit", "--quiet", "-m", "Begin")
        # Against the first commit: the second changed a line that stands in its context.
        self.older = changed(self.repository, "calculator.py", (self.repository / "calculator.py").read_text().replace("a - b", "a + b"))
        (self.repository / "calculator.py").write_text(CALCULATOR)
        git(self.repository, "commit", "--quiet", "--all", "-m", "Be honest")
        self.commit = git(self.repository, "rev-parse", "HEAD").strip()
        test_patch = changed(self.repository, "test_calculator.py", NEW_TESTS)
        script = f"""#!/bin/bash
set -uxo pipefail
cd /testbed
git -c core.fileMode=false diff {self.commit}
git checkout {self.commit} test_calculator.py
git apply -v - <<'EOF_114329324912'
{test_patch}
EOF_114329324912
: '{START}'
python3 -m unittest -v test_calculator
: '{END}'
git checkout {self.commit} test_calculator.py
"""
        self.row = made_up(
            base_commit=self.commit,
            patch=self.patch("a + b"),
            test_patch=test_patch,
            eval_script=script,
            FAIL_TO_PASS=json.dumps(["test_add (test_calculator.CalculatorTest.test_add)"]),
            PASS_TO_PASS=["test_double (test_calculator.CalculatorTest.test_double)"],
        )
        self.images = folder / "images"
        self.images.mkdir()
        definition = folder / "repository.def"
        definition.write_text(f"Bootstrap: localimage\nFrom: {base}\n\n%files\n    {self.repository} /testbed\n")
        self.image = self.images / "me__calculator-1.sif"
        compression = ["--mksquashfs-args", "-all-root -comp zstd -Xcompression-level 1"]
        apptainer.run(["build", *compression, str(self.image), str(definition)], "no image of a repository")

    def patch(self, sum_: str, front: str = "") -> str:
        return changed(self.repository, "calculator.py", front + CALCULATOR.replace("a - b", sum_))

    def verdicts(self, texts: list[str], flaky: bool = False, **options: object) -> list[Verdict]:
        ((_, reference),) = problems_of([self.row])
        references = {reference.problem_id: Reference(reference.problem_id, {**reference.reference, "flaky": flaky})}
        samples = [Sample(reference.problem_id, index, None, text) for index, text in enumerate(texts)]
        given = {"images": str(self.images), "seconds": 20, "memory_mb": 1000, **options}
        return grade(samples, references, Settings(1, options=given), QUIET)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, base_image: Path) -> Instance:
    return Instance(tmp_path_factory.mktemp("instance"), base_image)
