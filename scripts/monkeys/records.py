"""What a prompt, a reference, a sample and a verdict are: their columns, types and files.

Everything else in the library speaks in these four records. Prompts and references are JSON Lines, samples and verdicts Parquet. Files are
written beside their final name and renamed, so a half-written file is never read under it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monkeys.errors import InputError

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


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to that becomes ``path`` when the block ends well, and disappears when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    try:
        yield part
        # Not only named but there, should the machine lose its power the moment after.
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON; a NaN is refused, since JSON has none."""
    with whole_file(path) as part:
        part.write_text(_json(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write mappings as JSON Lines, keys in the order given."""
    with whole_file(path) as part, part.open("w", encoding="utf-8") as handle:
        handle.writelines(_json(row) + "\n" for row in rows)


def _json(value: Any, **options: Any) -> str:
    """JSON as it can be written: half a character, which UTF-8 does not have, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, **options)
    return text


class NotUTF8Error(ValueError):
    """Bytes that are no text."""


def parse_json(text: bytes) -> Any:
    """What a JSON text of somebody's says.

    A byte order mark in front is no part of it. Half of a character (a lone surrogate such as ``\\ud83d``, left where a text was cut within an emoji) is
    no text: it is read as U+FFFD, as a UTF-8 decoder and vLLM write what they cannot decode.

    Raises:
        ValueError: it is no JSON, no UTF-8, nested too deeply, or has a number that nobody can read; the message says where.
    """
    try:
        value = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotUTF8Error(f"it is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"{error.msg}, {place}") from error
    except (RecursionError, MemoryError) as error:
        raise ValueError("it is nested too deeply, or too large") from error
    return _without_halves(value) if b"\\ud" in text.lower() else value


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(child) for name, child in value.items()}
    return [_without_halves(child) for child in value] if isinstance(value, list) else value


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file (gzip when the name ends in .gz) with their line numbers, from 1; blank lines are passed over.

    Raises:
        InputError: the file cannot be read, or a line is not a JSON object; the message names the line.
    """
    import gzip
    import zlib

    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                # Byte order marks stand in the middle too, where files were joined.
                line = line.lstrip(b"\xef\xbb\xbf").rstrip(b"\r\n")
                if not line.strip():
                    continue
                try:
                    row = parse_json(line)
                except NotUTF8Error as error:
                    raise InputError(f"{path} cannot be read beyond line {number - 1}: in line {number} {error}; save the file as UTF-8") from error
                except ValueError as error:
                    raise InputError(f"{path}, line {number} is not valid JSON ({error}); correct or remove that line") from error
                if not isinstance(row, dict):
                    raise InputError(f"{path}, line {number} is not a JSON object; each line must be one")
                yield number, row
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read beyond line {number}: {error}") from error


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
    """The metadata that ``write_samples`` put into a file."""
    import pyarrow.parquet as pq

    metadata = pq.read_schema(path).metadata or {}
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
    """Some columns of a file of samples or verdicts, piece by piece, for who counts by the million: a file's texts may be more than memory holds.

    Raises:
        InputError: the file cannot be read, or its bytes are not those that were written; or it lacks one of the columns.
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
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            names = file.schema_arrow.names
            if missing := [name for name in required if name not in names]:
                raise InputError(f"{path} lacks the column {missing[0]!r}; it has {', '.join(names)}")
            yield file
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); delete it and run again") from error
