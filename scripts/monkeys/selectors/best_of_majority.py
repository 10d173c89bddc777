"""The highest score among frequent answers (Best-of-Majority: Di et al. 2025, arXiv 2510.03199).

Frequent is an answer that at least the share ``share`` of the k samples gives; where none is, the most frequent ones are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from monkeys.selectors import Ballot, Choice, Draws, by_subsets, number_between, votes
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate

OPTIONS: Mapping[str, Any] = {"share": 0.2}
NEEDS = "scores"


def check(options: Mapping[str, Any]) -> None:
    """See ``Selector.check``."""
    number_between(options, "share", 0, 1)


def choose(ballot: Ballot, options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``; the totals are the best scores of the frequent classes."""
    classes, counts = votes(ballot)
    if not classes.size:
        return Choice(np.zeros(ballot.classes.size), classes, counts)
    needed = min(float(options["share"]) * ballot.classes.size, float(counts.max()))
    frequent = counts >= needed - 1e-9
    ranks = ballot.ranks
    allowed = np.isin(ballot.classes, classes[frequent])
    best = np.array([ranks[ballot.classes == name].max() for name in classes[frequent]])
    top = allowed & (ranks == best.max())
    return Choice(top / top.sum(), classes[frequent], best)


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, options: Mapping[str, Any], draws: Draws) -> Estimate:
    """By random orders, beyond few samples."""
    return by_subsets(lambda places: choose(ballot.part(places), options).chances, ballot, right, ks, draws, f"best_of_majority {options['share']}")
