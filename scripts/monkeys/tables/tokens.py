"""What samples cost in tokens, how many repeat each other, and what drew them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.records.parquet import column_names, read_batches
from monkeys.records.sample import read_provenance

NUMBERS = ("sample_index", "seed", "prompt_tokens", "output_tokens")
OF_SEARCH = ("generated_tokens", "scored_tokens")
"""Columns of samples that are trees."""


def read_columns(paths: Sequence[Path]) -> pd.DataFrame:
    """Files of samples in 50 bytes a sample, so that a million is little.

    Returns:
        Columns ``problem_id`` (categorical), ``file`` (number of the path), ``sample_index``, ``seed``, ``prompt_tokens``, ``output_tokens`` (-1 where
        unrecorded), ``text`` (its hash), ``truncated``, whether the sample ended at its limit of tokens, and ``finish_known``, whether that is recorded.
        Where samples are trees also ``generated_tokens``, all that the model drew, and ``scored_tokens``, all that a scorer read.
    """
    searched = bool(paths) and set(OF_SEARCH) <= set(column_names(paths[0]))
    numbers = (*NUMBERS, *(OF_SEARCH if searched else ()))
    codes: dict[str, int] = {}
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("problem", "file", *numbers, "text", "truncated", "finish_known")}
    for number, path in enumerate(paths):
        for batch in read_batches(path, ["problem_id", "text", "finish_reason", *numbers]):
            names = batch["problem_id"].dictionary_encode()
            known = np.array([codes.setdefault(name, len(codes)) for name in names.dictionary.to_pylist()], dtype=np.int32)
            parts["problem"].append(known[names.indices.to_numpy()])
            parts["file"].append(np.full(len(names), number, dtype=np.int32))
            for name in numbers:
                # Not by way of pandas, which makes floats of a column with gaps: a seed has more digits.
                parts[name].append(batch[name].fill_null(-1).to_numpy())
            parts["text"].append(pd.util.hash_array(batch["text"].to_numpy(zero_copy_only=False), categorize=False))
            reasons = batch["finish_reason"].to_pandas()
            parts["truncated"].append((reasons == "length").to_numpy())
            parts["finish_known"].append(reasons.notna().to_numpy())
    columns = {name: np.concatenate(parts.pop(name)) for name in list(parts)}
    problems: pd.Categorical[str] = pd.Categorical.from_codes(columns.pop("problem"), pd.Index(list(codes)))
    return pd.DataFrame({"problem_id": problems, **columns}, copy=False)


def read_accounts(paths: Sequence[Path]) -> list[dict[str, str]]:
    """What drew the samples in the files, each different account once."""
    accounts: list[dict[str, str]] = []
    for path in paths:
        if (account := read_provenance(path)) not in accounts:
            accounts.append(account)
    return accounts


def count_tokens(samples: pd.DataFrame) -> dict[str, Any]:
    """Totals over samples, from ``read_columns``.

    Returns:
        ``samples``; ``prompt_tokens`` (each problem's prompt once, as prefixes are shared) and ``output_tokens``, None where unrecorded: of trees all that
        the model drew, beside ``scored_tokens``, all that the scorer read;
        ``truncated``, samples that ended at their limit of tokens, None where of none it is recorded; ``distinct``, different texts of the same problem.
    """
    recorded = bool((samples["output_tokens"] >= 0).all())
    drawn = "generated_tokens" if "generated_tokens" in samples else "output_tokens"
    # The largest, as some of a problem's samples may lack it (-1).
    prompts = samples.groupby("problem_id", observed=True)["prompt_tokens"].max()
    return {
        "samples": len(samples),
        "prompt_tokens": int(prompts.sum()) if recorded and (prompts >= 0).all() else None,
        "output_tokens": int(samples[drawn].sum()) if recorded else None,
        **({"scored_tokens": int(samples["scored_tokens"].sum())} if "scored_tokens" in samples else {}),
        "truncated": int(samples["truncated"].sum()) if samples["finish_known"].any() else None,
        "distinct": int((~samples.duplicated(["problem_id", "text"])).sum()),
    }


def tokens_by_problem(samples: pd.DataFrame) -> pd.DataFrame:
    """Sums over each problem's samples, from ``read_columns``: with the squares, all that costs need (``monkeys.costs.cost``).

    Returns:
        A row for each problem, in the order in which they come: ``problem_id``; ``samples``; ``prompt_tokens`` of its prompt, once; ``output_tokens`` and
        ``output_tokens_squared``, summed; of trees, all that the model drew, and ``scored_tokens``. Whole numbers, NA where unrecorded: of outputs, where any of the problem's samples lacks it.
    """
    names = ["problem_id", "prompt_tokens", "output_tokens", *(name for name in OF_SEARCH if name in samples)]
    table = samples[names].assign(output_tokens_squared=samples["output_tokens"] ** 2)
    sums_of = ["output_tokens", "output_tokens_squared"]
    if "generated_tokens" in samples:
        # A tree's token has half of the final text before it, as a sample's has on average.
        table = table.assign(output_tokens=table["generated_tokens"], output_tokens_squared=table["generated_tokens"] * samples["output_tokens"])
        sums_of.append("scored_tokens")
    groups = table.groupby("problem_id", observed=True)
    recorded = groups["output_tokens"].min() >= 0
    # The largest, as some of a problem's samples may lack it (-1): they have the same prompt.
    prompts = groups["prompt_tokens"].max().astype("Int64")
    sums = groups[sums_of].sum().astype("Int64").where(recorded)
    return pd.DataFrame({"samples": groups.size(), "prompt_tokens": prompts.where(prompts >= 0), **sums}).reset_index()
