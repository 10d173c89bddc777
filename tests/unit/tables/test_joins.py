"""What scripts and functions are handed, they hand on: level, resamples, seed, groups, order of models; and intervals are quantiles at one level."""

import inspect
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import compare_families
import compare_models
import estimate_coverage
import fit_scaling_laws
import forecast_coverage
import grade_difficulty
from monkeys.statistics import coverage, difficulty, families, forecasts, populations, scaling_laws
from monkeys.statistics.comparisons import holm
from monkeys.statistics.coverage import INTERVAL_POINTS, coverage_curve, coverage_difference, pass_at_k, sampling_error
from monkeys.statistics.intervals import coverage_interval, percentile_interval, resamples

N = 12
FIRST = [0, 1, 3, 12, 0, 5, 7, 2, 0, 9, 1, 4]
SECOND = [1, 4, 3, 12, 2, 9, 11, 2, 0, 12, 6, 8]
GROUPS = [f"g{number // 4}" for number in range(12)]
ARGUMENTS = {"bootstrap": 333, "confidence": 0.8, "seed": 3}


def counts(path: Path, correct: Sequence[int], groups: bool = False, n: int = N) -> str:
    table = pd.DataFrame({"problem_id": [f"p{number}" for number in range(len(correct))], "n": n, "c": correct})
    for name in ("no_answer", "timeout", "memory"):
        table[name] = 0
    table.assign(difficulty=np.nan, group=GROUPS[: len(correct)] if groups else np.nan).to_csv(path, index=False)
    return str(path)


def call(module: Any, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, words)])
    module.main()


def level(*names: str) -> list[object]:
    return [word for name in names or ARGUMENTS for word in (f"--{name}", ARGUMENTS[name])]


# Groups of problems.


@pytest.mark.parametrize("method", ["dirichlet", "percentile"])
@pytest.mark.parametrize("grouped", [True, False])
def test_coverage_resamples_groups_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grouped: bool, method: str) -> None:
    words = ["--counts", counts(tmp_path / "c.csv", FIRST, grouped), *level(), "--method", method, "--output", tmp_path / "o.csv"]
    call(estimate_coverage, monkeypatch, *words)
    found = pd.read_csv(tmp_path / "o.csv")
    values, groups = pass_at_k([N] * 12, FIRST, range(1, N + 1)), GROUPS if grouped else None
    interval = coverage_interval(values, 0.8, groups) if method == "dirichlet" else percentile_interval(values, resamples(12, 333, 3, groups), 0.8)
    assert found["lower"].tolist() == pytest.approx(interval.lower.tolist()) and found["upper"].tolist() == pytest.approx(interval.upper.tolist())
    assert found["k"].tolist() == list(range(1, N + 1))
    assert found["sampling_error"].tolist() == pytest.approx(sampling_error([N] * 12, FIRST, range(1, N + 1)).tolist(), nan_ok=True)


def test_coverage_of_a_long_curve_resamples_groups_whole() -> None:
    """Of more than a thousand k the bounds between those computed are interpolated; the ends are not."""
    n, c = [1200] * 12, [100 * value for value in FIRST]
    ks = np.arange(1, 1201)
    curve = coverage_curve(n, c, ks, 333, 0.8, 3, groups=GROUPS)
    interval = coverage_interval(pass_at_k(n, c, [1, 1200]), 0.8, GROUPS)
    assert curve.lower[[0, -1]] == pytest.approx(interval.lower) and curve.upper[[0, -1]] == pytest.approx(interval.upper)


@pytest.mark.parametrize("method", ["dirichlet", "percentile"])
def test_bounds_of_a_long_curve_are_linear_in_log_k_between_those_computed(method: str) -> None:
    """Every bound is on the line in log k through those that are computed, which is not the line in k."""
    n, c = [3000] * 12, [2 * value for value in FIRST]
    ks = np.arange(1, 3001)
    curve = coverage_curve(n, c, ks, 100, 0.8, 3, method)
    computed = np.unique(np.rint(np.geomspace(1, 3000, INTERVAL_POINTS)).astype(int))
    table = pass_at_k(n, c, computed)
    interval = coverage_interval(table, 0.8) if method == "dirichlet" else percentile_interval(table, resamples(12, 100, 3), 0.8)
    for found, bound in ((curve.lower, interval.lower), (curve.upper, interval.upper)):
        assert found == pytest.approx(np.interp(np.log(ks), np.log(computed), bound), abs=1e-12)
        assert np.abs(found - np.interp(ks, computed, bound)).max() > 1e-8
    # What is not computed is near to what would be, on every problem's smooth curve.
    between = np.setdiff1d(ks, computed)[::50]
    exact = coverage_interval(pass_at_k(n, c, between), 0.8) if method == "dirichlet" else None
    if exact:
        assert curve.lower[between - 1] == pytest.approx(exact.lower, abs=1e-4) and curve.upper[between - 1] == pytest.approx(exact.upper, abs=1e-4)


@pytest.mark.parametrize("grouped", [True, False])
def test_differences_are_second_minus_first_over_common_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grouped: bool) -> None:
    one = counts(tmp_path / "one.csv", FIRST, grouped)
    two = counts(tmp_path / "two.csv", SECOND[:9], grouped, n=15)
    call(compare_models, monkeypatch, "--models", "zeta", "alpha", "--counts", one, two, *level("confidence", "seed"), "--output", tmp_path / "o.csv")
    found = pd.read_csv(tmp_path / "o.csv")
    assert set(found["first"]) == {"zeta"} and set(found["second"]) == {"alpha"} and set(found["problems"]) == {9}
    assert found["k"].tolist() == [1, 2, 5, 10, N]
    assert found["difference"][0] == pytest.approx(sum(SECOND[:9]) / 9 / 15 - sum(FIRST[:9]) / 9 / N) and found["difference"][0] > 0
    n = np.array([[N] * 9, [15] * 9])
    expected = coverage_difference(n, [FIRST[:9], SECOND[:9]], found["k"], 0.8, 3, groups=GROUPS[:9] if grouped else None)
    for name in ("lower", "upper", "p_value"):
        assert found[name].tolist() == pytest.approx(getattr(expected, name).tolist())


def test_differences_with_groups_are_wider_than_without() -> None:
    apart = [0, 0, 0, 0, 5, 5, 5, 5, 10, 10, 10, 10]
    widths = []
    for groups in (GROUPS, None):
        found = coverage_difference(np.full((2, 12), N), [[0] * 12, apart], [1], 0.9, 0, groups)
        widths.append(float(found.upper[0] - found.lower[0]))
    assert widths[0] > 1.3 * widths[1]


def test_p_values_are_corrected_for_all_pairs_at_the_same_k(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three models; one pair reaches further than the others and has its last k for itself."""
    paths = [counts(tmp_path / f"{name}.csv", c, n=n) for name, c, n in (("a", FIRST, N), ("b", SECOND, 15), ("c", [10] * 12, 15))]
    call(compare_models, monkeypatch, "--models", "a", "b", "c", "--counts", *paths, *level("confidence", "seed"), "--output", tmp_path / "o.csv")
    found = pd.read_csv(tmp_path / "o.csv")
    assert found.groupby("k").size().to_dict() == {1: 3, 2: 3, 5: 3, 10: 3, N: 2, 15: 1}
    for _, rows in found.groupby("k"):
        assert rows["p_holm"].tolist() == pytest.approx(holm(rows["p_value"]).tolist())
    first = found[found["k"] == 1]
    assert (first["p_holm"] > first["p_value"]).any()


# Scripts hand on what they are asked.


def asked(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[dict[str, Any]]:
    """What a script asks of a function of the library, by the names of its arguments."""
    real: Callable[..., Any] = getattr(module, name)
    seen: list[dict[str, Any]] = []

    def watched(*arguments: Any, **named: Any) -> Any:
        seen.append(dict(inspect.signature(real).bind(*arguments, **named).arguments))
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, watched)
    return seen


def test_laws_and_populations_are_asked_at_the_level_and_seed_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    law, population = (asked(monkeypatch, fit_scaling_laws, name) for name in ("fit_law", "fit_with_intervals"))
    call(fit_scaling_laws, monkeypatch, "--counts", counts(tmp_path / "c.csv", FIRST), *level(), "--output", tmp_path / "o.json")
    assert {one["loss"] for one in law} == set(scaling_laws.LOSSES) and {one["estimator"] for one in population} == set(populations.ESTIMATORS)
    for one in (*law, *population):
        assert (one["confidence"], one.get("seed", 3), one.get("bootstrap", 333)) == (0.8, 3, 333)
        assert list(one["samples"]) == [N] * 12 and list(one["correct"]) == FIRST
    said = json.loads((tmp_path / "o.json").read_text())
    assert (said["confidence"], said["bootstrap"]) == (0.8, 333)


def test_forecasts_are_asked_as_far_as_the_factor_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "HOLD_OUTS", 2)
    seen = asked(monkeypatch, forecast_coverage, "forecast_coverage")
    words = ["--counts", counts(tmp_path / "c.csv", FIRST), "--factor", 1.2, *level("confidence", "seed")]
    call(forecast_coverage, monkeypatch, *words, "--output-json", tmp_path / "o.json", "--output-csv", tmp_path / "o.csv")
    (one,) = seen
    assert (one["largest"], one["confidence"], one["seed"]) == (14, 0.8, 3) and list(one["correct"]) == FIRST
    said = json.loads((tmp_path / "o.json").read_text())
    assert (said["confidence"], said["largest"]) == (0.8, 14) and "forecasts" in said


def test_families_keep_their_models_in_order_and_their_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [counts(tmp_path / f"{number}.csv", correct) for number, correct in enumerate((FIRST, SECOND, SECOND[::-1]))]
    seen = asked(monkeypatch, compare_families, "compare_family")
    words = ["--models", "zeta", "alone", "alpha", "--families", "greek", "other", "greek", "--counts", *paths, *level()]
    call(compare_families, monkeypatch, *words, "--output", tmp_path / "o.json", "--table", tmp_path / "o.csv")
    assert [(one["bootstrap"], one["confidence"], one["seed"]) for one in seen] == [(333, 0.8, 3)] * 2
    assert np.asarray(seen[0]["correct"]).tolist() == [FIRST, SECOND[::-1]]
    said = json.loads((tmp_path / "o.json").read_text())
    assert said["confidence"] == 0.8 and [family["models"] for family in said["families"]] == [["zeta", "alpha"], ["alone"]]
    curves = pd.read_csv(tmp_path / "o.csv")
    assert curves[curves["model"] == "alpha"]["pass_at_k"].iloc[0] == pytest.approx(sum(SECOND) / 12 / N)


def test_difficulty_is_judged_by_the_reference_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [counts(tmp_path / f"{number}.csv", correct) for number, correct in enumerate((FIRST, SECOND))]
    seen = asked(monkeypatch, grade_difficulty, "grade_difficulty")
    words = ["--models", "zeta", "alpha", "--counts", *paths, "--reference", "alpha", "--bins", 3, *level()]
    call(grade_difficulty, monkeypatch, *words, "--problems-output", tmp_path / "p.csv", "--bins-output", tmp_path / "b.csv")
    (one,) = seen
    assert (one["reference"], one["bins"], one["bootstrap"], one["confidence"], one["seed"]) == ("alpha", 3, 333, 0.8, 3)
    problems = pd.read_csv(tmp_path / "p.csv")
    of_model = {model: problems[problems["model"] == model].set_index("problem_id")["bin"].to_dict() for model in ("zeta", "alpha")}
    assert of_model["zeta"] == of_model["alpha"]


# Intervals at one level, against quantiles made here.


def bounds(values: Any, confidence: float) -> list[Any]:
    return [pytest.approx(value) for value in np.quantile(np.asarray(values), [(1 - confidence) / 2, (1 + confidence) / 2], axis=0).T.tolist()]


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("loss", list(scaling_laws.LOSSES))
def test_intervals_of_a_law_are_students_t_of_its_refits(loss: str, confidence: float) -> None:
    fitted = scaling_laws.fit_law([N] * 12, FIRST, loss, 60, confidence, 3)
    grid = scaling_laws.fitting_points(N, loss)
    table = pass_at_k([N] * 12, FIRST, grid)
    weights = np.random.default_rng(3).multinomial(12, np.full(12, 1 / 12), size=60) / 12
    apart = (table.sum(axis=0) - table) / 11

    def logs(curves: Any) -> Any:
        return np.log(-np.array([scaling_laws.fit_power_law(grid, curve, loss) for curve in curves]))

    refits, jackknife = logs(weights @ table), logs(apart)
    deviations = jackknife - jackknife.mean(axis=0)
    error = np.maximum(refits.std(axis=0) * np.sqrt(12 / 11), np.sqrt(11 / 12 * (deviations**2).sum(axis=0)))
    kurtosis = (deviations**4).mean(axis=0) / (deviations**2).mean(axis=0) ** 2
    solved = sum(passes > 0 for passes in FIRST)
    free = np.maximum(np.clip(24 / (kurtosis - 1 + 2 / 11), 1, solved - 1) / 2, 1)
    half = student.ppf((1 + confidence) / 2, free) * error
    for value, ends, width in zip((fitted.law.a, fitted.law.b), (fitted.law.a_interval, fitted.law.b_interval), half, strict=True):
        assert ends == pytest.approx((value * np.exp(width), value * np.exp(-width)), rel=1e-3)
    assert (fitted.lower < fitted.coverage).all() and (fitted.coverage < fitted.upper).all()


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95])
def test_at_the_ends_of_an_interval_the_profile_of_a_population_has_risen_by_half_of_students_t_squared(confidence: float) -> None:
    fitted = populations.fit_with_intervals([N] * 12, FIRST, "beta_binomial", confidence)
    counts = np.array([float(N)] * 12), np.array(FIRST, dtype=float), np.ones(12)

    def profile(place: int, end: float) -> float:
        """The least loss over the other parameter, on a grid."""
        other = np.linspace(-6, 8, 4001)
        points = np.stack([np.full(other.size, np.log(end)), other] if place == 0 else [other, np.full(other.size, np.log(end))], axis=1)
        return min(populations._beta_binomial(point, *counts)[0] for point in points)

    least = populations._beta_binomial(np.log([fitted.alpha, fitted.beta]), *counts)[0]
    rise = student.ppf((1 + confidence) / 2, 10) ** 2 / 2
    for place, ends in enumerate((fitted.alpha_interval, fitted.beta_interval)):
        for end in ends:
            assert end is not None and profile(place, end) - least == pytest.approx(rise, abs=0.01)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95])
def test_intervals_of_a_family_are_quantiles_of_its_resamples(confidence: float) -> None:
    n, c = np.full((2, 12), N), np.array([FIRST, SECOND])
    fitted = families.compare_family(n, c, 80, confidence, 3)
    weights = np.random.default_rng(3).multinomial(12, np.full(12, 1 / 12), size=80) / 12
    ks = families.model_curve(n[0], c[0]).k
    tables = [pass_at_k(n[model], c[model], ks) for model in (0, 1)]
    again = [families._gaps([families.ModelCurve(ks, row @ table) for table in tables]) for row in weights]
    gaps = [(one.after, one.before) for one in again if one is not None]
    assert fitted.replicates == len(gaps)
    assert [list(fitted.after_interval), list(fitted.before_interval)] == bounds(gaps, confidence)


def test_a_percentile_interval_is_quantiles_of_resampled_means() -> None:
    values = np.random.default_rng(1).random((12, 3))
    drawn = resamples(12, 200, 3)
    found = percentile_interval(values, drawn, 0.8)
    means = drawn.counts @ values / 12
    assert found.lower == pytest.approx(np.quantile(means, 0.1, axis=0)) and found.upper == pytest.approx(np.quantile(means, 0.9, axis=0))


@pytest.mark.parametrize("function", ["bins", "forecasts"])
def test_a_level_reaches_every_interval(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested intervals, strictly: a fixed level would make them alike."""
    monkeypatch.setattr(forecasts, "HOLD_OUTS", 4)

    def widths(confidence: float) -> list[float]:
        if function == "forecasts":
            best = forecasts.forecast_coverage([N] * 12, FIRST, 120, confidence, 3).forecasts[0]
            assert best.others is not None
            return [float(best.others.upper[place] - best.others.lower[place]) for place in (0, 10, -1)]
        curves = difficulty.coverage_by_bin([N] * 12, SECOND, [1] * 6 + [2] * 6, 300, confidence, 3)
        return [float(one.upper[0] - one.lower[0]) for one in curves.values()]

    narrow, middle, wide = (widths(confidence) for confidence in (0.5, 0.8, 0.95))
    assert all(a < b < c for a, b, c in zip(narrow, middle, wide, strict=True)) and len(narrow) > 1


# The standard error over samples.


@pytest.mark.parametrize("k", [1, 3, 6])
def test_sampling_error_is_the_spread_of_coverage_over_other_samples(k: int) -> None:
    """2,000 studies of the same 20 problems: the mean of the squared error is the variance of coverage."""
    generator = np.random.default_rng(5)
    chances = generator.beta(0.6, 2, size=20)
    drawn = generator.binomial(N, chances, size=(2000, 20))
    means = np.array([pass_at_k([N] * 20, row, [k]).mean() for row in drawn])
    errors = np.array([sampling_error([N] * 20, row, [k])[0] for row in drawn])
    assert (errors**2).mean() == pytest.approx(means.var(), rel=0.12)


def test_sampling_error_needs_twice_the_samples() -> None:
    found = sampling_error([N] * 12, FIRST, range(1, N + 1))
    assert np.isfinite(found[: N // 2]).all() and np.isnan(found[N // 2 :]).all()
    assert np.isnan(sampling_error([N] * 11 + [5], [*FIRST[:11], 2], [3])).all()
    curve = coverage.coverage_curve([N] * 12, FIRST, [2, 5], 100, 0.8, 3)
    assert curve.sampling_error == pytest.approx(sampling_error([N] * 12, FIRST, [2, 5]))
