"""What a model chose that saw a whole subset: universal self-consistency (USC: Chen et al. 2023, arXiv 2311.17311), a judge, a generative selector.

Such a choice is a function of the whole subset, asked of a model. So subsets are drawn beforehand (``drawn_subsets``), each choice is recorded, and accuracy
at k is the mean over the recorded subsets of k, with its error. There is no value at a k of which fewer than two subsets are recorded, but at k = n one is
enough: it is all there is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from monkeys.errors import InputError
from monkeys.selectors import Ballot, Choice, Draws
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate

OPTIONS: Mapping[str, Any] = {}
NEEDS = "choices"


def check(options: Mapping[str, Any]) -> None:
    """Nothing can be set."""


def drawn_subsets(indices: Sequence[int], ks: Sequence[int], subsets: int, draws: Draws) -> list[tuple[int, ...]]:
    """Subsets of a problem's samples to ask a model about: for each k so many, without replacement, with a seed of their own; all samples once.

    Args:
        indices: of the samples.
        ks: numbers of samples; those above the number of samples are left out.
        subsets: for each k; doubles are drawn again in a later study as they are here, and asked once.
        draws: of the problem (``Draws.of``).
    """
    found: list[tuple[int, ...]] = []
    for k in ks:
        if k < len(indices):
            generator = draws.generator(f"subsets of {k}")
            found += [tuple(sorted(int(one) for one in generator.choice(indices, k, replace=False))) for _ in range(subsets)]
        elif k == len(indices):
            found.append(tuple(sorted(int(one) for one in indices)))
    return list(dict.fromkeys(found))


def choose(ballot: Ballot, _options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``; nothing is chosen where no choice among exactly these samples is recorded."""
    chances = np.zeros(ballot.classes.size)
    chosen = (ballot.choices or {}).get(tuple(sorted(ballot.indices.tolist())))
    if chosen is None:
        return Choice(chances, np.zeros(0, dtype=np.int64), np.zeros(0))
    chances[_place(ballot, chosen)] = 1.0
    return Choice(chances, ballot.classes[chances > 0], np.ones(1))


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, _options: Mapping[str, Any], _draws: Draws) -> Estimate:
    """Means over the recorded subsets."""
    found, variance = np.full(ks.size, np.nan), np.full(ks.size, np.nan)
    known = set(ballot.indices.tolist())
    by_size: dict[int, list[float]] = {}
    for subset, chosen in (ballot.choices or {}).items():
        if chosen not in subset or not known.issuperset(subset):
            raise InputError(f"the recorded choice {chosen} among {len(subset)} samples is none of them, or they are not all samples of the problem")
        by_size.setdefault(len(subset), []).append(float(right[_place(ballot, chosen)]))
    for place, k in enumerate(ks.tolist()):
        values = by_size.get(k, [])
        if k == ballot.classes.size and values:
            found[place], variance[place] = values[0], 0.0
        elif len(values) > 1:
            found[place], variance[place] = np.mean(values), np.var(values, ddof=1) / len(values)
    return Estimate(found, variance, max((len(values) for values in by_size.values()), default=0))


def _place(ballot: Ballot, index: int) -> int:
    return int(np.flatnonzero(ballot.indices == index)[0])
