"""Coverage over what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from monkeys.figures import Facts, Input, Kind, Style, band, legend_below, percent_axis, save, thin_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = {
    "dollars": "dollars, for k samples of each problem",
    "flops": "FLOPs, for k samples of each problem",
    "output_tokens": "output tokens, for k samples of each problem",
}
"""Measures in the order in which they are preferred, and what is written on their axis."""
COLUMNS = ["model", "k", "pass_at_k", "lower", "upper", "prompt_tokens", "output_tokens", "flops", "gpu_seconds", "dollars"]


def shown_measure(costs: Mapping[str, pd.DataFrame]) -> str | None:
    """The first of ``LABELS`` that all models have, above zero as a log axis needs it; None where none exists."""
    return next(
        (name for name in LABELS if all(len(cost) and np.isfinite(cost[name]).all() and (cost[name] > 0).all() for cost in costs.values())), None
    )


def draw_costs(costs: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """pass@k over its cost, on a log axis, with interval bands; a sentence in place of the curves where no measure is known of all models.

    Args:
        costs: by model, columns ``COLUMNS`` but model; NaN where unknown.
        title: of the figure.
        style: looks.
        stem: path without suffix; ``FORMATS`` and ``.csv``, with all measures, are written.
    """
    measure = shown_measure(costs)

    def draw(axes: Axes) -> None:
        axes.set(title=title)
        if measure is None:
            axes.set_axis_off()
            said = "No cost to draw:\nneither dollars, FLOPs nor output tokens\nare known and above zero for every model."
            axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color="#444444")
            return
        for number, (name, whole) in enumerate(costs.items()):
            looks = style.of(number)
            drawn, marked = thin_points(len(whole))
            cost = whole.iloc[drawn]
            band(axes, cost[measure], cost["lower"], cost["upper"], looks)
            axes.plot(cost[measure], cost["pass_at_k"], label=_label(name, whole), markevery=marked, **looks)
        axes.set(xscale="log", xlabel=LABELS[measure], ylabel="coverage (pass@k)")
        axes.set_ylim(0, None)
        _cost_axis(axes, measure)
        percent_axis(axes)
        legend_below(axes)

    save(draw, style, stem, lambda: pd.concat([cost.assign(model=name) for name, cost in costs.items()])[COLUMNS])


def _label(name: str, cost: pd.DataFrame) -> str:
    """The model with its numbers of samples, which an axis of cost does not show."""
    first, last = cost["k"].min(), cost["k"].max()
    return f"{name}, k = {first:,}" + (f" to {last:,}" if last > first else "")


def _cost_axis(axes: Axes, measure: str) -> None:
    """Powers of ten; dollars in full, with 2 and 5 between where the axis is short."""
    from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 200 else (1,)))
    if measure == "dollars":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}" if value >= 1 else f"${value:g}"))
    else:
        axes.xaxis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _any_known(facts: Facts) -> bool:
    """Samples have tokens; counts cost something where the configuration says how many tokens, or what an attempt costs."""
    return facts.sampled > 0 or any("tokens" in model or "per_attempt" in model.get("price", {}) for model in facts.models)


KIND = Kind(
    name="costs",
    caption="Coverage over what it costs; bands: {confidence} intervals over problems ({intervals}).",
    inputs={"costs": Input("cost.csv")},
    draw=draw_costs,
    exists=_any_known,
)
