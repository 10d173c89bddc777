"""Whether the files of weights are still those that their manifest names, before anything is drawn with them.

Hashing hundreds of gigabytes at every start would take longer than many a shard. What was hashed is therefore remembered (monkeys.contents).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from monkeys.contents import file_state, read_notes, write_notes
from monkeys.errors import InputError
from monkeys.files import file_sha256, read_json

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf")
"""Endings of the files that hold weights; what else lies in a folder (configuration, tokenizer, chat template) is small."""


def is_weights(name: str) -> bool:
    """Whether a file of a model's folder holds weights, by its name."""
    return name.endswith(WEIGHTS)


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of weights.

    Raises:
        InputError: it cannot be read, or is not a manifest.
    """
    try:
        manifest = read_json(path)
        Path(manifest["folder"])
        dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a manifest of weights ({type(error).__name__}: {error}); delete it and run again, and it is made again"
        ) from error
    result: dict[str, Any] = manifest
    return result


def check_files(manifest: dict[str, Any], path: Path, say: Callable[[str], None], weights: bool = True) -> None:
    """Compare files with the manifest.

    Args:
        manifest: ``folder`` and ``files``, names to SHA-256.
        path: the manifest's; what was found is remembered beside it.
        say: takes a sentence where large files are read.
        weights: whether the weights themselves are looked at too, or only what is beside them.

    Raises:
        InputError: a file is missing, cannot be read, or is another one; the sentence names it.
    """
    folder = Path(manifest["folder"])
    notes = notes_path(path)
    known = read_notes(notes)
    learned: dict[str, Any] = {}
    said = False
    for name, expected in manifest["files"].items():
        if not weights and is_weights(name):
            continue
        file = folder / name
        try:
            state = file_state(file)
            if known.get(name) == [expected, *state]:
                continue
            if not said and file.stat().st_size > 1 << 30:
                say(f"comparing the weights in {folder} with their hashes")
                said = True
            found = file_sha256(file)
        except OSError as error:
            raise InputError(f"the weights file {file} cannot be read ({error.strerror}); {_remedy(manifest, path)}") from error
        if found != expected:
            raise InputError(
                f"the weights file {file} is not what it was when {path} was written (its SHA-256 begins with {found[:12]}, not with {expected[:12]}), "
                f"so it is damaged or somebody has changed it; {_remedy(manifest, path)}"
            )
        # Not if it has been written to meanwhile.
        if file_state(file) == state:
            learned[name] = [expected, *state]
    if learned and not write_notes(notes, known | learned):
        say(f"{notes} cannot be written, so that the weights are compared with their hashes at each start")


def notes_path(manifest: Path) -> Path:
    """Where it is remembered which files were compared."""
    return manifest.with_name(f".{manifest.name}.checked")


def _remedy(manifest: dict[str, Any], path: Path) -> str:
    if str(manifest.get("source", "")).startswith("folder:"):
        return f"put the right file back, or delete {path} and run again if the weights are to be these, and samples are drawn with them"
    return f"delete {manifest['folder']} and {path} and run again, and the weights are fetched again"
