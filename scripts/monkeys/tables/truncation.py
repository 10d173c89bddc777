"""Samples that ended at their limit of tokens, and what became of them: how much of a result the limit makes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.errors import InputError
from monkeys.records.parquet import read_batches
from monkeys.records.verdict import OUTCOMES

LEAST = 0.01
"""The share of samples cut off from which on a warning is worth its place."""
KEYS = ["problem_id", "sample_index"]
SYNTAX = re.compile(r"\b(SyntaxError|IndentationError|TabError)\b")


def count_truncated(samples: Sequence[Path], verdicts: Sequence[Sequence[Path]]) -> dict[str, Any]:
    """Count the samples that were cut off, and their verdicts.

    Args:
        samples: files of samples.
        verdicts: the files of verdicts on each of these files, in the same order.

    Returns:
        ``samples``; ``known``, those of which it is recorded how they ended; ``truncated``, those that ended at their limit of tokens, None where nothing
        is known; ``outcomes`` of these by name, and ``syntax_errors``, how many of them failed as programs that end too early do.

    Raises:
        InputError: a sample that was cut off has no verdict.
    """
    total, known, truncated, syntax = 0, 0, 0, 0
    outcomes: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
    for path, judged in zip(samples, verdicts, strict=True):
        ends = pd.concat(
            [batch.to_pandas() for batch in read_batches(path, [*KEYS, "finish_reason"])] or [pd.DataFrame(columns=[*KEYS, "finish_reason"])]
        )
        total += len(ends)
        known += int(ends["finish_reason"].notna().sum())
        cut = ends.loc[ends["finish_reason"] == "length", KEYS]
        truncated += len(cut)
        if cut.empty:
            continue
        found = pd.concat([batch.to_pandas() for part in judged for batch in read_batches(part, [*KEYS, "outcome", "detail"])])
        of_cut = cut.merge(found, on=KEYS, how="inner")
        if len(of_cut) != len(cut):
            raise InputError(f"{judged[0]} lacks verdicts on samples of {path}; delete it and run again")
        for outcome, number in of_cut["outcome"].value_counts().items():
            outcomes[str(outcome)] += int(number)
        failed = of_cut.loc[of_cut["outcome"] != "passed", "detail"]
        syntax += sum(bool(SYNTAX.search(detail or "")) for detail in failed)
    return {
        "samples": total,
        "known": known,
        "truncated": truncated if known else None,
        "outcomes": {name: number for name, number in outcomes.items() if number},
        "syntax_errors": syntax,
    }


def truncation_in_words(found: Mapping[str, Any]) -> str:
    """How many samples were cut off, for a table: what is not known is called so."""
    if found["truncated"] is None:
        return "not known"
    rest = found["samples"] - found["known"]
    return f"{found['truncated']} of {found['known']}" + (f" (of {rest} more it is not known)" if rest else "")


def truncation_warning(found: Mapping[str, Any], model: str, title: str, limit: int | None) -> str | None:
    """A sentence on what the limit of tokens cut off; None where that is less than ``LEAST`` of the samples, or not known.

    Args:
        found: from ``count_truncated``.
        model: its name.
        title: of the benchmark.
        limit: ``max_tokens``; None for recorded samples.
    """
    number, known = found["truncated"], found["known"]
    if not number or number < LEAST * known:
        return None
    outcomes = found["outcomes"]
    parts = (
        (found["syntax_errors"], "are syntax errors"),
        (outcomes.get("no_answer", 0), "without an answer"),
        (outcomes.get("passed", 0), "passed"),
    )
    # Only programs have syntax errors, and not all graders look for an answer.
    of_these = ", ".join(f"{count} {words}" for count, words in parts if count or words == "passed")
    where = f"max_tokens: {limit}" if limit is not None else "their limit of tokens"
    remedy = "Raise max_tokens" if limit is not None else "Draw with a higher limit"
    return (
        f"{number / known:.1%} of the samples of {model} on {title} ({number} of {known}) were cut off at {where}; of these {of_these}. "
        f"{remedy} to see whether the limit shapes the curve."
    )
