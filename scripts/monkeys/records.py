"""What a prompt, a reference, a sample and a verdict are: their columns, types and files.

Everything else in the library speaks in these four records. Prompts and references are JSON Lines, samples and verdicts Parquet. Files are
written beside their final name and renamed, so a half-written file is never read under it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monkeys.errors import InputError
from monkeys.files import checked, read_jsonl, whole_file, write_jsonl

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

OUTCOMES = ("passed", "failed", "timeout", "memory", "no_answer", "infrastructure_error")
"""What can become of a sample. ``infrastructure_error`` says that the machinery failed and is never counted as wrong."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. ``prompt`` is text to continue, ``messages`` the same question as a chat, ``stop`` ends a continuation."""

    problem_id: str
    prompt: str
    messages: list[dict[str, str]]
    stop: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a grader needs: tests, an answer or a statement; limits that are this problem's own; and what analysis may group by."""

    problem_id: str
    reference: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One draw. Token counts, seed and finish reason are None where a recorded sample does not tell them."""

    problem_id: str
    sample_index: int
    seed: int | None
    text: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    cumulative_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sample: one of ``OUTCOMES``, the answer that was taken out of it (None for programs) and why."""

    problem_id: str
    sample_index: int
    outcome: str
    answer: str | None = None
    detail: str = ""


def write_prompts(path: Path, prompts: Iterable[Prompt]) -> None:
    """Write prompts as JSON Lines."""
    write_jsonl(path, (asdict(prompt) for prompt in prompts))


def read_prompts(path: Path) -> list[Prompt]:
    """Read what ``write_prompts`` wrote."""
    return [Prompt(**row) for _, row in read_jsonl(path)]


def write_references(path: Path, references: Iterable[Reference]) -> None:
    """Write references as JSON Lines."""
    write_jsonl(path, (asdict(reference) for reference in references))


def read_references(path: Path) -> list[Reference]:
    """Read what ``write_references`` wrote."""
    return [Reference(**row) for _, row in read_jsonl(path)]


def write_samples(path: Path, samples: Iterable[Sample], provenance: Mapping[str, str]) -> None:
    """Write samples as Parquet; ``provenance`` (engine, versions, hardware kind) goes into the file's metadata."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("problem_id", pa.string()),
            ("sample_index", pa.int64()),
            ("seed", pa.int64()),
            ("text", pa.string()),
            ("prompt_tokens", pa.int64()),
            ("output_tokens", pa.int64()),
            ("finish_reason", pa.string()),
            ("cumulative_logprob", pa.float64()),
        ],
        metadata=dict(provenance),
    )
    _write_parquet(path, [asdict(sample) for sample in samples], schema)


def read_samples(path: Path) -> list[Sample]:
    """Read what ``write_samples`` wrote, or a Parquet file with at least problem_id, sample_index and text.

    Raises:
        InputError: the file cannot be read or lacks one of those columns.
    """
    rows = _read_parquet(path, required=("problem_id", "sample_index", "text"))
    names = Sample.__dataclass_fields__
    return [Sample(**{"seed": None, **{name: value for name, value in row.items() if name in names}}) for row in rows]


def read_provenance(path: Path) -> dict[str, str]:
    """The metadata that ``write_samples`` put into a file.

    Raises:
        InputError: the file is damaged.
    """
    import pyarrow.parquet as pq

    metadata = pq.read_schema(checked(path)).metadata or {}
    return {key.decode(): value.decode() for key, value in metadata.items() if not key.startswith(b"ARROW")}


def write_verdicts(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Write verdicts as Parquet."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("problem_id", pa.string()),
            ("sample_index", pa.int64()),
            ("outcome", pa.string()),
            ("answer", pa.string()),
            ("detail", pa.string()),
        ]
    )
    _write_parquet(path, [asdict(verdict) for verdict in verdicts], schema)


def read_verdicts(path: Path) -> list[Verdict]:
    """Read what ``write_verdicts`` wrote."""
    return [Verdict(**row) for row in _read_parquet(path, required=("problem_id", "sample_index", "outcome"))]


def _write_parquet(path: Path, rows: list[dict[str, Any]], schema: "pa.Schema") -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with whole_file(path) as part:
        pq.write_table(
            pa.Table.from_pylist(rows, schema=schema),
            part,
            compression="zstd",
            # A problem's samples resemble each other: large pages, and no dictionary of texts that hardly repeat, make files a fifth smaller.
            compression_level=12,
            data_page_size=64 << 20,
            use_dictionary=[name for name in schema.names if name not in ("seed", "text", "cumulative_logprob")],
            # Parquet alone does not notice a page whose bytes have changed.
            write_page_checksum=True,
        )


def read_batches(path: Path, columns: Sequence[str], rows: int = 8192) -> Iterator["pa.RecordBatch"]:
    """Some columns of a file of samples or verdicts, piece by piece, for files larger than memory.

    Raises:
        InputError: the file is damaged or cannot be read, or lacks one of the columns.
    """
    with _opened(path, columns) as file:
        yield from file.iter_batches(rows, columns=list(columns))


def _read_parquet(path: Path, required: Sequence[str]) -> list[dict[str, Any]]:
    with _opened(path, required) as file:
        try:
            rows: list[dict[str, Any]] = file.read().to_pylist()
        except (UnicodeDecodeError, ValueError, OverflowError) as error:
            raise InputError(f"{path} has a value that cannot be read ({error}); write the file anew") from error
    return rows


@contextmanager
def _opened(path: Path, required: Sequence[str]) -> Iterator["pq.ParquetFile"]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(checked(path), page_checksum_verification=True) as file:
            names = file.schema_arrow.names
            if missing := [name for name in required if name not in names]:
                raise InputError(f"{path} lacks the column {missing[0]!r}; it has {', '.join(names)}")
            yield file
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); delete it and run again") from error
