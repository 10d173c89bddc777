"""Coverage over the number of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, percent_axis, samples_axis, save, thin_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_coverage(curves: Mapping[str, pd.DataFrame], title: str, references: Mapping[str, float], style: Style, stem: Path) -> None:
    """pass@k over k, on a log axis where samples are many, with interval bands and horizontal reference lines.

    Args:
        curves: by model, columns k, pass_at_k, lower, upper.
        title: of the figure.
        references: coverage by label.
        style: looks.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    largest = max(int(curve["k"].max()) for curve in curves.values())

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            drawn, marked = thin_points(len(whole))
            curve = whole.iloc[drawn]
            band(axes, curve["k"], curve["lower"], curve["upper"], looks)
            axes.plot(curve["k"], curve["pass_at_k"], label=name, markevery=marked, **looks)
        for label, value in references.items():
            axes.axhline(value, color="#444444", linestyle=(0, (4, 3)), linewidth=1)
            # On the left, where curves are low.
            axes.annotate(label, (1, value), xytext=(0, 3), textcoords="offset points", ha="left", va="bottom", color="#444444", fontsize=8)
        axes.set(ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        samples_axis(axes, largest)
        percent_axis(axes)
        legend_below(axes)

    save(draw, style, stem, curve_table(curves))


def curve_table(curves: Mapping[str, pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """The numbers of a figure of curves: all of them, whichever points are drawn."""
    return lambda: pd.concat([curve.assign(model=name) for name, curve in curves.items()])[["model", "k", "pass_at_k", "lower", "upper", "fail_at_k"]]


KIND = Kind(
    name="coverage",
    caption="Coverage over the number of samples; bands: {confidence} intervals over problems, one for each k ({intervals}).",
    inputs={"curves": Input("coverage.csv")},
    settings=("references",),
    draw=draw_coverage,
)
