"""Studies whose programs run in Apptainer, and what of them is done again when the image changes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from project import Project
from study_fixtures import humaneval_rows, recorded_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, sandbox_image: Path) -> Project:
    """Right and wrong recorded answers, verified in Apptainer with an image of the user's own."""
    project = recorded_study(tmp_path_factory.mktemp("apptainer") / "project")
    (project.folder / "own.sif").symlink_to(sandbox_image)
    project.configure(lambda config: config["verification"].update(sandbox="apptainer", image="own.sif"))
    with (project.folder / "samples.jsonl").open("a") as samples:
        samples.writelines(json.dumps({"task_id": row["task_id"], "completion": "    return None"}) + "\n" for row in humaneval_rows()[:4])
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(samples=3, shard={"problems": 4, "samples": 3}))
    project.run()
    return project


def test_verdicts_and_the_report_are_those_of_apptainer(study: Project) -> None:
    results = study.folder / "results" / "study"
    counts = (results / "humaneval/canonical/repeated/counts.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in counts[1:]] == [[f"HumanEval/{i}", "3", "2"] for i in range(4)]
    said = json.loads((results / "sandbox.json").read_text())
    assert (said["sandbox"], said["image"][:7]) == ("apptainer", "sha256:")
    assert f"sandbox apptainer, version {said['version']}" in (results / "report.html").read_text()


def test_bubblewrap_gives_the_same_verdicts(study: Project, tmp_path: Path) -> None:
    project = study.copy(tmp_path / "project")
    path = project.folder / "results/study/humaneval/canonical/repeated/verdicts/0000-0000-0000.parquet"
    before = path.read_bytes()
    project.configure(lambda config: config["verification"].update(sandbox="bubblewrap", image="envs/sandbox.def"))
    assert project.plan()["verify_samples"] == 1
    project.run()
    assert path.read_bytes() == before
    assert json.loads((project.folder / "results/study/sandbox.json").read_text())["sandbox"] == "bubblewrap"


def test_another_image_verifies_again_and_draws_nothing(study: Project, tmp_path: Path, sandbox_image: Path) -> None:
    assert study.plan() == {}
    project = study.copy(tmp_path / "project")
    (project.folder / "own.sif").unlink()
    (project.folder / "own.sif").write_bytes(sandbox_image.read_bytes() + b"\0")
    plan = project.plan()
    assert (plan["check_sandbox"], plan["verify_samples"]) == (1, 1)
    assert "generate_samples" not in plan


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda config: config["verification"].update(image="envs/sandbox.def"), {"build_sandbox": 1}),
        (lambda config: config["verification"].update(image="docker://python@sha256:" + "0" * 64), {"build_sandbox": 1}),
    ],
    ids=["definition file", "registry"],
)
def test_an_image_is_made_by_a_rule(study: Project, tmp_path: Path, change: Callable[[dict[str, object]], object], jobs: dict[str, int]) -> None:
    project = study.copy(tmp_path / "project")
    project.configure(change)
    plan = project.plan()
    assert {rule: number for rule, number in plan.items() if rule == "build_sandbox"} == jobs
