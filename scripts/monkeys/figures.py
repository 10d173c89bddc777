"""Figures of a study: coverage, failure and scaling laws. Every number in a figure is also in the CSV file beside it.

Models differ by colour, line style and marker, so that figures can be read in greyscale and by colour-blind readers. Files carry no dates: equal
inputs give equal bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, PercentFormatter

from monkeys.records import whole_file

FORMATS = ("svg", "pdf", "png")
DRAWN_POINTS = 300
"""Of a curve with more than twice as many points, about so many are drawn evenly on a linear and on a log axis."""
_LINES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "svg.hashsalt": "monkeys",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True, slots=True)
class Style:
    """Looks: colours used in turn, and the size in inches."""

    colours: Sequence[str]
    width_inches: float
    height_inches: float

    def of(self, number: int) -> dict[str, Any]:
        """The looks of curve ``number``."""
        return {
            "color": self.colours[number % len(self.colours)],
            "linestyle": _LINES[number % len(_LINES)],
            "marker": _MARKERS[number % len(_MARKERS)],
        }


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
            places, marks = _places(len(whole))
            curve = whole.iloc[places]
            axes.fill_between(curve["k"], curve["lower"], curve["upper"], color=looks["color"], alpha=0.18, linewidth=0)
            axes.plot(curve["k"], curve["pass_at_k"], label=name, markevery=marks, **looks)
        largest = max(curve["k"].max() for curve in curves.values())
        for label, value in references.items():
            axes.axhline(value, color="#444444", linestyle=(0, (4, 3)), linewidth=1)
            axes.annotate(label, (largest, value), xytext=(0, 3), textcoords="offset points", ha="right", va="bottom", color="#444444", fontsize=8)
        axes.set(xlabel="samples per problem, k", ylabel="coverage (pass@k)", title=title)
        axes.set_ylim(0, None)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.legend(loc="best")

    _save(draw, style, stem, _long(curves))


def draw_failure(curves: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """fail@k over k on log-log axes, where a power law is a line. Curves end where nothing fails any more."""

    def draw(axes: Axes) -> None:
        for number, (name, whole) in enumerate(curves.items()):
            looks = style.of(number)
            failing = whole[whole["fail_at_k"] > 0]
            places, marks = _places(len(failing))
            curve = failing.iloc[places]
            upper = (1 - curve["upper"]).clip(lower=failing["fail_at_k"].min() / 10)
            axes.fill_between(curve["k"], upper, 1 - curve["lower"], color=looks["color"], alpha=0.18, linewidth=0)
            axes.plot(curve["k"], curve["fail_at_k"], label=name, markevery=marks, **looks)
        axes.set(xscale="log", yscale="log", xlabel="samples per problem, k", ylabel="failure (fail@k = 1 - pass@k)", title=title)
        axes.set_ylim(None, 1.05)  # nothing fails more often than always
        _plain_log_axis(axes, "x")
        _plain_log_axis(axes, "y")
        axes.legend(loc="best")

    _save(draw, style, stem, _long(curves))


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
            marks = _marks(len(curve))
            axes.plot(
                curve["k"].iloc[marks], curve["pass_at_k"].iloc[marks], linestyle="none", marker=marker, markerfacecolor="none", label=name, **looks
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
        _plain_log_axis(axes, "x")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.legend(loc="best")

    _save(
        draw,
        style,
        stem,
        lambda: pd.concat(frames)[["model", "series", "k", "value", "lower", "upper"]] if any("lower" in f for f in frames) else pd.concat(frames),
    )


def _marks(points: int) -> list[int]:
    """Positions of at most a dozen markers, evenly spaced on a log axis."""
    return sorted({min(points - 1, round(points ** (i / 11)) - 1) for i in range(12)}) if points else []


def _places(points: int) -> tuple[list[int], list[int]]:
    """Positions of the points of a curve that are drawn, and which of these have markers.

    All points of a short curve are drawn. Of a long one so many that the eye misses none, on linear or log axes: with 10,000 samples a problem an SVG
    file would have megabytes.
    """
    marks = _marks(points)
    if points <= 2 * DRAWN_POINTS:
        return list(range(points)), marks
    parts = [i / DRAWN_POINTS for i in range(DRAWN_POINTS + 1)]
    places = sorted({*marks, *(round((points - 1) * part) for part in parts), *(round(points**part) - 1 for part in parts)})
    return places, [places.index(mark) for mark in marks]


def _plain_log_axis(axes: Axes, which: str) -> None:
    """Ticks at 1, 2 and 5 times a power of ten where the axis is short, written as plain numbers."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _long(curves: Mapping[str, pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    return lambda: pd.concat([curve.assign(model=name) for name, curve in curves.items()])[["model", "k", "pass_at_k", "lower", "upper", "fail_at_k"]]


def _save(draw: Callable[[Axes], None], style: Style, stem: Path, numbers: Callable[[], pd.DataFrame]) -> None:
    with mpl.rc_context(_RC):
        figure = Figure(figsize=(style.width_inches, style.height_inches), layout="constrained")
        draw(figure.add_subplot())
        for suffix in FORMATS:
            with whole_file(stem.with_name(f"{stem.name}.{suffix}")) as part:
                figure.savefig(part, format=suffix, dpi=200, metadata=_NO_DATE[suffix])
    with whole_file(stem.with_name(f"{stem.name}.csv")) as part:
        numbers().to_csv(part, index=False)
