import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.stopping import Stopping, dependence_in_words, estimate, outcome_dependence, part_of, reach, stopped_fault

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]


def sampled(p: NDArray[np.float64], rule: Stopping, most: int, seed: int = 0) -> Counts:
    """Counts of problems with chances p, drawn by the rule, at most so many samples each."""
    random = np.random.default_rng(seed)
    n, c = np.zeros(p.size, dtype=np.int64), np.zeros(p.size, dtype=np.int64)
    while (going := (c < rule.successes) & (n < most)).any():
        step = np.minimum(rule.batch, most - n)
        c[going] += random.binomial(step, p)[going]
        n[going] += step[going]
    return n, c


def outcomes(rule: Stopping, most: int) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """(n, c, and the outcomes in order) of every course that sampling by the rule may take."""
    seen = set()
    for course in itertools.product((0, 1), repeat=most):
        n = 0
        while n < most and sum(course[:n]) < rule.successes:
            n = min(n + rule.batch, most)
        if course[:n] not in seen:
            seen.add(course[:n])
            yield n, sum(course[:n]), course[:n]


@pytest.mark.parametrize(("successes", "batch", "most"), [(1, 1, 7), (2, 1, 7), (3, 1, 8), (1, 3, 9), (2, 3, 9), (2, 4, 10)])
@pytest.mark.parametrize("p", [0.05, 0.3, 0.8])
def test_pass_at_k_is_unbiased_whatever_the_rule(successes: int, batch: int, most: int, p: float) -> None:
    """The exact expectation over every course that sampling may take, at each k up to the most samples."""
    rule, ks = Stopping(successes, batch), np.arange(1, most + 1)
    expected = np.zeros(most)
    for n, c, course in outcomes(rule, most):
        values = estimate([n], [c], ks, rule)[0]
        assert not np.isnan(values).any()
        expected += p ** sum(course) * (1 - p) ** (n - sum(course)) * values
    assert expected == pytest.approx(1 - (1 - p) ** ks, abs=1e-12)


def test_usual_pass_at_k_is_biased_where_sampling_stops() -> None:
    """What the rule is for: without it the expectation of pass@1 is far too high."""
    rule, p = Stopping(), 0.3
    expected = sum(p**c * (1 - p) ** (n - c) * float(pass_at_k([n], [c], [1])[0, 0]) for n, c, _ in outcomes(rule, 7))
    assert expected > 1.5 * p


@pytest.mark.parametrize(("n", "c"), [(10, 3), (25, 4), (7, 2)])
def test_one_sample_is_haldanes_estimate(n: int, c: int) -> None:
    assert estimate([n], [c], [1], Stopping(c))[0, 0] == pytest.approx((c - 1) / (n - 1), rel=1e-12)


def test_a_problem_that_stopped_is_solved_at_every_later_k_and_others_end_there() -> None:
    n, c, rule = np.array([3, 40, 60]), np.array([1, 1, 0]), Stopping()
    assert estimate(n, c, [2, 3, 39, 40, 60], rule).tolist() == [[0, 1, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]]
    assert reach(n, c, rule) == 60
    assert np.isnan(estimate(n, c, [61], rule)[2, 0])
    assert reach(n, c, None) == 3
    assert reach(n[:2], c[:2], rule) == 40


def test_counts_that_the_rule_cannot_have_made_are_found() -> None:
    assert stopped_fault(np.array([5, 9]), np.array([1, 2]), Stopping()) == (1, "it has more successes than 0 before the last batch of 1 and 1 in it")
    place, why = stopped_fault(np.array([600, 90]), np.array([0, 3]), Stopping(1, 60)) or (None, "")
    assert place == 1 and "not at the end of a batch of 60" in why
    assert stopped_fault(np.array([60, 120]), np.array([0, 3]), Stopping(1, 60)) is None


@pytest.mark.parametrize("rule", [Stopping(1, 1), Stopping(3, 1), Stopping(1, 10), Stopping(2, 10)])
def test_the_first_part_of_stopped_samples_is_what_the_rule_makes_of_fewer(rule: Stopping) -> None:
    """Cut at 40 of at most 200 samples, the counts have the mean n and c of sampling that ends at 40."""
    p = np.random.default_rng(1).beta(0.3, 5, size=3000)
    n, c = part_of(*sampled(p, rule, 200), np.full(p.size, 40), rule, np.random.default_rng(2))
    again_n, again_c = sampled(p, rule, 40, seed=3)
    assert stopped_fault(n, c, rule) is None
    assert n.max() == 40
    assert n.mean() == pytest.approx(again_n.mean(), rel=0.03)
    assert c.mean() == pytest.approx(again_c.mean(), rel=0.12)


@pytest.mark.parametrize("rule", [Stopping(1, 1), Stopping(3, 1), Stopping(1, 60)])
def test_sampling_that_stops_at_successes_is_noticed(rule: Stopping) -> None:
    n, c = sampled(np.random.default_rng(0).beta(0.3, 12, size=128), rule, 600)
    assert outcome_dependence(n, c) < 1e-3
    said = dependence_in_words(n, c)
    assert said is not None and "depends on the outcome" in said and "key stopping" in said
    if rule.batch == 1:
        assert f"has {rule.successes} that passed, as if sampling had stopped there" in said


@pytest.mark.parametrize("alpha", [0.05, 0.3, 5.0])
def test_samples_fixed_beforehand_are_seldom_suspected(alpha: float) -> None:
    """n differ between problems for reasons of their own: below a p-value of 1 % there are few of 400 studies, and hardly any is suspected."""
    random = np.random.default_rng(0)
    values = []
    for _ in range(400):
        n = random.choice([20, 50, 100, 400], size=60)
        values.append(outcome_dependence(n, random.binomial(n, random.beta(alpha, 2.0, size=60))))
    assert np.mean(np.array(values) < 0.01) < 0.03
    assert np.mean(np.array(values) < 1e-3) < 0.01


def test_equal_numbers_of_samples_are_not_suspected() -> None:
    assert outcome_dependence([50] * 30, [0, 50, 3] * 10) == 1
    assert dependence_in_words([50] * 30, [0, 50, 3] * 10) is None
