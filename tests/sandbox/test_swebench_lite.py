"""SWE-bench Lite: problems made of its rows, and the verdicts of its harness on published logs."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from swebench_instance import BENCHMARK, made_up, problems_of

from monkeys.benchmarks import Problem, Row
from monkeys.benchmarks.swebench_lite import FLAKY, INSTRUCTION
from monkeys.errors import InputError
from monkeys.formats.swebench_harness import END, START, image_name, statuses_of, unresolved
from monkeys.graders.repository_patch import patch_text


def test_all_300_evaluation_scripts_without_network(swebench_rows: list[Row], swebench_problems: list[Problem]) -> None:
    assert len(swebench_problems) == 300 and len({prompt.problem_id for prompt, _ in swebench_problems}) == 300
    by_name = {row["instance_id"]: row for row in swebench_rows}
    for _, reference in swebench_problems:
        row, script = by_name[reference.problem_id], reference.reference["eval_script"]
        assert row["base_commit"] in script and row["test_patch"].strip() in script and row["patch"].strip() not in script
        # The command that the agent's authors recorded, which names the files of the tests.
        assert " ".join(row["_test_cmd"].split()[-1:]) in script
        assert script.index(START) < script.index(row["_test_cmd"].split()[-1], script.index(START)) < script.index(END)
        assert reference.reference["log_parser"].startswith("parse_log_")


def test_problems_are_sorted_by_name(swebench_rows: list[Row], swebench_problems: list[Problem]) -> None:
    assert problems_of(swebench_rows[:9]) == problems_of(swebench_rows[8::-1])
    names = [prompt.problem_id for prompt, _ in swebench_problems]
    assert names == sorted(names) and names[0] == "astropy__astropy-12907"


def test_rows_of_the_hub_give_same_problems(swebench_problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    """Five rows with the hub's columns; lists of tests as JSON, as in the hub's table."""
    official = json.loads(shared_data("swebench_lite/swe_agent_lite_5rows.json").read_text())
    assert len(official) == 5
    names = {row["instance_id"] for row in official}
    as_json = [{**row, **{column: json.dumps(row[column]) for column in ("FAIL_TO_PASS", "PASS_TO_PASS")}} for row in official]
    expected = [problem for problem in swebench_problems if problem[0].problem_id in names]
    assert problems_of(official) == problems_of(as_json) == expected


def test_flaky_instances_are_those_of_the_paper(swebench_problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    assert set(shared_data("swebench_lite/flaky_34_ids_paper_table3.txt").read_text().split()) == FLAKY
    assert {reference.problem_id for _, reference in swebench_problems if reference.reference["flaky"]} == FLAKY


def test_image_names_are_the_published_ones() -> None:
    assert image_name("astropy__astropy-12907") == "swebench/sweb.eval.x86_64.astropy_1776_astropy-12907:latest"
    assert problems_of([made_up()])[0][1].reference["image"] == image_name("me__calculator-1")
    assert problems_of([made_up(image="somewhere/else:3")])[0][1].reference["image"] == "somewhere/else:3"


def test_prompt_has_issue_and_retrieved_files_and_no_solution(swebench_rows: list[Row], swebench_problems: list[Problem]) -> None:
    for (prompt, _), row in zip(swebench_problems, sorted(swebench_rows, key=lambda row: str(row["instance_id"])), strict=True):
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
def test_invalid_row_is_named_in_one_sentence(rows: list[Row], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("found", "retrieval"), [({}, "files"), ({"files": {}}, "files"), ({"files": {"a": 1}}, "files"), ({"text": " "}, "text")])
def test_empty_retrieval_column_is_named(found: Row, retrieval: str) -> None:
    with pytest.raises(InputError, match=rf"row me__calculator-1 of SWE-bench has under '{retrieval}', the retrieval column, neither"):
        problems_of([made_up(**found)], retrieval=retrieval)


def test_invalid_retrieval_option_names_key() -> None:
    with pytest.raises(InputError, match=r"config key benchmarks\.swebench_lite\.options\.retrieval is True, but must be the name of a column"):
        problems_of([made_up()], retrieval=True)


def test_solutions_are_patches(swebench_rows: list[Row]) -> None:
    assert BENCHMARK.gold is not None
    patches = dict(BENCHMARK.gold(swebench_rows, BENCHMARK.options))
    assert len(patches) == 300
    assert [name for name, patch in patches.items() if patch_text(patch) != patch] == []


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


def test_249_verdicts_of_an_agent_are_the_published_ones(swebench_problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    logs, resolved = published(shared_data("swebench_lite_logs/auto-code-rover-run-1.tar.xz"), "report.json")
    verdicts = verdicts_of(logs, swebench_problems)
    assert len(verdicts) == 249 and len(resolved) == 54
    assert {name for name, reason in verdicts.items() if not reason} == resolved


def test_verdicts_of_solutions_are_the_published_ones(swebench_problems: list[Problem], shared_data: Callable[[str], Path]) -> None:
    logs, resolved = published(shared_data("swebench_lite_logs/SWE-bench_Lite_golden.tar.xz"), "results.json")
    verdicts = verdicts_of(logs, swebench_problems)
    assert len(verdicts) == 299
    passed = {name for name, reason in verdicts.items() if not reason}
    assert passed ^ (resolved & set(verdicts)) == CONTRADICTED
    assert len(passed) == 283
    for name in CONTRADICTED:
        assert ">>>>> Some Tests Failed" in logs[name] or ">>>>> Tests Timed Out after 900 seconds" in logs[name]
        assert "tests do not pass" in verdicts[name]
