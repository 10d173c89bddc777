"""Models, tokens and curves that tests of costs share."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.costs.architecture import Architecture
from monkeys.costs.cost import MEASURES, cost_of_k
from monkeys.costs.price import Price


def llama(**other: Any) -> dict[str, Any]:
    config = {"model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32}
    return {**config, "num_attention_heads": 32, "num_key_value_heads": 8, "tie_word_embeddings": False, **other}


def tokens(*problems: tuple[float, list[int]]) -> pd.DataFrame:
    """A row for each problem, from its prompt's tokens and those of its samples."""
    rows = [(len(outputs), prompt, sum(outputs), sum(output**2 for output in outputs)) for prompt, outputs in problems]
    return pd.DataFrame(rows, columns=["samples", "prompt_tokens", "output_tokens", "output_tokens_squared"])


def only(ks: list[int], table: pd.DataFrame, price: Price | None = None, architecture: Architecture | None = None) -> pd.DataFrame:
    return cost_of_k(ks, table, architecture, price)


def write_safetensors(path: Path, shapes: dict[str, list[int]], dtype: str = "BF16") -> None:
    """A header, without the numbers, which nobody reads."""
    header: dict[str, Any] = {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)


def curve(points: dict[int, float], **costs: list[float]) -> pd.DataFrame:
    table = pd.DataFrame({"k": list(points), "pass_at_k": list(points.values())})
    table["lower"], table["upper"] = table["pass_at_k"] - 0.01, table["pass_at_k"] + 0.01
    return table.assign(**{measure: costs.get(measure, np.nan) for measure in ("prompt_tokens", *MEASURES)})


SMALL = curve({1: 0.1, 10: 0.4, 100: 0.7}, dollars=[1, 10, 100], flops=[1e15, 1e16, 1e17])
LARGE = curve({1: 0.5, 10: 0.8}, dollars=[20, 200], flops=[1e15, 1e16])
CURVES = {"small": SMALL, "large": LARGE}
