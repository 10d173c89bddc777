"""What a shard has drawn so far, kept beside its output, so that a job that is killed goes on where it was."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from monkeys.records import Sample, whole_file


class Journal:
    """Samples as JSON Lines, one written as soon as it is drawn.

    The first line is ``key``: a hash of everything that determines the samples. A journal with another key is of no use and is begun anew; a last line
    that was torn off is dropped.

    Args:
        path: the journal's file.
        key: hash of what determines the samples.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
        whole = lines[:-1]  # behind the last newline there is nothing, or half a line
        self.samples: list[Sample] = []
        if whole and whole[0] == json.dumps(key):
            for line in whole[1:]:
                try:
                    self.samples.append(Sample(**json.loads(line)))
                except (json.JSONDecodeError, TypeError):
                    break
        with whole_file(path) as part, part.open("w", encoding="utf-8") as handle:
            handle.write(json.dumps(key) + "\n")
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


def _line(sample: Sample) -> str:
    return json.dumps(asdict(sample)) + "\n"
