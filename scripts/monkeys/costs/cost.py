"""Cost of k samples of each problem: FLOPs, GPU seconds and dollars.

FLOPs are counted as Brown et al. (arXiv 2407.21787) count them: a token at context length L takes about 2 (parameters + 2 layers width L). The prompt
is processed once for a problem, as its samples share the prefix; each sample's output tokens are decoded at context lengths of their own.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from monkeys.costs.architecture import Architecture
from monkeys.costs.price import PerAttempt, PerGpuHour, PerMillionTokens, Price

MEASURES = ("dollars", "flops", "gpu_seconds", "output_tokens")
"""Measures of cost, columns of ``cost_of_k``."""


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
