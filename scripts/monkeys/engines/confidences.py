"""How sure a model was at each token of a text, out of the log-probabilities that vLLM returns: what self-certainty and DeepConf are computed from."""

from collections.abc import Mapping, Sequence
from typing import Any

DIGITS = 3
"""Decimals that are kept: further ones depend on the size of the batch."""


def confidences(logprobs: Sequence[Mapping[int, Any]] | None, tokens: Sequence[int], top: int) -> list[float] | None:
    """Minus the mean log-probability of the ``top`` likeliest tokens at each place (C_t in DeepConf, Fu et al. 2025, arXiv 2508.15260).

    Args:
        logprobs: for each place vLLM's entries by token, each with ``logprob`` (natural logarithm) and ``rank`` (from 1).
        tokens: that were drawn, one a place.
        top: how many tokens; -1 for the whole vocabulary. vLLM also returns the drawn token where it is not among them; it is left out of the mean.

    Returns:
        One value a place, None without log-probabilities.
    """
    if logprobs is None:
        return None
    values = []
    for entries, _ in zip(logprobs, tokens, strict=True):
        chosen = [entry.logprob for entry in entries.values() if top < 0 or entry.rank <= top]
        values.append(round(-sum(chosen) / len(chosen), DIGITS))
    return values
