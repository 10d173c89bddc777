"""Figures of a study: what all of them share. Every number in a figure is also in the CSV file beside it.

Models differ by colour, line style and marker, so that figures can be read in greyscale and by colour-blind readers. Files carry no dates: equal
inputs give equal bytes.

Each figure is a file here with its entry, a ``Kind``; ``registry`` lists them. Rules read the entries whenever Snakemake starts, so matplotlib, which takes a
second to import, is imported only where something is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monkeys.files import whole_file, write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("svg", "pdf", "png")
PALETTE = "viridis"
"""Colours of what is ordered, such as difficulty."""
DRAWN_POINTS = 300
"""Points drawn of a curve with more than twice as many, spread evenly on a linear and on a log axis."""
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


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a figure is drawn from, CSV or JSON by its name's end.

    Args:
        file: its name.
        of: ``benchmark`` for one file in the benchmark's folder; ``pairs`` for one in the folder of each pair of model and strategy, ``sampled pairs`` for one of
            each that has samples. Of pairs the drawing function gets a dictionary by label.
        text: columns that are read as text, so that identifiers such as 007 stay as they are.
    """

    file: str
    of: str = "pairs"
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a benchmark before anything is drawn, by which its figures exist.

    Args:
        models: settings of the model of each curve.
        sampled: how many curves have samples, and not counts alone.
        related: how many curves have a relative: another of the same family.
        samples: of each problem; None for all that there are.
        selectors: how many selectors choose answers.
        plans_votes: whether the number of votes is planned.
        compared: whether strategies or selectors are compared at equal cost.
    """

    models: Sequence[Mapping[str, Any]]
    sampled: int
    related: int
    samples: int | None
    selectors: int = 0
    plans_votes: bool = False
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """The entry of a kind of figure: all that rules, manifest and report know of it.

    Args:
        name: first part of its files' names.
        caption: a sentence for the report, in which ``{intervals}`` and ``{confidence}`` stand for the method and level of coverage's intervals.
        inputs: what it is drawn from, by argument of ``draw``.
        draw: takes the content of the inputs and, as ``title``, ``style`` and ``stem``, the figure's title, looks and path without suffix.
        settings: further arguments of ``draw``, which the rule gives in JSON by these names.
        exists: whether a benchmark has such a figure.
    """

    name: str
    caption: str
    inputs: Mapping[str, Input]
    draw: Callable[..., None]
    settings: tuple[str, ...] = ()
    exists: Callable[[Facts], bool] = lambda facts: True


def marker_positions(points: int) -> list[int]:
    """Positions of at most a dozen markers, evenly spaced on a log axis."""
    return sorted({min(points - 1, round(points ** (i / 11)) - 1) for i in range(12)}) if points else []


def thin_points(points: int) -> tuple[list[int], list[int]]:
    """Positions of the points of a curve that are drawn, and which of these have markers.

    All points of a short curve are drawn. Of a long one so many that the eye misses none, on linear or log axes: with 10,000 samples a problem an SVG
    file would have megabytes.
    """
    marked = marker_positions(points)
    if points <= 2 * DRAWN_POINTS:
        return list(range(points)), marked
    parts = [i / DRAWN_POINTS for i in range(DRAWN_POINTS + 1)]
    drawn = sorted({*marked, *(round((points - 1) * part) for part in parts), *(round(points**part) - 1 for part in parts)})
    return drawn, [drawn.index(mark) for mark in marked]


LEAST_TICKS = 3
"""Smallest number of labels on a log axis."""


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks of a log axis from ``low`` to ``high``, both above zero: powers of ten; where those are few 1, 2 and 5 times them; else round numbers."""
    from matplotlib.ticker import MaxNLocator

    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(inside) >= LEAST_TICKS:
            # Many decades have room for a part of their numbers.
            return inside[:: 1 + (len(inside) - 1) // 10]
    round_numbers = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in round_numbers if low <= tick <= high and tick > 0]


def plain_log_axis(axes: Axes, which: str) -> None:
    """Ticks of a log axis (``log_ticks``), written as plain numbers."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
    axis.set_major_locator(FixedLocator(log_ticks(low, high)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


LOG_FROM = 50
"""Samples from which on k has a log axis: on a linear one the beginning, where curves bend, has no room."""


def samples_axis(axes: Axes, largest: int) -> None:
    """The x axis of k, up to ``largest`` samples a problem."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("samples per problem, k")
    if largest >= LOG_FROM:
        axes.set_xscale("log")
        plain_log_axis(axes, "x")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def band(axes: Axes, k: Any, lower: Any, upper: Any, looks: Mapping[str, Any]) -> None:
    """An interval at each k: a light area, with thin bounds in the line style of its curve, which distinguish bands in greyscale."""
    from matplotlib.lines import Line2D

    axes.fill_between(k, lower, upper, color=looks["color"], alpha=0.15, linewidth=0)
    for bound in (lower, upper):
        axes.add_line(Line2D(list(k), list(bound), color=looks["color"], linestyle=looks["linestyle"], linewidth=0.5, alpha=0.7))


def legend_below(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """The legend below the axes, where it covers no curve; the figure grows by its rows."""
    figure = axes.figure.get_figure(root=True)
    found = list(handles if handles is not None else axes.get_legend_handles_labels()[0])
    longest = max((len(str(handle.get_label())) for handle in found), default=0)
    columns = 2 if len(found) > 1 and longest <= 12 * figure.get_figwidth() / 2.6 else 1
    figure.set_figheight(figure.get_figheight() + 0.19 * -(-len(found) // columns))
    figure.legend(handles=found, loc="outside lower center", ncols=columns, fontsize=8)


def percent_axis(axes: Axes, decimals: int | None = None) -> None:
    """Shares on the y axis, written as percentages."""
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=decimals))


@cache
def _use_own_fonts() -> None:
    """Draw with the fonts that matplotlib brings: its list of fonts lies in the user's cache, and one that another installation wrote may lack them."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    fontManager.ttflist.clear()
    for path in sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("*.ttf")):
        fontManager.addfont(path)


def save(draw: Callable[[Axes], None], style: Style, stem: Path, numbers: Callable[[], pd.DataFrame]) -> None:
    """Draw on fresh axes, and write the figure in every format and its numbers as CSV, none of them half.

    Args:
        draw: puts everything on the axes.
        style: looks.
        stem: path without suffix.
        numbers: the numbers of what was drawn, asked for after ``draw``.
    """
    save_panels(lambda panels: draw(panels[0]), style, stem, numbers)


def save_panels(
    draw: Callable[[Sequence[Axes]], None], style: Style, stem: Path, numbers: Callable[[], pd.DataFrame], rows: int = 1, columns: int = 1
) -> None:
    """As ``save``, on a grid of ``rows`` times ``columns`` fresh axes, given to ``draw`` row by row. The style's size is the whole figure's."""
    from matplotlib.figure import Figure
    from matplotlib.style import context as style_context

    _use_own_fonts()
    # From matplotlib's own defaults, not from a matplotlibrc of the user's.
    with style_context(["default", _RC]):
        figure = Figure(figsize=(style.width_inches, style.height_inches), layout="constrained")
        draw([figure.add_subplot(rows, columns, place + 1) for place in range(rows * columns)])
        for suffix in FORMATS:
            with whole_file(stem.with_name(f"{stem.name}.{suffix}")) as part:
                figure.savefig(part, format=suffix, dpi=200, metadata=_NO_DATE[suffix])
    write_table(stem.with_name(f"{stem.name}.csv"), numbers())
