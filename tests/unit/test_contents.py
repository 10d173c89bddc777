"""A file's content decides whether anything is made again, not its time."""

import json
import os
import shutil
from pathlib import Path

import pytest
from project import Project
from study_fixtures import humaneval_rows, recorded_study

from monkeys import contents
from monkeys.contents import Contents
from monkeys.errors import InputError
from monkeys.weights import fetch, parse_source

OLD = 1_577_836_800
"""A time before anything here was made: 2020-01-01, in seconds."""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are hashed; files are remembered at once, however young."""
    names: list[str] = []
    real = contents.file_sha256
    monkeypatch.setattr(contents, "SETTLED", -1.0)
    monkeypatch.setattr(contents, "file_sha256", lambda path: names.append(path.name) or real(path))
    return names


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, read: list[str]) -> None:
    notes, file = tmp_path / "notes.json", tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    first = Contents(notes).of(file)
    assert Contents(notes).of(file) == first and read == ["file"]
    file.write_text("two", encoding="utf-8")
    os.utime(file, (OLD, OLD))
    second = Contents(notes).of(file)
    assert second != first and read == ["file"] * 2
    os.utime(file)
    shutil.copy(file, tmp_path / "copy")
    assert Contents(notes).of(file) == Contents(notes).of(tmp_path / "copy") == second


def test_a_file_of_the_same_size_and_time_is_another(tmp_path: Path, read: list[str]) -> None:
    notes, file, other = tmp_path / "notes.json", tmp_path / "file", tmp_path / "other"
    for path, text in ((file, "one"), (other, "two")):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (OLD, OLD))
    first = Contents(notes).of(file)
    other.replace(file)
    assert Contents(notes).of(file) != first


def test_link_target_is_hashed(tmp_path: Path, read: list[str]) -> None:
    notes, link = tmp_path / "notes.json", tmp_path / "link"
    for name in ("one", "two"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    link.symlink_to("one")
    first = Contents(notes).of(link)
    link.unlink()
    link.symlink_to("two")
    second = Contents(notes).of(link)
    (tmp_path / "two").write_text("six", encoding="utf-8")
    assert len({first, second, Contents(notes).of(link)}) == 3


def test_a_young_file_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("one", encoding="utf-8")
    assert Contents(tmp_path / "notes.json").of(tmp_path / "file")
    assert not (tmp_path / "notes.json").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"a": 1}', b'{"%s": ["x"]}', b"[" * 100_000])
def test_damaged_notes_cost_time_alone(tmp_path: Path, read: list[str], damage: bytes) -> None:
    notes, file = tmp_path / "notes.json", tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    first = Contents(notes).of(file)
    notes.write_bytes(damage.replace(b"%s", str(file).encode()))
    assert Contents(notes).of(file) == first
    assert json.loads(notes.read_text(encoding="utf-8"))[str(file)][0]


def test_notes_that_cannot_be_written_cost_time_alone(tmp_path: Path, read: list[str]) -> None:
    (tmp_path / "file").write_text("one", encoding="utf-8")
    (tmp_path / "taken").touch()
    assert Contents(tmp_path / "taken" / "notes.json").of(tmp_path / "file") == Contents(tmp_path / "notes.json").of(tmp_path / "file")


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent cannot be read \(No such file or directory\)"):
        Contents(tmp_path / "notes.json").of(tmp_path / "absent")


def test_folder_is_hashed_by_its_files(tmp_path: Path, read: list[str]) -> None:
    notes, folder = tmp_path / "notes.json", tmp_path / "folder"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "sh").write_text("one", encoding="utf-8")
    (folder / "sh").symlink_to("bin/sh")
    (folder / "usr").symlink_to("bin")
    seen = [Contents(notes).of(folder)]
    assert Contents(notes).of(folder) == seen[0] and read == ["sh"]
    os.utime(folder / "bin" / "sh")
    assert Contents(notes).of(folder) == seen[0]
    (folder / "bin" / "sh").write_text("two", encoding="utf-8")
    seen.append(Contents(notes).of(folder))
    (folder / "bin" / "sh").chmod(0o700)
    seen.append(Contents(notes).of(folder))
    (folder / "usr").unlink()
    seen.append(Contents(notes).of(folder))
    (folder / "bin" / "sh").rename(folder / "bin" / "bash")
    seen.append(Contents(notes).of(folder))
    assert len(set(seen)) == 5


def test_weights_of_a_folder_are_hashed_once_for_the_plan_and_the_manifest(tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "blobs").mkdir()
    (tmp_path / "real").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "blobs" / name).write_text(name, encoding="utf-8")
        (tmp_path / "real" / name).symlink_to(tmp_path / "blobs" / name)
    (tmp_path / "mine").symlink_to("real")
    source = parse_source("~/mine")
    known = Contents(tmp_path / "notes.json")
    known.of(*(tmp_path / "mine" / name for name in ("config.json", "model.safetensors")))
    manifest = fetch(source, tmp_path / "assets" / "mine", lambda _: None, Contents(tmp_path / "notes.json"))
    assert sorted(manifest["files"]) == ["config.json", "model.safetensors"]
    assert sorted(read) == ["config.json", "model.safetensors"]


def replaced(path: Path, text: str) -> None:
    """As by ``mv`` of a file with an old time."""
    other = path.with_name("other")
    other.write_text(text, encoding="utf-8")
    os.utime(other, (OLD, OLD))
    other.replace(path)


def test_a_replaced_file_is_noticed_whatever_its_time_and_a_touched_one_is_not(tmp_path: Path) -> None:
    study = recorded_study(tmp_path / "project")
    samples, rows = study.folder / "samples.jsonl", study.folder / "rows.jsonl"
    # Beyond what Snakemake compares by checksum.
    padding = json.dumps({"task_id": "HumanEval/3", "completion": "x" * 1_100_000}) + "\n"
    text = samples.read_text(encoding="utf-8") + padding
    samples.write_text(text, encoding="utf-8")
    study.run("generate")
    assert study.plan("generate") == {}
    for path in (samples, rows):
        os.utime(path)
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
    assert study.plan("generate") == {}
    replaced(samples, text.replace("return", "return "))
    assert study.plan("generate") == {"generate_samples": 1}
    study.run("generate")
    assert study.plan("generate") == {}
    replaced(samples, text)
    replaced(rows, rows.read_text(encoding="utf-8") + "\n")
    # A benchmark's problems may come out the same; until they are made nobody knows.
    assert study.plan("generate") == {"fetch_dataset": 1, "prepare_humaneval": 1, "generate_samples": 1}


@pytest.mark.full
def test_counts_and_weights_that_were_replaced_are_noticed(tmp_path: Path) -> None:
    study = Project.fresh(tmp_path / "project")
    names = [row["task_id"] for row in humaneval_rows()[:2]]
    (study.folder / "counts.csv").write_text("problem_id,n,c\n" + "".join(f"{name},4,2\n" for name in names), encoding="utf-8")
    (study.folder / "real").mkdir()
    (study.folder / "real" / "config.json").write_text("{}", encoding="utf-8")
    (study.folder / "real" / "model.safetensors").write_text("weights", encoding="utf-8")
    (study.folder / "linked").symlink_to("real")
    config = {
        "run": "r",
        "models": {"counted": {"engine": "counts", "counts": {"humaneval": {"file": "counts.csv"}}}, "drawn": {"weights": "linked"}},
        "benchmarks": {"humaneval": {"problems": 2, "samples": 4}},
    }
    (study.folder / "study.yaml").write_text(json.dumps(config), encoding="utf-8")
    counts = "results/r/humaneval/counted/repeated/counts.csv"
    slug = parse_source("linked").slug
    manifest = f"results/assets/models/{slug}.json"
    study.run(counts)
    study.run(manifest)
    assert study.plan(counts) == study.plan(manifest) == {}
    os.utime(study.folder / "counts.csv")
    os.utime(study.folder / "real" / "model.safetensors")
    assert study.plan(counts) == study.plan(manifest) == {}
    replaced(study.folder / "counts.csv", (study.folder / "counts.csv").read_text(encoding="utf-8").replace(",4,2", ",4,3"))
    replaced(study.folder / "real" / "model.safetensors", "weightS")
    assert study.plan(counts) == {"import_counts": 1}
    assert study.plan(manifest) == {"fetch_model": 1}
