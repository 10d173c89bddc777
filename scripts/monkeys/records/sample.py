"""The outcome of one draw from a model."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from monkeys.files import checked
from monkeys.records.parquet import read_parquet, write_parquet


@dataclass(frozen=True, slots=True)
class Sample:
    """One draw. Token counts, seed and finish reason are None where a recorded sample does not tell them.

    ``confidences`` has for each token of the text minus the mean log-probability of the likeliest tokens at that place, where ``sampling.logprobs`` asked
    for them; of how many says the file's metadata.

    A draw may be a search, of which the text is a part: ``generated_tokens`` are all that the model drew for it, ``scored_tokens`` all that a scorer read.
    None where the text is all of it.
    """

    problem_id: str
    sample_index: int
    seed: int | None
    text: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    cumulative_logprob: float | None = None
    confidences: list[float] | None = None
    generated_tokens: int | None = None
    scored_tokens: int | None = None


def write_samples(path: Path, samples: Iterable[Sample], provenance: Mapping[str, str]) -> None:
    """Write samples as Parquet; ``provenance`` (engine, versions, hardware kind) goes into the file's metadata."""
    import pyarrow as pa

    fields = [
        ("problem_id", pa.string()),
        ("sample_index", pa.int64()),
        ("seed", pa.int64()),
        ("text", pa.string()),
        ("prompt_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("finish_reason", pa.string()),
        ("cumulative_logprob", pa.float64()),
    ]
    rows = [asdict(sample) for sample in samples]
    more = {"confidences": pa.list_(pa.float32()), "generated_tokens": pa.int64(), "scored_tokens": pa.int64()}
    for name, kind in more.items():
        if any(row[name] is not None for row in rows):
            fields.append((name, kind))
        else:
            # A file without them is the same, byte for byte, as before there were any.
            for row in rows:
                del row[name]
    write_parquet(path, rows, pa.schema(fields, metadata=dict(provenance)))


def read_samples(path: Path) -> list[Sample]:
    """Read what ``write_samples`` wrote, or a Parquet file with at least problem_id, sample_index and text.

    Raises:
        InputError: the file cannot be read or lacks one of those columns.
    """
    rows = read_parquet(path, required=("problem_id", "sample_index", "text"))
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
