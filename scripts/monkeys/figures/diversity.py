"""How much of what is drawn is new, over the number of samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from monkeys.figures import Input, Kind, Style, legend_below, percent_axis, plain_log_axis, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("k", "distinct_texts", "distinct_answers")
_GREY = "#444444"


def draw_diversity(curves: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """Distinct texts, and where there are any distinct answers, among k samples as a share of k; k on a log axis.

    Args:
        curves: by model, columns ``COLUMNS``; shares, NaN where a grader extracts no answers.
        title: of the figure.
        style: looks; texts have filled markers, answers hollow ones and a thinner line.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    from matplotlib.lines import Line2D

    answered = any(curve["distinct_answers"].notna().any() for curve in curves.values())

    def draw(axes: Axes) -> None:
        for number, (name, curve) in enumerate(curves.items()):
            looks, marked = style.of(number), _marks(curve["k"])
            axes.plot(curve["k"], curve["distinct_texts"], label=name, markevery=marked, **looks)
            if curve["distinct_answers"].notna().any():
                axes.plot(curve["k"], curve["distinct_answers"], markevery=marked, markerfacecolor="white", linewidth=0.9, **looks)
        axes.set(xscale="log", xlabel="samples per problem, k", ylabel="distinct among k samples", title=title)
        axes.set_ylim(0, 1.04)  # at k = 1 all are distinct, and their markers have a size
        axes.set_yticks(np.linspace(0, 1, 6))
        plain_log_axis(axes, "x")
        percent_axis(axes, decimals=0)
        handles = list(axes.get_legend_handles_labels()[0])
        if answered:
            handles.append(Line2D([], [], color=_GREY, marker="o", label="texts"))
            handles.append(Line2D([], [], color=_GREY, marker="o", linewidth=0.9, markerfacecolor="white", label="answers"))
        legend_below(axes, handles)

    save(draw, style, stem, lambda: pd.concat([curve.assign(model=name) for name, curve in curves.items()])[["model", *COLUMNS]])


def _marks(ks: pd.Series[int]) -> list[int]:
    """Positions of at most a dozen markers, evenly spaced on a log axis."""
    wanted = np.geomspace(ks.min(), ks.max(), 12)
    return sorted({int(np.abs(np.log(ks / value)).argmin()) for value in wanted})


KIND = Kind(
    name="diversity",
    caption="Share of k samples that are different.",
    inputs={"curves": Input("diversity.csv", "sampled pairs")},
    draw=draw_diversity,
    exists=lambda facts: facts.sampled > 0,
)
