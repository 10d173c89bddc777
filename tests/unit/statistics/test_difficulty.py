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
from scipy.stats import binom, binomtest

from monkeys.figures import FORMATS, Style
from monkeys.figures.difficulty import draw_bins
from monkeys.figures.heat_map import draw_heat_map
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.difficulty import coverage_by_bin, difficulty_bins, grade_difficulty, split_samples, success, success_interval, success_table

STYLE = Style(["#0072B2", "#D55E00"], 4.8, 3.4)


@pytest.mark.parametrize(("method", "theirs"), [("clopper-pearson", "exact"), ("wilson", "wilson")])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_of_success_are_scipys(method: str, theirs: Any, confidence: float) -> None:
    pairs = [(n, c) for n in (1, 2, 10, 57) for c in range(n + 1)] + [(10_000, 0), (10_000, 1), (10_000, 10_000)]
    n, c = np.array(pairs).T
    lower, upper = success_interval(n, c, confidence, method)
    expected = [binomtest(int(right), int(total)).proportion_ci(confidence, theirs) for total, right in pairs]
    assert lower == pytest.approx([interval.low for interval in expected], abs=1e-12)
    assert upper == pytest.approx([interval.high for interval in expected], abs=1e-12)


def test_clopper_pearson_covers_at_least_as_often_as_it_says() -> None:
    n, c = np.full(31, 30), np.arange(31)
    lower, upper = success_interval(n, c, 0.9)
    for p in np.linspace(0.01, 0.99, 99):
        assert binom.pmf(c, 30, p)[(lower <= p) & (p <= upper)].sum() >= 0.9


def test_a_problem_without_samples_has_neither_success_nor_interval_nor_bin() -> None:
    for method in ("clopper-pearson", "wilson"):
        lower, upper = success_interval([0, 4], [0, 1], 0.95, method)
        assert np.isnan([lower[0], upper[0]]).all() and lower[1] < 0.25 < upper[1]
    values = success([0, 4, 4], [0, 1, 3])
    assert np.isnan(values[0]) and values[1:].tolist() == [0.25, 0.75]
    assert difficulty_bins(values, 2).tolist() == [0, 2, 1]


def test_intervals_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="correct must lie between 0 and samples"):
        success_interval([3], [4], 0.95)
    with pytest.raises(ValueError, match="no interval is called 'wald'; there are clopper-pearson, wilson"):
        success_interval([3], [2], 0.95, "wald")


def test_bins_are_of_equal_size_and_the_first_is_the_easiest() -> None:
    assert difficulty_bins([0.1, 0.9, 0.5, 0.3, 0.7], 5).tolist() == [5, 1, 3, 4, 2]
    bins = difficulty_bins(np.random.default_rng(0).permutation(128) / 128, 5)
    assert np.bincount(bins)[1:].tolist() == [26, 26, 26, 25, 25]


def test_of_equal_problems_the_earlier_is_the_easier() -> None:
    assert difficulty_bins([0.5, 0.5, 0.9, 0.5, 0.1], 5).tolist() == [2, 2, 1, 2, 5]
    assert difficulty_bins([0.2, 0.5, 0.5, 0.5, 0.9, 0.1], 3).tolist() == [3, 1, 2, 2, 1, 3]


def test_bins_in_which_all_problems_are_equal_are_one() -> None:
    """Were they not, a difference between the last two bins would be the order of the problems."""
    assert difficulty_bins([0.9, 0.4, 0, 0, 0, 0, 0, 0, 0, 0], 5).tolist() == [1, 1, 2, 2, 2, 2, 2, 2, 2, 2]
    assert difficulty_bins([1, 1, 1, 1, 0.9, 0.2, 0, 0, 0, 0], 5).tolist() == [1, 1, 1, 1, 3, 3, 4, 4, 4, 4]
    # The middle bin holds others too, so that it is not the same as the last.
    assert difficulty_bins([0.9, 0.8, 0.1, 0, 0, 0], 3).tolist() == [1, 1, 2, 2, 3, 3]


def test_there_are_no_more_bins_than_problems() -> None:
    assert difficulty_bins([0.1, 0.9], 5).tolist() == [2, 1]
    assert difficulty_bins([], 5).tolist() == []
    with pytest.raises(ValueError, match="at least one bin"):
        difficulty_bins([0.1], 0)


def test_halves_add_up_and_hold_what_a_random_half_would() -> None:
    n, c = np.full(20_000, 11), np.full(20_000, 4)
    halves = split_samples(n, c, seed=0)
    assert set(halves.judging_samples) == {5} and set(halves.measuring_samples) == {6}
    assert (halves.judging_correct + halves.measuring_correct == 4).all()
    assert halves.judging_correct.mean() == pytest.approx(4 * 5 / 11, abs=0.02)
    assert halves.judging_correct.var() == pytest.approx(5 * 4 / 11 * 7 / 11 * 6 / 10, rel=0.05)


def test_halves_depend_on_the_seed_alone() -> None:
    n, c = np.full(50, 100), np.arange(50)
    first, again, other = (split_samples(n, c, seed).judging_correct.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_measuring_on_other_samples_than_those_that_judge_removes_the_bias() -> None:
    """Of 5,000 problems the chance of success is known, and so what coverage the problems of a bin really have."""
    generator = np.random.default_rng(5)
    problems, n, ks = 5000, 16, [1, 4]
    p = generator.beta(0.6, 1.2, problems)
    c = generator.binomial(n, p)
    halves = split_samples(np.full(problems, n), c, seed=0)
    ways = {
        "naive": (success(np.full(problems, n), c), np.full(problems, n), c),
        "split": (success(halves.judging_samples, halves.judging_correct), halves.measuring_samples, halves.measuring_correct),
    }
    errors: dict[str, dict[tuple[int, int], float]] = {name: {} for name in ways}
    for name, (judged, samples, correct) in ways.items():
        numbers = difficulty_bins(judged, 5)
        curves = coverage_by_bin(samples, correct, numbers, bootstrap=20, confidence=0.9, seed=0)
        for number, curve in curves.items():
            for k in ks:
                (place,) = np.flatnonzero(curve.k == k)
                truth = 1 - (1 - p[numbers == number]) ** k
                errors[name][number, k] = float(curve.coverage[place] - truth.mean())
    # A bin has 1,000 problems, of which pass@k has a standard error of at most .006.
    assert max(abs(error) for error in errors["split"].values()) < 0.02
    assert errors["naive"][1, 1] > 0.03  # the easiest looks easier than it is
    assert errors["naive"][5, 4] < -0.05  # and the hardest harder


def test_coverage_of_a_bin_is_that_of_its_problems() -> None:
    n, c, bins = [8, 9, 10, 8, 0], [1, 0, 5, 8, 0], [2, 2, 1, 0, 1]
    curves = coverage_by_bin(n, c, bins, bootstrap=300, confidence=0.9, seed=0)
    assert list(curves) == [1, 2]
    for number, problems in ((1, [2]), (2, [0, 1])):
        curve = curves[number]
        assert curve.k.tolist() == list(range(1, 9))
        expected = pass_at_k([n[i] for i in problems], [c[i] for i in problems], curve.k).mean(axis=0)
        assert curve.coverage == pytest.approx(expected)
        assert curve.problems == len(problems)
    assert np.isnan(curves[1].lower).all(), "one problem cannot be resampled"
    # Both, either or none of the two is the solved one, and the last in a quarter of the resamples each.
    assert curves[2].lower == pytest.approx(np.zeros(8))
    assert curves[2].upper == pytest.approx(pass_at_k([8], [1], curves[2].k)[0])


def test_no_bins_no_curves() -> None:
    assert coverage_by_bin([4, 0], [1, 0], [0, 1], bootstrap=10, confidence=0.9, seed=0) == {}


def counts(correct: list[int], n: int = 20, ids: str = "abcdefghij") -> pd.DataFrame:
    return pd.DataFrame({"problem_id": list(ids)[: len(correct)], "n": n, "c": correct})


MODELS = {"small": counts([0, 9, 3, 0, 1, 0, 15, 2, 0, 0]), "large": counts([4, 20, 12, 0, 8, 1, 19, 15, 2, 6])}


def test_problems_are_graded_by_each_models_own_samples() -> None:
    grades = grade_difficulty(MODELS, None, bins=5, bootstrap=50, confidence=0.9, seed=0)
    small = grades.problems[grades.problems["model"] == "small"]
    assert list(small.columns) == ["model", "problem_id", "n", "c", "success", "lower", "upper", "bin"]
    assert small["success"].tolist() == [c / 20 for c in MODELS["small"]["c"]]
    lower, upper = success_interval([20] * 10, MODELS["small"]["c"], 0.9)
    assert small["lower"].tolist() == lower.tolist() and small["upper"].tolist() == upper.tolist()
    halves = split_samples([20] * 10, MODELS["small"]["c"], 0)
    numbers = difficulty_bins(halves.judging_correct / 10, 5)
    assert small["bin"].tolist() == numbers.tolist()
    assert small["bin"].max() < 5, "five problems are never solved"
    curve = grades.bins[(grades.bins["model"] == "small") & (grades.bins["bin"] == 1)]
    assert curve["k"].tolist() == list(range(1, 11)), "k goes to half of n"
    first = numbers == 1
    assert curve["pass_at_k"].tolist() == pytest.approx(
        pass_at_k([10] * first.sum(), halves.measuring_correct[first], range(1, 11)).mean(axis=0).tolist()
    )
    last = grades.bins[grades.bins["model"] == "small"].iloc[-1]
    assert last["last_bin"] == 5 and last["problems"] == 10 - (numbers < last["bin"]).sum()
    sizes = grades.bins.drop_duplicates(["model", "bin"]).groupby("model")["problems"]
    assert sizes.sum().to_dict() == {"small": 10, "large": 10}


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_bounds_of_bins_are_those_of_the_level_and_seed_asked_for(confidence: float) -> None:
    bins = grade_difficulty(MODELS, None, 3, 60, confidence, 7).bins
    halves = split_samples(MODELS["large"]["n"], MODELS["large"]["c"], 7)
    numbers = difficulty_bins(halves.judging_correct / halves.judging_samples, 3)
    expected = coverage_by_bin(halves.measuring_samples, halves.measuring_correct, numbers, 60, confidence, 7)
    for number, curve in expected.items():
        own = bins[(bins["model"] == "large") & (bins["bin"] == number)]
        assert own["lower"].tolist() == pytest.approx(curve.lower.tolist(), nan_ok=True)
        assert own["upper"].tolist() == pytest.approx(curve.upper.tolist(), nan_ok=True)
    assert len(expected) > 1


def test_a_reference_model_judges_for_all_and_alone_gives_up_half_of_its_samples() -> None:
    grades = grade_difficulty(MODELS, "large", bins=5, bootstrap=50, confidence=0.9, seed=0)
    numbers = {name: rows["bin"].tolist() for name, rows in grades.problems.groupby("model")}
    assert numbers["small"] == numbers["large"]
    assert grades.bins.groupby("model")["k"].max().to_dict() == {"large": 10, "small": 20}
    first = np.array(numbers["small"]) == 1
    curve = grades.bins[(grades.bins["model"] == "small") & (grades.bins["bin"] == 1)]
    assert curve["pass_at_k"].iloc[0] == pytest.approx(MODELS["small"]["c"][first].mean() / 20)


def test_a_problem_that_the_reference_has_not_met_has_no_bin() -> None:
    models = {"reference": counts([1, 9, 5], ids="bcd"), "other": counts([3, 4, 5, 6], ids="abcd")}
    grades = grade_difficulty(models, "reference", bins=3, bootstrap=50, confidence=0.9, seed=0)
    other = grades.problems[grades.problems["model"] == "other"]
    assert other["bin"].isna().tolist() == [True, False, False, False]
    assert sorted(other["bin"].dropna()) == [1, 2, 3]
    assert (grades.bins["problems"] == 1).all()


def test_naive_bins_judge_and_measure_with_all_samples() -> None:
    grades = grade_difficulty(MODELS, None, bins=5, bootstrap=50, confidence=0.9, seed=0, split=False)
    assert grades.bins["k"].max() == 20
    large = grades.problems[grades.problems["model"] == "large"]
    assert large["bin"].tolist() == difficulty_bins(MODELS["large"]["c"] / 20, 5).tolist()


def test_one_sample_a_problem_grades_and_makes_no_bins(tmp_path: Path) -> None:
    grades = grade_difficulty({"model": counts([0, 1, 1], n=1)}, None, bins=5, bootstrap=50, confidence=0.9, seed=0)
    assert grades.problems["bin"].isna().all() and grades.problems["success"].tolist() == [0, 1, 1]
    assert grades.bins.empty and list(grades.bins.columns) == ["model", "bin", "last_bin", "problems", "k", "pass_at_k", "lower", "upper"]
    draw_bins(grades.bins, "One", STYLE, tmp_path / "bins")
    assert "no bins: no problem has two samples" in texts(tmp_path / "bins.svg")


def test_the_table_of_success_has_every_problem_and_the_easiest_first() -> None:
    rows = [("x", "p", 0.2), ("x", "q", 0.4), ("x", "r", 0.0), ("y", "q", 0.8), ("y", "s", 0.7), ("y", "r", 0.4)]
    table = success_table(pd.DataFrame(rows, columns=["model", "problem_id", "success"]))
    assert list(table.columns) == ["x", "y"]
    assert list(table.index) == ["s", "q", "p", "r"]
    assert table["x"].isna().tolist() == [True, False, False, False]
    assert table.loc["q"].tolist() == [0.4, 0.8]


def test_pythias_problems_are_graded(shared_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(shared_data("pythia_math_counts/counts.csv")).rename(columns={"math_test_idx": "problem_id"})
    models = {name: table[table["model"] == name] for name in ("Pythia 70M", "Pythia 12B")}
    grades = grade_difficulty(models, None, bins=5, bootstrap=50, confidence=0.95, seed=0)
    bins = grades.bins[grades.bins["k"] == 1].groupby("model")
    assert bins["bin"].apply(list).to_dict() == {"Pythia 12B": [1, 2, 3, 4, 5], "Pythia 70M": [1, 2, 3]}
    assert bins["problems"].apply(list).to_dict() == {"Pythia 12B": [26, 26, 26, 25, 25], "Pythia 70M": [26, 26, 76]}
    easiest = bins["pass_at_k"].apply(list)["Pythia 12B"]
    assert easiest == sorted(easiest, reverse=True)
    whole = (models["Pythia 12B"]["c"] / 10_000).mean()
    assert np.average(easiest, weights=[26, 26, 26, 25, 25]) == pytest.approx(whole, rel=0.03)


def texts(path: Path) -> list[str]:
    found = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(element.itertext()).strip() for element in found]


def drawn_twice(tmp_path: Path, draw: Callable[[Path], None]) -> list[str]:
    for folder in ("one", "two"):
        draw(tmp_path / folder / "figure")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / folder).glob("[!.]*")} for folder in ("one", "two"))
    assert one == two
    assert set(one) == {f"figure.{suffix}" for suffix in (*FORMATS, "csv")}
    return texts(tmp_path / "one" / "figure.svg")


def test_a_heat_map_has_its_numbers_beside_it(tmp_path: Path) -> None:
    grades = grade_difficulty(MODELS, None, bins=5, bootstrap=20, confidence=0.9, seed=0)
    said = drawn_twice(tmp_path, lambda stem: draw_heat_map(grades.problems, "HumanEval", STYLE, stem))
    assert {"HumanEval", "small", "large", "never solved", "10 problems, the easiest first (n = 20 samples each)", "100%"} <= set(said)
    assert "not drawn" not in said
    order = list(success_table(grades.problems).index)
    assert [text for text in said if text in order] == order
    cells = pd.read_csv(tmp_path / "one" / "figure.csv")
    assert cells[cells["model"] == "small"]["problem_id"].tolist() == order
    assert cells["rank"].tolist() == [rank for rank in range(1, 11) for _ in MODELS]
    for name, table in MODELS.items():
        expected = table.set_index("problem_id").loc[order]
        found = cells[cells["model"] == name]
        assert found["c"].tolist() == expected["c"].tolist()
        assert found["success"].tolist() == pytest.approx((expected["c"] / 20).tolist())


def test_a_heat_map_shows_what_was_not_drawn_and_names_few_problems_only(tmp_path: Path) -> None:
    many = pd.DataFrame({"problem_id": [f"p{i}" for i in range(60)], "n": 20, "c": list(range(20)) * 3})
    grades = grade_difficulty({"all": many, "most": many.iloc[:50].assign(n=40)}, None, bins=5, bootstrap=20, confidence=0.9, seed=0)
    draw_heat_map(grades.problems, "Many", STYLE, tmp_path / "heat")
    said = texts(tmp_path / "heat.svg")
    assert {"not drawn", "never solved", "60 problems, the easiest first (n = 20 to 40 samples each)", "1", "12", "60"} <= set(said)
    assert "p3" not in said
    assert (tmp_path / "heat.svg").stat().st_size < 100_000


def test_bins_are_drawn_with_their_numbers(tmp_path: Path) -> None:
    grades = grade_difficulty(MODELS, None, bins=5, bootstrap=20, confidence=0.9, seed=0)
    said = drawn_twice(tmp_path, lambda stem: draw_bins(grades.bins, "HumanEval", STYLE, stem))
    merged = grades.bins[grades.bins["last_bin"] > grades.bins["bin"]].iloc[0]
    assert {"HumanEval", "small", "large", "1, easiest", "2", "3", "4", "5, hardest", f"bins {merged['bin']} to 5", "are one: ties"} <= set(said)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "one" / "figure.csv"), grades.bins.reset_index(drop=True))


def test_of_many_models_the_first_are_drawn_and_the_title_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monkeys.figures.difficulty.MOST_PANELS", 2)
    bins = pd.DataFrame({"bin": 1, "last_bin": 1, "problems": 3, "k": [1, 2], "pass_at_k": 0.5, "lower": 0, "upper": 1})
    draw_bins(pd.concat([bins.assign(model=f"m{i}") for i in range(3)]), "Many", STYLE, tmp_path / "bins")
    said = texts(tmp_path / "bins.svg")
    assert "Many, the first 2 of 3 models" in said
    assert "m1" in said and "m2" not in said
    assert pd.read_csv(tmp_path / "bins.csv")["model"].nunique() == 3


def test_the_scripts_grade_and_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, table in MODELS.items():
        table.assign(problem_id=[f"0{i}" for i in range(10)], difficulty="").to_csv(tmp_path / f"{name}.csv", index=False)

    def run(script: str, *arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        runpy.run_path(str(ROOT / "scripts" / script), run_name="__main__")

    (tmp_path / "tasks").mkdir()
    files = (tmp_path / "tasks" / "difficulty.csv", tmp_path / "tasks" / "difficulty_bins.csv")
    common: list[object] = ["--models", *MODELS, "--counts", *(tmp_path / f"{name}.csv" for name in MODELS), "--bins", 5, "--bootstrap", 20]
    common += ["--confidence", 0.9, "--seed", 0, "--problems-output", files[0], "--bins-output", files[1]]
    with pytest.raises(SystemExit, match=r"^error: the reference model 'medium' is not among the models \(small, large\)$"):
        run("grade_difficulty.py", *common, "--reference", "medium")
    run("grade_difficulty.py", *common, "--reference", "")
    expected = grade_difficulty(MODELS, None, bins=5, bootstrap=20, confidence=0.9, seed=0)
    pd.testing.assert_frame_equal(pd.read_csv(files[1]), expected.bins.reset_index(drop=True))
    problems = pd.read_csv(files[0], dtype={"problem_id": str})
    assert problems["problem_id"].tolist() == [f"0{i}" for i in range(10)] * 2
    assert problems["bin"].tolist() == expected.problems["bin"].tolist()
    style = json.dumps({"colours": ["#0072B2"], "width_inches": 4.8, "height_inches": 3.4})
    common = [
        "--benchmark",
        "tasks",
        "--pairs",
        json.dumps([[name, f"tasks/{name}"] for name in MODELS]),
        "--title",
        "T",
        "--style",
        style,
        "--results",
        tmp_path,
        "--output",
        tmp_path / "figures",
    ]
    run("draw_figures.py", "--kinds", "heat_map", "difficulty", *common)
    assert (tmp_path / "figures" / "difficulty-tasks.svg").exists()
    assert "09" in texts(tmp_path / "figures" / "heat_map-tasks.svg"), "identifiers keep their zeros"
