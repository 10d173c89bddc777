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
        ``sentence``; ``rows`` with name, label, k, accuracy, lower, upper, and the paired difference from the majority vote in points; ``best``, the row of
        the selector that is right most often, None where none chose.
    """
    if selection is None or selection.empty:
        return None
    last = selection[selection["k"] == selection["k"].max()]
    rows = [_row(row, differences) for row in last.to_dict("records")]
    of_answers = last[last["label"] == "outcome"]
    chosen = of_answers[~of_answers["selector"].isin([ABOVE, BELOW])]
    if chosen.empty:
        return {"sentence": "", "rows": rows, "best": None}
    best, k = chosen.loc[chosen["accuracy"].idxmax()], int(chosen["k"].iloc[0])
    sentence = f"Coverage at k = {k} is {best['coverage']:.1%}; the best of these selectors, {selector_name(best)}, hands in a right answer in {best['accuracy']:.1%} of the cases."
    steps = last[last["label"] == "process"]
    if not steps.empty:
        sentence += f" Counting only answers whose steps are right too, coverage is {steps['coverage'].iloc[0]:.1%}."
    return {"sentence": sentence, "rows": rows, "best": _row(best.to_dict(), differences)}


def selector_name(row: Any) -> str:
    """A selector as figures and the table of differences name it."""
    said = ", ".join(str(row[key]) for key in ("scorer", "options") if isinstance(row[key], str) and row[key])
    name = NAMES.get(row["selector"], str(row["selector"]).replace("_", " "))
    return f"{name} ({said})" if said else name


def _row(row: dict[Any, Any], differences: pd.DataFrame | None) -> dict[str, Any]:
    found = {"name": selector_name(row), "label": LABELS.get(row["label"], row["label"]), "difference": "", "bounds": "", "difference_bounds": None}
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
            found["difference_bounds"] = (low, high)
    return found


WAYS = {"plug_in": "each problem's answers keep their shares", "two_answers": "two answers (Chen et al.)", "no_change": "no change"}
RULES = {"beta": "beta", "dirichlet": "Dirichlet"}


def votes_in_words(votes: dict[str, Any] | None, record: pd.DataFrame | None, stopping: pd.DataFrame | None) -> dict[str, Any] | None:
    """What the report says of how many votes are worth it; None where it was not asked.

    Args:
        votes: ``votes.json``.
        record: ``vote_record.csv``: errors of predictions on samples that were held out.
        stopping: ``stopping.csv``: accuracy over mean samples.

    Returns:
        ``sentences``; ``predicted``, rows with k and the accuracy by each way; ``record``, rows with way, used, k, mean and absolute error in points;
        ``stopping``, rows with rule, threshold, samples, accuracy.
    """
    if votes is None or record is None or stopping is None:
        return None
    best, n = votes["best_of_curve"], votes["samples"]
    sentences = [
        f"The vote is most accurate with {best} of {n} samples ({votes['best_accuracy']:.1%}; with all {votes['accuracy_of_all']:.1%})."
        if best < n
        else f"The vote is most accurate with all {n} samples ({votes['accuracy_of_all']:.1%})."
    ]
    by_model = votes["best_by_model"]
    said = "more votes never hurt" if by_model is None else f"{by_model:.0f} votes are best"
    sentences.append(f"By the model of two answers (Chen et al., arXiv 2403.02419) {said}.")
    same = stopping[stopping["accuracy"] >= votes["accuracy_of_all"] - 0.005]
    if not same.empty and n > 1:
        cheapest = same.loc[same["mean_samples"].idxmin()]
        sentences.append(
            f"A vote that stops early ({RULES.get(cheapest['rule'], cheapest['rule'])} rule, threshold {cheapest['threshold']:g}) is right in "
            f"{cheapest['accuracy']:.1%} of the cases with {cheapest['mean_samples']:.1f} samples in the mean. The threshold was chosen with the answers in view."
        )
    errors = record.groupby("way", sort=False).tail(1)
    return {
        "sentences": sentences,
        "predicted": votes["predicted"],
        "record": [
            {
                "way": WAYS.get(row["way"], row["way"]),
                "used": int(row["used"]),
                "k": int(row["k"]),
                "bias": 100 * row["mean_error"],
                "error": 100 * row["mean_absolute_error"],
            }
            for row in errors.to_dict("records")
        ],
        "stopping": [{**row, "rule": RULES.get(row["rule"], row["rule"])} for row in stopping.to_dict("records")],
    }


def reward_in_words(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """What the report says of a reward model that was trained here (``monkeys.training.evaluation.held_out_report``).

    Returns:
        ``name``; ``sentence``; ``ks``; ``rows`` with head, way, area and accuracy by k in per cent: coverage, then each head by each aggregation.
    """
    ks = list(found["coverage"])
    rows = [{"head": "coverage", "way": "", "area": "", "accuracy": [found["coverage"][k] for k in ks]}]
    for level, head in found["heads"].items():
        for way, curve in head["best_of_k"].items():
            area = head["answer_auc"][way]
            rows.append({"head": level, "way": way, "area": "" if area is None else f"{area:.2f}", "accuracy": [curve[k] for k in ks]})
    process, most = found["heads"].get("process", {}), ks[-1]
    best = {level: max(head["best_of_k"].items(), key=lambda one: one[1][most]) for level, head in found["heads"].items()}
    said = [
        f"It was trained on {found['training']['steps']} steps and looked at on {found['steps']} steps of {found['problems']} held-out problems, {found['samples']} samples each."
    ]
    if process.get("step_auc") is not None:
        said.append(
            f"It tells right steps from wrong ones with an area under the curve of {process['step_auc']:.2f} (accuracy at one half {process['step_accuracy']:.1f} %)."
        )
    if {"process", "outcome"} <= best.keys():
        (way, curve), (_, other) = best["process"], best["outcome"]
        said.append(
            f"At k = {most} the process head's best aggregation ({way}) is right in {curve[most]:.1f} % of the cases, the outcome head in {other[most]:.1f} %, "
            f"the vote in {found['majority']:.1f} %. {found['problems']} problems are few, and the best of several aggregations is overstated."
        )
    return {"name": name, "sentence": " ".join(said), "ks": ks, "rows": rows}
