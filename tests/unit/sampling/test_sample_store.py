import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monkeys.engines import Rendered
from monkeys.records.sample import Sample, read_provenance, read_samples, write_samples
from monkeys.sampling.sample_store import SampleStore, merged, recipe_key
from monkeys.seeds import sample_seed

RECIPE = {"engine": "vllm", "sampling": {"temperature": 0.8}}
PROMPTS = {f"p/{number}": f"digest {number}" for number in range(3)}
ACCOUNT = {"engine": "vllm", "device": "cpu"}


def seeds(first: int, stop: int, run_seed: int = 0, names: list[str] | None = None) -> dict[tuple[str, int], int]:
    return {(name, index): sample_seed(run_seed, name, index) for name in names or PROMPTS for index in range(first, stop)}


def shard(path: Path, first: int, stop: int, word: str = "text", run_seed: int = 0) -> Path:
    samples = [Sample(name, index, seed, f"{word} {name} {index}") for (name, index), seed in seeds(first, stop, run_seed).items()]
    write_samples(path, samples, ACCOUNT)
    return path


@pytest.fixture
def store(tmp_path: Path) -> SampleStore:
    store = SampleStore(tmp_path / "store", RECIPE)
    store.add(shard(tmp_path / "0.parquet", 0, 4), PROMPTS, 0, 4)
    return store


def quiet(_: str) -> None:
    raise AssertionError("nothing to be said")


def test_an_empty_store_has_nothing(tmp_path: Path) -> None:
    assert SampleStore(tmp_path / "store", RECIPE).find(PROMPTS, seeds(0, 4), quiet) == ({}, [])


def test_stored_samples_are_found(store: SampleStore) -> None:
    found, accounts = store.find(PROMPTS, seeds(2, 10), quiet)
    assert set(found) == {(name, index) for name in PROMPTS for index in (2, 3)}
    assert found["p/1", 3].text == "text p/1 3"
    assert accounts == [ACCOUNT]


def test_samples_come_together_from_several_files(store: SampleStore, tmp_path: Path) -> None:
    store.add(shard(tmp_path / "1.parquet", 4, 6), PROMPTS, 4, 6)
    found, accounts = store.find(PROMPTS, seeds(0, 6), quiet)
    assert len(found) == 18
    assert accounts == [ACCOUNT, ACCOUNT]


def test_another_recipe_prompt_or_run_seed_finds_nothing(store: SampleStore, tmp_path: Path) -> None:
    assert SampleStore(tmp_path / "store", RECIPE | {"sampling": {"temperature": 0.7}}).find(PROMPTS, seeds(0, 4), quiet) == ({}, [])
    assert store.find(dict.fromkeys(PROMPTS, "another"), seeds(0, 4), quiet) == ({}, [])
    assert store.find(PROMPTS, seeds(0, 4, run_seed=1), quiet) == ({}, [])


def test_changed_prompt_loses_its_own_samples_only(store: SampleStore) -> None:
    found, _ = store.find(PROMPTS | {"p/1": "another"}, seeds(0, 4), quiet)
    assert {name for name, _ in found} == {"p/0", "p/2"}


def test_the_store_keeps_what_a_study_deletes_and_takes_no_space_beside_it(store: SampleStore, tmp_path: Path) -> None:
    (kept,) = (tmp_path / "store").rglob("*.parquet")
    assert kept.samefile(tmp_path / "0.parquet")
    (tmp_path / "0.parquet").unlink()
    assert len(store.find(PROMPTS, seeds(0, 4), quiet)[0]) == 12


def test_shard_added_twice_is_stored_once(store: SampleStore, tmp_path: Path) -> None:
    store.add(tmp_path / "0.parquet", PROMPTS, 0, 4)
    assert sorted(path.suffix for path in (tmp_path / "store").rglob("[!.]*.*")) == [".json", ".json", ".parquet"]


def test_a_shard_that_is_added_again_takes_the_place_of_its_damaged_copy(tmp_path: Path) -> None:
    store = SampleStore(tmp_path / "store", RECIPE)
    store.add(shard(tmp_path / "0.parquet", 0, 4), PROMPTS, 0, 4)
    (kept,) = (tmp_path / "store").rglob("*.parquet")
    kept.unlink()
    kept.write_bytes(b"damaged")
    store.add(tmp_path / "0.parquet", PROMPTS, 0, 4)
    assert len(store.find(PROMPTS, seeds(0, 4), quiet)[0]) == 12


def test_store_copies_where_hard_links_are_not_supported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    store = SampleStore(tmp_path / "store", RECIPE)
    store.add(shard(tmp_path / "0.parquet", 0, 4), PROMPTS, 0, 4)
    assert len(store.find(PROMPTS, seeds(0, 4), quiet)[0]) == 12


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    """One bit of the texts."""
    column = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0).column(3)
    assert column.path_in_schema == "text"
    place = column.data_page_offset + column.total_compressed_size - 5
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("damage", [cut, flip, lambda data: bytes(len(data)), lambda data: b""])
def test_damaged_file_is_reported_and_left_out(tmp_path: Path, damage: "object") -> None:
    store = SampleStore(tmp_path / "store", RECIPE)
    store.add(shard(tmp_path / "0.parquet", 0, 4), PROMPTS, 0, 4)
    store.add(shard(tmp_path / "1.parquet", 4, 6), PROMPTS, 4, 6)
    for path in (tmp_path / "store").rglob("*.parquet"):
        if path.stat().st_ino == (tmp_path / "0.parquet").stat().st_ino:
            path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    said: list[str] = []
    found, _ = store.find(PROMPTS, seeds(0, 6), said.append)
    assert {index for _, index in found} == {4, 5}
    assert len(said) == 1 and "parquet is damaged" in said[0] and "drawn again" in said[0]


@pytest.mark.parametrize(
    "content", [None, "", '{"prompts": {', "[]", '{"prompts": {}}', '{"prompts": 3, "samples": [0, 4]}', '{"prompts": {}, "samples": 4}']
)
def test_file_without_description_is_ignored(store: SampleStore, tmp_path: Path, content: str | None) -> None:
    (description,) = (path for path in (tmp_path / "store").rglob("*.json") if path.name != "recipe.json")
    description.unlink() if content is None else description.write_text(content)
    assert store.find(PROMPTS, seeds(0, 4), quiet) == ({}, [])


def test_the_digest_of_a_prompt_is_that_of_all_that_the_model_sees() -> None:
    others = [
        Rendered((1, 2)),
        Rendered((1, 2, 3)),
        Rendered((1, 23)),
        Rendered((12, 3)),
        Rendered((1, 2), ("stop",)),
        Rendered((1, 2), ("stop", "x")),
    ]
    assert len({other.digest for other in others}) == len(others)
    assert Rendered((1, 2), ("stop",)).digest == Rendered((1, 2), ("stop",)).digest


def test_recipe_key_ignores_order_of_keys() -> None:
    assert recipe_key({"a": 1, "b": {"c": 2, "d": 3}}) == recipe_key({"b": {"d": 3, "c": 2}, "a": 1})


def test_provenance_is_merged(tmp_path: Path) -> None:
    assert merged([ACCOUNT, ACCOUNT]) == {"device": "cpu", "engine": "vllm"}
    other = {"engine": "vllm", "device": "NVIDIA H100", "batch_invariant": "yes"}
    assert merged([ACCOUNT, other]) == {"batch_invariant": "yes", "device": "NVIDIA H100; cpu", "engine": "vllm"}
    write_samples(tmp_path / "a.parquet", [], merged([ACCOUNT]))
    write_samples(tmp_path / "b.parquet", [], merged([read_provenance(tmp_path / "a.parquet")]))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert read_samples(tmp_path / "a.parquet") == []
