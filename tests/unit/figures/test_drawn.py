"""What is drawn: lines, bands and reference lines as matplotlib is asked for them, compared with the tables that the figures are made of."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_spy import Spy

from monkeys.figures import Style
from monkeys.figures.costs import draw_costs
from monkeys.figures.coverage import draw_coverage
from monkeys.figures.difficulty import draw_bins
from monkeys.figures.diversity import draw_diversity
from monkeys.figures.failure import draw_failure
from monkeys.figures.families import draw_families
from monkeys.figures.forecasts import draw_forecasts
from monkeys.figures.heat_map import draw_heat_map
from monkeys.figures.scaling_laws import draw_scaling_laws
from monkeys.figures.selection import draw_selection

STYLE = Style(["#112233", "#aa5500", "#00aa55"], 4.8, 3.4)
KS = np.arange(1, 9)


def curves() -> dict[str, pd.DataFrame]:
    """Two models, the better one last in the alphabet and first in the study, with lopsided bands."""
    found = {}
    for name, strength in (("zeta", 0.35), ("alpha", 0.12), ("mu", 0.05)):
        coverage = 1 - (1 - strength) ** KS
        table = pd.DataFrame({"k": KS, "pass_at_k": coverage, "lower": coverage * 0.7, "upper": coverage + 0.2 * (1 - coverage)})
        found[name] = table.assign(fail_at_k=1 - coverage)
    return found


def values(*columns: "pd.Series[float]") -> list[Any]:
    return [pytest.approx(column.tolist()) for column in columns]


def test_coverage_each_label_has_its_own_curve_and_band(spy: Spy, tmp_path: Path) -> None:
    draw_coverage(curves(), "Title", {"humans": 0.77, "dice": 0.05}, STYLE, tmp_path / "f")
    assert len(spy.lines) == len(spy.bands) == 3
    for number, (name, curve) in enumerate(curves().items()):
        x, y, looks = spy.line(name)
        assert [x, y] == values(curve["k"], curve["pass_at_k"]) and looks["color"] == STYLE.colours[number]
        assert [*spy.band(STYLE.colours[number])] == values(curve["k"], curve["lower"], curve["upper"])
    assert spy.levels == [0.77, 0.05] and [(text, place[1]) for text, place in spy.labels] == [("humans", 0.77), ("dice", 0.05)]
    assert any(setting.get("title") == "Title" for setting in spy.settings)


def test_selection_each_selector_has_its_own_curve_over_all_measures(spy: Spy, tmp_path: Path) -> None:
    names = {
        "coverage (pass@k)": ("oracle", ""),
        "majority": ("majority", ""),
        "weighted (prm)": ("weighted", "prm"),
        "a sample taken blindly": ("random", ""),
    }
    ks = np.array([1, 2, 4])
    tables = [
        pd.DataFrame(
            {"selector": selector, "scorer": scorer, "options": "", "label": "outcome", "k": ks, "accuracy": 0.1 * number + 0.02 * ks}
        ).assign(
            lower=lambda table: table["accuracy"] - 0.05,
            upper=lambda table: table["accuracy"] + 0.07,
            output_tokens=100.0 * ks,
            scored_tokens=7.0 * ks * number,
            dollars=np.nan,
            flops=np.nan,
        )
        for number, (selector, scorer) in enumerate(names.values(), start=1)
    ]
    draw_selection({"zeta": pd.concat(tables)}, "Title", STYLE, tmp_path / "f")
    for label, table in zip(names, tables, strict=True):
        over_k, over_tokens = [line[:2] for line in spy.lines if line[2].get("label") == label]
        assert [*over_k] == values(table["k"], table["accuracy"])
        assert [*over_tokens] == values(table["output_tokens"] + table["scored_tokens"], table["accuracy"])
    banded = [label for label in list(names)[:3] for _ in range(2)]
    assert len(spy.bands) == len(banded)


def test_failure_is_one_minus_coverage_and_so_are_its_bounds(spy: Spy, tmp_path: Path) -> None:
    draw_failure(curves(), "Title", STYLE, tmp_path / "f")
    assert len(spy.lines) == 3
    for number, (name, curve) in enumerate(curves().items()):
        x, y, _ = spy.line(name)
        assert [x, y] == values(curve["k"], 1 - curve["pass_at_k"])
        assert [*spy.band(STYLE.colours[number])] == values(curve["k"], 1 - curve["upper"], 1 - curve["lower"])
    assert any(setting.get("yscale") == setting.get("xscale") == "log" for setting in spy.settings)


def test_models_that_never_fail_are_drawn_without_a_word(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_failure(
            {name: curve.assign(pass_at_k=1.0, lower=0.9, upper=1.0, fail_at_k=0.0) for name, curve in curves().items()},
            "Title",
            STYLE,
            tmp_path / "f",
        )
    assert len(pd.read_csv(tmp_path / "f.csv")) == 3 * len(KS)


def laws() -> dict[str, Any]:
    found = {}
    for number, name in enumerate(curves()):
        fitted = [0.1 * (number + 1) + 0.01 * k for k in KS.tolist()]
        curve = {"k": KS.tolist(), "coverage": fitted, "lower": [v - 0.03 for v in fitted], "upper": [v + 0.05 for v in fitted]}
        numbers = {"a": -1.5 - number, "b": -0.25 - number, "error_largest": 0.01 + 0.1 * number, "error_largest_k": 7 + number, "doubts": {}}
        found[name] = {"laws": [{"loss": "log", **numbers, "curve": curve}]}
    return found


def test_laws_each_model_has_its_own_points_fit_and_parameters(spy: Spy, tmp_path: Path) -> None:
    draw_scaling_laws(curves(), laws(), "Title", STYLE, tmp_path / "f")
    for number, (name, curve) in enumerate(curves().items()):
        law = laws()[name]["laws"][0]
        x, y, points = spy.line(name)
        by_k = dict(zip(curve["k"], curve["pass_at_k"], strict=True))
        assert y == pytest.approx([by_k[k] for k in x]) and x[0] == 1 and x[-1] == 8
        x, y, line = spy.line(f"exp({law['a']:.2f} k$^{{{law['b']:.2f}}}$), off by at most {1 + 10 * number}.0 points (k = {7 + number})")
        assert x == law["curve"]["k"] and y == pytest.approx(law["curve"]["coverage"])
        assert points["color"] == line["color"] == STYLE.colours[number]
        assert [*spy.band(STYLE.colours[number])] == [law["curve"][key] for key in ("k", "lower", "upper")]


@pytest.mark.parametrize(("doubts", "said"), [({"a": "x", "b": "y"}, "law: a, b not determined"), ({"b": "y"}, "law: b not determined")])
def test_parameters_that_the_counts_do_not_determine_are_not_printed(spy: Spy, tmp_path: Path, doubts: dict[str, str], said: str) -> None:
    found = laws()
    for one in found.values():
        one["laws"][0]["doubts"] = doubts
    draw_scaling_laws(curves(), found, "Title", STYLE, tmp_path / "f")
    labels = [line[2].get("label", "") for line in spy.lines]
    assert sum(label.startswith(f"{said}, off by") for label in labels) == len(found) and not any("exp(" in label for label in labels)


def test_forecasts_each_model_goes_on_from_its_own_curve(spy: Spy, tmp_path: Path) -> None:
    forecasts: dict[str, Any] = {}
    for number, name in enumerate(curves()):
        these = {"lower": [0.45, 0.5], "upper": [0.6, 0.8 - 0.1 * number]}
        others = {"lower": [0.4, 0.45], "upper": [0.65, 0.9 - 0.1 * number]}
        best = {"k": [8, 20], "coverage": [0.5 + 0.1 * number, 0.6], "these": these, "others": others}
        record = {"mean_absolute_error": 0.012 * (number + 1)}
        worse = {"k": [8, 20], "coverage": [0.9, 0.95], "record": record, "estimator": "log"}
        forecasts[name] = {"forecasts": [{**best, "estimator": "recommended", "record": record}, worse]}
    draw_forecasts(curves(), forecasts, "Title", STYLE, tmp_path / "f")
    assert len(spy.lines) == 12
    for number, (name, curve) in enumerate(curves().items()):
        colour, best = STYLE.colours[number], forecasts[name]["forecasts"][0]
        x, y, looks = spy.line(f"{name} (hold-out error {1.2 * (number + 1):.1f} points)")
        assert [x, y] == values(curve["k"], curve["pass_at_k"]) and looks["color"] == colour
        lower, upper, dashed = [line for line in spy.lines if line[2]["color"] == colour and "label" not in line[2]]
        assert [lower[1], upper[1]] == [best["others"]["lower"], best["others"]["upper"]] and lower[2]["linestyle"] == upper[2]["linestyle"] == ":"
        assert [*dashed[:2]] == [best["k"], best["coverage"]] and dashed[2]["marker"] == looks["marker"]
        assert [*spy.band(colour)] == [best["k"], best["these"]["lower"], best["these"]["upper"]]


@pytest.mark.parametrize("measure", ["dollars", "flops", "output_tokens"])
def test_costs_each_model_has_its_own_curve_over_the_measure(spy: Spy, tmp_path: Path, measure: str) -> None:
    costs = {}
    for number, (name, curve) in enumerate(curves().items()):
        table = curve.assign(prompt_tokens=5.0, gpu_seconds=np.nan, dollars=np.nan, flops=np.nan, output_tokens=100.0 * curve["k"])
        costs[name] = table.assign(**{measure: curve["k"] * (2.0 + number)})
    draw_costs(costs, "Title", STYLE, tmp_path / "f")
    for number, (name, cost) in enumerate(costs.items()):
        x, y, _ = spy.line(f"{name}, k = 1 to 8")
        assert [x, y] == values(cost[measure], cost["pass_at_k"])
        assert [*spy.band(STYLE.colours[number])] == values(cost[measure], cost["lower"], cost["upper"])
    assert any(measure.replace("_", " ") in setting.get("xlabel", "").lower() for setting in spy.settings)


def test_diversity_texts_and_answers_are_not_each_other(spy: Spy, tmp_path: Path) -> None:
    tables = {
        name: pd.DataFrame({"k": KS, "distinct_texts": 1 / KS**rate, "distinct_answers": 1 / KS ** (2 * rate)})
        for name, rate in (("zeta", 0.2), ("alpha", 0.4))
    }
    draw_diversity(tables, "Title", STYLE, tmp_path / "f")
    for number, (name, table) in enumerate(tables.items()):
        x, y, _ = spy.line(name)
        assert [x, y] == values(table["k"], table["distinct_texts"])
        (answers,) = [line for line in spy.lines if line[2]["color"] == STYLE.colours[number] and "label" not in line[2]]
        assert [*answers[:2]] == values(table["k"], table["distinct_answers"]) and answers[2]["markerfacecolor"] == "white"


def test_bins_each_panel_has_its_own_models_bins(spy: Spy, tmp_path: Path) -> None:
    rows = [
        {"model": model, "bin": number, "last_bin": number, "problems": 4, "k": k, "pass_at_k": p, "lower": p / 2, "upper": (1 + p) / 2}
        for model, strength in (("zeta", 0.5), ("alpha", 0.3))
        for number in (1, 2, 3)
        for k in (1, 2, 4)
        for p in [1 - (1 - strength / number) ** k]
    ]
    bins = pd.DataFrame(rows)
    draw_bins(bins, "Title", STYLE, tmp_path / "f")
    drawn = {(line[2]["axes"].get_title(), tuple(line[1])) for line in spy.lines}
    grouped = bins.groupby(["model", "bin"], sort=False)
    assert drawn == {(model, tuple(curve["pass_at_k"])) for (model, _), curve in grouped}
    bands = {(band[3]["axes"].get_title(), tuple(band[1]), tuple(band[2])) for band in spy.bands}
    assert bands == {(model, tuple(curve["lower"]), tuple(curve["upper"])) for (model, _), curve in grouped}
    # Of a bin, band and line have one colour; the easiest is the darkest.
    assert [line[2]["color"] for line in spy.lines] == [band[3]["color"] for band in spy.bands]
    assert [sum(line[2]["color"][:3]) for line in spy.lines[:3]] == sorted(sum(line[2]["color"][:3]) for line in spy.lines[:3])
    legend = spy.lines[0][2]["axes"].figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["1, easiest", "2", "3, hardest"]


def test_heat_map_rows_are_models_and_columns_problems_from_the_easiest(spy: Spy, tmp_path: Path) -> None:
    success = {
        ("zeta", "hard"): 0.1,
        ("zeta", "easy"): 0.9,
        ("zeta", "middle"): 0.5,
        ("alpha", "hard"): 0.0,
        ("alpha", "easy"): 0.8,
        ("alpha", "middle"): 0.2,
    }
    rows = [{"model": model, "problem_id": name, "n": 10, "c": round(10 * share), "success": share} for (model, name), share in success.items()]
    draw_heat_map(pd.DataFrame(rows), "Title", STYLE, tmp_path / "f")
    (image,) = spy.images
    names, order = ["zeta", "alpha"], ["easy", "middle", "hard"]
    assert image.shape == (2, 3)
    for row, model in enumerate(names):
        for column, problem in enumerate(order):
            assert image[row, column] == pytest.approx(success[model, problem] or 0.01)


def test_heat_map_hatches_what_is_never_solved(spy: Spy, tmp_path: Path) -> None:
    """In greyscale the grey of never is that of always; neighbours are hatched as one."""
    passes = {"zeta": [9, 5, 0, 0, 3, 0], "alpha": [10, 0, 8, 2, 1, 1]}
    rows = [
        {"model": model, "problem_id": f"{place}", "n": 10, "c": c, "success": c / 10} for model, cs in passes.items() for place, c in enumerate(cs)
    ]
    draw_heat_map(pd.DataFrame(rows), "Title", STYLE, tmp_path / "f")
    order = ["0", "2", "1", "4", "3", "5"]
    never = {(row, order.index(f"{place}")) for row, cs in enumerate(passes.values()) for place, c in enumerate(cs) if c == 0}
    hatched = [patch for patch in spy.patches if patch.get_hatch()]
    cells = set()
    for patch in hatched:
        first, row = patch.get_x() + 0.5, patch.get_y() + 0.5
        cells |= {(int(row), int(first) + step) for step in range(int(patch.get_width()))}
    assert cells == never and len(hatched) == 3


def test_one_family_has_its_legend_below_and_several_have_one_each(spy: Spy, tmp_path: Path) -> None:
    table = pd.concat(
        curve.assign(family=family, model=f"{name} {family}", shifted_k=np.nan)[["family", "model", "k", "shifted_k", "pass_at_k"]]
        for family in ("greek", "latin")
        for name, curve in curves().items()
    )
    families = [{"family": name, "models": [f"{model} {name}" for model in curves()], "not_compared": "of a test"} for name in ("greek", "latin")]
    draw_families({"confidence": 0.8, "families": families[:1]}, table[table["family"] == "greek"], "Title", STYLE, tmp_path / "one")
    axes = spy.lines[0][2]["axes"]
    assert axes.get_legend() is None and len(axes.figure.legends[0].get_texts()) == 3
    spy.lines.clear()
    draw_families({"confidence": 0.8, "families": families}, table, "Title", STYLE, tmp_path / "two")
    for line in spy.lines:
        assert not line[2]["axes"].figure.legends and len(line[2]["axes"].get_legend().get_texts()) == 3


def test_families_before_and_after_the_shift(spy: Spy, tmp_path: Path) -> None:
    table = pd.concat(
        curve.assign(family="greek", model=name, shifted_k=curve["k"] / (1 + 2 * number))[["family", "model", "k", "shifted_k", "pass_at_k"]]
        for number, (name, curve) in enumerate(curves().items())
    )
    family = {"family": "greek", "models": list(curves()), "problems": 9, "target": 0.35, "reach": 2.5, "left_out": [None] * 3}
    family |= {"before": 0.21, "after": 0.03, "before_interval": (0.15, 0.3), "after_interval": (0.01, 0.06)}
    draw_families({"confidence": 0.8, "families": [family]}, table, "Title", STYLE, tmp_path / "f")
    for number, name in enumerate(curves()):
        own = table[table["model"] == name]
        before, after = [line for line in spy.lines if line[2]["label"] == name]
        assert [*before[:2], *after[:2]] == values(own["k"], own["pass_at_k"], own["shifted_k"], own["pass_at_k"])
        assert before[2]["color"] == after[2]["color"] == STYLE.colours[number]
        titles = [line[2]["axes"].get_title() for line in (before, after)]
        assert titles == [
            "Title, greek, before the shift\nmean gap 21.0 points (80% interval 15.0 to 30.0)",
            "Title, greek, after the shift\nmean gap 3.0 points (80% interval 1.0 to 6.0)",
        ]
    assert spy.levels == [0.35, 0.35] and spy.spans == [(1, 2.5)] * 2


# What is written on axes, and how large a figure is.


def drawings(folder: Path) -> dict[str, Any]:
    """Each figure that has one pair of axes, by its name."""
    tables = {
        name: curve.assign(dollars=curve["k"], flops=1.0, output_tokens=1.0, prompt_tokens=1.0, gpu_seconds=1.0) for name, curve in curves().items()
    }
    shares = {"mu": pd.DataFrame({"k": KS, "distinct_texts": 1 / KS, "distinct_answers": np.nan})}
    forecasts = {model: {"not_forecast": "too few samples"} for model in curves()}
    return {
        "coverage": lambda: draw_coverage(curves(), "Title", {}, STYLE, folder / "f"),
        "failure": lambda: draw_failure(curves(), "Title", STYLE, folder / "f"),
        "scaling_laws": lambda: draw_scaling_laws(curves(), laws(), "Title", STYLE, folder / "f"),
        "forecasts": lambda: draw_forecasts(curves(), forecasts, "Title", STYLE, folder / "f"),
        "costs": lambda: draw_costs(tables, "Title", STYLE, folder / "f"),
        "diversity": lambda: draw_diversity(shares, "Title", STYLE, folder / "f"),
    }


COVERAGE = "coverage (pass@k)"


@pytest.mark.parametrize(
    ("name", "scales", "x", "y", "half"),
    [
        ("coverage", ("linear", "linear"), "samples per problem, k", COVERAGE, "50%"),
        ("failure", ("log", "log"), "samples per problem, k", "failure (fail@k = 1 - pass@k)", "0.5"),
        ("scaling_laws", ("log", "linear"), "samples per problem, k", COVERAGE, "50%"),
        ("forecasts", ("log", "linear"), "samples per problem, k", COVERAGE, "50%"),
        ("costs", ("log", "linear"), "dollars, for k samples of each problem", COVERAGE, "50%"),
        ("diversity", ("log", "linear"), "samples per problem, k", "distinct among k samples", "50%"),
    ],
)
def test_axes_say_what_is_on_them(spy: Spy, tmp_path: Path, name: str, scales: tuple[str, str], x: str, y: str, half: str) -> None:
    drawings(tmp_path)[name]()
    axes = spy.lines[0][2]["axes"]
    assert (axes.get_xscale(), axes.get_yscale()) == scales
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("Title", x, y)
    assert axes.yaxis.get_major_formatter()(0.5, 0) == half
    # Everything that was asked for is within the axes, but for what is below one in a hundred of a log axis.
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for line in spy.lines:
        assert left <= min(line[0]) and max(line[0]) <= right and low <= min(line[1]) and max(line[1]) <= high
    assert (low == 0) == (scales[1] == "linear")


@pytest.mark.parametrize(("last", "ticks"), [(8, ["1", "2", "5"]), (1000, ["1", "10", "100", "1,000"])])
def test_a_short_log_axis_has_ticks_between_powers_of_ten(spy: Spy, tmp_path: Path, last: int, ticks: list[str]) -> None:
    k = np.arange(1, last + 1)
    curve = pd.DataFrame({"k": k, "pass_at_k": 0.5, "lower": 0.4, "upper": 0.6, "fail_at_k": 0.5})
    draw_failure({"mu": curve}, "Title", STYLE, tmp_path / "f")
    axes = spy.lines[0][2]["axes"]
    left, right = axes.get_xlim()
    assert [axes.xaxis.get_major_formatter()(tick, 0) for tick in axes.get_xticks() if left <= tick <= right] == ticks


def test_a_figure_is_as_large_as_its_style_says_and_higher_by_its_legend(tmp_path: Path) -> None:
    for width, height in ((5.5, 3.1), (2.0, 4.0)):
        draw_coverage(curves(), "Title", {}, Style(["#112233"], width, height), tmp_path / "f")
        picture = (tmp_path / "f.svg").read_text(encoding="utf-8")
        size = re.search(r'width="([0-9.]+)pt" height="([0-9.]+)pt"', picture)
        assert size is not None and float(size[1]) == pytest.approx(72 * width)
        assert float(size[2]) == pytest.approx(72 * (height + 0.19 * 2)), "three models in two columns"


def test_bins_that_are_one_are_named_in_their_panel_alone(spy: Spy, tmp_path: Path) -> None:
    rows = [
        {"model": model, "bin": number, "last_bin": last, "problems": 4, "k": k, "pass_at_k": 0.5, "lower": 0.4, "upper": 0.6}
        for model, bins in (("zeta", ((1, 1), (2, 3), (4, 4))), ("alpha", ((1, 1), (2, 2), (3, 3), (4, 4))))
        for number, last in bins
        for k in (1, 2)
    ]
    draw_bins(pd.DataFrame(rows), "Title", STYLE, tmp_path / "f")
    assert [text for text, _ in spy.labels] == ["bins 2 to 3\nare one: ties"]
