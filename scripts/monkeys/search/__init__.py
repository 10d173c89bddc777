"""Search against values: how one draw is made of many steps.

A method is a module of this package, found by its name, the ``method`` of a strategy. It has ``OPTIONS`` (its own keys with their defaults), ``VALUES``
(whether it needs a scorer), ``check`` and ``grow``. Each draw is one tree with a seed of its own and one final text; ``loop`` grows the trees of a shard
side by side, ``picking`` picks the final text among a tree's leaves.
"""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from monkeys.errors import InputError, nearest
from monkeys.search.tree import Growth, Node

PICKS = ("best", "majority", "weighted", "hierarchical", "last")
"""How the final text is picked among leaves; see ``monkeys.search.picking``."""
COMMON: Mapping[str, Any] = {"scorer": None, "value": "last", "pick": "best", "apart": False}
"""Keys of every method, with defaults: the scorer whose values steer it, how values of steps become that of a prefix, how the final text is picked, and
whether the scorer has GPUs of its own."""


class Method(Protocol):
    """What a module of this package offers."""

    OPTIONS: Mapping[str, Any]
    VALUES: bool

    def check(self, options: Mapping[str, Any]) -> None:
        """See that the method's own options are possible.

        Raises:
            InputError: one is not; the message begins with its name.
        """

    def grow(self, root: Node, options: Mapping[str, Any], seed: int) -> Growth:
        """Grow a tree from its root; ``seed`` is that of the sample."""


def method_names() -> list[str]:
    """All methods: the modules of this package that have ``grow``."""
    # By their text: no method is imported that is not asked for.
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if "\ndef grow(" in path.read_text(encoding="utf-8"))


def load_method(name: str) -> Method:
    """The method of a name.

    Raises:
        InputError: there is none.
    """
    if name not in method_names():
        raise InputError(f"there is no method {name!r}{nearest(name, method_names())}; those that exist are repeated, {', '.join(method_names())}")
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
    for key in given:
        if key not in ("method", "sampling", "samples") and key not in known:
            raise InputError(
                f"{place}.{key} is not a key of the method {given['method']}{nearest(key, known)}; it has {', '.join(key for key in known)}"
            )
    completed = {**known, **given}
    if completed["pick"] not in PICKS:
        raise InputError(f"{place}.pick is {completed['pick']!r}, but must be one of {', '.join(PICKS)}")
    if not completed["scorer"] and (module.VALUES or completed["pick"] in ("best", "weighted", "hierarchical")):
        what = f"the method {given['method']}" if module.VALUES else f"pick: {completed['pick']}"
        raise InputError(f"{place}.scorer is missing; {what} needs the values of a scorer of the kind reward_model")
    if completed["value"] not in ("last", "minimum", "product", "mean"):
        raise InputError(f"{place}.value is {completed['value']!r}, but must be one of last, minimum, product, mean")
    if not isinstance(completed.get("delimiter", "\n"), str) or not completed.get("delimiter", "\n"):
        raise InputError(f"{place}.delimiter is {completed['delimiter']!r}, but must be the text that ends a step, such as a line break")
    try:
        module.check(completed)
    except InputError as error:
        raise InputError(f"{place}.{error}") from error
    return completed
