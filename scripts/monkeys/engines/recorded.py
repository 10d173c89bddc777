"""Samples that exist already, whichever tool drew them (``formats/samples``)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from monkeys.engines import Request
from monkeys.errors import InputError
from monkeys.formats.samples.reading import Reader, SampleFiles
from monkeys.records.sample import Sample, read_provenance


class RecordedEngine:
    """Samples out of files, by problem and index. Every row is read and checked; only the samples that are wanted are kept.

    Args:
        source: the files, or the path of one.
        known: every problem of the benchmark, also those that a configuration leaves out.
        questions: texts that ask the problems, by name, of all or of some.
        wanted: names of the problems, and first and stop of the indices (no stop: all), of samples that will be asked for; None: all.

    Raises:
        InputError: a file or a row of it cannot be read, or names a problem that the benchmark does not have.
    """

    def __init__(
        self,
        source: SampleFiles | Path,
        known: Sequence[str],
        questions: Mapping[str, str] | None = None,
        wanted: tuple[frozenset[str], int, int | None] | None = None,
    ) -> None:
        self.provenance = {"engine": "recorded"}
        files = source if isinstance(source, SampleFiles) else SampleFiles((str(source),))
        self._what = ", ".join(files.files)
        if len(files.files) == 1 and files.files[0].endswith(".parquet"):
            # What confidences are of, without which scorers cannot read them.
            kept = ("confidence_top", "vocabulary")
            self.provenance |= {name: value for name, value in read_provenance(Path(files.files[0])).items() if name in kept}
        self._samples: dict[str, dict[int, Sample]] = {}
        reader = Reader(files, known, questions)
        for placed in reader:
            name, index, found = placed.problem_id, placed.sample_index, placed.found
            if wanted is None or (name in wanted[0] and index >= wanted[1] and (wanted[2] is None or index < wanted[2])):
                self._samples.setdefault(name, {})[index] = Sample(
                    name,
                    index,
                    found.seed,
                    found.text,
                    found.prompt_tokens,
                    found.output_tokens,
                    found.finish_reason,
                    found.cumulative_logprob,
                    found.confidences,
                )
        self.counts: Mapping[str, int] = reader.counts
        self.left_out: Mapping[str, int] = reader.left_out

    def all_of(self, problems: Sequence[str]) -> Iterator[Sample]:
        """All samples of some problems, in order; of a problem without any, none.

        Raises:
            InputError: the samples of a problem are not numbered from 0 without gaps.
        """
        for name in problems:
            of_problem = self._samples.get(name, {})
            for index in range(len(of_problem)):
                if index not in of_problem:
                    raise InputError(f"{self._what} has {len(of_problem)} samples of {name} and no sample {index}; number them from 0 without gaps")
                yield of_problem[index]

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
