"""Checks of options that methods share."""

from collections.abc import Mapping
from typing import Any

from monkeys.errors import InputError


def whole_numbers(options: Mapping[str, Any], *names: str, least: int = 1) -> None:
    """See that options are whole numbers.

    Raises:
        InputError: one is not; the message begins with its name.
    """
    for name in names:
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"{name} is {value!r}, but must be a whole number from {least}")


def positive(options: Mapping[str, Any], *names: str) -> None:
    """See that options are numbers above 0.

    Raises:
        InputError: one is not; the message begins with its name.
    """
    for name in names:
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise InputError(f"{name} is {value!r}, but must be a number above 0")


def divides(options: Mapping[str, Any]) -> None:
    """See that the width is a multiple of the children.

    Raises:
        InputError: it is not.
    """
    if options["width"] % options["children"]:
        raise InputError(
            f"children is {options['children']}, which does not divide width, {options['width']}; width / children prefixes are kept at each step"
        )
