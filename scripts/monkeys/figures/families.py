"""Coverage curves of families of models, as they are and shifted onto each other."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monkeys.figures import Input, Kind, Style, legend_below, percent_axis, plain_log_axis, save_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = 0.14
"""Distance of markers along a line, as a share of the panel's diagonal."""
_PLATE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 2}


def draw_families(comparison: Mapping[str, Any], curves: pd.DataFrame, title: str, style: Style, stem: Path) -> None:
    """For each family a row of two panels, before and after the shift (Brown et al., arXiv 2407.21787, fig. 6), with the gap between the curves.

    A grey band marks the range over which the gap is taken, a dashed line c0, the best pass@1 in the family, through which all shifted curves pass.

    Args:
        comparison: the content of families.json.
        curves: of families.csv, columns family, model, k, shifted_k, pass_at_k.
        title: of the figure.
        style: looks; the size is that of one panel's place, and each panel is somewhat smaller.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written. The CSV has rows for the curves, the gaps (``value``, ``lower``, ``upper``) and c0.
    """
    families: list[dict[str, Any]] = comparison["families"]

    def draw(panels: Sequence[Axes]) -> None:
        for number, family in enumerate(families):
            of_family = curves[curves["family"] == family["family"]]
            heading = f"{title}, {family['family']}"
            _draw_family(family, of_family, panels[2 * number], panels[2 * number + 1], heading, style, comparison["confidence"])
            if len(families) == 1:
                legend_below(panels[0])
            else:
                # Families share the styles of lines, so that each needs a legend of its own.
                panels[2 * number].legend(loc="best", fontsize=8)

    whole = replace(style, width_inches=1.5 * style.width_inches, height_inches=len(families) * style.height_inches)
    save_panels(draw, whole, stem, lambda: _numbers(families, curves), rows=len(families), columns=2)


def _draw_family(family: Mapping[str, Any], curves: pd.DataFrame, before: Axes, after: Axes, heading: str, style: Style, confidence: float) -> None:
    for number, model in enumerate(family["models"]):
        curve = curves[curves["model"] == model]
        looks = style.of(number)
        # Where curves coincide, so would markers that all begin at the same place.
        marked = (number * _APART / len(family["models"]), _APART)
        before.plot(curve["k"], curve["pass_at_k"], label=model, markevery=marked, **looks)
        if curve["shifted_k"].notna().any():
            after.plot(curve["shifted_k"], curve["pass_at_k"], label=model, markevery=marked, **looks)
    after.sharey(before)
    for panel, when in ((before, "before"), (after, "after")):
        panel.set_title(f"{heading}, {when} the shift{_gap(family, when, confidence)}", fontsize=9)
        percent_axis(panel)
    before.set(xscale="log", xlabel="samples per problem, k", ylabel="coverage (pass@k)")
    before.set_ylim(0, None)
    plain_log_axis(before, "x")
    if "not_compared" in family:
        after.set(xticks=[], xlabel="shifted k")
        _say(after, f"not compared: {family['not_compared']}")
        return
    after.set_xscale("log")
    plain_log_axis(after, "x")
    after.set_xlabel("shifted k:  k / (k at which the model's coverage is $c_0$)")
    for panel in (before, after):
        panel.axhline(family["target"], color="#444444", linestyle=(0, (4, 3)), linewidth=1, zorder=1)
        panel.axvspan(1, family["reach"], color="#000000", alpha=0.05, linewidth=0, zorder=0)
    after.annotate(
        f"$c_0$ = {family['target']:.1%}",
        (0.012, family["target"]),
        xycoords=after.get_yaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        color="#444444",
        fontsize=8,
    )
    reasons = [f"{model} left out: {reason}" for model, reason in zip(family["models"], family["left_out"], strict=True) if reason is not None]
    if reasons:
        _say(after, *reasons)


def _gap(family: Mapping[str, Any], when: str, confidence: float) -> str:
    if "not_compared" in family:
        return ""
    lower, upper = (100 * bound for bound in family[f"{when}_interval"])
    return f"\nmean gap {100 * family[when]:.1f} points ({confidence:.0%} interval {lower:.1f} to {upper:.1f})"


def _say(panel: Axes, *sentences: str) -> None:
    lines = "\n".join(textwrap.fill(sentence, 46) for sentence in sentences)
    panel.annotate(lines, (0.03, 0.97), xycoords="axes fraction", ha="left", va="top", fontsize=8, color="#444444", bbox=_PLATE)


def _numbers(families: Sequence[Mapping[str, Any]], curves: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for family in families:
        if "not_compared" in family:
            continue
        common = {"family": family["family"], "shifted_k": family["reach"]}
        for name in ("before", "after"):
            lower, upper = family[f"{name}_interval"]
            rows.append({**common, "series": f"gap {name} the shift, over shifted k from 1", "value": family[name], "lower": lower, "upper": upper})
        rows.append({"family": family["family"], "series": "c0, the best pass@1", "value": family["target"]})
    tables = [curves.rename(columns={"pass_at_k": "value"}).assign(series="coverage"), *([pd.DataFrame(rows)] if rows else [])]
    return pd.concat(tables).reindex(columns=["family", "series", "model", "k", "shifted_k", "value", "lower", "upper"])


KIND = Kind(
    name="families",
    caption=(
        "Curves of a family before and after each is shifted to pass through the best pass@1, c0 (dashed; Brown et al., fig. 6). The gap is the mean absolute difference "
        "between two curves over the grey range, with its {confidence} interval over problems (bootstrap)."
    ),
    inputs={"comparison": Input("families.json", "benchmark"), "curves": Input("families.csv", "benchmark", text=("family", "model"))},
    draw=draw_families,
    exists=lambda facts: facts.related > 0,
)
