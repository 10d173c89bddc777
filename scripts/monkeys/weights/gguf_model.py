"""A llama-like GGUF file made into a folder that vLLM and transformers load: config, float32 safetensors, tokenizer, chat template.

vLLM 0.32 reads no GGUF, and transformers reads one but refuses to save it and splits digits wrongly. Numbers are dequantised exactly, so the
folder computes what the file says and nothing else.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader, dequantize
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from monkeys.errors import InputError

CONTROL_TOKEN = 3
"""GGUF's token type of special tokens."""

TENSORS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
TOP_TENSORS = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def convert(source: Path, folder: Path) -> None:
    """Write the model of a GGUF file to ``folder``.

    Raises:
        InputError: the file is of an architecture or has a tokenizer that this does not know.
    """
    reader = GGUFReader(source)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    if fields["general.architecture"] != "llama" or fields["tokenizer.ggml.pre"] != "smollm":
        raise InputError(
            f"{source} is a {fields['general.architecture']} model with a {fields['tokenizer.ggml.pre']} tokenizer; only llama with smollm's is converted"
        )
    folder.mkdir(parents=True)
    tensors = _tensors(reader, fields)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # safetensors makes it 0600
    tokenizer = _tokenizer(fields)
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, content in (
        ("config.json", _model_config(fields, tied="lm_head.weight" not in tensors)),
        ("tokenizer_config.json", _tokenizer_config(fields)),
    ):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _tensors(reader: GGUFReader, fields: dict[str, Any]) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = values.reshape([int(size) for size in tensor.shape[::-1]])
        stem, kind = tensor.name.rsplit(".", 1)
        if stem in TOP_TENSORS:
            name = TOP_TENSORS[stem]
        else:
            _, layer, part = stem.split(".")
            name = f"model.layers.{layer}.{TENSORS[part]}"
            if part in ("attn_q", "attn_k"):
                heads = int(fields["llama.attention.head_count" + ("" if part == "attn_q" else "_kv")])
                values = _separate_halves(values, heads)
        tensors[f"{name}.{kind}"] = np.ascontiguousarray(values)
    return tensors


def _separate_halves(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Undo llama.cpp's interleaving of each head's two rotary halves."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _special_tokens(fields: dict[str, Any]) -> list[str]:
    return [token for token, kind in zip(fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"], strict=True) if kind == CONTROL_TOKEN]


def _tokenizer(fields: dict[str, Any]) -> Tokenizer:
    vocabulary = {token: number for number, token in enumerate(fields["tokenizer.ggml.tokens"])}
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in _special_tokens(fields)])
    return tokenizer


def _model_config(fields: dict[str, Any], tied: bool) -> dict[str, Any]:
    def number(name: str) -> Any:
        return fields[f"llama.{name}"]

    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(fields["tokenizer.ggml.tokens"]),
        "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": number("block_count"),
        "num_attention_heads": number("attention.head_count"),
        "num_key_value_heads": number("attention.head_count_kv"),
        "head_dim": number("embedding_length") // number("attention.head_count"),
        "hidden_act": "silu",
        "max_position_embeddings": number("context_length"),
        # Stored in single precision: back to the decimal that was meant.
        "rms_norm_eps": float(f"{number('attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": number("rope.freq_base"),
        "tie_word_embeddings": tied,
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "torch_dtype": "float32",
    }


def _tokenizer_config(fields: dict[str, Any]) -> dict[str, Any]:
    tokens = fields["tokenizer.ggml.tokens"]
    eos = tokens[fields["tokenizer.ggml.eos_token_id"]]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[fields["tokenizer.ggml.bos_token_id"]],
        "eos_token": eos,
        "pad_token": eos,
        "additional_special_tokens": _special_tokens(fields),
        "model_max_length": fields["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        "chat_template": fields["tokenizer.chat_template"],
    }
