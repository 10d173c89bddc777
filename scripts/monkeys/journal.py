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
        header = json.dumps({"recipe": recipe, "prompts": dict(prompts)}) + "\n"
        content = path.read_bytes() if path.is_file() else b""
        self.samples, end = _read(content, recipe, prompts)
        if content.startswith(header.encode()):
            # In place: on a disk that was full there may be no room for it twice.
            with path.open("r+b") as handle:
                handle.truncate(end)
        else:
            with whole_file(path) as part, part.open("w", encoding="utf-8") as text:
                text.write(header)
                text.writelines(_line(sample) for sample in self.samples)
        self._handle = path.open("a", encoding="utf-8")

    def add(self, samples: Iterable[Sample]) -> None:
        """Keep samples; they are with the operating system when this returns, so killing the process loses none."""
        self._handle.writelines(_line(sample) for sample in samples)
        self._handle.flush()

    def remove(self) -> None:
        """Delete the file: its samples are in the shard's output."""
        self._handle.close()
        self._path.unlink()


def _read(content: bytes, recipe: str, prompts: Mapping[str, str]) -> tuple[list[Sample], int]:
    """The samples that are of use, and the end of the last line that is whole."""
    samples: list[Sample] = []
    end = 0
    try:
        first, *lines = content.split(b"\n")[:-1]  # behind the last newline there is nothing, or half a line
        header = json.loads(first)
        if header["recipe"] != recipe:
            return [], 0
        same = {name for name, digest in header["prompts"].items() if prompts.get(name) == digest}
        end = len(first) + 1
        for line in lines:
            sample = Sample(**json.loads(line))
            end += len(line) + 1
            if sample.problem_id in same:
                samples.append(sample)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return samples, end


def _line(sample: Sample) -> str:
    return json.dumps(asdict(sample)) + "\n"
