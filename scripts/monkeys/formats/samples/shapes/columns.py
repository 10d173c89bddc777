"""Any table: the configuration says which column is what. A column inside an object is written with dots (``response.text``)."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from monkeys.errors import nearest
from monkeys.formats.samples import Found, Row, RowError, Shape, fits
from monkeys.formats.samples.shapes.own import check_index

COLUMNS = ("problem", "text", "index", "seed", "prompt_tokens", "output_tokens", "finish_reason", "cumulative_logprob", "question")
"""What a configuration may name a column for."""
NUMBERS = ("seed", "prompt_tokens", "output_tokens")


def named_columns(columns: Mapping[str, str]) -> Shape:
    """The shape of a table whose columns bear other names.

    Args:
        columns: names of the file's columns, by those of ``COLUMNS``; ``text`` at least. ``text`` may be a list of texts, ``problem`` a template such as
            ``HumanEval/{number}``; without ``problem`` the question must do.
    """

    def samples(row: Row, _position: int) -> Iterator[Found]:
        found: dict[str, Any] = {name: value_at(row, column) for name, column in columns.items() if name not in ("problem", "text")}
        for name in NUMBERS:
            if name in found:
                found[name] = _number(found[name], columns[name], int, "a whole number or nothing")
        if "cumulative_logprob" in found:
            found["cumulative_logprob"] = _number(found["cumulative_logprob"], columns["cumulative_logprob"], float, "a number or nothing")
        if "index" in found:
            index = _number(found["index"], columns["index"], int, "a whole number from 0")
            found["index"] = check_index(index, columns["index"])
        if found.get("finish_reason") is not None and not isinstance(found["finish_reason"], str):
            raise RowError(f"has {found['finish_reason']!r:.60} under {columns['finish_reason']!r}, but needs text or nothing")
        problem = filled(row, columns["problem"]) if "problem" in columns else None
        texts = value_at(row, columns["text"])
        if isinstance(texts, list) and "index" in found:
            raise RowError(f"has a list under {columns['text']!r}, whose entries are numbered by their places; leave columns.index out")
        for text in texts if isinstance(texts, list) else [texts]:
            if not isinstance(text, str):
                raise RowError(f"has {text!r:.60} under {columns['text']!r}, but needs a text")
            yield Found(problem, text, **found)

    return Shape("columns", "columns by name", ", ".join(columns.values()), lambda row: True, samples)


def value_at(row: Row, column: str) -> Any:
    """What stands in a column, which may lie in an object of the row.

    Raises:
        RowError: there is no such column.
    """
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, dict) or part not in value:
            # A name of a column inside a name is more than a person wants to read.
            raise RowError(f"lacks the column {column!r}{nearest(column, row)}; it has {', '.join(list(row)[:20])}")
        value = value[part]
    return value


def filled(row: Row, template: str) -> str | int | None:
    """A problem's name: what stands in a column, or a template with columns in braces; ``{custom_id:number}`` is the number that a column ends in.

    Raises:
        RowError: there is no such column, or nothing in it.
    """
    if "{" not in template:
        value = value_at(row, template)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
            raise RowError(f"has {value!r:.60} under {template!r}, but needs the problem's name")
        return value
    text, rest = "", template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        column, closed, rest = rest.partition("}")
        if not closed:
            raise RowError(f"cannot be named by columns.problem {template!r}, in which a brace is not closed")
        name, _, kind = column.partition(":")
        value = value_at(row, name)
        if kind == "number":
            digits = re.search(r"\d+$", str(value))
            if digits is None:
                raise RowError(f"has {value!r:.60} under {name!r}, which does not end in a number as columns.problem {template!r} has it")
            value = int(digits[0])
        text += f"{before}{value}"
    return text + rest


def _number(value: Any, column: str, kind: type, what: str) -> Any:
    """A number of a cell; CSV has only texts, and an empty one is none."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or (kind is int and isinstance(value, float) and not value.is_integer()):
            raise ValueError
        number = kind(value)
        if not (fits(number) if kind is int else math.isfinite(number)):
            raise ValueError
        return number
    except (TypeError, ValueError) as error:
        raise RowError(f"has {value!r:.60} under {column!r}, but needs {what}") from error
