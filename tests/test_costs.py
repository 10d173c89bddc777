import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import choose_budget
from monkeys.costs.architecture import Architecture, architecture_of, count_parameters, read_architecture
from monkeys.costs.choice import best, cheapest, default_coverages
from monkeys.costs.cost import MEASURES, assume_tokens, cost_of_k, unrecorded_tokens
from monkeys.costs.price import PerAttempt, PerGpuHour, PerMillionTokens, Price, read_price
from monkeys.errors import InputError
from monkeys.figures import FORMATS, Style
from monkeys.figures.costs import COLUMNS, draw_costs, shown_measure
from monkeys.study.configuration import complete

ROOT = Path(__file__).parents[1]
STYLE = Style(["#0072B2", "#D55E00", "#009E73"], 4.8, 3.4)
TINY = Architecture(parameters=100, layers=2, width=3)


def llama(**other: Any) -> dict[str, Any]:
    config = {"model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32}
    return {**config, "num_attention_heads": 32, "num_key_value_heads": 8, "tie_word_embeddings": False, **other}


SMOLLM2 = llama(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3)
SMOLLM2["tie_word_embeddings"] = True


def tokens(*problems: tuple[float, list[int]]) -> pd.DataFrame:
    """A row for each problem, from its prompt's tokens and those of its samples."""
    rows = [(len(outputs), prompt, sum(outputs), sum(output**2 for output in outputs)) for prompt, outputs in problems]
    return pd.DataFrame(rows, columns=["samples", "prompt_tokens", "output_tokens", "output_tokens_squared"])


def only(ks: list[int], table: pd.DataFrame, price: Price | None = None, architecture: Architecture | None = None) -> pd.DataFrame:
    return cost_of_k(ks, table, architecture, price)


# FLOPs


def test_flops_of_all_samples_are_those_of_each_token_at_its_context() -> None:
    problems = [(7, [1, 5, 0]), (11, [4, 4, 9]), (1, [0, 0, 0])]

    def at(context: int) -> int:
        return 2 * (100 + 2 * 2 * 3 * context)

    expected = 0
    for prompt, outputs in problems:
        expected += sum(at(context) for context in range(prompt))
        expected += sum(at(prompt + number) for output in outputs for number in range(output))
    assert only([3], tokens(*problems), architecture=TINY)["flops"].tolist() == [expected]


def test_flops_worked_out_by_hand() -> None:
    # Prompt: 2 tokens at contexts 0 and 1: 2 (2 x 100 + 12 x 1) = 424. Sample: 3 tokens at 2, 3 and 4: 2 (3 x 100 + 12 x 9) = 816.
    table = only([1, 2, 10], tokens((2, [3])), architecture=TINY)
    assert table["flops"].tolist() == [424 + 816, 424 + 2 * 816, 424 + 10 * 816]
    assert table["k"].tolist() == [1, 2, 10]
    assert table["prompt_tokens"].tolist() == [2, 2, 2]
    assert table["output_tokens"].tolist() == [3, 6, 30]


def test_k_samples_are_expected_to_take_their_share_of_those_drawn() -> None:
    uneven = tokens((5, [2, 8]), (5, [1, 1, 4, 2]))
    table = only([1, 4], uneven, architecture=TINY)
    assert table["output_tokens"].tolist() == [5 + 2, 20 + 8]
    # (5, 2): 2 (200 + 12 (5 + 6)) = 664; (5, 8): 2 (800 + 12 (40 + 28)) = 3232; their mean 1948. The others: 320, 320, 1424, 664; mean 682.
    # Prompts: 2 (500 + 12 x 10) = 1240, twice.
    assert table["flops"].tolist() == [2480 + 1948 + 682, 2480 + 4 * (1948 + 682)]


def test_samples_without_a_token_cost_their_prompts_alone() -> None:
    table = only([1, 5], tokens((2, [0, 0])), PerMillionTokens(1e6, 1e6, "once"), TINY)
    assert table["flops"].tolist() == [424, 424]
    assert table["output_tokens"].tolist() == [0, 0]
    assert table["dollars"].tolist() == [2, 2]


def test_llama_3_takes_what_brown_counts() -> None:
    # Per token at context 1,000, 8B: 2 (8.03e9 + 2 x 32 x 4096 x 1000) = 1.658e10; the mean context of 1,001 tokens after 500 is 1,000.
    table = only([100], tokens((500, [1001])), architecture=Architecture(8.03e9, 32, 4096))
    prompt = 500 * 2 * (8.03e9 + 2 * 32 * 4096 * 249.5)
    assert table["flops"].item() == pytest.approx(prompt + 100 * 1001 * 1.6584288e10, rel=1e-12)


def test_what_is_not_recorded_is_not_known() -> None:
    table = tokens((2, [3]), (4, [5])).astype(float)
    table.loc[1, ["output_tokens", "output_tokens_squared"]] = np.nan
    for price in (PerMillionTokens(1, 1), PerGpuHour(100, 2.0)):
        found = only([1, 2], table, price, TINY)
        assert found["prompt_tokens"].tolist() == [6, 6]
        assert found[["output_tokens", "flops", "gpu_seconds", "dollars"]].isna().all(axis=None)
    assert only([2], table, PerAttempt(0.5), TINY)["dollars"].tolist() == [2]
    assert only([2], tokens((2, [3])))[["flops", "gpu_seconds", "dollars"]].isna().all(axis=None)


def test_means_stand_in_only_for_what_is_not_recorded() -> None:
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
def test_no_samples_have_no_price(k: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        only([1, k], tokens((2, [3])))


# Prices


def test_prompts_are_billed_with_every_completion_or_once() -> None:
    table = tokens((1000, [100, 300]), (3000, [200, 200]))
    assert only([1, 10], table, PerMillionTokens(2, 10))["dollars"].tolist() == pytest.approx([0.008 + 0.004, 0.08 + 0.04])
    assert only([1, 10], table, PerMillionTokens(2, 10, "once"))["dollars"].tolist() == pytest.approx([0.008 + 0.004, 0.008 + 0.04])


def test_gpu_seconds_follow_from_the_pace_and_dollars_from_the_hour() -> None:
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
def test_a_price_is_read_in_each_of_its_ways(given: Any, price: Price | None) -> None:
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
def test_a_price_that_is_none_is_told_by_its_key(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_price(given)


# Architectures


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (llama(), Architecture(8_030_261_248, 32, 4096)),
        (llama(hidden_size=8192, intermediate_size=28672, num_hidden_layers=80, num_attention_heads=64), Architecture(70_553_706_496, 80, 8192)),
        (llama(vocab_size=32000, intermediate_size=11008, num_key_value_heads=None), Architecture(6_738_415_616, 32, 4096)),
        (SMOLLM2, Architecture(134_515_008, 30, 576)),
        (llama(model_type="mistral", vocab_size=32000), Architecture(7_241_732_096, 32, 4096)),
        (
            {**SMOLLM2, "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24}
            | {"num_attention_heads": 14, "num_key_value_heads": 2},
            Architecture(494_032_768, 24, 896),
        ),
        (
            {**SMOLLM2, "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28}
            | {"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128},
            Architecture(596_049_920, 28, 1024),
        ),
        (
            {"model_type": "gemma", "vocab_size": 256000, "hidden_size": 2048, "intermediate_size": 16384, "num_hidden_layers": 18}
            | {"num_attention_heads": 8, "num_key_value_heads": 1, "head_dim": 256},
            Architecture(2_506_172_416, 18, 2048),
        ),
    ],
    ids=["Llama-3-8B", "Llama-3-70B", "Llama-2-7B", "SmolLM2-135M", "Mistral-7B", "Qwen2.5-0.5B", "Qwen3-0.6B", "Gemma-2B"],
)
def test_parameters_are_computed_as_the_models_have_them(config: dict[str, Any], expected: Architecture) -> None:
    assert architecture_of(config) == expected


def test_biases_are_parameters_too() -> None:
    plain = architecture_of(llama()).parameters
    assert architecture_of(llama(attention_bias=True)).parameters - plain == 32 * (4096 + 2 * 1024 + 4096)
    assert architecture_of(llama(mlp_bias=True)).parameters - plain == 32 * (2 * 14336 + 4096)


def test_counted_parameters_come_before_computed_ones() -> None:
    assert architecture_of({"n_layer": 12, "n_embd": 768}, 124_439_808) == Architecture(124_439_808, 12, 768)
    assert architecture_of(llama(), 5) == Architecture(5, 32, 4096)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, r"lacks num_hidden_layers \(or n_layer\) and hidden_size \(or n_embd\)"),
        ({"n_layer": 12}, r"lacks hidden_size \(or n_embd\)"),
        ({"n_layer": 12, "n_embd": 768}, "lacks model_type and vocab_size and hidden_size and intermediate_size"),
        (llama(intermediate_size=None), "lacks intermediate_size;"),
        (llama(model_type="gpt_neox"), "'gpt_neox' are not computed"),
        (llama(num_local_experts=8), "mixture of experts"),
    ],
)
def test_a_config_that_does_not_say_enough_is_told(config: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        architecture_of(config)


def test_a_mixture_of_experts_is_refused_also_where_parameters_were_counted() -> None:
    with pytest.raises(InputError, match="active for a token"):
        architecture_of(llama(n_routed_experts=64), 16_000_000_000)


def test_an_architecture_is_read_or_told_by_its_key() -> None:
    assert read_architecture({"parameters": 8.03e9, "layers": 32, "width": 4096}) == Architecture(8.03e9, 32, 4096)
    for given, said in (
        ({"parameters": 1, "layers": 1}, "architecture.width is missing"),
        ({"parameters": 1, "layers": 0, "width": 1}, "architecture.layers is 0"),
        ({"parameters": 1, "layer": 1, "width": 1}, r"architecture.layer does not exist \(did you mean 'layers'"),
    ):
        with pytest.raises(InputError, match=said):
            read_architecture(given)


def write_safetensors(path: Path, shapes: dict[str, list[int]], dtype: str = "BF16") -> None:
    """A header, without the numbers, which nobody reads."""
    header: dict[str, Any] = {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)


def test_parameters_are_counted_in_the_headers(tmp_path: Path) -> None:
    assert count_parameters(tmp_path, {}) is None
    write_safetensors(tmp_path / "model.safetensors", {"model.embed_tokens.weight": [10, 4], "model.norm.weight": [4], "lm_head.weight": [10, 4]})
    assert count_parameters(tmp_path, {}) == 84
    assert count_parameters(tmp_path, {"tie_word_embeddings": True}) == 44
    write_safetensors(tmp_path / "a.safetensors", {"one": [3, 5]})
    write_safetensors(tmp_path / "b.safetensors", {"two": [7]})
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"one": "a.safetensors", "two": "b.safetensors"}}))
    assert count_parameters(tmp_path, {}) == 22
    (tmp_path / "b.safetensors").unlink()
    assert count_parameters(tmp_path, {}) is None


def test_packed_numbers_are_not_counted(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", {"model.layers.0.mlp.up_proj.qweight": [512, 8]}, "I32")
    assert count_parameters(tmp_path, {}) is None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, (2).to_bytes(8, "little") + b"[]", (9).to_bytes(8, "little") + b'{"a": {}}'])
def test_a_file_that_is_no_safetensors_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        count_parameters(tmp_path, {})


# Choices


def curve(points: dict[int, float], **costs: list[float]) -> pd.DataFrame:
    table = pd.DataFrame({"k": list(points), "pass_at_k": list(points.values())})
    table["lower"], table["upper"] = table["pass_at_k"] - 0.01, table["pass_at_k"] + 0.01
    return table.assign(**{measure: costs.get(measure, np.nan) for measure in ("prompt_tokens", *MEASURES)})


def table_1() -> dict[str, pd.DataFrame]:
    """Brown et al., Table 1: 300 issues of SWE-bench Lite, dollars an attempt."""
    rows = {"DeepSeek-Coder-V2": (0.0072, 5, 0.2962), "GPT-4o": (0.13, 1, 0.24), "Claude 3.5 Sonnet": (0.17, 1, 0.267)}
    return {
        name: curve({k: coverage}, dollars=only([k], unrecorded_tokens(300), PerAttempt(price))["dollars"].tolist())
        for name, (price, k, coverage) in rows.items()
    }


def test_table_1_of_brown() -> None:
    curves = table_1()
    assert [table["dollars"].item() for table in curves.values()] == pytest.approx([10.8, 39, 51])
    for wanted in (0.24, 0.267, 0.2962):
        choice = cheapest(curves, wanted, "dollars")
        assert (choice.model, choice.k, choice.pass_at_k) == ("DeepSeek-Coder-V2", 5, 0.2962)
        assert choice.cost == pytest.approx(10.8)
    assert cheapest(curves, 0.267, "dollars").reason == "$10.80, the lowest cost at which 26.7 % are reached"
    assert cheapest(curves, 0.3, "dollars").model is None
    for budget in (10.8, 39, 51, 1000):
        assert best(curves, budget, "dollars").model == "DeepSeek-Coder-V2"
    assert best(curves, 10.79, "dollars").model is None
    del curves["DeepSeek-Coder-V2"]
    assert best(curves, 50, "dollars").model == "GPT-4o"
    assert best(curves, 51, "dollars").model == "Claude 3.5 Sonnet"
    assert cheapest(curves, 0.24, "dollars").model == "GPT-4o"
    assert cheapest(curves, 0.25, "dollars").model == "Claude 3.5 Sonnet"


SMALL = curve({1: 0.1, 10: 0.4, 100: 0.7}, dollars=[1, 10, 100], flops=[1e15, 1e16, 1e17])
LARGE = curve({1: 0.5, 10: 0.8}, dollars=[20, 200], flops=[1e15, 1e16])
CURVES = {"small": SMALL, "large": LARGE}


def test_the_cheapest_depends_on_the_measure_and_the_coverage() -> None:
    found = {(wanted, measure): cheapest(CURVES, wanted, measure) for wanted in (0.4, 0.45, 0.7) for measure in ("dollars", "flops")}
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


def test_the_best_is_the_highest_coverage_that_a_budget_allows() -> None:
    for budget, expected in ((1, ("small", 1)), (19.9, ("small", 10)), (20, ("large", 1)), (100, ("small", 100)), (199, ("small", 100))):
        choice = best(CURVES, budget, "dollars")
        assert (choice.model, choice.k) == expected, budget
    rich = best(CURVES, 1e6, "dollars")
    assert (rich.model, rich.k, rich.cost) == ("large", 10, 200)
    assert rich.reason.endswith("large was not sampled beyond k = 10, which leaves a part of the budget")
    assert "sampled beyond" not in best(CURVES, 200, "dollars").reason


def test_what_cannot_be_had_is_none_with_a_reason() -> None:
    assert cheapest(CURVES, 0.9, "dollars").reason == "no model reaches 90 %; the highest is large with 80 % at k = 10"
    poor = best(CURVES, 0.5, "dollars")
    assert (poor.model, poor.k, poor.cost) == (None, None, None)
    assert poor.reason == "$0.5 buys nothing; the least is small at k = 1 for $1.00"
    assert cheapest(CURVES, 0.1, "gpu_seconds").reason == best(CURVES, 1, "gpu_seconds").reason == "no model's GPU seconds are known"


def test_a_model_of_unknown_cost_is_left_out_and_named() -> None:
    curves = {**CURVES, "free": curve({1: 0.99})}
    for choice in (cheapest(curves, 0.4, "dollars"), best(curves, 10, "dollars"), cheapest(curves, 0.95, "dollars"), best(curves, 0.1, "dollars")):
        assert choice.model in ("small", None)
        assert choice.reason.endswith("left out, as their dollars are unknown: free")


def test_ties_are_decided_and_explained() -> None:
    twin = curve({1: 0.1, 10: 0.4}, dollars=[1, 10])
    higher = curve({5: 0.6}, dollars=[10])
    choice = cheapest({"small": SMALL, "higher": higher}, 0.4, "dollars")
    assert (choice.model, choice.k) == ("higher", 5)
    assert choice.reason.endswith("the same cost as small at k = 10, but higher has the higher coverage")
    for names in (("first", "second"), ("second", "first")):
        for choice in (cheapest(dict.fromkeys(names, twin), 0.4, "dollars"), best(dict.fromkeys(names, twin), 10, "dollars")):
            assert (choice.model, choice.k) == (names[0], 10)
            assert choice.reason.endswith(f"as {names[1]} at k = 10, but {names[0]} is named first")
    fewer = {"many": curve({9: 0.4}, dollars=[10]), "few": curve({3: 0.4}, dollars=[10 * (1 + 1e-13)])}
    assert cheapest(fewer, 0.4, "dollars").reason.endswith("many at k = 9, but few takes fewer samples")
    cheaper = best({"dear": curve({1: 0.4}, dollars=[12]), "cheap": curve({8: 0.4}, dollars=[11])}, 20, "dollars")
    assert (cheaper.model, cheaper.cost) == ("cheap", 11)
    assert "the same coverage as dear at k = 1, but cheap costs less" in cheaper.reason


def test_coverages_to_ask_for_are_the_last_ones_and_the_steps_below_the_highest() -> None:
    assert default_coverages(CURVES) == [0.25, 0.5, 0.7, 0.75, 0.8]
    assert default_coverages({"none": curve({1: 0, 2: 0})}) == []
    assert default_coverages({"one": curve({2: 0.25, 1: 0.2})}) == [0.25]


# Scripts


def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "scripts" / name, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_the_scripts_price_and_choose(tmp_path: Path) -> None:
    curve({1: 0.25, 2: 0.5}).drop(columns=["prompt_tokens", *MEASURES]).assign(fail_at_k=0.5).to_csv(tmp_path / "coverage.csv", index=False)
    tokens((2, [3])).assign(problem_id="p").to_csv(tmp_path / "tokens.csv", index=False)
    common = ("--coverage", tmp_path / "coverage.csv")
    architecture = ("--architecture", json.dumps({"parameters": 100, "layers": 2, "width": 3}))
    dear = tmp_path / "dear.csv"
    price = json.dumps({"per_million_tokens": {"prompt": 1e6, "output": 1e6}})
    answer = run(
        "price_coverage.py", *common, "--tokens", tmp_path / "tokens.csv", "--problems", 1, *architecture, "--price", price, "--output", dear
    )
    assert answer.returncode == 0, answer.stderr
    assert dear.read_text().splitlines() == [
        "k,pass_at_k,lower,upper,prompt_tokens,output_tokens,flops,gpu_seconds,dollars",
        "1,0.25,0.24,0.26,2.0,3.0,1240.0,,5.0",
        "2,0.5,0.49,0.51,2.0,6.0,2056.0,,10.0",
    ]

    (tmp_path / "config.json").write_text(json.dumps(llama(model_type="unheard-of")))
    (tmp_path / "weights.json").write_text(json.dumps({"folder": str(tmp_path)}))
    cheap = tmp_path / "cheap.csv"
    known = ("--problems", 3, "--mean-tokens", json.dumps({"prompt": 10, "output": 20}), "--price", json.dumps({"per_attempt": 1}))
    answer = run("price_coverage.py", *common, *known, "--architecture", "null", "--weights", tmp_path / "weights.json", "--output", cheap)
    assert answer.returncode == 0
    assert "FLOPs are left empty" in answer.stderr and "unheard-of" in answer.stderr
    assert cheap.read_text().splitlines()[1:] == ["1,0.25,0.24,0.26,30.0,60.0,,,3.0", "2,0.5,0.49,0.51,30.0,120.0,,,6.0"]

    budgets = json.dumps({"dollars": [5.5], "flops": []})
    files = ("--models", "dear", "cheap", "--costs", dear, cheap, "--output", tmp_path / "budget.json")
    answer = run("choose_budget.py", *files, "--coverages", "[]", "--budgets", budgets)
    assert answer.returncode == 0, answer.stderr
    found = json.loads((tmp_path / "budget.json").read_text())
    assert [entry["coverage"] for entry in found["coverages"]] == [0.25, 0.5]
    half = found["coverages"][1]["cheapest"]
    assert {measure: (choice["model"], choice["k"]) for measure, choice in half.items()} == {
        "dollars": ("cheap", 2),
        "flops": ("dear", 2),
        "gpu_seconds": (None, None),
        "output_tokens": ("dear", 2),
    }
    assert all(choice["reason"] for choice in half.values())
    assert [(entry["measure"], entry["budget"], entry["best"]["model"], entry["best"]["k"]) for entry in found["budgets"]] == [
        ("dollars", 5.5, "cheap", 1)
    ]
    answer = run("choose_budget.py", *files, "--budgets", json.dumps({"dolars": [1]}))
    assert answer.returncode == 1 and "budgets.dolars does not exist (did you mean 'dollars'?)" in answer.stderr


def test_the_script_chooses_for_the_coverages_and_budgets_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one model is cheaper in dollars, the other in FLOPs."""
    for name, dollars, flops in (("one", 1.0, 9.0), ("two", 4.0, 2.0)):
        table = curve({k: 0.2 * k for k in (1, 2, 3)})
        table.assign(dollars=[dollars * k for k in (1, 2, 3)], flops=[flops * k for k in (1, 2, 3)]).to_csv(tmp_path / f"{name}.csv", index=False)
    budgets = {"dollars": [2.5], "flops": [6.5, 2.0]}
    words = ["--models", "one", "two", "--costs", tmp_path / "one.csv", tmp_path / "two.csv", "--coverages", "[0.35, 0.6]"]
    words += ["--budgets", json.dumps(budgets), "--output", tmp_path / "budget.json"]
    monkeypatch.setattr(sys, "argv", ["choose_budget", *map(str, words)])
    choose_budget.main()
    found = json.loads((tmp_path / "budget.json").read_text())
    cheapest_ = {
        entry["coverage"]: {measure: (choice["model"], choice["k"]) for measure, choice in entry["cheapest"].items()} for entry in found["coverages"]
    }
    assert list(cheapest_) == [0.35, 0.6]
    assert (cheapest_[0.35]["dollars"], cheapest_[0.35]["flops"], cheapest_[0.6]["dollars"]) == (("one", 2), ("two", 2), ("one", 3))
    chosen = [(entry["measure"], entry["budget"], entry["best"]["model"], entry["best"]["k"]) for entry in found["budgets"]]
    assert chosen == [("dollars", 2.5, "one", 2), ("flops", 6.5, "two", 3), ("flops", 2.0, "two", 1)]


def test_a_script_takes_flops_from_the_weights(tmp_path: Path) -> None:
    curve({1: 0.5}).to_csv(tmp_path / "coverage.csv", index=False)
    tokens((1, [0])).to_csv(tmp_path / "tokens.csv", index=False)
    (tmp_path / "config.json").write_text(json.dumps(llama()))
    (tmp_path / "weights.json").write_text(json.dumps({"folder": str(tmp_path)}))
    files = ("--coverage", tmp_path / "coverage.csv", "--tokens", tmp_path / "tokens.csv", "--problems", 1, "--output", tmp_path / "cost.csv")
    for parameters in (8_030_261_248, 70):
        answer = run("price_coverage.py", *files, "--weights", tmp_path / "weights.json")
        assert (answer.returncode, answer.stderr) == (0, "")
        assert pd.read_csv(tmp_path / "cost.csv")["flops"].tolist() == [2 * parameters]
        write_safetensors(tmp_path / "model.safetensors", {"model.embed_tokens.weight": [7, 10]})
    (tmp_path / "config.json").unlink()
    answer = run("price_coverage.py", *files, "--weights", tmp_path / "weights.json")
    assert answer.returncode == 0 and "config.json" in answer.stderr
    assert pd.read_csv(tmp_path / "cost.csv")["flops"].isna().all()


# Figure


def texts(path: Path) -> list[str]:
    return ["".join(element.itertext()).strip() for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("measures", "shown"),
    [
        ([{"dollars", "flops", "output_tokens"}] * 2, "dollars"),
        ([{"dollars", "flops", "output_tokens"}, {"flops", "output_tokens"}], "flops"),
        ([{"dollars", "output_tokens"}, {"flops", "output_tokens"}], "output_tokens"),
        ([{"dollars"}, {"flops"}], None),
    ],
)
def test_the_first_measure_that_all_models_have_is_shown(measures: list[set[str]], shown: str | None, tmp_path: Path) -> None:
    costs = {f"model {number}": curve({1: 0.1, 2: 0.2}, **{name: [1, 2] for name in known}) for number, known in enumerate(measures)}
    assert shown_measure(costs) == shown
    draw_costs(costs, "Tasks", STYLE, tmp_path / "costs")
    assert {path.name for path in tmp_path.glob("[!.]*")} == {f"costs.{suffix}" for suffix in (*FORMATS, "csv")}
    said = texts(tmp_path / "costs.svg")
    assert "Tasks" in said
    label = {"dollars": "dollars, for", "flops": "FLOPs, for", "output_tokens": "output tokens, for", None: "neither dollars, FLOPs nor"}[shown]
    assert any(text.startswith(label) for text in said)
    assert ({"model 0, k = 1 to 2", "model 1, k = 1 to 2"} <= set(said)) == (shown is not None)
    table = pd.read_csv(tmp_path / "costs.csv")
    assert table.columns.tolist() == COLUMNS and table["model"].tolist() == ["model 0"] * 2 + ["model 1"] * 2
    assert table["flops"].notna().sum() == 2 * sum("flops" in known for known in measures)


def test_a_cost_of_nothing_has_no_place_on_a_log_axis() -> None:
    assert shown_measure({"free": curve({1: 0.1}, dollars=[0], output_tokens=[0], flops=[5])}) == "flops"
    assert shown_measure({"silent": curve({1: 0.1}, output_tokens=[0])}) is None


def test_a_single_sample_has_a_figure_and_long_curves_small_files(tmp_path: Path) -> None:
    run_of = np.arange(1, 10_001)
    long = curve({int(k): 1 - 0.999**k for k in run_of}, flops=(1e15 + 3e14 * run_of).tolist())
    draw_costs({"one": curve({1: 0.5}, flops=[1e16]), "long": long}, "Tasks", STYLE, tmp_path / "costs")
    said = texts(tmp_path / "costs.svg")
    assert {"one, k = 1", "long, k = 1 to 10,000"} <= set(said)
    assert len(pd.read_csv(tmp_path / "costs.csv")) == 10_001
    assert (tmp_path / "costs.svg").stat().st_size < 200_000


def test_equal_costs_make_equal_bytes_by_function_and_script(tmp_path: Path) -> None:
    for name, table in CURVES.items():
        (tmp_path / "tasks" / name).mkdir(parents=True)
        table.to_csv(tmp_path / "tasks" / name / "cost.csv", index=False)
    read = {name: pd.read_csv(tmp_path / "tasks" / name / "cost.csv") for name in CURVES}
    draw_costs(read, "Tasks", STYLE, tmp_path / "a" / "costs-tasks")
    style = json.dumps({"colours": list(STYLE.colours), "width_inches": 4.8, "height_inches": 3.4})
    common = ("--benchmark", "tasks", "--models", *CURVES, "--title", "Tasks", "--style", style, "--results", tmp_path, "--output", tmp_path / "b")
    answer = run("draw_figures.py", "--kinds", "costs", *common)
    assert answer.returncode == 0, answer.stderr
    for suffix in (*FORMATS, "csv"):
        assert (tmp_path / "a" / f"costs-tasks.{suffix}").read_bytes() == (tmp_path / "b" / f"costs-tasks.{suffix}").read_bytes()


# Configuration


def completed(model: dict[str, Any], analysis: dict[str, Any] | None = None) -> dict[str, Any]:
    config = {"run": "r", "models": {"m": {"weights": "folder", **model}}, "benchmarks": {"arithmetic": {"problems": 1, "samples": 1}}}
    return complete({**config, **({"analysis": analysis} if analysis else {})}, ROOT / "config" / "schema.yaml", ["arithmetic"])


def test_a_study_that_names_no_costs_is_what_it_was() -> None:
    config = completed({})
    assert not {"architecture", "price", "tokens"} & set(config["models"]["m"])
    assert config["analysis"]["budgets"] == {"dollars": [], "flops": []}
    assert config["analysis"]["coverages"] == []


def test_what_the_schema_takes_the_library_reads() -> None:
    price = {"per_million_tokens": {"prompt": 0.14, "output": 0.28}}
    model = completed({"price": price, "architecture": {"parameters": 8.03e9, "layers": 32, "width": 4096}, "tokens": {"prompt": 1, "output": 2}})
    assert read_price(model["models"]["m"]["price"]) == PerMillionTokens(0.14, 0.28, "per_completion")
    assert read_architecture(model["models"]["m"]["architecture"]) == Architecture(8.03e9, 32, 4096)
    for other in ({"per_attempt": 0.13}, {"per_gpu_hour": {"output_tokens_per_second": 4000, "dollars": 2}}):
        assert read_price(completed({"price": other})["models"]["m"]["price"])


@pytest.mark.parametrize(
    ("model", "analysis", "said"),
    [
        ({"price": {"per_atempt": 1}}, {}, "models.m.price.per_atempt does not exist"),
        ({"price": {}}, {}, "models.m.price is {}, but must have at least 1 entry"),
        ({"price": {"per_attempt": 1, "per_gpu_hour": {"output_tokens_per_second": 1}}}, {}, "models.m.price is .*at most 1 entry"),
        ({"price": {"per_million_tokens": {"prompt": 1}}}, {}, "models.m.price.per_million_tokens.output is missing"),
        ({"architecture": {"parameters": 1, "layers": 1}}, {}, "models.m.architecture.width is missing"),
        (
            {"architecture": {"parameters": "8.03e9", "layers": 1, "width": 1}},
            {},
            "models.m.architecture.parameters .* must be a number, without quotes",
        ),
        ({"tokens": {"prompt": 1}}, {}, "models.m.tokens.output is missing"),
        ({}, {"budgets": {"euros": [1]}}, "analysis.budgets.euros does not exist"),
        ({}, {"budgets": {"dollars": [0]}}, "analysis.budgets.dollars.0 is 0, but must be greater than 0"),
        ({}, {"coverages": [50]}, "analysis.coverages.0 is 50, but must be at most 1"),
    ],
)
def test_a_fault_in_costs_is_told_with_its_key(model: dict[str, Any], analysis: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        completed(model, analysis)
