"""A study is started from any folder, and as a module of somebody else's workflow."""

import csv
import random
from pathlib import Path

import pytest
import yaml
from project import Project, snakemake

SETTINGS = {
    "run": "mine",
    "question": "Does it run from anywhere?",
    "models": {"someone": {"engine": "counts", "counts": {"quiz": {"file": "counts.csv", "problem": "name"}}}},
    "benchmarks": {"quiz": {"problems": 12, "samples": 20}},
    "analysis": {"bootstrap": 200},
}
COVERAGE = "results/mine/quiz/someone/repeated/coverage.csv"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    # A name that a shell would read otherwise.
    return Project.fresh(tmp_path_factory.mktemp("clone") / "a clone's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the user's with a table of counts and a study."""
    chance = random.Random(0)
    with (tmp_path / "counts.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["name", "n", "c"])
        writer.writerows([f"q{number}", 20, chance.randrange(15)] for number in range(12))
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> None:
    answer = snakemake("--cores", "2", *arguments, folder=folder)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]


def curve(folder: Path) -> list[float]:
    with (folder / COVERAGE).open(encoding="utf-8") as table:
        return [float(row["pass_at_k"]) for row in csv.DictReader(table)]


def expected(folder: Path) -> float:
    with (folder / "counts.csv").open(encoding="utf-8") as table:
        return sum(int(row["c"]) / 20 for row in csv.DictReader(table)) / 12


def test_a_snakefile_of_another_folder_makes_the_curve_here(clone: Project, folder: Path) -> None:
    run(folder, "--snakefile", str(clone.folder / "Snakefile"), COVERAGE, "--configfile", "study.yaml")
    assert curve(folder)[0] == pytest.approx(expected(folder))
    assert not (clone.folder / "results/mine").exists()


def test_a_working_directory_by_option_makes_the_curve_there(clone: Project, folder: Path) -> None:
    run(clone.folder, "--directory", str(folder), COVERAGE, "--configfile", str(folder / "study.yaml"))
    assert curve(folder)[0] == pytest.approx(expected(folder))
    assert not (clone.folder / "results/mine").exists()


@pytest.mark.full
def test_the_example_of_a_workflow_that_takes_this_one_as_a_module_and_brings_a_benchmark(clone: Project) -> None:
    place = clone.folder / "examples" / "module"
    run(place)
    assert (place / "gain.txt").read_text(encoding="utf-8") == "34.4 points from k = 1 to 4\n"
    assert (place / "results/capitals/capitals/someone/repeated/selected.csv").exists()
    answer = snakemake("--cores", "2", "-n", folder=place)
    assert "Nothing to be done" in answer.stdout + answer.stderr


@pytest.mark.full
def test_snakemakes_own_report_holds_figures_and_tables(clone: Project, folder: Path) -> None:
    words = ("--snakefile", str(clone.folder / "Snakefile"), "--configfile", "study.yaml")
    run(folder, *words)
    run(folder, *words, "--report", "page.html")
    page = (folder / "page.html").read_text(encoding="utf-8")
    for name in ("coverage-quiz.svg", "scaling_laws-quiz.svg", "coverage.csv", "summary.csv"):
        assert name in page


@pytest.mark.full
def test_a_module_of_another_workflow_runs_to_the_report(clone: Project, folder: Path) -> None:
    (folder / "study.yaml").write_text(yaml.safe_dump({"of_monkeys": SETTINGS, "mine": 1}), encoding="utf-8")
    path = str(clone.folder / "Snakefile")
    (folder / "Snakefile").write_text(
        f'configfile: "study.yaml"\n\n\nmodule monkeys:\n    snakefile: {path!r}\n    config: config["of_monkeys"]\n\n\n'
        "use rule * from monkeys as monkeys_*\n\n\n"
        'rule own:\n    default_target: True\n    input:\n        "results/mine/report.html",\n        "results/mine/manifest.json",\n'
        '    output:\n        "size.txt",\n    shell:\n        "wc -c {input} >{output}"\n',
        encoding="utf-8",
    )
    run(folder)
    assert curve(folder)[0] == pytest.approx(expected(folder))
    assert (folder / "size.txt").read_text(encoding="utf-8").count("\n") == 3
    answer = snakemake("--cores", "2", "-n", folder=folder)
    assert "Nothing to be done" in answer.stdout + answer.stderr
