"""What a shard has of samples or scores so far, kept beside its output, so that a killed job resumes where it stopped."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from monkeys.files import whole_file
from monkeys.records.sample import Sample

Record = TypeVar("Record")
"""A data class with the fields ``problem_id`` and ``sample_index``, whose others JSON can hold."""


class Journal(Generic[Record]):
    """Samples as lines of JSON, one written as soon as it is drawn; or scores, as soon as they are computed.

    Each line begins with the hash of the rest. A line whose bytes have changed, or that was torn off, is left out, and the others hold. The first line says
    what the samples belong to: a recipe, a run's seed, and the prompts of the problems. Samples of another recipe, seed or prompt are of no use and are left out.

    Args:
        path: the journal's file.
        recipe: name of the recipe.
        seed: of the run.
        prompts: digest of each problem's prompt, as the model sees it.
        record: what is kept, ``Sample`` or ``Score``.
        place: which of a record's fields name its place; a later line of the same place goes before an earlier one.

    Attributes:
        samples: what was drawn before, each place once.
        accounts: what drew them, each different account once.
        damaged: number of lines that were left out as their bytes have changed.
    """

    def __init__(
        self,
        path: Path,
        recipe: str,
        seed: int,
        prompts: Mapping[str, str],
        record: type[Record] = Sample,  # type: ignore[assignment]
        place: tuple[str, ...] = ("problem_id", "sample_index"),
    ) -> None:
        self._path = path
        self._record, self._place = record, place
        self.samples: list[Record] = []
        self.accounts: list[dict[str, str]] = []
        self.damaged = 0
        header = _line({"recipe": recipe, "seed": seed, "prompts": dict(prompts)})
        content = path.read_bytes() if path.is_file() else b""
        # Behind the last newline there is nothing, or half a line.
        end = content.rfind(b"\n") + 1
        first, *lines = content[:end].split(b"\n")
        self._take(_value(first), [line for line in lines if line], recipe, seed, prompts)
        if content.startswith(header.encode()):
            # In place: on a disk that was full there may be no room for it twice.
            with path.open("r+b") as handle:
                handle.truncate(end)
        else:
            with whole_file(path, sealed=False) as part, part.open("w", encoding="utf-8") as text:
                text.write(header)
                text.writelines(_line({"account": account}) for account in self.accounts)
                text.writelines(_line({"sample": asdict(cast(Any, sample))}) for sample in self.samples)
        self._handle = path.open("a", encoding="utf-8")

    def _take(self, header: Any, lines: list[bytes], recipe: str, seed: int, prompts: Mapping[str, str]) -> None:
        if not isinstance(header, dict) or (header.get("recipe"), header.get("seed")) != (recipe, seed):
            return
        same = {name for name, digest in header["prompts"].items() if prompts.get(name) == digest}
        samples: dict[tuple[object, ...], Record] = {}
        for value in map(_value, lines):
            if value is None:
                self.damaged += 1
            elif "account" in value:
                if value["account"] not in self.accounts:
                    self.accounts.append(value["account"])
            elif value["sample"]["problem_id"] in same:
                sample = self._record(**value["sample"])
                samples[tuple(value["sample"][name] for name in self._place)] = sample
        self.samples = list(samples.values())

    def drawn_by(self, account: Mapping[str, str]) -> None:
        """Keep what draws the samples that follow: an engine's provenance."""
        if dict(account) not in self.accounts:
            self.accounts.append(dict(account))
            self._handle.write(_line({"account": dict(account)}))
            self._handle.flush()

    def add(self, samples: Iterable[Record]) -> None:
        """Keep samples; they are with the operating system when this returns, so killing the process loses none."""
        self._handle.writelines(_line({"sample": asdict(cast(Any, sample))}) for sample in samples)
        self._handle.flush()

    def remove(self) -> None:
        """Delete the file: its samples are in the shard's output."""
        self._handle.close()
        self._path.unlink(missing_ok=True)


def _line(value: Any) -> str:
    text = json.dumps(value)
    return f"{_hash(text.encode())} {text}\n"


def _value(line: bytes) -> Any:
    """What a line says; None where its bytes are not those that were written."""
    checksum, _, text = line.partition(b" ")
    if checksum != _hash(text).encode():
        return None
    return json.loads(text)


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]
