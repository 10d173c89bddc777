"""Files that are no longer what was written are never taken for data: in the library, and in a finished study, one flipped bit at a time."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from planned_jobs import ARGUMENTS, read_jobs
from project import Project

from monkeys import files
from monkeys.errors import InputError, run_script
from monkeys.files import (
    checked,
    is_damaged,
    read_bytes,
    read_json,
    read_jsonl,
    read_table,
    read_text,
    seal_of,
    whole_file,
    write_json,
    write_jsonl,
    write_table,
    write_text,
)
from monkeys.records.parquet import read_batches
from monkeys.records.sample import Sample, read_provenance, read_samples, write_samples


def flip(path: Path, share: float = 0.5) -> None:
    """Change one bit in place, as a disk does: the size and the times stay."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 1
    with path.open("r+b") as handle:
        handle.write(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.fixture(autouse=True)
def no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LAG_SECONDS", 0.0)


def samples_file(path: Path) -> None:
    write_samples(path, [Sample("a", index, index, f"text {index}") for index in range(9)], {"engine": "test"})


KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], object]]] = {
    "JSON": (lambda path: write_json(path, {"a": 1.25}), read_json),
    "JSON Lines": (lambda path: write_jsonl(path, [{"a": 1}, {"a": 2}]), lambda path: list(read_jsonl(path))),
    "table": (lambda path: write_table(path, pd.DataFrame({"k": [1, 2]})), read_table),
    "text": (lambda path: write_text(path, "name\n"), read_text),
    "bytes": (lambda path: write_text(path, "<svg/>"), read_bytes),
    "samples": (samples_file, read_samples),
    "provenance": (samples_file, read_provenance),
    "batches": (samples_file, lambda path: list(read_batches(path, ["text"]))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_bit_anywhere_is_noticed_and_the_file_moved_away(tmp_path: Path, kind: str) -> None:
    write, read = KINDS[kind]
    path = tmp_path / "folder" / "name"
    write(path)
    read(path)
    size = path.stat().st_size
    for place in {0, 1, size // 3, size // 2, size - 9, size - 1} & set(range(size)):
        write(path)
        flip(path, (place + 0.5) / size)
        with pytest.raises(InputError, match=r"folder/name is damaged.* moved to name\.damaged; run again"):
            read(path)
        assert not path.exists() and (path.parent / "name.damaged").stat().st_size == size


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_behind_a_whole_line_is_damaged(tmp_path: Path, kind: str) -> None:
    write, read = KINDS[kind]
    path = tmp_path / "name"
    write(path)
    content = path.read_bytes()
    path.write_bytes(content[: content.rfind(b"\n", 0, -1) + 1])
    with pytest.raises(InputError, match="is damaged"):
        read(path)


def test_a_file_without_a_seal_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"a": 1}\n', encoding="utf-8")
    assert list(read_jsonl(path)) == [(1, {"a": 1})]
    assert checked(path) == path


@pytest.mark.parametrize("read", [read_json, read_text, read_bytes, read_table, checked])
def test_a_missing_file_is_named(tmp_path: Path, read: Callable[[Path], object]) -> None:
    if read is checked:
        write_text(tmp_path / "gone", "text")
        (tmp_path / "gone").unlink()
    with pytest.raises(InputError, match="gone cannot be read"):
        read(tmp_path / "gone")


def test_seal_is_one_that_sha256sum_reads(tmp_path: Path) -> None:
    write_text(tmp_path / "a.csv", "k\n1\n")
    assert seal_of(tmp_path / "a.csv").read_text(encoding="utf-8") == f"{files.file_sha256(tmp_path / 'a.csv')}  a.csv\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.csv.sha256", "a.csv"]


def test_a_file_that_could_not_be_written_leaves_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_text(path, "old")
    with pytest.raises(RuntimeError), whole_file(path) as part:
        part.write_text("new", encoding="utf-8")
        raise RuntimeError
    assert read_text(path) == "old" and len(list(tmp_path.iterdir())) == 2


def test_a_new_seal_that_is_seen_before_its_file_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a shared file system, where another machine sees two renames one after the other."""
    path, other = tmp_path / "a", tmp_path / "b"
    write_text(path, "old")
    write_text(other, "new")
    seal_of(other).replace(seal_of(path))
    monkeypatch.setattr(files, "LAG_SECONDS", 10.0)
    monkeypatch.setattr("time.sleep", lambda _: other.replace(path) if other.exists() else None)
    assert not is_damaged(path)
    assert read_text(path) == "new"


def test_error_in_read_only_folder_says_what_to_delete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    write_text(path, "text")
    flip(path)

    def refuse(*_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InputError, match=r"a is damaged.*; delete it and run again \(Read-only file system\)"):
        read_text(path)


# A finished study: what is damaged, and whose reading notices.
READERS = {
    "humaneval/dataset.jsonl": "humaneval/problems.txt",
    "humaneval/problems.txt": "humaneval/zeta/repeated/samples/0000-0000.parquet",
    "humaneval/references/0000.jsonl": "humaneval/zeta/repeated/verdicts/0000-0000-0000.parquet",
    "humaneval/zeta/repeated/samples/0000-0000.parquet": "humaneval/zeta/repeated/tokens.json",
    "humaneval/zeta/repeated/verdicts/0000-0000-0000.parquet": "humaneval/zeta/repeated/counts.csv",
    "humaneval/zeta/repeated/counts.csv": "humaneval/zeta/repeated/coverage.csv",
    "humaneval/zeta/repeated/coverage.csv": "humaneval/zeta/repeated/cost.csv",
    "humaneval/zeta/repeated/tokens.csv": "humaneval/zeta/repeated/cost.csv",
    "humaneval/zeta/repeated/cost.csv": "humaneval/budget.json",
    "humaneval/zeta/repeated/tokens.json": "manifest.json",
    "humaneval/zeta/repeated/truncated.json": "report.html",
    "humaneval/zeta/repeated/diversity.json": "report.html",
    "humaneval/zeta/repeated/diversity.csv": "manifest.json",
    "humaneval/zeta/repeated/scaling_laws.json": "figures/scaling_laws-humaneval.svg",
    "humaneval/zeta/repeated/forecasts.json": "report.html",
    "humaneval/zeta/repeated/forecasts.csv": "manifest.json",
    "humaneval/differences.csv": "report.html",
    "humaneval/budget.json": "report.html",
    "humaneval/families.json": "report.html",
    "humaneval/difficulty.csv": "manifest.json",
    "versions.json": "manifest.json",
    "config.yaml": "manifest.json",
    "figures/coverage-humaneval.svg": "report.html",
    "figures/coverage-humaneval.png": "manifest.json",
    "summary.csv": "manifest.json",
}


@pytest.fixture(scope="module")
def finished(rich_study: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, list[str]]]:
    """A copy of the study, and the command of each file that its jobs make: the script and its arguments."""
    project = Project(rich_study.parents[1]).copy(tmp_path_factory.mktemp("seals") / "project")
    answer = project.snakemake(*ARGUMENTS, "--forceall")
    assert answer.returncode == 0, answer.stderr[-3000:]
    return project, {name: job.words for job in read_jobs(answer.stdout + answer.stderr).values() for name in job.outputs}


@pytest.mark.parametrize("name", READERS)
def test_a_bit_flipped_in_a_finished_study_is_noticed_by_the_next_reader(
    finished: tuple[Project, dict[str, list[str]]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    project, commands = finished
    path = project.folder / "results" / "rich" / name
    script, *words = commands[f"results/rich/{READERS[name]}"]
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr("sys.argv", [script, *words])
    flip(path)
    with pytest.raises(SystemExit) as ended:
        run_script(importlib.import_module(Path(script).stem).main)
    gone = not path.exists()
    path.with_name(f"{path.name}.damaged").replace(path)
    flip(path)
    assert f"results/rich/{name} is damaged: its bytes are no longer those that were written" in f"{ended.value} {capfd.readouterr().err}"
    assert gone, "for Snakemake the file is missing, so it is made anew"


def test_a_damaged_file_is_named_by_the_run_and_made_again_by_the_next(rich_study: Path, tmp_path: Path) -> None:
    project = Project(rich_study.parents[1]).copy(tmp_path / "project")
    name, curve = "results/rich/humaneval/zeta/repeated/counts.csv", "results/rich/humaneval/zeta/repeated/coverage.csv"
    whole = (project.folder / name).read_bytes()
    flip(project.folder / name)
    answer = project.snakemake("--force", curve)
    assert answer.returncode != 0
    assert f"{name} is damaged: its bytes are no longer those that were written" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    project.run(curve)
    assert (project.folder / name).read_bytes() == whole
