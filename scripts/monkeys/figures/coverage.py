"""Coverage, failure and fitted laws over the number of samples."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from monkeys.figures import Style, marks, places, plain_log_axis, save


def draw_coverage(curves: Mapping[str, pd.DataFrame], title: str, references: Mapping[str, float], style: Style, stem: Path) -> None:
    """pass@k over k on linear axes, with interval bands and horizontal reference lines.

    Args:
        curves: by model, columns k, pass_at_k, lower, upper.
        title: of the figure.
        references: coverage by label.
        style: looks.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            drawn, marked = places(len(whole))
            curve = whole.iloc[drawn]
            axes.fill_between(curve["k"], curve["lower"], curve["upper"], color=looks["color"], alpha=0.18, linewidth=0)
            axes.plot(curve["k"], curve["pass_at_k"], label=name, markevery=marked, **looks)
        largest = max(curve["k"].max() for curve in curves.values())
        for label, value in references.items():
            axes.axhline(value, color="#444444", linestyle=(0, (4, 3)), linewidth=1)
            axes.annotate(label, (largest, value), xytext=(0, 3), textcoords="offset points", ha="right", va="bottom", color="#444444", fontsize=8)
        axes.set(xlabel="samples per problem, k", ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.legend(loc="best")

    save(draw, style, stem, _long(curves))


def draw_failure(curves: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """fail@k over k on log-log axes, where a power law is a line. Curves end where nothing fails any more."""

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            failing = whole[whole["fail_at_k"] > 0]
            drawn, marked = places(len(failing))
            curve = failing.iloc[drawn]
            upper = (1 - curve["upper"]).clip(lower=failing["fail_at_k"].min() / 10)
            axes.fill_between(curve["k"], upper, 1 - curve["lower"], color=looks["color"], alpha=0.18, linewidth=0)
            axes.plot(curve["k"], curve["fail_at_k"], label=name, markevery=marked, **looks)
        axes.set(xscale="log", yscale="log", xlabel="samples per problem, k", ylabel="failure (fail@k = 1 - pass@k)", title=title)
        axes.set_ylim(None, 1.05)  # nothing fails more often than always
        plain_log_axis(axes, "x")
        plain_log_axis(axes, "y")
        axes.legend(loc="best")

    save(draw, style, stem, _long(curves))


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
            marked = marks(len(curve))
            axes.plot(
                curve["k"].iloc[marked], curve["pass_at_k"].iloc[marked], linestyle="none", marker=marker, markerfacecolor="none", label=name, **looks
            )
            frames.append(pd.DataFrame({"model": name, "series": "coverage", "k": curve["k"], "value": curve["pass_at_k"]}))
            law = laws[name]["laws"][0]
            if "not_fitted" in law:
                continue
            fitted = pd.DataFrame(law["curve"])
            axes.fill_between(fitted["k"], fitted["lower"], fitted["upper"], color=looks["color"], alpha=0.18, linewidth=0)
            axes.plot(fitted["k"], fitted["coverage"], linestyle=line, label=f"exp({law['a']:.2f} k$^{{{law['b']:.2f}}}$)", **looks)
            frames.append(fitted.rename(columns={"coverage": "value"}).assign(model=name, series="law, least squares on log c"))
        axes.set(xscale="log", xlabel="samples per problem, k", ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        plain_log_axis(axes, "x")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.legend(loc="best")

    save(
        draw,
        style,
        stem,
        lambda: pd.concat(frames)[["model", "series", "k", "value", "lower", "upper"]] if any("lower" in f for f in frames) else pd.concat(frames),
    )


def _long(curves: Mapping[str, pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    return lambda: pd.concat([curve.assign(model=name) for name, curve in curves.items()])[["model", "k", "pass_at_k", "lower", "upper", "fail_at_k"]]
