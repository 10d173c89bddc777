import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from project import ROOT

import draw_figures
from monkeys.figures import FORMATS, Style, log_ticks, marker_positions, thin_points
from monkeys.figures.coverage import draw_coverage
from monkeys.figures.failure import draw_failure
from monkeys.figures.registry import KINDS
from monkeys.figures.scaling_laws import draw_scaling_laws
from monkeys.statistics.coverage import coverage_curve
from monkeys.statistics.scaling_laws import fit_law

STYLE = Style(["#0072B2", "#D55E00"], 4.8, 3.4)


def curve(correct: list[int], n: int = 12) -> pd.DataFrame:
    found = coverage_curve([n] * len(correct), correct, range(1, n + 1), bootstrap=100, confidence=0.9, seed=0)
    return pd.DataFrame({"k": found.k, "pass_at_k": found.coverage, "lower": found.lower, "upper": found.upper, "fail_at_k": 1 - found.coverage})


def law(correct: list[int], n: int = 12) -> dict[str, Any]:
    fitted = fit_law([n] * len(correct), correct, "log", bootstrap=50, confidence=0.9, seed=0)
    values = {name: getattr(fitted, name).tolist() for name in ("k", "coverage", "lower", "upper")}
    return {
        "laws": [
            {"loss": "log", "a": fitted.law.a, "b": fitted.law.b, "error_largest": 0.0512, "error_largest_k": 1200, "doubts": {}, "curve": values}
        ]
    }


COUNTS = {"small": [0, 1, 0, 3], "large": [4, 12, 0, 6]}
CURVES = {name: curve(correct) for name, correct in COUNTS.items()}
UNFITTED = {"laws": [{"loss": "log", "not_fitted": "too few points"}]}


def texts(path: Path) -> list[str]:
    return ["".join(element.itertext()).strip() for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def files(stem: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(stem.parent.glob("[!.]*"))}


def test_coverage_is_drawn_in_every_format_with_its_numbers_beside_it(tmp_path: Path) -> None:
    stem = tmp_path / "figures" / "coverage-humaneval"
    draw_coverage(CURVES, "HumanEval", {"GPT-4o pass@1": 0.902}, STYLE, stem)
    assert set(files(stem)) == {f"coverage-humaneval.{suffix}" for suffix in (*FORMATS, "csv")}
    assert files(stem)["coverage-humaneval.pdf"].startswith(b"%PDF")
    assert files(stem)["coverage-humaneval.png"].startswith(b"\x89PNG")
    said = texts(stem.with_suffix(".svg"))
    for text in ("HumanEval", "small", "large", "GPT-4o pass@1", "samples per problem, k", "coverage (pass@k)"):
        assert text in said
    table = pd.read_csv(stem.with_suffix(".csv"))
    assert list(table.columns) == ["model", "k", "pass_at_k", "lower", "upper", "fail_at_k"]
    for name, expected in CURVES.items():
        ours = table[table["model"] == name].drop(columns="model").reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, expected, check_dtype=False)


def test_equal_curves_make_equal_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        draw_failure(CURVES, "HumanEval", STYLE, tmp_path / folder / "failure")
    assert files(tmp_path / "one" / "failure") == files(tmp_path / "two" / "failure")


DRAWN_WITH_A_FONT_LIST = """
import json, sys
from pathlib import Path
cache = Path(sys.argv[1])
from matplotlib import font_manager, get_cachedir
name = f"fontlist-v{font_manager.FontManager.__version__}.json"
assert Path(get_cachedir()) == cache and (sys.argv[2] == "new" or font_manager.fontManager.ttflist == [])
import pandas as pd
from monkeys.figures import Style
from monkeys.figures.coverage import draw_coverage
table = pd.DataFrame({"k": [1, 2, 4], "pass_at_k": [0.1, 0.2, 0.3], "lower": [0.0, 0.1, 0.2], "upper": [0.2, 0.3, 0.4], "fail_at_k": [0.9, 0.8, 0.7]})
draw_coverage({"m": table}, "Title", {}, Style(("#0072b2",), 4.8, 3.4), cache / "figure")
written = json.loads((cache / name).read_text())
(cache / name).write_text(json.dumps({**written, "ttflist": []}))
"""


def test_a_font_list_without_fonts_in_the_users_cache_changes_nothing(tmp_path: Path) -> None:
    """Another installation of matplotlib may have written the list, or one that was being removed."""
    drawn = []
    for state in ("new", "empty"):
        command = [sys.executable, "-c", DRAWN_WITH_A_FONT_LIST, str(tmp_path), state]
        environment = {**os.environ, "MPLCONFIGDIR": str(tmp_path), "PYTHONPATH": str(ROOT / "scripts")}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert answer.returncode == 0 and "findfont" not in answer.stderr, answer.stderr
        drawn.append(files(tmp_path / "figure"))
    assert drawn[0] == drawn[1]


def test_a_colour_changes_the_picture_and_not_the_numbers(tmp_path: Path) -> None:
    for folder, style in (("one", STYLE), ("two", Style(["#000000"], 4.8, 3.4))):
        draw_coverage(CURVES, "HumanEval", {}, style, tmp_path / folder / "coverage")
    one, two = files(tmp_path / "one" / "coverage"), files(tmp_path / "two" / "coverage")
    assert one["coverage.csv"] == two["coverage.csv"]
    assert one["coverage.svg"] != two["coverage.svg"]
    assert b"#0072b2" in one["coverage.svg"].lower()
    assert b"#0072b2" not in two["coverage.svg"].lower()


def test_failure_is_drawn_also_where_nothing_fails_any_more(tmp_path: Path) -> None:
    solved = {"solved": curve([12, 6]), "all at once": curve([12, 12])}
    draw_failure(solved, "Arithmetic", STYLE, tmp_path / "failure")
    table = pd.read_csv(tmp_path / "failure.csv")
    assert len(table) == 24
    assert table["fail_at_k"].min() == 0
    assert {"solved", "all at once", "failure (fail@k = 1 - pass@k)"} <= set(texts(tmp_path / "failure.svg"))


def test_a_single_sample_is_a_figure_too(tmp_path: Path) -> None:
    single = {"single": curve([0, 1], n=1)}
    draw_coverage(single, "One", {}, STYLE, tmp_path / "coverage")
    draw_scaling_laws(single, {"single": UNFITTED}, "One", STYLE, tmp_path / "laws")
    assert pd.read_csv(tmp_path / "coverage.csv")["pass_at_k"].tolist() == [0.5]
    assert pd.read_csv(tmp_path / "laws.csv")["value"].tolist() == [0.5]


def test_a_long_curve_is_drawn_by_fewer_points_and_keeps_its_numbers(tmp_path: Path) -> None:
    long = {"long": curve([0, 1, 40, 9000], n=10_000)}
    for draw, name in (
        (lambda stem: draw_coverage(long, "Long", {}, STYLE, stem), "coverage"),
        (lambda stem: draw_failure(long, "Long", STYLE, stem), "failure"),
    ):
        draw(tmp_path / name)
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == 10_000
        assert (tmp_path / f"{name}.svg").stat().st_size < 200_000


@pytest.mark.parametrize("points", [0, 1, 2, 600, 601, 5000, 10_000, 123_457])
def test_the_first_the_last_and_the_marked_points_are_drawn(points: int) -> None:
    drawn, marked = thin_points(points)
    assert drawn == sorted(set(drawn)) and len(drawn) <= 620
    assert drawn[:1] + drawn[-1:] == ([0, points - 1] if points else [])
    assert [drawn[mark] for mark in marked] == marker_positions(points)
    assert max(np.diff(drawn), default=0) <= max(1, points / 290)


def test_scaling_laws_are_drawn_with_their_parameters_and_numbers(tmp_path: Path) -> None:
    laws = {"small": law(COUNTS["small"]), "large": UNFITTED}
    draw_scaling_laws(CURVES, laws, "HumanEval", STYLE, tmp_path / "laws")
    fitted = laws["small"]["laws"][0]
    said = texts(tmp_path / "laws.svg")
    assert {"small", "large"} <= set(said)
    formulae = [re.sub(r"\s", "", text.replace("\u2212", "-")) for text in said if re.match(r"e\s*x\s*p", text)]
    assert len(formulae) == 1 and formulae[0].startswith(f"exp({fitted['a']:.2f}k)")
    assert "offbyatmost5.1points(k=1,200)" in formulae[0]
    table = pd.read_csv(tmp_path / "laws.csv")
    points = table[table["series"] == "coverage"]
    assert points.groupby("model")["value"].apply(list).to_dict() == {
        name: pytest.approx(frame["pass_at_k"].tolist()) for name, frame in CURVES.items()
    }
    line = table[table["series"] == "law, least squares on log c"]
    assert set(line["model"]) == {"small"}
    assert line["value"].tolist() == pytest.approx(np.exp(fitted["a"] * line["k"].to_numpy(float) ** fitted["b"]).tolist())
    assert line["lower"].tolist() == pytest.approx(fitted["curve"]["lower"])
    assert line["upper"].tolist() == pytest.approx(fitted["curve"]["upper"])


def test_models_differ_by_more_than_colour() -> None:
    looks = [Style(["#000000"], 1, 1).of(number) for number in range(5)]
    assert len({(str(look["linestyle"]), look["marker"]) for look in looks}) == 5
    assert len({str(look["linestyle"]) for look in looks}) == 5
    assert [STYLE.of(number)["color"] for number in range(3)] == ["#0072B2", "#D55E00", "#0072B2"]


@pytest.mark.parametrize(
    ("file", "names"), [("difficulty.csv", ["model", "problem_id"]), ("difficulty_bins.csv", ["model"]), ("families.csv", ["family", "model"])]
)
def test_names_that_look_like_numbers_stay_as_they_are(tmp_path: Path, file: str, names: list[str]) -> None:
    (tmp_path / file).write_text(",".join([*names, "k"]) + "\n" + ",".join(["007"] * len(names) + ["1"]) + "\n", encoding="utf-8")
    sources = {source for kind in KINDS.values() for source in kind.inputs.values() if source.file == file}
    assert len(sources) == 1
    table = draw_figures.read_input(sources.pop(), tmp_path, {})
    assert table[names].to_numpy().tolist() == [["007"] * len(names)]


def test_the_script_draws_all_models_and_of_what_is_sampled_the_sampled_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, table in CURVES.items():
        (tmp_path / "humaneval" / name).mkdir(parents=True)
        table.to_csv(tmp_path / "humaneval" / name / "coverage.csv", index=False)
    shares = pd.DataFrame({"k": [1, 2], "distinct_texts": [1.0, 0.7], "distinct_answers": [1.0, 0.6]})
    shares.to_csv(tmp_path / "humaneval" / "large" / "diversity.csv", index=False)
    style = json.dumps({"colours": ["#0072B2"], "width_inches": 4.8, "height_inches": 3.4})
    words = ["--kinds", "coverage", "diversity", "--benchmark", "humaneval", "--sampled", "large", "--title", "HumanEval"]
    words += ["--pairs", json.dumps([[name, f"humaneval/{name}"] for name in CURVES])]
    words += ["--style", style, "--settings", '{"references": {"people": 0.9}}', "--results", str(tmp_path), "--output", str(tmp_path / "figures")]
    monkeypatch.setattr(sys, "argv", ["draw_figures", *words])
    draw_figures.main()
    assert list(dict.fromkeys(pd.read_csv(tmp_path / "figures/coverage-humaneval.csv")["model"])) == list(CURVES)
    assert {"people", "HumanEval"} <= set(texts(tmp_path / "figures/coverage-humaneval.svg"))
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "figures/diversity-humaneval.csv"), shares.assign(model="large")[["model", *shares.columns]])


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 10_000, [1, 10, 100, 1000, 10_000]),
        (0.9, 32, [1, 2, 5, 10, 20]),
        (0.55, 1.05, [0.6, 0.7, 0.8, 0.9, 1.0]),
        (0.913, 0.982, [0.92, 0.94, 0.96, 0.98]),
        (1e-4, 1, [1e-4, 1e-3, 1e-2, 1e-1, 1]),
    ],
)
def test_a_log_axis_has_numbers_to_read_however_short_it_is(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(("samples", "scale"), [(49, "linear"), (50, "log"), (1000, "log")])
def test_many_samples_have_a_log_axis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: int, scale: str) -> None:
    seen: list[str] = []
    monkeypatch.setattr("monkeys.figures.coverage.legend_below", lambda axes: seen.append(axes.get_xscale()))
    draw_coverage({"small": curve([0, 1, 0, 3], samples)}, "HumanEval", {}, STYLE, tmp_path / "coverage")
    assert seen == [scale]


def test_the_legend_lies_below_the_axes_and_takes_no_room_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import monkeys.figures as module

    heights: list[float] = []
    real = module.legend_below

    def watched(axes: Any) -> None:
        heights.append(axes.figure.get_figheight())
        real(axes)
        heights.append(axes.figure.get_figheight())
        (legend,) = axes.figure.legends
        axes.figure.draw_without_rendering()
        assert legend.get_window_extent().y1 <= axes.get_tightbbox().y0 + 1

    monkeypatch.setattr("monkeys.figures.coverage.legend_below", watched)
    draw_coverage(CURVES, "HumanEval", {}, STYLE, tmp_path / "coverage")
    assert heights[1] > heights[0]
