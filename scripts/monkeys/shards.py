"""How a benchmark is cut into shards: a block of problems times a round of samples, named by their numbers and by no total."""

import math
from collections.abc import Mapping
from typing import Any


def blocks(settings: Mapping[str, Any]) -> list[str]:
    """Names of the blocks of a benchmark's ``problems``, ``shard.problems`` each."""
    return [f"{number:04d}" for number in range(math.ceil(settings["problems"] / settings["shard"]["problems"]))]


def rounds(settings: Mapping[str, Any]) -> list[str]:
    """Names of the rounds of a benchmark's ``samples``, ``shard.samples`` each."""
    return [f"{number:04d}" for number in range(math.ceil(settings["samples"] / settings["shard"]["samples"]))]


def shards(settings: Mapping[str, Any]) -> list[str]:
    """Names of all shards, block by block."""
    return [f"{block}-{round}" for block in blocks(settings) for round in rounds(settings)]
