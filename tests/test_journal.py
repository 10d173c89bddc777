import json
from pathlib import Path

import pytest

from monkeys.journal import Journal
from monkeys.records import Sample

FIRST = [Sample("p/0", 0, 1, "one\ntwo \u2028 🐒", 3, 4, "stop", -0.5), Sample("p/0", 1, 2, "")]
LATER = [Sample("p/1", 0, 3, "three")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "samples" / ".0000.journal"


def test_a_new_journal_is_empty(path: Path) -> None:
    assert Journal(path, "key").samples == []


def test_samples_are_there_as_soon_as_they_are_added(path: Path) -> None:
    journal = Journal(path, "key")
    journal.add(FIRST)
    assert Journal(path, "key").samples == FIRST


def test_a_journal_goes_on_where_it_was(path: Path) -> None:
    Journal(path, "key").add(FIRST)
    Journal(path, "key").add(LATER)
    assert Journal(path, "key").samples == FIRST + LATER


def test_a_journal_with_another_key_is_begun_anew(path: Path) -> None:
    Journal(path, "key").add(FIRST)
    assert Journal(path, "another").samples == []
    assert Journal(path, "key").samples == []


@pytest.mark.parametrize("kept", [1, 10, 60])
def test_a_last_line_that_was_torn_off_is_dropped(path: Path, kept: int) -> None:
    Journal(path, "key").add(FIRST)
    whole = path.read_bytes()
    Journal(path, "key").add(LATER)
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    journal = Journal(path, "key")
    assert journal.samples == FIRST
    journal.add(LATER)
    assert Journal(path, "key").samples == FIRST + LATER


def test_a_line_that_lacks_only_its_end_is_not_trusted(path: Path) -> None:
    Journal(path, "key").add(FIRST)
    path.write_bytes(path.read_bytes()[:-1])
    assert Journal(path, "key").samples == FIRST[:1]


@pytest.mark.parametrize("line", ["{broken", "[]", '{"problem_id": "p/0"}', "5", ""])
def test_what_stands_behind_a_broken_line_is_not_used(path: Path, line: str) -> None:
    Journal(path, "key").add(FIRST)
    with path.open("a") as handle:
        handle.write(line + "\n")
    good = json.loads(path.read_text().split("\n")[1])
    with path.open("a") as handle:
        handle.write(json.dumps(good | {"problem_id": "p/9"}) + "\n")
    assert Journal(path, "key").samples == FIRST


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00\n\n", b'"ke'])
def test_a_file_that_is_no_journal_is_begun_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    journal = Journal(path, "key")
    assert journal.samples == []
    journal.add(LATER)
    assert Journal(path, "key").samples == LATER


def test_a_removed_journal_leaves_nothing(path: Path) -> None:
    journal = Journal(path, "key")
    journal.add(FIRST)
    journal.remove()
    assert list(path.parent.iterdir()) == []
    assert Journal(path, "key").samples == []
