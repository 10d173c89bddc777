"""What is drawn of strategies, selectors and votes, compared with the tables that the figures are made of."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_spy import Spy

from monkeys.figures import Style
from monkeys.figures.inference_scaling import draw_inference_scaling
from monkeys.figures.selection import draw_selection
from monkeys.figures.votes import draw_votes

STYLE = Style(["#112233", "#aa5500", "#00aa55"], 4.8, 3.4)
KS = np.array([1, 2, 4])
MODELS, STRATEGIES = ("zeta", "alpha"), ("repeated", "beam")
SELECTORS = {"oracle": "coverage", "random": "", "majority": "majority", "best_of": "best of (prm)"}


def of(table: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    return table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]


def near(*columns: "pd.Series[float]") -> list[Any]:
    return [pytest.approx(column.tolist()) for column in columns]


def scaling(strategies: tuple[str, ...] = STRATEGIES) -> pd.DataFrame:
    """Every curve has accuracies and tokens of its own; beside those over all problems there are rows of bins and of another label."""
    frames = []
    for number, (model, strategy, selector) in enumerate(product(MODELS, strategies, SELECTORS)):
        keys = {"model": model, "strategy": strategy, "selector": selector, "scorer": "prm" * (selector == "best_of"), "options": ""}
        for label, difficulty, number_of_bin, less in (("outcome", "all", "", 0), ("process", "all", "", 0.3), ("outcome", "oracle", "1", 0.4)):
            accuracy = 0.5 + 0.02 * number + 0.01 * KS - less
            tokens = 10.0 * KS * (1 + number)
            numbers = {"k": KS, "accuracy": accuracy, "lower": accuracy - 0.03, "upper": accuracy + 0.05}
            numbers |= {"tokens": tokens, "policy_tokens": tokens / 2}
            frames.append(pd.DataFrame({**keys, "label": label, "difficulty": difficulty, "bin": number_of_bin, **numbers}))
    return pd.concat(frames, ignore_index=True)


def optimal() -> pd.DataFrame:
    frames = []
    for number, (model, difficulty, label) in enumerate(product(MODELS, ("oracle", "predicted (prm)"), ("outcome", "process"))):
        columns: dict[str, Any] = {"model": model, "label": label, "difficulty": difficulty, "tokens": 100.0 * KS}
        for place, name in enumerate(("optimal", "fixed", "best_of_n", "oracle")):
            value = 0.3 + 0.05 * number + 0.1 * place + 0.01 * KS
            columns |= {name: value, f"{name}_lower": value - 0.02, f"{name}_upper": value + 0.04}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def test_each_strategy_and_selector_has_its_own_curve_over_all_tokens(spy: Spy, tmp_path: Path) -> None:
    draw_inference_scaling(scaling(), optimal(), "Title", STYLE, tmp_path / "f")
    looks = set()
    for model in MODELS:
        for strategy, (selector, name) in product(STRATEGIES, SELECTORS.items()):
            table = of(scaling(), model=model, strategy=strategy, selector=selector, label="outcome", difficulty="all")
            found = [one for one in spy.lines if (one[2]["axes"].get_title(), one[2]["label"]) == (f"Title: {model}", f"{strategy}: {name}")]
            assert [[*one[:2]] for one in found] == ([] if selector == "random" else [near(table["tokens"], table["accuracy"])])
            for _, _, one in found:
                assert one["color"] == STYLE.colours[STRATEGIES.index(strategy)]
                looks.add((one["color"], one["linestyle"], one.get("marker")))
    # Each strategy has its own colour, each selector its own line style.
    assert len(looks) == 6 and len({line for _, line, _ in looks}) == 3


def test_the_choice_by_difficulty_is_drawn_of_each_model_with_its_interval(spy: Spy, tmp_path: Path) -> None:
    draw_inference_scaling(scaling(), optimal(), "Title", STYLE, tmp_path / "f")
    names = {"oracle": "best by bin, chosen with hindsight", "optimal": "compute-optimal, by bin of difficulty"}
    names |= {"fixed": "best fixed choice", "best_of_n": "best of N"}
    for column, name in names.items():
        drawn = [[*one[:2]] for one in spy.lines if one[2]["label"] == name]
        tables = [of(optimal(), model=model, label="outcome", difficulty="oracle") for model in MODELS]
        assert drawn == [near(table["tokens"], table[column]) for table in tables]
    # Four curves of a strategy have no bands.
    assert [[*band[:3]] for band in spy.bands] == [near(table["tokens"], table["optimal_lower"], table["optimal_upper"]) for table in tables]


def test_without_a_choice_by_difficulty_there_is_one_panel(spy: Spy, tmp_path: Path) -> None:
    table = scaling(("repeated",)).query("model == 'zeta'")
    draw_inference_scaling(table, optimal()[:0], "Title", STYLE, tmp_path / "f")
    assert {(one[2]["axes"].get_title(), one[2]["axes"].get_xlabel()) for one in spy.lines} == {("Title", "tokens a problem, policy and scorer")}
    # Two curves have their intervals.
    shown = [of(table, selector=selector, label="outcome", difficulty="all") for selector in ("majority", "best_of")]
    assert [[*band[:3]] for band in spy.bands] == [near(one["tokens"], one["lower"], one["upper"]) for one in shown]


def test_selectors_of_each_model_are_in_its_own_panels_with_their_bounds(spy: Spy, tmp_path: Path) -> None:
    tables = {}
    for number, model in enumerate(MODELS):
        rows = []
        for place, (selector, label) in enumerate((("oracle", "outcome"), ("oracle", "process"), ("majority", "outcome"), ("majority", "process"))):
            accuracy = 0.1 + 0.1 * place + 0.05 * number + 0.02 * KS
            costs = {"output_tokens": 100.0 * KS, "scored_tokens": 0.0, "dollars": 2.0 * KS, "flops": np.nan}
            numbers = {"k": KS, "accuracy": accuracy, "lower": accuracy - 0.03, "upper": accuracy + 0.05, **costs}
            rows.append(pd.DataFrame({"selector": selector, "scorer": "", "options": "", "label": label, **numbers}))
        tables[model] = pd.concat(rows, ignore_index=True)
    draw_selection(tables, "Title", STYLE, tmp_path / "f")
    panels = spy.lines[0][2]["axes"].figure.axes
    assert [axes.get_title() for axes in panels] == ["Title: zeta", "", "", "Title: alpha", "", ""]
    for number, table in enumerate(tables.values()):
        for column, measure in enumerate(("k", "output_tokens", "dollars")):
            axes = panels[3 * number + column]
            shown = {
                "coverage (pass@k)": of(table, selector="oracle", label="outcome"),
                "coverage, right steps too": of(table, selector="oracle", label="process"),
                "majority": of(table, selector="majority", label="outcome"),
            }
            drawn = {one[2]["label"]: [*one[:2]] for one in spy.lines if one[2]["axes"] is axes}
            assert drawn == {name: near(one[measure], one["accuracy"]) for name, one in shown.items()}
            banded = [shown[name] for name in ("coverage (pass@k)", "majority")]
            assert [[*band[:3]] for band in spy.bands if band[3]["axes"] is axes] == [
                near(one[measure], one["lower"], one["upper"]) for one in banded
            ]


def test_votes_of_each_model_have_their_curve_predictions_and_rules(spy: Spy, tmp_path: Path) -> None:
    votes, stopping = {}, {}
    for number, model in enumerate(MODELS):
        votes[model] = {
            "samples": 4,
            "best_of_curve": 2,
            "best_accuracy": 0.6 + 0.1 * number,
            "accuracy_of_all": 0.5 + 0.1 * number,
            "curve": {"k": [1, 2, 4], "accuracy": [0.4, 0.6 + 0.1 * number, 0.5 + 0.1 * number]},
            "predicted": [{"k": 8, "plug_in": 0.55 + 0.1 * number, "two_answers": 0.6 + 0.1 * number, "no_change": 0.5}],
        }
        points = {"threshold": [0.8, 0.95], "mean_samples": [1.5 + number, 3.0], "accuracy": [0.42, 0.5]}
        stopping[model] = pd.concat([pd.DataFrame({"rule": rule, **points}) for rule in ("beta", "dirichlet")])
    draw_votes(votes, stopping, "Title", STYLE, tmp_path / "f")
    for number, model in enumerate(MODELS):
        drawn = {one[2]["label"]: [*one[:2]] for one in spy.lines if one[2]["axes"].get_title() == f"Title: {model}"}
        last, more = votes[model]["accuracy_of_all"], votes[model]["predicted"][0]
        early = [[1.5 + number, 3.0], [0.42, 0.5]]
        assert drawn == {
            "majority vote of k samples": [[1, 2, 4], votes[model]["curve"]["accuracy"]],
            "predicted from the answers' shares": [[4, 8], [last, more["plug_in"]]],
            "predicted by two answers (Chen)": [[4, 8], [last, more["two_answers"]]],
            "stops early, beta rule": early,
            "stops early, Dirichlet rule": early,
        }
