"""Best within a chain, then a weighted vote across chains (Snell et al. 2024, arXiv 2408.03314, section 6: revisions).

A chain is ``chain`` samples one after the other by their index: samples 0 to chain - 1, and so on. Of each the sample with the highest score stands for
election, with its score (through ``link``) as weight. A subset holds whole chains, for an attempt depends on those before it: there is no value at a k that
is no multiple of ``chain``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from monkeys.errors import InputError
from monkeys.selectors import Ballot, Choice, Draws, weighted
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate

OPTIONS: Mapping[str, Any] = {"chain": 4, **weighted.OPTIONS}
NEEDS = "scores"


def check(options: Mapping[str, Any]) -> None:
    """See ``Selector.check``."""
    if isinstance(options["chain"], bool) or not isinstance(options["chain"], int) or options["chain"] < 1:
        raise InputError(f"chain is {options['chain']!r}, but must be a whole number of at least 1: the samples of a chain")
    weighted.check(options)


def leading(ballot: Ballot, length: int) -> FloatArray:
    """The chance of each sample to stand for its chain, ties uniformly; shape (n,)."""
    chains = ballot.indices // length
    ranks = ballot.ranks
    share = np.zeros(ranks.size)
    for chain in np.unique(chains):
        members = np.flatnonzero(chains == chain)
        best = members[ranks[members] == ranks[members].max()]
        share[best] = 1 / best.size
    return share


def choose(ballot: Ballot, options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``. Of samples tied within a chain the first stands for it."""
    return _expanded(ballot, _heads(ballot, int(options["chain"])), options)


def _heads(ballot: Ballot, length: int) -> IntArray:
    share, chains = leading(ballot, length), ballot.indices // length
    return np.array([np.flatnonzero((chains == chain) & (share > 0))[0] for chain in np.unique(chains)], dtype=np.int64)


def _expanded(ballot: Ballot, heads: IntArray, options: Mapping[str, Any]) -> Choice:
    found = weighted.choose(ballot.part(heads), options)
    chances = np.zeros(ballot.classes.size)
    chances[heads] = found.chances
    return replace(found, chances=chances)


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, options: Mapping[str, Any], draws: Draws) -> Estimate:
    """A weighted vote whose units are chains; a last chain that is not whole is left out."""
    length = int(options["chain"])
    sizes = np.bincount(ballot.indices // length)
    whole = np.flatnonzero(sizes == length)
    complete = np.flatnonzero(np.isin(ballot.indices // length, whole))
    accuracy, variance = np.full(ks.size, np.nan), np.full(ks.size, np.nan)
    fits = (ks % length == 0) & (ks <= complete.size)
    if not fits.any():
        return Estimate(accuracy, variance, 0)
    part = ballot.part(complete)
    heads = _heads(part, length)
    found = weighted.accuracy(part.part(heads), right[complete][heads], ks[fits] // length, options, draws)
    accuracy[fits], variance[fits] = found.accuracy, found.variance
    return Estimate(accuracy, variance, found.subsets)
