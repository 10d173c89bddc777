from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import betaln
from scipy.stats import beta as beta_distribution

from monkeys.statistics import forecasts
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.extrapolation import ESTIMATORS, MEMBERS, Curve, fit_estimator
from monkeys.statistics.forecasts import (
    RECOMMENDED,
    Extrapolation,
    Forecast,
    Forecasts,
    forecast_coverage,
    forecast_points,
    held_samples,
    hold_out_errors,
)

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]


def truth(alpha: float, beta: float, ks: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(-np.expm1(betaln(alpha, beta + ks) - betaln(alpha, beta)))


def drawn(problems: int = 400, alpha: float = 0.4, beta: float = 12.0, samples: int = 200, seed: int = 0) -> Counts:
    random = np.random.default_rng(seed)
    n = np.full(problems, samples)
    return n, random.binomial(n, random.beta(alpha, beta, size=problems))


def named(found: Forecasts) -> dict[str, Forecast]:
    return {forecast.estimator: forecast for forecast in found.forecasts}


SATURATED = np.array([200] * 24 + [150] * 3 + [1, 0, 0])
HARD = np.array([0] * 57 + [1, 1, 3])
UNEQUAL = np.array([200, 400, 1000] * 10)


@pytest.fixture(scope="module")
def found() -> Forecasts:
    """400 problems of 200 samples, forecast to ten times as many."""
    return forecast_coverage(*drawn(), 2000, 0.95, seed=0)


def test_points_reach_from_the_samples_to_the_last() -> None:
    points = forecast_points(1000, 10_000)
    assert (points[0], points[-1]) == (1000, 10_000)
    assert (np.diff(points) > 0).all()
    assert forecast_points(10, 12).tolist() == [10, 11, 12]


def test_every_forecast_has_a_record(found: Forecasts) -> None:
    assert found.forecasts[0].estimator == RECOMMENDED
    assert {forecast.estimator for forecast in found.forecasts} | set(found.left_out) == {RECOMMENDED, *ESTIMATORS}
    assert not found.left_out
    assert found.members == tuple(MEMBERS)
    for forecast in found.forecasts:
        record = forecast.record
        assert record.hold_outs == forecasts.HOLD_OUTS
        assert 0 < record.mean_absolute_error <= record.root_mean_square
        assert abs(record.bias) <= record.mean_absolute_error
        assert forecast.description
        assert (record.inside is not None) == (forecast.estimator == RECOMMENDED) == (forecast.these is not None) == (forecast.others is not None)


@pytest.mark.parametrize(
    ("n", "c"),
    [
        drawn(60),
        drawn(30, samples=10),
        (np.full(30, 200), SATURATED),
        (np.full(60, 200), HARD),
        (UNEQUAL, np.minimum(UNEQUAL, drawn(30)[1])),
        (np.full(20, 50), np.full(20, 50)),
        (np.full(20, 50), np.array([1] + [0] * 19)),
    ],
    ids=["usual", "ten samples", "saturated", "hard", "unequal", "all solved", "one solved once"],
)
def test_forecasts_begin_on_the_curve_and_never_fall_below_what_was_reached(n: NDArray[np.int64], c: NDArray[np.int64]) -> None:
    found = forecast_coverage(n, c, 10 * int(n.min()), 0.95, seed=0)
    smallest = int(n.min())
    seen = float(pass_at_k(n, c, [smallest]).mean())
    # Problems that have enough samples are known; of others, those that were solved are.
    floor = [np.where(n >= k, pass_at_k(n, c, [min(k, int(n.max()))])[:, 0], c > 0).mean() if k <= n.max() else (c > 0).mean() for k in found.ks]
    for one in found.forecasts:
        assert one.coverage[0] == pytest.approx(seen, abs=1e-12), one.estimator
        assert (np.diff(one.coverage) >= 0).all()
        assert (one.coverage >= np.array(floor) - 1e-9).all()
        assert one.coverage[-1] <= 1
        for bounds in (one.these, one.others):
            if bounds is not None:
                assert (bounds.lower <= one.coverage + 1e-12).all() and (one.coverage <= bounds.upper + 1e-12).all()
                assert (np.diff(bounds.lower) >= 0).all() and (np.diff(bounds.upper) >= 0).all()
                assert (bounds.lower >= 0).all() and (bounds.upper <= 1).all()
    best = found.forecasts[0]
    assert best.these is not None and best.others is not None
    assert best.these.lower[0] == best.these.upper[0] == pytest.approx(seen, abs=1e-12)
    assert best.others.upper[0] - best.others.lower[0] > 0.05


def test_bounds_for_other_problems_are_exact_at_the_ends() -> None:
    """At k = n the share of solved problems is binomial; nothing else is known where all are solved; coverage is concave in k, so that it grows at most like k."""
    solved = forecast_coverage(np.full(20, 50), np.full(20, 50), 500, 0.95, seed=0).forecasts[0]
    assert solved.others is not None and solved.these is not None
    assert solved.coverage.tolist() == solved.these.lower.tolist() == [1.0] * solved.coverage.size
    assert solved.others.lower[0] == pytest.approx(0.025 ** (1 / 20), rel=1e-9)
    assert (solved.others.upper == 1).all()
    found = forecast_coverage(np.full(60, 200), HARD, 2000, 0.95, seed=0)
    hard = found.forecasts[0]
    assert hard.others is not None
    low, high = beta_distribution.ppf([0.025, 0.975], [3, 4], [58, 57])
    assert (hard.others.lower[0], hard.others.upper[0]) == pytest.approx((low, high), rel=1e-9)
    assert (hard.others.lower >= low - 1e-12).all()
    assert (hard.others.upper <= high * found.ks / 200 + 1e-12).all()


def test_where_nothing_was_solved_the_exact_bound_is_told() -> None:
    """Ten times the bound of Clopper and Pearson on no success of 128: 1 - 0.025^(1/128) = 2.84 %."""
    with pytest.raises(ValueError, match=r"no problem was solved; of problems like these at most 28\.4% are solved with 500 samples \(95%, exact\)"):
        forecast_coverage([50] * 128, [0] * 128, 500, 0.95, seed=0)


def test_ten_samples_can_be_forecast_with_a_wide_interval() -> None:
    n, c = drawn(128, samples=10)
    found = forecast_coverage(n, c, 100, 0.95, seed=0)
    assert (found.factor, found.record_factor) == (10, 2)
    best = found.forecasts[0]
    assert best.these is not None
    assert best.these.upper[-1] - best.these.lower[-1] > 0.2
    assert best.these.lower[-1] <= truth(0.4, 12, np.array([100]))[0] <= best.these.upper[-1]


def test_a_hold_out_is_a_part_of_every_problems_samples() -> None:
    n = np.array([200, 600])
    assert held_samples(n, int(n.min()), 10).tolist() == [20, 60]
    assert held_samples(np.array([60, 60]), 60, 10).tolist() == [6, 6]
    # A tenth would be too few: five, or half of the samples.
    assert held_samples(np.array([30, 60]), 30, 10).tolist() == [5, 10]
    assert held_samples(np.array([8, 8]), 8, 10).tolist() == [4, 4]


def test_the_record_sees_nothing_but_the_hold_out() -> None:
    """Each hold-out alone, drawn here again, forecasts to the last bit what the record holds; anything that reached it from the whole would show."""
    n, c = drawn(50)
    held = held_samples(n, int(n.min()), 10)
    errors, inside = hold_out_errors(n, c, held, 0.95, seed=4)
    generator, end = np.random.default_rng([4, 1]), np.array([200])
    reached = float(pass_at_k(n, c, end).mean())
    held_truth = 0
    for number in range(forecasts.HOLD_OUTS):
        part = generator.hypergeometric(c, n - c, held)
        alone = Extrapolation(held, part)
        assert errors[RECOMMENDED][number] == alone.recommended(end)[0] - reached
        for name in alone.fitted:
            assert errors[name][number] == alone.single(name, end)[0] - reached, name
        bounds = alone.these(end, 0.95)
        held_truth += bounds.lower[0] - 1e-9 <= reached <= bounds.upper[0] + 1e-9
    assert inside == held_truth


def test_a_record_does_not_depend_on_what_follows_the_hold_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two studies that differ in all samples but those held out are fitted alike there."""
    part = np.minimum(drawn(40, samples=20)[1], 20)
    monkeypatch.setattr(forecasts, "HOLD_OUTS", 1)

    class Fixed:
        def hypergeometric(self, *_: object) -> NDArray[np.int64]:
            return part

    monkeypatch.setattr(forecasts.np.random, "default_rng", lambda _: Fixed())
    n, held = np.full(40, 200), np.full(40, 20)
    predicted = []
    for c in (part, part + 100, np.where(part > 0, 200 - 20 + part, 0)):
        errors, _ = hold_out_errors(n, c, held, 0.95, seed=0)
        reached = float(pass_at_k(n, c, [200]).mean())
        predicted.append([errors[name][0] + reached for name in (RECOMMENDED, *ESTIMATORS)])
    assert predicted[1] == pytest.approx(predicted[0], abs=1e-12, nan_ok=True)
    assert predicted[2] == pytest.approx(predicted[0], abs=1e-12, nan_ok=True)


def test_the_recommended_forecast_is_the_mean_of_the_members_drawn_to_none(found: Forecasts) -> None:
    start = found.forecasts[0].coverage[0]
    newly = 400 * np.mean([named(found)[name].coverage - start for name in MEMBERS], axis=0)
    expected = start + newly**2 / (newly + 0.5) / 400
    assert found.forecasts[0].coverage == pytest.approx(expected, abs=1e-12)


def test_little_growth_is_drawn_to_none() -> None:
    """Two unsolved problems of thirty, 200 samples each: what is expected of them is less than a problem, and is made less."""
    n = np.full(30, 200)
    whole = Extrapolation(n, SATURATED)
    end = np.array([400])
    mean = np.mean([whole.single(name, end) for name in whole.members])
    seen = 28 / 30
    assert seen <= whole.recommended(end)[0] < seen + 0.7 * (mean - seen)


def test_the_population_that_the_counts_come_from_is_forecast(found: Forecasts) -> None:
    """What is left is the luck of 400 problems, a standard deviation of some 0.02."""
    best = found.forecasts[0]
    assert named(found)["beta_binomial"].coverage == pytest.approx(truth(0.4, 12, found.ks), abs=0.05)
    assert best.coverage == pytest.approx(truth(0.4, 12, found.ks), abs=0.06)
    assert best.others is not None
    assert ((best.others.lower < truth(0.4, 12, found.ks)) & (truth(0.4, 12, found.ks) < best.others.upper)).all()


@pytest.mark.parametrize("estimator", ["beta_binomial", "zero_inflated_posterior", "gamma_tail", "zero_inflated_beta_binomial"])
def test_distributions_give_the_share_that_remains(estimator: str) -> None:
    """Of Beta(.4, 12) the share of the problems unsolved by 200 samples that 2,000 leave unsolved is B(.4, 2012) / B(.4, 212)."""
    n, c = drawn(6000)
    remaining = fit_estimator(Curve(n, c), estimator)
    expected = np.exp(betaln(0.4, 2012) - betaln(0.4, 212))
    assert remaining(np.array([2000.0]), np.array([200.0]))[0, 0] == pytest.approx(expected, abs=0.04)
    assert remaining(np.array([200.0, 200.0]), np.array([200.0])).tolist() == [[pytest.approx(1), pytest.approx(1)]]


@pytest.mark.parametrize("estimator", ["log", "linear", "log_log", "log_log_local"])
def test_laws_give_the_share_that_remains(estimator: str) -> None:
    n, c = drawn(200)
    curve = Curve(n, c)
    remaining = fit_estimator(curve, estimator)(np.array([300.0, 2000.0]), np.array([200.0, 250.0]))
    assert remaining.shape == (2, 2)
    # From 250 on what remains at 2,000 is that from 200 on, divided by what remains at 250.
    at_250 = fit_estimator(curve, estimator)(np.array([250.0]), np.array([200.0]))[0, 0]
    assert remaining[1, 1] == pytest.approx(remaining[0, 1] / at_250, rel=1e-9)


def test_more_samples_of_some_problems_are_used() -> None:
    """A problem that 1,000 samples did not solve is hardly solved by 1,010; one that 100 did not solve may be."""
    c = np.array([0, 0, 5, 9, 1, 2, 30, 0, 0, 1])
    few = np.full(10, 100)
    more = np.where(np.arange(10) == 0, 1000, few)
    end = np.array([1000])
    less, known = Extrapolation(few, c).single("beta_binomial", end)[0], Extrapolation(more, c).single("beta_binomial", end)[0]
    assert known < less
    found = forecast_coverage(more, c, 1000, 0.95, seed=0)
    assert found.samples == 100


def test_the_same_seed_gives_the_same_forecasts() -> None:
    one, same, other = (forecast_coverage(*drawn(50), 1000, 0.95, seed) for seed in (1, 1, 2))
    for first, second in zip(one.forecasts, same.forecasts, strict=True):
        assert first.record == second.record
        assert (first.coverage == second.coverage).all()
    assert one.forecasts[0].record != other.forecasts[0].record
    assert (named(one)["log"].coverage == named(other)["log"].coverage).all()


def test_a_higher_confidence_makes_wider_intervals() -> None:
    narrow, wide = (forecast_coverage(*drawn(50), 1000, confidence, seed=0).forecasts[0] for confidence in (0.5, 0.95))
    for inner, outer in ((narrow.these, wide.these), (narrow.others, wide.others)):
        assert inner is not None and outer is not None
        assert outer.lower[-1] < inner.lower[-1] < inner.upper[-1] < outer.upper[-1]
    assert (narrow.coverage == wide.coverage).all()


@pytest.mark.parametrize("largest", [200, 150])
def test_what_was_drawn_is_no_forecast(largest: int) -> None:
    with pytest.raises(ValueError, match=f"{largest} samples is no forecast, for 200 were drawn"):
        forecast_coverage(*drawn(20), largest, 0.95, seed=0)


def test_too_few_samples_are_told() -> None:
    with pytest.raises(ValueError, match="a forecast needs 4 samples of each problem, and one has 3"):
        forecast_coverage([60] * 19 + [3], [2] * 20, 600, 0.95, seed=0)


def test_an_estimator_that_cannot_be_fitted_is_left_out_with_its_reason() -> None:
    """A curve that is done has no growth in its last fifth."""
    found = forecast_coverage(np.full(12, 200), np.random.default_rng(0).integers(150, 200, size=12), 2000, 0.95, seed=0)
    assert "log_odds_local" in found.left_out and "growth between 0 and 1" in found.left_out["log_odds_local"]
    assert {"zero_inflated_posterior", "gamma_tail"} <= set(found.members)
    assert found.forecasts[0].coverage == pytest.approx(np.ones(found.ks.size), abs=1e-12)


def errors_at(pythia: pd.DataFrame, samples: int, largest: int, seeds: Sequence[int], estimators: Sequence[str]) -> pd.Series:
    rows = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        for _, counts in pythia.groupby("model"):
            n, c = counts["n"].to_numpy(), counts["c"].to_numpy()
            part = random.hypergeometric(c, n - c, samples)
            whole, end = Extrapolation(np.full(n.size, samples), part, None, estimators), np.array([largest])
            truth_there = float(pass_at_k(n, c, end).mean())
            values = {name: whole.single(name, end)[0] for name in whole.fitted} | {RECOMMENDED: whole.recommended(end)[0]}
            rows.append({name: abs(value - truth_there) for name, value in values.items()})
    return pd.DataFrame(rows).mean()


@pytest.mark.parametrize(("samples", "largest", "most"), [(10, 100, 0.08), (100, 1000, 0.05), (1000, 10_000, 0.033)])
def test_pythia_is_forecast_better_than_by_no_growth(shared_data: Callable[[str], Path], samples: int, largest: int, most: float) -> None:
    """Three random draws of each of the seven models; docs/tables/forecasts.md has all curves and estimators."""
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv"))
    errors = errors_at(table, samples, largest, (0, 1, 2), (*MEMBERS, "no_growth"))
    assert errors[RECOMMENDED] <= most
    assert errors[RECOMMENDED] < errors["no_growth"] / 2
