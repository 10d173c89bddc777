"""How hard problems are: success of every model on every problem, and coverage by bins of difficulty."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, PercentFormatter

from monkeys.figures import Style, plain_log_axis, save, save_panels
from monkeys.statistics.difficulty import success_table

NAMED_PROBLEMS = 40
"""So many problems have their names below the heat map; more would not be read."""
MOST_PANELS = 12
_NEVER = "#d9d9d9"
_PALETTE = "viridis"


def draw_heat_map(problems: pd.DataFrame, title: str, style: Style, stem: Path) -> None:
    """Success in one sample as a colour, problems from the easiest to the hardest by models.

    The colours' scale is logarithmic and perceptually uniform, from one sample in n to all; never is grey, and a problem that a model has not met white.

    Args:
        problems: of difficulty.csv, columns model, problem_id, n, c, success.
        title: of the figure.
        style: looks; the width is more where there are more than 60 problems, the height as models need it.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    table = success_table(problems)
    most, fewest = int(problems["n"].max()), int(problems["n"].min())
    named = len(table) <= NAMED_PROBLEMS

    def draw(axes: Axes) -> None:
        values = table.to_numpy().T
        lowest = min(1 / most, 0.1)
        colours = mpl.colormaps[_PALETTE].with_extremes(under=_NEVER, bad="white")
        # A logarithmic scale has no zero: it is given the colour of what lies below the scale.
        shown = np.ma.masked_invalid(np.where(values == 0, lowest / 10, values))
        image = axes.imshow(shown, aspect="auto", interpolation="none", cmap=colours, norm=LogNorm(lowest, 1))
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
        patches = [Patch(facecolor=_NEVER, label="never solved")] if (values == 0).any() else []
        if np.isnan(values).any():
            patches.append(Patch(facecolor="white", edgecolor="#888888", label="not drawn"))
        if patches:
            axes.legend(
                handles=patches, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2, handlelength=1, handleheight=1, fontsize=8
            )

    wide = style.width_inches * (1 if len(table) <= 60 else 1.5)
    high = 1.1 + 0.24 * max(3, len(table.columns)) + (0.5 if named else 0)
    save(draw, replace(style, width_inches=wide, height_inches=high), stem, lambda: _cells(problems, table))


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
                axes.fill_between(curve["k"], curve["lower"], curve["upper"], color=looks["color"], alpha=0.15, linewidth=0)
                (handles[number],) = axes.plot(curve["k"], curve["pass_at_k"], **looks)
            merged = of_model[of_model["last_bin"] > of_model["bin"]].drop_duplicates("bin")
            if len(merged):
                words = "\n".join(f"bins {row.bin} to {row.last_bin}\nare one: ties" for row in merged.itertuples())
                axes.annotate(words, (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=8, color="#444444")
            axes.set(xscale="log", ylim=(-0.02, 1.02), title=model if len(drawn) > 1 else f"{heading}, {model}")
            plain_log_axis(axes, "x")
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
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


def _cells(problems: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    ranks = pd.Series(range(1, len(table) + 1), index=table.index)
    cells = problems[["model", "problem_id", "n", "c", "success"]].assign(rank=problems["problem_id"].map(ranks))
    return cells.sort_values("rank", kind="stable")[["rank", "problem_id", "model", "n", "c", "success"]]


def _shade(number: int, last: int) -> tuple[float, float, float, float]:
    """Of a scale from dark (easy) to light (hard), whose lightest colours are too pale for a line."""
    red, green, blue, opacity = mpl.colormaps[_PALETTE](0.88 * (number - 1) / max(1, last - 1))
    return red, green, blue, opacity


def _name(number: int, last: int) -> str:
    return f"{number}, easiest" if number == 1 else f"{number}, hardest" if number == last else str(number)
