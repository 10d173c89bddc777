from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from monkeys.statistics.coverage import log_spaced, pass_at_k, resample_weights
from monkeys.statistics.law_fits import fit_curves
from monkeys.statistics.scaling_laws import LOSSES, FittedLaw, fit_law, fit_power_law, fitting_points, power_law


@pytest.fixture(scope="module")
def fit(shared_data: Callable[[str], Path]) -> Callable[[str, str], FittedLaw]:
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv"))

    def of(model: str, loss: str, bootstrap: int = 30) -> FittedLaw:
        counts = table[table["model"] == model]
        assert len(counts) == 128
        return fit_law(counts["n"], counts["c"], loss, bootstrap=bootstrap, confidence=0.95, seed=0)

    return of


def test_points_are_log_spaced_whole_numbers_with_their_duplicates() -> None:
    assert log_spaced(1000, 4).tolist() == [1, 10, 100, 1000]
    grid = log_spaced(10_000, 40)
    assert len(grid) == 40
    assert len(set(grid.tolist())) < 40
    assert grid[0] == 1
    assert grid[-1] == 10_000
    assert log_spaced(3, 5).tolist() == [1, 1, 2, 2, 3]


def test_the_law_is_an_exponentiated_power() -> None:
    assert power_law(np.array([1.0, 4.0]), -2.0, -0.5).tolist() == pytest.approx([np.exp(-2), np.exp(-1)], rel=1e-14)


@pytest.mark.parametrize("loss", ["log", "linear"])
@pytest.mark.parametrize(("a", "b"), [(-7.6, -0.18), (-3.9, -0.35), (-0.5, -0.9), (-1.0, -0.05)])
def test_a_curve_that_is_a_law_gives_its_parameters_back(loss: str, a: float, b: float) -> None:
    k = log_spaced(10_000, 40)
    assert fit_power_law(k, np.exp(a * k.astype(float) ** b), loss) == pytest.approx((a, b), rel=1e-4)


def test_the_loss_is_what_the_fit_minimises() -> None:
    k = log_spaced(1000, 40).astype(float)
    c = 0.9 / (1 + 20 * k**-0.7)
    losses = {"log": lambda a, b: ((np.log(c) - a * k**b) ** 2).sum(), "linear": lambda a, b: ((c - np.exp(a * k**b)) ** 2).sum()}
    for name, loss in losses.items():
        a, b = fit_power_law(k, c, name)
        nearby = [loss(a * (1 + da), b * (1 + db)) for da in (-0.01, 0, 0.01) for db in (-0.01, 0, 0.01) if da or db]
        assert loss(a, b) < min(nearby)
    assert fit_power_law(k, c, "log") != pytest.approx(fit_power_law(k, c, "linear"), rel=0.01)


@pytest.mark.parametrize("loss", ["log", "linear"])
def test_points_without_coverage_are_left_out(loss: str) -> None:
    k = np.array([1, 2, 5, 10, 20, 50])
    c = np.where(k < 4, 0, np.exp(-5 * k**-0.4))
    assert fit_power_law(k, c, loss) == pytest.approx(fit_power_law(k[2:], c[2:], loss), rel=1e-9)


@pytest.mark.parametrize("coverage", [[0, 0, 0, 0], [0, 0, 0.1, 0.2]])
def test_too_few_points_are_told(coverage: list[float]) -> None:
    with pytest.raises(ValueError, match=rf"above 0 at {sum(c > 0 for c in coverage)} different k only"):
        fit_power_law([1, 2, 3, 4], coverage, "log")


def test_repeated_points_count_once() -> None:
    with pytest.raises(ValueError, match="above 0 at 2 different k only"):
        fit_power_law([1, 1, 1, 2, 2], [0.1, 0.1, 0.1, 0.2, 0.2], "log")


@pytest.mark.parametrize("loss", ["log", "linear"])
def test_problems_that_are_always_solved_have_no_law(loss: str) -> None:
    with pytest.raises(ValueError, match="coverage is the same at every k; there is no growth to fit"):
        fit_law([10] * 4, [10] * 4, loss, bootstrap=10, confidence=0.9, seed=0)


@pytest.mark.parametrize("loss", ["log", "linear", "log_log"])
def test_a_curve_that_does_not_grow_has_no_law(loss: str) -> None:
    with pytest.raises(ValueError, match="there is no growth to fit"):
        fit_law([20] * 4, [20, 20, 0, 0], loss, bootstrap=10, confidence=0.9, seed=0)
    with pytest.raises(ValueError, match="no law of growing coverage"):
        fit_power_law([1, 2, 5, 10, 20], [0.5, 0.45, 0.4, 0.35, 0.3], loss)


def test_too_few_samples_are_told() -> None:
    with pytest.raises(ValueError, match="the curve has 2 points only; draw at least 3 samples a problem"):
        fit_law([10, 2], [1, 1], "log", bootstrap=10, confidence=0.9, seed=0)


@pytest.mark.parametrize("loss", ["log", "linear"])
def test_problems_that_are_never_solved_are_told(loss: str) -> None:
    with pytest.raises(ValueError, match="coverage is above 0 at 0 different k only"):
        fit_law([10] * 4, [0] * 4, loss, bootstrap=10, confidence=0.9, seed=0)


def test_resamples_without_a_solved_problem_are_left_out_and_counted() -> None:
    """With one of three problems solved, (2/3)^3 = 0.30 of the resamples hold none that is."""
    law = fit_law([20] * 3, [2, 0, 0], "log", bootstrap=400, confidence=0.9, seed=0).law
    assert law.replicates == pytest.approx(400 * (1 - (2 / 3) ** 3), abs=5 * np.sqrt(400 * 0.3 * 0.7))


def test_the_curve_reaches_to_the_smallest_number_of_samples() -> None:
    fitted = fit_law([50, 20, 30], [5, 1, 3], "log", bootstrap=10, confidence=0.9, seed=0)
    assert fitted.k.tolist() == log_spaced(20, 100).tolist()


def test_errors_and_band_are_those_of_the_curve() -> None:
    n, c = [40] * 6, [0, 1, 2, 5, 20, 0]
    fitted = fit_law(n, c, "linear", bootstrap=200, confidence=0.95, seed=4)
    values = np.exp(fitted.law.a * fitted.k.astype(float) ** fitted.law.b)
    assert fitted.coverage == pytest.approx(values, rel=1e-12)
    error = np.abs(pass_at_k(n, c, fitted.k).mean(axis=0) - values)
    assert (fitted.law.error_mean, fitted.law.error_sd) == pytest.approx((error.mean(), error.std()), rel=1e-9)
    assert (fitted.lower < fitted.upper).all()
    assert ((fitted.lower < values) & (values < fitted.upper)).all()


def test_the_same_seed_gives_the_same_law() -> None:
    one, two, other = (fit_law([40] * 5, [0, 1, 2, 5, 20], "log", 50, 0.95, seed).law for seed in (1, 1, 2))
    assert one == two
    assert (one.a, one.b) == (other.a, other.b)
    assert one.b_interval != other.b_interval


@pytest.mark.parametrize(
    ("model", "loss", "a", "b", "error", "sd"),
    [
        ("Pythia 70M", "log", (-7.60, 0.005), (-0.18, 0.005), (0.0052, 5e-5), (0.0072, 5e-5)),
        ("Pythia 12B", "log", (-3.93, 0.005), (-0.35, 0.005), (0.019, 5e-4), None),
        ("Pythia 70M", "linear", (-8.29, 0.005), (-0.199, 5e-4), (0.0008, 5e-5), None),
        ("Pythia 12B", "linear", (-4.31, 0.02), None, None, None),
    ],
)
def test_laws_of_pythia_are_the_papers(
    fit: Callable[[str, str], FittedLaw],
    model: str,
    loss: str,
    a: tuple[float, float],
    b: tuple[float, float] | None,
    error: tuple[float, float] | None,
    sd: tuple[float, float] | None,
) -> None:
    law = fit(model, loss).law
    for found, expected in ((law.a, a), (law.b, b), (law.error_mean, error), (law.error_sd, sd)):
        if expected is not None:
            assert found == pytest.approx(expected[0], abs=expected[1])
    assert law.loss == loss
    assert law.a_interval[0] < law.a < law.a_interval[1]
    assert law.b_interval[0] < law.b < law.b_interval[1]
    assert law.replicates == 30


@pytest.mark.parametrize(("model", "a", "b"), [("Pythia 70M", -8.026, -0.194), ("Pythia 12B", -4.113, -0.370)])
def test_the_log_log_regression_is_that_of_schaeffer_et_al(fit: Callable[[str, str], FittedLaw], model: str, a: float, b: float) -> None:
    law = fit(model, "log_log").law
    assert (law.a, law.b) == pytest.approx((a, b), abs=1e-3)
    assert law.a_interval[0] < law.a < law.a_interval[1]
    assert law.b_interval[0] < law.b < law.b_interval[1]


def test_the_law_of_pythia_12b_is_that_of_the_papers_third_version(fit: Callable[[str, str], FittedLaw]) -> None:
    """Its a is printed as -3.92; these counts give -3.932."""
    law = fit("Pythia 12B", "log").law
    assert law.a == pytest.approx(-3.92, abs=0.015)
    assert law.b == pytest.approx(-0.35, abs=0.005)
    assert (law.error_mean, law.error_sd) == pytest.approx((0.0189, 0.0118), abs=5e-4)


@pytest.mark.parametrize("coverage", [[0, 0.1, 0.5, 1], [0, 0, 0, 0], [1, 1, 1, 1]])
def test_a_log_log_regression_needs_three_points_between_nought_and_one(coverage: list[float]) -> None:
    points = sum(0 < c < 1 for c in coverage)
    with pytest.raises(ValueError, match=f"coverage is between 0 and 1 at {points} different k only; a law of two parameters needs three"):
        fit_power_law([1, 2, 3, 4], coverage, "log_log")


@pytest.mark.parametrize(
    ("model", "a_log10", "b"),
    [
        ("Pythia 160M", -2.79, -0.27),
        ("Pythia 410M", -2.34, -0.28),
        ("Pythia 1B", -2.21, -0.29),
        ("Pythia 2.8B", -1.78, -0.33),
        ("Pythia 6.9B", -1.83, -0.34),
    ],
)
def test_laws_of_the_papers_first_version_come_of_each_k_once(fit: Callable[[str, str], FittedLaw], model: str, a_log10: float, b: float) -> None:
    """It prints a / ln 10."""
    law = fit(model, "log_distinct").law
    assert (law.a_log10, law.b) == pytest.approx((a_log10, b), abs=0.005)
    assert law.a == pytest.approx(law.a_log10 * np.log(10), rel=1e-12)
    again = fit(model, "log").law
    assert (again.a_log10, again.b) != pytest.approx((a_log10, b), abs=0.005)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_many_curves_are_fitted_as_one_is(loss: str) -> None:
    random = np.random.default_rng(0)
    k = fitting_points(300, loss)
    curves = np.exp(-random.uniform(0.3, 9, size=(40, 1)) * k ** -random.uniform(0.05, 1.5, size=(40, 1)))
    curves *= np.exp(0.05 * np.cumsum(random.normal(size=curves.shape), axis=1) / np.sqrt(k.size))
    curves[0], curves[1, :-2], curves[2] = 0, 0, 0.3
    found = fit_curves(k.astype(float), curves := np.clip(curves, 0, 1), loss)
    for row, curve in zip(found, curves, strict=True):
        try:
            expected = fit_power_law(k, curve, loss)
        except ValueError:
            assert np.isnan(row).all()
            continue
        assert row == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("correct", [[2, 0, 0, 0], [5]])
def test_one_solved_problem_tells_no_law(correct: list[int]) -> None:
    law = fit_law([20] * len(correct), correct, "log", bootstrap=50, confidence=0.95, seed=0).law
    assert law.a_interval == law.b_interval == (None, None)
    assert law.doubts == {"a": "not determined by the counts", "b": "not determined by the counts"}


def test_a_wide_interval_is_said_to_tell_little() -> None:
    law = fit_law([30] * 8, [5, 0, 0, 0, 0, 2, 0, 0], "log", bootstrap=200, confidence=0.95, seed=0).law
    low, high = law.a_interval
    assert low is not None and high is not None and low < law.a < high < 0
    assert law.doubts["a"] == f"not determined, anywhere from {low:.3g} to {high:.3g}"


def test_the_largest_error_is_told_with_its_k() -> None:
    fitted = fit_law([40] * 6, [0, 1, 2, 5, 20, 0], "linear", bootstrap=20, confidence=0.95, seed=4)
    error = np.abs(pass_at_k([40] * 6, [0, 1, 2, 5, 20, 0], fitted.k).mean(axis=0) - fitted.coverage)
    assert fitted.law.error_largest == pytest.approx(error.max(), rel=1e-12)
    assert fitted.law.error_largest_k == fitted.k[error.argmax()]


@pytest.mark.parametrize("solved", [4, 12, 30, 55])
def test_interval_and_band_are_students_t_of_the_larger_error(solved: int) -> None:
    """Errors by bootstrap and by leaving out problems, fitted one by one; degrees of freedom are halved, and few where few problems are solved."""
    random = np.random.default_rng(solved)
    n, c = np.full(60, 40), np.where(np.arange(60) < solved, random.integers(1, 9 if solved > 4 else 3, size=60), 0)
    ks = fitting_points(40, "log")
    table = pass_at_k(n, c, ks)
    found = fit_law(n, c, "log", 300, 0.9, 3)
    logs = np.log([[-a, -b] for a, b in (fit_power_law(ks, row, "log") for row in resample_weights(60, 300, 3) @ table if row.any())])
    apart = np.log([[-a, -b] for a, b in (fit_power_law(ks, np.delete(table, place, axis=0).mean(axis=0), "log") for place in range(60))])
    errors = {"bootstrap": logs.std(axis=0, ddof=0) * np.sqrt(60 / 59), "jackknife": np.sqrt(59 * apart.var(axis=0))}
    deviations = apart - apart.mean(axis=0)
    kurtosis = (deviations**4).mean(axis=0) / (deviations**2).mean(axis=0) ** 2
    free = np.maximum(np.clip(2 * 60 / (kurtosis - 1 + 2 / 59), 1, solved - 1) / 2, 1)
    widths = t.ppf(0.95, free) * np.maximum(*errors.values())
    for (low, high), value, width in zip((found.law.a_interval, found.law.b_interval), (found.law.a, found.law.b), widths, strict=True):
        assert (low, high) == pytest.approx((value * np.exp(width), value * np.exp(-width)), rel=1e-3)
    # At k = 1 the band is that of a alone; the law's width on it changes with k.
    lower, upper = -np.log(found.lower), -np.log(found.upper)
    assert np.log(lower / upper)[0] / 2 == pytest.approx(widths[0], rel=1e-3)
    assert np.ptp(np.log(lower / upper)) > 0.01
