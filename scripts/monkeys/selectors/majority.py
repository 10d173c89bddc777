"""The most frequent answer (majority or plurality vote, self-consistency: Wang et al. 2023, arXiv 2203.11171)."""

from collections.abc import Mapping
from typing import Any

from monkeys.selectors import Ballot, Choice, Draws, of_classes, votes
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate, majority_vote

OPTIONS: Mapping[str, Any] = {}
NEEDS = ""


def check(options: Mapping[str, Any]) -> None:
    """Nothing can be set."""


def choose(ballot: Ballot, _options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``."""
    classes, totals = votes(ballot)
    return of_classes(ballot, totals, classes)


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, _options: Mapping[str, Any], _draws: Draws) -> Estimate:
    """Exact at every k."""
    return Estimate.exact(majority_vote(ballot.classes, right, ks))
