"""Every table, figure and report of a study that leaves nothing at its default, compared with the library called here."""

import base64
import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from project import Project
from rich_study import BENCHMARKS, CONFIG, FEWER, MODELS, PLAN, PROBLEMS, SAMPLES, recorded
from study_fixtures import humaneval_rows

from monkeys.benchmarks.arithmetic import word_problem
from monkeys.costs.architecture import read_architecture
from monkeys.costs.choice import best, cheapest
from monkeys.costs.cost import cost_of_k
from monkeys.costs.price import read_price
from monkeys.files import file_sha256
from monkeys.records.sample import read_samples
from monkeys.records.verdict import read_verdicts
from monkeys.reporting.fits_in_words import interval, told
from monkeys.reporting.manifest import result_files
from monkeys.statistics import forecasts
from monkeys.statistics.coverage import coverage_curve, coverage_difference
from monkeys.statistics.difficulty import grade_difficulty
from monkeys.statistics.families import compare_family, model_curve
from monkeys.statistics.forecasts import forecast_coverage
from monkeys.statistics.planning import allot
from monkeys.statistics.populations import fit_with_intervals
from monkeys.statistics.scaling_laws import fit_law
from monkeys.tables.counts import read_counts

ANALYSIS = CONFIG["analysis"]
FARTHEST = 14
"""The last k of a forecast: 1.2 times the samples."""
LEVEL = {"bootstrap": 333, "confidence": 0.8, "seed": 3}
PAIRS = [(benchmark, model) for benchmark in BENCHMARKS for model in MODELS]


@pytest.fixture(autouse=True)
def as_few_as_in_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in FEWER.items():
        monkeypatch.setattr(forecasts, name, number)


on_pairs = pytest.mark.parametrize(("benchmark", "model"), PAIRS)
on_benchmarks = pytest.mark.parametrize("benchmark", BENCHMARKS)


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert len(expected) > 0
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False, rtol=1e-9)


@cache
def passes(benchmark: str, model: str) -> dict[str, int]:
    """How many samples of each problem are right, by what was written into them."""
    found: dict[str, int] = {}
    for sample in recorded(model, benchmark, humaneval_rows()):
        if benchmark == "humaneval":
            right = "no answer of any problem" not in sample.text and "bytearray" not in sample.text
        else:
            right = sample.text.endswith(f"is {word_problem(5, int(sample.problem_id.rpartition('/')[2]))[1]}.")
        found[sample.problem_id] = found.get(sample.problem_id, 0) + right
    return found


# Counts and tables of a pair.


@on_pairs
def test_samples_are_the_recorded_ones_and_verdicts_are_those_of_their_texts(rich_study: Path, benchmark: str, model: str) -> None:
    folder = rich_study / benchmark / model / "repeated"
    drawn = [sample for path in sorted(folder.glob("samples/*.parquet")) for sample in read_samples(path)]
    assert sorted(drawn, key=lambda one: one.seed or 0) == recorded(model, benchmark, humaneval_rows())
    counts = table(folder / "counts.csv").set_index("problem_id")
    assert counts["c"].to_dict() == passes(benchmark, model)
    verdicts = [verdict for path in sorted(folder.glob("verdicts/*.parquet")) for verdict in read_verdicts(path)]
    passed = Counter(verdict.problem_id for verdict in verdicts if verdict.outcome == "passed")
    assert {name: passed[name] for name in counts.index} == passes(benchmark, model) and len(verdicts) == PROBLEMS * SAMPLES
    assert 20 < counts["c"].sum() < 124 and (counts["n"] == SAMPLES).all()


@pytest.mark.parametrize("model", MODELS)
def test_memory_of_the_configuration_holds_for_programs(rich_study: Path, model: str) -> None:
    """The first sample holds 500 MiB and the default would let it run."""
    verdicts = [
        verdict for path in sorted((rich_study / "humaneval" / model / "repeated").glob("verdicts/*.parquet")) for verdict in read_verdicts(path)
    ]
    assert [(one.problem_id, one.sample_index) for one in verdicts if one.outcome == "memory"] == [("HumanEval/0", 0)]
    assert table(rich_study / "humaneval" / model / "repeated" / "counts.csv")["memory"].tolist() == [1] + [0] * (PROBLEMS - 1)


@on_pairs
def test_coverage_is_that_of_the_counts_with_the_configurations_level(rich_study: Path, benchmark: str, model: str) -> None:
    c = list(passes(benchmark, model).values())
    curve = coverage_curve([SAMPLES] * PROBLEMS, c, range(1, SAMPLES + 1), **LEVEL, method="percentile")
    expected = pd.DataFrame({"k": curve.k, "pass_at_k": curve.coverage, "lower": curve.lower, "upper": curve.upper, "fail_at_k": 1 - curve.coverage})
    same(table(rich_study / benchmark / model / "repeated" / "coverage.csv"), expected.assign(sampling_error=curve.sampling_error))


@pytest.mark.parametrize(("benchmark", "model"), [PAIRS[0], PAIRS[3]])
def test_laws_and_populations_are_those_of_the_counts(rich_study: Path, benchmark: str, model: str) -> None:
    n, c = [SAMPLES] * PROBLEMS, list(passes(benchmark, model).values())
    found = load(rich_study / benchmark / model / "repeated" / "scaling_laws.json")
    assert (found["confidence"], found["bootstrap"], found["problems"], found["samples"]) == (0.8, 333, PROBLEMS, SAMPLES)
    assert {law["loss"] for law in found["laws"]} == {"log", "linear", "log_log", "log_distinct"} and not any(
        "not_fitted" in law for law in found["laws"]
    )
    for law in found["laws"]:
        fitted = fit_law(n, c, law["loss"], **LEVEL)
        for name in ("a", "b", "a_interval", "b_interval", "error_mean", "error_sd", "replicates"):
            value = getattr(fitted.law, name)
            assert law[name] == pytest.approx(list(value) if isinstance(value, tuple) else value, rel=1e-6), name
        for name in ("k", "coverage", "lower", "upper"):
            assert law["curve"][name] == pytest.approx(getattr(fitted, name), rel=1e-6), name
    population = found["populations"][0]
    again = fit_with_intervals(n, c, population["estimator"], 0.8)
    for name in ("alpha", "beta", "alpha_interval", "beta_interval"):
        value = getattr(again, name)
        assert population[name] == pytest.approx(list(value) if isinstance(value, tuple) else value, rel=1e-4), name


@pytest.mark.parametrize(("benchmark", "model"), [PAIRS[0], PAIRS[3]])
def test_forecasts_reach_as_far_as_the_configuration_says(rich_study: Path, benchmark: str, model: str) -> None:
    found = load(rich_study / benchmark / model / "repeated" / "forecasts.json")
    assert (found["confidence"], found["samples"], found["largest"]) == (0.8, SAMPLES, FARTHEST)
    again = forecast_coverage([SAMPLES] * PROBLEMS, list(passes(benchmark, model).values()), FARTHEST, 0.8, 3)
    assert found["members"] == list(again.members) and len(found["forecasts"]) == len(again.forecasts)
    rows = table(rich_study / benchmark / model / "repeated" / "forecasts.csv")
    for one, other in zip(found["forecasts"], again.forecasts, strict=True):
        assert one["estimator"] == other.estimator and one["k"] == again.ks.tolist()
        of_csv = rows[rows["estimator"] == other.estimator]
        expected = pytest.approx(other.coverage.tolist(), rel=1e-4)
        assert one["coverage"] == expected and of_csv["coverage"].tolist() == expected
        for name, bounds in (("these", other.these), ("others", other.others)):
            if bounds is None:
                assert name not in one and of_csv[f"{name}_lower"].isna().all()
                continue
            for end in ("lower", "upper"):
                expected = pytest.approx(getattr(bounds, end).tolist(), rel=1e-4)
                assert one[name][end] == expected and of_csv[f"{name}_{end}"].tolist() == expected


@on_pairs
def test_costs_are_those_of_tokens_architecture_and_price(rich_study: Path, benchmark: str, model: str) -> None:
    folder, settings = rich_study / benchmark / model / "repeated", CONFIG["models"][model]
    samples = pd.DataFrame([(one.problem_id, one.prompt_tokens, one.output_tokens) for one in recorded(model, benchmark, humaneval_rows())])
    samples.columns = pd.Index(["problem_id", "prompt_tokens", "output_tokens"])
    by_problem = samples.groupby("problem_id", sort=False)
    tokens = pd.DataFrame({"samples": by_problem.size(), "prompt_tokens": by_problem["prompt_tokens"].first()})
    tokens["output_tokens"] = by_problem["output_tokens"].sum()
    tokens["output_tokens_squared"] = by_problem["output_tokens"].agg(lambda numbers: (numbers**2).sum())
    costs = cost_of_k(range(1, SAMPLES + 1), tokens, read_architecture(settings["architecture"]), read_price(settings["price"]))
    found = table(folder / "cost.csv")
    assert (found["flops"] > 0).all() and (found["dollars"] > 0).all() and found["gpu_seconds"].notna().all() == (model == "alpha")
    same(found[list(costs.columns)], costs)
    same(found[["k", "pass_at_k", "lower", "upper"]], table(folder / "coverage.csv")[["k", "pass_at_k", "lower", "upper"]])


@on_pairs
def test_tokens_truncation_and_repeats_are_counted(rich_study: Path, benchmark: str, model: str) -> None:
    folder, samples = rich_study / benchmark / model / "repeated", recorded(model, benchmark, humaneval_rows())
    tokens = load(folder / "tokens.json")
    cut_off = sum(sample.finish_reason == "length" for sample in samples)
    assert tokens["samples"] == PROBLEMS * SAMPLES and tokens["output_tokens"] == sum(sample.output_tokens or 0 for sample in samples)
    assert tokens["prompt_tokens"] == sum(50 + problem for problem in range(PROBLEMS)) and tokens["truncated"] == cut_off
    assert tokens["distinct"] == len({(sample.problem_id, sample.text) for sample in samples})
    assert tokens["provenance"] == [{"engine": "recorded"}]
    assert load(folder / "truncated.json")["samples"] == PROBLEMS * SAMPLES


def test_the_plan_allots_what_the_configuration_asks_for(rich_study: Path) -> None:
    c = list(passes("humaneval", "zeta").values())
    found = table(rich_study / PLAN)
    assert found["further"].tolist() == allot([SAMPLES] * PROBLEMS, c, 77, "fewest_successes", 5).tolist() and found["further"].sum() == 77


# Comparisons of models.


@on_benchmarks
def test_differences_are_second_minus_first(rich_study: Path, benchmark: str) -> None:
    c = np.array([list(passes(benchmark, model).values()) for model in MODELS])
    found = table(rich_study / benchmark / "differences.csv")
    again = coverage_difference(np.full(c.shape, SAMPLES), c, found["k"], LEVEL["confidence"], LEVEL["seed"])
    assert set(found["first"]) == {"zeta"} and set(found["second"]) == {"alpha"} and found["k"].tolist() == [1, 2, 5, 10, 12]
    assert (found["problems"] == PROBLEMS).all()
    assert found["difference"][0] == pytest.approx((c[1].sum() - c[0].sum()) / c[0].size / SAMPLES) and found["difference"][0] < 0
    for name, expected in (
        ("difference", again.coverage),
        ("lower", again.lower),
        ("upper", again.upper),
        ("p_value", again.p_value),
        ("p_holm", again.p_value),
    ):
        assert found[name].tolist() == pytest.approx(expected.tolist())


@on_benchmarks
def test_difficulty_is_judged_by_the_reference_in_three_bins(rich_study: Path, benchmark: str) -> None:
    counts = {model: read_counts(rich_study / benchmark / model / "repeated" / "counts.csv") for model in MODELS}
    grades = grade_difficulty(counts, "alpha", 3, **LEVEL)
    same(table(rich_study / benchmark / "difficulty.csv"), grades.problems)
    same(table(rich_study / benchmark / "difficulty_bins.csv"), grades.bins)


@on_benchmarks
def test_budgets_are_those_of_the_configuration(rich_study: Path, benchmark: str) -> None:
    curves = {model: table(rich_study / benchmark / model / "repeated" / "cost.csv") for model in MODELS}
    found = load(rich_study / benchmark / "budget.json")
    assert [entry["coverage"] for entry in found["coverages"]] == [0.35, 0.6]
    for entry in found["coverages"]:
        for measure, choice in entry["cheapest"].items():
            expected = cheapest(curves, entry["coverage"], measure)
            assert (choice["model"], choice["k"], choice["cost"]) == (expected.model, expected.k, pytest.approx(expected.cost))
    assert [(entry["measure"], entry["budget"]) for entry in found["budgets"]] == [("dollars", 0.05), ("flops", 1e15)]
    for entry in found["budgets"]:
        chosen = best(curves, entry["budget"], entry["measure"])
        assert (entry["best"]["model"], entry["best"]["k"]) == (chosen.model, chosen.k) and chosen.model is not None


@on_benchmarks
def test_families_are_compared_at_the_configurations_level(rich_study: Path, benchmark: str) -> None:
    found = load(rich_study / benchmark / "families.json")
    (family,) = found["families"]
    assert (found["confidence"], found["bootstrap"], family["family"], family["models"]) == (0.8, 333, "greek", list(MODELS))
    c = [list(passes(benchmark, model).values()) for model in MODELS]
    n = np.full((2, PROBLEMS), SAMPLES)
    again = compare_family(n, c, **LEVEL)
    for name in ("target", "reach", "after", "before", "after_interval", "before_interval", "replicates", "shift"):
        assert family[name] == pytest.approx(getattr(again, name)), name
    curves = table(rich_study / benchmark / "families.csv")
    for model, correct in zip(MODELS, c, strict=True):
        curve = model_curve([SAMPLES] * PROBLEMS, correct)
        assert curves[curves["model"] == model]["pass_at_k"].tolist() == pytest.approx(curve.coverage.tolist())


# Figures: the numbers beside them, by model.


@on_benchmarks
@pytest.mark.parametrize("kind", ["coverage", "failure", "costs", "diversity"])
def test_a_figures_numbers_are_each_models_own(rich_study: Path, benchmark: str, kind: str) -> None:
    found = table(rich_study / "figures" / f"{kind}-{benchmark}.csv")
    source = {"failure": "coverage", "costs": "cost"}.get(kind, kind)
    assert list(dict.fromkeys(found["model"])) == list(MODELS)
    for model in MODELS:
        own = table(rich_study / benchmark / model / "repeated" / f"{source}.csv")
        columns = [name for name in found.columns if name != "model"]
        same(found[found["model"] == model][columns], own[columns])


@on_benchmarks
def test_drawn_laws_and_forecasts_are_each_models_own(rich_study: Path, benchmark: str) -> None:
    laws, forecast = (table(rich_study / "figures" / f"{kind}-{benchmark}.csv") for kind in ("scaling_laws", "forecasts"))
    for model in MODELS:
        folder = rich_study / benchmark / model / "repeated"
        fitted = load(folder / "scaling_laws.json")["laws"][0]["curve"]
        rows = laws[(laws["model"] == model) & laws["series"].str.startswith("law")]
        for column, name in (("k", "k"), ("value", "coverage"), ("lower", "lower"), ("upper", "upper")):
            assert rows[column].tolist() == pytest.approx(fitted[name]), name
        recommended = load(folder / "forecasts.json")["forecasts"][0]
        rows = forecast[(forecast["model"] == model) & (forecast["series"] == "recommended")]
        assert rows["k"].tolist() == recommended["k"] and rows["value"].tolist() == pytest.approx(recommended["coverage"])
        for name, prefix in (("these", ""), ("others", "others_")):
            for end in ("lower", "upper"):
                assert rows[f"{prefix}{end}"].tolist() == pytest.approx(recommended[name][end]), (name, end)
        for drawn in (laws, forecast):
            rows = drawn[(drawn["model"] == model) & (drawn["series"] == "coverage")]
            assert rows["value"].tolist() == pytest.approx(table(folder / "coverage.csv")["pass_at_k"].tolist())


@on_benchmarks
def test_drawn_difficulty_is_that_of_the_tables(rich_study: Path, benchmark: str) -> None:
    cells = table(rich_study / "figures" / f"heat_map-{benchmark}.csv")
    assert len(cells) == 2 * PROBLEMS
    for model in MODELS:
        rows = cells[cells["model"] == model]
        assert dict(zip(rows["problem_id"], rows["c"], strict=True)) == passes(benchmark, model)
        assert (rows["success"] == rows["c"] / SAMPLES).all()
    same(table(rich_study / "figures" / f"difficulty-{benchmark}.csv"), table(rich_study / benchmark / "difficulty_bins.csv"))


@on_benchmarks
def test_pictures_have_the_configurations_size_colours_and_reference_line(rich_study: Path, benchmark: str) -> None:
    picture = (rich_study / "figures" / f"coverage-{benchmark}.svg").read_text(encoding="utf-8")
    assert 'width="396pt"' in picture and "#112233" in picture and "#aa5500" in picture
    own, other = ("best of humans", "a calculator")[:: 1 if benchmark == "humaneval" else -1]
    assert own in picture and other not in picture and "zeta" in picture and "alpha" in picture


# The report, the summary and the manifest.


def cells(page: str) -> list[list[str]]:
    rows = [re.findall(r"<td.*?</td>", row) for row in re.findall(r"<tr>.*?</tr>", page)]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows if row]


def test_the_report_names_level_method_and_resamples(rich_study: Path) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    assert "80 % interval" in page and "95 %" not in page and "95%" not in page
    assert "(percentile bootstrap over problems, 333 resamples)" in " ".join(page.split())
    assert CONFIG["question"] in page


@on_benchmarks
def test_the_report_shows_the_tables_numbers(rich_study: Path, benchmark: str) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    titles = {name: re.search(rf"<h2>({title})</h2>", page) for name, title in (("humaneval", "HumanEval"), ("arithmetic", "Arithmetic"))}
    start = titles[benchmark]
    assert start is not None
    rows = cells(page[start.end() :].partition("<h2>")[0])
    for model in MODELS:
        folder = rich_study / benchmark / model / "repeated"
        curve = table(folder / "coverage.csv").set_index("k")
        shown = next(row for row in rows if row[0] == model)
        for text, k in zip(shown[1:], (1, 2, 5, 10, 12), strict=True):
            values = [100 * curve.loc[k, name] for name in ("pass_at_k", "lower", "upper")]
            assert text == "{:.2f} {:.1f} – {:.1f}".format(*values)
        fitted = load(folder / "scaling_laws.json")["laws"]
        said = {law["loss_description"] for law in fitted}
        laws = [row for row in rows if row[0] == model and len(row) == 8 and row[1] in said]
        for row, law in zip(laws, fitted, strict=True):
            shown = [(told(law, name, f"{law[name]:.3f}"), interval(law[f"{name}_interval"])) for name in "ab"]
            assert row[2:6] == [*shown[0], *shown[1]]
        assert len(laws) >= 3
        forecast = load(folder / "forecasts.json")["forecasts"][0]
        these = forecast["these"]
        assert f"pass@14 is forecast to be {forecast['coverage'][-1]:.1%}, from 12 samples" in page
        assert f"intervals are [{these['lower'][-1]:.1%}, {these['upper'][-1]:.1%}] for these problems" in page
        assert ["samples that passed", f"{sum(passes(benchmark, model).values())} of {PROBLEMS * SAMPLES}"] in rows
    difference = table(rich_study / benchmark / "differences.csv").set_index("k")
    for k in (1, 12):
        gap = difference.loc[k]
        assert [
            "zeta, alpha",
            str(k),
            f"{100 * gap.difference:+.2f}",
            f"{100 * gap.lower:.2f} – {100 * gap.upper:.2f}",
            f"{gap.p_value:.2g}",
            f"{gap.p_holm:.2g}",
        ] in rows


def test_the_report_holds_the_figures_themselves(rich_study: Path) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    shown = [base64.b64decode(text) for text in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)]
    assert sorted(shown) == sorted(path.read_bytes() for path in (rich_study / "figures").glob("*.svg")) and len(shown) == 18


def test_the_summary_has_every_pairs_curve(rich_study: Path) -> None:
    rows = list(csv.DictReader((rich_study / "summary.csv").open(encoding="utf-8")))
    assert list(dict.fromkeys((row["benchmark"], row["model"]) for row in rows)) == [(benchmark, model) for model, benchmark in in_order(rich_study)]
    for benchmark, model in PAIRS:
        curve = table(rich_study / benchmark / model / "repeated" / "coverage.csv").set_index("k")
        own = [row for row in rows if (row["benchmark"], row["model"]) == (benchmark, model)]
        assert [int(row["k"]) for row in own] == [1, 2, 5, 10, 12]
        assert [float(row["pass_at_k"]) for row in own] == pytest.approx([curve.loc[k, "pass_at_k"] for k in (1, 2, 5, 10, 12)])


def in_order(rich_study: Path) -> list[tuple[str, str]]:
    config = yaml.safe_load((rich_study / "config.yaml").read_text(encoding="utf-8"))
    return [(pair["model"], pair["benchmark"]) for pair in config["pairs"]]


def test_the_manifest_names_all_inputs_and_results(rich_study: Path) -> None:
    manifest = load(rich_study / "manifest.json")
    project = rich_study.parents[1]
    names = ["rows.jsonl", *(f"samples/{model}-{benchmark}.parquet" for benchmark, model in PAIRS), "envs/sandbox.def"]
    assert manifest["inputs"]["files"] == {name: file_sha256(project / name) for name in names}
    assert manifest["config"]["analysis"] == ANALYSIS | {"planning": ANALYSIS["planning"]} and manifest["config"]["seed"] == 3
    expected = {path.relative_to(rich_study).as_posix() for path in result_files(manifest["config"], rich_study)}
    assert set(manifest["results"]) == expected
    # What lies in the folder and is no log, plan, report or fetched data is a result.
    there = {path.relative_to(rich_study).as_posix() for path in rich_study.rglob("[!.]*") if path.is_file()}
    assert {name for name in there if not name.startswith(("logs/", "plans/"))} - {
        "report.html",
        "manifest.json",
        "humaneval/dataset.jsonl",
    } == expected
    assert manifest["results"] == {name: file_sha256(rich_study / name) for name in expected}


# What reruns when something is edited.


@pytest.fixture(scope="module")
def replanned(rich_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Project], object]], dict[str, int]]:
    """The jobs that a copy of the finished study plans after an edit."""

    def plan(edit: Callable[[Project], object]) -> dict[str, int]:
        project = Project(rich_study.parents[1]).copy(tmp_path_factory.mktemp("edited") / "project")
        edit(project)
        return project.plan()

    return plan


@pytest.mark.parametrize("template", [True, False])
def test_an_edited_template_makes_a_new_report_and_nothing_edited_nothing(
    replanned: Callable[[Callable[[Project], object]], dict[str, int]], template: bool
) -> None:
    def edit(project: Project) -> None:
        if template:
            project.edit("scripts/monkeys/reporting/report.html.j2", lambda text: text.replace("<h3>Coverage</h3>", "<h3>Coverage of it</h3>"))

    assert replanned(edit) == ({"report_run": 1, "record_manifest": 1} if template else {})


def test_another_memory_of_programs_verifies_programs_again(replanned: Callable[[Callable[[Project], object]], dict[str, int]]) -> None:
    def edit(project: Project) -> None:
        project.configure(lambda config: config["verification"].update(memory_mb=400))

    found = replanned(edit)
    assert found["verify_samples"] == 4 and "generate_samples" not in found
