"""The report's first paragraph, contents, captions, kinds of failure and units; its structure in a browser where there is one."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from chromium import chromium
from report_cases import COMPARISON, CONFIG, DOUBTED, NO_FORECAST, UNFITTED, Page, page, pair

from monkeys.files import write_text
from monkeys.reporting.captions import shown_figures
from monkeys.reporting.failures import failure_rows
from monkeys.reporting.finding import finding
from monkeys.reporting.report import render
from monkeys.reporting.units import quantity


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    path = tmp_path / "coverage.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="396pt" height="223pt"><rect width="396" height="223"/></svg>')
    return path


def selection(**accuracy: float) -> pd.DataFrame:
    rows = [
        {"selector": name, "scorer": "", "options": "", "label": "outcome", "k": 30, "accuracy": value, "lower": value - 0.1, "upper": value + 0.1}
        for name, value in accuracy.items()
    ]
    return pd.DataFrame(rows).assign(coverage=accuracy["oracle"])


def differences(lower: float) -> pd.DataFrame:
    row = {"label": "outcome", "k": 30, "first": "majority", "second": "longest", "difference": 0.2, "lower": lower, "upper": 0.4}
    return pd.DataFrame([row])


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("flops", 5.96e12, "5.96 TFLOP"),
        ("flops", 999.7, "1 kFLOP"),
        ("flops", 3.0, "3 FLOP"),
        ("flops", 1e15, "1 PFLOP"),
        ("dollars", 1234.5, "$1,234.50"),
        ("dollars", 0.0123, "$0.0123"),
        ("gpu_seconds", 7200, "2 GPU hours"),
        ("output_tokens", 1234567, "1,234,567 output tokens"),
    ],
)
def test_costs_have_units(measure: str, value: float, said: str) -> None:
    assert quantity(value, measure) == said


def test_finding_tells_coverage_selector_law_and_strategy() -> None:
    chosen = replace(pair(), selection=selection(oracle=0.75, random=0.1, majority=0.3, longest=0.5), selection_differences=differences(0.05))
    scaling = [{"recommends": True, "sentences": ["Use beams.", "More."]}, {"recommends": False, "sentences": ["By hindsight."]}]
    assert finding([chosen], scaling, 0.95) == (
        "small solves 2.5 % (95% interval 2.0 to 2.9) of the problems with one sample and 75.0 % (60.0 to 85.7) with 30 samples. "
        "Of the ways to choose one of 30 answers of small, longest is right most often: 50.0 % (40.0 to 60.0); "
        "that is +20.0 points (+5.0 to +40.0) from the majority vote. "
        "The law c(k) = exp(a k^b), by least squares on log c: small: a = -7.599, b = -0.182, mean error 0.52 points. Use beams."
    )


def test_finding_does_not_claim_what_is_not_shown() -> None:
    chosen = replace(pair(), selection=selection(oracle=0.75, random=0.1, majority=0.3, longest=0.5), selection_differences=differences(-0.05))
    assert "it is not shown to differ from the majority vote (+20.0 points, -5.0 to +40.0)" in finding([chosen], [], 0.95)
    unsure = replace(pair(), laws={"laws": [DOUBTED]})
    assert "small: not fixed by these samples (a: not determined, anywhere from -128 to -0.0978; b: not determined by the counts)" in finding(
        [unsure], [], 0.95
    )


def test_finding_of_many_curves_names_highest_and_lowest() -> None:
    many = [replace(pair(f"m{n}"), coverage=pair().coverage.assign(pass_at_k=pair().coverage["pass_at_k"] / (n + 1))) for n in (2, 0, 5, 1, 3)]
    said = finding(many, [], 0.95)
    assert [name for name in ("m0", "m1", "m2", "m3", "m5") if f"{name} solves" in said] == ["m0", "m5"]
    assert "These are the highest and the lowest of 5 curves" in said


def test_failures_are_counted_by_kind_and_lead_to_samples() -> None:
    (row,) = failure_rows([pair(), replace(pair("counted"), tokens=None)])
    assert (row["samples"], row["passed"], [kind["number"] for kind in row["kinds"]]) == (90, 33, [45, 1, 7, 4])
    assert [kind["address"] for kind in row["kinds"]][:2] == [f"samples.html#humaneval/small/repeated/{kind}" for kind in ("failed", "no_answer")]
    clean = replace(pair(), counts=pair().counts.assign(memory=0))
    assert failure_rows([clean])[0]["kinds"][-1] == {"number": 0, "share": 0.0, "address": None}


def test_figures_carry_numbers_and_links(figure: Path, tmp_path: Path) -> None:
    html, _ = page([pair(), pair("small", "arithmetic", "Arithmetic")], figure, tmp_path)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    assert [caption.partition(".</strong>")[0] for caption in captions] == ["<strong>Figure 1", "<strong>Figure 2"]
    assert "small: 2.5 % at k = 1, 75.0 % at k = 30." in captions[0]
    assert captions[1].endswith('<a href="figures/coverage-arithmetic.csv">CSV</a>, <a href="figures/coverage-arithmetic.pdf">PDF</a>')


def test_figure_of_unknown_costs_is_left_out(figure: Path, tmp_path: Path) -> None:
    ks = pd.DataFrame({"k": [1, 30], "pass_at_k": [0.025, 0.75]})
    unknown = ks.assign(dollars=None, flops=None, output_tokens=None).astype(float)

    def captions(costs: pd.DataFrame) -> list[str]:
        figures = {"humaneval": {"coverage": figure, "costs": figure}}
        html = render(CONFIG, [replace(pair(), costs=costs)], {"humaneval": COMPARISON}, figures, {}, {}, {}, tmp_path)
        return re.findall(r"<figcaption>(.*?)</figcaption>", html)

    assert len(captions(unknown)) == 1
    assert "small: 75.0 % for 5.96 TFLOP (k = 30)." in captions(unknown.assign(flops=[1e12, 5.96e12]))[1]


def test_figures_that_would_show_nothing_are_left_out() -> None:
    paths = {kind: Path(f"{kind}.svg") for kind in ("coverage", "scaling_laws", "forecasts", "difficulty", "heat_map", "diversity")}
    some = pair()
    none = replace(some, laws={"laws": [UNFITTED, *some.laws["laws"][1:]]}, forecasts=NO_FORECAST, counts=some.counts.assign(c=0))
    assert shown_figures(paths, [none, none]) == ["coverage", "diversity"]
    assert shown_figures(paths, [none, some]) == list(paths)
    assert shown_figures(paths, [replace(none, counts=some.counts)]) == ["coverage", "difficulty", "heat_map", "diversity"]


def test_a_figure_that_is_higher_than_wide_has_more_room(tmp_path: Path) -> None:
    found = []
    for width, height in ((400, 300), (400.5, 900.25)):
        path = tmp_path / f"{width}.svg"
        write_text(path, f'<?xml version="1.0"?>\n<svg width="{width}pt" viewBox="0 0 {width} {height}" version="1.1"></svg>')
        html = page([pair()], path, tmp_path)[0]
        found.append('class="tall"' in html)
    assert found == [False, True]


def test_contents_lead_to_every_section(figure: Path, tmp_path: Path) -> None:
    html, found = page([pair(), pair("large")], figure, tmp_path)
    contents = html.partition("<nav")[2].partition("</nav>")[0]
    names = re.findall(r'<section id="([^"]+)">', html)
    assert re.findall(r'href="#([^"]+)"', contents) == names and len(set(names)) == len(names) >= 8
    assert found.text.index("small solves") < found.text.index("Warning:") < found.text.index("Scaling laws")


def test_no_table_is_empty(figure: Path, tmp_path: Path) -> None:
    audits = {"humaneval": {"gold": {"solutions": 0, "wrong": 0, "holes": 0, "unsolved": 0}, "models": {}, "cross_check": None}}
    html, _ = page([replace(pair(), forecasts={"samples": 30, "largest": 300, "not_forecast": "too few"})], figure, tmp_path, audits)
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert len(bodies) >= 5 and all("<td" in body for body in bodies)


def test_page_fits_a_telephone_and_tables_fit_paper(figure: Path, tmp_path: Path) -> None:
    long = pair("a-model-of-a-name-that-is-long-7b-instruct")
    ks = [*range(1, 30), 50, 100, 200, 500, 1000, 2000, 5000, 10000]
    curve = pd.DataFrame({"k": ks, "pass_at_k": 0.9375, "lower": 0.9012, "upper": 1.0, "fail_at_k": 0.0625})
    html, _ = page([replace(long, coverage=curve)], figure, tmp_path)
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    widest = "Math.max(...[...document.querySelectorAll('table, figure, pre')].map((one) => one.getBoundingClientRect().right))"
    with chromium(tmp_path / "profile") as browser:
        for width in (400, 1200):
            browser.open((tmp_path / "report.html").as_uri(), width)
            assert browser.value("document.documentElement.scrollWidth") <= width
            assert browser.value("document.links.length") > 10
            assert browser.value("[...document.images].every((one) => one.naturalWidth > 0)")
        # The width of A4 without margins, at 96 dots an inch.
        paper = 688
        browser.open((tmp_path / "report.html").as_uri(), paper)
        assert browser.value(widest) > paper
        browser.print_media()
        assert browser.value(widest) <= paper
        assert browser.value("[...document.querySelectorAll('figure')].every((one) => getComputedStyle(one).breakInside === 'avoid')")


def test_rows_that_equal_the_row_above_say_so(figure: Path, tmp_path: Path) -> None:
    laws = pair().laws
    twice = {**laws, "laws": [laws["laws"][0], {**laws["laws"][0], "loss_description": "another loss"}]}
    _, found = page([replace(pair(), laws=twice), replace(pair("large"), laws=twice)], figure, tmp_path)
    assert isinstance(found, Page)
    assert found.rows.count(["small", "another loss", "as in the row above"]) == 1
    assert [row[2] for row in found.rows if row[:2] == ["large", "least squares on log c"]] == ["-7.599"]
