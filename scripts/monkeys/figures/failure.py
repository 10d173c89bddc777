"""Failure over the number of samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, plain_log_axis, save, thin_points
from monkeys.figures.coverage import curve_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_failure(curves: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """fail@k over k on log-log axes, where a power law is a line. Curves end where nothing fails any more."""

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            failing = whole[whole["fail_at_k"] > 0]
            drawn, marked = thin_points(len(failing))
            curve = failing.iloc[drawn]
            upper = (1 - curve["upper"]).clip(lower=failing["fail_at_k"].min() / 10)
            band(axes, curve["k"], upper, 1 - curve["lower"], looks)
            axes.plot(curve["k"], curve["fail_at_k"], label=name, markevery=marked, **looks)
        if not any((whole["fail_at_k"] > 0).any() for whole in curves.values()):
            # Axes without points have limits that no log axis can have.
            ks = pd.concat([whole["k"] for whole in curves.values()])
            axes.set(xlim=(0.9 * ks.min(), 1.1 * ks.max()), ylim=(0.01, 1.05))
        axes.set(xscale="log", yscale="log", xlabel="samples per problem, k", ylabel="failure (fail@k = 1 - pass@k)", title=title)
        axes.set_ylim(None, 1.05)  # nothing fails more often than always
        plain_log_axis(axes, "x")
        plain_log_axis(axes, "y")
        axes.set_yticks([tick for tick in axes.get_yticks() if tick <= 1])
        legend_below(axes)

    save(draw, style, stem, curve_table(curves))


KIND = Kind(
    name="failure",
    caption="The same as failure on log-log axes, where a power law is a line; bands: {confidence} intervals over problems ({intervals}).",
    inputs={"curves": Input("coverage.csv")},
    draw=draw_failure,
)
