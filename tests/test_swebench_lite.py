"""SWE-bench Lite: its rows, its harness's verdicts on real logs, and patches tried for real in a small image of the same shape."""

import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Project

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.swebench_lite import FLAKY, INSTRUCTION
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InfrastructureError, InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.formats.swebench_harness import END, START, image_name, statuses_of, unresolved
from monkeys.graders import Settings
from monkeys.graders import repository_patch as grader
from monkeys.graders.repository_patch import grade, judge, majority, patch_text
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import apptainer, repositories
from monkeys.sandbox.launching import descendants
from monkeys.sandbox.repositories import Limits, run_script

BENCHMARK = load_benchmark("swebench_lite")
QUIET = Progress("test")


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for _, row in read_jsonl(shared_data("swebench_lite/swebench_lite_from_acr.jsonl"))]


@pytest.fixture(scope="module")
def problems(rows: list[Row]) -> list[Problem]:
    return problems_of(rows)


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


# Rows


def test_all_300_evaluation_scripts_are_made_without_a_network(rows: list[Row], problems: list[Problem]) -> None:
    assert len(problems) == 300 and len({prompt.problem_id for prompt, _ in problems}) == 300
    by_name = {row["instance_id"]: row for row in rows}
    for _, reference in problems:
        row, script = by_name[reference.problem_id], reference.reference["eval_script"]
        assert row["base_commit"] in script and row["test_patch"].strip() in script and row["patch"].strip() not in script
        # The command that the agent's authors recorded, which names the files of the tests.
        assert " ".join(row["_test_cmd"].split()[-1:]) in script
        assert script.index(START) < script.index(row["_test_cmd"].split()[-1], script.index(START)) < script.index(END)
        assert reference.reference["log_parser"].startswith("parse_log_")


def test_problems_stand_in_the_order_of_their_names_wherever_rows_come_from(rows: list[Row], problems: list[Problem]) -> None:
    assert problems_of(rows[:9]) == problems_of(rows[8::-1])
    names = [prompt.problem_id for prompt, _ in problems]
    assert names == sorted(names) and names[0] == "astropy__astropy-12907"


def test_rows_as_the_hub_has_them_give_the_same_problems(problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    """Five rows with the hub's columns; lists of tests as JSON, as in the hub's table."""
    official = json.loads(shared_data("swebench_lite/swe_agent_lite_5rows.json").read_text())
    assert len(official) == 5
    names = {row["instance_id"] for row in official}
    as_json = [{**row, **{column: json.dumps(row[column]) for column in ("FAIL_TO_PASS", "PASS_TO_PASS")}} for row in official]
    expected = [problem for problem in problems if problem[0].problem_id in names]
    assert problems_of(official) == problems_of(as_json) == expected


def test_flaky_instances_are_the_papers(problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    assert set(shared_data("swebench_lite/flaky_34_ids_paper_table3.txt").read_text().split()) == FLAKY
    assert {reference.problem_id for _, reference in problems if reference.reference["flaky"]} == FLAKY


def test_images_have_the_published_names() -> None:
    assert image_name("astropy__astropy-12907") == "swebench/sweb.eval.x86_64.astropy_1776_astropy-12907:latest"
    assert problems_of([made_up()])[0][1].reference["image"] == image_name("me__calculator-1")
    assert problems_of([made_up(image="somewhere/else:3")])[0][1].reference["image"] == "somewhere/else:3"


def test_prompts_have_the_issue_and_what_was_retrieved_and_never_the_solution(rows: list[Row], problems: list[Problem]) -> None:
    for (prompt, _), row in zip(problems, sorted(rows, key=lambda row: str(row["instance_id"])), strict=True):
        question = prompt.messages[0]["content"]
        assert row["problem_statement"] in question and question.startswith(INSTRUCTION)
        assert prompt.prompt == f"{question}\n\n```diff\n" and prompt.stop == ["\n```"]
        assert row["patch"] not in prompt.prompt and row["test_patch"] not in prompt.prompt
    files = {"calculator.py": "def add(a, b):\n    return a - b\n"}
    question = problems_of([made_up(files=files)], retrieval="files")[0][0].messages[0]["content"]
    assert question.endswith("[start of calculator.py]\ndef add(a, b):\n    return a - b\n\n[end of calculator.py]")
    assert problems_of([made_up(text="All of it.")], retrieval="text")[0][0].messages == [{"role": "user", "content": "All of it."}]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([{}], r"row 0 of SWE-bench has no text under 'instance_id'"),
        ([made_up(), made_up()], r"row 1 of SWE-bench is me__calculator-1, which another row is, too"),
        ([made_up(problem_statement=" ")], r"row me__calculator-1 of SWE-bench has no text under 'problem_statement'"),
        ([made_up(FAIL_TO_PASS="[oops")], r"me__calculator-1 .* under 'FAIL_TO_PASS' neither a list of names of tests nor one as JSON"),
        ([made_up(PASS_TO_PASS=[1])], r"under 'PASS_TO_PASS' neither"),
        ([made_up(PASS_TO_PASS=None)], r"under 'PASS_TO_PASS' neither"),
        ([made_up(FAIL_TO_PASS=[])], r"no test under 'FAIL_TO_PASS', so any patch would resolve it"),
        ([made_up(eval_script=None)], r"row me__calculator-1 of SWE-bench: the harness has no tests for version '1\.0' of me/calculator"),
        ([made_up(eval_script=None, test_patch=None)], r"no text under 'test_patch'"),
        ([made_up(eval_script="true")], r"under 'eval_script' a script that does not print '>>>>> Start Test Output' and then"),
        ([made_up(log_parser=None)], r"no text under 'log_parser'"),
        ([made_up(log_parser="re")], r"under 'log_parser' 're', which is none of the harness's readers"),
    ],
)
def test_bad_rows_are_told_in_one_sentence(rows: list[Row], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("found", "retrieval"), [({}, "files"), ({"files": {}}, "files"), ({"files": {"a": 1}}, "files"), ({"text": " "}, "text")])
def test_a_retrieval_column_that_has_nothing_is_told(found: Row, retrieval: str) -> None:
    with pytest.raises(InputError, match=rf"row me__calculator-1 of SWE-bench has under '{retrieval}', the retrieval column, neither"):
        problems_of([made_up(**found)], retrieval=retrieval)


def test_a_retrieval_option_that_names_no_column_is_told() -> None:
    with pytest.raises(InputError, match=r"config key benchmarks\.swebench_lite\.options\.retrieval is True, but must be the name of a column"):
        problems_of([made_up()], retrieval=True)


def test_the_solutions_are_patches(rows: list[Row]) -> None:
    assert BENCHMARK.gold is not None
    patches = dict(BENCHMARK.gold(rows, BENCHMARK.options))
    assert len(patches) == 300
    assert [name for name, patch in patches.items() if patch_text(patch) != patch] == []


# Patches in answers

PATCH = "diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -1 +1 @@\n-<patch>old\n+```diff\n"


@pytest.mark.parametrize(
    "text",
    [
        PATCH,
        PATCH.removesuffix("\n"),
        f"\n{PATCH}",
        f"Here it is:\n\n```diff\n{PATCH}```\nIt changes a.\n",
        f"```patch\n{PATCH}",
        f"```python\nprint()\n```\n```diff\n{PATCH}```\n\n```diff\n{PATCH.replace('old', 'new')}```",
        f"<patch>\n{PATCH}</patch>",
        f"So:\n<patch>\n```diff\n{PATCH}```\n</patch>\n```diff\n--- a/b\n```",
        f"Without a fence.\n{PATCH}",
        f"As a <patch> in a fence:\n```diff\n{PATCH}```",
        f"{PATCH}```\nand what comes behind the fence that the prompt opened",
    ],
)
def test_the_patch_in_an_answer(text: str) -> None:
    assert patch_text(text) == PATCH


def test_what_a_recorded_patch_ends_in_stays() -> None:
    """git takes an empty line for an empty line of context, so one line less is another patch."""
    assert patch_text("--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n+b\n a\n\n") == "--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n+b\n a\n\n"


@pytest.mark.parametrize(
    "text", ["", " \n", "I do not know.", "```python\nprint(1)\n```", "<patch></patch>", "<patch>" * 150_000, "```diff\n" * 120_000]
)
def test_an_answer_without_a_patch(text: str) -> None:
    assert patch_text(text) is None


# Verdicts on real logs

# Of these the archive of the solutions holds logs that contradict the verdicts beside them: of other runs, in which tests that the row demands could
# not be collected, timed out, or failed, in the log's own words.
CONTRADICTED = {
    *("django__django-11039", "psf__requests-2317", "pylint-dev__pylint-7080", "sympy__sympy-11897"),
    *(f"matplotlib__matplotlib-{number}" for number in (22711, 23299, 24970, 25079, 25311, 25332, 25433, 25442, 25498)),
}


def published(archive: Path, verdicts: str) -> tuple[dict[str, str], set[str]]:
    """Logs by instance, and the instances that were resolved."""
    logs, resolved = {}, set()
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file and member.name.endswith(".log"):
                logs[Path(member.name).name.split(".")[0]] = io.TextIOWrapper(file, "utf-8").read()
            elif file and Path(member.name).name == verdicts:
                resolved = set(json.loads(file.read())["resolved"])
    return logs, resolved


def verdicts_of(logs: dict[str, str], problems: list[Problem]) -> dict[str, str]:
    """Why instances are not resolved, by the logs that there are; empty for those that are."""
    references = {reference.problem_id: reference.reference for _, reference in problems}
    return {
        name: unresolved(statuses_of(logs[name], reference["log_parser"]), reference["fail_to_pass"], reference["pass_to_pass"])
        for name, reference in references.items()
        if name in logs
    }


def test_all_249_verdicts_of_an_agent_are_the_published_ones(problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    logs, resolved = published(shared_data("swebench_lite_logs/auto-code-rover-run-1.tar.xz"), "report.json")
    verdicts = verdicts_of(logs, problems)
    assert len(verdicts) == 249 and len(resolved) == 54
    assert {name for name, reason in verdicts.items() if not reason} == resolved


def test_verdicts_of_the_solutions_are_the_published_ones_where_their_logs_are_theirs(
    problems: list[Problem], shared_data: Callable[[str], Path]
) -> None:
    logs, resolved = published(shared_data("swebench_lite_logs/SWE-bench_Lite_golden.tar.xz"), "results.json")
    verdicts = verdicts_of(logs, problems)
    assert len(verdicts) == 299
    passed = {name for name, reason in verdicts.items() if not reason}
    assert passed ^ (resolved & set(verdicts)) == CONTRADICTED
    assert len(passed) == 283
    for name in CONTRADICTED:
        assert ">>>>> Some Tests Failed" in logs[name] or ">>>>> Tests Timed Out after 900 seconds" in logs[name]
        assert "tests do not pass" in verdicts[name]


def test_the_verdict_is_read_between_the_marks() -> None:
    reference = {"log_parser": "parse_log_django", "fail_to_pass": ["test_a (m.T)"], "pass_to_pass": ["test_b (m.T)"]}
    log = "{before}+ : '{start}'\n{tests}+ : '{end}'\n{after}"

    def verdict(tests: str, **changes: str) -> tuple[str, str]:
        return judge(log.format(**{"before": "", "start": "S 1", "end": "E 1", "after": "", "tests": tests, **changes}), reference, "S 1", "E 1")

    both = "test_a (m.T) ... ok\ntest_b (m.T) ... ok\n"
    assert verdict(both) == ("passed", "")
    assert verdict("", before=both, after=both) == ("failed", "the log tells of no test")
    assert verdict(both, end="E") == ("failed", "the tests did not run to their end")
    assert verdict(both, start="S 2") == ("failed", "the tests did not run to their end")
    assert verdict("test_b (m.T) ... ok\n") == ("failed", "1 of 2 tests do not pass, the first test_a (m.T) (not in the log)")
    assert verdict(both.replace("ok", "FAIL", 1)) == ("failed", "1 of 2 tests do not pass, the first test_a (m.T) (failed)")
    # A test that is to pass thanks to the patch must not be skipped; one that has passed all along may.
    assert verdict(both.replace("a (m.T) ... ok", "a (m.T) ... skipped 'no'"))[0] == "failed"
    assert verdict(both.replace("b (m.T) ... ok", "b (m.T) ... skipped 'no'"))[0] == "passed"
    assert verdict(f">>>>> Tests Timed Out\n{both}")[0] == "failed"


@pytest.mark.parametrize(
    ("outcomes", "runs", "verdict"),
    [
        ("", 1, None),
        ("p", 1, ("passed", "")),
        ("f", 1, ("failed", "why")),
        ("t", 1, ("timeout", "long")),
        ("pp", 3, ("passed", "2 of 2 runs passed")),
        ("pf", 3, None),
        ("pff", 3, ("failed", "1 of 3 runs passed; why")),
        ("tfpft", 5, ("timeout", "1 of 5 runs passed; long")),
        ("pf", 2, ("failed", "1 of 2 runs passed; why")),
        ("pppppfffff", 11, None),
        ("pppppfffffp", 11, ("passed", "6 of 11 runs passed")),
    ],
)
def test_the_majority_of_runs_decides(outcomes: str, runs: int, verdict: tuple[str, str] | None) -> None:
    kinds = {"p": ("passed", ""), "f": ("failed", "why"), "t": ("timeout", "long")}
    assert majority([kinds[outcome] for outcome in outcomes], runs) == verdict


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seconds": 0}, r"config key verification\.graders\.repository_patch\.seconds is 0, but must be a number from 1"),
        ({"memory_mb": "8"}, r"repository_patch\.memory_mb is '8', but must be"),
        ({"repeats": True}, r"repository_patch\.repeats is True, but must be"),
        ({"network": "no"}, r"repository_patch\.network is 'no', but must be true or false"),
        ({"images": "no/such/folder"}, r"repository_patch\.images names the folder no/such/folder, which does not exist"),
        ({"images": "docker://somewhere/image"}, r"repository_patch\.images is 'docker://somewhere/image', an address without \* in place"),
        ({"flaky_file": "no/such/file"}, r"repository_patch\.flaky_file: no/such/file cannot be read"),
    ],
)
def test_an_option_that_is_none_is_told(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        grade([], {}, Settings(1, options=options), QUIET)


# Patches tried for real

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


@pytest.mark.parametrize(("options", "expected"), [({}, (1800, 8192, False)), ({"network": True, "seconds": 7, "memory_mb": 300}, (7, 300, True))])
def test_limits_and_network_are_those_of_the_options(
    problems: list[Problem], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, object], expected: tuple[int, int, bool]
) -> None:
    """What a patch is tried with; that it holds, other tests see in an image."""
    reference = problems[0][1]
    (tmp_path / f"{reference.problem_id}.sif").touch()
    seen: list[Limits] = []
    monkeypatch.setattr(grader, "try_patch", lambda patch, reference, image, limits: (seen.append(limits), ("passed", ""))[1])
    answer = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    settings = Settings(1, options={"images": str(tmp_path), **options})
    verdicts = grade([Sample(reference.problem_id, 0, None, answer)], {reference.problem_id: reference}, settings, QUIET)
    assert [verdict.outcome for verdict in verdicts] == ["passed"] and set(seen) == {Limits(*expected)}


@pytest.mark.parametrize(
    ("known", "listed", "runs"),
    [(False, False, 3), (True, False, 5), (False, True, 5)],
    ids=["steady", "flaky by its reference", "flaky by the file"],
)
def test_flaky_instances_have_the_runs_of_their_own(
    problems: list[Problem], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, known: bool, listed: bool, runs: int
) -> None:
    """Outcomes that alternate, so that no majority comes before the last run."""
    one = problems[0][1]
    reference = Reference(one.problem_id, {**one.reference, "flaky": known})
    (tmp_path / f"{one.problem_id}.sif").touch()
    (tmp_path / "flaky").write_text(one.problem_id if listed else "")
    seen: list[str] = []

    def alternately(*_: object) -> tuple[str, str]:
        seen.append("failed" if len(seen) % 2 else "passed")
        return seen[-1], ""

    monkeypatch.setattr(grader, "try_patch", alternately)
    answer = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    options = {"images": str(tmp_path), "repeats": 3, "flaky_repeats": 5, "flaky_file": str(tmp_path / "flaky")}
    (verdict,) = grade([Sample(one.problem_id, 0, None, answer)], {one.problem_id: reference}, Settings(1, options=options), QUIET)
    assert (verdict.outcome, len(seen)) == ("passed", runs)


def test_patches_are_tried_in_the_image_and_each_once(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    real = grader.try_patch
    monkeypatch.setattr(grader, "try_patch", lambda patch, *rest: tried.append(patch) or real(patch, *rest))
    right, wrong = instance.row["patch"], instance.patch("a * b")
    forged = "".join(f"{START}\ntest_{name} (test_calculator.CalculatorTest.test_{name}) ... ok\n{END}\n" for name in ("add", "double"))
    texts = {
        right: ("passed", ""),
        "": ("no_answer", "no patch in the answer"),
        wrong: ("failed", "1 of 2 tests do not pass, the first test_add (test_calculator.CalculatorTest.test_add) (failed)"),
        f"Answer:\n```diff\n{right}```": ("passed", ""),
        instance.older: ("passed", ""),
        right.replace("a - b", "a / b"): ("failed", "the patch does not apply"),
        instance.patch("a * b", f'"""{forged}"""\n'): (
            "failed",
            "1 of 2 tests do not pass, the first test_add (test_calculator.CalculatorTest.test_add) (failed)",
        ),
        instance.patch("(a + b)", "this is no Python\n"): ("failed", "the log tells of no test"),
    }
    found = instance.verdicts([*texts, wrong, right])
    assert [(verdict.problem_id, verdict.sample_index) for verdict in found] == [("me__calculator-1", index) for index in range(10)]
    for verdict, (outcome, detail) in zip(found, [*texts.values(), texts[wrong], texts[right]], strict=True):
        assert verdict.outcome == outcome and verdict.detail.startswith(detail)
    assert len(tried) == len(set(tried)) == 6


def test_what_a_patch_does_to_its_machine_is_survived(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = tempfile.mkdtemp
    monkeypatch.setattr(repositories.tempfile, "mkdtemp", lambda **options: made.append(real(**options)) or made[-1])
    right = "a + b"
    begin = "import os, signal, sys\n"
    deeds = {
        "kills everything": "os.kill(-1, signal.SIGKILL)",
        "kills its group": "os.kill(0, signal.SIGKILL)",
        "removes the repository": "import shutil; shutil.rmtree('/testbed'); os._exit(0)",
        "removes the shell": "os.remove('/bin/bash')",
        "closes folders": "os.makedirs('/tmp/a/b'); os.chmod('/tmp/a', 0); os.chmod('/tmp', 0)",
        "stays": "os.fork() or (os.setsid(), os.execvp('sleep', ['sleep', '1000']))",
        "prints without end": "while True: print('test_add ... ok' * 1000)",
        "takes memory and waits": "import time; kept = bytearray(1 << 30); time.sleep(1000)",
        "fills files in memory": "import time; open('/dev/large', 'wb').write(bytes(600 << 20)); open('/dev/shm/large', 'wb').write(bytes(600 << 20)); time.sleep(1000)",
    }
    found = instance.verdicts([instance.patch(right, f"{begin}{deed}\n") for deed in deeds.values()] + [instance.row["patch"]])
    outcomes = dict(zip(deeds, (verdict.outcome for verdict in found), strict=False))
    assert outcomes == {
        **dict.fromkeys(("kills everything", "kills its group", "removes the repository"), "failed"),
        # What they do is ugly, but their tests do pass.
        **dict.fromkeys(("removes the shell", "closes folders", "stays"), "passed"),
        "prints without end": "failed",
        **dict.fromkeys(("takes memory and waits", "fills files in memory"), "memory"),
    }
    assert found[-1].outcome == "passed"
    endless = [instance.patch(right, f"{begin}{deed}\n") for deed in ("while True: pass", "[os.fork() for _ in range(3)]\nwhile True: pass")]
    assert [(verdict.outcome, verdict.detail) for verdict in instance.verdicts(endless, seconds=2)] == [
        ("timeout", "more than 2 s of CPU time, or 14 s by the clock")
    ] * 2
    folders = [Path(folder) for folder in made if "repository-" in folder]
    assert len(folders) == 12 and not any(folder.exists() for folder in folders)
    assert not [process for process in descendants(1) if b"sleep\x001000" in cmdline(process)]


def cmdline(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_absurd_patches_do_not_apply(instance: Instance) -> None:
    absurd = [
        "--- a/calculator.py\n" * 50_000,
        "--- " + "".join(map(chr, range(256))) * 400,
        f"--- \ud800{PATCH}",
        "diff --git a/../../etc/passwd b/x\n",
    ]
    assert [(verdict.outcome, verdict.detail) for verdict in instance.verdicts(absurd)] == [("failed", "the patch does not apply")] * 4


def test_flaky_instances_are_run_several_times(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    real = grader.try_patch
    monkeypatch.setattr(grader, "try_patch", lambda *given: runs.append(outcome := real(*given)) or outcome)  # type: ignore[func-returns-value]
    throw = instance.patch("a + b if os.urandom(1)[0] < 128 else a", "import os\n")
    (verdict,) = instance.verdicts([throw], flaky=True, flaky_repeats=3)
    passed = [outcome for outcome, _ in runs].count("passed")
    assert len(runs) in (2, 3) and verdict.outcome == ("passed" if passed == 2 else "failed")
    assert verdict.detail.startswith(f"{passed} of {len(runs)} runs passed")
    (tmp_path / "flaky").write_text("me__calculator-1\n")
    for options in ({"repeats": 3}, {"flaky_file": str(tmp_path / "flaky"), "flaky_repeats": 3}):
        runs.clear()
        assert instance.verdicts([instance.row["patch"]], **options)[0].detail == "2 of 2 runs passed"
        assert len(runs) == 2


def test_there_is_no_network_no_privilege_and_nothing_of_the_host(instance: Instance) -> None:
    script = """
    python3 -c 'import socket; print([name for _, name in socket.if_nameindex()])'
    grep -E "^(CapEff|NoNewPrivs)" /proc/self/status
    ls /home /tmp
    env
    """
    ended = run_script(instance.image, script, {}, Limits(20, 1000))
    assert (ended.status, ended.limit) == (0, "")
    assert "['lo']\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n/home:\n\n/tmp:\n" in ended.log
    names = {line.partition("=")[0] for line in ended.log.partition("/tmp:\n")[2].splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "PWD", "SHLVL", "_", "OLDPWD", "LC_ALL"}


def test_who_waits_for_ever_is_ended_by_the_clock(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repositories.Limits, "wall_seconds", 4.0)
    for script in ("echo begun; sleep 1000", "echo begun; exec >&- 2>&-; sleep 1000"):
        ended = run_script(instance.image, script, {}, Limits(20, 1000))
        assert (ended.status, ended.limit, ended.log) == (None, "timeout", "begun\n")


def test_a_missing_image_and_one_without_a_repository_are_no_verdicts(instance: Instance, tmp_path: Path, base_image: Path) -> None:
    with pytest.raises(InputError, match=r"image .*me__calculator-1\.sif does not exist; make it .* apptainer pull .* docker://swebench/sweb\.eval"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path))
    (tmp_path / "me__calculator-1.sif").symlink_to(base_image)
    with pytest.raises(InfrastructureError, match=r"has no git, or no repository in /testbed"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path))
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "me__calculator-1.sif").write_text("no image\n")
    with pytest.raises(InfrastructureError, match=r"the container of a repository does not start"):
        instance.verdicts([instance.row["patch"]], images=str(tmp_path / "others"))


def test_an_image_that_cannot_be_pulled_is_no_verdict(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InfrastructureError, match=r"docker://127\.0\.0\.1:1/nobody/me_1776_calculator-1:latest cannot be pulled .* make <instance>\.sif"
    ):
        instance.verdicts([instance.row["patch"]], images="docker://127.0.0.1:1/nobody/*:latest")
    assert not list(tmp_path.rglob("*.sif"))


# Through the workflow


def test_predictions_go_through_the_workflow(instance: Instance, tmp_path: Path) -> None:
    project = Project.fresh(tmp_path / "project")
    write_jsonl(project.folder / "rows.jsonl", [instance.row])
    patches = [instance.row["patch"], instance.patch("a * b"), None, instance.row["patch"]]
    predictions = [{"instance_id": "me__calculator-1", "model_name_or_path": "agent", "model_patch": patch} for patch in patches]
    (project.folder / "predictions.json").write_text(json.dumps(predictions))
    benchmark: dict[str, Any] = {"problems": 1, "samples": 4, "data": "rows.jsonl", "data_sha256": rows_sha256([instance.row])}
    config = {
        "run": "study",
        "models": {"agent": {"engine": "recorded", "samples": {"swebench_lite": "predictions.json"}}},
        "benchmarks": {"swebench_lite": benchmark},
        "verification": {"graders": {"repository_patch": {"images": str(instance.images), "seconds": 20}}},
    }
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    project.run("results/study/swebench_lite/agent/counts.csv")
    counts = (project.folder / "results/study/swebench_lite/agent/counts.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in counts[1:]] == [["me__calculator-1", "4", "2"]]
