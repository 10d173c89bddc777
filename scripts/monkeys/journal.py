"""What a shard has drawn so far, kept beside its output, so that a job that is killed goes on where it was."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from monkeys.records import Sample, whole_file


class Journal:
    """Samples as JSON Lines, one written as soon as it is drawn.

    The first line says what the samples belong to: a recipe, and the prompts of the problems. Samples of another recipe or prompt are of no use and
    are left out; so is a last line that was torn off, and whatever stands behind a line that is broken.

    Args:
        path: the journal's file.
        recipe: name of the recipe.
        prompts: digest of each problem's prompt.
    """

    def __init__(self, path: Path, recipe: str, prompts: Mapping[str, str]) -> None:
        self._path = path
        self.samples: list[Sample] = _read(path, recipe, prompts)
        with whole_file(path) as part, part.open("w", encoding="utf-8") as handle:
            handle.write(json.dumps({"recipe": recipe, "prompts": dict(prompts)}) + "\n")
            handle.writelines(_line(sample) for sample in self.samples)
        self._handle = path.open("a", encoding="utf-8")

    def add(self, samples: Iterable[Sample]) -> None:
        """Keep samples; they are with the operating system when this returns, so killing the process loses none."""
        self._handle.writelines(_line(sample) for sample in samples)
        self._handle.flush()

    def remove(self) -> None:
        """Delete the file: its samples are in the shard's output."""
        self._handle.close()
        self._path.unlink()


def _read(path: Path, recipe: str, prompts: Mapping[str, str]) -> list[Sample]:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    samples: list[Sample] = []
    try:
        header = json.loads(lines[0])
        if header["recipe"] != recipe:
            return []
        same = {name for name, digest in header["prompts"].items() if prompts.get(name) == digest}
        for line in lines[1:-1]:  # behind the last newline there is nothing, or half a line
            sample = Sample(**json.loads(line))
            if sample.problem_id in same:
                samples.append(sample)
    except (IndexError, KeyError, TypeError, AttributeError, json.JSONDecodeError):
        pass
    return samples


def _line(sample: Sample) -> str:
    return json.dumps(asdict(sample)) + "\n"
