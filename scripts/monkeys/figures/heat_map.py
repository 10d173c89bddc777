"""How hard problems are: success of every model on every problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monkeys.figures import PALETTE, Input, Kind, Style, save
from monkeys.statistics.difficulty import success_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_INCHES = 0.092
"""Width of a problem's column from which on its name can be read below it."""
LONGEST_NAME = 18
"""Characters of a name below the heat map; longer ones would take the heat map's place."""
_NEVER = "#d9d9d9"
_HATCH = "#8c8c8c"


def draw_heat_map(problems: pd.DataFrame, title: str, style: Style, stem: Path) -> None:
    """Success in one sample as a colour, problems from the easiest to the hardest by models.

    The colours' scale is logarithmic and perceptually uniform, from one sample in n to all; never is grey, and a problem that a model has not met white.

    Args:
        problems: of difficulty.csv, columns model, problem_id, n, c, success.
        title: of the figure.
        style: looks; the width is more where there are more than 60 problems, the height as models need it.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    import matplotlib as mpl
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.ticker import NullFormatter

    table = success_table(problems)
    most, fewest = int(problems["n"].max()), int(problems["n"].min())
    wide = style.width_inches * (1 if len(table) <= 60 else 1.5)
    longest_model = max(map(len, map(str, table.columns)))
    longest = max(map(len, map(str, table.index)))
    # Beside the heat map are the models' names and the scale.
    room = wide - 0.075 * longest_model - 0.9
    named = longest <= LONGEST_NAME and room / len(table) >= NAME_INCHES

    def draw(axes: Axes) -> None:
        values = table.to_numpy().T
        lowest = min(1 / most, 0.1)
        colours = mpl.colormaps[PALETTE].with_extremes(under=_NEVER, bad="white")
        # A logarithmic scale has no zero: it gets the colour for values below the scale.
        shown = np.ma.masked_invalid(np.where(values == 0, lowest / 10, values))
        image = axes.imshow(shown, aspect="auto", interpolation="none", cmap=colours, norm=LogNorm(lowest, 1))
        for row, never in enumerate(values == 0):
            # Without colours the grey is that of problems that are always solved.
            for start, stop in _runs(never):
                axes.add_patch(Rectangle((start - 0.5, row - 0.5), stop - start, 1, fill=False, edgecolor=_HATCH, linewidth=0, hatch="////"))
        n = f"{most:,}" if most == fewest else f"{fewest:,} to {most:,}"
        axes.set_xlabel(f"{len(table)} problem{'s' * (len(table) > 1)}, the easiest first (n = {n} samples each)")
        axes.set_title(title, loc="left")
        axes.set_yticks(range(len(table.columns)), list(table.columns))
        axes.set_yticks(np.arange(0.5, len(table.columns) - 1), minor=True)
        if named:
            axes.set_xticks(range(len(table)), list(table.index), rotation=90, fontsize=6)
        else:
            every = len(table) // 5
            ranks = [1, *range(every, len(table) + 1, every)]
            axes.set_xticks([rank - 1 for rank in ranks], [str(rank) for rank in ranks])
        axes.grid(visible=False)
        axes.grid(visible=True, axis="y", which="minor", color="white", linewidth=1.2)
        axes.tick_params(which="minor", length=0)
        axes.tick_params(axis="y", length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        figure = axes.get_figure()
        assert figure is not None
        bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=max(6, 4 * style.height_inches), fraction=0.06)
        bar.ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
        bar.outline.set_visible(False)
        bar.set_label("success, c / n")
        patches = [Patch(facecolor=_NEVER, edgecolor=_HATCH, linewidth=0, hatch="////", label="never solved")] if (values == 0).any() else []
        if np.isnan(values).any():
            patches.append(Patch(facecolor="white", edgecolor="#888888", label="not drawn"))
        if patches:
            axes.legend(
                handles=patches, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2, handlelength=1, handleheight=1, fontsize=8
            )

    high = 1.1 + 0.24 * max(3, len(table.columns)) + (0.06 * longest if named else 0)
    save(draw, replace(style, width_inches=wide, height_inches=high), stem, lambda: _cells(problems, table))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one behind the last place of each run of true flags."""
    steps = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))


def _cells(problems: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    ranks = pd.Series(range(1, len(table) + 1), index=table.index)
    cells = problems[["model", "problem_id", "n", "c", "success"]].assign(rank=problems["problem_id"].map(ranks))
    return cells.sort_values("rank", kind="stable")[["rank", "problem_id", "model", "n", "c", "success"]]


KIND = Kind(
    name="heat_map",
    caption="How often each problem is solved by each model, on a logarithmic scale of colours; hatched: never.",
    inputs={"problems": Input("difficulty.csv", "benchmark", text=("model", "problem_id"))},
    draw=draw_heat_map,
    # Of one model the bars of difficulty say more.
    exists=lambda facts: len(facts.models) > 1,
)
