"""Every table, figure and report of a study that leaves nothing at its default, compared with the library called here."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich_cases import load, on_benchmarks, passes, same, table
from rich_study import BENCHMARKS, CONFIG, FEWER, MODELS, PLAN, PROBLEMS, SAMPLES, recorded
from study_fixtures import humaneval_rows

from monkeys.costs.architecture import read_architecture
from monkeys.costs.choice import best_within_budget, cheapest_for_coverage
from monkeys.costs.cost import cost_of_k
from monkeys.costs.price import read_price
from monkeys.records.sample import read_samples
from monkeys.records.verdict import read_verdicts
from monkeys.statistics import forecasts
from monkeys.statistics.coverage import coverage_curve, coverage_difference
from monkeys.statistics.difficulty import grade_difficulty
from monkeys.statistics.families import compare_family, model_curve
from monkeys.statistics.forecasts import forecast_coverage
from monkeys.statistics.planning import allocate_samples
from monkeys.statistics.populations import fit_with_intervals
from monkeys.statistics.scaling_laws import fit_law
from monkeys.tables.counts import read_counts

FARTHEST = 14

"""The last k of a forecast: 1.2 times the samples."""


LEVEL = {"bootstrap": 333, "confidence": 0.8, "seed": 3}
PAIRS = [(benchmark, model) for benchmark in BENCHMARKS for model in MODELS]


@pytest.fixture(autouse=True)
def as_few_as_in_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in FEWER.items():
        monkeypatch.setattr(forecasts, name, number)


on_pairs = pytest.mark.parametrize(("benchmark", "model"), PAIRS)


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


def test_plan_allocates_configured_samples(rich_study: Path) -> None:
    c = list(passes("humaneval", "zeta").values())
    found = table(rich_study / PLAN)
    assert found["further"].tolist() == allocate_samples([SAMPLES] * PROBLEMS, c, 77, "fewest_successes", 5).tolist() and found["further"].sum() == 77


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
            expected = cheapest_for_coverage(curves, entry["coverage"], measure)
            assert (choice["model"], choice["k"], choice["cost"]) == (expected.model, expected.k, pytest.approx(expected.cost))
    assert [(entry["measure"], entry["budget"]) for entry in found["budgets"]] == [("dollars", 0.05), ("flops", 1e15)]
    for entry in found["budgets"]:
        chosen = best_within_budget(curves, entry["budget"], entry["measure"])
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
