"""FLOPs, GPU seconds and dollars of k samples, and prices."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cost_cases import only, tokens

from monkeys.costs.architecture import Architecture
from monkeys.costs.cost import assume_tokens, unrecorded_tokens
from monkeys.costs.price import PerAttempt, PerGpuHour, PerMillionTokens, Price, read_price
from monkeys.errors import InputError

TINY = Architecture(parameters=100, layers=2, width=3)


def test_flops_equal_sum_over_tokens_and_contexts() -> None:
    problems = [(7, [1, 5, 0]), (11, [4, 4, 9]), (1, [0, 0, 0])]

    def at(context: int) -> int:
        return 2 * (100 + 2 * 2 * 3 * context)

    expected = 0
    for prompt, outputs in problems:
        expected += sum(at(context) for context in range(prompt))
        expected += sum(at(prompt + number) for output in outputs for number in range(output))
    assert only([3], tokens(*problems), architecture=TINY)["flops"].tolist() == [expected]


def test_flops_match_hand_computation() -> None:
    # Prompt: 2 tokens at contexts 0 and 1: 2 (2 x 100 + 12 x 1) = 424. Sample: 3 tokens at 2, 3 and 4: 2 (3 x 100 + 12 x 9) = 816.
    table = only([1, 2, 10], tokens((2, [3])), architecture=TINY)
    assert table["flops"].tolist() == [424 + 816, 424 + 2 * 816, 424 + 10 * 816]
    assert table["k"].tolist() == [1, 2, 10]
    assert table["prompt_tokens"].tolist() == [2, 2, 2]
    assert table["output_tokens"].tolist() == [3, 6, 30]


def test_cost_of_k_is_proportional_to_k() -> None:
    uneven = tokens((5, [2, 8]), (5, [1, 1, 4, 2]))
    table = only([1, 4], uneven, architecture=TINY)
    assert table["output_tokens"].tolist() == [5 + 2, 20 + 8]
    # (5, 2): 2 (200 + 12 (5 + 6)) = 664; (5, 8): 2 (800 + 12 (40 + 28)) = 3232; their mean 1948. The others: 320, 320, 1424, 664; mean 682.
    # Prompts: 2 (500 + 12 x 10) = 1240, twice.
    assert table["flops"].tolist() == [2480 + 1948 + 682, 2480 + 4 * (1948 + 682)]


def test_empty_outputs_cost_prompts_only() -> None:
    table = only([1, 5], tokens((2, [0, 0])), PerMillionTokens(1e6, 1e6, "once"), TINY)
    assert table["flops"].tolist() == [424, 424]
    assert table["output_tokens"].tolist() == [0, 0]
    assert table["dollars"].tolist() == [2, 2]


def test_llama3_flops_match_brown() -> None:
    # Per token at context 1,000, 8B: 2 (8.03e9 + 2 x 32 x 4096 x 1000) = 1.658e10; the mean context of 1,001 tokens after 500 is 1,000.
    table = only([100], tokens((500, [1001])), architecture=Architecture(8.03e9, 32, 4096))
    prompt = 500 * 2 * (8.03e9 + 2 * 32 * 4096 * 249.5)
    assert table["flops"].item() == pytest.approx(prompt + 100 * 1001 * 1.6584288e10, rel=1e-12)


def test_unrecorded_tokens_give_nan_costs() -> None:
    table = tokens((2, [3]), (4, [5])).astype(float)
    table.loc[1, ["output_tokens", "output_tokens_squared"]] = np.nan
    for price in (PerMillionTokens(1, 1), PerGpuHour(100, 2.0)):
        found = only([1, 2], table, price, TINY)
        assert found["prompt_tokens"].tolist() == [6, 6]
        assert found[["output_tokens", "flops", "gpu_seconds", "dollars"]].isna().all(axis=None)
    assert only([2], table, PerAttempt(0.5), TINY)["dollars"].tolist() == [2]
    assert only([2], tokens((2, [3])))[["flops", "gpu_seconds", "dollars"]].isna().all(axis=None)


def test_mean_tokens_replace_unrecorded_tokens_only() -> None:
    table = tokens((2, [3, 5]), (4, [5, 6])).astype(float)
    table.loc[1, ["prompt_tokens", "output_tokens", "output_tokens_squared"]] = np.nan
    filled = assume_tokens(table, prompt=10, output=20)
    assert filled.to_dict("list") == {
        "samples": [2, 2],
        "prompt_tokens": [2, 10],
        "output_tokens": [8, 40],
        "output_tokens_squared": [34, 800],
    }
    pd.testing.assert_frame_equal(
        only([3], assume_tokens(unrecorded_tokens(4), 10, 20), architecture=TINY), only([3], tokens(*[(10, [20])] * 4), architecture=TINY)
    )


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_raises(k: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        only([1, k], tokens((2, [3])))


def test_prompts_are_billed_per_completion_or_once() -> None:
    table = tokens((1000, [100, 300]), (3000, [200, 200]))
    assert only([1, 10], table, PerMillionTokens(2, 10))["dollars"].tolist() == pytest.approx([0.008 + 0.004, 0.08 + 0.04])
    assert only([1, 10], table, PerMillionTokens(2, 10, "once"))["dollars"].tolist() == pytest.approx([0.008 + 0.004, 0.008 + 0.04])


def test_gpu_price_gives_seconds_and_dollars() -> None:
    # Modal's replication: 40,000 tokens/s on ten A100, here at 2 dollars an hour each.
    found = only([1, 100], tokens((500, [40_000])), PerGpuHour(4000, 1.8))
    assert found["gpu_seconds"].tolist() == [10, 1000]
    assert found["dollars"].tolist() == pytest.approx([0.005, 0.5])
    without = only([1], tokens((500, [40_000])), PerGpuHour(4000))
    assert without["gpu_seconds"].tolist() == [10] and without["dollars"].isna().all()


@pytest.mark.parametrize(
    ("given", "price"),
    [
        (None, None),
        ({"per_attempt": 0.13}, PerAttempt(0.13)),
        ({"per_million_tokens": {"prompt": 0.14, "output": 0}}, PerMillionTokens(0.14, 0, "per_completion")),
        ({"per_million_tokens": {"prompt": 1, "output": 2, "prompt_billed": "once"}}, PerMillionTokens(1, 2, "once")),
        ({"per_gpu_hour": {"dollars": 2, "output_tokens_per_second": 4000}}, PerGpuHour(4000, 2)),
        ({"per_gpu_hour": {"output_tokens_per_second": 4000}}, PerGpuHour(4000, None)),
    ],
)
def test_price_is_read_in_each_form(given: Any, price: Price | None) -> None:
    assert read_price(given) == price


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "none of them"),
        ({"per_attempt": 1, "per_gpu_hour": {}}, "per_attempt and per_gpu_hour"),
        ({"per_atempt": 1}, r"price.per_atempt does not exist \(did you mean 'per_attempt'"),
        ({"per_attempt": -1}, "price.per_attempt is -1"),
        ({"per_attempt": True}, "price.per_attempt is true"),
        ({"per_attempt": math.inf}, "price.per_attempt is Infinity"),
        ({"per_gpu_hour": 2}, "price.per_gpu_hour is 2, but must be a mapping"),
        ({"per_gpu_hour": {"dollars": 2}}, "price.per_gpu_hour.output_tokens_per_second is missing"),
        ({"per_gpu_hour": {"dollars": 2, "output_tokens_per_second": 0}}, "output_tokens_per_second is 0"),
        ({"per_gpu_hour": {"dollars": "2", "output_tokens_per_second": 9}}, 'dollars is "2"'),
        ({"per_million_tokens": {"prompt": 1}}, "price.per_million_tokens.output is missing"),
        ({"per_million_tokens": {"prompt": 1, "output": "2"}}, 'output is "2"'),
        ({"per_million_tokens": {"prompt": 1, "output": 2, "prompt_billed": "twice"}}, 'prompt_billed is "twice"'),
    ],
)
def test_invalid_price_names_key(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_price(given)
