"""The whole chain for real: vLLM, a model, a sandbox; a killed run that goes on; and two runs that give the same bytes."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from project import Project, journaled
from study_fixtures import CURVES, new_study

from monkeys.records import read_samples, read_verdicts
from monkeys.seeds import sample_seed


def results(project: Project) -> dict[str, str]:
    """Hashes of all results by name. Logs hold times, and so does the report."""
    folder = project.folder / "results" / "study"
    paths = [path for path in folder.rglob("*") if path.is_file() and "logs" not in path.parts and path.name != "report.html"]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def test_samples_are_what_was_asked_for(finished_study: Project) -> None:
    shards = sorted((finished_study.folder / "results/study/humaneval/smollm2/samples").glob("*.parquet"))
    assert [path.name for path in shards] == ["0000-0000.parquet", "0001-0000.parquet"]
    samples = [sample for path in shards for sample in read_samples(path)]
    assert [(sample.problem_id, sample.sample_index) for sample in samples] == [(f"HumanEval/{i}", j) for i in range(4) for j in range(4)]
    assert all(sample.seed == sample_seed(0, sample.problem_id, sample.sample_index) for sample in samples)
    assert all(0 < sample.output_tokens <= 64 and sample.prompt_tokens > 50 for sample in samples)
    assert any("def has_close_elements" in sample.text for sample in samples)
    assert len({sample.text for sample in samples}) > 8


def test_arithmetic_is_solved_now_and_then(finished_study: Project) -> None:
    rows = list(csv.DictReader((finished_study.folder / "results/study/arithmetic/smollm2/counts.csv").open()))
    assert [row["difficulty"] for row in rows] == [str(steps) for steps in range(1, 9)]
    assert all(row["n"] == "8" for row in rows)
    assert 0 < sum(int(row["c"]) for row in rows) < 64


def test_verdicts_agree_with_counts(finished_study: Project) -> None:
    folder = finished_study.folder / "results/study/humaneval/smollm2"
    verdicts = [verdict for path in sorted((folder / "verdicts").glob("*.parquet")) for verdict in read_verdicts(path)]
    counts = {row["problem_id"]: int(row["c"]) for row in csv.DictReader((folder / "counts.csv").open())}
    assert len(verdicts) == 16
    for problem, passed in counts.items():
        assert passed == sum(verdict.outcome == "passed" for verdict in verdicts if verdict.problem_id == problem)


def test_report_stands_alone_and_shows_the_run(finished_study: Project) -> None:
    page = (finished_study.folder / "results/study/report.html").read_text()
    assert "http://" not in page and "https://" not in page and "<script" not in page
    assert page.count("data:image/svg+xml;base64,") == 16
    for text in ("HumanEval", "Arithmetic", "smollm2", "bubblewrap", "output tokens per second", "temperature 0.6", "By difficulty", "vllm"):
        assert text in page, text


def test_every_figure_is_there_with_its_numbers(finished_study: Project) -> None:
    folder = finished_study.folder / "results/study/figures"
    for figure in ("coverage", "failure", "scaling_laws", "forecasts", "heat_map", "difficulty", "costs", "diversity"):
        for benchmark in ("humaneval", "arithmetic"):
            for suffix in ("svg", "pdf", "png", "csv"):
                assert (folder / f"{figure}-{benchmark}.{suffix}").stat().st_size > 50
    numbers = list(csv.DictReader((folder / "coverage-arithmetic.csv").open()))
    curve = list(csv.DictReader((finished_study.folder / "results/study/arithmetic/smollm2/coverage.csv").open()))
    assert [row["pass_at_k"] for row in numbers] == [row["pass_at_k"] for row in curve]


def test_a_question_in_braces_stays_as_it_is(finished_study: Project) -> None:
    results = finished_study.folder / "results/study"
    assert "Does what stands in {braces} stay as it is?" in (results / "config.yaml").read_text()
    assert "Does what stands in {braces} stay as it is?" in (results / "report.html").read_text()


def test_the_laws_name_their_loss(finished_study: Project) -> None:
    laws = json.loads((finished_study.folder / "results/study/arithmetic/smollm2/scaling_laws.json").read_text())
    assert [law["loss_description"] for law in laws["laws"]] == ["least squares on log c", "least squares on c", "log-log regression of -log c on k"]
    assert all(law["a"] < 0 and law["a_interval"][0] <= law["a"] <= law["a_interval"][1] for law in laws["laws"])


@pytest.fixture(scope="module")
def killed_study(finished_study: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, int]]:
    """The same study in another clone, killed by SIGKILL while it draws and again while it verifies, then left to go on, up to its curves."""
    project = new_study(tmp_path_factory.mktemp("killed") / "project")
    project.share_weights(finished_study)
    samples = project.folder / "results/study"

    run = project.start()
    run.wait_for(lambda: any(samples.glob("*/*/samples/*.parquet")) and any(map(journaled, samples.glob("*/*/samples/.*.journal"))))
    run.kill()
    kept = {path.as_posix(): path.stat().st_ino for path in samples.glob("*/*/samples/*.parquet")}
    assert kept

    run = project.start()
    run.wait_for(lambda: "of an interrupted run" in run.log.read_text() and any((samples / "logs/verify_samples").rglob("*.log")))
    run.kill()

    run = project.start(*CURVES)
    assert run.process.wait(timeout=600) == 0, run.log.read_text()[-3000:]
    return project, kept


def test_a_killed_run_keeps_finished_shards(killed_study: tuple[Project, dict[str, int]]) -> None:
    _, kept = killed_study
    assert kept == {path: Path(path).stat().st_ino for path in kept}


def test_a_killed_run_ends_with_the_same_bytes(finished_study: Project, killed_study: tuple[Project, dict[str, int]]) -> None:
    project, _ = killed_study
    found, whole = results(project), results(finished_study)
    assert {name: whole[name] for name in found} == found
    assert {Path(curve).relative_to("results/study").as_posix() for curve in CURVES} <= found.keys()
    assert not list(project.folder.glob("results/study/**/.*.part*"))
    assert not list(project.folder.glob("results/study/**/.*.journal"))


def test_a_second_run_says_that_nothing_is_to_be_done(finished_study: Project) -> None:
    run = finished_study.start()
    assert run.process.wait(timeout=60) == 0
    assert "Nothing to be done" in run.log.read_text()
