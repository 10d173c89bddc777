"""The first paragraph of the report: what was found, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.reporting.results import PairResults
from monkeys.reporting.selection import selection_in_words
from monkeys.reporting.units import percent

NAMED = 2
"""The most curves of a benchmark that are named one by one; of more the highest and the lowest are."""


def finding(pairs: Sequence[PairResults], scaling: Sequence[Mapping[str, Any]], confidence: float) -> str:
    """What was found on one benchmark: coverage, the best selector, the law, and what to use where strategies are compared.

    Args:
        pairs: of the benchmark.
        scaling: ``scaling_in_words``: the comparisons at equal cost; empty where there are none.
        confidence: of the intervals of coverage.
    """
    shown = named(pairs)
    sentences = [_coverage(pair, confidence if pair is shown[0] else None) for pair in shown]
    if len(pairs) > len(shown):
        sentences.append(f"These are the highest and the lowest of {len(pairs)} curves at their largest k.")
    # A comparison that found nothing says so in its own section.
    sentences += [sentence for pair in shown if (sentence := best_selector(pair))]
    sentences.append(laws(shown))
    sentences += [one["sentences"][0] for one in scaling if one["recommends"]]
    return " ".join(sentences)


def named(pairs: Sequence[PairResults]) -> list[PairResults]:
    """The pairs that are named: all of a few, the highest and the lowest of many."""
    if len(pairs) <= NAMED:
        return list(pairs)
    ordered = sorted(pairs, key=lambda pair: -float(pair.coverage["pass_at_k"].iloc[-1]))
    return [ordered[0], ordered[-1]]


def _coverage(pair: PairResults, confidence: float | None) -> str:
    first, last = (pair.coverage.loc[pair.coverage["k"] == k].iloc[0] for k in (pair.coverage["k"].min(), pair.coverage["k"].max()))
    kind = "" if confidence is None else f"{confidence:.0%} interval "

    def said(row: Any, kind: str) -> str:
        return f"{percent(row['pass_at_k'])} ({kind}{100 * row['lower']:.1f} to {100 * row['upper']:.1f})"

    start = f"{pair.model} solves {said(first, kind)} of the problems with {_samples(first['k'])}"
    return f"{start}." if first["k"] == last["k"] else f"{start} and {said(last, '')} with {_samples(last['k'])}."


def _samples(k: float) -> str:
    return "one sample" if k == 1 else f"{k:.0f} samples"


def best_selector(pair: PairResults) -> str:
    """Which selector hands in most right answers at the largest k, beside the majority vote; empty where none chose."""
    found = selection_in_words(pair.selection, pair.selection_differences)
    if not found or not found["best"]:
        return ""
    best = found["best"]
    said = (
        f"Of the ways to choose one of {best['k']:.0f} answers of {pair.model}, {best['name']} is right most often: "
        f"{percent(best['accuracy'])} ({100 * best['lower']:.1f} to {100 * best['upper']:.1f})"
    )
    if not best["difference"]:
        return f"{said}."
    low, high = best["difference_bounds"]
    if low <= 0 <= high:
        return f"{said}; it is not shown to differ from the majority vote ({best['difference']}, {best['bounds']})."
    return f"{said}; that is {best['difference']} ({best['bounds']}) from the majority vote."


def laws(pairs: Sequence[PairResults]) -> str:
    """The law of each pair by the first of its losses."""
    said = "; ".join(f"{pair.model}: {law_in_short(pair.laws['laws'][0])}" for pair in pairs)
    loss = pairs[0].laws["laws"][0]["loss_description"]
    return f"The law c(k) = exp(a k^b), by {loss}: {said}."


def law_in_short(law: Mapping[str, Any]) -> str:
    """A law in a few words: its numbers and its error, or why there are none."""
    if "not_fitted" in law:
        return f"not fitted ({law['not_fitted']})"
    doubts = [f"{name}: {law['doubts'][name]}" for name in "ab" if law["doubts"].get(name)]
    error = f"mean error {100 * law['error_mean']:.2f} points"
    if doubts:
        return f"not fixed by these samples ({'; '.join(doubts)}), {error}"
    return f"a = {law['a']:.3f}, b = {law['b']:.3f}, {error}"
