"""Coverage and the law that was fitted to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monkeys.figures import Input, Kind, Style, band, legend_below, marker_positions, percent_axis, plain_log_axis, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_scaling_laws(curves: Mapping[str, pd.DataFrame], laws: Mapping[str, dict[str, Any]], title: str, style: Style, stem: Path) -> None:
    """Coverage as points, the law fitted on log c as a line with its band; k on a log axis.

    Args:
        curves: by model, columns k, pass_at_k.
        laws: by model, the content of scaling_laws.json.
        title, style, stem: as in ``draw_coverage``.
    """
    frames = []

    def draw(axes: Axes) -> None:
        for number, (name, curve) in enumerate(curves.items()):
            looks = style.of(number)
            marker, line = looks.pop("marker"), looks.pop("linestyle")
            marked = marker_positions(len(curve))
            axes.plot(
                curve["k"].iloc[marked], curve["pass_at_k"].iloc[marked], linestyle="none", marker=marker, markerfacecolor="none", label=name, **looks
            )
            frames.append(pd.DataFrame({"model": name, "series": "coverage", "k": curve["k"], "value": curve["pass_at_k"]}))
            law = laws[name]["laws"][0]
            if "not_fitted" in law:
                continue
            fitted = pd.DataFrame(law["curve"])
            band(axes, fitted["k"], fitted["lower"], fitted["upper"], {**looks, "linestyle": line})
            # A law whose parameters are not identified is drawn, for it describes the curve; the parameters are not printed.
            doubtful = ", ".join(parameter for parameter in "ab" if parameter in law["doubts"])
            numbers = f"law: {doubtful} not determined" if doubtful else f"exp({law['a']:.2f} k$^{{{law['b']:.2f}}}$)"
            label = f"{numbers}, off by at most {100 * law['error_largest']:.1f} points (k = {law['error_largest_k']:,})"
            axes.plot(fitted["k"], fitted["coverage"], linestyle=line, label=label, **looks)
            frames.append(fitted.rename(columns={"coverage": "value"}).assign(model=name, series="law, least squares on log c"))
        axes.set(xscale="log", xlabel="samples per problem, k", ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        plain_log_axis(axes, "x")
        percent_axis(axes)
        legend_below(axes)

    save(
        draw,
        style,
        stem,
        lambda: pd.concat(frames)[["model", "series", "k", "value", "lower", "upper"]] if any("lower" in f for f in frames) else pd.concat(frames),
    )


KIND = Kind(
    name="scaling_laws",
    caption="Coverage (points) and the law exp(a k^b), fitted by least squares on log c (lines), with its largest error; bands: {confidence} intervals of the law over problems, one for each k (Student's t).",
    inputs={"curves": Input("coverage.csv"), "laws": Input("scaling_laws.json")},
    draw=draw_scaling_laws,
)
