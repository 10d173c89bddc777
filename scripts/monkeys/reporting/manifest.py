"""What a run was made of and what came out: enough to run it again and to say, file by file, whether the same came out.

Results are named relative to the run's folder. Logs and the report, which show times, are no results.
"""

import json
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monkeys.errors import InputError
from monkeys.files import checked, file_sha256, is_damaged
from monkeys.formats.samples.reading import SampleFiles
from monkeys.graders import file_options
from monkeys.home import definition
from monkeys.records.sample import Sample, read_provenance, read_samples

FORMAT = 2
NAMING = ("run", "reuse_samples")
"""Keys of a configuration in which a reproduction differs from its original."""
SOURCES = (
    "Snakefile",
    "rules/**/*.smk",
    "rules/**/*.rst",
    *(f"scripts/**/*.{kind}" for kind in ("py", "j2", "js", "css", "txt")),
    "config/schema.yaml",
    "envs/*",
)

Encode = Callable[[str], Sequence[int]]
"""A tokenizer: text in, token ids out."""


def hashes(paths: Iterable[Path], folder: Path) -> dict[str, str]:
    """SHA-256 of files by their names below a folder, sorted."""
    return {path.relative_to(folder).as_posix(): file_sha256(checked(path)) for path in sorted(paths)}


def code(root: Path) -> dict[str, Any]:
    """The workflow's own source: the commit if there is one, and the hash of each file, which also tells of edits that were not committed."""
    answer = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False, encoding="utf-8", errors="replace"
    )
    files = {path for pattern in SOURCES for path in root.glob(pattern) if path.is_file()}
    return {"commit": answer.stdout.strip() or None, "files": hashes(files, root)}


def processor() -> str:
    """The kind of processor, as Linux names it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def local_files(config: Mapping[str, Any]) -> list[Path]:
    """User's files that a completed configuration names."""
    named = [benchmark["data"] for benchmark in config["benchmarks"].values() if "data" in benchmark]
    named += [benchmark["template"] for benchmark in config["benchmarks"].values() if "{" not in benchmark.get("template", "{")]
    for model in config["models"].values():
        for benchmark, given in model["samples"].items():
            with suppress(InputError):  # samples that are gone leave nothing to name
                named += map(str, SampleFiles.parse(given, f"samples.{benchmark}").paths())
    for source in ("counts", "votes"):
        named += [table["file"] for model in config["models"].values() for table in model.get(source, {}).values()]
    named += [path for model in config["models"].values() for path in model.get("allocation", {}).values()]
    scorers = config.get("scorers", {}).values()
    recorded = [*(scorer.get("files") or {} for scorer in scorers), *config.get("selection", {}).get("calls", {}).values()]
    named += [path for by_benchmark in recorded for by_model in by_benchmark.values() for path in by_model.values()]
    named += [scorer["tests"] for scorer in scorers if scorer.get("tests")]
    graders = config["verification"].get("graders", {}).values()
    named += [options[name] for options in graders for name in file_options(options)]
    named += sorted(str(path) for path in Path(config["extensions"]).rglob("*.py")) if config.get("extensions") else []
    image = config["verification"]["image"]
    names = dict.fromkeys([*named, *([image] if "://" not in image else [])])
    return [Path(path) for path in map(definition, names) if Path(path).is_file()]


def result_files(config: Mapping[str, Any], results: Path) -> list[Path]:
    """All results of a run, by its completed configuration; what earlier and larger configurations left is not among them."""
    # Here, as runs are compared in the environment of vLLM, which has no pandas, and figures are among the results.
    from monkeys.study.catalogue import manifest_files
    from monkeys.study.layout import Layout

    return [results / path for path in manifest_files(Layout(config))]


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises:
        InputError: it cannot be read, or is not a manifest.
    """
    try:
        manifest: dict[str, Any] = json.loads(checked(path).read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is not a manifest of a run ({type(error).__name__}: {error}); each run has one as results/<run>/manifest.json"
        ) from error
    if not known:
        raise InputError(
            f"{path} is a manifest of format {manifest['format']}, but this version reads format {FORMAT}; check out the version that made it"
        )
    return manifest


def differences(manifest: Mapping[str, Any], root: Path) -> list[str]:
    """What is not as it was when the manifest was written, a sentence each: the code, and the user's own files.

    Raises:
        InputError: a user's file is missing or has changed; without it the run cannot be reproduced.
    """
    for name, digest in manifest["inputs"]["files"].items():
        if not Path(name).is_file():
            raise InputError(f"the run was made with the file {name}, which does not exist here; put it there (SHA-256 {digest})")
        if file_sha256(Path(name)) != digest:
            raise InputError(f"the file {name} is not the one that the run was made with (SHA-256 {digest}); put that one there")
    now = code(root)
    changed = sorted(
        name for name in now["files"].keys() | manifest["code"]["files"].keys() if now["files"].get(name) != manifest["code"]["files"].get(name)
    )
    if not changed:
        return []
    shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
    commit = manifest["code"]["commit"]
    return [f"{len(changed)} files of the workflow are not those of the run ({shown})" + (f"; its commit was {commit}" if commit else "")]


def changes(before: Any, after: Any, name: str = "") -> list[str]:
    """What is not the same in two JSON values, a line each: ``versions.numpy: 2.4.1 -> 2.4.2``."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(before.keys() | after.keys())
        return [line for key in keys for line in changes(before.get(key), after.get(key), f"{name}.{key}" if name else key)]
    return [] if before == after else [f"{name}: {json.dumps(before)} -> {json.dumps(after)}"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one file: ``same``, ``different`` or ``missing``, and how it differs, where that is known."""

    name: str
    state: str
    detail: str = ""


def compare(manifest: Mapping[str, Any], original: Path, folder: Path, encode: Callable[[str], Encode | None]) -> list[Comparison]:
    """Compare the results of a run with a manifest, file by file.

    Args:
        manifest: of the original.
        original: where the original's files may lie; they are needed only to say how files of samples differ.
        folder: of the other run.
        encode: the tokenizer of a model by its name; None where there is none, then characters are counted.
    """
    found = []
    for name, digest in manifest["results"].items():
        path = folder / name
        if not path.is_file():
            found.append(Comparison(name, "missing"))
        elif file_sha256(path) == digest or (name == "config.yaml" and _same_config(manifest["config"], path)):
            found.append(Comparison(name, "same"))
        elif is_damaged(path):
            found.append(Comparison(name, "different", "it is damaged: its bytes are no longer those that were written"))
        else:
            found.append(Comparison(name, "different", _detail(name, digest, original / name, path, encode)))
    return found


def _same_config(config: Mapping[str, Any], path: Path) -> bool:
    other = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key: value for key, value in config.items() if key not in NAMING} == {key: value for key, value in other.items() if key not in NAMING}


def _detail(name: str, digest: str, original: Path, path: Path, encode: Callable[[str], Encode | None]) -> str:
    parts = Path(name).parts
    if "samples" not in parts[-2:-1]:
        return ""
    if not original.is_file() or file_sha256(original) != digest:
        return "how many samples differ is unknown, as the original file is not beside the manifest"
    sentence = differing_samples(read_samples(original), read_samples(path), encode(parts[-4]))
    if sentence:
        return sentence
    before, after = read_provenance(original), read_provenance(path)
    changed = [f"{key} {before.get(key)} -> {after.get(key)}" for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
    return f"the samples are the same, what drew them is not: {', '.join(changed)}" if changed else "the samples are the same"


def differing_samples(before: Sequence[Sample], after: Sequence[Sample], encode: Encode | None) -> str:
    """How many samples differ, and from which token on (the first token is 1); empty where none does."""
    others = {(sample.problem_id, sample.sample_index): sample for sample in after}
    places = []
    for sample in before:
        other = others.get((sample.problem_id, sample.sample_index))
        if other is None:
            places.append(1)
        elif sample.text != other.text:
            one, two = (encode(sample.text), encode(other.text)) if encode else (sample.text, other.text)
            equal = (number for number, (a, b) in enumerate(zip(one, two, strict=False), start=1) if a != b)
            places.append(next(equal, min(len(one), len(two)) + 1))
    if not places:
        return ""
    unit = "token" if encode else "character"
    shown = (
        f"from {unit} {places[0]} on"
        if len(places) == 1
        else f"from {unit} {min(places)} on at the earliest, {statistics.median(places):g} in the median"
    )
    return f"{len(places)} of {len(before)} samples differ, {shown}"
