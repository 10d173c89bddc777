from pathlib import Path

import pytest

from monkeys.records.sample import Sample
from monkeys.sampling.journal import Journal

FIRST = [Sample("p/0", 0, 1, "one\ntwo \u2028 🐒", 3, 4, "stop", -0.5), Sample("p/0", 1, 2, "")]
PROMPTS = {"p/0": "digest of p/0", "p/1": "digest of p/1"}
SEED = 7
LATER = [Sample("p/1", 0, 3, "three")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "samples" / ".0000.journal"


def test_a_new_journal_is_empty(path: Path) -> None:
    assert Journal(path, "recipe", SEED, PROMPTS).samples == []


def test_samples_are_there_as_soon_as_they_are_added(path: Path) -> None:
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.add(FIRST)
    assert Journal(path, "recipe", SEED, PROMPTS).samples == FIRST


def test_journal_resumes(path: Path) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    Journal(path, "recipe", SEED, PROMPTS).add(LATER)
    assert Journal(path, "recipe", SEED, PROMPTS).samples == FIRST + LATER


def test_a_later_line_of_a_place_goes_before_an_earlier_one(path: Path) -> None:
    again = Sample("p/0", 0, 1, "written again")
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.add([*FIRST, *LATER])
    journal.add([again])
    assert Journal(path, "recipe", SEED, PROMPTS).samples == [again, FIRST[1], *LATER]


def test_journal_of_another_recipe_is_discarded(path: Path) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    assert Journal(path, "another", SEED, PROMPTS).samples == []
    assert Journal(path, "recipe", SEED, PROMPTS).samples == []


def test_samples_of_a_prompt_that_has_changed_are_left_out_and_others_kept(path: Path) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST + LATER)
    assert Journal(path, "recipe", SEED, PROMPTS | {"p/0": "another"}).samples == LATER
    assert Journal(path, "recipe", SEED, {"p/1": PROMPTS["p/1"]}).samples == LATER


@pytest.mark.parametrize("kept", [1, 10, 60])
def test_truncated_last_line_is_dropped(path: Path, kept: int) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    whole = path.read_bytes()
    Journal(path, "recipe", SEED, PROMPTS).add(LATER)
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    journal = Journal(path, "recipe", SEED, PROMPTS)
    assert journal.samples == FIRST
    journal.add(LATER)
    assert Journal(path, "recipe", SEED, PROMPTS).samples == FIRST + LATER


def test_line_without_newline_is_dropped(path: Path) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    path.write_bytes(path.read_bytes()[:-1])
    assert Journal(path, "recipe", SEED, PROMPTS).samples == FIRST[:1]


@pytest.mark.parametrize("line", ["{broken", "[]", '{"problem_id": "p/0"}', "5", "0123456789abcdef {}"])
def test_a_line_that_was_not_written_is_dropped_and_the_others_hold(path: Path, line: str) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    with path.open("a", encoding="utf-8") as handle:
        handle.write(line + "\n")
    journal = Journal(path, "recipe", SEED, PROMPTS)
    assert (journal.samples, journal.damaged) == (FIRST, 1)
    journal.add(LATER)
    assert Journal(path, "recipe", SEED, PROMPTS).samples == FIRST + LATER


def test_flipped_bit_never_gives_another_sample(path: Path) -> None:
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.drawn_by({"engine": "vllm"})
    journal.add(FIRST + LATER)
    whole = path.read_bytes()
    dropped = []
    for bit in range(0, 8 * len(whole), 11):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        samples = Journal(path, "recipe", SEED, PROMPTS).samples
        assert all(sample in FIRST + LATER for sample in samples), f"bit {bit}: {samples}"
        dropped.append(len(samples) < 3)
    # All but those in the line that says what drew them.
    assert sum(dropped) > 0.8 * len(dropped)


def test_samples_of_another_run_seed_are_ignored(path: Path) -> None:
    Journal(path, "recipe", SEED, PROMPTS).add(FIRST)
    assert Journal(path, "recipe", SEED + 1, PROMPTS).samples == []
    assert Journal(path, "recipe", SEED, PROMPTS).samples == []


def test_journal_keeps_provenance(path: Path) -> None:
    one, two = {"engine": "vllm", "device": "cpu"}, {"engine": "vllm", "device": "gpu"}
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.drawn_by(one)
    journal.add(FIRST)
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.drawn_by(one)
    journal.drawn_by(two)
    journal.add(LATER)
    journal = Journal(path, "recipe", SEED, PROMPTS)
    assert (journal.accounts, journal.samples) == ([one, two], FIRST + LATER)
    assert Journal(path, "recipe", SEED, {"p/1": PROMPTS["p/1"]}).accounts == [one, two]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00\n\n", b'"ke'])
def test_file_that_is_not_a_journal_is_discarded(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    journal = Journal(path, "recipe", SEED, PROMPTS)
    assert journal.samples == []
    journal.add(LATER)
    assert Journal(path, "recipe", SEED, PROMPTS).samples == LATER


def test_removed_journal_leaves_no_file(path: Path) -> None:
    journal = Journal(path, "recipe", SEED, PROMPTS)
    journal.add(FIRST)
    journal.remove()
    assert list(path.parent.iterdir()) == []
    assert Journal(path, "recipe", SEED, PROMPTS).samples == []


def test_removing_a_missing_journal_is_allowed(path: Path) -> None:
    journal = Journal(path, "recipe", SEED, PROMPTS)
    path.unlink()
    journal.remove()
