"""What can be wrong with a configuration file before anything is known of its meaning: keys that stand twice, and values that the schema does not take."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from monkeys.errors import InputError, nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "null",
}
_RULES = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be greater than {}",
    "exclusiveMaximum": "must be less than {}",
    "enum": "must be one of {}",
    "pattern": "must match {}",
    "minItems": "must have at least {} item",
    "minProperties": "must have at least {} entry",
    "maxProperties": "must have at most {} entry",
    "minLength": "must have at least {} character",
    "maxLength": "must have at most {} characters",
}
_SHOWN = 200
"""Characters of a wrong value that a sentence shows."""


def check_keys(path: Path) -> None:
    """See that a configuration file can be read, and that no key stands twice in it, of which YAML would take the last without a word.

    Raises:
        InputError: one does, or the file is no YAML, or its values are none of JSON's; the sentence names the key and the lines.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=loader)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as YAML ({reason}); correct that line") from error
    for key, first, second in _twice(root, (), set()):
        raise InputError(f"config key {'.'.join(key)} stands twice in {path}, in line {first} and in line {second}; leave one of them out")
    try:
        value = yaml.load(text, Loader=loader)
        json.dumps(value, default=str)
    except yaml.YAMLError as error:
        raise InputError(
            f"{path} has a key or a value that is none of a configuration ({' '.join(str(error).split())}); correct that line"
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path} has a value that is none of a configuration ({' '.join(str(error).split())}); a date, or a number, that is meant as text needs quotes"
        ) from error
    if not isinstance(value, Mapping):
        raise InputError(f"{path} is no configuration: it must have keys with values, run, models and benchmarks first (config/README.md)")


def _twice(node: yaml.Node | None, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    if node is None or id(node) in seen:
        return
    # An anchor is one node in several places, and may contain itself.
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield from _twice(part, (*path, str(number)), seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                name, line = (key.tag, key.value), key.start_mark.line + 1
                if name in lines:
                    yield (*path, key.value), lines[name], line
                lines[name] = line
            yield from _twice(value, (*path, str(key.value)), seen)


def check_values(value: Any, path: tuple[str, ...] = ()) -> None:
    """See that a configuration holds nothing that JSON has no word for.

    Raises:
        InputError: a number is infinite or none, or a part contains itself.
    """
    if len(path) > 50:
        raise InputError(f"config key {'.'.join(path[:5])} … contains itself, or is nested too deeply; write it out")
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"config key {'.'.join(path)} is {value}, but must be a finite number")
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in value):
        raise InputError(f"config key {'.'.join(path)} is {shown(value)}, which has a character that no text may have (NUL, or half of a character)")
    if isinstance(value, Mapping):
        for name, child in value.items():
            check_values(child, (*path, str(name)))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            check_values(child, (*path, str(number)))


def shown(value: Any) -> str:
    """A value as it stands in a sentence: in one line, and not for pages."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def sentence(error: "ValidationError") -> str:
    """A fault that the schema finds: the key, its value and what fits."""
    key = ".".join(str(part) for part in error.absolute_path)
    value = error.instance
    where = f"config key {key}" if key else "the configuration"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        unknown = next(name for name in value if name not in known)
        return f"config key {f'{key}.{unknown}' if key else unknown} does not exist{nearest(unknown, known)}; here the configuration knows {', '.join(known)}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in value)
        return f"config key {f'{key}.{missing}' if key else missing} is missing; add it (config/README.md says what it means)"
    if "propertyNames" in error.absolute_schema_path:
        what = error.schema.get("description", f"a name here must match {error.validator_value}")
        return f"config key {f'{key}.{value}' if key else value} has a name that does not fit: {what}"
    meaning = f" ({str(error.schema['description']).rstrip('.')})" if "description" in error.schema else ""
    if error.validator == "type":
        return f"{where} is {shown(value)}, but must be {_fitting(error, value)}{meaning}"
    if error.validator == "pattern" and error.validator_value == "^all$":
        # A number that may be a word: what is wanted is the number.
        return f"{where} is {shown(value)}, but must be a whole number, {'or all' if not _is_number(value) else _UNQUOTED}{meaning}"
    limit = error.validator_value
    limit = ", ".join(map(str, limit)) if isinstance(limit, list) else limit
    rule = _RULES.get(str(error.validator))
    return f"{where} is {shown(value)}, but {rule.format(limit) + meaning if rule else error.message}"


_UNQUOTED = "without quotes (YAML reads 1e9 as text: write 1.0e+9)"


def _is_number(text: str) -> bool:
    """Whether a text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fitting(error: "ValidationError", value: Any) -> str:
    """What type would fit, and how the value given is to be written, where that is a common slip."""
    types = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    words = " or ".join(_TYPES.get(kind, kind) for kind in types)
    last = str(error.absolute_path[-1]) if error.absolute_path else ""
    if isinstance(value, list) and last == "samples" and "integer" in types:
        return "one number, the largest k: coverage at every smaller k follows from the same samples"
    if isinstance(value, list) and {"integer", "number"} & set(types):
        return f"{words}, and only one"
    if isinstance(value, str) and {"integer", "number"} & set(types):
        return f"{words}, {_UNQUOTED}" if _is_number(value) else words
    if "string" in types and isinstance(value, (bool, int, float)):
        return f'{words}: put it in quotes, as in "{str(value).lower()}"'
    return words
