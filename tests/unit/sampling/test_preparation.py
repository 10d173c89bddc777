"""How jobs begin that load a model."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from project import ROOT

from monkeys.errors import InputError
from monkeys.files import write_json
from monkeys.progress import Progress
from monkeys.records.score import Score
from monkeys.sampling import preparation
from monkeys.sampling.preparation import before_loading, journal_of, settled_weights

MODEL = {"device": "gpu", "batch_invariant": False, "environment": {}}


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What these tests settle is of no use to others."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(preparation, "redirect_engine", lambda *_: None)
    for name, content in {"tokenizer.json": b"{}", "model.safetensors": b"\1" * 64}.items():
        (tmp_path / name).write_bytes(content)
    files = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("tokenizer.json", "model.safetensors")}
    write_json(tmp_path / "model.json", {"source": "package:some", "folder": str(tmp_path), "files": files})
    return tmp_path / "model.json"


def test_the_environment_is_settled_and_a_job_says_what_it_does_not_use(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    settled_weights(MODEL, "scores", manifest, Progress("job", manifest.with_name("log")))
    # Behind a test that has settled this process's environment for another device, variables of that one are named too.
    said = manifest.with_name("log").read_text(encoding="utf-8")
    assert re.search(r"NVIDIA_TF32_OVERRIDE(, \w+)* of your environment would change scores and is not used", said)


@pytest.mark.parametrize(("name", "where"), [("tokenizer.json", "at the start"), ("model.safetensors", "before loading")])
def test_a_changed_file_ends_the_job_as_soon_as_it_counts(manifest: Path, name: str, where: str) -> None:
    (manifest.parent / name).write_bytes(b"other")
    progress = Progress("job", manifest.with_name("log"))

    def load() -> None:
        before_loading(manifest.with_name("log"), progress, {manifest: found})

    if where == "at the start":
        with pytest.raises(InputError, match=name):
            settled_weights(MODEL, "scores", manifest, progress)
        return
    found: dict[str, Any] = settled_weights(MODEL, "scores", manifest, progress)
    with pytest.raises(InputError, match=name):
        load()
    assert "loading the model" not in manifest.with_name("log").read_text(encoding="utf-8")


def test_damaged_lines_of_a_journal_are_counted_aloud(tmp_path: Path) -> None:
    progress = Progress("job", tmp_path / "log")

    def opened() -> Any:
        return journal_of(tmp_path / "scores.parquet", "recipe", 0, {"p": "digest"}, Score, progress, "they are scored again")

    journal = opened()
    journal.add([Score("p", index, 0.5) for index in range(3)])
    path = tmp_path / ".scores.parquet.journal"
    path.write_bytes(path.read_bytes().replace(b'"sample_index": 1', b'"sample_index": 7'))
    assert [one.sample_index for one in opened().samples] == [0, 2]
    assert "1 lines of the interrupted run's journal are damaged; they are scored again" in (tmp_path / "log").read_text(encoding="utf-8")


def test_no_job_has_a_beginning_of_its_own() -> None:
    steps = re.compile(r"\b(?:redirect_engine|settle_for|check_files|Lock|Journal)\(")
    files = [*(ROOT / "scripts").glob("*.py"), *(ROOT / "scripts" / "monkeys" / "sampling").glob("*.py")]
    found = {path.name for path in files if steps.search(re.sub(r"^(?:class|def) .*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))}
    assert found == {"preparation.py"}
