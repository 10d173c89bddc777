"""Which models run on which benchmark, by a completed configuration."""

from collections.abc import Mapping
from typing import Any


def models_of(config: Mapping[str, Any], benchmark: str) -> list[str]:
    """Models on a benchmark, in the order of the configuration."""
    return [pair["model"] for pair in config["pairs"] if pair["benchmark"] == benchmark]


def sampled_models(config: Mapping[str, Any], benchmark: str) -> list[str]:
    """Those of which there are samples, and not just counts."""
    return [name for name in models_of(config, benchmark) if config["models"][name]["engine"] != "counted"]


def related_models(config: Mapping[str, Any], benchmark: str) -> dict[str, str]:
    """The families of the models on a benchmark that are of the same family as another."""
    families = {name: config["models"][name].get("family") for name in models_of(config, benchmark)}
    numbers = list(families.values())
    return {model: family for model, family in families.items() if family and numbers.count(family) > 1}
