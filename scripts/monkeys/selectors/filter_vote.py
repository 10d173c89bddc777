"""The most frequent answer among samples that pass a filter; among all, where none does (Filter-Vote: Chen et al. 2024, arXiv 2403.02419).

A sample passes whose score is at least ``threshold``. Samples without an answer or a score do not.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from monkeys.errors import InputError
from monkeys.selectors import Ballot, Choice, Draws, majority
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate
from monkeys.statistics.selection import filter_vote as exact

OPTIONS: Mapping[str, Any] = {"threshold": 0.5}
NEEDS = "scores"


def check(options: Mapping[str, Any]) -> None:
    """See ``Selector.check``."""
    value = options["threshold"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise InputError(f"threshold is {value!r}, but must be a number: the least score that passes")


def kept(ballot: Ballot, options: Mapping[str, Any]) -> Any:
    """Which samples pass, shape (n,)."""
    return ballot.answered & (np.nan_to_num(ballot.scores, nan=-np.inf) >= float(options["threshold"]))


def choose(ballot: Ballot, options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``."""
    passed = kept(ballot, options)
    return majority.choose(replace(ballot, classes=np.where(passed, ballot.classes, -1)) if passed.any() else ballot, {})


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, options: Mapping[str, Any], _draws: Draws) -> Estimate:
    """Exact at every k."""
    return Estimate.exact(exact(ballot.classes, right, kept(ballot, options), ks))
