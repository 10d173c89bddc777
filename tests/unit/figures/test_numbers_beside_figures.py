"""The numbers in the CSV beside a figure, the measure and the scale that a figure chooses."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_spy import Spy

from monkeys.figures import Style, marker_positions
from monkeys.figures.costs import draw_costs, shown_measure
from monkeys.figures.families import draw_families
from monkeys.figures.forecasts import draw_forecasts
from monkeys.figures.heat_map import draw_heat_map

STYLE = Style(["#112233", "#aa5500"], 4.8, 3.4)
MODELS = ("zeta", "alpha")


def curve(number: int) -> pd.DataFrame:
    coverage = np.array([0.1, 0.2, 0.4]) + 0.05 * number
    return pd.DataFrame({"k": [1, 2, 8], "pass_at_k": coverage, "lower": coverage - 0.04, "upper": coverage + 0.06, "fail_at_k": 1 - coverage})


def test_forecasts_of_every_estimator_have_their_own_bounds_and_record(tmp_path: Path) -> None:
    forecasts: dict[str, Any] = {}
    for number, model in enumerate(MODELS):
        bounds = {
            name: {"lower": [0.4 + less + 0.1 * number, 0.5 + less], "upper": [0.6 - less + 0.1 * number, 0.9 - less]}
            for name, less in (("these", 0.05), ("others", 0.02))
        }
        recommended = {"estimator": "recommended", "k": [8, 20], "coverage": [0.5, 0.6 + 0.1 * number], "record": {"mean_absolute_error": 0.01}}
        log = {"estimator": "log", "k": [8, 20], "coverage": [0.5, 0.7], "record": {"mean_absolute_error": 0.03 + number}}
        forecasts[model] = {"forecasts": [recommended | bounds, log]}
    draw_forecasts({model: curve(number) for number, model in enumerate(MODELS)}, forecasts, "Title", STYLE, tmp_path / "f")
    table = pd.read_csv(tmp_path / "f.csv")
    for number, model in enumerate(MODELS):
        own = {name: rows.reset_index(drop=True) for name, rows in table[table["model"] == model].groupby("series")}
        expected = curve(number)
        assert own["coverage"][["k", "value", "lower", "upper"]].to_numpy().tolist() == expected.drop(columns="fail_at_k").to_numpy().tolist()
        for series, one in zip(("recommended", "log"), forecasts[model]["forecasts"], strict=True):
            rows = own[series]
            assert (rows["k"].tolist(), rows["value"].tolist()) == (one["k"], one["coverage"])
            assert rows["recorded_error"].tolist() == [one["record"]["mean_absolute_error"]] * 2
            for column, name, end in (("lower", "these", "lower"), ("upper", "these", "upper"), ("others_lower", "others", "lower")):
                assert rows[column].isna().all() if name not in one else rows[column].tolist() == one[name][end]
            assert rows["others_upper"].tolist() == one["others"]["upper"] if "others" in one else rows["others_upper"].isna().all()


def test_gaps_of_a_family_before_and_after_its_shift_are_not_each_other(tmp_path: Path) -> None:
    table = pd.concat(curve(number).assign(family="greek", model=model, shifted_k=np.nan) for number, model in enumerate(MODELS))
    family = {"family": "greek", "models": list(MODELS), "target": 0.35, "reach": 2.5, "left_out": [None] * 2}
    family |= {"before": 0.21, "after": 0.03, "before_interval": (0.15, 0.3), "after_interval": (0.01, 0.06)}
    draw_families({"confidence": 0.8, "families": [family]}, table, "Title", STYLE, tmp_path / "f")
    found = pd.read_csv(tmp_path / "f.csv").set_index("series")[["shifted_k", "value", "lower", "upper"]]
    assert found.loc["gap before the shift, over shifted k from 1"].tolist() == [2.5, 0.21, 0.15, 0.3]
    assert found.loc["gap after the shift, over shifted k from 1"].tolist() == [2.5, 0.03, 0.01, 0.06]


def problems() -> pd.DataFrame:
    rows = [("zeta", "hard", 10, 0), ("zeta", "easy", 10, 9), ("zeta", "middle", 10, 5), ("alpha", "hard", 100, 1), ("alpha", "easy", 100, 80)]
    table = pd.DataFrame(rows, columns=["model", "problem_id", "n", "c"])
    return table.assign(success=table["c"] / table["n"])


def test_the_heat_maps_scale_reaches_to_one_sample_of_the_most(spy: Spy, tmp_path: Path) -> None:
    draw_heat_map(problems(), "Title", STYLE, tmp_path / "f")
    ((norm, colours),) = spy.scales
    assert (norm.vmin, norm.vmax) == (0.01, 1)
    # Never solved is below the scale, and grey; what was not drawn is white.
    assert spy.images[0].filled(-1).tolist() == [[0.9, 0.5, 0.001], [0.8, -1, 0.01]]
    assert colours.get_bad().tolist() == [1, 1, 1, 1] and colours.get_under().tolist() != [1, 1, 1, 1]
    table = pd.read_csv(tmp_path / "f.csv")
    assert table[["rank", "problem_id", "model", "c"]].to_numpy().tolist() == [
        [1, "easy", "zeta", 9],
        [1, "easy", "alpha", 80],
        [2, "middle", "zeta", 5],
        [3, "hard", "zeta", 0],
        [3, "hard", "alpha", 1],
    ]


@pytest.mark.parametrize(
    ("unknown", "shown"),
    [({}, "dollars"), ({"zeta": ["dollars"]}, "flops"), ({"zeta": ["dollars"], "alpha": ["flops"]}, "output_tokens"), ({"zeta": ["dollars", "flops", "output_tokens"]}, None)],
)  # fmt: skip
def test_costs_are_drawn_in_the_best_measure_that_all_models_have(spy: Spy, tmp_path: Path, unknown: dict[str, list[str]], shown: str | None) -> None:
    costs = {}
    for number, model in enumerate(MODELS):
        known = {"dollars": [1.0, 2, 8], "flops": [3.0, 6, 24], "output_tokens": [5.0, 10, 40]} | dict.fromkeys(unknown.get(model, []), np.nan)
        costs[model] = curve(number).assign(**known, prompt_tokens=1.0, gpu_seconds=np.nan)
    assert shown_measure(costs) == shown
    draw_costs(costs, "Title", STYLE, tmp_path / "f")
    assert [line[0] for line in spy.lines] == ([] if shown is None else [costs[model][shown].tolist() for model in MODELS])


def test_a_curve_has_a_dozen_markers_evenly_on_a_log_axis() -> None:
    assert marker_positions(0) == [] and marker_positions(3) == [0, 1, 2] and marker_positions(2048) == [2**n - 1 for n in range(12)]
