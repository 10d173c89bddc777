"""Architectures: given, computed from config.json, counted in the weights."""

import json
from pathlib import Path
from typing import Any

import pytest
from cost_cases import llama, write_safetensors

from monkeys.costs.architecture import Architecture, architecture_of, count_parameters, read_architecture
from monkeys.errors import InputError

SMOLLM2 = llama(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3)


SMOLLM2["tie_word_embeddings"] = True


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
def test_computed_parameters_match_published_models(config: dict[str, Any], expected: Architecture) -> None:
    assert architecture_of(config) == expected


def test_attention_biases_count_as_parameters() -> None:
    plain = architecture_of(llama()).parameters
    assert architecture_of(llama(attention_bias=True)).parameters - plain == 32 * (4096 + 2 * 1024 + 4096)
    assert architecture_of(llama(mlp_bias=True)).parameters - plain == 32 * (2 * 14336 + 4096)


def test_counted_parameters_override_computed_ones() -> None:
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
def test_incomplete_config_names_missing_keys(config: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        architecture_of(config)


def test_mixture_of_experts_raises_even_with_counted_parameters() -> None:
    with pytest.raises(InputError, match="active for a token"):
        architecture_of(llama(n_routed_experts=64), 16_000_000_000)


def test_invalid_architecture_names_key() -> None:
    assert read_architecture({"parameters": 8.03e9, "layers": 32, "width": 4096}) == Architecture(8.03e9, 32, 4096)
    for given, said in (
        ({"parameters": 1, "layers": 1}, "architecture.width is missing"),
        ({"parameters": 1, "layers": 0, "width": 1}, "architecture.layers is 0"),
        ({"parameters": 1, "layer": 1, "width": 1}, r"architecture.layer does not exist \(did you mean 'layers'"),
    ):
        with pytest.raises(InputError, match=said):
            read_architecture(given)


def test_parameters_are_counted_from_safetensors_headers(tmp_path: Path) -> None:
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


def test_quantised_weights_are_not_counted(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", {"model.layers.0.mlp.up_proj.qweight": [512, 8]}, "I32")
    assert count_parameters(tmp_path, {}) is None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, (2).to_bytes(8, "little") + b"[]", (9).to_bytes(8, "little") + b'{"a": {}}'])
def test_invalid_safetensors_raises(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        count_parameters(tmp_path, {})
