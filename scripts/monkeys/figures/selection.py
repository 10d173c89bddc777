"""The accuracy of chosen answers over the number of samples, tokens and dollars, below coverage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, percent_axis, plain_log_axis, save_panels, thin_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = ("selector", "scorer", "options", "label")
COVERAGE: Mapping[str, Any] = {"color": "#000000", "linestyle": "-", "linewidth": 2.2}
PROCESS: Mapping[str, Any] = {"color": "#000000", "linestyle": (0, (2, 2)), "linewidth": 1.4}
RANDOM: Mapping[str, Any] = {"color": "#777777", "linestyle": ":", "linewidth": 1.6}
BANDED = 2
"""Selectors up to which their intervals are drawn: more of them hide each other."""
AXES = {
    "k": "samples per problem, k",
    "flops": "FLOPs of drawing and scoring, for k samples of each problem",
    "tokens": "tokens drawn and scored, for k samples of each problem",
    "dollars": "dollars, for k samples of each problem",
}


def label_of(selector: str, scorer: str, options: str) -> str:
    """A curve's name in the legend."""
    said = ", ".join(part for part in (scorer, options) if part)
    name = selector.replace("_", " ")
    return f"{name} ({said})" if said else name


def draw_selection(selections: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """Coverage above, selectors below it, a blind choice at the bottom: a row of panels for each model, over k and, where known, FLOPs (or else tokens) and dollars.

    Where a benchmark knows the right course of steps, a dashed second curve is the coverage that counts it: what lies between the two is luck.

    Args:
        selections: by model, ``selection.csv``.
        title: of the figure.
        style: looks; the size is that of one panel.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    tables = {name: _prepared(table) for name, table in selections.items()}
    known = [name for name in AXES if name == "k" or all(_known(table, name) for table in tables.values())]
    # A scorer's tokens are cheaper or dearer than the model's: tokens stand in for FLOPs where these are unknown.
    measures = [name for name in known if name != "tokens" or "flops" not in known]

    def draw(panels: Any) -> None:
        handles: dict[str, Any] = {}
        for number, (model, table) in enumerate(tables.items()):
            for column, measure in enumerate(measures):
                axes = panels[number * len(measures) + column]
                _panel(axes, table, measure, style)
                name = title if len(tables) == 1 else f"{title}: {model}"
                axes.set(title=name if column == 0 else "", ylabel="accuracy of the chosen answer" if column == 0 else "")
                for handle, said in zip(*axes.get_legend_handles_labels(), strict=True):
                    handles.setdefault(said, handle)
        legend_below(panels[0], list(handles.values()))

    whole = Style(style.colours, style.width_inches * len(measures), style.height_inches * len(tables))
    save_panels(draw, whole, stem, lambda: pd.concat([table.assign(model=name) for name, table in selections.items()]), len(tables), len(measures))


def _prepared(table: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    for name in TEXT:
        table[name] = table[name].fillna("").astype(str)
    return table.assign(tokens=table["output_tokens"] + table["scored_tokens"])


def _known(table: pd.DataFrame, measure: str) -> bool:
    return bool(len(table) and np.isfinite(table[measure]).all() and (table[measure] > 0).all())


def _panel(axes: Axes, table: pd.DataFrame, measure: str, style: Style) -> None:
    outcome = table[table["label"] == "outcome"]
    curves = [(key, curve) for key, curve in outcome.groupby(["selector", "scorer", "options"], sort=False)]
    chosen = [(label_of(*map(str, key)), curve) for key, curve in curves if key[0] not in ("oracle", "random")]
    by_name = {str(key[0]): curve for key, curve in curves}
    _line(axes, by_name.get("oracle"), measure, "coverage (pass@k)", COVERAGE, True)
    steps = table[(table["label"] == "process") & (table["selector"] == "oracle")]
    _line(axes, steps if len(steps) else None, measure, "coverage, right steps too", PROCESS, False)
    for number, (name, curve) in enumerate(chosen):
        _line(axes, curve, measure, name, style.of(number), len(chosen) <= BANDED)
    _line(axes, by_name.get("random"), measure, "a sample taken blindly", RANDOM, False)
    axes.set_ylim(0, None)
    axes.set_xlabel(AXES[measure])
    if table[measure].max() > table[measure].min():
        axes.set_xscale("log")
        if measure in ("tokens", "flops"):
            _powers(axes)
        else:
            plain_log_axis(axes, "x")
    percent_axis(axes)


def _powers(axes: Axes) -> None:
    """Powers of ten, with 2 and 5 between on a short axis: numbers in full would cover each other."""
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 200 else (1,)))
    axes.xaxis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=False, minor_thresholds=(float("inf"), float("inf"))))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _line(axes: Axes, curve: pd.DataFrame | None, measure: str, label: str, looks: Mapping[str, Any], banded: bool) -> None:
    if curve is None:
        return
    curve = curve.sort_values("k")
    drawn, marked = thin_points(len(curve))
    shown = curve.iloc[drawn]
    if banded:
        band(axes, shown[measure], shown["lower"], shown["upper"], looks)
    extra = {"markevery": marked} if "marker" in looks else {}
    axes.plot(shown[measure], shown["accuracy"], label=label, **{**looks, **extra})


KIND = Kind(
    name="selection",
    caption="Accuracy of the answer that each selector chooses, below coverage; bands: {confidence} intervals over problems, one for each k ({intervals}).",
    inputs={"selections": Input("selection.csv", of="sampled pairs", text=TEXT)},
    draw=draw_selection,
    exists=lambda facts: facts.sampled > 0 and facts.selectors > 0,
)
