"""What a score is: its columns, types and file."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from monkeys.errors import InputError
from monkeys.records.parquet import read_parquet, write_parquet


@dataclass(frozen=True, slots=True)
class Score:
    """How a scorer rates a sample, without knowing the reference.

    ``score``: higher is better; None where the scorer has nothing to say of the sample (a text without a step, a program without tests); never NaN.
    ``step_scores``: one value a step, in [0, 1] where they are probabilities; None where the scorer knows no steps.
    ``step_ends``: for each step the number of characters of the sample's text up to its end.
    ``scored_tokens``: tokens that the scorer's model read or drew for this sample; 0 where there is no model.
    ``answer_class``: the same text for samples with the same behaviour, where the scorer finds that out; classes of different problems have nothing in common.
    """

    problem_id: str
    sample_index: int
    score: float | None
    step_scores: list[float] | None = None
    step_ends: list[int] | None = None
    scored_tokens: int = 0
    answer_class: str | None = None


def significant(value: float, digits: int = 4) -> float:
    """A value to so many significant digits: further ones depend on the size of the batch and on the machine."""
    return float(f"{value:.{digits}g}")


def check_score(score: Score, place: str) -> None:
    """See that a score is one: finite or None, with as many step ends as step scores, in order.

    Args:
        score: what is looked at.
        place: names it at the beginning of the error message.

    Raises:
        InputError: it is not.
    """
    numbers = [value for value in [score.score, *(score.step_scores or [])] if value is not None]
    for value in numbers:
        if not math.isfinite(value):
            raise InputError(f"{place} has the score {value}, which cannot be ordered; write null (in CSV nothing) where there is no score")
    values, ends = score.step_scores, score.step_ends
    if values is not None and ends is not None and len(values) != len(ends):
        raise InputError(f"{place} has {len(values)} step_scores but {len(ends)} step_ends; there must be one of each for a step")
    if ends is not None and any(second <= first for first, second in zip([0, *ends], ends, strict=False)):
        raise InputError(f"{place} has step_ends that do not grow ({ends}); they are the characters up to each step's end")


def write_scores(path: Path, scores: Iterable[Score], provenance: Mapping[str, str]) -> None:
    """Write scores as Parquet; ``provenance`` (scorer, versions, hardware kind) goes into the file's metadata.

    Raises:
        InputError: a score is NaN or infinite, or has step ends that do not fit.
    """
    import pyarrow as pa

    rows = []
    for score in scores:
        check_score(score, f"sample {score.sample_index} of {score.problem_id}")
        rows.append(asdict(score))
    schema = pa.schema(
        [
            ("problem_id", pa.string()),
            ("sample_index", pa.int64()),
            ("score", pa.float64()),
            ("step_scores", pa.list_(pa.float64())),
            ("step_ends", pa.list_(pa.int64())),
            ("scored_tokens", pa.int64()),
            ("answer_class", pa.string()),
        ],
        metadata=dict(provenance),
    )
    write_parquet(path, rows, schema)


def read_scores(path: Path) -> list[Score]:
    """Read what ``write_scores`` wrote.

    Raises:
        InputError: the file cannot be read or lacks problem_id, sample_index or score.
    """
    names = Score.__dataclass_fields__
    rows = read_parquet(path, required=("problem_id", "sample_index", "score"))
    return [Score(**{name: value for name, value in row.items() if name in names}) for row in rows]
