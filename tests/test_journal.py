import json
from pathlib import Path

import pytest

from monkeys.journal import Journal
from monkeys.records import Sample

FIRST = [Sample("p/0", 0, 1, "one\ntwo \u2028 🐒", 3, 4, "stop", -0.5), Sample("p/0", 1, 2, "")]
PROMPTS = {"p/0": "digest of p/0", "p/1": "digest of p/1"}
LATER = [Sample("p/1", 0, 3, "three")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "samples" / ".0000.journal"


def test_a_new_journal_is_empty(path: Path) -> None:
    assert Journal(path, "recipe", PROMPTS).samples == []


def test_samples_are_there_as_soon_as_they_are_added(path: Path) -> None:
    journal = Journal(path, "recipe", PROMPTS)
    journal.add(FIRST)
    assert Journal(path, "recipe", PROMPTS).samples == FIRST


def test_a_journal_goes_on_where_it_was(path: Path) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST)
    Journal(path, "recipe", PROMPTS).add(LATER)
    assert Journal(path, "recipe", PROMPTS).samples == FIRST + LATER


def test_a_journal_of_another_recipe_is_begun_anew(path: Path) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST)
    assert Journal(path, "another", PROMPTS).samples == []
    assert Journal(path, "recipe", PROMPTS).samples == []


def test_samples_of_a_prompt_that_has_changed_are_left_out_and_others_kept(path: Path) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST + LATER)
    assert Journal(path, "recipe", PROMPTS | {"p/0": "another"}).samples == LATER
    assert Journal(path, "recipe", {"p/1": PROMPTS["p/1"]}).samples == LATER


@pytest.mark.parametrize("kept", [1, 10, 60])
def test_a_last_line_that_was_torn_off_is_dropped(path: Path, kept: int) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST)
    whole = path.read_bytes()
    Journal(path, "recipe", PROMPTS).add(LATER)
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    journal = Journal(path, "recipe", PROMPTS)
    assert journal.samples == FIRST
    journal.add(LATER)
    assert Journal(path, "recipe", PROMPTS).samples == FIRST + LATER


def test_a_line_that_lacks_only_its_end_is_not_trusted(path: Path) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST)
    path.write_bytes(path.read_bytes()[:-1])
    assert Journal(path, "recipe", PROMPTS).samples == FIRST[:1]


@pytest.mark.parametrize("line", ["{broken", "[]", '{"problem_id": "p/0"}', "5", ""])
def test_what_stands_behind_a_broken_line_is_not_used(path: Path, line: str) -> None:
    Journal(path, "recipe", PROMPTS).add(FIRST)
    with path.open("a") as handle:
        handle.write(line + "\n")
    good = json.loads(path.read_text().split("\n")[1])
    with path.open("a") as handle:
        handle.write(json.dumps(good | {"problem_id": "p/9"}) + "\n")
    assert Journal(path, "recipe", PROMPTS).samples == FIRST


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00\n\n", b'"ke'])
def test_a_file_that_is_no_journal_is_begun_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    journal = Journal(path, "recipe", PROMPTS)
    assert journal.samples == []
    journal.add(LATER)
    assert Journal(path, "recipe", PROMPTS).samples == LATER


def test_a_removed_journal_leaves_nothing(path: Path) -> None:
    journal = Journal(path, "recipe", PROMPTS)
    journal.add(FIRST)
    journal.remove()
    assert list(path.parent.iterdir()) == []
    assert Journal(path, "recipe", PROMPTS).samples == []
