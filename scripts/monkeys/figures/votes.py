"""How many votes: the accuracy of the majority vote over the number of samples, what is predicted beyond them, and votes that stop early."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monkeys.figures import Input, Kind, Style, legend_below, percent_axis, plain_log_axis, save_panels, thin_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIXED = "majority vote of k samples"
PREDICTED = {"plug_in": "predicted from the answers' shares", "two_answers": "predicted by two answers (Chen)"}
RULES = {"beta": "stops early, beta rule", "dirichlet": "stops early, Dirichlet rule"}


def series(votes: Mapping[str, Any], stopping: pd.DataFrame) -> pd.DataFrame:
    """All points of a panel: columns series, threshold (of rules), samples, accuracy."""
    frames = [pd.DataFrame({"series": FIXED, "samples": votes["curve"]["k"], "accuracy": votes["curve"]["accuracy"]})]
    # A prediction begins where the curve ends.
    last = {"k": votes["samples"], **dict.fromkeys(PREDICTED, votes["accuracy_of_all"])}
    for way, name in PREDICTED.items():
        points = [one for one in [last, *votes["predicted"]] if way in one]
        frames.append(pd.DataFrame({"series": name, "samples": [one["k"] for one in points], "accuracy": [one[way] for one in points]}))
    for rule, of_rule in stopping.groupby("rule", sort=False):
        chosen = of_rule[["threshold", "mean_samples", "accuracy"]].rename(columns={"mean_samples": "samples"})
        frames.append(chosen.assign(series=RULES.get(str(rule), str(rule))))
    return pd.concat(frames, ignore_index=True).reindex(columns=["series", "threshold", "samples", "accuracy"])


def draw_votes(votes: Mapping[str, Any], stopping: Mapping[str, pd.DataFrame], title: str, style: Style, stem: Path) -> None:
    """A panel for each model.

    Args:
        votes: by model, ``votes.json``.
        stopping: by model, ``stopping.csv``.
        title: of the figure.
        style: looks; the size is that of one panel.
        stem: path without suffix; ``FORMATS`` and ``.csv`` are written.
    """
    tables = {model: series(votes[model], stopping[model]) for model in votes}

    def draw(panels: Any) -> None:
        handles: dict[str, Any] = {}
        for axes, (model, table) in zip(panels, tables.items(), strict=False):
            _panel(axes, table, style)
            axes.set(title=title if len(tables) == 1 else f"{title}: {model}", ylabel="accuracy of the vote")
            for handle, said in zip(*axes.get_legend_handles_labels(), strict=True):
                handles.setdefault(said, handle)
        legend_below(panels[0], list(handles.values()))

    whole = Style(style.colours, style.width_inches, style.height_inches * len(tables))
    save_panels(draw, whole, stem, lambda: pd.concat([table.assign(model=model) for model, table in tables.items()]), len(tables), 1)


def _panel(axes: Axes, table: pd.DataFrame, style: Style) -> None:
    for number, (name, points) in enumerate(table.groupby("series", sort=False)):
        looks: dict[str, Any] = style.of(number)
        drawn, marked = thin_points(len(points))
        shown = points.iloc[drawn]
        early = name in RULES.values()
        # A prediction ends in its points; a rule that stops has one point a threshold.
        extra: dict[str, Any] = {"markevery": marked} if not early and name == FIXED else {}
        axes.plot(shown["samples"], shown["accuracy"], label=name, **looks, **extra)
    axes.set_xscale("log")
    plain_log_axis(axes, "x")
    axes.set_xlabel("samples per problem (of votes that stop early: their mean)")
    percent_axis(axes)


KIND = Kind(
    name="votes",
    caption="Accuracy of the majority vote over the number of samples; predictions beyond the samples; votes that stop early, one point a threshold.",
    inputs={"votes": Input("votes.json", of="sampled pairs"), "stopping": Input("stopping.csv", of="sampled pairs", text=("rule",))},
    draw=draw_votes,
    exists=lambda facts: facts.sampled > 0 and facts.plans_votes,
)
