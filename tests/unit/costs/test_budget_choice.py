"""The choice of a model and a number of samples for a coverage or a budget."""

import pandas as pd
import pytest
from cost_cases import CURVES, SMALL, curve, only

from monkeys.costs.choice import best_within_budget, cheapest_for_coverage, default_coverages
from monkeys.costs.cost import unrecorded_tokens
from monkeys.costs.price import PerAttempt


def table_1() -> dict[str, pd.DataFrame]:
    """Brown et al., Table 1: 300 issues of SWE-bench Lite, dollars an attempt."""
    rows = {"DeepSeek-Coder-V2": (0.0072, 5, 0.2962), "GPT-4o": (0.13, 1, 0.24), "Claude 3.5 Sonnet": (0.17, 1, 0.267)}
    return {
        name: curve({k: coverage}, dollars=only([k], unrecorded_tokens(300), PerAttempt(price))["dollars"].tolist())
        for name, (price, k, coverage) in rows.items()
    }


def test_choices_match_brown_table_1() -> None:
    curves = table_1()
    assert [table["dollars"].item() for table in curves.values()] == pytest.approx([10.8, 39, 51])
    for wanted in (0.24, 0.267, 0.2962):
        choice = cheapest_for_coverage(curves, wanted, "dollars")
        assert (choice.model, choice.k, choice.pass_at_k) == ("DeepSeek-Coder-V2", 5, 0.2962)
        assert choice.cost == pytest.approx(10.8)
    assert cheapest_for_coverage(curves, 0.267, "dollars").reason == "$10.80, the lowest cost at which 26.7 % are reached"
    assert cheapest_for_coverage(curves, 0.3, "dollars").model is None
    for budget in (10.8, 39, 51, 1000):
        assert best_within_budget(curves, budget, "dollars").model == "DeepSeek-Coder-V2"
    assert best_within_budget(curves, 10.79, "dollars").model is None
    del curves["DeepSeek-Coder-V2"]
    assert best_within_budget(curves, 50, "dollars").model == "GPT-4o"
    assert best_within_budget(curves, 51, "dollars").model == "Claude 3.5 Sonnet"
    assert cheapest_for_coverage(curves, 0.24, "dollars").model == "GPT-4o"
    assert cheapest_for_coverage(curves, 0.25, "dollars").model == "Claude 3.5 Sonnet"


def test_cheapest_model_depends_on_measure_and_coverage() -> None:
    found = {(wanted, measure): cheapest_for_coverage(CURVES, wanted, measure) for wanted in (0.4, 0.45, 0.7) for measure in ("dollars", "flops")}
    assert {key: (choice.model, choice.k, choice.cost) for key, choice in found.items()} == {
        (0.4, "dollars"): ("small", 10, 10),
        (0.4, "flops"): ("large", 1, 1e15),
        (0.45, "dollars"): ("large", 1, 20),
        (0.45, "flops"): ("large", 1, 1e15),
        (0.7, "dollars"): ("small", 100, 100),
        (0.7, "flops"): ("large", 10, 1e16),
    }
    chosen = found[0.4, "dollars"]
    assert (chosen.lower, chosen.upper) == pytest.approx((0.39, 0.41))


def test_best_is_highest_coverage_within_budget() -> None:
    for budget, expected in ((1, ("small", 1)), (19.9, ("small", 10)), (20, ("large", 1)), (100, ("small", 100)), (199, ("small", 100))):
        choice = best_within_budget(CURVES, budget, "dollars")
        assert (choice.model, choice.k) == expected, budget
    rich = best_within_budget(CURVES, 1e6, "dollars")
    assert (rich.model, rich.k, rich.cost) == ("large", 10, 200)
    assert rich.reason.endswith("large was not sampled beyond k = 10, which leaves a part of the budget")
    assert "sampled beyond" not in best_within_budget(CURVES, 200, "dollars").reason


def test_impossible_choice_is_none_with_reason() -> None:
    assert cheapest_for_coverage(CURVES, 0.9, "dollars").reason == "no model reaches 90 %; the highest is large with 80 % at k = 10"
    poor = best_within_budget(CURVES, 0.5, "dollars")
    assert (poor.model, poor.k, poor.cost) == (None, None, None)
    assert poor.reason == "$0.5 buys nothing; the least is small at k = 1 for $1.00"
    assert (
        cheapest_for_coverage(CURVES, 0.1, "gpu_seconds").reason
        == best_within_budget(CURVES, 1, "gpu_seconds").reason
        == "no model's GPU seconds are known"
    )


def test_model_of_unknown_cost_is_left_out_and_named() -> None:
    curves = {**CURVES, "free": curve({1: 0.99})}
    for choice in (
        cheapest_for_coverage(curves, 0.4, "dollars"),
        best_within_budget(curves, 10, "dollars"),
        cheapest_for_coverage(curves, 0.95, "dollars"),
        best_within_budget(curves, 0.1, "dollars"),
    ):
        assert choice.model in ("small", None)
        assert choice.reason.endswith("left out, as their dollars are unknown: free")


def test_ties_are_resolved_with_reason() -> None:
    twin = curve({1: 0.1, 10: 0.4}, dollars=[1, 10])
    higher = curve({5: 0.6}, dollars=[10])
    choice = cheapest_for_coverage({"small": SMALL, "higher": higher}, 0.4, "dollars")
    assert (choice.model, choice.k) == ("higher", 5)
    assert choice.reason.endswith("the same cost as small at k = 10, but higher has the higher coverage")
    for names in (("first", "second"), ("second", "first")):
        for choice in (
            cheapest_for_coverage(dict.fromkeys(names, twin), 0.4, "dollars"),
            best_within_budget(dict.fromkeys(names, twin), 10, "dollars"),
        ):
            assert (choice.model, choice.k) == (names[0], 10)
            assert choice.reason.endswith(f"as {names[1]} at k = 10, but {names[0]} is named first")
    fewer = {"many": curve({9: 0.4}, dollars=[10]), "few": curve({3: 0.4}, dollars=[10 * (1 + 1e-13)])}
    assert cheapest_for_coverage(fewer, 0.4, "dollars").reason.endswith("many at k = 9, but few takes fewer samples")
    cheaper = best_within_budget({"dear": curve({1: 0.4}, dollars=[12]), "cheap": curve({8: 0.4}, dollars=[11])}, 20, "dollars")
    assert (cheaper.model, cheaper.cost) == ("cheap", 11)
    assert "the same coverage as dear at k = 1, but cheap costs less" in cheaper.reason


def test_default_coverages_are_last_values_and_targets_below_highest() -> None:
    assert default_coverages(CURVES) == [0.25, 0.5, 0.7, 0.75, 0.8]
    assert default_coverages({"none": curve({1: 0, 2: 0})}) == []
    assert default_coverages({"one": curve({2: 0.25, 1: 0.2})}) == [0.25]
