"""Parquet files of records: written under their final name when complete, compressed, and checked when read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monkeys.errors import InputError
from monkeys.files import checked, whole_file

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


NO_DICTIONARY = ("seed", "text", "cumulative_logprob", "confidences", "score", "step_scores", "step_value")
"""Columns whose values hardly repeat."""


def write_parquet(path: Path, rows: list[dict[str, Any]], schema: "pa.Schema") -> None:
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
            use_dictionary=[name for name in schema.names if name not in NO_DICTIONARY],
            # Parquet alone does not notice a page whose bytes have changed.
            write_page_checksum=True,
        )


def read_batches(path: Path, columns: Sequence[str], rows: int = 8192) -> Iterator["pa.RecordBatch"]:
    """Some columns of a file of samples or verdicts, piece by piece, for files larger than memory.

    Raises:
        InputError: the file is damaged or cannot be read, or lacks one of the columns.
    """
    with _open(path, columns) as file:
        yield from file.iter_batches(rows, columns=list(columns))


def column_names(path: Path) -> list[str]:
    """The columns of a file.

    Raises:
        InputError: the file is damaged or cannot be read.
    """
    with _open(path, ()) as file:
        return list(file.schema_arrow.names)


def read_parquet(path: Path, required: Sequence[str]) -> list[dict[str, Any]]:
    with _open(path, required) as file:
        try:
            rows: list[dict[str, Any]] = file.read().to_pylist()
        except (UnicodeDecodeError, ValueError, OverflowError) as error:
            raise InputError(f"{path} has a value that cannot be read ({error}); write the file again") from error
    return rows


@contextmanager
def _open(path: Path, required: Sequence[str]) -> Iterator["pq.ParquetFile"]:
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
