"""What the verifier decided on a sample."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from monkeys.records.parquet import read_parquet, write_parquet

OUTCOMES = ("passed", "failed", "timeout", "memory", "no_answer", "unverified", "infrastructure_error")
"""What can become of a sample. ``unverified``: its problem has no reference, so nobody knows. ``infrastructure_error`` says that the machinery failed and is never counted as wrong."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sample: one of ``OUTCOMES``, the answer that was taken out of it (None for programs) and why.

    ``answer_class``: samples of a problem with the same text here have equal answers; it is formed without looking at the reference, and None where a sample
    has no answer. Votes count it. ``process``: whether the course of steps is right too; None where the benchmark does not know.
    """

    problem_id: str
    sample_index: int
    outcome: str
    answer: str | None = None
    detail: str = ""
    answer_class: str | None = None
    process: bool | None = None


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
            ("answer_class", pa.string()),
            ("process", pa.bool_()),
        ]
    )
    write_parquet(path, [asdict(verdict) for verdict in verdicts], schema)


def read_verdicts(path: Path) -> list[Verdict]:
    """Read what ``write_verdicts`` wrote."""
    return [Verdict(**row) for row in read_parquet(path, required=("problem_id", "sample_index", "outcome"))]
