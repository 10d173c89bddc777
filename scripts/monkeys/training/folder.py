"""A reward model as a folder that vLLM and transformers load: the policy's own files, and one more tensor."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monkeys.errors import InputError
from monkeys.files import file_sha256, write_json

HEADS = {"LlamaForCausalLM": "LlamaForSequenceClassification", "Qwen2ForCausalLM": "Qwen2ForSequenceClassification"}
"""Models on which a head can be put, with the name of the model that has one."""
HEAD = "model-00002-of-00002.safetensors"
POLICY = "model-00001-of-00002.safetensors"


def check_policy(manifest: Mapping[str, Any]) -> None:
    """See that a head can be put on a model.

    Raises:
        InputError: it cannot.
    """
    folder = Path(manifest["folder"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = (config.get("architectures") or ["unknown"])[0]
    if kind not in HEADS:
        raise InputError(f"a reward model cannot be trained on {folder}: it is a {kind}, and heads are known for {', '.join(HEADS)}")
    if not (folder / "model.safetensors").is_file():
        raise InputError(f"a reward model cannot be trained on {folder}: its weights are not one file model.safetensors")


def write_folder(manifest: Mapping[str, Any], weights: NDArray[np.float64], folder: Path) -> dict[str, str]:
    """Write the folder, whole or not at all. The policy's tensors are linked to where the file system allows.

    Args:
        manifest: of the policy's weights; ``check_policy`` has been called.
        weights: (width,) of the head.
        folder: to write; one that is there is replaced.

    Returns:
        The SHA-256 of each file by its name.
    """
    from safetensors import safe_open
    from safetensors.numpy import save_file

    policy = Path(manifest["folder"])
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name in manifest["files"]:
        if name not in ("config.json", "model.safetensors") and "/" not in name:
            shutil.copyfile(policy / name, part / name)
    try:
        os.link((policy / "model.safetensors").resolve(), part / POLICY)
    except OSError:
        shutil.copyfile(policy / "model.safetensors", part / POLICY)
    save_file({"score.weight": weights.astype(np.float32).reshape(1, -1)}, part / HEAD, metadata={"format": "pt"})
    (part / HEAD).chmod(0o644)
    with safe_open(part / POLICY, framework="np") as tensors:
        names = dict.fromkeys(sorted(tensors.keys()), POLICY) | {"score.weight": HEAD}
    config = json.loads((policy / "config.json").read_text(encoding="utf-8"))
    config["architectures"] = [HEADS[config["architectures"][0]]]
    config |= {
        "num_labels": 1,
        "id2label": {"0": "right"},
        "label2id": {"right": 0},
        "pad_token_id": config.get("pad_token_id", config["eos_token_id"]),
    }
    write_json(part / "config.json", config, sealed=False)
    write_json(part / "model.safetensors.index.json", {"metadata": {}, "weight_map": names}, sealed=False)
    files = {
        path.name: manifest["files"]["model.safetensors"] if path.name == POLICY else file_sha256(path)
        for path in sorted(part.iterdir())
        if path.is_file()
    }
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return files
