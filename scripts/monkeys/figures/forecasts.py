"""Coverage beyond the samples that were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, marker_positions, percent_axis, plain_log_axis, save, thin_points
from monkeys.statistics import FORECAST_SAMPLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ["model", "series", "k", "value", "lower", "upper", "others_lower", "others_upper", "recorded_error"]
"""``lower`` and ``upper`` are the interval over problems of what was drawn, and the interval for these problems of what is forecast."""


def draw_forecasts(curves: Mapping[str, pd.DataFrame], forecasts: Mapping[str, dict[str, Any]], title: str, style: Style, stem: Path) -> None:
    """Coverage as a line as far as samples go, and the recommended forecast dashed with both of its intervals, its recorded error in the legend.

    Args:
        curves: by model, columns k, pass_at_k, lower, upper.
        forecasts: by model, the content of forecasts.json.
        title: of the figure.
        style: looks.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    frames = []

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            colour, marker = looks["color"], looks["marker"]
            drawn, marked = thin_points(len(whole))
            curve = whole.iloc[drawn]
            found = forecasts[name]
            frames.append(whole.rename(columns={"pass_at_k": "value"}).assign(model=name, series="coverage"))
            if "not_forecast" in found:
                axes.plot(curve["k"], curve["pass_at_k"], color=colour, marker=marker, markevery=marked, label=f"{name} (no forecast)")
                continue
            best = found["forecasts"][0]
            error = best["record"]["mean_absolute_error"]
            label = f"{name} (hold-out error {100 * error:.1f} points)"
            axes.plot(curve["k"], curve["pass_at_k"], color=colour, marker=marker, markevery=marked, label=label)
            band(axes, best["k"], best["these"]["lower"], best["these"]["upper"], looks)
            for bound in ("lower", "upper"):
                axes.plot(best["k"], best["others"][bound], color=colour, linestyle=":", linewidth=0.8)
            ahead = marker_positions(len(best["k"]))[1::3]
            axes.plot(best["k"], best["coverage"], color=colour, linestyle=(0, (4, 2)), marker=marker, markevery=ahead, markerfacecolor="white")
            for one in found["forecasts"]:
                columns = {"k": one["k"], "value": one["coverage"]}
                if "these" in one:
                    columns |= {**one["these"], **{f"others_{bound}": one["others"][bound] for bound in ("lower", "upper")}}
                table = pd.DataFrame(columns)
                frames.append(table.assign(model=name, series=one["estimator"], recorded_error=one["record"]["mean_absolute_error"]))
        axes.set(xscale="log", xlabel="samples per problem, k", ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        plain_log_axis(axes, "x")
        percent_axis(axes)
        legend_below(axes)

    save(draw, style, stem, lambda: pd.concat(frames).reindex(columns=COLUMNS))


KIND = Kind(
    name="forecasts",
    caption="Coverage as far as samples go (solid), and from there the recommended forecast, a mean of estimators (dashed). Bands: {confidence} interval for these problems, if sampling went on; dotted: {confidence} interval for other problems of the same kind.",
    inputs={"curves": Input("coverage.csv"), "forecasts": Input("forecasts.json")},
    draw=draw_forecasts,
    exists=lambda facts: facts.samples is None or facts.samples >= FORECAST_SAMPLES,
)
