"""Sentences and rows of the report on how one answer is chosen from k samples."""

from typing import Any

import pandas as pd

LABELS = {"outcome": "the answer", "process": "answer and steps"}
ABOVE, BELOW = "oracle", "random"
"""Rows of the table that are no choices."""
NAMES = {ABOVE: "coverage", BELOW: "a sample taken blindly"}


def selection_in_words(selection: pd.DataFrame | None, differences: pd.DataFrame | None) -> dict[str, Any] | None:
    """What the report says of the selectors at the last k; None where nothing was chosen.

    Args:
        selection: ``selection.csv``.
        differences: ``selection_differences.csv``, paired, second minus first.

    Returns:
        ``sentence``, and ``rows`` with name, label, k, accuracy, lower, upper, and the paired difference from the majority vote in points.
    """
    if selection is None or selection.empty:
        return None
    last = selection[selection["k"] == selection["k"].max()]
    rows = [_row(row, differences) for row in last.to_dict("records")]
    of_answers = last[last["label"] == "outcome"]
    chosen = of_answers[~of_answers["selector"].isin([ABOVE, BELOW])]
    if chosen.empty:
        return {"sentence": "", "rows": rows}
    best, k = chosen.loc[chosen["accuracy"].idxmax()], int(chosen["k"].iloc[0])
    sentence = f"Coverage at k = {k} is {best['coverage']:.1%}; the best of these selectors, {selector_name(best)}, hands in a right answer in {best['accuracy']:.1%} of the cases."
    steps = last[last["label"] == "process"]
    if not steps.empty:
        sentence += f" Counting only answers whose steps are right too, coverage is {steps['coverage'].iloc[0]:.1%}."
    return {"sentence": sentence, "rows": rows}


def selector_name(row: Any) -> str:
    """A selector as figures and the table of differences name it."""
    said = ", ".join(str(row[key]) for key in ("scorer", "options") if isinstance(row[key], str) and row[key])
    name = NAMES.get(row["selector"], str(row["selector"]).replace("_", " "))
    return f"{name} ({said})" if said else name


def _row(row: dict[Any, Any], differences: pd.DataFrame | None) -> dict[str, Any]:
    found = {"name": selector_name(row), "label": LABELS.get(row["label"], row["label"]), "difference": "", "bounds": ""}
    found |= {key: row[key] for key in ("k", "accuracy", "lower", "upper")}
    if differences is None or differences.empty or row["selector"] in (ABOVE, BELOW, "majority"):
        return found
    same = differences[(differences["label"] == row["label"]) & (differences["k"] == row["k"])]
    for first, second, sign in (("first", "second", 1), ("second", "first", -1)):
        there = same[(same[first] == "majority") & (same[second] == found["name"])]
        if not there.empty:
            one = there.iloc[0]
            low, high = sorted((sign * one["lower"], sign * one["upper"]))
            found |= {"difference": f"{100 * sign * one['difference']:+.1f} points", "bounds": f"{100 * low:+.1f} to {100 * high:+.1f}"}
    return found
