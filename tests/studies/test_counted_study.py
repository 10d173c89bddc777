"""A study of counts through the whole chain: the published laws come out of the workflow, and forecasts with their record."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from project import Project

from monkeys.files import file_sha256

MODELS = {f"pythia-{size}" for size in ("70m", "160m", "410m", "1b", "2.8b", "6.9b", "12b")}


@pytest.fixture(scope="module")
def pythia(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """config/pythia_math.yaml with fewer resamples, and with two of the models on all of their samples; its folder of results."""
    counts = shared_data("pythia_math_counts/counts.csv")
    project = Project.fresh(tmp_path_factory.mktemp("pythia") / "project")
    (project.folder / "data").mkdir()
    shutil.copy(counts, project.folder / "data/pythia_math_counts.csv")
    shutil.copy(project.folder / "config/pythia_math.yaml", project.folder / "study.yaml")

    def change(config: dict[str, Any]) -> None:
        config["analysis"]["bootstrap"] = 100
        config["pairs"] = [{"model": f"pythia-{size}", "benchmark": "math"} for size in ("70m", "12b")]
        config["pairs"] += [{"model": model, "benchmark": "math_first_1000"} for model in sorted(MODELS)]

    project.configure(change)
    assert set(project.plan()) & {"generate_samples", "verify_samples", "check_sandbox", "fetch_model", "count_tokens"} == set()
    project.run()
    assert project.plan() == {}
    return project.folder / "results/pythia_math"


def laws(pythia: Path, model: str) -> dict[str, Any]:
    found = json.loads((pythia / "math" / model / "repeated" / "scaling_laws.json").read_text())
    return {law["loss"]: law for law in found["laws"]} | {one["estimator"]: one for one in found["populations"]}


@pytest.mark.parametrize(
    ("model", "brown", "schaeffer"),
    [("pythia-70m", (-7.59, -0.18, 0.0052, 0.0071), (-8.026, -0.194)), ("pythia-12b", (-3.92, -0.35, 0.0189, 0.0118), (-4.113, -0.370))],
)
def test_the_published_laws_come_out(pythia: Path, model: str, brown: tuple[float, ...], schaeffer: tuple[float, ...]) -> None:
    log, log_log = (laws(pythia, model)[loss] for loss in ("log", "log_log"))
    # The paper prints two digits behind the point; 12B's b is -0.347.
    assert (log["a"], log["b"]) == pytest.approx(brown[:2], abs=0.0145)
    assert (log["error_mean"], log["error_sd"]) == pytest.approx(brown[2:], abs=5e-4)
    assert (log_log["a"], log_log["b"]) == pytest.approx(schaeffer, abs=1e-3)
    assert log["a_interval"][0] < log["a"] < log["a_interval"][1]


def _seen(pythia: Path, model: str) -> float:
    rows = list(csv.DictReader((pythia / "math_first_1000" / model / "repeated" / "coverage.csv").open()))
    return float(rows[-1]["pass_at_k"])


def test_forecasts_from_a_tenth_of_the_samples_are_near_the_truth(pythia: Path) -> None:
    """The truth is the share of problems that 10,000 samples solved."""
    solved: dict[str, list[bool]] = {}
    for row in csv.DictReader((pythia.parent.parent / "data/pythia_math_counts.csv").open()):
        solved.setdefault(row["model"].lower().replace(" ", "-"), []).append(int(row["c"]) > 0)
    errors = []
    for model in MODELS:
        found = json.loads((pythia / "math_first_1000" / model / "repeated" / "forecasts.json").read_text())
        best = found["forecasts"][0]
        assert best["estimator"] == "recommended" and best["k"][-1] == 10_000
        assert all(one["record"]["hold_outs"] >= 10 for one in found["forecasts"]) and best["coverage"][0] == pytest.approx(_seen(pythia, model))
        truth = np.mean(solved[model])
        assert best["these"]["lower"][-1] <= truth <= best["these"]["upper"][-1]
        errors.append(abs(best["coverage"][-1] - truth))
    assert np.mean(errors) <= 0.04


def test_the_report_tells_all_of_it(pythia: Path) -> None:
    page = (pythia / "report.html").read_text()
    for text in ("log-log regression", "hold-out error", "Pythia: two curves differ by", "-7.599", "-8.026", "beta-binomial", "paired"):
        assert text in page, text
    assert "Samples, tokens and time" not in page and "Programs written by the model" not in page
    figures = {path.name for path in (pythia / "figures").glob("*-math.csv")}
    assert figures == {f"{figure}-math.csv" for figure in ("coverage", "failure", "scaling_laws", "forecasts", "families", "heat_map", "difficulty")}


def in_order(pythia: Path, benchmark: str) -> list[str]:
    manifest = json.loads((pythia / "manifest.json").read_text())
    return [pair["model"] for pair in manifest["config"]["pairs"] if pair["benchmark"] == benchmark]


@pytest.mark.parametrize("benchmark", ["math", "math_first_1000"])
def test_figures_tables_and_families_are_each_models_own(pythia: Path, benchmark: str) -> None:
    models, folder = in_order(pythia, benchmark), pythia / benchmark
    drawn = {
        name: pd.read_csv(pythia / f"figures/{name}-{benchmark}.csv") for name in ("coverage", "failure", "scaling_laws", "forecasts", "heat_map")
    }
    assert len(models) == {"math": 2, "math_first_1000": 7}[benchmark]
    assert all(list(dict.fromkeys(table["model"])) == models for name, table in drawn.items() if name != "heat_map")
    for model in models:
        curve = pd.read_csv(folder / model / "repeated" / "coverage.csv")
        own = {name: table[table["model"] == model] for name, table in drawn.items()}
        for name, column in (("coverage", "pass_at_k"), ("failure", "fail_at_k")):
            assert own[name][column].tolist() == curve[column].tolist()
        fitted = json.loads((folder / model / "repeated" / "scaling_laws.json").read_text())["laws"][0]["curve"]
        assert own["scaling_laws"].query("series != 'coverage'")["value"].tolist() == pytest.approx(fitted["coverage"])
        best = json.loads((folder / model / "repeated" / "forecasts.json").read_text())["forecasts"][0]
        assert own["forecasts"].query("series == 'recommended'")["value"].tolist() == pytest.approx(best["coverage"])
        counts = pd.read_csv(folder / model / "repeated" / "counts.csv")
        assert own["heat_map"].sort_values("problem_id")["c"].tolist() == counts.sort_values("problem_id")["c"].tolist()
    assert {model for family in json.loads((folder / "families.json").read_text())["families"] for model in family["models"]} == set(models)
    differences = pd.read_csv(folder / "differences.csv").query("k == 1")
    assert len(differences) == len(models) * (len(models) - 1) // 2
    for row in differences.itertuples():
        first, second = (pd.read_csv(folder / model / "repeated" / "counts.csv").eval("c / n").mean() for model in (row.first, row.second))
        assert row.difference == pytest.approx(second - first)


def test_the_manifest_names_the_table_of_counts(pythia: Path) -> None:
    manifest = json.loads((pythia / "manifest.json").read_text())
    table = "data/pythia_math_counts.csv"
    assert manifest["inputs"]["files"][table] == file_sha256(pythia.parent.parent / table)


def test_the_next_samples_are_planned(pythia: Path) -> None:
    project = Project(pythia.parent.parent)
    project.run("plan")
    rows = list(csv.DictReader((pythia / "plans/math_first_1000/pythia-12b/repeated.csv").open()))
    assert len(rows) == 128 and sum(int(row["further"]) for row in rows) == 1000


@pytest.mark.full
def test_models_keep_all_of_their_samples(tmp_path: Path) -> None:
    """Three models with 12, 30 and 20 to 25 samples a problem; pairs are compared up to the fewer, and p-values corrected for the pairs at a k."""
    project = Project.fresh(tmp_path / "project")
    random = np.random.default_rng(0)
    tables = {}
    for name, samples, chances in (("few", np.full(30, 12), 0.2), ("many", np.full(30, 30), 0.8), ("uneven", 20 + np.arange(30) % 6, 0.8)):
        rows = [f"p{number},{n},{c}" for number, (n, c) in enumerate(zip(samples, random.binomial(samples, chances), strict=True))]
        (project.folder / f"{name}.csv").write_text("problem_id,n,c\n" + "\n".join(rows) + "\n")
        tables[name] = {"engine": "counts", "counts": {"own": {"file": f"{name}.csv"}}}
    study = {"run": "all", "models": tables, "benchmarks": {"own": {"problems": 30, "samples": "all"}}, "analysis": {"bootstrap": 100}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump(study))
    curves = [f"results/all/own/{name}/repeated/coverage.csv" for name in tables]
    project.run("results/all/own/differences.csv", *curves)
    results = project.folder / "results/all"
    for name, last in (("few", 12), ("many", 30), ("uneven", 20)):
        curve = list(csv.DictReader((results / "own" / name / "repeated" / "coverage.csv").open()))
        assert [int(row["k"]) for row in curve] == list(range(1, last + 1))
        assert all(float(row["lower"]) < float(row["pass_at_k"]) for row in curve)
    differences = list(csv.DictReader((results / "own/differences.csv").open()))
    assert {(row["first"], row["second"]): row["k"] for row in differences} == {
        ("few", "many"): "12",
        ("few", "uneven"): "12",
        ("many", "uneven"): "20",
    }
