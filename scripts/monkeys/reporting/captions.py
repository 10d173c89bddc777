"""The figures of a benchmark as the report shows them: which are empty, and the numbers that their captions carry."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.figures.costs import shown_measure
from monkeys.files import read_bytes
from monkeys.reporting.finding import best_selector, law_in_short, named
from monkeys.reporting.results import PairResults
from monkeys.reporting.units import percent, quantity
from monkeys.study.catalogue import RESULTS

_BOX = re.compile(rb'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"')


def shown_figures(paths: Mapping[str, Path], pairs: Sequence[PairResults]) -> list[str]:
    """The kinds that show something: without a fitted law, a forecast, a solved problem, or a known cost, theirs are left out."""
    costs = {pair.model: pair.costs for pair in pairs if pair.costs is not None}
    solved = any((pair.counts["c"] > 0).any() for pair in pairs)
    says = {
        "scaling_laws": any("not_fitted" not in pair.laws["laws"][0] for pair in pairs),
        "forecasts": any("not_forecast" not in pair.forecasts for pair in pairs),
        "difficulty": solved,
        "heat_map": solved,
        "costs": not costs or shown_measure(costs) is not None,
    }
    return [kind for kind in paths if says.get(kind, True)]


def image_of(path: Path) -> dict[str, Any]:
    """A figure as the page holds it: ``image``, its SVG in base64, and ``tall``, whether it is higher than wide, as a column of panels is."""
    drawn = read_bytes(path)
    box = _BOX.search(drawn)
    return {"image": base64.b64encode(drawn).decode(), "tall": box is not None and float(box[2]) > float(box[1])}


def files_of(kind: str, benchmark: str) -> dict[str, str]:
    """The addresses of a figure's numbers and of its PDF, from the report's folder."""
    return {form.upper(): RESULTS[f"figure {kind} {form}"].path.format(benchmark=benchmark) for form in ("csv", "pdf")}


def numbers(kind: str, pairs: Sequence[PairResults], scaling: Sequence[Mapping[str, Any]]) -> str:
    """The main numbers of a figure in a sentence; empty where they are not of single curves.

    Args:
        kind: of the figure.
        pairs: of its benchmark.
        scaling: ``scaling_in_words``.
    """
    if kind == "inference_scaling":
        return " ".join(one["sentences"][0] for one in scaling if one["recommends"])
    if kind not in _OF_A_PAIR:
        return ""
    shown = named(pairs)
    said = [f"{pair.model}: {sentence.rstrip('.')}" for pair in shown if (sentence := _OF_A_PAIR[kind](pair))]
    more = f"; {len(pairs) - len(shown)} more in the table" if len(pairs) > len(shown) and said else ""
    return f"{'; '.join(said)}{more}." if said else ""


def _ends(pair: PairResults, column: str) -> str:
    ordered = pair.coverage.sort_values("k")
    first, last = ordered.iloc[0], ordered.iloc[-1]

    def value(row: "pd.Series[float]") -> float:
        return float(row["pass_at_k"] if column == "pass" else 1 - row["pass_at_k"])

    start = f"{percent(value(first))} at k = {first['k']:.0f}"
    return start if first["k"] == last["k"] else f"{start}, {percent(value(last))} at k = {last['k']:.0f}"


def _forecast(pair: PairResults) -> str:
    if "not_forecast" in pair.forecasts:
        return f"no forecast, {pair.forecasts['not_forecast']}"
    best = pair.forecasts["forecasts"][0]
    low, high = (100 * best["these"][end][-1] for end in ("lower", "upper"))
    return f"{percent(best['coverage'][-1])} ({low:.1f} to {high:.1f}) at k = {pair.forecasts['largest']}"


def _costs(pair: PairResults) -> str:
    if pair.costs is None or (measure := shown_measure({pair.model: pair.costs})) is None:
        return ""
    last = pair.costs.sort_values("k").iloc[-1]
    return f"{percent(last['pass_at_k'])} for {quantity(last[measure], measure)} (k = {last['k']:.0f})"


def _solved(pair: PairResults) -> str:
    return f"{int((pair.counts['c'] > 0).sum())} of {len(pair.counts)} problems solved"


def _distinct(pair: PairResults) -> str:
    return f"{pair.tokens['distinct']:,} of {pair.tokens['samples']:,} texts are distinct" if pair.tokens else ""


def _votes(pair: PairResults) -> str:
    votes = pair.votes
    return f"{percent(votes['best_accuracy'])} at best, with {votes['best_of_curve']} of {votes['samples']} samples" if votes else ""


_OF_A_PAIR: dict[str, Callable[[PairResults], str]] = {
    "coverage": lambda pair: _ends(pair, "pass"),
    "failure": lambda pair: _ends(pair, "fail"),
    "scaling_laws": lambda pair: law_in_short(pair.laws["laws"][0]),
    "forecasts": _forecast,
    "heat_map": _solved,
    "difficulty": _solved,
    "costs": _costs,
    "diversity": _distinct,
    "selection": best_selector,
    "votes": _votes,
}
