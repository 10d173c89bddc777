"""What coverage costs: FLOPs, GPU seconds and dollars of k samples of each problem, and which model buys most.

FLOPs are counted as Brown et al. (arXiv 2407.21787) count them: a token at context length L takes about 2 (parameters + 2 layers width L). The prompt
is processed once for a problem, as its samples share the prefix; each sample's output tokens are decoded at context lengths of their own.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.errors import InputError, nearest

MEASURES = ("dollars", "flops", "gpu_seconds", "output_tokens")
"""Measures of cost, columns of ``cost_of_k``."""
LADDER = (0.25, 0.5, 0.75, 0.9)
_UNITS = {"dollars": "dollars", "flops": "FLOPs", "gpu_seconds": "GPU seconds", "output_tokens": "output tokens"}
_EQUAL = 1e-9
"""Relative difference below which two costs are the same: sums of decimal prices are not exact."""

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


@dataclass(frozen=True, slots=True)
class PerMillionTokens:
    """An API's price, in dollars per million tokens. A prompt is billed with every completion, or once a problem."""

    prompt: float
    output: float
    prompt_billed: str = "per_completion"


@dataclass(frozen=True, slots=True)
class PerGpuHour:
    """A GPU's price in dollars an hour (None: unknown) and the output tokens that it makes in a second."""

    output_tokens_per_second: float
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class PerAttempt:
    """An agent's price: dollars for a sample, whatever its tokens."""

    dollars: float


Price = PerMillionTokens | PerGpuHour | PerAttempt


@dataclass(frozen=True, slots=True)
class Choice:
    """A model and its number of samples, with its coverage, interval and cost; or None of each. ``reason`` says why, in a sentence."""

    reason: str
    model: str | None = None
    k: int | None = None
    pass_at_k: float | None = None
    lower: float | None = None
    upper: float | None = None
    cost: float | None = None


# Architecture


def read_architecture(value: Mapping[str, Any]) -> Architecture:
    """The configuration's ``{parameters, layers, width}``.

    Raises:
        InputError: one is missing, unknown or not a positive number.
    """
    names = [field.name for field in fields(Architecture)]
    _check_keys(value, names, names, "architecture")
    for name in names:
        _check_number(value[name], f"architecture.{name}", positive=True)
    return Architecture(value["parameters"], value["layers"], value["width"])


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
        InputError: a file is none of safetensors.
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


# Price


def read_price(value: Mapping[str, Any] | None) -> Price | None:
    """The configuration's price, one of three ways: ``per_million_tokens``, ``per_gpu_hour`` or ``per_attempt``; None stays None.

    Raises:
        InputError: none or several of the ways, a key that is missing or unknown, or a number out of range.
    """
    if value is None:
        return None
    ways = ("per_million_tokens", "per_gpu_hour", "per_attempt")
    _check_keys(value, ways, (), "price")
    if len(value) != 1:
        raise InputError(f"price must be given in one way, {', '.join(ways[:-1])} or {ways[-1]}; it has {' and '.join(value) or 'none of them'}")
    (way, price), *_ = value.items()
    if way == "per_attempt":
        _check_number(price, "price.per_attempt")
        return PerAttempt(price)
    if not isinstance(price, Mapping):
        raise InputError(f"price.{way} is {json.dumps(price)}, but must be a mapping of keys")
    if way == "per_gpu_hour":
        _check_keys(price, ("dollars", "output_tokens_per_second"), ("output_tokens_per_second",), f"price.{way}")
        _check_number(price["output_tokens_per_second"], f"price.{way}.output_tokens_per_second", positive=True)
        if price.get("dollars") is not None:
            _check_number(price["dollars"], f"price.{way}.dollars")
        return PerGpuHour(**price)
    _check_keys(price, ("prompt", "output", "prompt_billed"), ("prompt", "output"), f"price.{way}")
    for name in ("prompt", "output"):
        _check_number(price[name], f"price.{way}.{name}")
    if price.get("prompt_billed", "once") not in ("once", "per_completion"):
        raise InputError(f"price.{way}.prompt_billed is {json.dumps(price['prompt_billed'])}, but must be one of once, per_completion")
    return PerMillionTokens(**price)


def _check_keys(value: Mapping[str, Any], known: Sequence[str], needed: Sequence[str], where: str) -> None:
    if unknown := [name for name in value if name not in known]:
        raise InputError(f"{where}.{unknown[0]} does not exist{nearest(unknown[0], known)}; {where} knows {', '.join(known)}")
    if missing := [name for name in needed if name not in value]:
        raise InputError(f"{where}.{missing[0]} is missing; {where} needs {', '.join(needed)}")


def _check_number(value: Any, where: str, positive: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise InputError(f"{where} is {json.dumps(value)}, but must be a number {'greater than' if positive else 'of at least'} 0")


# Cost


def assume_tokens(tokens: pd.DataFrame, prompt: float, output: float) -> pd.DataFrame:
    """Means in place of tokens that are not recorded.

    Every output is then taken to be of the mean's length: where lengths vary by a standard deviation s, attention is undercounted by s^2 / 2 token
    contexts a sample, far less than the parameters' part in all but the longest contexts.

    Args:
        tokens: one row a problem, as ``tokens_by_problem`` makes them; NaN where unrecorded.
        prompt, output: mean tokens of a problem's prompt and of a sample.
    """
    unknown = tokens["output_tokens"].isna()
    return tokens.assign(
        prompt_tokens=tokens["prompt_tokens"].fillna(prompt),
        output_tokens=tokens["output_tokens"].where(~unknown, output * tokens["samples"]),
        output_tokens_squared=tokens["output_tokens_squared"].where(~unknown, output**2 * tokens["samples"]),
    )


def unrecorded_tokens(problems: int) -> pd.DataFrame:
    """The table of tokens by problem of which nothing is known but the number of problems."""
    return pd.DataFrame({"samples": np.ones(problems), "prompt_tokens": np.nan, "output_tokens": np.nan, "output_tokens_squared": np.nan})


def cost_of_k(ks: Sequence[int], tokens: pd.DataFrame, architecture: Architecture | None, price: Price | None) -> pd.DataFrame:
    """Expected cost of k samples of each problem, over all problems of a benchmark.

    A sample whose prompt has p tokens and whose output has o decodes its tokens at the context lengths p, p + 1, ..., p + o - 1, of which the sum is
    p o + (o^2 - o) / 2; over the n samples of a problem, p S1 + (S2 - S1) / 2 with S1 = sum of o and S2 = sum of o^2. So the sums give the FLOPs of
    all n samples exactly, and k samples are expected to take k / n of it. The prompt's own tokens have the contexts 0 to p - 1.

    Args:
        ks: numbers of samples of each problem, from 1; may be more than were drawn.
        tokens: one row a problem: ``samples``, ``prompt_tokens`` and, summed over the samples, ``output_tokens`` and ``output_tokens_squared``.
        architecture: None where unknown.
        price: None where unknown.

    Returns:
        A row for each k: ``k``; ``prompt_tokens`` (each problem's prompt once); ``output_tokens``; ``flops``; ``gpu_seconds``; ``dollars``. NaN where
        what it would take is unknown, also if for a single problem.

    Raises:
        ValueError: a k below 1.
    """
    if len(ks) and min(ks) < 1:
        raise ValueError(f"k must be at least 1, not {min(ks)}")
    k = np.asarray(ks, dtype=float)
    prompts = tokens["prompt_tokens"].to_numpy(dtype=float, na_value=np.nan)
    samples = tokens["samples"].to_numpy(dtype=float)
    outputs = tokens["output_tokens"].to_numpy(dtype=float, na_value=np.nan) / samples
    squares = tokens["output_tokens_squared"].to_numpy(dtype=float, na_value=np.nan) / samples
    prompt_total, output_total = float(prompts.sum()), float(outputs.sum())
    unknown = np.full(len(k), np.nan)
    flops, gpu_seconds, dollars = unknown, unknown, unknown
    if architecture is not None:
        of_context = 2 * architecture.layers * architecture.width
        once = architecture.parameters * prompt_total + of_context * float((prompts * (prompts - 1)).sum()) / 2
        each = architecture.parameters * output_total + of_context * float((prompts * outputs + (squares - outputs) / 2).sum())
        flops = 2 * (once + k * each)
    match price:
        case PerMillionTokens():
            billed = 1 if price.prompt_billed == "once" else k
            dollars = (price.prompt * prompt_total * billed + price.output * output_total * k) / 1e6
        case PerGpuHour():
            gpu_seconds = k * output_total / price.output_tokens_per_second
            dollars = unknown if price.dollars is None else gpu_seconds / 3600 * price.dollars
        case PerAttempt():
            dollars = k * len(tokens) * price.dollars
    return pd.DataFrame(
        {
            "k": np.asarray(ks, dtype=int),
            "prompt_tokens": prompt_total,
            "output_tokens": k * output_total,
            "flops": flops,
            "gpu_seconds": gpu_seconds,
            "dollars": dollars,
        }
    )


# Choice


def cheapest(curves: Mapping[str, pd.DataFrame], coverage: float, measure: str) -> Choice:
    """The model and the number of samples that reach a coverage at the lowest cost.

    Of equal costs the higher coverage is taken, then fewer samples, then the model that is named first.

    Args:
        curves: by model, columns k, pass_at_k, lower, upper and the measures.
        coverage: wanted, 0 to 1.
        measure: one of ``MEASURES``.
    """
    table, left_out = _candidates(curves, measure)
    if table.empty:
        return Choice(f"no model's {_UNITS[measure]} are known")
    reaching = table[table["pass_at_k"] >= coverage - 1e-12]
    if reaching.empty:
        top = table.sort_values(["pass_at_k", "cost"], ascending=[False, True], kind="stable").iloc[0]
        return Choice(
            f"no model reaches {_percent(coverage)}; the highest is {top['model']} with {_percent(top['pass_at_k'])} at k = {top['k']}{left_out}"
        )
    tied = reaching[reaching["cost"] <= reaching["cost"].min() * (1 + _EQUAL)].sort_values(["pass_at_k", "k", "order"], ascending=[False, True, True])
    reason = f"{money(measure, tied['cost'].iloc[0])}, the lowest cost at which {_percent(coverage)} are reached"
    return _chosen(tied, f"{reason}{_ties(tied, 'cost')}{left_out}")


def best(curves: Mapping[str, pd.DataFrame], budget: float, measure: str) -> Choice:
    """The model and the number of samples of the highest coverage that a budget allows.

    Of equal coverages the lower cost is taken, then fewer samples, then the model that is named first. A model is not drawn beyond its curve.

    Args:
        curves: as in ``cheapest``.
        budget: in the measure's unit.
        measure: one of ``MEASURES``.
    """
    table, left_out = _candidates(curves, measure)
    if table.empty:
        return Choice(f"no model's {_UNITS[measure]} are known")
    allowed = table[table["cost"] <= budget * (1 + _EQUAL)]
    if allowed.empty:
        least = table.sort_values(["cost", "pass_at_k"], ascending=[True, False], kind="stable").iloc[0]
        return Choice(
            f"{money(measure, budget)} buys nothing; the least is {least['model']} at k = {least['k']} for {money(measure, least['cost'])}{left_out}"
        )
    tied = allowed[allowed["pass_at_k"] >= allowed["pass_at_k"].max() - 1e-12].sort_values(["cost", "k", "order"])
    reason = f"the highest coverage for at most {money(measure, budget)}{_ties(tied, 'coverage')}"
    last = table[table["model"] == tied["model"].iloc[0]]["k"].max()
    if tied["k"].iloc[0] == last and tied["cost"].iloc[0] < budget * (1 - _EQUAL):
        reason += f"; {tied['model'].iloc[0]} was not sampled beyond k = {last}, which leaves a part of the budget"
    return _chosen(tied, reason + left_out)


def default_coverages(curves: Mapping[str, pd.DataFrame]) -> list[float]:
    """Coverages to ask for where none are given: each model's last, and 25, 50, 75 and 90 % where some model reaches them."""
    last = [float(curve.sort_values("k")["pass_at_k"].iloc[-1]) for curve in curves.values()]
    return sorted({value for value in (*last, *(step for step in LADDER if step <= max(last))) if value > 0})


def money(measure: str, value: float) -> str:
    """A cost with its unit, to be read."""
    if measure == "dollars":
        return f"${value:,.2f}" if value >= 1 else f"${value:.3g}"
    return f"{value:.4g} {_UNITS[measure]}"


def _percent(coverage: float) -> str:
    return f"{100 * coverage:.4g} %"


def _candidates(curves: Mapping[str, pd.DataFrame], measure: str) -> tuple[pd.DataFrame, str]:
    """All points of which the cost is known, and the end of a sentence that says which models were left out."""
    columns = ["model", "order", "k", "pass_at_k", "lower", "upper", "cost"]
    parts = [curve.assign(model=name, order=order, cost=curve[measure].astype(float))[columns] for order, (name, curve) in enumerate(curves.items())]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["cost"].notna() & table["pass_at_k"].notna()]
    unknown = [name for name in curves if name not in set(table["model"])]
    return table, f"; left out, as their {_UNITS[measure]} are unknown: {', '.join(unknown)}" if unknown else ""


def _ties(tied: pd.DataFrame, of: str) -> str:
    """Who else had the same cost or coverage, and what decided."""
    first, others = tied.iloc[0], tied[tied["model"] != tied["model"].iloc[0]]
    if others.empty:
        return ""
    other = others.iloc[0]
    second, decided = ("pass_at_k", "has the higher coverage") if of == "cost" else ("cost", "costs less")
    if math.isclose(first[second], other[second], rel_tol=_EQUAL):
        decided = "takes fewer samples" if first["k"] != other["k"] else "is named first"
    names = " and ".join(dict.fromkeys(f"{row['model']} at k = {row['k']}" for _, row in others.drop_duplicates("model").iterrows()))
    return f"; the same {of} as {names}, but {first['model']} {decided}"


def _chosen(tied: pd.DataFrame, reason: str) -> Choice:
    row = tied.iloc[0]
    numbers = {name: None if pd.isna(row[name]) else float(row[name]) for name in ("pass_at_k", "lower", "upper", "cost")}
    return Choice(reason, str(row["model"]), int(row["k"]), **numbers)
