"""The end of a run, for the terminal: one table, one law a curve, warnings, what it took and where things are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.console.state import clock
from monkeys.files import read_table
from monkeys.reporting.report import samples_each, table_rows, time_spent, warnings
from monkeys.reporting.results import PairResults
from monkeys.reporting.selection import ABOVE, BELOW, selector_name

FULL = 4
"""Curves up to which the table shows all round k; more get the first and the last."""
SELECTORS = 3
"""Selectors that have columns of their own."""


def outcome_lines(config: Mapping[str, Any], pairs: Sequence[PairResults], results: Path) -> list[str]:
    """All that is printed at the end of a run.

    Args:
        config: the completed configuration.
        pairs: results, as the report has them.
        results: the run's folder.
    """
    lines = [*_table(pairs), "", *_laws(pairs)]
    for sentence in warnings(config, pairs):
        lines += ["", f"warning: {sentence}"]
    taken = _taken(pairs, results)
    places = [f"report   {results / 'report.html'}", f"summary  {results / 'summary.csv'}", f"figures  {results / 'figures'}/"]
    return [*lines, "", *([f"took     {taken}"] if taken else []), *places]


def _table(pairs: Sequence[PairResults]) -> list[str]:
    confidence = f"{pairs[0].laws['confidence']:.0%} interval"
    chosen = list(dict.fromkeys(name for pair in pairs for name in _selectors(pair)))[:SELECTORS]
    rows = [["benchmark", "model", "problems", "samples", "k", "pass@k", confidence, *chosen]]
    for pair in pairs:
        curve = table_rows(pair.coverage)
        if len(pairs) > FULL:
            curve = curve.iloc[[0, -1]].drop_duplicates("k")
        of_selectors = _selectors(pair)
        for number, row in enumerate(curve.to_dict("records")):
            head = [pair.title, pair.model, str(len(pair.counts)), samples_each(pair.counts["n"])] if number == 0 else ["", "", "", ""]
            accuracies = [of_selectors.get(name, {}).get(int(row["k"])) for name in chosen]
            shares = ["" if accuracy is None else f"{accuracy:.1%}" for accuracy in accuracies]
            rows.append([*head, str(row["k"]), f"{row['pass_at_k']:.1%}", f"{100 * row['lower']:.1f} to {100 * row['upper']:.1f}", *shares])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _selectors(pair: PairResults) -> dict[str, dict[int, float]]:
    """By selector, the chance that the chosen answer is right, by k."""
    if pair.selection is None or pair.selection.empty:
        return {}
    table = pair.selection[(pair.selection["label"] == "outcome") & ~pair.selection["selector"].isin([ABOVE, BELOW])]
    found: dict[str, dict[int, float]] = {}
    for row in table.to_dict("records"):
        found.setdefault(selector_name(row), {})[int(row["k"])] = float(row["accuracy"])
    return found


def _laws(pairs: Sequence[PairResults]) -> list[str]:
    """The first law of each curve that could be fitted, with its largest error and the forecast."""
    lines = ["law c(k) = exp(a k^b), its largest error, and the forecast"]
    width = max(len(f"{pair.title}, {pair.model}") for pair in pairs)
    for pair in pairs:
        fitted = [law for law in pair.laws["laws"] if "not_fitted" not in law]
        if fitted:
            law = fitted[0]
            said = f"a = {law['a']:.3f}, b = {law['b']:.3f}; {100 * law['error_largest']:.1f} points at k = {law['error_largest_k']}"
        else:
            said = f"not fitted, {pair.laws['laws'][0]['not_fitted']}" if pair.laws["laws"] else "not fitted"
        lines.append(f"  {f'{pair.title}, {pair.model}':<{width}}  {said}{_forecast(pair.forecasts)}")
    return lines


def _forecast(forecasts: Mapping[str, Any]) -> str:
    if "not_forecast" in forecasts:
        return f"; no forecast of pass@{forecasts['largest']}: {forecasts['not_forecast']}"
    best = forecasts["forecasts"][0]
    low, high = best["these"]["lower"][-1], best["these"]["upper"][-1]
    return f"; pass@{forecasts['largest']} {best['coverage'][-1]:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def _taken(pairs: Sequence[PairResults], results: Path) -> str:
    """Tokens, time and cost of all samples, as far as they are known."""
    parts = []
    counted = [pair.tokens["output_tokens"] for pair in pairs if pair.tokens and pair.tokens["output_tokens"] is not None]
    if counted:
        parts.append(f"{sum(counted):,} output tokens")
    spent = [time_spent(results / "logs", pair.folder) for pair in pairs if pair.drawn]
    loading, drawing, tokens = (sum(one[name] for one in spent) for name in ("seconds_loading", "seconds_drawing", "output_tokens"))
    if drawing:
        parts.append(f"{clock(drawing)} of drawing{f' ({tokens / drawing:,.0f} tokens/s)' if tokens else ''}, {clock(loading)} of loading")
    costs = [read_table(path).iloc[-1] for pair in pairs if (path := results / pair.folder / "cost.csv").is_file()]
    for name, unit in (("flops", "FLOP"), ("gpu_seconds", "GPU hours"), ("dollars", "dollars")):
        known = [float(row[name]) for row in costs if pd.notna(row[name])]
        if known:
            total = sum(known)
            said = f"{total:.3g} FLOP" if name == "flops" else f"{total / 3600:,.2f} {unit}" if name == "gpu_seconds" else f"{total:,.2f} {unit}"
            parts.append(said + (f" (known for {len(known)} of {len(pairs)} curves)" if len(known) < len(pairs) else ""))
    return "; ".join(parts)
