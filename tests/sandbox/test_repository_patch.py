"""The grader of patches: patches in answers, verdicts of logs, majorities, options."""

from pathlib import Path

import pytest
from swebench_instance import PATCH, QUIET

from monkeys.benchmarks import Problem
from monkeys.errors import InputError
from monkeys.graders import Settings
from monkeys.graders import repository_patch as grader
from monkeys.graders.repository_patch import decide_outcome, grade, majority, patch_text
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.sandbox.repositories import Limits


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
def test_patch_in_an_answer(text: str) -> None:
    assert patch_text(text) == PATCH


@pytest.mark.parametrize("between", ["", "And for the second file:\n", "```python\nprint()\n```\n"])
def test_first_of_several_patches_counts(between: str) -> None:
    """As in SWE-bench's extract_diff."""
    second = PATCH.replace("a.md", "b.md")
    assert patch_text(f"```diff\n{PATCH}```\n{between}```diff\n{second}```\n") == PATCH
    assert patch_text(f"<patch>\n{PATCH}</patch>\n{between}<patch>\n{second}</patch>\n") == PATCH


def test_trailing_empty_line_of_a_patch_stays() -> None:
    """git takes an empty line for an empty line of context, so one line less is another patch."""
    assert patch_text("--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n+b\n a\n\n") == "--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n+b\n a\n\n"


@pytest.mark.parametrize(
    "text", ["", " \n", "I do not know.", "```python\nprint(1)\n```", "<patch></patch>", "<patch>" * 150_000, "```diff\n" * 120_000]
)
def test_answer_without_patch(text: str) -> None:
    assert patch_text(text) is None


def test_verdict_is_read_between_the_marks() -> None:
    reference = {"log_parser": "parse_log_django", "fail_to_pass": ["test_a (m.T)"], "pass_to_pass": ["test_b (m.T)"]}
    log = "{before}+ : '{start}'\n{tests}+ : '{end}'\n{after}"

    def verdict(tests: str, **changes: str) -> tuple[str, str]:
        return decide_outcome(
            log.format(**{"before": "", "start": "S 1", "end": "E 1", "after": "", "tests": tests, **changes}), reference, "S 1", "E 1"
        )

    both = "test_a (m.T) ... ok\ntest_b (m.T) ... ok\n"
    assert verdict(both) == ("passed", "")
    assert verdict("", before=both, after=both) == ("failed", "the log names no test")
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
def test_majority_of_runs_decides(outcomes: str, runs: int, verdict: tuple[str, str] | None) -> None:
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
def test_invalid_option_names_key(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        grade([], {}, Settings(1, options=options), QUIET)


@pytest.mark.parametrize(("options", "expected"), [({}, (1800, 8192, False)), ({"network": True, "seconds": 7, "memory_mb": 300}, (7, 300, True))])
def test_limits_and_network_come_from_options(
    swebench_problems: list[Problem], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, object], expected: tuple[int, int, bool]
) -> None:
    """What a patch is tried with; that it holds, other tests see in an image."""
    reference = swebench_problems[0][1]
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
def test_number_of_runs_of_flaky_instances(
    swebench_problems: list[Problem], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, known: bool, listed: bool, runs: int
) -> None:
    """Outcomes that alternate, so that no majority comes before the last run."""
    one = swebench_problems[0][1]
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
