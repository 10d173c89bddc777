import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from project import ROOT

from monkeys.figures import FORMATS, Style
from monkeys.figures.families import draw_families
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.families import ModelCurve, compare_family, gap, model_curve, samples_to_reach

STYLE = Style(["#0072B2", "#D55E00"], 4.8, 3.4)
PYTHIA = [f"Pythia {size}" for size in ("70M", "160M", "410M", "1B", "2.8B", "6.9B", "12B")]


def law(a: float, b: float, shift: float, largest: int = 10_000) -> ModelCurve:
    """exp(a (k / shift)^b): curves of the same a and b differ by a shift alone."""
    k = np.arange(1, largest + 1)
    return ModelCurve(k, np.exp(a * (k / shift) ** b))


def test_the_inverse_is_linear_in_log_k_between_neighbours() -> None:
    k, coverage = [1, 2, 8], [0.1, 0.2, 0.5]
    assert samples_to_reach(k, coverage, 0.2) == 2
    assert samples_to_reach(k, coverage, 0.35) == pytest.approx(4)
    assert samples_to_reach(k, coverage, 0.15) == pytest.approx(2**0.5)
    assert samples_to_reach(k, coverage, 0.5) == 8


def test_the_inverse_is_the_smallest_k_and_none_where_the_target_is_not_reached() -> None:
    assert samples_to_reach([1, 2, 3, 4], [0.1, 0.3, 0.3, 0.3], 0.3) == 2
    assert samples_to_reach([1, 2], [0.1, 0.3], 0.05) == 1
    assert samples_to_reach([1, 2], [0.1, 0.3], 0.31) is None
    assert samples_to_reach([1, 2, 3], [0.1, 0.3 - 1e-16, 0.3 - 1e-16], 0.3) == 2


def test_the_inverse_of_a_known_curve() -> None:
    curve = law(-4, -0.3, 1)
    for k in (3.7, 120.5, 9000.2):
        assert samples_to_reach(curve.k, curve.coverage, float(np.exp(-4 * k**-0.3))) == pytest.approx(k, rel=5e-3)


def test_curves_that_differ_by_a_shift_alone_coincide_after_it_and_not_before() -> None:
    curves = [law(-4, -0.3, 1), law(-4, -0.3, 7), law(-4, -0.3, 50)]
    c0 = float(curves[0].coverage[0])
    shifts = [samples_to_reach(curve.k, curve.coverage, c0) for curve in curves]
    assert shifts == pytest.approx([1, 7, 50], rel=1e-3)
    assert gap(curves, [1, 7, 50], 200) < 2e-4
    assert gap(curves, [1, 1, 1], 200) > 0.1


def test_a_gap_is_the_mean_difference_over_pairs_and_over_log_k() -> None:
    k = np.array([1, 10, 100])
    flat = [ModelCurve(k, np.full(3, value)) for value in (0.1, 0.2, 0.6)]
    assert gap(flat, [1, 1, 1], 100) == pytest.approx((0.1 + 0.5 + 0.4) / 3)
    rising = ModelCurve(k, np.array([0.0, 0.2, 0.4]))  # linear in log k: on average 0.2 above nothing
    assert gap([rising, ModelCurve(k, np.zeros(3))], [1, 1], 100) == pytest.approx(0.2)
    assert gap([rising, ModelCurve(k, np.zeros(3))], [10, 1], 10) == pytest.approx(0.3)


def test_models_whose_chances_are_in_proportion_coincide_after_the_shift() -> None:
    """A problem's failure is (1 - p)^k, so that small chances a tenth as large need ten times the samples."""
    p = np.exp(np.random.default_rng(0).normal(-6, 1, 400)).clip(0, 0.05)
    n = np.full((2, 400), 20_000)
    found = compare_family(n, np.rint(n * np.stack([p, p / 10])).astype(int), bootstrap=100, confidence=0.9, seed=0)
    assert found.shift[0] == 1
    assert found.shift[1] == pytest.approx(10, rel=0.05)
    assert found.reach == pytest.approx(2000, rel=0.05)
    assert found.after < 0.015 < 0.2 < found.before
    assert found.after_interval[1] < 0.02


def test_curves_of_other_shapes_do_not_coincide() -> None:
    """One model solves all problems now and then, the other four always, four sometimes and the others never."""
    n = np.full((2, 100), 1000)
    c = np.stack([np.full(100, 50), np.where(np.arange(100) < 4, 1000, 0) + np.where(np.arange(100) // 4 == 1, 100, 0)])
    found = compare_family(n, c, bootstrap=100, confidence=0.9, seed=0)
    assert found.target == pytest.approx(0.05)
    assert 0.4 < found.after < found.after_interval[1]


def test_the_shift_carries_each_curve_through_c0() -> None:
    n = np.full((3, 40), 300)
    c = np.random.default_rng(1).binomial(300, np.array([[0.02], [0.005], [0.01]]), (3, 40))
    found = compare_family(n, c, bootstrap=50, confidence=0.9, seed=0)
    assert found.target == pytest.approx(c[0].sum() / n[0].sum())
    assert found.shift[0] == 1
    for samples, correct, shift in zip(n, c, found.shift, strict=True):
        assert shift is not None
        around = pass_at_k(samples, correct, [int(shift), int(shift) + 1]).mean(axis=0)
        assert around[0] <= found.target + 1e-12
        assert found.target <= around[1]
    assert found.reach == pytest.approx(300 / max(shift for shift in found.shift if shift is not None))


def test_models_that_cannot_be_shifted_are_left_out_and_named() -> None:
    n = np.full((5, 50), 100)
    c = np.zeros((5, 50), dtype=int)
    c[0], c[1] = 20, 5  # c0 = 20 %
    c[2, :8] = 50  # never more than 16 %
    c[4, :10], c[4, 10] = 1, 1  # 22 %, but reaches 20 % only at k = 91
    found = compare_family(n, c, bootstrap=50, confidence=0.9, seed=0)
    assert found.left_out[0] is None and found.left_out[1] is None
    assert found.left_out[2] == "coverage ends at 16.00% at k = 100, below c0 = 20.00%"
    assert found.left_out[3] == "solves no problem in 100 samples"
    assert found.left_out[4] == "reaches c0 = 20.00% only at k = 91 of 100, with less than a doubling of k left to compare"
    assert [shift is None for shift in found.shift] == [False, False, True, True, True]
    alone = compare_family(n[:2], c[:2], bootstrap=50, confidence=0.9, seed=0)
    assert (alone.after, alone.before, alone.after_interval) == (found.after, found.before, found.after_interval)


@pytest.mark.parametrize(
    ("n", "c", "said"),
    [
        ([[9, 9]], [[1, 1]], "1 of 1 curves can be shifted, a comparison needs two"),
        ([[9, 9], [9, 9]], [[1, 1], [0, 0]], r"1 of 2 curves .* \(left out: solves no problem in 9 samples\)"),
        ([[9, 9], [9, 9]], [[0, 0], [0, 0]], "0 of 2 curves"),
        ([[1, 1], [1, 1]], [[1, 0], [1, 0]], "0 of 2 curves .* less than a doubling"),
        ([9, 9], [1, 1], r"shape \(models, problems\)"),
        ([[9, 0], [9, 9]], [[1, 0], [1, 1]], "each problem needs a sample"),
    ],
)
def test_incomparable_models_give_reason(n: Any, c: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compare_family(n, c, bootstrap=20, confidence=0.9, seed=0)


def test_problems_are_resampled_for_all_models_together() -> None:
    """Two models with the same counts have no gap in any resample; were each resampled for itself, they would."""
    c = np.random.default_rng(3).binomial(50, 0.1, 30)
    found = compare_family(np.full((2, 30), 50), np.stack([c, c]), bootstrap=100, confidence=0.9, seed=0)
    assert found.after_interval == found.before_interval == (0, 0)
    assert found.replicates == 100


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    c = np.random.default_rng(3).binomial(50, [[0.1], [0.05]], (2, 30))

    def interval(seed: int) -> tuple[float, float]:
        return compare_family(np.full((2, 30), 50), c, 100, 0.9, seed).after_interval

    assert interval(1) == interval(1) != interval(2)


def test_resamples_in_which_a_curve_cannot_be_shifted_are_left_out_and_counted() -> None:
    n, c = np.full((2, 6), 20), np.array([[6, 0, 0, 0, 0, 6], [1, 0, 0, 1, 1, 0]])
    found = compare_family(n, c, bootstrap=400, confidence=0.9, seed=0)
    assert 200 < found.replicates < 400


def pythia(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(path)
    n, c = (table.pivot(index="math_test_idx", columns="model", values=name)[PYTHIA].to_numpy().T for name in ("n", "c"))
    return n, c


def test_the_curves_of_pythia_lie_on_each_other_as_in_the_paper(shared_data: Callable[[str], Path]) -> None:
    n, c = pythia(shared_data("pythia_math_counts/counts.csv"))
    found = compare_family(n, c, bootstrap=200, confidence=0.95, seed=0)
    assert found.target == pytest.approx(c[-1].sum() / n[-1].sum(), abs=1e-12)
    assert found.left_out == (None,) * 7
    # Against the whole curve, of which the comparison uses 400 points.
    whole = pass_at_k(n[0], c[0], range(1, 101)).mean(axis=0)
    assert found.shift[0] == pytest.approx(samples_to_reach(range(1, 101), whole, found.target), rel=1e-3)
    assert found.before == pytest.approx(0.100, abs=0.001)
    assert found.after == pytest.approx(0.040, abs=0.001)
    assert found.after_interval[1] < found.before_interval[0]
    without_the_smallest = compare_family(n[1:], c[1:], bootstrap=50, confidence=0.95, seed=0)
    assert without_the_smallest.after < 0.05
    assert without_the_smallest.reach > 1000


def compared(tmp_path: Path, models: dict[str, tuple[str, list[int]]], n: int = 40) -> tuple[dict[str, Any], pd.DataFrame]:
    """What the script makes of counts, each model with its family."""
    paths = []
    for model, (_, correct) in models.items():
        paths.append(tmp_path / f"{model}.csv")
        pd.DataFrame({"problem_id": [f"00{i}" for i in range(len(correct))], "n": n, "c": correct}).to_csv(paths[-1], index=False)
    command = ["compare_families.py", "--models", *models, "--families", *(family for family, _ in models.values())]
    command += ["--counts", *paths, "--bootstrap", "50", "--confidence", "0.9", "--seed", "1"]
    command += ["--output", tmp_path / "families.json", "--table", tmp_path / "families.csv"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(word) for word in command])
        runpy.run_path(str(ROOT / "scripts/compare_families.py"), run_name="__main__")
    return json.loads((tmp_path / "families.json").read_text()), pd.read_csv(tmp_path / "families.csv")


MODELS = {
    "pea-1": ("peas", [2, 0, 1, 4, 0, 2]),
    "bean-1": ("beans", [3, 0, 0, 0, 0, 0]),
    "pea-2": ("peas", [9, 3, 8, 30, 1, 12]),
    "pea-0": ("peas", [0, 0, 0, 0, 0, 0]),
}


def texts(path: Path) -> str:
    found = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(" ".join("".join(element.itertext()).split()) for element in found)


def test_families_are_compared_by_the_script_and_drawn_with_their_numbers(tmp_path: Path) -> None:
    comparison, table = compared(tmp_path, MODELS)
    peas, beans = comparison["families"]
    assert (peas["family"], peas["models"], peas["problems"]) == ("peas", ["pea-1", "pea-2", "pea-0"], 6)
    expected = compare_family(np.full((3, 6), 40), [MODELS[model][1] for model in peas["models"]], 50, 0.9, 1)
    assert peas["after"] == expected.after
    assert peas["after_interval"] == list(expected.after_interval)
    assert peas["left_out"] == [None, None, "solves no problem in 40 samples"]
    assert beans == {"family": "beans", "models": ["bean-1"], "problems": 6, "not_compared": "1 of 1 curves can be shifted, a comparison needs two"}
    curve = table[table["model"] == "pea-1"]
    known = model_curve([40] * 6, MODELS["pea-1"][1])
    assert curve["k"].tolist() == known.k.tolist() == list(range(1, 41))
    assert curve["pass_at_k"].tolist() == pytest.approx(known.coverage.tolist())
    assert curve["shifted_k"].tolist() == pytest.approx((known.k / expected.shift[0]).tolist())
    assert table.loc[table["model"].isin(["pea-0", "bean-1"]), "shifted_k"].isna().all()

    for folder in ("one", "two"):
        draw_families(comparison, table, "Greens", STYLE, tmp_path / folder / "families")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / folder).glob("[!.]*")} for folder in ("one", "two"))
    assert one == two
    assert set(one) == {f"families.{suffix}" for suffix in (*FORMATS, "csv")}
    said = texts(tmp_path / "one/families.svg")
    for when in ("before", "after"):
        lower, upper = (100 * bound for bound in peas[f"{when}_interval"])
        assert f"Greens, peas, {when} the shift mean gap {100 * peas[when]:.1f} points (90% interval {lower:.1f} to {upper:.1f})" in said
    assert "pea-0 left out: solves no problem in 40 samples" in said
    assert "not compared: 1 of 1 curves can be shifted, a comparison needs two" in said
    numbers = pd.read_csv(tmp_path / "one/families.csv")
    drawn = numbers[numbers["series"] == "coverage"]
    assert drawn.groupby("model")["value"].apply(list).to_dict() == table.groupby("model")["pass_at_k"].apply(list).to_dict()
    after = numbers[numbers["series"].str.startswith("gap after")].iloc[0]
    assert [after["value"], after["lower"], after["upper"]] == pytest.approx([peas["after"], *peas["after_interval"]])
    assert numbers.loc[numbers["series"].str.startswith("c0"), "value"].tolist() == pytest.approx([peas["target"]])


def test_only_problems_that_all_models_of_a_family_met_are_compared(tmp_path: Path) -> None:
    comparison, _ = compared(tmp_path, {"a": ("f", [4, 9, 2, 30]), "b": ("f", [2, 3, 1])})
    (family,) = comparison["families"]
    assert family["problems"] == 3
    assert family["after"] == compare_family(np.full((2, 3), 40), [[4, 9, 2], [2, 3, 1]], 50, 0.9, 1).after
