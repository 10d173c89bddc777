"""Accuracy over tokens, by strategy: at equal cost, policy and scorer together; beside it the compute-optimal choice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, percent_axis, plain_log_axis, save_panels, thin_points
from monkeys.figures.selection import label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = ("model", "strategy", "selector", "scorer", "options", "label", "difficulty", "bin")
LINES = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D")
CHOICES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "oracle": ("best by bin, chosen with hindsight", {"color": "#999999", "linestyle": ":", "linewidth": 1.4}),
    "optimal": ("compute-optimal, by bin of difficulty", {"color": "#000000", "linestyle": "-", "linewidth": 2.2}),
    "fixed": ("best fixed choice", {"color": "#777777", "linestyle": "--", "linewidth": 1.8}),
    "best_of_n": ("best of N", {"color": "#777777", "linestyle": "-.", "linewidth": 1.4}),
}
BANDED = 2
"""Curves up to which their intervals are drawn."""
ORACLE = "oracle"


def draw_inference_scaling(scaling: pd.DataFrame, optimal: pd.DataFrame, title: str, style: Style, stem: Path) -> None:
    """A row of panels for each model: every strategy and selector over tokens, and where budgets are shared by all, what choosing by difficulty gains.

    A strategy has a colour, a selector a line style; a dotted line is the coverage of the strategy in its colour.

    Args:
        scaling: ``inference_scaling.csv``.
        optimal: ``compute_optimal.csv``.
        title: of the figure.
        style: looks; the size is that of one panel.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    table = _texts(scaling)
    table = table[(table["difficulty"] == "all") & (table["label"] == "outcome")]
    chosen = _texts(optimal)
    chosen = chosen[(chosen["difficulty"] == ORACLE) & (chosen["label"] == "outcome")]
    models = list(dict.fromkeys(table["model"]))
    columns = 2 if len(chosen) else 1

    def draw(panels: Any) -> None:
        handles: dict[str, Any] = {}
        for number, model in enumerate(models):
            row = panels[number * columns : (number + 1) * columns]
            _curves(row[0], table[table["model"] == model], style)
            row[0].set(title=title if len(models) == 1 else f"{title}: {model}", ylabel="accuracy of the chosen answer")
            if columns > 1:
                _choices(row[1], chosen[chosen["model"] == model])
            for axes in row:
                axes.set_xlabel("tokens a problem, policy and scorer")
                percent_axis(axes)
                for handle, said in zip(*axes.get_legend_handles_labels(), strict=True):
                    handles.setdefault(said, handle)
        legend_below(panels[0], list(handles.values()))

    def numbers() -> pd.DataFrame:
        return pd.concat([table.assign(panel="strategies"), chosen.assign(panel="choices")], ignore_index=True)

    whole = Style(style.colours, style.width_inches * columns, style.height_inches * max(1, len(models)))
    save_panels(draw, whole, stem, numbers, max(1, len(models)), columns)


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: table[name].fillna("").astype(str) for name in TEXT if name in table})


def _curves(axes: Axes, table: pd.DataFrame, style: Style) -> None:
    strategies = list(dict.fromkeys(table["strategy"]))
    keys = table[["selector", "scorer", "options"]].drop_duplicates()
    selectors = [tuple(map(str, key)) for key in keys.itertuples(index=False) if key[0] not in ("oracle", "random")]
    banded = len(selectors) * len(strategies) <= BANDED
    for key, curve in table.groupby(["strategy", "selector", "scorer", "options"], sort=False):
        strategy, *rest = map(str, key)
        selector = tuple(rest)
        colour = style.colours[strategies.index(strategy) % len(style.colours)]
        if selector[0] == "oracle":
            _line(axes, curve, "tokens", "accuracy", f"{strategy}: coverage", {"color": colour, "linestyle": (0, (1, 1.5)), "linewidth": 1.2}, False)
        elif selector in selectors:
            place = selectors.index(selector)
            looks = {"color": colour, "linestyle": LINES[place % len(LINES)], "marker": MARKERS[place % len(MARKERS)]}
            _line(axes, curve, "tokens", "accuracy", f"{strategy}: {label_of(*selector)}", looks, banded)
    _log(axes, table["tokens"])
    axes.set_ylim(0, None)


def _choices(axes: Axes, table: pd.DataFrame) -> None:
    for name, (label, looks) in CHOICES.items():
        if table[name].notna().any():
            curve = table.assign(lower=table[f"{name}_lower"], upper=table[f"{name}_upper"])
            _line(axes, curve, "tokens", name, label, looks, name == "optimal")
    axes.set_title("chosen on other problems", fontsize="medium")
    _log(axes, table["tokens"])
    axes.set_ylim(0, None)


def _line(axes: Axes, curve: pd.DataFrame, x: str, y: str, label: str, looks: Mapping[str, Any], banded: bool) -> None:
    curve = curve[np.isfinite(curve[x]) & (curve[x] > 0)].sort_values(x)
    if curve.empty:
        return
    drawn, marked = thin_points(len(curve))
    shown = curve.iloc[drawn]
    if banded:
        band(axes, shown[x], shown["lower"], shown["upper"], looks)
    extra = {"markevery": marked} if "marker" in looks else {}
    axes.plot(shown[x], shown[y], label=label, **{**looks, **extra})


def _log(axes: Axes, values: pd.Series[float]) -> None:
    known = values[np.isfinite(values) & (values > 0)]
    if len(known) and known.max() > known.min():
        axes.set_xscale("log")
        plain_log_axis(axes, "x")


KIND = Kind(
    name="inference_scaling",
    caption="Accuracy over tokens (policy and scorer), by strategy; where all strategies share budgets, the choice by bins of difficulty that other "
    "problems teach, with its {confidence} interval over problems ({intervals}).",
    inputs={
        "scaling": Input("inference_scaling.csv", of="benchmark", text=TEXT),
        "optimal": Input("compute_optimal.csv", of="benchmark", text=("model", "label", "difficulty")),
    },
    draw=draw_inference_scaling,
    exists=lambda facts: facts.compared,
)
