"""Architecture of a model, on which FLOPs depend: parameters, layers and width, given, computed or counted."""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from monkeys.costs.checks import check_keys, check_number
from monkeys.errors import InputError
from monkeys.files import read_json

_BIAS_OF_ATTENTION = {"llama": False, "mistral": False, "qwen2": True, "qwen3": False, "gemma": False}
"""Model types whose parameters are computed (gated MLP, RMS norms, no learnt positions), and whether query, key and value have a bias."""


_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")


_UNPACKED = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")
"""Types of safetensors in which an element is a parameter; integers pack several into one."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What FLOPs depend on: number of parameters, of layers, and the width of the residual stream."""

    parameters: float
    layers: int
    width: int


def read_architecture(value: Mapping[str, Any]) -> Architecture:
    """The configuration's ``{parameters, layers, width}``.

    Raises:
        InputError: one is missing, unknown or not a positive number.
    """
    names = [field.name for field in fields(Architecture)]
    check_keys(value, names, names, "architecture")
    for name in names:
        check_number(value[name], f"architecture.{name}", positive=True)
    return Architecture(value["parameters"], value["layers"], value["width"])


def known_architecture(given: Mapping[str, Any] | None, manifest: Path | None) -> Architecture | None:
    """A model's architecture as the configuration gives it, else as its weights describe it; None, with a sentence on standard error, where neither does.

    Args:
        given: ``{parameters, layers, width}``.
        manifest: of the weights.
    """
    if given is not None:
        return read_architecture(given)
    if manifest is None:
        return None
    try:
        folder = Path(read_json(manifest)["folder"])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return architecture_of(config, count_parameters(folder, config))
    except (InputError, OSError, ValueError) as error:
        # A study of a model of a kind unknown here must not fail for want of its FLOPs.
        print(f"FLOPs are left empty: {error}", file=sys.stderr)
        return None


def architecture_of(config: Mapping[str, Any], parameters: int | None = None) -> Architecture:
    """The architecture that a model's ``config.json`` describes.

    Args:
        config: in Hugging Face's layout.
        parameters: their number, where it was counted (``count_parameters``); else it is computed, which is possible for llama-like models.

    Raises:
        InputError: keys are missing (the sentence names them), or a token does not pass through all parameters, as in mixtures of experts.
    """
    layers = next((config[name] for name in ("num_hidden_layers", "n_layer") if config.get(name)), None)
    width = next((config[name] for name in ("hidden_size", "n_embd") if config.get(name)), None)
    missing = [name for name, value in (("num_hidden_layers (or n_layer)", layers), ("hidden_size (or n_embd)", width)) if value is None]
    if missing:
        raise InputError(f"the model's config.json lacks {' and '.join(missing)}; give architecture: {{parameters, layers, width}}")
    if any((config.get(name) or 0) > 1 for name in _EXPERTS):
        raise InputError("the model is a mixture of experts; give architecture: {parameters, layers, width} with the parameters active for a token")
    return Architecture(parameters or _computed_parameters(config), int(layers or 0), int(width or 0))


def _computed_parameters(config: Mapping[str, Any]) -> int:
    needed = ("model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    if missing := [name for name in needed if not config.get(name)]:
        raise InputError(f"the model's config.json lacks {' and '.join(missing)}; give architecture: {{parameters, layers, width}}")
    kind = config["model_type"]
    if kind not in _BIAS_OF_ATTENTION:
        raise InputError(
            f"the parameters of a model of type {kind!r} are not computed from its config.json, only those of {', '.join(_BIAS_OF_ATTENTION)};"
            " give architecture: {parameters, layers, width}"
        )
    width, inner, heads = (int(config[name]) for name in ("hidden_size", "intermediate_size", "num_attention_heads"))
    head = int(config.get("head_dim") or width // heads)
    grouped = int(config.get("num_key_value_heads") or heads)
    queries, keys_values = heads * head, 2 * grouped * head
    attention = width * (queries + keys_values) + queries * width
    if config.get("attention_bias"):
        attention += queries + keys_values + width
    elif _BIAS_OF_ATTENTION[kind]:
        attention += queries + keys_values
    mlp = 3 * width * inner + (2 * inner + width if config.get("mlp_bias") else 0)
    norms = 2 * width + (2 * head if kind == "qwen3" else 0)
    tables = 1 if _tied(config) else 2
    return tables * int(config["vocab_size"]) * width + int(config["num_hidden_layers"]) * (attention + mlp + norms) + width


def _tied(config: Mapping[str, Any]) -> bool:
    # A config.json leaves out what is its class's default.
    return bool(config.get("tie_word_embeddings", config.get("model_type") == "gemma"))


def count_parameters(folder: Path, config: Mapping[str, Any]) -> int | None:
    """Parameters in the safetensors files of a folder, from their headers alone.

    Args:
        folder: with ``model.safetensors``, or several files and ``model.safetensors.index.json``.
        config: the folder's ``config.json``; where it ties the embeddings, an output table that is stored all the same is not counted.

    Returns:
        The number; None where there are no such files, or numbers are packed by quantisation.

    Raises:
        InputError: a file is not in safetensors format.
    """
    index = folder / "model.safetensors.index.json"
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())) if index.is_file() else ["model.safetensors"]
        if not all((folder / name).is_file() for name in names):
            return None
        tensors = {name: tensor for file in names for name, tensor in _header(folder / file).items() if name != "__metadata__"}
        if any(tensor["dtype"] not in _UNPACKED for tensor in tensors.values()):
            return None
        return sum(int(math.prod(tensor["shape"])) for name, tensor in tensors.items() if not (name == "lm_head.weight" and _tied(config)))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise InputError(f"the weights in {folder} cannot be read as safetensors ({type(error).__name__}: {error}); fetch them again") from error


def _header(path: Path) -> dict[str, Any]:
    with path.open("rb") as handle:
        size = int.from_bytes(handle.read(8), "little")
        if size > 100_000_000:  # the format's own limit; without it, a file of another kind may ask for all memory
            raise ValueError(f"{path.name} has a header of {size} bytes")
        header: dict[str, Any] = json.loads(handle.read(size))
    return header
