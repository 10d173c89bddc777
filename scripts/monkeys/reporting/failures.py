"""Kinds of failure: what became of the samples that did not pass, and where examples are."""

from collections.abc import Sequence
from typing import Any

from monkeys.reporting.results import PairResults

KINDS = {"failed": "wrong", "no_answer": "no answer", "timeout": "out of time", "memory": "out of memory"}
"""Outcomes of verdicts that are failures, as a reader says them."""


def failure_rows(pairs: Sequence[PairResults]) -> list[dict[str, Any]]:
    """A row for each pair whose outcomes are known: model, samples, passed, and by kind the number, its share of the samples and the address of examples.

    Addresses are of the page of samples, None where there is none of the kind.
    """
    rows = []
    for pair in pairs:
        counts = pair.counts
        others = [name for name in KINDS if name != "failed"]
        if not pair.tokens or counts[others].isna().any(axis=None):
            continue
        samples, passed = int(counts["n"].sum()), int(counts["c"].sum())
        numbers = {name: int(counts[name].sum()) for name in others}
        numbers["failed"] = samples - passed - sum(numbers.values())
        kinds = [
            {
                "number": numbers[name],
                "share": numbers[name] / samples,
                "address": f"samples.html#{pair.folder}/{name}" if numbers[name] else None,
            }
            for name in KINDS
        ]
        rows.append({"model": pair.model, "samples": samples, "passed": passed, "share": passed / samples, "kinds": kinds})
    return rows
