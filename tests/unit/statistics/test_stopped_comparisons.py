"""Differences, families and bins of difficulty of samples that stop at successes."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_stopping import outcomes, sampled

import compare_families
import compare_models
import grade_difficulty as grading
from monkeys.reporting.report import by_difficulty, warnings
from monkeys.reporting.results import PairResults
from monkeys.statistics.coverage import coverage_difference
from monkeys.statistics.difficulty import coverage_by_bin, grade_difficulty, success_interval
from monkeys.statistics.families import compare_family, model_curve
from monkeys.statistics.quantiles import beta_quantile
from monkeys.statistics.stopping import Stopping, estimate, reach, stopped_again, stopped_difference, success_bounds
from monkeys.tables.counts import read_counts

LEVEL = ["--bootstrap", "50", "--confidence", "0.9", "--seed", "1"]


@pytest.mark.parametrize(
    ("own", "rule"), [(None, Stopping(1)), (Stopping(3), Stopping(2)), (Stopping(2, 12), Stopping(1, 4)), (None, Stopping(2, 5))]
)
def test_samples_cut_by_a_stricter_rule_are_as_if_drawn_by_it(own: Stopping | None, rule: Stopping) -> None:
    """(n, c) have the distribution of sampling by the stricter rule that ends at 40: every frequent outcome as often."""
    p = np.full(6000, 0.06)
    drawn = sampled(p, own or Stopping(10**6), 120)
    cut = stopped_again(*drawn, own, rule, 40, np.random.default_rng(3))
    again = sampled(p, rule, 40, seed=9)
    found, expected = (pd.Series(list(zip(*map(np.ndarray.tolist, pair), strict=True))).value_counts() for pair in (cut, again))
    often = expected[expected > 100].index
    assert len(often) >= 3
    for outcome in often:
        assert found.get(outcome, 0) == pytest.approx(expected[outcome], abs=4.5 * np.sqrt(2 * expected[outcome]))


@pytest.mark.parametrize("rules", [(Stopping(), Stopping()), (Stopping(1, 10), None), (Stopping(2, 10), Stopping(3, 4))])
def test_equal_models_are_called_different_in_at_most_five_percent_however_they_stop(rules: tuple[Stopping | None, Stopping | None]) -> None:
    random, called, studies = np.random.default_rng(0), 0, 150
    for study in range(studies):
        p = random.beta(0.4, 4, size=40)
        pairs = [
            sampled(p, rule or Stopping(10**6), most, seed=2 * study + side) for side, (rule, most) in enumerate(zip(rules, (80, 100), strict=True))
        ]
        n, c = np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])
        found = stopped_difference(n, c, [1, 20], rules, 0.95, study)
        assert not np.isnan(found.p_value).any()
        called += found.p_value[0] <= 0.05
    assert called <= studies * 0.05 + 3 * np.sqrt(studies * 0.05 * 0.95)


def test_difference_of_stopped_samples_is_unbiased_where_the_usual_one_is_not() -> None:
    """Equal models, one stopped at the first success: the usual difference at pass@1 is far below zero."""
    random, own, usual = np.random.default_rng(0), [], []
    for study in range(60):
        p = random.beta(0.4, 4, size=60)
        (n1, c1), (n2, c2) = sampled(p, Stopping(), 60, seed=2 * study), sampled(p, Stopping(10**6), 60, seed=2 * study + 1)
        n, c = np.stack([n1, n2]), np.stack([c1, c2])
        found = stopped_difference(n, c, [1, 30], (Stopping(), None), 0.95, 0)
        own.append(found.coverage)
        assert (found.lower <= found.coverage).all() and (found.coverage <= found.upper).all()
        usual.append(coverage_difference(n, c, [1], 0.95, 0).coverage[0])
    error = 4 * np.std(own, axis=0) / np.sqrt(60)
    assert (np.abs(np.mean(own, axis=0)) <= error).all()
    assert np.mean(usual) < -0.05


def test_a_better_model_is_seen_through_stopping() -> None:
    p = np.random.default_rng(0).beta(0.5, 8, size=120)
    pairs = [sampled(p * scale, Stopping(), 100, seed=side) for side, scale in enumerate((0.15, 1.0))]
    n, c = np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])
    found = stopped_difference(n, c, [1, 50], (Stopping(), Stopping()), 0.95, 0)
    assert found.p_value[1] < 0.001 and found.lower[1] > 0


def test_k_beyond_the_last_common_batch_has_a_difference_and_no_test() -> None:
    n, c = np.array([[12] * 8, [10] * 8]), np.array([[0, 2, 0, 1, 0, 0, 1, 0], [4, 0, 1, 2, 0, 3, 1, 1]])
    found = stopped_difference(n, c, [1, 8, 9, 10], (Stopping(1, 4), None), 0.95, 0)
    assert np.isnan(found.p_value).tolist() == [False, False, True, True]
    assert not np.isnan(found.coverage).any() and not np.isnan(found.lower).any()
    none = stopped_difference(n[:, :1].repeat(4, axis=1), c[:, :4], [1], (Stopping(1, 12), None), 0.95, 0)
    assert np.isnan(none.p_value).all()


def test_without_a_rule_differences_are_the_usual_ones() -> None:
    n, c = np.full((2, 9), 10), np.array([[0, 2, 0, 1, 0, 0, 1, 0, 5], [4, 0, 1, 2, 0, 3, 1, 1, 9]])
    one, two = stopped_difference(n, c, [1, 5], (None, None), 0.9, 4), coverage_difference(n, c, [1, 5], 0.9, 4)
    for name in ("coverage", "lower", "upper", "p_value"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist()


@pytest.mark.parametrize(("successes", "batch", "most"), [(1, 1, 8), (2, 1, 8), (1, 3, 8), (2, 3, 9)])
@pytest.mark.parametrize("p", [0.02, 0.2, 0.5, 0.9])
def test_exact_bounds_of_success_hold_as_often_as_they_say(successes: int, batch: int, most: int, p: float) -> None:
    """Over every course that sampling may take, each bound is broken with a chance of at most half of what the level leaves."""
    rule, below, above = Stopping(successes, batch), 0.0, 0.0
    for n, c, course in outcomes(rule, most):
        (lower,), (upper,) = success_bounds([n], [c], rule, 0.9)
        assert lower <= c / n <= upper
        chance = p ** sum(course) * (1 - p) ** (n - sum(course))
        below, above = below + chance * (upper < p), above + chance * (lower > p)
    assert below <= 0.05 + 1e-9 and above <= 0.05 + 1e-9


def test_exact_bounds_of_success_have_a_closed_form_without_batches() -> None:
    n, c, rule = np.array([7, 30, 50, 50, 3]), np.array([3, 3, 2, 0, 3]), Stopping(3)
    lower, upper = success_bounds(n, c, rule, 0.95)
    usual_lower, usual_upper = success_interval(n, c, 0.95)
    assert lower == pytest.approx(usual_lower, abs=1e-9)
    assert upper[:2] == pytest.approx(beta_quantile(0.975, 3.0, np.array([4.0, 27.0])), abs=1e-9)
    assert upper[2:4] == pytest.approx(usual_upper[2:4], abs=1e-9) and upper[4] == 1


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, pd.DataFrame]:
    """Counts of three models on 40 problems: two fixed at 60, one stopped at the first success in batches of 4; files in tmp_path."""
    p, found = np.random.default_rng(1).beta(0.6, 5, size=40), {}
    for seed, (name, rule) in enumerate({"stopped": Stopping(1, 4), "fixed": None, "other": None}.items()):
        n, c = sampled(p, rule or Stopping(10**6), 60, seed=seed)
        table = pd.DataFrame({"problem_id": [f"p{number}" for number in range(40)], "n": n, "c": c, "group": None})
        found[name] = table if rule is None else table.assign(stop_successes=1, stop_batch=4)
        found[name].to_csv(tmp_path / f"{name}.csv", index=False)
    return found


def call(script: object, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["script", *map(str, words)])
    script.main()  # type: ignore[attr-defined]


def test_compare_models_reads_each_models_rule(tables: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / f"{name}.csv" for name in tables]
    call(compare_models, monkeypatch, "--models", *tables, "--counts", *files, "--confidence", 0.9, "--seed", 1, "--output", tmp_path / "d.csv")
    found = pd.read_csv(tmp_path / "d.csv")
    for one, two in itertools.combinations(tables, 2):
        rows = found[(found["first"] == one) & (found["second"] == two)]
        assert rows["k"].max() == 60
        n, c = (np.stack([tables[name][column] for name in (one, two)]) for column in ("n", "c"))
        rules = [Stopping(1, 4) if name == "stopped" else None for name in (one, two)]
        again = stopped_difference(n, c, rows["k"], rules, 0.9, 1)
        for column, value in (("difference", again.coverage), ("lower", again.lower), ("upper", again.upper), ("p_value", again.p_value)):
            assert rows[column].tolist() == pytest.approx(value.tolist())


def test_families_shift_curves_by_the_rule(tables: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, n, c = [tmp_path / f"{name}.csv" for name in tables], *(np.stack([table[column] for table in tables.values()]) for column in ("n", "c"))
    where = ("--output", tmp_path / "f.json", "--table", tmp_path / "f.csv")
    call(compare_families, monkeypatch, "--models", *tables, "--families", *["one"] * 3, "--counts", *files, *LEVEL, *where)
    curves = pd.read_csv(tmp_path / "f.csv").groupby("model")
    rule = Stopping(1, 4)
    stopped = curves.get_group("stopped")
    assert stopped["k"].max() == reach(n[0], c[0], rule) == 60
    assert stopped["pass_at_k"].tolist() == pytest.approx(estimate(n[0], c[0], stopped["k"], rule).mean(axis=0).tolist())
    assert curves.get_group("fixed")["pass_at_k"].tolist() == pytest.approx(model_curve(n[1], c[1]).coverage.tolist())
    expected = compare_family(n, c, 50, 0.9, 1, [rule, None, None])
    assert (stopped["k"] / stopped["shifted_k"]).to_numpy() == pytest.approx(expected.shift[0])
    assert expected.after_interval != compare_family(n[1:], c[1:], 50, 0.9, 1).after_interval


def test_stopped_samples_judge_others_and_are_judged_by_others_but_not_by_themselves(
    tables: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, files = Stopping(1, 4), [tmp_path / f"{name}.csv" for name in tables]
    where = ("--problems-output", tmp_path / "p.csv", "--bins-output", tmp_path / "b.csv")
    found = {}
    for reference in ("", "fixed", "stopped"):
        call(
            grading, monkeypatch, "--models", *tables, "--counts", *files, "--reference", *[reference] * bool(reference), "--bins", 2, *LEVEL, *where
        )
        found[reference] = pd.read_csv(tmp_path / "p.csv"), pd.read_csv(tmp_path / "b.csv")
    for reference, models in {"": {"fixed", "other"}, "fixed": {"stopped", "fixed", "other"}, "stopped": {"fixed", "other"}}.items():
        problems, bins = found[reference]
        assert set(bins["model"]) == models
        assert set(problems[problems["bin"].notna()]["model"]) == models
        own = problems[problems["model"] == "stopped"]
        lower, upper = success_bounds(own["n"], own["c"], rule, 0.9)
        assert own["lower"].to_numpy() == pytest.approx(lower) and own["upper"].to_numpy() == pytest.approx(upper)
    problems, bins = found["fixed"]
    judged = problems[problems["model"] == "stopped"]
    expected = coverage_by_bin(judged["n"], judged["c"], judged["bin"].astype(int), 50, 0.9, 1, rule)
    for number, curve in expected.items():
        rows = bins[(bins["model"] == "stopped") & (bins["bin"] == number)]
        assert rows["k"].max() == reach(judged[judged["bin"] == number]["n"].to_numpy(), judged[judged["bin"] == number]["c"].to_numpy(), rule) == 60
        assert rows["pass_at_k"].tolist() == pytest.approx(curve.coverage.tolist())
    # A stopped judge ranks by all of its samples: no half of them would be of one rule.
    problems = found["stopped"][0]
    easy = problems[(problems["model"] == "fixed") & (problems["bin"] == 1)]["problem_id"]
    rates = tables["stopped"].set_index("problem_id").eval("c / n")
    assert rates[easy].min() >= rates.drop(easy).max()
    counts = {name: read_counts(tmp_path / f"{name}.csv") for name in tables}
    assert set(grade_difficulty(counts, None, 2, 50, 0.9, 1, split=False, rules={"stopped": rule}).bins["model"]) == set(tables)


def test_report_says_what_stopped_samples_have_and_what_they_cannot_have(tables: dict[str, pd.DataFrame]) -> None:
    rule, counts = Stopping(1, 4), tables["stopped"].assign(difficulty=["easy", "hard"] * 20)
    one = PairResults("quiz", "quiz", "stopped", pd.DataFrame(), counts, {}, {})
    for reference, has_bins in ((None, False), ("stopped", False), ("fixed", True)):
        config = {
            "benchmarks": {"quiz": {"problems": 40}},
            "models": {"stopped": {"engine": "counts"}},
            "analysis": {"difficulty": {"reference": reference}},
        }
        (said,) = warnings(config, [one])
        assert "stopped at the first success, in batches of 4. All estimates take this rule into account" in said
        assert ("no bins of difficulty" not in said) == has_bins
    rows = {row["difficulty"]: row["passed"] for row in by_difficulty(one)}
    for difficulty, group in counts.groupby("difficulty"):
        assert rows[difficulty] == pytest.approx(float(estimate(group["n"], group["c"], [1], rule).mean()))
        assert rows[difficulty] != pytest.approx(group["c"].sum() / group["n"].sum(), rel=0.1)


def test_common_rule_has_the_batch_that_divides_both_and_the_fewer_successes() -> None:
    """Batches of 4 and of 6 can both be cut into 2 and not into 4: up to k = 18 there is a test, as 18 is nine batches of 2."""
    n, c = np.full((2, 8), 18), np.array([[0, 0, 1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0]])
    assert not np.isnan(stopped_difference(n, c, [17, 18], (Stopping(2, 4), Stopping(3, 6)), 0.9, 0).p_value).any()
