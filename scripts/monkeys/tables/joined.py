"""Samples beside their verdicts, scores, prompts and references, shard by shard: for people who look at samples, and for those who take them elsewhere.

A result's folder has ``<benchmark>/<model>/<strategy>/samples/<shard>.parquet`` and ``verdicts/<shard>-<part>.parquet``, ``scores/<scorer>/<shard>.parquet``
where samples were scored; runs before strategies had no such folder and no parts. Only pyarrow's reader of Parquet is imported, which takes a quarter of a second; pandas or
``pyarrow.dataset`` take more than one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monkeys.errors import InputError, nearest
from monkeys.records.parquet import read_batches
from monkeys.records.prompt import Prompt, read_prompts
from monkeys.records.reference import Reference, read_references

if TYPE_CHECKING:
    import pyarrow as pa

Place = tuple[str, int]
"""A problem's name and a sample's number."""
USUAL = "repeated"
"""The strategy of results whose folder names none."""


@dataclass(frozen=True, slots=True, order=True)
class Draws:
    """The verified samples of a model on a benchmark by a strategy; ``folder`` holds them, ``results`` is the run's.

    ``only``: the files of verdicts that belong to the run; None: all in the folder, also those of a larger cut before.
    """

    benchmark: str
    model: str
    strategy: str
    folder: Path
    results: Path
    only: frozenset[Path] | None = None

    @property
    def title(self) -> str:
        """Benchmark and model, and the strategy where it is not the usual one."""
        return f"{self.benchmark}, {self.model}" + (f", {self.strategy}" if self.strategy != USUAL else "")

    def shards(self, problem: str | None = None) -> list[str]:
        """Names of the shards that are verified; with a problem only those that may hold it."""
        return [name for name, paths in parts_by_shard(self).items() if problem is None or any(may_hold(path, problem) for path in paths)]

    def parts(self, shard: str) -> list[Path]:
        """The files of a shard's verdicts."""
        return parts_by_shard(self)[shard]

    def verdicts(self, shard: str, columns: Collection[str] | None = None) -> "pa.Table":
        """A shard's verdicts, all columns or some."""
        import pyarrow as pa

        return pa.concat_tables([read_columns(path, columns) for path in self.parts(shard)])

    def scorers(self) -> list[str]:
        """Names of those who scored the samples."""
        return sorted(path.name for path in (self.folder / "scores").glob("*") if path.is_dir())

    def scores(self, scorer: str, shard: str) -> dict[Place, float | None]:
        """A shard's scores."""
        table = read_columns(self.folder / "scores" / scorer / f"{shard}.parquet", ("problem_id", "sample_index", "score"))
        return {(row["problem_id"], row["sample_index"]): row["score"] for row in table.to_pylist()}

    def rows(self, shard: str, wanted: Collection[Place] | None = None) -> Iterator[dict[str, Any]]:
        """A shard's samples, each with the columns of its sample and verdict, and ``scores`` by scorer.

        Args:
            shard: its name.
            wanted: problem and number of those that are wanted; None: all.

        Raises:
            InputError: a file is damaged or missing. Samples that are not verified yet are left out.
        """
        verdicts = {(row["problem_id"], row["sample_index"]): row for row in self.verdicts(shard).to_pylist()}
        scores = {name: self.scores(name, shard) for name in self.scorers() if (self.folder / "scores" / name / f"{shard}.parquet").exists()}
        path = self.folder / "samples" / f"{shard}.parquet"
        for batch in read_batches(path, column_names(path)):
            ids, numbers = batch.column("problem_id").to_pylist(), batch.column("sample_index").to_pylist()
            chosen = [number for number, place in enumerate(zip(ids, numbers, strict=True)) if wanted is None or place in wanted]
            # pyarrow's take would import pandas, to see whether a list is one of its.
            for number in chosen:
                row = {name: batch.column(name)[number].as_py() for name in batch.schema.names}
                place = row["problem_id"], row["sample_index"]
                if place in verdicts:
                    yield row | verdicts[place] | {"scores": {name: values.get(place) for name, values in scores.items()}}


@cache
def parts_by_shard(draws: Draws) -> Mapping[str, list[Path]]:
    """The files of verdicts of each shard. The folder, which may hold thousands, is listed once and not for each shard."""
    found: dict[str, list[Path]] = {}
    for path in sorted((draws.folder / "verdicts").glob("*.parquet")):
        if not path.name.startswith(".") and (draws.only is None or path in draws.only):
            whole = (draws.folder / "samples" / path.name).exists()
            found.setdefault(path.stem if whole else path.stem.rpartition("-")[0], []).append(path)
    return found


def find_draws(
    results: Path, benchmark: str | None = None, model: str | None = None, strategy: str | None = None, only: Iterable[Path] | None = None
) -> list[Draws]:
    """The verified samples of a run, all or those of a benchmark, model or strategy; of the files ``only``, where they are named.

    Raises:
        InputError: there are none.
    """
    found = []
    files = None if only is None else frozenset(only)
    for folder in sorted({*results.glob("*/*/verdicts"), *results.glob("*/*/*/verdicts")}):
        parts = folder.relative_to(results).parts[:-1]
        one = Draws(parts[0], parts[1], parts[2] if len(parts) == 3 else USUAL, folder.parent, results, files)
        if one.shards():
            found.append(one)
    if not found:
        raise InputError(f"{results} holds no verified samples; name the folder of a run, such as results/demo")
    for what, wanted in (("benchmark", benchmark), ("model", model), ("strategy", strategy)):
        names = sorted({getattr(draws, what) for draws in found})
        if wanted is not None and wanted not in names:
            raise InputError(f"{results} has no samples of the {what} {wanted!r}{nearest(wanted, names)}; it has {', '.join(names)}")
        found = [draws for draws in found if wanted in (None, getattr(draws, what))]
    return found


@cache
def prompts(results: Path, benchmark: str) -> Mapping[str, Prompt]:
    """What models were asked, by problem."""
    return {prompt.problem_id: prompt for path in sorted((results / benchmark / "prompts").glob("*.jsonl")) for prompt in read_prompts(path)}


@cache
def references(results: Path, benchmark: str) -> Mapping[str, Reference]:
    """What verifiers knew, by problem."""
    return {one.problem_id: one for path in sorted((results / benchmark / "references").glob("*.jsonl")) for one in read_references(path)}


def prompt_text(prompt: Prompt | None, chat: bool) -> str:
    """What a model was asked, as one text: the messages of a chat behind their roles, or the text to continue."""
    if prompt is None:
        return ""
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in prompt.messages) if chat else prompt.prompt


def column_names(path: Path) -> list[str]:
    """The columns of a Parquet file.

    Raises:
        InputError: it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); run again") from error


def read_columns(path: Path, columns: Collection[str] | None = None) -> "pa.Table":
    """A Parquet file of the workflow's as a table, compared with its seal."""
    import pyarrow as pa

    names = column_names(path)
    wanted = names if columns is None else [name for name in columns if name in names]
    batches = list(read_batches(path, wanted))
    return pa.Table.from_batches(batches) if batches else pa.table({name: [] for name in wanted})


def may_hold(path: Path, problem: str) -> bool:
    """Whether a file may have rows of a problem, by what its footer says of the names in it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); run again") from error
    number = metadata.schema.names.index("problem_id")
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(number).statistics
        if statistics is None or not statistics.has_min_max or statistics.min <= problem <= statistics.max:
            return True
    return False
