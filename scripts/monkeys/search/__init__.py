"""Search against values: how one draw is made of many steps.

A method is a module of this package, found by its name, the ``method`` of a strategy. It has ``OPTIONS`` (its own keys with their defaults), ``VALUES``
(whether it needs a scorer), ``check`` and ``grow``. Each draw is one tree with a seed of its own and one final text; ``loop`` grows the trees of a shard
side by side, ``picking`` picks the final text among a tree's leaves.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

from monkeys.errors import InputError
from monkeys.extensions import modules_with
from monkeys.options import Configured, check_name, check_options, completed, one_of
from monkeys.search.tree import Growth, Node

PICKS = ("best", "majority", "weighted", "hierarchical", "last")
"""How the final text is picked among leaves; see ``monkeys.search.picking``."""
MEANS = ("last", "minimum", "product", "mean")
"""How values of steps become that of a prefix."""
COMMON: Mapping[str, Any] = {"scorer": None, "value": "last", "pick": "best", "apart": False}
"""Keys of every method, with defaults: the scorer whose values steer it, how values of steps become that of a prefix, how the final text is picked, and
whether the scorer has GPUs of its own."""


class Method(Configured, Protocol):
    """What a module of this package offers."""

    VALUES: bool

    def grow(self, root: Node, options: Mapping[str, Any], seed: int) -> Growth:
        """Grow a tree from its root; ``seed`` is that of the sample."""


def method_names() -> list[str]:
    """All methods: the modules of this package that have ``grow``."""
    return modules_with(__path__, "grow")


def load_method(name: str) -> Method:
    """The method of a name.

    Raises:
        InputError: there is none.
    """
    check_name("method", name, method_names(), beside=["repeated"])
    return cast(Method, importlib.import_module(f"{__name__}.{name}"))


def complete(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A strategy's entry of the configuration, of a method that searches, with its defaults.

    Args:
        name: of the strategy, for error messages.
        given: ``method`` and keys of that method; ``sampling`` and ``samples``, which all strategies have, are left as they are.

    Raises:
        InputError: a key or value is impossible; the message names ``strategies.<name>.<key>``.
    """
    place = f"config key strategies.{name}"
    try:
        module = load_method(given["method"])
    except InputError as error:
        raise InputError(f"{place}.method: {error}") from error
    known = {**COMMON, **module.OPTIONS}
    entry = completed(place, f"the method {given['method']}", given, known, ("method", "sampling", "samples"))
    one_of(entry, "pick", PICKS, place)
    if not entry["scorer"] and (module.VALUES or entry["pick"] in ("best", "weighted", "hierarchical")):
        what = f"the method {given['method']}" if module.VALUES else f"pick: {entry['pick']}"
        raise InputError(f"{place}.scorer is missing; {what} needs the values of a scorer of the kind reward_model")
    one_of(entry, "value", MEANS, place)
    if not isinstance(entry.get("delimiter", "\n"), str) or not entry.get("delimiter", "\n"):
        raise InputError(f"{place}.delimiter is {entry['delimiter']!r}, but must be the text that ends a step, such as a line break")
    check_options(place, module, entry)
    return entry
