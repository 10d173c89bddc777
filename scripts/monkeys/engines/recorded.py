"""Samples that exist already, whichever tool drew them (``formats/samples``)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from monkeys.engines import Request
from monkeys.errors import InputError
from monkeys.formats.samples.reading import Reader, SampleFiles
from monkeys.records.sample import Sample


class RecordedEngine:
    """Samples out of files, by problem and index. Every row is read and checked; only the samples that are wanted are kept.

    Args:
        source: the files, or the path of one.
        known: every problem of the benchmark, also those that a configuration leaves out.
        questions: texts that ask the problems, by name, of all or of some.
        wanted: names of the problems, and the range of indices, of samples that ``draw`` will be asked for; None: all.

    Raises:
        InputError: a file or a row of it cannot be read, or names a problem that the benchmark does not have.
    """

    def __init__(
        self,
        source: SampleFiles | Path,
        known: Sequence[str],
        questions: Mapping[str, str] | None = None,
        wanted: tuple[frozenset[str], range] | None = None,
    ) -> None:
        self.provenance = {"engine": "recorded"}
        files = source if isinstance(source, SampleFiles) else SampleFiles((str(source),))
        self._what = ", ".join(files.files)
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
            InputError: the files do not have one of them.
        """
        for request in requests:
            name = request.prompt.problem_id
            of_problem = self._samples.get(name, {})
            if request.sample_index not in of_problem:
                raise InputError(
                    f"{self._what} has {self.counts.get(name, 0)} samples of {name} and no sample {request.sample_index}, "
                    "but the configuration asks for more; lower samples or add it to the file"
                )
            yield of_problem[request.sample_index]
