"""Entries of the configuration that name a module and set its options: scorers, selectors and methods of search.

Such a module has ``OPTIONS``, its keys with their defaults, and ``check``, which refuses values.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from monkeys.errors import InputError, nearest


class Configured(Protocol):
    """What a module that is configured offers."""

    OPTIONS: Mapping[str, Any]

    def check(self, options: Mapping[str, Any]) -> None:
        """See that options are possible.

        Raises:
            InputError: one is not; the message begins with its name.
        """


def check_name(what: str, name: str, names: Collection[str], beside: Iterable[str] = ()) -> None:
    """See that a module of a name exists.

    Args:
        what: it is, such as ``selector``.
        name: that is wanted.
        names: of those that exist.
        beside: further names that the sentence says.

    Raises:
        InputError: there is none.
    """
    if name not in names:
        raise InputError(f"there is no {what} {name!r}{nearest(name, names)}; those that exist are {', '.join([*beside, *names])}")


def completed(place: str, what: str, given: Mapping[str, Any], known: Mapping[str, Any], others: Collection[str]) -> dict[str, Any]:
    """An entry with its defaults, in their order.

    Args:
        place: of the entry in the configuration, such as ``config key scorers.mine``.
        what: has these keys, such as ``the method beam``.
        given: the entry.
        known: its keys with their defaults.
        others: keys that are no options of the module.

    Raises:
        InputError: it has another key; the message names it.
    """
    for key in given:
        if key not in known and key not in others:
            raise InputError(f"{place}.{key} is not a key of {what}{nearest(key, known)}; it has {', '.join(known) or 'none'}")
    return {**known, **given}


def check_options(place: str, module: Configured, options: Mapping[str, Any]) -> None:
    """Let a module see that its options are possible.

    Raises:
        InputError: one is not; the message begins with the place and its name.
    """
    try:
        module.check(options)
    except InputError as error:
        raise InputError(f"{place}.{error}") from error


def one_of(options: Mapping[str, Any], key: str, values: Iterable[str], place: str = "") -> None:
    """See that an option has one of some values; ``place`` is the entry's, where the message is to begin with it.

    Raises:
        InputError: it has another one.
    """
    if options[key] not in values:
        raise InputError(f"{place}{'.' if place else ''}{key} is {options[key]!r}, but must be one of {', '.join(values)}")
