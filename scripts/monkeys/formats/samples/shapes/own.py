"""This workflow's own samples, a row a sample: ``problem_id``, ``sample_index``, ``text``, and what else a sample has."""

from collections.abc import Iterator
from types import NoneType

from monkeys.formats.samples import Found, Row, RowError, Shape, fits

NEEDS = "problem_id, sample_index and text"
TYPES = (
    ("problem_id", (str,), "text"),
    ("text", (str,), "text"),
    ("seed", (int, NoneType), "a whole number or nothing"),
    ("prompt_tokens", (int, NoneType), "a whole number or nothing"),
    ("output_tokens", (int, NoneType), "a whole number or nothing"),
    ("finish_reason", (str, NoneType), "text or nothing"),
    ("cumulative_logprob", (float, int, NoneType), "a number or nothing"),
    ("confidences", (list, NoneType), "a list of numbers or nothing"),
)


def check_index(value: object, field: str) -> int:
    """A sample's number.

    Raises:
        RowError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or not fits(value):
        raise RowError(f"has {value!r:.60} under {field!r}, but needs a whole number from 0")
    return value


NUMBERS = {"sample_index": int, "seed": int, "prompt_tokens": int, "output_tokens": int, "cumulative_logprob": float}


def with_numbers(row: Row) -> Row:
    """A row of CSV, which has only texts, with its numbers as numbers, and nothing where a cell is empty."""
    found = dict(row)
    for name, kind in NUMBERS.items():
        value = row.get(name)
        if isinstance(value, str):
            try:
                found[name] = kind(value) if value else None
            except ValueError:
                continue  # which is said with the other wrong values
    return found


def samples(row: Row, _position: int) -> Iterator[Found]:
    row = with_numbers(row)
    index = check_index(row.get("sample_index"), "sample_index")
    for name, kinds, what in TYPES:
        value = row.get(name)
        if not isinstance(value, kinds) or isinstance(value, bool) or (isinstance(value, int) and not fits(value)):
            raise RowError(f"has {value!r:.100} under {name!r}, but needs {what}")
    yield Found(
        row["problem_id"],
        row["text"],
        index=index,
        seed=row.get("seed"),
        prompt_tokens=row.get("prompt_tokens"),
        output_tokens=row.get("output_tokens"),
        finish_reason=row.get("finish_reason") or None,
        cumulative_logprob=row.get("cumulative_logprob"),
        confidences=row.get("confidences"),
    )


SHAPE = Shape("monkeys", "this workflow's own Parquet", NEEDS, lambda row: {"problem_id", "sample_index", "text"} <= row.keys(), samples)
