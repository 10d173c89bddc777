from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import betaln

from monkeys.statistics import forecasts
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.forecasts import (
    ESTIMATORS,
    FAR_OFF,
    KINDS,
    RECOMMENDED,
    Coverage,
    Forecast,
    Forecasts,
    fit_curves,
    forecast_coverage,
    forecast_points,
)

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]
FEW = 8
"""Resamples of the problems, where their number is not what is tested: they give the interval's width and nothing else."""


def truth(alpha: float, beta: float, ks: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(-np.expm1(betaln(alpha, beta + ks) - betaln(alpha, beta)))


def drawn(problems: int = 400, alpha: float = 0.4, beta: float = 12.0, samples: int = 200, seed: int = 0) -> Counts:
    random = np.random.default_rng(seed)
    n = np.full(problems, samples)
    return n, random.binomial(n, random.beta(alpha, beta, size=problems))


def named(found: Forecasts) -> dict[str, Forecast]:
    return {forecast.estimator: forecast for forecast in found.forecasts}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "REFITS", FEW)


@pytest.fixture
def kinds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fitted but what the recommended forecast may be made of, which spares most of the time and leaves it as it is."""

    def fit(coverage: Coverage, estimators: Sequence[str] = KINDS, *more: Any, **named: Any) -> Any:
        return fit_curves(coverage, estimators, *more, **named)

    monkeypatch.setattr(forecasts, "fit_curves", fit)


@pytest.fixture(scope="module")
def found() -> Forecasts:
    """400 problems of 200 samples, forecast to ten times as many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecasts, "REFITS", FEW)
        return forecast_coverage(*drawn(), 2000, 0.95, seed=0)


def test_points_reach_from_behind_the_samples_to_the_last() -> None:
    points = forecast_points(1000, 10_000)
    assert points[0] > 1000
    assert points[-1] == 10_000
    assert (np.diff(points) > 0).all()
    assert forecast_points(10, 12).tolist() == [11, 12]


def test_every_forecast_has_a_record(found: Forecasts) -> None:
    assert found.forecasts[0].estimator == RECOMMENDED
    assert {forecast.estimator for forecast in found.forecasts} | set(found.left_out) == {RECOMMENDED, *ESTIMATORS}
    assert not found.left_out
    for forecast in found.forecasts:
        record = forecast.record
        assert record.hold_outs == forecasts.HOLD_OUTS
        assert 0 < record.mean_absolute_error <= record.root_mean_square
        assert abs(record.bias) <= record.mean_absolute_error
        assert forecast.description


def test_what_is_forecast_is_said(found: Forecasts) -> None:
    assert (found.samples, found.factor) == (200, 10)
    assert (found.ks == forecast_points(200, 2000)).all()
    for forecast in found.forecasts:
        assert forecast.coverage.shape == forecast.lower.shape == forecast.upper.shape == found.ks.shape


def test_coverage_rises_with_k_and_its_interval_holds_it(found: Forecasts) -> None:
    for forecast in found.forecasts:
        assert (np.diff(forecast.coverage) > 0).all()
        assert (forecast.lower >= 0).all()
        assert (forecast.lower < forecast.coverage).all()
        assert (forecast.coverage < forecast.upper).all()
        assert (forecast.upper <= 1).all()
        assert forecast.upper[-1] - forecast.lower[-1] > forecast.upper[0] - forecast.lower[0]


def test_members_are_those_of_each_kind_whose_record_is_not_far_off(found: Forecasts) -> None:
    records = {name: forecast.record.mean_absolute_error for name, forecast in named(found).items()}
    least = min(records[kind] for kind in KINDS)
    assert found.members == tuple(kind for kind in KINDS if records[kind] <= FAR_OFF * least)
    members = [named(found)[name].coverage for name in found.members]
    assert found.forecasts[0].coverage == pytest.approx(np.mean(members, axis=0), rel=1e-12)
    assert found.forecasts[0].description == f"mean of {len(members)} estimators"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("far_off", [1.0, 1e6])
def test_how_far_off_a_member_may_be_is_what_decides(far_off: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "FAR_OFF", far_off)
    found = forecast_coverage(*drawn(60), 2000, 0.95, seed=0)
    records = {name: forecast.record.mean_absolute_error for name, forecast in named(found).items()}
    assert found.members == (KINDS if far_off > 1 else (min(KINDS, key=lambda kind: records[kind]),))


def test_the_population_that_the_counts_come_from_is_forecast(found: Forecasts) -> None:
    """What is left is the luck of 400 problems, a standard deviation of some 0.02."""
    forecast = named(found)["beta_binomial"]
    assert forecast.coverage == pytest.approx(truth(0.4, 12, found.ks), abs=0.04)
    assert ((forecast.lower < truth(0.4, 12, found.ks)) & (truth(0.4, 12, found.ks) < forecast.upper)).all()


def test_many_problems_are_forecast_closely() -> None:
    n, c = drawn(4000)
    curves, left_out = fit_curves(Coverage(n, c))
    assert not left_out
    ks = np.array([400, 2000])
    assert curves["beta_binomial"](ks.astype(float)) == pytest.approx(truth(0.4, 12, ks), abs=0.015)


def test_curves_start_from_the_coverage_that_was_seen() -> None:
    n, c = drawn(100)
    coverage = Coverage(n, c)
    assert coverage.anchor == 40
    curves, _ = fit_curves(coverage)
    seen = pass_at_k(n, c, [40]).mean()
    assert coverage.at([40], np.ones(100)) == pytest.approx([seen], rel=1e-12)
    for name, curve in curves.items():
        assert curve(np.array([40.0])) == pytest.approx([seen], rel=1e-9), name


def test_weights_are_repeated_problems() -> None:
    n, c = drawn(60)
    weights = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60))
    weighted, _ = fit_curves(Coverage(n, c), weights=weights.astype(float))
    repeated, _ = fit_curves(Coverage(np.repeat(n, weights), np.repeat(c, weights)))
    ks = np.array([500.0, 2000.0])
    for name in ESTIMATORS:
        assert weighted[name](ks) == pytest.approx(repeated[name](ks), abs=1e-4), name


@pytest.mark.usefixtures("quick")
def test_a_hold_out_is_a_part_of_every_problems_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """n / factor of each, so that the record looks as many times further as the forecast does."""
    seen: list[Counts] = []

    class Seen(Coverage):
        def __init__(self, samples: NDArray[np.int64], correct: NDArray[np.int64]) -> None:
            seen.append((samples, correct))
            super().__init__(samples, correct)

    monkeypatch.setattr(forecasts, "Coverage", Seen)
    n, c = drawn(60)
    n = np.where(np.arange(60) < 30, n, 3 * n)
    forecast_coverage(n, c, 1000, 0.95, seed=0)
    (whole, *parts) = seen
    assert (whole[0] == n).all()
    assert len(parts) == forecasts.HOLD_OUTS
    for held, correct in parts:
        assert (held == n // 5).all()
        assert ((correct >= 0) & (correct <= np.minimum(held, c))).all()
    assert len({tuple(correct) for _, correct in parts}) == len(parts)
    assert np.mean([correct.sum() for _, correct in parts]) == pytest.approx(c.sum() / 5, rel=0.1)


@pytest.mark.usefixtures("quick")
def test_unequal_numbers_of_samples_are_taken_as_they_are() -> None:
    """The forecast goes on from the smallest, and what is fitted to counts uses all."""
    random = np.random.default_rng(0)
    n = random.choice([150, 300, 1200], size=300)
    found = forecast_coverage(n, random.binomial(n, random.beta(0.4, 12.0, size=300)), 1500, 0.95, seed=0)
    assert (found.samples, found.factor) == (150, 10)
    assert named(found)["beta_binomial"].coverage == pytest.approx(truth(0.4, 12, found.ks), abs=0.05)
    assert all(np.isfinite(forecast.coverage).all() for forecast in found.forecasts)


@pytest.mark.usefixtures("quick", "kinds_only")
def test_the_same_seed_gives_the_same_forecasts() -> None:
    one, same, other = (forecast_coverage(*drawn(50), 1000, 0.95, seed) for seed in (1, 1, 2))
    for first, second in zip(one.forecasts, same.forecasts, strict=True):
        assert first.record == second.record
        assert all((getattr(first, name) == getattr(second, name)).all() for name in ("coverage", "lower", "upper"))
    assert one.forecasts[0].record != other.forecasts[0].record
    assert (named(one)["log"].coverage == named(other)["log"].coverage).all()


@pytest.mark.usefixtures("quick", "kinds_only")
def test_a_higher_confidence_makes_a_wider_interval() -> None:
    narrow, wide = (forecast_coverage(*drawn(50), 1000, confidence, seed=0).forecasts[0] for confidence in (0.5, 0.95))
    assert (wide.lower < narrow.lower).all()
    assert (narrow.upper < wide.upper).all()
    assert (narrow.coverage == wide.coverage).all()


@pytest.mark.parametrize("largest", [200, 150])
def test_what_was_drawn_is_no_forecast(largest: int) -> None:
    with pytest.raises(ValueError, match=f"{largest} samples is no forecast, for 200 were drawn"):
        forecast_coverage(*drawn(20), largest, 0.95, seed=0)


def test_too_few_samples_for_a_hold_out_are_told() -> None:
    said = "a hold-out for 10 times as many samples would have 6 of 60 samples a problem, and needs 10; draw more, or look less far"
    with pytest.raises(ValueError, match=said):
        forecast_coverage([60] * 20, [5] * 20, 600, 0.95, seed=0)


def test_too_few_solved_problems_are_told() -> None:
    with pytest.raises(ValueError, match="2 problems were solved; a forecast needs 3"):
        forecast_coverage([200] * 20, [5, 1] + [0] * 18, 2000, 0.95, seed=0)


def test_problems_that_a_part_of_the_samples_does_not_solve_are_told() -> None:
    """Three problems solved once each: a tenth of the samples mostly solves none of them."""
    with pytest.raises(
        ValueError, match="no estimator could be fitted in half of the hold-outs; too few problems are solved in a tenth of the samples"
    ):
        forecast_coverage([200] * 20, [1, 1, 1] + [0] * 17, 2000, 0.95, seed=0)


@pytest.mark.usefixtures("quick")
def test_an_estimator_that_cannot_be_fitted_is_left_out_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = forecasts.fit_population

    def failing(n: object, c: object, name: str, *more: object) -> object:
        if name == "scaled_beta":
            raise ValueError("a reason")
        return fit(n, c, name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(forecasts, "fit_population", failing)
    found = forecast_coverage(*drawn(50), 1000, 0.95, seed=0)
    assert found.left_out == {"scaled_beta": "a reason"}
    assert set(named(found)) == {RECOMMENDED, *ESTIMATORS} - {"scaled_beta"}


@pytest.mark.usefixtures("quick")
def test_problems_that_are_all_solved_are_forecast_or_refused_with_a_reason() -> None:
    """There is no more to solve: whatever can be fitted says so."""
    n, c = np.full(12, 200), np.random.default_rng(0).integers(60, 200, size=12)
    found = forecast_coverage(n, c, 2000, 0.95, seed=0)
    assert found.forecasts[0].coverage == pytest.approx(np.ones(found.ks.size), abs=1e-6)


def test_estimators_that_are_no_member_leave_the_recommended_forecast_as_it_is(found: Forecasts, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("quick")
    request.getfixturevalue("kinds_only")
    alone = forecast_coverage(*drawn(), 2000, 0.95, seed=0)
    assert set(named(alone)) == {RECOMMENDED, *KINDS}
    assert alone.forecasts[0].record == found.forecasts[0].record
    for name in ("coverage", "lower", "upper"):
        assert (getattr(alone.forecasts[0], name) == getattr(found.forecasts[0], name)).all()


@pytest.mark.usefixtures("kinds_only")
def test_pythias_coverage_at_ten_times_the_samples_is_forecast(shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 of the 10,000 samples of each problem are taken at random, three times, and pass@10,000 is what is to come."""
    monkeypatch.setattr(forecasts, "REFITS", 1)
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv"))
    errors = []
    for seed in (0, 1, 2):
        random = np.random.default_rng(seed)
        for _, rows in table.groupby("model"):
            n, c = rows["n"].to_numpy(), rows["c"].to_numpy()
            part = random.hypergeometric(c, n - c, 1000)
            found = forecast_coverage(np.full(n.size, 1000), part, 10_000, 0.95, seed=0)
            assert found.ks[-1] == 10_000
            errors.append(abs(float(found.forecasts[0].coverage[-1]) - float((c > 0).mean())))
    means = np.array(errors).reshape(3, 7).mean(axis=1)
    # 0.021, 0.010 and 0.020.
    assert means.mean() <= 0.025
    assert max(errors) < 0.1
