"""Price of samples: per million tokens, per GPU hour or per attempt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monkeys.costs.checks import check_keys, check_number
from monkeys.errors import InputError


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


def read_price(value: Mapping[str, Any] | None) -> Price | None:
    """The configuration's price, one of three ways: ``per_million_tokens``, ``per_gpu_hour`` or ``per_attempt``; None stays None.

    Raises:
        InputError: none or several of the ways, a key that is missing or unknown, or a number out of range.
    """
    if value is None:
        return None
    ways = ("per_million_tokens", "per_gpu_hour", "per_attempt")
    check_keys(value, ways, (), "price")
    if len(value) != 1:
        raise InputError(f"price must be given in one way, {', '.join(ways[:-1])} or {ways[-1]}; it has {' and '.join(value) or 'none of them'}")
    (way, price), *_ = value.items()
    if way == "per_attempt":
        check_number(price, "price.per_attempt")
        return PerAttempt(price)
    if not isinstance(price, Mapping):
        raise InputError(f"price.{way} is {json.dumps(price)}, but must be a mapping of keys")
    if way == "per_gpu_hour":
        check_keys(price, ("dollars", "output_tokens_per_second"), ("output_tokens_per_second",), f"price.{way}")
        check_number(price["output_tokens_per_second"], f"price.{way}.output_tokens_per_second", positive=True)
        if price.get("dollars") is not None:
            check_number(price["dollars"], f"price.{way}.dollars")
        return PerGpuHour(**price)
    check_keys(price, ("prompt", "output", "prompt_billed"), ("prompt", "output"), f"price.{way}")
    for name in ("prompt", "output"):
        check_number(price[name], f"price.{way}.{name}")
    if price.get("prompt_billed", "once") not in ("once", "per_completion"):
        raise InputError(f"price.{way}.prompt_billed is {json.dumps(price['prompt_billed'])}, but must be one of once, per_completion")
    return PerMillionTokens(**price)
