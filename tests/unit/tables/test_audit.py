"""The audit of verifiers: what it counts, and that it finds what is wrong with a verifier in a real run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from project import Project
from study_fixtures import humaneval_rows, recorded_study

from monkeys.benchmarks import load_benchmark
from monkeys.dataset_rows import rows_sha256
from monkeys.files import read_jsonl, write_jsonl
from monkeys.graders import Settings, constant_answers, verify
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.tables.audit import (
    gold_samples,
    gold_table,
    is_hole,
    known_answers,
    sample_table,
    summarise_gold,
    summarise_samples,
    wrong_answers,
)


def verdicts(problem: str, outcomes: str) -> list[Verdict]:
    kinds = {"+": "passed", "-": "failed", "t": "timeout"}
    return [Verdict(problem, index, kinds[outcome]) for index, outcome in enumerate(outcomes)]


def test_gold_solutions_are_numbered_within_their_problem_and_only_those_asked_for() -> None:
    benchmark = load_benchmark("humaneval")
    rows = humaneval_rows()[:3]
    samples = gold_samples(benchmark, [*rows, rows[1]], {}, ["HumanEval/1", "HumanEval/2"])
    assert [(sample.problem_id, sample.sample_index) for sample in samples] == [("HumanEval/1", 0), ("HumanEval/2", 0), ("HumanEval/1", 1)]
    assert samples[0].text == rows[1]["canonical_solution"]
    assert gold_samples(load_benchmark("arithmetic"), [], {}, ["arithmetic/0"]) == []


def test_a_gold_problem_is_unsolved_only_if_none_of_its_solutions_passes() -> None:
    turns = [verdicts("a", "-+") + verdicts("b", "-t") + verdicts("c", "+"), verdicts("a", "-+") + verdicts("b", "--") + verdicts("c", "-")]
    assert summarise_gold(gold_table(turns)) == {
        "solutions": 5,
        "problems": 3,
        "failing": 3,
        "unsolved": 1,
        "unsolved_problems": ["b"],
        "changed": 1,  # c; that b ran out of time once and failed once changes nothing
        "repeats": 1,
        "wrong": 0,
        "holes": 0,
        "holes_found": [],
    }


def test_no_gold_solutions_are_no_failures() -> None:
    assert summarise_gold(gold_table([[], []]))["solutions"] == 0


def test_wrong_answers_that_pass_are_holes_and_are_named() -> None:
    benchmark = load_benchmark("humaneval")
    prompt, reference = next(iter(benchmark.problems(humaneval_rows()[:1], {"examples": 1})))
    answers = wrong_answers(benchmark.grader, prompt, reference)
    assert [answer.name for answer in answers if not answer.chat][:3] == ["empty answer", "the prompt itself", "return []"]
    assert [answer.name for answer in answers if answer.chat] == ["answer of example 1"]
    table = gold_table(
        [verdicts("HumanEval/0", "+")], [(answer, verdict) for answer, verdict in zip(answers, verdicts("HumanEval/0", "--+----+"), strict=True)]
    )
    summary = summarise_gold(table)
    assert (summary["solutions"], summary["failing"], summary["wrong"], summary["holes"]) == (1, 0, 8, 1)
    assert summary["holes_found"] == ["HumanEval/0 (return [], answer of example 1)"]


def test_a_wrong_answer_that_happens_to_be_right_is_no_hole() -> None:
    right = known_answers([Reference("a", {"answer": "0"}, {})], [Verdict("a", 0, "passed", "00")])["a"]
    assert not is_hole(Verdict("a", 0, "passed", "0"), right) and not is_hole(Verdict("a", 0, "passed", "00"), right)
    assert not is_hole(Verdict("a", 0, "failed", "1"), right)
    assert is_hole(Verdict("a", 0, "passed", "1"), right) and is_hole(Verdict("a", 0, "passed", None), right)


CONSTANT_REFERENCES = {
    "gsm8k_answer": [{"answer": "7", "grader": grader} for grader in ("paper", "robust")],
    "numeric_answer": [{"answer": "7"}],
    "math_answer": [{"answer": "7", "grader": grader} for grader in ("minerva", "verify")],
    "input_output": [{"tests": [["1\n", "2\n"]], "grader": "paper"}, {"tests": [["1\n", "2\n"]]}],
    "python_tests": [{"prompt": "", "entry_point": "f", "test": "def check(candidate):\n    assert candidate(1) == 2\n"}],
}


@pytest.mark.parametrize("grader", CONSTANT_REFERENCES)
def test_constants_are_read_as_answers_and_fail(grader: str) -> None:
    for fields in CONSTANT_REFERENCES[grader]:
        reference = Reference("p", fields, {})
        texts = [text for _, text in constant_answers(grader, reference)]
        assert len(texts) == 5
        found = verify(
            grader, [Sample("p", number, None, text) for number, text in enumerate(texts)], {"p": reference}, Settings(1), Progress("test")
        )
        assert {verdict.outcome for verdict in found} <= {"failed", "no_answer"}
        # A constant that is not even read as an answer tries nothing: at least the number is.
        assert found[1].outcome == "failed"


def test_agreement_of_two_judges() -> None:
    own = verdicts("a", "++-") + verdicts("b", "+--") + verdicts("c", "+++")
    other = verdicts("a", "+--") + verdicts("b", "--+")
    summary = summarise_samples(sample_table(own, [own, verdicts("a", "-+-") + own[3:]], other))
    assert (summary["samples"], summary["problems"], summary["repeats"]) == (9, 3, 2)
    assert (summary["changed"], summary["changed_problems"]) == (1, 1)
    agreement = summary["other"]
    assert (agreement["samples"], agreement["problems"]) == (6, 2)  # c is unknown to the cross-check
    assert (agreement["own"], agreement["other"], agreement["both"]) == (3, 2, 1)
    assert (agreement["other_given_own"], agreement["own_given_other"]) == (1 / 3, 1 / 2)
    assert agreement["k"] == [1, 3]
    assert agreement["own_coverage"] == pytest.approx([(2 / 3 + 1 / 3) / 2, 1])
    assert agreement["other_coverage"] == pytest.approx([(1 / 3 + 1 / 3) / 2, 1])


def test_a_judge_that_passes_nothing_has_no_share() -> None:
    agreement = summarise_samples(sample_table(verdicts("a", "--"), [], verdicts("a", "+-")))["other"]
    assert (agreement["other_given_own"], agreement["own_given_other"]) == (None, 0)
    assert summarise_samples(sample_table(verdicts("a", "--"), [], None))["other"] is None


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, shared_data: Callable[[str], Path]) -> Project:
    """Two samples of each of four problems: the canonical solution, and for problem 0 a program that is right half of the times. The gold solution of
    problem 1 is wrong."""
    plus = [row for _, row in read_jsonl(shared_data("humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz"))][:4]
    project = recorded_study(tmp_path_factory.mktemp("audit") / "project")
    rows = humaneval_rows()[:8]
    lines = [{"task_id": row["task_id"], "completion": row["canonical_solution"]} for row in rows[:4] for _ in range(12)]
    # Thrown once a run, however many tests there are.
    coin = "    import os\n    os.coin = getattr(os, 'coin', os.urandom(1)[0] % 2)\n    if os.coin:\n        return None\n"
    for number, line in enumerate(lines[:12]):
        line["completion"] = f"{coin}    # {number}\n{line['completion']}"
    # Passes HumanEval's tests of rounding, and not all of HumanEval+'s.
    for line in lines[24:36]:
        line["completion"] = "    return float(format(number - int(number), '.3f'))\n"
    rows[1]["canonical_solution"] = "    return []\n"
    # Whatever is false passes.
    rows[3]["test"] = "def check(candidate):\n    assert not candidate([1, 2])\n"
    write_jsonl(project.folder / "samples.jsonl", lines)
    write_jsonl(project.folder / "rows.jsonl", rows)
    write_jsonl(project.folder / "plus.jsonl", plus)

    def change(config: dict[str, Any]) -> None:
        config["models"]["canonical"]["samples"]["humaneval_plus"] = "samples.jsonl"
        config["benchmarks"]["humaneval"].update(samples=12, shard={"problems": 4, "samples": 6}, data_sha256=rows_sha256(rows))
        config["benchmarks"]["humaneval_plus"] = {"problems": 4, "samples": 1, "data": "plus.jsonl", "data_sha256": rows_sha256(plus)}
        config["verification"]["audit"] = {"samples": 12, "repeats": 2}

    project.configure(change)
    project.run("results/study/audit.json")
    return project


def test_wrong_keys_flaky_verdicts_and_weak_tests_are_found(audited: Project) -> None:
    results = audited.folder / "results/study"
    audit = json.loads((results / "audit.json").read_text())["humaneval"]
    assert audit["gold"] == {
        "solutions": 4,
        "problems": 4,
        "failing": 1,
        "unsolved": 1,
        "unsolved_problems": ["HumanEval/1"],
        "changed": 0,
        "repeats": 2,
        "wrong": 4 * 7,
        "holes": 1,
        "holes_found": ['HumanEval/3 (empty answer, the prompt itself, return [], return 0, return None, return "")'],
    }
    summary = audit["models"]["canonical"]
    assert (summary["samples"], summary["repeats"], summary["changed_problems"]) == (48, 2, 1)
    table = pd.read_csv(results / "humaneval/canonical/repeated/audit.csv", index_col="problem_id")
    passed = table[["recorded", "again_1", "again_2"]] == "passed"
    changed = passed.any(axis=1) & ~passed.all(axis=1)
    assert set(changed.index[changed]) == {"HumanEval/0"}
    assert summary["changed"] == changed.sum() > 0
    assert audit["cross_check"] == "HumanEval+"
    assert (table.loc["HumanEval/2", "recorded"] == "passed").all()
    assert (table.loc["HumanEval/2", "other"] == "failed").all()
    assert (table.loc[["HumanEval/1", "HumanEval/3"], "other"] == "passed").all()
