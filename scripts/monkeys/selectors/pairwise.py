"""The winner of a knockout of comparisons by a model (PairS: Liu et al. 2024, arXiv 2403.16950, which sorts; a choice needs k - 1 comparisons only).

The model's chance that A is better than B depends on which stands first. Both orders are recorded, and averaged: (P(A first) + 1 - P(B first)) / 2. Samples
meet in the order of their indices, neighbours first, as in a merge sort; where the mean is 1/2 either goes on. Samples without an answer do not take part.
Comparisons are looked up in recorded calls; which will be needed depends on those before, so that a recording has all pairs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from monkeys.errors import InputError
from monkeys.selectors import Ballot, Choice, Draws, by_subsets
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate

OPTIONS: Mapping[str, Any] = {}
NEEDS = "calls"


def check(options: Mapping[str, Any]) -> None:
    """Nothing can be set."""


def better(calls: Mapping[tuple[int, int], float], first: int, second: int) -> float:
    """The chance that the sample of one index is better than that of another, both orders averaged; one order alone where the other is not recorded.

    Raises:
        InputError: neither is recorded.
    """
    found = []
    if (first, second) in calls:
        found.append(calls[first, second])
    if (second, first) in calls:
        found.append(1 - calls[second, first])
    if not found:
        raise InputError(
            f"no comparison of samples {min(first, second)} and {max(first, second)} is recorded; a knockout needs all pairs of a problem's samples"
        )
    return float(np.mean(found))


def knockout(places: IntArray, indices: IntArray, calls: Mapping[tuple[int, int], float]) -> dict[int, float]:
    """The chance of each place to win, where those of equal strength go on with a chance of 1/2 each; k - 1 comparisons where there are no such."""
    if places.size == 1:
        return {int(places[0]): 1.0}
    half = (places.size + 1) // 2
    left, right = (knockout(part, indices, calls) for part in (places[:half], places[half:]))
    found: dict[int, float] = {}
    for one, chance in left.items():
        for other, against in right.items():
            value = better(calls, int(indices[one]), int(indices[other]))
            wins = 0.5 if abs(value - 0.5) < 1e-12 else float(value > 0.5)
            for place, part in ((one, wins), (other, 1 - wins)):
                if part:
                    found[place] = found.get(place, 0.0) + chance * against * part
    return found


def choose(ballot: Ballot, _options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``; the totals are each class's chance to win."""
    chances = np.zeros(ballot.classes.size)
    places = np.flatnonzero(ballot.answered)
    if not places.size:
        return Choice(chances, np.zeros(0, dtype=np.int64), np.zeros(0))
    for place, chance in knockout(places, ballot.indices, ballot.calls or {}).items():
        chances[place] = chance
    classes = np.unique(ballot.classes[places])
    return Choice(chances, classes, np.array([chances[ballot.classes == name].sum() for name in classes]))


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, _options: Mapping[str, Any], draws: Draws) -> Estimate:
    """By random orders, beyond few samples."""
    return by_subsets(lambda places: choose(ballot.part(places), {}).chances, ballot, right, ks, draws, "pairwise")
