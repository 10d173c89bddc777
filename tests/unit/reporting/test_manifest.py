import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT

import compare_runs
import record_manifest
from monkeys.errors import InputError
from monkeys.files import file_sha256
from monkeys.records.sample import Sample, write_samples
from monkeys.reporting.manifest import FORMAT, changes, code, compare, differences, differing_samples, local_files, read_manifest, result_files

CONFIG: dict[str, Any] = {
    "run": "old",
    "seed": 0,
    "reuse_samples": True,
    "models": {"small": {"engine": "vllm", "samples": {}, "draws_per_job": None}},
    "benchmarks": {"humaneval": {"problems": 5, "samples": 4, "shard": {"problems": 4, "samples": 4}}},
    "pairs": [{"model": "small", "benchmark": "humaneval", "strategy": "repeated"}],
    "verification": {"image": "envs/sandbox.def", "samples_per_job": None},
}
SHARD = "humaneval/small/repeated/samples/0000-0000.parquet"


def samples(*texts: str) -> list[Sample]:
    return [Sample("p", index, index, text) for index, text in enumerate(texts)]


def words(text: str) -> list[int]:
    return [hash(word) for word in text.split()]


@pytest.fixture
def original(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    write_samples(folder / SHARD, samples("a b c", "a b d", "e"), {"device": "cpu"})
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    (folder / "summary.csv").write_text("k,pass_at_k\n")
    return folder


def manifest(folder: Path) -> dict[str, Any]:
    names = [SHARD, "config.yaml", "summary.csv"]
    return {"format": FORMAT, "config": CONFIG, "results": {name: file_sha256(folder / name) for name in names}}


def copied(original: Path, name: str = "new") -> Path:
    folder = original.with_name(name)
    shutil.copytree(original, folder)
    return folder


def states(found: Any) -> dict[str, tuple[str, str]]:
    return {file.name: (file.state, file.detail) for file in found}


def test_the_same_files_are_the_same_and_the_name_of_the_run_does_not_count(original: Path) -> None:
    folder = copied(original)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"run": "new", "reuse_samples": False}))
    assert {state for state, _ in states(compare(manifest(original), original, folder, lambda _: words)).values()} == {"same"}
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"seed": 1}))
    assert states(compare(manifest(original), original, folder, lambda _: words))["config.yaml"] == ("different", "")


def test_missing_and_different_files_are_reported(original: Path) -> None:
    folder = copied(original)
    (folder / "summary.csv").unlink()
    write_samples(folder / SHARD, samples("a b c", "a x d", "e f"), {"device": "cpu"})
    found = states(compare(manifest(original), original, folder, lambda _: words))
    assert found["summary.csv"] == ("missing", "")
    assert found[SHARD] == ("different", "2 of 3 samples differ, from token 2 on at the earliest, 2 in the median")
    assert states(compare(manifest(original), original, folder, lambda _: None))[SHARD][1].startswith("2 of 3 samples differ, from character 2 on")


def test_equal_samples_of_other_provenance_are_distinguished(original: Path) -> None:
    folder = copied(original)
    write_samples(folder / SHARD, samples("a b c", "a b d", "e"), {"device": "NVIDIA H100"})
    assert states(compare(manifest(original), original, folder, lambda _: words))[SHARD] == (
        "different",
        "the samples are the same, what drew them is not: device cpu -> NVIDIA H100",
    )


def test_difference_without_original_files_has_no_detail(original: Path, tmp_path: Path) -> None:
    folder = copied(original)
    write_samples(folder / SHARD, samples("x"), {})
    found = states(compare(manifest(original), tmp_path / "nowhere", folder, lambda _: words))
    assert found[SHARD][0] == "different" and "is unknown" in found[SHARD][1]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (["a b", "c"], ["a b", "c"], ""),
        (["a b", "c"], ["a x", "c"], "1 of 2 samples differ, from token 2 on"),
        (["a b"], ["a b c"], "1 of 1 samples differ, from token 3 on"),
        (["a b"], [], "1 of 1 samples differ, from token 1 on"),
        (["a", "b c d"], ["x", "b c x"], "2 of 2 samples differ, from token 1 on at the earliest, 2 in the median"),
    ],
)
def test_from_which_token_on(before: list[str], after: list[str], said: str) -> None:
    assert differing_samples(samples(*before), samples(*after), words) == said


def test_changed_files_are_named() -> None:
    assert changes({"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"b": 1, "c": [2]}, "e": 2}, "versions") == [
        "versions.a.c: [1] -> [2]",
        "versions.d: 2 -> null",
        "versions.e: null -> 2",
    ]


def test_every_file_of_the_users_that_a_study_names_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["rows.jsonl", "prompt.txt", "s.parquet", "counts.csv", "other.csv", "votes.jsonl", "plan.csv", "scores.csv", "calls.csv", "tests.jsonl"]
    names += ["lean.sif", "mine/graders/own.py", "own.def"]
    Path("mine/graders").mkdir(parents=True)
    for name in [*names, "base.sif"]:
        Path(name).touch()
    config = {
        "benchmarks": {"humaneval": {"data": "rows.jsonl"}, "quiz": {"template": "prompt.txt"}, "asked": {"template": "{question}"}},
        "models": {
            "one": {"samples": {"humaneval": "s.parquet", "quiz": "gone.parquet"}},
            "two": {"samples": {}, "counts": {"humaneval": {"file": "counts.csv"}, "quiz": {"file": "other.csv"}}},
            "three": {"samples": {}, "counts": {"quiz": {"file": "other.csv"}}, "votes": {"quiz": {"file": "votes.jsonl"}}},
            "four": {"samples": {}, "allocation": {"quiz": "plan.csv"}},
        },
        "scorers": {
            "given": {"kind": "recorded", "files": {"quiz": {"one": "scores.csv"}}},
            "field": {"kind": "recorded", "field": "score", "files": {}},
            "programs": {"kind": "generated_tests", "tests": "tests.jsonl"},
            "judge": {"kind": "yes_no", "weights": "hf:a/b"},
        },
        "selection": {"calls": {"pairs": {"quiz": {"one": "calls.csv"}}}},
        "extensions": "mine",
        "verification": {"image": "own.def", "graders": {"lean_proof": {"image": "lean.sif", "workers": "base.sif"}}},
    }
    assert [str(path) for path in local_files(config)] == names
    config["verification"] = {"image": "docker://python@sha256:0"}
    assert [str(path) for path in local_files(config)] == [*names[:10], names[11]]


def test_result_files_follow_configuration(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    for name in ("coverage-humaneval.svg", "coverage-humaneval.csv", "coverage-humaneval_plus.svg"):
        (tmp_path / "figures" / name).touch()
    names = {path.relative_to(tmp_path).as_posix() for path in result_files(CONFIG, tmp_path)}
    assert {
        "summary.csv",
        "humaneval/prompts/0001.jsonl",
        "humaneval/small/repeated/verdicts/0001-0000-0000.parquet",
        "figures/coverage-humaneval.csv",
    } <= names
    assert not any("0002" in name or "-0001.parquet" in name or "humaneval_plus" in name for name in names)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is not a manifest of a run"), ("[]", "is not a manifest"), ("{}", "is not a manifest"), ('{"format": 99}', "is a manifest of format 99")],
)
def test_invalid_manifest_raises(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=said):
        read_manifest(tmp_path / "manifest.json")


def test_a_file_of_the_users_must_be_the_one_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.jsonl").write_text("{}\n", encoding="utf-8")
    made = {"inputs": {"files": {"rows.jsonl": hashlib.sha256(b"{}\n").hexdigest()}}, "code": code(ROOT)}
    assert differences(made, ROOT) == []
    Path("rows.jsonl").write_text("[]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"the file rows.jsonl is not the one that the run was made with"):
        differences(made, ROOT)
    Path("rows.jsonl").unlink()
    with pytest.raises(InputError, match=r"made with the file rows.jsonl, which does not exist here"):
        differences(made, ROOT)


def test_code_that_has_changed_is_noted() -> None:
    made = {"inputs": {"files": {}}, "code": json.loads(json.dumps(code(ROOT)))}
    made["code"]["files"]["Snakefile"] = "another"
    made["code"]["commit"] = "abc"
    assert differences(made, ROOT) == ["1 files of the workflow are not those of the run (Snakefile); its commit was abc"]
    assert "scripts/monkeys/engines/vllm.py" in made["code"]["files"] and "rules/prepare.smk" in made["code"]["files"]
    own = subprocess.run(["git", "ls-files", "Snakefile", "rules", "scripts", "envs"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name for name in own.stdout.split() if not name.endswith(".md")} <= made["code"]["files"].keys()


def finished(folder: Path, text: str = "") -> Path:
    """A run of one drawn and one counted model, its results made up, and the manifest that the script writes of it."""
    config = {
        "run": folder.name,
        "seed": 0,
        "reuse_samples": True,
        "models": {
            "small": {"engine": "recorded", "samples": {}, "draws_per_job": None},
            "large": {"engine": "recorded", "samples": {}, "draws_per_job": None},
            "counts": {"engine": "counts", "samples": {}, "draws_per_job": None},
        },
        "benchmarks": {name: {"problems": 5, "samples": 4, "shard": {"problems": 5, "samples": 4}} for name in ("humaneval", "quiz")},
        "pairs": [
            {"model": model, "benchmark": benchmark, "strategy": "repeated"}
            for model, benchmark in (("small", "humaneval"), ("large", "humaneval"), ("counts", "humaneval"), ("counts", "quiz"))
        ],
        "verification": {"image": "docker://i@sha256:0", "samples_per_job": None},
    }
    for path in result_files(config, folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.relative_to(folder).as_posix() + text * (path.suffix == ".csv"), encoding="utf-8")
    for name in ("small", "large"):
        (folder / f"humaneval/{name}/repeated/tokens.json").write_text(json.dumps({"provenance": [{"engine": name}]}))
    (folder / "sandbox.json").write_text('{"sandbox": "bubblewrap"}')
    (folder / "versions.json").write_text('{"numpy": "2.0"}')
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    for name in ("humaneval", "of_an_earlier_configuration"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "dataset.jsonl").write_text("{}\n")
    weights = folder.parent / "a--b.json"
    weights.write_text('{"files": {"model.safetensors": "abc"}, "folder": "/somewhere"}')
    words = ["--results", folder, "--datasets", '{"humaneval": {"hub": "h"}}', "--weights", weights, "--output", folder / "manifest.json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["record_manifest", *map(str, words)])
        record_manifest.main()
    return folder / "manifest.json"


def test_manifest_holds_provenance_and_inputs(tmp_path: Path) -> None:
    path = finished(tmp_path / "one")
    found = read_manifest(path)
    assert found["drawn_by"] == {f"humaneval/{name}/repeated": [{"engine": name}] for name in ("small", "large")}
    inputs = found["inputs"]
    assert inputs["dataset_files"] == {"humaneval": file_sha256(tmp_path / "one/humaneval/dataset.jsonl")}
    assert (inputs["datasets"], inputs["weights"]) == ({"humaneval": {"hub": "h"}}, {"a--b": {"model.safetensors": "abc"}})
    assert (inputs["sandbox"], found["versions"], inputs["files"]) == ({"sandbox": "bubblewrap"}, {"numpy": "2.0"}, {})
    results = {file.relative_to(path.parent).as_posix(): file_sha256(file) for file in result_files(found["config"], path.parent)}
    assert (
        found["results"] == results
        and "quiz/counts/repeated/coverage.csv" in results
        and "humaneval/large/repeated/verdicts/0000-0000-0000.parquet" in results
    )
    assert {"rules/common.smk", "scripts/monkeys/reporting/report.html.j2", "Snakefile", "envs/workflow.yaml"} <= found["code"]["files"].keys()


@pytest.mark.parametrize(("other", "status"), [("", 0), ("!", 1)])
def test_runs_are_the_same_or_the_comparison_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], other: str, status: int
) -> None:
    manifest, second = finished(tmp_path / "one"), finished(tmp_path / "two", other).parent
    monkeypatch.setattr(sys, "argv", ["compare_runs", "--manifest", str(manifest), "--results", str(second)])
    with pytest.raises(SystemExit) as ended:
        compare_runs.main()
    said = capsys.readouterr().out
    assert ended.value.code == status
    assert ("different summary.csv" in said) == bool(other) and "same      config.yaml" in said
