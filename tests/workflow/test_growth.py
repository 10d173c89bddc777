"""A study that grows draws what is new and nothing else; samples that exist are taken, whichever run drew them and however shards were cut."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from project import Project

from monkeys.records.sample import read_samples

Texts = dict[tuple[str, int], str]


def texts(project: Project, run: str = "study", benchmark: str = "arithmetic") -> Texts:
    paths = sorted((project.folder / "results" / run / benchmark / "smollm2" / "repeated" / "samples").glob("*.parquet"))
    samples = [sample for path in paths for sample in read_samples(path)]
    assert len(samples) == len({(sample.problem_id, sample.sample_index) for sample in samples})
    return {(sample.problem_id, sample.sample_index): sample.text for sample in samples}


def drawn(project: Project, run: str = "study") -> int:
    """Samples that the last run of each generation job drew."""
    paths = project.folder.glob(f"results/{run}/logs/generate_samples/*/*/*/*.usage.json")
    return sum(json.loads(path.read_text())["samples"] for path in paths)


def change(project: Project, run: str = "study", **settings: Any) -> None:
    """Leave arithmetic alone in the study, with other settings."""

    def apply(config: dict[str, Any]) -> None:
        config["benchmarks"].pop("humaneval", None)
        config["benchmarks"]["arithmetic"].update(settings)
        config["run"] = run

    project.configure(apply)
    for path in project.folder.glob("results/*/logs/generate_samples/*/*/*/*.usage.json"):
        path.unlink()


@pytest.fixture(scope="module")
def grown(finished_study: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Texts]:
    """The finished study of 8 samples of 8 problems, grown to 11 samples of 9 problems: within a block and a round that were cut short."""
    project = finished_study.copy(tmp_path_factory.mktemp("growth") / "project")
    before = texts(project)
    change(project, samples=11, problems=9)
    project.run("generate")
    assert drawn(project) == 9 * 11 - 8 * 8
    after = texts(project)
    assert len(after) == 99 and {place: after[place] for place in before} == before
    return project, after


def test_another_run_with_other_shards_takes_everything_and_loads_no_model(grown: tuple[Project, Texts], tmp_path: Path) -> None:
    project, every = grown[0].copy(tmp_path / "project"), grown[1]
    names = list(dict.fromkeys(name for name, _ in every))

    def part(problems: int, samples: int) -> Texts:
        return {(name, index): every[name, index] for name, index in every if name in names[:problems] and index < samples}

    change(project, run="another", samples=9, problems=8, shard={"problems": 4, "samples": 5})
    answer = project.run("generate")
    assert texts(project, "another") == part(8, 9)
    # A block more and a round more, in one go, with the preparation that both need.
    change(project, run="another", samples=11, problems=9)
    answer += project.run("results/another/arithmetic/smollm2/repeated/counts.csv")
    assert texts(project, "another") == part(9, 11)
    assert drawn(project, "another") == 0
    assert "loading the model" not in answer


def test_fewer_samples_use_a_part_and_delete_nothing(grown: tuple[Project, Texts], tmp_path: Path) -> None:
    project, last = grown[0].copy(tmp_path / "project"), grown[1]
    change(project, samples=3, problems=9)
    answer = project.run("results/study/arithmetic/smollm2/repeated/counts.csv")
    assert "loading the model" not in answer
    counts = (project.folder / "results/study/arithmetic/smollm2/repeated/counts.csv").read_text().splitlines()
    assert len(counts) == 10 and all(line.split(",")[1] == "3" for line in counts[1:])
    change(project, samples=11, problems=9)
    assert "loading the model" not in project.run("generate")
    assert texts(project) == last


def test_damaged_shard_is_named_and_redrawn_equal(finished_study: Project, tmp_path: Path) -> None:
    """The shard is damaged in place, and with it what the store keeps of it. Shards of another size draw the same samples."""
    project, before = finished_study.copy(tmp_path / "project"), texts(finished_study, benchmark="humaneval")
    shards = sorted((project.folder / "results/study/humaneval/smollm2/repeated/samples").glob("*.parquet"))
    for path in (*shards, *project.folder.glob("results/assets/samples/*/*.parquet")):
        whole = path.read_bytes()
        path.unlink()  # the store shares its files by hard links
        path.write_bytes(whole[:-100])
    answer = project.snakemake("results/study/humaneval/smollm2/repeated/counts.csv")
    assert answer.returncode != 0
    # Whichever is read first: when one job has failed, Snakemake starts no other.
    assert re.search(r"/000[01]-0000\.parquet is damaged", answer.stdout + answer.stderr)
    for path in shards:
        path.unlink(missing_ok=True)
    project.configure(lambda config: config["benchmarks"].pop("arithmetic"))
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(shard={"problems": 4, "samples": 4}))
    assert "its samples are drawn again" in project.run("generate")
    assert texts(project, benchmark="humaneval") == before
    assert len(list(shards[0].parent.glob("*.parquet"))) == 1
