"""The whole chain for real: vLLM, a model, a sandbox."""

import csv
import json

from project import PATIENCE, Project

from monkeys.records.sample import read_samples
from monkeys.seeds import sample_seed


def test_samples_match_configuration(finished_study: Project) -> None:
    shards = sorted((finished_study.folder / "results/study/humaneval/smollm2/repeated/samples").glob("*.parquet"))
    assert [path.name for path in shards] == ["0000-0000.parquet", "0001-0000.parquet"]
    samples = [sample for path in shards for sample in read_samples(path)]
    assert [(sample.problem_id, sample.sample_index) for sample in samples] == [(f"HumanEval/{i}", j) for i in range(4) for j in range(4)]
    assert all(sample.seed == sample_seed(0, sample.problem_id, sample.sample_index) for sample in samples)
    assert all(0 < sample.output_tokens <= 64 and sample.prompt_tokens > 50 for sample in samples)
    assert any("def has_close_elements" in sample.text for sample in samples)
    assert len({sample.text for sample in samples}) > 8


def test_arithmetic_is_solved_now_and_then(finished_study: Project) -> None:
    rows = list(csv.DictReader((finished_study.folder / "results/study/arithmetic/smollm2/repeated/counts.csv").open()))
    assert [row["difficulty"] for row in rows] == [str(steps) for steps in range(1, 9)]
    assert all(row["n"] == "8" for row in rows)
    assert 0 < sum(int(row["c"]) for row in rows) < 64


def test_report_is_self_contained_and_shows_the_run(finished_study: Project) -> None:
    page = (finished_study.folder / "results/study/report.html").read_text()
    assert "http://" not in page and "https://" not in page and "<script" not in page
    assert page.count("data:image/svg+xml;base64,") == 11
    for text in ("HumanEval", "Arithmetic", "smollm2", "bubblewrap", "output tokens per second", "temperature 0.6", "By difficulty", "vllm"):
        assert text in page, text


def test_every_figure_is_there_with_its_numbers(finished_study: Project) -> None:
    folder = finished_study.folder / "results/study/figures"
    for figure in ("coverage", "failure", "scaling_laws", "forecasts", "difficulty", "costs", "diversity"):
        for benchmark in ("humaneval", "arithmetic"):
            for suffix in ("svg", "pdf", "png", "csv"):
                assert (folder / f"{figure}-{benchmark}.{suffix}").stat().st_size > 50
    assert not list(folder.glob("heat_map-*")), "of one model the bins of difficulty say more"
    numbers = list(csv.DictReader((folder / "coverage-arithmetic.csv").open()))
    curve = list(csv.DictReader((finished_study.folder / "results/study/arithmetic/smollm2/repeated/coverage.csv").open()))
    assert [row["pass_at_k"] for row in numbers] == [row["pass_at_k"] for row in curve]


def test_a_question_in_braces_stays_as_it_is(finished_study: Project) -> None:
    results = finished_study.folder / "results/study"
    assert "Does what stands in {braces} stay as it is?" in (results / "config.yaml").read_text()
    assert "Does what stands in {braces} stay as it is?" in (results / "report.html").read_text()


def test_the_laws_name_their_loss(finished_study: Project) -> None:
    laws = json.loads((finished_study.folder / "results/study/arithmetic/smollm2/repeated/scaling_laws.json").read_text())
    losses = ["least squares on log c", "least squares on c", "log-log regression of -log c on k", "least squares on log c, each k once"]
    assert [law["loss_description"] for law in laws["laws"]] == losses
    assert all(law["a"] < 0 and law["a_interval"][0] <= law["a"] <= law["a_interval"][1] for law in laws["laws"])


def test_a_second_run_says_that_nothing_is_to_be_done(finished_study: Project) -> None:
    run = finished_study.start()
    assert run.process.wait(timeout=PATIENCE) == 0
    assert "Nothing to be done" in run.log.read_text()
