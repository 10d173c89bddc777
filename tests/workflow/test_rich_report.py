"""Figures, report, summary and manifest of a study that leaves nothing at its default, and what reruns there."""

import base64
import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from project import Project
from rich_cases import load, on_benchmarks, passes, same, table
from rich_study import BENCHMARKS, CONFIG, FEWER, MODELS, PROBLEMS, SAMPLES

from monkeys.files import file_sha256
from monkeys.reporting.fits_in_words import interval, value_or_doubt
from monkeys.reporting.manifest import result_files
from monkeys.statistics import forecasts

ANALYSIS = CONFIG["analysis"]
PAIRS = [(benchmark, model) for benchmark in BENCHMARKS for model in MODELS]


@pytest.fixture(autouse=True)
def as_few_as_in_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in FEWER.items():
        monkeypatch.setattr(forecasts, name, number)


@on_benchmarks
@pytest.mark.parametrize("kind", ["coverage", "failure", "costs", "diversity"])
def test_a_figures_numbers_are_each_models_own(rich_study: Path, benchmark: str, kind: str) -> None:
    found = table(rich_study / "figures" / f"{kind}-{benchmark}.csv")
    source = {"failure": "coverage", "costs": "cost"}.get(kind, kind)
    assert list(dict.fromkeys(found["model"])) == list(MODELS)
    for model in MODELS:
        own = table(rich_study / benchmark / model / "repeated" / f"{source}.csv")
        columns = [name for name in found.columns if name != "model"]
        same(found[found["model"] == model][columns], own[columns])


@on_benchmarks
def test_drawn_laws_and_forecasts_are_each_models_own(rich_study: Path, benchmark: str) -> None:
    laws, forecast = (table(rich_study / "figures" / f"{kind}-{benchmark}.csv") for kind in ("scaling_laws", "forecasts"))
    for model in MODELS:
        folder = rich_study / benchmark / model / "repeated"
        fitted = load(folder / "scaling_laws.json")["laws"][0]["curve"]
        rows = laws[(laws["model"] == model) & laws["series"].str.startswith("law")]
        for column, name in (("k", "k"), ("value", "coverage"), ("lower", "lower"), ("upper", "upper")):
            assert rows[column].tolist() == pytest.approx(fitted[name]), name
        recommended = load(folder / "forecasts.json")["forecasts"][0]
        rows = forecast[(forecast["model"] == model) & (forecast["series"] == "recommended")]
        assert rows["k"].tolist() == recommended["k"] and rows["value"].tolist() == pytest.approx(recommended["coverage"])
        for name, prefix in (("these", ""), ("others", "others_")):
            for end in ("lower", "upper"):
                assert rows[f"{prefix}{end}"].tolist() == pytest.approx(recommended[name][end]), (name, end)
        for drawn in (laws, forecast):
            rows = drawn[(drawn["model"] == model) & (drawn["series"] == "coverage")]
            assert rows["value"].tolist() == pytest.approx(table(folder / "coverage.csv")["pass_at_k"].tolist())


@on_benchmarks
def test_drawn_difficulty_is_that_of_the_tables(rich_study: Path, benchmark: str) -> None:
    cells = table(rich_study / "figures" / f"heat_map-{benchmark}.csv")
    assert len(cells) == 2 * PROBLEMS
    for model in MODELS:
        rows = cells[cells["model"] == model]
        assert dict(zip(rows["problem_id"], rows["c"], strict=True)) == passes(benchmark, model)
        assert (rows["success"] == rows["c"] / SAMPLES).all()
    same(table(rich_study / "figures" / f"difficulty-{benchmark}.csv"), table(rich_study / benchmark / "difficulty_bins.csv"))


@on_benchmarks
def test_pictures_have_the_configurations_size_colours_and_reference_line(rich_study: Path, benchmark: str) -> None:
    picture = (rich_study / "figures" / f"coverage-{benchmark}.svg").read_text(encoding="utf-8")
    assert 'width="396pt"' in picture and "#112233" in picture and "#aa5500" in picture
    own, other = ("best of humans", "a calculator")[:: 1 if benchmark == "humaneval" else -1]
    assert own in picture and other not in picture and "zeta" in picture and "alpha" in picture


def cells(page: str) -> list[list[str]]:
    rows = [re.findall(r"<td.*?</td>", row) for row in re.findall(r"<tr>.*?</tr>", page)]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows if row]


def test_the_report_names_level_method_and_resamples(rich_study: Path) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    assert "80 % interval" in page and "95 %" not in page and "95%" not in page
    assert "(percentile bootstrap over problems, 333 resamples)" in " ".join(page.split())
    assert CONFIG["question"] in page


@on_benchmarks
def test_the_report_shows_the_tables_numbers(rich_study: Path, benchmark: str) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    titles = {name: re.search(rf"<h2>({title})</h2>", page) for name, title in (("humaneval", "HumanEval"), ("arithmetic", "Arithmetic"))}
    start = titles[benchmark]
    assert start is not None
    rows = cells(page[start.end() :].partition("<h2>")[0])
    for model in MODELS:
        folder = rich_study / benchmark / model / "repeated"
        curve = table(folder / "coverage.csv").set_index("k")
        shown = next(row for row in rows if row[0] == model)
        for text, k in zip(shown[1:], (1, 2, 5, 10, 12), strict=True):
            values = [100 * curve.loc[k, name] for name in ("pass_at_k", "lower", "upper")]
            assert text == "{:.2f} {:.1f} – {:.1f}".format(*values)
        fitted = load(folder / "scaling_laws.json")["laws"]
        said = {law["loss_description"] for law in fitted}
        laws = [row for row in rows if row[0] == model and row[1] in said]
        above: list[str] = []
        for row, law in zip(laws, fitted, strict=True):
            numbers = [(value_or_doubt(law, name, f"{law[name]:.3f}"), interval(law[f"{name}_interval"])) for name in "ab"]
            assert row[2:6] == [*numbers[0], *numbers[1]] or (row[2:] == ["as in the row above"] and above == [*numbers[0], *numbers[1]])
            above = [*numbers[0], *numbers[1]]
        assert len(laws) >= 3
        forecast = load(folder / "forecasts.json")["forecasts"][0]
        these = forecast["these"]
        assert f"pass@14 is forecast to be {forecast['coverage'][-1]:.1%}, from 12 samples" in page
        assert f"intervals are [{these['lower'][-1]:.1%}, {these['upper'][-1]:.1%}] for these problems" in page
        assert ["samples that passed", f"{sum(passes(benchmark, model).values())} of {PROBLEMS * SAMPLES}"] in rows
    difference = table(rich_study / benchmark / "differences.csv").set_index("k")
    for k in (1, 12):
        gap = difference.loc[k]
        assert [
            "zeta, alpha",
            str(k),
            f"{100 * gap.difference:+.2f}",
            f"{100 * gap.lower:.2f} – {100 * gap.upper:.2f}",
            f"{gap.p_value:.2g}",
            f"{gap.p_holm:.2g}",
        ] in rows


def test_the_report_holds_the_figures_themselves(rich_study: Path) -> None:
    page = (rich_study / "report.html").read_text(encoding="utf-8")
    shown = [base64.b64decode(text) for text in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)]
    assert sorted(shown) == sorted(path.read_bytes() for path in (rich_study / "figures").glob("*.svg")) and len(shown) == 18


def test_the_summary_has_every_pairs_curve(rich_study: Path) -> None:
    rows = list(csv.DictReader((rich_study / "summary.csv").open(encoding="utf-8")))
    assert list(dict.fromkeys((row["benchmark"], row["model"]) for row in rows)) == [(benchmark, model) for model, benchmark in in_order(rich_study)]
    for benchmark, model in PAIRS:
        curve = table(rich_study / benchmark / model / "repeated" / "coverage.csv").set_index("k")
        own = [row for row in rows if (row["benchmark"], row["model"]) == (benchmark, model)]
        assert [int(row["k"]) for row in own] == [1, 2, 5, 10, 12]
        assert [float(row["pass_at_k"]) for row in own] == pytest.approx([curve.loc[k, "pass_at_k"] for k in (1, 2, 5, 10, 12)])


def in_order(rich_study: Path) -> list[tuple[str, str]]:
    config = yaml.safe_load((rich_study / "config.yaml").read_text(encoding="utf-8"))
    return [(pair["model"], pair["benchmark"]) for pair in config["pairs"]]


def test_the_manifest_names_all_inputs_and_results(rich_study: Path) -> None:
    manifest = load(rich_study / "manifest.json")
    project = rich_study.parents[1]
    names = ["rows.jsonl", *(f"samples/{model}-{benchmark}.parquet" for benchmark, model in PAIRS), "envs/sandbox.def"]
    assert manifest["inputs"]["files"] == {name: file_sha256(project / name) for name in names}
    assert manifest["config"]["analysis"].items() >= ANALYSIS.items() and manifest["config"]["seed"] == 3
    expected = {path.relative_to(rich_study).as_posix() for path in result_files(manifest["config"], rich_study)}
    assert set(manifest["results"]) == expected
    # What lies in the folder and is no log, plan, report or fetched data is a result.
    there = {path.relative_to(rich_study).as_posix() for path in rich_study.rglob("[!.]*") if path.is_file()}
    assert {name for name in there if not name.startswith(("logs/", "plans/"))} - {
        "report.html",
        "samples.html",
        "manifest.json",
        "humaneval/dataset.jsonl",
    } == expected
    assert manifest["results"] == {name: file_sha256(rich_study / name) for name in expected}


@pytest.fixture(scope="module")
def replanned(rich_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Project], object]], dict[str, int]]:
    """The jobs that a copy of the finished study plans after an edit."""

    def plan(edit: Callable[[Project], object]) -> dict[str, int]:
        project = Project(rich_study.parents[1]).copy(tmp_path_factory.mktemp("edited") / "project")
        edit(project)
        return project.plan()

    return plan


@pytest.mark.parametrize("template", [True, False])
def test_an_edited_template_makes_a_new_report_and_nothing_edited_nothing(
    replanned: Callable[[Callable[[Project], object]], dict[str, int]], template: bool
) -> None:
    def edit(project: Project) -> None:
        if template:
            project.edit("scripts/monkeys/reporting/report.html.j2", lambda text: text.replace("<h3>Coverage</h3>", "<h3>Coverage of it</h3>"))

    assert replanned(edit) == ({"report_run": 1, "record_manifest": 1} if template else {})


def test_another_memory_of_programs_verifies_programs_again(replanned: Callable[[Callable[[Project], object]], dict[str, int]]) -> None:
    def edit(project: Project) -> None:
        project.configure(lambda config: config["verification"].update(memory_mb=400))

    found = replanned(edit)
    assert found["verify_samples"] == 4 and "generate_samples" not in found
