"""Coverage by bins of difficulty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from monkeys.figures import PALETTE, Input, Kind, Style, band, percent_axis, plain_log_axis, save_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 12


def draw_bins(bins: pd.DataFrame, title: str, style: Style, stem: Path) -> None:
    """Coverage over k of each bin of difficulty, a panel a model; bin 1 is the easiest.

    Of more than ``MOST_PANELS`` models the first are drawn, and the title says so; the CSV has all.

    Args:
        bins: of difficulty_bins.csv, columns model, bin, last_bin, problems, k, pass_at_k, lower, upper.
        title: of the figure.
        style: looks; the size is that of a figure of one model, and panels of several are smaller.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    models = list(bins["model"].unique())
    drawn = models[:MOST_PANELS]
    rows = max(1, ceil(len(drawn) / 4))
    columns = max(1, ceil(len(drawn) / rows))
    last = int(bins["last_bin"].max()) if len(bins) else 1

    def draw(panels: Sequence[Axes]) -> None:
        heading = title if len(drawn) == len(models) else f"{title}, the first {len(drawn)} of {len(models)} models"
        if not drawn:
            panels[0].set_title(heading)
            panels[0].set(xticks=[], yticks=[])
            panels[0].annotate("no bins: no problem has two samples", (0.5, 0.5), xycoords="axes fraction", ha="center", color="#444444")
            return
        handles = {}
        for place, (model, axes) in enumerate(zip(drawn, panels, strict=False)):
            of_model = bins[bins["model"] == model]
            for number in sorted(of_model["bin"].unique()):
                curve = of_model[of_model["bin"] == number]
                looks = {**style.of(number - 1), "color": _shade(number, last), "markevery": 0.14}
                band(axes, curve["k"], curve["lower"], curve["upper"], looks)
                (handles[number],) = axes.plot(curve["k"], curve["pass_at_k"], **looks)
            merged = of_model[of_model["last_bin"] > of_model["bin"]].drop_duplicates("bin")
            if len(merged):
                words = "\n".join(f"bins {row.bin} to {row.last_bin}\nare one: ties" for row in merged.itertuples())
                axes.annotate(words, (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=8, color="#444444")
            axes.set(xscale="log", ylim=(-0.02, 1.02), title=model if len(drawn) > 1 else f"{heading}, {model}")
            plain_log_axis(axes, "x")
            percent_axis(axes)
            if place % columns:
                axes.tick_params(axis="y", labelleft=False)
            else:
                axes.set_ylabel("coverage (pass@k)")
            if place + columns >= len(drawn):
                axes.set_xlabel("samples per problem, k")
        for axes in panels[len(drawn) :]:
            axes.set_axis_off()
        names = [_name(number, last) for number in sorted(handles)]
        lines = [handles[number] for number in sorted(handles)]
        if len(panels) > len(drawn):
            panels[-1].legend(lines, names, loc="center", title="problems by difficulty")
        else:
            panels[0].figure.legend(lines, names, loc="outside lower center", ncols=len(names))
        if len(drawn) > 1:
            panels[0].figure.suptitle(heading)

    size = (1.0, 1.0) if len(drawn) <= 1 else (0.5 * columns, 0.66 * rows + 0.15)
    whole = replace(style, width_inches=size[0] * style.width_inches, height_inches=size[1] * style.height_inches)
    save_panels(draw, whole, stem, lambda: bins, rows=rows, columns=columns)


def _shade(number: int, last: int) -> tuple[float, float, float, float]:
    """Of a scale from dark (easy) to light (hard), whose lightest colours are too pale for a line."""
    import matplotlib as mpl

    red, green, blue, opacity = mpl.colormaps[PALETTE](0.88 * (number - 1) / max(1, last - 1))
    return red, green, blue, opacity


def _name(number: int, last: int) -> str:
    return f"{number}, easiest" if number == 1 else f"{number}, hardest" if number == last else str(number)


KIND = Kind(
    name="difficulty",
    caption="Coverage by bins of difficulty; no sample both bins and measures; bands: {confidence} intervals over the problems of a bin, one for each k (bootstrap).",
    inputs={"bins": Input("difficulty_bins.csv", "benchmark", text=("model",))},
    draw=draw_bins,
)
