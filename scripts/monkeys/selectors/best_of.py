"""The sample with the highest score (best of N: Cobbe et al. 2021, arXiv 2110.14168)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from monkeys.selectors import Ballot, Choice, Draws
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate, best_of_k

OPTIONS: Mapping[str, Any] = {}
NEEDS = "scores"


def check(options: Mapping[str, Any]) -> None:
    """Nothing can be set."""


def choose(ballot: Ballot, _options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``; the totals are each class's best score."""
    ranks = ballot.ranks
    if not ballot.answered.any():
        return Choice(np.zeros(ranks.size), np.zeros(0, dtype=np.int64), np.zeros(0))
    top = ranks == ranks.max()
    classes, numbers = np.unique(ballot.classes[ballot.answered], return_inverse=True)
    best = np.full(classes.size, -np.inf)
    np.maximum.at(best, numbers, ranks[ballot.answered])
    return Choice(top / top.sum(), classes, best)


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, _options: Mapping[str, Any], _draws: Draws) -> Estimate:
    """Exact at every k."""
    return Estimate.exact(best_of_k(ballot.ranks, np.where(ballot.answered, right, 0.0), ks))
